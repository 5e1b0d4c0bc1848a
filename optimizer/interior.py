"""Relaxations by an interior point method, columns that are fixed left out."""

from __future__ import annotations

from typing import Any

import numpy as np

from .arrays import Arrays, Bools
from .clock import Clock
from .fixing import broken_by_fixed, without_fixed
from .highs import CLEANING, Outcome, Solver, Status

CORNER: dict[str, Any] = {"run_crossover": "on", "simplex_iteration_limit": CLEANING}
"""A vertex is looked for."""

ANYWHERE: dict[str, Any] = {"run_crossover": "off"}
"""Columns share what one could hold: good enough where only prices or sums count."""


def interior(arrays: Arrays, rows: Bools, clock: Clock, *ways: dict[str, Any], implied: Bools) -> Outcome:
    """An optimum of arrays with some rows: point and duals of the whole, duals of rows without a free column
    0.  Neither where none is found.

    The ``ways`` are options of HiGHS, each tried where the one before fails.  Fixed columns alone may break
    rows that others imply (``implied``), but no other one.
    """
    part, free, entered = without_fixed(arrays, rows)
    if broken_by_fixed(arrays, rows & ~entered & ~implied):
        return Outcome(Status.INFEASIBLE, None, None, None)
    outcome = Outcome(Status.ERROR, None, None, None)
    for options in ways:
        if outcome.status is Status.ERROR:
            outcome = Solver(part, solver="ipx", **options).run(clock)
    if outcome.status is not Status.OPTIMAL:
        return Outcome(outcome.status, None, None, None)
    x, duals = arrays.lower.copy(), np.zeros(len(arrays.row_lower))
    x[free] = outcome.values()
    if outcome.duals is not None:
        duals[entered] = outcome.duals
    return Outcome(outcome.status, x, arrays.objective(x), None, None, duals)
