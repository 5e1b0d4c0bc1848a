"""The tree over hubs and levels: every node bounds the plans that its decisions allow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network
from clusterlane.models.cluster import build
from clusterlane.optimizer.arrays import Arrays, Floats, compile_model
from clusterlane.optimizer.ascent import Ascent
from clusterlane.optimizer.blocks import Blocks, Lagrangian
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.highs import Solver, Status
from clusterlane.optimizer.hub_nodes import Aim, Node, Opened
from clusterlane.optimizer.hubs import HubTree, hub_prices
from small import add, bench, change, random_network

LEVELS = ("s", "l")

MORE = [pytest.param(s, marks=pytest.mark.slow) for s in (6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 18)]
"""Further seeds that allow a plan."""


def blocks_of(network: Network) -> Blocks:
    model = build(network)
    return Blocks(model, compile_model(model))


def duals(arrays: Arrays) -> Floats:
    found = Solver(arrays).run(Clock()).duals
    assert found is not None
    return found


def held(arrays: Arrays, hub: str, level: str | None) -> Arrays:
    """The model with a hub open at a level (``None``: shut)."""
    lower, upper = arrays.lower.copy(), arrays.upper.copy()
    for (h, k), j in arrays.place("hub").items():
        if h == hub:
            lower[j] = upper[j] = float(k == level)
    return replace(arrays, lower=lower, upper=upper)


def optimum(arrays: Arrays) -> float:
    """The least objective; infinite where there is no plan."""
    outcome = Solver(arrays, integral=True, mip_rel_gap=0.0, mip_abs_gap=0.0).run(Clock())
    assert outcome.status in (Status.OPTIMAL, Status.INFEASIBLE)
    return np.inf if outcome.objective is None else outcome.objective


def varied(seed: int) -> Network:
    """A random network whose hub has levels of any cost, in any state, in any currency."""
    network, r = random_network(seed, money=seed % 3 > 0), np.random.default_rng(seed)
    state = [tab.State.EXISTING, tab.State.FORCED, tab.State.CANDIDATE][seed % 3 if seed % 2 else 0]
    currency = "EUR" if r.random() < 0.5 else None
    network = change(network, tab.Hub, lambda row: row.hub == "h0", state=state, currency=currency)
    for level in LEVELS:
        opening, month = (float(cost) for cost in r.integers(0, 80, 2))
        network = change(
            network,
            tab.HubLevel,
            lambda row, level=level: row.level == level,
            opening_cost=opening,
            operating_month=month,
        )
    return change(network, tab.Settings, discount_rate=0.15 * (seed % 2))


def prices(arrays: Arrays, seed: int) -> Iterator[Floats]:
    """None, the duals of the relaxation, and these changed at random.

    The true-up has no bounds, so that most prices of the operator's account leave no bound at all.
    """
    rng, y = np.random.default_rng(seed), duals(arrays)
    yield np.zeros(len(y))
    yield y
    if "operator_balance" in arrays.rows:
        y[arrays.rows["operator_balance"]] = 0.0
    yield y * rng.uniform(0, 2, len(y))
    yield y + rng.normal(size=len(y)) * (rng.random(len(y)) < 0.3)


def decisions(arrays: Arrays) -> Iterator[tuple[Opened, frozenset[str], float]]:
    """Every node of a tree over one hub, and the optimum that its decisions allow."""
    at = {level: optimum(held(arrays, "h0", level)) for level in (*LEVELS, None)}
    yield {}, frozenset(), min(at.values())
    yield {}, frozenset({"h0"}), at[None]
    yield {"h0": None}, frozenset(), min(at[level] for level in LEVELS)
    for level in LEVELS:
        yield {"h0": level}, frozenset(), at[level]


@pytest.mark.parametrize("seed", [*range(6), *MORE])
def test_bounds_at_every_node(seed: int) -> None:
    """Open at a level, open at one not decided, shut, undecided; capacity priced or free."""
    blocks = blocks_of(varied(seed))
    lagrangian, nodes, compared = Lagrangian(blocks), list(decisions(blocks.arrays)), 0
    for y in prices(blocks.arrays, seed):
        tree = HubTree(blocks, lagrangian, y)
        for opened, shut, truth in nodes:
            for free in (True, False):
                limits = tree.limits_at(opened, shut)
                bound, _ = lagrangian.bound(tree.prices_at(opened, free), Clock(), 1, limits)
                if bound is not None:
                    assert bound <= truth + 1e-6 * (1 + abs(truth)) if np.isfinite(truth) else True
                    compared += 1
    assert compared


@pytest.mark.parametrize("seed", [*range(6), *MORE])
def test_the_tree_and_raised_prices_stay_below_the_optimum(seed: int) -> None:
    """Least bounds on the way, the leaf's, and the leaf's after its prices were raised (never lower)."""
    blocks = blocks_of(varied(seed))
    truth = optimum(blocks.arrays)
    lagrangian, seen = Lagrangian(blocks), list[float]()
    tree = HubTree(blocks, lagrangian, list(prices(blocks.arrays, seed))[2])
    leaf = tree.run(Clock(), 1, seen.append)
    assert leaf is not None
    limits = tree.limits_at(leaf.opened, leaf.shut)
    ascent = Ascent(blocks, lagrangian, leaf.prices, limits)
    raised = ascent.run(truth, Clock(), 1, 25)
    again, _ = lagrangian.bound(raised, Clock(), 1, limits)
    assert again == pytest.approx(ascent.bound)
    assert ascent.bound >= leaf.bound - 1e-6 * (1 + abs(leaf.bound))
    here = {(o.get("h0", ""), bool(s)): best for o, s, best in decisions(blocks.arrays)}[
        leaf.opened.get("h0", ""), bool(leaf.shut)
    ]
    assert ascent.bound <= here + 1e-6 * (1 + abs(here)) if np.isfinite(here) else True
    assert max([*seen, leaf.bound]) <= truth + 1e-6 * (1 + abs(truth))
    further = tree.run(Clock(), 1, seen.append, aim=Aim(truth if np.isfinite(truth) else 1e4))
    assert further is not None
    assert leaf.bound <= further.bound + 1e-9 * (1 + abs(leaf.bound))
    assert max([*seen, further.bound]) <= truth + 1e-6 * (1 + abs(truth))
    tree.prices = 0.5 * tree.prices
    renewed = tree.run(Clock(), 1, seen.append)
    assert renewed is not None
    assert further.bound <= renewed.bound <= truth + 1e-6 * (1 + abs(truth))


def rich() -> Network:
    """The bench with cash enough for everything."""
    return change(change(bench(), tab.Firm, opening_cash=1e4), tab.Settings, operator_cash=1e4)


def with_levels(network: Network, small: tuple[float, float], large: tuple[float, float]) -> Network:
    levels = [
        tab.HubLevel(hub="h", level=name, opening_cost=opening, operating_month=month)
        for name, (opening, month) in (("s", small), ("l", large))
    ]
    return add(network, *levels)


def leaf_of(network: Network, y: Floats | None = None) -> Node:
    blocks = blocks_of(network)
    tree = HubTree(blocks, Lagrangian(blocks), duals(blocks.arrays) if y is None else y)
    node = tree.run(Clock(), 1, lambda bound: False)
    assert node is not None
    return node


@pytest.mark.parametrize("state", [tab.State.EXISTING, tab.State.FORCED, tab.State.CANDIDATE])
def test_levels_are_compared_at_what_they_cost_in_the_model(state: tab.State) -> None:
    """5 a month for three months or 60 once: an existing hub has paid the 60, so it costs nothing."""
    network = change(with_levels(rich(), (0, 5), (60, 0)), tab.Hub, state=state)
    assert leaf_of(network).bound == pytest.approx(0 if state is tab.State.EXISTING else 15)


def test_levels_are_compared_at_discounted_costs() -> None:
    """20.5 in each of three months is more than 60 once, but not at 90 % a year."""
    network = change(with_levels(rich(), (0, 20.5), (60, 0)), tab.Hub, state=tab.State.FORCED)
    assert leaf_of(network).bound == pytest.approx(60)
    later = sum(20.5 * 1.9 ** (-days / 365) for days in (0, 30, 60))
    dear = change(network, tab.Settings, discount_rate=0.9)
    blocks = blocks_of(dear)
    assert leaf_of(dear).bound <= optimum(blocks.arrays) + 1e-6
    assert later < 60
    assert optimum(blocks.arrays) == pytest.approx(later, abs=6)


def test_levels_are_compared_with_what_the_operator_must_borrow() -> None:
    """An operator without cash borrows at 100 % a year: paying by the month is better although it is more."""
    network = change(with_levels(rich(), (0, 20.5), (60, 0)), tab.Hub, state=tab.State.FORCED)
    network = change(network, tab.Settings, operator_cash=0, operator_rate=1.0, operator_limit=1e4)
    blocks = blocks_of(network)
    truth = optimum(blocks.arrays)
    for y in prices(blocks.arrays, 5):
        y[blocks.arrays.rows["operator_balance"]] = 0.0
        assert leaf_of(network, y).bound <= truth + 1e-6


@pytest.mark.parametrize("seed", [*range(6), *MORE])
def test_no_bound_on_the_way_falls_or_exceeds_the_optimum(seed: int) -> None:
    """What is told first, of nodes whose levels are not decided, holds as well as the last."""
    blocks, seen = blocks_of(varied(seed)), list[float]()
    truth = optimum(blocks.arrays)
    for y in prices(blocks.arrays, seed):
        y[blocks.arrays.rows.get("operator_balance", slice(0, 0))] = 0.0
        seen.clear()
        HubTree(blocks, Lagrangian(blocks), y).run(Clock(), 1, lambda bound: bool(seen.append(bound)))
        assert seen == sorted(seen)
        assert max(seen, default=-np.inf) <= truth + 1e-6 * (1 + abs(truth))


def test_stops_when_told_that_the_bound_will_do() -> None:
    network = with_levels(rich(), (20, 0), (40, 0))
    blocks, seen = blocks_of(network), list[float]()

    def enough(bound: float) -> bool:
        seen.append(bound)
        return True

    tree = HubTree(blocks, Lagrangian(blocks), duals(blocks.arrays))
    node = tree.run(Clock(), 1, enough)
    assert node is not None
    assert seen == [node.bound]
    assert (node.opened, node.shut) == ({}, frozenset())
    assert HubTree(blocks, Lagrangian(blocks), duals(blocks.arrays)).run(Clock(0), 1, enough) is None


def test_decided_leaf_names_its_hubs() -> None:
    """10 units of margin 10 through the one hub: it opens at the cheaper level, not at 200."""
    blocks = blocks_of(with_levels(rich(), (30, 0), (40, 0)))
    tree = HubTree(blocks, Lagrangian(blocks), np.zeros(len(blocks.row_owner)))
    leaf = tree.run(Clock(), 1, lambda bound: False)
    assert leaf is not None
    assert (leaf.opened, tree.hubs_of(leaf)) == ({"h": "s"}, {"h"})
    assert leaf.bound == pytest.approx(30)
    dear = blocks_of(with_levels(rich(), (200, 0), (300, 0)))
    tree = HubTree(dear, Lagrangian(dear), np.zeros(len(dear.row_owner)))
    leaf = tree.run(Clock(), 1, lambda bound: False)
    assert leaf is not None
    assert (leaf.shut, tree.hubs_of(leaf)) == ({"h"}, frozenset())
    assert leaf.bound == pytest.approx(100)


@pytest.mark.parametrize("seed", range(8))
def test_room_in_a_hub_costs_what_its_cheapest_level_costs_by_room(seed: int) -> None:
    """Priced rows are those of capacity, prices those of a limit from above; no level earns more than it
    costs, and one of a priced hub earns just that."""
    arrays = blocks_of(varied(seed)).arrays
    prices = hub_prices(arrays)
    assert (prices <= 0).all()
    assert not prices[~arrays.rows_of(("hub_capacity",))].any()
    left = arrays.cost - arrays.matrix.T @ prices
    for hub in {h for h, _ in arrays.keys["hub"]}:
        levels = [j for (h, _), j in arrays.place("hub").items() if h == hub]
        if min(arrays.cost[levels]) < 0:
            continue
        assert (left[levels] >= -1e-6 * (1 + np.abs(arrays.cost[levels]))).all()
        if any(
            prices[arrays.rows["hub_capacity"].start + i] < 0
            for i, key in enumerate(arrays.row_keys["hub_capacity"])
            if key[0] == hub
        ):
            assert min(left[levels]) == pytest.approx(0, abs=1e-6 * (1 + max(arrays.cost[levels])))
