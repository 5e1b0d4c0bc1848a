"""Better prices for the bound by firm: the volume algorithm (Barahona and Anbil 2000)."""

from __future__ import annotations

import numpy as np

from .arrays import Arrays, Floats
from .assembly import LINES
from .blocks import SHARED, Blocks, Lagrangian
from .clock import Clock

_SHARE = 0.15
"""Weight of the newest point in the average of points."""

_STEP, _LONGER, _SHORTER, _PATIENCE = 0.02, 1.1, 0.7, 4

_LINE = 3e-3
"""Size of a price of money: what a loan may save per period, as a share of it."""

_FIXED = ("volume", "weight")
"""Freight has a price on the market; another one would book containers without end."""


class Ascent:
    """Prices on the shared rows, raised step by step under given column bounds."""

    def __init__(self, blocks: Blocks, lagrangian: Lagrangian, prices: Floats, limits: tuple[Floats, Floats]):
        a: Arrays = blocks.arrays
        self._lagrangian, self._limits = lagrangian, limits
        self._rows = np.flatnonzero(blocks.row_owner == SHARED)
        self._matrix = a.matrix[self._rows]
        low, high = a.row_lower[self._rows], a.row_upper[self._rows]
        self._negative = np.isinf(low)
        self._positive = np.isinf(high)
        self._limit = np.where(np.isinf(high), low, high)
        self.prices, self.bound = prices.copy(), -np.inf
        self._scale = self._scales(a, prices)[self._rows]

    def _scales(self, arrays: Arrays, prices: Floats) -> Floats:
        """How large the price of each row may well be."""
        out = np.zeros(len(prices))
        for family, place in arrays.rows.items():
            size = np.abs(prices[place])
            out[place] = size + 0.02 * size.max(initial=0.0)
            if family in LINES:
                out[place] = np.maximum(out[place], _LINE)
            elif family in _FIXED:
                out[place] = 0.0
        return out

    def run(self, target: float, clock: Clock, threads: int, steps: int, enough: float = np.inf) -> Floats:
        """The best prices after some steps towards a bound of ``target``, or once theirs is ``enough``;
        ``bound`` is theirs."""
        self.bound, mean = self._bound(self.prices, clock, threads)
        theta, failed = _STEP, 0
        for _ in range(steps):
            direction = self._direction(mean)
            length = float(self._scale**2 * direction @ direction)
            if clock.stopped or length <= 0 or min(target, enough) <= self.bound:
                break
            trial = self._moved(theta * (target - self.bound) / length * self._scale**2 * direction)
            bound, point = self._bound(trial, clock, threads)
            mean = (1 - _SHARE) * mean + _SHARE * point
            if bound > self.bound:
                ahead = float(self._scale**2 * direction @ self._slack(point)) > 0
                theta, failed = theta * (_LONGER if ahead else 1.0), 0
                self.bound, self.prices = bound, trial
            else:
                failed += 1
                if failed == _PATIENCE:
                    theta, failed = theta * _SHORTER, 0
        return self.prices

    def _bound(self, prices: Floats, clock: Clock, threads: int) -> tuple[float, Floats]:
        bound, point = self._lagrangian.bound(prices, clock, threads, self._limits)
        return (-np.inf if bound is None else bound), point

    def _slack(self, point: Floats) -> Floats:
        out: Floats = self._limit - self._matrix @ point
        return out

    def _direction(self, mean: Floats) -> Floats:
        """Where the bound rises: rows broken on average become dearer, slack ones cheaper."""
        slack, y = self._slack(mean), self.prices[self._rows]
        idle = (self._negative & (y >= 0) & (slack > 0)) | (self._positive & (y <= 0) & (slack < 0))
        return np.where(idle, 0.0, slack)

    def _moved(self, step: Floats) -> Floats:
        y = self.prices[self._rows] + step
        y = np.where(self._negative & ~self._positive, np.minimum(y, 0.0), y)
        y = np.where(self._positive & ~self._negative, np.maximum(y, 0.0), y)
        out = self.prices.copy()
        out[self._rows] = y
        return out
