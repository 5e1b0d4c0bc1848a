"""A network as a JSON file: ``{table: [rows]}``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..findings import Finding
from ..network import Network
from ..tables import KEYS, TABLES, Row
from .cells import Cells, Sheet, expectation, fits, text, twice, unknown_table, value_type
from .encoding import decode
from .names import column_of, table_of


def read_sheets(path: Path, findings: list[Finding]) -> list[Sheet]:
    """The tables found in a JSON file."""
    sheets: dict[str, Sheet] = {}
    for name, rows in _load(path, findings).items():
        table = table_of(name)
        if name == "$schema":
            continue
        if table is None:
            findings.append(unknown_table(path.name, name, "entry"))
        elif table in sheets:
            findings.append(twice(path.name, table, sheets[table].title))
        else:
            sheets[table] = Sheet(table, path.name, [], title=name)
            _read_rows(sheets[table], rows, findings)
    return [sheet for sheet in sheets.values() if sheet.lines]


def _read_rows(sheet: Sheet, rows: object, findings: list[Finding]) -> None:
    if isinstance(rows, list):
        _fill(sheet, rows, findings)
    else:
        findings.append(sheet.error("broken-json", "the table is not a list", "write a list of rows"))


def _load(path: Path, findings: list[Finding]) -> dict[str, Any]:
    sheet = Sheet("", path.name, [])
    try:
        content = json.loads(decode(path.read_bytes()), object_pairs_hook=_unique)
    except UnicodeDecodeError:
        findings.append(
            sheet.error(
                "not-utf8", "the text is encoded neither in UTF-8 nor in GB18030", "save the file in UTF-8"
            )
        )
    except (ValueError, RecursionError) as error:
        remedy = "correct the file at this place"
        findings.append(sheet.error("broken-json", f"the file is not JSON ({error})", remedy))
    else:
        if isinstance(content, dict):
            return content
        remedy = 'write {"settings": [{…}], "periods": [{…}, …], …}'
        findings.append(sheet.error("broken-json", "the file is not an object of tables", remedy))
    return {}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"'{twice}' appears twice in one object")
    return result


def _fill(sheet: Sheet, rows: list[Any], findings: list[Finding]) -> None:
    seen: dict[str, None] = {}
    for number, entry in enumerate(rows, 1):
        if isinstance(entry, dict):
            row = {column_of(sheet.table, name): value for name, value in entry.items()}
            if len(row) < len(entry):
                cause, remedy = "a column is there twice, under two names", "keep one column of this name"
                findings.append(sheet.error("duplicate-column", cause, remedy, number))
            seen |= dict.fromkeys(row)
            sheet.lines.append((number, _cells(sheet, number, row, findings)))
        else:
            remedy = "write rows as objects {column: value}"
            findings.append(sheet.error("broken-json", "the row is not an object", remedy, number))
    sheet.columns = list(seen)


def _cells(sheet: Sheet, number: int, row: dict[str, Any], findings: list[Finding]) -> Cells:
    """Text cells of a row; a value of the wrong type is reported here, once."""
    kind = TABLES[sheet.table]
    cells: Cells = {}
    for column, value in row.items():
        if value is None:
            continue
        if column in kind.model_fields and not fits(value, value_type(kind, column)):
            cause = f"the value is {_name(value)}"
            remedy = f"write {expectation(kind, column)}"
            findings.append(sheet.error("unreadable-value", cause, remedy, number, column, json.dumps(value)))
            sheet.reported.add((number, column))
        elif shown := text(value).strip():
            cells[column] = shown
    return cells


def _name(value: object) -> str:
    names = {bool: "true or false", str: "text", int: "a number", float: "a number", list: "a list"}
    return names.get(type(value), "an object")


def write_file(network: Network, path: Path) -> None:
    """Write the tables that have rows; a row has its key and what differs from the defaults."""
    tables = {
        table: [row_object(table, row) for row in network.all_rows(kind)] for table, kind in TABLES.items()
    }
    content = json.dumps({t: rows for t, rows in tables.items() if rows}, ensure_ascii=False, indent=1)
    path.write_text(f"{content}\n", encoding="utf-8", newline="")


def row_object(table: str, row: Row) -> dict[str, Any]:
    """A row by column: its key and what differs from the defaults."""
    fields = TABLES[table].model_fields
    kept = {c for c in fields if c in KEYS[table] or getattr(row, c) != fields[c].default}
    return row.model_dump(mode="json", include=kept)
