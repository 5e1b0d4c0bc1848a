"""Landed costs are what the model's own objective says of one unit on its way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network
from clusterlane.models.cluster import build
from clusterlane.optimizer.arrays import Arrays, compile_model
from clusterlane.optimizer.centre import centre
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.freight import lane_prices
from clusterlane.optimizer.highs import Solver
from clusterlane.optimizer.landed import Landed
from small import add, bench, change, random_network

PATH = ("haul", "ship", "stock", "boxes", "loose")


def landed_of(network: Network) -> tuple[Landed, Arrays]:
    """Landed costs, and the model as it is (not centred) to judge them by."""
    model = build(network)
    arrays = compile_model(model)
    return Landed(model.index, centre(model, arrays)), arrays


def plain(seed: int, money: bool = False, ways: str = "loose") -> Network:
    """A random network in which a unit's way has one price: loose cargo only (or containers only), no
    safety stock, no goods at the start, money without interest."""
    network = random_network(seed, money=money, periods=3)
    network = change(network, tab.Product, safety_days=0)
    if money:
        network = change(network, tab.Settings, capital_rate=0)
    if ways == "loose":
        network = change(network, tab.Lane, loose_rate_kg=0.3, loose_kg_m3=300)
        return network.replace(lane_containers=(), stock=(), pipeline=())
    network = change(network, tab.Lane, loose_rate_kg=None)
    boxes = [tab.LaneContainer(lane=f"l{i}", container="box", cost=70 + i) for i in range(3)]
    return network.replace(lane_containers=boxes, stock=(), pipeline=())


def cost_on_way(arrays: Arrays, lane: tuple[str, str, int], hub: str, wanted: tuple[str, str, int]) -> float:
    """Least objective of one unit that leaves on a lane in a period and is taken from a warehouse later."""
    upper = np.zeros(len(arrays.cost))
    for component in PATH:
        upper[arrays.columns[component]] = np.inf
    upper[arrays.columns["haul"]] = upper[arrays.columns["ship"]] = 0.0
    unit = [arrays.place("ship")[lane], arrays.place("haul")[lane[0], hub, lane[2]]]
    upper[unit] = 1.0
    lower = np.zeros(len(upper))
    lower[unit] = 1.0
    free = np.ones(len(arrays.row_lower), dtype=bool)
    for family in ("hub_balance", "stock_balance", "volume", "weight"):
        free[arrays.rows[family]] = False
    low, high = np.where(free, -np.inf, arrays.row_lower), np.where(free, np.inf, arrays.row_upper)
    row = arrays.rows["stock_balance"].start + arrays.row_keys["stock_balance"].index(wanted)
    low[row] = high[row] = -1.0
    way = replace(arrays, lower=lower, upper=upper, row_lower=low, row_upper=high, offset=0.0)
    outcome = Solver(way).run(Clock())
    return np.inf if outcome.objective is None else outcome.objective


def ways_to(landed: Landed, hub: str, p: str, w: str, t: int) -> Iterator[tuple[str, str, int]]:
    ix = landed.index
    for key in ix.ship:
        row = ix.lanes[key[1]]
        arrived = max(u for u, _ in ix.arrivals(key[1], key[2]))
        if key[0] == p and (row.hub, row.warehouse) == (hub, w) and arrived <= t:
            yield key


def assert_as_modelled(network: Network, scale: float = 1.0) -> int:
    """Every finite unit cost is the cheapest way's objective, less what the unit is worth in the
    warehouse; returns how many were compared.  ``scale``: containers are dearer, as never quite full."""
    landed, arrays = landed_of(network)
    arrays.cost[arrays.columns["boxes"]] *= scale
    ix, compared = landed.index, 0
    for h, p, w, t in zip(*np.nonzero(np.isfinite(landed.via)), strict=True):
        hub, product, place = landed.hubs[h], landed.products[p], landed.warehouses[w]
        if (product, place, t + 1) not in arrays.row_keys["stock_balance"]:
            continue
        row = ix.products[product]
        wanted = (product, place, int(t) + 1)
        ways = [cost_on_way(arrays, key, hub, wanted) for key in ways_to(landed, hub, *wanted)]
        worth = ix.cost(product, 1) * (1 - row.refund_rate)
        assert landed.via[h, p, w, t] == pytest.approx(min(ways) - worth, rel=1e-7, abs=1e-7)
        compared += 1
    return compared


@pytest.mark.parametrize("seed", range(4))
def test_loose_cargo(seed: int) -> None:
    assert assert_as_modelled(plain(seed)) > 5


@pytest.mark.parametrize("seed", range(4, 7))
def test_loose_cargo_with_money(seed: int) -> None:
    assert assert_as_modelled(plain(seed, money=True)) > 5


@pytest.mark.parametrize("seed", range(7, 10))
def test_containers_are_97_percent_full(seed: int) -> None:
    assert assert_as_modelled(plain(seed, ways="boxes"), scale=1 / 0.97) > 5


@pytest.mark.parametrize("seed", range(6))
def test_delivery_against_parcels(seed: int) -> None:
    """What a unit from the warehouse costs more than one by parcel is what the model's objective says."""
    network = change(plain(seed, money=seed % 2 > 0), tab.Sale, unmet_share=0)
    landed, arrays = landed_of(network)
    ix, arcs, rows = landed.index, landed.arcs, landed.demands
    delivers, post = arrays.place("deliver"), arrays.place("parcel")
    cost = landed.delivered(np.ones(len(landed.hubs), dtype=bool))
    compared = 0
    for i in np.flatnonzero(np.isfinite(cost)):
        p, m, t = rows.keys[arcs.demand[i]]
        if (p, "post", m, t) in post:
            way = landed.via[:, arcs.product[i], arcs.warehouse[i], t - 1].min()
            worth = ix.cost(p, 1) * (1 - ix.products[p].refund_rate)
            unit = way + worth + arrays.cost[delivers[p, landed.warehouses[arcs.warehouse[i]], m, t]]
            more = unit - arrays.cost[post[p, "post", m, t]]
            assert cost[i] - rows.elsewhere[arcs.demand[i]] == pytest.approx(more)
            compared += 1
    assert compared


