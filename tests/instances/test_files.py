"""Networks survive every file format exactly; broken files give findings, all at once."""

from __future__ import annotations

import datetime as dt
import json
import random
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from clusterlane.instances.files import read, write
from clusterlane.instances.files.cells import value_type
from clusterlane.instances.findings import InputError
from clusterlane.instances.network import Network
from clusterlane.instances.tables import TABLES, Demand, Family, Firm, Period, Row, Settings, Warehouse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FORMATS = ["folder", "network.json", "network.xlsx"]
QUICK = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
SETTINGS = Settings(name="x", start=dt.date(2026, 1, 1))

TEXTS = st.sampled_from(
    ["007", "NA", "nan", "true", "1e5", "=1+1", "-", 'a,"b"', "two\nlines", "合肥", "#N/A"]
)
WORDS = (TEXTS | st.text(st.characters(exclude_categories=["C"]), max_size=8)).map(str.strip)


def _values(kind: type[Row], column: str) -> st.SearchStrategy[Any]:
    info, wanted = kind.model_fields[column], value_type(kind, column)
    if issubclass(wanted, Enum):
        values: st.SearchStrategy[Any] = st.sampled_from(list(wanted))
    elif wanted is bool:
        values = st.booleans()
    elif wanted is dt.date:
        values = st.dates()
    elif wanted is str:
        values = WORDS.filter(bool) if info.is_required() or info.default else WORDS
    else:
        values = _numbers(info, wanted)
    missing_allowed = not info.is_required() and info.default is None
    return st.none() | (values.filter(lambda v: v != "")) if missing_allowed else values


def _numbers(info: Any, wanted: type) -> st.SearchStrategy[Any]:
    limits = {
        name: getattr(m, name) for m in info.metadata for name in ("gt", "ge", "lt", "le") if hasattr(m, name)
    }
    low, high = limits.get("ge", limits.get("gt", -1e9)), limits.get("le", limits.get("lt", 1e9))
    if wanted is int:
        return st.integers(low, int(high))
    return st.floats(low, high, exclude_min="gt" in limits, exclude_max="lt" in limits)


def _rows(kind: type[Row]) -> st.SearchStrategy[Row]:
    return st.fixed_dictionaries({c: _values(kind, c) for c in kind.model_fields}).map(kind.model_validate)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    names = draw(st.sets(st.sampled_from(list(TABLES)), max_size=4))
    return Network({name: draw(st.lists(_rows(TABLES[name]), max_size=3)) for name in sorted(names)})


@pytest.mark.parametrize("name", FORMATS)
@QUICK
@given(network=networks())
def test_round_trip_is_exact(tmp_path: Path, name: str, network: Network) -> None:
    write(network, tmp_path / name)
    again = read(tmp_path / name)
    assert again == network
    assert again.sha256 == network.sha256


@pytest.mark.parametrize("name", FORMATS)
def test_every_table_survives(tmp_path: Path, name: str) -> None:
    chooser = random.Random(1)
    rows = {table: [_example(kind, chooser)] for table, kind in TABLES.items()}
    write(Network(rows), tmp_path / name)
    assert read(tmp_path / name) == Network(rows)


def _example(kind: type[Row], chooser: random.Random) -> Row:
    plain = {str: "007", dt.date: dt.date(2026, 2, 1), bool: True, int: 1}
    values = {}
    for column in kind.model_fields:
        wanted = value_type(kind, column)
        if issubclass(wanted, Enum):
            values[column] = chooser.choice(list(wanted))
        else:
            values[column] = plain.get(wanted, 0.1 * chooser.random())
    return kind.model_validate(values)


def test_only_used_columns_are_written_in_schema_order(tmp_path: Path) -> None:
    write(
        Network({"settings": [SETTINGS], "firms": [Firm(firm="A", cluster="c", rating="AA")]}), tmp_path / "n"
    )
    assert (tmp_path / "n" / "firms.csv").read_text() == "firm,cluster,rating\nA,c,AA\n"
    assert sorted(p.name for p in (tmp_path / "n").iterdir()) == ["firms.csv", "settings.csv"]


def test_writing_replaces_a_network_and_keeps_its_notes(tmp_path: Path) -> None:
    write(Network({"settings": [SETTINGS], "periods": [Period(period=1, days=15)]}), tmp_path / "n")
    (tmp_path / "n" / "README.md").write_text("sources")
    write(Network({"settings": [SETTINGS]}), tmp_path / "n")
    assert sorted(p.name for p in (tmp_path / "n").iterdir()) == ["README.md", "settings.csv"]
    assert [p.name for p in tmp_path.iterdir()] == ["n"]


def test_writing_never_replaces_other_files(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(InputError) as caught:
        write(Network({}), tmp_path)
    assert _codes(caught.value) == ["occupied-target"]
    assert (tmp_path / "letter.txt").read_text() == "dear"


def test_text_no_workbook_holds_is_reported_and_nothing_is_written(tmp_path: Path) -> None:
    network = Network(
        {"families": [Family(family="a", name="bell \x07"), Family(family="b", name="x" * 40_000)]}
    )
    with pytest.raises(InputError) as caught:
        write(network, tmp_path / "n.xlsx")
    assert _codes(caught.value) == ["unwritable-text", "unwritable-text"]
    assert list(tmp_path.iterdir()) == []


def test_spreadsheet_habits_are_tolerated(tmp_path: Path) -> None:
    _folder(tmp_path, settings="\ufeffname,start,money,\r\n x , 2026-01-01 ,TRUE,\r\n,,,\r\n\r\n")
    assert read(tmp_path) == Network({"settings": [SETTINGS]})


def test_identifiers_stay_text(tmp_path: Path) -> None:
    _folder(tmp_path, warehouses="warehouse,zone,country\n007,NA,NA\n")
    assert read(tmp_path) == Network({"warehouses": [Warehouse(warehouse="007", zone="NA", country="NA")]})


def _many(count: int) -> dict[str, str]:
    rows = [{"product": f"p{i}", "market": "m", "period": 1, "quantity": i / 7} for i in range(count)]
    lines = ["product,market,period,quantity", *(",".join(map(str, row.values())) for row in rows)]
    return {"demand.csv": "\n".join(lines), "network.json": json.dumps({"demand": rows})}


@pytest.mark.parametrize("name", ["demand.csv", "network.json"])
def test_a_hundred_thousand_rows_are_read_whole(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(_many(100_000)[name])
    network = read(tmp_path if name.endswith(".csv") else tmp_path / name)
    assert len(network.all_rows(Demand)) == 100_000


@pytest.mark.slow
def test_a_workbook_of_a_hundred_thousand_rows_is_read_whole(tmp_path: Path) -> None:
    rows = [Demand(product=f"p{i}", market="m", period=1, quantity=i / 7) for i in range(100_000)]
    write(Network({"settings": [SETTINGS], "demand": rows}), tmp_path / "n.xlsx")
    network = read(tmp_path / "n.xlsx")
    assert network.all_rows(Demand) == tuple(rows)


def _folder(path: Path, **tables: str) -> Path:
    for name, content in tables.items():
        (path / f"{name}.csv").write_text(content, encoding="utf-8", newline="")
    return path


def _codes(error: InputError) -> list[str]:
    return [finding.code for finding in error.findings]
