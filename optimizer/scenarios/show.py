"""Comparisons as text, chart and workbook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from ..text import INDENT, amount, grid, percent
from .compare import FIGURES, Comparison

SHOWN = 12
"""Most rows of a list in text."""


def comparison_text(found: Comparison) -> str:
    """Side by side, as text for a terminal."""
    parts = [
        "KEY FIGURES",
        *_figures(found),
        "",
        "WHAT OPENED AND CLOSED",
        *_table(found.places, ("kind", "name"), _tick),
        "",
        "WHAT MOVED (m3 by market and source)",
        *_table(found.moved, ("market", "from"), amount),
        "",
        f"WHO GAINS AND WHO LOSES (change of cost against {found.names[0]}, {found.currency})",
        *_gains(found),
    ]
    return "\n".join(parts)


def _figures(found: Comparison) -> list[str]:
    rows = [("", *found.names)]
    for name, values in found.figures.iterrows():
        words, kind = FIGURES[str(name)]
        unit = {"money": f", {found.currency}", "days": ", days", "t": ", t CO2e"}.get(kind, "")
        rows.append((f"{words}{unit}", *(_value(value, kind) for value in values)))
    return grid(rows, "." + ">" * len(found.names))


def _value(value: Any, kind: str) -> str:
    if value is None or pd.isna(value):
        return "unknown"
    return percent(float(value)) if kind == "share" else amount(float(value))


def _tick(value: float) -> str:
    return "yes" if value > 0.5 else "-"


def _table(frame: pd.DataFrame, head: tuple[str, str], show: Any) -> list[str]:
    if frame.empty:
        return [f"{INDENT}nothing"]
    rows = [(*head, *map(str, frame.columns))]
    for row in frame.head(SHOWN).itertuples(name=None):
        rows.append((*map(str, row[0]), *(show(float(value)) for value in row[1:])))
    more = [f"{INDENT}and {len(frame) - SHOWN} more"] if len(frame) > SHOWN else []
    return [*grid(rows, ".." + ">" * len(frame.columns)), *more]


def _gains(found: Comparison) -> list[str]:
    gains = found.gains()
    order = gains.abs().max(axis=1).sort_values(ascending=False, kind="stable").index
    rows = [("", *map(str, gains.columns))]
    for party in order[:SHOWN]:
        rows.append((str(party), *(amount(float(value)) for value in gains.loc[party])))
    rows.append(("all", *(amount(float(value)) for value in gains.sum())))
    return grid(rows, "." + ">" * len(gains.columns))


BAR, GAP, LEFT, WIDE = 18, 8, 260, 980
COLOURS = ("#2f6f9f", "#d98c3f", "#5b9a5b", "#a35a8c", "#7a7a7a", "#b8a13a")
"""Bars of the chart."""


def comparison_chart(found: Comparison) -> str:
    """Cost and change of cost by plan as an SVG picture: bars with their figures."""
    costs = [(name, _number(found.figures.loc["objective", name])) for name in found.names]
    terms = [(name, _number(found.figures.loc["controllable_cost", name])) for name in found.names]
    blocks = [
        (f"Cost of the plan, {found.currency}", costs),
        (f"of which can be controlled, {found.currency}", terms),
        ("Emissions, t CO2e", [(n, _number(found.figures.loc["co2_t", n])) for n in found.names]),
        (
            "Demand not served, %",
            [(n, 100 * _number(found.figures.loc["unmet_share", n])) for n in found.names],
        ),
    ]
    body, y = list[str](), 44.0
    for title, rows in blocks:
        part, y = _bars(title, rows, y)
        body += part
    size = f'viewBox="0 0 {WIDE} {y:.0f}" width="{WIDE}" height="{y:.0f}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} '
        'font-family="sans-serif" font-size="13"><rect width="100%" height="100%" fill="#fff"/>'
        '<text x="20" y="26" font-size="17" font-weight="bold">Plans side by side</text>'
    )
    return "\n".join([head, *body, "</svg>\n"])


def _number(value: Any) -> float:
    return 0.0 if value is None or pd.isna(value) else float(value)


def _bars(title: str, rows: Sequence[tuple[str, float]], y: float) -> tuple[list[str], float]:
    rows = [(name, 0.0 if amount(value) == amount(0.0) else value) for name, value in rows]
    low, high = min(0.0, *(v for _, v in rows)), max(0.0, *(v for _, v in rows))
    room = (WIDE - LEFT - 150) / ((high - low) or 1.0)
    zero = LEFT - low * room
    out = [f'<text x="20" y="{y + 14:.0f}" font-weight="bold">{escape(title)}</text>']
    y += 24
    for i, (name, value) in enumerate(rows):
        wide, x = abs(value) * room, zero + min(value, 0.0) * room
        label = name if len(name) <= 34 else f"{name[:33]}…"
        out.append(f'<text x="{LEFT - 10}" y="{y + 13:.0f}" text-anchor="end">{escape(label)}</text>')
        out.append(
            f'<rect x="{x:.1f}" y="{y:.0f}" width="{max(wide, 0.5):.1f}" height="{BAR}" '
            f'fill="{COLOURS[i % len(COLOURS)]}"/>'
        )
        end = zero + max(value, 0.0) * room + 6
        out.append(f'<text x="{end:.1f}" y="{y + 13:.0f}">{escape(amount(value))}</text>')
        y += BAR + GAP
    return out, y + 14


def write_comparison(found: Comparison, path: str | Path) -> None:
    """The comparison as a workbook: a sheet per table, frozen heads, number formats and a chart.

    Raises ``OSError`` where the file cannot be written.
    """
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "figures"
    _fill(sheet, ["figure", *found.names], _figure_rows(found))
    _chart(sheet, len(found.names))
    _fill(book.create_sheet("opened and closed"), ["kind", "name", *found.names], _frame_rows(found.places))
    _fill(book.create_sheet("moved m3"), ["market", "from", *found.names], _frame_rows(found.moved))
    _fill(book.create_sheet("cost by party"), ["party", *found.names], _frame_rows(found.parties))
    gains = found.gains()
    _fill(book.create_sheet("change of cost"), ["party", *gains.columns], _frame_rows(gains))
    book.save(path)


def _figure_rows(found: Comparison) -> Iterator[list[Any]]:
    for name, values in found.figures.iterrows():
        words, kind = FIGURES[str(name)]
        unit = {"money": found.currency, "t": "t CO2e"}.get(kind, kind)
        yield [f"{words} ({unit})", *(None if v is None or pd.isna(v) else v for v in values)]


def _frame_rows(frame: pd.DataFrame) -> Iterator[list[Any]]:
    for key, values in frame.iterrows():
        yield [*(key if isinstance(key, tuple) else (key,)), *values]


def _fill(sheet: Any, head: Sequence[str], rows: Iterator[list[Any]]) -> None:
    """Text goes in as text: nothing that a plan names is ever a formula."""
    for row, values in enumerate([list(head), *rows], start=1):
        for column, value in enumerate(values, start=1):
            cell = sheet.cell(row, column)
            cell.value = value if isinstance(value, int | float) or value is None else str(value)
            if isinstance(value, str):
                cell.data_type = "s"
            elif isinstance(value, float):
                cell.number_format = "0.0%" if "share" in str(values[0]) else "#,##0.00"
            if row == 1:
                cell.font = Font(bold=True)
    sheet.freeze_panes = "B2"
    for column, name in enumerate(head, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = max(14, min(len(str(name)) + 2, 40))
    sheet.column_dimensions["A"].width = 34


def _chart(sheet: Any, plans: int) -> None:
    chart = BarChart()
    chart.title, chart.type, chart.legend = "Cost of the plan", "bar", None
    chart.add_data(Reference(sheet, min_col=2, max_col=plans + 1, min_row=2), from_rows=True)
    chart.set_categories(Reference(sheet, min_col=2, max_col=plans + 1, min_row=1))
    sheet.add_chart(chart, f"B{len(FIGURES) + 4}")
