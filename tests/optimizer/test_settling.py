"""The containers of a plan are what its goods need, however branch and bound left them."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from clusterlane.instances.files import load
from clusterlane.instances.generate import generate
from clusterlane.instances.tables import Funder, Loan
from clusterlane.instances.transform import without_chain_financing
from clusterlane.models.cluster import build
from clusterlane.optimizer.arrays import Arrays, compile_model
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.highs import Solver
from clusterlane.optimizer.point import funders_of, point_of
from clusterlane.optimizer.search import FEASIBILITY, Search
from clusterlane.optimizer.settling import reloaded
from clusterlane.optimizer.solve import solve
from clusterlane.optimizer.strategies.monolith import monolith
from small import bench, random_network


@pytest.mark.parametrize("seed", range(6))
def test_containers_too_many_are_left_out_and_the_cash_follows(seed: int) -> None:
    """Booking more than the best plan needs is undone: its cost again, in a point that keeps every row."""
    network = bench() if seed == 0 else random_network(seed, money=seed % 2 > 0)
    model = build(network)
    arrays = compile_model(model)
    search = Search(network, model, arrays, clock=Clock(), gap=0.0)
    monolith(search)
    assert search.best is not None
    x = search.best.copy()
    place = arrays.columns["boxes"]
    x[place] = np.minimum(x[place] + 1, arrays.upper[place])
    found = reloaded(model.index, arrays, x, Clock())
    assert found is not None
    assert search.violation(found) <= FEASIBILITY
    assert arrays.objective(found) == pytest.approx(search.objective, rel=1e-6, abs=1e-6)


def with_idle_draw(arrays: Arrays) -> Arrays:
    """The arrays of `tiny` where alpha must draw 500 and owe nothing of it; the fee is 0.5 %."""
    lower, upper = arrays.lower.copy(), arrays.upper.copy()
    loan = "alpha", "bank-transit", False, 1
    lower[arrays.place("draw")[loan]] = 500.0
    upper[arrays.place("loan")[loan]] = 0.0
    lower[arrays.place("admit")["alpha", "bank"]] = 1.0
    return replace(arrays, lower=lower, upper=upper)


def test_a_loan_repaid_in_the_period_it_is_drawn_in_is_left_out() -> None:
    """It costs its fee for nothing: without it the point keeps every row and costs that much less."""
    network = load("tiny")
    model = build(network)
    arrays = compile_model(model)
    outcome = Solver(with_idle_draw(arrays), integral=True).run(Clock())
    found = reloaded(model.index, arrays, outcome.values(), Clock())
    assert found is not None
    assert Search(network, model, arrays, clock=Clock(), gap=0.0).violation(found) <= FEASIBILITY
    assert arrays.objective(found) == pytest.approx(arrays.objective(outcome.values()) - 2.5, abs=1e-6)


def test_a_loan_that_must_be_drawn_for_nothing_is_in_the_plan_and_its_fee_in_the_ledger() -> None:
    plan = solve(load("tiny"), gap=0.0, amend=with_idle_draw)
    assert plan.check == {"ok": True, "findings": []}
    (drawn,) = plan.tables["loans"].query("draw > 0").itertuples()
    assert (drawn.draw, drawn.repay, drawn.balance) == pytest.approx((500.0, 500.0, 0.0))
    assert plan.ledger.query("term == 'draw_fee'")["amount"].sum() == pytest.approx(2.5)


@pytest.mark.parametrize("gap", [0.9, 1.0, 2.0])
def test_a_plan_far_from_the_best_passes_its_check_too(gap: float) -> None:
    plan = solve(load("tiny"), gap=gap)
    assert plan.check == {"ok": True, "findings": []}


def test_firms_that_cannot_pay_any_more_send_by_parcel_what_they_must() -> None:
    """Without their loans: the same places and containers, goods on the ways taken or by parcel."""
    network = generate("park-4", 1)
    plan = solve(network, gap=0.05, time_limit=60)
    model = build(without_chain_financing(network))
    arrays = compile_model(model)
    x = point_of(arrays, plan.tables, funders_of(network.rows(Loan)), all_known=False)
    found = reloaded(model.index, arrays, x, Clock())
    assert found is not None
    assert Search(network, model, arrays, clock=Clock(), gap=0.0).violation(found) <= FEASIBILITY
    assert arrays.objective(found) > plan.objective
    for component in ("lease", "hub"):
        place = arrays.columns[component]
        assert (found[place] == x[place]).all()
    ways = arrays.columns_of(("ship", "deliver"))
    assert not found[ways & (x <= 0)].any()


def test_loans_beyond_a_line_that_shrank_are_not_kept() -> None:
    """As it is, the plan no longer holds, and is not given out as if it did; with other loans it does."""
    network = generate("park-4", 1)
    plan = solve(network, gap=0.05, time_limit=60)
    owed = plan.tables["loans"].groupby("period")["balance"].sum().max()
    shrunk = [row.model_copy(update={"line": 0.8 * owed}) for row in network.rows(Funder)]
    model = build(network.replace(funders=tuple(shrunk)))
    arrays = compile_model(model)
    x = point_of(arrays, plan.tables, funders_of(network.rows(Loan)))
    assert reloaded(model.index, arrays, x, Clock(), as_it_is=True) is None
    found = reloaded(model.index, arrays, x, Clock())
    assert found is not None
    assert Search(network, model, arrays, clock=Clock(), gap=0.0).violation(found) <= FEASIBILITY


@pytest.mark.slow
def test_a_plan_at_a_gap_books_no_empty_container() -> None:
    plan = solve(generate("park-4", 1), gap=0.05, time_limit=60, strategy="monolith")
    shipped = set(zip(plan.tables["shipments"]["lane"], plan.tables["shipments"]["period"], strict=True))
    booked = plan.tables["containers"]
    assert set(zip(booked["lane"], booked["period"], strict=True)) <= shipped


@pytest.mark.slow
def test_time_left_for_containers_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole model stops a little before the clock does; that is the time limit, and not a fault."""
    monkeypatch.setattr(sys.modules[monolith.__module__], "_END", (0.5, 2.0))
    plan = solve(generate("park-4", 1), gap=0.0, time_limit=4, amend=lambda arrays: arrays)
    assert plan.termination == "time"