def test_by_hand() -> None:
    """Hub handling 2 and haulage 1 per m3, freight 3, keeping 0.1 a day: a unit that arrives in period 1
    costs 6 then and 9 in period 2, one made in period 2 costs 6."""
    network = change(bench(), tab.Settings, money=False)
    network = change(network, tab.Hub, handling_m3=2)
    network = change(network, tab.Haulage, cost_m3=1)
    network = change(network, tab.Lane, rate_m3=3)
    network = change(network, tab.Warehouse, storage_m3_day=0.1)
    landed, _ = landed_of(network)
    assert landed.via[0, 0, 0, :2] == pytest.approx([6, 6])
    assert landed.hold[0, 0, 0] == pytest.approx(3)
    slow = change(network, tab.Lane, days=45)
    assert landed_of(slow)[0].via[0, 0, 0, :2] == pytest.approx([np.inf, np.inf])


def test_a_shipment_that_arrives_in_two_parts_is_kept_until_both_are_there() -> None:
    """15 of 30 days: half arrives a period early and is kept for 30 days at 0.1."""
    network = change(bench(), tab.Settings, money=False)
    network = change(network, tab.Warehouse, storage_m3_day=0.1)
    landed, _ = landed_of(change(network, tab.Lane, days=15))
    assert landed.via[0, 0, 0, 1] == pytest.approx(0.5 * 3)
    assert landed.early[0, 0] == pytest.approx(0.5)


def test_capital_is_charged_where_money_has_rows_of_its_own() -> None:
    """A unit of 10 under way for 30 days at 36.5 % a year: 0.30."""
    network = change(bench(), tab.Settings, capital_rate=0.365)
    network = change(network, tab.Lane, days=30)
    landed, _ = landed_of(network)
    assert landed.via[0, 0, 0, 1] == pytest.approx(0.3)
    assert landed.hold[0, 0, 1] == pytest.approx(0.3)


