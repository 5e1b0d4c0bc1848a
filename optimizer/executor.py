"""One way to run many independent pieces of work: in processes of this machine or on a Dask cluster.

``with executor(workers=2) as pool:`` then ``for outcome in pool.run(function, items):``.  Both kinds give
the same outcomes, each item exactly once, in the order in which they finish.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import threading
import time
import traceback
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

MOST_LOSSES = 3
"""An item whose worker is lost this often is given up as the cause of the losses."""

_LOOK = 0.2
"""Seconds after which it is looked whether the work was cancelled."""


class ItemError(Exception):
    """The work on one item failed; the message holds the worker's own error."""


@dataclass(frozen=True)
class Outcome(Generic[T, R]):
    """One item with its result, or with the text of the error that it ended in.

    ``seconds`` is the time the worker spent on it, ``worker`` its name.
    """

    item: T
    value: R | None
    error: str | None
    worker: str
    seconds: float

    @property
    def result(self) -> R:
        """The result.  Raises ``ItemError`` where the item failed."""
        if self.error is not None:
            raise ItemError(self.error)
        return self.value  # type: ignore[return-value]


@dataclass
class WorkerCost:
    """What one worker did: items finished, seconds spent on them, and items lost with it."""

    items: int = 0
    seconds: float = 0.0
    lost: int = 0


