"""Solvers that are measured beside ours, on the same arrays; each may be missing.

A peer gets the arrays, as they are or as an MPS file, a trace to report to and its options; it returns its
last point, which is checked against the arrays afterwards.
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import highspy
import numpy as np

from ..optimizer.arrays import Arrays, Floats
from ..optimizer.clock import Clock
from ..optimizer.highs import Solver
from . import cp_sat as cp_sat_process
from .trace import Trace


class RefusedError(Exception):
    """The solver's licence, or its kind, does not admit the problem."""


@dataclass(frozen=True)
class Task:
    """What a peer is to do: arrays, where to put files, relative gap and seconds to stop at."""

    arrays: Arrays
    folder: Path
    trace: Trace
    gap: float
    limit: float
    threads: int
    seed: int

    @cached_property
    def mps(self) -> Path:
        """The arrays as an MPS file with columns c0, c1 ..."""
        path = self.folder / "model.mps"
        write_mps(self.arrays, path)
        return path


def write_mps(arrays: Arrays, path: Path) -> None:
    """All rows and columns, the offset and what is whole."""
    highs = Solver(arrays, integral=True)._highs
    if highs.writeModel(str(path)) == highspy.HighsStatus.kError:
        raise RuntimeError(f"HiGHS could not write {path}")


def highs(task: Task) -> Floats | None:
    """HiGHS with every row listed."""
    solver = Solver(task.arrays, integral=True, seed=task.seed, mip_rel_gap=task.gap, mip_abs_gap=0.0)
    task.trace.loaded()
    outcome = solver.run(Clock(task.limit), lambda objective, bound, _: task.trace.note(objective, bound))
    task.trace.note(outcome.objective, outcome.bound)
    return outcome.x


def scip(task: Task) -> Floats | None:
    """SCIP through PySCIPOpt, reading the MPS file."""
    from pyscipopt import Eventhdlr, Model
    from pyscipopt.scip import PY_SCIP_EVENTTYPE as EVENT

    model = Model()
    model.hideOutput()
    model.readProblem(str(task.mps))
    task.trace.loaded()

    class Listener(Eventhdlr):
        def eventinit(self) -> None:
            for kind in (EVENT.BESTSOLFOUND, EVENT.NODESOLVED, EVENT.LPSOLVED):
                self.model.catchEvent(kind, self)

        def eventexec(self, event: Any) -> None:
            task.trace.note(self.model.getPrimalbound(), self.model.getDualbound())

    model.includeEventhdlr(Listener(), "trace", "objective and bound over time")
    model.setParams(
        {
            "timing/clocktype": 1,
            "limits/time": task.limit,
            "limits/gap": task.gap,
            "randomization/randomseedshift": task.seed,
        }
    )
    model.optimize()
    task.trace.note(model.getPrimalbound(), model.getDualbound())
    if model.getNSols() == 0:
        return None
    best = model.getBestSol()
    return _by_name(task.arrays, {v.name: model.getSolVal(best, v) for v in model.getVars()})


_CBC = re.compile(
    r"Integer solution of (?P<found>\S+) found.*\((?P<at>\S+) seconds\)"
    r"|(?P<best>\S+) best solution, best possible (?P<bound>\S+) \((?P<then>\S+) seconds\)"
    r"|Continuous objective value is (?P<root>\S+) - (?P<after>\S+) seconds"
    r"|Lower bound:\s+(?P<last>\S+)"
    r"|Result - (?P<proved>Optimal) solution found"
)


def cbc(task: Task) -> Floats | None:
    """CBC as a program of its own (cbcbox), reading the MPS file."""
    from cbcbox import cbc_bin_path

    out = task.folder / "cbc.txt"
    words: list[object] = [
        cbc_bin_path(),
        task.mps,
        "-timeMode",
        "cpu",
        "-sec",
        task.limit,
        "-ratio",
        task.gap,
    ]
    words += ["-randomCbcSeed", task.seed, "-log", 1, "-solve", "-solution", out]
    task.trace.loaded()
    began, proved = task.trace.seconds, False
    with subprocess.Popen([str(w) for w in words], stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            if (match := _CBC.search(line)) is not None:
                at = match["at"] or match["then"] or match["after"]
                then = None if at is None else began + float(at)
                found, bound = (
                    match["found"] or match["best"],
                    match["bound"] or match["root"] or match["last"],
                )
                task.trace.note(_number(found), _number(bound), then)
                proved = proved or match["proved"] is not None
    if process.returncode:
        raise RuntimeError(f"CBC ended with {process.returncode}")
    return _cbc_point(task, out, proved)


def _cbc_point(task: Task, out: Path, proved: bool) -> Floats | None:
    """Values that CBC wrote; columns at zero are left out, and bounds have six digits until it is done."""
    lines = out.read_text().splitlines() if out.exists() else []
    if not lines or "nfeasible" in lines[0] or "no integer" in lines[0].lower():
        return None
    words = [line.replace("**", "").split() for line in lines[1:]]
    x = _by_name(task.arrays, {w[1]: float(w[2]) for w in words if len(w) >= 3})
    value = task.arrays.objective(x)
    task.trace.note(value, value - task.gap * abs(value) if proved else None)
    return x


def cp_sat(task: Task) -> Floats | None:
    """CP-SAT through OR-Tools' linear models, reading the MPS file; it tells nothing on the way.

    It takes every column as whole: where some are not, its bound is that of a narrower problem and is left
    out, and rows that whole numbers cannot keep are refused as an invalid model.
    """
    if importlib.util.find_spec("ortools") is None:
        raise ModuleNotFoundError(name="ortools")
    out = task.folder / "cp_sat.json"
    words: list[object] = [sys.executable, cp_sat_process.__file__, task.mps, out]
    words += [task.gap, task.limit, task.threads, task.seed]
    task.trace.loaded()
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"CP-SAT: {(done.stderr.strip().splitlines() or ['it ended without a word'])[-1]}")
    found = json.loads(out.read_text())
    if "values" not in found:
        raise RefusedError(f"CP-SAT: {found['status']}")
    task.trace.note(found["objective"], found["bound"] if task.arrays.integer.all() else None)
    return _by_name(task.arrays, found["values"])


