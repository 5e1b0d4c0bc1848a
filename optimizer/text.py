"""Numbers, dates and tables as a planner reads them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len

INDENT = "  "


def amount(value: float | None, unit: str = "") -> str:
    """A number with thousands separators, whole from 100 on, and its unit; ``unknown`` for None."""
    if value is None:
        return "unknown"
    digits = 0 if abs(value) >= 99.95 or value == int(value) else 1 if abs(value) >= 1 else 2
    text = f"{value:,.{digits}f}"
    text = "0" if float(text.replace(",", "")) == 0 else text
    return f"{text} {unit}" if unit else text


def interval(low: float | None, high: float | None, unit: str = "") -> str:
    """``1,500 to 2,700 USD``; one number where both read the same."""
    ends = amount(low), amount(high)
    text = ends[0] if ends[0] == ends[1] else " to ".join(ends)
    return f"{text} {unit}" if unit else text


def percent(share: float | None, digits: int = 1) -> str:
    """A share as a percentage; ``unknown`` for None."""
    if share is None:
        return "unknown"
    text = f"{100 * share:.{digits}f}"
    return f"{text.removeprefix('-') if float(text) == 0 else text} %"


def grid(rows: Iterable[Sequence[str]], right: str = "", indent: str = INDENT) -> list[str]:
    """Rows as lines with aligned columns.

    ``right`` has one character a column: ``>`` aligns it to the right, anything else to the left.
    """
    lines = [tuple(row) for row in rows]
    if not lines:
        return []
    widths = [max(cell_len(row[i]) for row in lines) for i in range(len(lines[0]))]
    return [indent + "  ".join(_cells(row, widths, right)).rstrip() for row in lines]


def _cells(row: Sequence[str], widths: Sequence[int], right: str) -> Iterable[str]:
    for i, (cell, width) in enumerate(zip(row, widths, strict=True)):
        space = " " * (width - cell_len(cell))
        yield space + cell if right[i : i + 1] == ">" else cell + space


def plural(count: int, one: str, many: str = "") -> str:
    """``1 box``, ``2 boxes``: the count with the word for it (``many`` if not just an s more)."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
