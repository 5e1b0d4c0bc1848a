"""Lagrangian bounds lie below the optimum, whatever the prices; so do those of the tree over hubs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import highspy
import numpy as np
import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.files import load
from clusterlane.instances.network import Network
from clusterlane.models.cluster import build
from clusterlane.optimizer import highs
from clusterlane.optimizer.arrays import Arrays, Floats, compile_model
from clusterlane.optimizer.blocks import PLACES, SHARED, Blocks, Lagrangian
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.duality import usable, weak
from clusterlane.optimizer.highs import Solver
from clusterlane.optimizer.hubs import HubTree
from clusterlane.optimizer.solve import solve
from small import bench, random_network, second_firm


def blocks_of(network: Network) -> Blocks:
    model = build(network)
    return Blocks(model, compile_model(model))


def optimum(network: Network) -> float | None:
    """The least objective, or ``None`` where no plan exists."""
    plan = solve(network, gap=0, strategy="monolith")
    assert plan.status != "unknown"
    return None if plan.objective is None else plan.objective + 1e-6 * (1 + abs(plan.objective))


def random_prices(arrays: Arrays, seed: int, tries: int = 4) -> Iterator[Floats]:
    """None, the duals of the relaxation, and these changed at random; at last prices out of the air."""
    duals = Solver(arrays).run(Clock()).duals
    assert duals is not None
    rng, rows = np.random.default_rng(seed), len(duals)
    yield np.zeros(rows)
    yield duals
    for _ in range(tries):
        yield duals * rng.uniform(0, 1.5, rows)
        yield duals * rng.integers(0, 2, rows)
        yield 10.0 ** rng.uniform(-2, 1) * rng.normal(size=rows)


def assert_bounds_below(network: Network, seed: int = 7) -> None:
    """The bounds of the blocks, and of the tree over hubs, under many prices."""
    truth = optimum(network)
    if truth is None:
        return
    blocks = blocks_of(network)
    lagrangian, bounds = Lagrangian(blocks), list[float]()
    for prices in random_prices(blocks.arrays, seed):
        bound, _ = lagrangian.bound(prices, Clock())
        if bound is not None:
            bounds.append(bound)
            node = HubTree(blocks, lagrangian, prices).run(Clock(), 1, bounds.append)
            bounds += [node.bound] if node else []
    assert bounds
    assert max(bounds) <= truth


@pytest.mark.parametrize("seed", range(4))
def test_goods(seed: int) -> None:
    assert_bounds_below(random_network(seed))


@pytest.mark.parametrize("seed", range(6))
def test_money(seed: int) -> None:
    assert_bounds_below(random_network(1000 + seed, money=True))


@pytest.mark.parametrize("seed", range(2))
def test_three_firms(seed: int) -> None:
    assert_bounds_below(random_network(2000 + seed, money=True, firms=3))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_many(seed: int) -> None:
    assert_bounds_below(random_network(3000 + seed, money=seed % 3 > 0, firms=1 + seed % 3))


def test_tiny() -> None:
    assert_bounds_below(load("tiny"))


def test_firms_that_share_nothing_are_bounded_exactly() -> None:
    """Two firms with half of their cash: 50 lost by each; nothing but free places between them."""
    network = second_firm(bench())
    bound, _ = Lagrangian(blocks := blocks_of(network)).bound(np.zeros(len(blocks.row_owner)), Clock())
    assert bound == pytest.approx(100)


def test_every_column_has_one_owner() -> None:
    blocks = blocks_of(random_network(5, money=True))
    owned = np.concatenate([block.columns for block in blocks.blocks])
    assert sorted(owned) == list(range(len(blocks.arrays.cost)))
    rows = np.concatenate([block.rows for block in blocks.blocks])
    assert len(rows) == len(set(rows))
    assert set(np.flatnonzero(blocks.row_owner != SHARED)) == set(rows)
    assert blocks.blocks[-1].name not in {row.firm for row in blocks.index.firms.values()}
    assert (blocks.column_owner[blocks.blocks[-1].columns] == PLACES).all()


def test_stopped_clock_gives_no_bound() -> None:
    blocks = blocks_of(bench())
    bound, _ = Lagrangian(blocks).bound(np.zeros(len(blocks.row_owner)), Clock(0))
    assert bound is None


class Deaf(highspy.Highs):
    """HiGHS that does not hear the clock for a second when it runs for the first time."""

    heard = False

    def run(self) -> highspy.HighsStatus:
        if not Deaf.heard:
            Deaf.heard = True
            time.sleep(1)
        return super().run()


def test_a_block_that_was_left_behind_is_solved_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highs, "_Quiet", Deaf)
    blocks = blocks_of(second_firm(bench()))
    lagrangian, prices = Lagrangian(blocks), np.zeros(len(blocks.row_owner))
    assert lagrangian.bound(prices, Clock(0.05))[0] is None
    assert lagrangian.bound(prices, Clock())[0] == pytest.approx(100)


@pytest.mark.parametrize("seed", range(4))
def test_what_was_asked_lately_is_answered_the_same_again(seed: int) -> None:
    """The same bound, proven by multipliers and met by a point, in any order, with others between."""
    blocks = blocks_of(random_network(seed, money=True, periods=3, firms=3))
    a, rows = blocks.arrays, len(blocks.row_owner)
    shut = (a.lower, np.where(a.columns_of(("haul",)), a.lower, a.upper))
    asked = [(y, limits) for y in random_prices(a, seed, 1) for limits in ((a.lower, a.upper), shut)]
    first, one = [Lagrangian(blocks).bound(y, Clock(), 1, part)[0] for y, part in asked], Lagrangian(blocks)
    for number in [*range(len(asked)), *range(len(asked)), *reversed(range(len(asked)))]:
        (y, (lower, upper)), bound = asked[number], first[number]
        for clock in (Clock(), Clock(0)):
            duals = np.zeros(rows)
            again, x = one.bound(y, clock, 1, (lower, upper), duals)
            assert again == pytest.approx(bound)
            if again is not None and np.isfinite(again):
                assert proven(replace(a, lower=lower, upper=upper), duals) == pytest.approx(again, abs=1e-5)
                assert ((x >= lower - 1e-9) & (x <= upper + 1e-9)).all()
            if bound is None or not np.isfinite(bound):
                break


@pytest.mark.parametrize("seed", range(6))
def test_multipliers_prove_without_solving_what_they_came_from(seed: int) -> None:
    """Those of optima their bound, at most that under other limits, and never more than the truth."""
    network = random_network(seed, money=seed % 2 > 0, periods=3, firms=2)
    truth, blocks = optimum(network), blocks_of(network)
    a, lagrangian = blocks.arrays, Lagrangian(blocks)
    for y in random_prices(a, seed):
        duals = np.zeros(len(y))
        bound, _ = lagrangian.bound(y, Clock(), out=duals)
        if bound is None or not np.isfinite(bound):
            continue
        assert proven(a, duals) == pytest.approx(bound, rel=1e-6, abs=1e-5)
        assert truth is None or proven(a, y) <= truth
        tighter = replace(a, upper=np.minimum(a.upper, a.lower + 1.0))
        assert proven(tighter, duals) >= bound - 1e-5 * (1 + abs(bound))


def proven(a: Arrays, duals: Floats) -> float:
    y = usable(a, duals)
    return weak(a, y, a.cost - a.matrix.T @ y, a.lower, a.upper)


@pytest.mark.parametrize("seed", range(4))
def test_a_bound_that_is_enough_is_proven_by_its_multipliers(seed: int) -> None:
    """It is no higher than that of all blocks' optima, and what was asked for unless these are lower."""
    blocks = blocks_of(random_network(seed, money=True, periods=3, firms=3))
    a = blocks.arrays
    for y in random_prices(a, seed):
        whole, point = Lagrangian(blocks).bound(y, Clock())
        if whole is None or not np.isfinite(whole):
            continue
        for part in (-0.5, -0.01, 0.0, 0.1):
            lagrangian, duals = Lagrangian(blocks), np.zeros(len(y))
            for near in (0.9 * y, y * np.where(np.arange(len(y)) % 7, 1.0, 1.3)):
                known = np.zeros(len(y))
                lagrangian.learn(known, lagrangian.bound(near, Clock(), out=known)[1])
            enough = whole + part * abs(whole)
            value, x, done = lagrangian.at_least(enough, y, Clock(), out=duals)
            assert value is not None
            assert value >= min(enough, whole) - 1e-5 * (1 + abs(whole))
            assert value <= whole + 1e-5 * (1 + abs(whole))
            assert proven(a, duals) == pytest.approx(value, rel=1e-6, abs=1e-5)
            if done:
                assert lagrangian.cost(y) @ x == pytest.approx(lagrangian.cost(y) @ point, rel=1e-5, abs=1e-4)


