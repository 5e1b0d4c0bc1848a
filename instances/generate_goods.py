"""Firms, products, sales and demand of a generated network."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from math import exp

import numpy as np

from . import generate_rates as rates
from .geography import ClusterPlace, Market, region, zone
from .tables import Demand, Firm, Product, Sale, Size
from .tables import Market as MarketRow

LEAD_IN, RUN_OFF = 4, 4
PERIOD_DAYS = 15.0


@dataclass(frozen=True)
class Spec:
    """What to generate: counts, places, and how tight money and capacity are."""

    name: str
    start: dt.date
    firms: int
    demand_periods: int
    clusters: tuple[ClusterPlace, ...]
    sites: int
    markets: tuple[Market, ...]
    markets_per_firm: tuple[int, int]
    seed: int
    volume: tuple[float, float] = (75.0, 100.0)
    """Median of the firms' monthly m3, from and to"""
    third_party: tuple[str, ...] = ("Los Angeles", "Frankfurt", "Kuala Lumpur")
    """Cities with third-party storage"""
    third_party_m3: tuple[float, float] = (700.0, 1400.0)
    """Its storage, and its throughput a month"""
    chain_share: float = 0.08
    """Most of a core's production cost that its suppliers deliver"""
    top_price: float = 1.35
    """Highest price relative to the usual landed cost, where parcels would allow more"""
    credit: rates.Credit = rates.USUAL
    liquidity: float = 1.0
    capacity: float = 1.0

    @property
    def periods(self) -> range:
        """Every period: lead-in, demand, run-off."""
        return range(1, LEAD_IN + self.demand_periods + RUN_OFF + 1)

    @property
    def selling(self) -> range:
        """The periods with demand."""
        return range(LEAD_IN + 1, LEAD_IN + self.demand_periods + 1)


@dataclass(frozen=True)
class Maker:
    """A firm in the making: its cluster and monthly volume in m3."""

    firm: str
    place: ClusterPlace
    volume: float
    core: bool


@dataclass(frozen=True)
class Good:
    """A product in the making: money in USD."""

    row: Product
    maker: Maker
    cost: float
    markets: tuple[Market, ...]


def local(usd: float, currency: str | None, digits: int = 2) -> float:
    """An amount in USD as an amount in ``currency`` at the opening rate."""
    return round(usd if currency is None else usd / rates.FX[currency], digits)


def currency(country: str) -> str | None:
    """Currency that places in a country deal in; None: USD."""
    return rates.CURRENCY.get(zone(country))


def makers(spec: Spec, rng: np.random.Generator) -> list[Maker]:
    """Firms spread evenly over the clusters; the largest of each cluster is its core firm."""
    volumes = np.exp(rng.normal(np.log(rng.uniform(*spec.volume)), 0.8, spec.firms))
    volumes = np.clip(volumes, 12, 1200)
    place = [spec.clusters[i % len(spec.clusters)] for i in range(spec.firms)]
    found = []
    for cluster in spec.clusters:
        mine = sorted((float(v) for v, p in zip(volumes, place, strict=True) if p == cluster), reverse=True)
        names = [f"{cluster.cluster}-{i:02d}" for i in range(1, len(mine) + 1)]
        found += [Maker(n, cluster, v, i == 0) for i, (n, v) in enumerate(zip(names, mine, strict=True))]
    return found


def rating(spec: Spec, maker: Maker, rng: np.random.Generator) -> str | None:
    """Credit rating: cores A or B, the larger the better; one small firm in ten has none."""
    if maker.core:
        return "A" if rng.random() < 0.7 else "B"
    if maker.volume < 90 and rng.random() < 0.1:
        return None
    lift = 1 if maker.volume > 150 else 0
    return "ABCDE"[int(rng.choice([1, 2, 3, 4], p=spec.credit.chances)) - lift]


def size(maker: Maker) -> Size:
    """Size class by volume."""
    if maker.core or maker.volume > 250:
        return Size.LARGE
    return Size.MEDIUM if maker.volume > 90 else Size.SMALL


def goods(spec: Spec, firms: list[Maker], rng: np.random.Generator) -> list[Good]:
    """Products: mostly one a firm, sold in some of the markets."""
    found = []
    for maker in firms:
        count = 2 if rng.random() < 0.12 else 1
        chosen = _markets(spec, rng)
        for number in range(count):
            found.append(_good(maker, number, chosen[number::count], rng))
    return found


