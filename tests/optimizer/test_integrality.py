"""Whole numbers of a region's own programme: bounds that rise with them and stay below every optimum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from clusterlane.instances.generate import generate
from clusterlane.models.cluster import build
from clusterlane.optimizer.arrays import compile_model
from clusterlane.optimizer.blocks import Blocks, Lagrangian
from clusterlane.optimizer.centre import centre
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.hubs import HubTree, Node
from clusterlane.optimizer.integrality import parts_of, whole_numbers
from clusterlane.optimizer.regional import goods_of_regions
from clusterlane.optimizer.solve import solve
from test_hubs import held, optimum, prices, varied


@pytest.mark.parametrize("seed", range(10))
def test_bounds_with_whole_numbers_stay_below_the_optimum(seed: int) -> None:
    """At every decision about the hub and under any prices; 0 is added where there is no time."""
    network = varied(seed)
    model = build(network)
    blocks = Blocks(model, centre(model, compile_model(model)))
    a, lagrangian, regions = blocks.arrays, Lagrangian(blocks), goods_of_regions(network)
    parts = parts_of(a, regions)
    compared = 0
    for y in prices(a, seed):
        tree = HubTree(blocks, lagrangian, y)
        for level in ("s", "l", None):
            opened, shut = ({"h0": level}, frozenset[str]()) if level else ({}, frozenset({"h0"}))
            node, truth = tree.bounded(opened, shut, (), Clock(), 1), optimum(held(a, "h0", level))
            if node is None or not np.isfinite(node.bound):
                continue
            lower, upper = tree.limits_at(opened, shut)
            local = replace(a, lower=lower, upper=upper)
            more = whole_numbers(local, parts, node.duals, node.point, Clock(), 1)
            assert more >= 0
            assert not np.isfinite(truth) or node.bound + more <= truth + 1e-6 * (1 + abs(truth))
            assert whole_numbers(local, parts, node.duals, node.point, Clock(0), 1) == 0
            compared += 1
    assert compared


def test_parts_are_apart_and_rows_are_of_one_part_alone() -> None:
    network = generate("park-10", 7)
    model = build(network)
    arrays = compile_model(model)
    parts = parts_of(arrays, goods_of_regions(network))
    assert len(parts) > 1
    owner = np.full(len(arrays.cost), -1)
    for number, part in enumerate(parts):
        assert (owner[part.columns] == -1).all()
        owner[part.columns] = number
    for number, part in enumerate(parts):
        assert set(owner[arrays.matrix[part.rows].indices]) == {number}
    money = arrays.columns_of(("cash", "loan", "draw", "receipt"))
    assert (owner[money] == -1).all()


def test_a_tree_adds_to_the_least_node_that_is_decided_once() -> None:
    network = varied(3)
    model = build(network)
    blocks = Blocks(model, centre(model, compile_model(model)))
    tree = HubTree(blocks, Lagrangian(blocks), list(prices(blocks.arrays, 3))[1])
    before, asked = tree.run(Clock(), 1, lambda _: False), list[Node]()
    assert before is not None

    def add(node: Node) -> float:
        asked.append(node)
        return 1.0

    leaf = tree.run(Clock(), 1, lambda _: False, add=add)
    assert leaf is not None
    assert leaf.whole
    assert before.bound < leaf.bound <= before.bound + 1.0
    assert len({node.number for node in asked}) == len(asked) > 0
    assert tree.run(Clock(), 1, lambda _: False, add=add) is leaf


@pytest.mark.slow
def test_a_small_park_is_proven_nearer_with_whole_numbers() -> None:
    """Of these the certificate knows nothing: what it proves is less than the bound."""
    plan = solve(generate("park-4", 3), gap=0.001, time_limit=30, strategy="decomposition")
    assert any("the bound rises by" in line for line in plan.log)
    assert plan.check["ok"]
    assert plan.bound is not None
    assert plan.bound_verified is not None
    assert plan.objective is not None
    assert plan.bound_verified < plan.bound <= plan.objective
