"""The whole model at once, as HiGHS takes it."""

from __future__ import annotations

from ..arrays import Floats
from ..highs import Solver, Status
from ..search import Search


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

    outcome = solver.run(search.clock, listen)
    if outcome.x is not None:
        search.offer(outcome.x)
    search.raise_bound(outcome.bound)
    search.infeasible = outcome.status is Status.INFEASIBLE and search.best is None
