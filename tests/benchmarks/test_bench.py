"""Measuring: the same arrays for all, what fails is recorded, what is recorded is not run again."""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from clusterlane.benchmarks import job, peers, record, run
from clusterlane.benchmarks.cases import CHANGES, Case, changed
from clusterlane.benchmarks.suites import GROUPS, SUITES
from clusterlane.optimizer import solve
from clusterlane.optimizer.cli import app
from clusterlane.optimizer.clock import Clock
from published import data
from typer.testing import CliRunner

SMALL = Case("cst-6-10-3-1", {"size": "cst-6-10-3", "seed": 1}, limit=30.0)


def task(solver: str, case: Case = SMALL, **more: object) -> dict[str, Any]:
    base = {"suite": "s", "case": asdict(case), "solver": solver, "seed": 0, "threads": 1, "clock": "wall"}
    return {**base, "gap": case.gap, "limit": case.limit, **more}


@pytest.fixture(autouse=True)
def _same_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clock, "now", Clock.now)


MODULES = {"scip": "pyscipopt", "cbc": "cbcbox", "gurobi": "gurobipy", "copt": "coptpy", "xpress": "xpress"}


@pytest.mark.parametrize("solver", [job.OURS, "highs", *MODULES])
def test_every_solver_finds_the_same_optimum(solver: str) -> None:
    pytest.importorskip(MODULES.get(solver, "highspy"))
    found = job.guarded(task(solver))
    assert (found["outcome"], found["sound"]) == ("done", True), found
    assert found["objective"] == pytest.approx(solve(SMALL.network(), gap=0.0).objective, rel=1e-6)
    assert found["bound"] == pytest.approx(found["objective"], rel=2e-6)
    assert found["events"][-1][1:] == [found["objective"], found["bound"]]
    assert found["peak_mb"] > 10


def test_cp_sat_finds_a_plan_in_whole_numbers_and_proves_nothing_of_others() -> None:
    """Its bound is for whole columns only; demand that is no whole number it refuses."""
    pytest.importorskip("ortools")
    source = {"file": str(data("orlib_cap") / "cap71.txt"), "format": "orlib"}
    found = job.guarded(task("cp-sat", Case("cap71", source, limit=60.0)))
    assert (found["outcome"], found["sound"], found["bound"]) == ("done", True, None), found
    assert found["objective"] == pytest.approx(932615.75)
    assert job.guarded(task("cp-sat"))["outcome"] == "refused"


def test_a_missing_peer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyscipopt", None)
    assert job.guarded(task("scip")) == {"outcome": "missing", "error": "PySCIPOpt is not installed"}


def test_a_licence_that_refuses_is_not_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: peers.Task) -> None:
        raise peers.RefusedError("too large for the licence")

    monkeypatch.setitem(peers.PEERS, "gurobi", refuse)
    found = job.guarded(task("gurobi"))
    assert found == {"outcome": "refused", "error": "too large for the licence"}


def test_a_point_that_breaks_a_rule_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    def cheat(work: peers.Task) -> Any:
        work.trace.note(0.0, 0.0)
        return 0 * work.arrays.cost

    monkeypatch.setitem(peers.PEERS, "highs", cheat)
    assert job.guarded(task("highs"))["sound"] is False


