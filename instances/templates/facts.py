"""What a planner needs to know of a column."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any

from ..files.cells import expectation, text, unit_of, value_type
from ..tables import KEYS, REFERENCES, TABLES

NEEDED = frozenset(
    (
        *("settings", "periods", "clusters", "firms", "families", "products", "hubs", "haulage"),
        *("warehouses", "tiers", "lanes", "zones", "markets", "last_mile", "sales", "demand"),
    )
)
"""Tables without which nothing can be planned."""
LAST = ("status", "notes")
"""Columns of every table, shown after its own."""


@dataclass(frozen=True)
class Column:
    """One column: ``unit`` is empty where there is none; ``default`` is the text of a cell."""

    name: str
    unit: str
    meaning: str
    required: bool
    default: str
    kind: type[Any]
    choices: tuple[str, ...]
    refers: tuple[str, ...]
    expected: str
    limits: dict[str, float]

    @property
    def presence(self) -> str:
        """Whether the cell may be empty, and what that means."""
        return "required" if self.required else f"default {self.default}" if self.default else "may be empty"

    def note(self) -> str:
        """All that is known, in a few lines."""
        unit = f" ({self.unit})" if self.unit else ""
        lines = [f"{self.meaning[:1].upper()}{self.meaning[1:]}{unit}", self.presence, self.expected]
        return "\n".join([*lines, f"refers to {' or '.join(self.refers)}"] if self.refers else lines)


@cache
def facts(table: str) -> tuple[Column, ...]:
    """The columns of a table: its own in the order of the schema, then status and notes."""
    fields = TABLES[table].model_fields
    names = [name for name in fields if name not in LAST] + list(LAST)
    return tuple(_column(table, name) for name in names)


def _column(table: str, name: str) -> Column:
    kind = TABLES[table]
    info, wanted = kind.model_fields[name], value_type(kind, name)
    unit = unit_of(info)
    default = None if info.is_required() else info.default
    return Column(
        name=name,
        unit="" if unit in ("-", "id", "currency", "date") else "share" if unit == "1" else unit,
        meaning=info.description or "",
        required=info.is_required(),
        default=_default(default),
        kind=wanted,
        choices=tuple(str(member.value) for member in wanted) if issubclass(wanted, Enum) else (),
        refers=REFERENCES.get((table, name), ()),
        expected=expectation(kind, name),
        limits={w: getattr(m, w) for m in info.metadata for w in ("gt", "ge", "lt", "le") if hasattr(m, w)},
    )


def _default(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return str(value.value) if isinstance(value, Enum) else text(value)


def purpose(table: str) -> str:
    """What the rows of a table are."""
    return " ".join((TABLES[table].__doc__ or "").replace("``", "`").split())


def key_of(table: str) -> str:
    """The columns that identify a row, in words."""
    return " + ".join(KEYS[table]) or "one row"


def is_date(column: Column) -> bool:
    """Whether the column holds dates."""
    return column.kind is dt.date
