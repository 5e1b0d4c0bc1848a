"""The decision summary: a planner finds in it what the plan's tables say."""

from __future__ import annotations

import dataclasses
from typing import Any

import pandas as pd
import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network
from clusterlane.instances.transform import without_money
from clusterlane.optimizer.plan import Plan
from clusterlane.optimizer.solve import solve
from clusterlane.optimizer.summary import decision_summary
from clusterlane.optimizer.summary_goods import Stay, stays
from clusterlane.optimizer.text import amount, grid, interval, percent
from hypothesis import given
from hypothesis import strategies as some
from small import bench, change

SURE = "HOW SURE IT IS"


def section(text: str, title: str) -> str:
    return text.split(f"{title}\n", 1)[1].split("\n\n", 1)[0]


def test_leases_have_dates_and_rent(tiny: Network, plan: Plan) -> None:
    lease = section(decision_summary(tiny, plan), "LEASE")
    assert "Los Angeles warehouse" in lease
    assert "1 Oct 2026  30 Oct 2026" in lease
    assert "1,000 USD" in lease


def test_bookings_name_lane_and_containers(tiny: Network, plan: Plan) -> None:
    booked = section(decision_summary(tiny, plan), "BOOK")
    boxes = int(plan.tables["containers"]["boxes"].sum())
    assert f"{boxes} x 40HQ" in booked
    assert "Ningbo hub" in booked


def test_loans_name_borrower_funder_kind_and_cost(tiny: Network, plan: Plan) -> None:
    loans = section(decision_summary(tiny, plan), "WHO BORROWS FROM WHOM")
    peak = plan.tables["loans"]["balance"].max()
    for part in ("Alpha toys", "bank", "goods in transit", amount(peak), "%"):
        assert part in loans


def test_costs_add_up_to_the_objective(tiny: Network, plan: Plan) -> None:
    lines = section(decision_summary(tiny, plan), "WHAT IT COSTS").splitlines()
    table = {line.strip().rsplit("  ")[0]: line.split("  ")[1:] for line in lines}
    assert any(name.startswith("cost after public money") for name in table)
    assert amount(plan.objective) in "".join(line for line in lines if "after public" in line)


def test_comparisons_are_intervals_with_a_verdict(tiny: Network, plan: Plan) -> None:
    alone = {"objective": 9000.0, "bound": 8000.0, "saving_low": 1500.0, "saving_high": 2700.0}
    open_end = {"objective": 9000.0, "bound": None, "saving_low": None, "saving_high": 2700.0}
    compared = dataclasses.replace(plan, comparisons={"alone": alone, "no_chain_finance": open_end})
    why = section(decision_summary(tiny, compared), "WHY TOGETHER")
    first, second = (line for line in why.splitlines()[1:])
    assert "every firm for itself" in first
    assert "1,500 to 2,700" in first
    assert "proven cheaper" in first
    assert "unknown to 2,700" in second
    assert "not decided" in second


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (1500.0, 2700.0, "1,500 to 2,700 USD"),
        (2630.0, 2630.2, "2,630 USD"),
        (None, 2700.0, "unknown to 2,700 USD"),
    ],
)
def test_an_interval_whose_ends_read_the_same_is_one_number(
    low: float | None, high: float | None, words: str
) -> None:
    assert interval(low, high, "USD") == words


def test_a_plan_that_fails_its_check_says_so(tiny: Network, plan: Plan) -> None:
    broken = dataclasses.replace(plan, check={"ok": False, "findings": ["error late: too late"]})
    text = decision_summary(tiny, broken)
    assert "FAILED ITS CHECK" in text
    assert "error late: too late" in text


def test_what_the_certificate_carries_of_the_bound_is_told(tiny: Network, plan: Plan) -> None:
    """All of it, or how much, and that the rest is the solver's word."""
    whole = dataclasses.replace(plan, objective=7000.0, bound=6900.0, bound_verified=6899.99)
    assert "A stored certificate proves it" in section(decision_summary(tiny, whole), SURE)
    part = section(decision_summary(tiny, dataclasses.replace(whole, bound_verified=6650.0)), SURE)
    assert "The stored certificate alone proves 6,650 USD (5.00 % of the cost left)" in part
    assert "solver's word" in part
    assert "certificate" not in section(
        decision_summary(tiny, dataclasses.replace(whole, bound_verified=None)), SURE
    )


def test_a_plan_without_a_bound_says_so(tiny: Network, plan: Plan) -> None:
    text = section(decision_summary(tiny, dataclasses.replace(plan, bound=None, status="feasible")), SURE)
    assert "The time was too short for a bound" in text
    assert "unknown" not in text


def test_what_is_not_served_has_its_reason() -> None:
    net = bench()
    plan = solve(net)
    served = section(decision_summary(net, plan), "HOW BUYERS ARE SERVED")
    assert plan.tables["unmet"]["reason"].iloc[0] in served
    assert "50.0 %" in served


def test_emergency_credit_is_the_liquidity_gap() -> None:
    net = change(bench(), tab.Settings, emergency_rate=0.0)
    text = section(decision_summary(net, solve(net, gap=0.0)), "LIQUIDITY")
    assert "1 firm needs emergency credit: 50 USD" in text
    assert "at most 50 f" in text


def test_without_money_the_summary_leaves_finance_out() -> None:
    net = without_money(bench())
    text = decision_summary(net, solve(net))
    assert "not part of this plan" in text
    assert "HOW BUYERS PAY" not in text


def lease(*rows: tuple[str, str, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["warehouse", "tier", "start", "end"])


def test_terms_that_follow_each_other_are_one_stay() -> None:
    found = stays(
        lease(("w", "s", 4, 6), ("w", "s", 1, 3), ("w", "l", 7, 9), ("v", "s", 1, 3), ("w", "s", 11, 12))
    )
    assert found == [
        Stay("v", "s", 1, 3),
        Stay("w", "s", 1, 6, 2),
        Stay("w", "l", 7, 9),
        Stay("w", "s", 11, 12),
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "unknown"),
        (0.0, "0"),
        (-0.0004, "0"),
        (1234567.4, "1,234,567"),
        (-12.34, "-12.3"),
        (0.456, "0.46"),
        (99.96, "100"),
        (5.0, "5"),
    ],
)
def test_amounts(value: float | None, text: str) -> None:
    assert amount(value) == text


def test_percentages_have_no_negative_zero() -> None:
    assert percent(-0.00001) == "0.0 %"
    assert percent(None) == "unknown"


@given(some.lists(some.tuples(some.text("ab仓库", max_size=9), some.text("12", max_size=9)), min_size=1))
def test_columns_of_a_grid_end_below_each_other(rows: list[tuple[str, str]]) -> None:
    from rich.cells import cell_len

    lines: list[Any] = grid([(*row, "|") for row in rows], right="<>", indent="")
    assert len({cell_len(line) for line in lines}) == 1
