"""Rows listed only where they are broken, then HiGHS on what matters, then on the whole.

1. The continuous relaxation with linking rows separated: a bound, and what each column would cost.
2. Networks that phase in sites and customers: local search over the schedule.  Others: what the relaxation
   mostly uses is opened step by step, then HiGHS on the columns that cost little in it.
3. Columns that a cheaper plan cannot use are fixed; HiGHS on the rest, with the rows found in 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from ..arrays import Arrays, Floats
from ..clock import Clock
from ..highs import Outcome, Solver, Status
from ..least import Count, certified, counts, with_counts
from ..relaxation import Relaxation
from ..search import Search
from ..sites.phased import is_phased, read_phased
from ..sites.schedule import search_schedules
from ..sites.stage_search import StageSearch
from ..sites.two_stage import is_two_stage, read_two_stage

SLACK = 1e-7
"""Share of a relaxation's value given up for the tolerances of the solver."""

KERNEL = 0.01
"""Columns whose reduced cost is below this share of the bound are in the kernel."""

MOSTLY = 0.6
"""Part of a whole number above which a dive rounds up."""

DIVE = 0.4
"""Part of the time for plans that a dive may take."""

SHORT, FIRST, IDLE = 3, 30, 150
"""Restarts in vain of the search over two stages: before rows on demand, before the whole model, between."""

SLICE = 0.25
"""Part of the time for plans that the whole model may take between searches over two stages."""

RELAX, TIGHTEN, IMPROVE = 0.3, 0.4, 0.5
"""Parts of the time left for the relaxation, for its rows on demand and for finding plans."""


def separation(search: Search) -> None:
    """Solve a network without firm-level money whose rules tie everything together."""
    relaxation = Relaxation(search.arrays)
    search.enter("relaxation")
    found = relaxation.solve(search.clock.part(RELAX * search.clock.remaining), rounds=0)
    if found.status is Status.INFEASIBLE:
        search.infeasible = search.best is None
        return
    stages = _stages(search, found)
    _bounded(search, relaxation, found, [])
    if stages:
        search.enter("sites")
        stages(SHORT)
    if not search.over:
        search.enter("rows on demand")
        found = _tightened(search, relaxation, found, search.clock.part(TIGHTEN * search.clock.remaining))
    clock = search.clock.part(IMPROVE * min(search.clock.remaining, 600.0))
    if not search.over and stages:
        _improve_sites(search, relaxation, found, clock, stages)
    elif not search.over:
        _improve(search, relaxation, found, clock)
    if not search.over:
        search.enter("whole model, rows as they are needed")
        _solve(search, relaxation, settled(search, relaxation.arrays, found), search.clock)


def _tightened(search: Search, relaxation: Relaxation, found: Outcome, clock: Clock) -> Outcome:
    """The relaxation with how many sites there must be at least, then with rows on demand."""
    least = list[Count]()
    if found.status is Status.OPTIMAL and not clock.stopped:
        least = counts(relaxation, found, clock)
        if least:
            relaxation.extend(with_counts(search.arrays, least))
            found = relaxation.solve(clock, rounds=0)
            _bounded(search, relaxation, found, least)
    if not search.over:
        found = relaxation.solve(clock)
        _bounded(search, relaxation, found, least)
        search.report(f"{len(relaxation.rows):,} of {len(relaxation.arrays.row_lower):,} rows listed")
    return found


def _bounded(search: Search, relaxation: Relaxation, found: Outcome, least: list[Count]) -> None:
    if found.objective is None or found.status is not Status.OPTIMAL:
        return
    search.raise_bound(found.objective - SLACK * abs(found.objective))
    if found.duals is not None:
        rows = relaxation.rows[: len(found.duals)]
        search.certificate = partial(certified, search.arrays, least, rows, found.duals)


def _stages(search: Search, found: Outcome) -> Callable[[int], None] | None:
    """Local search over plants and satellites where the network is of these: to be run so many restarts in
    vain, again and again."""
    if found.x is None or not is_two_stage(search.model.index, search.arrays):
        return None
    reading = read_two_stage(search.model.index, search.arrays)
    stages = StageSearch(reading.problem, reading.weights(found.x), search.clock, search.seed)

    def run(restarts: int) -> None:
        stages.run(
            restarts,
            lambda flows, opened: search.offer(reading.point(flows, opened)),
            lambda: search.over,
        )

    return run


def _improve(search: Search, relaxation: Relaxation, found: Outcome, clock: Clock) -> None:
    if found.x is not None:
        _round_up(search, relaxation, found.x, clock)
    if is_phased(search.model.index, search.arrays):
        search.enter("schedules")
        problem = read_phased(search.model.index, search.arrays)
        search_schedules(
            problem,
            lambda plan: search.offer(problem.point(plan)),
            lambda: search.over,
            clock,
            search.seed,
        )
    elif found.x is not None and found.reduced_costs is not None:
        search.enter("dive")
        _dive(search, relaxation, found, clock.part(DIVE * min(clock.remaining, 600.0)))
        if not search.over:
            search.enter("kernel")
            _solve(search, relaxation, kernel(relaxation.arrays, found), clock, proves=False)


