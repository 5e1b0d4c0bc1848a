"""Findings marked in the cells of a workbook that can be corrected and read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from clusterlane.instances import files
from clusterlane.instances import tables as tab
from clusterlane.instances.findings import Finding
from clusterlane.optimizer.cli import app
from clusterlane.optimizer.workbook import write_marked
from openpyxl import load_workbook
from small import bench, change
from typer.testing import CliRunner

RED, YELLOW = "FFF8B4B4", "FFFCE9A9"


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def book(tmp_path: Path) -> Path:
    files.write(bench(), tmp_path / "network.xlsx")
    return tmp_path / "network.xlsx"


def cell_of(path: Path, table: str, column: str, row: int) -> Any:
    page = load_workbook(path)[table]
    heads = [cell.value for cell in page[1]]
    return page.cell(row, heads.index(column) + 1)


def spoil(path: Path, table: str, column: str, row: int, value: object) -> None:
    book = load_workbook(path)
    heads = [cell.value for cell in book[table][1]]
    book[table].cell(row, heads.index(column) + 1).value = value
    book.save(path)


def test_a_cell_that_cannot_be_read_is_red_and_says_why(book: Path, tmp_path: Path) -> None:
    spoil(book, "products", "volume_m3", 2, "much")
    result = run("validate", book, "--marked", tmp_path / "marked.xlsx")
    assert result.exit_code == 2
    cell = cell_of(tmp_path / "marked.xlsx", "products", "volume_m3", 2)
    assert cell.fill.fgColor.rgb == RED
    assert "cannot be read" in cell.comment.text
    listed = list(load_workbook(tmp_path / "marked.xlsx")["#findings"].iter_rows(values_only=True))
    assert listed[1][:4] == ("error", "products", cell.coordinate, "much")


def test_a_finding_of_the_network_is_in_its_cell(book: Path, tmp_path: Path) -> None:
    spoil(book, "products", "firm", 2, "nobody")
    assert run("validate", book, "--marked", tmp_path / "marked.xlsx").exit_code == 2
    cell = cell_of(tmp_path / "marked.xlsx", "products", "firm", 2)
    assert cell.fill.fgColor.rgb == RED
    assert "no such row in firms" in cell.comment.text


def test_the_marked_copy_can_be_corrected_and_read(book: Path, tmp_path: Path) -> None:
    spoil(book, "products", "firm", 2, "nobody")
    run("validate", book, "--marked", tmp_path / "marked.xlsx")
    spoil(tmp_path / "marked.xlsx", "products", "firm", 2, "f")
    assert files.read(tmp_path / "marked.xlsx") == bench()
    run("validate", tmp_path / "marked.xlsx", "--marked", tmp_path / "again.xlsx")
    assert load_workbook(tmp_path / "again.xlsx").sheetnames.count("#findings") == 1


def test_a_folder_becomes_a_workbook_with_choices(tmp_path: Path) -> None:
    network = change(bench(), tab.Market, name="somewhere")
    idle = [*network.all_rows(tab.Firm), tab.Firm(firm="idle", cluster="c")]
    files.write(network.replace(firms=idle), tmp_path / "network")
    result = run("validate", tmp_path / "network", "--marked", tmp_path / "marked.xlsx")
    assert result.exit_code == 0
    page = load_workbook(tmp_path / "marked.xlsx")["firms"]
    assert page.data_validations.dataValidation
    marked = [cell for row in page.iter_rows() for cell in row if cell.fill.fgColor.rgb == YELLOW]
    assert "idle" in [cell.value for cell in marked]


def test_findings_without_a_cell_are_listed(book: Path, tmp_path: Path) -> None:
    nowhere = Finding("x", "error", "", None, "", "=1+1", "=2+2", "do")
    away = Finding("y", "warning", "products", "no such key", "", "", "odd", "look")
    write_marked(book, [nowhere, away], tmp_path / "marked.xlsx")
    page = load_workbook(tmp_path / "marked.xlsx")["#findings"]
    assert [cell.data_type for cell in page[2]][3:5] == ["s", "s"]
    assert page["D2"].value == "=1+1"
    assert page["C3"].value == "A1"


def test_many_findings_in_a_cell_do_not_fill_the_note(book: Path, tmp_path: Path) -> None:
    each = [Finding("x", "error", "products", 2, "cost", "", f"cause {i}", "do") for i in range(100)]
    write_marked(book, each, tmp_path / "marked.xlsx")
    assert cell_of(tmp_path / "marked.xlsx", "products", "cost", 2).comment.text.count("cause") == 8


@pytest.mark.parametrize("name", ["marked.csv", "network.xlsx"])
def test_wrong_targets_are_refused(book: Path, tmp_path: Path, name: str) -> None:
    before = book.read_bytes()
    assert run("validate", book, "--marked", tmp_path / name).exit_code == 2
    assert book.read_bytes() == before


def test_a_folder_that_cannot_be_read_cannot_be_marked(tmp_path: Path) -> None:
    (tmp_path / "network").mkdir()
    (tmp_path / "network" / "firms.csv").write_text("firm,opening_cash\nf,much\n", encoding="utf-8")
    result = run("validate", tmp_path / "network", "--marked", tmp_path / "marked.xlsx")
    assert result.exit_code == 2
    assert not (tmp_path / "marked.xlsx").exists()


def test_without_findings_nothing_is_marked(book: Path, tmp_path: Path) -> None:
    write_marked(book, [], tmp_path / "marked.xlsx")
    fills = {
        cell.fill.fgColor.rgb
        for page in load_workbook(tmp_path / "marked.xlsx").worksheets[1:]
        for row in page.iter_rows()
        for cell in row
    }
    assert not fills & {RED, YELLOW}


def test_a_text_of_the_network_never_becomes_a_formula(tmp_path: Path) -> None:
    network = change(bench(), tab.Market, name="=1+1")
    write_marked(network, [], tmp_path / "marked.xlsx")
    cell = cell_of(tmp_path / "marked.xlsx", "markets", "name", 2)
    assert (cell.value, cell.data_type) == ("=1+1", "s")
    assert files.read(tmp_path / "marked.xlsx").rows(tab.Market)[0].name == "=1+1"
