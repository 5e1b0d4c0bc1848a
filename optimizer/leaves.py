"""A certificate for a small model: branch and bound of our own, whose every leaf keeps its multipliers."""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse

from .arrays import Arrays, Floats
from .certificate import Certificate, Leaf, Side, implied_bounds
from .clock import Clock
from .highs import Ints, Outcome, Solver, Status

NODES = 300
"""Most nodes looked into."""

MARGIN = 2e-7
"""What is taken off the cost of a column without limit, relative to the largest cost: its reduced cost then
stays on the right side of zero in spite of the solver's tolerance."""


@dataclass(order=True)
class _Node:
    bound: float
    number: int
    path: tuple[Side, ...] = field(compare=False)
    duals: Floats = field(compare=False)
    x: Floats | None = field(compare=False)


def prove(arrays: Arrays, target: float, clock: Clock) -> Certificate | None:
    """A certificate of a bound near ``target``, or of what nodes and clock allow; ``None`` without any."""
    return _Tree(arrays, target, clock).run()


class _Tree:
    def __init__(self, arrays: Arrays, target: float, clock: Clock):
        lower, upper = implied_bounds(arrays)
        arrays = replace(arrays, lower=lower, upper=upper, _places={})
        self.arrays, self.target, self.clock = arrays, target, clock
        margin = MARGIN * float(np.abs(arrays.cost).max(initial=0.0))
        free = np.isinf(arrays.upper).astype(float) - np.isinf(arrays.lower)
        self._solver = Solver(replace(arrays, cost=arrays.cost - margin * free, _places={}), presolve="off")
        self._whole = np.flatnonzero(arrays.integer)
        self._branches: list[tuple[int, int]] = []
        self._numbers = itertools.count()

    def run(self) -> Certificate | None:
        """Best node first; what is still open at the end is a leaf too."""
        first = self._node((), None)
        if first is None:
            return None
        heap, done = [first], list[_Node]()
        for _ in range(NODES):
            if not heap or self.clock.stopped:
                break
            node = heap[0]
            column = self._fractional(node)
            if column < 0:
                done.append(heapq.heappop(heap))
                continue
            children = self._children(node, column)
            if children is None:
                break
            heapq.heappop(heap)
            for child in children:
                heapq.heappush(heap, child)
        return self._certificate([*done, *heap])

    def _fractional(self, node: _Node) -> int:
        """The whole-number column farthest from one; −1 where the node is finished."""
        if node.x is None or node.bound >= self.target:
            return -1
        part = np.abs(node.x[self._whole] - np.round(node.x[self._whole]))
        return int(self._whole[part.argmax()]) if part.max(initial=0.0) > 1e-7 else -1

    def _children(self, node: _Node, column: int) -> list[_Node] | None:
        assert node.x is not None
        number = len(self._branches)
        self._branches.append((column, int(np.floor(node.x[column]))))
        found = [self._node((*node.path, (number, high)), node) for high in (False, True)]
        return [child for child in found if child is not None] if None not in found else None

    def _node(self, path: tuple[Side, ...], parent: _Node | None) -> _Node | None:
        lower, upper = self._box(path)
        self._solver.set_bounds(self._whole, lower[self._whole], upper[self._whole])
        outcome = self._solver.run(self.clock)
        if outcome.status is Status.OPTIMAL and outcome.duals is not None and outcome.objective is not None:
            return _Node(outcome.objective, next(self._numbers), path, outcome.duals, outcome.x)
        return None if parent is None else self._infeasible(outcome, path, parent, lower, upper)

    def _infeasible(
        self, outcome: Outcome, path: tuple[Side, ...], parent: _Node, lower: Floats, upper: Floats
    ) -> _Node | None:
        """A part without any plan: its ray, added often enough, lifts the parent's multipliers above the
        target."""
        ray = self._solver.ray() if outcome.status is Status.INFEASIBLE else None
        if ray is None:
            return None
        gain = _value(self.arrays, ray, lower, upper)
        if gain < 0:
            ray, gain = -ray, _value(self.arrays, -ray, lower, upper)
        if not 0 < gain < np.inf:
            return None
        often = (abs(self.target - parent.bound) + 1e-3 * abs(self.target) + 1.0) / gain
        return _Node(np.inf, next(self._numbers), path, parent.duals + often * ray, None)

    def _box(self, path: tuple[Side, ...]) -> tuple[Floats, Floats]:
        lower, upper = self.arrays.lower.copy(), self.arrays.upper.copy()
        for number, high in path:
            column, at = self._branches[number]
            if high:
                lower[column] = max(lower[column], at + 1)
            else:
                upper[column] = min(upper[column], at)
        return lower, upper

    def _certificate(self, leaves: list[_Node]) -> Certificate:
        columns = np.array([column for column, _ in self._branches], dtype=np.int64)
        count, shape = np.arange(len(columns)), (len(columns), len(self.arrays.cost))
        branches = sparse.csr_matrix((np.ones(len(columns)), (count, columns)), shape=shape)
        at: Ints = np.array([value for _, value in self._branches], dtype=np.int64)
        duals = sparse.csr_matrix(np.array([leaf.duals for leaf in leaves]))
        cuts = sparse.csr_matrix((0, len(self.arrays.row_lower)))
        parts = tuple(Leaf(leaf.path, i) for i, leaf in enumerate(leaves))
        return Certificate(branches, at, duals, cuts, parts)


def _value(arrays: Arrays, y: Floats, lower: Floats, upper: Floats) -> float:
    """What multipliers prove where nothing costs anything."""
    side = np.where(y > 0, arrays.row_lower, arrays.row_upper)
    reduced = -(arrays.matrix.T @ y)
    reduced[np.abs(reduced) < 1e-9 * np.abs(reduced).max(initial=0.0)] = 0.0
    used, some = y != 0, reduced != 0
    ends = np.where(reduced > 0, lower, upper)
    return float(y[used] @ side[used] + reduced[some] @ ends[some])
