"""What a search keeps, and how it stops."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from clusterlane.instances.generate import generate
from clusterlane.instances.network import Network
from clusterlane.models.cluster import build
from clusterlane.optimizer.arrays import Floats, compile_model
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.highs import Solver
from clusterlane.optimizer.progress import Progress
from clusterlane.optimizer.search import Search
from clusterlane.optimizer.solve import solve
from small import bench, random_network


def search_of(network: Network, gap: float = 0.01) -> Search:
    model = build(network)
    return Search(network, model, compile_model(model), clock=Clock(), gap=gap)


def best_of(search: Search) -> Floats:
    return Solver(search.arrays, integral=True, mip_rel_gap=0.0).run(Clock()).values()


@pytest.fixture
def search() -> Search:
    return search_of(random_network(1001, money=True))


def test_a_point_that_breaks_a_row_is_refused(search: Search) -> None:
    x = best_of(search)
    for component in ("unmet", "deliver", "parcel"):
        x[search.arrays.columns[component]] = 0.0
    assert search.violation(x) > 1e-3
    assert not search.offer(x)
    assert (search.best, search.objective) == (None, None)


def test_a_point_is_put_within_its_bounds_and_on_whole_numbers(search: Search) -> None:
    x = best_of(search)
    noise = np.random.default_rng(1).uniform(-1e-8, 1e-8, len(x))
    assert search.offer(x + noise)
    assert search.best is not None
    whole = search.best[search.arrays.integer]
    assert (whole == np.round(whole)).all()
    assert (search.best >= search.arrays.lower).all()
    assert (search.best <= search.arrays.upper).all()


def test_only_better_points_are_kept() -> None:
    """The bench: to serve nobody costs 100, its optimum 50."""
    search = search_of(bench())
    best = best_of(search)
    nothing = Solver(search.arrays)
    served = np.arange(len(best))[search.arrays.columns["deliver"]]
    nothing.set_bounds(served, np.zeros(len(served)), np.zeros(len(served)))
    worse = nothing.run(Clock()).values()
    assert search.offer(worse)
    assert search.objective == pytest.approx(100)
    assert search.offer(best)
    assert not search.offer(worse)
    assert not search.offer(best)
    assert search.objective == pytest.approx(50)


def test_bound_only_rises(search: Search) -> None:
    seen = []
    for value in (5.0, 3.0, None, 7.0, 6.0):
        search.raise_bound(value)
        seen.append(search.bound)
    assert seen == [5, 5, 5, 7, 7]


def test_over_once_the_gap_is_reached(search: Search) -> None:
    assert search.offer(best_of(search))
    assert search.objective is not None
    assert not search.over
    search.raise_bound(search.objective - 0.02 * abs(search.objective))
    assert not search.over
    search.raise_bound(search.objective - 0.005 * abs(search.objective))
    assert search.reached
    assert search.over


def test_progress_never_gets_worse() -> None:
    seen: list[Progress] = []
    solve(random_network(1001, money=True), gap=0, on_progress=seen.append)
    values = [p.incumbent for p in seen if p.incumbent is not None]
    bounds = [p.bound for p in seen if p.bound is not None]
    assert values == sorted(values, reverse=True)
    assert bounds == sorted(bounds)
    assert [p.seconds for p in seen] == sorted(p.seconds for p in seen)


def test_no_time_at_all() -> None:
    plan = solve(bench(), time_limit=0)
    assert (plan.status, plan.termination, plan.objective) == ("unknown", "time", None)


def test_cancelled_before_the_start() -> None:
    cancel = threading.Event()
    cancel.set()
    plan = solve(bench(), cancel=cancel)
    assert (plan.status, plan.termination, plan.objective) == ("unknown", "interrupted", None)


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["monolith", "decomposition"])
def test_cancelled_on_the_way(strategy: str) -> None:
    """Cancelled 2 s into a run that would take minutes: what there is by then, checked, soon after."""
    cancel, network = threading.Event(), generate("park-10", 1)
    timer = threading.Timer(2, cancel.set)
    timer.start()
    plan = solve(network, gap=0, cancel=cancel, strategy=strategy)
    assert plan.termination == "interrupted"
    assert plan.runtime_seconds < 12
    assert plan.objective is None or plan.check["ok"]
