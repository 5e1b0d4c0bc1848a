"""How many of some binary columns must be 1 at least: rows that the continuous relaxation does not know.

The least sum of such columns over the relaxation, rounded up, is a rounding cut (Chvátal, Discrete Mathematics
1973).  Where all goods pass sites of limited size it says how many sites there are at least, whichever products
and stages ask for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from .arrays import Arrays, Floats
from .certificate import Certificate, Leaf, root
from .clock import Clock
from .highs import Ints, Outcome, Status
from .relaxation import Relaxation

WHOLE = 1e-4
"""A sum this near to a whole number counts as one: nothing is rounded up for a solver's tolerance."""

NOTHING = 1e-12
"""Multipliers of rows, relative to the largest, below which they are noise."""


@dataclass(frozen=True)
class Count:
    """At least ``least`` of ``columns`` are 1; ``multipliers`` add rows up to ``a·x ≥ b``, which shows it."""

    columns: Ints
    least: int
    multipliers: Floats


def counts(relaxation: Relaxation, found: Outcome, clock: Clock) -> list[Count]:
    """Counts that the relaxation's point breaks; its solver is put back as it was.

    Only sums of one kind of decision are tried, and only where the point uses a fraction of one.
    """
    broken, x = list[Count](), found.values()
    for columns in _kinds(relaxation.arrays):
        total = float(x[columns].sum())
        if abs(total - round(total)) < WHOLE or clock.stopped:
            continue
        count = _least(relaxation, columns, clock)
        if count is not None and count.least > total + WHOLE:
            broken.append(count)
    return broken


def _kinds(arrays: Arrays) -> list[Ints]:
    """Binary columns component by component."""
    binary = arrays.integer & (arrays.lower >= 0) & (arrays.upper <= 1)
    kinds = (np.arange(part.start, part.stop) for part in arrays.columns.values())
    return [columns[binary[columns]] for columns in kinds if binary[columns].any()]


def _least(relaxation: Relaxation, columns: Ints, clock: Clock) -> Count | None:
    arrays, solver = relaxation.arrays, relaxation.solver
    every, ones = np.arange(len(arrays.cost)), np.zeros(len(arrays.cost))
    ones[columns] = 1.0
    basis = solver.basis
    solver.set_costs(every, ones)
    outcome = solver.run(clock)
    solver.set_costs(every, arrays.cost)
    solver.start_from(basis)
    if outcome.status is not Status.OPTIMAL or outcome.duals is None or outcome.x is None:
        return None
    multipliers = np.zeros(len(arrays.row_lower))
    multipliers[relaxation.rows] = outcome.duals
    multipliers[np.abs(multipliers) <= NOTHING * np.abs(multipliers).max(initial=0.0)] = 0.0
    return Count(columns, int(np.ceil(outcome.x[columns].sum() - WHOLE)), multipliers)


def with_counts(arrays: Arrays, found: Sequence[Count]) -> Arrays:
    """The arrays with counts as further rows below."""
    above, size = len(arrays.row_lower), len(found)
    lists = [count.columns for count in found]
    start = np.cumsum([0, *map(len, lists)])
    parts = (np.ones(start[-1]), np.concatenate(lists), start)
    below = sparse.csr_matrix(parts, shape=(size, len(arrays.cost)))
    return replace(
        arrays,
        matrix=sparse.csr_matrix(sparse.vstack([arrays.matrix, below])),
        row_lower=np.append(arrays.row_lower, [float(count.least) for count in found]),
        row_upper=np.append(arrays.row_upper, np.full(size, np.inf)),
        rows={**arrays.rows, "least": slice(above, above + size)},
        row_keys={**arrays.row_keys, "least": list(range(size))},
        _places={},
    )


def certified(arrays: Arrays, found: Sequence[Count], rows: Ints, duals: Floats) -> Certificate:
    """The certificate of a relaxation of ``with_counts(arrays, found)``, for the arrays without them."""
    above = len(arrays.row_lower)
    own = rows < above
    proof = root(arrays, rows[own], duals[own])
    if not found:
        return proof
    weights = tuple(
        (int(row) - above, float(dual)) for row, dual in zip(rows[~own], duals[~own], strict=True)
    )
    cuts = sparse.csr_matrix(np.array([count.multipliers for count in found]))
    return replace(proof, cuts=cuts, leaves=(Leaf((), 0, counts=weights),))
