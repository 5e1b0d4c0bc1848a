"""A network workbook with what is wrong marked in its cells."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from ...instances.files.names import column_of, table_of
from ...instances.findings import Finding
from ...instances.network import Network
from ...instances.tables import KEYS
from ...instances.templates.workbook import write_workbook as write_template
from .cells import STARTS

LIST = "#findings"
"""The sheet that lists all findings; sheets whose name starts with # are not read as tables."""
HEADS = ("severity", "sheet", "cell", "value", "what is wrong", "what to do", "code")
ERROR, WARNING = PatternFill("solid", "FFF8B4B4"), PatternFill("solid", "FFFCE9A9")
MOST_NOTES = 8
"""Most findings told in the note of one cell."""
MOST_LISTED = 20_000


def write_marked(source: Path | Network, findings: Sequence[Finding], path: Path) -> None:
    """Write a copy of a workbook (or a workbook of a network) in which every finding is marked in its cell.

    Errors are red, warnings yellow, each with cause and remedy in the cell's note; a first sheet lists them
    all.  The copy can be corrected and read like the workbook itself.  A text is never made a formula.
    """
    book = _book(source)
    if LIST in book.sheetnames:
        del book[LIST]
    marker = _Marker(book)
    placed = [(finding, *marker.mark(finding)) for finding in findings]
    _list(book, placed)
    book.save(path)


def _book(source: Path | Network) -> Any:
    if isinstance(source, Path):
        return load_workbook(source)
    with tempfile.TemporaryDirectory() as room:
        plain = Path(room) / "network.xlsx"
        write_template(source, plain)
        return load_workbook(plain)


class _Marker:
    """Finds the cells of findings and marks them."""

    def __init__(self, book: Any):
        self.pages = {table: page for page in book.worksheets if (table := table_of(page.title))}
        self._columns: dict[str, dict[str, int]] = {}
        self._rows: dict[str, dict[str, int]] = {}
        self._told: dict[tuple[str, str], int] = {}

    def mark(self, finding: Finding) -> tuple[str, str]:
        """Mark one; its sheet and cell, empty where it has none."""
        page = self.pages.get(finding.table)
        if page is None:
            return "", ""
        row, column = self._row(finding), self._place(finding.table).get(finding.column, 1)
        cell = page.cell(row, column)
        if finding.severity == "error" or cell.fill.fgColor.rgb != ERROR.fgColor.rgb:
            cell.fill = ERROR if finding.severity == "error" else WARNING
        self._tell(page.title, cell, finding)
        if finding.severity == "error":
            page.sheet_properties.tabColor = "C53030"
        return page.title, f"{get_column_letter(column)}{row}"

    def _tell(self, title: str, cell: Any, finding: Finding) -> None:
        key = (title, cell.coordinate)
        self._told[key] = self._told.get(key, 0) + 1
        if self._told[key] > MOST_NOTES:
            return
        text = _plain(f"{finding.severity}: {finding.cause}. {finding.remedy}.")
        before = f"{cell.comment.text}\n\n" if cell.comment else ""
        cell.comment = Comment(f"{before}{text}", "clusterlane", width=340, height=140)

    def _row(self, finding: Finding) -> int:
        if isinstance(finding.row, int):
            return max(finding.row, 1)
        if finding.row is None:
            return self._head(finding.table)
        return self._keys(finding.table).get(finding.row, self._head(finding.table))

    def _head(self, table: str) -> int:
        """The row of the headings: the first that is not blank."""
        rows = self.pages[table].iter_rows(values_only=True)
        return next((n for n, values in enumerate(rows, 1) if any(v not in (None, "") for v in values)), 1)

    def _place(self, table: str) -> dict[str, int]:
        """Column -> its number, by its own name whatever the heading calls it."""
        if table not in self._columns:
            head = self.pages[table][self._head(table)]
            named = {column_of(table, str(cell.value)): cell.column for cell in head if cell.value}
            self._columns[table] = {**{str(cell.value): cell.column for cell in head if cell.value}, **named}
        return self._columns[table]

    def _keys(self, table: str) -> dict[str, int]:
        """Key of a row (its values joined by a comma) -> its number."""
        if table not in self._rows:
            places = [self._place(table).get(column) for column in KEYS[table]]
            first = self._head(table) + 1
            rows = enumerate(self.pages[table].iter_rows(min_row=first, values_only=True), first)
            self._rows[table] = {_key(values, places): number for number, values in rows}
        return self._rows[table]


def _key(values: Sequence[Any], places: Iterable[int | None]) -> str:
    found = [values[place - 1] if place else None for place in places]
    return ", ".join(_shown(value) for value in found)


def _shown(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return str(value.date())
    return "" if value is None else str(value)


def _list(book: Any, placed: Sequence[tuple[Finding, str, str]]) -> None:
    """The sheet of all findings, errors first, each with a link to its cell."""
    page = book.create_sheet(LIST, 0)
    page.append(HEADS)
    for cell in page[1]:
        cell.font = Font(bold=True)
    ordered = sorted(placed, key=lambda item: item[0].severity)
    for number, (finding, title, cell) in enumerate(ordered[:MOST_LISTED], 2):
        texts = (finding.severity, title or finding.table, cell, finding.value, finding.cause, finding.remedy)
        for column, text in enumerate((*texts, finding.code), 1):
            _text(page.cell(number, column), text)
        if cell:
            page.cell(number, 3).hyperlink = f"#'{title.replace(chr(39), chr(39) * 2)}'!{cell}"
            page.cell(number, 3).font = Font(color="FF2B6CB0", underline="single")
        page.cell(number, 1).fill = ERROR if finding.severity == "error" else WARNING
    page.freeze_panes = "A2"
    page.auto_filter.ref = f"A1:G{max(len(ordered), 1) + 1}"
    for letter, wide in zip("ABCDEFG", (10, 18, 9, 24, 70, 70, 26), strict=True):
        page.column_dimensions[letter].width = wide
    book.active = 0


def _text(cell: Any, text: str) -> None:
    cell.value = _plain(text) or None
    if cell.value is not None:
        cell.data_type = "s"
        cell.quotePrefix = cell.value.startswith(STARTS)


def _plain(text: str) -> str:
    return ILLEGAL_CHARACTERS_RE.sub("", text)[:2000]
