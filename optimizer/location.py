"""Where to lease and when: region by region on the goods relaxation, then repaired and improved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..instances.network import Network
from ..models.cluster import build
from ..models.index import Index
from .arrays import Floats, collector_off, compile_model
from .centre import centre
from .clock import Clock
from .highs import Outcome, Status
from .leases import Option, cheapest_leases
from .relaxation import Relaxation
from .routes import Routes

Lease = tuple[str, str, int]

_OPEN, _SHUT = 0.6, 0.1

_HUB_ROWS = ("hub_capacity", "hub_family", "hub_link", "hub_storage")
"""Rows that regions share: a dual of 0 counts when they are averaged."""


@dataclass
class Region:
    """What a region's relaxation says: duals by row, hub loads by (hub, period), leases,
    every warehouse used, cost."""

    duals: dict[tuple[str, Any], float] = field(default_factory=dict)
    hub_load: dict[tuple[str, int], float] = field(default_factory=dict)
    leases: set[Lease] = field(default_factory=set)
    sites: set[str] = field(default_factory=set)
    cost: float = np.inf
    bound: float | None = None


class RegionSearch:
    """Leases for one region; ``network`` has no money and only the region's markets."""

    def __init__(self, network: Network, clock: Clock, report: Callable[[str], None]):
        with collector_off():
            self._model = build(network)
            arrays = compile_model(self._model)
        self.index: Index = self._model.index
        self.arrays = centre(self._model, arrays)
        self.clock, self._report = clock, report
        routes = Routes(self._model, self.arrays)
        every = np.ones(len(routes.names), dtype=bool)
        self.relaxation = Relaxation(self.arrays, routes, every, ("market_link",), solver="ipx")
        self.result = Region()
        self._columns = _by_warehouse(self.index, self.arrays.place("lease"))
        self._leased = _by_warehouse(self.index, self.arrays.place("leased"))
        self._uses = self._using()

    def _using(self) -> dict[tuple[str, int], list[int]]:
        """(warehouse, period) -> columns of stock and deliveries there."""
        out: dict[tuple[str, int], list[int]] = defaultdict(list)
        for component in ("stock", "deliver"):
            for key, j in self.arrays.place(component).items():
                if key[1] in self._leased:
                    out[key[1], key[-1]].append(j)
        return out

    def run(self, rounds: int = 3) -> Region:
        """Relax, dive, plan leases, improve by local search until the clock stops."""
        outcome = self._relax(rounds)
        if outcome is None:
            return self.result
        point = self._dive(outcome)
        if point is not None:
            leases = self._plan(point)
            self._evaluate(leases)
            self._improve()
        return self.result

    def _relax(self, rounds: int) -> Outcome | None:
        def note(outcome: Outcome, broken: int, _: int) -> None:
            self.relaxation.solver.set_option("solver", "simplex")
            self._keep(outcome)

        outcome = self.relaxation.solve(self.clock, rounds=rounds, price=False, on_round=note)
        self._keep(outcome)
        return outcome if outcome.x is not None else None

    def _keep(self, outcome: Outcome) -> None:
        if outcome.status is Status.OPTIMAL and outcome.duals is not None:
            self.result.bound = outcome.objective
            y = np.zeros(len(self.arrays.row_lower))
            y[self.relaxation.rows] = outcome.duals
            self.result.duals = {}
            for family, place in self.arrays.rows.items():
                part = y[place]
                shared = family in _HUB_ROWS
                for i in range(len(part)) if shared else np.flatnonzero(part):
                    self.result.duals[family, self.arrays.row_keys[family][i]] = float(part[i])

    def _dive(self, outcome: Outcome) -> Floats | None:
        """Open what is mostly used and close what is hardly used, until every site is decided."""
        undecided = set(self._columns)
        while undecided and not self.clock.stopped:
            x = outcome.values()
            use = {w: max(x[self._leased[w]], default=0.0) for w in undecided}
            shut = [w for w in undecided if use[w] < _SHUT]
            opened = [w for w in undecided if use[w] > _OPEN] or [max(use, key=lambda w: use[w])]
            for w in shut:
                self.relaxation.set_bounds(self._columns[w], 0.0, 0.0)
            for w in opened if not shut or max(use.values()) > _OPEN else []:
                busy = self._leased[w][x[self._leased[w]] > 0.05]
                self.relaxation.set_bounds(busy, 1.0, 1.0)
                undecided.discard(w)
            undecided -= set(shut)
            outcome = self.relaxation.solve(self.clock, rounds=1, price=False)
            if outcome.x is None:
                return None
        return outcome.values()

    def _plan(self, x: Floats) -> set[Lease]:
        """The cheapest leases for what the point stores and delivers."""
        needs = self._needs(x)
        leases: set[Lease] = set()
        for w in self._columns:
            series = [needs.get((w, t), (0.0, 0.0)) for t in self.index.periods]
            if max(max(pair) for pair in series) > 1e-4:
                leases |= {(w, n, t) for n, t in cheapest_leases(series, self._options(w))}
        return leases

    def _needs(self, x: Floats) -> dict[tuple[str, int], tuple[float, float]]:
        volume = {p: row.volume_m3 for p, row in self.index.products.items()}
        stock: dict[tuple[str, int], float] = defaultdict(float)
        out: dict[tuple[str, int], float] = defaultdict(float)
        for (p, w, t), j in self.arrays.place("stock").items():
            stock[w, t] += volume[p] * x[j]
        for (p, w, _, t), j in self.arrays.place("deliver").items():
            out[w, t] += volume[p] * x[j]
        return {key: (stock[key], out[key]) for key in {*stock, *out}}

    def _options(self, warehouse: str) -> list[Option]:
        ix, cost, place = self.index, self.arrays.cost, self.arrays.place("lease")

        def room(size: float | None, scale: float) -> float:
            return np.inf if size is None else size * scale

        return [
            Option(
                row.tier,
                row.term_periods or ix.last,
                [
                    (room(row.storage_m3, 1.0), room(row.throughput_m3_month, ix.calendar.month_share(t)))
                    for t in ix.periods
                ],
                [float(cost[place[warehouse, row.tier, t]]) for t in ix.periods],
            )
            for row in ix.tiers[warehouse]
        ]

    def _evaluate(self, leases: set[Lease]) -> Floats | None:
        """Cost of the best flows under given leases; keeps them if they are the best so far."""
        covered = {
            (w, t) for w, n, s in leases for t in range(s, min(self.index.term_end(w, n, s), self.index.last) + 1)
        }
        columns = np.concatenate(list(self._columns.values()))
        keys = np.array([key in leases for key in self._lease_keys], dtype=float)
        self.relaxation.set_bounds(columns, keys, keys)
        for w, places in self._leased.items():
            self.relaxation.set_bounds(places, 0.0, 1.0)
        for key, uses in self._uses.items():
            places = np.array(uses)
            top = self.arrays.upper[places] if key in covered else 0.0
            self.relaxation.set_bounds(places, self.arrays.lower[places], top)
        outcome = self.relaxation.solve(self.clock, rounds=0, price=False)
        if outcome.status is not Status.OPTIMAL or outcome.objective is None:
            return None
        if outcome.objective < self.result.cost * (1 - 1e-7):
            self.result.cost, self.result.leases = outcome.objective, leases
            self.result.hub_load = self._hub_load(outcome.values())
            self._best = outcome.values()
            busy = self._needs(self._best).items()
            self.result.sites = {w for (w, _), pair in busy if max(pair) > 1e-6}
        return outcome.values()

    @property
    def _lease_keys(self) -> list[Lease]:
        keys = self.arrays.keys["lease"]
        start = self.arrays.columns["lease"].start
        return [keys[j - start] for j in np.concatenate(list(self._columns.values()))]

    def _hub_load(self, x: Floats) -> dict[tuple[str, int], float]:
        load: dict[tuple[str, int], float] = defaultdict(float)
        for (p, h, t), j in self.arrays.place("haul").items():
            load[h, t] += self.index.products[p].volume_m3 * x[j]
        return dict(load)

    def _improve(self) -> None:
        """Trim leases to what is needed, close sites one by one, keep what helps."""
        if not self.result.leases:
            return
        self._evaluate(self._plan(self._best))
        by_rent = sorted({w for w, _, _ in self.result.leases}, key=self._rent)
        for w in by_rent:
            if self.clock.stopped:
                return
            before = self.result.cost
            self._evaluate({lease for lease in self.result.leases if lease[0] != w})
            if self.result.cost < before:
                self._evaluate(self._plan(self._best))

    def _rent(self, warehouse: str) -> float:
        """Volume through a warehouse: the least busy are tried first."""
        return sum(pair[1] for (w, _), pair in self._needs(self._best).items() if w == warehouse)


def _by_warehouse(ix: Index, place: dict[Any, int]) -> dict[str, Any]:
    out: dict[str, list[int]] = defaultdict(list)
    for key, j in place.items():
        out[key[0]].append(j)
    return {w: np.array(columns) for w, columns in out.items()}
