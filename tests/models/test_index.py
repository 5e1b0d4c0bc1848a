"""What may flow where and when: the sparse sets of a network."""

from __future__ import annotations

import cases
import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network
from clusterlane.models.index import Index
from small import add, change, random_network


def far(net: Network, days: float) -> Network:
    """The lane takes longer (or less long)."""
    return change(net, tab.Lane, days=days)


def test_ship_and_haul_by_hand() -> None:
    """What leaves in 3 comes after the end; what arrives in 3 still serves the demand of 3."""
    ix = Index(cases.goods())
    assert ix.ship == [("p", "l", 1), ("p", "l", 2)]
    assert ix.haul == [("p", "h", 1), ("p", "h", 2)]
    assert ix.stock == [("p", "w", t) for t in (1, 2, 3)]
    assert sorted(ix.deliver) == [("p", "w", "m", 2), ("p", "w", "m", 3)]
    assert ix.demand_periods == [2, 3]


@pytest.mark.parametrize(
    ("days", "leaving"),
    [(0, [1, 2, 3]), (15, [1, 2]), (30, [1, 2]), (30.5, [1]), (45, [1]), (46, []), (180, [])],
)
def test_nothing_leaves_that_comes_too_late(days: float, leaving: list[int]) -> None:
    """A shipment must be there by day 75 to the last unit; periods end on days 30, 45 and 75."""
    assert [t for _, _, t in Index(far(cases.goods(), days)).ship] == leaving


def test_clearance_counts_as_lead_time() -> None:
    """8 days at the hub and 3 at the warehouse on top of 20."""
    net = change(change(cases.goods(), tab.Hub, clearance_days=8), tab.Warehouse, clearance_days=3)
    assert Index(net).lead("l") == 31
    assert [t for _, _, t in Index(net).ship] == [1]


def test_nothing_leaves_after_its_last_use() -> None:
    """Goods wanted in 2 only: what leaves in 2 arrives in 3, of no use, unless stock is wanted at the end."""
    net = change(cases.goods(), tab.Demand, lambda row: row.period == 3, status=tab.Status.EXCLUDE)
    ix = Index(net)
    assert ix.last_use == {("p", "w"): 2}
    assert ix.ship == [("p", "l", 1)]
    assert ix.haul == [("p", "h", 1)]
    kept = Index(add(net, tab.Stock(product="p", place="w", target=1)))
    assert kept.last_use == {("p", "w"): 3}
    assert kept.ship == [("p", "l", 1), ("p", "l", 2)]


@pytest.mark.parametrize(("promise", "served"), [(None, True), (3, True), (2.9, False)])
def test_promise_filters_warehouses(promise: float | None, served: bool) -> None:
    """The last mile takes 3 days."""
    ix = Index(change(cases.goods(), tab.Sale, promise_days=promise))
    assert bool(ix.deliver) is served
    assert bool(ix.ship) is served


@pytest.mark.parametrize(("promise", "sent"), [(None, True), (5, True), (4, False)])
def test_promise_filters_parcels(promise: float | None, sent: bool) -> None:
    """Parcels take 5 days."""
    assert bool(Index(change(cases.parcels(), tab.Sale, promise_days=promise)).parcel) is sent


@pytest.mark.parametrize("kind", [tab.Hub, tab.Warehouse])
def test_closed_places(kind: type[tab.Row]) -> None:
    """Nothing passes a closed hub or warehouse."""
    ix = Index(change(cases.goods(), kind, state=tab.State.CLOSED))
    assert [*ix.lanes, *ix.ship, *ix.haul, *ix.deliver] == []
    assert ix.unmet == [("p", "m", 2), ("p", "m", 3)]


def test_a_warehouse_to_lease_needs_tiers() -> None:
    """Without a tier there is nothing to lease."""
    net = change(cases.goods(), tab.Warehouse, contract=tab.Contract.LEASE)
    assert not Index(net).warehouses
    assert Index(add(net, tab.Tier(warehouse="w", tier="a"))).leased == ["w"]


def test_haulage_opens_the_hub_to_a_cluster() -> None:
    """Without a haulage row nothing is taken in; opening stock may still leave."""
    assert not Index(cases.goods().replace(haulage=())).ship
    stocked = Index(cases.started().replace(haulage=()))
    assert stocked.ship == [("p", "l", 1), ("p", "l", 2)]
    assert stocked.haul == []


def test_unmet_only_where_it_is_allowed() -> None:
    """unmet_share 0: all demand must be served."""
    assert Index(change(cases.goods(), tab.Sale, unmet_share=0)).unmet == []


def test_demand_without_sale_or_quantity_is_none() -> None:
    """Demand needs terms of sale and a quantity."""
    assert Index(cases.goods().replace(sales=())).demand == {}
    assert Index(
        change(cases.goods(), tab.Demand, lambda row: row.period == 2, quantity=0)
    ).demand_periods == [3]


@pytest.mark.parametrize(("term", "covering"), [(None, [1, 2]), (1, [2]), (2, [1, 2])])
def test_lease_terms(term: int | None, covering: list[int]) -> None:
    """Leases that cover period 2, by the period they start in."""
    net = change(cases.leases(), tab.Tier, lambda row: row.tier == "a", term_periods=term)
    assert [s for n, s in Index(net).leases_covering["w", 2] if n == "a"] == covering


def test_first_stock() -> None:
    """Stock exists from the first arrival, the pipeline or the start on."""
    assert Index(far(cases.goods(), 31)).first_stock == {("p", "w"): 2}
    piped = add(far(cases.goods(), 46), tab.Pipeline(product="p", warehouse="w", period=2, quantity=1))
    assert Index(piped).first_stock == {("p", "w"): 2}
    assert Index(far(cases.started(), 46)).first_stock == {("p", "w"): 1}


def test_rights() -> None:
    """By weight where given; else by the demand volume: 15·2 m3 of p, 8·1 m3 of o."""
    assert Index(cases.cash()).right == {"f": 0.25, "g": 0.75}
    shared = Index(change(cases.cash(), tab.Firm, right=None)).right
    assert shared == {"f": pytest.approx(30 / 38), "g": pytest.approx(8 / 38)}


@pytest.mark.parametrize("seed", range(15))
def test_sets_fit_each_other(seed: int) -> None:
    """On random networks: every arrival falls in a stock period, every delivery keeps its promise."""
    ix = Index(random_network(seed, periods=3))
    stock, demand = set(ix.stock), set(ix.demand)
    ship, arrival, _ = ix.arriving
    leaving = [ix.ship[i] for i in ship.tolist()]
    arrivals = zip(leaving, arrival.tolist(), strict=True)
    assert {(p, ix.lanes[lane].warehouse, t) for (p, lane, _), t in arrivals} <= stock
    assert all((p, w, t) in stock and (p, m, t) in demand for p, w, m, t in ix.deliver)
    assert all(ix.keeps_promise(p, m, ix.last_miles[w, m].days) for p, w, m, _ in ix.deliver)
    assert all(ix.keeps_promise(p, m, ix.parcel_rates[s, m].days) for p, s, m, _ in ix.parcel)
    assert all(
        ix.calendar.end(t) + ix.lead(lane) <= ix.calendar.end(ix.last) + 1e-6 for _, lane, t in ix.ship
    )
    assert sum(ix.right.values()) == pytest.approx(1)
    for names in (
        ix.ship,
        ix.haul,
        ix.hold,
        ix.stock,
        ix.deliver,
        ix.parcel,
        ix.unmet,
        ix.boxes,
        ix.loose,
        ix.lease,
    ):
        assert len(set(names)) == len(names)
