"""Plants and satellites: flows, floors of exchanges and the search, against trying everything."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from clusterlane.instances.files.published import read_published
from clusterlane.models.cluster import build
from clusterlane.optimizer import solve
from clusterlane.optimizer.arrays import Floats, compile_model
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.search import Search
from clusterlane.optimizer.sites.stage_search import StageSearch, exchanges, first_sites
from clusterlane.optimizer.sites.stages import Flows, Stages, cheapest, knapsacks
from clusterlane.optimizer.sites.two_stage import TwoStage, is_two_stage, read_two_stage
from hypothesis import given, settings
from hypothesis import strategies as st
from published import data
from small import random_network
from stages import multi_period, two_stage


def problem_of(seed: int, layers: int) -> Stages:
    """Three plants, three satellites, four customers; some ways are missing."""
    rng = np.random.default_rng(seed)
    demand = rng.integers(1, 9, (layers, 4)).astype(float)
    inward, outward = rng.integers(1, 30, (layers, 3, 3)), rng.integers(1, 30, (layers, 3, 4)).astype(float)
    outward[rng.random(outward.shape) < 0.1] = np.inf
    room = rng.integers(8, 40, (6, layers)).astype(float)
    return Stages(rng.integers(10, 90, 6).astype(float), room, demand, inward.astype(float), outward)


def flows_of(problem: Stages, opened: np.ndarray) -> list[Flows] | None:
    found = [cheapest(problem, opened, layer, Clock()) for layer in range(len(problem.demand))]
    return [part for part in found if part is not None] if None not in found else None


def cost_of(problem: Stages, opened: np.ndarray) -> float:
    flows = flows_of(problem, opened)
    return np.inf if flows is None else float(problem.fixed[opened].sum()) + sum(f.cost for f in flows)


def least(problem: Stages) -> float:
    """The optimum by trying every set of sites."""
    sets = itertools.product((False, True), repeat=len(problem.fixed))
    return min(cost_of(problem, np.array(opened)) for opened in sets)


def reading(folder: Path, seed: int, goods: int) -> tuple[TwoStage, Search]:
    network = two_stage(folder, seed, goods)
    model = build(network)
    arrays = compile_model(model)
    assert is_two_stage(model.index, arrays)
    return read_two_stage(model.index, arrays), Search(network, model, arrays, clock=Clock(), gap=0.0)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 2))
def test_floors_of_exchanges(seed: int, layers: int) -> None:
    """No neighbour costs less than its floors say, in any layer; one left out is not cheaper."""
    problem = problem_of(seed, layers)
    opened = np.random.default_rng(seed).random(6) < 0.7
    flows = flows_of(problem, opened)
    if flows is None:
        return
    value = cost_of(problem, opened)
    offered = {other.tobytes(): floors for other, floors in exchanges(problem, opened, flows, value)}
    for part in problem.stages:
        for out, into in itertools.product([-1, *range(part.start, part.stop)], repeat=2):
            other = opened.copy()
            other[[i for i in (out, into) if i >= 0]] ^= True
            if out >= 0 and into >= 0 and opened[out] == opened[into]:
                continue
            floors = offered.get(other.tobytes())
            cost = cost_of(problem, other)
            if floors is None:
                assert cost >= value * (1 - 1e-8)
            elif np.isfinite(cost):
                found = flows_of(problem, other)
                assert found is not None
                assert all(f.cost >= floor - 1e-6 for f, floor in zip(found, floors, strict=True))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 2))
def test_search_of_the_smallest(seed: int, layers: int) -> None:
    """Every plan offered is better than the last, none better than the best of all sets, the last near it."""
    problem, values = problem_of(seed, layers), list[float]()
    search = StageSearch(problem, np.ones(6), Clock(), seed)

    def offer(flows: list[Flows], opened: np.ndarray) -> None:
        values.append(float(problem.fixed[opened].sum()) + sum(part.cost for part in flows))

    search.run(30, offer, lambda: False)
    best = least(problem)
    assert values == sorted(values, reverse=True)
    assert not values or values[-1] >= best - 1e-6
    if np.isfinite(cost_of(problem, first_sites(problem, np.ones(6)))):
        assert values[-1] <= 1.1 * best


@pytest.mark.parametrize("goods", [1, 2])
@pytest.mark.parametrize("seed", range(2))
def test_plans_of_networks(tmp_path: Path, seed: int, goods: int) -> None:
    """The search's plan keeps every row of the model and costs what the search says; the best of all sets is
    the model's optimum."""
    read, search = reading(tmp_path, seed, goods)
    stages = StageSearch(read.problem, np.ones(7), Clock(), seed)
    stages.run(20, lambda flows, opened: search.offer(read.point(flows, opened)), lambda: False)
    best = solve(search.network, gap=1e-6, strategy="monolith").objective
    assert search.objective == pytest.approx(stages.best)
    assert best == pytest.approx(least(read.problem), rel=1e-6)
    assert best == pytest.approx(stages.best, rel=1e-6)


def test_weights_are_what_a_point_opens(tmp_path: Path) -> None:
    """Of a plan: 1 for its sites, 0 for others."""
    read, _ = reading(tmp_path, 1, 2)
    opened = np.ones(7, dtype=bool)
    opened[-1] = not read.problem.holds(np.append(opened[:-1], False), read.problem.stages[1])
    flows = flows_of(read.problem, opened)
    assert flows is not None
    assert read.weights(read.point(flows, opened)).tolist() == opened.astype(float).tolist()


def test_other_networks_are_none(tmp_path: Path) -> None:
    """Periods that open sites one by one, one stage, and networks with stock and firms."""
    networks = [multi_period(tmp_path, 1), random_network(4001, money=False)]
    for network in networks:
        model = build(network)
        assert not is_two_stage(model.index, compile_model(model))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-5, 9), min_size=3, max_size=3), st.integers(0, 12))
def test_knapsacks(profits: list[int], room: int) -> None:
    """Whole units taken one by one, the dearest first."""
    size = np.array([2.0, 3.0, 4.0])
    profit: Floats = np.maximum(np.array([profits], dtype=float), 0.0)
    units = sorted(np.repeat(profit[0], size.astype(int)), reverse=True)
    assert knapsacks(profit, size, np.array([float(room)]))[0] == pytest.approx(sum(units[:room]))


@pytest.mark.slow
@pytest.mark.parametrize(("case", "known"), [("PSC1-C2", 492747), ("PSC4-C2", 492107), ("PSC5-C2", 489625)])
def test_best_known_values_of_others(case: str, known: float) -> None:
    """Met or beaten."""
    path = data("two_stage_flp_fernandes2014", f"{case}-50.txt")
    plan = solve(read_published(path, "two-stage"), gap=0.004, time_limit=300)
    assert plan.objective is not None
    assert plan.objective <= known * (1 + 1e-9)
