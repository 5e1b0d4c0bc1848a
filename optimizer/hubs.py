"""Which hubs to open: branch and bound over hubs, with the Lagrangian bound by firm at every node."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from ..instances.tables import State
from .arrays import Floats
from .blocks import Blocks, Lagrangian
from .clock import Clock

Hubs = frozenset[str]


@dataclass(order=True)
class Node:
    """Hubs decided so far; ``point`` holds the firms' flows at its bound."""

    bound: float
    number: int
    opened: Hubs = field(compare=False)
    shut: Hubs = field(compare=False)
    point: Floats = field(compare=False, repr=False)


class HubTree:
    """Best-first search over open hubs; hubs without levels are free and not decided.

    An undecided hub pays its price per m3 of capacity; an open one the level that costs least under
    the prices of the node, whatever its load; a shut one takes nothing in.  Each is a relaxation, so every
    node's bound is one.
    """

    def __init__(self, blocks: Blocks, lagrangian: Lagrangian, prices: Floats):
        self._blocks, self._lagrangian, self.prices = blocks, lagrangian, prices
        self._index = blocks.index
        self.hubs = list(self._index.levels)
        self._heap: list[Node] = []
        self._numbers = count()

    def run(
        self, clock: Clock, threads: int, on_bound: Callable[[float], bool], nodes: int = 100
    ) -> Node | None:
        """Branch until the least node is decided and return it, or the least node when stopped before:
        by the clock, or because ``on_bound`` says that its bound is good enough.

        Its bound is a bound on the joint optimum, as is every least bound on the way; ``None`` where
        not even the first node could be bounded.
        """
        forced = frozenset(h for h in self.hubs if self._index.hubs[h].state is State.FORCED)
        self._heap = []
        self._push(forced, frozenset(), clock, threads)
        while self._heap and nodes > 0 and not clock.stopped:
            nodes -= 1
            node = self._heap[0]
            if on_bound(node.bound):
                return node
            hub = self._branching(node)
            if hub is None:
                return node
            done = self._push(node.opened | {hub}, node.shut, clock, threads)
            done = done and self._push(node.opened, node.shut | {hub}, clock, threads)
            if not done:
                return node
            self._heap.remove(node)
            heapq.heapify(self._heap)
        return self._heap[0] if self._heap else None

    def hubs_of(self, node: Node) -> Hubs:
        """Hubs open at a node, undecided ones where they have a load."""
        place = self._blocks.arrays.place("haul")
        loaded = {h for (_, h, _), j in place.items() if node.point[j] > 1e-6}
        return node.opened | (frozenset(loaded & set(self.hubs)) - node.shut)

    def _push(self, opened: Hubs, shut: Hubs, clock: Clock, threads: int) -> bool:
        """Bound a node and keep it; whether it could be bounded."""
        prices = self._prices(opened)
        bound, x = self._lagrangian.bound(prices, clock, threads, self._limits(opened, shut, prices))
        if bound is None:
            return False
        if np.isfinite(bound):
            heapq.heappush(self._heap, Node(bound, next(self._numbers), opened, shut, x))
        return True

    def _prices(self, opened: Hubs) -> Floats:
        """Open hubs have paid: their capacity costs nothing more."""
        y = self.prices.copy()
        for family in ("hub_capacity", "hub_family", "hub_link"):
            place = self._blocks.arrays.rows[family]
            for i, key in enumerate(self._blocks.arrays.row_keys[family]):
                if (key[1] if family == "hub_link" else key[0]) in opened:
                    y[place.start + i] = 0.0
        return y

    def _limits(self, opened: Hubs, shut: Hubs, prices: Floats) -> tuple[Floats, Floats]:
        a = self._blocks.arrays
        cost = self._lagrangian.cost(prices)
        lower, upper = a.lower.copy(), a.upper.copy()
        for (_, h, _), j in a.place("haul").items():
            if h in shut:
                upper[j] = 0.0
        for (h, level), j in a.place("hub").items():
            if h in shut:
                upper[j] = 0.0
            elif h in opened:
                lower[j] = upper[j] = float(level == self._cheapest(h, cost))
        return lower, upper

    def _cheapest(self, hub: str, cost: Floats) -> str:
        place = self._blocks.arrays.place("hub")
        return min((k.level for k in self._index.levels[hub]), key=lambda level: cost[place[hub, level]])

    def _branching(self, node: Node) -> str | None:
        """The undecided hub with the greatest load; one without any load counts as shut."""
        load = dict.fromkeys(self.hubs, 0.0)
        for (p, h, _), j in self._blocks.arrays.place("haul").items():
            if h in load:
                load[h] += self._index.products[p].volume_m3 * node.point[j]
        undecided = [h for h in self.hubs if h not in node.opened | node.shut and load[h] > 1e-6]
        return max(undecided, key=lambda h: load[h], default=None)
