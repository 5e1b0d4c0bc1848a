"""A network as an Excel workbook with one sheet per table."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import chain, islice
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils import get_column_letter

from ..findings import Finding, InputError
from ..network import Network
from ..tables import KEYS, TABLES, Row
from .cells import TITLES, Sheet, add_line, columns, header_place, name_columns, text, twice, unknown_table
from .names import column_of, table_of
from .xlsx_guard import hidden, merged, refusal
from .xlsx_ids import Place, id_columns, id_text, lost_zeros, not_text, pads

LONGEST_TEXT = 32767
"""Most characters Excel keeps in a cell."""
Values = tuple[Any, ...]


def read_sheets(path: Path, findings: list[Finding]) -> list[Sheet]:
    """The tables found in a workbook; formulas count as the value last computed.

    Sheets whose name starts with ``#`` are notes.
    """
    try:
        if refused := refusal(path):
            findings.append(refused)
            return []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of openpyxl, about styles it does not know
            return _Reader(path, findings).sheets()
    except Exception as error:  # zipfile and openpyxl raise almost anything for a damaged file
        cause = f"the file cannot be read as a workbook ({type(error).__name__}: {error})"
        findings.append(Sheet("", path.name, []).error("broken-xlsx", cause, "save it again as .xlsx"))
        return []


class _Reader:
    """One reading of a workbook."""

    def __init__(self, path: Path, findings: list[Finding]):
        self.path, self.findings = path, findings
        self.numbers: dict[str, list[tuple[Place, str]]] = {}
        """Identifiers held as numbers, by table."""

    def sheets(self) -> list[Sheet]:
        """All tables of the workbook."""
        with closing(load_workbook(self.path, read_only=True, data_only=True)) as book:
            pages = self._pages(book)
            sheets = [sheet for table, page in pages.items() for sheet in self._sheet(table, page)]
        self.findings += lost_zeros(sheets, self.numbers)
        return sheets

    def _pages(self, book: Any) -> dict[str, Any]:
        """The pages that hold tables, by table."""
        self.padded = any(map(pads, book._number_formats))
        pages: dict[str, Any] = {}
        for page in book.worksheets:
            page.reset_dimensions()  # what the file says of its size is often wrong, and may be huge
            table = table_of(page.title)
            if page.title.startswith("#") or not any(_rows(page)):
                continue
            if table is None:
                self.findings.append(unknown_table(self.path.name, page.title, "sheet"))
            elif table in pages:
                self.findings.append(twice(self.path.name, table, pages[table].title))
            else:
                pages[table] = page
        return pages

    def _sheet(self, table: str, page: Any) -> Iterator[Sheet]:
        """The sheet of a page, if it can be read."""
        sheet = Sheet(table, self.path.name, [], title=page.title)
        if page.sheet_state != "visible":
            self.findings.append(hidden(sheet))
            return
        content = page._get_source().read()
        rows = _rows(page)
        first = list(islice(rows, TITLES))
        place = header_place(table, [list(map(_text, values)) for _, values in first])
        sheet.header, values = first[place]
        if found := merged(sheet, content):
            self.findings += found
            return
        header = _trimmed(map(_text, values))
        letters = {column_of(table, name): get_column_letter(i) for i, name in enumerate(header, 1) if name}
        sheet.letters = letters
        sheet.columns = name_columns(sheet, header, self.findings)
        if b"<f" in content or b't="e"' in content:
            self._formulas(sheet, page)
        self._fill(sheet, chain(first[place + 1 :], rows), _formats(page) if self.padded else {})
        sheet.columns = [column for column in sheet.columns if column]
        yield sheet

    def _fill(
        self, sheet: Sheet, rows: Iterator[tuple[int, Values]], formats: dict[tuple[int, int], str]
    ) -> None:
        width, ids = len(sheet.columns), id_columns(sheet)
        for number, values in rows:
            cells = [_text(value) for value in values]
            for i in ids:
                if i < len(values) and values[i] is not None and not isinstance(values[i], str):
                    cells[i] = self._id(sheet, number, i, values[i], formats.get((number, i), ""))
            cells += [""] * (width - len(cells))
            add_line(sheet, number, cells, self.findings)

    def _id(self, sheet: Sheet, row: int, column: int, value: object, number_format: str) -> str:
        """The text of an identifier that is no text in the workbook."""
        place = (row, sheet.columns[column])
        shown = id_text(value, number_format)
        if shown is None:
            self.findings.append(not_text(sheet, place, value))
            return str(value)
        if not shown.startswith("0"):
            self.numbers.setdefault(sheet.table, []).append((place, shown))
        return shown

    def _formulas(self, sheet: Sheet, page: Any) -> None:
        """Findings for formulas without a value, or with an error."""
        with closing(load_workbook(self.path, read_only=True)) as book:
            source = book[page.title]
            source.reset_dimensions()
            pairs = zip(page.iter_rows(), source.iter_rows(), strict=True)
            for row, (shown, written) in enumerate(pairs, 1):
                for i, (cell, formula) in enumerate(zip(shown, written, strict=True)):
                    missing = formula.data_type == "f" and cell.value is None
                    if missing or cell.data_type == "e":
                        self._formula(sheet, row, i, cell.value)

    def _formula(self, sheet: Sheet, row: int, i: int, value: object) -> None:
        column = sheet.columns[i] if i < len(sheet.columns) else ""
        cause = (
            f"the formula gives {value}" if value else "the formula has no value, since it was never computed"
        )
        remedy = (
            "correct it, or paste its value" if value else "open and save the file in Excel, or paste values"
        )
        self.findings.append(sheet.error("formula-without-value", cause, remedy, row, column, value or ""))
        sheet.reported.add((row, column))


def _rows(page: Any) -> Iterator[tuple[int, Values]]:
    """Numbered rows that are not blank."""
    for number, values in enumerate(page.iter_rows(values_only=True), 1):
        if any(value is not None and value != "" for value in values):
            yield number, values


def _formats(page: Any) -> dict[tuple[int, int], str]:
    """Number formats that show leading zeros, by row and position."""
    return {
        (number, i): cell.number_format
        for number, cells in enumerate(page.iter_rows(), 1)
        for i, cell in enumerate(cells)
        if cell.value is not None and pads(cell.number_format)
    }


def _trimmed(cells: Any) -> list[str]:
    kept = list(cells)
    while kept and not kept[-1]:
        kept.pop()
    return kept


def _text(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        value = value.date()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    return text(value)


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
    page.freeze_panes = "A2"
    # openpyxl leaves the size out when it streams, so that whoever opens the file would scan it all first
    page.calculate_dimension = lambda: f"A1:{get_column_letter(len(names))}{len(rows) + 1}"
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
