"""Runs the queue: claims jobs, gives each its own process and folder, and settles what they leave."""

from __future__ import annotations

import fcntl
import io
import json
import logging
import os
import shutil
import threading
import time
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from . import followups, worker
from .jobs import Job, Jobs, new_id
from .problems import Problem
from .settings import Settings

SECONDS_BETWEEN_TICKS = 0.1
SECONDS_BETWEEN_BEATS = 5.0
SECONDS_UNTIL_ABANDONED = 120.0
SECONDS_OFF_AFTER_FAULT = 1.0
DISK_PATIENCE = 600.0
STARVED = 10
"""A worker that hardly gets a processor has so many times the grace to end."""

log = logging.getLogger("clusterlane.service")


@dataclass
class Run:
    """One running job: its process, its folder, and how much of its progress has been stored."""

    job: Job
    process: ForkServerProcess
    folder: Path
    limit: float
    """When its search must have ended."""
    used_at_limit: float | None = None
    """Processor seconds that it had used then."""
    read: int = 0
    beat: float = 0.0
    peak: int = 0
    """Most memory it was seen to have, in bytes."""
    overdue: bool = False
    late_seconds: float = 0.0
    """How far beyond the limit it was when last looked at."""


class Supervisor:
    """The queue's one thread in a service.  ``start`` picks up what an earlier service left."""

    def __init__(self, jobs: Jobs, settings: Settings):
        self.jobs, self.settings = jobs, settings
        self.folder = settings.folder / "running"
        self.runs: list[Run] = []
        self.alive = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="supervisor", daemon=True)
        self._context = get_context("forkserver")
        self._swept = 0.0

    def start(self) -> None:
        """Begin.  Raises ``BlockingIOError`` where another service uses the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = (self.settings.folder / "lock").open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.service = _identity(self.settings.folder)
        # children of the server are forked with everything imported: a job starts in milliseconds
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        self._context.set_forkserver_preload([worker.__name__])
        self._thread.start()

    def stop(self) -> None:
        """End: running jobs go back to the queue."""
        self._stopping.set()
        self._thread.join()
        for run in self.runs:
            run.process.kill()
            run.process.join()
            self._guarded(self.jobs.requeue, run.job, lost=False)
        self.runs = []
        self._lock.close()

    def _loop(self) -> None:
        recovered = False
        while not self._stopping.is_set():
            try:
                if not recovered:
                    self._recover()
                    recovered, self.alive = True, time.time()
                    self._warm_up()
                self._tick()
                self.alive = time.time()
                self._stopping.wait(SECONDS_BETWEEN_TICKS)
            except Exception:  # a lost database or a full disk: nothing is lost by trying again
                log.exception("the queue waits after a fault")
                self._stopping.wait(SECONDS_OFF_AFTER_FAULT)

    def _warm_up(self) -> None:
        """Wait until processes can be started at once, so that a job called running has one."""
        process = self._context.Process(target=worker.nothing)
        process.start()
        process.join()
        process.close()

    def _guarded(self, action: Any, *arguments: Any, **named: Any) -> None:
        try:
            action(*arguments, **named)
        except Exception:
            log.exception("left for the next start")

    # what an earlier service left

    def _recover(self) -> None:
        for job in self.jobs.held_by(self.service):
            folder = self._folder(job)
            if not (folder / worker.OUTCOME).exists() or not self._store(job, folder):
                self.jobs.requeue(job, lost=False)
            log.info("picked up", extra={"job": job["id"]})
        for folder in self.folder.iterdir():
            shutil.rmtree(folder, ignore_errors=True)

    def _sweep(self) -> None:
        """Jobs of services that are gone for good go back to the queue."""
        if time.time() - self._swept < SECONDS_BETWEEN_BEATS:
            return
        self._swept = time.time()
        for job in self.jobs.abandoned(SECONDS_UNTIL_ABANDONED):
            if job["claimed_by"] != self.service:
                self.jobs.requeue(job, lost=False)

    # each moment

    def _tick(self) -> None:
        self._sweep()
        stopping = self.jobs.to_stop(self.service) if self.runs else set()
        for run in list(self.runs):
            if run.job["id"] in stopping:
                (run.folder / worker.STOP).touch()
            self._follow(run)
        while len(self.runs) < self.settings.workers and (job := self.jobs.claim(self.service)):
            self._launch(job)

    def _follow(self, run: Run) -> None:
        run.peak = max(run.peak, worker.peak_memory(run.process.pid or 0))
        ended = not run.process.is_alive()
        lines, read = _progress(run.folder / worker.PROGRESS, run.read)
        if lines or time.time() - run.beat > SECONDS_BETWEEN_BEATS:
            self.jobs.advance(run.job, lines)
            run.read, run.beat = read, time.time()
        if ended:
            self._end(run)
        elif self._is_overdue(run):
            run.overdue = True
            run.process.kill()

    def _is_overdue(self, run: Run) -> bool:
        """Whether a run had its grace.  On an overloaded machine that is grace in processor time."""
        late, grace = time.time() - run.limit, self.settings.grace
        run.late_seconds = late
        if late < min(grace, 0.0):
            return False
        used = worker.processor_seconds(run.process.pid or 0)
        if run.used_at_limit is None:
            run.used_at_limit = used
        if late > grace / 2:
            (run.folder / worker.STOP).touch()
        return late > grace and (used - run.used_at_limit > grace or late > STARVED * grace)

    def _end(self, run: Run) -> None:
        if (run.folder / worker.OUTCOME).exists():
            self._store(run.job, run.folder)
        else:
            self._lost(run)
        self.runs.remove(run)
        run.process.close()
        shutil.rmtree(run.folder, ignore_errors=True)

    def _store(self, job: Job, folder: Path) -> bool:
        outcome = json.loads((folder / worker.OUTCOME).read_text(encoding="utf-8"))
        contents = {kind: (folder / name).read_bytes() for kind, name in outcome.get("blobs", {}).items()}
        stored = self.jobs.settle(job, outcome, contents, self.settings.events_kept)
        log.info("ended", extra={"job": job["id"], "failed": "problem" in outcome})
        return stored

    def _lost(self, run: Run) -> None:
        """A worker that ended without an outcome: done again, unless the job itself is the likely cause."""
        code = run.process.exitcode
        log.warning("worker lost", extra={"job": run.job["id"], "exit_code": code, "peak_bytes": run.peak})
        again = not run.overdue and not self._starved(run) and code in (-9, -15, 1, 255)
        if again and run.job["losses"] + 1 < self.settings.attempts:
            self.jobs.requeue(run.job, lost=True)
            return
        self.jobs.settle(run.job, {"problem": self._reason(run, code).body}, {}, self.settings.events_kept)

    def _starved(self, run: Run) -> bool:
        """Whether it ran out of memory, as far as one can see: C code then ends in many ways."""
        return run.process.exitcode == -6 or worker.is_starved(run.peak, self.settings.job_memory)

    def _reason(self, run: Run, code: int | None) -> Problem:
        if run.overdue or code == -24:
            detail = "the job did not end within its time; give a time limit, or plan a smaller network"
            if run.late_seconds > 2 * self.settings.grace:
                detail = "the job hardly got a processor and did not end: run fewer jobs at once here"
            return Problem(504, detail, code="out-of-time")
        if self._starved(run):
            return worker.out_of_memory(self.settings.job_memory)
        times = run.job["losses"] + 1
        detail = f"the job's process was lost (exit code {code}, {times} times in all); send it again"
        return Problem(500, detail, code="worker-lost")

    def _launch(self, job: Job) -> None:
        folder = self._folder(job)
        try:
            limit = self._prepare(job, folder)
            process = self._context.Process(target=worker.run, args=(str(folder),))
            process.start()
        except (OSError, SQLAlchemyError):  # the disk or the database: the job can wait
            self.jobs.requeue(job, lost=False)
            shutil.rmtree(folder, ignore_errors=True)
            raise
        except Exception as error:  # the job's own data: it must not hold up the queue
            log.exception("a job cannot be started")
            problem = Problem(500, f"the job cannot be started ({error})", code="fault")
            self.jobs.settle(job, {"problem": problem.body}, {}, self.settings.events_kept)
            return
        self.runs.append(Run(job, process, folder, limit))
        log.info("started", extra={"job": job["id"], "attempt": job["attempt"]})

    def _prepare(self, job: Job, folder: Path) -> float:
        """Write what the worker needs; returns when its search must have ended."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / worker.NETWORK).write_bytes(self.jobs.network(job["id"]))
        if job["parent"] is not None:
            plan = self.jobs.blob(job["parent"], "plan") or b""
            _unpack(plan, folder / followups.PLAN)
            self._bring(job, folder)
        asked = job["options"].get("time_limit")
        limit = min(asked or self.settings.job_time, self.settings.job_time)
        search = limit * (2 if job["options"].get("compare") else 1)
        description = {
            "kind": job["kind"],
            "options": {**job["options"], "time_limit": limit},
            "time_limit": limit,
            "memory": self.settings.job_memory,
            "threads": self.settings.threads_per_job,
            "seconds": (search + self.settings.grace) * self.settings.threads_per_job,
            "disk_patience": DISK_PATIENCE,
        }
        (folder / worker.JOB).write_text(json.dumps(description), encoding="utf-8")
        return time.time() + search

    def _bring(self, job: Job, folder: Path) -> None:
        """What a follow-up builds on: the shares that were worked out before, the scenarios of a sweep."""
        known = self.jobs.latest_followup(job["parent"], "shares") if job["kind"] == "report" else None
        shares = self.jobs.blob(known["id"], "shares") if known else None
        if shares is not None:
            (folder / followups.SHARES).write_bytes(shares)
        if job["kind"] == "sweep":
            toml = self.jobs.scenarios(job["options"]["scenario_set"])
            (folder / followups.SCENARIOS).write_text(toml, encoding="utf-8", errors="replace")

    def _folder(self, job: Job) -> Path:
        return self.folder / f"{job['id']}-{job['attempt']}"


def _identity(folder: Path) -> str:
    """The name of the service that uses this folder: the same after a restart."""
    path = folder / "service-id"
    if not path.exists():
        path.write_text(new_id(), encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()


def _unpack(plan: bytes, folder: Path) -> None:
    """A stored plan into a folder; nothing where there is none."""
    if plan:
        with zipfile.ZipFile(io.BytesIO(plan)) as archive:
            archive.extractall(folder)


def _progress(path: Path, start: int) -> tuple[list[dict[str, Any]], int]:
    """Whole lines after ``start`` bytes, and where the next one begins."""
    try:
        with path.open("rb") as lines:
            lines.seek(start)
            text = lines.read()
    except FileNotFoundError:
        return [], start
    whole = text[: text.rfind(b"\n") + 1]
    lines_read = []
    for line in whole.splitlines():
        with suppress(ValueError):  # a line cut by a full disk
            lines_read.append(json.loads(line))
    return lines_read, start + len(whole)
