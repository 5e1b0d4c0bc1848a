"""Floors under all coalitions, as good as time allows: from the plan's certificate, then leaf after leaf."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable

import numpy as np

from ..arrays import Floats
from ..clock import Clock
from ..freight import lane_prices
from ..known_prices import Step, vector
from ..leaf_prices import leaf_prices
from ..regional import RegionGoods, goods_of_regions
from .coalition import Coalition
from .coalition import coalition as of_firms
from .division import Limits
from .floors import AMPLE, Floors, Leaf, free_choice
from .fuzzy import FuzzyCore, Tight
from .game import Game
from .prices import joint_prices, region_prices

_JOINT = 50_000
"""Most columns of a joint relaxation that is solved as one programme."""

_MOST_LEAVES = 64

_MOST_MADE = 2
"""How often prices are made for a leaf and a coalition: what money costs is known better the second time."""


Hubs = tuple[frozenset[str], frozenset[str]]
"""Open and shut ones of a leaf."""


class Proving:
    """Proves floors of a game on some ``threads`` until a clock's time is up."""

    def __init__(self, game: Game, floors: Floors, threads: int, tell: Callable[[str], None]):
        self._game, self._floors, self._threads, self._tell = game, floors, threads, tell
        self._regions: list[RegionGoods] = []
        self._all, self._every = frozenset(floors.names), np.ones(len(floors.names))
        self._made: dict[tuple[Hubs, Coalition], int] = defaultdict(int)
        self._spent: dict[Hubs, float] = defaultdict(float)

    def run(self, first: Clock, until: Clock) -> None:
        """Prove the floors; the first prices may take until ``first``.

        Raises ``InterruptedError`` when stopped before there is any.
        """
        endless = Clock(None, until.cancel)
        if not (self._known(until) or self._begin(first, endless)):
            raise InterruptedError("stopped before any floor under the coalitions was proven")
        self._tell(f"proven floor {self._floors.lower_of(self._every):,.0f}")
        self._improve(until)

    @property
    def _small(self) -> bool:
        return len(self._floors.arrays.cost) <= _JOINT

    def _known(self, clock: Clock) -> bool:
        """The sets of hubs that the plan's bound was proven for, each under its own prices; whether there are
        any."""
        known, floors = self._game.plan.prices, self._floors
        placed = None if known is None or self._small else known.placed(floors.index, floors.arrays)
        if placed is None or not floors.start(vector(placed.values, 0), clock):
            return False
        floors.spare_rents(floors.leaves[0], Clock(None, clock.cancel))
        for number, path in enumerate(placed.paths, start=1):
            for leaf in self._parts(path):
                if not clock.stopped:
                    floors.price(leaf, vector(placed.values, number), clock)
                    floors.spare_rents(leaf, clock)
        self._spread(clock)
        return True

    def _spread(self, clock: Clock) -> None:
        """Prices of the lowest leaf, as if there were many of every place, for all leaves: what space is
        worth differs little between them."""
        floors = self._floors
        lowest = min(floors.leaves, key=lambda leaf: leaf.floor(self._every))
        prices = None if clock.stopped else self._from_regions(lowest, self._all, clock)
        for leaf in floors.leaves:
            if prices is not None and not clock.stopped:
                floors.also_under(leaf, prices, clock)

    def _from_regions(self, leaf: Leaf, coalition: Coalition, clock: Clock) -> Floats | None:
        """Prices of a coalition's regions for a leaf, as if there were many of every place."""
        if leaf.prices is None or leaf.duals is None:
            return None
        floors, levels = self._floors, self._floors.levels_at(leaf)
        models = self._models(coalition)
        return leaf_prices(
            floors.blocks, models, leaf.duals, leaf.prices, levels, clock, self._threads, AMPLE
        )

    def _parts(self, path: tuple[Step, ...]) -> list[Leaf]:
        """The leaves at the end of a path, cut out where they are not there yet, unless there are too many;
        its levels of hubs are left out."""
        floors, opened, shut = self._floors, frozenset[str](), frozenset[str]()
        for hub, level, high in path:
            if level is not None or hub not in floors.index.levels:
                continue
            for leaf in self._inside(opened, shut):
                if hub not in leaf.opened | leaf.shut and len(floors.leaves) < _MOST_LEAVES:
                    floors.split(leaf, hub)
            opened, shut = (opened | {hub}, shut) if high else (opened, shut | {hub})
        return self._inside(opened, shut)

    def _inside(self, opened: frozenset[str], shut: frozenset[str]) -> list[Leaf]:
        return [leaf for leaf in self._floors.leaves if leaf.opened >= opened and leaf.shut >= shut]

    def _begin(self, first: Clock, endless: Clock) -> bool:
        """One leaf under the prices of the regions, or of the lanes alone; whether there is one."""
        floors = self._floors
        if endless.cancelled:
            return False
        quick = region_prices(self._models(self._all), floors, first, self._threads)
        lanes = lane_prices(floors.index, floors.arrays)
        if not floors.start(quick, endless) and not floors.start(lanes, endless):
            return False
        floors.spare_rents(floors.leaves[0], endless)
        return True

    def _models(self, coalition: Coalition) -> list[RegionGoods]:
        """Models of a coalition's regions; those of all players are kept."""
        if len(coalition) < len(self._floors.names):
            firms = self._game.firms(coalition)
            return goods_of_regions(free_choice(of_firms(self._game.network, firms)))
        if not self._regions:
            self._regions = goods_of_regions(free_choice(self._game.network))
        return self._regions

    def _improve(self, until: Clock) -> None:
        """Better prices for a leaf and a coalition that keep a division from being proven more stable, and so
        on; a leaf of which all such coalitions had theirs is cut in two."""
        floors, longest = self._floors, 0.0
        while until.remaining > 1.5 * longest:
            began, tight = time.monotonic(), self._tight()
            if tight is None:
                return
            leaf, coalition = tight
            hub = self._next_hub(leaf) if self._made[leaf.decided, coalition] else None
            for part in (leaf,) if hub is None else floors.split(leaf, hub):
                self._raise(part, coalition, until)
            took = time.monotonic() - began
            longest = max(longest, took)
            self._spent[leaf.decided] += took
            self._tell(f"proven floor {floors.lower_of(self._every):,.0f}, {len(floors.leaves)} sets of hubs")

    def _next_hub(self, leaf: Leaf) -> str | None:
        return self._floors.busiest(leaf) if len(self._floors.leaves) < _MOST_LEAVES else None

    def _tight(self) -> tuple[Leaf, Coalition] | None:
        """A leaf and the coalition by which it keeps the slack from being less, of those that more can be
        done for: the leaf that took the least time so far."""
        floors, n = self._floors, len(self._floors.names)
        free = Limits(np.full(n, np.inf), np.full(n, -np.inf))
        division = FuzzyCore(floors, self._game.total).least(free)
        if division is None:
            return None
        self._tell(f"no group can gain more than {max(division.slack, 0.0):.2%}")
        found = [(tight.leaf, self._of(tight)) for tight in division.tight]
        most = 1 if self._small else _MOST_MADE
        open_ = [
            (leaf, coalition)
            for leaf, coalition in found
            if self._made[leaf.decided, coalition] < most or self._next_hub(leaf) is not None
        ]
        return min(open_, key=lambda pair: self._spent[pair[0].decided], default=None)

    def _of(self, tight: Tight) -> Coalition:
        """The coalition to make prices for: the joint relaxation has the same for all."""
        return self._all if self._small else tight.coalition(self._floors.names)

    def _raise(self, leaf: Leaf, coalition: Coalition, until: Clock) -> None:
        """The cut of better prices for a leaf: of the joint relaxation where that is small, else of a
        coalition's regions."""
        floors, endless = self._floors, Clock(None, until.cancel)
        self._made[leaf.decided, coalition] += 1
        if self._small:
            prices = joint_prices(floors, leaf, until)
            if prices is not None:
                floors.price(leaf, prices, endless)
            return
        prices = self._from_regions(leaf, coalition, until)
        if prices is not None:
            floors.also_under(leaf, prices, endless)
