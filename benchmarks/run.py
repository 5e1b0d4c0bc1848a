"""Runs every job of some suites, each in a process of its own; a killed or failing one is a record."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from . import record
from .cases import Case
from .job import OURS, WARM, versions
from .loading import LOADERS
from .peers import PEERS
from .suites import GROUPS, SUITES

__all__ = ["GROUPS", "OURS", "PEERS", "SUITES", "Protocol", "expand", "run_all"]

PATIENCE, SLACK = 300.0, 240.0
"""A process that uses no CPU for so many seconds is stuck; one that uses so many more seconds of CPU than
twice its limit does not stop by itself."""


@dataclass(frozen=True)
class Protocol:
    """How to measure: ``solvers`` besides the loading suite's own, ``clock`` cpu or wall, ``gap`` and
    ``limit`` (seconds) instead of the cases' own, ``only`` cases with this in their name."""

    solvers: tuple[str, ...]
    seeds: tuple[int, ...] = (0,)
    threads: int = 1
    clock: str = "cpu"
    gap: float | None = None
    limit: float | None = None
    only: str = ""


def expand(names: Sequence[str]) -> list[str]:
    """Suites and groups by name as suites.  Raises ``ValueError`` for an unknown one."""
    unknown = [name for name in names if name not in SUITES and name not in GROUPS]
    if unknown:
        known = ", ".join([*GROUPS, *SUITES])
        raise ValueError(f"there is no suite {', '.join(unknown)}; there are {known}")
    return list(dict.fromkeys(part for name in names for part in GROUPS.get(name, (name,))))


def jobs(suite: str, data: Path, protocol: Protocol) -> Iterator[dict[str, Any]]:
    """The jobs of a suite; solvers take turns on each case, in an order that changes from case to case."""
    cases = [case for case in SUITES[suite](data) if protocol.only in case.name]
    for seed in protocol.seeds:
        for number, case in enumerate(cases):
            solvers = _solvers(suite, case, protocol)
            turn = (number + seed) % max(len(solvers), 1)
            for solver in solvers[turn:] + solvers[:turn]:
                yield _job(suite, case, solver, seed, protocol)


def _solvers(suite: str, case: Case, protocol: Protocol) -> tuple[str, ...]:
    if suite == "loading":
        return tuple(LOADERS)
    if case.change:
        return (OURS, WARM)
    return protocol.solvers


def _job(suite: str, case: Case, solver: str, seed: int, protocol: Protocol) -> dict[str, Any]:
    gap = case.gap if protocol.gap is None else protocol.gap
    limit = case.limit if protocol.limit is None else protocol.limit
    return {
        "suite": suite,
        "case": asdict(replace(case, gap=gap, limit=limit)),
        "solver": solver,
        "seed": seed,
        "threads": protocol.threads,
        "gap": gap,
        "limit": limit,
        "clock": protocol.clock,
    }


def key_of(job: dict[str, Any]) -> tuple[Any, ...]:
    """What makes a job the same as one that is recorded."""
    return tuple(job["case"]["name"] if name == "case" else job[name] for name in record.KEY)


def run_all(
    suites: Sequence[str], data: Path, out: Path, protocol: Protocol, say: Callable[[str], None]
) -> int:
    """Run what is not yet recorded in ``out``; how many runs were added.

    A suite whose files are missing is named and the rest runs.
    """
    done = {run.key for run in record.read(out)} if out.exists() else set()
    host = {"machine": record.machine(), "versions": versions()}
    count = 0
    for suite in suites:
        missing: set[str] = set()
        planned = list(jobs(suite, data, protocol))
        if not planned:
            names = ", ".join(case.name for case in SUITES[suite](data))
            say(f"{suite}: no case has {protocol.only!r} in its name; there are {names}")
        for job in planned:
            if key_of(job) in done:
                continue
            absent = Case(**job["case"]).missing
            if absent is not None:
                missing.add(str(absent))
                continue
            found = one(job)
            record.append(out, {**_head(job), **found, **host, "load": record.load()})
            say(_line(job, found))
            count += 1
        if missing:
            say(f"{suite}: {len(missing)} files are missing, e.g. {min(missing)}; --data names their folder")
    return count


def _head(job: dict[str, Any]) -> dict[str, Any]:
    case = job["case"]
    rest = {name: value for name, value in job.items() if name != "case"}
    return {**rest, "case": case["name"], **{name: case[name] for name in ("known", "series", "count")}}


def _line(job: dict[str, Any], found: dict[str, Any]) -> str:
    where = f"{job['suite']} {job['case']['name']} {job['solver']} seed {job['seed']}"
    if found["outcome"] != "done":
        return f"{where}: {found['outcome']} ({found.get('error', '')})"
    if "loading" in found:
        return f"{where}: {found['loading']}"
    value, bound, seconds = found["objective"], found["bound"], found["seconds"]
    return f"{where}: objective {value}, bound {bound}, {seconds:.1f} s, {found['peak_mb']:.0f} MB"


def one(job: dict[str, Any]) -> dict[str, Any]:
    """The record of one job; a process that dies or does not end is killed and recorded."""
    with tempfile.TemporaryDirectory(prefix="clusterlane-bench-") as room:
        source, target, log = (Path(room) / name for name in ("job.json", "result.json", "log.txt"))
        source.write_text(json.dumps(job))
        words = [sys.executable, "-m", "clusterlane.benchmarks.job", str(source), str(target)]
        with log.open("wb") as file, subprocess.Popen(words, stdout=file, stderr=file, cwd=room) as process:
            try:
                killed = _watch(process, job["limit"])
            except BaseException:
                _kill(process.pid)
                raise
        if target.exists():
            found: dict[str, Any] = json.loads(target.read_text())
            return found
        return {"outcome": "killed", "error": killed or _death(process.returncode, log)}


def _watch(process: subprocess.Popen[bytes], limit: float) -> str:
    """Wait; kill what does not end.  Why it was killed, if it was."""
    used, since = 0.0, time.monotonic()
    while process.poll() is None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(1.0)
        now = _cpu(process.pid)
        if now > used + 0.05:
            used, since = now, time.monotonic()
        why = ""
        if used > 2 * limit + SLACK:
            why = f"it used {used:.0f} s of CPU, its limit is {limit:g} s"
        elif time.monotonic() - since > PATIENCE:
            why = f"it did nothing for {PATIENCE:.0f} s"
        if why:
            _kill(process.pid)
            process.wait()
            return why
    return ""


def _cpu(pid: int) -> float:
    """CPU seconds of a process and its children, 0 where it is gone."""
    with suppress(psutil.Error):
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        return sum(sum(part.cpu_times()[:4]) for part in family)
    return 0.0


def _kill(pid: int) -> None:
    with suppress(psutil.Error):
        for part in [*psutil.Process(pid).children(recursive=True), psutil.Process(pid)]:
            with suppress(psutil.Error):
                part.kill()


def _death(code: int, log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    last = f": {lines[-1][:200]}" if lines else ""
    return f"its process ended with {f'signal {-code}' if code < 0 else f'code {code}'}{last}"
