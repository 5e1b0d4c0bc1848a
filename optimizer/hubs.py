"""Which hubs to open: branch and bound over hubs, with the Lagrangian bound by firm at every node."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import replace
from itertools import count

import numpy as np

from ..instances.tables import State
from ..models.index import Index
from .arrays import Arrays, Floats
from .ascent import Ascent
from .blocks import Bases, Blocks, Lagrangian
from .certificate import Side
from .clock import Clock
from .duality import usable, weak
from .hub_nodes import Aim, Hubs, Node, Opened, Part
from .known_prices import KnownPrices, named

HUB_ROWS = ("hub_capacity", "hub_family", "hub_link")
"""Rows of which an open hub's nodes pay less."""


_STEPS = 40
"""Steps of one ascent of prices at a leaf."""


def largest_level(ix: Index, hub: str) -> str:
    """The level of a hub that takes in most."""
    return max(ix.levels[hub], key=lambda level: level.capacity_m3_month or np.inf).level


def hub_prices(arrays: Arrays) -> Floats:
    """A price for every row: what room in a hub costs at its level that is cheapest by room, spread over all
    periods alike; 0 for every other row."""
    prices, place = np.zeros(len(arrays.row_lower)), arrays.rows["hub_capacity"]
    room = -arrays.matrix[place].tocsc()
    of_hub = np.array([hub for hub, _ in arrays.row_keys["hub_capacity"]])
    for (hub, _), j in arrays.place("hub").items():
        size = room[:, [j]].sum()
        own = place.start + np.flatnonzero(of_hub == hub)
        if size > 0 and len(own):
            by_room = np.minimum(-arrays.cost[j], 0.0) / size
            prices[own] = np.where(prices[own] < 0, np.maximum(prices[own], by_room), by_room)
    return prices


