"""A plan of the same or of a similar network as the first plan of a search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from ..instances.tables import Loan
from .arrays import LARGE, Arrays, Bools, Floats
from .highs import Solver
from .plan import Plan
from .point import funders_of, point_of
from .search import FEASIBILITY, Search

_DECIDED = {
    "lease": ("leases", ["warehouse", "tier", "start"]),
    "site": ("sites", ["warehouse"]),
    "hub": ("hubs", ["hub", "level"]),
    "admit": ("admissions", ["firm", "funder"]),
}

SHARE = 0.3
"""Most of the time left that a start may take."""


def warm(search: Search, plan: Plan) -> bool:
    """Offer ``plan`` itself where it fits, and what it decides about places and on-boarding, with the best
    of everything else around it.

    Containers are first taken in parts, then rounded up.  Decisions that this network does not know are left
    out.  Large networks with several firms are left to ``decomposition``.  Says whether a plan came of it.
    """
    if plan.objective is None or not plan.tables:
        return False
    arrays, clock = search.arrays, search.clock.part(SHARE * min(search.clock.remaining, 1e6))
    search.enter("start", "from the plan given")
    kept = _as_it_is(search, plan)
    if len(arrays.cost) > LARGE:
        return kept
    held, x = _decided(arrays, plan.tables)
    near = Solver(_held(arrays, held, x)).run(clock).x
    if near is None:
        return kept
    whole = arrays.integer
    y = np.where(held, x, np.ceil(near - 1e-6))
    final = Solver(_held(arrays, whole, np.clip(y, arrays.lower, arrays.upper))).run(clock).x
    return (final is not None and search.offer(final, "the plan given, brought up to date")) or kept


def _as_it_is(search: Search, plan: Plan) -> bool:
    """Offer the plan unchanged, where this network knows all it decides and still allows it."""
    try:
        x = point_of(search.arrays, plan.tables, funders_of(search.network.rows(Loan)))
    except KeyError:
        return False
    return search.violation(x) <= FEASIBILITY and search.offer(x, "the plan given")


def _decided(arrays: Arrays, tables: Mapping[str, pd.DataFrame]) -> tuple[Bools, Floats]:
    """Which columns are held, and at what: every place and on-boarding, 1 where the plan has it."""
    held, x = np.zeros(len(arrays.cost), dtype=bool), np.zeros(len(arrays.cost))
    for component, (table, columns) in _DECIDED.items():
        if component in arrays.columns:
            held[arrays.columns[component]] = True
            at = arrays.place(component)
            for key in tables[table][columns].itertuples(index=False, name=None):
                if (j := at.get(key if len(key) > 1 else key[0])) is not None:
                    x[j] = 1.0
    return held, np.clip(x, arrays.lower, arrays.upper)


def _held(arrays: Arrays, held: Bools, x: Floats) -> Arrays:
    return replace(
        arrays, lower=np.where(held, x, arrays.lower), upper=np.where(held, x, arrays.upper), _places={}
    )
