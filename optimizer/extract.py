"""From a point of the model to the tables of a plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyomo.environ as pyo

from ..models.index import Index
from .arrays import Arrays, Floats
from .plan import OPERATOR, TABLES, empty

_NOTHING = 1e-7

_CENT = 0.01
"""Money that a payment may be off by."""


def extract(model: pyo.ConcreteModel, arrays: Arrays, x: Floats) -> dict[str, pd.DataFrame]:
    """The decisions in ``x`` as plan tables (all but ``collateral``, which follows from them)."""
    point = _Point(arrays, x)
    rows = {name: list(table(model.index, point)) for name, table in _TABLES.items()}
    if model.index.settings.money:
        rows |= {name: list(table(model, point)) for name, table in _MONEY.items()}
    return {name: _frame(name, rows.get(name, [])) for name in TABLES if name != "collateral"}


def _frame(name: str, rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    if not rows:
        return empty(name)
    frame = pd.DataFrame(rows, columns=list(TABLES[name]))
    kinds = {"int": "int64", "float": "float64", "bool": "bool", "str": "object"}
    return frame.astype({column: kinds[kind] for column, kind in TABLES[name].items()})


class _Point:
    """Values that are not 0, by component and index; whole numbers are whole."""

    def __init__(self, arrays: Arrays, x: Floats):
        self._arrays = arrays
        self._x = np.where(arrays.integer, np.round(x), x)

    def __call__(self, component: str) -> Iterator[tuple[Any, float]]:
        place = self._arrays.columns.get(component)
        if place is None:
            return
        values, keys = self._x[place], self._arrays.keys[component]
        for i in np.flatnonzero(np.abs(values) > _NOTHING):
            yield keys[i], float(values[i])

    def all(self, component: str) -> dict[Any, float]:
        place = self._arrays.columns.get(component)
        if place is None:
            return {}
        return dict(zip(self._arrays.keys[component], self._x[place].tolist(), strict=True))

    def charged(self, component: str, family: str) -> dict[Any, float]:
        """What one of each takes out of a family of rows."""
        a = self._arrays
        place, rows = a.columns.get(component), a.rows.get(family)
        if place is None or rows is None:
            return {}
        charges = np.asarray(a.matrix[rows].sum(axis=0)).ravel()[place]
        return dict(zip(a.keys[component], charges.tolist(), strict=True))


def _sites(ix: Index, point: _Point) -> Iterator[tuple[Any, ...]]:
    used = {w for w, _ in point("site")}
    used |= {w for (_, w, *_), _ in (*point("stock"), *point("deliver"))}
    yield from ((w,) for w in ix.warehouses if w in used)


def _leases(ix: Index, point: _Point) -> Iterator[tuple[Any, ...]]:
    for (w, n, t), _ in point("lease"):
        yield w, n, t, min(ix.term_end(w, n, t), ix.last)


def _hubs(ix: Index, point: _Point) -> Iterator[tuple[Any, ...]]:
    yield from (key for key, _ in point("hub"))


def _plain(component: str) -> Any:
    def table(ix: Index, point: _Point) -> Iterator[tuple[Any, ...]]:
        yield from ((*key, value) for key, value in point(component))

    return table


def _shipments(ix: Index, point: _Point) -> Iterator[tuple[Any, ...]]:
    """``lane_share`` divides a load by chargeable weight: the greater of weight and volume times
    ``loose_kg_m3``, firm by firm."""
    rows = list(point("ship"))
    chargeable: dict[tuple[str, int], float] = defaultdict(float)
    of_row = []
    for (p, lane, t), units in rows:
        product = ix.products[p]
        kg = units * max(product.weight_kg, product.volume_m3 * ix.lanes[lane].loose_kg_m3)
        of_row.append(kg)
        chargeable[lane, t] += kg
    for ((p, lane, t), units), kg in zip(rows, of_row, strict=True):
        product = ix.products[p]
        share = kg / chargeable[lane, t]
        volume, weight = units * product.volume_m3, units * product.weight_kg
        yield p, product.firm, lane, t, units, volume, weight, share


def _deliveries(ix: Index, point: _Point) -> Iterator[tuple[Any, ...]]:
    for (p, w, m, t), units in point("deliver"):
        yield p, w, m, t, units, ix.last_miles[w, m].days


def _parcels(ix: Index, point: _Point) -> Iterator[tuple[Any, ...]]:
    for (p, s, m, t), units in point("parcel"):
        yield p, s, m, t, units, ix.parcel_rates[s, m].days


def _unmet(ix: Index, point: _Point) -> Iterator[tuple[Any, ...]]:
    reachable = {(p, m, t) for p, _, m, t in (*ix.deliver, *ix.parcel)}
    for key, units in point("unmet"):
        reason = (
            "serving it costs more than it brings, or a limit holds it back"
            if key in reachable
            else "no warehouse or parcel service reaches it within the promise in time"
        )
        yield *key, units, reason


def _admissions(model: pyo.ConcreteModel, point: _Point) -> Iterator[tuple[Any, ...]]:
    yield from (key for key, _ in point("admit"))


def _loans(model: pyo.ConcreteModel, point: _Point) -> Iterator[tuple[Any, ...]]:
    """A draw that leaves no balance and costs nothing is no decision: nothing later can rest on it."""
    balance, fees = dict(point("loan")), point.charged("draw", "cash_balance")
    draw = {key: value for key, value in point("draw") if key in balance or fees[key] * value > _CENT}
    following = {(f, g, k, t + 1) for f, g, k, t in balance}
    for key in sorted({*balance, *draw, *following}):
        f, g, guaranteed, t = key
        now, before, drawn = (
            balance.get(key, 0.0),
            balance.get((f, g, guaranteed, t - 1), 0.0),
            draw.get(key, 0.0),
        )
        yield f, g, bool(guaranteed), t, drawn, max(drawn - now + before, 0.0), now


def _cash(model: pyo.ConcreteModel, point: _Point) -> Iterator[tuple[Any, ...]]:
    emergency, overdraft = point.all("emergency"), point.all("overdraft")
    for (f, t), value in point.all("cash").items():
        yield f, t, value, emergency.get((f, t), 0.0)
    for t, value in point.all("operator_cash").items():
        yield OPERATOR, t, value, overdraft.get(t, 0.0)


def _subsidies(model: pyo.ConcreteModel, point: _Point) -> Iterator[tuple[Any, ...]]:
    yield from ((k, f, t, value) for (k, f, t), value in point("subsidy"))
    yield from _rent_subsidies(model.index, point)


def _rent_subsidies(ix: Index, point: _Point) -> Iterator[tuple[Any, ...]]:
    yield from ((k, OPERATOR, t, value) for (k, t), value in point("rent_subsidy"))


def _trueup(model: pyo.ConcreteModel, point: _Point) -> Iterator[tuple[Any, ...]]:
    yield from ((model.index.last, value) for _, value in point("trueup"))


def _receipts(model: pyo.ConcreteModel, point: _Point) -> Iterator[tuple[Any, ...]]:
    yield from ((*key, value) for key, value in point("receipt"))


_TABLES = {
    "sites": _sites,
    "leases": _leases,
    "hubs": _hubs,
    "hauls": _plain("haul"),
    "holds": _plain("hold"),
    "shipments": _shipments,
    "containers": _plain("boxes"),
    "loose": _plain("loose"),
    "stock": _plain("stock"),
    "deliveries": _deliveries,
    "parcels": _parcels,
    "unmet": _unmet,
    "subsidies": _rent_subsidies,
}

_MONEY = {
    "receipts": _receipts,
    "admissions": _admissions,
    "loans": _loans,
    "cash": _cash,
    "subsidies": _subsidies,
    "trueup": _trueup,
}
