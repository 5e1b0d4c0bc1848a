"""A tree over hubs that begins where an earlier one ended, be it on a network that has changed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

import numpy as np

from .arrays import Arrays, Floats
from .blocks import Bases
from .clock import Clock
from .hub_nodes import Node, Opened, Part
from .hubs import HUB_ROWS, HubTree
from .known_prices import PlacedPrices, vector

Decided = Mapping[tuple[str, str | None], bool]
"""Hub and level (``None``: any) -> whether it is open at that."""

Paths = Mapping[int, Decided]
"""Number of a vector of prices -> what is decided where it belongs."""


_SOON = 2e-3
"""Part of a bound that raising prices gains in the time that planning in other places takes."""


def soon(bound: float, enough: float) -> bool:
    """Whether a bound is enough, or soon will be."""
    return bound >= enough - _SOON * abs(enough)


@dataclass(frozen=True)
class _Piece:
    """A part with what is proven of it as it is, and what paths cut it into."""

    node: Node
    pieces: tuple[_Piece, ...]

    @cached_property
    def smallest(self) -> list[Node]:
        """Its smallest parts."""
        return [node for each in self.pieces for node in each.smallest] if self.pieces else [self.node]


class Parts:
    """The parts of a problem that an earlier tree ended with, each with what its multipliers prove as they
    are.  What no path leads to is a part too."""

    def __init__(self, tree: HubTree, arrays: Arrays, known: PlacedPrices):
        self.tree, self._clock, self._threads = tree, Clock(0), 1
        self._index, self._of_hubs = tree.index, arrays.rows_of(HUB_ROWS)
        self._as_given, self._values, self._points = known.values, known.lowered, known.points
        self._gain, self._enough, self._hopeful = 0.0, np.inf, False
        self._first: Node | None = None
        tree.prices = vector(self._values, 0)
        paths = {n: {(h, k): high for h, k, high in path} for n, path in enumerate(known.paths, 1)}
        self._whole = self._piece(({}, frozenset(), ()), paths)

    @property
    def least(self) -> float:
        """The bound that the multipliers prove."""
        return min(node.bound for node in self._whole.smallest)

    def begin(self, enough: float, clock: Clock, threads: int) -> float:
        """Begin the tree with the parts, or larger ones whose bound is ``enough`` (infinite: none is).

        Where too little is proven, the least part is solved, and what that gains is expected of others too.
        Where ``enough`` can be expected of all, or ``soon``, those of which too little is proven are solved,
        until their bound is enough, larger parts first, under the prices of the tree: most firms need
        not be planned again then.  Returns the bound that can be expected of all.
        """
        self._enough, self._clock, self._threads = enough, clock, threads
        poorest, *others = sorted(self._whole.smallest)
        expected = self.least
        if poorest.bound < enough < np.inf:
            self._first = self._solved(poorest, {}, True)
            gain = self._first.bound - poorest.bound
            self._gain = gain if np.isfinite(gain) else 0.0
            expected = min([self._first.bound, *(node.bound + self._gain for node in others)])
        self._hopeful = soon(expected, enough)
        self.tree.begin(self._chosen(self._whole, {}))
        return expected

    def _piece(self, part: Part, paths: Paths) -> _Piece:
        pieces = tuple(self._piece(*each) for each in self._cut(part, paths))
        return _Piece(self._marked(part, paths, not pieces), pieces)

    def _chosen(self, piece: _Piece, near: Bases) -> Iterator[Node]:
        """A part where its bound is enough, or what paths cut it into."""
        node, poor = piece.node, sum(each.bound < self._enough for each in piece.smallest)
        larger = poor > 1 and node.bound + self._gain >= self._enough
        if self._first is not None and not piece.pieces and self._first.path == node.path:
            node = self._first
        elif self._hopeful and node.bound < self._enough and (larger or not piece.pieces):
            node = self._solved(node, near, not piece.pieces)
        if node.bound >= self._enough or not piece.pieces:
            yield node
            return
        for each in piece.pieces:
            yield from self._chosen(each, node.bases or near)

    def _solved(self, node: Node, near: Bases, last: bool) -> Node:
        """A part bounded under the prices of the tree, as others have been; under its own where that is not
        enough and it is one of the ``last``."""
        part, by = (node.opened, node.shut, node.path), (self._clock, self._threads)
        self.tree.learn(node)
        fresh = self.tree.bounded(*part, *by, near=near, enough=self._enough)
        best = node if fresh is None else max(node, fresh)
        own = self.tree.prices_at(node.opened, True, node.prices)
        if not last or best.bound >= self._enough or (fresh is not None and (fresh.prices == own).all()):
            return best
        under_own = self.tree.solved(node, *by, near, self._enough)
        if fresh is None or under_own is None or under_own.under is None:
            return max(best, under_own or best)
        return max(best, replace(under_own, under=fresh.under))  # it is bounded under those of the tree too

    def _marked(self, part: Part, paths: Paths, last: bool) -> Node:
        """A part with the best that is proven of it by the prices of paths to it, by those of the first path
        through it, or where there is none by those of the tree."""
        if not paths:
            return self.tree.marked(part, self.tree.prices)
        if last:
            found = [(y, vector(self._points, n)) for n in paths for y in self._vectors(n)]
            return max(self.tree.marked(part, y, point) for y, point in found)
        number = next(iter(paths))
        first = np.where(self._of_hubs, self.tree.prices, vector(self._values, number))
        point = vector(self._points, number)
        return self.tree.marked(part, self.tree.prices_at(part[0], True, first), point)

    def _vectors(self, number: int) -> Iterator[Floats]:
        """The prices of a part, lowered, and as they are where that is something else."""
        lowered, given = vector(self._values, number), vector(self._as_given, number)
        yield lowered
        if (given != lowered).any():
            yield given

    def _cut(self, part: Part, paths: Paths) -> Iterator[tuple[Part, dict[int, Decided]]]:
        """What a part is cut into where a path goes on, each with the paths through it."""
        opened, shut, before = part
        hub = self._next_cut(opened, shut, paths)
        for more, less, sides in () if hub is None else self.tree.children(opened, shut, hub):
            here = [(self.tree.branches[number], high) for number, high in sides]
            inside = {
                n: path for n, path in paths.items() if all(path.get(b, high) == high for b, high in here)
            }
            yield (more, less, (*before, *sides)), inside

    def _next_cut(self, opened: Opened, shut: frozenset[str], paths: Paths) -> str | None:
        """The hub that a path decides next; those that there are no more are left out."""
        for hub, level in chain.from_iterable(paths.values()):
            open_to = hub not in opened or (level is not None and opened[hub] is None)
            if open_to and hub not in shut and hub in self._index.levels:
                return hub
        return None
