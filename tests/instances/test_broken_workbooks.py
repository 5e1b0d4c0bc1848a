"""Broken workbooks give findings with sheet and cell, never a traceback."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from broken_workbooks import BOOK_CASES, BookCase
from clusterlane.instances.files import read
from clusterlane.instances.files.csv_folder import write_folder
from clusterlane.instances.findings import InputError
from clusterlane.instances.tables import TABLES
from corpus import small
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from workbooks import workbook

FUZZ = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("case", BOOK_CASES, ids=lambda case: f"{case.code}-{case.table}-{case.column}")
def test_a_broken_workbook_brings_one_finding(tmp_path: Path, case: BookCase) -> None:
    (tmp_path / "n.xlsx").write_bytes(case.content)
    with pytest.raises(InputError) as caught:
        read(tmp_path / "n.xlsx")
    (finding,) = caught.value.findings
    table = case.table if case.table in TABLES else ""
    place = (case.code, table, case.row, case.column, case.cell)
    assert (finding.code, finding.table, finding.row, finding.column, finding.cell) == place
    assert case.words in finding.cause + finding.remedy
    assert (finding.severity, finding.file) == ("error", "n.xlsx")


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**16), 10**16),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates(dt.date(1900, 3, 1), dt.date(2100, 1, 1)),
    st.times(),
    st.sampled_from(
        ["", " ", "=1+", "=A1", "#N/A", "8 %", "1,200", "是", "007", "'", "=" * 9, "\u3000", "-"]
    ),
    st.text(st.characters(exclude_categories=["C"]), max_size=6),
)


@FUZZ
@given(data=st.data())
def test_any_cells_in_a_workbook_bring_findings_only(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "n.xlsx"
    path.write_bytes(workbook({"demand": [["product", "market", "period", "quantity"], ["a", "M", 1, 10]]}))
    book = load_workbook(path)
    for _ in range(data.draw(st.integers(1, 6))):
        page = book[data.draw(st.sampled_from(["settings", "periods", "demand"]))]
        page.cell(data.draw(st.integers(1, 4)), data.draw(st.integers(1, 5))).value = data.draw(CELLS)
    book.save(path)
    _explained(path)


@FUZZ
@given(data=st.data())
def test_any_cells_in_csv_bring_findings_only(tmp_path: Path, data: st.DataObject) -> None:
    folder = tmp_path / "n"
    if not folder.exists():
        folder.mkdir()
        write_folder(small(), folder)
    path = folder / data.draw(st.sampled_from(sorted(p.name for p in folder.iterdir())))
    good = path.read_text(encoding="utf-8")
    lines = [line.split(",") for line in good.splitlines()]
    for _ in range(data.draw(st.integers(1, 5))):
        line = data.draw(st.sampled_from(lines))
        line[data.draw(st.integers(0, len(line) - 1))] = str(data.draw(CELLS)).replace(",", " ")
    path.write_text("\n".join(",".join(line) for line in lines), encoding="utf-8")
    _explained(folder)
    path.write_text(good, encoding="utf-8")


@FUZZ
@given(data=st.data())
def test_any_bytes_in_a_csv_bring_findings_only(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray("产品,市场,期,数量\n甲,NA,1,10\n".encode("gb18030"))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    folder = tmp_path / "n"
    folder.mkdir(exist_ok=True)
    (folder / "demand.csv").write_bytes(bytes(content))
    _explained(folder)


def _explained(path: Path) -> None:
    findings: tuple[Any, ...] = ()
    try:
        read(path)
    except InputError as error:
        findings = error.findings
        assert findings
    assert all(finding.cause and finding.remedy and finding.file for finding in findings)
