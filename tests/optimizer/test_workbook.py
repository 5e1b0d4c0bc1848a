"""The workbook: totals are formulas that give the ledger's sums, texts stay texts, sheets are readable."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from clusterlane.instances import tables as tab
from clusterlane.optimizer.report import report
from clusterlane.optimizer.workbook import write_workbook
from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string
from reported import park

EVIL = ("=1+1", "+1", "-2+3", "@SUM(A1)", '=HYPERLINK("http://x","y")')


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("book") / "plan.xlsx"
    write_workbook(report(*park()), target)
    return target


@pytest.fixture(scope="module")
def book(path: Path) -> Any:
    return load_workbook(path)


def values(page: Any, reference: str) -> list[Any]:
    """The values of a range of one column."""
    letter, first, last = re.fullmatch(r"\$?([A-Z]+)\$?(\d+):\$?[A-Z]+\$?(\d+)", reference).groups()  # type: ignore[union-attr]
    column = column_index_from_string(letter)
    return [page.cell(row, column).value for row in range(int(first), int(last) + 1)]


def worked_out(book: Any, page: Any, formula: str) -> float:
    """The value of SUM, SUMIFS and COUNTIF, and of a difference of two cells."""
    if found := re.fullmatch(r"=SUM\((?:'([^']+)'!)?([^)]+)\)", formula):
        sheet = book[found[1]] if found[1] else page
        return sum(number(book, sheet, v) for v in values(sheet, found[2]))
    if found := re.fullmatch(r"=SUMIFS\('([^']+)'!([^,]+),'[^']+'!([^,]+),\$A(\d+)\)", formula):
        pairs = zip(values(book[found[1]], found[2]), values(book[found[1]], found[3]), strict=True)
        return sum(value for value, key in pairs if key == page.cell(int(found[4]), 1).value)
    if found := re.fullmatch(r"=COUNTIF\('([^']+)'!([^,]+),\$A(\d+)\)", formula):
        return values(book[found[1]], found[2]).count(page.cell(int(found[3]), 1).value)
    found = re.fullmatch(r"=([A-Z]+\d+)-([A-Z]+\d+)", formula)
    assert found, f"what does {formula} mean?"
    one, other = (number(book, page, page[cell].value) for cell in found.groups())
    return one - other


def number(book: Any, page: Any, value: Any) -> float:
    if isinstance(value, str) and value.startswith("="):
        return worked_out(book, page, value)
    return float(value) if isinstance(value, int | float) else 0.0


def label(book: Any, sheet: str, text: str) -> int:
    """The row of a sheet whose first cell is this text."""
    return next(row[0].row for row in book[sheet].iter_rows(max_col=1) if row[0].value == text)


def test_the_totals_agree_with_the_ledger(book: Any) -> None:
    _, plan = park()
    page = book["summary"]
    row = label(book, "summary", "cost by the ledger")
    assert worked_out(book, page, page.cell(row, 2).value) == pytest.approx(plan.objective)
    assert page.cell(row + 1, 2).value == pytest.approx(plan.objective)
    assert page.cell(row + 2, 2).value == f'=IF(ABS(B{row}-B{row + 1})<=0.01,"yes","NO: a cell was changed")'


def test_every_term_is_added_up_from_the_ledger(book: Any) -> None:
    _, plan = park()
    page, amounts = book["ledger by term"], plan.ledger.groupby("term")["amount"].sum()
    terms = [row[0].value for row in page.iter_rows(min_row=5, max_col=1)][:-1]
    assert set(terms) == set(amounts.index)
    for row, term in enumerate(terms, 5):
        assert worked_out(book, page, page.cell(row, 3).value) == pytest.approx(amounts[term])
        assert worked_out(book, page, page.cell(row, 5).value) == (plan.ledger["term"] == term).sum()


def test_the_ledger_is_whole(book: Any) -> None:
    _, plan = park()
    rows = list(book["ledger"].iter_rows(min_row=2, values_only=True))
    assert len(rows) == len(plan.ledger)
    for row, (_, line) in zip(rows[::97], plan.ledger[::97].iterrows(), strict=True):
        assert (row[0], row[1], row[2], row[7]) == (
            line["term"],
            line["payer"],
            line["payee"],
            line["period"],
        )
        assert row[11] == pytest.approx(line["amount"])
        assert row[15] == pytest.approx(row[11] * row[13] * row[14])


def test_rows_of_sums_give_what_the_report_shows(book: Any) -> None:
    made = report(*park())
    tables = {t.title: t for s in made.sections for t in s.tables if t.total}
    seen = set()
    for page in book.worksheets:
        table = tables.get(page["A1"].value)
        if table and table.rows:
            last = 4 + len(table.rows) + 1
            assert page.cell(last, 1).value == table.total
            for i, expected in enumerate(table.sums()[1:], 2):
                value = page.cell(last, i).value
                if isinstance(expected, float):
                    assert worked_out(book, page, value) == pytest.approx(expected)
                else:
                    assert value is None
            seen.add(table.title)
    assert {"Leases", "Lanes in use", "Markets"} <= seen


def test_sheets_are_frozen_and_numbers_have_formats(book: Any) -> None:
    for page in book.worksheets:
        if page.title != "summary":
            assert page.freeze_panes, page.title
            assert page.auto_filter.ref or page.title.endswith(("time", "term"))
    page = book["costs"]
    assert page["B5"].number_format.startswith("#,##0")
    assert page["C5"].number_format == "0.0%"
    assert book["Leases"]["E5"].number_format == "yyyy-mm-dd"
    assert "Added up" in page["B4"].comment.text


def test_charts_are_drawn_from_the_cells(book: Any) -> None:
    charts = {page.title: page._charts for page in book.worksheets if page._charts}
    assert {"costs", "stock over time", "cash over time", "loans over time"} <= set(charts)
    (chart,) = charts["costs"]
    assert chart.series[0].val.numRef.f.startswith("'costs'!$B$5:$B$")


def test_numbers_over_time_are_those_of_the_plan(book: Any) -> None:
    _, plan = park()
    rows = list(book["loans over time"].iter_rows(min_row=5, values_only=True))
    sums = plan.tables["loans"].groupby("period")["balance"].sum()
    assert [sum(row[1:]) for row in rows] == pytest.approx(
        [sums.get(t, 0.0) for t in range(1, len(rows) + 1)]
    )


def test_no_text_becomes_a_formula(tmp_path: Path) -> None:
    network, plan = park()
    rows = {
        table: [row.model_copy(update={"name": EVIL[i % 5]}) for i, row in enumerate(network.all_rows(kind))]
        for table, kind in (("warehouses", tab.Warehouse), ("markets", tab.Market), ("firms", tab.Firm))
    }
    ledger = plan.ledger.assign(payer=[EVIL[i % 5] for i in range(len(plan.ledger))])
    unmet = plan.tables["unmet"].assign(reason=EVIL[0])
    changed = replace(plan, ledger=ledger, tables={**plan.tables, "unmet": unmet})
    write_workbook(report(network.replace(**rows), changed), tmp_path / "evil.xlsx")
    found = dict.fromkeys(EVIL, 0)
    for page in load_workbook(tmp_path / "evil.xlsx").worksheets:
        for cell in (cell for row in page.iter_rows() for cell in row):
            if cell.value in EVIL:
                assert cell.data_type == "s"
                assert cell.quotePrefix
                found[cell.value] += 1
            elif cell.data_type == "f":
                assert re.match(r"=(SUM|SUMIFS|COUNTIF|IF|B\d+-B\d+)\b", cell.value)
    assert min(found.values()) > len(plan.ledger) // 6


def test_a_chinese_workbook_of_one_firm(tmp_path: Path) -> None:
    network, plan = park()
    firm = network.rows(tab.Firm)[0].firm
    write_workbook(report(network, plan, "zh", firm), tmp_path / "own.xlsx")
    book = load_workbook(tmp_path / "own.xlsx")
    assert book.sheetnames[0] == "摘要"
    assert {"收支", "账本", "账本汇总"} <= set(book.sheetnames)
    texts = {str(v) for page in book.worksheets for row in page.iter_rows(values_only=True) for v in row}
    others = {row.firm for row in network.rows(tab.Firm)} - {firm}
    assert not others & texts
