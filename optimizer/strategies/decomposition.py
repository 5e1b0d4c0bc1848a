"""Places first, region by region; then firm by firm with prices on what they share.

1. Each region's goods relaxation gives a bound, prices for shared rows, and leases (dive, dynamic
   programme, local search); regions share nothing but hubs and run side by side.
2. The Lagrangian bound: one small linear programme per firm, goods and money together, under the
   regions' prices.
3. Firms are placed one after another in what others left of storage, hubs and lines; then exact
   containers per lane; then the accounts.
4. Money is re-optimised for all firms together; its prices give better bounds and better plans.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from ...instances.network import Network
from ...instances.tables import Settings
from ..arrays import Floats
from ..assembly import LINES, Assembly, hub_levels, total_load
from ..blocks import Blocks, Lagrangian, prices_of
from ..centre import centre
from ..freight import fill_lane_prices
from ..location import Region, RegionSearch
from ..regions import region, regions
from ..search import Search

_PLACES_SHARE = 0.4
"""Part of the time for finding places."""


def decomposition(search: Search) -> None:
    """Find places by region, then plan and bound by firm."""
    found = _places(search)
    if search.clock.stopped or not found:
        return
    search.arrays = centre(search.model, search.arrays)
    blocks = Blocks(search.model, search.arrays)
    assembly, lagrangian = Assembly(blocks), Lagrangian(blocks)
    prices = _prices(search, found)
    leases = set().union(*(part.leases for part in found))
    sites = set().union(*(part.sites for part in found))
    hubs = hub_levels(search.model.index, total_load(part.hub_load for part in found))
    search.enter("plan by firm", f"{len(leases)} leases, {len(hubs)} hubs")
    for attempt in range(3):
        x = assembly.build(leases, sites, hubs, prices, search.clock)
        if x is not None:
            search.offer(x, "every firm placed")
        if search.over:
            return
        if attempt == 0:
            _bound(search, lagrangian, prices)
        if x is None or search.over:
            return
        prices = _refinance(search, assembly, prices)
        if search.over:
            return
        _bound(search, lagrangian, prices)
        if search.over:
            return


def _places(search: Search) -> list[Region]:
    """Leases and prices of every region, the largest first, side by side."""
    network = _goods(search.network)
    parts = sorted(regions(network), key=len, reverse=True)
    search.enter("places", f"{len(parts)} regions")
    clock = search.clock.part(_PLACES_SHARE * min(search.clock.remaining, 1e6))

    def solve(markets: set[str]) -> Region:
        part = RegionSearch(region(network, markets), clock, search.report).run()
        search.report(f"region of {len(markets)} markets: {len(part.leases)} leases")
        return part

    with ThreadPoolExecutor(search.threads) as pool:
        return list(pool.map(solve, parts))


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


def _bound(search: Search, lagrangian: Lagrangian, prices: Floats) -> None:
    search.enter("bound by firm")
    search.raise_bound(lagrangian.bound(prices, search.clock, search.threads), "prices on what firms share")


def _refinance(search: Search, assembly: Assembly, prices: Floats) -> Floats:
    """Better money for the best goods; the prices of the lines it finds."""
    if search.best is None or "loan" not in search.arrays.columns:
        return prices
    search.enter("money of all firms")
    outcome = assembly.refinance(search.best, search.clock)
    if outcome.x is None or outcome.duals is None:
        return prices
    search.offer(outcome.values(), "money shared between firms")
    out = prices.copy()
    for family in (*LINES, "small_share"):
        if family in search.arrays.rows:
            place = search.arrays.rows[family]
            out[place] = np.clip(outcome.duals[place], -1.0, 1.0)
    return out
