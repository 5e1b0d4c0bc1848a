"""Whole numbers of a region's own programme: bounds that rise with them and stay below every optimum."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from clusterlane.instances.generate import generate
from clusterlane.models.cluster import build
from clusterlane.optimizer.arrays import Arrays, compile_model
from clusterlane.optimizer.blocks import Blocks, Lagrangian
from clusterlane.optimizer.centre import centre
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.hub_nodes import Node
from clusterlane.optimizer.hubs import HubTree
from clusterlane.optimizer.integrality import Part, parts_of, whole_numbers
from clusterlane.optimizer.progress import Progress
from clusterlane.optimizer.regional import goods_of_regions
from clusterlane.optimizer.solve import solve
from test_hubs import held, optimum, prices, varied


def leaves(seed: int) -> Iterator[tuple[Arrays, list[Part], Node, float]]:
    """Every decision about the hub of a network under several prices: arrays with it, parts, the node, and
    the optimum there."""
    network = varied(seed)
    model = build(network)
    blocks = Blocks(model, centre(model, compile_model(model)))
    a, lagrangian = blocks.arrays, Lagrangian(blocks)
    parts = parts_of(a, goods_of_regions(network))
    for y in prices(a, seed):
        tree = HubTree(blocks, lagrangian, y)
        for level in ("s", "l", None):
            opened, shut = ({"h0": level}, frozenset[str]()) if level else ({}, frozenset({"h0"}))
            node = tree.bounded(opened, shut, (), Clock(), 1)
            if node is not None and np.isfinite(node.bound):
                lower, upper = tree.limits_at(opened, shut)
                yield replace(a, lower=lower, upper=upper), parts, node, optimum(held(a, "h0", level))


@pytest.mark.parametrize("seed", range(10))
def test_bounds_with_whole_numbers_stay_below_the_optimum(seed: int) -> None:
    compared = 0
    for arrays, parts, node, truth in leaves(seed):
        more = whole_numbers(arrays, parts, node.duals, node.point, Clock(), 1)
        assert more >= 0
        assert not np.isfinite(truth) or node.bound + more <= truth + 1e-6 * (1 + abs(truth))
        compared += 1
    assert compared


def test_whole_numbers_cost_more_where_there_is_time_to_look() -> None:
    found = [
        whole_numbers(arrays, parts, node.duals, node.point, Clock(limit), 1)
        for arrays, parts, node, _ in leaves(1)
        for limit in (None, 0.0)
    ]
    assert max(found[::2]) > 0
    assert max(found[1::2]) == 0


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
    assert leaf.more == 1.0
    assert tree.proven == pytest.approx(before.bound)
    assert before.bound < leaf.bound <= before.bound + 1.0
    assert len({node.number for node in asked}) == len(asked) > 0
    assert tree.run(Clock(), 1, lambda _: False, add=add) is leaf


def test_a_small_park_is_proven_nearer_with_whole_numbers() -> None:
    """Several regions; of what is added the certificate knows nothing."""
    cancel, bounds = threading.Event(), list[float]()

    def listen(progress: Progress) -> None:
        if progress.phase == "whole leases and containers" and progress.bound is not None:
            bounds.append(progress.bound)
            if len(bounds) > 1 and bounds[-1] > bounds[0]:
                cancel.set()

    network = generate("park-4", 3)
    plan = solve(network, gap=1e-4, strategy="decomposition", threads=2, on_progress=listen, cancel=cancel)
    assert cancel.is_set()
    assert plan.check["ok"]
    assert plan.bound is not None
    assert plan.bound_verified is not None
    assert plan.bound == bounds[-1] > bounds[0]
    assert plan.bound_verified == pytest.approx(bounds[0])
