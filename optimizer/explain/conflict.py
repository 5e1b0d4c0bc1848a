"""Which limits cannot all hold: the smallest set of groups, then of figures, that rules every plan out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import numpy as np

from ..clock import Clock
from ..highs import Solver, Status
from .elastic import Elastic
from .limits import Cell
from .parts import alone

T = TypeVar("T")

MOST_CELLS = 400
"""Figures up to which a conflict is narrowed down from groups to single figures."""


@dataclass(frozen=True)
class Conflict:
    """Limits that no plan can keep all at once, though it could keep any others.

    ``groups`` are kinds of limits (``table.column``), ``cells`` the single figures where the search came
    that far.  ``minimal`` says that leaving out any one of them would allow a plan.  ``rows`` is how
    many rows the irreducible set of HiGHS holds where even fractions of leases and containers do not help,
    and ``families`` their names.
    """

    groups: tuple[str, ...]
    cells: tuple[Cell, ...]
    minimal: bool
    relaxation: bool
    families: tuple[str, ...] = ()
    rows: int = 0


def smallest_conflict(
    model: Elastic, clock: Clock, likely: Sequence[str] = (), integral: bool = True
) -> Conflict | None:
    """Deletion filter: a group is freed for good while the rest still rules every plan out.

    Where the relaxation already rules plans out, it is filtered first: that is quick, and what it leaves is
    little for the filter with whole numbers.  ``likely`` are groups expected to belong to the conflict; they
    are tried last.  Without ``integral`` only the relaxation is asked.  ``None`` where the time does not do
    to show any conflict.
    """
    test, shown = _Test(model, clock), False
    groups = list(dict.fromkeys(limit.cell.rule for limit in model.limits))
    groups.sort(key=lambda rule: rule in likely)
    cells: list[Cell] = []
    for whole in (False, True) if integral else (False,):
        if not test.impossible([True] * len(model.limits), whole):
            continue
        shown = True
        groups = needed(groups, partial(test.of_groups, whole))
        cells = [m.cell for m in model.limits if m.cell.rule in groups and (not cells or m.cell in cells)]
        if len(cells) <= MOST_CELLS and not clock.stopped:
            cells = needed(cells, partial(test.of_cells, whole))
            groups = [rule for rule in groups if any(cell.rule == rule for cell in cells)]
    if not shown:
        return None
    few = cells if len(cells) <= MOST_CELLS else []
    families, rows = _irreducible(model, clock)
    return Conflict(tuple(groups), tuple(few), test.sure, rows > 0, families, rows)


def conflict_of_groups(
    model: Elastic, numbers: Iterable[int], clock: Clock, likely: Sequence[str]
) -> Conflict | None:
    """The smallest conflict of the relaxation of one group of firms by itself, the first that has one:
    what a group cannot keep alone, nobody can keep together."""
    for number in numbers:
        if clock.stopped:
            break
        found = smallest_conflict(alone(model, number), clock, likely, integral=False)
        if found is not None:
            return found
    return None


class _Test:
    """Asks again and again whether a plan exists when some limits are held and all others freed."""

    def __init__(self, model: Elastic, clock: Clock):
        free = replace(model.arrays, cost=np.zeros(len(model.arrays.cost)))
        self._model, self._clock, self.sure = model, clock, True
        self._relaxed = Solver(free)
        self._whole = Solver(free, integral=True)

    def impossible(self, held: Sequence[bool], integral: bool = True) -> bool:
        """Whether no plan exists (``integral``: not even the relaxation of one, otherwise).

        Where time runs out: no, and the result is not ``sure``.
        """
        upper, status = np.where(held, 0.0, self._model.most), Status.LIMIT
        for solver in (self._relaxed, self._whole) if integral else (self._relaxed,):
            solver.set_bounds(self._model.relief, np.zeros(len(upper)), upper)
            status = solver.run(self._clock).status
            if status is Status.INFEASIBLE:
                return True
        if status is not Status.OPTIMAL:
            self.sure = False
        return False

    def of_groups(self, integral: bool, held: set[str]) -> bool:
        """Whether no plan exists where only the limits of some groups are held."""
        return self.impossible([m.cell.rule in held for m in self._model.limits], integral)

    def of_cells(self, integral: bool, held: set[Cell]) -> bool:
        """Whether no plan exists where only some figures are held."""
        return self.impossible([m.cell in held for m in self._model.limits], integral)


def needed(items: Sequence[T], impossible: Callable[[set[T]], bool]) -> list[T]:
    """The items that must be held for a conflict: halves are freed first, then what is left of them."""
    kept: list[T] = list(items)
    size = max(len(kept) // 2, 1)
    while True:
        at = 0
        while at < len(kept):
            rest = [*kept[:at], *kept[at + size :]]
            if impossible(set(rest)):
                kept = rest
            else:
                at += size
        if size == 1:
            return kept
        size = max(size // 2, 1)


def _irreducible(model: Elastic, clock: Clock) -> tuple[tuple[str, ...], int]:
    """HiGHS's irreducible infeasible set of the relaxation: families of rows, number of rows."""
    a = model.arrays
    lower, upper = a.lower.copy(), a.upper.copy()
    lower[model.relief] = upper[model.relief] = 0.0
    solver = Solver(replace(a, cost=np.zeros(len(a.cost)), lower=lower, upper=upper))
    rows = solver.irreducible(clock)
    names = {
        family
        for family, place in model.plain.rows.items()
        if ((rows >= place.start) & (rows < place.stop)).any()
    }
    return tuple(sorted(names)), len(rows)
