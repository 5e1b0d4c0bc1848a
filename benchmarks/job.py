"""One measurement in a process of its own: ``python -m clusterlane.benchmarks.job JOB.json RESULT.json``."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
import traceback
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ..instances.network import Network
from ..models.cluster import build
from ..optimizer import solve
from ..optimizer.arrays import Arrays, Floats, collector_off, compile_model
from ..optimizer.clock import Clock
from ..optimizer.plan import Plan
from .cases import Case, changed
from .loading import LOADERS
from .peers import PACKAGES, PEERS, RefusedError, Task
from .trace import Trace, cpu_seconds, peak_megabytes

OURS, WARM = "clusterlane", "clusterlane-warm"
"""The optimizer from nothing, and from the plan before the change."""

BEFORE, AFTER = "checks and model", "extraction and check"
"""What a solve does before its first phase and after its last."""

BROKEN = 1e-6
"""Greatest violation of a row or bound, relative to its largest term, in a point that counts."""


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """The record of a job: what came of it, its trace, times and memory."""
    if job["clock"] == "cpu":
        Clock.now = staticmethod(cpu_seconds)
    case = Case(**job["case"])
    began = cpu_seconds()
    with collector_off():
        network = case.network()
    read = cpu_seconds() - began
    found = _run(job, case, network)
    return {**found, "read_seconds": round(read, 3), "peak_mb": round(peak_megabytes(), 1)}


def _run(job: dict[str, Any], case: Case, network: Network) -> dict[str, Any]:
    solver = job["solver"]
    if solver in LOADERS:
        return {"outcome": "done", "loading": LOADERS[solver](network)}
    if solver in (OURS, WARM):
        return _ours(job, case, network)
    return _peer(job, network)


def _ours(job: dict[str, Any], case: Case, network: Network) -> dict[str, Any]:
    options = {"gap": job["gap"], "time_limit": job["limit"], "threads": job["threads"], "seed": job["seed"]}
    start: Plan | None = None
    if case.change:
        base = solve(network, **{**options, "gap": case.before or job["gap"]})
        network = changed(network, case.change, base)
        start = base if job["solver"] == WARM else None
    trace, began, phases = Trace(), time.perf_counter(), {BEFORE: 0.0}

    def listen(progress: Any) -> None:
        if trace.load == 0.0:
            trace.loaded()
        trace.note(progress.incumbent, progress.bound)
        _pass(phases, trace.seconds, progress.phase)

    plan = solve(network, start=start, on_progress=listen, **options)
    trace.note(plan.objective, plan.bound)
    _pass(phases, min(plan.runtime_seconds, trace.seconds), AFTER)
    _pass(phases, trace.seconds, AFTER)
    sound = plan.objective is None or not plan.check.get("findings")
    more = {"strategy": plan.strategy, "bound_verified": plan.bound_verified, "phases": phases}
    return {**_result(trace, began, sound), **more, "log": list(plan.log)}


def _pass(phases: dict[str, float], now: float, phase: str) -> None:
    """Count the time since the last call to the phase that was running, which is the last one in the dict."""
    running = next(reversed(phases))
    phases[running] = round(phases[running] + now - sum(phases.values()), 3)
    if phase != running:
        phases[phase] = phases.pop(phase, 0.0)


def _peer(job: dict[str, Any], network: Network) -> dict[str, Any]:
    with collector_off():
        arrays = compile_model(build(network))
    with tempfile.TemporaryDirectory(prefix="clusterlane-bench-") as folder:
        trace, began = Trace(), time.perf_counter()
        task = Task(arrays, Path(folder), trace, job["gap"], job["limit"], job["threads"], job["seed"])
        point = PEERS[job["solver"]](task)
        result = _result(trace, began, point is None or _violation(arrays, point) <= BROKEN)
    return {**result, "columns": len(arrays.cost), "rows": len(arrays.row_lower)}


def _violation(a: Arrays, x: Floats) -> float:
    """Greatest violation of a row, a bound or a whole number, relative to the row's largest term."""
    import numpy as np

    activity = a.matrix @ x
    scale = np.maximum(abs(a.matrix).multiply(np.abs(x)).max(axis=1).toarray().ravel(), 1.0)
    rows = np.maximum(a.row_lower - activity, activity - a.row_upper) / scale
    columns = np.maximum(a.lower - x, x - a.upper) / np.maximum(np.abs(x), 1.0)
    parts = np.abs(x - np.round(x))[a.integer] / 10  # 1e-5 is whole to every solver
    return float(max(rows.max(initial=0.0), columns.max(initial=0.0), parts.max(initial=0.0)))


def _result(trace: Trace, began: float, sound: bool) -> dict[str, Any]:
    return {
        "outcome": "done",
        "objective": trace.objective,
        "bound": trace.bound,
        "sound": sound,
        "seconds": round(trace.seconds, 3),
        "wall_seconds": round(time.perf_counter() - began, 3),
        "load_seconds": round(trace.load, 3),
        "events": trace.events,
    }


def guarded(job: dict[str, Any]) -> dict[str, Any]:
    """``measure``; whatever goes wrong becomes a record with outcome and error."""
    try:
        return measure(job)
    except ModuleNotFoundError as error:
        package = PACKAGES.get(job["solver"], error.name)
        return {"outcome": "missing", "error": f"{package} is not installed"}
    except RefusedError as error:
        return {"outcome": "refused", "error": str(error)}
    except MemoryError:
        return {"outcome": "failed", "error": "out of memory"}
    except Exception as error:
        traceback.print_exc()
        return {"outcome": "failed", "error": f"{type(error).__name__}: {error}"[:300]}


def versions() -> dict[str, str]:
    """Versions of the solvers that are installed."""
    found = {}
    for package in ("clusterlane", "linopy", "pyomo", *PACKAGES.values()):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def main() -> None:
    """Run the job in the first file, write its record to the second."""
    source, target = map(Path, sys.argv[1:3])
    record = guarded(json.loads(source.read_text()))
    target.write_text(json.dumps(record, default=float))
    sys.stdout.flush()
    os._exit(0)  # a solver that is still running somewhere must not hold the process


if __name__ == "__main__":
    main()