def _improve_sites(
    search: Search, relaxation: Relaxation, found: Outcome, clock: Clock, stages: Callable[[int], None]
) -> None:
    """Local search, HiGHS for a while where many small sites must just fit, and local search again."""
    search.enter("sites")
    stages(FIRST)
    if not search.over:
        search.enter("whole model for a while")
        part = clock.part(SLICE * clock.remaining)
        _solve(search, relaxation, settled(search, relaxation.arrays, found), part)
    if not search.over:
        search.enter("sites")
        stages(IDLE)


def _dive(search: Search, relaxation: Relaxation, found: Outcome, clock: Clock) -> None:
    """Open what the relaxation uses mostly and relax again until all is whole; bounds are put back."""
    a, whole = relaxation.arrays, np.flatnonzero(search.arrays.integer)
    lower, outcome = a.lower[whole].copy(), found
    while outcome.x is not None and outcome.status is Status.OPTIMAL and not clock.stopped:
        part = outcome.x[whole] - np.floor(outcome.x[whole] + 1e-6)
        if part.max(initial=0.0) < 1e-6:
            search.offer(outcome.x, "rounded up step by step")
            break
        rising = part >= min(MOSTLY, part.max())
        lower[rising] = np.minimum(np.ceil(outcome.x[whole][rising]), a.upper[whole][rising])
        relaxation.solver.set_bounds(whole, lower, a.upper[whole])
        outcome = relaxation.solve(clock)
    relaxation.solver.set_bounds(whole, a.lower[whole], a.upper[whole])


def _round_up(search: Search, relaxation: Relaxation, x: Floats, clock: Clock) -> None:
    """A first plan: everything that the relaxation uses at all is opened."""
    a = relaxation.arrays
    whole = np.where(a.integer, np.minimum(np.ceil(x - 1e-6), a.upper), 0.0)
    fixed = replace(
        a, lower=np.where(a.integer, whole, a.lower), upper=np.where(a.integer, whole, a.upper), _places={}
    )
    outcome = Solver(fixed, rows=relaxation.rows).run(clock)
    if outcome.x is not None and relaxation.holds(outcome.x):
        search.offer(outcome.x, "what the relaxation uses")


def kernel(arrays: Arrays, found: Outcome) -> Arrays:
    """The model with columns fixed at 0 that the relaxation does not use and that cost much there."""
    x, reduced = found.values(), found.reduced_costs
    assert reduced is not None
    dear = (x <= arrays.lower + 1e-9) & (
        reduced * np.minimum(arrays.upper, _reach(arrays)) > KERNEL * abs(found.objective or 0.0)
    )
    return replace(arrays, upper=np.where(dear, arrays.lower, arrays.upper), _places={})


def _reach(arrays: Arrays) -> Floats:
    """A finite stand-in for missing upper bounds."""
    return np.where(np.isfinite(arrays.upper), arrays.upper, 1e6)


def settled(search: Search, arrays: Arrays, found: Outcome) -> Arrays:
    """The model with upper bounds that every plan cheaper than the best one keeps.

    A column at its lower bound with reduced cost r cannot rise by more than (best − bound) / r.
    """
    if search.objective is None or found.x is None or found.reduced_costs is None or found.objective is None:
        return arrays
    room = search.objective - (found.objective - SLACK * abs(found.objective))
    dear = (found.x <= arrays.lower + 1e-9) & (found.reduced_costs > SLACK * abs(search.objective))
    most = arrays.lower + room / np.where(dear, found.reduced_costs, 1.0) * (1 + 1e-6) + 1e-6
    most = np.where(arrays.integer, np.floor(most + 1e-6), most)
    return replace(arrays, upper=np.where(dear, np.minimum(arrays.upper, most), arrays.upper), _places={})


def _solve(search: Search, relaxation: Relaxation, arrays: Arrays, clock: Clock, proves: bool = True) -> None:
    """HiGHS on these arrays with the rows listed; rows that its plan breaks are listed and it runs again."""
    proved = search.objective
    while not clock.stopped:
        solver = Solver(
            arrays,
            rows=relaxation.rows,
            integral=True,
            seed=search.seed,
            mip_rel_gap=search.gap,
            mip_abs_gap=0.0,
        )
        if search.best is not None:
            solver.start(search.best)

        def listen(objective: float | None, bound: float | None, x: Floats | None) -> None:
            if proves and bound is not None:
                search.raise_bound(bound if proved is None else min(bound, proved))
            if x is not None and relaxation.holds(x):
                search.offer(x)
            else:
                search.report()

        outcome = solver.run(clock, listen)
        listen(outcome.objective, outcome.bound, outcome.x)
        if outcome.status is Status.INFEASIBLE and proves:
            search.infeasible = search.best is None
            search.raise_bound(search.objective)
        if outcome.x is None or not relaxation.list_broken(outcome):
            return
