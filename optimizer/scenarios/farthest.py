"""The places farthest away from those of some plans, within a budget, as one mixed-integer programme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...instances.network import Network
from ..arrays import Arrays, Floats
from ..clock import Clock
from ..highs import Solver
from .goods import unit_m3
from .rows import Additions, differences

USED = 0.01
"""A warehouse counts as opened where at least this part of all goods goes through it."""

_WHOLE = ("lease", "site", "hub", "source")
"""Whole-number decisions about places; containers may be parts of containers while places are sought."""


def volumes(network: Network, arrays: Arrays) -> dict[int, dict[int, float]]:
    """Site column -> its deliveries as shares of all goods."""
    m3 = unit_m3(network)
    sites, out = arrays.place("site"), dict[int, dict[int, float]]()
    bounds = {key: m3[key[0]] * arrays.upper[j] for key, j in arrays.place("deliver").items()}
    wanted = {(p, m, t): v for (p, _, m, t), v in bounds.items()}
    total = sum(wanted.values()) or 1.0
    for key, j in arrays.place("deliver").items():
        if key[1] in sites:
            out.setdefault(sites[key[1]], {})[j] = m3[key[0]] / total
    return out


def farthest(
    arrays: Arrays,
    sites: Sequence[int],
    seen: Sequence[Floats],
    budget: float,
    volume: dict[int, dict[int, float]],
    clock: Clock,
) -> Floats | None:
    """A point within a budget whose places differ as much as possible from all points seen, at least by one.

    The least of the differences counts most, their sum breaks ties.  A warehouse that none of them uses must
    let through a part of the goods (``volume``: shares by its deliveries) to count.
    """
    added = Additions(replace(arrays, cost=np.zeros(len(arrays.cost))))
    least = added.column(upper=float(len(sites)), cost=-1.0)
    tie = np.zeros(len(arrays.cost) + 1)
    for x in seen:
        terms, constant = differences(sites, x)
        added.row({**terms, least: -1.0}, lower=-constant)
        for j, sign in terms.items():
            tie[j] -= 0.5 * sign / (len(sites) * len(seen) + 1)
    for j, shares in volume.items():
        if not any(x[j] > 0.5 for x in seen):
            added.row({**shares, j: -USED}, lower=0.0)
    scale = max(abs(budget - arrays.offset), 1.0)
    costs = {int(j): float(arrays.cost[j]) / scale for j in np.flatnonzero(arrays.cost)}
    added.row(costs, upper=(budget - arrays.offset) / scale)
    ready = added.made()
    whole = ready.integer & ready.columns_of(_WHOLE)
    ready = replace(ready, cost=ready.cost + tie, offset=0.0, integer=whole)
    solver = Solver(ready, integral=True, mip_rel_gap=0.01)
    solver.start(np.r_[seen[0], 0.0])
    outcome = solver.run(clock)
    if outcome.x is None or outcome.x[least] < 0.5:
        return None
    return outcome.x[: len(arrays.cost)]
