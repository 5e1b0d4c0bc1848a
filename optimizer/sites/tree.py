"""Branch and bound over sites with the Lagrangian bound: few nodes where few sites are in doubt."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable

import numpy as np

from ..clock import Clock
from .ascent import Leaves, Node, climb, proven, settle
from .exchange import start
from .problem import Bools, Problem

ROUNDS = 40
"""Rounds of ascent at a node, from its parent's prices."""


class Tree:
    """Nodes by bound, the least first; ``value`` is the cost of the best plan known.

    ``offer`` is told of every set of open sites worth trying (by their numbers in the problem) and returns
    its cost, ``announce`` of every new bound.
    """

    def __init__(
        self,
        problem: Problem,
        value: float,
        gap: float,
        offer: Callable[[Bools], float],
        announce: Callable[[float], None],
    ):
        self.problem, self.value, self.gap = problem, value, gap
        self._offer, self._announce = offer, announce
        self._number = itertools.count()
        self.open: list[tuple[float, int, Node]] = []
        self._bound = np.inf
        self.leaves: Leaves = []

    def add(self, node: Node) -> None:
        """A node to be looked into."""
        heapq.heappush(self.open, (node.bound, next(self._number), node))

    @property
    def bound(self) -> float:
        """What all open nodes prove; the best plan's cost where none is left."""
        low = proven(self.open[0][2]) if self.open else np.inf
        return min(low, self.value, self._bound)

    @property
    def done(self) -> bool:
        """Whether the gap asked for is reached."""
        return self.value - self.bound <= self.gap * abs(self.value)

    def run(self, clock: Clock, most: int) -> None:
        """Branch until done, the clock stops, or after so many nodes."""
        for _ in range(most):
            if self.done or not self.open or clock.stopped:
                break
            _, _, node = self.open[0]
            children = self._children(node, clock)
            if clock.stopped:
                break
            heapq.heappop(self.open)
            for child in children:
                self.add(child)
            self._announce(self.bound)

    def _children(self, node: Node, clock: Clock) -> list[Node]:
        if node.settled:
            self._leaf(node)
            return []
        self._try(node)
        free = np.flatnonzero(~node.forced)
        place = int(free[np.argmin(np.abs(node.often[free] - 0.5))])
        out = []
        for child in (node.open(place), node.close(place)):
            if not self._hopeless(child):
                child = climb(self.problem, child, self.value, ROUNDS, clock)
                child = settle(self.problem, child, self.value, self.leaves)
            if child.bound < self.value and not self._hopeless(child):
                out.append(child)
            else:
                self.leaves.append((child.path, child.prices))
        return out

    def _hopeless(self, node: Node) -> bool:
        """Whether the sites in play cannot hold all demand."""
        total = self.problem.demand.sum()
        return bool(self.problem.capacity[node.sites].sum() < total * (1 - 1e-9))

    def _leaf(self, node: Node) -> None:
        """Every site is decided: its best plan is the bound of the node."""
        opened = np.zeros(len(self.problem.fixed), dtype=bool)
        opened[node.sites] = True
        self.value = min(self.value, self._offer(opened))
        self.leaves.append((node.path, node.prices))

    def _try(self, node: Node) -> None:
        opened = np.zeros(len(self.problem.fixed), dtype=bool)
        likely = start(self.problem.only(node.sites), np.where(node.forced, 2.0, node.often))
        opened[node.sites[likely | node.forced]] = True
        self.value = min(self.value, self._offer(opened))