def _markets(spec: Spec, rng: np.random.Generator) -> list[Market]:
    """Markets of a firm: in one or two sales regions, the large ones likelier."""
    chances = {"NA": 0.45, "EU": 0.35, "SEA": 0.20}
    regions = rng.choice(list(chances), size=int(rng.integers(1, 3)), replace=False, p=list(chances.values()))
    open_to = [m for m in spec.markets if region(m.country) in regions]
    wanted = int(rng.integers(spec.markets_per_firm[0], spec.markets_per_firm[1] + 1))
    weights = np.sqrt([m.weight for m in open_to])
    picks = rng.choice(len(open_to), min(wanted, len(open_to)), replace=False, p=weights / weights.sum())
    return [open_to[i] for i in sorted(picks)]


def _good(maker: Maker, number: int, markets: list[Market], rng: np.random.Generator) -> Good:
    kind = rates.FAMILIES[maker.place.family]
    volume = round(float(rng.uniform(*kind.carton)), 2)
    cost = kind.value * volume * float(rng.uniform(0.85, 1.15))
    row = Product(
        product=f"{maker.firm}-{'ab'[number]}",
        name=kind.products[int(rng.integers(len(kind.products)))],
        firm=maker.firm,
        family=maker.place.family,
        volume_m3=volume,
        weight_kg=round(kind.density * volume * float(rng.uniform(0.9, 1.1)), 1),
        cost=local(cost, "CNY", 0),
        currency="CNY",
        pay_days=float(rng.choice([-45, -30, -15, 0])),
        refund_rate=float(rng.choice([0.09, 0.10, 0.13])),
        refund_days=float(rng.choice([30, 45, 60])),
        salvage=local(0.4 * cost, "CNY", 0),
        safety_days=float(rng.choice([0, 5, 7])),
        orders_per_unit=round(kind.orders * volume, 1),
        order_share=float(rng.choice([0.3, 0.5, 0.7])),
        order_days=float(rng.choice([15, 30, 45])),
    )
    return Good(row, maker, row.cost * rates.FX["CNY"], tuple(markets))


def sales(spec: Spec, found: list[Good], rng: np.random.Generator) -> list[Sale]:
    """Prices at which serving from a warehouse pays and direct parcels hardly do."""
    return [_sale(spec, good, market, rng) for good in found for market in good.markets]


def _sale(spec: Spec, good: Good, market: Market, rng: np.random.Generator) -> Sale:
    patient = rng.random() < 0.15
    promise = float(rng.integers(13, 19)) if patient else float(rng.integers(5, 9))
    landed, parcel = _landed(good, market), _parcel(good, market, patient)
    margin, edge = float(rng.uniform(0.10, 0.18)), float(rng.uniform(0.93, 1.03))
    price = max(landed / (1 - margin), min(edge * parcel, spec.top_price * landed))
    money = currency(market.country)
    return Sale(
        product=good.row.product,
        market=market.slug,
        price=local(price, money),
        promise_days=promise,
        penalty=local(0.05 * price, money),
    )


def _landed(good: Good, market: Market) -> float:
    """Usual cost in USD of a unit that reaches the buyer through a warehouse."""
    product, terms = good.row, rates.DELIVERY[region(market.country)]
    freight = {"NA": 75.0, "EU": 65.0, "SEA": 30.0}[region(market.country)]
    carriage = product.volume_m3 * (85.0 + freight)
    last = product.orders_per_unit * terms.order + product.weight_kg * terms.kg * 1.2
    return good.cost * (1 + duty(zone(market.country), product.family)) + carriage + last


def _parcel(good: Good, market: Market, patient: bool) -> float:
    """Usual cost in USD of a unit that reaches the buyer by direct parcel."""
    product, terms = good.row, rates.DELIVERY[region(market.country)]
    place = zone(market.country)
    weight = max(product.weight_kg, product.volume_m3 * (125 if patient else 167))
    carriage = (1.5 if patient else 4.0) * product.orders_per_unit
    carriage += weight * (terms.postal_kg if patient else terms.express_kg)
    rate, fee = parcel_duty(place, product.family)
    return good.cost * (1 + rate) + fee * product.orders_per_unit + carriage


