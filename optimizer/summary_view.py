"""What the sections of a summary share: names, dates and tables of a plan."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import pandas as pd

from ..instances.network import Network
from ..instances.tables import Firm, Hub, Lane, Product, Row, Warehouse
from .ledger_facts import complete
from .plan import OPERATOR, Plan
from .text import INDENT, amount

LONGEST_NAME = 40


class View:
    """A network and a plan of it, seen by a reader: names for identifiers, days for periods."""

    def __init__(self, network: Network, plan: Plan):
        self.network, self.plan = network, plan
        self.tables = complete(plan.tables)
        self.ledger = plan.ledger
        self.currency = network.settings.currency
        self.last = network.calendar.last

    @cached_property
    def firms(self) -> dict[str, Firm]:
        """Firms by identifier."""
        return self.network.by_key(Firm)

    @cached_property
    def warehouses(self) -> dict[str, Warehouse]:
        """Warehouses by identifier."""
        return self.network.by_key(Warehouse)

    @cached_property
    def hubs(self) -> dict[str, Hub]:
        """Hubs by identifier."""
        return self.network.by_key(Hub)

    @cached_property
    def lanes(self) -> dict[str, Lane]:
        """Lanes by identifier."""
        return self.network.by_key(Lane)

    def day(self, period: int) -> str:
        """The first day of a period."""
        return self._date(math.floor(self.network.calendar.start(period)))

    def last_day(self, period: int) -> str:
        """The last day of a period."""
        return self._date(math.ceil(self.network.calendar.end(period)) - 1)

    def _date(self, days: int) -> str:
        day = self.network.settings.start + dt.timedelta(days=days)
        return f"{day.day} {day:%b %Y}"

    def paid(self, terms: Sequence[str], **where: Any) -> float:
        """Sum of the ledger lines of some terms, where columns have these values (nominal)."""
        if self.ledger.empty:
            return 0.0
        wanted = self.ledger["term"].isin(terms)
        for column, value in where.items():
            wanted &= self.ledger[column] == value
        return float(self.ledger.loc[wanted, "amount"].sum())

    def party(self, identifier: str) -> str:
        """The name of a firm, or of the operator."""
        return "the operator" if identifier == OPERATOR else name(self.firms.get(identifier), identifier)


def name(row: Row | None, identifier: str) -> str:
    """A row's name, or its identifier where it has none; long ones are cut."""
    text = getattr(row, "name", "") or identifier
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…"


def rest(count: int, what: str, table: str, total: float | None = None, unit: str = "") -> list[str]:
    """The line that stands for rows not shown: how many, their total, and where they are."""
    if count <= 0:
        return []
    worth = "" if total is None else f", {amount(total, unit)} in all"
    return [f"{INDENT}… and {count} more {what}{worth}: see {table}.csv"]


def volume(view: View, table: str) -> pd.Series[float]:
    """Volume in m3 of each row of a plan table with products and quantities."""
    sizes = {row.product: row.volume_m3 for row in view.network.rows(Product)}
    frame = view.tables[table]
    return frame["quantity"] * frame["product"].map(sizes).astype(float)
