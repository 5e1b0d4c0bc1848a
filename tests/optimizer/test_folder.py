"""The folder of a plan: exact round trip, never half-written, damage is named."""

from __future__ import annotations

import json

import pandas as pd
import plans
import pytest
from clusterlane.instances.files import read as read_network
from clusterlane.instances.findings import InputError
from clusterlane.optimizer import folder
from clusterlane.optimizer.checker import check
from clusterlane.optimizer.folder import envelope, read_plan, write_plan
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.fixture
def written(tmp_path):
    net, plan = plans.good_plan()
    write_plan(plan, net, tmp_path / "plan")
    return tmp_path / "plan"


def test_a_plan_comes_back_exactly(written):
    net, plan = plans.good_plan()
    again = read_plan(written)
    for name, table in plan.tables.items():
        pd.testing.assert_frame_equal(again.tables[name], table, check_dtype=len(table) > 0)
    pd.testing.assert_frame_equal(again.ledger, plan.ledger, check_exact=True)
    assert envelope(again) == json.loads(json.dumps(envelope(plan)))
    assert read_network(written / "network.json") == net


def test_a_plan_read_back_passes_its_check(written):
    assert check(read_network(written / "network.json"), read_plan(written)) == []


@settings(max_examples=30, deadline=None)
@given(
    st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["007", "NA", "a,b", 'c"d', "é", " e"])
)
def test_numbers_and_names_survive(tmp_path_factory, number, name):
    net, plan = plans.good_plan()
    tables = dict(plan.tables)
    tables["stock"] = plans.frame("stock", [("p", name, 2, number)])
    place = tmp_path_factory.mktemp("room") / "plan"
    write_plan(plans.planned_as(plan, tables), net, place)
    row = read_plan(place).tables["stock"].iloc[0]
    assert (row["quantity"], row["warehouse"]) == (number, name)


def test_the_folder_holds_what_a_planner_expects(written):
    names = {path.name for path in written.iterdir()}
    assert {"plan.json", "ledger.csv", "solver.log", "network.json", "leases.csv", "cash.csv"} <= names
    assert "tables" not in json.loads((written / "plan.json").read_text())


def test_an_older_plan_is_replaced_and_nothing_is_left_over(written):
    net, plan = plans.good_plan()
    (written / "stray.txt").write_text("old")
    write_plan(plan, net, written)
    assert not (written / "stray.txt").exists()
    assert [path.name for path in written.parent.iterdir()] == ["plan"]


def test_a_full_disk_leaves_the_older_plan(written, monkeypatch):
    net, plan = plans.good_plan()
    before = (written / "plan.json").read_text()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder, "write_network", full)
    with pytest.raises(OSError, match="No space"):
        write_plan(plan, net, written)
    assert (written / "plan.json").read_text() == before
    assert [path.name for path in written.parent.iterdir()] == ["plan"]


def test_something_else_is_not_overwritten(tmp_path):
    net, plan = plans.good_plan()
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError) as caught:
        write_plan(plan, net, tmp_path)
    assert caught.value.findings[0].code == "occupied-target"


def edited(key, value):
    def damage(place):
        head = json.loads((place / "plan.json").read_text())
        head[key] = value
        (place / "plan.json").write_text(json.dumps(head))

    return damage


def text(name, content):
    return lambda place: (place / name).write_bytes(content)


DAMAGE = {
    "no envelope": (lambda place: (place / "plan.json").unlink(), "unreadable-file"),
    "half an envelope": (text("plan.json", b'{"schema": 1, '), "unreadable-file"),
    "not an object": (text("plan.json", b"[1]"), "not-an-envelope"),
    "not a number": (text("plan.json", b'{"objective": NaN}'), "unreadable-file"),
    "keys missing": (text("plan.json", b"{}"), "missing-key"),
    "an older layout": (edited("schema", 99), "unknown-schema"),
    "an objective in words": (edited("objective", "low"), "wrong-value"),
    "no digest": (edited("instance", {"name": "hand"}), "wrong-value"),
    "another gap": (edited("gap", 0.5), "wrong-gap"),
    "no table": (lambda place: (place / "stock.csv").unlink(), "unreadable-file"),
    "an empty table": (text("stock.csv", b""), "unreadable-file"),
    "no text": (text("stock.csv", b"\xff\xfe\x00\x01"), "unreadable-file"),
    "a column lost": (text("stock.csv", b"product,warehouse,period\np,wh,2\n"), "wrong-column"),
    "a column too many": (text("sites.csv", b"warehouse,mood\nwh,good\n"), "wrong-column"),
    "words for a number": (
        text("stock.csv", b"product,warehouse,period,quantity\np,wh,2,ten\n"),
        "not-a-value",
    ),
    "an infinite number": (
        text("stock.csv", b"product,warehouse,period,quantity\np,wh,2,inf\n"),
        "not-a-value",
    ),
    "half a period": (text("stock.csv", b"product,warehouse,period,quantity\np,wh,2.5,1\n"), "not-a-value"),
    "a value too many": (text("sites.csv", b"warehouse\nwh,extra\n"), "wrong-row"),
    "some values too many": (text("sites.csv", b"warehouse\nwh\nwh,extra\n"), "unreadable-file"),
    "a value too few": (text("leases.csv", b"warehouse,tier,start,end\nwh,small,2\n"), "not-a-value"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_named(written, damage):
    harm, code = DAMAGE[damage]
    harm(written)
    with pytest.raises(InputError) as caught:
        read_plan(written)
    findings = caught.value.findings
    assert code in {finding.code for finding in findings}
    assert all(finding.file and finding.cause and finding.remedy for finding in findings)


def test_no_folder_is_named(tmp_path):
    with pytest.raises(InputError):
        read_plan(tmp_path / "nowhere")
