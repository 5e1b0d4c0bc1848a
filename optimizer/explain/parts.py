"""A point of a large elastic model improved group of firms by group of firms, the others as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from ..arrays import Arrays, Bools, Floats
from ..blocks import PLACES
from ..clock import Clock
from ..highs import Ints, Outcome, Solver
from ..settling import ACCOUNTS, MONEY
from .elastic import Elastic


@dataclass
class Part:
    """Some columns of a model that are free while all others stay at a point.

    ``columns`` and ``rows`` are those of the whole model; the arrays' limits hold what the others leave.
    """

    columns: Ints
    arrays: Arrays

    @cached_property
    def solver(self) -> Solver:
        """The part's relaxation, kept warm."""
        return Solver(self.arrays)

    def run(self, clock: Clock) -> Outcome:
        """The best of the part; from scratch where its last basis leads HiGHS astray."""
        if self.solver.late:
            del self.solver
        return self.solver.run(clock)

    def at(self, columns: Ints) -> Ints:
        """Places of some columns of the whole model in this part; raises ``KeyError`` for one not in it."""
        found = np.minimum(np.searchsorted(self.columns, columns), len(self.columns) - 1)
        if (self.columns[found] != columns).any():
            raise KeyError("a column is not in this part")
        return found

    def holds(self, column: int) -> bool:
        """Whether a column of the whole model is in this part."""
        at = int(np.searchsorted(self.columns, column))
        return at < len(self.columns) and bool(self.columns[at] == column)


class Parts:
    """Cuts parts out of a model.  ``model`` says whose columns are whose, ``arrays`` what holds and costs."""

    def __init__(self, model: Elastic, arrays: Arrays):
        self._model, self._arrays, self._size = model, arrays, len(model.plain.cost)
        self._csc = arrays.matrix.tocsc()
        self._accounts = self._wide(model.plain.columns_of(ACCOUNTS) | (model.owner == PLACES))

    def groups(self, x: Floats) -> Iterator[Part]:
        """A part for each group of firms."""
        return (self.group(x, number) for number in range(groups_in(self._model)))

    def group(self, x: Floats, number: int) -> Part:
        """A group of firms with all accounts, loose cargo and the limits they meet, from a point that keeps
        every limit (but for rounding, which is let pass)."""
        return self._part(x, self._wide(self._model.owner == number) | self._accounts, lenient=True)

    def money(self, x: Floats) -> Part:
        """The money of all firms for the goods of a point, with every limit; its money may break them."""
        free = self._wide(self._model.plain.columns_of(MONEY))
        free[self._size :] = True
        return self._part(x, free, lenient=False)

    def _part(self, x: Floats, free: Bools, lenient: bool) -> Part:
        """The columns that are ``free`` and not whole, and the limits they meet."""
        a, free = self._arrays, free & ~self._wide(self._model.plain.integer)
        for _ in range(2):
            met = self._rows(free)
            free[self._size :] |= np.bincount(self._extra[met].indices, minlength=len(free) - self._size) > 0
        rows, columns = np.flatnonzero(self._rows(free)), np.flatnonzero(free)
        matrix = sparse.csr_matrix(self._csc[:, columns].tocsr()[rows])
        whole = a.matrix[rows] @ x
        rest = whole - matrix @ x[columns]
        low, high, lower, upper = a.row_lower[rows], a.row_upper[rows], a.lower[columns], a.upper[columns]
        if lenient:
            low, high = np.minimum(low, whole), np.maximum(high, whole)
            lower, upper = np.minimum(lower, x[columns]), np.maximum(upper, x[columns])
        local = replace(
            a,
            cost=a.cost[columns],
            offset=0.0,
            lower=lower,
            upper=upper,
            integer=np.zeros(len(columns), dtype=bool),
            matrix=matrix,
            row_lower=low - rest,
            row_upper=high - rest,
            _places={},
        )
        return Part(columns, local)

    @cached_property
    def _extra(self) -> sparse.csr_matrix:
        return self._csc[:, self._size :].tocsr()

    def _rows(self, free: Bools) -> Bools:
        met = np.zeros(self._csc.shape[0], dtype=bool)
        met[self._csc[:, np.flatnonzero(free)].indices] = True
        return met

    def _wide(self, plain: Bools) -> Bools:
        out = np.zeros(len(self._arrays.cost), dtype=bool)
        out[: self._size] = plain
        return out


def groups_in(model: Elastic) -> int:
    """How many groups of firms a model has."""
    return int(model.owner.max(initial=-1)) + 1


def groups_met(model: Elastic, limits: Iterable[int]) -> list[int]:
    """Groups of firms whose columns some limits touch, those most touched first."""
    met: Counter[int] = Counter()
    for i in limits:
        for touch in model.limits[i].touches:
            columns = [touch.at] if touch.is_bound else model.plain.matrix[touch.at].indices
            met.update({int(g) for g in model.owner[columns] if g != PLACES})
    return [number for number, _ in met.most_common()]


def alone(model: Elastic, number: int) -> Elastic:
    """The model of one group of firms and of places, without any rule that others take part in: where it has
    no plan, the whole has none."""
    a, size = model.arrays, len(model.plain.cost)
    kept = np.r_[np.isin(model.owner, (number, PLACES)), np.zeros(len(a.cost) - size, dtype=bool)]
    met = _touched(a.matrix, kept) & ~_touched(a.matrix[:, :size], ~kept[:size])
    for _ in range(2):
        kept[size:] |= np.bincount(a.matrix[met][:, size:].indices, minlength=len(a.cost) - size) > 0
        extra = kept.copy()
        extra[:size] = False
        met |= _touched(a.matrix, extra)
    own = _touched(a.matrix, kept) & ~_touched(a.matrix, ~kept)
    columns, rows = np.flatnonzero(kept), np.flatnonzero(own)
    local = a.part(rows, columns)
    here = [i for i, j in enumerate(model.relief.tolist()) if kept[j]]
    return Elastic(
        local,
        replace(model.plain, rows=_families(model.plain.rows, rows)),
        model.owner,
        [model.limits[i] for i in here],
        np.searchsorted(columns, model.relief[here]),
        model.most[here],
        [[] for _ in here],
    )


def _touched(matrix: sparse.csr_matrix, columns: Bools) -> Bools:
    """Rows that have entries in some columns."""
    out: Bools = np.diff(sparse.csr_matrix(matrix[:, np.flatnonzero(columns)]).indptr) > 0
    return out


def _families(families: Mapping[str, slice], rows: Ints) -> dict[str, slice]:
    """Where the families of rows stand among some rows in the same order."""
    ends = {name: np.searchsorted(rows, (place.start, place.stop)) for name, place in families.items()}
    return {name: slice(int(start), int(stop)) for name, (start, stop) in ends.items()}
