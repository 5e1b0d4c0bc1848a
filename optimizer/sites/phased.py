"""Sites and customers phased in over the periods: where a network is such a problem, and the way back.

In every period a given number of sites opens, and at least so many customers are served, for good; sites have
no limits, and a customer takes its cheapest open site.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...models.index import Index
from ..arrays import Arrays, Floats
from .problem import Ints
from .reading import inward_ways

_UNKNOWN = ("parcel", "boxes", "loose", "hub", "loan", "source", "rent_subsidy")
_TIES = ("throughput", "family_throughput_m3_month", "throughput_place", "lane_capacity", "volume", "weight",
         "safety_stock", "co2", "sites", "hub_capacity", "hub_storage")  # fmt: skip


@dataclass(frozen=True)
class Schedule:
    """First period (from 0; T: never) of each site and of each customer."""

    sites: Ints
    customers: Ints


@dataclass(frozen=True)
class Phased:
    """``opening`` (sites × T) the cost of opening in a period for good, ``cost`` (sites × customers × T) of
    serving in a period, ``openings`` and ``newly`` (T) the sites that open and the customers that begin."""

    opening: Floats
    cost: Floats
    openings: Ints
    newly: Ints
    index: Index
    arrays: Arrays

    def point(self, plan: Schedule) -> Floats:
        """The point of the model for a schedule."""
        ix, arrays = self.index, self.arrays
        x, place = np.zeros(len(arrays.cost)), arrays.place
        begun = {w: int(t) + 1 for w, t in zip(ix.warehouses, plan.sites, strict=True)}
        joined = {m: int(t) + 1 for m, t in zip(_markets(ix), plan.customers, strict=True)}
        for (w, _, s), j in place("lease").items():
            x[j] = float(begun[w] == s)
        for (w, t), j in place("leased").items():
            x[j] = float(begun[w] <= t)
        for w, j in place("site").items():
            x[j] = float(begun[w] <= ix.last)
        for (m, t), j in place("covered").items():
            x[j] = float(joined[m] <= t)
        for (p, m, t), j in place("unmet").items():
            x[j] = 0.0 if joined[m] <= t else ix.demand[p, m, t]
        self._deliver(x, plan)
        return x

    def _deliver(self, x: Floats, plan: Schedule) -> None:
        """Every customer from its cheapest open site, goods by the cheapest way."""
        ix, place = self.index, self.arrays.place
        sites, markets, ways = list(ix.warehouses), _markets(ix), inward_ways(ix, self.arrays)
        product = next(iter(ix.products))
        deliver = place("deliver")
        for t in range(ix.last):
            at = np.where((plan.sites <= t)[:, None], self.cost[:, :, t], np.inf).argmin(axis=0)
            for k in np.flatnonzero(plan.customers <= t):
                w, units = sites[at[k]], ix.demand[product, markets[k], t + 1]
                x[deliver[product, w, markets[k], t + 1]] = units
                for j in ways[w, t + 1][1]:
                    x[j] += units


def _markets(ix: Index) -> list[str]:
    return list(dict.fromkeys(m for _, m, _ in ix.demand))


def is_phased(ix: Index, arrays: Arrays) -> bool:
    """Whether a network is one product that only passes through unlimited sites, with a fixed number of
    openings and a least number of customers kept in every period, and unserved demand free."""
    if len(ix.products) != 1 or not ix.settings.keep_covered or ix.stocks or ix.pipeline:
        return False
    if any(_size(arrays.columns, name) for name in _UNKNOWN) or any(_size(arrays.rows, n) for n in _TIES):
        return False
    rows = ix.period_rows.values()
    fixed = all(r.min_openings is not None and r.min_openings == r.max_openings for r in rows)
    free = not arrays.cost[arrays.columns["unmet"]].any() and len(ix.unmet) == len(ix.demand)
    tiers = all(len(ix.tiers[w]) == 1 and ix.tiers[w][0].term_periods is None for w in ix.warehouses)
    passing = all(ix.tiers[w][0].storage_m3 == 0 for w in ix.warehouses) if tiers else False
    full = len(ix.deliver) == len(ix.warehouses) * len(_markets(ix)) * ix.last
    return fixed and free and passing and full and all(ix.covering.get(t) for t in ix.periods)


def _size(parts: object, name: str) -> int:
    found = parts.get(name)  # type: ignore[attr-defined]
    return 0 if found is None else found.stop - found.start


def read_phased(ix: Index, arrays: Arrays) -> Phased:
    """The problem of a network for which ``is_phased`` holds."""
    sites, markets, ways = list(ix.warehouses), _markets(ix), inward_ways(ix, arrays)
    site_of, customer_of = {w: i for i, w in enumerate(sites)}, {m: k for k, m in enumerate(markets)}
    opening = np.zeros((len(sites), ix.last))
    for (w, _, s), j in arrays.place("lease").items():
        opening[site_of[w], s - 1] += arrays.cost[j]
    for w, j in arrays.place("site").items():
        opening[site_of[w]] += arrays.cost[j]
    cost = np.zeros((len(sites), len(markets), ix.last))
    for (p, w, m, t), j in arrays.place("deliver").items():
        unit = float(arrays.cost[j]) + ways[w, t][0]
        cost[site_of[w], customer_of[m], t - 1] = unit * ix.demand[p, m, t]
    rows = [ix.period_rows[t] for t in ix.periods]
    openings = np.array([row.min_openings or 0 for row in rows])
    served = np.maximum.accumulate([row.min_covered or 0 for row in rows])
    return Phased(opening, cost, openings, np.diff(served, prepend=0), ix, arrays)
