"""What whole leases and containers add to a bound by firm, region by region.

Under multipliers of the rows that regions share with each other and with firms' money, each region's goods
are a programme of their own.  Lagrangian decomposition (Geoffrion, Mathematical Programming Study 2, 1974)
bounds better than the relaxation where such a programme is solved in whole numbers: by what this costs more.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from .arrays import Arrays, Bools, Floats
from .blocks import row_owners
from .clock import Clock
from .highs import Ints, Solver, Status
from .regional import RegionGoods
from .relaxation import LAZY

_GAP = 2e-3
"""Relative gap of a region's programme in whole numbers at which it is good enough."""

_MOST, _SECONDS = 6_000, 10.0
"""Columns of the largest programme that is tried, and how long.  Measured: 4,100 columns gain 0.8 % of their
bound in 12 s, programmes of 12,000 and more next to nothing in 40 s."""

_COMMON = -1


@dataclass(frozen=True)
class Part:
    """Columns that one region has to itself, and the rows of these alone."""

    columns: Ints
    rows: Ints


def parts_of(arrays: Arrays, regions: Sequence[RegionGoods]) -> list[Part]:
    """The part of each region that is small enough; what regions share is in none."""
    owner, times = np.full(len(arrays.cost), _COMMON), np.zeros(len(arrays.cost), dtype=np.int64)
    for number, region in enumerate(regions):
        columns = region.columns_in(arrays)
        owner[columns], times[columns] = number, times[columns] + 1
    owner[times > 1] = _COMMON
    of_row = row_owners(arrays.matrix, owner, _COMMON)
    parts = [Part(np.flatnonzero(owner == n), np.flatnonzero(of_row == n)) for n in range(len(regions))]
    return [p for p in parts if len(p.columns) <= _MOST and arrays.integer[p.columns].any()]


def whole_numbers(
    arrays: Arrays, parts: Sequence[Part], duals: Floats, x: Floats, clock: Clock, threads: int
) -> float:
    """What the whole numbers of all parts add to the bound that ``duals`` of all rows prove.

    ``x`` uses what is likely to be used: lazy rows without a dual are left out where it uses one of their
    columns at most.
    """
    used = arrays.matrix.astype(bool).astype(int) @ (x > 0)
    listed = ~arrays.rows_of(LAZY) | (duals != 0) | (used > 1)
    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(lambda part: _gain(_local(arrays, part, duals, listed), clock), parts))


def _gain(local: Arrays, clock: Clock) -> float:
    """Optimum of a programme, or what is proven of it when time is up, less that of its relaxation; 0 where
    neither is known."""
    limit = clock.part(_SECONDS)
    relaxed = Solver(local).run(limit)
    if relaxed.status is not Status.OPTIMAL or relaxed.objective is None:
        return 0.0
    whole = Solver(local, integral=True, mip_rel_gap=_GAP).run(limit)
    return max(0.0, -np.inf if whole.bound is None else whole.bound - relaxed.objective)


def _local(arrays: Arrays, part: Part, duals: Floats, listed: Bools) -> Arrays:
    """A part's programme under the duals of all rows outside it."""
    rows, outside = part.rows[listed[part.rows]], duals.copy()
    outside[part.rows] = 0.0
    local = arrays.part(rows, part.columns)
    return replace(local, cost=local.cost - arrays.matrix[:, part.columns].T @ outside)
