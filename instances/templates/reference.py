"""The reference of all tables and columns as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from ..files.names import second_names
from ..tables import TABLES
from .facts import Column, facts, key_of, purpose

HEAD = """\
# Tables and columns

Written by `clusterlane schema --as markdown` from the tables themselves; do not edit.

Money is in the row's `currency` (missing: the network's), volume in m3, weight in kg, durations in days,
rates per year, shares between 0 and 1 (`8 %` is understood). A month is 30 days. An empty cell means absent:
no limit, no cost, not offered. Every table also has `status` (`include` or `exclude`) and `notes`.
In brackets: Chinese names that are understood as well. Required columns are in bold.
"""


def reference() -> str:
    """All tables with their columns: unit, meaning, default, range, what they refer to."""
    return "\n".join([HEAD, *(line for table in TABLES for line in _table(table))])


def _table(table: str) -> Iterator[str]:
    yield f"## `{table}`{_also(table, '')}"
    yield ""
    yield f"{purpose(table)} Key: {key_of(table)}."
    yield ""
    yield "| column | unit | meaning | empty | values |"
    yield "|---|---|---|---|---|"
    for column in facts(table)[:-2]:
        yield f"| {' | '.join(_cells(table, column))} |"
    yield ""


def _cells(table: str, column: Column) -> tuple[str, ...]:
    name = f"**`{column.name}`**" if column.required else f"`{column.name}`"
    values = (
        f"in {' or '.join(f'`{target}`' for target in column.refers)}" if column.refers else column.expected
    )
    presence = "" if column.required else column.default or "absent"
    return name + _also(table, column.name), column.unit, column.meaning.replace("|", "/"), presence, values


def _also(table: str, column: str) -> str:
    names = second_names(table, column)
    return f" ({', '.join(names)})" if names else ""
