"""Ledger terms against figures worked out by hand."""

from __future__ import annotations

import datetime as dt

import plans
import pytest
from clusterlane.instances import tables as t
from clusterlane.optimizer.ledger import build_ledger, constant, objective
from clusterlane.optimizer.ledger_lines import COLUMNS, INSIDE, SIGN

BY_HAND = {
    "production": {1: 28 * 50 + 25, 2: 25},  # the parcel is paid 15 of 30 days before it leaves
    "haulage": {1: 84},
    "hub_handling": {1: 56},
    "hub_fixed": {1: 110, 2: 10, 3: 10, 4: 10},
    "freight_boxes": {1: 1000},
    "freight_rate": {1: 28},
    "duty": {2: 84},  # 5 % of 60 declared
    "warehouse_in": {2: 112},
    "storage": {2: 30},
    "warehouse_out": {2: 90, 3: 50},
    "setup": {1: 200},
    "rent": {2: 300, 3: 300},
    "last_mile": {2: 108, 3: 60},
    "parcel": {2: 20 + 200 * 0.5},  # 200 kg by volume, 100 kg on the scale
    "parcel_duty": {2: 0.04 * 60 + 1},
    "penalty": {2: 5},
    "refund": {2: 140, 3: 5},
    "co2": {1: 0.28, 2: 0.9, 3: 0.5},
    "rent_subsidy": {2: 20},
    "sales": {3: 19 * plans.NET - 750, 4: 10 * plans.NET + 750},  # wire: half of it 15 days later
    "channel_fee": {3: 0.02 * (19 * plans.NET - 1500) + 7.5, 4: 0.2 * plans.NET + 7.5},
    "interest": {2: (200 * 0.07 + 60 * 0.055) * 30 / 365},
    "draw_fee": {2: 2.6},
    "draw": {2: 260},
    "repay": {3: 260},
    "admission": {1: 30},
    "guarantee_fee": {2: 60 * 0.01 * 30 / 365},
    "guarantee_loss": {2: 60 * 0.05 * 0.3 * 30 / 365},
    "interest_subsidy": {2: 0.6},
    "tariff": {1: 28 * 38, 2: 30 + 108, 3: 60},
    "trade": {2: 1000},
}


def amounts(ledger, term):
    rows = ledger[ledger["term"] == term]
    return rows.groupby("period")["amount"].sum().to_dict()


@pytest.mark.parametrize("term", BY_HAND)
def test_terms_are_what_a_planner_works_out(term):
    _, plan = plans.good_plan()
    assert amounts(plan.ledger, term) == pytest.approx(BY_HAND[term])


def test_the_ledger_has_no_other_terms():
    _, plan = plans.good_plan()
    assert set(plan.ledger["term"]) == {*BY_HAND, "trueup"}
    assert list(plan.ledger) == COLUMNS


def test_amount_is_quantity_times_rate_and_positive():
    _, plan = plans.good_plan()
    ledger = plan.ledger
    assert (ledger["amount"] - ledger["quantity"] * ledger["rate"]).abs().max() == 0
    assert (ledger["amount"] > 0).all()


def test_objective_is_what_leaves_less_what_comes_in_less_the_constant():
    net, plan = plans.good_plan()
    total = sum(SIGN[term] * sum(months.values()) for term, months in BY_HAND.items())
    demanded = 30 * (50 * 0.9 - plans.NET)
    assert constant(net) == pytest.approx(demanded)
    assert objective(net, plan.ledger) == pytest.approx(total - demanded)


def test_lines_inside_cancel():
    net, plan = plans.good_plan()
    outside = plan.ledger[~plan.ledger["term"].isin(INSIDE)]
    assert not outside["inside"].any()
    assert plan.ledger[plan.ledger["term"].isin(INSIDE)]["inside"].all()
    assert objective(net, outside) == pytest.approx(plan.objective)


def test_principal_cancels_unless_money_is_discounted():
    net, plan = plans.good_plan()
    bare = plan.ledger[~plan.ledger["term"].isin(("draw", "repay"))]
    assert objective(net, bare) == pytest.approx(plan.objective)
    dear = plans.network(discount_rate=0.1)
    lines = build_ledger(dear, plan.tables)
    lent = 260 * (1.1 ** (-60 / 365) - 1.1 ** (-30 / 365))
    without = lines[~lines["term"].isin(("draw", "repay"))]
    assert objective(dear, lines) - objective(dear, without) == pytest.approx(lent)


