"""Solver and model against the second writing of the problem, on random tiny networks."""

from __future__ import annotations

import pytest
from clusterlane.instances.network import Network
from clusterlane.optimizer.solve import solve
from oracle_money import optimum
from small import bench, random_network


def agree(network: Network) -> None:
    """The solver's objective and bound are the optimum; both sides agree that there is no plan."""
    truth = optimum(network)
    plan = solve(network, gap=0)
    if truth is None:
        assert plan.status == "infeasible"
        assert plan.objective is None
        return
    assert plan.check["ok"], plan.check
    assert plan.objective == pytest.approx(truth, rel=1e-6, abs=1e-6)
    assert plan.bound == pytest.approx(truth, rel=1e-5, abs=1e-5)


def test_oracle_by_hand() -> None:
    """The oracle itself, on a network with a known answer: half of the 10 units cannot be paid for."""
    assert optimum(bench()) == pytest.approx(50)


@pytest.mark.parametrize("seed", range(16))
def test_goods(seed: int) -> None:
    agree(random_network(seed))


@pytest.mark.parametrize("seed", range(16))
def test_money(seed: int) -> None:
    agree(random_network(1000 + seed, money=True))


@pytest.mark.parametrize("seed", range(4))
def test_one_firm_over_four_periods(seed: int) -> None:
    agree(random_network(2000 + seed, money=True, periods=4, firms=1))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100))
def test_many(seed: int) -> None:
    agree(random_network(3000 + seed, money=seed % 2 == 0, periods=2 + seed % 3, firms=1 + seed % 3))
