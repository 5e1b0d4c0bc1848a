"""Prices of the room in open hubs: a floor that pays for the level that is needed, and no more."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network
from clusterlane.optimizer import solve
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.hubs import HUB_ROWS
from clusterlane.optimizer.share.coalition import firms_as_players
from clusterlane.optimizer.share.floors import Floors, Leaf
from clusterlane.optimizer.share.hub_levels import level_prices
from clusterlane.optimizer.share.prices import joint_prices
from small import change, random_network

SEEDS = [(7, False), (114, False), (5, True), (109, True)]


def levelled(seed: int, money: bool, small: float) -> Network:
    """Three firms over a hub that all goods pass, at a small level or a large one."""
    net = random_network(seed, money, firms=3)
    net = change(net, tab.Period, max_openings=None, max_sites=None, min_covered=None)
    net = change(net, tab.Warehouse, lambda row: row.state is tab.State.FORCED, state=tab.State.CANDIDATE)
    levels = [
        tab.HubLevel(hub="h0", level="s", capacity_m3_month=small, opening_cost=3),
        tab.HubLevel(hub="h0", level="l", capacity_m3_month=25, opening_cost=9),
    ]
    others = [row for row in net.rows(tab.HubLevel) if row.hub != "h0"]
    return net.replace(hub_levels=[*others, *levels])


def at_open_hub(net: Network) -> tuple[Floors, Leaf, np.ndarray]:
    floors = Floors(net, firms_as_players(net))
    leaf = Leaf(frozenset({"h0"}), frozenset())
    prices = joint_prices(floors, leaf, Clock())
    assert prices is not None
    return floors, leaf, np.where(floors.arrays.rows_of(HUB_ROWS), 0.0, prices)


def bound(floors: Floors, leaf: Leaf, prices: np.ndarray) -> float:
    value, _ = floors._lagrangian.bound(prices, Clock(), 1, floors._limits(leaf, prices))
    assert value is not None
    return value


@pytest.mark.parametrize("small", [0.5, 5.0, 4000.0])
@pytest.mark.parametrize(("seed", "money"), SEEDS)
def test_the_bound_rises_and_stays_below_the_optimum(seed: int, money: bool, small: float) -> None:
    net = levelled(seed, money, small)
    floors, leaf, start = at_open_hub(net)
    better = level_prices(
        floors.blocks, floors._lagrangian, start, leaf.opened, partial(floors._limits, leaf), Clock(), 1
    )
    assert bound(floors, leaf, better) >= bound(floors, leaf, start)
    forced = change(net, tab.Hub, lambda row: row.hub == "h0", state=tab.State.FORCED)
    best = solve(forced, gap=0).objective
    if best is not None:
        assert bound(floors, leaf, better) <= best + 1e-6 * (1 + abs(best))


def test_who_needs_the_large_level_pays_for_it() -> None:
    gained = 0
    for seed, money in SEEDS:
        floors, leaf, start = at_open_hub(levelled(seed, money, 0.5))
        limits = partial(floors._limits, leaf)
        better = level_prices(floors.blocks, floors._lagrangian, start, leaf.opened, limits, Clock(), 1)
        gain = bound(floors, leaf, better) - bound(floors, leaf, start)
        assert gain <= 6.0 + 1e-6  # what the large level costs more
        gained += gain > 1.0
    assert gained


def test_room_to_spare_has_no_price() -> None:
    floors, leaf, start = at_open_hub(levelled(7, False, 4000.0))
    limits = partial(floors._limits, leaf)
    same = level_prices(floors.blocks, floors._lagrangian, start, leaf.opened, limits, Clock(), 1)
    assert (same == start).all()
