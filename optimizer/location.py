"""Where to lease and when: region by region on the goods relaxation, then repaired and improved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..instances.network import Network
from ..instances.tables import State
from ..models.cluster import build
from ..models.index import Index
from .arrays import Floats, collector_off, compile_model
from .centre import centre
from .clock import Clock
from .highs import Outcome, Status
from .leases import Lease, needs_of, plan_leases
from .relaxation import Relaxation
from .routes import Routes

GOODS = ("haul", "hold", "ship", "stock", "deliver", "parcel", "unmet", "boxes", "loose")
"""Flows of goods and what carries them."""

_ROUND_UP, _ROUND_DOWN = 0.7, 0.3
"""Fraction of a container from which it is booked at once, and part of the others dropped a round."""

_OPEN, _SHUT = 0.6, 0.1

_HUB_ROWS = ("hub_capacity", "hub_family", "hub_storage")
"""Rows that regions share: a dual of 0 counts when they are averaged."""


@dataclass
class Region:
    """What is known of a region: bound and duals (by row) of its relaxation; then the leases, the
    warehouses in use and the goods (by column, zeros left out) of the best places, and their cost."""

    duals: dict[tuple[str, Any], float] = field(default_factory=dict)
    goods: dict[tuple[str, Any], float] = field(default_factory=dict)
    leases: set[Lease] = field(default_factory=set)
    sites: set[str] = field(default_factory=set)
    cost: float = np.inf
    bound: float | None = None


class RegionSearch:
    """Leases for one region; ``network`` has no money and only the region's markets."""

    def __init__(self, network: Network, report: Callable[[str], None]):
        with collector_off():
            self._model = build(network)
            arrays = compile_model(self._model)
        self.index: Index = self._model.index
        self.arrays = centre(self._model, arrays)
        self.clock, self._report = Clock(), report
        self._outcome: Outcome | None = None
        routes = Routes(self._model, self.arrays)
        every = np.ones(len(routes.names), dtype=bool)
        self.relaxation = Relaxation(self.arrays, routes, every, ("market_link", "hub_link"), solver="ipx")
        self.result = Region()
        self._columns = _by_warehouse(self.index, self.arrays.place("lease"))
        self._leased = _by_warehouse(self.index, self.arrays.place("leased"))
        self._uses = self._using()
        self._needed = self._stocked()
        self.result.sites = self._needed - set(self.index.leased)

    def _stocked(self) -> set[str]:
        """Warehouses that must be open because goods lie there, come there or are wanted there."""
        ix = self.index
        holding = {place for (_, place), row in ix.stocks.items() if row.opening or row.target}
        forced = {w for w, row in ix.warehouses.items() if row.state is State.FORCED}
        return holding | forced | {w for _, w, _ in ix.pipeline}

    def _using(self) -> dict[tuple[str, int], list[int]]:
        """(warehouse, period) -> columns of stock and deliveries there."""
        out: dict[tuple[str, int], list[int]] = defaultdict(list)
        for component in ("stock", "deliver"):
            for key, j in self.arrays.place(component).items():
                if key[1] in self._leased:
                    out[key[1], key[-1]].append(j)
        return out

    def relax(self, clock: Clock, rounds: int = 3) -> None:
        """Solve the relaxation: its bound and its duals."""
        self._outcome = self._relax(clock, rounds)

    def place(self, hubs: frozenset[str], share: float, clock: Clock) -> None:
        """With these hubs open (of those that need opening): dive, plan leases, improve, book.

        The region has ``share`` of the hubs' largest levels to itself.
        """
        self.clock = clock
        if self._outcome is None:
            return
        self._open_hubs(hubs, share)
        point = self._dive(self.relaxation.solve(clock, rounds=2, price=False))
        if point is not None:
            self._evaluate(self._plan(point))
            self._improve()
            self._book()

    def _open_hubs(self, hubs: frozenset[str], share: float) -> None:
        a = self.arrays
        for (_, h, _), j in a.place("haul").items():
            if h in self.index.levels and h not in hubs:
                self.relaxation.set_bounds(np.array([j]), 0.0, 0.0)
        for (h, level), j in a.place("hub").items():
            largest = max(self.index.levels[h], key=lambda k: k.capacity_m3_month or np.inf)
            value = share if h in hubs and level == largest.level else 0.0
            self.relaxation.set_bounds(np.array([j]), value, value)

    def _relax(self, clock: Clock, rounds: int) -> Outcome | None:
        def note(outcome: Outcome, broken: int, _: int) -> None:
            self.relaxation.solver.set_option("solver", "simplex")
            self._keep(outcome)

        outcome = self.relaxation.solve(clock, rounds=rounds, price=False, on_round=note)
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
        if outcome.x is None:
            return None
        undecided = set(self._columns)
        while undecided and not self.clock.stopped:
            x = outcome.values()
            use = {w: max(x[self._leased[w]], default=0.0) for w in undecided}
            shut = [w for w in undecided - self._needed if use[w] < _SHUT]
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
        return plan_leases(self.index, self.arrays, x)

    def _needs(self, x: Floats) -> dict[tuple[str, int], tuple[float, float]]:
        return needs_of(self.index, self.arrays, x)

    def _evaluate(self, leases: set[Lease]) -> Floats | None:
        """Cost of the best flows under given leases; keeps them if they are the best so far."""
        covered = {
            (w, t)
            for w, n, s in leases
            for t in range(s, min(self.index.term_end(w, n, s), self.index.last) + 1)
        }
        columns = np.concatenate(list(self._columns.values()))
        keys = np.array([key in leases for key in self._lease_keys], dtype=float)
        self.relaxation.set_bounds(columns, keys, keys)
        for places in self._leased.values():
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
            self._best = outcome.values()
            self.result.goods = self._goods(self._best)
            busy = self._needs(self._best).items()
            self.result.sites |= {w for (w, _), pair in busy if max(pair) > 1e-6}
        return outcome.values()

    @property
    def _lease_keys(self) -> list[Lease]:
        keys = self.arrays.keys["lease"]
        start = self.arrays.columns["lease"].start
        return [keys[j - start] for j in np.concatenate(list(self._columns.values()))]

    def _book(self, rounds: int = 14) -> None:
        """Whole containers: book what is nearly full, drop what is nearly empty, and solve again.

        Loose cargo takes the rest; without it, containers are rounded up.
        """
        if not self.result.leases and not self.result.goods:
            return
        self._evaluate(self.result.leases)
        place = self.arrays.columns["boxes"]
        columns = np.arange(place.start, place.stop)
        loose = {lane for lane, _ in self.arrays.keys["loose"]}
        spare = np.array([key[0] in loose for key in self.arrays.keys["boxes"]], dtype=bool)
        x = self._best
        for number in range(rounds):
            part = x[columns] - np.floor(x[columns] + 1e-6)
            open_ = np.flatnonzero(part > 1e-5)
            if not len(open_) or self.clock.stopped:
                break
            up = open_[(part[open_] >= _ROUND_UP) | ~spare[open_]]
            rest = np.setdiff1d(open_, up)
            count = len(rest) if number == rounds - 1 else int(np.ceil(_ROUND_DOWN * len(rest)))
            down = rest[np.argsort(part[rest])[:count]]
            low, high = self.relaxation.lower[columns], self.relaxation.upper[columns]
            low[up] = np.minimum(np.ceil(x[columns[up]] - 1e-6), high[up])
            low[down] = np.floor(x[columns[down]] + 1e-6)
            high[up], high[down] = low[up], low[down]
            self.relaxation.set_bounds(columns, low, high)
            outcome = self.relaxation.solve(self.clock, rounds=0, price=False)
            if outcome.x is None:
                return
            x = outcome.x
        self.result.goods = self._goods(x)

    def _goods(self, x: Floats) -> dict[tuple[str, Any], float]:
        out: dict[tuple[str, Any], float] = {}
        for component in GOODS:
            start = self.arrays.columns[component].start
            keys = self.arrays.keys[component]
            for i in np.flatnonzero(x[self.arrays.columns[component]] > 1e-9):
                out[component, keys[i]] = float(x[start + i])
        return out

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
