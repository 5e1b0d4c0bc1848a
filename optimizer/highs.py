"""The one driver of HiGHS: arrays in, checked numbers out."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .arrays import Arrays, Floats
from .clock import Clock

Ints = NDArray[np.int64]


class Status(StrEnum):
    """Why HiGHS stopped; its word is a claim until the point it returns is checked."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    LIMIT = "limit"
    ERROR = "error"


_STATUS = {
    highspy.HighsModelStatus.kOptimal: Status.OPTIMAL,
    highspy.HighsModelStatus.kModelEmpty: Status.OPTIMAL,
    highspy.HighsModelStatus.kInfeasible: Status.INFEASIBLE,
    highspy.HighsModelStatus.kUnbounded: Status.UNBOUNDED,
    highspy.HighsModelStatus.kTimeLimit: Status.LIMIT,
    highspy.HighsModelStatus.kInterrupt: Status.LIMIT,
    highspy.HighsModelStatus.kIterationLimit: Status.LIMIT,
    highspy.HighsModelStatus.kSolutionLimit: Status.LIMIT,
    highspy.HighsModelStatus.kMemoryLimit: Status.LIMIT,
    highspy.HighsModelStatus.kObjectiveBound: Status.LIMIT,
    highspy.HighsModelStatus.kObjectiveTarget: Status.LIMIT,
}


@dataclass(frozen=True)
class Outcome:
    """What a run returned; ``x`` and ``bound`` are ``None`` where there is none."""

    status: Status
    x: Floats | None
    objective: float | None
    bound: float | None
    reduced_costs: Floats | None = None
    duals: Floats | None = None

    def values(self) -> Floats:
        """The point; raises ``RuntimeError`` where there is none."""
        if self.x is None:
            raise RuntimeError(f"no point to work with: {self.status}")
        return self.x


Listener = Callable[[float | None, float | None, Floats | None], None]
"""Told of a MIP's progress: objective, bound, and the point where it is new."""


_GRACE = 0.5
"""Seconds that HiGHS is given to stop by itself; it looks at its callbacks rarely in some phases."""

_SAME = 1e-5
"""Part by which the cost of a point may differ from what HiGHS says of it: whole numbers are rounded."""

_LOOK = 0.01
"""Seconds between two looks at the clock: at every step they were a fifth of the time of small programmes."""

CLEANING = 5_000
"""Simplex steps that may follow an interior point: where that failed they would not end."""

_late: set[threading.Thread] = set()


def lingering() -> bool:
    """Whether HiGHS still runs somewhere though its result is no longer wanted."""
    return any(thread.is_alive() for thread in list(_late))


class _Quiet(highspy.Highs):
    """HiGHS 1.16 writes its name to the console when callbacks are enabled, unless told before not to."""

    def enableCallbacks(self) -> None:
        self.setOptionValue("log_to_console", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]


