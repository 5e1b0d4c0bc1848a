"""The figures of a network that hold a plan back, and where each of them stands in the compiled model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ...instances.network import Network
from ...instances.tables import KEYS, TABLES, Row

Side = Literal["upper", "lower", "both"]


@dataclass(frozen=True)
class Cell:
    """One figure: table, values of the row's key, column."""

    table: str
    key: tuple[Any, ...]
    column: str

    @property
    def rule(self) -> str:
        """The group that the cell belongs to: ``table.column``."""
        return f"{self.table}.{self.column}"

    @property
    def row(self) -> str:
        """The row's key as findings show it."""
        return ", ".join(str(value) for value in self.key)

    def find(self, network: Network) -> Row:
        """The row of the cell.  Raises ``KeyError`` where the network has none."""
        found = network.by_key(TABLES[self.table])
        if not KEYS[self.table]:
            return network.rows(TABLES[self.table])[0]
        return found[self.key[0] if len(self.key) == 1 else self.key]


@dataclass(frozen=True)
class Touch:
    """Where a limit acts: a row, or the bound of a column.

    A unit more of the limit moves that row or bound by ``per_unit`` in the direction that helps, but only
    where one of the columns ``gate`` is 1 (none: always).  ``price`` is what a unit of the *row* costs in
    money; ``base`` the bound of a column as the limit stands.
    """

    at: int
    per_unit: float = 1.0
    side: Side = "upper"
    is_bound: bool = False
    gate: tuple[int, ...] = ()
    price: float = 0.0
    base: float = 0.0


@dataclass(frozen=True)
class Limit:
    """A figure that holds plans back.

    ``way`` is 1 where a higher figure leaves more room and -1 where a lower one does; ``value`` is the
    figure (1 for a switch that is on), ``most`` the furthest it is useful to move it.
    """

    cell: Cell
    words: str
    value: float
    way: int = 1
    whole: bool = False
    most: float = float("inf")
    switch: bool = False
    touches: list[Touch] = field(default_factory=list)


@dataclass(frozen=True)
class Rule:
    """A kind of limit: what it is called, which way it eases, and whether it counts in whole numbers."""

    words: str
    way: int = 1
    whole: bool = False
    switch: bool = False
    most: float | None = None


RULES: Mapping[str, Rule] = {
    "sales.unmet_share": Rule("demand that must be served", most=1.0),
    "products.safety_days": Rule("safety stock", -1),
    "stock.target": Rule("stock wanted at the end", -1),
    "warehouses.storage_m3": Rule("most stock in a warehouse"),
    "warehouses.throughput_m3_month": Rule("most deliveries from a warehouse"),
    "tiers.storage_m3": Rule("most stock in a leased tier"),
    "tiers.throughput_m3_month": Rule("most deliveries from a leased tier"),
    "tier_families.storage_m3": Rule("most stock of a family in a tier"),
    "tier_families.throughput_m3_month": Rule("most deliveries of a family from a tier"),
    "warehouses.state": Rule("warehouse that must be leased", -1, True, True),
    "hubs.storage_m3": Rule("most goods held over at a hub"),
    "hubs.state": Rule("hub that must be open", -1, True, True),
    "hub_levels.capacity_m3_month": Rule("most goods taken in by a hub"),
    "hub_families.capacity_m3_month": Rule("most goods of a family taken in by a hub"),
    "lanes.capacity_m3_month": Rule("most goods on a lane"),
    "lane_containers.max_month": Rule("most containers on a lane"),
    "periods.max_openings": Rule("most leases that start in a period", whole=True),
    "periods.min_openings": Rule("least leases that start in a period", -1, True),
    "periods.max_sites": Rule("most leased warehouses in a period", whole=True),
    "periods.min_covered": Rule("least markets fully served", -1, True),
    "settings.single_source": Rule("one warehouse per product and market", -1, True, True),
    "settings.co2_cap": Rule("cap on emissions"),
    "settings.operator_cash": Rule("cash of the operator"),
    "settings.operator_limit": Rule("overdraft of the operator"),
    "firms.opening_cash": Rule("cash of a firm at the start"),
    "firms.min_cash": Rule("least cash of a firm", -1),
    "firms.credit_limit": Rule("credit limit of a firm"),
    "firms.emergency_limit": Rule("emergency credit of a firm"),
    "funders.line": Rule("line of a funder"),
    "funders.loss_cap": Rule("expected loss of a funder", most=1.0),
    "funders.max_firm_share": Rule("most of a funder's line for one firm", most=1.0),
    "funders.min_ticket": Rule("smallest loan of a funder", -1),
    "guarantees.line": Rule("guarantees of a core firm for one relation"),
    "cores.guarantee_line": Rule("guarantees of a core firm in all"),
    "subsidies.budget": Rule("budget of a subsidy"),
}
"""Every kind of limit by ``table.column``."""
