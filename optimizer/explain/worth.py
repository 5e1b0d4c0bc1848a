"""What one more unit of a limit is worth to a plan: found by solving again, with its places kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...instances.network import Network
from ...instances.tables import Loan
from ..arrays import Arrays, Floats
from ..clock import Clock
from ..highs import Solver, Status
from ..plan import Plan
from ..point import funders_of, point_of, whole
from .elastic import Elastic, elastic
from .limits import Cell, Limit

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
    """A plan with its whole-number decisions kept and everything else free, ready for what-if questions."""

    def __init__(self, network: Network, plan: Plan, clock: Clock):
        self.model: Elastic = elastic(network)
        plain = self.model.plain
        x = point_of(plain, plan.tables, funders_of(network.rows(Loan)))
        self._clock, self.x = clock, x
        self.arrays = _kept(self.model, plain, x)
        self._solver = Solver(self.arrays)
        first = self._solver.run(clock)
        self.objective = first.objective
        self.reduced = first.reduced_costs

    @property
    def settled(self) -> bool:
        """Whether the plan with its places kept was solved in time, so that questions can be answered."""
        return self.objective is not None and self.reduced is not None

    def moved(self, limit: int, step: float) -> float | None:
        """Best cost with limit number ``limit`` moved by ``step``; ``None`` where time ran out."""
        at = self.model.relief[limit : limit + 1]
        self._solver.set_bounds(at, np.zeros(1), np.array([step]))
        outcome = self._solver.run(self._clock)
        self._solver.set_bounds(at, np.zeros(1), np.zeros(1))
        return outcome.objective if outcome.status is Status.OPTIMAL else None

    def without(self, columns: list[int]) -> float | None:
        """Best cost with some columns at 0; infinite where that is impossible, ``None`` without an answer."""
        at = np.array(columns, dtype=np.int64)
        self._solver.set_bounds(at, np.zeros(len(at)), np.zeros(len(at)))
        outcome = self._solver.run(self._clock)
        self._solver.set_bounds(at, self.arrays.lower[at], self.arrays.upper[at])
        if outcome.status is Status.INFEASIBLE:
            return float("inf")
        return outcome.objective if outcome.status is Status.OPTIMAL else None


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
    if desk.reduced is None or desk.objective is None:
        return []
    steps = np.array([_step(limit) for limit in desk.model.limits])
    promise = -desk.reduced[desk.model.relief] * steps
    least = 1e-9 * (1 + abs(desk.objective))
    order = [int(i) for i in np.argsort(-promise) if promise[i] > least and _straight(desk, int(i))]
    found = []
    for i in order[:most]:
        limit, step = desk.model.limits[i], float(steps[i])
        cost = desk.moved(i, step)
        if cost is not None and desk.objective - cost > least:
            found.append(Worth(limit.words, limit.cell, limit.value, step, desk.objective - cost))
    return sorted(found, key=lambda worth: -worth.saved)


def _straight(desk: Desk, limit: int) -> bool:
    """Safety days multiply deliveries: moving their rows by a fixed amount would overstate them."""
    return desk.model.limits[limit].cell.rule != "products.safety_days"


def _step(limit: Limit) -> float:
    share = limit.cell.column in ("unmet_share", "max_firm_share", "loss_cap")
    return STEP if share else min(max(1.0, STEP * abs(limit.value)), limit.most)
