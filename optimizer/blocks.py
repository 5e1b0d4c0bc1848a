"""The joint model cut into one block per group of firms and one for places; what couples them is priced.

Lagrangian decomposition by firm: whatever the prices, the sum of the blocks' optima and the priced
right-hand sides is a lower bound on the joint optimum.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
import pyomo.environ as pyo
from highspy import HighsBasis
from numpy.typing import NDArray
from scipy import sparse

from ..instances.tables import Member
from ..models.index import Index
from .arrays import Arrays, Floats
from .clock import Clock
from .duality import Duality, Range, usable
from .highs import Ints, Outcome, Solver, Status

PLACES = -1
SHARED = -2

SENT = ("haul", "hold", "ship", "stock", "deliver", "parcel", "unmet")
"""Columns of goods, in units of their product."""

_BY_PRODUCT = (*SENT, "source")
_BY_FIRM = ("receipt", "loan", "draw", "admit", "in_use", "cash", "emergency")
_ROW_OF_FIRM = ("cash_balance",)

Bases = Mapping[str, HighsBasis]
"""Block by name -> a basis of its linear programme."""

_MOST = 8
"""Firms that are planned as one group."""

_FEWEST = 50
"""Simplex steps that a block of any size may take from its last basis."""

_WARM = 0.3
"""Simplex steps for each row that a block may take from its last basis.  From scratch it takes some 0.45, a
third of a second on `anhui`; from a basis that other prices made useless it once took 8.4, 107 seconds."""


_REMEMBERED = 8
"""Multipliers and points that are kept of each block.  Of 220 blocks' programmes in a tree over four hubs 129
had been solved before, as no block can use all hubs and levels of one hub may be priced alike."""


@dataclass(frozen=True)
class Block:
    """Columns of one group of firms (or of the places), its own rows, and the shared rows it touches."""

    name: str
    columns: Ints
    rows: Ints
    shared: Ints


class Blocks:
    """Who owns which column and row.

    Firms are taken by groups: a core firm and its members, which share its guarantee, or a firm alone.
    A row belongs to a group when all its columns do; a firm's cash rows are its own although other
    firms' loans (guarantee fees) and the true-up may enter them.  Every other mixed row is shared, and so is
    the operator's account even where no firm pays into it: what a hub's level costs must not hang on it.
    """

    def __init__(self, model: pyo.ConcreteModel, arrays: Arrays, groups: list[tuple[str, ...]] | None = None):
        self.index: Index = model.index
        self.arrays = arrays
        self.groups = groups or _groups(self.index)
        self._number = {f: i for i, group in enumerate(self.groups) for f in group}
        self.column_owner = self._column_owners()
        self.row_owner = self._row_owners()
        self.by_column = arrays.matrix.tocsc()

    def _column_owners(self) -> NDArray[np.int64]:
        number = self._number
        firm_of = {p: number[row.firm] for p, row in self.index.products.items()}
        owner = np.full(len(self.arrays.cost), PLACES, dtype=np.int64)
        for component, place in self.arrays.columns.items():
            keys = self.arrays.keys[component]
            if component in _BY_PRODUCT:
                owner[place] = [firm_of[key[0]] for key in keys]
            elif component in _BY_FIRM:
                owner[place] = [number[key[0]] for key in keys]
            elif component == "subsidy":
                owner[place] = [number[key[1]] for key in keys]
        return owner

    def _row_owners(self) -> NDArray[np.int64]:
        owner, number = row_owners(self.arrays.matrix, self.column_owner, SHARED), self._number
        for family in _ROW_OF_FIRM:
            if family in self.arrays.rows:
                place = self.arrays.rows[family]
                owner[place] = [number[key[0]] for key in self.arrays.row_keys[family]]
        owner[self.arrays.rows.get("operator_balance", slice(0, 0))] = SHARED
        return owner

    @cached_property
    def kinds(self) -> Ints:
        """A number for each column: all goods of one product count in its units, which may be grams or tons;
        columns of every other component are of one kind."""
        found: dict[str | tuple[str, str], int] = {}
        out = np.zeros(len(self.arrays.cost), dtype=np.int64)
        for component, place in self.arrays.columns.items():
            if component in SENT:
                kinds = [("goods", key[0]) for key in self.arrays.keys[component]]
                out[place] = [found.setdefault(kind, len(found)) for kind in kinds]
            else:
                out[place] = found.setdefault(component, len(found))
        return out

    @cached_property
    def blocks(self) -> list[Block]:
        """The groups' blocks in the order of ``groups``, the places' block last."""
        groups = [self._block(i, group[0]) for i, group in enumerate(self.groups)]
        return [*groups, self._block(PLACES, "")]  # no firm has an empty name

    def _block(self, owner: int, name: str) -> Block:
        columns = np.flatnonzero(self.column_owner == owner)
        touched = np.unique(self.by_column[:, columns].indices)
        shared = touched[self.row_owner[touched] == SHARED]
        return Block(name, columns, np.flatnonzero(self.row_owner == owner), shared)

    def local(self, block: Block, rows: Ints, cost: Floats, lower: Floats, upper: Floats) -> Arrays:
        """A block as arrays of its own with some rows and their limits."""
        part = self.arrays.part(rows, block.columns)
        return replace(part, cost=cost[block.columns], row_lower=lower, row_upper=upper)


def row_owners(matrix: sparse.csr_matrix, owner: Ints, mixed: int) -> Ints:
    """Whose columns alone each row has; ``mixed`` where they are of several owners, or there are none."""
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    low = np.full(matrix.shape[0], np.iinfo(np.int64).max)
    high = np.full(matrix.shape[0], np.iinfo(np.int64).min)
    np.minimum.at(low, rows, owner[matrix.indices])
    np.maximum.at(high, rows, owner[matrix.indices])
    return np.where(low == high, low, mixed)


def _groups(ix: Index) -> list[tuple[str, ...]]:
    """Firms by core firm, where a core firm has few members; the others one by one."""
    members: dict[str, list[str]] = defaultdict(list)
    for row in ix.network.rows(Member):
        members[row.core].append(row.firm)
    taken: set[str] = set()
    out: list[tuple[str, ...]] = []
    for core, others in members.items():
        group = tuple(f for f in dict.fromkeys((core, *others)) if f in ix.firms and f not in taken)
        if 1 < len(group) <= _MOST:
            out.append(group)
            taken |= set(group)
    return out + [(f,) for f in ix.firms if f not in taken]


class Lagrangian:
    """Lower bounds from prices on the shared rows; block solvers stay warm between prices."""

    def __init__(self, blocks: Blocks):
        self._blocks = blocks
        self._solvers: dict[str, Solver] = {}
        self._known: dict[str, Duality] = {}
        self._shared = np.flatnonzero(blocks.row_owner == SHARED)
        self._matrix = blocks.arrays.matrix[self._shared]

    def bound(
        self,
        prices: Floats,
        clock: Clock,
        threads: int = 1,
        limits: tuple[Floats, Floats] | None = None,
        out: Floats | None = None,
    ) -> tuple[float | None, Floats]:
        """Lower bound under ``prices`` (one per row, duals in sign; used on shared rows only) and the
        point of the blocks' optima; ``limits`` are column bounds other than the model's.  The multipliers
        of all rows are written to ``out``.

        The bound is ``None`` where a block is not solved, infinite where one is infeasible.
        """
        value, x, whole = self.at_least(np.inf, prices, clock, threads, limits, out)
        return (value if whole else None), x

    def at_least(
        self,
        enough: float,
        prices: Floats,
        clock: Clock,
        threads: int = 1,
        limits: tuple[Floats, Floats] | None = None,
        out: Floats | None = None,
    ) -> tuple[float | None, Floats, bool]:
        """The same, but blocks are solved only until the bound is ``enough``, or the clock stops, those of
        which least is known first; and whether it is that of all blocks' optima."""
        blocks, a, cost = self._blocks.blocks, self._blocks.arrays, self.cost(prices)
        low, high = limits if limits is not None else (a.lower, a.upper)
        solve = partial(self._solve, cost=cost, lower=low, upper=high, clock=clock)
        fixed, some = a.offset + self._ends(prices), len(blocks) if enough == np.inf else threads
        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(lambda block: self._range(block, cost, low, high), blocks))
            while not clock.stopped and (batch := _unknown(found, enough - fixed)[:some]):
                for i, outcome in zip(batch, pool.map(solve, (blocks[i] for i in batch)), strict=True):
                    if outcome.status is Status.INFEASIBLE:
                        return np.inf, np.zeros(len(cost)), True
                    if outcome.status is Status.OPTIMAL and outcome.objective is not None:
                        value = outcome.objective
                        found[i] = Range(value, value, outcome.duals, outcome.values(), fits=True)
                    elif not clock.stopped:
                        return None, np.zeros(len(cost)), False
        value = fixed + sum(each.least for each in found)
        point = self._gathered(found, prices, out)
        return (value if np.isfinite(value) else None), point, not _unknown(found)

    def _gathered(self, found: Sequence[Range], prices: Floats, out: Floats | None) -> Floats:
        """The point of all blocks, 0 where none is known; their multipliers are written to ``out``."""
        x = np.zeros(len(self._blocks.arrays.cost))
        for block, each in zip(self._blocks.blocks, found, strict=True):
            if each.point is not None:
                x[block.columns] = each.point
            if out is not None and each.duals is not None:
                out[block.rows] = each.duals
        if out is not None:
            out[self._shared] = self._usable(prices)
        return x

    def _ends(self, prices: Floats) -> float:
        """What prices of shared rows earn on their limits."""
        a, y = self._blocks.arrays, self._usable(prices)
        ends = np.where(y > 0, a.row_lower[self._shared], a.row_upper[self._shared])
        return float(y @ np.where(y == 0, 0.0, ends))

    @property
    def bases(self) -> Bases:
        """Where every block's solver stands."""
        return {name: solver.basis for name, solver in self._solvers.items() if not solver.late}

    def start_from(self, bases: Bases) -> None:
        """Solve next from where the solvers stood earlier: near prices and limits like those of now."""
        for name, basis in bases.items():
            if name in self._solvers and not self._solvers[name].late:
                self._solvers[name].start_from(basis)

    def cost(self, prices: Floats) -> Floats:
        """Costs of all columns under prices on the shared rows."""
        out: Floats = self._blocks.arrays.cost - self._matrix.T @ self._usable(prices)
        return out

    def _usable(self, prices: Floats) -> Floats:
        """Prices of the shared rows that can be used."""
        out: Floats = usable(self._blocks.arrays, prices)[self._shared]
        return out

    def learn(self, duals: Floats, point: Floats) -> None:
        """Keep multipliers of all rows and a point of all columns for the blocks that they are of."""
        for block in self._blocks.blocks:
            self._duality(block).learn(duals[block.rows], point[block.columns])

    def _duality(self, block: Block) -> Duality:
        if block.name not in self._known:
            low, high = self._widened(block)
            programme = self._blocks.local(block, block.rows, self._blocks.arrays.cost, low, high)
            self._known[block.name] = Duality(programme, _REMEMBERED)
        return self._known[block.name]

    def _range(self, block: Block, cost: Floats, lower: Floats, upper: Floats) -> Range:
        """What is known of a block's optimum; its solver goes on from there where it is the whole."""
        j = block.columns
        found = self._duality(block).range(cost[j], lower[j], upper[j])
        if found.met and found.basis is not None and block.name in self._solvers:
            self._solvers[block.name].start_from(found.basis)
        return found

    def _solve(self, block: Block, cost: Floats, lower: Floats, upper: Floats, clock: Clock) -> Outcome:
        """A block's optimum, kept for later."""
        outcome = self._solve_anew(block, cost, lower, upper, clock)
        if outcome.status is Status.OPTIMAL and outcome.duals is not None and block.name in self._solvers:
            basis = self._solvers[block.name].basis
            self._duality(block).learn(outcome.duals, outcome.values(), basis)
        return outcome

    def _solve_anew(self, block: Block, cost: Floats, lower: Floats, upper: Floats, clock: Clock) -> Outcome:
        """A block's optimum, from its last basis; from scratch where that leads HiGHS astray."""
        known = block.name in self._solvers
        solver = self._solver(block, cost, lower, upper)
        if known:
            solver.set_option("simplex_iteration_limit", max(_FEWEST, int(_WARM * len(block.rows))))
        outcome = solver.run(clock)
        if solver.late or not (outcome.status is Status.OPTIMAL or clock.stopped):
            del self._solvers[block.name]
        if outcome.status is Status.OPTIMAL or clock.stopped:
            return outcome
        return self._solver(block, cost, lower, upper).run(clock)

    def _solver(self, block: Block, cost: Floats, lower: Floats, upper: Floats) -> Solver:
        if block.name not in self._solvers:
            programme = self._duality(block).programme
            self._solvers[block.name] = Solver(replace(programme, cost=cost[block.columns]))
        solver, every = self._solvers[block.name], np.arange(len(block.columns))
        solver.set_costs(every, cost[block.columns])
        solver.set_bounds(every, lower[block.columns], upper[block.columns])
        return solver

    def _widened(self, block: Block) -> tuple[Floats, Floats]:
        """Limits of the block's rows, widened by all that other blocks' columns could add."""
        a = self._blocks.arrays
        rows = a.matrix[block.rows]
        foreign = np.ones(len(a.cost), dtype=bool)
        foreign[block.columns] = False
        part = rows.multiply(sparse.csr_matrix(foreign.astype(float))).tocsr()
        part.eliminate_zeros()
        positive, negative = part.maximum(0), part.minimum(0)
        least = _activity(positive, a.lower) + _activity(negative, a.upper)
        most = _activity(positive, a.upper) + _activity(negative, a.lower)
        return a.row_lower[block.rows] - most, a.row_upper[block.rows] - least


