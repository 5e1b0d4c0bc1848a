"""Whole numbers rounded up, and the best of everything else around them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .arrays import Arrays
from .clock import Clock
from .highs import Solver, Status
from .search import Search


def round_up(search: Search, arrays: Arrays, clock: Clock, source: str) -> bool:
    """Offer the optimum of the relaxation of ``arrays`` (the search's, maybe with closer bounds) with its
    whole numbers rounded up; where ``arrays`` are the search's own, that optimum is a bound.

    Says whether a plan came of it.
    """
    near = Solver(arrays).run(clock)
    if near.x is None or near.status is not Status.OPTIMAL:
        return False
    if arrays is search.arrays:
        search.raise_bound(near.objective)
    up = np.clip(np.ceil(near.x - 1e-6), arrays.lower, arrays.upper)
    held = arrays.integer
    closer = replace(
        arrays,
        lower=np.where(held, up, arrays.lower),
        upper=np.where(held, up, arrays.upper),
        _places={},
    )
    final = Solver(closer).run(clock).x
    return final is not None and search.offer(final, source)
