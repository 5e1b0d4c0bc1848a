"""Solver and model against the second writing of the problem, on random tiny networks."""

from __future__ import annotations

import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network
from clusterlane.optimizer.solve import solve
from oracle_money import optimum
from small import add, bench, change, random_network


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


LONG = {38, 59, 62, 65, 71, 83, 92}
"""Seeds that take the oracle from 8 seconds to two minutes."""


@pytest.mark.slow
@pytest.mark.parametrize("seed", [seed for seed in range(100) if seed not in LONG])
def test_many(seed: int) -> None:
    agree(random_network(3000 + seed, money=seed % 2 == 0, periods=2 + seed % 3, firms=1 + seed % 3))


def paid() -> Network:
    """The bench without any want of cash."""
    return change(bench(), tab.Firm, opening_cash=1e4)


SPECIAL = {
    "more is sent than sold, where only a part arrives in time": change(
        change(paid(), tab.Demand, period=1), tab.Lane, days=16
    ),
    "stock at a hub that its firm has no haulage to": add(
        paid().replace(haulage=()), tab.Stock(product="p", place="h", opening=7)
    ),
    "a hub level with and one without capacity": add(
        paid(),
        tab.HubLevel(hub="h", level="s", capacity_m3_month=6),
        tab.HubLevel(hub="h", level="l", operating_month=20),
    ),
    "a forced warehouse paid by use": change(
        change(add(paid(), tab.Warehouse(warehouse="v", zone="z")), tab.Settings, operator_cash=99),
        tab.Warehouse,
        lambda row: row.warehouse == "v",
        contract=tab.Contract.PER_USE,
        state=tab.State.FORCED,
        setup_cost=40,
    ),
    "a capacity for a family without products": add(
        paid(),
        tab.Family(family="none"),
        tab.HubLevel(hub="h", level="s"),
        tab.HubFamily(hub="h", level="s", family="none", capacity_m3_month=1),
    ),
    "production paid after the end": change(
        add(paid(), tab.Stock(product="p", place="h", target=3)), tab.Product, pay_days=-10
    ),
}
"""Cases that the solver once got wrong."""


@pytest.mark.parametrize("case", SPECIAL)
def test_special(case: str) -> None:
    agree(SPECIAL[case])
