"""One job in its own process: it reads its folder, works within limits, and leaves its outcome there.

It never touches the database: whatever happens to the service, a finished plan lies in the folder.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import shutil
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import parent_process
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from ...instances import files
from ...instances.checks import check as check_network
from ...instances.findings import InputError
from ...instances.network import Network
from ...instances.transform import without_money, without_parcels
from .. import comparisons
from ..folder import envelope, write_plan
from ..plan import Plan
from ..progress import Progress
from ..solve import solve
from . import followups
from .problems import Problem, bad_input
from .schemas import Options

JOB, NETWORK, OUTCOME, PROGRESS, STOP, LOG = (
    "job.json",
    "network.json",
    "outcome.json",
    "progress.jsonl",
    "stop",
    "worker.log",
)
SECONDS_BETWEEN_EVENTS = 0.5
SECONDS_BETWEEN_LOOKS = 0.1
SECONDS_BETWEEN_TRIES = 2.0


def run(folder: str) -> None:
    """Do the job in a folder: the target of the job's process."""
    room = Path(folder)
    job = json.loads((room / JOB).read_text(encoding="utf-8"))
    _limit(job, room)
    cancel = threading.Event()
    threading.Thread(target=_watch, args=(room / STOP, cancel), daemon=True).start()
    outcome = _outcome(job, room, cancel)
    _persist(lambda: _write(room / OUTCOME, json.dumps(outcome, allow_nan=False)), job["disk_patience"])


def nothing() -> None:
    """The target of a process that only shows that processes can be started."""


def _limit(job: dict[str, Any], room: Path) -> None:
    """Memory and processor time of this process, its niceness, and its output into a file."""
    os.nice(5)
    log = os.open(room / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    memory, seconds = int(job["memory"]), int(job["seconds"])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 10))


def _watch(stop: Path, cancel: threading.Event) -> None:
    """Sets the event when asked to stop; ends the process when the service is gone."""
    parent = parent_process()
    while True:
        if parent is None:
            time.sleep(SECONDS_BETWEEN_LOOKS)
        elif wait([parent.sentinel], SECONDS_BETWEEN_LOOKS):
            os._exit(1)
        if stop.exists():
            cancel.set()


def _outcome(job: dict[str, Any], room: Path, cancel: threading.Event) -> dict[str, Any]:
    work = {"solve": _solve, **dict.fromkeys(followups.KINDS, _follow)}[job["kind"]]
    try:
        return work(job, room, cancel)
    except InputError as error:
        return {"problem": bad_input(error.findings).body}
    except Problem as problem:
        return {"problem": problem.body}
    except MemoryError:
        return {"problem": out_of_memory(job["memory"]).body}
    except Exception as error:
        traceback.print_exc()
        if is_starved(peak_memory(os.getpid()), job["memory"]):  # such as "can't start new thread"
            return {"problem": out_of_memory(job["memory"]).body}
        first = next(iter(str(error).splitlines()), "")[:200]
        detail = f"clusterlane failed ({type(error).__name__}: {first})"
        return {"problem": Problem(500, detail, code="fault").body}


def out_of_memory(limit: int) -> Problem:
    """The problem of a job that needed more memory than it may have."""
    detail = f"the job needed more than its {limit // 2**20:,} MiB of memory; plan a smaller network"
    return Problem(507, detail, code="out-of-memory")


def peak_memory(pid: int) -> int:
    """Most memory (address space, which is what the limit counts) of a process in bytes; 0 where unknown."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmPeak:")), 0)


def processor_seconds(pid: int) -> float:
    """Processor time that a process and its ended children have used; 0 where unknown."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def is_starved(peak: int, limit: int) -> bool:
    """Whether a process that went wrong with this peak most likely did so for want of memory."""
    return peak > 0.8 * limit


def _solve(job: dict[str, Any], room: Path, cancel: threading.Event) -> dict[str, Any]:
    options = Options(**job["options"])
    network = restricted(files.read(room / NETWORK), options)
    report = Events(room / PROGRESS)
    search: dict[str, Any] = {"gap": options.gap, "seed": options.seed, "threads": job["threads"]}
    limit = options.time_limit or job["time_limit"]
    plan = solve(
        network, strategy=options.strategy, time_limit=limit, on_progress=report, cancel=cancel, **search
    )
    report.found(plan)
    if plan.objective is None:
        return {"envelope": {**envelope(plan), "log": list(plan.log[-50:])}}
    _persist(lambda: write_plan(plan, network, room / "plan"), job["disk_patience"])
    if options.compare and plan.status in ("optimal", "feasible") and not cancel.is_set():
        found = comparisons.compare(
            network, plan, time_limit=limit, on_progress=report.comparing, cancel=cancel, **search
        )
        plan = replace(plan, comparisons=found)
        _persist(lambda: write_plan(plan, network, room / "plan"), job["disk_patience"])
    archive = _persist(lambda: _pack(room), job["disk_patience"])
    return {"envelope": envelope(plan), "blobs": {"plan": archive}}


def _pack(room: Path) -> str:
    return Path(shutil.make_archive(str(room / "packed"), "zip", room / "plan")).name


def restricted(network: Network, options: Options) -> Network:
    """The network without the parts that are switched off.  Raises ``InputError`` where that breaks it."""
    if not options.parcels:
        network = without_parcels(network)
    if not options.money:
        network = without_money(network)
    findings = [finding for finding in check_network(network) if finding.severity == "error"]
    if findings:
        raise InputError(findings)
    return network


def _follow(job: dict[str, Any], room: Path, cancel: threading.Event) -> dict[str, Any]:
    given = followups.Room(room, job["options"], cancel, Events(room / PROGRESS))
    return {"blobs": followups.KINDS[job["kind"]](given)}


class Events:
    """Progress as lines of JSON in a file: every new plan, and otherwise a line every half second."""

    def __init__(self, path: Path):
        self._path, self._last = path, 0.0
        self._known: tuple[str, float | None] = ("", None)

    def __call__(self, progress: Progress) -> None:
        """Note how far the solve is."""
        now, state = time.monotonic(), (progress.phase, progress.incumbent)
        if state == self._known and now - self._last < SECONDS_BETWEEN_EVENTS:
            return
        self._last, self._known = now, state
        line = {
            "seconds": round(progress.seconds, 2),
            "phase": progress.phase,
            "incumbent": progress.incumbent,
            "bound": progress.bound,
            "gap": progress.gap,
            "message": progress.message,
        }
        try:
            with self._path.open("a", encoding="utf-8") as out:
                out.write(f"{json.dumps(line)}\n")
        except OSError:
            self._last = 0.0  # a full disk costs a line of progress, not the plan

    def found(self, plan: Plan) -> None:
        """Note where the search ended."""
        self._last = 0.0
        self(Progress(plan.runtime_seconds, f"ended ({plan.termination})", plan.objective, plan.bound))

    def comparing(self, progress: Progress) -> None:
        """Note how far a comparison is; its figures are not those of the plan."""
        self(Progress(progress.seconds, f"comparing: {progress.phase}", message=progress.message))


def _persist(write: Callable[[], Any], patience: float) -> Any:
    """Write, and where the disk is full wait for room rather than lose a finished plan."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return write()
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO) or time.monotonic() > deadline:
                raise
            print(f"waiting for room on the disk: {error}", file=sys.stderr, flush=True)
            time.sleep(SECONDS_BETWEEN_TRIES)


def _write(path: Path, text: str) -> None:
    fresh = path.with_suffix(".fresh")
    fresh.write_text(text, encoding="utf-8")
    fresh.rename(path)
