"""Rows and columns added to a compiled model, and what they are made of: sites, lanes, loans."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy import sparse

from ...instances.network import Network
from ...models.cluster import build
from ..arrays import Arrays, Floats, collector_off, compile_model
from ..plan import Plan

Terms = Mapping[int, float]
"""Column -> coefficient."""

Amend = Callable[[Arrays], Arrays]
"""What ``solve(amend=...)`` takes."""


@dataclass
class Additions:
    """Columns and rows to be put behind those of some arrays."""

    arrays: Arrays
    _costs: list[float] = field(default_factory=list)
    _lower: list[float] = field(default_factory=list)
    _upper: list[float] = field(default_factory=list)
    _whole: list[bool] = field(default_factory=list)
    _rows: list[tuple[Terms, float, float]] = field(default_factory=list)

    def column(self, lower: float = 0.0, upper: float = 1.0, whole: bool = False, cost: float = 0.0) -> int:
        """A new column; its place."""
        self._costs.append(cost)
        self._lower.append(lower)
        self._upper.append(upper)
        self._whole.append(whole)
        return len(self.arrays.cost) + len(self._costs) - 1

    def row(self, terms: Terms, lower: float = -np.inf, upper: float = np.inf) -> None:
        """A new row ``lower <= terms <= upper``."""
        self._rows.append((terms, lower, upper))

    def made(self) -> Arrays:
        """The arrays with everything added."""
        a, rows = self.arrays, self._rows
        entries = [(i, j, v) for i, (terms, _, _) in enumerate(rows) for j, v in terms.items()]
        i, j, v = (np.array(part) for part in zip(*entries, strict=True)) if entries else (np.zeros(0),) * 3
        columns = len(a.cost) + len(self._costs)
        new = sparse.csr_matrix((v, (i.astype(int), j.astype(int))), shape=(len(rows), columns))
        old = sparse.csr_matrix(
            (a.matrix.data, a.matrix.indices, a.matrix.indptr), shape=(len(a.row_lower), columns)
        )
        return replace(
            a,
            cost=np.r_[a.cost, self._costs],
            lower=np.r_[a.lower, self._lower],
            upper=np.r_[a.upper, self._upper],
            integer=np.r_[a.integer, np.array(self._whole, dtype=bool)],
            matrix=sparse.csr_matrix(sparse.vstack([old, new])),
            row_lower=np.r_[a.row_lower, [low for _, low, _ in rows]],
            row_upper=np.r_[a.row_upper, [up for _, _, up in rows]],
        )


def size_of(network: Network) -> int:
    """Columns of a network's model."""
    with collector_off():
        return len(compile_model(build(network)).cost)


def site_columns(arrays: Arrays) -> dict[tuple[str, Any], int]:
    """Decisions about places: (warehouse or hub level) -> the column that is 1 where it is used."""
    return {
        **{("warehouse", w): j for w, j in arrays.place("site").items()},
        **{("hub", key): j for key, j in arrays.place("hub").items()},
    }


def sites_of(plan: Plan) -> set[tuple[str, Any]]:
    """Warehouses and hub levels that a plan uses, named as in ``site_columns``."""
    hubs = plan.tables["hubs"][["hub", "level"]].itertuples(index=False, name=None)
    return {("warehouse", w) for w in plan.tables["sites"]["warehouse"]} | {("hub", key) for key in hubs}


def differences(columns: Iterable[int], x: Floats) -> tuple[dict[int, float], float]:
    """How many 0/1 columns differ from ``x``, as terms and a constant."""
    terms = {j: -1.0 if x[j] > 0.5 else 1.0 for j in columns}
    return terms, float(sum(x[j] > 0.5 for j in columns))


def used(added: Additions, groups: Mapping[Any, Sequence[int]]) -> dict[Any, int]:
    """For each group of flows a new 0/1 column that is 1 where any of them is positive."""
    out = {}
    for key, columns in groups.items():
        out[key] = added.column(whole=True)
        for j in columns:
            bound = added.arrays.upper[j]
            added.row({j: 1.0, out[key]: -(bound if np.isfinite(bound) else 1e9)}, upper=0.0)
    return out


def grouped(arrays: Arrays, component: str, key: Callable[[Any], Any]) -> dict[Any, list[int]]:
    """Columns of a component by a part of their index."""
    out: dict[Any, list[int]] = {}
    if component in arrays.columns:
        for at, j in arrays.place(component).items():
            out.setdefault(key(at), []).append(j)
    return out
