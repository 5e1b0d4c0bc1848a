"""Cells of a workbook: numbers with their format, texts that stay texts."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill

from ..report.table import Kind

FORMATS = {
    Kind.TEXT: "@",
    Kind.DATE: "yyyy-mm-dd",
    Kind.MONEY: "#,##0;[Red]-#,##0",
    Kind.RATE: "#,##0.00",
    Kind.COUNT: "#,##0",
    Kind.NUMBER: "#,##0.0",
    Kind.SHARE: "0.0%",
    Kind.DAYS: "0.0",
}
LONGEST = 32_000
"""Most characters of a text; Excel keeps 32,767."""
STARTS = ("=", "+", "-", "@", "\t", "\r")
"""Signs by which a spreadsheet takes a text for a formula."""
HEAD = PatternFill("solid", "FFD9E2F3")
FACE = "Calibri"
BOLD, GREY = Font(FACE, 11, bold=True), Font(FACE, 11, color="FF718096")
TITLE = Font(FACE, 15, bold=True)
WRAPPED = Alignment(wrap_text=True, vertical="top")


def text_cell(page: Any, text: str, font: Font | None = None) -> Any:
    """A text that is never a formula, also after somebody edits it."""
    cell = WriteOnlyCell(page, ILLEGAL_CHARACTERS_RE.sub("", text)[:LONGEST] or None)
    if cell.value is not None:
        cell.data_type = "s"
        if text.startswith(STARTS):
            cell.quotePrefix = True
    if font:
        cell.font = font
    return cell


def number_cell(page: Any, value: Any, kind: Kind, font: Font | None = None) -> Any:
    """A number, date or text in the format of its column; a text among numbers is right-aligned."""
    if isinstance(value, str):
        cell = text_cell(page, value, font)
        if kind not in (Kind.TEXT, Kind.DATE):
            cell.alignment = Alignment(horizontal="right")
        return cell
    cell = WriteOnlyCell(page, value)
    cell.number_format = FORMATS[kind]
    if font:
        cell.font = font
    return cell


def formula_cell(page: Any, formula: str, kind: Kind) -> Any:
    """A formula of our own making (it must hold no text of others), in bold."""
    cell = WriteOnlyCell(page, formula)
    cell.number_format, cell.font = FORMATS[kind], BOLD
    return cell


def head_cell(page: Any, text: str, note: str = "") -> Any:
    """A heading, with a note where there is one."""
    cell = text_cell(page, text, BOLD)
    cell.fill, cell.alignment = HEAD, WRAPPED
    if note:
        cell.comment = Comment(note, "clusterlane", width=300, height=90)
    return cell


def sheet_name(title: str, taken: Iterable[str]) -> str:
    """A name that Excel accepts for a sheet and that no other has."""
    plain = re.sub(r"[\[\]:*?/\\']", " ", title).strip()[:28] or "sheet"
    used = {name.lower() for name in taken}
    names = (plain, *(f"{plain} {number}" for number in range(2, 100)))
    return next(name for name in names if name.lower() not in used)


def width(cells: Iterable[object]) -> float:
    """A width for a column with these cells: Chinese signs are twice as wide."""
    longest = max((_length(cell) for cell in cells), default=8)
    return float(min(max(longest + 2, 9), 48))


def _length(cell: object) -> int:
    if isinstance(cell, float | int):
        return len(f"{cell:,.1f}")
    if isinstance(cell, dt.date):
        return 10
    return sum(1 if ord(sign) < 0x2E80 else 2 for sign in str(cell or ""))