def gurobi(task: Task) -> Floats | None:
    """Gurobi under the licence of its wheel (2,000 columns and rows)."""
    import gurobipy

    try:
        with gurobipy.Env(params={"OutputFlag": 0}) as env, gurobipy.read(str(task.mps), env) as model:
            model.Params.Threads, model.Params.MIPGap = task.threads, task.gap
            model.Params.Seed = task.seed
            task.trace.loaded()

            def listen(running: Any, where: int) -> None:
                if where == gurobipy.GRB.Callback.MIP:
                    best = running.cbGet(gurobipy.GRB.Callback.MIP_OBJBST)
                    task.trace.note(best, running.cbGet(gurobipy.GRB.Callback.MIP_OBJBND))
                if task.trace.seconds - task.trace.load > task.limit:
                    running.terminate()

            model.optimize(listen)
            if model.SolCount == 0:
                return None
            task.trace.note(model.ObjVal, model.ObjBound)
            return _by_name(task.arrays, {v.VarName: v.X for v in model.getVars()})
    except gurobipy.GurobiError as error:
        raise RefusedError(f"Gurobi: {error}") from None


def copt(task: Task) -> Floats | None:
    """COPT under the licence of its wheel (2,000 columns and rows); it tells nothing on the way."""
    import coptpy

    try:
        model = coptpy.Envr().createModel("case")
        model.setParam("Logging", 0)
        model.read(str(task.mps))
        model.setParam("Threads", task.threads)
        model.setParam("RelGap", task.gap)
        model.setParam("TimeLimit", task.limit)
        task.trace.loaded()
        model.solve()
        if not model.hasmipsol:
            return None
        task.trace.note(model.objval, model.bestbnd)
        return _by_name(task.arrays, {v.name: v.x for v in model.getVars()})
    except coptpy.CoptError as error:
        raise RefusedError(f"COPT: {error}") from None


def xpress(task: Task) -> Floats | None:
    """Xpress under its community licence (5,000 rows and columns); it tells nothing on the way."""
    import xpress as xp

    try:
        problem = xp.problem()
        problem.setOutputEnabled(False)
        problem.readProb(str(task.mps))
        problem.controls.threads, problem.controls.miprelstop = task.threads, task.gap
        problem.controls.timelimit, problem.controls.randomseed = task.limit, task.seed
        task.trace.loaded()
        problem.optimize()
        if not problem.attributes.mipsols:
            return None
        task.trace.note(problem.attributes.mipobjval, problem.attributes.bestbound)
        values = problem.getSolution()
        return _by_name(task.arrays, {v.name: x for v, x in zip(problem.getVariable(), values, strict=True)})
    except (xp.SolverError, xp.InterfaceError, xp.ModelError) as error:
        raise RefusedError(f"Xpress: {error}") from None


PEERS: dict[str, Callable[[Task], Floats | None]] = {
    "highs": highs,
    "scip": scip,
    "cbc": cbc,
    "cp-sat": cp_sat,
    "gurobi": gurobi,
    "copt": copt,
    "xpress": xpress,
}
"""Every peer by name."""

PACKAGES = {
    "highs": "highspy",
    "scip": "PySCIPOpt",
    "cbc": "cbcbox",
    "cp-sat": "ortools",
    "gurobi": "gurobipy",
    "copt": "coptpy",
    "xpress": "xpress",
}
"""What to install for each."""


def _by_name(arrays: Arrays, values: dict[str, float]) -> Floats:
    x = np.zeros(len(arrays.cost))
    for name, value in values.items():
        if re.fullmatch(r"c\d+", name):
            x[int(name[1:])] = value
    return x


def _number(word: str | None) -> float | None:
    return None if word is None else float(word)
