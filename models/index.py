"""Index sets of a network, prepared once: what may flow where and when.

Everything sparse and in plain Python numbers; no Pyomo here.  Symbols are those of ``README.md``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from ..instances.calendar import AFTER
from ..instances.tables import (
    Lane,
    ParcelRate,
)
from .data import Key3
from .figures import Figures
from .keys import Floats, Ints, Keys

Key4 = tuple[str, str, str, int]


class Index(Figures):
    """What a network allows; every attribute is computed once, when first asked for."""

    @cached_property
    def serving(self) -> dict[str, dict[str, list[str]]]:
        """Product -> warehouse -> markets it may serve from there within the promise."""
        by_market: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for (w, m), row in self.last_miles.items():
            if w in self.warehouses:
                by_market[m].append((w, row.days))
        arcs: dict[str, dict[str, list[str]]] = {p: defaultdict(list) for p in self.products}
        for p, m in self.demand_of:
            promise, own = self.promise(p, m), arcs[p]
            for w, days in by_market[m]:
                if days <= promise:
                    own[w].append(m)
        return {p: dict(rows) for p, rows in arcs.items()}

    def arrivals(self, lane: str, period: int) -> tuple[tuple[int, float], ...]:
        """When goods leaving in ``period`` arrive: (period, share) pairs."""
        return self.calendar.split(period, self.lead(lane))

    @cached_property
    def last_use(self) -> dict[tuple[str, str], int]:
        """(product, warehouse) -> last period in which an arrival can still be used."""
        latest = {key: max(series) for key, series in self.demand_of.items()}
        wanted = {
            (p, w): max(latest[p, m] for m in markets)
            for p, rows in self.serving.items()
            for w, markets in rows.items()
        }
        kept = {
            (p, place): self.last
            for (p, place), row in self.stocks.items()
            if row.target > 0 and place in self.warehouses
        }
        return wanted | kept

    @cached_property
    def ship(self) -> list[Key3]:
        """(product, lane, period) in which goods may leave."""
        lanes: dict[str, list[Lane]] = defaultdict(list)
        for row in self.lanes.values():
            lanes[row.warehouse].append(row)
        return [
            (p, row.lane, t)
            for (p, w), last in self.last_use.items()
            for row in lanes[w]
            if self.hauled(p, row.hub) or self.opening(p, row.hub) > 0
            for t in self.periods
            if self._arrives(row.lane, t, last) and self._taken(p, row, t)
        ]

    @cached_property
    def ships_by(self) -> Keys:
        """The keys of ``ship`` as numbers too."""
        return self.keys(self.ship, 3)

    @cached_property
    def leads(self) -> Floats:
        """Days from leaving the hub to lying in the warehouse, by number of the lane."""
        return self.by_name({lane: self.lead(lane) for lane in self.lanes})

    @cached_property
    def arriving(self) -> tuple[Ints, Ints, Floats]:
        """Arrivals of all that may leave: place in ``ship``, period and share."""
        _, lane, t = self.ships_by.parts
        return self.spread(t, self.leads[lane])

    def _taken(self, product: str, lane: Lane, period: int) -> bool:
        """Where nothing can lie in a warehouse, goods arrive only when they are wanted."""
        if lane.warehouse not in self.passing or (product, lane.warehouse) in self.stocks:
            return True
        return all(u in self.wanted_at[product, lane.warehouse] for u, _ in self.arrivals(lane.lane, period))

    @cached_property
    def wanted_at(self) -> dict[tuple[str, str], set[int]]:
        """(product, warehouse) -> periods in which any of its markets wants the product."""
        return {
            (p, w): set().union(*(self.demand_of[p, m] for m in markets))
            for p, rows in self.serving.items()
            for w, markets in rows.items()
        }

    def _arrives(self, lane: str, period: int, last: int) -> bool:
        periods = [u for u, _ in self.arrivals(lane, period)]
        return AFTER not in periods and min(periods) <= last

    @cached_property
    def ships(self) -> dict[str, dict[int, list[str]]]:
        """Lane -> period -> products that may leave."""
        out: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        for p, lane, t in self.ship:
            out[lane][t].append(p)
        return out

    @cached_property
    def haul(self) -> list[Key3]:
        """(product, hub, period) in which a hub may take goods in."""
        latest: dict[tuple[str, str], int] = {}
        leaving: set[Key3] = set()
        for p, lane, t in self.ship:
            at = (p, self.lanes[lane].hub)
            if self.hauled(*at):
                latest[at] = max(latest.get(at, 0), t)
                leaving.add((*at, t))
        for (p, place), row in self.stocks.items():
            if place in self.hubs and row.target > 0 and self.hauled(p, place):
                latest[p, place] = self.last
        return [
            (p, h, t)
            for (p, h), last in latest.items()
            for t in range(1, last + 1)
            if self.hubs[h].storage_m3 != 0 or (p, h) in self.stocks or (p, h, t) in leaving
        ]

    @cached_property
    def hold(self) -> list[Key3]:
        """(product, hub, period) in which goods may stay at a hub."""
        places = {(p, h) for p, h, _ in self.haul}
        stocked = {(p, h) for p, h in self.stocks if h in self.hubs}
        free = {(p, h) for p, h in places if self.hubs[h].storage_m3 != 0}
        return [(p, h, t) for p, h in sorted(free | stocked) for t in self.periods]

    @cached_property
    def first_stock(self) -> dict[tuple[str, str], int]:
        """(product, warehouse) -> first period in which units can be there."""
        first: dict[tuple[str, str], int] = {}
        for p, lane, t in self.ship:
            at = (p, self.lanes[lane].warehouse)
            first[at] = min(first.get(at, self.last + 1), min(u for u, _ in self.arrivals(lane, t)))
        for p, w, t in self.pipeline:
            if w in self.warehouses:
                first[p, w] = min(first.get((p, w), self.last + 1), t)
        for (p, w), row in self.stocks.items():
            if row.opening > 0 and w in self.warehouses:
                first[p, w] = 1
        return first

    @cached_property
    def stock(self) -> list[Key3]:
        """(product, warehouse, period) in which units may lie in a warehouse."""
        return [(p, w, t) for (p, w), first in self.first_stock.items() for t in range(first, self.last + 1)]

    @cached_property
    def deliver(self) -> list[Key4]:
        """(product, warehouse, market, period) deliveries from stock."""
        return [
            (p, w, m, t)
            for (p, w), first in self.first_stock.items()
            for m in self.serving[p].get(w, ())
            for t in self.demand_of[p, m]
            if t >= first
        ]

    @cached_property
    def delivers(self) -> dict[str, dict[int, list[tuple[str, str]]]]:
        """Warehouse -> period -> (product, market) deliveries."""
        out: dict[str, dict[int, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
        for p, w, m, t in self.deliver:
            out[w][t].append((p, m))
        return out

    @cached_property
    def stocked(self) -> dict[str, dict[int, list[str]]]:
        """Warehouse -> period -> products that may lie there."""
        out: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        for p, w, t in self.stock:
            out[w][t].append(p)
        return out

    @cached_property
    def parcel(self) -> list[Key4]:
        """(product, service, market, period) direct parcels."""
        services: dict[str, list[ParcelRate]] = defaultdict(list)
        for row in self.parcel_rates.values():
            services[row.market].append(row)
        return [
            (p, row.service, m, t)
            for (p, m), series in self.demand_of.items()
            for row in services[m]
            if self.keeps_promise(p, m, row.days)
            for t in series
        ]

    @cached_property
    def unmet(self) -> list[Key3]:
        """(product, market, period) demand that may stay unserved."""
        return [key for key in self.demand if self.sales[key[:2]].unmet_share > 0]

    @cached_property
    def lease(self) -> list[Key3]:
        """(warehouse, tier, first period) leases."""
        return [(w, tier.tier, t) for w in self.leased for tier in self.tiers[w] for t in self.periods]

    @cached_property
    def leases_covering(self) -> dict[tuple[str, int], list[tuple[str, int]]]:
        """(warehouse, period) -> (tier, first period) of leases whose term covers it."""
        out: dict[tuple[str, int], list[tuple[str, int]]] = defaultdict(list)
        for w, n, s in self.lease:
            for t in range(s, min(self.term_end(w, n, s), self.last) + 1):
                out[w, t].append((n, s))
        return out

    @cached_property
    def supply(self) -> dict[str, float]:
        """Product -> units that can be put to use: all demand and target stock."""
        total: dict[str, float] = defaultdict(float)
        for (p, _, _), quantity in self.demand.items():
            total[p] += quantity
        for (p, _), row in self.stocks.items():
            total[p] += row.target
        return total

    @cached_property
    def most(self) -> dict[str, float]:
        """Product -> most units that a sensible plan makes: part of a late shipment may come too late."""
        usable: dict[str, float] = {}
        for p, lane, t in self.ship:
            last = self.last_use[p, self.lanes[lane].warehouse]
            share = sum(part for u, part in self.arrivals(lane, t) if u <= last)
            usable[p] = min(usable.get(p, 1.0), share)
        return {p: self.supply[p] / usable.get(p, 1.0) for p in self.products}

    def whole(self, products: Iterable[str]) -> float:
        """Most volume (m3) of some products, all of it in one place."""
        return sum((self.most[p] + self.on_hand[p]) * self.products[p].volume_m3 for p in products)

    @cached_property
    def boxes(self) -> list[Key3]:
        """(lane, container, period) bookings."""
        return [
            (lane, row.container, t)
            for lane, periods in self.ships.items()
            for row in self.lane_containers.get(lane, ())
            for t in periods
        ]

    @cached_property
    def loose(self) -> list[tuple[str, int]]:
        """(lane, period) loose cargo."""
        return [
            (lane, t)
            for lane, periods in self.ships.items()
            if self.lanes[lane].loose_rate_kg is not None
            for t in periods
        ]