@pytest.mark.parametrize("seed", range(6))
def test_what_is_known_of_less_demand_stops_no_block_from_being_solved(seed: int) -> None:
    """Its points miss rows that were slack and now bind: they seem to have nothing to gain."""
    network = random_network(seed, money=seed % 2 > 0, periods=3, firms=3)
    demand = [row.model_copy(update={"quantity": 1.4 * row.quantity}) for row in network.rows(tab.Demand)]
    blocks, grown = blocks_of(network), blocks_of(network.replace(demand=demand))
    for y in random_prices(blocks.arrays, seed, 2):
        duals = np.zeros(len(y))
        bound, x = Lagrangian(blocks).bound(y, Clock(), out=duals)
        whole, _ = Lagrangian(grown).bound(y, Clock())
        if bound is None or whole is None or not np.isfinite([bound, whole]).all():
            continue
        told = Lagrangian(grown)
        told.learn(duals, x)
        value, _, done = told.at_least(whole - 1e-3 * abs(whole), y, Clock())
        assert value is not None
        assert value >= whole - 1e-3 * abs(whole) - 1e-6
        assert value == pytest.approx(whole, rel=1e-6, abs=1e-5) or not done


def test_blocks_whose_optimum_is_known_are_not_solved() -> None:
    """Not even with no time: their own multipliers and point were brought from elsewhere."""
    blocks = blocks_of(random_network(1, money=True, periods=3, firms=3))
    for y in random_prices(blocks.arrays, 1):
        duals = np.zeros(len(y))
        bound, x = Lagrangian(blocks).bound(y, Clock(), out=duals)
        if bound is None or not np.isfinite(bound):
            continue
        told = Lagrangian(blocks)
        told.learn(duals, x)
        assert told.bound(y, Clock(0))[0] == pytest.approx(bound)


@pytest.mark.parametrize("seed", range(4))
def test_solvers_that_begin_elsewhere_find_the_same_bound(seed: int) -> None:
    """From bases of other prices, of the same prices and from none: one bound, no steps where they fit."""
    blocks = blocks_of(random_network(seed, money=True, periods=3, firms=3))
    prices = list(random_prices(blocks.arrays, seed))
    fresh = [Lagrangian(blocks).bound(y, Clock())[0] for y in prices]
    lagrangian, bases = Lagrangian(blocks), []
    for y, bound in zip(prices, fresh, strict=True):
        assert lagrangian.bound(y, Clock())[0] == pytest.approx(bound)
        bases.append(lagrangian.bases)
    for y, bound, near, far in zip(prices, fresh, bases, reversed(bases), strict=True):
        for start in (far, near):
            lagrangian = Lagrangian(blocks)  # one that remembers no optima
            lagrangian.bound(1.1 * y + 1e-3, Clock())
            lagrangian.start_from(start)
            assert lagrangian.bound(y, Clock())[0] == pytest.approx(bound)
        steps = [solver._highs.getInfo().simplex_iteration_count for solver in lagrangian._solvers.values()]
        assert bound is None or not np.isfinite(bound) or max(steps) == 0
