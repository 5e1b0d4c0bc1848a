"""What all published problems have in common as networks: no money, one cluster, goods that only pass."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ... import tables as t
from ...network import Network

Floats = NDArray[np.float64]

START = dt.date(2026, 1, 1)
MONTH = 30
"""Days of a period: a rate per month is a rate per period."""

ZONE, TIER, LEVEL = "zone", "whole", "whole"


def names(letter: str, count: int) -> list[str]:
    """Identifiers in the order of the file: w001, w002 ..."""
    digits = len(str(count))
    return [f"{letter}{i:0{digits}d}" for i in range(1, count + 1)]


def network(name: str, parts: dict[str, Iterable[t.Row]], periods: int = 1, **settings: Any) -> Network:
    """The parts with settings, periods (unless given), cluster, firms, zone."""
    common: dict[str, Iterable[t.Row]] = {
        "settings": [t.Settings(name=name, start=START, money=False, **settings)],
        "periods": [t.Period(period=i, days=MONTH) for i in range(1, periods + 1)],
        "clusters": [t.Cluster(cluster="cluster")],
        "firms": [t.Firm(firm="firm", cluster="cluster")],
        "zones": [t.Zone(zone=ZONE)],
    }
    return Network({**common, **parts})


def products(count: int = 1) -> dict[str, Iterable[t.Row]]:
    """Products of 1 m3 a unit, so that units are m3; each its own family."""
    goods = ["goods"] if count == 1 else names("g", count)
    return {
        "families": [t.Family(family=p) for p in goods],
        "products": [
            t.Product(product=p, firm="firm", family=p, volume_m3=1.0, weight_kg=200.0, cost=0.0)
            for p in goods
        ],
    }


def warehouses(sites: Sequence[str], currency: bool = False) -> list[t.Warehouse]:
    """Candidate sites; ``currency``: each with its own, so that prices may move over the periods."""
    return [t.Warehouse(warehouse=w, zone=ZONE, currency=w if currency else None) for w in sites]


def tiers(sites: Sequence[str], fixed: Iterable[float], capacity: Iterable[float | None]) -> list[t.Tier]:
    """One size a site, opened once for good; nothing may lie there, goods only pass."""
    return [
        t.Tier(warehouse=w, tier=TIER, storage_m3=0.0, throughput_m3_month=size, capital_cost=cost)
        for w, cost, size in zip(sites, fixed, capacity, strict=True)
    ]


def one_hub(sites: Sequence[str]) -> dict[str, Iterable[t.Row]]:
    """A free hub without limits and a free lane to every site: problems without a first stage."""
    lanes = [t.Lane(lane=f"h-{w}", hub="h", warehouse=w, mode=t.Mode.TRUCK) for w in sites]
    hauls = [t.Haulage(cluster="cluster", hub="h", cost_m3=0.0)]
    return {"hubs": [t.Hub(hub="h", storage_m3=0.0)], "haulage": hauls, "lanes": lanes}


def last_miles(sites: Sequence[str], markets: Sequence[str], unit_cost: Floats) -> list[t.LastMile]:
    """Deliveries between all sites (rows) and markets (columns) at a cost per unit."""
    return [
        t.LastMile(warehouse=w, market=m, cost_m3=cost)
        for w, row in zip(sites, unit_cost.tolist(), strict=True)
        for m, cost in zip(markets, row, strict=True)
    ]


def buyers(
    markets: Sequence[str], goods: Sequence[str] = ("goods",), unmet: float = 0.0
) -> dict[str, Iterable[t.Row]]:
    """Markets that buy every product; price 0, since sales decide nothing."""
    return {
        "markets": [t.Market(market=m, zone=ZONE) for m in markets],
        "sales": [t.Sale(product=p, market=m, price=0.0, unmet_share=unmet) for p in goods for m in markets],
    }


def rates_over_time(currency: str, prices: Iterable[float]) -> list[t.ExchangeRate]:
    """A price of 1 in this currency costs ``prices[t-1]`` in period t."""
    days = (START + dt.timedelta(days=MONTH * i) for i in range(10_000))
    return [
        t.ExchangeRate(currency=currency, date=day, rate=rate)
        for day, rate in zip(days, prices, strict=False)
    ]
