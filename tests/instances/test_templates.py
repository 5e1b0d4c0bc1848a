"""What follows from the tables: starting networks, JSON Schema, the reference."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from clusterlane.instances import tables
from clusterlane.instances.checks import check
from clusterlane.instances.files import library_names, load, read, write
from clusterlane.instances.findings import InputError
from clusterlane.instances.network import Network
from clusterlane.instances.tables import TABLES, Cluster, Period, Settings
from clusterlane.instances.templates import json_schema, new, reference
from clusterlane.instances.templates.workbook import write_workbook
from openpyxl import load_workbook

NAMES = ["park", "park.json", "park.xlsx"]
VALIDATOR = jsonschema.Draft202012Validator(json_schema())


@pytest.mark.parametrize("name", NAMES)
def test_a_start_has_every_table_and_only_lacks_demand(tmp_path: Path, name: str) -> None:
    network = new(tmp_path / name)
    assert read(tmp_path / name) == network
    assert network.settings.name == "park"
    assert len(network.rows(Period)) == 12
    assert [finding.code for finding in check(network)] == ["no-demand"]


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_a_network_without_findings(tmp_path: Path, name: str) -> None:
    network = new(tmp_path / name, example=True)
    assert read(tmp_path / name) == network
    assert check(network) == []


def test_a_text_that_looks_like_a_formula_stays_a_text(tmp_path: Path) -> None:
    row = Cluster(cluster="=1+1", name="=HYPERLINK(1)", notes="@x")
    network = Network({"settings": load("tiny").rows(Settings), "clusters": [row]})
    write_workbook(network, tmp_path / "n.xlsx")
    assert [cell.data_type for cell in load_workbook(tmp_path / "n.xlsx")["clusters"][2][:2]] == ["s", "s"]
    assert read(tmp_path / "n.xlsx") == network


@pytest.mark.parametrize("name", NAMES)
def test_a_start_replaces_nothing(tmp_path: Path, name: str) -> None:
    new(tmp_path / name)
    with pytest.raises(InputError, match="occupied-target"):
        new(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    new(tmp_path)
    assert {path.stem for path in tmp_path.glob("*.csv")} == set(TABLES)
    assert "`demand.csv`" in (tmp_path / "README.md").read_text()


def test_every_column_of_the_workbook_says_what_it_is(tmp_path: Path) -> None:
    new(tmp_path / "n.xlsx")
    book = load_workbook(tmp_path / "n.xlsx")
    assert book.sheetnames == ["#guide", *TABLES]
    for table, kind in TABLES.items():
        heads = {cell.value: cell.comment.text for cell in book[table][1]}
        assert heads.keys() == kind.model_fields.keys()
        assert all(str(info.description)[1:] in heads[name] for name, info in kind.model_fields.items())
        assert book[table].freeze_panes == "A2"
    rules = {str(rule.sqref): rule.formula1 for rule in book["lanes"].data_validations.dataValidation}
    assert '"ocean,rail,air,truck"' in rules.values()
    assert "'hubs'!$A$2:$A$5000" in rules.values()
    assert '"true,false"' in rules.values()


def test_the_schema_is_a_schema() -> None:
    VALIDATOR.check_schema(json_schema())


@pytest.mark.parametrize("name", library_names())
def test_every_network_we_ship_keeps_the_schema(tmp_path: Path, name: str) -> None:
    write(load(name), tmp_path / "n.json")
    VALIDATOR.validate(json.loads((tmp_path / "n.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("periods", {"period": 1}),
        ("periods", {"period": 0, "days": 15}),
        ("periods", {"period": 1, "days": "15"}),
        ("periods", {"period": 1, "days": 15, "x": 1}),
        ("lanes", {"lane": "L", "hub": "H", "warehouse": "W", "mode": "ship"}),
        ("clusters", {"cluster": 7}),
        ("colours", {}),
    ],
)
def test_what_reading_refuses_the_schema_refuses(tmp_path: Path, table: str, row: dict[str, Any]) -> None:
    content = {"settings": [{"name": "x", "start": "2026-01-01"}], table: [row]}
    assert not VALIDATOR.is_valid(content)
    (tmp_path / "n.json").write_text(json.dumps(content))
    with pytest.raises(InputError):
        read(tmp_path / "n.json")


def test_an_empty_cell_is_null(tmp_path: Path) -> None:
    content = {
        "settings": [{"name": "x", "start": "2026-01-01", "notes": None, "co2_cap": None, "money": None}]
    }
    VALIDATOR.validate(content)
    (tmp_path / "n.json").write_text(json.dumps(content))
    assert read(tmp_path / "n.json").settings.money


def test_the_published_reference_is_up_to_date() -> None:
    published = (resources.files(tables) / "README.md").read_text(encoding="utf-8")
    hint = "run: clusterlane schema --as markdown > instances/tables/README.md"
    assert published == reference(), hint
    assert all(f"`{column}`" in published for kind in TABLES.values() for column in kind.model_fields), hint
