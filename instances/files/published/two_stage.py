"""Two-stage location: plants are hubs with one level, satellites warehouses with one tier."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np

from ... import tables as t
from ...network import Network
from .base import (
    LEVEL,
    TIER,
    Floats,
    buyers,
    names,
    network,
    products,
    rates_over_time,
    tiers,
    warehouses,
)
from .numbers import Numbers

Parts = dict[str, Iterable[t.Row]]


def two_stage(numbers: Numbers, name: str) -> Network:
    """``I J K`` (Fernandes et al.) or ``I J K L`` (L products, Mauri et al.); K lines of L demands; I lines
    of L capacities and a fixed cost; L blocks I × J costs; J lines of L capacities and a fixed cost; L blocks
    J × K costs; costs per unit."""
    plants, satellites, customers = numbers.counts("plants", "satellites", "customers")
    goods = numbers.counts("products")[0] if numbers.words_in_line(1) > 3 else 1
    demand = numbers.take((customers, goods), "demand")
    supply = numbers.take((plants, goods + 1), "capacities and fixed cost")
    lane = numbers.take((goods, plants, satellites), "cost per unit from plant to satellite")
    site = numbers.take((satellites, goods + 1), "capacities and fixed cost")
    mile = numbers.take((goods, satellites, customers), "cost per unit from satellite to customer")
    numbers.end()
    hubs, sites, markets = names("h", plants), names("w", satellites), names("m", customers)
    parts: Parts = {
        **_hubs(hubs, supply),
        **_sites(sites, site),
        **products(goods),
        **_demand(markets, demand),
        **_lanes(hubs, sites, lane),
        **_miles(sites, markets, mile),
    }
    if goods > 1:
        parts["fx"] = [*_rates(hubs, sites, lane), *_rates(sites, markets, mile)]
    return network(name, parts, periods=goods)


def _hubs(hubs: list[str], supply: Floats) -> Parts:
    goods = supply.shape[1] - 1
    levels = [
        t.HubLevel(hub=h, level=LEVEL, capacity_m3_month=row[0] if goods == 1 else None, opening_cost=row[-1])
        for h, row in zip(hubs, supply.tolist(), strict=True)
    ]
    families = [
        t.HubFamily(hub=h, level=LEVEL, family=g, capacity_m3_month=size)
        for h, row in zip(hubs, supply.tolist(), strict=True)
        for g, size in zip(names("g", goods), row[:-1], strict=True)
    ]
    return {
        "hubs": [t.Hub(hub=h, storage_m3=0.0) for h in hubs],
        "hub_levels": levels,
        "hub_families": families if goods > 1 else [],
        "haulage": [t.Haulage(cluster="cluster", hub=h, cost_m3=0.0) for h in hubs],
    }


def _sites(sites: list[str], site: Floats) -> Parts:
    goods = site.shape[1] - 1
    sizes = site[:, 0].tolist() if goods == 1 else [None] * len(sites)
    families = [
        t.TierFamily(warehouse=w, tier=TIER, family=g, throughput_m3_month=size)
        for w, row in zip(sites, site.tolist(), strict=True)
        for g, size in zip(names("g", goods), row[:-1], strict=True)
    ]
    return {
        "warehouses": warehouses(sites),
        "tiers": tiers(sites, site[:, -1].tolist(), sizes),
        "tier_families": families if goods > 1 else [],
    }


def _demand(markets: list[str], demand: Floats) -> Parts:
    """With several products, each is wanted in a period of its own, in which its costs hold."""
    goods = ["goods"] if demand.shape[1] == 1 else names("g", demand.shape[1])
    wanted = [
        t.Demand(product=g, market=m, period=period, quantity=units)
        for m, row in zip(markets, demand.tolist(), strict=True)
        for period, (g, units) in enumerate(zip(goods, row, strict=True), 1)
    ]
    return {**buyers(markets, goods), "demand": wanted}


def _lanes(hubs: list[str], sites: list[str], cost: Floats) -> Parts:
    several = cost.shape[0] > 1
    lanes = [
        t.Lane(
            lane=f"{h}-{w}",
            hub=h,
            warehouse=w,
            mode=t.Mode.TRUCK,
            rate_m3=1.0 if several else rate,
            currency=f"{h}-{w}" if several else None,
        )
        for (h, w), rate in zip(itertools.product(hubs, sites), cost[0].ravel().tolist(), strict=True)
    ]
    return {"lanes": lanes}


def _miles(sites: list[str], markets: list[str], cost: Floats) -> Parts:
    several = cost.shape[0] > 1
    miles = [
        t.LastMile(
            warehouse=w,
            market=m,
            cost_m3=1.0 if several else rate,
            currency=f"{w}-{m}" if several else None,
        )
        for (w, m), rate in zip(itertools.product(sites, markets), cost[0].ravel().tolist(), strict=True)
    ]
    return {"last_mile": miles}


def _rates(origins: list[str], targets: list[str], cost: Floats) -> list[t.ExchangeRate]:
    pairs = itertools.product(origins, targets)
    by_pair = np.moveaxis(cost, 0, -1).reshape(-1, cost.shape[0]).tolist()
    return [
        rate
        for (a, b), prices in zip(pairs, by_pair, strict=True)
        for rate in rates_over_time(f"{a}-{b}", prices)
    ]
