"""Tables of a report: the same for a page and for a workbook."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from .words import Words

Cell = str | float | int | dt.date | None
"""A value as it is; None is unknown, an empty text is nothing."""


class Kind(StrEnum):
    """What a column holds, and so how it is shown."""

    TEXT = "text"
    DATE = "date"
    MONEY = "money"
    RATE = "rate"
    COUNT = "count"
    NUMBER = "number"
    SHARE = "share"
    DAYS = "days"


@dataclass(frozen=True)
class Column:
    """A heading (with the unit in words where there is one) and what stands below it.

    ``adds`` says that the column may be added up.
    """

    heading: str
    kind: Kind = Kind.TEXT
    adds: bool = False

    @property
    def is_number(self) -> bool:
        """Whether its cells are numbers."""
        return self.kind not in (Kind.TEXT, Kind.DATE)


@dataclass(frozen=True)
class Table:
    """Rows under columns.

    ``total`` is the label of a last row with the sums of the columns that add up; empty: no such row.
    ``shown`` rows stand on the page, a workbook has all.  ``chart`` is the column that a workbook draws.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: str = ""
    note: str = ""
    shown: int = 40
    chart: int | None = None

    def sums(self) -> tuple[Cell, ...]:
        """The cells of the last row."""
        return tuple(
            self.total if i == 0 else _sum([row[i] for row in self.rows]) if column.adds else ""
            for i, column in enumerate(self.columns)
        )


def _sum(cells: Sequence[Cell]) -> float | None:
    numbers = [cell for cell in cells if isinstance(cell, int | float)]
    return None if None in cells else float(sum(numbers))


def shown(cell: Cell, kind: Kind, words: Words) -> str:
    """A cell as text."""
    if cell is None:
        return words("unknown")
    if isinstance(cell, str):
        return cell
    if isinstance(cell, dt.date):
        return words.date(cell)
    if kind is Kind.SHARE:
        return words.percent(cell)
    if kind is Kind.COUNT:
        return f"{cell:,.0f}"
    if kind is Kind.DAYS:
        return f"{cell:,.1f}"
    if kind is Kind.RATE:
        return f"{cell:,.2f}"
    return words.amount(float(cell))
