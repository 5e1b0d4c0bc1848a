"""Regions: parts of a network that share no warehouse and no market."""

from __future__ import annotations

import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.generate import generate
from clusterlane.instances.network import Network
from clusterlane.optimizer.regions import region, regions, volume_share
from small import add, bench, random_network

NETWORKS = {
    "bench": bench(),
    "random": random_network(3),
    "park": generate("park-10", 1),
}


def apart() -> Network:
    """The bench with a second market, from a second warehouse: two regions of 10 and 30 units."""
    return add(
        bench(),
        tab.Warehouse(warehouse="v", zone="z", contract=tab.Contract.PER_USE),
        tab.Lane(lane="k", hub="h", warehouse="v", mode=tab.Mode.OCEAN),
        tab.Market(market="n", zone="z"),
        tab.LastMile(warehouse="v", market="n"),
        tab.Sale(product="p", market="n", price=20),
        tab.Demand(product="p", market="n", period=2, quantity=30),
        tab.Stock(product="p", place="h", opening=8, target=4),
        tab.Stock(product="p", place="v", opening=3),
    )


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_every_market_in_one_region(network: Network) -> None:
    found = regions(network)
    assert sorted(m for part in found for m in part) == sorted({row.market for row in network.rows(tab.Sale)})


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_no_warehouse_reaches_two_regions(network: Network) -> None:
    number = {m: i for i, part in enumerate(regions(network)) for m in part}
    reached: dict[str, set[int]] = {}
    for row in network.rows(tab.LastMile):
        if row.market in number:
            reached.setdefault(row.warehouse, set()).add(number[row.market])
    assert reached
    assert all(len(parts) == 1 for parts in reached.values())


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_regions_hold_all_demand(network: Network) -> None:
    parts = [region(network, markets) for markets in regions(network)]
    whole = sum(row.quantity for row in network.rows(tab.Demand))
    assert sum(row.quantity for part in parts for row in part.rows(tab.Demand)) == pytest.approx(whole)


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_shares_sum_to_one(network: Network) -> None:
    assert sum(volume_share(network, markets) for markets in regions(network)) == pytest.approx(1)


def test_two_regions_by_hand() -> None:
    network = apart()
    assert sorted(map(sorted, regions(network))) == [["m"], ["n"]]
    assert volume_share(network, {"n"}) == pytest.approx(0.75)
    part = region(network, {"n"})
    assert [row.warehouse for row in part.rows(tab.Warehouse)] == ["v"]
    assert {(row.place, row.opening, row.target) for row in part.rows(tab.Stock)} == {
        ("h", 6, 3),
        ("v", 3, 0),
    }


def test_a_shared_warehouse_joins_markets() -> None:
    network = add(apart(), tab.LastMile(warehouse="w", market="n"))
    assert regions(network) == [{"m", "n"}]
    assert volume_share(network, {"m", "n"}) == 1
