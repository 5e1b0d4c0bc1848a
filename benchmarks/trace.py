"""How a solver came on: its best plan and bound over time."""

from __future__ import annotations

import math
import resource
import time
from dataclasses import dataclass, field

from ..optimizer.clock import Clock


def cpu_seconds() -> float:
    """CPU time of this process and of the processes it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def peak_megabytes() -> float:
    """Most memory that this process, or a process it has waited for, has held."""
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(part).ru_maxrss for part in who) / 1024


@dataclass
class Trace:
    """Events ``[seconds, objective, bound]``, each with what is best so far; ``None`` while unknown.

    Seconds are those of ``Clock.now`` (CPU or wall time) since the trace began; ``load`` of them passed until
    the solver held the problem.
    """

    load: float = 0.0
    events: list[list[float | None]] = field(default_factory=list)
    objective: float | None = None
    bound: float | None = None

    def __post_init__(self) -> None:
        self._start = Clock.now()

    def loaded(self) -> None:
        """The solver holds the problem."""
        self.load = self.seconds

    @property
    def seconds(self) -> float:
        """Time since the beginning."""
        return Clock.now() - self._start

    def note(
        self, objective: float | None = None, bound: float | None = None, seconds: float | None = None
    ) -> None:
        """A plan of this value is held, or nothing below this bound exists; minimisation."""
        found, proved = _finite(objective), _finite(bound)
        better = found is not None and (self.objective is None or found < self.objective)
        tighter = proved is not None and (self.bound is None or proved > self.bound)
        if better:
            self.objective = found
        if tighter:
            self.bound = proved
        if better or tighter:
            self.events.append([round(seconds or self.seconds, 3), self.objective, self.bound])


def _finite(value: float | None) -> float | None:
    """Solvers say 1e20 or more where they know nothing."""
    return value if value is not None and math.isfinite(value) and abs(value) < 1e19 else None
