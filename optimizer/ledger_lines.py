"""The terms of a ledger, who pays whom, and how lines are made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from .ledger_facts import Frame

COLUMNS = [
    "term",
    "payer",
    "payee",
    "firm",
    "product",
    "place",
    "lane",
    "period",
    "quantity",
    "unit",
    "rate",
    "amount",
    "inside",
]
"""Columns of the ledger.  ``amount = quantity * rate`` in the network's currency, paid by ``payer`` to
``payee`` in ``period``; ``inside`` where both are of the network."""

PAID_OUT = (
    "production",
    "haulage",
    "hub_handling",
    "hub_storage",
    "hub_fixed",
    "freight_boxes",
    "freight_loose",
    "freight_rate",
    "duty",
    "warehouse_in",
    "storage",
    "warehouse_out",
    "setup",
    "rent",
    "building",
    "last_mile",
    "parcel",
    "parcel_duty",
    "penalty",
    "co2",
    "capital",
    "channel_fee",
    "interest",
    "draw_fee",
    "admission",
    "guarantee_loss",
    "emergency_interest",
    "repay",
    "emergency_repay",
)
"""Terms paid by a firm or the operator to someone outside."""

TAKEN_IN = (
    "sales",
    "refund",
    "salvage",
    "rent_subsidy",
    "deposit_interest",
    "interest_subsidy",
    "risk_subsidy",
    "draw",
    "emergency_draw",
)
"""Terms paid by someone outside to a firm or the operator."""

INSIDE = ("guarantee_fee", "trade", "tariff", "trueup")
"""Terms paid within the network: they cancel in the objective."""

PUBLIC = ("rent_subsidy", "interest_subsidy", "risk_subsidy")
"""Public money."""

PRINCIPAL = ("draw", "repay", "emergency_draw", "emergency_repay")
"""Borrowed money, not cost."""

FINANCE = (
    "channel_fee",
    "interest",
    "draw_fee",
    "admission",
    "guarantee_loss",
    "emergency_interest",
    "deposit_interest",
)
"""What financing costs the network."""

SIGN = dict.fromkeys(PAID_OUT, 1.0) | dict.fromkeys(TAKEN_IN, -1.0) | dict.fromkeys(INSIDE, 0.0)
"""1 where money leaves the network, -1 where it comes in, 0 inside."""


Lines: TypeAlias = dict[str, np.ndarray[Any, Any]]
"""Columns of ledger lines, all of the same length."""


def lines(term: str, frame: Frame, payer: Any, payee: Any, quantity: Any, unit: str, rate: Any) -> Lines:
    """Ledger lines of one term, one for each row of ``frame`` where quantity and rate are not both 0.

    ``payer`` and ``payee`` are a name or a column; texts that ``frame`` does not have are empty.
    """
    if not len(frame):
        return {}
    figures = {"quantity": _values(quantity, frame, float), "rate": _values(rate, frame, float)}
    figures["amount"] = figures["quantity"] * figures["rate"]
    kept = np.flatnonzero(figures["amount"])
    texts = {"term": term, "payer": payer, "payee": payee, "unit": unit}
    texts |= {name: frame.get(name, "") for name in ("firm", "product", "place", "lane")}
    columns = {name: _values(value, frame, object) for name, value in texts.items()} | figures
    columns["period"] = _values(frame["period"], frame, np.int64)
    columns["inside"] = _values(SIGN[term] == 0, frame, bool)
    return {name: values[kept] for name, values in columns.items()}


def _values(value: Any, frame: Frame, kind: type) -> np.ndarray[Any, Any]:
    if isinstance(value, pd.Series):
        return np.asarray(value.to_numpy(dtype=kind))
    if isinstance(value, np.ndarray):
        return value.astype(kind)
    return np.full(len(frame), value, dtype=kind)


def gathered(parts: Iterable[Lines]) -> Frame:
    """The lines of all parts as a ledger, in their order."""
    filled = [part for part in parts if part]
    columns = {}
    for name in COLUMNS:
        values = [part[name] for part in filled] or [np.array([], dtype=_KINDS.get(name, object))]
        columns[name] = pd.Series(np.concatenate(values), dtype=_KINDS.get(name, object))
    return pd.DataFrame(columns)


_KINDS = {"period": "int64", "quantity": "float64", "rate": "float64", "amount": "float64", "inside": "bool"}


def cash_flows(ledger: Frame) -> Frame:
    """By firm (or operator) and period: ``flow``, what it takes in less what it pays, and ``size``,
    both added up."""
    inward = ledger[ledger["term"].isin([*TAKEN_IN, *INSIDE])]
    outward = ledger[ledger["term"].isin([*PAID_OUT, *INSIDE])]
    parts = [
        pd.DataFrame({"firm": rows[side], "period": rows["period"], "flow": sign * rows["amount"]})
        for rows, side, sign in ((inward, "payee", 1.0), (outward, "payer", -1.0))
    ]
    flows = pd.concat(parts, ignore_index=True)
    flows = flows.assign(size=flows["flow"].abs())
    return flows.groupby(["firm", "period"], as_index=False)[["flow", "size"]].sum()
