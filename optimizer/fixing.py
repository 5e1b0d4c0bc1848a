"""Arrays in which some decisions are already made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import sparse

from .arrays import Arrays, Bools, Floats

GOODS = {
    "lease": ("leases", ["warehouse", "tier", "start"], None),
    "site": ("sites", ["warehouse"], None),
    "hub": ("hubs", ["hub", "level"], None),
    "haul": ("hauls", ["product", "hub", "period"], "quantity"),
    "hold": ("holds", ["product", "hub", "period"], "quantity"),
    "ship": ("shipments", ["product", "lane", "period"], "quantity"),
    "boxes": ("containers", ["lane", "container", "period"], "boxes"),
    "loose": ("loose", ["lane", "period"], "chargeable_kg"),
    "stock": ("stock", ["product", "warehouse", "period"], "quantity"),
    "deliver": ("deliveries", ["product", "warehouse", "market", "period"], "quantity"),
    "parcel": ("parcels", ["product", "service", "market", "period"], "quantity"),
    "unmet": ("unmet", ["product", "market", "period"], "quantity"),
}
"""Decisions about places and goods: plan table, columns of the index, column of the amount (none: 1)."""


def goods_columns(arrays: Arrays) -> Bools:
    """Which columns are decisions about places and goods."""
    return arrays.columns_of((*GOODS, "leased", "source", "covered"))


def goods_values(arrays: Arrays, tables: Mapping[str, pd.DataFrame], all_known: bool = True) -> Floats:
    """The goods decisions of plan tables as a point (0 in every other column).

    Raises ``KeyError`` for a decision that the model does not have: the plan is of another network; without
    ``all_known`` such decisions are left out.
    """
    x = np.zeros(len(arrays.cost))
    for component, (table, columns, value) in GOODS.items():
        place, frame = arrays.place(component), tables[table]
        amounts = frame[value].to_numpy(float) if value else np.ones(len(frame))
        keys = frame[columns].itertuples(index=False, name=None)
        for key, amount in zip(keys, amounts, strict=True):
            at = place.get(key if len(columns) > 1 else key[0])
            if at is not None:
                x[at] = amount
            elif all_known and component != "site":
                raise KeyError(f"{table}: {key}")
    _derive(arrays, x)
    return x


def _derive(arrays: Arrays, x: Floats) -> None:
    """Columns that follow from the others: ``leased``, ``source`` and ``covered``."""
    place = arrays.columns["leased"]
    rows = arrays.matrix[arrays.rows["one_tier"]]
    x[place] = -(rows @ x)
    if "source" in arrays.columns:
        sources, delivered = arrays.place("source"), arrays.place("deliver")
        for (p, w, k, _), j in delivered.items():
            if x[j] > 0:
                x[sources[p, k, w]] = 1.0
    for (k, t), j in arrays.place("covered").items():
        x[j] = float(not any(x[i] > 0 for (_, m, u), i in arrays.place("unmet").items() if (m, u) == (k, t)))


def fix_goods(arrays: Arrays, tables: Mapping[str, pd.DataFrame]) -> Arrays:
    """Arrays in which the goods decisions of plan tables are kept and only money is free."""
    return hold(arrays, goods_columns(arrays), goods_values(arrays, tables))


def hold(arrays: Arrays, held: Bools, x: Floats) -> Arrays:
    """Arrays with some columns held at ``x``; rows of held columns only are freed, so that rounding in them
    can never make the rest infeasible.  Who does not know that they hold asks ``broken_by_fixed``."""
    lower, upper = np.where(held, x, arrays.lower), np.where(held, x, arrays.upper)
    free = sparse.csr_matrix(arrays.matrix[:, np.flatnonzero(~held)])
    settled = np.diff(free.indptr) == 0
    return replace(
        arrays,
        lower=lower,
        upper=upper,
        row_lower=np.where(settled, -np.inf, arrays.row_lower),
        row_upper=np.where(settled, np.inf, arrays.row_upper),
    )


def without_fixed(arrays: Arrays, rows: Bools) -> tuple[Arrays, Bools, Bools]:
    """Arrays of the columns that are free and of those of some rows that they enter: with them, which columns
    and which rows these are.  What fixed columns cost is left out."""
    kept = arrays.lower < arrays.upper
    activity = arrays.matrix @ np.where(kept, 0.0, arrays.lower)
    matrix = arrays.matrix[:, np.flatnonzero(kept)].tocsr()
    entered = (np.diff(matrix.indptr) > 0) & rows
    part = replace(
        arrays,
        cost=arrays.cost[kept],
        lower=arrays.lower[kept],
        upper=arrays.upper[kept],
        integer=arrays.integer[kept],
        matrix=matrix[np.flatnonzero(entered)],
        row_lower=(arrays.row_lower - activity)[entered],
        row_upper=(arrays.row_upper - activity)[entered],
    )
    return part, kept, entered


def broken_by_fixed(arrays: Arrays, rows: Bools) -> bool:
    """Whether fixed columns alone break some rows that no free one enters, by more than rounding."""
    fixed = np.where(arrays.lower < arrays.upper, 0.0, arrays.lower)
    matrix = arrays.matrix[np.flatnonzero(rows)]
    activity, margin = matrix @ fixed, 1e-6 * np.maximum(abs(matrix) @ abs(fixed), 1.0)
    low, high = arrays.row_lower[rows] - margin, arrays.row_upper[rows] + margin
    return bool(((activity > high) | (activity < low)).any())
