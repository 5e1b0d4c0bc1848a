"""The command: what it prints where, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from clusterlane.instances import files
from clusterlane.instances import tables as tab
from clusterlane.optimizer.cli import app
from clusterlane.optimizer.cli.exits import exit_of
from clusterlane.optimizer.plan import Plan
from small import bench, change
from typer.testing import CliRunner


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def answer(result: Any) -> Any:
    """What ``--json`` printed on stdout."""
    return json.loads(result.stdout)


@pytest.fixture
def network(tmp_path: Path) -> Path:
    files.write(bench(), tmp_path / "network")
    return tmp_path / "network"


@pytest.fixture
def plan(network: Path, tmp_path: Path) -> Path:
    assert run("solve", network, "-o", tmp_path / "plan").exit_code == 0
    return tmp_path / "plan"


def test_solve_writes_the_plan_and_says_what_to_do(network: Path, tmp_path: Path) -> None:
    result = run("solve", network, "-o", tmp_path / "out" / "plan")
    assert result.exit_code == 0, result.output
    assert "WHAT IT COSTS" in result.stdout
    assert (tmp_path / "out" / "plan" / "plan.json").is_file()


def test_solve_as_json_prints_the_envelope_and_nothing_else_on_stdout(network: Path, tmp_path: Path) -> None:
    result = run("solve", network, "-o", tmp_path / "plan", "--json")
    envelope = json.loads((tmp_path / "plan" / "plan.json").read_text())
    assert answer(result) == {**envelope, "directory": str(tmp_path / "plan")}
    assert "plan written to" in result.stderr


def test_solve_without_money_leaves_financing_out(network: Path, tmp_path: Path) -> None:
    result = run("solve", network, "-o", tmp_path / "plan", "--no-money", "--json")
    assert answer(result)["objective"] == pytest.approx(0, abs=1e-6), (
        "all demand is served without cash limits"
    )


def test_an_older_plan_is_replaced(network: Path, plan: Path) -> None:
    before = (plan / "plan.json").read_text()
    assert run("solve", network, "-o", plan, "--seed", 3).exit_code == 0
    assert (plan / "plan.json").read_text() != before


def test_solve_begins_with_an_earlier_plan(network: Path, plan: Path, tmp_path: Path) -> None:
    result = run("solve", network, "--start", plan, "-o", tmp_path / "again", "--json", "--no-compare")
    assert result.exit_code == 0, result.output
    log = (tmp_path / "again" / "solver.log").read_text(encoding="utf-8")
    assert "the plan given" in log
    missing = run("solve", network, "--start", tmp_path / "none", "-o", tmp_path / "more")
    assert missing.exit_code == 2
    assert "none" in missing.stderr
    assert not (tmp_path / "more").exists()


def test_an_earlier_plan_must_be_there(network: Path, tmp_path: Path) -> None:
    result = run("solve", network, "--start", tmp_path / "nothing", "-o", tmp_path / "plan")
    assert result.exit_code == 2
    assert "holds no plan" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_another_folder_is_left_alone(network: Path, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("dear")
    result = run("solve", network, "-o", tmp_path / "letters")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "left alone" in result.stderr
    assert [path.name for path in (tmp_path / "letters").iterdir()] == ["a.txt"]


def test_a_place_that_cannot_be_written_is_found_before_solving(network: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run("solve", network, "-o", tmp_path / "file" / "plan")
    assert result.exit_code == 2
    assert "cannot write" in result.stderr
    assert "bound" not in result.stderr


@pytest.mark.parametrize(
    "option", [("--strategy", "magic"), ("--gap", "-1"), ("--threads", "0"), ("--what",)]
)
def test_wrong_options_are_the_users(network: Path, tmp_path: Path, option: tuple[str, ...]) -> None:
    result = run("solve", network, "-o", tmp_path / "plan", *option)
    assert (result.exit_code, result.stdout) == (2, "")


def test_no_time_means_no_plan(network: Path, tmp_path: Path) -> None:
    result = run("solve", network, "-o", tmp_path / "plan", "--time-limit", 0, "--json")
    assert result.exit_code == 5, result.output
    assert answer(result)["objective"] is None
    assert not (tmp_path / "plan").exists()


def test_an_infeasible_network_has_its_own_exit_code(tmp_path: Path) -> None:
    files.write(change(bench(), tab.Sale, unmet_share=0), tmp_path / "network")
    result = run("solve", tmp_path / "network", "-o", tmp_path / "plan", "--no-compare")
    assert result.exit_code == 3, result.output
    assert "No plan can meet all limits" in result.stdout


def test_check_accepts_what_solve_wrote(network: Path, plan: Path) -> None:
    result = run("check", network, plan)
    assert result.exit_code == 0, result.output
    assert answer(run("check", network, plan, "--json"))["ok"] is True


def test_check_names_what_was_tampered_with(network: Path, plan: Path) -> None:
    table = plan / "deliveries.csv"
    head, row, *more = table.read_text().splitlines()
    cells = row.split(",")
    cells[head.split(",").index("quantity")] = "1.5"
    table.write_text("\n".join([head, ",".join(cells), *more, ""]))
    result = run("check", network, plan, "--json")
    assert result.exit_code == 7, result.output
    assert answer(result)["findings"]


def test_check_of_no_plan_is_bad_input(network: Path) -> None:
    result = run("check", network, network)
    assert result.exit_code == 2
    assert "holds no plan" in result.stderr


def test_validate_a_sound_network(network: Path) -> None:
    result = run("validate", network)
    assert result.exit_code == 0, result.output
    assert "bench can be planned" in result.stdout
    assert answer(run("validate", network, "--json"))["network"]["rows"]["firms"] == 1


def test_validate_lists_everything_that_is_wrong(network: Path) -> None:
    (network / "demand.csv").write_text("product,market,period,quantity\np,m,2,-1\nnothing,m,x,1\n")
    result = run("validate", network, "--json")
    assert result.exit_code == 2
    assert {finding["row"] for finding in answer(result)["findings"]} == {2, 3}


def test_errors_of_a_network_stop_solve_with_all_findings(network: Path, tmp_path: Path) -> None:
    (network / "demand.csv").write_text("product,market,period,quantity\nnothing,m,2,1\np,nowhere,2,1\n")
    result = run("solve", network, "-o", tmp_path / "plan", "--no-compare")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "nothing" in result.stderr
    assert "nowhere" in result.stderr


def test_an_unknown_path_lists_the_library() -> None:
    result = run("solve", "anhoi", "-o", "plan", "--json")
    assert result.exit_code == 2
    assert "tiny" in result.stderr
    assert answer(result)["findings"][0]["code"] == "no-such-path"


@pytest.mark.parametrize("name", ["copy", "copy.json", "copy.xlsx"])
def test_convert_keeps_the_network(network: Path, tmp_path: Path, name: str) -> None:
    result = run("convert", network, tmp_path / name, "--json")
    assert result.exit_code == 0, result.output
    assert files.read(tmp_path / name) == files.read(network)
    assert answer(result)["sha256"] == files.read(network).sha256


def test_convert_leaves_other_files_alone(network: Path, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("dear")
    assert run("convert", network, tmp_path / "letters").exit_code == 2
    assert (tmp_path / "letters" / "a.txt").read_text() == "dear"


def test_generate_depends_on_its_seed_alone(tmp_path: Path) -> None:
    for name, seed in (("a.json", 1), ("b.json", 1), ("c.json", 2)):
        assert run("generate", "--size", "park-6", "--seed", seed, "-o", tmp_path / name).exit_code == 0
    assert (tmp_path / "a.json").read_text() == (tmp_path / "b.json").read_text()
    assert (tmp_path / "a.json").read_text() != (tmp_path / "c.json").read_text()


@pytest.mark.parametrize("size", ["park", "village-3", "park-1000000"])
def test_generate_knows_its_sizes(tmp_path: Path, size: str) -> None:
    result = run("generate", "--size", size, "-o", tmp_path / "n.json")
    assert result.exit_code == 2
    assert "park-40" in result.stderr


def test_our_own_fault_is_one_line_and_a_log(
    monkeypatch: pytest.MonkeyPatch, network: Path, tmp_path: Path
) -> None:
    def broken(*arguments: Any, **options: Any) -> Plan:
        raise RuntimeError("wheels came off\nand more")

    monkeypatch.setattr("clusterlane.optimizer.cli.plans.find_plan", broken)
    result = run("solve", network, "-o", tmp_path / "plan", "--no-compare")
    assert result.exit_code == 1
    last = result.stderr.strip().splitlines()[-1]
    assert "wheels came off" in last
    log = Path(last.rsplit(" ", 1)[-1])
    assert "Traceback" in log.read_text()
    log.unlink()


def test_help_names_the_verbs() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for verb in ("validate", "solve", "check", "convert", "generate"):
        assert verb in result.stdout
        assert run(verb, "--help").exit_code == 0


def made(status: str, termination: str, objective: float | None = 1.0) -> Plan:
    import pandas as pd

    return Plan("n", "", status, termination, {}, pd.DataFrame(), objective=objective)


@pytest.mark.parametrize(
    ("plan", "interrupted", "code"),
    [
        (made("optimal", "gap"), False, 0),
        (made("feasible", "gap"), True, 6),
        (made("feasible", "time"), False, 4),
        (made("feasible", "interrupted"), True, 6),
        (made("unknown", "interrupted", None), True, 5),
        (made("unknown", "time", None), False, 5),
        (made("unknown", "memory", None), False, 5),
        (made("infeasible", "infeasible", None), False, 3),
        (made("imprecise", "gap"), False, 7),
        (made("imprecise", "interrupted"), True, 7),
        (made("unknown", "error", None), False, 1),
    ],
)
def test_exit_codes(plan: Plan, interrupted: bool, code: int) -> None:
    assert exit_of(plan, interrupted=interrupted) == code


def test_comparisons_are_made_kept_and_shown(tmp_path: Path) -> None:
    result = run("solve", "tiny", "-o", tmp_path / "plan")
    assert result.exit_code == 0, result.output
    assert "every firm for itself" in result.stdout
    kept = json.loads((tmp_path / "plan" / "plan.json").read_text())["comparisons"]
    assert set(kept) == {"alone", "logistics_first", "no_chain_finance"}
    assert kept["alone"]["saving_low"] <= kept["alone"]["saving_high"]
