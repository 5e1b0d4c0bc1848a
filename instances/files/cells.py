"""Text cells to rows of a table and back; every format passes through here."""

from __future__ import annotations

import datetime as dt
import difflib
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from ..findings import Code, Finding
from ..tables import KEYS, TABLES, Row
from .names import column_of
from .values import canonical

Cells = dict[str, str]
"""The non-empty cells of a row as text, by column."""


TITLES = 5
"""Lines that are not blank among which the column names are looked for."""


@dataclass
class Sheet:
    """A table as it was read: its columns and its numbered rows of text cells."""

    table: str
    file: str
    columns: Sequence[str]
    lines: list[tuple[int, Cells]] = field(default_factory=list)
    reported: set[tuple[int, str]] = field(default_factory=set)
    """Cells (row, column) that are not in ``lines`` because a finding rejects them already."""
    letters: Mapping[str, str] = field(default_factory=dict)
    """In a workbook: the letter of each column."""
    title: str = ""
    """In a workbook: the name of the sheet."""
    header: int = 1
    """Row of the column names."""
    decimal_comma: bool = False
    """Whether ``1,200`` may mean 1.2, because the file separates cells by semicolons."""

    def error(
        self,
        code: Code,
        cause: str,
        remedy: str,
        row: int | None = None,
        column: str = "",
        value: object = "",
    ) -> Finding:
        """A finding of severity error in this sheet."""
        letter = self.letters.get(column, "")
        cell = f"{self.title}!{letter}{self.header if row is None else row}" if letter else ""
        return Finding(code, "error", self.table, row, column, str(value), cause, remedy, self.file, cell)


@cache
def _adapter(kind: type[Row]) -> TypeAdapter[Row]:
    return TypeAdapter(kind)


@cache
def value_type(kind: type[Row], column: str) -> type[Any]:
    """The type of a column's values, ``None`` left aside."""
    annotation = kind.model_fields[column].annotation
    if get_origin(annotation) in (types.UnionType, Union):
        annotation = next(t for t in get_args(annotation) if t is not type(None))
    assert isinstance(annotation, type)
    return annotation


def fits(value: object, wanted: type[Any]) -> bool:
    """Whether a typed value (JSON, XLSX) may stand for the wanted type: true is not a number."""
    if wanted is bool:
        return isinstance(value, bool)
    if wanted in (int, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)


def expectation(kind: type[Row], column: str) -> str:
    """What a cell of the column should hold: type, unit and range in words."""
    info, wanted = kind.model_fields[column], value_type(kind, column)
    if issubclass(wanted, Enum):
        return f"one of {', '.join(str(member.value) for member in wanted)}"
    if wanted is bool:
        return "true or false"
    if wanted is dt.date:
        return "a date such as 2026-01-31"
    if wanted is str:
        return "text"
    name = "a whole number" if wanted is int else "a number"
    return f"{name}{_unit(info)}{_range(info)}"


def unit_of(info: FieldInfo) -> str:
    """The unit of a column; ``-``: it has none, ``1``: a share."""
    extra = info.json_schema_extra
    return str(extra.get("unit", "-")) if isinstance(extra, dict) else "-"


def _unit(info: FieldInfo) -> str:
    unit = unit_of(info)
    return "" if unit in ("-", "1") else f" in {unit}"


def _range(info: FieldInfo) -> str:
    words = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
    limits = [
        f"{word} {getattr(m, name):g}"
        for m in info.metadata
        for name, word in words.items()
        if hasattr(m, name)
    ]
    return f", {' and '.join(limits)}" if limits else ""


def required(kind: type[Row]) -> list[str]:
    """Columns without a default."""
    return [name for name, info in kind.model_fields.items() if info.is_required()]


def closest(name: str, names: Iterable[str]) -> str:
    """A hint at the name that was probably meant, or an empty text."""
    match = difflib.get_close_matches(name.lower(), list(names), n=1)
    return f" (did you mean '{match[0]}'?)" if match else ""


def unknown_table(file: str, name: str, what: str) -> Finding:
    """The finding about a file, sheet or entry that is no table."""
    remedy = f"rename or delete the {what}{closest(name, TABLES)}"
    return Sheet("", file, []).error(
        "unknown-table", "no table has this name", remedy, value="" if what == "file" else name
    )


def twice(file: str, table: str, first: str) -> Finding:
    """The finding about a table that is there a second time."""
    cause = f"the table is there already, as {first!r}"
    return Sheet(table, file, []).error("duplicate-table", cause, "put all its rows into one")


def header_place(table: str, lines: Sequence[Sequence[str]]) -> int:
    """Which of the first lines names the columns: the first in which half of the cells are known names.

    Lines above it are titles.  If there is none, the first line is taken for it.
    """
    known = TABLES[table].model_fields
    for place, cells in enumerate(lines):
        names = [column_of(table, cell) in known for cell in cells if cell]
        if sum(names) * 2 >= max(len(names), 1):
            return place
    return 0


