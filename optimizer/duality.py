"""What is known of a linear programme's optimum whatever its costs and column bounds are."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from highspy import HighsBasis

from .arrays import Arrays, Floats

_NOTHING = 1e-9
"""Reduced costs up to which a column without a limit is free: the rounding of their sums."""

_MET = 1e-8
"""Part of an optimum by which bounds from both sides may differ: HiGHS ends no closer."""

_ALMOST = 1e-6
"""Part of an optimum that hardly matters for a bound."""

_KEPT = 1e-6
"""Part of a limit, and of 1, by which a point may miss it."""


@dataclass(frozen=True)
class Range:
    """An optimum is at least ``least``, proven by ``duals``, and ``about`` what a ``point`` costs, which
    ``fits`` or misses limits at the prices of these."""

    least: float = -np.inf
    about: float = np.inf
    duals: Floats | None = field(default=None, repr=False)
    point: Floats | None = field(default=None, repr=False)
    basis: HighsBasis | None = field(default=None, repr=False)
    fits: bool = False

    @property
    def open(self) -> float:
        """What is not known of it."""
        return self.about - self.least

    @property
    def met(self) -> bool:
        """Whether it is known."""
        return self.fits and self._open_by(_MET) and -self.open <= _MET * max(1.0, abs(self.about))

    @property
    def almost(self) -> bool:
        """Whether it seems to be known; where the point misses limits it may be more."""
        return self._open_by(_ALMOST)

    def _open_by(self, part: float) -> bool:
        return self.about < np.inf and self.open <= part * max(1.0, abs(self.about))


class Duality:
    """Multipliers and points of ``min c·x, l ≤ x ≤ u, row_lower ≤ A·x ≤ row_upper`` from other ``c, l, u``.

    Whatever these are, multipliers bound the optimum from below (weak duality; a Benders cut each), and a
    point within all limits from above; one that misses some says about what it is, at the prices that these
    limits have had.  The ``size`` used last are kept, each with the basis that it is of.
    """

    def __init__(self, programme: Arrays, size: int):
        self.programme, self._by_column = programme, programme.matrix.T.tocsr()
        rows, columns = programme.matrix.shape
        self._duals, self._points = np.zeros((size, rows)), np.zeros((size, columns))
        self._priced, self._ends = np.zeros((size, columns)), np.full(size, -np.inf)
        self._bases: list[HighsBasis | None] = [None] * size
        self._order: list[int] = []

    def learn(self, duals: Floats, point: Floats, basis: HighsBasis | None = None) -> None:
        """Keep multipliers of all rows and the point that they belong to."""
        a, y = self.programme, usable(self.programme, duals)
        slot = self._slot(y)
        if slot in self._order and basis is None and (self._duals[slot] == y).all():
            return  # the point that is known is one that was solved for, or as good
        self._touch(slot)
        ends = np.where(y > 0, a.row_lower, a.row_upper)
        self._duals[slot], self._priced[slot] = y, self._by_column @ y
        self._ends[slot] = float(y @ np.where(y == 0, 0.0, ends))
        self._points[slot], self._bases[slot] = point, basis

    def range(self, cost: Floats, lower: Floats, upper: Floats) -> Range:
        """What is known of the optimum under some costs and column bounds."""
        n = len(self._order)
        if n == 0:
            return Range()
        least = self._ends[:n] + _least(cost - self._priced[:n], lower, upper)
        points = np.clip(self._points[:n], lower, upper)
        missed = self._missed(points)
        about = points @ cost + missed @ np.abs(self._duals[:n]).max(axis=0)
        alike = _MET * np.maximum(1.0, np.abs(about)) * missed.any(axis=1)  # of equals one that fits
        low, high = int(np.argmax(least)), int(np.argmin(about + alike))
        self._touch(low)
        self._touch(high)
        known = float(least[low]), float(about[high]), self._duals[low].copy(), points[high].copy()
        return Range(*known, self._bases[high], not missed[high].any())

    def _missed(self, points: Floats) -> Floats:
        """By how much points miss limits of rows (points × rows), nothing where that is rounding."""
        a = self.programme
        activity = (a.matrix @ points.T).T
        limit = np.clip(activity, a.row_lower, a.row_upper)
        missed: Floats = np.abs(activity - limit)
        return np.where(missed <= _KEPT * (1.0 + np.abs(limit)), 0.0, missed)

    def _slot(self, duals: Floats) -> int:
        """Where multipliers are, a free place or that of those used longest ago."""
        n = len(self._order)
        same = np.flatnonzero((self._duals[:n] == duals).all(axis=1))
        if len(same):
            return int(same[0])
        return n if n < len(self._ends) else self._order[0]

    def _touch(self, slot: int) -> None:
        if slot in self._order:
            self._order.remove(slot)
        self._order.append(slot)


def _least(reduced: Floats, lower: Floats, upper: Floats) -> Floats:
    """The least of ``reduced`` costs (one or more rows of them) over column bounds."""
    at = np.where(reduced > 0, lower, upper)
    free = (reduced == 0) | (np.isinf(at) & (np.abs(reduced) <= _NOTHING))
    out: Floats = (np.where(free, 0.0, reduced) * np.where(free, 0.0, at)).sum(axis=-1)
    return out


def weak(arrays: Arrays, duals: Floats, reduced: Floats, lower: Floats, upper: Floats) -> float:
    """What usable multipliers of all rows, which leave these ``reduced`` costs, prove of a programme under
    some column bounds (weak duality)."""
    ends = np.where(duals > 0, arrays.row_lower, arrays.row_upper)
    rows = float(duals @ np.where(duals == 0, 0.0, ends))
    return arrays.offset + rows + float(_least(reduced, lower, upper))


def usable(arrays: Arrays, duals: Floats) -> Floats:
    """Multipliers of all rows; those of the wrong sign would multiply an absent limit: they are dropped."""
    wrong = ((duals > 0) & np.isinf(arrays.row_lower)) | ((duals < 0) & np.isinf(arrays.row_upper))
    return np.where(wrong, 0.0, duals)
