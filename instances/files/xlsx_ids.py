"""Identifiers in a workbook that Excel holds as numbers, dates or yes/no instead of text."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from ..findings import Finding
from ..tables import KEYS, REFERENCES, TABLES
from .cells import Sheet, unit_of

EXACT = 10**15
"""Excel keeps 15 digits of a number."""
_PADDED = re.compile(r"0{2,}")
Place = tuple[int, str]
"""Row and column."""
REMEDY = "format the column as text and enter the identifier again"


def id_columns(sheet: Sheet) -> list[int]:
    """Positions of the columns that hold identifiers."""
    fields = TABLES[sheet.table].model_fields
    return [i for i, c in enumerate(sheet.columns) if c in fields and unit_of(fields[c]) == "id"]


def pads(number_format: str) -> bool:
    """Whether a number format shows leading zeros (``000``)."""
    return bool(_PADDED.fullmatch(number_format))


def id_text(value: object, number_format: str = "") -> str | None:
    """The identifier that the cell shows; None where it may not be what was typed."""
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
    if not whole or abs(value) >= EXACT:  # type: ignore[arg-type]
        return None
    digits = str(int(value))  # type: ignore[call-overload]
    return digits.zfill(len(number_format)) if pads(number_format) else digits


def not_text(sheet: Sheet, place: Place, value: object) -> Finding:
    """The finding about an identifier that Excel may have changed."""
    what = (
        "yes or no" if isinstance(value, bool) else "a number" if isinstance(value, float | int) else "a date"
    )
    cause = f"the identifier is held as {what}, which may not be what was typed"
    return sheet.error("id-not-text", cause, REMEDY, *place, value)


def lost_zeros(sheets: Iterable[Sheet], numbers: dict[str, list[tuple[Place, str]]]) -> list[Finding]:
    """Findings for identifiers held as numbers (by table) that are text with leading zeros elsewhere.

    The number 7 in one sheet and the text 007 in another were meant to be the same.
    """
    padded: dict[str, dict[str, str]] = defaultdict(dict)
    pages = {sheet.table: sheet for sheet in sheets}
    for table, sheet in pages.items() if numbers else ():
        for column in (sheet.columns[i] for i in id_columns(sheet)):
            texts = {cells[column] for _, cells in sheet.lines if cells.get(column, "").startswith("0")}
            for domain in _domains(table, column):
                padded[domain].update({text.lstrip("0"): text for text in texts})
    return [
        pages[table].error("id-not-text", _lost(meant), REMEDY, *place, value)
        for table, cells in numbers.items()
        for place, value in cells
        for meant in {padded[d][value] for d in _domains(table, place[1]) if value in padded[d]}
    ]


def _lost(meant: str) -> str:
    return f"the identifier is held as a number, elsewhere as the text '{meant}': its zeros are lost"


def _domains(table: str, column: str) -> tuple[str, ...]:
    """The tables whose keys a column holds."""
    return REFERENCES.get((table, column), (table,) if column in KEYS[table] else ())
