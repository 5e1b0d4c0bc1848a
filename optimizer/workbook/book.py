"""A plan as an Excel workbook: the tables of the report, numbers over time, the ledger, totals that agree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.utils import get_column_letter

from ..ledger_facts import Facts
from ..ledger_lines import COLUMNS, SIGN
from ..report.charts import Times, length
from ..report.pages import Report
from ..report.table import Column, Kind, Table
from .cells import (
    BOLD,
    GREY,
    TITLE,
    WRAPPED,
    formula_cell,
    head_cell,
    number_cell,
    sheet_name,
    text_cell,
    width,
)

LEDGER_KINDS = {"period": Kind.COUNT, "quantity": Kind.RATE, "rate": Kind.RATE, "amount": Kind.MONEY}
FIRST_ROW = 4
"""Row of the headings of a table: title, note and a free row stand above."""
SENTENCE = 900.0
"""Pixels of a sentence that stand in one row of the summary."""
HEAD_HEIGHT = 32
"""Points: two lines."""
TOLERANCE = 0.01
"""Money by which totals may differ before the workbook says so."""


def write_workbook(report: Report, path: Path) -> None:
    """Write a report as .xlsx.  Totals are formulas; they recompute when somebody changes a cell."""
    book = Workbook(write_only=True)
    writer = _Writer(book, report)
    writer.summary()
    tables = [table for section in report.sections for table in section.tables]
    for table in tables:
        writer.table(table)
    for section in report.sections:
        for figure in section.figures:
            if figure.times:
                writer.times(figure.times)
    writer.ledger()
    book.save(path)


class _Writer:
    """Writes the sheets of one report."""

    def __init__(self, book: Any, report: Report):
        self.book, self.report, self.case = book, report, report.case
        self.words = report.case.words
        self.names: dict[str, str] = {}
        sections = report.sections
        wanted = [self.words("sheet.summary"), *(t.title for s in sections for t in s.tables)]
        keys = ["#summary", *(t.name for s in sections for t in s.tables), "#ledger", "#terms"]
        for key, title in zip(
            keys, [*wanted, self.words("sheet.ledger"), self.words("sheet.terms")], strict=True
        ):
            short = self.words(f"sheet.{key}") if self.words.has(f"sheet.{key}") else title
            self.names[key] = sheet_name(short, self.names.values())

    def _page(self, name: str, widths: Sequence[float], frozen: str = "") -> Any:
        page = self.book.create_sheet(name)
        for i, wide in enumerate(widths, 1):
            page.column_dimensions[get_column_letter(i)].width = wide
        if frozen:
            page.freeze_panes = frozen
        page.page_setup.orientation, page.page_setup.fitToHeight = "landscape", 0
        page.sheet_properties.pageSetUpPr.fitToPage = True
        return page

    def summary(self) -> None:
        """Figures to remember, whether the totals agree, and the report in words."""
        page = self._page(self.names["#summary"], (44, 34, 60))
        rows: list[list[Any]] = [[text_cell(page, self.report.title, TITLE)]]
        rows += [[text_cell(page, self.report.subtitle, GREY)], []]
        for fact in self.report.facts:
            texts = ((fact.label, None), (fact.value, BOLD), (fact.remark, GREY))
            rows.append([text_cell(page, text, font) for text, font in texts])
        rows += self._agreement(page, len(rows) + 2)
        for section in self.report.sections:
            if section.sentences:
                rows += [[], [text_cell(page, section.title, BOLD)]]
            for sentence in section.sentences:
                rows.append([text_cell(page, sentence)])
                rows[-1][0].alignment = WRAPPED
                page.merged_cells.add(f"A{len(rows)}:C{len(rows)}")
                page.row_dimensions[len(rows)].height = 16 * (1 + int(length(sentence) / SENTENCE))
        for row in rows:
            page.append(row)

    def _agreement(self, page: Any, row: int) -> list[list[Any]]:
        """The cost of the plan beside that of the ledger, by formulas; its title stands in ``row``."""
        objective = self.case.plan.objective
        if self.case.firm or objective is None:
            return []
        constant = Facts(self.case.network).constant_by_firm.sum()
        last, column = len(self.case.view.ledger) + 1, get_column_letter(len(COLUMNS) + 3)
        yes, no = self.words("agree.yes"), self.words("agree.no")
        cells = {
            "agree.ledger": f"=SUM('{self.names['#ledger']}'!{column}2:{column}{last})",
            "agree.constant": float(constant),
            "agree.cost": f"=B{row + 1}-B{row + 2}",
            "agree.plan": float(objective),
            "agree.verdict": f'=IF(ABS(B{row + 3}-B{row + 4})<={TOLERANCE},"{yes}","{no}")',
        }
        rows: list[list[Any]] = [[], [text_cell(page, self.words("agree.title"), BOLD)]]
        for key, value in cells.items():
            number = isinstance(value, float)
            cell = (
                number_cell(page, value, Kind.MONEY) if number else formula_cell(page, str(value), Kind.MONEY)
            )
            rows.append([text_cell(page, self.words(key)), cell])
        return rows

    def table(self, table: Table) -> None:
        """One sheet: title, headings, rows, a row of sums."""
        sample = [
            [c.heading[:16], *(row[i] for row in table.rows[:200])] for i, c in enumerate(table.columns)
        ]
        page = self._page(self.names[table.name], [width(cells) for cells in sample], f"B{FIRST_ROW + 1}")
        page.append([text_cell(page, table.title, TITLE)])
        page.append([text_cell(page, table.note, GREY)] if table.note else [])
        page.append([])
        page.row_dimensions[FIRST_ROW].height = HEAD_HEIGHT
        page.append([head_cell(page, column.heading, self._note(table, column)) for column in table.columns])
        for row in table.rows:
            pairs = zip(row, table.columns, strict=True)
            page.append(
                [number_cell(page, self.words("unknown") if v is None else v, c.kind) for v, c in pairs]
            )
        last = FIRST_ROW + len(table.rows)
        page.auto_filter.ref = f"A{FIRST_ROW}:{get_column_letter(len(table.columns))}{last}"
        if table.total and table.rows:
            page.append(self._sums(page, table, last))
        if table.chart is not None and table.rows:
            self._bar_chart(page, table, last)

    def _note(self, table: Table, column: Column) -> str:
        return self.words("note.sum") if column.adds and table.total else ""

    def _sums(self, page: Any, table: Table, last: int) -> list[Any]:
        cells = [text_cell(page, table.total, BOLD)]
        for i, column in enumerate(table.columns[1:], 2):
            letter = get_column_letter(i)
            formula = f"=SUM({letter}{FIRST_ROW + 1}:{letter}{last})"
            cells.append(formula_cell(page, formula, column.kind) if column.adds else None)
        return cells

    def _bar_chart(self, page: Any, table: Table, last: int) -> None:
        chart, at = BarChart(), (table.chart or 0) + 1
        chart.type, chart.title, chart.legend, chart.height = (
            "bar",
            table.title,
            None,
            2 + 0.7 * len(table.rows),
        )
        chart.add_data(Reference(page, min_col=at, min_row=FIRST_ROW, max_row=last), titles_from_data=True)
        chart.set_categories(Reference(page, min_col=1, min_row=FIRST_ROW + 1, max_row=last))
        chart.x_axis.scaling.orientation, chart.x_axis.tickLblPos, chart.width = "maxMin", "low", 22
        chart.x_axis.delete = chart.y_axis.delete = False
        page.add_chart(chart, f"{get_column_letter(len(table.columns) + 2)}{FIRST_ROW}")

    def times(self, times: Times) -> None:
        """One sheet: a row a period, a column a series, a chart."""
        name = sheet_name(self.words(f"sheet.time.{times.key}"), self.names.values())
        self.names[f"#{times.key}"] = name
        series = {**times.bars, **times.lines}
        page = self._page(name, [14, *([20] * len(series))], f"B{FIRST_ROW + 1}")
        kind = Kind.SHARE if times.percent else Kind.NUMBER
        page.append([text_cell(page, times.title, TITLE)])
        page.append([text_cell(page, times.unit, GREY)])
        page.append([])
        page.row_dimensions[FIRST_ROW].height = HEAD_HEIGHT
        page.append([head_cell(page, heading) for heading in (self.words("column.from"), *series)])
        for i, period in enumerate(self.case.periods):
            day = number_cell(page, self.case.start(period), Kind.DATE)
            page.append([day, *(number_cell(page, values[i], kind) for values in series.values())])
        last = FIRST_ROW + len(self.case.periods)
        self._time_chart(page, times, len(series), last, kind)

    def _time_chart(self, page: Any, times: Times, count: int, last: int, kind: Kind) -> None:
        bars = len(times.bars)
        chart: Any = BarChart() if bars else LineChart()
        if bars:
            chart.grouping, chart.overlap = "stacked", 100
        first = Reference(page, min_col=2, max_col=1 + (bars or count), min_row=FIRST_ROW, max_row=last)
        chart.add_data(first, titles_from_data=True)
        days = Reference(page, min_col=1, min_row=FIRST_ROW + 1, max_row=last)
        chart.set_categories(days)
        if bars and count > bars:
            over = LineChart()
            rest = Reference(page, min_col=2 + bars, max_col=1 + count, min_row=FIRST_ROW, max_row=last)
            over.add_data(rest, titles_from_data=True)
            chart += over
            _straight(over)
        elif not bars:
            _straight(chart)
        chart.title, chart.y_axis.title, chart.width, chart.height = times.title, times.unit, 26, 12
        chart.y_axis.number_format = "0%" if kind is Kind.SHARE else "#,##0"
        chart.x_axis.number_format, chart.legend.position = "yyyy-mm-dd", "b"
        chart.x_axis.delete = chart.y_axis.delete = False
        page.add_chart(chart, f"{get_column_letter(count + 3)}{FIRST_ROW}")

    def ledger(self) -> None:
        """Every line of the ledger with its sign and discount, and the sums of every term by formulas."""
        lines, facts = self.case.view.ledger, Facts(self.case.network)
        self._terms(len(lines) + 1, list(dict.fromkeys(lines["term"])))
        kinds = [LEDGER_KINDS.get(column, Kind.TEXT) for column in COLUMNS]
        page = self._page(self.names["#ledger"], [15] * (len(COLUMNS) + 3), "B2")
        extra = [self.words(f"ledger.{key}") for key in ("sign", "discount", "worth")]
        notes = [self.words(f"ledger.note.{key}") for key in ("sign", "discount", "worth")]
        heads = [head_cell(page, self.words(f"ledger.{column}")) for column in COLUMNS]
        page.append([*heads, *(head_cell(page, h, n) for h, n in zip(extra, notes, strict=True))])
        if not len(lines):
            return
        discount = facts.discount(lines["period"])
        sign = lines["term"].map(SIGN)
        worth = lines["amount"] * sign * discount
        kinds += [Kind.COUNT, Kind.RATE, Kind.MONEY]
        # one cell object a column, written again and again: 80,000 lines in seconds
        cells = [None if kind is Kind.TEXT else number_cell(page, 0, kind) for kind in kinds]
        values = [*(lines[c].tolist() for c in COLUMNS), sign.tolist(), discount.tolist(), worth.tolist()]
        for row in zip(*values, strict=True):
            page.append([self._ledger_cell(page, cell, v) for cell, v in zip(cells, row, strict=True)])
        page.auto_filter.ref = f"A1:{get_column_letter(len(kinds))}{len(lines) + 1}"

    def _ledger_cell(self, page: Any, cell: Any, value: object) -> Any:
        if cell is None:
            is_plain = not isinstance(value, str) or not value.startswith(("=", "+", "-", "@", "\t", "\r"))
            return value if is_plain else text_cell(page, str(value))
        cell.value = value
        return cell

    def _terms(self, last: int, terms: Sequence[str]) -> None:
        """Amount and worth of every term, added up from the ledger by formulas."""
        page = self._page(self.names["#terms"], (24, 34, 18, 18, 10), f"A{FIRST_ROW + 1}")
        page.append([text_cell(page, self.words("sheet.terms"), TITLE)])
        page.append([text_cell(page, self.words("terms.note"), GREY)])
        page.append([])
        heads = ("ledger.term", "column.item", "ledger.amount", "ledger.worth", "terms.lines")
        page.append([head_cell(page, self.words(head)) for head in heads])
        sheet, amount = self.names["#ledger"], get_column_letter(COLUMNS.index("amount") + 1)
        worth = get_column_letter(len(COLUMNS) + 3)
        keys = f"'{sheet}'!$A$2:$A${last}"
        for row, term in enumerate(terms, FIRST_ROW + 1):
            sums = [f"=SUMIFS('{sheet}'!${c}$2:${c}${last},{keys},$A{row})" for c in (amount, worth)]
            named = [text_cell(page, term), text_cell(page, self.words.term(term))]
            counted = formula_cell(page, f"=COUNTIF({keys},$A{row})", Kind.COUNT)
            page.append([*named, *(formula_cell(page, s, Kind.MONEY) for s in sums), counted])
        end = FIRST_ROW + len(terms)
        if terms:
            totals = [formula_cell(page, f"=SUM({c}{FIRST_ROW + 1}:{c}{end})", Kind.MONEY) for c in "DE"]
            page.append([text_cell(page, self.words("total"), BOLD), None, None, *totals])


def _straight(chart: Any) -> None:
    """Lines from point to point: a smooth one shows values that never were."""
    for series in chart.series:
        series.smooth = False