def _unknown(found: Sequence[Range], need: float | None = None) -> list[int]:
    """Blocks whose optimum is not known, those of which least is known first and those that seem to have
    little to gain last; none where what is known adds up to the ``need``."""
    if need is not None and sum(each.least for each in found) >= need:
        return []
    waiting = [i for i, each in enumerate(found) if not each.met]
    return sorted(waiting, key=lambda i: (found[i].almost, -found[i].open))


def _activity(matrix: sparse.csr_matrix, x: Floats) -> Floats:
    """Row sums of coefficient times bound, infinite bounds counted only where they have a coefficient."""
    finite = matrix @ np.where(np.isfinite(x), x, 0.0)
    flags = abs(matrix) @ np.isinf(x).astype(float)
    sign = np.sign(matrix @ np.where(np.isinf(x), np.sign(x), 0.0))
    return np.where(flags > 0, np.where(sign < 0, -np.inf, np.inf), finite)


def prices_of(arrays: Arrays, duals: Mapping[tuple[str, Any], list[float]]) -> Floats:
    """Duals by (family, key) as a vector over rows; several for one row are averaged."""
    y = np.zeros(len(arrays.row_lower))
    places = {
        family: {k: place.start + i for i, k in enumerate(arrays.row_keys[family])}
        for family, place in arrays.rows.items()
    }
    for (family, key), values in duals.items():
        row = places.get(family, {}).get(key)
        if row is not None:
            y[row] = sum(values) / len(values)
    return y
