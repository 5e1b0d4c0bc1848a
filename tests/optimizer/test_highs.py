"""The driver of HiGHS: what it reports, what it refuses, and several at once."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import highspy
import numpy as np
import pyomo.environ as pyo
import pytest
from clusterlane.optimizer import highs
from clusterlane.optimizer.arrays import Arrays, compile_model
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.highs import Solver, Status, lingering
from clusterlane.optimizer.solve import solve
from scipy import sparse
from small import random_network


def knapsack(least: float = 0.0, most: float = 7.0, whole: bool = True) -> pyo.ConcreteModel:
    """min -3x - 2y, least ≤ 2x + 2y ≤ most, 0 ≤ x, y ≤ 5."""
    m = pyo.ConcreteModel()
    m.x = pyo.Var([1, 2], bounds=(0, 5), domain=pyo.Integers if whole else pyo.Reals)
    m.room = pyo.Constraint(expr=(least, 2 * m.x[1] + 2 * m.x[2], most))
    m.cost = pyo.Objective(expr=1 - 3 * m.x[1] - 2 * m.x[2])
    return m


def arrays(**options: float | bool) -> Arrays:
    return compile_model(knapsack(**options))


def test_whole_optimum() -> None:
    outcome = Solver(arrays(), integral=True).run(Clock())
    assert outcome.status is Status.OPTIMAL
    assert outcome.values() == pytest.approx([3, 0])
    assert outcome.objective == outcome.bound == pytest.approx(-8)


def test_relaxation_has_duals() -> None:
    outcome = Solver(arrays()).run(Clock())
    assert outcome.status is Status.OPTIMAL
    assert outcome.objective == outcome.bound == pytest.approx(-9.5)
    assert outcome.duals == pytest.approx([-1.5])
    assert outcome.reduced_costs == pytest.approx([0, 1])


def test_programme_without_integers_has_its_optimum_as_bound() -> None:
    outcome = Solver(arrays(whole=False), integral=True).run(Clock())
    assert outcome.bound == outcome.objective == pytest.approx(-9.5)


@pytest.mark.parametrize("integral", [True, False])
def test_infeasible(integral: bool) -> None:
    outcome = Solver(arrays(least=30.0, most=40.0), integral=integral).run(Clock())
    assert outcome.status is Status.INFEASIBLE
    assert outcome.x is None
    with pytest.raises(RuntimeError, match="no point"):
        outcome.values()


@pytest.mark.parametrize("integral", [True, False])
def test_unbounded(integral: bool) -> None:
    m = pyo.ConcreteModel()
    m.x = pyo.Var(bounds=(0, None))
    m.row = pyo.Constraint(expr=m.x >= 1)
    m.cost = pyo.Objective(expr=-m.x)
    outcome = Solver(compile_model(m), integral=integral, presolve="off").run(Clock())
    assert outcome.status is Status.UNBOUNDED
    assert outcome.bound is None


def test_unbounded_is_not_called_infeasible() -> None:
    """Presolve cannot tell: without it, HiGHS can."""
    m = pyo.ConcreteModel()
    m.x = pyo.Var([1, 2], bounds=(0, None))
    m.z = pyo.Var(domain=pyo.Integers, bounds=(0, 5))
    m.row = pyo.Constraint(expr=m.x[1] - m.x[2] + m.z >= 1)
    m.cost = pyo.Objective(expr=0.5 * m.z - m.x[1])
    assert Solver(compile_model(m), integral=True).run(Clock()).status is Status.UNBOUNDED


def test_no_time() -> None:
    outcome = Solver(arrays(), integral=True).run(Clock(0))
    assert (outcome.status, outcome.x, outcome.bound) == (Status.LIMIT, None, None)


def test_unknown_option() -> None:
    with pytest.raises(ValueError, match="no_such_option"):
        Solver(arrays(), no_such_option=1)


def test_changes_between_runs() -> None:
    """Bounds, costs and rows change; the objective follows the new costs."""
    solver = Solver(arrays())
    assert solver.run(Clock()).objective == pytest.approx(-9.5)
    solver.set_bounds(np.array([0]), np.array([0.0]), np.array([1.0]))
    assert solver.run(Clock()).objective == pytest.approx(1 - 3 - 5)
    solver.set_costs(np.array([1]), np.array([-1.0]))
    assert solver.run(Clock()).objective == pytest.approx(1 - 3 - 2.5)
    solver.add_rows(sparse.csr_matrix([[0.0, 1.0]]), np.array([-np.inf]), np.array([2.0]))
    assert solver.run(Clock()).objective == pytest.approx(1 - 3 - 2)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_bad_cost_is_refused(value: float) -> None:
    m = knapsack()
    m.cost.set_value(m.x[2] + value * m.x[1])
    with pytest.raises(ValueError, match="not a finite number"):
        compile_model(m)


def test_bad_limit_is_refused() -> None:
    m = knapsack()
    m.bad = pyo.Constraint(expr=m.x[1] + m.x[2] <= 1)
    m.bad.set_value((None, m.x[1] + float("nan"), 1))
    with pytest.raises(ValueError, match="not a number"):
        compile_model(m)


def test_product_of_variables_is_refused() -> None:
    m = knapsack()
    m.bent = pyo.Constraint(expr=m.x[1] * m.x[2] <= 1)
    with pytest.raises(ValueError, match="not linear"):
        compile_model(m)


def test_four_solves_in_four_threads() -> None:
    network = random_network(1001, money=True)
    with ThreadPoolExecutor(4) as pool:
        plans = list(pool.map(lambda _: solve(network, gap=0), range(4)))
    assert plans[0].objective is not None
    assert len({plan.objective for plan in plans}) == 1
    assert all(plan.check["ok"] for plan in plans)


class Deaf(highspy.Highs):
    """HiGHS in a phase in which it asks no callback for a while."""

    def run(self) -> highspy.HighsStatus:
        time.sleep(1)
        return super().run()


def test_a_solver_that_does_not_stop_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """It answers soon after the time is up, takes changes without touching what still runs, and is done."""
    monkeypatch.setattr(highs, "_Quiet", Deaf)
    solver, start = Solver(arrays(), integral=True), time.monotonic()
    clock = Clock(0.05)
    assert solver.run(clock).status is Status.LIMIT
    assert time.monotonic() - start < 1
    assert solver.late
    assert lingering()
    solver.set_bounds(np.array([0]), np.array([0.0]), np.array([1.0]))
    solver.add_rows(sparse.csr_matrix([[0.0, 1.0]]), np.array([-np.inf]), np.array([2.0]))
    again = solver.run(Clock())
    assert (again.status, again.x, again.bound) == (Status.LIMIT, None, None)
    while lingering():
        time.sleep(0.01)


def test_what_was_told_of_one_run_is_not_of_the_next() -> None:
    solver, told = Solver(arrays(), integral=True), list[float | None]()
    outcome = solver.run(Clock(), lambda objective, bound, x: told.append(objective))
    assert outcome.objective == pytest.approx(-8)
    solver.set_costs(np.array([0, 1]), np.array([1.0, 1.0]))
    stopped = solver.run(Clock(0), lambda *seen: None)
    assert (stopped.status, stopped.x, stopped.bound) == (Status.LIMIT, None, None)


def test_nothing_is_printed_by_a_host_that_solves() -> None:
    """HiGHS writes to file descriptor 1 itself, its name when it first wakes."""
    code = (
        "from clusterlane.optimizer import load, solve; assert solve(load('tiny'), time_limit=60).check['ok']"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b""
    assert done.stderr == b""
