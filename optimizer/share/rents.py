"""Prices at which no place earns more than it costs: then all of the cost lies on the firms.

What places earn beyond their cost is taken off a floor once, whatever the size of the coalition, so a floor
with such rents says little of small ones.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from ..arrays import Floats
from ..blocks import PLACES, SHARED, Blocks, Lagrangian
from ..clock import Clock
from ..highs import Ints, Solver

_COUPLING = ("openings", "least_openings", "sites", "rent_share")
"""Rows of the places that join them; without them every place stands alone."""

_ROUNDS = 12
_NOTHING = 1e-7
_SAFE = 1 - 1e-6


def without_rents(
    blocks: Blocks, lagrangian: Lagrangian, prices: Floats, limits: tuple[Floats, Floats], clock: Clock
) -> Floats:
    """``prices`` (one a row) with those that places live on lowered, place by place, until none gains.

    Dinkelbach's method on all places at once: where a place gains, its prices fall to what its best use
    costs over what that use earns.  Public rent money is handed to the firms at its full worth.
    """
    a, columns = blocks.arrays, blocks.blocks[-1].columns
    y = prices.copy()
    if "rent_budget" in a.rows:
        y[a.rows["rent_budget"]] = -1.0
    own = _own_rows(blocks)
    part = _components(blocks, columns, own)
    solver = Solver(blocks.local(blocks.blocks[-1], own, a.cost, a.row_lower[own], a.row_upper[own]))
    every = np.arange(len(columns))
    solver.set_bounds(every, limits[0][columns], limits[1][columns])
    shared = np.flatnonzero(blocks.row_owner == SHARED)
    touch = a.matrix[shared].tocsc()[:, columns].tocoo()
    count, rows, owner = int(part.max(initial=-1)) + 1, shared[touch.row], part[touch.col]
    scaled = y.copy()
    scale = np.ones(count)
    for _ in range(_ROUNDS):
        cost = lagrangian.cost(scaled)[columns]
        solver.set_costs(every, cost)
        x = solver.run(clock).x
        if x is None:
            return scaled
        base, gain = np.bincount(part, a.cost[columns] * x, count), np.bincount(part, cost * x, count)
        rented = gain < -_NOTHING * np.maximum(np.abs(base), 1.0)
        if not rented.any():
            break
        earned = base - gain
        scale[rented] *= _SAFE * np.clip(base[rented] / np.maximum(earned[rented], 1e-12), 0.0, 1.0)
        least = np.ones(len(y))
        np.minimum.at(least, rows, scale[owner])
        scaled = y * least
    return scaled


def _own_rows(blocks: Blocks) -> Ints:
    """Rows of the places alone that do not join several of them."""
    own = blocks.row_owner == PLACES
    for family in _COUPLING:
        if family in blocks.arrays.rows:
            own[blocks.arrays.rows[family]] = False
    return np.flatnonzero(own)


def _components(blocks: Blocks, columns: Ints, own: Ints) -> Ints:
    """The place that each column of the places' block belongs to, by number."""
    inside: csr_matrix = abs(blocks.by_column[:, columns].tocsr()[own])
    _, labels = connected_components(inside.T @ inside, directed=False)
    return np.asarray(labels, dtype=np.int64)
