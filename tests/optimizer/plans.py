"""A small network and a good plan made by hand: one firm, its core firm, one warehouse, one lane."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache
from typing import Any

import pandas as pd
from clusterlane.instances import tables as t
from clusterlane.instances.network import Network
from clusterlane.optimizer.collateral import collateral
from clusterlane.optimizer.kpis import kpis
from clusterlane.optimizer.ledger import build_ledger, objective
from clusterlane.optimizer.ledger_lines import cash_flows
from clusterlane.optimizer.plan import OPERATOR, TABLES, Plan, empty

Tables = dict[str, pd.DataFrame]


def network(**changes: Any) -> Network:
    """Four periods of 30 days; ``changes`` replace settings."""
    settings = {
        "name": "hand",
        "start": dt.date(2026, 1, 1),
        "emergency_rate": 0.3,
        "co2_price": 0.01,
        "co2_cap": 1000.0,
        "operator_cash": 10_000.0,
        "operator_rate": 0.1,
    }
    return Network({"settings": [t.Settings(**(settings | changes))], **_places(), **_goods(), **_money()})


def _places() -> dict[str, list[Any]]:
    lane = t.Lane(
        lane="lane",
        hub="hub",
        warehouse="wh",
        mode="ocean",
        days=28,
        rate_m3=1,
        loose_rate_kg=0.2,
        capacity_m3_month=60,
        co2_kg_t=10,
    )
    warehouse = t.Warehouse(
        warehouse="wh",
        zone="us",
        setup_cost=200,
        handling_in_m3=4,
        handling_out_m3=5,
        storage_m3_day=0.1,
        clearance_days=2,
    )
    return {
        "periods": [t.Period(period=n, days=30, max_openings=1, max_sites=1) for n in range(1, 5)],
        "clusters": [t.Cluster(cluster="park")],
        "hubs": [t.Hub(hub="hub", handling_m3=2, storage_m3=50, storage_m3_day=0.05)],
        "hub_levels": [
            t.HubLevel(hub="hub", level="a", capacity_m3_month=40, opening_cost=100, operating_month=10),
            t.HubLevel(hub="hub", level="b", capacity_m3_month=80, opening_cost=150, operating_month=20),
        ],
        "haulage": [t.Haulage(cluster="park", hub="hub", cost_m3=3)],
        "zones": [t.Zone(zone="us", credit_days=30)],
        "warehouses": [warehouse],
        "tiers": [
            t.Tier(
                warehouse="wh",
                tier="small",
                storage_m3=20,
                throughput_m3_month=20,
                term_periods=2,
                rent_month=300,
            )
        ],
        "lanes": [lane],
        "containers": [t.Container(container="box", volume_m3=30, weight_kg=3000)],
        "lane_containers": [t.LaneContainer(lane="lane", container="box", cost=1000, max_month=2)],
        "markets": [t.Market(market="m", zone="us", default_rate=0.01, dilution=0.02)],
        "last_mile": [t.LastMile(warehouse="wh", market="m", days=3, cost_order=6, co2_kg_t=50)],
        "services": [t.Service(service="post")],
        "parcel_rates": [
            t.ParcelRate(service="post", market="m", days=9, cost_order=20, cost_kg=0.5, volumetric_kg_m3=200)
        ],
    }


def _goods() -> dict[str, list[Any]]:
    product = t.Product(
        product="p",
        firm="f",
        family="x",
        volume_m3=1,
        weight_kg=100,
        cost=50,
        declared_value=60,
        refund_rate=0.1,
        refund_days=30,
        pay_days=15,
    )
    return {
        "firms": [
            t.Firm(
                firm="f",
                cluster="park",
                rating="b",
                opening_cash=5000,
                min_cash=100,
                credit_limit=400,
                emergency_limit=500,
            ),
            t.Firm(firm="k", cluster="park", size="large", rating="a", opening_cash=20_000),
        ],
        "families": [t.Family(family="x")],
        "products": [product],
        "sales": [t.Sale(product="p", market="m", price=200, promise_days=10, unmet_share=0.2, penalty=5)],
        "demand": [
            t.Demand(product="p", market="m", period=2, quantity=20),
            t.Demand(product="p", market="m", period=3, quantity=10),
        ],
        "duties": [t.Duty(zone="us", family="x", rate=0.05, parcel_rate=0.04, parcel_fee=1)],
    }


def _money() -> dict[str, list[Any]]:
    return {
        "cores": [t.Core(core="k", guarantee_line=90)],
        "guarantees": [t.Guarantee(core="k", relation="trade", line=80, fee_rate=0.01)],
        "members": [t.Member(firm="f", core="k", relation="trade")],
        "trades": [t.Trade(trade="t1", supplier="f", buyer="k", period=1, amount=1000, credit_days=30)],
        "channels": [
            t.Channel(channel="card", fee_rate=0.02, settlement_days=0),
            t.Channel(channel="wire", fee_rate=0.01, settlement_days=15),
        ],
        "channel_shares": [
            t.ChannelShare(channel="card", zone="us"),
            t.ChannelShare(channel="wire", zone="us", max_share=0.5),
        ],
        "ratings": [
            t.Rating(rating="a", pd=0.01, spread=0.01, spread_guaranteed=0.005),
            t.Rating(rating="b", pd=0.05, spread=0.02, spread_guaranteed=0.01),
        ],
        "funders": [
            t.Funder(
                funder="bank", base_rate=0.04, line=300, loss_cap=0.02, admission_cost=30, min_ticket=100
            )
        ],
        "loans": [
            t.Loan(
                loan="stock",
                funder="bank",
                kind="warehouse",
                advance=0.5,
                advance_guaranteed=0.6,
                spread=0.01,
                guarantee_discount=0.005,
                draw_fee=0.01,
                tenor_days=40,
                lgd=0.4,
                lgd_guaranteed=0.1,
            )
        ],
        "subsidies": [
            t.Subsidy(subsidy="interest", kind="interest", rate=0.5, budget=0.8, small_share=0.5),
            t.Subsidy(subsidy="rent", kind="rent", rate=0.1, budget=40),
        ],
        "tariffs": [
            t.Tariff(item="hub", place="hub", rate=3),
            t.Tariff(item="lane", place="lane", rate=35),
            t.Tariff(item="storage", place="wh", rate=0.1),
            t.Tariff(item="handling", place="wh", rate=6),
        ],
    }


def goods_tables() -> Tables:
    """28 units shipped in period 1, sold in 2 and 3; one parcel, one unit unmet."""
    rows: dict[str, list[tuple[Any, ...]]] = {
        "sites": [("wh",)],
        "leases": [("wh", "small", 2, 3)],
        "hubs": [("hub", "a")],
        "hauls": [("p", "hub", 1, 28.0)],
        "shipments": [("p", "f", "lane", 1, 28.0, 28.0, 2800.0, 1.0)],
        "containers": [("lane", "box", 1, 1)],
        "stock": [("p", "wh", 2, 10.0)],
        "deliveries": [("p", "wh", "m", 2, 18.0, 3.0), ("p", "wh", "m", 3, 10.0, 3.0)],
        "parcels": [("p", "post", "m", 2, 1.0, 9.0)],
        "unmet": [("p", "m", 2, 1.0, "too dear")],
        "subsidies": [("rent", OPERATOR, 2, 20.0)],
    }
    return {name: frame(name, rows.get(name, [])) for name in TABLES}


def frame(name: str, rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    """A plan table from rows."""
    return pd.DataFrame(rows, columns=list(TABLES[name])).astype(empty(name).dtypes) if rows else empty(name)


NET = 200 * 0.99 * 0.98
"""Net sales of a unit."""


def money_tables() -> Tables:
    """The goods with receipts, a loan with and one without guarantee on the stock of period 2."""
    tables = goods_tables()
    rows: dict[str, list[tuple[Any, ...]]] = {
        "receipts": [
            ("f", "card", "us", 2, 19 * NET - 1500.0),
            ("f", "wire", "us", 2, 1500.0),
            ("f", "card", "us", 3, 10 * NET),
        ],
        "admissions": [("f", "bank")],
        "loans": [
            ("f", "stock", False, 2, 200.0, 0.0, 200.0),
            ("f", "stock", False, 3, 0.0, 200.0, 0.0),
            ("f", "stock", True, 2, 60.0, 0.0, 60.0),
            ("f", "stock", True, 3, 0.0, 60.0, 0.0),
        ],
        "subsidies": [("rent", OPERATOR, 2, 20.0), ("interest", "f", 2, 0.6)],
    }
    return tables | {name: frame(name, part) for name, part in rows.items()}


def settled(net: Network, tables: Tables) -> Tables:
    """The tables with true-up, cash and collateral that follow from them."""
    tables = dict(tables) | {"cash": empty("cash"), "trueup": empty("trueup")}
    flows = cash_flows(build_ledger(net, tables))
    due = -float(flows[flows["firm"] == OPERATOR]["flow"].sum())
    tables["trueup"] = frame("trueup", [(net.calendar.last, due)])
    tables["cash"] = _cash(net, tables)
    tables["collateral"] = collateral(net, tables)
    return tables


def _cash(net: Network, tables: Tables) -> pd.DataFrame:
    flows = cash_flows(build_ledger(net, tables)).set_index(["firm", "period"])["flow"]
    rows = []
    opening = {f.firm: f.opening_cash for f in net.rows(t.Firm)} | {OPERATOR: net.settings.operator_cash}
    for firm, held in opening.items():
        for period in net.calendar.periods:
            held += float(flows.get((firm, period), 0.0))
            rows.append((firm, period, held, 0.0))
    return frame("cash", rows)


def planned(net: Network, tables: Tables) -> Plan:
    """A plan with ledger, key figures and objective that follow from its tables."""
    ledger = build_ledger(net, tables)
    value = objective(net, ledger)
    plan = Plan(
        instance=net.settings.name,
        sha256=net.sha256,
        status="feasible",
        termination="gap",
        tables=tables,
        ledger=ledger,
        objective=value,
        bound=value - 1.0,
    )
    return replace(plan, kpis=kpis(net, tables, ledger))


@cache
def good_plan() -> tuple[Network, Plan]:
    """The network with money and its plan."""
    net = network()
    return net, planned(net, settled(net, money_tables()))


def changed(table: pd.DataFrame, row: int, **values: Any) -> pd.DataFrame:
    """A table with some values of one row replaced."""
    table = table.copy()
    for column, value in values.items():
        table[column] = [value if i == row else old for i, old in enumerate(table[column])]
    return table


def planned_as(plan: Plan, tables: Tables) -> Plan:
    """The plan with other tables, all its figures left as they are."""
    return replace(plan, tables=tables)
