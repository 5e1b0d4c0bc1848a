"""The continuous relaxation, with rows listed only where they matter."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from .arrays import Arrays, Floats
from .clock import Clock
from .highs import Ints, Outcome, Solver, Status

LAZY = ("link", "market_link", "hub_link", "stock_link", "source_link")
"""Row families of which a plan needs few: 0.6 to 6 % of them ever bind."""

_BROKEN = 1e-5


class Relaxation:
    """A linear programme that separates lazy rows; rows of ``without`` are left out for good, those of
    ``listed`` are there from the start."""

    def __init__(
        self, arrays: Arrays, without: tuple[str, ...] = (), listed: Ints | None = None, **options: Any
    ):
        self.arrays = arrays
        self._lazy = arrays.rows_of(LAZY)
        self._ignored = arrays.rows_of(without)
        self._scale = _scales(arrays)
        first = ~self._lazy
        first[[] if listed is None else listed] = True
        self.rows = np.flatnonzero(first)
        self.solver = Solver(arrays, rows=self.rows, **options)

    def solve(self, clock: Clock, rounds: int = 60) -> Outcome:
        """Solve, list broken rows, and again until there are none; the last outcome that was optimal.

        Every outcome's objective is a lower bound; duals are of the first ``rows``.
        """
        best = outcome = self.solver.run(clock)
        for _ in range(rounds):
            if outcome.status is not Status.OPTIMAL:
                return best
            best = outcome
            broken = self._broken(outcome)
            if not len(broken):
                return outcome
            self._list(broken)
            outcome = self.solver.run(clock)
        return outcome if outcome.status is Status.OPTIMAL else best

    def extend(self, arrays: Arrays) -> None:
        """Take arrays with more rows below the others; these are listed at once."""
        new = np.arange(len(self.arrays.row_lower), len(arrays.row_lower))
        self.arrays = arrays
        self._lazy = np.append(self._lazy, np.zeros(len(new), dtype=bool))
        self._ignored = np.append(self._ignored, np.zeros(len(new), dtype=bool))
        self._scale = np.append(self._scale, np.ones(len(new)))
        self._list(new)

    def list_broken(self, outcome: Outcome) -> bool:
        """List the rows that a point breaks; say whether there were any."""
        broken = self._broken(outcome)
        if len(broken):
            self._list(broken)
        return bool(len(broken))

    def holds(self, x: Floats) -> bool:
        """Whether a point keeps the rows that are not listed."""
        return not len(self._broken(Outcome(Status.OPTIMAL, x, None, None)))

    def _broken(self, outcome: Outcome) -> Ints:
        waiting = np.flatnonzero(self._lazy & ~self._ignored)
        waiting = waiting[~np.isin(waiting, self.rows)]
        return _broken_of(self.arrays, waiting, self._scale, outcome.values())

    def _list(self, rows: Ints) -> None:
        a = self.arrays
        self.solver.add_rows(sparse.csr_matrix(a.matrix[rows]), a.row_lower[rows], a.row_upper[rows])
        self.rows = np.concatenate([self.rows, rows])


def broken_rows(arrays: Arrays, families: tuple[str, ...], x: Floats) -> Ints:
    """Rows of some families that a point breaks."""
    return _broken_of(arrays, np.flatnonzero(arrays.rows_of(families)), _scales(arrays), x)


def _broken_of(arrays: Arrays, rows: Ints, scales: Floats, x: Floats) -> Ints:
    excess = (arrays.matrix[rows] @ x - arrays.row_upper[rows]) / scales[rows]
    broken: Ints = rows[excess > _BROKEN]
    return broken


def _scales(arrays: Arrays) -> Floats:
    """The largest coefficient of every row."""
    size = abs(arrays.matrix)
    largest = size.max(axis=1).toarray().ravel() if size.nnz else np.zeros(size.shape[0])
    return np.maximum(largest, 1e-9)
