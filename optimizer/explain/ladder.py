"""Why a network has no plan and what would give it one: checks, elastic limits, conflict."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...instances.checks import check
from ...instances.findings import Finding, InputError
from ...instances.network import Network
from ...instances.tables import Period
from ..arrays import LARGE
from ..clock import Clock
from ..highs import Status
from ..plan import Plan
from ..progress import Progress
from ..solve import solve
from .conflict import Conflict, conflict_of_groups, smallest_conflict
from .elastic import elastic, keeps, least_relief
from .limits import RULES, Cell
from .parts import groups_met
from .rescue import rescue
from .structure import OF_PLANS, countable, structural
from .suggest import Suggestion, apply, joined, suggestions, table

ROUNDS = 4
"""Times that a repaired network is repaired again, where its limits depend on each other."""

REPAIR = 0.6
"""Most of the time left that one search for what has to give may take; conflict and cost come after it."""


@dataclass(frozen=True)
class Explanation:
    """What stands in the way of a plan, and the least that has to change.

    ``status``: *feasible* (a plan exists as it is), *explained* (the suggestions make one possible, proven
    by a plan or by the elastic model), *unsettled* (time ran out, or some rule that may not move is in the
    way).
    ``cost`` is the cost of the best plan found for the repaired network, ``None`` where none was looked for.
    """

    status: str
    findings: tuple[Finding, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    conflict: Conflict | None = None
    cost: float | None = None
    bound: float | None = None
    seconds: float = 0.0
    remarks: tuple[str, ...] = field(default=())

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The suggestions as one table."""
        return table(self.suggestions)

    def repaired(self, network: Network) -> Network:
        """The network with every suggestion applied."""
        return apply(network, self.suggestions)


def explain_infeasible(
    network: Network,
    *,
    time_limit: float | None = 120.0,
    weights: Mapping[str, float] | None = None,
    keep: Collection[str] = (),
    price: bool = True,
    conflict: bool = True,
    on_progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
) -> Explanation:
    """Why no plan exists, in words, figures and the smallest conflict.

    ``weights`` multiplies the price of moving a limit, by ``table.column`` or table: the planner's
    priorities; limits of the kinds in ``keep`` stay as they are.  ``price`` also plans the repaired network.
    Raises ``InputError`` for a network that is wrong in itself, ``ValueError`` for an unknown kind of limit.
    """
    _known({*(weights or {}), *keep})
    clock = Clock(time_limit, cancel)
    report = _Teller(clock, on_progress)
    report("checks without solving")
    wrong = [f for f in check(network) if f.severity == "error" and f.code not in OF_PLANS]
    if wrong:
        raise InputError(wrong)
    findings = tuple(structural(network))
    report("what has to give")
    repair = _repair(network, clock, weights or {}, keep, report)
    status, changes = repair.status, repair.changes
    if status == "feasible":
        return Explanation(status, findings, seconds=clock.elapsed)
    found = None
    if conflict and not clock.stopped:
        report("which limits cannot all hold")
        found = _conflict(network, changes, clock.part(clock.remaining / 2))
    cost, bound, remarks = None, None, list[str]()
    if conflict and found is None and changes:
        remarks.append("Which limits cannot all hold was not found in the time.")
    if changes and not repair.least:
        remarks.append("It is not proven that less could not do: time was short, or the network is large.")
    if price and status == "explained" and not clock.stopped:
        report("cost of the repaired network")
        plan = solve(
            apply(network, changes), gap=0.02, time_limit=clock.remaining, cancel=cancel, start=repair.plan
        )
        cost, bound = plan.objective, plan.bound
        if plan.status == "infeasible":
            status = "unsettled"
            remarks.append("The repaired network still has no plan: its limits are too close to each other.")
    return Explanation(status, findings, tuple(changes), found, cost, bound, clock.elapsed, tuple(remarks))


def _known(names: Collection[str]) -> None:
    tables = {rule.split(".")[0] for rule in RULES}
    unknown = sorted(name for name in names if name not in RULES and name not in tables)
    if unknown:
        raise ValueError(f"no limit is called {', '.join(unknown)}; there are {', '.join(RULES)}")


class _Teller:
    def __init__(self, clock: Clock, listener: Callable[[Progress], None] | None):
        self._clock, self._listener = clock, listener

    def __call__(self, phase: str) -> None:
        if self._listener:
            self._listener(Progress(self._clock.elapsed, phase))


def _counted(network: Network) -> list[Suggestion]:
    """No more markets can be served fully than have demand."""
    rule, periods = "periods.min_covered", network.by_key(Period)
    return [
        Suggestion(
            RULES[rule].words,
            Cell("periods", (t,), "min_covered"),
            periods[t].min_covered,
            count,
            float((periods[t].min_covered or 0) - count),
            count,
            0.0,
        )
        for t, count in countable(network).items()
    ]


@dataclass(frozen=True)
class _Repair:
    """What has to change: *feasible*, *explained* or *unsettled*, whether less cannot do, and a plan that
    keeps the changed limits, where the network is large."""

    status: str
    changes: list[Suggestion]
    least: bool = True
    plan: Plan | None = None


def _repair(
    network: Network,
    clock: Clock,
    weights: Mapping[str, float],
    keep: Collection[str],
    tell: Callable[[str], None],
) -> _Repair:
    """Move limits until nothing has to move any more: then the plan of the elastic model keeps them all."""
    changes, least, x, plan = _counted(network), True, None, None
    for _ in range(ROUNDS):
        repaired = apply(network, changes)
        model = elastic(repaired, weights, keep)
        if x is not None and keeps(model, x):
            break
        part = clock.part(REPAIR * clock.remaining)
        large = len(model.plain.cost) > LARGE
        relief, plan = rescue(repaired, model, part, tell) if large else (None, None)
        if relief is None:
            relief = least_relief(model, part)
        if relief.x is None:
            return _Repair("unsettled", changes, False)
        least = least and relief.status is Status.OPTIMAL
        if not relief.amounts.any():
            break
        x = relief.x[: len(model.plain.cost)]
        changes = joined(changes, suggestions(repaired, model, relief))
    return _Repair("explained" if changes else "feasible", changes, least, plan)


def _conflict(network: Network, changes: list[Suggestion], clock: Clock) -> Conflict | None:
    """The smallest conflict; in a large network of one group of firms that limits had to move for."""
    model, likely = elastic(network), sorted({change.cell.rule for change in changes})
    if len(model.plain.cost) <= LARGE:
        return smallest_conflict(model, clock, likely)
    moved = {change.cell for change in changes}
    numbers = groups_met(model, [i for i, limit in enumerate(model.limits) if limit.cell in moved])
    return conflict_of_groups(model, numbers, clock, likely)
