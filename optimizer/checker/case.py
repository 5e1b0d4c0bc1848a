"""A plan under examination: what the network says, the plan's usable rows, and how findings are made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from ...instances.findings import Finding
from ...instances.tables import Contract, TierFamily
from ..collateral import held
from ..ledger import ledger_of
from ..ledger_facts import Facts, Frame
from ..ledger_lines import cash_flows
from ..plan import Plan


@dataclass(frozen=True)
class Case:
    """A plan and its network; ``tables`` hold only rows that refer to what the network has.

    ``fresh``: ledger, key figures and collateral of the plan have just been made from its tables.
    """

    facts: Facts
    plan: Plan
    tables: dict[str, Frame]
    fresh: bool = False

    @cached_property
    def ledger(self) -> Frame:
        """The ledger as it should be."""
        return self.plan.ledger if self.fresh else ledger_of(self.facts, self.tables)

    @cached_property
    def loans(self) -> Frame:
        """The loan rows with their terms."""
        return self.facts.loan_terms(self.tables["loans"])

    @cached_property
    def held(self) -> Frame:
        """Collateral of every firm and kind at the end of each period."""
        return held(self.facts, self.tables)

    @cached_property
    def flows(self) -> Frame:
        """What each firm (and the operator) takes in less what it pays, by period."""
        return cash_flows(self.ledger)

    @cached_property
    def active(self) -> Frame:
        """(warehouse, tier, period) of running leases, with the tier's sizes."""
        rows = self.facts.lease_periods(self.tables["leases"])
        return rows[["warehouse", "tier", "period", "start", "storage_m3", "throughput_m3_month"]]

    @cached_property
    def leased(self) -> Frame:
        """Warehouses that are leased, not paid per use."""
        frame = self.facts.open_warehouses
        return frame[frame["contract"] == Contract.LEASE]

    @cached_property
    def tier_families(self) -> Frame:
        """(warehouse, family, period) sizes of running leases where a tier has sizes per family."""
        sizes = self.facts.frame(TierFamily).drop(columns=["status", "notes"])
        return self.active[["warehouse", "tier", "period"]].merge(sizes, on=["warehouse", "tier"])

    def loads(self, table: str) -> Frame:
        """Rows of a table of goods with firm, family, ``m3`` and ``kg``."""
        frame = self.tables[table]
        frame = frame[[c for c in frame if c not in ("firm", "volume_m3", "weight_kg")]]
        facts = self.facts.products[["firm", "cluster", "family", "volume_m3", "weight_kg"]]
        frame = frame.join(facts, on="product")
        return frame.assign(
            m3=frame["quantity"] * frame["volume_m3"], kg=frame["quantity"] * frame["weight_kg"]
        )


def report(
    rows: Frame, code: str, table: str, keys: list[str], cause: str, remedy: str, column: str = ""
) -> list[Finding]:
    """A finding for each row; ``cause`` names columns in braces, ``column`` is the figure at fault."""
    if not len(rows):
        return []
    return [
        Finding(
            code=code,
            severity="error",
            table=table,
            row=", ".join(str(row[key]) for key in keys),
            column=column,
            value=_text(row.get(column, "")) if column else "",
            cause=cause.format_map(row),
            remedy=remedy,
        )
        for row in rows.to_dict("records")
    ]


def _text(value: Any) -> str:
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def summed(frame: Frame, keys: list[str], column: str, name: str = "used") -> Frame:
    """Sums of a column by keys, as a frame with the column ``name``."""
    if not len(frame):
        return pd.DataFrame(
            {**{k: pd.Series(dtype=frame[k].dtype) for k in keys}, name: pd.Series(dtype=float)}
        )
    return frame.groupby(keys)[column].sum().rename(name).reset_index()