def test_a_process_that_dies_is_recorded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What kills a process from outside, such as a lack of memory, leaves a record, and the rest runs."""
    killer = tmp_path / "python"
    killer.write_text("#!/bin/sh\nkill -9 $$\n")
    killer.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(killer))
    found = run.one(task("highs"))
    assert found["outcome"] == "killed"
    assert f"signal {int(signal.SIGKILL)}" in found["error"]


def test_a_process_that_is_stuck_is_killed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sleeper = tmp_path / "python"
    sleeper.write_text("#!/bin/sh\nsleep 1000\n")
    sleeper.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(sleeper))
    monkeypatch.setattr(run, "PATIENCE", 0.5)
    assert "did nothing" in run.one(task("highs"))["error"]


def test_solvers_take_turns(tmp_path: Path) -> None:
    """On every case all solvers run before the next case, not always in the same order."""
    protocol = run.Protocol(("a", "b", "c"), only="cst-50-50")
    order = [(j["case"]["name"], j["solver"]) for j in run.jobs("cst", tmp_path, protocol)]
    assert [solver for _, solver in order[:6]] == ["a", "b", "c", "b", "c", "a"]
    assert len({name for name, _ in order[:3]}) == 1


def test_what_is_recorded_is_not_run_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file, calls = tmp_path / "records.jsonl", []

    def one(work: dict[str, Any]) -> dict[str, Any]:
        calls.append(work["solver"])
        return job.guarded(work) if work["solver"] == "highs" else {"outcome": "killed", "error": "signal 9"}

    monkeypatch.setattr(run, "one", one)
    monkeypatch.setitem(run.SUITES, "cst", lambda _: iter([SMALL]))
    said: list[str] = []
    for _ in range(2):
        run.run_all(["cst"], tmp_path, file, run.Protocol(("highs", "scip"), clock="wall"), said.append)
    assert sorted(calls) == ["highs", "scip"]
    assert {r.outcome for r in record.read(file)} == {"done", "killed"}
    assert "machine" in json.loads(file.read_text().splitlines()[0])
    assert any("killed (signal 9)" in line for line in said)


@pytest.mark.parametrize("suite", list(SUITES))
def test_every_suite_has_cases_of_different_names(suite: str, tmp_path: Path) -> None:
    names = [case.name for case in SUITES[suite](tmp_path)]
    assert names
    assert len(set(names)) == len(names)


def test_groups_hold_suites() -> None:
    assert {name for group in GROUPS.values() for name in group} <= set(SUITES)


def test_networks_of_re_solves_differ() -> None:
    network = Case("park-10", {"size": "park-10", "seed": 7}).network()
    plan = solve(network, gap=0.5, time_limit=20.0)
    others = {changed(network, change, plan).sha256 for change in CHANGES}
    assert len(others | {network.sha256}) == 1 + len(CHANGES)


def bench(*words: object) -> Any:
    return CliRunner().invoke(app, ["bench", *map(str, words)])


def test_missing_files_and_names_are_lines_and_the_rest_runs(tmp_path: Path) -> None:
    words = ["cap", "no-such", "--data", tmp_path, "-o", tmp_path / "out", "--peers", "nobody"]
    done = bench(*words, "--only", "cap41")
    assert "there is no suite 'no-such', it is left out" in done.stderr
    assert "there is no peer 'nobody', it is left out" in done.stderr
    assert "cap: 1 files are missing" in done.stderr
    assert done.exit_code == 2
    assert "no record" in done.stderr


def test_a_name_that_no_case_has_is_said(tmp_path: Path) -> None:
    """With the names that there are."""
    done = bench("cap", "--data", tmp_path, "-o", tmp_path / "out", "--only", "nothing")
    assert "no case has 'nothing' in its name; there are cap41, cap42" in done.stderr
    assert done.exit_code == 2


def test_only_unknown_suites_are_an_error(tmp_path: Path) -> None:
    assert bench("no-such", "-o", tmp_path).exit_code == 2


@pytest.mark.slow
def test_a_small_measurement_from_end_to_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(run.SUITES, "cst", lambda _: iter([SMALL]))
    words = ["cst", "--peers", "highs", "--time-limit", 20, "-o", tmp_path]
    done = bench(*words)
    assert done.exit_code == 0, done.output
    assert "| highs" in done.stdout
    assert {path.name for path in tmp_path.iterdir()} >= {"records.jsonl", "report.md", "cst-profile.svg"}
    again = bench("-o", tmp_path, "--against", tmp_path / "records.jsonl")
    assert "1.00" in again.stdout.split("Against the earlier record")[1]
    assert os.path.getsize(tmp_path / "records.jsonl") > 0


def test_phases_add_up_to_the_whole() -> None:
    found = job.guarded(task(job.OURS))
    assert sum(found["phases"].values()) == pytest.approx(found["seconds"], abs=0.1)
    assert {job.BEFORE, job.AFTER} <= set(found["phases"])


def test_known_values_are_read_from_the_published_files() -> None:
    """PSC2-C1 is line "1 2", marked or not as proven."""
    folder = data("two_stage_flp_fernandes2014", "bks-50.txt").parents[1]
    known = {case.name: case.known for case in SUITES["two-stage"](folder)}
    assert known["PSC1-C1-50"] == 722178
    assert all(known[f"PSC{n}-C{c}-50"] for n in range(1, 6) for c in range(1, 6))
    single = {case.name: case.known for case in SUITES["multi-period"](folder)}
    assert len(single) == 14
