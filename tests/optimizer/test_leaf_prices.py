"""Prices made anew for a set of hubs: their bounds stay bounds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from clusterlane.instances.transform import without_money
from clusterlane.models.cluster import build
from clusterlane.optimizer.arrays import Arrays, Floats, compile_model
from clusterlane.optimizer.blocks import Blocks, Lagrangian
from clusterlane.optimizer.centre import centre
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.highs import Solver
from clusterlane.optimizer.hub_nodes import Aim, Node
from clusterlane.optimizer.hubs import HUB_ROWS, HubTree
from clusterlane.optimizer.leaf_prices import leaf_prices
from clusterlane.optimizer.regional import RegionGoods, prices_of_flows
from clusterlane.optimizer.regions import region, regions
from clusterlane.optimizer.relaxation import LAZY, Relaxation
from small import random_network
from test_hubs import optimum, varied


class Case:
    """A network's blocks, its regions and a tree under the regions' first prices."""

    def __init__(self, seed: int):
        network = varied(seed)
        model = build(network)
        self.blocks = Blocks(model, centre(model, compile_model(model)))
        goods = without_money(network)
        self.regions = [RegionGoods(region(goods, markets)) for markets in regions(goods)]
        found = [flow for each in self.regions if (flow := each.relax(Clock())) is not None]
        self.lagrangian = Lagrangian(self.blocks)
        self.tree = HubTree(
            self.blocks, self.lagrangian, prices_of_flows(self.blocks.index, self.blocks.arrays, found)
        )

    def least(self) -> Node | None:
        return self.tree.run(Clock(), 1, lambda bound: False)

    def again(self, leaf: Node) -> Floats | None:
        levels = self.tree.levels_at(leaf)
        return leaf_prices(self.blocks, self.regions, leaf.duals, self.tree.prices, levels, Clock())


def at(arrays: Arrays, levels: dict[str, str | None]) -> Arrays:
    """The model with some hubs decided."""
    lower, upper = arrays.lower.copy(), arrays.upper.copy()
    for (hub, level), j in arrays.place("hub").items():
        if hub in levels:
            lower[j] = upper[j] = float(levels[hub] == level)
    return replace(arrays, lower=lower, upper=upper)


@pytest.mark.parametrize("seed", range(9))
def test_a_leaf_s_own_prices_bound_what_its_hubs_allow(seed: int) -> None:
    """Never above the relaxation with these hubs, for which any prices make a bound."""
    case = Case(seed)
    leaf = case.least()
    prices = None if leaf is None else case.again(leaf)
    if leaf is None or prices is None or not set(case.tree.hubs) <= set(case.tree.levels_at(leaf)):
        return
    levels = case.tree.levels_at(leaf)
    relaxed = Solver(at(case.blocks.arrays, levels)).run(Clock()).objective
    case.tree.prices = prices
    opened = {hub: level for hub, level in levels.items() if level is not None}
    limits = case.tree.limits_at(opened, leaf.shut)
    bound, _ = case.lagrangian.bound(case.tree.prices_at(opened, True), Clock(), 1, limits)
    assert bound is not None
    if relaxed is not None:
        assert bound <= relaxed + 1e-6 * (1 + abs(relaxed))


@pytest.mark.parametrize("seed", range(9))
def test_prices_of_hubs_and_of_money_stay(seed: int) -> None:
    case = Case(seed)
    leaf = case.least()
    prices = None if leaf is None else case.again(leaf)
    if prices is None:
        return
    arrays = case.blocks.arrays
    of_goods = arrays.rows_of({family for each in case.regions for family in each.arrays.rows})
    kept = arrays.rows_of(HUB_ROWS) | ~of_goods
    assert (prices[kept] == case.tree.prices[kept]).all()


@pytest.mark.parametrize("seed", range(9))
def test_a_tree_whose_leaves_get_prices_of_their_own_bounds_the_optimum(seed: int) -> None:
    """At least as high as without, never above the optimum."""
    truth = optimum(Case(seed).blocks.arrays)
    if not np.isfinite(truth):
        return
    plain, own, asked = Case(seed), Case(seed), list[Node]()

    def prices(leaf: Node) -> Floats | None:
        asked.append(leaf)
        return own.again(leaf)

    before = plain.tree.run(Clock(), 1, lambda bound: False)
    leaf = own.tree.run(Clock(), 1, lambda bound: False, aim=Aim(truth, make_prices=prices))
    assert before is not None
    assert leaf is not None
    assert before.bound - 1e-6 * (1 + abs(truth)) <= leaf.bound <= truth + 1e-6 * (1 + abs(truth))
    assert asked
    assert len({(tuple(sorted(n.opened.items())), n.shut) for n in asked}) == len(asked)


def test_without_time_there_are_no_prices() -> None:
    case = Case(1)
    leaf = case.least()
    assert leaf is not None
    levels = case.tree.levels_at(leaf)
    found = leaf_prices(case.blocks, case.regions, leaf.duals, case.tree.prices, levels, Clock(0))
    assert found is None


@pytest.mark.parametrize("seed", range(4))
def test_rows_listed_before_are_there_from_the_start(seed: int) -> None:
    """What one relaxation listed spares the next its rounds; the optimum is the same."""
    arrays = compile_model(build(random_network(seed, money=seed % 2 > 0)))
    first = Relaxation(arrays)
    found = first.solve(Clock())
    if found.objective is None:
        return
    second = Relaxation(arrays, listed=first.rows)
    assert (second.rows == np.sort(first.rows)).all()
    again = second.solve(Clock(), rounds=0)
    assert again.objective == pytest.approx(found.objective, rel=1e-6, abs=1e-4)
    assert set(np.flatnonzero(~arrays.rows_of(LAZY))) <= set(second.rows)
