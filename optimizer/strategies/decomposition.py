"""Places first, then all firms in them, prices, the bound, and other places.

1. Hubs and leases by local search on landed costs; goods sent by the prices of lanes, exact containers,
   accounts: a first plan.
2. Goods and money of all firms at once in these places, on the columns that matter, whole numbers kept.
3. Each region's relaxation, at what money costs each firm in these places, gives prices for what firms share;
   regions share nothing but hubs and money.
4. Other leases, region by region: for more or less of what the relaxation's goods need; all firms again.
5. Branch and bound over hubs with the Lagrangian bound by group of firms, goods and money together,
   under those prices.  Its best leaf is the bound, and the hubs to try.
6. Other leases and warehouses again, all firms again, while that helps.
7. What whole leases and containers of small regions add to the bound of the leaves.
8. The whole model from the best plan, for whatever time is left.
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
        _each_of(search, *begin, work.lease, work.vary, work.neighbours)
    else:
        _each_of(search, *begin, work.together, work.price, work.lease, work.together, work.branch)
        _while_better(search, work.lease, work.vary, work.neighbours, work.together, work.branch)
        _each_of(search, work.add_whole_numbers)
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
