"""Better prices where hubs are decided, from the regions once more.

Prices of a Lagrangian bound are improved one group of rows at a time (block coordinate ascent): what money
costs every firm under the prices so far is held, and the regions' goods are relaxed at these costs, with the
hubs as they are decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from .arrays import Floats
from .blocks import Blocks
from .clock import Clock
from .hubs import HUB_ROWS
from .regional import Flow, RegionGoods, prices_of_flows


def leaf_prices(
    blocks: Blocks,
    regions: Sequence[RegionGoods],
    duals: Floats,
    prices: Floats,
    levels: Mapping[str, str | None],
    clock: Clock,
    threads: int = 1,
    room: float = 1.0,
) -> Floats | None:
    """Prices of all rows (duals in sign) for hubs with ``levels``, ``None`` for one that is shut.

    ``duals`` are the multipliers of all rows under the ``prices`` so far, of which those of hubs and of money
    are kept; there are ``room`` times as many of all places.  ``None`` where time is too short for one of the
    ``regions``.
    """
    arrays = blocks.arrays
    of_goods = arrays.rows_of({family for region in regions for family in region.arrays.rows})
    cost = arrays.cost - arrays.matrix.T @ np.where(of_goods, 0.0, duals)

    def relax(region: RegionGoods) -> Flow | None:
        return region.relax_at(arrays, cost, levels, clock, room)

    with ThreadPoolExecutor(threads) as pool:
        found = [flow for flow in pool.map(relax, regions) if flow is not None]
    if len(found) < len(regions):
        return None
    fresh = prices_of_flows(blocks.index, arrays, found)
    return np.where(of_goods & ~arrays.rows_of(HUB_ROWS), fresh, prices)
