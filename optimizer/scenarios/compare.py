"""Plans side by side: key figures, what opened and closed, what moved, who gains and who loses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ...instances.network import Network
from ...instances.tables import Firm
from ..plan import OPERATOR, Plan
from .goods import counted, unit_m3

FIGURES = {
    "objective": ("cost of the plan", "money"),
    "bound": ("proven least cost", "money"),
    "controllable_cost": ("cost that can be controlled", "money"),
    "public_money": ("public money received", "money"),
    "finance_cost": ("cost of finance", "money"),
    "peak_loans": ("most loans at a time", "money"),
    "liquidity_gap_peak": ("most emergency credit at a time", "money"),
    "unmet_share": ("demand not served", "share"),
    "parcel_share": ("served by parcel", "share"),
    "average_delivery_days": ("average delivery", "days"),
    "co2_t": ("emissions", "t"),
    "containers": ("containers", "count"),
    "sites_opened": ("warehouses used", "count"),
    "leases_started": ("leases started", "count"),
    "hubs_opened": ("hubs opened", "count"),
}
"""Key figures that are compared: words and kind of each."""


@dataclass(frozen=True)
class Named:
    """A plan with its network and the name it is shown under."""

    name: str
    network: Network
    plan: Plan


@dataclass(frozen=True)
class Comparison:
    """Plans side by side; the first is what the others are compared with.

    ``figures``: one row per key figure, one column per plan.  ``places``: one row per warehouse tier, hub
    level or admission that is not the same in all plans, 1 where it is used.  ``moved``: m3 by market and
    source (warehouse or parcel service) that differ.  ``parties``: cost of each firm and the operator.
    """

    names: tuple[str, ...]
    currency: str
    figures: pd.DataFrame
    places: pd.DataFrame
    moved: pd.DataFrame
    parties: pd.DataFrame

    def data(self) -> dict[str, Any]:
        """As plain data for JSON."""
        return {
            "names": list(self.names),
            "currency": self.currency,
            **{name: _plain(getattr(self, name)) for name in ("figures", "places", "moved", "parties")},
        }

    def gains(self) -> pd.DataFrame:
        """Cost of each party less its cost in the first plan: below 0 it gains."""
        first = self.names[0]
        return self.parties[list(self.names[1:])].sub(self.parties[first], axis=0)


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    rows = frame.reset_index().to_dict("records")
    return [
        {str(k): None if isinstance(v, float) and pd.isna(v) else v for k, v in row.items()} for row in rows
    ]


def compare_plans(plans: Sequence[Named]) -> Comparison:
    """Plans side by side.  Raises ``ValueError`` for fewer than two, or money in several currencies."""
    if len(plans) < 2:
        raise ValueError("give at least two plans to compare")
    currencies = {named.network.settings.currency for named in plans}
    if len(currencies) > 1:
        raise ValueError(f"the plans are in several currencies ({', '.join(sorted(currencies))})")
    plans = _unique(plans)
    names = tuple(named.name for named in plans)
    return Comparison(
        names,
        currencies.pop(),
        pd.DataFrame({named.name: _figures(named.plan) for named in plans}, dtype=object),
        _differing(pd.DataFrame({n.name: _places(n.plan) for n in plans}).fillna(0.0), 0.5),
        _differing(pd.DataFrame({n.name: _flows(n) for n in plans}).fillna(0.0), 0.05),
        pd.DataFrame({named.name: _parties(named) for named in plans}).fillna(0.0),
    )


def _unique(plans: Sequence[Named]) -> list[Named]:
    """Names that occur twice are numbered."""
    seen: dict[str, int] = {}
    out = []
    for named in plans:
        seen[named.name] = seen.get(named.name, 0) + 1
        again = seen[named.name]
        out.append(named if again == 1 else Named(f"{named.name} ({again})", named.network, named.plan))
    return out


def _figures(plan: Plan) -> dict[str, float | None]:
    known: Mapping[str, Any] = {"bound": plan.bound, **plan.kpis, "objective": plan.objective}
    return {name: known.get(name) for name in FIGURES}


def _places(plan: Plan) -> pd.Series[float]:
    """What is opened, leased or admitted: (kind, name) -> 1; a lease counts with each of its starts."""
    rows: dict[tuple[str, str], float] = {}
    for w in plan.tables["sites"]["warehouse"]:
        rows["warehouse", str(w)] = 1.0
    for w, n, t in plan.tables["leases"][["warehouse", "tier", "start"]].itertuples(index=False):
        rows["lease", f"{w}, {n}, from period {t}"] = 1.0
    for h, k in plan.tables["hubs"].itertuples(index=False):
        rows["hub", f"{h}, {k}"] = 1.0
    for f, b in plan.tables["admissions"].itertuples(index=False):
        rows["admission", f"{f} at {b}"] = 1.0
    return _series(rows, ["kind", "name"])


def _series(rows: Mapping[tuple[str, str], float], names: list[str]) -> pd.Series[float]:
    index = (
        pd.MultiIndex.from_tuples(list(rows), names=names)
        if rows
        else pd.MultiIndex.from_arrays([[], []], names=names)
    )
    return pd.Series(list(rows.values()), index=index, dtype=float)


def _flows(named: Named) -> pd.Series[float]:
    """m3 by market and source."""
    volumes = unit_m3(named.network)
    rows: dict[tuple[str, str], float] = {}
    for table, source in (("deliveries", "warehouse"), ("parcels", "service")):
        frame = named.plan.tables[table]
        for key, value in counted(frame, volumes).groupby([frame["market"], frame[source]]).sum().items():
            rows[key] = rows.get(key, 0.0) + float(value)  # type: ignore[index, call-overload]
    return _series(rows, ["market", "from"])


def _differing(frame: pd.DataFrame, least: float) -> pd.DataFrame:
    """Rows whose values differ by at least ``least``, the largest differences first."""
    spread = frame.max(axis=1) - frame.min(axis=1)
    kept = spread[spread >= least].sort_values(ascending=False, kind="stable")
    return frame.loc[kept.index]


def _parties(named: Named) -> pd.Series[float]:
    costs = named.plan.kpis.get("cost_by_firm", {})
    order = [*(row.firm for row in named.network.rows(Firm)), OPERATOR]
    return pd.Series({firm: float(costs[firm]) for firm in order if firm in costs}, dtype=float)
