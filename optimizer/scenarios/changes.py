"""A change of a network: rows of a table that fit a condition, and what happens to them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...instances.credit import with_annual_sales
from ...instances.findings import Finding, InputError
from ...instances.network import Network
from ...instances.tables import KEYS, REFERENCES, TABLES, Row, Status

NOT_COPIED = ("stock", "pipeline", "demand")
"""Tables whose rows belong to one place alone: a copied place starts empty."""


class Change(BaseModel):
    """One change: the rows of ``table`` that fit ``where`` are set, multiplied, added to, left out or copied.

    ``where`` maps a column to a value, a list of values, a pattern with ``*`` or a range ``{from, to}``; a
    column may follow references (``lane.mode``, ``lane.warehouse.zone``), and ``period`` takes dates.
    ``rows`` are new rows; ``copy_as`` repeats the one row that fits, with all that refers to it, under a new
    identifier.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    table: str
    where: dict[str, Any] = Field(default_factory=dict)
    set: dict[str, Any] = Field(default_factory=dict)
    multiply: dict[str, float] = Field(default_factory=dict)
    add: dict[str, float] = Field(default_factory=dict)
    exclude: bool = False
    rows: list[dict[str, Any]] = Field(default_factory=list)
    copy_as: str | None = None

    @property
    def acts(self) -> bool:
        """Whether it does anything at all."""
        return bool(self.set or self.multiply or self.add or self.exclude or self.rows or self.copy_as)


@dataclass(frozen=True)
class Origin:
    """Where a change was written: file, scenario, number of the change from 1."""

    file: str
    scenario: str
    number: int

    def finding(self, cause: str, remedy: str, column: str = "", value: Any = "") -> Finding:
        """An error of the change."""
        where = f"scenario '{self.scenario}', change {self.number}"
        return Finding("wrong-scenario", "error", where, None, column, str(value), cause, remedy, self.file)


def apply_changes(network: Network, changes: Iterable[tuple[Change, Origin]]) -> Network:
    """The network with all changes made, one after the other.

    A credit limit that rests on a firm's sales rests on those before the changes: demand that only a
    scenario raises is no reason to lend more.

    Raises ``InputError`` for an unknown table or column, a value that does not belong there, and a
    condition that no row fits.
    """
    changes = tuple(changes)
    network = with_annual_sales(network) if changes else network
    for change, origin in changes:
        network = _Changer(network, change, origin).changed()
    return network


class _Changer:
    def __init__(self, network: Network, change: Change, origin: Origin):
        self.network, self.change, self.origin = network, change, origin
        if change.table not in TABLES:
            self._fail("there is no such table", f"use one of {', '.join(TABLES)}", "table", change.table)
        self.kind = TABLES[change.table]
        for name in (*change.set, *change.multiply, *change.add):
            self._column(change.table, name)

    def _fail(self, cause: str, remedy: str, column: str = "", value: Any = "") -> None:
        raise InputError([self.origin.finding(cause, remedy, column, value)])

    def _column(self, table: str, name: str) -> None:
        columns = TABLES[table].model_fields
        if name not in columns:
            self._fail(f"table {table} has no such column", f"use one of {', '.join(columns)}", name)

    def changed(self) -> Network:
        change, old = self.change, self._rows
        moves = change.set or change.multiply or change.add or change.exclude
        if not change.acts:
            self._fail("it changes nothing", "give set, multiply, add, exclude, rows or copy_as")
        network = self.network
        if moves:
            fits = self._fitting(old)
            rows = tuple(self._new(row) if id(row) in fits else row for row in old)
            network = network.replace(**{change.table: rows})
        if change.copy_as:
            network = self._copied(network)
        if change.rows:
            rows = (*(network.all_rows(self.kind) or old), *(self._row(values) for values in change.rows))
            network = network.replace(**{change.table: rows})
        return network

    @cached_property
    def _rows(self) -> tuple[Row, ...]:
        """The rows of the table; where there are none the standard ones in force, such as ratings."""
        return self.network.all_rows(self.kind) or self.network.rows(self.kind)

    @cached_property
    def _filled(self) -> dict[int, Row]:
        """By row: the row with what ratings fill in, on which conditions and figures rest."""
        given = self.network.given(self.kind)
        return {id(row): now for row, now in zip(given, self.network.rows(self.kind), strict=False)}

    def _fitting(self, rows: Sequence[Row]) -> set[int]:
        found = {
            id(row)
            for row in rows
            if row.status is Status.INCLUDE and self._fits(self._filled.get(id(row), row))
        }
        if not found:
            self._fail(
                "no row of the network fits the condition", "correct the condition", "where", self._where
            )
        return found

    @property
    def _where(self) -> str:
        return ", ".join(f"{column} = {wanted}" for column, wanted in self.change.where.items())

    def _fits(self, row: Row) -> bool:
        return all(
            _matches(self._value(self.change.table, row, name), wanted, self.network)
            for name, wanted in self.change.where.items()
        )

    def _value(self, table: str, row: Row, path: str) -> Any:
        name, _, rest = path.partition(".")
        self._column(table, name)
        value = getattr(row, name)
        if not rest or value is None:
            return value
        for target in REFERENCES.get((table, name), ()):
            if value in self._keyed[target]:
                return self._value(target, self._keyed[target][value], rest)
        if (table, name) not in REFERENCES:
            self._fail(f"column {name} of {table} refers to no table", "leave out what follows the dot", path)
        return None

    @cached_property
    def _keyed(self) -> dict[str, dict[Any, Row]]:
        return {
            target: self.network.by_key(TABLES[target])
            for targets in REFERENCES.values()
            for target in targets
        }

    def _new(self, row: Row) -> Row:
        change, values = self.change, dict(self.change.set)
        for name, factor in change.multiply.items():
            values |= self._number(row, name, lambda value, factor=factor: value * factor)
        for name, amount in change.add.items():
            values |= self._number(row, name, lambda value, amount=amount: value + amount)
        if change.exclude:
            values["status"] = Status.EXCLUDE
        return self._row(row.model_dump() | values)

    def _number(self, row: Row, name: str, move: Any) -> dict[str, Any]:
        """A moved figure; one that is missing stays missing, a whole one stays whole."""
        value = getattr(self._filled.get(id(row), row), name)
        if value is None:
            return {}
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._fail("the column holds no numbers", "use set instead", name, value)
        moved = move(value)
        return {name: math.floor(moved + 1e-9) if isinstance(value, int) else moved}

    def _row(self, values: Mapping[str, Any]) -> Row:
        try:
            return self.kind.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            column = ".".join(str(part) for part in first["loc"])
            self._fail(str(first["msg"]).lower(), "correct the value", column, first.get("input", ""))
            raise

    def _copied(self, network: Network) -> Network:
        key = KEYS[self.change.table]
        fitting = [r for r in network.rows(self.kind) if self._fits(r)]
        if len(fitting) != 1 or len(key) != 1:
            cause = f"{len(fitting)} rows fit; exactly one row of a table with one key column can be copied"
            self._fail(cause, "correct the condition", "where", self._where)
        taken = set(network.by_key(self.kind))
        assert self.change.copy_as is not None
        if self.change.copy_as in taken:
            self._fail("the identifier is taken", "choose another", "copy_as", self.change.copy_as)
        return copy_row(network, self.change.table, getattr(fitting[0], key[0]), self.change.copy_as)


