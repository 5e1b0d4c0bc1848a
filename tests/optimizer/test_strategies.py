"""Every strategy gives checked plans with true bounds; the decomposition on parks of several regions."""

from __future__ import annotations

import pytest
from clusterlane.instances.files import load
from clusterlane.instances.generate import generate
from clusterlane.instances.network import Network
from clusterlane.optimizer.plan import Plan
from clusterlane.optimizer.solve import solve
from clusterlane.optimizer.strategies import STRATEGIES
from small import bench, random_network

every = pytest.mark.parametrize("strategy", STRATEGIES)


def assert_sound(plan: Plan) -> None:
    """A plan that passes its checks, with a bound not above its objective."""
    assert plan.check["ok"], plan.check["findings"]
    assert plan.objective is not None
    assert plan.bound is not None
    assert plan.bound <= plan.objective


def assert_agree(plan: Plan, other: Plan) -> None:
    """No plan is cheaper than what the other run has proven."""
    for one, two in ((plan, other), (other, plan)):
        assert one.objective is not None
        assert two.bound is not None
        assert one.objective >= two.bound - 1e-6 * abs(two.bound) - 1e-6


@every
@pytest.mark.parametrize("network", [load("tiny"), bench()], ids=["tiny", "bench"])
def test_optimum_of_the_smallest(strategy: str, network: Network) -> None:
    plan, truth = (solve(network, gap=0, strategy=name) for name in (strategy, "monolith"))
    assert_sound(plan)
    assert plan.strategy == strategy
    assert plan.objective == pytest.approx(truth.objective)
    assert plan.bound == pytest.approx(plan.objective)


@pytest.mark.parametrize("seed", range(12))
def test_decomposition_of_random_networks(seed: int) -> None:
    """Features by chance: the same optimum as the whole model's, or neither has a plan."""
    network = random_network(4000 + seed, money=seed % 3 > 0)
    plan, truth = (solve(network, gap=0, strategy=name) for name in ("decomposition", "monolith"))
    assert plan.status == truth.status
    if truth.objective is not None:
        assert_sound(plan)
        assert plan.objective == pytest.approx(truth.objective, rel=1e-5, abs=1e-5)


@pytest.mark.slow
def test_decomposition_of_a_park() -> None:
    """A wide gap is reached by the decomposition itself, before the whole model."""
    network = generate("park-4", 1)
    plan = solve(network, gap=0.05, time_limit=20, strategy="decomposition")
    assert_sound(plan)
    assert plan.termination == "gap"
    assert not any("whole model" in line for line in plan.log)
    assert_agree(plan, solve(network, gap=0.05, time_limit=20, strategy="monolith"))


@pytest.mark.slow
def test_decomposition_of_a_larger_park() -> None:
    plan = solve(generate("park-10", 1), gap=0.05, time_limit=20, strategy="decomposition", threads=2)
    assert_sound(plan)
    assert plan.termination in ("gap", "time")


def test_unknown_strategy() -> None:
    with pytest.raises(ValueError, match="no strategy 'luck'"):
        solve(bench(), strategy="luck")
