"""Floors under all coalitions, as good as time allows: from the plan's certificate, then leaf after leaf."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable

import numpy as np

from ..arrays import Floats
from ..certificate import Certificate, Side
from ..clock import Clock
from ..freight import lane_prices
from ..hub_proof import prices_in
from ..leaf_prices import leaf_prices
from ..regional import RegionGoods
from .certificate import Judge
from .coalition import Coalition
from .division import Limits, least_core
from .floors import AMPLE, Floors, Leaf, free_choice
from .game import Game
from .prices import goods_of_regions, joint_prices, region_prices

_JOINT = 50_000
"""Most columns of a joint relaxation that is solved as one programme."""

_STEPS = 90
"""Steps by which the first prices are raised."""

_MOST_LEAVES = 64

_ROUGH = 1e-5
"""Excess, relative to the cost shared, that counts as none while leaves are chosen."""

_MOST_RAISES = 3
"""How often a leaf is raised at most."""


class Proving:
    """Proves floors of a game on some ``threads`` until a clock's time is up."""

    def __init__(self, game: Game, floors: Floors, threads: int, tell: Callable[[str], None]):
        self._game, self._floors, self._threads, self._tell = game, floors, threads, tell
        self._regions: list[RegionGoods] = []
        self._every = np.ones(len(floors.names))
        self._minded: list[Coalition] = []

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

    @property
    def _most_raises(self) -> int:
        return 1 if self._small else _MOST_RAISES

    def _known(self, clock: Clock) -> bool:
        """The leaves that prove the plan's bound, each under its own prices; whether there are any."""
        certificate, floors = self._game.plan.certificate, self._floors
        if certificate is None or self._small:
            return False
        first = prices_in(certificate, floors.index, floors.arrays)
        if first is None or not floors.start(first, clock):
            return False
        floors.spare_rents(floors.leaves[0], clock)
        for proof in certificate.leaves:
            own = prices_in(certificate, floors.index, floors.arrays, proof.duals)
            for leaf in self._parts(certificate, proof.path):
                if own is not None and not clock.stopped:
                    floors.price(leaf, own, clock)
                    floors.spare_rents(leaf, clock)
        self._spread(clock)
        return True

    def _spread(self, clock: Clock) -> None:
        """Prices of the lowest leaf, as if there were many of every place, for all leaves: what space is
        worth differs little between them."""
        floors = self._floors
        lowest = min(floors.leaves, key=lambda leaf: leaf.floor(self._every))
        prices = None if clock.stopped else self._from_regions(lowest, clock)
        for leaf in floors.leaves:
            if prices is not None and not clock.stopped:
                floors.also_under(leaf, prices, clock)

    def _from_regions(self, leaf: Leaf, clock: Clock) -> Floats | None:
        """Prices of the regions for a leaf, as if there were many of every place."""
        if leaf.prices is None or leaf.duals is None:
            return None
        floors, levels = self._floors, self._floors.levels_at(leaf)
        return leaf_prices(
            floors.blocks, self._models(), leaf.duals, leaf.prices, levels, clock, self._threads, AMPLE
        )

    def _parts(self, certificate: Certificate, path: tuple[Side, ...]) -> list[Leaf]:
        """The leaves at the end of a certificate's path, cut out where they are not there yet, unless there
        are too many; its levels of hubs are left out."""
        floors, opened, shut = self._floors, frozenset[str](), frozenset[str]()
        for number, high in path:
            hub = floors.hub_of(certificate.branches[number])
            if hub is None or hub in opened | shut:
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
        quick = region_prices(self._models(), floors, first, self._threads)
        lanes = lane_prices(floors.index, floors.arrays)
        if not floors.start(quick, endless) and not floors.start(lanes, endless):
            return False
        floors.spare_rents(floors.leaves[0], endless)
        return True

    def _models(self) -> list[RegionGoods]:
        if not self._regions:
            self._regions = goods_of_regions(free_choice(self._game.network))
        return self._regions

    def _improve(self, until: Clock) -> None:
        """Raise the leaf that keeps a division from being proven more stable, cut it in two once it is
        raised, and so on."""
        floors, took = self._floors, 0.0
        steps = _STEPS if len(floors.leaves) == 1 else _STEPS // 3
        while until.remaining > 1.5 * took:
            began, leaf = time.monotonic(), self._pressing(until)
            if leaf is None:
                return
            hub = self._next_hub(leaf) if leaf.raises else None
            for part in (leaf,) if hub is None else floors.split(leaf, hub):
                self._raise(part, until, steps)
            took, steps = time.monotonic() - began, _STEPS // 3
            self._tell(f"proven floor {floors.lower_of(self._every):,.0f}, {len(floors.leaves)} sets of hubs")

    def _next_hub(self, leaf: Leaf) -> str | None:
        return self._floors.busiest(leaf) if len(self._floors.leaves) < _MOST_LEAVES else None

    def _pressing(self, until: Clock) -> Leaf | None:
        """Of the leaves that may be raised or cut, the one with most of the floors under the coalitions that
        a stable division has to mind."""
        judge, total, players = Judge(self._game, self._floors), self._game.total, len(self._floors.names)
        rows = judge.rows()
        rows.costs |= {c: judge.price(c) for c in self._minded}
        free = Limits(np.full(players, np.inf), np.full(players, -np.inf))
        generator = judge.generator(rows, lambda: until.stopped, _ROUGH)
        division = generator.run(lambda: least_core(rows, total, free), total)
        self._minded = list(rows.costs)
        weight: dict[int, float] = defaultdict(float)
        for c, each in zip(self._minded, [] if division is None else division.weights, strict=False):
            lows = [leaf.floor(self._floors.members(c)) for leaf in self._floors.leaves]
            weight[int(np.argmin(lows))] += float(each) * abs(min(lows))
        order = [
            self._floors.leaves[i] for i in sorted(range(len(self._floors.leaves)), key=lambda i: -weight[i])
        ]
        if division is not None:
            self._tell(f"so far no group could gain more than about {max(division.slack, 0.0):.2%}")
        left = (leaf for leaf in order if leaf.raises < self._most_raises or self._next_hub(leaf) is not None)
        return next(left, None)

    def _raise(self, leaf: Leaf, until: Clock, steps: int) -> None:
        """Better prices for a leaf: of the joint relaxation where that is small, else of the regions, then
        step by step."""
        floors, endless = self._floors, Clock(None, until.cancel)
        if self._small:
            prices = joint_prices(floors, leaf, until)
            if prices is not None:
                floors.price(leaf, prices, endless)
                leaf.raises += 1
                return
        prices = None if leaf.raises else self._from_regions(leaf, until)
        if prices is not None:
            floors.also_under(leaf, prices, endless)
        floors.ascend(leaf, self._game.total, steps, until)
        leaf.raises += 1
