"""Seeded random networks of named sizes, with the structure of the library's ``anhui``."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from . import generate_goods as goods
from . import generate_lanes as lanes
from . import generate_money as money
from . import generate_places as places
from . import generate_rates as rates
from .generate_cst import generate_cst
from .generate_goods import LEAD_IN, PERIOD_DAYS, Good, Spec
from .generate_places import Store
from .geography import CLUSTERS, ClusterPlace
from .geography_cities import MARKETS
from .network import Network
from .tables import Container, Contract, Firm, Period, Row, Settings, Stock, Zone

SIZES = {10: (8, 15, 6), 40: (25, 60, 12), 100: (35, 90, 12), 300: (50, 120, 12)}
"""Leased warehouses, markets and half-months of demand by number of firms."""

SPREAD = (0, 8, 7, 2, 4, 9, 3, 1, 5, 6, 10)
"""Clusters in the order in which growing networks take them: all regions and families early."""


def generate(size: str, seed: int, *, liquidity: float = 1.0, capacity: float = 1.0) -> Network:
    """A random network of ``size`` (``park-10``, ``park-40``, ``park-100``, ``park-300`` or any number
    of firms from 4 to 1000), the same for the same arguments; or a location problem without firms' money,
    such as ``cst-100-100-5`` (``generate_cst``; ``capacity`` scales its ratio).

    ``liquidity`` scales the firms' opening cash, ``capacity`` the storage, throughput and hub
    capacity; below 1 is tighter.  Firms without any cash (``liquidity`` near 0) may be unable to trade
    at all, so that no plan exists.  Raises ``ValueError`` for another size or an option out of range.
    """
    if liquidity < 0 or capacity <= 0:
        raise ValueError("liquidity must be at least 0 and capacity above 0")
    if size.startswith("cst-"):
        return generate_cst(size, seed, capacity)
    return build(_spec(size, seed, liquidity, capacity))


def grown(
    size: str, seed: int, *, firms: int = 0, warehouses: int = 0, markets: int = 0, periods: int = 0
) -> Network:
    """A park of a size with other counts of some things (0: as the size has it): ``firms`` from 4 on, leased
    ``warehouses``, ``markets`` (at most 120), ``periods`` with demand.

    All else stays as the size has it.  Raises ``ValueError`` for another size.
    """
    spec = _spec(size, seed, 1.0, 1.0)
    firms, periods = firms or spec.firms, periods or spec.demand_periods
    changed = replace(
        spec,
        firms=firms,
        clusters=_clusters(firms),
        sites=warehouses or spec.sites,
        markets=MARKETS[:markets] if markets else spec.markets,
        demand_periods=periods,
        start=_start(periods),
        markets_per_firm=(min(8, markets), min(15, markets)) if markets else spec.markets_per_firm,
    )
    return build(changed)


def _spec(size: str, seed: int, liquidity: float, capacity: float) -> Spec:
    match = re.fullmatch(r"park-(\d+)", size)
    if match is None or not 4 <= int(match[1]) <= 1000:
        raise ValueError(f"size must be park-N with N from 4 to 1000 firms, e.g. park-40; not {size!r}")
    firms = int(match[1])
    sites, markets, periods = (_between(firms, part) for part in range(3))
    return Spec(
        name=f"{size}-{seed}",
        start=_start(periods),
        firms=firms,
        demand_periods=periods,
        clusters=_clusters(firms),
        sites=sites,
        markets=MARKETS[:markets],
        markets_per_firm=(6, 10) if firms < 30 else (8, 15),
        seed=seed,
        third_party_m3=(35.0 * firms, 70.0 * firms),
        liquidity=liquidity,
        capacity=capacity,
    )


def _between(firms: int, part: int) -> int:
    """A count between those of the named sizes."""
    return round(float(np.interp(firms, list(SIZES), [row[part] for row in SIZES.values()])))


def _start(periods: int) -> dt.date:
    """First of a month such that demand lies around the middle of November."""
    first = dt.date(2026, 11, 15) - dt.timedelta(days=PERIOD_DAYS * (periods / 2 + LEAD_IN))
    return first.replace(day=1)


def _clusters(firms: int) -> tuple[ClusterPlace, ...]:
    count = min(len(SPREAD), max(firms // 4, 4 if firms >= 8 else 2))
    return tuple(replace(CLUSTERS[i], hubs=(*CLUSTERS[i].hubs, "yangshan")) for i in SPREAD[:count])


def build(spec: Spec) -> Network:
    """The network that a specification describes."""
    rng = np.random.default_rng(spec.seed)
    made = goods.makers(spec, rng)
    found = goods.goods(spec, made, rng)
    sales, demand = goods.sales(spec, found, rng), list(goods.demand(spec, found, rng))
    costs = goods.half_month_cost(spec, found, demand)
    firms = goods.firms(spec, made, costs, rng)
    tables: dict[str, Iterable[Row]] = {
        "settings": [_settings(spec, sum(m.volume for m in made))],
        "periods": [Period(period=t, days=PERIOD_DAYS) for t in spec.periods],
        "firms": firms,
        "products": [good.row for good in found],
        "markets": goods.market_rows(spec, rng),
        "sales": sales,
        "demand": demand,
    }
    tables |= _logistics(spec, found, sum(m.volume for m in made), rng)
    tables |= _finance(spec, made, firms, costs, rng)
    network = Network(tables)
    used = {rates.CURRENCY[z.zone] for z in network.rows(Zone) if z.zone in rates.CURRENCY}
    return network.replace(fx=money.exchange_rates(spec, ["CNY", *sorted(used)], rng))


def _settings(spec: Spec, volume: float) -> Settings:
    """``volume``: m3 a month of all firms; the operator handles about 130 USD for each."""
    return Settings(
        name=spec.name,
        start=spec.start,
        capital_rate=0.08,
        deposit_rate=0.002,
        emergency_rate=0.24,
        operator_cash=round(100 * volume, -3),
        operator_rate=0.07,
        operator_limit=round(600 * volume, -3),
    )


def _logistics(
    spec: Spec, found: list[Good], volume: float, rng: np.random.Generator
) -> dict[str, Iterable[Row]]:
    hubs, levels = places.hubs(spec, volume)
    stores = places.stores(spec, rng)
    ways = lanes.ways(spec, stores)
    miles = lanes.last_mile(spec, stores)
    zones = places.zones([m.country for m in spec.markets] + [s.site.country for s in stores])
    families = places.families(spec)
    return {
        "clusters": places.clusters(spec),
        "families": families,
        "hubs": hubs,
        "hub_levels": levels,
        "haulage": places.haulage(spec),
        "warehouses": [s.row for s in stores],
        "tiers": places.tiers(stores, spec, rng),
        "lanes": [w.row for w in ways],
        "containers": [
            Container(container=c, volume_m3=v, weight_kg=g) for c, (v, g) in rates.CONTAINERS.items()
        ],
        "lane_containers": lanes.lane_containers(ways),
        "zones": zones,
        "last_mile": miles,
        "services": lanes.services(),
        "parcel_rates": lanes.parcel_rates(spec, rng),
        "duties": lanes.duties(zones, families),
        "tariffs": lanes.tariffs(spec, stores, ways),
        "stock": _stock(found, stores, rng),
    }


def _stock(found: list[Good], stores: list[Store], rng: np.random.Generator) -> list[Stock]:
    """Every fourth product lies in third-party storage near its first market: a week or two of sales."""
    rows = []
    room = {s.row.warehouse: s.row.storage_m3 or 0.0 for s in stores if s.row.contract is Contract.PER_USE}
    hired = [s for s in stores if s.row.warehouse in room]
    for good in found:
        warehouse = lanes.nearest(hired, good.markets[0]).row.warehouse
        volume = min(float(rng.uniform(0.2, 0.5)) * good.maker.volume / 2, 0.15 * room[warehouse])
        units = volume // good.row.volume_m3
        if rng.random() < 0.25 and units >= 1:
            room[warehouse] -= volume
            rows.append(Stock(product=good.row.product, place=warehouse, opening=units))
    return rows


def _finance(
    spec: Spec,
    made: list[goods.Maker],
    firms: list[Firm],
    costs: dict[str, float],
    rng: np.random.Generator,
) -> dict[str, Iterable[Row]]:
    tied = money.members(made, rng)
    cores, guarantees = money.cores(tied, firms)
    zones = places.zones(m.country for m in spec.markets)
    channels, shares = money.channels(zones)
    total = sum(costs.values())
    return {
        "members": tied,
        "cores": cores,
        "guarantees": guarantees,
        "trades": money.trades(spec, tied, costs, rng),
        "channels": channels,
        "channel_shares": shares,
        "ratings": money.ratings(spec.credit),
        "funders": money.funders(spec, total),
        "loans": money.loans(spec.credit),
        "subsidies": money.subsidies(spec, total),
    }
