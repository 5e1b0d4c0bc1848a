"""Goods and money of all firms at once in given places: a relaxation, whole numbers, the best around them.

What one firm leaves of a container is worth much to the others, but group after group of firms cannot agree
on other containers.  Relax-and-fix (Pochet and Wolsey, Production Planning by Mixed Integer Programming,
2006): containers in parts first, then whole ones of which as many have left by every period, then everything
else again.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..models.index import Index
from .arrays import Arrays, Floats
from .clock import Clock
from .fixing import hold
from .highs import Outcome, Solver, Status
from .places import Places, open_places, places_of
from .search import Search, Until
from .settling import boxes_in_parts, reloaded, whole_boxes

USED = 0.05
"""A bank is gone to, and a loan used, where the relaxation does so to at least this part."""

_MONEY = ("admit", "in_use")

_SECONDS = 4e-9
"""Seconds that it takes beside other work, over the square of the columns (measured: 65 of park-40, 200 of
anhui): with less it is not begun."""

_SKETCH = 0.5
"""What a sketch takes, as a part of that."""

_SHARE = 0.8
"""Part of the time left that all firms together may take at a time."""


def in_parts(index: Index, arrays: Arrays, places: Places, clock: Clock) -> Outcome:
    """Everything but places in parts; duals are of all rows.

    By an interior point method: a simplex method takes five times as long.
    """
    lower, upper = open_places(index, arrays, places)
    return Solver(replace(arrays, lower=lower, upper=upper), solver="ipx").run(clock)


def whole(arrays: Arrays, x: Floats) -> Floats:
    """A point of the relaxation with whole numbers; what they allow is not looked at."""
    out = np.where(arrays.columns_of(_MONEY), np.ceil(x - USED), np.round(x))
    boxes = arrays.columns["boxes"]
    out[boxes] = whole_boxes(arrays, x)[boxes]
    return np.where(arrays.integer, np.clip(out, arrays.lower, arrays.upper), x)


def around(arrays: Arrays, x: Floats, clock: Clock) -> Floats | None:
    """The best point with the whole numbers of a point; ``None`` where there is none, or no time."""
    outcome = Solver(hold(arrays, arrays.integer, x), solver="ipx").run(clock)
    return outcome.values() if outcome.status is Status.OPTIMAL else None


class Jointly:
    """Plans all firms together for a search; remembers in which places it has done so."""

    def __init__(self, search: Search):
        self._search = search
        self.known: dict[Places, float] = {}
        self._result: float | None = None
        self._too_short = 0.0

    @property
    def due(self) -> bool:
        """Whether there is a plan, from elsewhere, and more time than was too short before."""
        other = self._search.best is not None and self._search.objective != self._result
        return other and self._clock().remaining > max(self._too_short, self._least)

    @property
    def roomy(self) -> bool:
        """Whether there is time for a sketch before."""
        return self._clock().remaining > (1 + _SKETCH) * self._least

    @property
    def _least(self) -> float:
        return _SECONDS * len(self._search.arrays.cost) ** 2

    def sketch(self) -> Floats | None:
        """A better plan soon: around the containers that the best plan's goods fill in parts."""
        search, best = self._search, self._search.best
        if best is not None:
            filled = boxes_in_parts(search.model.index, search.arrays, best)
            self._offer(whole(search.arrays, filled), self._clock())
            self._result = None
        return None

    def improve(self) -> Floats | None:
        """Better plans in the best plan's places: in places not seen so far from the relaxation (of which the
        duals come back), in others around the best plan's whole numbers."""
        search, best = self._search, self._search.best
        if best is None:
            return None
        clock, places = self._clock(), places_of(search.arrays, best)
        self._too_short = clock.remaining  # unless it is done
        if places in self.known:
            self._offer(best, clock)
            return None
        parts = in_parts(search.model.index, search.arrays, places, clock)
        if parts.objective is None or parts.status is not Status.OPTIMAL:
            return None
        self.known[places] = parts.objective
        self._offer(whole(search.arrays, parts.values()), clock)
        return parts.duals

    def rival(self, places: Places) -> bool:
        """Plan in other places, where everything in parts is cheaper there than in the best plan's; whether
        that is the best plan."""
        search = self._search
        own = None if search.best is None else self.known.get(places_of(search.arrays, search.best))
        if own is None or search.over or places in self.known:
            return False
        clock = self._clock()
        parts = in_parts(search.model.index, search.arrays, places, clock)
        cheaper = parts.objective is not None and parts.objective < own
        self.known[places] = np.inf if parts.objective is None else parts.objective
        return cheaper and self._offer(whole(search.arrays, parts.values()), clock)

    def _clock(self) -> Clock:
        return Until(self._search, _SHARE * min(self._search.clock.remaining, 1e6))

    def _offer(self, x: Floats, clock: Clock) -> bool:
        """Offer the best point around whole numbers, then without containers that it leaves empty."""
        search = self._search
        near = around(search.arrays, x, clock)
        kept = near is not None and search.offer(near, "all firms planned together")
        loaded = None if near is None else reloaded(search.model.index, search.arrays, near, clock)
        kept |= loaded is not None and search.offer(loaded, "containers that nothing needs left out")
        if near is not None:
            self._result, self._too_short = search.objective, 0.0
        return kept
