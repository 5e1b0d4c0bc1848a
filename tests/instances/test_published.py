"""Published files as networks: exact where they are well formed, findings with file and line where not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from clusterlane.instances import files
from clusterlane.instances import tables as t
from clusterlane.instances.checks import check
from clusterlane.instances.files.published import FORMATS, read_published
from clusterlane.instances.findings import InputError
from clusterlane.instances.generate import generate
from clusterlane.optimizer import solve
from clusterlane.optimizer.cli.app import app
from typer.testing import CliRunner

TINY = "2 3\n10 5\n8. 4\n3 6 9\n5\n10 20\n4 8 4\n"
"""Sites of 10 (cost 5) and 8 (cost 4); demands 3, 5 and 4."""

TWO = """2 1 2 2
3 0
2 4
5 9 100
5 9 50
1
2
3
4
9 9 10
1 2
3 4
"""
"""Two plants (capacities 5 and 9 of two products), one satellite, two customers, two products."""


def write(folder: Path, text: str) -> Path:
    """A file of the text."""
    path = folder / "problem.txt"
    path.write_text(text)
    return path


def test_orlib_costs_serve_all_of_a_demand(tmp_path: Path) -> None:
    """Both sites are needed: 9 to open, then 3 units at 6 or 9, 5 at 10 or 20, 4 at 8 or 4 in all."""
    plan = solve(read_published(write(tmp_path, TINY), "orlib"), gap=0.0)
    assert (plan.status, plan.objective) == ("optimal", pytest.approx(9 + 6 + 10 + 4))


def test_capacity_replaces_the_placeholder(tmp_path: Path) -> None:
    """One site of 12 is enough for all."""
    path = write(tmp_path, TINY.replace("10 5", "capacity 5").replace("8. 4", "capacity 4"))
    assert solve(read_published(path, "orlib", 12.0), gap=0.0).objective == pytest.approx(5 + 6 + 10 + 8)
    with pytest.raises(InputError, match=r"missing-value .*problem.txt, row 2,.*--capacity"):
        read_published(path, "orlib")


def test_single_source(tmp_path: Path) -> None:
    """Demands 3, 3 and 3 fit sites of 5 and 5 only in parts."""
    text = "2 3\n5 1\n5 1\n3 3 3\n1 1 1\n1 1 1\n"
    assert solve(read_published(write(tmp_path, text), "holmberg"), gap=0.0).status == "infeasible"
    split = "2 3\n3 3 3\n5 5\n1 1\n1 1 1\n1 1 1\n"
    assert solve(read_published(write(tmp_path, split), "tbed1"), gap=0.0).objective == pytest.approx(11)


def test_two_products_have_costs_and_capacities_of_their_own(tmp_path: Path) -> None:
    """Product 1 (5 wanted) and 2 (4): plant 2 holds both; 50 + 10 opened, 5·2 + 4·4 to the satellite,
    3·1 + 2·2 and 0·3 + 4·4 on."""
    network = read_published(write(tmp_path, TWO), "two-stage")
    plan = solve(network, gap=0.0)
    assert plan.objective == pytest.approx(60 + 10 + 16 + 7 + 16)
    assert set(plan.tables["hubs"]["hub"]) == {"h2"}


def test_multi_period_opens_as_often_as_told_and_keeps_whom_it_serves(tmp_path: Path) -> None:
    """One site opens in each period; customer 1 is served in 1 and so in 2, cheap as 2 and 3 are."""
    text = "2 3 2\n1 1\n1 2\n10 7\n1 9\n5 1\n5 1\n20 9\n5 9\n5 5\n5 5\n"
    plan = solve(read_published(write(tmp_path, text), "multi-period"), gap=0.0)
    assert plan.objective == pytest.approx(10 + 9 + min(1 + 9 + 1, 5 + 1 + 1))
    assert plan.check["findings"] == []
    assert plan.tables["leases"].groupby("start").size().to_dict() == {1: 1, 2: 1}


@pytest.mark.parametrize(
    ("form", "text", "finding"),
    [
        ("orlib", TINY.replace("20", "2O"), "unreadable-value .* row 6, value '2O'"),
        ("orlib", TINY.replace("20", "nan"), "unreadable-value .* row 6"),
        ("orlib", TINY.replace("9\n5", "-9\n5"), "out-of-range .* row 4, .*'-9'"),
        ("orlib", TINY.replace("2 3", "2.5 3"), "out-of-range .* row 1"),
        ("orlib", TINY.replace("2 3", "0 3"), "out-of-range .* row 1"),
        ("orlib", TINY.replace("2 3", "2 900000000000"), "missing-value .* ends early"),
        ("orlib", TINY + "7", "surplus-values .* row 8"),
        ("orlib", "", "missing-value"),
        ("orlib", TINY.replace("\n5\n", "\n0\n"), "out-of-range .*nothing"),
        ("holmberg", TINY.removesuffix("4\n"), "missing-value .* ends early"),
        ("two-stage", TWO.replace("100", "x"), "unreadable-value .* row 4"),
        ("multi-period", "1 1 1\n1\n1.5\n4\n4\n", "out-of-range .* row 3"),
        ("multi-period", "1 1 1\n1\n1\n4\n0\n", "out-of-range .* row 5"),
    ],
)
def test_malformed_files(tmp_path: Path, form: str, text: str, finding: str) -> None:
    """Each fault is named by code, file, line and value."""
    with pytest.raises(InputError, match=finding):
        read_published(write(tmp_path, text), form)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file, a folder, a file that is no text."""
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(InputError, match="unreadable-file"):
            read_published(path, "orlib")
    (tmp_path / "blob").write_bytes(bytes(range(128, 256)))
    with pytest.raises(InputError, match="not-utf8"):
        read_published(tmp_path / "blob", "orlib")


