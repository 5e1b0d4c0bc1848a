"""The continuous relaxation, with rows and columns listed only where they matter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse

from .arrays import Arrays, Floats
from .clock import Clock
from .highs import Bools, Ints, Outcome, Solver, Status
from .routes import Routes

LAZY = ("link", "market_link", "hub_link", "stock_link", "source_link")
"""Row families of which a plan needs few: 0.6 to 6 % of them ever bind."""

_BROKEN = 1e-5
_CHEAP = 1e-6


class Relaxation:
    """A warm linear programme that separates lazy rows and prices routes.

    Rows without a listed column wait too.  ``solve`` returns an optimum over all rows and columns,
    in full length; when the clock stops it, what it has.
    """

    def __init__(
        self, arrays: Arrays, routes: Routes, listed: Bools, without: tuple[str, ...] = (), **options: Any
    ):
        self.arrays, self.routes = arrays, routes
        self.lower, self.upper = arrays.lower.copy(), arrays.upper.copy()
        self.used_routes = listed.copy()
        lazy = np.zeros(len(arrays.row_lower), dtype=bool)
        for family in LAZY:
            if family in arrays.rows:
                lazy[arrays.rows[family]] = True
        self._lazy = lazy
        self._ignored = np.zeros(len(lazy), dtype=bool)
        for family in without:
            if family in arrays.rows:
                self._ignored[arrays.rows[family]] = True
        self._by_column = arrays.matrix.tocsc()
        self._scale = np.maximum(abs(arrays.matrix).max(axis=1).toarray().ravel(), 1e-9)
        route = routes.of_column
        self.columns = np.flatnonzero((route < 0) | listed[np.maximum(route, 0)])
        self.rows = self._alive(np.ones(len(lazy), dtype=bool))
        self._options = options
        self.solver = self._new_solver()

    def _new_solver(self) -> Solver:
        return Solver(self.arrays, rows=self.rows, columns=self.columns, **self._options)

    def _alive(self, candidates: Bools) -> Ints:
        """Rows among the candidates that are not lazy and have a listed column."""
        part = self._by_column[:, self.columns]
        seen = np.zeros(len(self._lazy), dtype=bool)
        seen[part.indices] = True
        return np.flatnonzero(seen & candidates & ~self._lazy)

    def set_bounds(self, columns: Ints, lower: Floats | float, upper: Floats | float) -> None:
        """Change the bounds of some columns, listed or not."""
        self.lower[columns], self.upper[columns] = lower, upper
        local = np.full(len(self.lower), -1, dtype=np.int64)
        local[self.columns] = np.arange(len(self.columns))
        listed = columns[local[columns] >= 0]
        self.solver.set_bounds(local[listed], self.lower[listed], self.upper[listed])

    def solve(
        self,
        clock: Clock,
        *,
        rounds: int = 60,
        price: bool = True,
        on_round: Callable[[Outcome, int, int], None] | None = None,
    ) -> Outcome:
        """Solve, list broken rows and promising routes, and again until there are none."""
        outcome = self._run(clock)
        for _ in range(rounds):
            if outcome.status is not Status.OPTIMAL:
                return outcome
            broken = self._broken(outcome.values())
            routes = self._promising(outcome) if price else np.empty(0, dtype=np.int64)
            if on_round:
                on_round(outcome, len(broken), len(routes))
            if not len(broken) and not len(routes):
                return outcome
            self._list(broken, routes)
            outcome = self._run(clock)
        return outcome

    def _run(self, clock: Clock) -> Outcome:
        part = self.solver.run(clock)
        x = None
        if part.x is not None:
            x = np.clip(0.0, self.lower, self.upper)
            x[self.columns] = part.x
        return Outcome(part.status, x, part.objective, part.bound, part.reduced_costs, part.duals)

    def _broken(self, x: Floats) -> Ints:
        waiting = np.flatnonzero(self._lazy & ~self._ignored)
        waiting = waiting[~np.isin(waiting, self.rows)]
        excess = (self.arrays.matrix[waiting] @ x - self.arrays.row_upper[waiting]) / self._scale[waiting]
        broken: Ints = waiting[excess > _BROKEN]
        return broken

    def _promising(self, outcome: Outcome) -> Ints:
        idle = np.flatnonzero(~self.used_routes)
        if not len(idle) or outcome.duals is None:
            return np.empty(0, dtype=np.int64)
        prices = self.routes.price(self.reduced_costs(outcome), idle)
        scale = max(abs(outcome.objective or 0.0), 1.0)
        return idle[prices < -_CHEAP * min(scale, 1.0)]

    def reduced_costs(self, outcome: Outcome) -> Floats:
        """Reduced costs of all columns under the duals of the listed rows."""
        y = np.zeros(len(self.arrays.row_lower))
        y[self.rows] = outcome.duals
        reduced: Floats = self.arrays.cost - self.arrays.matrix.T @ y
        return reduced

    def _list(self, broken: Ints, routes: Ints) -> None:
        self._add_rows(broken)
        if not len(routes):
            return
        self.used_routes[routes] = True
        new = self.routes.columns(routes)
        before = self.columns
        self.columns = np.concatenate([before, new])
        absent = np.ones(len(self._lazy), dtype=bool)
        absent[self.rows] = False
        fresh = self._alive(absent)
        self.columns = before
        self._add_rows(fresh)
        self.columns = np.concatenate([before, new])
        part = sparse.csc_matrix(self._by_column[:, new].tocsr()[self.rows])
        self.solver.add_columns(part, self.arrays.cost[new], self.lower[new], self.upper[new])

    def _add_rows(self, rows: Ints) -> None:
        if len(rows):
            part = sparse.csr_matrix(self.arrays.matrix[rows][:, self.columns])
            self.solver.add_rows(part, self.arrays.row_lower[rows], self.arrays.row_upper[rows])
            self.rows = np.concatenate([self.rows, rows])
