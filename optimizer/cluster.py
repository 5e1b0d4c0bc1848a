"""Independent work on the workers of a Dask scheduler: nothing is waited for that will never come.

Dask replaces lost workers and does their work again.  What it cannot know is a piece of work that it has
forgotten itself (a restart, a connection that broke) or whose end it told us while nobody heard: we ask for
each piece from time to time, and send it again where it is gone.
"""

from __future__ import annotations

import hashlib
import logging
import os
import pickle
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from .executor import Executor, Outcome, attempt

T = TypeVar("T")
R = TypeVar("R")

SECONDS_TO_CONNECT = 10
SECONDS_BETWEEN_LOOKS = 0.05
SECONDS_BETWEEN_QUESTIONS = 5.0
SECONDS_FOR_AN_ANSWER = 30.0
SECONDS_WITHOUT_WORKERS = 900.0
MOST_TIMES_FORGOTTEN = 10
"""An item that the cluster forgets this often is given up: it may be what breaks the scheduler."""

log = logging.getLogger("clusterlane.cluster")


@dataclass(eq=False)
class _Sent:
    """An item that the cluster works on."""

    item: Any
    future: Any
    forgotten: int = 0
    doubts: int = 0
    """How often in a row the cluster no longer worked on it, though we had heard of no end."""


class DaskExecutor(Executor):
    """The workers of a Dask scheduler; lost ones are replaced by Dask and their items redone."""

    def __init__(self, address: str, cancel: threading.Event):
        super().__init__()
        try:
            import distributed
        except ImportError:
            raise ModuleNotFoundError(
                "a cluster needs Dask: install it with pip install 'clusterlane[batch]'"
            ) from None
        self._dask: Any = distributed
        self._address, self._cancel = address, cancel
        self._idle_since: float | None = None
        self._client = self._dask.Client(address, timeout=SECONDS_TO_CONNECT)

    def _outcomes(self, function: Callable[[T], R], items: list[T]) -> Iterator[Outcome[T, R]]:
        code = pickle.dumps(function)
        sent = [_Sent(item, self._submit(code, item)) for item in items]
        asked = time.monotonic()
        try:
            while sent and not self._cancel.is_set():
                for task in [task for task in sent if task.future.done()]:
                    outcome = self._collect(task, code)
                    if outcome is not None:
                        sent.remove(task)
                        yield outcome
                if time.monotonic() - asked > SECONDS_BETWEEN_QUESTIONS:
                    self._look_after(sent)
                    asked = time.monotonic()
                time.sleep(SECONDS_BETWEEN_LOOKS)
        finally:
            with suppress(Exception):  # the scheduler may be gone
                self._client.cancel([task.future for task in sent])

    def _submit(self, code: bytes, item: Any) -> Any:
        key = f"clusterlane-{hashlib.sha256(code).hexdigest()[:8]}-{os.urandom(8).hex()}"
        return self._client.submit(_remote, code, item, key=key, pure=False)

    def _collect(self, task: _Sent, code: bytes) -> Outcome[Any, Any] | None:
        """What an ended item gave; none where it has to be done again."""
        try:
            value, failure, seconds, worker = task.future.result(timeout=SECONDS_FOR_AN_ANSWER)
        except self._dask.CancelledError:
            return self._again(task, code)
        except Exception as error:
            if isinstance(error, OSError) and task.future.status != "error":
                return None  # a worker was lost with the result, or the connection: it is looked after
            return _lost(task, f"{type(error).__name__}: {error}")  # given up by Dask, or it cannot be sent
        task.future.release()  # or its worker would be lost with it and the item done again
        return Outcome(task.item, value, failure, worker, seconds)

    def _again(self, task: _Sent, code: bytes) -> Outcome[Any, Any] | None:
        """Send an item again; an outcome where that was done too often."""
        self._require_scheduler()
        task.forgotten += 1
        if task.forgotten == MOST_TIMES_FORGOTTEN:
            return _lost(task, f"the cluster forgot it {task.forgotten} times")
        log.info("an item is sent to the cluster again: it was forgotten there")
        self._client.cancel([task.future])
        task.future, task.doubts = self._submit(code, task.item), 0
        return None

    def _require_scheduler(self) -> None:
        if self._client.status in ("closing", "closed"):
            raise ConnectionError(f"the scheduler at {self._address} answers no more")

    def _look_after(self, sent: list[_Sent]) -> None:
        """Ask the scheduler for the items: those it works on no more are sent again."""
        self._require_scheduler()
        asked = [task for task in sent if not task.future.done()]
        try:
            states, workers = self._ask([task.future.key for task in asked])
        except OSError:  # it is away for a moment: the client connects again or closes
            return
        for task in asked:
            # twice in a row: the news of its end may be on its way
            stuck = states[task.future.key] in (None, "memory", "erred", "released", "forgotten")
            task.doubts = task.doubts + 1 if stuck and not task.future.done() else 0
            if task.doubts == 2:
                self._client.cancel([task.future])  # it ends as cancelled and is sent again
        self._note_workers(workers, len(sent))

    def _note_workers(self, workers: int, waiting: int) -> None:
        """Without workers: some may still join, so wait, but neither silently nor for ever."""
        if workers:
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = time.monotonic()
            log.warning("the cluster at %s has no worker: %s items wait", self._address, waiting)
        elif time.monotonic() - self._idle_since > SECONDS_WITHOUT_WORKERS:
            minutes = SECONDS_WITHOUT_WORKERS / 60
            raise ConnectionError(f"the cluster at {self._address} had no worker for {minutes:.0f} minutes")

    def _ask(self, keys: list[str]) -> tuple[dict[str, str | None], int]:
        """State of each item as the scheduler knows it, and the number of workers."""
        scheduler = self._client.scheduler
        options = {"callback_timeout": SECONDS_FOR_AN_ANSWER}
        states = self._client.sync(scheduler.get_task_status, keys=keys, **options)
        return states, len(self._client.sync(scheduler.ncores, workers=None, **options))

    def close(self) -> None:
        """Leave the cluster; its workers stay."""
        self._client.close()


def _lost(task: _Sent, why: str) -> Outcome[Any, Any]:
    return Outcome(task.item, None, why, "lost", 0.0)


_functions: dict[bytes, Callable[[Any], Any]] = {}


def _remote(code: bytes, item: Any) -> tuple[Any, str | None, float, str]:
    """One item on a Dask worker, which unpickles each function once."""
    if code not in _functions:
        _functions.clear()
        _functions[code] = pickle.loads(code)
    return *attempt(_functions[code], item), f"{socket.gethostname()}:{os.getpid()}"
