"""One small linear programme, solved by HiGHS through scipy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linprog

from ..arrays import Floats

Rows = tuple[Any, Floats]
"""A matrix and its right-hand sides."""


@dataclass(frozen=True)
class Optimum:
    """An optimal point, and what a unit more of each limit on the ≤ rows would save (at least 0)."""

    x: Floats
    prices: Floats


def minimise(
    cost: Floats, lower: Floats, upper: Floats, *, at_most: Rows | None = None, equal: Rows | None = None
) -> Optimum | None:
    """An optimum of min cost·x with rows ``at_most`` and ``equal``; ``None`` where there is none."""
    options: dict[str, Any] = {}
    if at_most is not None and len(at_most[1]):
        options |= {"A_ub": at_most[0], "b_ub": at_most[1]}
    if equal is not None and len(equal[1]):
        options |= {"A_eq": equal[0], "b_eq": equal[1]}
    solve: Any = linprog
    outcome = solve(cost, bounds=np.column_stack([lower, upper]), **options)
    if outcome.status != 0:
        return None
    prices = -np.asarray(outcome.ineqlin.marginals, float) if "A_ub" in options else np.zeros(0)
    return Optimum(np.asarray(outcome.x, float), prices)
