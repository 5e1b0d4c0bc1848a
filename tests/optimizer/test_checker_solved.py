"""Plans that the solver found pass, and faults planted in them are found and named."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import plans
import pytest
from clusterlane.instances.files import load
from clusterlane.optimizer.checker import check
from clusterlane.optimizer.solve import solve


@cache
def solved():
    net = load("tiny")
    return net, solve(net, gap=0.0, time_limit=60)


def test_the_solver_s_plan_passes():
    net, plan = solved()
    assert plan.objective is not None
    assert check(net, plan) == []


FAULTS = [
    ("shipments", "quantity", 1.1, "hub-balance"),
    ("deliveries", "quantity", 1.1, "demand-balance"),
    ("hauls", "quantity", 0.9, "hub-balance"),
    ("shipments", "volume_m3", 1.1, "shipment-volume"),
    ("deliveries", "days", 0.5, "delivery-days"),
    ("receipts", "amount", 1.1, "receipts-balance"),
    ("cash", "cash", 1.1, "cash-balance"),
    ("loans", "balance", 1.1, "loan-balance"),
    ("collateral", "value", 1.1, "collateral-value"),
]


@pytest.mark.parametrize(("table", "column", "factor", "code"), FAULTS)
def test_a_fault_in_a_solved_plan_is_named(table, column, factor, code):
    net, plan = solved()
    values = plan.tables[table][column]
    row = int(values.abs().to_numpy().argmax()) if len(values) else -1
    if row < 0:
        pytest.skip(f"the plan of tiny has no {table}")
    worse = plans.changed(plan.tables[table], row, **{column: values.iloc[row] * factor})
    found = check(net, replace(plan, tables={**plan.tables, table: worse}))
    assert code in {finding.code for finding in found}
