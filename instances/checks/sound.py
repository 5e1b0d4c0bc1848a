"""The part of a network on which further checks can rely, and how checks report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from ..findings import Code, Finding, Severity
from ..network import Network
from ..tables import KEYS, REFERENCES, TABLES, Period, Row, Settings

NAMES = {kind: name for name, kind in TABLES.items()}


def key_text(row: Row) -> str:
    """The values of a row's key, as findings show them."""
    return ", ".join(str(getattr(row, column)) for column in KEYS[NAMES[type(row)]])


def at(code: Code, severity: Severity, row: Row, column: str, cause: str, remedy: str) -> Finding:
    """A finding about one cell of a row."""
    value = getattr(row, column) if column else None
    shown = "" if value is None else str(value)
    return Finding(code, severity, NAMES[type(row)], key_text(row), column, shown, cause, remedy)


def overall(code: Code, severity: Severity, table: str, cause: str, remedy: str) -> Finding:
    """A finding about a whole table."""
    return Finding(code, severity, table, None, "", "", cause, remedy)


def number(value: float) -> str:
    """A number for people: thousands separated, at most 4 decimals."""
    return f"{value:g}" if abs(value) >= 1e15 else f"{value:,.4f}".rstrip("0").rstrip(".")


def listed(names: Iterable[str], most: int = 4) -> str:
    """Names in order, the first few."""
    ordered = sorted(set(names))
    more = f" and {len(ordered) - most} more" if len(ordered) > most else ""
    return ", ".join(ordered[:most]) + more


def key_values(network: Network, table: str) -> set[Any]:
    """The values of a one-column key among the rows that take part."""
    return {getattr(row, KEYS[table][0]) for row in network.rows(TABLES[table])}


def dangling(network: Network) -> list[tuple[Row, str, tuple[str, ...]]]:
    """Rows that take part and refer to nothing: (row, column, tables searched)."""
    keys = {table: key_values(network, table) for targets in REFERENCES.values() for table in targets}
    return [
        (row, column, targets)
        for (table, column), targets in REFERENCES.items()
        for row in network.given(TABLES[table])
        if (value := getattr(row, column)) is not None and not any(value in keys[t] for t in targets)
    ]


def sound(network: Network) -> Network:
    """The rows that take part, each key once, referring to rows that are there; one settings row."""
    tables: dict[str, list[Row]] = {name: _unique(network.rows(kind), name) for name, kind in TABLES.items()}
    tables["settings"] = tables["settings"][:1] or [Settings(name="-", start=dt.date(2000, 1, 1))]
    while lost := {id(row) for row, _, _ in dangling(Network(tables))}:
        tables = {name: [row for row in rows if id(row) not in lost] for name, rows in tables.items()}
    return Network(tables)


def _unique(rows: Iterable[Row], table: str) -> list[Row]:
    first: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        first.setdefault(tuple(getattr(row, column) for column in KEYS[table]), row)
    return list(first.values())


def numbered(network: Network) -> bool:
    """Whether there are periods and they count 1, 2, …"""
    numbers = sorted(row.period for row in network.rows(Period))
    return bool(numbers) and numbers == list(range(1, len(numbers) + 1))


def rate(network: Network, currency: str | None) -> float | None:
    """Network currency per unit of a currency at the start, or ``None`` where no rate is given."""
    try:
        return network.exchange_rate(currency, 1)
    except (KeyError, IndexError):
        return None
