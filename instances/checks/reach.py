"""Demand that no delivery can reach, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TypeVar

from ..calendar import AFTER
from ..findings import Finding, Severity
from ..network import Network
from ..tables import (
    Demand,
    Firm,
    Haulage,
    Hub,
    Lane,
    LastMile,
    ParcelRate,
    Pipeline,
    Product,
    Row,
    Sale,
    Stock,
    Warehouse,
)
from .places import open_hubs, usable_warehouses
from .sound import at, listed

R = TypeVar("R", bound=Row)
Pair = tuple[str, str]
"""A product and a market."""


class Routes:
    """From which period on goods can be delivered where."""

    def __init__(self, network: Network):
        self.network, self.calendar = network, network.calendar
        self.products, self.firms = network.by_key(Product), network.by_key(Firm)
        self.usable, self.hubs = usable_warehouses(network), open_hubs(network)
        self.last_miles = _grouped(network.rows(LastMile), "market")
        self.parcel_rates = _grouped(network.rows(ParcelRate), "market")
        self.lanes = _grouped(network.rows(Lane), "warehouse")
        self._hauls = _grouped(network.rows(Haulage), "cluster")
        self._opening = {(s.product, s.place) for s in network.rows(Stock) if s.opening > 0}
        arriving = sorted(
            (row for row in network.rows(Pipeline) if row.quantity > 0), key=lambda r: -r.period
        )
        self._pipeline = {(row.product, row.warehouse): row.period for row in arriving}
        self._hub_days = {row.hub: row.clearance_days for row in network.rows(Hub)}
        self._warehouse_days = {row.warehouse: row.clearance_days for row in network.rows(Warehouse)}
        self.arrival = lru_cache(maxsize=None)(self._arrival)
        self.hubs_of = lru_cache(maxsize=None)(self._hubs_of)
        self.first_stock = lru_cache(maxsize=None)(self._first_stock)
        self.departure = lru_cache(maxsize=None)(self._departure)

    def lead(self, lane: Lane) -> float:
        """Days from leaving the hub to lying in the warehouse."""
        return self._hub_days[lane.hub] + lane.days + self._warehouse_days[lane.warehouse]

    def _hubs_of(self, product: str) -> frozenset[str]:
        """Hubs at which a product can be taken in or lies already."""
        cluster = self.firms[self.products[product].firm].cluster
        stocked = {place for p, place in self._opening if p == product}
        return frozenset(({row.hub for row in self._hauls[cluster]} | stocked) & self.hubs)

    def useful_lanes(self, product: str, warehouse: str) -> list[Lane]:
        """Lanes on which a product can reach a warehouse at all."""
        hubs = self.hubs_of(product)
        return [row for row in self.lanes[warehouse] if row.hub in hubs and row.capacity_m3_month != 0]

    def _arrival(self, lead: float) -> int | None:
        """First period in which goods sent in period 1 arrive; None: after the end."""
        periods = [period for period, _ in self.calendar.split(1, lead)]
        return None if AFTER in periods else min(periods)

    def _departure(self, lead: float, end: int) -> int:
        """Last period in which goods may leave that arrive whole, and in part by period ``end``; 0: none."""
        for period in reversed(self.calendar.periods):
            arrivals = [arrival for arrival, _ in self.calendar.split(period, lead)]
            if AFTER not in arrivals and min(arrivals) <= end:
                return period
        return 0

    def _first_arrival(self, product: str, warehouse: str) -> int | None:
        """First period in which goods of the product come to the warehouse."""
        if warehouse not in self.usable:
            return None
        arrivals = [self.arrival(self.lead(lane)) for lane in self.useful_lanes(product, warehouse)]
        arrivals.append(self._pipeline.get((product, warehouse)))
        return min((period for period in arrivals if period), default=None)

    def _first_stock(self, product: str, warehouse: str) -> int | None:
        """First period in which the warehouse can deliver the product.

        Safety stock lies there a period before it may be delivered.
        """
        if (product, warehouse) in self._opening and warehouse in self.usable:
            return 1
        first = self._first_arrival(product, warehouse)
        later = first + (self.products[product].safety_days > 0) if first else None
        return later if later and later <= self.calendar.last else None

    def supplied(self, product: str, place: str) -> bool:
        """Whether more of a product can come to a hub or warehouse."""
        if place in self.hubs:
            cluster = self.firms[self.products[product].firm].cluster
            return any(row.hub == place for row in self._hauls[cluster])
        return self._first_arrival(product, place) is not None

    def by_parcel(self, sale: Sale) -> bool:
        """Whether a parcel service keeps the promise."""
        return any(_keeps(row, sale) for row in self.parcel_rates[sale.market])

    def in_promise(self, sale: Sale) -> list[LastMile]:
        """Deliveries from warehouses that keep the promise."""
        return [row for row in self.last_miles[sale.market] if _keeps(row, sale)]

    def first(self, sale: Sale) -> int | None:
        """First period in which the promise of a sale can be kept; None: never."""
        if self.by_parcel(sale):
            return 1
        periods = [self.first_stock(sale.product, row.warehouse) for row in self.in_promise(sale)]
        return min((period for period in periods if period), default=None)


def _grouped(rows: Iterable[R], column: str) -> dict[str, list[R]]:
    groups: dict[str, list[R]] = defaultdict(list)
    for row in rows:
        groups[getattr(row, column)].append(row)
    return groups


def _keeps(row: LastMile | ParcelRate, sale: Sale) -> bool:
    return sale.promise_days is None or row.days <= sale.promise_days


def wanted(network: Network) -> dict[Pair, dict[int, float]]:
    """Units wanted by product and market, by period; only positive ones."""
    units: dict[Pair, dict[int, float]] = defaultdict(dict)
    for row in network.rows(Demand):
        if row.quantity > 0:
            units[row.product, row.market][row.period] = row.quantity
    return units


def findings(network: Network) -> Iterator[Finding]:
    """Unreachable demand, one finding per product and market, and targets out of reach."""
    routes, sales = Routes(network), network.by_key(Sale)
    for pair, units in wanted(network).items():
        sale = sales.get(pair)
        if sale is not None:
            yield from _pair(routes, sale, units)
    yield from _targets(routes)


def _pair(routes: Routes, sale: Sale, units: dict[int, float]) -> Iterator[Finding]:
    first = routes.first(sale)
    early = [period for period in sorted(units) if first is None or period < first]
    severity: Severity = "error" if sale.unmet_share < 1 else "warning"
    what = f"demand for '{sale.product}' in market '{sale.market}'"
    if len(early) == len(units):
        why = _why(routes, sale) if first is None else f"goods arrive in period {first} at the earliest"
        cause = f"{what} cannot be served in any period: {why}"
        remedy = "add a delivery that keeps the promise, or allow it to go unserved (unmet_share 1)"
        yield at("unreachable-demand", severity, sale, "market", cause, remedy)
    elif early and severity == "error":
        cause = f"{what} in period {_span(early)} comes before the first delivery in period {first}"
        remedy = "add opening stock, pipeline or a parcel service, or allow it to go unserved (unmet_share 1)"
        yield at("early-demand", severity, sale, "unmet_share", cause, remedy)


def _why(routes: Routes, sale: Sale) -> str:
    rows: list[LastMile | ParcelRate] = [*routes.last_miles[sale.market], *routes.parcel_rates[sale.market]]
    if not rows:
        return "no warehouse delivers there and no parcel service goes there"
    kept = {row.warehouse for row in routes.in_promise(sale)}
    if kept:
        reasons = [_blocked(routes, sale.product, warehouse) for warehouse in sorted(kept)]
        return "; ".join(reasons[:3]) + (f"; {len(reasons) - 3} more warehouses" if reasons[3:] else "")
    fastest = min(rows, key=lambda row: row.days)
    by = f"from '{fastest.warehouse}'" if isinstance(fastest, LastMile) else f"by '{fastest.service}'"
    promise = sale.promise_days or 0.0
    short = fastest.days - promise
    return (
        f"the promise of {promise:g} days is {short:g} days too short for the fastest delivery, "
        f"{fastest.days:g} days {by}"
    )


def _blocked(routes: Routes, product: str, warehouse: str) -> str:
    lanes = routes.lanes[warehouse]
    useful = routes.useful_lanes(product, warehouse)
    if warehouse not in routes.usable:
        return f"warehouse '{warehouse}' is closed or has no tier to lease"
    if not lanes:
        return f"no lane leads to warehouse '{warehouse}'"
    if useful:
        days = min(map(routes.lead, useful))
        return f"goods sent in period 1 take {days:g} days to warehouse '{warehouse}', too late to deliver"
    closed = sorted({lane.hub for lane in lanes} - routes.hubs)
    if len(closed) == len({lane.hub for lane in lanes}):
        return f"the lanes to warehouse '{warehouse}' start at closed hubs ({listed(closed)})"
    cluster = routes.firms[routes.products[product].firm].cluster
    return (
        f"no lane with capacity leads to warehouse '{warehouse}' from a hub that cluster '{cluster}' hauls to"
    )


def _span(periods: list[int]) -> str:
    return f"{periods[0]} to {periods[-1]}" if len(periods) > 1 else str(periods[0])


def _targets(routes: Routes) -> Iterator[Finding]:
    for row in routes.network.rows(Stock):
        in_use = row.place in routes.usable | routes.hubs
        if row.target > row.opening and in_use and not routes.supplied(row.product, row.place):
            at_hub = row.place in routes.hubs
            why = (
                "its maker's cluster does not haul there"
                if at_hub
                else _blocked(routes, row.product, row.place)
            )
            cause = f"{row.target:g} units are wanted at the end, but no more can get there: {why}"
            remedy = "add a lane or haulage, or lower the target to the opening stock"
            yield at("unreachable-target", "error", row, "target", cause, remedy)
