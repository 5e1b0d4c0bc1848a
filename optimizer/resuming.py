"""A tree over hubs that begins where an earlier one ended, be it on a network that has changed since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

import numpy as np

from .arrays import Arrays, Floats
from .blocks import Bases
from .clock import Clock
from .hubs import HUB_ROWS, HubTree, Node, Opened, Part
from .known_prices import KnownPrices, vector

Decided = Mapping[tuple[str, str | None], bool]
"""Hub and level (``None``: any) -> whether it is open at that."""


def resume(
    tree: HubTree, arrays: Arrays, known: KnownPrices, enough: float, clock: Clock, threads: int
) -> None:
    """Begin a tree with the parts that an earlier one ended with, each under its own prices.

    What no path leads to is a part too, and so is a larger one whose bound is ``enough`` (infinite: none is).
    The tree begins anew where the clock stops this, or where the prices bound nothing.
    """
    nodes = _Parts(tree, arrays, known, enough, clock, threads).nodes()
    if nodes is not None:
        tree.begin(nodes)


class _Parts:
    def __init__(
        self, tree: HubTree, arrays: Arrays, known: KnownPrices, enough: float, clock: Clock, threads: int
    ):
        self._tree, self._enough, self._clock, self._threads = tree, enough, clock, threads
        self._index, self._of_hubs = tree.index, arrays.rows_of(HUB_ROWS)
        self._values = known.placed(tree.index, arrays)
        tree.prices = vector(self._values, 0)
        self._paths = {n: {(h, k): high for h, k, high in path} for n, path in enumerate(known.paths, 1)}

    def nodes(self) -> list[Node] | None:
        """The parts with their bounds; ``None`` where one could not be bounded."""
        found: list[Node] = []
        return found if self._gather(({}, frozenset(), ()), self._paths, {}, found) else None

    def _gather(self, part: Part, paths: Mapping[int, Decided], near: Bases, found: list[Node]) -> bool:
        """Bound a part, or what paths cut it into; whether there was time."""
        parts = list(self._cut(part, paths))
        if not parts:
            node = self._best(part, [vector(self._values, n) for n in paths] or [self._tree.prices], near)
        else:
            whole = bool(part[2]) and np.isfinite(self._enough)
            node = self._best(part, self._before_cutting(paths), near) if whole else None
        if node is not None and (not parts or node.bound >= self._enough):
            found.append(node)
            return True
        near = near if node is None else node.bases
        return bool(parts) and all(self._gather(*each, near, found) for each in parts)

    def _best(self, part: Part, prices: Iterable[Floats], near: Bases) -> Node | None:
        """A part under the best of some prices; ``None`` where it could not be bounded."""
        nodes = [self._tree.bounded(*part, self._clock, self._threads, y, near) for y in prices]
        return None if None in nodes else max(filter(None, nodes))

    def _before_cutting(self, paths: Mapping[int, Decided]) -> list[Floats]:
        """Prices of the first path through a part; hubs not decided in the part keep those of the tree."""
        first = vector(self._values, next(iter(paths), 0))
        return [np.where(self._of_hubs, self._tree.prices, first)]

    def _cut(self, part: Part, paths: Mapping[int, Decided]) -> Iterator[tuple[Part, dict[int, Decided]]]:
        """What a part is cut into where a path goes on, each with the paths through it."""
        opened, shut, before = part
        hub = self._next_cut(opened, shut, paths)
        for more, less, sides in () if hub is None else self._tree.children(opened, shut, hub):
            here = [(self._tree.branches[number], high) for number, high in sides]
            inside = {n: path for n, path in paths.items() if all(path.get(b) == high for b, high in here)}
            yield (more, less, (*before, *sides)), inside

    def _next_cut(self, opened: Opened, shut: frozenset[str], paths: Mapping[int, Decided]) -> str | None:
        """The hub that a path decides next; those that there are no more are left out."""
        for hub, level in chain.from_iterable(paths.values()):
            open_to = hub not in opened if level is None else opened.get(hub, level) is None
            if open_to and hub not in shut and hub in self._index.levels:
                return hub
        return None