class Executor(ABC):
    """Runs a function over items; a context manager.  ``costs`` has the work of each worker so far."""

    def __init__(self) -> None:
        self.costs: dict[str, WorkerCost] = {}

    @abstractmethod
    def _outcomes(self, function: Callable[[T], R], items: list[T]) -> Iterator[Outcome[T, R]]: ...

    def run(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[Outcome[T, R]]:
        """The outcome of each item, as they finish.

        ``function`` and items must be picklable (a function at the top of a module, or a ``partial`` of
        one).  An item that raises gives an outcome with ``error``; a lost worker is replaced and its
        item is done again, up to three times.
        """
        for outcome in self._outcomes(function, list(items)):
            cost = self._cost(outcome.worker)
            cost.items += 1
            cost.seconds += outcome.seconds
            yield outcome

    def _cost(self, worker: str) -> WorkerCost:
        return self.costs.setdefault(worker, WorkerCost())

    def report(self) -> str:
        """One line per worker: items, seconds, items lost with it."""
        lines = [
            f"{name}: {cost.items} done in {cost.seconds:.1f} s"
            + (f", {cost.lost} lost" if cost.lost else "")
            for name, cost in sorted(self.costs.items())
        ]
        return "\n".join(lines)

    def close(self) -> None:  # noqa: B027 - not every kind has something to stop
        """Stop all workers."""

    def __enter__(self) -> Executor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def executor(
    workers: int | None = None, cluster: str | None = None, cancel: threading.Event | None = None
) -> Executor:
    """Where work runs: ``workers`` processes of this machine, or the Dask scheduler at ``cluster``.

    ``workers``: all cores by default; 1 works in this process.  ``cluster``: ``tcp://host:port``.
    ``cancel``: once set, no more outcomes come; processes are stopped in the middle of their items, a
    cluster ends those that it has begun.
    Raises ``ValueError`` for fewer than one worker, ``ModuleNotFoundError`` where Dask is missing,
    ``OSError`` where no scheduler answers.
    """
    stop = cancel or threading.Event()
    if cluster is not None:
        from .cluster import DaskExecutor

        return DaskExecutor(cluster, stop)
    count = len(os.sched_getaffinity(0)) if workers is None else workers
    if count < 1:
        raise ValueError(f"{count} workers cannot do any work; give at least 1")
    inline = count == 1 or bool(multiprocessing.current_process().daemon)
    return _Inline() if inline else _Processes(count, stop)


def attempt(function: Callable[[T], R], item: T) -> tuple[R | None, str | None, float]:
    """Value, error and seconds of one item."""
    began = time.perf_counter()
    try:
        return function(item), None, time.perf_counter() - began
    except Exception as error:
        brief = "".join(traceback.format_exception_only(error)).strip()
        return None, brief, time.perf_counter() - began


class _Inline(Executor):
    def _outcomes(self, function: Callable[[T], R], items: list[T]) -> Iterator[Outcome[T, R]]:
        for item in items:
            value, error, seconds = attempt(function, item)
            yield Outcome(item, value, error, "this process", seconds)


@dataclass
class _Worker:
    name: str
    process: BaseProcess
    pipe: Connection
    code: bytes = b""
    """The function it has, pickled."""
    job: int | None = None
    """Place of the item it works on."""

    def give(self, code: bytes, job: int, item: Any) -> None:
        """Send an item, with the function where it is new to this worker."""
        self.job = job
        with suppress(BrokenPipeError):  # its end is noticed when its pipe is read
            self.pipe.send((code if code != self.code else None, item))
        self.code = code


class _Processes(Executor):
    """Processes of this machine (spawned), each fed one item at a time through its own pipe."""

    def __init__(self, count: int, cancel: threading.Event):
        super().__init__()
        self._count, self._started, self._cancel = count, 0, cancel
        self._workers: list[_Worker] = []

    def _outcomes(self, function: Callable[[T], R], items: list[T]) -> Iterator[Outcome[T, R]]:
        code, waiting, losses = pickle.dumps(function), deque(range(len(items))), [0] * len(items)
        try:
            while waiting or any(worker.job is not None for worker in self._workers):
                if self._cancel.is_set():
                    return
                self._feed(code, waiting, items)
                for worker in self._ready():
                    yield from self._collect(worker, waiting, losses, items)
        finally:
            self._stop([worker for worker in self._workers if worker.job is not None])

    def _feed(self, code: bytes, waiting: deque[int], items: list[Any]) -> None:
        while waiting and len(self._workers) < self._count:
            idle = sum(worker.job is None for worker in self._workers)
            if idle >= len(waiting):
                break
            self._workers.append(self._start())
        for worker in self._workers:
            if waiting and worker.job is None:
                place = waiting.popleft()
                worker.give(code, place, items[place])

    def _start(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
        self._started += 1
        return _Worker(f"worker {self._started}", process, ours)

    def _ready(self) -> list[_Worker]:
        pipes = {worker.pipe: worker for worker in self._workers}
        return [pipes[pipe] for pipe in wait(list(pipes), _LOOK) if isinstance(pipe, Connection)]

    def _collect(
        self, worker: _Worker, waiting: deque[int], losses: list[int], items: list[Any]
    ) -> Iterator[Outcome[Any, Any]]:
        place, worker.job = worker.job, None
        try:
            value, error, seconds = worker.pipe.recv()
        except (EOFError, ConnectionResetError):
            self._drop(worker)
            if place is None:
                return
            self._cost(worker.name).lost += 1
            losses[place] += 1
            if losses[place] < MOST_LOSSES:
                waiting.appendleft(place)
                return
            value, error, seconds = None, _given_up(worker), 0.0
        assert place is not None
        yield Outcome(items[place], value, error, worker.name, seconds)

    def _drop(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.pipe.close()
        worker.process.join()

    def close(self) -> None:
        """Stop all workers, whatever they do."""
        self._stop(self._workers)

    def _stop(self, workers: list[_Worker]) -> None:
        for worker in workers:
            worker.process.kill()
            worker.pipe.close()
        for worker in workers:
            worker.process.join()
        self._workers = [worker for worker in self._workers if worker not in workers]


def _given_up(worker: _Worker) -> str:
    code = worker.process.exitcode
    return f"{MOST_LOSSES} workers were lost with this item, the last one with exit code {code}"


def _serve(pipe: Connection) -> None:
    """A worker's life: take an item, answer with its outcome, until the pipe closes."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    function: Callable[[Any], Any] = _no_function
    with suppress(EOFError, KeyboardInterrupt):
        while True:
            code, item = pipe.recv()
            function = function if code is None else pickle.loads(code)
            _send(pipe, attempt(function, item))


def _no_function(item: Any) -> None:
    raise RuntimeError("no function has arrived")


def _send(pipe: Connection, answer: tuple[Any, str | None, float]) -> None:
    try:
        pipe.send(answer)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        pipe.send((None, f"the result cannot be sent back: {error}", answer[2]))


def _end_with_parent() -> None:
    """A worker whose parent was killed must not go on for hours."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
