"""Better prices where hubs are decided, from the regions once more.

Prices of a Lagrangian bound are improved one group of rows at a time (block coordinate ascent): what money
costs every firm under the prices so far is held, and the regions' goods are relaxed at these costs, with the
hubs as they are decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .arrays import Bools, Floats
from .blocks import Blocks
from .clock import Clock
from .hubs import HUB_ROWS
from .kernel import at_money, flows_of, goods_rows, within
from .regional import Flow, RegionGoods, prices_of_flows


def relaxed_flows(
    blocks: Blocks,
    regions: Sequence[RegionGoods],
    duals: Floats,
    levels: Mapping[str, str | None],
    clock: Clock,
    threads: int = 1,
    room: float = 1.0,
    kept: Bools | None = None,
) -> list[Flow] | None:
    """The relaxations of all regions at what money costs each firm under some ``duals`` of all rows, hubs
    decided as in ``levels`` (``None``: shut), with ``room`` times as many of all places; ``None`` where time
    is too short for one of them.  Goods go in columns ``kept`` first, in all where those are too few."""
    whole = at_money(blocks, regions, duals)
    narrow = whole if kept is None else within(blocks, whole, kept)

    def relax(region: RegionGoods) -> Flow | None:
        return None if clock.stopped else region.relax_with(levels, clock, room)

    return flows_of(narrow, whole, relax, threads)


def with_flows(
    blocks: Blocks, regions: Sequence[RegionGoods], prices: Floats, flows: Sequence[Flow]
) -> Floats:
    """Prices of all rows, those of goods from some flows of the regions; those of hubs and money are kept."""
    arrays = blocks.arrays
    of_goods = goods_rows(arrays, regions)
    fresh = prices_of_flows(blocks.index, arrays, flows)
    return np.where(of_goods & ~arrays.rows_of(HUB_ROWS), fresh, prices)


def leaf_prices(
    blocks: Blocks,
    regions: Sequence[RegionGoods],
    duals: Floats,
    prices: Floats,
    levels: Mapping[str, str | None],
    clock: Clock,
    threads: int = 1,
    room: float = 1.0,
    kept: Bools | None = None,
) -> Floats | None:
    """Prices of all rows (duals in sign) for hubs with ``levels``, ``None`` for one that is shut.

    ``duals`` are the multipliers of all rows under the ``prices`` so far, of which those of hubs and of money
    are kept; there are ``room`` times as many of all places, and goods go in columns ``kept``.  ``None``
    where time is too short for one of the ``regions``.
    """
    flows = relaxed_flows(blocks, regions, duals, levels, clock, threads, room, kept)
    return None if flows is None else with_flows(blocks, regions, prices, flows)
