"""Goods and money of all firms at once in given places: a relaxation, whole numbers, the best around them.

What one firm leaves of a container is worth much to the others, but group after group of firms cannot agree
on other containers.  Relax-and-fix (Pochet and Wolsey, Production Planning by Mixed Integer Programming,
2006): containers in parts first, then whole ones of which as many have left by every period, then everything
else again; all of it on the columns that matter (``kernel``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from .arrays import Arrays, Floats
from .assembly import broken_groups
from .blocks import Blocks, Lagrangian
from .clock import Clock
from .fixing import hold
from .highs import Outcome, Status
from .kernel import Kernel, kernel_at, kernel_of, solved_on, used, widened
from .landed import Landed
from .places import Places, open_places, places_of
from .regional import Flow, RegionGoods
from .search import Search, Until
from .settling import boxes_in_parts, reloaded, whole_boxes

USED = 0.05
"""A bank is gone to, and a loan used, where the relaxation does so to at least this part."""

_MONEY = ("admit", "in_use")

_SHARE, _SHARE_WIDE, _WIDE = 0.5, 0.35, 0.015
"""Part of the time left that all firms together may take at a time, and where no smaller gap is asked for
than the last of these: then plans made group by group of firms are usually good enough."""

_WORTH = 1e-4
"""Part of its cost that a plan must gain around its own whole numbers for that to be tried again."""

_ASKING = 0.4
"""Part of that time that firms may take to say which columns they want."""

_NEAR = 3
"""Warehouses of a demand, and ways to a warehouse, among which goods are sent."""

_MOST = 120_000
"""Columns up to which a kernel is solved as one programme: 54,000 take 6 seconds, 218,000 more than 140."""


def whole(arrays: Arrays, x: Floats) -> Floats:
    """A point of the relaxation with whole numbers; what they allow is not looked at."""
    out = np.where(arrays.columns_of(_MONEY), np.ceil(x - USED), np.round(x))
    boxes = arrays.columns["boxes"]
    out[boxes] = whole_boxes(arrays, x)[boxes]
    return np.where(arrays.integer, np.clip(out, arrays.lower, arrays.upper), x)


def around(blocks: Blocks, kernel: Kernel, x: Floats, clock: Clock) -> Outcome:
    """The best point with the whole numbers of a point, and duals of all rows."""
    held = hold(blocks.arrays, blocks.arrays.integer, x)
    return solved_on(held, kernel.columns | used(blocks, x), held.lower, held.upper, clock)


class Jointly:
    """Plans all firms together for a search; remembers in which places it has done so.

    ``regions`` gives the models of the search's regions and ``landed`` landed costs, made when first needed;
    ``priced`` is told of the first prices of all rows.
    """

    def __init__(
        self,
        search: Search,
        blocks: Blocks,
        lagrangian: Lagrangian,
        regions: Callable[[], list[RegionGoods]],
        landed: Callable[[], Landed],
        priced: Callable[[Floats], None] = lambda _: None,
    ):
        self._search, self._blocks, self._lagrangian = search, blocks, lagrangian
        self._regions, self._landed, self._priced = regions, landed, priced
        self.known: dict[Places, Kernel] = {}
        self._rough: Kernel | None = None  # of the plan that a search began with, its cost as bound
        self._duals: tuple[Places, Floats] | None = None  # of the last plan made around whole numbers
        self._done: float | None = None
        self._too_short = 0.0
        self._failed = False

    @property
    def due(self) -> bool:
        """Whether there is a plan that was not planned around, and more time than was too short before."""
        other = self._search.best is not None and self._search.objective != self._done
        return other and self._clock().remaining > self._too_short

    @property
    def able(self) -> bool:
        """Whether kernels of places are known, small enough for one programme, and it was solved in time."""
        kernels = [*self.known.values(), *filter(None, [self._rough])]
        sizes = [kernel.columns.sum() for kernel in kernels]
        return bool(sizes) and max(sizes) <= _MOST and not self._failed

    def improve(self) -> Floats | None:
        """Better plans in the best plan's places: in places not seen so far from the relaxation (of which the
        duals come back), in others around the best plan's whole numbers."""
        search, best = self._search, self._search.best
        if best is None:
            return None
        clock, places = self._clock(), places_of(search.arrays, best)
        self._too_short = clock.remaining  # unless it is done
        if places in self.known:
            self._again(places, best, clock)
            return None
        rough, duals = self._rough, None
        kernel = self._kernel(places, best, clock, None if rough is None else rough.prices)
        if kernel is not None:
            self._priced(kernel.prices)
        if kernel is not None and self.able:
            duals = self._relaxed(places, kernel, clock)
        self._failed = duals is None
        return duals

    def _again(self, places: Places, best: Floats, clock: Clock) -> None:
        """Plan around the best plan's whole numbers, with the columns that firms ask for there; done where
        that gains little."""
        search, before, kernel = self._search, self._search.objective, self.known[places]
        if self._duals is not None and self._duals[0] == places:
            part, duals = Until(search, _ASKING * min(clock.remaining, 1e6)), self._duals[1]
            kernel = widened(self._blocks, self._lagrangian, kernel, best, duals, part, search.threads)
            self.known[places] = kernel
        self._offer(best, kernel, clock)
        now = search.objective
        if before is None or now is None or before - now <= _WORTH * abs(now):
            self._done = now

    def near(self, places: Places, plan: Floats, duals: Floats) -> None:
        """Plan in the places of a plan that need not hold any more, on the columns that it uses, or
        would at no cost under known ``duals`` of all rows, around the containers that its goods need; where
        the goods do not hold, around those of the relaxation.

        Measured on a park of 40 firms that one has left: 31,045,145 USD after 2.4 s, where containers from
        the relaxation give 31,050,263 after 4.4.
        """
        search, kernel = self._search, kernel_at(self._blocks, plan, duals)
        if kernel.columns.sum() > _MOST:
            return
        parts, clock = self._parted(places, plan, kernel), self._clock()
        if parts is not None:
            self._offer(whole(search.arrays, parts), kernel, clock)
        if search.best is not None:
            self.start_near(search.best, duals)

    def _parted(self, places: Places, plan: Floats, kernel: Kernel) -> Floats | None:
        """A plan with containers in parts, its goods others where they break a row."""
        lower, upper = open_places(self._blocks.index, self._blocks.arrays, places)
        x = np.clip(plan, lower, upper)
        if not broken_groups(self._blocks, x):
            return boxes_in_parts(self._blocks.index, self._blocks.arrays, x)
        return in_parts(self._blocks, places, kernel, self._clock()).x

    def start_near(self, plan: Floats, duals: Floats) -> None:
        """Compare other places with those of a plan and the ``duals`` of all rows that are known there."""
        kernel = kernel_at(self._blocks, plan, duals)
        self._rough = replace(kernel, bound=self._blocks.arrays.objective(plan))

    def rival(self, places: Places, flows: Sequence[Flow] = ()) -> bool:
        """Plan in other places, where their bound is below that of the best plan's; whether that is the best
        plan.  The regions' ``flows`` there, at what money costs in the best plan's places, may be known."""
        search = self._search
        if search.best is None or search.over or places in self.known:
            return False
        clock, before = self._clock(), search.objective
        own = self.known.get(places_of(search.arrays, search.best), self._rough)
        kernel = self._kernel(places, search.best, clock, None if own is None else own.prices, flows)
        if kernel is None or kernel.bound >= (np.inf if own is None else own.bound):
            return False
        self._relaxed(places, kernel, clock)
        return search.objective != before

    def _kernel(
        self,
        places: Places,
        plan: Floats,
        clock: Clock,
        duals: Floats | None = None,
        flows: Sequence[Flow] = (),
    ) -> Kernel | None:
        self._search.report("looking for the ways that matter in these places")
        likely = self._landed().likely(_NEAR, places.sites | {w for w, _, _ in places.leases})
        kernel = kernel_of(
            self._blocks,
            self._lagrangian,
            self._regions(),
            places,
            plan,
            likely,
            clock,
            self._search.threads,
            duals,
            flows,
        )
        if kernel is not None:
            self.known[places] = kernel
        return kernel

    def _relaxed(self, places: Places, kernel: Kernel, clock: Clock) -> Floats | None:
        """Offer plans near the relaxation in some places; its duals.  A plan may leave some of them unused:
        what is known of them holds for its own places too."""
        search = self._search
        search.report(f"{kernel.columns.sum():,} columns that matter, with containers in parts")
        parts = in_parts(self._blocks, places, kernel, clock)
        if parts.status is not Status.OPTIMAL:
            return None
        before = search.objective
        self._offer(whole(search.arrays, parts.values()), kernel, clock)
        if search.best is not None and search.objective != before:
            self.known.setdefault(places_of(search.arrays, search.best), kernel)
        return parts.duals

    def _clock(self) -> Clock:
        share = _SHARE if self._search.gap < _WIDE else _SHARE_WIDE
        return Until(self._search, share * min(self._search.clock.remaining, 1e6))

    def _offer(self, x: Floats, kernel: Kernel, clock: Clock) -> None:
        """Offer the best point around whole numbers, then with the cheapest containers for its goods."""
        search = self._search
        search.report("all firms around whole containers")
        found = around(self._blocks, kernel, x, clock)
        if found.status is not Status.OPTIMAL:
            return
        if search.offer(found.values(), "all firms planned together") and found.duals is not None:
            self._duals = places_of(search.arrays, found.values()), found.duals
        loaded = reloaded(search.model.index, search.arrays, found.values(), clock)
        if loaded is not None:
            search.offer(loaded, "the cheapest containers for their goods")
        self._too_short = 0.0


def in_parts(blocks: Blocks, places: Places, kernel: Kernel, clock: Clock) -> Outcome:
    """Everything but places in parts, on the columns that matter; duals are of all rows."""
    lower, upper = open_places(blocks.index, blocks.arrays, places)
    return solved_on(blocks.arrays, kernel.columns, lower, upper, clock, vertex=False)
