"""A changed figure anywhere in a plan is found: tables, ledger, key figures, objective."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import plans
import pytest
from clusterlane.optimizer.checker import check
from clusterlane.optimizer.plan import TABLES
from hypothesis import given, settings
from hypothesis import strategies as st

OFF = 1 + 1e-5

FIGURES = [
    (name, column, row)
    for name, columns in TABLES.items()
    for column, kind in columns.items()
    if kind == "float"
    for row in range(len(plans.good_plan()[1].tables[name]))
    if plans.good_plan()[1].tables[name][column].iloc[row] != 0
]


def found_in_table(name, column, row):
    net, plan = plans.good_plan()
    table = plan.tables[name]
    tables = dict(plan.tables)
    tables[name] = plans.changed(table, row, **{column: table[column].iloc[row] * OFF})
    return check(net, replace(plan, tables=tables))


@settings(max_examples=4, deadline=None)
@given(st.sampled_from(FIGURES))
def test_a_changed_figure_of_a_table_is_found(figure):
    assert found_in_table(*figure)


@pytest.mark.slow
def test_every_changed_figure_of_a_table_is_found():
    assert [figure for figure in FIGURES if not found_in_table(*figure)] == []


@pytest.mark.parametrize("column", ["quantity", "rate", "amount"])
def test_every_changed_figure_of_the_ledger_is_found(column):
    net, plan = plans.good_plan()
    ledger = plan.ledger.assign(**{column: plan.ledger[column] * OFF})
    found = [f for f in check(net, replace(plan, ledger=ledger)) if f.code == f"line-{column}"]
    assert len(found) == len(ledger)


def test_one_changed_line_of_the_ledger_is_the_only_finding():
    net, plan = plans.good_plan()
    ledger = plans.changed(plan.ledger, 3, amount=plan.ledger["amount"].iloc[3] * OFF)
    found = check(net, replace(plan, ledger=ledger))
    assert [f.code for f in found] == ["line-amount"]
    assert "haulage" in str(found[0].row)


def test_a_missing_fee_is_named():
    net, plan = plans.good_plan()
    ledger = plan.ledger[plan.ledger["term"] != "guarantee_fee"]
    assert [f.code for f in check(net, replace(plan, ledger=ledger))] == ["fee-missing"]


def test_a_line_that_nothing_causes_is_named():
    net, plan = plans.good_plan()
    ledger = plans.changed(plan.ledger, 0, payee="friends")
    assert {f.code for f in check(net, replace(plan, ledger=ledger))} == {"line-extra", "line-missing"}


def test_a_tariff_counted_as_cost_is_named():
    net, plan = plans.good_plan()
    outside = plan.ledger["inside"] & (plan.ledger["term"] != "tariff")
    ledger = plan.ledger.assign(inside=outside)
    assert {f.code for f in check(net, replace(plan, ledger=ledger))} == {"counted-as-cost"}


def test_the_order_of_lines_and_rows_does_not_matter():
    net, plan = plans.good_plan()
    ledger = plan.ledger.iloc[::-1].reset_index(drop=True)
    tables = {name: table.iloc[::-1].reset_index(drop=True) for name, table in plan.tables.items()}
    assert check(net, replace(plan, ledger=ledger, tables=tables)) == []


def numbers(figures: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in figures.items():
        if isinstance(value, Mapping):
            yield from numbers(value, (*path, key))
        elif value:
            yield (*path, key)


def scaled(figures: Any) -> Any:
    if isinstance(figures, Mapping):
        return {key: scaled(value) for key, value in figures.items()}
    return figures * OFF if figures else figures


def test_every_changed_key_figure_is_found():
    net, plan = plans.good_plan()
    found = check(net, replace(plan, kpis=scaled(plan.kpis)))
    assert {f.column for f in found} == {".".join(("kpis", *path)) for path in numbers(plan.kpis)}


def test_missing_and_extra_key_figures_are_found():
    net, plan = plans.good_plan()
    figures = {key: value for key, value in plan.kpis.items() if key != "co2_t"} | {"luck": 1.0}
    assert {f.code for f in check(net, replace(plan, kpis=figures))} == {"kpi-missing", "kpi-extra"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"objective": plans.good_plan()[1].objective * OFF}, "objective"),
        ({"objective": None}, "objective"),
        ({"bound": plans.good_plan()[1].objective * OFF}, "bound"),
        ({"status": "optimal"}, "status"),
        ({"sha256": "0" * 64}, "other-network"),
    ],
)
def test_a_wrong_envelope_is_found(change, code):
    net, plan = plans.good_plan()
    assert [f.code for f in check(net, replace(plan, **change))] == [code]
