"""The steps of ``decomposition``: each looks for better places, plans or prices, and offers what it finds."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property

import numpy as np

from ...instances.tables import Contract, Loan
from ..arrays import Floats
from ..assembly import Assembly
from ..blocks import SENT, Blocks
from ..centre import centre
from ..freight import fill_lane_prices
from ..kernel import at_money, nearly_used, within
from ..known_prices import PlacedPrices, vector
from ..landed import Landed
from ..location import Location
from ..places import Places, hub_levels, hub_load, places_of
from ..point import funders_of, point_of
from ..regional import Flow, RegionGoods, goods_of_regions, goods_point
from ..search import Search, Until
from ..settling import reloaded
from ..together import Jointly
from .bounding import Bounding

_NEAR = 2
"""Warehouses of a demand, and ways to a warehouse, with which the relaxation begins."""

_WORTH = 3e-7
"""Columns of goods that would cost more than this part of the plan are left out when places are compared."""

_LESS = 1e-5
"""Part of a region's cost by which other flows must be cheaper."""

_UP_TO_DATE = 0.5
"""Part of the time that bringing a plan to start from up to date may take."""

_WAITING = (0.8, 0.4, 1.3)
"""Stock per m3 delivered in a period beyond safety stock, as assumed for places."""


class Phases:
    """Steps towards a plan and a bound, and what they share."""

    def __init__(self, search: Search):
        self.search = search
        search.arrays = centre(search.model, search.arrays)
        self.blocks = Blocks(search.model, search.arrays)
        self.assembly = Assembly(self.blocks, search.threads)
        self.bounding = Bounding(search, self.blocks, self._divided, lambda: self.landed.likely(_NEAR))
        self.regions: list[RegionGoods] = []
        self.flows: list[Flow | None] = []
        self.relaxed: list[Flow] = []
        self._models: list[RegionGoods] = []
        self._priced: Floats | None = None
        self._tried: set[frozenset[str]] = set()
        self._patched = False
        self.jointly = Jointly(
            search,
            self.blocks,
            self.bounding.lagrangian,
            self._divided,
            lambda: self.landed,
            self.bounding.begin,
        )
        self.places = Places(frozenset(), frozenset(), frozenset())

    @cached_property
    def landed(self) -> Landed:
        """Landed costs: what a unit costs on every way."""
        return Landed(self.search.model.index, self.search.arrays)

    @property
    def joint(self) -> bool:
        """Whether several firms sell: else prices of what they share say no more than the whole model."""
        return len({row.firm for row in self.search.model.index.products.values()}) > 1

    def begin(self) -> list[Callable[[], None]]:
        """What gives the first plan and betters it: the plan to start from where it gives one, with the
        prices of its bound where it has any."""
        known = self._known if self.joint else None
        if known is not None:
            self.bounding.recall(known)
        begun = self.resumed()
        if known is not None:
            return [self.resume] if begun else [self.first, self.in_flows, self.together, self.resume]
        return [self.together, self.relocate] if begun else [self.first, self.in_flows]

    @cached_property
    def _known(self) -> PlacedPrices | None:
        """The prices of the plan to start from, where they are of use here."""
        start = self.search.start
        prices = None if start is None else start.prices
        return None if prices is None else prices.placed(self.search.model.index, self.search.arrays)

    def resumed(self) -> bool:
        """Take up the plan to start from: its places, goods and money, firms planned anew where it no longer
        holds; whether that gave a plan."""
        search, plan = self.search, self.search.start
        if plan is None or not plan.tables or not self.joint:
            return False
        search.enter("start", "what still holds of the plan given")
        given = point_of(search.arrays, plan.tables, funders_of(search.network.rows(Loan)), all_known=False)
        self.places = places_of(search.arrays, given)
        self._bring_up(given)
        return search.best is not None

    def resume(self) -> None:
        """Bound by the prices of the plan to start from; where they are not enough for its places, in others,
        and by better prices."""
        if self._known is None:
            return
        if not self.bounding.take(self._known, self._replan) and not self.search.over:
            self.relocate()
        if self.bounding.leaf is not None and not self.search.over:
            self.branch()

    def _bring_up(self, given: Floats) -> None:
        """Offer a plan to start from with as little changed as may be.  Where prices are known: as it is,
        then with all firms planned on the columns near it; else with other loans and goods.  At last every
        firm is planned anew in its places.  Some time is left for a plan without it."""
        search, source = self.search, "the plan given, brought up to date"
        duals, clock = self._known_duals(), Until(search, _UP_TO_DATE * min(search.clock.remaining, 1e6))
        x = self.assembly.kept(self.places, given, clock, as_it_is=duals is not None)
        if x is not None:
            search.offer(x, source)
            self._patched = duals is not None and bool((x != given)[search.arrays.columns_of(SENT)].any())
        if search.best is None and duals is not None:
            self.jointly.near(self.places, given, duals)
        if search.best is None and not clock.stopped:
            x = self.assembly.build(self.places, given, clock)
            if x is not None:
                search.offer(x, source)

    def _replan(self) -> None:
        """Other places for a plan in which single firms were planned anew: what they used is gone."""
        best, duals = self.search.best, self._known_duals()
        if self._patched and best is not None and duals is not None:
            self.jointly.start_near(best, duals)
            self.relocate()
            self.search.enter("bound by firm")

    def _known_duals(self) -> Floats | None:
        """Duals of all rows that are known for the hubs of the plan to start from."""
        number = None if self._known is None else self._known.of_plan(dict(self.places.hubs))
        return None if self._known is None or number is None else vector(self._known.lowered, number)

    def first(self) -> None:
        """A plan to hold from the start: places by landed costs, goods sent by the prices of lanes."""
        search = self.search
        search.enter("places")
        self.places = self._located(_WAITING[0])
        if not search.over:
            search.enter("first plan", str(self.places))
            self._quick()

    def in_flows(self) -> None:
        """Every firm's plan in the best flows of goods under the places; where that fails, places that are
        paid by use only, and at last firms one by one."""
        search = self.search
        for places in (self.places, self._unleased()):
            if search.over or (self.joint and search.best is not None):
                return
            if places != self.places:
                search.enter("first plan", str(places))
                self.places = places
                self._quick()
            self._divided()
            self.flows = self._each(lambda i, p=places: self._flow(i, p))  # type: ignore[misc]
            if self._plan() or search.best is not None or (not search.over and self._one_by_one()):
                return

    def _quick(self) -> None:
        """Goods as firms send them by the prices of lanes, with the containers that these need."""
        search = self.search
        goods = self.assembly.shaped(self.places, np.zeros(len(search.arrays.cost)), search.clock, times=1)
        x = reloaded(search.model.index, search.arrays, goods, search.clock)
        if x is not None:
            search.offer(x, "goods sent by the prices of lanes")

    def _unleased(self) -> Places:
        """Only what is paid by use: for firms that cannot pay for more."""
        warehouses = self.search.model.index.warehouses
        paid = {w for w, row in warehouses.items() if row.contract is Contract.PER_USE}
        return Places(frozenset(), frozenset(paid), frozenset())

    def _one_by_one(self) -> bool:
        """Firms planned at the prices of shared lanes, without flows to go by."""
        search = self.search
        prices = fill_lane_prices(search.model.index, search.arrays, self.bounding.prices)
        return self._build(0 * search.arrays.cost, prices, "firms one by one")

    def _located(self, waiting: float, hubs: frozenset[str] | None = None) -> Places:
        return Location(self.landed, self.search.arrays, waiting).find(self.search.clock, hubs)

    def _flow(self, number: int, places: Places) -> Flow | None:
        return self._models[number].flow(places, self.search.clock)

    def _each(self, way: Callable[[int], Flow | None]) -> list[Flow | None]:
        """Something done for all regions, side by side."""
        with ThreadPoolExecutor(self.search.threads) as pool:
            return list(pool.map(way, range(len(self.regions))))

    def _plan(self) -> bool:
        """Every firm's plan in the flows of all regions; whether it is the best plan."""
        search, ix = self.search, self.search.model.index
        found = [flow for flow in self.flows if flow is not None]
        if len(found) < len(self.regions):
            return False
        goods = goods_point(search.arrays, found)
        levels = hub_levels(ix, hub_load(ix, search.arrays, goods))
        leases = frozenset().union(*(flow.leases for flow in found))
        before, self.places = self.places, Places(leases, self.places.sites, levels)
        if self.jointly.able:
            better = self.jointly.rival(self.places, found if self._priced is not None else ())
        else:
            source = f"firms planned in the flows of {self.places}"
            better = self._build(self.assembly.shaped(self.places, goods, search.clock), None, source)
        self.places = self.places if better else before
        return better

    def _build(self, goods: Floats, prices: Floats | None, source: str) -> bool:
        """Plan all firms under the places and offer the result; whether it became the best."""
        search = self.search
        x = self.assembly.build(self.places, goods, search.clock, prices)
        return x is not None and search.offer(x, source)

    def _challenge(self, rivals: list[Flow | None]) -> bool:
        """Take the flows that are cheaper than a region's own; whether there are any."""
        better = [
            i
            for i, (own, rival) in enumerate(zip(self.flows, rivals, strict=True))
            if rival is not None and (own is None or rival.cost < own.cost * (1 - _LESS))
        ]
        for i in better:
            self.flows[i] = rivals[i]
        return bool(better)

    def vary(self) -> None:
        """Places found under other assumptions; the best of each region."""
        self.search.enter("other places")
        self._refresh()
        hubs = frozenset(h for h, _ in self.places.hubs)
        before, sites, changed = self.flows[:], self.places.sites, False
        for waiting in _WAITING[1:]:
            if not self.search.over:
                places = self._located(waiting, hubs)
                self.places = replace(self.places, sites=self.places.sites | places.sites)
                changed |= self._challenge(self._each(lambda i, p=places: self._flow(i, p)))  # type: ignore[misc]
        if not changed or self.search.over or not self._plan():
            self.flows, self.places = before, replace(self.places, sites=sites)

    def lease(self) -> None:
        """Leases for more or less of what goods need, those of the relaxation and those in the warehouses
        leased; the best of each region."""
        unbounded = self.joint and self.bounding.leaf is None
        if self.bounding.promising or (unbounded and not self.jointly.able):  # the bound first
            return
        self.search.enter("other leases")
        self._refresh()
        before = self.flows[:]
        changed = self._challenge(self._each(self._fit))
        changed |= self._challenge(self._each(self._led))
        if changed and not self.search.over and not self._plan():
            self.flows = before

    def _led(self, number: int) -> Flow | None:
        """The best flows of a region under leases for its relaxation's goods."""
        if not self.relaxed:
            return None
        region, clock = self._models[number], self.search.clock
        return region.led(self.relaxed[number].goods, self.places, clock)

    def _refresh(self) -> None:
        """The best plan's places and their flows, at what money costs each firm there where that is known."""
        arrays, best = self.search.arrays, self.search.best
        if best is None or not self.jointly.known:
            return
        self.places = places_of(arrays, best)
        kernel = self.jointly.known.get(self.places)
        if kernel is None or kernel.prices is self._priced:
            return
        self._priced, relaxed = kernel.prices, goods_point(arrays, self.relaxed)
        worth = _WORTH * abs(arrays.objective(best))
        kept = kernel.columns | nearly_used(self.blocks, np.maximum(best, relaxed), kernel.prices, worth)
        self._models = within(self.blocks, at_money(self.blocks, self._divided(), kernel.prices), kept)
        self.flows = self._each(lambda i: self._flow(i, self.places))

    def _fit(self, number: int, places: Places | None = None) -> Flow | None:
        own = self.flows[number]
        below = np.inf if own is None else own.cost
        return self._models[number].fit(places or self.places, self.search.clock, below)

    def neighbours(self) -> None:
        """Shut or open one warehouse after the other, while that makes a region's flows cheaper."""
        self.search.enter("one warehouse more or less")
        self._refresh()
        before = self.flows[:]
        if self._challenge(self._each(self._turning)) and not self.search.over and not self._plan():
            self.flows = before

    def _turning(self, number: int) -> Flow | None:
        """A region's flows with warehouses shut or opened one by one, while that is cheaper."""
        best = self.flows[number]
        for site in self.regions[number].index.leased:
            if best is None or self.search.over:
                break
            rival = self._models[number].fit(self._turned(best, site), self.search.clock, best.cost)
            best = rival if rival is not None and rival.cost < best.cost * (1 - _LESS) else best
        return best

    def _turned(self, flow: Flow, site: str) -> Places:
        """The places of some flows with one warehouse shut, or open if it was not."""
        rest = frozenset(lease for lease in flow.leases if lease[0] != site)
        if rest == flow.leases:
            rest |= {(site, self.search.model.index.tiers[site][0].tier, 1)}
        return replace(self.places, leases=rest)

    def _divided(self) -> list[RegionGoods]:
        """Models of the regions, the largest first."""
        if not self.regions:
            self.regions = self._models = goods_of_regions(self.search.network, self.search.reprice)
            self.flows = [None] * len(self.regions)
        return self.regions

    def price(self) -> None:
        """Prices of what firms share from the regions' relaxations at what money costs each firm in the best
        plan's places, where no prices are known from an earlier plan."""
        search, goods = self.search, self.search.best
        self._divided()
        if self.bounding.leaf is not None:
            return
        search.enter("prices", f"{len(self.regions)} regions")
        if goods is not None:
            kernel = self.jointly.known.get(places_of(search.arrays, goods))
            if kernel is not None:
                self.relaxed = self.bounding.price_at(kernel, dict(self.places.hubs))
        if not self.relaxed and not search.over:
            self.bounding.price(self._each)

    def relax(self) -> None:
        """The bound of the relaxation, for what is too small to be cut into blocks."""
        self.search.enter("relaxation")
        self.bounding.whole()

    def bound(self) -> frozenset[str] | None:
        """Bound over all sets of hubs; the hubs of the least bound, where there is one."""
        self.search.enter("bound by firm")
        self.bounding.promising = False
        return self.bounding.branch()

    def branch(self) -> None:
        """Bound over all sets of hubs; other hubs than ours are tried."""
        hubs = self.bound()
        if hubs is not None and not self.search.over:
            self._try(hubs)

    def add_whole_numbers(self) -> None:
        """What whole leases and containers add to the bound."""
        self.search.enter("whole leases and containers")
        self.bounding.add_whole_numbers()

    def relocate(self) -> None:
        """Places by landed costs instead of those of a plan to start from of which nothing is proven."""
        self.search.enter("places")
        self._challenged(self._located(_WAITING[0]))

    def _try(self, hubs: frozenset[str]) -> None:
        """Other hubs, and the places that suit them; kept where the plan is better."""
        if hubs in self._tried:
            return
        self.search.report(f"hubs {', '.join(sorted(hubs)) or 'without levels'}")
        self._tried |= {hubs, frozenset(h for h, _ in self.places.hubs)}
        self._challenged(self._located(_WAITING[0], hubs))

    def _challenged(self, rival: Places) -> None:
        """Plan all firms in other places; they are kept where the plan is better."""
        self._divided()
        if self.jointly.able:
            self.jointly.rival(rival)
            return
        before, self.places = (self.places, self.flows), rival
        self.flows = self._each(lambda i: self._flow(i, rival))
        if not self._plan():
            self.places, self.flows = before

    def together(self) -> None:
        """Goods and money of all firms at once in the best plan's places; where that is too large, group
        after group in the flows of all regions at what money costs each firm."""
        if self.bounding.promising or not self.jointly.due:  # the bound first
            return
        self.search.enter("all firms together")
        self.bounding.line_prices(self.jointly.improve())
        if self.jointly.known and not self.jointly.able and not self.search.over:
            self._refresh()
            self._plan()
