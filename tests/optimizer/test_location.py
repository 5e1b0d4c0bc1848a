"""Facility location inside networks: bounds below the optimum, nothing better cut off, published optima."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from clusterlane.instances.files.published import read_published
from clusterlane.instances.generate import generate
from clusterlane.optimizer import solve
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.sites.ascent import climb, proven, root, settle
from clusterlane.optimizer.sites.exchange import improve, start
from clusterlane.optimizer.sites.lagrangian import price, switched
from clusterlane.optimizer.sites.problem import Problem
from clusterlane.optimizer.sites.remainder import without_hopeless_arcs
from clusterlane.optimizer.sites.transport import Transport
from clusterlane.optimizer.sites.tree import Tree
from hypothesis import given, settings
from hypothesis import strategies as st
from published import CAP, CAPA, data, holmberg_optima

CLOCK = Clock()


@st.composite
def problems(draw: st.DrawFn, whole: bool = False) -> Problem:
    """Up to five sites and six customers; some arcs are missing, all sites together hold all demand."""
    sites, customers = draw(st.integers(2, 5)), draw(st.integers(1, 6))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    demand = rng.integers(1, 20, customers).astype(float)
    capacity = rng.integers(5, 40, sites).astype(float)
    capacity *= max(1.0, 1.3 * demand.sum() / capacity.sum())
    cost = rng.integers(0, 60, (sites, customers)).astype(float)
    cost[(rng.random(cost.shape) < 0.1) & (np.arange(sites) > 0)[:, None]] = np.inf
    return Problem(rng.integers(0, 80, sites).astype(float), capacity, demand, cost, whole)


def sets(problem: Problem) -> list[np.ndarray]:
    """Every set of open sites."""
    count = len(problem.fixed)
    return [np.array(bits, dtype=bool) for bits in itertools.product([False, True], repeat=count)]


def by_set(problem: Problem) -> dict[bytes, float]:
    """Least cost with every set of open sites, by brute force over sets."""
    transport = Transport(problem, CLOCK)
    return {opened.tobytes(): transport.cost(opened) for opened in sets(problem)}


@settings(max_examples=40, deadline=None)
@given(problems(), st.integers(0, 10**6))
def test_every_price_gives_a_bound(problem: Problem, seed: int) -> None:
    """Any prices: the bound is below the optimum, and a switched site's bound below all plans so switched."""
    costs = by_set(problem)
    prices = np.random.default_rng(seed).uniform(-20, 120, len(problem.demand))
    forced = np.zeros(len(problem.fixed), dtype=bool)
    priced = price(problem, prices, forced)
    assert priced.bound <= min(costs.values()) + 1e-6
    other = switched(problem, prices, priced, forced)
    for i, low in enumerate(other):
        plans = [costs[o.tobytes()] for o in sets(problem) if o[i] != priced.opened[i]]
        assert low <= min(plans) + 1e-6


@settings(max_examples=40, deadline=None)
@given(problems())
def test_settling_keeps_the_optimum(problem: Problem) -> None:
    """Sites are settled by the cost of some plan; a cheapest plan keeps to what is settled, or that plan
    is one."""
    costs = by_set(problem)
    best = min(costs.values())
    for value in {best, *(v for v in costs.values() if np.isfinite(v))}:
        node = settle(problem, climb(problem, root(problem), value, 30, CLOCK), value)
        assert proven(node) <= best + 1e-6 * abs(best) or value <= best + 1e-6
        kept = [
            costs[o.tobytes()]
            for o in sets(problem)
            if o[node.sites[node.forced]].all() and set(np.flatnonzero(o)) <= set(node.sites)
        ]
        assert value <= best + 1e-6 or min(kept, default=np.inf) == pytest.approx(best)


