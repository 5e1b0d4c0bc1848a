"""What one more unit of a limit is worth to a plan: found by solving again, with its places kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...instances.network import Network
from ...instances.tables import Loan
from ..arrays import LARGE, Arrays, Floats
from ..clock import Clock
from ..highs import Ints, Status
from ..plan import Plan
from ..point import funders_of, point_of, whole
from .elastic import Elastic, elastic
from .limits import Cell, Limit
from .parts import Part, Parts

STEP = 0.01
"""A limit is moved by this share of itself, or by 1 where that is more."""


@dataclass(frozen=True)
class Worth:
    """A limit that binds: ``saved`` is the money that moving it by ``step`` saves while leases, hubs,
    containers and admissions stay as they are; ``per_unit`` the same for one unit."""

    rule: str
    cell: Cell
    limit: float
    step: float
    saved: float

    @property
    def per_unit(self) -> float:
        """Money saved by one more unit."""
        return self.saved / self.step

    def row(self) -> dict[str, Any]:
        """As a row of the result table."""
        return {
            "rule": self.rule,
            "table": self.cell.table,
            "row": self.cell.row,
            "column": self.cell.column,
            "limit": self.limit,
            "moved_by": self.step,
            "saved": self.saved,
            "saved_per_unit": self.per_unit,
        }


class Desk:
    """A plan with its whole-number decisions kept and everything else free, ready for what-if questions.

    A large network is answered group of firms by group of firms, with all others as planned: then what a
    limit saves is what it saves the group that it helps most, at least.
    """

    def __init__(self, network: Network, plan: Plan, clock: Clock):
        self.model: Elastic = elastic(network)
        plain = self.model.plain
        x = point_of(plain, plan.tables, funders_of(network.rows(Loan)))
        self._clock, self.x = clock, x
        self.arrays = _kept(self.model, plain, x)
        self._parts = [solved for part in self._cut() if (solved := _solved(part, clock))]

    def _cut(self) -> Iterator[Part]:
        every = len(self.arrays.cost)
        if len(self.model.plain.cost) > LARGE:
            yield from Parts(self.model, self.arrays).groups(_long(self.arrays, self.x))
        else:
            yield Part(np.arange(every), self.arrays)

    @property
    def cost(self) -> float:
        """Cost of the plan as it is."""
        return self.model.plain.objective(self.x)

    @property
    def settled(self) -> bool:
        """Whether the plan with its places kept was solved in time, so that questions can be answered."""
        return bool(self._parts)

    def promise(self, limit: int, step: float) -> float:
        """What the relaxation's prices say that moving limit number ``limit`` by ``step`` saves; nothing for
        one of a place that the plan does not use."""
        touches = self.model.limits[limit].touches
        if all(touch.gate and not (self.x[list(touch.gate)] > 0.5).any() for touch in touches):
            return 0.0
        column = int(self.model.relief[limit])
        return max((part.price(column) * step for part in self._parts), default=0.0)

    def moved(self, limit: int, step: float) -> float | None:
        """What moving limit number ``limit`` by ``step`` saves; ``None`` where time ran out."""
        at = self.model.relief[limit : limit + 1]
        part = max(self._parts, key=lambda part: part.price(int(at[0])))
        cost = part.best(at, np.array([step]), self._clock)
        return None if cost is None else part.cost - cost

    def without(self, columns: list[int]) -> float | None:
        """What having some columns at 0 costs; infinite where that is impossible, ``None``: not settled."""
        at = np.array(columns, dtype=np.int64)
        part = next((part for part in self._parts if part.part.holds(columns[0])), None)
        cost = None if part is None else part.best(at, np.zeros(len(at)), self._clock)
        return None if part is None or cost is None else cost - part.cost


@dataclass(frozen=True)
class _Solved:
    """A part of the plan at its best: cost and reduced costs."""

    part: Part
    cost: float
    reduced: Floats

    def price(self, column: int) -> float:
        """What a unit more of a column would save."""
        return -float(self.reduced[self.part.at(np.array([column]))[0]]) if self.part.holds(column) else 0.0

    def best(self, columns: Ints, upper: Floats, clock: Clock) -> float | None:
        """Cost of the part with other upper bounds of some columns; infinite where that is impossible."""
        arrays, at = self.part.arrays, self.part.at(columns)
        self.part.solver.set_bounds(at, np.zeros(len(at)), upper)
        outcome = self.part.run(clock)
        self.part.solver.set_bounds(at, arrays.lower[at], arrays.upper[at])
        if outcome.status is Status.INFEASIBLE:
            return float("inf")
        return outcome.objective if outcome.status is Status.OPTIMAL else None


def _solved(part: Part, clock: Clock) -> _Solved | None:
    outcome = part.run(clock)
    if outcome.status is not Status.OPTIMAL or outcome.objective is None or outcome.reduced_costs is None:
        return None
    return _Solved(part, outcome.objective, outcome.reduced_costs)


def _kept(model: Elastic, plain: Arrays, x: Floats) -> Arrays:
    """The elastic arrays with the plan's own costs, its whole-number decisions kept and no limit moved."""
    a, n = model.arrays, len(plain.cost)
    held = whole(replace(a, integer=np.r_[plain.integer, np.zeros(len(a.cost) - n, dtype=bool)]), _long(a, x))
    upper = held.upper.copy()
    upper[model.relief] = 0.0
    return replace(held, cost=np.r_[plain.cost, np.zeros(len(a.cost) - n)], offset=plain.offset, upper=upper)


def _long(arrays: Arrays, x: Floats) -> Floats:
    return np.concatenate([x, np.zeros(len(arrays.cost) - len(x))])


def binding(desk: Desk, most: int = 20) -> list[Worth]:
    """The limits that cost most: ranked by the relaxation's prices, each then moved and solved again."""
    if not desk.settled:
        return []
    steps = [_step(limit) for limit in desk.model.limits]
    promise = np.array([desk.promise(i, step) for i, step in enumerate(steps)])
    least = 1e-9 * (1 + abs(desk.cost))
    order = [int(i) for i in np.argsort(-promise) if promise[i] > least and _straight(desk, int(i))]
    found = []
    for i in order[:most]:
        limit, saved = desk.model.limits[i], desk.moved(i, steps[i])
        if saved is not None and saved > least:
            found.append(Worth(limit.words, limit.cell, limit.value, steps[i], saved))
    return sorted(found, key=lambda worth: -worth.saved)


def _straight(desk: Desk, limit: int) -> bool:
    """Safety days multiply deliveries: moving their rows by a fixed amount would overstate them."""
    return desk.model.limits[limit].cell.rule != "products.safety_days"


def _step(limit: Limit) -> float:
    share = limit.cell.column in ("unmet_share", "max_firm_share", "loss_cap")
    return STEP if share else min(max(1.0, STEP * abs(limit.value)), limit.most)
