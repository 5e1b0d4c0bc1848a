"""Broken files give findings, all at once and nothing else."""

from __future__ import annotations

import json
import re
import shutil
from importlib import resources
from pathlib import Path
from typing import get_args

import pytest
from broken_files import FILE_CASES, GOOD, GOOD_JSON, FileCase
from broken_workbooks import BOOK_CASES
from clusterlane import instances
from clusterlane.instances import tables
from clusterlane.instances.files import load, read, write
from clusterlane.instances.findings import Code, Finding, InputError, digest
from clusterlane.instances.network import Network
from corpus import CASES, small
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from malformed import MALFORMED
from openpyxl import Workbook

FUZZ = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _put(folder: Path, files: dict[str, str | bytes | None]) -> None:
    for name, content in files.items():
        if name.endswith("/"):
            (folder / name).mkdir()
        elif content is not None:
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def _findings(path: Path) -> list[tuple[str, str, int | str | None, str]]:
    with pytest.raises(InputError) as caught:
        read(path)
    return [(f.code, f.table, f.row, f.column) for f in caught.value.findings]


@pytest.mark.parametrize("case", FILE_CASES, ids=lambda case: f"{case.code}-{case.table}-{case.column}")
def test_a_broken_file_brings_one_finding(tmp_path: Path, case: FileCase) -> None:
    _put(tmp_path, dict(case.files))
    with pytest.raises(InputError) as caught:
        read(tmp_path / case.path)
    (finding,) = caught.value.findings
    assert (finding.code, finding.table, finding.row, finding.column) == (
        case.code,
        case.table,
        case.row,
        case.column,
    )
    assert case.words in finding.cause + finding.remedy
    assert finding.severity == "error"
    assert finding.file


def test_all_problems_are_raised_once(tmp_path: Path) -> None:
    bad = {
        "periods.csv": "period,days\n0,x\n2,-1\n",
        "demand.csv": "product,market,period\na,M,one\n",
        "x.csv": "a\n",
    }
    _put(tmp_path, {**GOOD, **bad})
    assert sorted(_findings(tmp_path), key=str) == [
        ("missing-column", "demand", None, "quantity"),
        ("out-of-range", "periods", 2, "period"),
        ("out-of-range", "periods", 3, "days"),
        ("unknown-table", "", None, ""),
        ("unreadable-value", "demand", 2, "period"),
        ("unreadable-value", "periods", 2, "days"),
    ]


def test_a_row_number_is_the_line_in_the_file_even_after_multi_line_cells(tmp_path: Path) -> None:
    _put(tmp_path, {**GOOD, "periods.csv": 'period,days,notes\n1,15,"two\nlines"\n\n2,x,\n'})
    assert _findings(tmp_path) == [("unreadable-value", "periods", 5, "days")]


def test_a_message_names_file_line_value_and_what_is_expected(tmp_path: Path) -> None:
    _put(tmp_path, {**GOOD, "periods.csv": "period,days\n1,400\n"})
    with pytest.raises(InputError) as caught:
        read(tmp_path)
    assert str(caught.value) == (
        "error out-of-range periods.csv, periods row 2, column days, value '400': the number is out of range "
        "(days: length). Remedy: enter a number in day, above 0 and at most 366."
    )


def test_a_workbook_made_by_hand_is_read(tmp_path: Path) -> None:
    book = Workbook()
    page = book.active
    page.title = "settings"
    page.append(["name", "start", "money"])
    page.append(["small", small().settings.start, True])
    book.create_sheet("clusters").append(["cluster"])
    book["clusters"].append([7])
    book.create_sheet("Sheet1")
    book.save(tmp_path / "n.xlsx")
    network = read(tmp_path / "n.xlsx")
    assert network.settings.start == small().settings.start
    assert [row.cluster for row in network.all_rows(tables.Cluster)] == ["7"]


def test_wrong_cells_of_a_workbook_are_named(tmp_path: Path) -> None:
    book = Workbook()
    book.active.title = "periods"
    for line in (["period", "days"], [1, True], [], [2, "long"], [3, 15]):
        book.active.append(line)
    book.create_sheet("colours").append(["red"])
    book.save(tmp_path / "n.xlsx")
    assert _findings(tmp_path / "n.xlsx") == [
        ("unknown-table", "", None, ""),
        ("unreadable-value", "periods", 2, "days"),
        ("unreadable-value", "periods", 4, "days"),
    ]