@pytest.mark.parametrize(("form", "text"), [("orlib", TINY), ("two-stage", TWO)])
def test_networks_are_sound_and_survive_writing(tmp_path: Path, form: str, text: str) -> None:
    """No findings, and equal after a round trip."""
    network = read_published(write(tmp_path, text), form)
    assert check(network) == []
    files.write(network, tmp_path / "network.json")
    assert files.read(tmp_path / "network.json") == network


def test_options_that_make_no_sense(tmp_path: Path) -> None:
    """An unknown format, a capacity where the file has its own."""
    with pytest.raises(ValueError, match="orlib"):
        read_published(write(tmp_path, TINY), "ampl")
    for form, capacity in (("holmberg", 5.0), ("orlib", 0.0), ("orlib", float("nan"))):
        with pytest.raises(ValueError, match="capacity"):
            read_published(write(tmp_path, TINY), form, capacity)
    assert set(FORMATS) == {"orlib", "holmberg", "tbed1", "two-stage", "multi-period"}
    assert {row.currency for row in read_published(write(tmp_path, TINY), "orlib").rows(t.Market)} == {None}


def test_random_location_problems() -> None:
    """The same seed makes the same sound network, with the ratio of capacity to demand asked for."""
    network = generate("cst-8-20-3", 5)
    assert network == generate("cst-8-20-3", 5) != generate("cst-8-20-3", 6)
    assert check(network) == []
    room = sum(row.throughput_m3_month or 0.0 for row in network.rows(t.Tier))
    assert room == pytest.approx(3 * sum(row.quantity for row in network.rows(t.Demand)), rel=1e-3)
    for size in ("cst-8-20-1", "cst-8-20", "cst-0-20-3", "cst-9999-20-3"):
        with pytest.raises(ValueError, match="cst"):
            generate(size, 1)


def test_convert_reads_published_files(tmp_path: Path) -> None:
    """``convert --from`` writes what ``solve`` takes; a capacity without a format, or a broken file, is bad
    input."""
    path, run = str(write(tmp_path, TINY)), CliRunner().invoke
    done = run(app, ["convert", path, str(tmp_path / "net.json"), "--from", "orlib"])
    assert (done.exit_code, len(files.read(tmp_path / "net.json").rows(t.LastMile))) == (0, 6)
    done = run(
        app, ["solve", str(tmp_path / "net.json"), "-o", str(tmp_path / "plan"), "--gap", "0", "--json"]
    )
    assert (done.exit_code, json.loads(done.stdout)["objective"]) == (0, pytest.approx(29))
    for options in (["--capacity", "5"], ["--from", "ampl"], ["--from", "two-stage"]):
        assert run(app, ["convert", path, str(tmp_path / "other.json"), *options]).exit_code == 2
