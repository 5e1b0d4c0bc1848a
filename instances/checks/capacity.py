"""Capacity below demand: what no plan can deliver, however it is routed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from math import floor, inf

from ..findings import Finding
from ..network import Network
from ..tables import (
    Container,
    Contract,
    Haulage,
    HubLevel,
    Lane,
    LaneContainer,
    Pipeline,
    Product,
    Sale,
    Stock,
    Tier,
    Warehouse,
)
from .places import open_hubs, usable_warehouses
from .reach import Routes, wanted
from .sound import number, overall

SLACK = 1 + 1e-6
"""Capacity may fall short by rounding of the data."""


def findings(network: Network) -> Iterator[Finding]:
    """At most one finding each for warehouses, hubs and lanes."""
    routes = Routes(network)
    most, least = _volumes(routes)
    yield from _throughput(network, most, least)
    before, there = _stocked(network)
    rows = (
        ("hubs", _hub_capacity(network), before + there),
        ("lanes", sum(_lane_capacity(routes, lane) for lane in network.rows(Lane)), there),
    )
    for table, capacity, stocked in rows:
        yield from _total(table, capacity, sum(most.values()) - stocked, sum(least.values()) - stocked)


def _volumes(routes: Routes) -> tuple[dict[int, float], dict[int, float]]:
    """m3 wanted by period of what parcels cannot carry: all of it, and what must be served."""
    most: dict[int, float] = defaultdict(float)
    least: dict[int, float] = defaultdict(float)
    sales = routes.network.by_key(Sale)
    for pair, units in wanted(routes.network).items():
        sale = sales.get(pair)
        if sale is None or routes.by_parcel(sale):
            continue
        for period, quantity in units.items():
            volume = quantity * routes.products[sale.product].volume_m3
            most[period] += volume
            least[period] += volume * (1 - sale.unmet_share)
    return most, least


def _stocked(network: Network) -> tuple[float, float]:
    """m3 that lie at hubs, and that lie in warehouses or are on the way there."""
    products, warehouses = network.by_key(Product), network.by_key(Warehouse)
    volumes = {True: 0.0, False: 0.0}
    for row in network.rows(Stock):
        volumes[row.place in warehouses] += row.opening * products[row.product].volume_m3
    for arrival in network.rows(Pipeline):
        volumes[True] += arrival.quantity * products[arrival.product].volume_m3
    return volumes[False], volumes[True]


def _throughput(network: Network, most: dict[int, float], least: dict[int, float]) -> Iterator[Finding]:
    month = _warehouse_capacity(network)
    short = {
        period: (capacity, most[period], least[period])
        for period in sorted(most)
        if most[period] > (capacity := month * network.calendar.month_share(period)) * SLACK
    }
    if short:
        worst = max(short, key=lambda period: (short[period][2] - short[period][0], short[period][1]))
        capacity, all_of_it, must = short[worst]
        where = f"in {len(short)} periods, most in period {worst}: warehouses"
        yield _short("warehouses", where, capacity, all_of_it, must)


def _total(table: str, capacity: float, most: float, least: float) -> Iterator[Finding]:
    if most > capacity * SLACK:
        yield _short(table, f"over the horizon: {table}", capacity, most, least)


def _short(table: str, where: str, capacity: float, most: float, least: float) -> Finding:
    must = least > capacity * SLACK
    cause = f"{where} can handle at most {number(capacity)} m3 of {number(most)} m3 wanted"
    cause += f", of which {number(least)} m3 must be served" if least > 0 else ""
    remedy = f"add capacity to {table}" + (", or allow more demand to go unserved" if must else "")
    return overall("capacity-below-demand", "error" if must else "warning", table, cause, remedy)


def _warehouse_capacity(network: Network) -> float:
    """m3 per month that all warehouses can deliver, each leased at its largest tier."""
    tiers: dict[str, float] = defaultdict(float)
    for tier in network.rows(Tier):
        tiers[tier.warehouse] = max(tiers[tier.warehouse], _or_inf(tier.throughput_m3_month))
    usable = usable_warehouses(network)
    return sum(
        min(
            _or_inf(row.throughput_m3_month),
            inf if row.contract is Contract.PER_USE else tiers[row.warehouse],
        )
        for row in network.rows(Warehouse)
        if row.warehouse in usable
    )


def _hub_capacity(network: Network) -> float:
    """m3 that the hubs can take in over the horizon, each open at its largest level."""
    levels: dict[str, float] = defaultdict(float)
    for level in network.rows(HubLevel):
        levels[level.hub] = max(levels[level.hub], _or_inf(level.capacity_m3_month))
    months = sum(map(network.calendar.month_share, network.calendar.periods))
    hubs = open_hubs(network) & {row.hub for row in network.rows(Haulage)}
    return sum(levels.get(hub, inf) * months for hub in hubs)


def _lane_capacity(routes: Routes, lane: Lane) -> float:
    """m3 that a lane can carry over the horizon in time to arrive."""
    if lane.hub not in routes.hubs or lane.warehouse not in routes.usable:
        return 0.0
    calendar, lead = routes.calendar, routes.lead(lane)
    periods = [t for t in calendar.periods if calendar.end(t) + lead <= calendar.end(calendar.last) + 1e-9]
    return sum(_period_capacity(routes.network, lane, calendar.month_share(t)) for t in periods)


def _period_capacity(network: Network, lane: Lane, months: float) -> float:
    limit = inf if lane.capacity_m3_month is None else lane.capacity_m3_month * months
    boxes = [row for row in network.rows(LaneContainer) if row.lane == lane.lane]
    if not boxes or lane.loose_rate_kg is not None:
        return limit
    sizes = network.by_key(Container)
    return min(limit, sum(_boxes(row, months) * sizes[row.container].volume_m3 for row in boxes))


def _boxes(row: LaneContainer, months: float) -> float:
    return inf if row.max_month is None else floor(row.max_month * months + 1e-9)


def _or_inf(limit: float | None) -> float:
    return inf if limit is None else limit