def duty(place: str, family: str) -> float:
    """Duty rate of a family in a zone."""
    usual, special = rates.DUTY[place]
    return special.get(family, usual)


def parcel_duty(place: str, family: str) -> tuple[float, float]:
    """Duty rate, and fee in USD an order, of a family's direct parcels to a zone."""
    kind, fee = rates.FAMILIES[family], rates.PARCEL_FEE.get(place, 0.0)
    if place not in rates.FLAT_DUTY_BELOW:
        return duty(place, family), fee
    small = kind.value / kind.orders < rates.FLAT_DUTY_BELOW[place]
    return (0.0, fee) if small else (duty(place, family), 0.0)


def demand(spec: Spec, found: list[Good], rng: np.random.Generator) -> Iterator[Demand]:
    """Units by product, market and selling period, with the season of the family."""
    for good in found:
        kind = rates.FAMILIES[good.row.family]
        weights = np.array([m.weight for m in good.markets]) ** 0.5 * rng.uniform(0.6, 1.4, len(good.markets))
        part = good.maker.volume / 2 / good.row.volume_m3 / sum(1 for g in found if g.maker == good.maker)
        peak = float(rng.uniform(1.6, 2.0))
        for period in spec.selling:
            lift = season(spec, period, kind.peak, peak)
            units = np.round(part * lift * weights / weights.sum() * rng.uniform(0.85, 1.15, len(weights)))
            for market, quantity in zip(good.markets, units, strict=True):
                if quantity > 0:
                    yield Demand(
                        product=good.row.product, market=market.slug, period=period, quantity=float(quantity)
                    )


def season(spec: Spec, period: int, peak_day: tuple[int, int], peak: float) -> float:
    """Demand of a period relative to the usual 0.85; up to ``peak`` times that on the peak day."""
    middle = spec.start + dt.timedelta(days=(period - 0.5) * PERIOD_DAYS)
    away = abs((middle - dt.date(middle.year, *peak_day)).days)
    away = min(away, 365 - away)
    return 0.85 * (1 + (peak - 1) * exp(-0.5 * (away / 28.0) ** 2))


def half_month_cost(spec: Spec, found: list[Good], wanted: list[Demand]) -> dict[str, float]:
    """Production cost in USD of a firm's demand, on average a half-month of the selling periods."""
    by_product = {good.row.product: good for good in found}
    total: dict[str, float] = {}
    for row in wanted:
        good = by_product[row.product]
        total[good.maker.firm] = total.get(good.maker.firm, 0.0) + row.quantity * good.cost
    return {firm: amount / spec.demand_periods for firm, amount in total.items()}


def firms(spec: Spec, made: list[Maker], costs: dict[str, float], rng: np.random.Generator) -> list[Firm]:
    """Firm rows; cash and limits follow the firm's half-monthly production cost."""
    return [_firm(spec, maker, costs[maker.firm], rng) for maker in made]


def _firm(spec: Spec, maker: Maker, cost: float, rng: np.random.Generator) -> Firm:
    grade = rating(spec, maker, rng)
    return Firm(
        firm=maker.firm,
        name=f"{maker.place.name} {maker.place.family.replace('-', ' ')} {maker.firm[-2:]}",
        cluster=maker.place.cluster,
        size=size(maker),
        rating=grade,
        opening_cash=round(spec.liquidity * float(rng.uniform(*spec.credit.cash)) * cost, -2),
        credit_limit=round(spec.credit.limit[grade] * cost, -2) if grade else None,
        emergency_limit=max(round(0.1 * cost, -2), 3000.0),
    )


def market_rows(spec: Spec, rng: np.random.Generator) -> list[MarketRow]:
    """Market rows with the quality of their buyers."""
    return [
        MarketRow(
            market=m.slug,
            name=m.name,
            country=m.country,
            zone=zone(m.country),
            lat=m.lat,
            lon=m.lon,
            currency=currency(m.country),
            default_rate=round(
                rates.DELIVERY[region(m.country)].default_rate * float(rng.uniform(0.6, 1.6)), 4
            ),
            dilution=round(rates.DELIVERY[region(m.country)].dilution * float(rng.uniform(0.7, 1.3)), 4),
        )
        for m in spec.markets
    ]
