"""The one-stage location problem that a network is, where it is one, and the way back to a plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...instances.tables import Contract, State
from ...models.index import Index
from ..arrays import Arrays, Floats
from .problem import Ints, Problem

_TIES = ("hub_capacity", "hub_family", "hub_link", "openings", "least_openings", "sites", "coverage", "co2",
         "lane_capacity", "volume", "weight", "safety_stock", "rent_share", "family_throughput_m3_month",
         "throughput_place", "storage_place", "hub_storage")  # fmt: skip
"""Rules that a one-stage problem does not know."""

_FREE = ("parcel", "unmet", "boxes", "loose", "hub", "covered", "loan")
"""Decisions that a one-stage problem does not know."""


def is_one_stage(ix: Index, arrays: Arrays) -> bool:
    """Whether a network is one period and one product of warehouses of one size, with nothing else to
    decide or obey: then goods take the cheapest way into each warehouse."""
    simple = len(ix.products) == 1 and ix.last == 1 and not ix.settings.money
    ties = any(arrays.rows[name].stop > arrays.rows[name].start for name in _TIES if name in arrays.rows)
    free = any(arrays.columns[n].stop > arrays.columns[n].start for n in _FREE if n in arrays.columns)
    stocked = bool(ix.stocks or ix.pipeline)
    if not simple or ties or free or stocked or not ix.deliver:
        return False
    return all(
        row.contract is Contract.LEASE and row.state is State.CANDIDATE and len(ix.tiers[w]) == 1
        for w, row in ix.warehouses.items()
    )


@dataclass(frozen=True)
class Reading:
    """A problem with the columns of the model behind it.

    ``arc`` gives the site and customer of each column of ``deliver``; ``inflow`` the columns of the
    cheapest way into each site (haul, ship).
    """

    problem: Problem
    arrays: Arrays
    sites: list[str]
    arc: tuple[Ints, Ints]
    inflow: list[tuple[int, int]]

    def point(self, shares: Floats) -> Floats:
        """The plan in which sites serve these shares of the customers (sites × customers)."""
        arrays, place = self.arrays, self.arrays.place
        x = np.zeros(len(arrays.cost))
        units = shares * self.problem.demand
        x[arrays.columns["deliver"]] = units[self.arc]
        used = np.flatnonzero(units.sum(axis=1) > 0)
        opened = {self.sites[i] for i in used}
        for component in ("lease", "leased", "site"):
            for key, j in place(component).items():
                x[j] = float((key if component == "site" else key[0]) in opened)
        for i in used:
            for j in self.inflow[i]:
                x[j] += units[i].sum()
        return self._sources(x, shares)

    def _sources(self, x: Floats, shares: Floats) -> Floats:
        if "source" in self.arrays.columns:
            deliver = self.arrays.place("deliver")
            first = self.arrays.columns["deliver"].start
            source = self.arrays.place("source")
            for (p, w, m, _), j in deliver.items():
                i, k = self.arc[0][j - first], self.arc[1][j - first]
                x[source[p, m, w]] = float(shares[i, k] > 0)
        return x


def read_problem(ix: Index, arrays: Arrays) -> Reading:
    """The problem of a network for which ``is_one_stage`` holds."""
    sites, markets = list(ix.warehouses), [m for _, m, _ in ix.demand]
    demand = np.array(list(ix.demand.values()))
    ways = {w: way for (w, _), way in inward_ways(ix, arrays).items()}
    site_of = {w: i for i, w in enumerate(sites)}
    customer_of = {m: k for k, m in enumerate(markets)}
    keys = arrays.keys["deliver"]
    arc = (np.array([site_of[key[1]] for key in keys]), np.array([customer_of[key[2]] for key in keys]))
    inward = np.array([ways[w][0] if w in ways else np.inf for w in sites])
    cost = np.full((len(sites), len(markets)), np.inf)
    cost[arc] = (arrays.cost[arrays.columns["deliver"]] + inward[arc[0]]) * demand[arc[1]]
    problem = Problem(_fixed(arrays, sites), _capacity(ix, sites), demand, cost, ix.settings.single_source)
    return Reading(problem, arrays, sites, arc, [ways[w][1] if w in ways else (0, 0) for w in sites])


def inward_ways(ix: Index, arrays: Arrays) -> dict[tuple[str, int], tuple[float, tuple[int, int]]]:
    """(warehouse, period) -> (cost a unit, columns of haul and ship) of the cheapest way into it."""
    haul, best = arrays.place("haul"), dict[tuple[str, int], tuple[float, tuple[int, int]]]()
    for (p, lane, t), j in arrays.place("ship").items():
        row = ix.lanes[lane]
        i = haul[p, row.hub, t]
        way, at = (float(arrays.cost[i] + arrays.cost[j]), (i, j)), (row.warehouse, t)
        best[at] = min(best.get(at, way), way)
    return best


def _fixed(arrays: Arrays, sites: list[str]) -> Floats:
    fixed = {w: float(arrays.cost[j]) for w, j in arrays.place("site").items()}
    for component in ("lease", "leased"):
        for key, j in arrays.place(component).items():
            fixed[key[0]] += float(arrays.cost[j])
    return np.array([fixed[w] for w in sites])


def _capacity(ix: Index, sites: list[str]) -> Floats:
    """Units each site can deliver; all demand where nothing limits it."""
    product = next(iter(ix.products.values()))
    month, whole = ix.calendar.month_share(1), sum(ix.demand.values())
    sizes = [ix.tiers[w][0].throughput_m3_month for w in sites]
    return np.array([whole if s is None else min(s * month / product.volume_m3, whole) for s in sizes])
