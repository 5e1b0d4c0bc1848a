"""Work runs over processes and clusters alike; lost workers cost nothing but time."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from clusterlane.optimizer.executor import Executor, ItemError, executor


def square(x: int) -> int:
    if x == 3:
        raise ValueError("three is refused")
    return x * x


def square_once_killed(folder: str, x: int) -> int:
    """Dies at the first try of every tenth item, as if the machine's memory had run out."""
    mark = Path(folder) / str(x)
    if x % 10 == 0 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return x * x


def die(x: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return x


def slow(x: int) -> int:
    time.sleep(0.2)
    return os.getpid()


@pytest.fixture(scope="module", params=["inline", "processes", pytest.param("dask", marks=pytest.mark.slow)])
def pool(request: pytest.FixtureRequest) -> Iterator[Executor]:
    if request.param == "dask":
        distributed = pytest.importorskip("distributed")
        with (
            distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
            executor(cluster=cluster.scheduler_address) as found,
        ):
            yield found
    else:
        with executor(workers=1 if request.param == "inline" else 2) as found:
            yield found


def test_every_item_comes_back_once_and_an_error_stays_with_its_item(pool: Executor) -> None:
    outcomes = {outcome.item: outcome for outcome in pool.run(square, range(12))}
    assert {x: o.value for x, o in outcomes.items() if o.error is None} == {
        x: x * x for x in range(12) if x != 3
    }
    assert outcomes[3].error == "ValueError: three is refused"
    with pytest.raises(ItemError, match="three is refused"):
        _ = outcomes[3].result


def test_costs_add_up_over_the_workers(pool: Executor) -> None:
    before = sum(cost.items for cost in pool.costs.values())
    spent = sum(outcome.seconds for outcome in pool.run(slow, range(3)))
    assert sum(cost.items for cost in pool.costs.values()) == before + 3
    assert spent >= 0.6
    assert len(pool.report().splitlines()) == len(pool.costs)


def test_a_killed_worker_is_replaced_and_its_item_redone_once(pool: Executor, tmp_path: Path) -> None:
    if "this process" in pool.costs:
        pytest.skip("one worker means this process, which cannot be killed")
    function = partial(square_once_killed, str(tmp_path))
    outcomes = list(pool.run(function, range(20)))
    assert Counter(outcome.item for outcome in outcomes) == Counter(range(20))
    assert all(outcome.value == outcome.item**2 for outcome in outcomes)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.slow
def test_an_item_that_kills_every_worker_is_given_up() -> None:
    with executor(workers=2) as pool:
        outcomes = list(pool.run(die, [1]))
    assert [outcome.error for outcome in outcomes] == [
        "3 workers were lost with this item, the last one with exit code -9"
    ]


@pytest.mark.slow
def test_leaving_early_stops_the_workers() -> None:
    with executor(workers=2) as pool:
        first = next(pool.run(slow, range(4)))
    assert first.value is not None
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and Path(f"/proc/{first.value}").exists():
        time.sleep(0.05)
    assert not Path(f"/proc/{first.value}").exists()


@pytest.mark.slow
def test_a_cluster_that_forgets_its_work_or_has_no_worker_for_a_while_does_it_all() -> None:
    distributed = pytest.importorskip("distributed")
    options = {"threads_per_worker": 1, "dashboard_address": None}
    with (
        distributed.LocalCluster(n_workers=0, **options) as cluster,
        distributed.Client(cluster.scheduler_address, set_as_default=False) as somebody,
        executor(cluster=cluster.scheduler_address) as pool,
    ):
        threading.Timer(0.5, cluster.scale, [1]).start()
        outcomes = pool.run(slow, range(8))
        first = next(outcomes)
        keys = [distributed.Future(key, client=somebody) for key in list(cluster.scheduler.tasks)]
        somebody.cancel(keys, force=True)  # the scheduler forgets all work
        assert Counter(o.item for o in [first, *outcomes]) == Counter(range(8))
        stop = threading.Event()
        stopped = executor(cluster=cluster.scheduler_address, cancel=stop)
        assert [stop.set() for _ in stopped.run(slow, range(8))] == [None]
        stopped.close()
        cluster.close()
        with pytest.raises(ConnectionError, match="answers no more"):
            list(pool.run(slow, range(2)))


def test_workers_stay_for_the_next_run_and_take_a_new_function() -> None:
    with executor(workers=2) as pool:
        first = {outcome.value for outcome in pool.run(slow, range(4))}
        assert {outcome.value for outcome in pool.run(slow, range(4))} <= first
        assert sorted(outcome.result for outcome in pool.run(square, range(3))) == [0, 1, 4]


def test_no_worker_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        executor(workers=0)
