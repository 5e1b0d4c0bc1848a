"""Which warehouses to lease and when: local search on landed costs, one region at a time.

Every step gives one warehouse its best answer to all others, a dynamic programme over its leases; then
warehouses are shut one by one, and their neighbours answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from ..instances.tables import Contract, State
from .arrays import Arrays, Floats
from .clock import Clock
from .highs import Ints
from .landed import Landed
from .leases import Lease

_PASSES = 8
_HELPS = 1e-6

MUST = 1e15
"""What covering a period is worth in which goods lie in a warehouse."""


@dataclass(frozen=True)
class Offer:
    """A tier: name, term, and by period (index 0 first) m3 let through and cost of a lease from then."""

    tier: str
    term: int
    room: Floats
    cost: Floats


def best_leases(worth: Floats, later: Floats, offers: Sequence[Offer]) -> tuple[float, list[tuple[int, int]]]:
    """Greatest worth less rent, and the (offer, first period from 0) that reach it.

    ``worth[n, t]`` is what offer n earns in period t, ``later[n, t]`` the part of it that needs stock
    from the period before, so no lease that starts in t earns it unless another one ends there.
    Dynamic programme over first periods, once after a lease and once after none.
    """
    last = worth.shape[1]
    sums = np.concatenate([np.zeros((len(offers), 1)), np.cumsum(worth, axis=1)], axis=1)
    best = np.zeros((2, last + 1))
    choice = np.full((2, last), -1)
    for t in reversed(range(last)):
        best[:, t] = best[0, t + 1]
        for n, offer in enumerate(offers):
            end = min(t + offer.term, last)
            value = sums[n, end] - sums[n, t] - offer.cost[t] + best[1, end]
            for leased, gain in ((1, value), (0, value - later[n, t])):
                if gain > best[leased, t] + 1e-9:
                    best[leased, t], choice[leased, t] = gain, n
    out, t, leased = [], 0, 0
    while t < last:
        n = int(choice[leased, t])
        if n >= 0:
            out.append((n, t))
        t, leased = (t + offers[n].term, 1) if n >= 0 else (t + 1, 0)
    return float(best[0, 0]), out


class Siting:
    """Leases for some demands (a region's), under given open hubs.

    ``cost[w, i]`` is the unit cost of demand i from warehouse w, ``open[w, i]`` the same where w is leased
    and has room for it, otherwise infinite.
    """

    def __init__(self, landed: Landed, arrays: Arrays, demands: Ints, waiting: float):
        self._waiting = waiting
        self._landed, self._arrays = landed, arrays
        self._ix = landed.index
        order = np.lexsort((demands, landed.demands.period[demands]))
        self.demands = demands[order]
        rows = landed.demands
        self._quantity, self._volume = rows.quantity[self.demands], rows.volume[self.demands]
        self._elsewhere = rows.elsewhere[self.demands]
        safe = np.array([row.safety_days > 0 for row in self._ix.products.values()])
        self._safe = safe[rows.product[self.demands]]
        self._edges = np.searchsorted(rows.period[self.demands], np.arange(self._ix.last + 1))
        local = np.full(len(rows.keys), -1, dtype=np.int64)
        local[self.demands] = np.arange(len(self.demands))
        self._arcs = np.flatnonzero(local[landed.arcs.demand] >= 0)
        self._at = local[landed.arcs.demand[self._arcs]]
        sites = np.unique(landed.arcs.warehouse[self._arcs])
        self.sites = [landed.warehouses[w] for w in sites]
        self._row = np.searchsorted(sites, landed.arcs.warehouse[self._arcs])
        self._offers = [self._offers_of(w) for w in self.sites]
        self._must = [self._forced(w) for w in self.sites]
        self._setup = [self._setup_of(w) for w in self.sites]
        self.plans: list[list[tuple[int, int]]] = [[] for _ in self.sites]
        self._fixed = np.zeros(len(self.sites))
        self._shut = np.zeros(len(self.sites), dtype=bool)
        self.arc = np.full((len(self.sites), len(self.demands)), -1, dtype=np.int64)
        self.arc[self._row, self._at] = self._arcs
        self.cost = self.open = np.empty((0, 0))

    def _offers_of(self, warehouse: str) -> list[Offer]:
        ix, row = self._ix, self._ix.warehouses[warehouse]
        month = np.array([ix.calendar.month_share(t) for t in ix.periods])
        kept = self._kept_share(warehouse)
        place = _room(row.throughput_m3_month, row.storage_m3, month, kept)
        if row.contract is Contract.PER_USE:
            return [Offer("", ix.last, place, np.zeros(ix.last))]
        columns = self._arrays.place("lease")
        return [
            Offer(
                tier.tier,
                tier.term_periods or ix.last,
                np.minimum(place, _room(tier.throughput_m3_month, tier.storage_m3, month, kept)),
                np.array([self._arrays.cost[columns[warehouse, tier.tier, t]] for t in ix.periods]),
            )
            for tier in ix.tiers[warehouse]
        ]

    def _kept_share(self, warehouse: str) -> float:
        """m3 in stock per m3 delivered in a period, as it is on average."""
        w = self._landed.warehouses.index(warehouse)
        days = np.mean([self._ix.calendar.length(t) for t in self._ix.periods])
        shares = [
            row.safety_days / days + self._landed.early[i, w] + self._waiting
            for i, row in enumerate(self._ix.products.values())
        ]
        return float(np.mean(shares)) if shares else 0.0

    def _setup_of(self, warehouse: str) -> float:
        column = self._arrays.place("site").get(warehouse)
        return 0.0 if column is None else float(self._arrays.cost[column])

    def _forced(self, warehouse: str) -> Floats:
        """What each period must be worth because goods lie there or the warehouse must be open."""
        ix = self._ix
        out = np.zeros(ix.last)
        row = ix.warehouses[warehouse]
        if row.contract is Contract.PER_USE:
            return out
        if row.state is State.FORCED:
            out[[t - 1 for t in ix.demand_periods]] = MUST
        for p in ix.products:
            units = ix.opening(p, warehouse)
            arriving = [(t, q) for (q_p, w, t), q in ix.pipeline.items() if (q_p, w) == (p, warehouse)]
            units += sum(q for _, q in arriving)
            if units > 0:
                first = 1 if ix.opening(p, warehouse) > 0 else min(t for t, _ in arriving)
                out[first - 1 : self._used_up(p, warehouse, units, first)] = MUST
            if ix.target(p, warehouse) > 0:
                out[-1] = MUST
        return out

    def _used_up(self, product: str, warehouse: str, units: float, first: int) -> int:
        """Period by whose end the markets around have taken some units."""
        ix = self._ix
        markets = ix.serving[product].get(warehouse, ())
        for t in range(first, ix.last + 1):
            units -= sum(ix.demand_of[product, m].get(t, 0.0) for m in markets)
            if units <= 1e-9:
                return t
        return ix.last

    @property
    def total(self) -> float:
        """Cost of serving every demand the cheapest open way, and of what is open."""
        return float(self._least(slice(None)) @ self._quantity) + float(self._fixed.sum())

    def _least(self, sites: Ints | slice) -> Floats:
        out: Floats = np.minimum(self._elsewhere, self.open[sites].min(axis=0, initial=np.inf))
        return out

    def price(self, delivered: Floats) -> None:
        """Set the unit cost of every arc (infinite: none); leases stay."""
        self.cost = np.full((len(self.sites), len(self.demands)), np.inf)
        self.cost[self._row, self._at] = delivered[self._arcs]
        self.open = np.full_like(self.cost, np.inf)
        for s in range(len(self.sites)):
            self._admit(s, self._savings(s))

    def search(self, clock: Clock) -> None:
        """Improve leases until no step helps."""
        self._answer_all(clock, range(len(self.sites)))
        changed = True
        while changed and not clock.stopped:
            changed = False
            for s in self._by_use():
                changed |= not clock.stopped and self._without(s, clock)

    def _by_use(self) -> list[int]:
        """Leased sites, the least used first."""
        if not self.sites:
            return []
        chosen = np.argmin(self.open, axis=0)
        volume = np.bincount(chosen, self._quantity * self._volume, minlength=len(self.sites))
        leased = [s for s, plan in enumerate(self.plans) if plan and self._offers[s][0].tier]
        return sorted(leased, key=lambda s: volume[s])

    def _without(self, site: int, clock: Clock) -> bool:
        """Shut a site and let its neighbours answer; undo it unless that helps."""
        if self._must[site].any():
            return False
        before = self.total
        kept = (list(self.plans), self._fixed.copy(), self.open.copy())
        self._shut[site] = True
        self._set(site, [], 0.0)
        self._answer_all(clock, self._neighbours(site), passes=2)
        self._shut[site] = False
        if self.total < before * (1 - _HELPS):
            return True
        self.plans, self._fixed, self.open = kept
        return False

    def _neighbours(self, site: int) -> list[int]:
        mine = np.isfinite(self.cost[site])
        return [s for s in range(len(self.sites)) if s != site and np.isfinite(self.cost[s, mine]).any()]

    def _answer_all(self, clock: Clock, sites: Sequence[int], passes: int = _PASSES) -> None:
        for _ in range(passes):
            before = self.total
            for s in sites:
                if clock.stopped:
                    return
                if not self._shut[s]:
                    self._answer(s)
            if self.total >= before * (1 - _HELPS):
                return

    def _savings(self, site: int) -> Floats:
        """What the site saves on each demand against the best of all others."""
        others = np.delete(np.arange(len(self.sites)), site)
        saved: Floats = (self._least(others) - self.cost[site]) * self._quantity
        return np.where(np.isfinite(saved), saved, -1.0)

    def _answer(self, site: int) -> None:
        """The site's best leases, given all other sites."""
        savings, offers = self._savings(site), self._offers[site]
        tables = [self._worth(savings, offer.room) for offer in offers]
        worth = np.array([table[0] for table in tables]) + self._must[site]
        value, plan = best_leases(worth, np.array([table[1] for table in tables]), offers)
        if value <= self._setup[site]:
            plan = []
        rent = sum(offers[n].cost[t] for n, t in plan)
        self._set(site, plan, float(rent) + (self._setup[site] if plan else 0.0), savings)

    def _worth(self, savings: Floats, room: Floats) -> Floats:
        """By period, the greatest saving on what there is room for, and the part of it with safety stock."""
        out = np.zeros((2, len(room)))
        for t, part in enumerate(self._parts):
            chosen = self._chosen(savings, part, room[t])
            out[:, t] = savings[part][chosen].sum(), savings[part][chosen] @ self._safe[part][chosen]
        return out

    @property
    def _parts(self) -> list[slice]:
        return [slice(a, b) for a, b in zip(self._edges[:-1], self._edges[1:], strict=True)]

    def _chosen(self, savings: Floats, part: slice, room: float) -> Ints:
        """Demands of a period (from its start) that save most per m3, as many as there is room for."""
        saved = savings[part]
        good = np.flatnonzero(saved > 0)
        volume = (self._quantity[part] * self._volume[part])[good]
        if volume.sum() <= room:
            return good
        order = np.argsort(-saved[good] / np.maximum(volume, 1e-12))
        return good[order[np.cumsum(volume[order]) <= room]]

    def _set(
        self, site: int, plan: list[tuple[int, int]], fixed: float, savings: Floats | None = None
    ) -> None:
        self.plans[site], self._fixed[site] = plan, fixed
        self._admit(site, self._savings(site) if savings is None else savings)

    def _admit(self, site: int, savings: Floats) -> None:
        """Demands that may use the site: all while it has room, the best ones where it is full."""
        row = np.full(len(self.demands), np.inf)
        offers, parts = self._offers[site], self._parts
        ends = {start + offers[n].term for n, start in self.plans[site]}
        for n, start in self.plans[site]:
            for t in range(start, min(start + offers[n].term, self._ix.last)):
                part = parts[t]
                chosen = self._chosen(savings, part, offers[n].room[t])
                full = len(chosen) < (savings[part] > 0).sum()
                some = chosen + part.start if full else np.arange(part.start, part.stop)
                if t == start and start not in ends and offers[n].tier:
                    some = some[~self._safe[some]]
                row[some] = self.cost[site, some]
        self.open[site] = row

    @property
    def leases(self) -> set[Lease]:
        """(warehouse, tier, first period from 1) of every lease."""
        return {
            (w, self._offers[s][n].tier, t + 1)
            for s, w in enumerate(self.sites)
            for n, t in self.plans[s]
            if self._offers[s][n].tier
        }

    @property
    def used(self) -> set[str]:
        """Warehouses in use."""
        return {w for s, w in enumerate(self.sites) if self.plans[s]}

    @property
    def flows(self) -> tuple[Ints, Floats]:
        """Arcs in use and their units."""
        if not self.sites:
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        best = np.argmin(self.open, axis=0)
        at = np.arange(len(self.demands))
        stored = self.open[best, at] < self._elsewhere
        return self.arc[best[stored], at[stored]], self._quantity[stored]


def _room(throughput: float | None, storage: float | None, month: Floats, kept: float) -> Floats:
    """m3 that may leave per period."""
    through = np.full(len(month), inf) if throughput is None else throughput * month
    return np.minimum(through, inf if storage is None or kept <= 0 else storage / kept)