def name_columns(sheet: Sheet, header: list[str], findings: list[Finding]) -> list[str]:
    """The column names of a header line; "" for a column that must stay empty."""
    names = [column_of(sheet.table, name) if name else "" for name in header]
    for column in {c for c in names if c and names.count(c) > 1}:
        written = ", ".join(repr(h) for h, c in zip(header, names, strict=True) if c == column)
        cause, remedy = f"the column is there twice, as {written}", "keep one column of this name"
        findings.append(sheet.error("duplicate-column", cause, remedy, column=column))
    return names


def add_line(sheet: Sheet, number: int, cells: list[str], findings: list[Finding]) -> None:
    """Add a line of stripped cells under the sheet's columns; empty cells beyond them do no harm."""
    columns = sheet.columns
    while len(cells) > len(columns) and not cells[-1]:
        cells.pop()
    if len(cells) == len(columns) and "" not in columns:
        sheet.lines.append((number, {c: v for c, v in zip(columns, cells, strict=True) if v}))
        return
    stray = any(v for c, v in zip(columns, cells, strict=False) if not c)
    if len(cells) != len(columns):
        cause = f"the line has {len(cells)} cells, the header {len(columns)}"
        findings.append(sheet.error("ragged-line", cause, "give each column one cell", number))
    elif stray:
        cause, remedy = "the line has a value in a column without a name", "name or empty the column"
        findings.append(sheet.error("ragged-line", cause, remedy, number))
    else:
        pairs = zip(columns, cells, strict=True)
        sheet.lines.append((number, {c: v for c, v in pairs if c and v}))


def parse(sheet: Sheet, findings: list[Finding]) -> list[Row]:
    """The rows of a sheet; whatever cannot be read is added to ``findings``."""
    kind = TABLES[sheet.table]
    unknown = _check_columns(sheet, kind, findings)
    adapter, rows = _adapter(kind), []
    for number, cells in sheet.lines:
        for column in unknown & cells.keys():
            del cells[column]
        try:
            rows.append(adapter.validate_strings(cells, strict=True))
        except ValidationError:
            rows += _tolerant(sheet, number, cells, findings)
    return rows


def _tolerant(sheet: Sheet, number: int, cells: Cells, findings: list[Finding]) -> list[Row]:
    """The row whose cells are not written as the schema wants, as far as they make sense."""
    kind = TABLES[sheet.table]
    meant = {column: _canonical(sheet, column, cell) for column, cell in cells.items()}
    try:
        return [_adapter(kind).validate_strings(meant, strict=True)]
    except ValidationError as error:
        findings += [f for e in error.errors() if (f := _finding(sheet, kind, number, cells, e))]
    return []


def _canonical(sheet: Sheet, column: str, cell: str) -> str:
    kind = TABLES[sheet.table]
    unit = unit_of(kind.model_fields[column])
    return canonical(cell, value_type(kind, column), column, unit, sheet.decimal_comma)


def _check_columns(sheet: Sheet, kind: type[Row], findings: list[Finding]) -> set[str]:
    unknown = [column for column in sheet.columns if column not in kind.model_fields]
    for column in unknown:
        remedy = f"rename or delete the column{closest(column, kind.model_fields)}"
        findings.append(sheet.error("unknown-column", "no such column in this table", remedy, column=column))
    for column in required(kind):
        if column not in sheet.columns:
            cause = f"the column is required: {kind.model_fields[column].description}"
            remedy = f"add the column; each row needs {expectation(kind, column)}"
            findings.append(sheet.error("missing-column", cause, remedy, column=column))
    return set(unknown)


def _finding(sheet: Sheet, kind: type[Row], number: int, cells: Cells, error: Any) -> Finding | None:
    column = str(error["loc"][0])
    code, what = _meaning(error["type"])
    if (number, column) in sheet.reported or (code == "missing-value" and column not in sheet.columns):
        return None
    expected, meaning = expectation(kind, column), kind.model_fields[column].description
    if code == "unreadable-value" and value_type(kind, column) is float:
        expected += " (decimal point)"
    cause = f"{what} ({column}: {meaning})"
    return sheet.error(code, cause, f"enter {expected}", number, column, cells.get(column, ""))


def _meaning(error: str) -> tuple[Code, str]:
    if error in ("missing", "string_too_short"):
        return "missing-value", "the cell is empty"
    if error in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        return "out-of-range", "the number is out of range"
    if error == "finite_number":
        return "not-finite", "not a finite number (missing means absent: leave the cell empty)"
    return "unreadable-value", "the value cannot be read"


def columns(table: str, rows: Sequence[Row]) -> list[str]:
    """The columns to write: keys, required ones, and those with a value that is not the default."""
    fields = TABLES[table].model_fields
    wanted = {*KEYS[table], *required(TABLES[table])}
    used = {c for row in rows for c in row.model_fields_set if getattr(row, c) != fields[c].default}
    return [name for name in fields if name in wanted | used]


def text(value: Any) -> str:
    """A value as a cell; reading it back gives the same value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    return str(value)
