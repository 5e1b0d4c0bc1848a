"""Prices of what firms share: from one linear programme of the joint model, or region by region."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from ..arrays import Floats
from ..clock import Clock
from ..highs import Solver, Status
from ..places import ROOM
from ..regional import RegionGoods, prices_of_flows
from .floors import Floors, Leaf


def joint_prices(floors: Floors, leaf: Leaf, clock: Clock) -> Floats | None:
    """Duals of the relaxation of the joint model in which there is as much of every place as is paid for.

    So all of the cost is put on the firms, none is left as a rent of scarcity.  The leaf's hubs are open or
    shut.  ``None`` where the clock stops it, or where nothing is feasible.
    """
    a = floors.arrays
    lower, upper, row_lower, row_upper = (v.copy() for v in (a.lower, a.upper, a.row_lower, a.row_upper))
    for component in ROOM:
        upper[a.columns[component]] = np.inf
    for family in ("one_level", "openings", "sites", "operator_balance"):
        if family in a.rows:
            row_upper[a.rows[family]] = np.inf
            row_lower[a.rows[family]] = -np.inf
    for i, hub in enumerate(a.row_keys["one_level"]):
        if hub in leaf.opened:
            row_lower[a.rows["one_level"].start + i] = 1.0
    for (hub, _), j in a.place("hub").items():
        if hub in leaf.shut:
            upper[j] = 0.0
    wide = replace(a, lower=lower, upper=upper, row_lower=row_lower, row_upper=row_upper)
    needed = np.ones(len(row_lower), dtype=bool)
    if "market_link" in a.rows:
        needed[a.rows["market_link"]] = False  # implied by `link`, and dense
    rows = np.flatnonzero(needed)
    outcome = Solver(wide, rows=rows, solver="ipx", run_crossover="off").run(clock)
    if outcome.status is not Status.OPTIMAL or outcome.duals is None:
        return None
    duals = np.zeros(len(row_lower))
    duals[rows] = outcome.duals
    return duals


def region_prices(models: Sequence[RegionGoods], floors: Floors, clock: Clock, threads: int = 1) -> Floats:
    """Duals of each region's goods relaxation: quick, blind to financing.

    Regions that the clock leaves out have no prices but those of the lanes.
    """
    with ThreadPoolExecutor(threads) as pool:
        flows = list(pool.map(lambda model: model.relax(clock, rounds=2), models))
    prices = prices_of_flows(floors.index, floors.arrays, filter(None, flows))
    if "rent_share" in floors.arrays.rows:
        prices[floors.arrays.rows["rent_share"]] = -1.0
    return prices
