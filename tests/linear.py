"""A mixed-integer linear programme, solved by plain branching over SciPy's ``linprog``."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

CONST = -1
Expr = dict[int, float]


def total(*terms: tuple[float, Expr]) -> Expr:
    """Sum of factor times expression."""
    out: Expr = defaultdict(float)
    for factor, expr in terms:
        for k, v in expr.items():
            out[k] += factor * v
    return dict(out)


def times(factor: float, expr: Expr) -> Expr:
    """A multiple of an expression."""
    return {k: factor * v for k, v in expr.items()}


def const(value: float) -> Expr:
    """A fixed number."""
    return {CONST: value}


class Problem:
    """Columns, rows and lines of a mixed-integer linear programme."""

    def __init__(self) -> None:
        self.low: list[float] = []
        self.high: list[float] = []
        self.whole: list[int] = []
        self.rows: list[tuple[Expr, float, float]] = []
        self.cost: Expr = {}

    def var(self, high: float = math.inf, low: float = 0.0, whole: bool = False) -> Expr:
        """A new column."""
        self.low.append(low)
        self.high.append(high)
        if whole:
            self.whole.append(len(self.low) - 1)
        return {len(self.low) - 1: 1.0}

    def row(self, left: Expr, low: float = -math.inf, high: float = math.inf) -> None:
        """``low <= left <= high``."""
        self.rows.append((left, low, high))

    def at_most(self, left: Expr, right: Expr) -> None:
        """``left <= right``."""
        self.row(total((1, left), (-1, right)), high=0.0)

    def equal(self, left: Expr, right: Expr) -> None:
        """``left = right``."""
        self.row(total((1, left), (-1, right)), 0.0, 0.0)

    def solve(self) -> float | None:
        """The optimum by depth-first branching, or ``None`` when nothing is feasible."""
        self._matrix()
        self._best: float = math.inf
        self._branch(np.array(self.low), np.array(self.high))
        return None if self._best == math.inf else self._best

    def _matrix(self) -> None:
        n = len(self.low)
        entries, rhs = [], []
        for left, low, high in self.rows:
            shift = left.get(CONST, 0.0)
            for sign, limit in ((1.0, high), (-1.0, -low)):
                if math.isfinite(limit):
                    entries += [(len(rhs), k, sign * v) for k, v in left.items() if k != CONST and v]
                    rhs.append(limit - sign * shift)
        i, j, v = zip(*entries, strict=True) if entries else ((), (), ())
        self._a = csr_matrix((v, (i, j)), shape=(len(rhs), n))
        self._b = np.array(rhs)
        self._c = np.array([self.cost.get(k, 0.0) for k in range(n)])

    def _branch(self, low: np.ndarray, high: np.ndarray) -> None:
        bounds = np.column_stack([low, high])
        answer = linprog(self._c, A_ub=self._a, b_ub=self._b, bounds=bounds, method="highs")
        if answer.status == 2:
            return None
        assert answer.status == 0, answer.message
        value = answer.fun + self.cost.get(CONST, 0.0)
        if value >= self._best - 1e-9 * max(1.0, abs(self._best)):
            return None
        k, off = max(
            ((k, abs(answer.x[k] - round(answer.x[k]))) for k in self.whole if low[k] < high[k]),
            key=lambda pair: pair[1],
            default=(-1, 0.0),
        )
        if k < 0:
            self._best = value
            return None
        if off < 1e-7:
            return self._fix(low, high, answer.x)
        down, up = high.copy(), low.copy()
        down[k], up[k] = math.floor(answer.x[k]), math.ceil(answer.x[k])
        sides = [(low, down), (up, high)]
        for side in sides if answer.x[k] % 1 < 0.5 else reversed(sides):
            self._branch(*side)
        return None

    def _fix(self, low: np.ndarray, high: np.ndarray, x: np.ndarray) -> None:
        """Solve again with the integers held, so that none is off by a tolerance."""
        low, high = low.copy(), high.copy()
        low[self.whole] = high[self.whole] = np.round(x[self.whole])
        self._branch(low, high)
