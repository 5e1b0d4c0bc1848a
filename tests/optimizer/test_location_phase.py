"""Places found on landed costs: hubs and leases together, and the flows that open places leave."""

from __future__ import annotations

import numpy as np
import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network
from clusterlane.models.cluster import build
from clusterlane.optimizer.arrays import compile_model
from clusterlane.optimizer.centre import centre
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.landed import Landed
from clusterlane.optimizer.location import Location
from clusterlane.optimizer.places import Places, hub_levels, open_places
from clusterlane.optimizer.solve import solve
from small import add, bench, change, random_network


def places_of(network: Network, hubs: frozenset[str] | None = None) -> Places:
    model = build(network)
    arrays = centre(model, compile_model(model))
    return Location(Landed(model.index, arrays), arrays).find(Clock(), hubs)


def two_hubs(opening: float, far: float = 4) -> Network:
    """10 units in period 2, through a free hub that costs ``far`` a unit more, or one to be opened."""
    return add(
        change(bench(), tab.Settings, money=False),
        tab.HubLevel(hub="h", level="s", capacity_m3_month=12, opening_cost=opening),
        tab.HubLevel(hub="h", level="l", capacity_m3_month=24, opening_cost=2 * opening),
        tab.Hub(hub="far", handling_m3=far),
        tab.Haulage(cluster="c", hub="far"),
        tab.Lane(lane="long", hub="far", warehouse="w", mode=tab.Mode.OCEAN),
    )


def test_a_hub_is_opened_while_it_pays() -> None:
    assert places_of(two_hubs(opening=30)).hubs == {("h", "s")}
    assert places_of(two_hubs(opening=50)).hubs == set()


def test_a_larger_level_for_a_larger_load() -> None:
    network = change(two_hubs(opening=30, far=9), tab.Demand, quantity=20)
    assert places_of(network).hubs == {("h", "l")}


def test_a_forced_hub_is_open_at_any_cost() -> None:
    network = change(two_hubs(opening=500), tab.Hub, lambda row: row.hub == "h", state=tab.State.FORCED)
    assert {h for h, _ in places_of(network).hubs} == {"h"}


def test_given_hubs_are_the_ones_that_open() -> None:
    assert places_of(two_hubs(opening=30), frozenset()).hubs == set()
    assert places_of(two_hubs(opening=50), frozenset({"h"})).hubs == {("h", "s")}


def levels(network: Network, m3: float) -> set[tuple[str, str]]:
    return set(hub_levels(build(network).index, {("h", 2): m3} if m3 else {}))


def test_levels_by_hand() -> None:
    """The cheapest level that takes in the peak; the largest where none does; none without a load."""
    network = two_hubs(opening=30)
    assert levels(network, 10) == {("h", "s")}
    assert levels(network, 20) == {("h", "l")}
    assert levels(network, 99) == {("h", "l")}
    assert levels(network, 0) == set()


def test_an_existing_hub_pays_no_opening() -> None:
    """5 a month or 60 once: a hub that exists has paid the 60."""
    network = add(
        change(bench(), tab.Settings, money=False),
        tab.HubLevel(hub="h", level="s", operating_month=5),
        tab.HubLevel(hub="h", level="l", opening_cost=60),
    )
    assert levels(network, 10) == {("h", "s")}
    assert levels(change(network, tab.Hub, state=tab.State.EXISTING), 10) == {("h", "l")}


@pytest.mark.parametrize("seed", range(4))
def test_places_of_an_optimal_plan_leave_room_for_it(seed: int) -> None:
    """Bounds under the places of a plan allow the plan, and nothing where nothing is open."""
    network = random_network(seed, money=seed % 2 > 0)
    plan = solve(network, gap=0)
    if plan.objective is None:
        return
    model = build(network)
    arrays = compile_model(model)
    leases = plan.tables["leases"][["warehouse", "tier", "start"]].itertuples(index=False, name=None)
    hubs = plan.tables["hubs"][["hub", "level"]].itertuples(index=False, name=None)
    places = Places(frozenset(leases), frozenset(plan.tables["sites"]["warehouse"]), frozenset(hubs))
    lower, upper = open_places(model.index, arrays, places)
    assert (lower <= upper + 1e-9).all()
    delivers = arrays.place("deliver")
    for row in plan.tables["deliveries"].itertuples():
        j = delivers[row.product, row.warehouse, row.market, row.period]
        assert row.quantity <= upper[j] + 1e-6
    free = {w for w in model.index.warehouses if model.index.free(w)}
    _, shut = open_places(model.index, arrays, Places(frozenset(), frozenset(), frozenset()))
    for key, j in delivers.items():
        assert key[1] in free or shut[j] == 0
    assert (shut[np.array([j for key, j in arrays.place("hub").items()], dtype=int)] == 0).all()


@pytest.mark.parametrize("seed", range(6))
def test_places_of_random_networks_are_of_the_network(seed: int) -> None:
    network = random_network(100 + seed, money=seed % 2 > 0, periods=3, firms=3)
    found = places_of(network)
    tiers = {(row.warehouse, row.tier) for row in network.rows(tab.Tier)}
    assert {(w, n) for w, n, _ in found.leases} <= tiers
    assert (
        {w for w, _, _ in found.leases} <= found.sites <= {r.warehouse for r in network.rows(tab.Warehouse)}
    )
    assert found.hubs <= {(row.hub, row.level) for row in network.rows(tab.HubLevel)}
    assert len({h for h, _ in found.hubs}) == len(found.hubs)
    forced = {row.hub for row in network.rows(tab.Hub) if row.state is tab.State.FORCED}
    assert forced & {row.hub for row in network.rows(tab.HubLevel)} <= {h for h, _ in found.hubs}
