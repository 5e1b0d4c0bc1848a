"""Rows that cannot be: wrong columns or types, unknown names, rows twice, negative figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...instances.findings import Finding
from ...instances.tables import Channel, Firm, Market, Product, Service, Subsidy, Zone
from ...instances.tables import Container as ContainerType
from ..ledger_facts import DIRECT, Facts, Frame, Tables
from ..plan import OPERATOR, TABLES, empty
from . import tolerance
from .case import report

KEYS: dict[str, list[str]] = {
    "sites": ["warehouse"],
    "leases": ["warehouse", "tier", "start"],
    "hubs": ["hub", "level"],
    "hauls": ["product", "hub", "period"],
    "holds": ["product", "hub", "period"],
    "shipments": ["product", "lane", "period"],
    "containers": ["lane", "container", "period"],
    "loose": ["lane", "period"],
    "stock": ["product", "warehouse", "period"],
    "deliveries": ["product", "warehouse", "market", "period"],
    "parcels": ["product", "service", "market", "period"],
    "unmet": ["product", "market", "period"],
    "receipts": ["firm", "channel", "zone", "period"],
    "admissions": ["firm", "funder"],
    "loans": ["firm", "loan", "guaranteed", "period"],
    "collateral": ["firm", "kind", "period", "source", "place"],
    "cash": ["firm", "period"],
    "subsidies": ["subsidy", "beneficiary", "period"],
    "trueup": ["period"],
}
"""The columns that identify a row of each plan table."""

SIGNED = {("trueup", "amount")}
"""Figures that may be below 0."""

MONEY_TABLES = ("receipts", "admissions", "loans", "collateral", "cash", "trueup")


def clean(facts: Facts, tables: Tables, findings: list[Finding]) -> dict[str, Frame]:
    """The usable rows of all plan tables; what is wrong with the others is added to ``findings``."""
    known = _known(facts)
    for name in sorted(set(tables) - set(TABLES)):
        findings.append(_whole_table("unknown-table", name, f"a plan has no table {name}"))
    return {name: _clean_table(name, tables, known, facts, findings) for name in TABLES}


def _whole_table(code: str, table: str, cause: str, column: str = "") -> Finding:
    remedy = "write the table with the columns of a plan"
    return Finding(code, "error", table, None, column, "", cause, remedy)


def _clean_table(
    name: str, tables: Tables, known: dict[str, set[Any]], facts: Facts, findings: list[Finding]
) -> Frame:
    if name not in tables:
        findings.append(_whole_table("missing-table", name, f"the table {name} is missing"))
        return empty(name)
    frame = tables[name]
    lost = [column for column in TABLES[name] if column not in frame]
    findings += [_whole_table("missing-column", name, f"the column {c} is missing", c) for c in lost]
    if lost or not len(frame):
        return empty(name)
    frame = _typed(name, frame.reset_index(drop=True), findings)
    if name in MONEY_TABLES and not facts.settings.money:
        cause, remedy = f"{name} has rows, but money is switched off", "leave the table empty"
        findings += report(frame, "money-off", name, KEYS[name], cause, remedy)
        return empty(name)
    _negatives(name, frame, findings)
    return _unique(name, _referring(name, frame, known, findings), findings)


def _typed(name: str, frame: Frame, findings: list[Finding]) -> Frame:
    """Columns with the right types; rows with values that do not fit are reported and left out."""
    if all(_is_typed(frame[column], kind) for column, kind in TABLES[name].items()):
        return frame[list(TABLES[name])]
    typed, good = {}, pd.Series(True, index=frame.index)
    for column, kind in TABLES[name].items():
        values, fits = _convert(frame[column], kind)
        if not fits.all():
            wrong = frame.assign(wrong=frame[column].astype(str))[~fits]
            cause = f"{column} is {{wrong}}, which is not {_KINDS[kind]}"
            findings += report(wrong, "wrong-type", name, KEYS[name], cause, "correct the value", column)
        typed[column], good = values, good & fits
    result = pd.DataFrame(typed)[good]
    return result.astype({column: _DTYPES[kind] for column, kind in TABLES[name].items()})


def _is_typed(values: pd.Series[Any], kind: str) -> bool:
    if values.dtype != _DTYPES[kind]:
        return False
    if kind == "str":
        return all(isinstance(value, str) for value in values)
    return kind != "float" or bool(np.isfinite(values.to_numpy()).all())


_DTYPES = {"int": "int64", "float": "float64", "bool": "bool", "str": "object"}

_KINDS = {
    "str": "a text",
    "int": "a whole number",
    "float": "a finite number",
    "bool": "true or false",
}


def _convert(values: pd.Series[Any], kind: str) -> tuple[pd.Series[Any], pd.Series[bool]]:
    if kind == "str":
        return values, values.map(lambda v: isinstance(v, str)).astype(bool)
    if kind == "bool":
        return values, values.map(lambda v: isinstance(v, bool | np.bool_)).astype(bool)
    numbers = pd.to_numeric(values, errors="coerce")
    fits = pd.Series(np.isfinite(numbers.to_numpy(dtype=float)), index=values.index)
    if kind == "int":
        fits &= numbers == numbers.round()
    return numbers, fits


def _negatives(name: str, frame: Frame, findings: list[Finding]) -> None:
    for column, kind in TABLES[name].items():
        if kind in ("int", "float") and (name, column) not in SIGNED:
            noise = tolerance.MONEY if name in MONEY_TABLES or name == "subsidies" else tolerance.QUANTITY
            below = frame[frame[column] < -noise]
            if not len(below):
                continue
            cause = f"{column} is {{{column}:,.6g}}, below 0"
            remedy = "a decision is 0 or more"
            findings += report(below, "negative-quantity", name, KEYS[name], cause, remedy, column)


def _known(facts: Facts) -> dict[str, set[Any]]:
    """What each column may name."""
    firms = set(facts.by_key(Firm).index)
    return {
        "warehouse": set(facts.open_warehouses.index),
        "hub": set(facts.open_hubs.index),
        "product": set(facts.by_key(Product).index),
        "lane": set(facts.lanes.index),
        "container": set(facts.by_key(ContainerType).index),
        "market": set(facts.by_key(Market).index),
        "service": set(facts.by_key(Service).index),
        "zone": set(facts.by_key(Zone).index),
        "channel": {*facts.by_key(Channel).index, DIRECT},
        "funder": set(facts.funders.index),
        "loan": set(facts.loans.index),
        "firm": firms | {OPERATOR},
        "beneficiary": firms | {OPERATOR},
        "subsidy": set(facts.by_key(Subsidy).index),
        "period": set(facts.calendar.periods),
        "start": set(facts.calendar.periods),
    }


def _referring(name: str, frame: Frame, known: dict[str, set[Any]], findings: list[Finding]) -> Frame:
    good = pd.Series(True, index=frame.index)
    for column in TABLES[name]:
        if column not in known or (name, column) == ("shipments", "firm"):
            continue
        names = known[column] if name == "cash" or column != "firm" else known[column] - {OPERATOR}
        found = frame[column].isin(names)
        if found.all():
            continue
        cause = f"the network has no {column} {{{column}}} that is open"
        remedy = "name one that takes part in the network"
        findings += report(frame[~found], "unknown-id", name, KEYS[name], cause, remedy, column)
        good &= found
    return frame[good]


def _unique(name: str, frame: Frame, findings: list[Finding]) -> Frame:
    again = frame.duplicated(KEYS[name])
    cause = "this row is there more than once"
    findings += report(frame[again], "duplicate-row", name, KEYS[name], cause, "keep one row")
    return frame[~again].reset_index(drop=True)
