"""How long a solve may go on: a deadline and a cancel switch in one."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import ClassVar


class Clock:
    """Counts from its making; ``stopped`` once the time is up or ``cancel`` is set."""

    now: ClassVar[Callable[[], float]] = staticmethod(time.monotonic)
    """What is counted; benchmarks on a shared machine count ``time.process_time`` instead."""

    def __init__(self, seconds: float | None = None, cancel: threading.Event | None = None):
        self._start = Clock.now()
        self._end = math.inf if seconds is None else self._start + seconds
        self.cancel = cancel or threading.Event()

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return Clock.now() - self._start

    @property
    def remaining(self) -> float:
        """Seconds until the time is up; infinite without a limit, 0 once cancelled."""
        return 0.0 if self.cancel.is_set() else max(self._end - Clock.now(), 0.0)

    @property
    def stopped(self) -> bool:
        """Whether to stop now."""
        return self.remaining <= 0

    @property
    def cancelled(self) -> bool:
        """Whether someone asked to stop, rather than the time being up."""
        return self.cancel.is_set()

    def part(self, seconds: float) -> Clock:
        """A clock that stops after ``seconds``, or with this one."""
        return Clock(min(seconds, self.remaining), self.cancel)
