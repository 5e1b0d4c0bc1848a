"""Where goods come from, lie, and go: hubs, lanes, warehouses, markets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from ...instances.checks.reach import Routes
from ...instances.network import Network
from ...instances.tables import (
    Contract,
    Haulage,
    Hub,
    HubLevel,
    Lane,
    LaneContainer,
    Market,
    Mode,
    ParcelRate,
    Sale,
    Tier,
    Warehouse,
    Zone,
)
from .goods import Goods, named


def span(values: Iterable[float | None]) -> list[float] | None:
    """Least and most of what is given; None where nothing is."""
    given = [value for value in values if value is not None]
    return [min(given), max(given)] if given else None


def _where(row: Hub | Warehouse | Market) -> dict[str, Any]:
    return {"country": row.country, "lat": row.lat, "lon": row.lon}


def markets(network: Network, goods: Goods) -> list[dict[str, Any]]:
    """The markets, largest volume first, with the days of promise and of payment."""
    amounts, zones = goods.by("market"), network.by_key(Zone)
    promises: dict[str, list[float | None]] = defaultdict(list)
    for sale in network.rows(Sale):
        promises[sale.market].append(sale.promise_days)
    parcels: dict[str, list[float]] = defaultdict(list)
    for rate in network.rows(ParcelRate):
        parcels[rate.market].append(rate.days)
    rows = [
        {
            "market": row.market,
            "name": row.name or row.market,
            **_where(row),
            "zone": row.zone,
            "currency": row.currency or network.settings.currency,
            "credit_days": zones[row.zone].credit_days,
            "promise_days": span(promises[row.market]),
            "parcel_days": span(parcels[row.market]),
            **named(*amounts.get(row.market, ())),
        }
        for row in network.rows(Market)
    ]
    return sorted(rows, key=lambda row: -float(row["volume_m3"]))


def hubs(network: Network) -> list[dict[str, Any]]:
    """The hubs at origin."""
    clusters: dict[str, list[str]] = defaultdict(list)
    for haul in network.rows(Haulage):
        clusters[haul.hub].append(haul.cluster)
    levels: dict[str, list[float | None]] = defaultdict(list)
    for level in network.rows(HubLevel):
        levels[level.hub].append(level.capacity_m3_month)
    return [
        {
            "hub": row.hub,
            "name": row.name or row.hub,
            **_where(row),
            "state": row.state.value,
            "clusters": sorted(clusters[row.hub]),
            "levels": len(levels[row.hub]),
            "capacity_m3_month": span(levels[row.hub]),
        }
        for row in network.rows(Hub)
    ]


def warehouses(network: Network, goods: Goods) -> list[dict[str, Any]]:
    """The warehouses, with the demand that each can reach within the promise, most first."""
    routes = Routes(network)
    amounts = goods.by("market")
    reached: dict[str, set[str]] = defaultdict(set)
    for sale in network.rows(Sale):
        for row in routes.in_promise(sale):
            reached[row.warehouse].add(sale.market)
    tiers: dict[str, list[Tier]] = defaultdict(list)
    for tier in network.rows(Tier):
        tiers[tier.warehouse].append(tier)
    rows = [
        {
            "warehouse": row.warehouse,
            "name": row.name or row.warehouse,
            **_where(row),
            "state": row.state.value,
            "contract": row.contract.value,
            "currency": row.currency or network.settings.currency,
            "tiers": len(tiers[row.warehouse]) if row.contract is Contract.LEASE else 0,
            "storage_m3": span([row.storage_m3, *(tier.storage_m3 for tier in tiers[row.warehouse])]),
            "throughput_m3_month": span(
                [row.throughput_m3_month, *(tier.throughput_m3_month for tier in tiers[row.warehouse])]
            ),
            "rent_month": span(tier.rent_month for tier in tiers[row.warehouse]),
            "setup_cost": row.setup_cost,
            "storage_m3_day": row.storage_m3_day,
            "lead_days": span(routes.lead(lane) for lane in routes.lanes[row.warehouse]),
            "markets": len(reached[row.warehouse]),
            "reach_m3": sum(amounts.get(market, (0.0,))[0] for market in reached[row.warehouse]),
        }
        for row in network.rows(Warehouse)
    ]
    return sorted(rows, key=lambda row: -float(row["reach_m3"]))


def lanes(network: Network) -> list[dict[str, Any]]:
    """The lanes by mode: how many, how long, at what price."""
    routes = Routes(network)
    boxes: dict[str, list[LaneContainer]] = defaultdict(list)
    for row in network.rows(LaneContainer):
        boxes[row.lane].append(row)
    groups: dict[Mode, list[Lane]] = defaultdict(list)
    for lane in network.rows(Lane):
        groups[lane.mode].append(lane)
    return [_mode(network, routes, mode, groups[mode], boxes) for mode in Mode if groups[mode]]


def _mode(
    network: Network, routes: Routes, mode: Mode, rows: list[Lane], boxes: dict[str, list[LaneContainer]]
) -> dict[str, Any]:
    def money(amounts: Iterable[tuple[Lane, float | None]]) -> list[float] | None:
        return span(a * network.exchange_rate(lane.currency, 1) for lane, a in amounts if a is not None)

    containers = sorted({box.container for lane in rows for box in boxes[lane.lane]})
    return {
        "mode": mode.value,
        "lanes": len(rows),
        "hubs": len({lane.hub for lane in rows}),
        "warehouses": len({lane.warehouse for lane in rows}),
        "transit_days": span(lane.days for lane in rows),
        "lead_days": span(routes.lead(lane) for lane in rows),
        "container_cost": {
            size: money(
                (lane, box.cost) for lane in rows for box in boxes[lane.lane] if box.container == size
            )
            for size in containers
        },
        "loose_rate_kg": money((lane, lane.loose_rate_kg) for lane in rows),
        "rate_m3": money((lane, lane.rate_m3) for lane in rows if lane.rate_m3),
        "co2_kg_t": span(lane.co2_kg_t for lane in rows),
    }
