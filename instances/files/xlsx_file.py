"""A network as an Excel workbook with one sheet per table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from ..findings import Finding, InputError
from ..network import Network
from ..tables import KEYS, TABLES, Row
from .cells import Sheet, add_line, closest, columns, name_columns, text

LONGEST_TEXT = 32767
"""Most characters Excel keeps in a cell."""


def read_sheets(path: Path, findings: list[Finding]) -> list[Sheet]:
    """The tables found in a workbook; formulas count as the value last computed."""
    try:
        pages = _pages(path)
    except Exception as error:  # openpyxl raises almost anything for a damaged file
        cause = f"the file cannot be read as a workbook ({type(error).__name__}: {error})"
        findings.append(Sheet("", path.name, []).error("broken-xlsx", cause, "save it again as .xlsx"))
        return []
    sheets = []
    for table, lines in pages.items():
        sheet = Sheet(table, path.name, [])
        if table in TABLES:
            sheets += _fill(sheet, iter(lines), findings)
        elif any(any(cells) for _, cells in lines):
            sheet.table = ""
            remedy = f"rename or delete the sheet{closest(table, TABLES)}"
            findings.append(sheet.error("unknown-table", "no table has this name", remedy, value=table))
    return sheets


def _pages(path: Path) -> dict[str, list[tuple[int, list[str]]]]:
    book = load_workbook(path, read_only=True, data_only=True)
    try:
        return {page.title: list(_lines(page)) for page in book.worksheets}
    finally:
        book.close()


def _lines(page: Any) -> Iterator[tuple[int, list[str]]]:
    for number, values in enumerate(page.iter_rows(values_only=True), 1):
        cells = [_text(value) for value in values]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield number, cells


def _text(value: object) -> str:
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        value = value.date()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    return text(value).strip()


def _fill(sheet: Sheet, lines: Iterator[tuple[int, list[str]]], findings: list[Finding]) -> list[Sheet]:
    header = next(lines, None)
    if header is None:
        return []
    sheet.columns = name_columns(sheet, header[1], findings)
    width = len(sheet.columns)
    for number, cells in lines:
        add_line(sheet, number, cells + [""] * (width - len(cells)), findings)
    sheet.columns = [column for column in sheet.columns if column]
    return [sheet]


def write_file(network: Network, path: Path) -> None:
    """Write each table that has rows (and ``settings``).

    Raises ``InputError`` for texts that a workbook cannot hold.
    """
    findings = [
        f for table, kind in TABLES.items() for row in network.all_rows(kind) for f in _unwritable(table, row)
    ]
    if findings:
        raise InputError(findings)
    book = Workbook(write_only=True)
    for table, kind in TABLES.items():
        rows = network.all_rows(kind)
        if rows or table == "settings":
            _write_page(book.create_sheet(table), columns(table, rows), rows)
    book.save(path)


def _write_page(page: Any, names: Sequence[str], rows: Sequence[Row]) -> None:
    page.append([_cell(page, name) for name in names])
    for row in rows:
        page.append([_cell(page, getattr(row, name)) for name in names])


def _unwritable(table: str, row: Row) -> list[Finding]:
    key = ", ".join(str(getattr(row, c)) for c in KEYS[table])
    cause = "a workbook holds no control characters and no text of more than 32,767 characters"
    remedy = "change the text, or write CSV or JSON"
    return [
        Finding("unwritable-text", "error", table, key, column, value, cause, remedy)
        for column, value in row
        if isinstance(value, str) and not _holds(value)
    ]


def _holds(value: str) -> bool:
    return len(value) <= LONGEST_TEXT and "\r" not in value and not ILLEGAL_CHARACTERS_RE.search(value)


def _cell(page: Any, value: object) -> Any:
    """Numbers as numbers to the last digit (openpyxl itself rounds to 16), the rest as text."""
    cell = WriteOnlyCell(page, text(value) or None)
    if cell.value is not None:
        cell.data_type = "n" if isinstance(value, int | float) and not isinstance(value, bool) else "s"
    return cell