def test_without_money_sales_and_production_are_paid_at_once_and_goods_cost_capital():
    net = plans.network(money=False, capital_rate=0.365)
    ledger = build_ledger(net, plans.goods_tables())
    assert amounts(ledger, "sales") == pytest.approx({2: 19 * plans.NET, 3: 10 * plans.NET})
    assert amounts(ledger, "production") == pytest.approx({1: 1400, 2: 50})
    assert amounts(ledger, "refund") == pytest.approx({1: 140, 2: 5})
    assert amounts(ledger, "capital") == pytest.approx({1: 0.001 * 50 * 28 * 30, 2: 0.001 * 50 * 10 * 30})
    assert not set(ledger["term"]) & {"tariff", "trade", "interest", "trueup"}


def test_production_that_would_be_paid_after_the_end_is_paid_in_the_last_period():
    net = plans.network()
    products = [p.model_copy(update={"pay_days": -75.0}) for p in net.rows(t.Product)]
    ledger = build_ledger(net.replace(products=products), plans.goods_tables())
    assert amounts(ledger, "production") == pytest.approx({3: 700, 4: 700 + 50})


def test_rent_beyond_the_horizon_is_paid_in_the_last_period():
    tables = plans.goods_tables()
    tables["leases"] = plans.frame("leases", [("wh", "small", 4, 4)])
    assert amounts(build_ledger(plans.network(), tables), "rent") == pytest.approx({4: 600})


def test_prices_are_converted_when_paid_and_customs_values_when_goods_leave():
    net = plans.network()
    rates = [
        t.ExchangeRate(currency="CNY", date=dt.date(2026, 1, 1), rate=0.5),
        t.ExchangeRate(currency="CNY", date=dt.date(2026, 1, 31), rate=0.25),
    ]
    products = [p.model_copy(update={"currency": "CNY"}) for p in net.rows(t.Product)]
    ledger = build_ledger(net.replace(products=products, fx=rates), plans.goods_tables())
    assert amounts(ledger, "production") == pytest.approx({1: 0.5 * 1425, 2: 0.25 * 25})
    assert amounts(ledger, "duty") == pytest.approx({2: 0.5 * 84})
    assert amounts(ledger, "refund") == pytest.approx({2: 0.25 * 140, 3: 0.25 * 5})


def test_leftover_goods_above_target_are_salvaged():
    net = plans.network()
    products = [p.model_copy(update={"salvage": 7.0}) for p in net.rows(t.Product)]
    net = net.replace(products=products, stock=[t.Stock(product="p", place="wh", opening=3, target=2)])
    tables = plans.goods_tables()
    tables["stock"] = plans.frame("stock", [("p", "wh", period, 5.0) for period in range(1, 5)])
    assert amounts(build_ledger(net, tables), "salvage") == pytest.approx({4: 21})
    assert constant(net) == pytest.approx(30 * (45 - plans.NET) - 45)


def test_existing_places_cost_no_opening_or_setup():
    net = plans.network()
    net = net.replace(
        hubs=[h.model_copy(update={"state": t.State.EXISTING}) for h in net.rows(t.Hub)],
        warehouses=[w.model_copy(update={"state": t.State.EXISTING}) for w in net.rows(t.Warehouse)],
    )
    ledger = build_ledger(net, plans.goods_tables())
    assert amounts(ledger, "setup") == {}
    assert amounts(ledger, "hub_fixed") == pytest.approx({1: 10, 2: 10, 3: 10, 4: 10})


def test_emergency_credit_is_drawn_repaid_and_paid_for():
    net, plan = plans.good_plan()
    tables = dict(plan.tables)
    tables["cash"] = tables["cash"].assign(emergency=[0.0, 100.0, 40.0, 0.0] + [0.0] * 8)
    ledger = build_ledger(net, tables)
    assert amounts(ledger, "emergency_draw") == {2: 100}
    assert amounts(ledger, "emergency_repay") == {3: 60, 4: 40}
    assert amounts(ledger, "emergency_interest") == pytest.approx({2: 30 * 30 / 365, 3: 12 * 30 / 365})


def test_deposits_earn_on_what_was_there_before():
    _, plan = plans.good_plan()
    rich = plans.network(deposit_rate=0.01)
    ledger = build_ledger(rich, plan.tables)
    earned = ledger[(ledger["term"] == "deposit_interest") & (ledger["period"] == 1)]
    assert dict(zip(earned["payee"], earned["amount"], strict=True)) == pytest.approx(
        {"f": 50 * 30 / 365, "k": 200 * 30 / 365}
    )


def test_a_negative_trueup_is_paid_back():
    net, plan = plans.good_plan()
    tables = dict(plan.tables) | {"trueup": plans.frame("trueup", [(4, -10.0)])}
    ledger = build_ledger(net, tables)
    line = ledger[ledger["term"] == "trueup"].iloc[0]
    assert (line["payer"], line["payee"], line["amount"]) == ("operator", "f", 10.0)
