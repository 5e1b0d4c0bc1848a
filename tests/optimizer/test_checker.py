"""Planted faults: each is found and named."""

from __future__ import annotations

import pandas as pd
import plans
import pytest
from clusterlane.instances import tables as t
from clusterlane.optimizer.checker import check, check_of
from clusterlane.optimizer.ledger_facts import Facts
from clusterlane.optimizer.plan import OPERATOR
from plans import changed, frame


def test_a_good_plan_has_no_findings():
    assert check(*plans.good_plan()) == []


def test_a_good_plan_without_money_has_no_findings():
    net = plans.network(money=False, capital_rate=0.05)
    assert check(net, plans.planned(net, plans.goods_tables())) == []


def more(name, *rows):
    """Add rows to a table."""
    return lambda tables: tables | {name: _joined(tables[name], frame(name, list(rows)))}


def _joined(old, new):
    return pd.concat([old, new], ignore_index=True) if len(old) else new


def put(name, row, **values):
    """Change values of one row."""
    return lambda tables: tables | {name: changed(tables[name], row, **values)}


def drop(name, row):
    """Remove one row."""
    return lambda tables: tables | {name: tables[name].drop(index=row).reset_index(drop=True)}


def both(*edits):
    """Several changes at once."""

    def edit(tables):
        for one in edits:
            tables = one(tables)
        return tables

    return edit


SECOND = ("f", "stock", False, 4, 0.0, 0.0, 100.0)

