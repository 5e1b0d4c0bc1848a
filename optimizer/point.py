"""A plan as a point of the compiled model: every decision of goods and money in its column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ..instances.tables import Loan
from .arrays import Arrays, Floats
from .fixing import goods_values
from .plan import OPERATOR

Tables = Mapping[str, pd.DataFrame]


def point_of(arrays: Arrays, tables: Tables, funders: Mapping[str, str], all_known: bool = True) -> Floats:
    """The point that plan tables describe; ``funders`` names the funder of each loan product.

    Raises ``KeyError`` for a decision that the model does not have: the plan is of another network; without
    ``all_known`` such decisions are left out.
    """
    x = goods_values(arrays, tables, all_known)
    read = {"rent_subsidy": _rent(tables)}
    if "cash" in arrays.columns:
        read |= {component: way(tables) for component, way in _MONEY.items()}
        read["in_use"] = _in_use(arrays, tables, funders)
    for component in read.keys() & arrays.columns.keys():
        _enter(arrays, x, component, read[component], all_known)
    return x


def _enter(
    arrays: Arrays, x: Floats, component: str, values: Iterator[tuple[Any, float]], all_known: bool
) -> None:
    place = arrays.place(component)
    for key, value in values:
        if key in place:
            x[place[key]] = value
        elif all_known and abs(value) > 1e-9:
            raise KeyError(f"{component}: {key}")


def _rows(frame: pd.DataFrame, *columns: str) -> Iterator[tuple[Any, ...]]:
    yield from frame[list(columns)].itertuples(index=False, name=None)


def _receipts(tables: Tables) -> Iterator[tuple[Any, float]]:
    for f, c, z, t, amount in _rows(tables["receipts"], "firm", "channel", "zone", "period", "amount"):
        yield (f, c, z, t), amount


def _loans(column: str) -> Any:
    def read(tables: Tables) -> Iterator[tuple[Any, float]]:
        rows = _rows(tables["loans"], "firm", "loan", "guaranteed", "period", column)
        for f, g, guaranteed, t, amount in rows:
            yield (f, g, int(guaranteed), t), amount

    return read


def _admissions(tables: Tables) -> Iterator[tuple[Any, float]]:
    yield from ((key, 1.0) for key in _rows(tables["admissions"], "firm", "funder"))


def _cash(operator: bool, column: str) -> Any:
    def read(tables: Tables) -> Iterator[tuple[Any, float]]:
        for f, t, value in _rows(tables["cash"], "firm", "period", column):
            if (f == OPERATOR) == operator:
                yield (t if operator else (f, t)), value

    return read


def _subsidies(tables: Tables) -> Iterator[tuple[Any, float]]:
    for k, f, t, amount in _rows(tables["subsidies"], "subsidy", "beneficiary", "period", "amount"):
        if f != OPERATOR:
            yield (k, f, t), amount


def _rent(tables: Tables) -> Iterator[tuple[Any, float]]:
    for k, f, t, amount in _rows(tables["subsidies"], "subsidy", "beneficiary", "period", "amount"):
        if f == OPERATOR:
            yield (k, t), amount


def _trueup(tables: Tables) -> Iterator[tuple[Any, float]]:
    yield from ((None, amount) for (amount,) in _rows(tables["trueup"], "amount"))


_OWED = 1e-4
"""Least money that counts as a loan: less is rounding of a solver, no reason for a least drawing."""


def _in_use(arrays: Arrays, tables: Tables, funders: Mapping[str, str]) -> Iterator[tuple[Any, float]]:
    loans = tables["loans"]
    held = loans[loans["balance"] > _OWED]
    offered = held[held["loan"].isin(list(funders))]
    pairs = {(f, funders[g], t) for f, g, t in _rows(offered, "firm", "loan", "period")}
    if "in_use" in arrays.columns:
        known = arrays.place("in_use")
        yield from ((key, 1.0) for key in sorted(pairs) if key in known)


_MONEY: dict[str, Any] = {
    "receipt": _receipts,
    "loan": _loans("balance"),
    "draw": _loans("draw"),
    "admit": _admissions,
    "cash": _cash(False, "cash"),
    "emergency": _cash(False, "emergency"),
    "operator_cash": _cash(True, "cash"),
    "overdraft": _cash(True, "emergency"),
    "subsidy": _subsidies,
    "trueup": _trueup,
}


def funders_of(rows: Iterable[Loan]) -> dict[str, str]:
    """Loan product -> funder, from the rows of the table ``loans``."""
    return {row.loan: row.funder for row in rows}


def whole(arrays: Arrays, x: Floats) -> Arrays:
    """Arrays in which every whole-number decision is held at ``x`` and all else is free."""
    held, value = arrays.integer, np.round(x)
    lower, upper = np.where(held, value, arrays.lower), np.where(held, value, arrays.upper)
    return replace(arrays, lower=lower, upper=upper)
