"""Many scenarios of one network, solved on all cores; a sweep that was killed goes on where it stopped."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ...instances.findings import InputError
from ...instances.network import Network
from ..executor import executor
from ..folder import read_plan, write_plan
from ..plan import Plan
from ..solve import solve
from .file import BASE, Scenario

OUTCOMES = "outcomes"
"""Folder of a sweep with one small file for each scenario that is finished."""

UNSOLVED = "unknown"
"""Status of a scenario whose time ran out before it had a plan: the next sweep tries it again."""


@dataclass(frozen=True)
class Result:
    """How one scenario ended.  ``folder`` holds its plan, where there is one; ``status`` is that of the plan,
    or *invalid* where the changed network fails its checks (``message`` says why)."""

    name: str
    folder: str
    sha256: str
    status: str
    objective: float | None = None
    bound: float | None = None
    gap: float | None = None
    seconds: float = 0.0
    message: str = ""


@dataclass(frozen=True)
class Options:
    """How each scenario is solved."""

    gap: float = 0.01
    time_limit: float | None = None
    seed: int = 0


def slug(name: str, place: int) -> str:
    """A folder's name for a scenario: its number and what of its name every file system takes."""
    return f"{place:03d}-{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')[:60] or 'scenario'}"


def sweep(
    network: Network,
    scenarios: Sequence[Scenario],
    directory: str | Path,
    *,
    base: Plan | None = None,
    options: Options | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    on_result: Callable[[Result, int, int], None] | None = None,
) -> list[Result]:
    """Solve the network and all scenarios, each into its own folder of ``directory``.

    What an earlier sweep of the same networks finished there is kept.  The base plan (given, found there or
    solved first) is where every scenario starts from.  ``on_result`` is told of each result with the number
    done and the number in all.  Raises ``InputError`` for a scenario that does not fit the network, before
    anything is solved, and ``OSError`` where the folder cannot be written.
    """
    options, target = options or Options(), Path(directory)
    (target / OUTCOMES).mkdir(parents=True, exist_ok=True)
    everything = [Scenario(BASE), *scenarios]
    jobs = [_Job(s, slug(s.name, i), s.applied(network).sha256) for i, s in enumerate(everything)]
    done = {job.folder: result for job in jobs if (result := finished(target, job.folder, job.sha256))}

    def tell(result: Result) -> None:
        done[result.folder] = result
        if on_result:
            on_result(result, len(done), len(jobs))

    first = jobs[0]
    if first.folder not in done:
        tell(_base(network, target, first, base, options))
    start = _started(target, done[first.folder])
    waiting = [job for job in jobs if job.folder not in done]
    work = partial(solve_job, network=network, target=str(target), options=options, start=start)
    with executor(workers, cluster) as pool:
        for outcome in pool.run(work, waiting):
            tell(outcome.result)
    return [done[job.folder] for job in jobs]


@dataclass(frozen=True)
class _Job:
    scenario: Scenario
    folder: str
    sha256: str


def _base(network: Network, target: Path, job: _Job, base: Plan | None, options: Options) -> Result:
    if base is None or base.sha256 != network.sha256 or base.objective is None:
        return solve_job(job, network=network, target=str(target), options=options, start=None)
    write_plan(base, network, target / job.folder)
    result = _result(job, base)
    _write(target, result)
    return result


def _started(target: Path, result: Result) -> Plan | None:
    return read_plan(target / result.folder) if result.objective is not None else None


def solve_job(job: _Job, *, network: Network, target: str, options: Options, start: Plan | None) -> Result:
    """Solve one scenario and write its plan, then its outcome: a file that is there is complete."""
    changed = job.scenario.applied(network)
    try:
        plan = solve(
            changed,
            gap=options.gap,
            time_limit=options.time_limit,
            seed=options.seed,
            start=start,
        )
    except InputError as error:
        message = "; ".join(str(f) for f in error.findings if f.severity == "error")
        result = Result(job.scenario.name, job.folder, job.sha256, "invalid", message=message[:2000])
    else:
        if plan.objective is not None:
            write_plan(plan, changed, Path(target) / job.folder)
        result = _result(job, plan)
    _write(Path(target), result)
    return result


def _result(job: _Job, plan: Plan) -> Result:
    return Result(
        job.scenario.name,
        job.folder,
        job.sha256,
        plan.status,
        plan.objective,
        plan.bound,
        plan.gap,
        plan.runtime_seconds,
    )


def _write(target: Path, result: Result) -> None:
    path = target / OUTCOMES / f"{result.folder}.json"
    fresh = path.with_suffix(f".{os.getpid()}.part")
    fresh.write_text(json.dumps(asdict(result), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    fresh.replace(path)


def finished(target: Path, folder: str, sha256: str) -> Result | None:
    """The outcome of a scenario that was solved before, of exactly this network; ``None`` otherwise, and
    where time ran out before it had a plan."""
    path = target / OUTCOMES / f"{folder}.json"
    try:
        found = Result(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    there = found.objective is None or (target / folder / "plan.json").is_file()
    return found if found.sha256 == sha256 and there and found.status != UNSOLVED else None


def folders(paths: Sequence[str | Path]) -> Iterator[tuple[str, Path]]:
    """(name, folder) of every plan: folders of plans, and all plans of folders that a sweep has made."""
    for path in map(Path, paths):
        if (path / "plan.json").is_file():
            yield _name(path), path
            continue
        for file in sorted((path / OUTCOMES).glob("*.json")):
            if (path / file.stem / "plan.json").is_file():
                yield _name(path / file.stem), path / file.stem


def _name(folder: Path) -> str:
    """The name of the scenario that a sweep solved there, else that of the folder."""
    file = folder.absolute().parent / OUTCOMES / f"{folder.absolute().name}.json"
    if not file.is_file():
        return folder.absolute().name
    data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return str(data["name"])
