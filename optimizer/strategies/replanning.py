"""Places given, everything else planned again: firms one group after the other, as in ``decomposition``,
but with no search for other places and no bound."""

from __future__ import annotations

from typing import cast

import numpy as np

from ..arrays import LARGE, Arrays, Floats
from ..assembly import Assembly
from ..blocks import Blocks
from ..centre import centre
from ..fixing import goods_values
from ..places import places_of
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
    before, x = np.inf, cast("Floats | None", goods)
    for _ in range(PASSES):
        if search.over or x is None:
            return
        x = assembly.build(places, x, search.clock)
        if x is None or arrays.objective(x) > before - BETTER * abs(before):
            return
        before = arrays.objective(x)
        search.offer(x, "firms planned again")
