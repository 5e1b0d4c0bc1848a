"""Places first, then prices, firms and the bound.

1. Hubs and leases by local search on landed costs; goods sent by the prices of lanes, exact containers,
   accounts: a first plan.
2. Each region's relaxation gives prices for what firms share; regions share nothing but hubs and money.
3. Branch and bound over hubs with the Lagrangian bound by group of firms, goods and money together,
   under those prices.  Its best leaf is the bound, and the hubs to try.
4. Goods and money of all firms at once, whole numbers kept, beside 2 and 3 where a small gap is asked for
   and there is time; else group after group of firms in the best flows of each region's goods.
5. Other leases and warehouses, region by region, where they make the flows cheaper; firms again while that
   helps.
6. The whole model from the best plan, for whatever time is left.
"""

from __future__ import annotations

from collections.abc import Callable

from ..search import Search
from .monolith import monolith
from .phases import Phases


def decomposition(search: Search) -> None:
    """Find places, plan firms, bound, improve; what time is left goes to the whole model."""
    work = Phases(search)
    if not work.joint:
        work.relax()
    begin = work.begin()
    if not work.joint:
        _each_of(search, *begin, work.vary, work.neighbours)
    else:
        _each_of(search, *begin[:1])
        if not search.over and work.apart:
            work.beside(work.price, work.bound)
        if not work.jointly.known:
            _each_of(search, *begin[1:2], work.price, work.branch, *begin[2:])
        _each_of(search, work.branch, work.together, work.branch, work.reorder, work.vary)
        _while_better(search, work.improve, work.together, work.branch, work.neighbours)
    if not search.over:
        monolith(search)


def _each_of(search: Search, *steps: Callable[[], object]) -> None:
    for step in steps:
        if not search.over:
            step()


def _while_better(search: Search, *steps: Callable[[], object]) -> None:
    """All steps again and again, while they find a better plan or bound."""
    before = None
    while not search.over and before != (search.objective, search.bound):
        before = (search.objective, search.bound)
        _each_of(search, *steps)