FAULTS = {
    "goods sent that no container holds": (drop("containers", 0), "container-volume"),
    "goods too heavy for the container": (drop("containers", 0), "container-weight"),
    "more containers than there are": (put("containers", 0, boxes=3), "box-limit"),
    "stock from nowhere": (put("stock", 0, quantity=14.0), "stock-balance"),
    "stock that vanishes": (put("stock", 0, quantity=8.0), "stock-balance"),
    "goods leave a hub that never came": (put("hauls", 0, quantity=20.0), "hub-balance"),
    "demand not met and not called unmet": (drop("unmet", 0), "demand-balance"),
    "more unmet than allowed": (
        both(put("unmet", 0, quantity=5.0), put("deliveries", 0, quantity=14.0)),
        "unmet-limit",
    ),
    "unmet without a reason": (put("unmet", 0, reason=" "), "reason-missing"),
    "an early delivery": (put("deliveries", 0, days=1.0), "delivery-days"),
    "goods that arrive after the end": (
        more("shipments", ("p", "f", "lane", 4, 1.0, 1.0, 100.0, 1.0)),
        "arrives-too-late",
    ),
    "delivery before the goods arrive": (put("deliveries", 0, period=1), "stock-balance"),
    "a closed hub takes goods in": (drop("hubs", 0), "hub-closed"),
    "two levels of a hub": (more("hubs", ("hub", "b")), "two-levels"),
    "an unknown level": (put("hubs", 0, level="z"), "arc-missing"),
    "more goods held than a hub stores": (more("holds", ("p", "hub", 1, 60.0)), "hub-storage"),
    "a hub takes in too much": (put("hauls", 0, quantity=41.0), "hub-capacity"),
    "more goods than a lane takes": (put("shipments", 0, quantity=61.0), "lane-capacity"),
    "stock without a lease": (more("stock", ("p", "wh", 4, 2.0)), "no-lease"),
    "delivery without a lease": (drop("leases", 0), "no-lease"),
    "a lease cut short": (put("leases", 0, end=2), "lease-end"),
    "two leases at once": (more("leases", ("wh", "small", 3, 4)), "two-leases"),
    "more stock than the tier holds": (put("stock", 0, quantity=25.0), "storage-capacity"),
    "more deliveries than the tier handles": (put("deliveries", 0, quantity=21.0), "throughput-capacity"),
    "a warehouse used that is no site": (drop("sites", 0), "site-missing"),
    "a row twice": (more("deliveries", ("p", "wh", "m", 2, 18.0, 3.0)), "duplicate-row"),
    "an unknown warehouse": (put("stock", 0, warehouse="moon"), "unknown-id"),
    "a period that is not there": (put("stock", 0, period=9), "unknown-id"),
    "a negative quantity": (put("parcels", 0, quantity=-1.0), "negative-quantity"),
    "half a container": (put("containers", 0, boxes=1.5), "wrong-type"),
    "someone else's goods": (put("shipments", 0, firm="k"), "shipment-firm"),
    "a wrong share of a lane": (put("shipments", 0, lane_share=0.5), "shipment-lane"),
    "a wrong volume": (put("shipments", 0, volume_m3=27.0), "shipment-volume"),
    "receipts without sales": (put("receipts", 0, amount=5000.0), "receipts-balance"),
    "more through a channel than it takes": (
        both(put("receipts", 1, amount=1900.0), put("receipts", 0, amount=19 * plans.NET - 1900)),
        "channel-share",
    ),
    "an unknown channel": (put("receipts", 0, channel="direct"), "arc-missing"),
    "a loan without admission": (drop("admissions", 0), "not-admitted"),
    "goods pledged twice": (put("loans", 0, draw=230.0, balance=230.0), "pledged-twice"),
    "a loan beyond its collateral": (put("loans", 0, draw=290.0, balance=290.0), "borrowing-base"),
    "a loan beyond the line": (put("loans", 0, draw=290.0, balance=290.0), "loan-over-line"),
    "a loan beyond the firm's limit": (put("loans", 0, draw=390.0, balance=390.0), "loan-over-limit"),
    "a loan beyond a firm's part of the line": (put("loans", 0, draw=290.0, balance=290.0), "concentration"),
    "a loan below the least": (
        both(put("loans", 0, draw=20.0, balance=20.0), put("loans", 1, repay=20.0)),
        "min-ticket",
    ),
    "a balance from nowhere": (put("loans", 0, draw=100.0), "loan-balance"),
    "debt left at the end": (more("loans", SECOND), "debt-at-end"),
    "a loan longer than its tenor": (put("loans", 1, repay=0.0, balance=200.0), "tenor"),
    "a draw without new collateral": (put("loans", 1, draw=10.0, repay=210.0), "draw-base"),
    "a guarantee beyond its line": (put("loans", 2, draw=85.0, balance=85.0), "guarantee-over-line"),
    "a core firm beyond its whole line": (put("loans", 2, draw=95.0, balance=95.0), "core-over-line"),
    "a lender's loss beyond its cap": (put("loans", 0, draw=290.0, balance=300.0), "expected-loss"),
    "collateral that is not there": (
        more("collateral", ("f", "warehouse", 2, "p", "hub", 10.0)),
        "collateral-extra",
    ),
    "collateral not listed": (drop("collateral", 0), "collateral-missing"),
    "collateral overvalued": (put("collateral", 0, value=501.0), "collateral-value"),
    "cash from nowhere": (put("cash", 1, cash=99_999.0), "cash-balance"),
    "cash not stated": (drop("cash", 1), "cash-missing"),
    "cash below the least": (put("cash", 3, cash=50.0), "below-min-cash"),
    "emergency credit beyond its limit": (put("cash", 1, emergency=600.0), "emergency-over-limit"),
    "emergency credit at the end": (put("cash", 3, emergency=100.0), "debt-at-end"),
    "an operator who ends poorer": (put("trueup", 0, amount=1000.0), "cash-balance"),
    "an operator who keeps the difference": (put("cash", 11, cash=10_500.0), "operator-cash-end"),
    "a true-up too early": (put("trueup", 0, period=2), "trueup-period"),
    "a subsidy beyond its share": (put("subsidies", 1, amount=0.75), "subsidy-over-share"),
    "a subsidy beyond what it supports": (put("subsidies", 1, amount=2.0), "subsidy-over-cost"),
    "a subsidy beyond its budget": (put("subsidies", 0, amount=50.0), "over-budget"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_and_named(fault):
    edit, code = FAULTS[fault]
    net, plan = plans.good_plan()
    found = check(net, plans.planned_as(plan, edit(dict(plan.tables))))
    assert code in {finding.code for finding in found}
    named = [finding for finding in found if finding.code == code]
    assert all(finding.cause and finding.remedy for finding in named)


def test_a_fault_with_all_its_figures_redone_breaks_only_its_rule():
    net, plan = plans.good_plan()
    tables = put("loans", 0, draw=205.0, balance=205.0)(dict(plan.tables))
    tables = put("loans", 1, repay=205.0)(tables)
    found = check(net, plans.planned(net, plans.settled(net, tables)))
    assert [finding.code for finding in found] == ["pledged-twice"]
    assert "510" in found[0].cause
    assert "500" in found[0].cause


def changed_network(name, values):
    """The network with values of all rows of one table replaced."""
    net = plans.network()
    rows = [row.model_copy(update=values) for row in net.rows(t.TABLES[name])]
    return net.replace(**{name: rows})


STRICTER = {
    "a promise broken": (("sales", {"promise_days": 2.0}), "promise-broken"),
    "no rating": (("firms", {"rating": None}), "no-rating"),
    "no guarantee offered": (("loans", {"advance_guaranteed": None}), "no-guarantee"),
    "too few markets covered": (("periods", {"min_covered": 1}), "coverage"),
    "too many leases start": (("periods", {"max_openings": 0}), "openings"),
    "too many warehouses": (("periods", {"max_sites": 0}), "sites"),
    "a forced warehouse, leased when there is demand": (("warehouses", {"state": t.State.FORCED}), None),
    "a closed warehouse": (("warehouses", {"state": t.State.CLOSED}), "unknown-id"),
    "too little safety stock": (("products", {"safety_days": 20.0}), "safety-stock"),
    "too much CO2": (("settings", {"co2_cap": 1.0}), "co2-cap"),
    "no emergency credit, and none drawn": (("settings", {"emergency_rate": None}), None),
    "too little for small firms": (("firms", {"size": t.Size.LARGE}), "small-share"),
    "no loose cargo and no containers": (("lane_containers", {"status": t.Status.EXCLUDE}), "arc-missing"),
    "money switched off": (("settings", {"money": False}), "money-off"),
}


@pytest.mark.parametrize("change", STRICTER)
def test_a_plan_is_held_against_a_stricter_network(change):
    (name, values), code = STRICTER[change]
    _, plan = plans.good_plan()
    stricter = changed_network(name, values)
    codes = {finding.code for finding in check(stricter, plan)} - {"other-network"}
    assert code in codes if code else codes == set()


def test_a_forced_warehouse_without_a_lease():
    _, plan = plans.good_plan()
    net = changed_network("warehouses", {"state": t.State.FORCED})
    tables = drop("leases", 0)(dict(plan.tables))
    assert "forced-warehouse" in {finding.code for finding in check(net, plans.planned_as(plan, tables))}


def test_a_forced_hub_without_a_level():
    _, plan = plans.good_plan()
    net = changed_network("hubs", {"state": t.State.FORCED})
    tables = drop("hubs", 0)(dict(plan.tables))
    assert "forced-hub" in {finding.code for finding in check(net, plans.planned_as(plan, tables))}


def test_a_target_not_kept():
    net, plan = plans.good_plan()
    net = net.replace(stock=[t.Stock(product="p", place="wh", target=2)])
    assert "below-target" in {finding.code for finding in check(net, plan)}


def test_one_source_for_a_product_in_a_market():
    net = plans.network(money=False, single_source=True)
    other = net.rows(t.Warehouse)[0].model_copy(update={"warehouse": "w2", "contract": t.Contract.PER_USE})
    ways = [*net.rows(t.LastMile), net.rows(t.LastMile)[0].model_copy(update={"warehouse": "w2"})]
    net = net.replace(warehouses=[*net.rows(t.Warehouse), other], last_mile=ways)
    tables = more("deliveries", ("p", "w2", "m", 2, 1.0, 3.0))(plans.goods_tables())
    assert "single-source" in {finding.code for finding in check(net, plans.planned(net, tables))}


def test_missing_tables_and_columns_are_named():
    net, plan = plans.good_plan()
    tables = dict(plan.tables)
    del tables["stock"]
    tables["loans"] = tables["loans"].drop(columns="draw")
    codes = {finding.code for finding in check(net, plans.planned_as(plan, tables))}
    assert {"missing-table", "missing-column"} <= codes


def test_an_operator_overdraft_needs_a_rate():
    _, plan = plans.good_plan()
    net = plans.network(operator_rate=None)
    row = plan.tables["cash"].index[plan.tables["cash"]["firm"] == OPERATOR][0]
    tables = put("cash", row, emergency=100.0)(dict(plan.tables))
    assert "emergency-not-offered" in {f.code for f in check(net, plans.planned_as(plan, tables))}


def findings_with(stock, tables, **tables_of_network):
    """Codes of findings without money, with one row of opening and target stock at the hub."""
    net = plans.network(money=False)
    hubs = [net.rows(t.Hub)[0].model_copy(update={"storage_m3": 0.0})]
    row = t.Stock(product="p", place="hub", **stock)
    net = net.replace(hubs=hubs, stock=[row], **tables_of_network)
    return {finding.code for finding in check(net, plans.planned(net, tables))}


def test_opening_stock_leaves_a_hub_that_its_firm_has_no_haulage_to():
    tables = plans.goods_tables()
    without = tables | {"hauls": plans.frame("hauls", [])}
    assert findings_with({"opening": 28}, without, haulage=[]) == set()
    assert findings_with({"opening": 27}, without, haulage=[]) == {"hub-balance"}
    assert findings_with({}, tables, haulage=[]) >= {"arc-missing", "hub-balance"}


def test_a_hub_without_storage_holds_what_is_given_only():
    held = more("holds", *(("p", "hub", period, 5.0) for period in range(1, 5)))(plans.goods_tables())
    assert findings_with({"opening": 5, "target": 5}, held) == set()
    more_hauled = put("hauls", 0, quantity=33.0)(held)
    assert findings_with({"target": 5}, more_hauled) == set()
    assert findings_with({}, more_hauled) == {"hub-storage"}


def test_with_fresh_figures_only_rules_are_left_to_check():
    net, plan = plans.good_plan()
    assert check_of(Facts(net), plan, fresh=True) == []
    broken = plans.planned_as(plan, put("unmet", 0, quantity=5.0)(dict(plan.tables)))
    codes = {finding.code for finding in check_of(Facts(net), broken, fresh=True)}
    assert {"unmet-limit", "demand-balance"} <= codes
