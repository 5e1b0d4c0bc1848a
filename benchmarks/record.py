"""Raw records of measurements: JSON lines, one a run, each with what was run and on what machine."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KEY = ("suite", "case", "solver", "seed", "threads", "gap", "limit", "clock")
"""What makes a run the same run."""


@dataclass(frozen=True)
class Run:
    """One record.  ``events`` are ``[seconds, objective, bound]``; seconds of ``clock`` (cpu or wall)."""

    suite: str
    case: str
    solver: str
    seed: int
    threads: int
    gap: float
    limit: float
    clock: str
    outcome: str
    known: float | None = None
    series: str = ""
    count: int = 0
    objective: float | None = None
    bound: float | None = None
    bound_verified: float | None = None
    sound: bool = True
    seconds: float | None = None
    load_seconds: float | None = None
    peak_mb: float | None = None
    error: str = ""
    events: tuple[tuple[float, float | None, float | None], ...] = ()
    loading: Mapping[str, float] = field(default_factory=dict)
    phases: Mapping[str, float] = field(default_factory=dict)

    @property
    def key(self) -> tuple[Any, ...]:
        """What makes it the same run."""
        return tuple(getattr(self, name) for name in KEY)


def read(path: Path) -> list[Run]:
    """Runs of a file, the last of each key; lines cut off by a crash are left out.

    Raises ``OSError`` where the file cannot be read.
    """
    runs: dict[tuple[Any, ...], Run] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            run = _run(json.loads(line))
        except (ValueError, TypeError):
            continue
        runs[run.key] = run
    return list(runs.values())


def _run(data: dict[str, Any]) -> Run:
    known = {name: data[name] for name in Run.__dataclass_fields__ if name in data}
    return Run(**{**known, "events": tuple(tuple(event) for event in known.get("events", ()))})


def append(path: Path, data: Mapping[str, Any]) -> None:
    """Add a record, complete on disk before the next run begins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(data, allow_nan=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def machine() -> dict[str, Any]:
    """Cores, memory, processor and load of this machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    found = {"system": platform.system(), "python": platform.python_version(), "processor": _processor()}
    return {**found, "cores": len(os.sched_getaffinity(0)), "memory_gb": round(memory, 1), "load": load()}


def load() -> float:
    """Processes that wanted to run in the last minute, on average."""
    return round(os.getloadavg()[0], 2)


def _processor() -> str:
    try:
        lines: Iterable[str] = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
