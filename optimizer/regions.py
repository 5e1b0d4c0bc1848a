"""Regions: parts of a network that share hubs and money but no warehouse and no market."""

from __future__ import annotations

from ..instances.network import Network
from ..instances.tables import Demand, Hub, HubLevel, LastMile, ParcelRate, Product, Sale


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
    """The network of some markets, with hub capacities and costs in proportion to their volume."""
    volume = {p.product: p.volume_m3 for p in network.rows(Product)}
    demand = network.rows(Demand)
    kept = [d for d in demand if d.market in markets]
    whole = sum(d.quantity * volume[d.product] for d in demand) or 1.0
    share = sum(d.quantity * volume[d.product] for d in kept) / whole
    levels = [
        row.model_copy(
            update={
                "opening_cost": row.opening_cost * share,
                "operating_month": row.operating_month * share,
                "capacity_m3_month": None if row.capacity_m3_month is None else row.capacity_m3_month * share,
            }
        )
        for row in network.rows(HubLevel)
    ]
    hubs = [
        row.model_copy(update={"storage_m3": None if row.storage_m3 is None else row.storage_m3 * share})
        for row in network.rows(Hub)
    ]
    return network.replace(
        demand=kept,
        sales=[row for row in network.rows(Sale) if row.market in markets],
        last_mile=[row for row in network.rows(LastMile) if row.market in markets],
        parcel_rates=[row for row in network.rows(ParcelRate) if row.market in markets],
        hub_levels=levels,
        hubs=hubs,
    )
