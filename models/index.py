"""Index sets and coefficients of a network, prepared once: what may flow where and when.

Everything sparse and in plain Python numbers; no Pyomo here.  Symbols are those of ``README.md``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import Any, TypeVar

from ..instances.calendar import AFTER
from ..instances.network import Network
from ..instances.tables import (
    Container,
    Contract,
    Demand,
    Duty,
    Firm,
    Haulage,
    Hub,
    HubFamily,
    HubLevel,
    Lane,
    LaneContainer,
    LastMile,
    Market,
    ParcelRate,
    Period,
    Pipeline,
    Product,
    Sale,
    State,
    Stock,
    Tariff,
    TariffItem,
    Tier,
    TierFamily,
    Warehouse,
)

R = TypeVar("R")
Key3 = tuple[str, str, int]
Key4 = tuple[str, str, str, int]


class Index:
    """What a network allows; every attribute is computed once, when first asked for."""

    def __init__(self, network: Network):
        self.network = network
        self.settings = network.settings
        self.calendar = network.calendar
        self.periods = network.calendar.periods
        self.last = network.calendar.last
        self.products = network.by_key(Product)
        self.firms = network.by_key(Firm)
        self.hubs = {h.hub: h for h in network.rows(Hub) if h.state is not State.CLOSED}
        self.levels = _grouped([k for k in network.rows(HubLevel) if k.hub in self.hubs], "hub")
        self.hub_families = _grouped(network.rows(HubFamily), "hub", "level")
        self.tiers = _grouped(network.rows(Tier), "warehouse")
        self.tier_families = _grouped(network.rows(TierFamily), "warehouse", "tier")
        self.markets = network.by_key(Market)
        self.sales = network.by_key(Sale)
        self.last_miles = network.by_key(LastMile)
        self.parcel_rates = network.by_key(ParcelRate)
        self.duties = network.by_key(Duty)
        self.haulage = network.by_key(Haulage)
        self.containers = network.by_key(Container)
        self.lane_containers = _grouped(network.rows(LaneContainer), "lane")
        self.tariffs = {(t.item, t.place): t.rate for t in network.rows(Tariff)}
        self.demand = {
            (d.product, d.market, d.period): d.quantity
            for d in network.rows(Demand)
            if d.quantity > 0 and (d.product, d.market) in self.sales
        }

    @cached_property
    def warehouses(self) -> dict[str, Warehouse]:
        """Warehouses that can hold goods: not closed, and leasable or paid per use."""
        return {
            w.warehouse: w
            for w in self.network.rows(Warehouse)
            if w.state is not State.CLOSED and (w.contract is Contract.PER_USE or w.warehouse in self.tiers)
        }

    @cached_property
    def leased(self) -> list[str]:
        """Warehouses that need a lease."""
        return [w for w, row in self.warehouses.items() if row.contract is Contract.LEASE]

    def free(self, warehouse: str) -> bool:
        """Whether a warehouse can be used without deciding anything first."""
        row = self.warehouses[warehouse]
        return row.contract is Contract.PER_USE and (row.setup_cost == 0 or row.state is State.EXISTING)

    @cached_property
    def period_rows(self) -> dict[int, Period]:
        """Rows of the table of periods, by number."""
        return self.network.by_key(Period)

    @cached_property
    def covering(self) -> dict[int, int]:
        """Period -> least markets to be served fully, where that is asked for."""
        return {t: row.min_covered for t, row in self.period_rows.items() if row.min_covered}

    @cached_property
    def family_products(self) -> dict[str, list[str]]:
        """Family -> its products."""
        return {
            f: [r.product for r in rows] for f, rows in _grouped(self.products.values(), "family").items()
        }

    @cached_property
    def demand_periods(self) -> list[int]:
        """Periods in which anything is demanded."""
        return sorted({t for _, _, t in self.demand})

    @cached_property
    def demand_of(self) -> dict[tuple[str, str], dict[int, float]]:
        """(product, market) -> period -> units."""
        series: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
        for (p, m, t), quantity in self.demand.items():
            series[p, m][t] = quantity
        return dict(series)

    @cached_property
    def serving(self) -> dict[str, dict[str, list[str]]]:
        """Product -> warehouse -> markets it may serve from there within the promise."""
        by_market: dict[str, list[LastMile]] = defaultdict(list)
        for row in self.last_miles.values():
            if row.warehouse in self.warehouses:
                by_market[row.market].append(row)
        arcs: dict[str, dict[str, list[str]]] = {p: defaultdict(list) for p in self.products}
        for p, m in self.demand_of:
            for row in by_market[m]:
                if self.keeps_promise(p, m, row.days):
                    arcs[p][row.warehouse].append(m)
        return {p: dict(rows) for p, rows in arcs.items()}

    def keeps_promise(self, product: str, market: str, days: float) -> bool:
        """Whether delivery in ``days`` keeps what buyers of the product were promised."""
        promise = self.sales[product, market].promise_days
        return promise is None or days <= promise

    @cached_property
    def stocks(self) -> dict[tuple[str, str], Stock]:
        """Opening and target stock by (product, place)."""
        return self.network.by_key(Stock)

    @cached_property
    def pipeline(self) -> dict[Key3, float]:
        """Units arriving from before the horizon, by (product, warehouse, period)."""
        arriving: dict[Key3, float] = defaultdict(float)
        for row in self.network.rows(Pipeline):
            arriving[row.product, row.warehouse, row.period] += row.quantity
        return dict(arriving)

    def opening(self, product: str, place: str) -> float:
        """Units on hand at the start."""
        row = self.stocks.get((product, place))
        return row.opening if row else 0.0

    def target(self, product: str, place: str) -> float:
        """Least units on hand at the end."""
        row = self.stocks.get((product, place))
        return row.target if row else 0.0

    @cached_property
    def lanes(self) -> dict[str, Lane]:
        """Lanes between open places."""
        return {
            row.lane: row
            for row in self.network.rows(Lane)
            if row.hub in self.hubs and row.warehouse in self.warehouses
        }

    @cached_property
    def loaded(self) -> list[str]:
        """Lanes whose goods need containers or loose cargo space."""
        return [
            key
            for key, row in self.lanes.items()
            if key in self.lane_containers or row.loose_rate_kg is not None
        ]

    def lead(self, lane: str) -> float:
        """Days from leaving the hub to lying in the warehouse."""
        row = self.lanes[lane]
        return self.hubs[row.hub].clearance_days + row.days + self.warehouses[row.warehouse].clearance_days

    def arrivals(self, lane: str, period: int) -> tuple[tuple[int, float], ...]:
        """When goods leaving in ``period`` arrive: (period, share) pairs."""
        return self.calendar.split(period, self.lead(lane))

    @cached_property
    def last_use(self) -> dict[tuple[str, str], int]:
        """(product, warehouse) -> last period in which an arrival can still be used."""
        wanted = {
            (p, w): max(max(self.demand_of[p, m]) for m in markets)
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

    def _taken(self, product: str, lane: Lane, period: int) -> bool:
        """Where nothing can lie in a warehouse, goods arrive only when they are wanted."""
        if not self.passing(lane.warehouse) or (product, lane.warehouse) in self.stocks:
            return True
        return all(u in self.wanted_at[product, lane.warehouse] for u, _ in self.arrivals(lane.lane, period))

    def passing(self, warehouse: str) -> bool:
        """Whether goods can only pass through a warehouse."""
        sizes = [row.storage_m3 for row in self.tiers.get(warehouse, ())]
        leased = self.warehouses[warehouse].contract is Contract.LEASE
        return self.warehouses[warehouse].storage_m3 == 0 or (leased and all(size == 0 for size in sizes))

    @cached_property
    def wanted_at(self) -> dict[tuple[str, str], set[int]]:
        """(product, warehouse) -> periods in which any of its markets wants the product."""
        return {
            (p, w): set().union(*(self.demand_of[p, m] for m in markets))
            for p, rows in self.serving.items()
            for w, markets in rows.items()
        }

    def hauled(self, product: str, hub: str) -> bool:
        """Whether a hub takes in goods of a product."""
        return (self.firms[self.products[product].firm].cluster, hub) in self.haulage

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
    def arrivals_at(self) -> dict[Key3, list[tuple[str, int, float]]]:
        """(product, warehouse, period) -> (lane, period of leaving, share) of what arrives."""
        out: dict[Key3, list[tuple[str, int, float]]] = defaultdict(list)
        for p, lane, s in self.ship:
            w = self.lanes[lane].warehouse
            for t, share in self.arrivals(lane, s):
                out[p, w, t].append((lane, s, share))
        return out

    @cached_property
    def lease(self) -> list[Key3]:
        """(warehouse, tier, first period) leases."""
        return [(w, tier.tier, t) for w in self.leased for tier in self.tiers[w] for t in self.periods]

    @cached_property
    def tier(self) -> dict[tuple[str, str], Tier]:
        """Tiers by (warehouse, tier)."""
        return {(row.warehouse, row.tier): row for rows in self.tiers.values() for row in rows}

    def term_end(self, warehouse: str, tier: str, start: int) -> int:
        """Last period of a lease's term, beyond the last period where the term is."""
        term = self.tier[warehouse, tier].term_periods
        return self.last if term is None else start + term - 1

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
    def on_hand(self) -> dict[str, float]:
        """Product -> units there or under way at the start."""
        total = dict.fromkeys(self.products, 0.0)
        for (p, _), row in self.stocks.items():
            total[p] += row.opening
        for (p, _, _), quantity in self.pipeline.items():
            total[p] += quantity
        return total

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

    def types(self, lane: str) -> list[str]:
        """Container types offered on a lane."""
        return [row.container for row in self.lane_containers.get(lane, ())]

    def duty_rate(self, zone: str, family: str) -> float:
        """Duty on the customs value of goods cleared into a warehouse."""
        row = self.duties.get((zone, family))
        return row.rate if row else 0.0

    def declared(self, product: Product) -> float:
        """Customs value of a unit, in the product's currency."""
        return product.cost if product.declared_value is None else product.declared_value

    def fx(self, currency: str | None, period: int) -> float:
        """Network currency per unit of a currency in a period."""
        return self.network.exchange_rate(currency, period)

    def cost(self, product: str, period: int) -> float:
        """Production cost of a unit in network currency."""
        row = self.products[product]
        return row.cost * self.fx(row.currency, period)

    def net_price(self, product: str, market: str, period: int) -> float:
        """Price of a unit less expected default and dilution, in network currency."""
        place = self.markets[market]
        price = self.sales[product, market].price * self.fx(place.currency, period)
        return price * (1 - (place.default_rate or 0.0)) * (1 - (place.dilution or 0.0))

    def discount(self, period: int) -> float:
        """Value today of money in a period."""
        rate = self.settings.discount_rate
        return float((1 + rate) ** (-self.calendar.start(period) / 365)) if rate else 1.0

    def tariff(self, item: TariffItem, place: str) -> float:
        """The operator's price per m3 (storage: m3-day)."""
        return self.tariffs.get((item, place), 0.0)

    @cached_property
    def right(self) -> dict[str, float]:
        """Firm -> its share of what is settled or granted jointly; adds up to 1."""
        volume: dict[str, float] = defaultdict(float)
        for (p, _, _), quantity in self.demand.items():
            volume[self.products[p].firm] += quantity * self.products[p].volume_m3
        total = sum(volume.values()) or 1.0
        weight = {f: volume[f] / total if row.right is None else row.right for f, row in self.firms.items()}
        whole = sum(weight.values())
        return {f: value / whole for f, value in weight.items()} if whole else weight


def _grouped(rows: Iterable[R], *columns: str) -> dict[Any, list[R]]:
    """Rows by the value of one column, or by the tuple of several."""
    out: dict[Any, list[R]] = defaultdict(list)
    for row in rows:
        values = tuple(getattr(row, column) for column in columns)
        out[values[0] if len(values) == 1 else values].append(row)
    return dict(out)
