"""Places given, everything else planned again: firms one group after the other, as in ``decomposition``,
but with no search for other places and no bound."""

from __future__ import annotations

import numpy as np

from ...models.index import Index
from ..arrays import LARGE, Arrays, Floats
from ..assembly import Assembly
from ..blocks import Blocks
from ..centre import centre
from ..fixing import goods_values
from ..freight import lane_prices
from ..places import Places, busy, places_of
from ..search import Search

PASSES = 3
"""Most times that all firms are planned again."""

BETTER = 1e-3
"""A pass that lowers the cost by less than this share is the last."""

_DECIDED = ("lease", "hub")


def settled(before: Arrays, after: Arrays) -> bool:
    """Whether a large model is amended in its bounds only, with every lease and hub level decided."""
    if len(after.cost) <= LARGE or after.matrix.shape != before.matrix.shape:
        return False
    return bool((after.lower == after.upper)[after.columns_of(_DECIDED)].all())


def replanning(search: Search) -> None:
    """Plan all firms again in the goods and containers of the plan to start from."""
    plan = search.start
    if plan is None or not plan.tables:
        return
    search.enter("firms planned again")
    search.arrays = centre(search.model, search.arrays)
    arrays, assembly = search.arrays, Assembly(Blocks(search.model, search.arrays), search.threads)
    goods = goods_values(arrays, plan.tables, all_known=False)
    places = places_of(arrays, np.where(arrays.columns_of(_DECIDED), arrays.lower, goods))
    if not goods[arrays.columns["ship"]].any():
        goods = assembly.shaped(places, goods, search.clock)
    before, x = np.inf, assembly.build(places, goods, search.clock)
    if x is None and not search.over:  # what is booked does not hold the goods: firms pay for room instead
        prices = lane_prices(search.model.index, arrays)
        x = assembly.build(places, goods, search.clock, prices)
    for _ in range(PASSES):
        if x is None:
            return
        x, places = _without_idle(search.model.index, arrays, x, places)
        search.offer(x, "firms planned again")
        value = arrays.objective(x)
        if search.over or value > before - BETTER * abs(before):
            return
        before, x = value, assembly.build(places, x, search.clock)


def _without_idle(ix: Index, arrays: Arrays, x: Floats, places: Places) -> tuple[Floats, Places]:
    """Warehouses that nothing uses are not open, so that their set-up is not paid."""
    used, out = busy(ix, arrays, x), x.copy()
    for w, j in arrays.place("site").items():
        if w not in used and w not in ix.leased:
            out[j] = arrays.lower[j]
    return out, places_of(arrays, out)