@settings(max_examples=30, deadline=None)
@given(problems())
def test_branching_finds_the_optimum(problem: Problem) -> None:
    """The tree alone proves the least cost of all sets, from any plan."""
    costs = by_set(problem)
    best = min(costs.values())
    if not np.isfinite(best):
        return
    tree = Tree(problem, np.inf, 0.0, lambda o: costs[o.tobytes()], lambda bound: None)
    tree.add(climb(problem, root(problem), np.inf, 20, CLOCK))
    tree.run(CLOCK, 500)
    assert tree.value == pytest.approx(best)
    assert tree.bound <= best + 1e-6
    assert tree.done or tree.bound == pytest.approx(best, rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(problems(whole=True))
def test_hopeless_arcs_are_in_no_better_plan(problem: Problem) -> None:
    """One site each: the best assignment, by brute force, survives the removal of arcs."""
    sites, customers = problem.cost.shape
    best, at = np.inf, None
    for choice in itertools.product(range(sites), repeat=min(customers, 5)):
        chosen = np.array(choice)
        load = np.bincount(chosen, problem.demand[: len(chosen)], sites)
        if len(chosen) == customers and (load <= problem.capacity).all():
            cost = problem.cost[chosen, np.arange(customers)].sum() + problem.fixed[np.unique(chosen)].sum()
            best, at = (cost, chosen) if cost < best else (best, at)
    if at is not None and np.isfinite(best):
        node = climb(problem, root(problem), best + 1.0, 20, CLOCK)
        kept = without_hopeless_arcs(problem, node, best + 1.0)
        assert np.isfinite(kept.cost[at, np.arange(customers)]).all()


def test_exchanges_only_improve() -> None:
    """From the sites that the prices like to a set that no exchange betters."""
    problem = Problem(np.array([9.0, 1, 9]), np.full(3, 5.0), np.array([2.0, 2]), np.full((3, 2), 1.0))
    transport = Transport(problem, CLOCK)
    opened = improve(transport, start(problem, np.array([1.0, 0, 0])), np.array([1.0, 0, 0]), 50, CLOCK)
    assert list(opened) == [False, True, False]


@pytest.mark.parametrize("name", ["cap41", "cap51", "cap101"])
def test_or_library(name: str) -> None:
    """Proven, with a checked plan, at the published value."""
    plan = solve(read_published(data("orlib_cap", f"{name}.txt"), "orlib"), gap=1e-6)
    assert (plan.status, plan.strategy, plan.check["findings"]) == ("optimal", "location", [])
    assert plan.objective == pytest.approx(CAP[name], rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", CAP)
def test_all_of_the_or_library(name: str) -> None:
    """All 37."""
    plan = solve(read_published(data("orlib_cap", f"{name}.txt"), "orlib"), gap=1e-6)
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(CAP[name], rel=1e-6)


@pytest.mark.slow
def test_capa() -> None:
    """100 sites, 1,000 customers."""
    network = read_published(data("orlib_capa", "capa.txt"), "orlib", 14000)
    plan = solve(network, gap=1e-6)
    assert (plan.status, plan.check["findings"]) == ("optimal", [])
    assert plan.objective == pytest.approx(CAPA[14000], rel=1e-6)


@pytest.mark.parametrize("number", [1, 9])
def test_single_source(number: int) -> None:
    """Holmberg: proven at the published value, every customer from one site."""
    plan = solve(read_published(data("holmberg_sscflp", f"p{number}"), "holmberg"), gap=1e-6)
    assert (plan.status, plan.check["findings"]) == ("optimal", [])
    assert plan.objective == pytest.approx(holmberg_optima()[number - 1], rel=1e-6)


LONG = (27, 28, 29, 30, 31, 32, 36)
"""Files of Holmberg that take 5 to 30 s each; the table of results holds them."""


@pytest.mark.slow
@pytest.mark.parametrize("number", sorted(set(range(1, 41)) - set(LONG)))
def test_most_of_holmberg(number: int) -> None:
    """33 of 40."""
    plan = solve(read_published(data("holmberg_sscflp", f"p{number}"), "holmberg"), gap=1e-6)
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(holmberg_optima()[number - 1], rel=1e-6)


def test_a_site_that_just_holds_all_demand_is_found() -> None:
    """Its capacity is short of all demand by rounding only: prices must not grow without end there."""
    network = generate("cst-12-20-5", 2)
    found, whole = (solve(network, gap=0.0, strategy=name) for name in ("location", "monolith"))
    assert (found.status, found.objective) == ("optimal", pytest.approx(whole.objective))
