"""How many of some binary columns must be 1 at least: rows that the continuous relaxation does not know.

The relaxation's rows, added up so that the sum of such columns is least, say that their sizes hold some need:
a surrogate row.  How many of the largest hold it is a rounding cut (Chvátal, Discrete Mathematics 1973).
Where all goods pass sites of limited size it is the fewest sites, by whichever products and stages ask for
most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from .arrays import Arrays, Floats
from .certificate import Certificate, Leaf, root
from .clock import Clock
from .highs import Ints, Outcome, Solver, Status
from .relaxation import Relaxation

WHOLE = 1e-4
"""A sum this near to a whole number counts as one."""

NOISE = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7)
"""Sizes of multipliers, relative to the largest, below which they may be noise; the first that shows most
is used."""

MARGIN = 1e-7
"""Share of a surrogate row given up for rounding."""


@dataclass(frozen=True)
class Count:
    """At least ``least`` of ``columns`` are 1; ``multipliers`` add rows up to ``a·x ≥ b``, which shows it."""

    columns: Ints
    least: int
    multipliers: Floats


def counts(relaxation: Relaxation, found: Outcome, clock: Clock) -> list[Count]:
    """Counts that the relaxation's point breaks.

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
    """By interior points: nothing but the sum costs, and simplex methods lose their way among equals."""
    arrays, ones = relaxation.arrays, np.zeros(len(relaxation.arrays.cost))
    ones[columns] = 1.0
    priced = replace(arrays, cost=ones, offset=0.0, _places={})
    outcome = Solver(priced, rows=relaxation.rows, solver="ipm", run_crossover="off").run(clock)
    if outcome.status is not Status.OPTIMAL or outcome.duals is None:
        return None
    multipliers = np.zeros(len(arrays.row_lower))
    multipliers[relaxation.rows] = outcome.duals
    return _cleaned(arrays, columns, multipliers)


def _cleaned(arrays: Arrays, columns: Ints, multipliers: Floats) -> Count:
    """The count by as few multipliers as show as much: noise, and rows that only say a limit in other words,
    would make a proof count columns of other kinds too."""
    size, best = np.abs(multipliers), Count(columns, 0, 0 * multipliers)
    for noise in NOISE:
        kept = np.where(size <= noise * size.max(initial=0.0), 0.0, multipliers)
        least = shown(arrays, columns, kept)
        best = Count(columns, least, kept) if least > best.least else best
    for part in arrays.rows.values():
        fewer = best.multipliers.copy()
        fewer[part] = 0.0
        if best.multipliers[part].any() and shown(arrays, columns, fewer) >= best.least:
            best = replace(best, multipliers=fewer)
    return best


def shown(arrays: Arrays, columns: Ints, multipliers: Floats) -> int:
    """How many of some binary columns must be 1, by rows added up to ``a·x ≥ b``: the largest ``a`` of them
    have to make up what all other columns cannot."""
    side = np.where(multipliers > 0, arrays.row_lower, arrays.row_upper)
    used = (multipliers != 0) & np.isfinite(side)
    y = np.where(used, multipliers, 0.0)
    a, other = arrays.matrix.T @ y, np.ones(len(arrays.cost), dtype=bool)
    other[columns] = False
    other &= a != 0
    most = np.where(a[other] > 0, arrays.upper[other], arrays.lower[other])
    need = y[used] @ side[used] - a[other] @ most
    reach = np.cumsum(np.sort(np.maximum(a[columns], 0.0))[::-1])
    need -= MARGIN * max(abs(need), reach[-1])
    return int(np.searchsorted(reach, need)) + 1 if need > 0 else 0


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
