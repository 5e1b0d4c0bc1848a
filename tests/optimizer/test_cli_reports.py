"""The verbs report and workbook: what they write where, and what they refuse."""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from clusterlane.instances import tables as tab
from clusterlane.optimizer.cli import app
from clusterlane.optimizer.folder import write_plan
from openpyxl import load_workbook
from reported import park
from typer.testing import CliRunner


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    network, plan = park()
    place = tmp_path_factory.mktemp("plans") / "plan"
    write_plan(plan, network, place)
    return place


@pytest.mark.parametrize("language", ["en", "zh"])
def test_report_writes_a_page_and_the_map(folder: Path, tmp_path: Path, language: str) -> None:
    result = run("report", folder, "-o", tmp_path / "new" / "r.html", "--lang", language, "--json")
    assert result.exit_code == 0
    said = json.loads(result.stdout)
    assert said["path"] == str(tmp_path / "new" / "r.html")
    assert {"map", "costs", "landed"} <= set(said["sections"])
    text = (tmp_path / "new" / "r.html").read_text(encoding="utf-8")
    assert f'<html lang="{language}">' in text
    picture = (folder / "map.svg").read_text(encoding="utf-8")
    assert picture in text
    assert ET.fromstring(picture).tag.endswith("svg")


def test_the_map_alone_is_a_picture(folder: Path, tmp_path: Path) -> None:
    (folder / "map.svg").unlink(missing_ok=True)
    result = run("report", folder, "-o", tmp_path / "m.svg", "--json")
    assert result.exit_code == 0
    picture = (tmp_path / "m.svg").read_text(encoding="utf-8")
    assert ET.fromstring(picture).tag.endswith("svg")
    assert not (folder / "map.svg").exists(), "the folder is left as it was"


def test_the_report_of_one_firm_leaves_the_map_alone(folder: Path, tmp_path: Path) -> None:
    (folder / "map.svg").unlink(missing_ok=True)
    firm = park()[0].rows(tab.Firm)[0].firm
    assert run("report", folder, "-o", tmp_path / "own.html", "--firm", firm).exit_code == 0
    assert not (folder / "map.svg").exists()


def test_workbook_writes_a_workbook(folder: Path, tmp_path: Path) -> None:
    result = run("workbook", folder, "-o", tmp_path / "plan.xlsx", "--lang", "zh")
    assert result.exit_code == 0
    assert load_workbook(tmp_path / "plan.xlsx", read_only=True).sheetnames[0] == "摘要"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("report", "PLAN", "-o", "r.pdf"), "it must end in .html"),
        (("workbook", "PLAN", "-o", "r.csv"), "it must end in .xlsx"),
        (("report", "NOTHING", "-o", "r.html"), "holds no plan"),
        (("report", "PLAN", "-o", "r.html", "--firm", "nobody"), "there is no such firm"),
        (("workbook", "PLAN", "-o", "r.xlsx", "--firm", "nobody"), "there is no such firm"),
    ],
)
def test_what_cannot_be_done_is_refused(
    folder: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    places = {"PLAN": str(folder), "NOTHING": str(tmp_path)}
    words = [places.get(word, str(tmp_path / word) if "." in word else word) for word in arguments]
    result = run(*words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == []


def test_without_jinja2_it_says_what_to_install(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    result = run("report", folder, "-o", tmp_path / "r.html")
    assert result.exit_code == 2
    assert "pip install 'clusterlane[report]'" in result.stderr


def test_a_damaged_table_of_shares_is_named(folder: Path, tmp_path: Path) -> None:
    (folder / "shares.csv").write_text("player,share\n", encoding="utf-8")
    (folder / "sharing.json").write_text("{", encoding="utf-8")
    result = run("report", folder, "-o", tmp_path / "r.html")
    (folder / "shares.csv").unlink()
    (folder / "sharing.json").unlink()
    assert result.exit_code == 2
    assert "shares.csv cannot be read" in result.stderr


def test_a_plan_that_names_what_its_network_has_not_is_refused(folder: Path, tmp_path: Path) -> None:
    kept = (folder / "leases.csv").read_text(encoding="utf-8")
    lines = kept.splitlines()
    broken = [lines[0], "nowhere," + lines[1].split(",", 1)[1]]
    (folder / "leases.csv").write_text("\n".join(broken), encoding="utf-8")
    result = run("report", folder, "-o", tmp_path / "r.html")
    (folder / "leases.csv").write_text(kept, encoding="utf-8")
    assert result.exit_code == 2
    assert "which its network has not" in result.stderr