class HubTree:
    """Best-first search over open hubs; hubs without levels are free and not decided.

    An undecided hub pays its price per m3 of capacity; an open one has paid the level that costs least,
    whatever its load, until its level is decided too; then it pays for what is beyond the level where
    that bounds better.  A shut one takes nothing in.  Each is a relaxation, so every node's bound is one,
    whatever the ``prices``; these may be replaced between runs.
    """

    def __init__(self, blocks: Blocks, lagrangian: Lagrangian, prices: Floats):
        self._blocks, self._lagrangian, self.prices = blocks, lagrangian, prices
        self.index = blocks.index
        self.hubs = list(self.index.levels)
        self._heap: list[Node] = []
        self._begun = self._settled = False
        self._last: dict[Hubs, Bases] = {}  # of the last node at which the levels of these hubs were priced
        self._numbers = count()
        levels = [(h, level.level) for h in self.hubs for level in self.index.levels[h]]
        self.branches: list[tuple[str, str | None]] = [*((h, None) for h in self.hubs), *levels]
        self._branch = {key: number for number, key in enumerate(self.branches)}

    def run(
        self,
        clock: Clock,
        threads: int,
        on_bound: Callable[[float], bool],
        nodes: int = 100,
        aim: Aim | None = None,
        add: Callable[[Node], float] | None = None,
    ) -> Node | None:
        """Branch until the least node is decided and return it, or the least node when stopped before:
        by the clock, or because ``on_bound`` says that its bound is good enough.

        With an ``aim``, the prices of a least node that is decided are raised, while that gains, then made
        anew for it, once.  Others are bounded under the new prices once they are the least.  With ``add``,
        what it finds is added to the bound of a least node that is decided, once.  A further run goes on with
        the nodes of the one before.  The node's bound is a bound on the joint optimum, as is every least
        bound on the way; ``None`` where not even the first node could be bounded.
        """
        if not self._begun:
            self._begun = self._push(None, {}, frozenset(), (), clock, threads)
        while self._heap and nodes > 0 and not clock.stopped:
            nodes -= 1
            node = self._heap[0]
            if on_bound(node.bound) or not self._advance(node, clock, threads, aim, add):
                return node
        return self._heap[0] if self._heap else None

    def _advance(
        self,
        node: Node,
        clock: Clock,
        threads: int,
        aim: Aim | None,
        add: Callable[[Node], float] | None,
    ) -> bool:
        """The next thing to do with the least node; whether it was done."""
        if node.under is None:
            solved = self.solved(node, clock, threads, node.bases)
            return solved is not None and self._replaced(node, solved)
        hub = self._branching(node)
        if node.under is not self.prices:
            return self._renew(node, clock, threads, aim or Aim(0.0))
        if hub is not None:
            return self._split(node, hub, clock, threads, aim or Aim(0.0))
        if node.more is None and add is not None:
            more = add(node)
            return self._replaced(node, replace(node, bound=node.bound + more, more=more))
        if node.more is not None or aim is None:
            return False
        return self._raise(node, aim, clock, threads) or self._own_prices(node, aim)

    def _split(self, node: Node, hub: str, clock: Clock, threads: int, aim: Aim) -> bool:
        """A hub shut or open, an open one at each of its levels; whether all of them could be bounded."""
        before = list(self._heap)
        done = all(
            self._push(node, opened, shut, (*node.path, *sides), clock, threads, aim.enough)
            for opened, shut, sides in self.children(node.opened, node.shut, hub)
        )
        if done:
            self._drop(node)
        else:
            self._heap = before
        return done

    def _renew(self, node: Node, clock: Clock, threads: int, aim: Aim) -> bool:
        """Bound a node under the prices of now too; whether it could be.  Where prices of a leaf's own do not
        gain what they are worth, no more are made."""
        part, near = (node.opened, node.shut, node.path), node.bases
        fresh = self.bounded(*part, clock, threads, near=near, enough=aim.enough)
        if fresh is None:
            return False
        if node.own and fresh.bound <= node.bound + aim.worth:
            self._settled = True
        better = max(fresh, replace(node, under=self.prices))
        return self._replaced(node, replace(better, own=node.own))

    def _own_prices(self, node: Node, aim: Aim) -> bool:
        """Make the prices anew for a leaf, once; no more where those of now suit it."""
        if aim.make_prices is None or node.own or self._settled:
            return False
        prices = aim.make_prices(node)
        self._settled = prices is None
        if prices is None:
            return False
        self.prices = prices
        return self._replaced(node, replace(node, own=True))

    def _raise(self, node: Node, aim: Aim, clock: Clock, threads: int) -> bool:
        """Raise the prices of a leaf towards the target; whether that gained enough to go on.

        What hubs' rows cost stays as it is for the other nodes: there it pays for hubs not decided.
        """
        limits, duals = self.limits_at(node.opened, node.shut), np.zeros(len(self.prices))
        ascent = Ascent(self._blocks, self._lagrangian, node.prices, limits)
        raised = ascent.run(aim.target, clock, threads, _STEPS, aim.enough)
        bound, point = self._lagrangian.bound(raised, clock, threads, limits, duals)
        if bound is None or not node.bound < bound < np.inf:
            return False
        if bound <= node.bound + aim.worth and bound < aim.enough:
            return False
        self.prices = np.where(self._blocks.arrays.rows_of(HUB_ROWS), self.prices, raised)
        better = replace(node, bound=bound, point=point, prices=raised, duals=duals, under=self.prices)
        return self._replaced(node, better)

    def _replaced(self, node: Node, other: Node) -> bool:
        """Keep another node instead of one, nothing where it allows no plan."""
        self._drop(node)
        if other.bound < np.inf:
            heapq.heappush(self._heap, other)
        return True

    def _drop(self, node: Node) -> None:
        self._heap.remove(node)
        heapq.heapify(self._heap)

    def children(self, opened: Opened, shut: Hubs, hub: str) -> Iterator[Part]:
        """What a part is cut into on a hub; the sides are those added."""
        if hub not in opened:
            forced = self.index.hubs[hub].state is State.FORCED
            number = self._branch[hub, None]
            yield {**opened, hub: None}, shut, () if forced else ((number, True),)
            if not forced:
                yield opened, shut | {hub}, ((number, False),)
            return
        levels = [level.level for level in self.index.levels[hub]]
        others: tuple[Side, ...] = ()
        for level in levels:
            number = self._branch[hub, level]
            last = level == levels[-1]
            yield {**opened, hub: level}, shut, others if last else (*others, (number, True))
            others = (*others, (number, False))

    def known(self) -> KnownPrices:
        """The prices of the tree and of its leaves, by name."""
        vectors = [self.prices, *(node.duals for node in self.leaves)]
        points = [0 * self._blocks.arrays.cost, *(node.point for node in self.leaves)]
        paths = [tuple((*self.branches[number], high) for number, high in node.path) for node in self.leaves]
        return named(self.index, self._blocks.arrays, vectors, points, tuple(paths))

    def standing(self) -> HubTree:
        """The same as it is now, without its solvers: what is done to the one does not change the other."""
        out = copy(self)
        out._heap, out._last, out._lagrangian = list(self._heap), {}, Lagrangian(self._blocks)
        return out

    def begin(self, nodes: Iterable[Node]) -> None:
        """Begin with these nodes, together the whole problem, instead of one with nothing decided; their
        prices are their own."""
        self._begun = self._settled = True
        self._heap = [node for node in nodes if node.bound < np.inf]
        heapq.heapify(self._heap)

    @property
    def proven(self) -> float:
        """The bound that the multipliers of all leaves prove."""
        return min((node.bound - (node.more or 0.0) for node in self._heap), default=np.inf)

    @property
    def leaves(self) -> list[Node]:
        """The parts that the problem is cut into by now, but for those without any plan."""
        return list(self._heap)

    def levels_at(self, node: Node) -> dict[str, str | None]:
        """Hub decided at a node -> its level, the largest where that is left open; ``None`` if shut."""
        opened = {h: level or self._largest(h) for h, level in node.opened.items()}
        return {**opened, **dict.fromkeys(node.shut)}

    def hubs_of(self, node: Node) -> Hubs:
        """Hubs open at a node, undecided ones where they have a load."""
        place = self._blocks.arrays.place("haul")
        loaded = {h for (_, h, _), j in place.items() if node.point[j] > 1e-6}
        return frozenset(node.opened) | (frozenset(loaded & set(self.hubs)) - node.shut)

    def _push(
        self,
        parent: Node | None,
        opened: Opened,
        shut: Hubs,
        path: tuple[Side, ...],
        clock: Clock,
        threads: int,
        enough: float = np.inf,
    ) -> bool:
        """Bound a node and keep it where there may be plans; whether it could be bounded.

        What bounds its parent bounds it too, where the prices of now do worse.
        """
        near = {} if parent is None else parent.bases
        node = self.bounded(opened, shut, path, clock, threads, near=near, enough=enough)
        if node is None:
            return False
        if parent is not None and node.bound < parent.bound:
            duals, more = parent.duals, parent.more
            node = replace(node, bound=parent.bound, prices=parent.prices, duals=duals, more=more)
        if np.isfinite(node.bound):
            heapq.heappush(self._heap, node)
        return True

    def bounded(
        self,
        opened: Opened,
        shut: Hubs,
        path: tuple[Side, ...],
        clock: Clock,
        threads: int,
        under: Floats | None = None,
        near: Bases | None = None,
        enough: float = np.inf,
    ) -> Node | None:
        """A node under some prices (those of now), solved only until its bound is ``enough``; ``None`` where
        it could not be bounded.

        Capacity of levels that are not the largest is priced or free, whatever bounds better.  Solvers begin
        where those of a node ``near`` it ended: one cut from another needs a quarter of the steps so.
        """
        limits, best = self.limits_at(opened, shut, under), None
        now = self.prices if under is None else under
        priced = frozenset(h for h, level in opened.items() if level not in (None, self._largest(h)))
        for free in (True, False) if priced else (True,):
            kind = frozenset() if free else priced
            self._lagrangian.start_from((free and near) or self._last.get(kind, {}))
            prices, duals = self.prices_at(opened, free, under), np.zeros(len(now))
            bound, x, whole = self._lagrangian.at_least(enough, prices, clock, threads, limits, duals)
            if bound is None:
                return None
            self._last[kind] = bases = self._lagrangian.bases
            if best is None or bound > best.bound:
                ended = now if whole else None
                number = next(self._numbers)
                best = Node(bound, number, opened, shut, x, prices, duals, path, ended, bases=bases)
            if bound >= enough:
                break
        return best

    def marked(self, part: Part, duals: Floats, point: Floats | None = None) -> Node:
        """A part with what multipliers of all rows prove of it, nothing solved; ``point`` is what firms were
        seen to do under them."""
        opened, shut, path = part
        a, y = self._blocks.arrays, usable(self._blocks.arrays, duals)
        reduced = a.cost - a.matrix.T @ y
        bound = weak(a, y, reduced, *self._limits(opened, shut, reduced))
        x = np.zeros(len(a.cost)) if point is None else point
        return Node(bound, next(self._numbers), opened, shut, x, y, y, path, None)

    def learn(self, node: Node) -> None:
        """Remember a node's multipliers and point for the bounds of others."""
        self._lagrangian.learn(node.duals, node.point)

    def solved(
        self,
        node: Node,
        clock: Clock,
        threads: int,
        near: Bases | None = None,
        enough: float = np.inf,
    ) -> Node | None:
        """A node bounded under its own prices, under those of now where these bound nothing; ``None`` where
        it could not be."""
        part = node.opened, node.shut, node.path
        fresh = self.bounded(*part, clock, threads, node.prices, near, enough)
        fresh = fresh or self.bounded(*part, clock, threads, near=near, enough=enough)
        if fresh is None or fresh.bound >= node.bound:
            return fresh
        return replace(fresh, bound=node.bound, prices=node.prices, duals=node.duals, more=node.more)

    def prices_at(self, opened: Opened, free: bool, under: Floats | None = None) -> Floats:
        """Prices of a node from some (those of now): open hubs have paid, all (``free``) or those at their
        largest level."""
        y = (self.prices if under is None else under).copy()
        paid = {h for h, level in opened.items() if free or level in (None, self._largest(h))}
        for family in HUB_ROWS:
            place = self._blocks.arrays.rows[family]
            for i, key in enumerate(self._blocks.arrays.row_keys[family]):
                hub = key[1] if family == "hub_link" else key[0]
                if hub in paid or (hub in opened and family == "hub_link"):
                    y[place.start + i] = 0.0
        return y

    def _largest(self, hub: str) -> str:
        return largest_level(self.index, hub)

    def limits_at(self, opened: Opened, shut: Hubs, under: Floats | None = None) -> tuple[Floats, Floats]:
        """Column bounds of a node under some prices (those of now)."""
        return self._limits(opened, shut, self._lagrangian.cost(self.prices_at(opened, True, under)))

    def _limits(self, opened: Opened, shut: Hubs, cost: Floats) -> tuple[Floats, Floats]:
        """Column bounds of a node; an open hub whose level is not decided has the one that costs least."""
        a = self._blocks.arrays
        lower, upper = a.lower.copy(), a.upper.copy()
        for (_, h, _), j in a.place("haul").items():
            if h in shut:
                upper[j] = 0.0
        for (h, level), j in a.place("hub").items():
            if h in shut:
                upper[j] = 0.0
            elif h in opened:
                lower[j] = upper[j] = float(level == (opened[h] or self._cheapest(h, cost)))
        return lower, upper

    def _cheapest(self, hub: str, cost: Floats) -> str:
        place = self._blocks.arrays.place("hub")
        return min((k.level for k in self.index.levels[hub]), key=lambda level: cost[place[hub, level]])

    def _branching(self, node: Node) -> str | None:
        """The undecided hub with the greatest load, then an open one whose level is not; one without any
        load counts as shut."""
        load = dict.fromkeys(self.hubs, 0.0)
        for (p, h, _), j in self._blocks.arrays.place("haul").items():
            if h in load:
                load[h] += self.index.products[p].volume_m3 * node.point[j]
        undecided = [h for h in self.hubs if h not in node.opened and h not in node.shut and load[h] > 1e-6]
        several = [h for h, k in node.opened.items() if k is None and len(self.index.levels[h]) > 1]
        return max(undecided or several, key=lambda h: load[h], default=None)
