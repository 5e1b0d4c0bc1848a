"""The whole model at once, as HiGHS takes it."""

from __future__ import annotations

from ..arrays import Floats
from ..highs import Solver, Status
from ..search import OPTIMALITY, Search
from ..settling import reloaded

_END = 0.02, 2.0
"""Part of the time, and most seconds of it, left for the containers of the last plan."""


def monolith(search: Search) -> None:
    """Solve the joint model with every row listed, as one mixed-integer programme."""
    search.enter("whole model", f"{len(search.arrays.cost):,} columns, {len(search.arrays.row_lower):,} rows")
    solver = Solver(
        search.arrays,
        integral=True,
        seed=search.seed,
        mip_rel_gap=search.gap,
        mip_abs_gap=0.0,
    )
    if search.best is not None:
        solver.start(search.best)

    def listen(objective: float | None, bound: float | None, x: Floats | None) -> None:
        search.raise_bound(bound)
        if x is not None:
            search.offer(x)
        else:
            search.report()

    left = search.clock.remaining
    clock = search.clock.part(left - min(_END[0] * left, _END[1]))
    outcome = solver.run(clock, listen)
    search.time_up = clock.stopped
    if outcome.x is not None:
        search.offer(outcome.x)
    search.raise_bound(outcome.bound)
    _reload(search)
    search.infeasible = outcome.status is Status.INFEASIBLE and search.best is None


def _reload(search: Search) -> None:
    """Branch and bound stops at a gap with containers that its plan does not need."""
    a, gap = search.arrays, search.relative_gap
    boxes = a.columns.get("boxes", slice(0, 0))
    if search.best is None or (gap is not None and gap <= OPTIMALITY) or boxes.start == boxes.stop:
        return
    x = reloaded(search.model.index, a, search.best, search.clock)
    if x is not None:
        search.offer(x, "containers that nothing needs left out")
