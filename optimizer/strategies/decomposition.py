"""Prices first, then hubs, places and firms.

0. A first plan to hold: no leases, third-party storage.
1. Each region's goods relaxation gives prices for what firms share; regions share nothing but hubs
   and money, and run side by side.
2. Branch and bound over hubs with the Lagrangian bound by firm: one small linear programme per firm,
   goods and money together, under those prices.  Its best leaf is the hubs to open, and the bound.
3. Places under these hubs, region by region: dive, leases by dynamic programme, local search.
4. Firm after firm is planned in what the others leave; then exact containers per lane; then accounts.
5. Firms again while that helps, money shared between all firms, and its prices for a better bound.
6. The whole model from the best plan, for whatever time is left.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from ...instances.network import Network
from ...instances.tables import Settings
from ..arrays import Floats
from ..assembly import LINES, Assembly, Places, hub_levels, hub_load
from ..blocks import Blocks, Lagrangian, prices_of
from ..centre import centre
from ..freight import fill_lane_prices
from ..hubs import HubTree
from ..leases import Lease, plan_leases
from ..location import Region, RegionSearch
from ..regions import region, regions, volume_share
from ..search import Search
from .monolith import monolith

_PRICES_SHARE, _PLACES_SHARE = 0.4, 0.4
"""Parts of the time left that the regions may take."""


def decomposition(search: Search) -> None:
    """Price, open hubs, find places, plan firms, improve; what time is left goes to the whole model."""
    work = _Work(search)
    work.first()
    if search.over:
        return
    work.price()
    hubs = work.branch() if not search.over else None
    if hubs is not None and not search.over:
        work.place(hubs)
    for _ in range(3):
        if search.over or search.best is None:
            break
        before = (search.objective, search.bound)
        work.improve()
        work.refinance()
        if not search.over:
            work.branch()
        if before == (search.objective, search.bound):
            break
    if not search.over:
        monolith(search)


class _Work:
    """What the phases share."""

    def __init__(self, search: Search):
        self.search = search
        search.arrays = centre(search.model, search.arrays)
        self.blocks = Blocks(search.model, search.arrays)
        self.assembly, self.lagrangian = Assembly(self.blocks), Lagrangian(self.blocks)
        self.regions: list[RegionSearch] = []
        self.shares: list[float] = []
        self.prices = np.zeros(len(search.arrays.row_lower))
        self.places = Places(frozenset(), frozenset(), frozenset())

    def first(self) -> None:
        """A plan to hold from the start: third-party storage, small hubs, and leases only where goods lie."""
        search, ix = self.search, self.search.model.index
        search.enter("first plan")
        prices = fill_lane_prices(ix, search.arrays, self.prices)
        hubs = hub_levels(ix, {(h, 1): 1e-3 for h in ix.levels})
        third_party = frozenset(set(ix.warehouses) - set(ix.leased))
        goods = np.zeros(len(search.arrays.cost))
        for (p, w, _), j in search.arrays.place("stock").items():
            goods[j] = ix.opening(p, w)
        leases = frozenset(plan_leases(ix, search.arrays, goods))
        x = self.assembly.build(Places(leases, third_party, hubs), 0 * goods, search.clock, prices)
        if x is not None:
            search.offer(x, f"{len(leases)} leases")

    def price(self) -> None:
        """Relaxations of all regions, the largest first, side by side."""
        search, network = self.search, _goods(self.search.network)
        parts = sorted(regions(network), key=len, reverse=True)
        self.shares = [volume_share(network, markets) for markets in parts]
        search.enter("prices", f"{len(parts)} regions")
        clock = search.clock.part(_PRICES_SHARE * min(search.clock.remaining, 1e6))

        def relax(markets: set[str]) -> RegionSearch:
            part = RegionSearch(region(network, markets), search.report)
            part.relax(clock)
            search.report(f"region of {len(markets)} markets relaxed")
            return part

        with ThreadPoolExecutor(search.threads) as pool:
            self.regions = list(pool.map(relax, parts))
        self.prices = _prices(search, [part.result for part in self.regions])

    def branch(self) -> frozenset[str] | None:
        """The hubs of the least bound over all sets of hubs."""
        search = self.search
        search.enter("bound by firm")
        tree = HubTree(self.blocks, self.lagrangian, self.prices)
        leaf = tree.run(search.clock, search.threads, search.raise_bound)
        if leaf is None:
            return None
        hubs = tree.hubs_of(leaf)
        search.report(f"hubs {', '.join(sorted(hubs)) or 'without levels'}")
        return hubs

    def place(self, hubs: frozenset[str]) -> None:
        """Leases and goods of every region, then every firm's plan."""
        search, ix = self.search, self.search.model.index
        search.enter("places")
        clock = search.clock.part(_PLACES_SHARE * min(search.clock.remaining, 1e6))
        with ThreadPoolExecutor(search.threads) as pool:
            list(pool.map(lambda part, share: part.place(hubs, share, clock), self.regions, self.shares))
        found = [part.result for part in self.regions]
        goods = np.zeros(len(search.arrays.cost))
        for part in found:
            for (component, key), value in part.goods.items():
                goods[search.arrays.place(component)[key]] += value
        leases: set[Lease] = set().union(*(part.leases for part in found))
        sites: set[str] = set().union(*(part.sites for part in found))
        levels = hub_levels(ix, hub_load(ix, search.arrays, goods))
        self.places = Places(frozenset(leases), frozenset(sites), levels)
        search.enter("plan by firm", f"{len(leases)} leases")
        x = self.assembly.build(self.places, goods, search.clock, keep=True)
        if x is None or not search.offer(x, "every firm placed"):
            x = self.assembly.build(self.places, goods, search.clock, self.prices)
            if x is not None:
                search.offer(x, "every firm placed anew")

    def improve(self, passes: int = 6) -> None:
        """Plan every firm again in what the others leave of the containers booked, while that helps."""
        search = self.search
        search.enter("plan by firm again")
        for _ in range(passes):
            if search.over or search.best is None or search.objective is None:
                return
            before = search.objective
            x = self.assembly.build(self.places, search.best, search.clock)
            if (
                x is None
                or not search.offer(x, "firms planned again")
                or search.objective > before * (1 - 2e-4)
            ):
                return

    def refinance(self) -> None:
        """Better money for the best goods; the prices of the lines it finds."""
        search = self.search
        if search.best is None or "loan" not in search.arrays.columns:
            return
        search.enter("money of all firms")
        outcome = self.assembly.refinance(search.best, search.clock)
        if outcome.x is None or outcome.duals is None:
            return
        search.offer(outcome.values(), "money shared between firms")
        for family in (*LINES, "small_share"):
            if family in search.arrays.rows:
                place = search.arrays.rows[family]
                self.prices[place] = np.clip(outcome.duals[place], -1.0, 1.0)


def _goods(network: Network) -> Network:
    settings = network.settings.model_copy(update={"money": False})
    return network.replace(settings=[settings]) if isinstance(settings, Settings) else network


def _prices(search: Search, found: list[Region]) -> Floats:
    """Prices of the shared rows from the regions; public money is worth what it pays."""
    duals: dict[tuple[str, Any], list[float]] = defaultdict(list)
    for part in found:
        for key, value in part.duals.items():
            duals[key].append(value)
    prices = prices_of(search.arrays, duals)
    prices = fill_lane_prices(search.model.index, search.arrays, prices)
    if "subsidy_share" in search.arrays.rows:
        prices[search.arrays.rows["subsidy_share"]] = -1.0
    return prices
