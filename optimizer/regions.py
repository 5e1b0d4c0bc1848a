"""Regions: parts of a network that share hubs and money but no warehouse and no market."""

from __future__ import annotations

from collections import defaultdict

from ..instances.network import Network
from ..instances.tables import (
    Demand,
    Hub,
    Lane,
    LastMile,
    ParcelRate,
    Pipeline,
    Product,
    Sale,
    Stock,
    Tier,
    TierFamily,
    Warehouse,
)


def regions(network: Network) -> list[set[str]]:
    """Markets that are reached, directly or through each other, from the same warehouses."""
    group = {row.market: row.market for row in network.rows(Sale)}
    by_warehouse: dict[str, str] = {}

    def root(market: str) -> str:
        while group[market] != market:
            group[market] = group[group[market]]
            market = group[market]
        return market

    for row in network.rows(LastMile):
        if row.market in group:
            first = by_warehouse.setdefault(row.warehouse, row.market)
            group[root(first)] = root(row.market)
    out: dict[str, set[str]] = {}
    for market in group:
        out.setdefault(root(market), set()).add(market)
    return list(out.values())


def region(network: Network, markets: set[str]) -> Network:
    """The network of some markets and the warehouses that reach them.

    Hubs keep their size and cost, of which a relaxation pays its part; their storage is divided
    between regions by volume, goods there by the demand for them.
    """
    share = volume_share(network, markets)
    miles = [row for row in network.rows(LastMile) if row.market in markets]
    reached = {row.warehouse for row in miles}
    part = _parts(network, markets)
    hubs = {row.hub for row in network.rows(Hub)}
    return network.replace(
        hubs=[
            row.model_copy(update={"storage_m3": None if row.storage_m3 is None else row.storage_m3 * share})
            for row in network.rows(Hub)
        ],
        warehouses=[row for row in network.rows(Warehouse) if row.warehouse in reached],
        tiers=[row for row in network.rows(Tier) if row.warehouse in reached],
        tier_families=[row for row in network.rows(TierFamily) if row.warehouse in reached],
        lanes=[row for row in network.rows(Lane) if row.warehouse in reached],
        pipeline=[row for row in network.rows(Pipeline) if row.warehouse in reached],
        stock=[
            _scaled(row, part[row.product]) if row.place in hubs else row
            for row in network.rows(Stock)
            if row.place in hubs | reached
        ],
        demand=[row for row in network.rows(Demand) if row.market in markets],
        sales=[row for row in network.rows(Sale) if row.market in markets],
        last_mile=miles,
        parcel_rates=[row for row in network.rows(ParcelRate) if row.market in markets],
    )


def volume_share(network: Network, markets: set[str]) -> float:
    """Share of the demand volume that is in some markets."""
    volume = {row.product: row.volume_m3 for row in network.rows(Product)}
    whole = sum(row.quantity * volume[row.product] for row in network.rows(Demand))
    here = sum(row.quantity * volume[row.product] for row in network.rows(Demand) if row.market in markets)
    return here / whole if whole else 1.0


def _parts(network: Network, markets: set[str]) -> dict[str, float]:
    """Product -> share of its demand that is in the markets."""
    whole: dict[str, float] = defaultdict(float)
    here: dict[str, float] = defaultdict(float)
    for row in network.rows(Demand):
        whole[row.product] += row.quantity
        here[row.product] += row.quantity * (row.market in markets)
    return defaultdict(float, {p: here[p] / total for p, total in whole.items() if total})


def _scaled(row: Stock, share: float) -> Stock:
    return row.model_copy(update={"opening": row.opening * share, "target": row.target * share})
