"""What every strategy works on: the compiled model, the best plan and the best bound so far."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pyomo.environ as pyo

from ..instances.network import Network
from .arrays import Arrays, Floats
from .certificate import Certificate
from .clock import Clock
from .known_prices import KnownPrices
from .plan import Plan
from .progress import Progress, relative_gap

FEASIBILITY = 1e-6
"""Greatest violation of a row, relative to its largest term, in a point we keep."""

INTEGRALITY = 1e-5
"""Greatest distance from a whole number in a point we keep."""

OPTIMALITY = 1e-6
"""Relative gap at which a plan counts as optimal."""


class Until(Clock):
    """Stops after some seconds, with the clock of a search, or once the search is over."""

    def __init__(self, search: Search, seconds: float):
        super().__init__(min(seconds, search.clock.remaining), search.clock.cancel)
        self._search = search

    @property
    def remaining(self) -> float:
        """Seconds until the time is up; 0 once the search is over."""
        return 0.0 if self._search.over else super().remaining


class Search:
    """State of one solve; safe to use from the threads of a strategy.

    ``start`` is a plan of this or a similar network to begin with; ``time_up`` says that the time ended the
    search, be it a little before the clock; ``reprice`` is what made the costs of ``arrays`` from those of
    the network, for the models of its regions.
    """

    def __init__(
        self,
        network: Network,
        model: pyo.ConcreteModel,
        arrays: Arrays,
        *,
        clock: Clock,
        gap: float,
        threads: int = 1,
        seed: int = 0,
        on_progress: Callable[[Progress], None] | None = None,
    ):
        self.network, self.model, self.arrays = network, model, arrays
        self.clock, self.gap, self.threads, self.seed = clock, gap, threads, seed
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self.best: Floats | None = None
        self.objective: float | None = None
        self.bound: float | None = None
        self.infeasible = False
        self.time_up = False
        self.certificate: Callable[[], Certificate] | None = None
        self.prices: Callable[[], KnownPrices] | None = None
        self.start: Plan | None = None
        self.reprice: Callable[[Arrays], Arrays] | None = None
        self.phase = ""
        self.log: list[str] = []

    @property
    def reached(self) -> bool:
        """Whether the gap asked for is reached."""
        return self.relative_gap is not None and self.relative_gap <= self.gap

    @property
    def over(self) -> bool:
        """Whether to stop: gap reached, time up, cancelled or proven infeasible."""
        return self.reached or self.infeasible or self.clock.stopped

    @property
    def relative_gap(self) -> float | None:
        """(objective − bound) / |objective| of what is held now."""
        return relative_gap(self.objective, self.bound)

    def enter(self, phase: str, message: str = "") -> None:
        """Begin a phase."""
        self.phase = phase
        self.report(message)

    def report(self, message: str = "") -> None:
        """Tell the listener how far the search is."""
        progress = Progress(self.clock.elapsed, self.phase, self.objective, self.bound, message)
        if message:
            self.log.append(f"{progress.seconds:8.1f} s  {self.phase}: {message}")
        if self._on_progress:
            with self._lock:
                self._on_progress(progress)

    def offer(self, x: Floats, source: str = "") -> bool:
        """Keep a point if it satisfies the model and is better than the best; say whether it was kept."""
        x = np.where(self.arrays.integer, np.round(x), x)
        x = np.clip(x, self.arrays.lower, self.arrays.upper)
        value = self.arrays.objective(x)
        with self._lock:
            if self.objective is not None and value >= self.objective - 1e-9 * abs(self.objective):
                return False
        if self.violation(x) > FEASIBILITY:
            self.report(f"a point from {source or self.phase} breaks a row and is dropped")
            return False
        with self._lock:
            if self.objective is not None and value >= self.objective:
                return False
            self.best, self.objective = x, value
        self.report(source)
        return True

    def violation(self, x: Floats) -> float:
        """Greatest violation of a row or bound, relative to the row's largest term (at least 1)."""
        a = self.arrays
        activity = a.matrix @ x
        scale = np.maximum(abs(a.matrix).multiply(np.abs(x)).max(axis=1).toarray().ravel(), 1.0)
        rows = np.maximum(a.row_lower - activity, activity - a.row_upper) / scale
        columns = np.maximum(a.lower - x, x - a.upper) / np.maximum(np.abs(x), 1.0)
        return float(max(rows.max(initial=0.0), columns.max(initial=0.0)))

    def raise_bound(self, value: float | None, source: str = "") -> None:
        """Keep a proven lower bound if it is better than the best."""
        if value is None or not value > -np.inf:
            return
        with self._lock:
            if self.bound is not None and value <= self.bound:
                return
            self.bound = value
        self.report(source)
