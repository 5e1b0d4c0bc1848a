"""Capacitated facility location: one stage, one period, one product."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ... import tables as t
from ...network import Network
from .base import Floats, buyers, last_miles, names, network, one_hub, products, tiers, warehouses
from .numbers import Numbers


def orlib(numbers: Numbers, name: str) -> Network:
    """OR-Library cap: ``m n``; m lines capacity, fixed cost; per customer its demand, then the cost of
    serving all of it from each site."""
    m, n = numbers.counts("sites", "customers")
    sites = numbers.sites(m, "capacity and fixed cost")
    rows = numbers.take((n, m + 1), "demand and costs")
    numbers.end()
    unit = _per_unit(numbers, rows[:, 1:].T, rows[:, 0])
    return one_stage(name, sites[:, 0], sites[:, 1], rows[:, 0], unit)


def holmberg(numbers: Numbers, name: str) -> Network:
    """Holmberg, Rönnqvist and Yuan: ``m n``; m lines capacity, fixed cost; demands; m rows of costs of
    serving all of a customer's demand.  Every customer is served from one site."""
    m, n = numbers.counts("sites", "customers")
    sites = numbers.sites(m, "capacity and fixed cost")
    demand = numbers.take((n,), "demand")
    cost = numbers.take((m, n), "cost of serving a customer")
    numbers.end()
    unit = _per_unit(numbers, cost, demand)
    return one_stage(name, sites[:, 0], sites[:, 1], demand, unit, single_source=True)


def avella_boccia(numbers: Numbers, name: str) -> Network:
    """Avella and Boccia TBED1: ``m n``; demands; capacities; fixed costs; m rows of costs per unit."""
    m, n = numbers.counts("sites", "customers")
    demand = numbers.take((n,), "demand")
    capacity = numbers.take((m,), "capacity")
    fixed = numbers.take((m,), "fixed cost")
    cost = numbers.take((m, n), "cost per unit")
    numbers.end()
    return one_stage(name, capacity, fixed, demand, cost)


def _per_unit(numbers: Numbers, cost: Floats, demand: Floats) -> Floats:
    """Costs of all of a customer's demand (sites × customers) by unit."""
    wrong: NDArray[np.bool_] = (demand == 0) & (cost > 0).any(axis=0)
    if wrong.any():
        customer = int(np.flatnonzero(wrong)[0]) + 1
        numbers.refuse(1, "demand", f"customer {customer} wants nothing, yet serving it has a cost")
    return cost / np.where(demand > 0, demand, 1.0)


def one_stage(
    name: str, capacity: Floats, fixed: Floats, demand: Floats, unit: Floats, single_source: bool = False
) -> Network:
    """A network of one period from capacities, fixed costs (sites), demands and costs per unit."""
    sites, markets = names("w", len(fixed)), names("m", len(demand))
    wanted = [
        t.Demand(product="goods", market=m, period=1, quantity=units)
        for m, units in zip(markets, demand.tolist(), strict=True)
    ]
    parts = {
        **products(),
        **one_hub(sites),
        **buyers(markets),
        "warehouses": warehouses(sites),
        "tiers": tiers(sites, fixed.tolist(), capacity.tolist()),
        "last_mile": last_miles(sites, markets, unit),
        "demand": wanted,
    }
    return network(name, parts, single_source=single_source)