def test_goods_on_hand_cost_their_keeping_only() -> None:
    network = change(bench(), tab.Settings, money=False)
    network = change(network, tab.Warehouse, storage_m3_day=0.1)
    network = add(network, tab.Stock(product="p", place="w", opening=3))
    landed, _ = landed_of(network)
    assert landed.known[0, 0] == pytest.approx([0, 3, 6])


def test_safety_stock_is_kept_for_a_period_before() -> None:
    """15 of 30 days' deliveries lie there the period before at 0.1 a day; before period 1 nothing is paid."""
    network = change(bench(), tab.Settings, money=False)
    network = change(network, tab.Warehouse, storage_m3_day=0.1)
    network = change(network, tab.Product, safety_days=15)
    network = add(network, tab.Stock(product="p", place="w", opening=30))
    network = add(network, tab.Demand(product="p", market="m", period=1, quantity=10))
    safe, none = (landed_of(net)[0] for net in (network, change(network, tab.Product, safety_days=0)))
    assert (safe.arcs.period == none.arcs.period).all()
    assert dict(zip(safe.arcs.period, safe.arcs.cost - none.arcs.cost, strict=True)) == {0: 0, 1: 1.5}


@pytest.mark.parametrize("seed", range(8))
def test_price_of_freight_leaves_no_container_worth_booking_empty(seed: int) -> None:
    network = change(random_network(seed), tab.Settings, discount_rate=0.1 * (seed % 2))
    model = build(network)
    arrays = compile_model(model)
    prices = lane_prices(model.index, arrays)
    reduced = arrays.cost - arrays.matrix.T @ prices
    for lane, t in arrays.row_keys["volume"]:
        ways = [j for key, j in arrays.place("boxes").items() if (key[0], key[2]) == (lane, t)]
        ways += [j for key, j in arrays.place("loose").items() if key == (lane, t)]
        assert min(reduced[ways]) == pytest.approx(0, abs=1e-9)


def test_a_shut_hub_is_no_way() -> None:
    """Through the second hub a unit costs 5 more."""
    network = add(
        change(bench(), tab.Settings, money=False),
        tab.Hub(hub="far", handling_m3=5),
        tab.Haulage(cluster="c", hub="far"),
        tab.Lane(lane="long", hub="far", warehouse="w", mode=tab.Mode.OCEAN),
    )
    landed, _ = landed_of(network)
    near = np.array([h == "h" for h in landed.hubs])
    assert landed.delivered(~near) - landed.delivered(near) == pytest.approx([5])
    units = np.array([4.0])
    assert landed.loads(~near, np.array([0]), units) == {("far", 2): 4}
    assert landed.loads(near, np.array([0]), units) == {("h", 2): 4}
    assert np.isinf(landed.delivered(near & ~near)).all()


@pytest.mark.parametrize("seed", range(6))
def test_likely_columns_hold_the_cheapest_way_of_every_demand(seed: int) -> None:
    """With more warehouses nearby there are no fewer columns; the cheapest delivery is always among them, and
    the way to its warehouse; none where warehouses are shut."""
    landed, arrays = landed_of(random_network(seed, money=seed % 2 > 0, periods=3))
    one, two, many = (landed.likely(near) for near in (1, 2, 99))
    assert (one <= two).all()
    assert (two <= many).all()
    cost = landed.delivered(np.ones(len(landed.hubs), dtype=bool))
    deliver = arrays.columns["deliver"].start
    reached = landed.arcs.demand[np.isfinite(cost)]
    for demand in np.unique(reached):
        own = np.flatnonzero(landed.arcs.demand == demand)
        best = own[np.argmin(cost[own])]
        assert one[deliver + best]
        p, w, _, t = arrays.keys["deliver"][best]
        assert one[arrays.place("stock")[p, w, t]]
        assert many[deliver + own[np.isfinite(cost[own])]].all()
    shut = landed.likely(99, sites=())
    assert not shut[arrays.columns["deliver"]].any()
    assert not shut[arrays.columns["ship"]].any()
    rest = ~arrays.columns_of(("deliver", "stock", "ship", "parcel"))
    assert one[rest].all()