def test_load_takes_a_path_and_names_the_library_when_there_is_none(tmp_path: Path) -> None:
    write(small(), tmp_path / "small")
    assert load(tmp_path / "small") == load(str(tmp_path / "small")) == small()
    with pytest.raises(InputError, match=r"no-such-path.*library"):
        load("no-network-has-this-name")


def test_many_findings_of_a_kind_are_shown_in_brief(tmp_path: Path) -> None:
    rows = "".join(f"a,M,{t},x\n" for t in range(1, 31))
    _put(
        tmp_path,
        {**GOOD, "demand.csv": f"product,market,period,quantity\n{rows}", "periods.csv": "period\n1\n"},
    )
    with pytest.raises(InputError) as caught:
        read(tmp_path)
    assert len(caught.value.findings) == 31
    lines = digest(caught.value.findings)
    assert len(lines) == 22
    assert "error unreadable-value: 10 more of the kind in demand, column quantity" in lines


@FUZZ
@given(
    content=st.binary(max_size=200), name=st.sampled_from(["n.json", "n.xlsx", "periods.csv", "settings.csv"])
)
def test_random_bytes_bring_findings_only(tmp_path: Path, content: bytes, name: str) -> None:
    _read_or_explain(tmp_path, {name: content}, name)


TEXT = st.text(
    st.sampled_from('ab,;"\n\r\t 019.-e{}[]:\ufeff\x00\ud7ff合') | st.characters(codec="utf-8"), max_size=12
)


@FUZZ
@given(data=st.data(), insert=TEXT)
def test_mutated_csv_brings_findings_only(tmp_path: Path, data: st.DataObject, insert: str) -> None:
    name = data.draw(st.sampled_from(sorted(GOOD)))
    content = str(GOOD[name])
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 10)))
    _read_or_explain(tmp_path, {**GOOD, name: content[:start] + insert + content[end:]}, name)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers(-(10**400), 10**400) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["settings", "periods", "period", "days", "name", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@FUZZ
@given(content=JSON, wrap=st.booleans())
def test_any_json_brings_findings_only(tmp_path: Path, content: object, wrap: bool) -> None:
    text = json.dumps({"periods": [content], "settings": content} if wrap else content)
    _read_or_explain(tmp_path, {"n.json": text}, "n.json")


@FUZZ
@given(data=st.data(), insert=TEXT)
def test_mutated_json_brings_findings_only(tmp_path: Path, data: st.DataObject, insert: str) -> None:
    content = json.dumps(GOOD_JSON)
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 10)))
    _read_or_explain(tmp_path, {"n.json": content[:start] + insert + content[end:]}, "n.json")


@settings(FUZZ, max_examples=60)
@given(data=st.data())
def test_damaged_workbooks_bring_findings_only(tmp_path: Path, data: st.DataObject) -> None:
    good = tmp_path / "good.xlsx"
    if not good.exists():
        write(Network({"settings": small().all_rows(tables.Settings)}), good)
    content = bytearray(good.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    _read_or_explain(tmp_path, {"n.xlsx": bytes(content)}, "n.xlsx")


def _read_or_explain(tmp_path: Path, files: dict[str, str | bytes | None], name: str) -> None:
    folder = tmp_path / "fuzz"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    _put(folder, files)
    findings: tuple[Finding, ...] = ()
    try:
        read(folder if name.endswith(".csv") else folder / name)
    except InputError as error:
        findings = error.findings
        assert findings
    assert all(finding.cause and finding.remedy for finding in findings)


def _malformed() -> set[str]:
    return {finding.split()[0] for case in MALFORMED for finding in case.findings}


def test_the_published_index_lists_every_code_and_every_code_is_tested() -> None:
    page = (resources.files(instances) / "README.md").read_text(encoding="utf-8")
    index = re.findall(r"^\| `([a-z0-9-]+)` \|", page, re.MULTILINE)
    assert sorted(index) == sorted(get_args(Code))
    rows = [
        line.strip("| ").split(" | ") for line in page.splitlines() if re.match(r"\| `[a-z0-9-]+` \|", line)
    ]
    assert all(len(row) == 4 and all(cell.strip() for cell in row) for row in rows), (
        "meaning, example, remedy"
    )
    elsewhere = {"occupied-target", "surplus-values", "unwritable-text"}
    assert {case.code for case in (*CASES, *FILE_CASES, *BOOK_CASES)} | _malformed() | elsewhere == set(
        get_args(Code)
    )
