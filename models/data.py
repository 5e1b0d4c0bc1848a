"""What a network says, by key: open places, demand, terms and prices; no Pyomo here.

Symbols are those of ``README.md``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from math import inf
from typing import Any, TypeVar

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


class Data:
    """Rows of a network by key and what follows from each table; most is computed when first asked for."""

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

    def promise(self, product: str, market: str) -> float:
        """Most days of delivery that buyers of the product were promised."""
        days = self.sales[product, market].promise_days
        return inf if days is None else days

    def keeps_promise(self, product: str, market: str, days: float) -> bool:
        """Whether delivery in ``days`` keeps what buyers of the product were promised."""
        return days <= self.promise(product, market)

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
        return self._leads[lane]

    @cached_property
    def _leads(self) -> dict[str, float]:
        clearance = {place: row.clearance_days for place, row in self.warehouses.items()}
        return {
            lane: self.hubs[row.hub].clearance_days + row.days + clearance[row.warehouse]
            for lane, row in self.lanes.items()
        }

    @cached_property
    def passing(self) -> set[str]:
        """Warehouses that goods can only pass through."""
        sizes = {w: [row.storage_m3 for row in self.tiers.get(w, ())] for w in self.warehouses}
        roomless = {w for w in self.leased if all(size == 0 for size in sizes[w])}
        return roomless | {w for w, row in self.warehouses.items() if row.storage_m3 == 0}

    def hauled(self, product: str, hub: str) -> bool:
        """Whether a hub takes in goods of a product."""
        return (self.firms[self.products[product].firm].cluster, hub) in self.haulage

    @cached_property
    def tier(self) -> dict[tuple[str, str], Tier]:
        """Tiers by (warehouse, tier)."""
        return {(row.warehouse, row.tier): row for rows in self.tiers.values() for row in rows}

    def term_end(self, warehouse: str, tier: str, start: int) -> int:
        """Last period of a lease's term, beyond the last period where the term is."""
        term = self.tier[warehouse, tier].term_periods
        return self.last if term is None else start + term - 1

    @cached_property
    def on_hand(self) -> dict[str, float]:
        """Product -> units there or under way at the start."""
        total = dict.fromkeys(self.products, 0.0)
        for (p, _), row in self.stocks.items():
            total[p] += row.opening
        for (p, _, _), quantity in self.pipeline.items():
            total[p] += quantity
        return total

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