class Solver:
    """A HiGHS object kept alive over changes of bounds, costs and rows.

    ``integral`` keeps the integer columns whole; otherwise the continuous relaxation is solved.
    Not to be shared between threads; several solvers may run in several threads.  Each uses one: HiGHS
    fails silently when its number of threads changes within a process.
    """

    def __init__(
        self,
        arrays: Arrays,
        *,
        rows: Ints | None = None,
        columns: Ints | None = None,
        integral: bool = False,
        seed: int = 0,
        **options: Any,
    ):
        self.arrays = arrays
        self._stop: Callable[[], bool] = lambda: False
        self._listen: Listener | None = None
        self._told: tuple[float | None, float | None, Floats | None] = (None, None, None)
        self.late = self._ran = False
        self._highs = _Quiet()  # type: ignore[no-untyped-call]
        silent = {"output_flag": integral, "log_to_console": False, "threads": 1, "random_seed": seed}
        for name, value in {**silent, **options}.items():
            if self._highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
                raise ValueError(f"HiGHS does not know the option {name} = {value}")
        self._integral = integral
        self._pass(rows, columns)
        self._subscribe()

    def _pass(self, rows: Ints | None, columns: Ints | None) -> None:
        """Hand some rows and columns of the arrays (all by default) to HiGHS, as arrays: the fields of its
        own ``HighsLp`` are filled number by number."""
        a = self.arrays
        rows = np.arange(len(a.row_lower)) if rows is None else rows
        columns = np.arange(len(a.cost)) if columns is None else columns
        self._cost, self._offset = a.cost[columns], a.offset
        self._whole = a.integer[columns]
        matrix = a.matrix if len(columns) == len(a.cost) else a.matrix.tocsc()[:, columns].tocsr()
        matrix = matrix if len(rows) == len(a.row_lower) else matrix[rows]
        row_wise, least = (int(x) for x in (highspy.MatrixFormat.kRowwise, highspy.ObjSense.kMinimize))
        sizes = (matrix.shape[1], matrix.shape[0], matrix.nnz)
        limits = (a.lower[columns], a.upper[columns], a.row_lower[rows], a.row_upper[rows])
        entries = (matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data)
        kinds = (self._whole & self._integral).astype(np.int32)
        model = (*sizes, row_wise, least, self._offset, self._cost, *limits, *entries, kinds)
        if self._highs.passModel(*model) == highspy.HighsStatus.kError:
            raise RuntimeError("HiGHS refused the model")

    def _subscribe(self) -> None:
        looked = 0.0

        def stop(event: Any) -> None:
            nonlocal looked
            now = time.monotonic()
            if now >= looked + _LOOK:  # HiGHS asks at every step of the simplex method
                looked = now
                if self._stop():
                    event.interrupt()

        for hook in (self._highs.cbSimplexInterrupt, self._highs.cbIpmInterrupt, self._highs.cbMipInterrupt):
            hook.subscribe(stop)
        if self._integral:
            self._highs.cbMipImprovingSolution.subscribe(self._improved)
            self._highs.cbMipLogging.subscribe(self._logged)

    def _improved(self, event: Any) -> None:
        if self._listen:
            out = event.data_out
            point = np.array(out.mip_solution, dtype=float)
            self._listen(out.objective_function_value, _known(out.mip_dual_bound), point)

    def _logged(self, event: Any) -> None:
        if self._listen:
            out = event.data_out
            self._listen(_known(out.mip_primal_bound), _known(out.mip_dual_bound), None)

    def set_bounds(self, columns: Ints, lower: Floats, upper: Floats) -> None:
        """Change the bounds of some columns."""
        self._highs.changeColsBounds(
            len(columns), columns.astype(np.int32), np.asarray(lower, float), np.asarray(upper, float)
        )

    def set_costs(self, columns: Ints, costs: Floats) -> None:
        """Change the costs of some columns."""
        self._highs.changeColsCost(len(columns), columns.astype(np.int32), np.asarray(costs, float))
        self._cost[columns] = costs

    def add_rows(self, matrix: sparse.csr_matrix, lower: Floats, upper: Floats) -> None:
        """Add rows below the others."""
        self._highs.addRows(
            matrix.shape[0],
            lower,
            upper,
            matrix.nnz,
            matrix.indptr[:-1].astype(np.int32),
            matrix.indices.astype(np.int32),
            matrix.data,
        )

    def set_option(self, name: str, value: Any) -> None:
        """Change an option (never ``threads``: HiGHS fails silently when it changes)."""
        self._highs.setOptionValue(name, value)

    def start(self, x: Floats) -> None:
        """Offer a point to start from."""
        solution = highspy.HighsSolution()
        solution.col_value = list(x)
        self._highs.setSolution(solution)

    @property
    def basis(self) -> highspy.HighsBasis:
        """Where the last run ended, for ``start_from``."""
        return self._highs.getBasis()

    def start_from(self, basis: highspy.HighsBasis) -> None:
        """Begin the next run at an earlier basis of the same rows and columns."""
        self._highs.setBasis(basis)
        self._ran = True

    def run(self, clock: Clock, listen: Listener | None = None) -> Outcome:
        """Solve until done or the clock stops.

        A solver that did not stop in time is ``late``: HiGHS may still run with its model, so it takes no
        more changes and solves nothing any more.
        """
        self._told = (None, None, None)
        self._stop = lambda: clock.stopped
        self._listen = listen and self._noted(listen)
        left = clock.remaining
        wall = Clock.now is time.monotonic  # HiGHS knows no other time; callbacks stop it by any
        limit = self._highs.getRunTime() + left if wall and left < math.inf else math.inf
        self._highs.setOptionValue("time_limit", limit)
        if self.late or left <= 0 or not self._in_time(clock):
            return self._stopped()
        outcome = self._outcome()
        if not clock.stopped and self._readied(outcome):
            return self._outcome() if self._in_time(clock) else self._stopped()
        return outcome

    def _readied(self, outcome: Outcome) -> bool:
        """Whether to run again, made ready for it: from scratch where a relaxation failed from where the last
        run ended, and without presolve where that cannot tell an unbounded model from an infeasible one, or
        gave another point than it spoke of."""
        first, self._ran = not self._ran, True
        if outcome.status is Status.ERROR and not self._integral and not first:
            self._highs.clearSolver()
            return True
        unsure = self._highs.getModelStatus() == highspy.HighsModelStatus.kUnboundedOrInfeasible
        if unsure or (outcome.status is Status.ERROR and outcome.x is not None):
            self._highs.setOptionValue("presolve", "off")
            return True
        return False

    def ray(self) -> Floats | None:
        """Row multipliers that show why the last run, a relaxation without presolve, found no point."""
        _, found, values = self._highs.getDualRay()  # type: ignore[attr-defined]
        return np.array(values, dtype=float) if found else None

    def irreducible(self, clock: Clock) -> Ints:
        """Rows of an irreducible infeasible set; none where the model is feasible or the time is up."""
        if self.run(clock).status is not Status.INFEASIBLE or clock.stopped:
            return np.zeros(0, dtype=np.int64)
        from_lp, shrink = highspy.IisStrategy.kIisStrategyFromLp, highspy.IisStrategy.kIisStrategyIrreducible
        self._highs.setOptionValue("iis_strategy", int(from_lp) | int(shrink))
        self._highs.setOptionValue("iis_time_limit", clock.remaining)
        _, found = self._highs.getIis()
        return np.array(found.row_index_ if found.valid_ else (), dtype=np.int64)

    def _in_time(self, clock: Clock) -> bool:
        """Run HiGHS in a thread of its own, and leave it behind where it does not stop with the clock."""
        done, highs = threading.Event(), self._highs

        def work() -> None:
            try:
                highs.run()
            finally:
                done.set()

        thread = threading.Thread(target=work, daemon=True, name="HiGHS")
        thread.start()
        while not done.wait(min(0.2, max(clock.remaining, 0.01))):
            if clock.stopped and not done.wait(_GRACE):
                self._listen = None
                _late.difference_update([old for old in list(_late) if not old.is_alive()])
                _late.add(thread)
                self._leave()
                return False
        return True

    def _leave(self) -> None:
        """Touch the HiGHS that still runs no more: changes go to an empty one, which refuses them."""
        self.late = True
        self._highs = _Quiet()  # type: ignore[no-untyped-call]
        self._highs.setOptionValue("output_flag", False)

    def _noted(self, listen: Listener) -> Listener:
        """Keep what HiGHS tells, in case it stops too late to be asked."""

        def note(objective: float | None, bound: float | None, x: Floats | None) -> None:
            self._told = (objective, bound, self._told[2]) if x is None else (objective, bound, x)
            listen(objective, bound, x)

        return note

    def _stopped(self) -> Outcome:
        objective, bound, x = self._told
        return Outcome(Status.LIMIT, x, objective if x is not None else None, bound)

    def _whole_bound(self, status: Status, bound: float | None) -> float | None:
        """HiGHS 1.16 may end a search as optimal and not bring its bound up to date, only its gap: that of
        the objective it speaks of, whatever the point costs that it gives."""
        info = self._highs.getInfo()
        gap, objective = info.mip_gap, info.objective_function_value
        if status is not Status.OPTIMAL or not 0 <= gap < math.inf:
            return bound
        claimed = objective - gap * abs(objective)
        return claimed if bound is None else max(bound, claimed)

    def _mistaken(self, status: Status, objective: float | None) -> bool:
        """Whether the point is another than the optimum that HiGHS speaks of: 1.16 ends so at times where it
        began with a point and presolved."""
        told = self._highs.getInfo().objective_function_value
        if status is not Status.OPTIMAL or objective is None or not self._integral:
            return False
        return abs(objective - told) > _SAME * max(1.0, abs(told))

    def _outcome(self) -> Outcome:
        highs = self._highs
        status = _STATUS.get(highs.getModelStatus(), Status.ERROR)
        info, solution = highs.getInfo(), highs.getSolution()
        held = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        x = np.array(solution.col_value, dtype=float) if held else None
        if (x is None and status is Status.OPTIMAL) or (x is not None and not np.isfinite(x).all()):
            return Outcome(Status.ERROR, None, None, None)
        objective = None if x is None else float(self._cost @ x) + self._offset
        if self._integral and self._whole.any():
            bound = self._whole_bound(status, _known(info.mip_dual_bound))
        else:
            bound = info.objective_function_value if status is Status.OPTIMAL else None
        if self._mistaken(status, objective):
            return Outcome(Status.ERROR, x, objective, bound)
        if not solution.dual_valid:
            return Outcome(status, x, objective, bound)
        reduced, duals = np.array(solution.col_dual, dtype=float), np.array(solution.row_dual, dtype=float)
        return Outcome(status, x, objective, bound, reduced, duals)


def _known(value: float) -> float | None:
    return value if math.isfinite(value) and abs(value) < 1e30 else None