def copy_row(network: Network, table: str, old: Any, new: str) -> Network:
    """The network with a row and all that refers to it once more, under the identifier ``new``.

    Rows that are referred to in turn (the lanes of a warehouse) get their own identifier and ``new``.
    """
    names = {(table, old): new}
    waiting = [(table, old)]
    added: dict[str, list[Row]] = {}
    row = network.by_key(TABLES[table])[old]
    added.setdefault(table, []).append(row.model_copy(update={KEYS[table][0]: new}))
    while waiting:
        at, key = waiting.pop()
        for (name, column), targets in REFERENCES.items():
            if at in targets and name not in NOT_COPIED and _owned(name, column):
                for old_row in network.rows(TABLES[name]):
                    if getattr(old_row, column) == key:
                        copy = old_row.model_copy(update={column: names[at, key]})
                        copy = _renamed(name, copy, column, new, names, waiting)
                        added.setdefault(name, []).append(copy)
    for name, rows in added.items():
        network = network.replace(**{name: (*network.all_rows(TABLES[name]), *rows)})
    return network


def _owned(table: str, column: str) -> bool:
    """Whether rows of the table live through what the column refers to."""
    return column != "period" and table not in ("trades", "pipeline")


def _renamed(
    table: str,
    row: Row,
    column: str,
    new: str,
    names: dict[tuple[str, Any], str],
    waiting: list[tuple[str, Any]],
) -> Row:
    key = KEYS[table]
    if len(key) != 1 or key[0] == column:
        return row
    old = getattr(row, key[0])
    names[table, old] = f"{old}-{new}"
    waiting.append((table, old))
    return row.model_copy(update={key[0]: names[table, old]})


def _matches(value: Any, wanted: Any, network: Network) -> bool:
    if isinstance(wanted, list):
        return any(_matches(value, each, network) for each in wanted)
    if isinstance(wanted, dict):
        return _within(value, wanted, network)
    if isinstance(wanted, str) and isinstance(value, str):
        return fnmatchcase(str(value), wanted)
    return bool(value == wanted)


def _within(value: Any, wanted: Mapping[str, Any], network: Network) -> bool:
    low, high = wanted.get("from"), wanted.get("to")
    if isinstance(low or high, dt.date) and isinstance(value, int):
        start = network.settings.start + dt.timedelta(days=network.calendar.start(value))
        value = start
    if value is None or set(wanted) - {"from", "to"}:
        return False
    return (low is None or value >= low) and (high is None or value <= high)
