"""Price lists, the operator's account, guards, statements, files and their check, the verb."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from clusterlane.instances import files
from clusterlane.instances import tables as tab
from clusterlane.instances.findings import InputError
from clusterlane.instances.network import Network
from clusterlane.optimizer import load, solve, write_plan
from clusterlane.optimizer.checker.shares import check_division
from clusterlane.optimizer.cli import app
from clusterlane.optimizer.plan import Plan
from clusterlane.optimizer.share import Sharing, share
from clusterlane.optimizer.share.files import STORE, write_sharing
from clusterlane.optimizer.share.statement import statement
from clusterlane.optimizer.share.store import Value
from clusterlane.optimizer.share.tariffs import MOST_OF_COST, price_list
from cost_games import facility
from hypothesis import given, settings
from hypothesis import strategies as st
from small import change
from typer.testing import CliRunner


@cache
def tiny() -> tuple[Network, Plan, Sharing]:
    net = load("tiny")
    plan = solve(net, gap=0)
    return net, plan, share(net, plan, gap=0.0, workers=1)


def test_shares_add_up_and_nobody_pays_more_than_alone() -> None:
    _, plan, found = tiny()
    assert plan.objective is not None
    for rule in found.rules.values():
        assert float(rule.shares.sum()) == pytest.approx(plan.objective)
    for name, value in found.alone.items():
        assert value.upper is not None
        assert found.shares[name] <= value.upper + 1e-6
    assert {"volume", "weight", "value", "alone", "dual", "shapley", "equal_profit", "least_core"} <= set(
        found.rules
    )


def test_own_costs_and_the_operators_are_the_plans_cost() -> None:
    _, plan, found = tiny()
    due = found.prices.bills["due"].sum()
    assert found.figures["direct"].sum() + due == pytest.approx(plan.objective)


def test_the_account_balances() -> None:
    _, _, found = tiny()
    account, bills = found.account, found.prices.bills
    assert account.income == pytest.approx(account.cost)
    assert account.fixed + account.variable == pytest.approx(account.cost)
    assert account.break_even == pytest.approx(1.0)
    assert bills["trueup"].sum() == pytest.approx(0, abs=1e-6)
    assert (bills["tariff"] + bills["turnover"] + bills["trueup"]).tolist() == pytest.approx(
        bills["due"].tolist()
    )


def test_a_turnover_share_replaces_part_of_the_tariff() -> None:
    net, plan, found = tiny()
    taken = share(net, plan, gap=0.0, workers=1, turnover_share=0.01)
    assert taken.account.lines["turnover share"] == pytest.approx(0.01 * taken.figures["sales"].sum())
    assert taken.prices.bills["tariff"].sum() == pytest.approx(
        found.prices.bills["tariff"].sum() - taken.account.lines["turnover share"]
    )


uses = st.lists(st.lists(st.floats(0, 100), min_size=2, max_size=2), min_size=3, max_size=3)


@settings(max_examples=40, deadline=None)
@given(uses, st.lists(st.floats(0, 50), min_size=2, max_size=2))
def test_a_tariff_that_fits_is_found(use: list[list[float]], prices: list[float]) -> None:
    """Where some prices charge everybody what is due, nothing is left to the true-up."""
    frame = pd.DataFrame(use, columns=pd.MultiIndex.from_tuples([("lane", "l"), ("order", "w")]))
    due = frame.to_numpy() @ np.array(prices)
    if due.sum() <= 1:
        return
    found = price_list(frame, np.array([1.0, 1.0]), np.zeros(3), due, np.zeros(3))
    assert (found.items["price"] >= 0).all()
    assert found.bills["tariff"].sum() == pytest.approx(due.sum())
    assert found.bills["trueup"].abs().max() <= 1e-6 * due.sum()


def test_what_one_player_uses_a_little_does_not_carry_its_bill() -> None:
    """f2 owes 60 more than its use of the shared lane, and uses 1 m3 of a lane that costs 2: the rest is
    its true-up, not a price of 60 a m3."""
    frame = pd.DataFrame(
        [[50.0, 0.0], [50.0, 0.0], [50.0, 1.0]],
        columns=pd.MultiIndex.from_tuples([("lane", "shared"), ("lane", "seldom")]),
    )
    due = np.array([50.0, 50.0, 110.0])
    found = price_list(frame, np.array([208.0, 2.0]), np.zeros(3), due, np.zeros(3))
    shared, seldom = found.items["price"]
    assert seldom <= MOST_OF_COST * 2.0 + 1e-6
    assert 150 * shared + seldom == pytest.approx(210)
    assert found.bills["trueup"].sum() == pytest.approx(0, abs=1e-6)
    assert found.bills["trueup"].iloc[2] > 30


@pytest.mark.slow
def test_small_firms_save_what_they_are_promised() -> None:
    """All are alike; f0 alone is small and saves half of its 4, the others pay what is left."""
    net = change(facility(3), tab.Firm, lambda row: row.firm != "f0", size=tab.Size.LARGE)
    plan = solve(net, gap=0)
    kept = share(net, plan, gap=0.0, workers=1, small_saving=0.5)
    assert kept.shares["f0"] == pytest.approx(2.0, abs=1e-6)
    with pytest.raises(InputError, match="guard-not-kept"):
        share(
            change(net, tab.Firm, size=tab.Size.SMALL),
            _as_of(net, plan),
            gap=0.0,
            workers=1,
            small_saving=0.5,
        )


def _as_of(net: Network, plan: Plan) -> Plan:
    return replace(plan, sha256=change(net, tab.Firm, size=tab.Size.SMALL).sha256)


def test_groups_can_be_the_players() -> None:
    net = load("tiny")
    found = share(net, tiny()[1], by="cluster", gap=0.0, workers=1)
    assert sorted(f for firms in found.players.values() for f in firms) == ["alpha", "beta"]
    assert sum(found.shares.values()) == pytest.approx(found.total)


@pytest.mark.parametrize(
    ("option", "words"), [({"rule": "dice"}, "no rule"), ({"by": "colour"}, "cluster and city")]
)
def test_unknown_choices_are_refused(option: dict[str, Any], words: str) -> None:
    net, plan, _ = tiny()
    with pytest.raises(ValueError, match=words):
        share(net, plan, **option)


def many(figures: dict[str, tuple[float, float]]) -> tuple[Network, Plan, Sharing]:
    """Seven firms with these (share, cost alone)."""
    net = facility(7)
    plan = solve(net, gap=0)
    names = list(figures)
    _, _, base = tiny()
    use = pd.DataFrame(np.ones((7, 1)), index=names, columns=pd.MultiIndex.from_tuples([("lane", "l-near")]))
    shares = np.array([value for value, _ in figures.values()])
    prices = price_list(use, np.ones(1), np.zeros(7), shares, np.zeros(7))
    found = replace(
        base,
        players={name: frozenset([name]) for name in names},
        rules={"least_core": replace(base.rules["least_core"], shares=shares)},
        alone={name: Value(cost, cost, "optimal", 0.0) for name, (_, cost) in figures.items()},
        figures=pd.DataFrame({"direct": np.zeros(7)}, index=names),
        prices=prices,
    )
    return net, plan, found


FIGURES = {f"f{i}": (10.0 + i, 20.0 + 3 * i) for i in range(7)}


def test_a_statement_tells_nothing_of_single_others() -> None:
    net, plan, found = many(FIGURES)
    text = statement(net, plan, found, "f0")
    assert "f0" in text
    assert not [name for name in FIGURES if name != "f0" and name in text]
    swapped = {**FIGURES, "f3": FIGURES["f5"], "f5": FIGURES["f3"]}
    assert statement(*many(swapped), "f0") == text
    assert "THE OTHERS" in text
    assert "not told" not in text


def test_few_others_are_not_told_of_at_all() -> None:
    net, plan, found = tiny()
    assert "not told" in statement(net, plan, found, "alpha")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    net, plan, found = tiny()
    write_plan(plan, net, tmp_path / "plan")
    write_sharing(net, plan, found, tmp_path / "plan")
    return tmp_path / "plan"


def test_the_division_written_passes_its_check(folder: Path) -> None:
    net, plan, _ = tiny()
    assert check_division(net, plan, folder) == []
    assert (folder / "statements" / "alpha.txt").is_file()
    assert pd.read_csv(folder / "tariffs.csv")["price"].ge(0).all()


@pytest.mark.parametrize(
    ("file", "column", "factor", "code"),
    [
        ("shares.csv", "share", 1.1, "not-all-shared"),
        ("shares.csv", "direct", 1.1, "wrong-figure"),
        ("shares.csv", "trueup", 2.0, "wrong-figure"),
        ("shares.csv", "saving_high", 1.1, "wrong-figure"),
        ("coalitions.csv", "share", 1.1, "wrong-figure"),
        ("coalitions.csv", "gain_low", 1.1, "wrong-figure"),
        ("coalitions.csv", "cost_high", 0.5, "gains-more-than-proven"),
    ],
)
def test_every_figure_of_a_division_is_checked(
    folder: Path, file: str, column: str, factor: float, code: str
) -> None:
    net, plan, _ = tiny()
    frame = pd.read_csv(folder / file)
    frame.loc[0, column] *= factor
    frame.to_csv(folder / file, index=False)
    assert code in {finding.code for finding in check_division(net, plan, folder)}


def test_damaged_files_of_a_division_are_findings(folder: Path) -> None:
    net, plan, _ = tiny()
    (folder / "sharing.json").write_text("{")
    (folder / "coalitions.csv").write_text("players\n")
    assert {f.code for f in check_division(net, plan, folder)} == {"unreadable-file"}


def test_paying_more_than_alone_is_a_warning(folder: Path) -> None:
    net, plan, _ = tiny()
    frame = pd.read_csv(folder / "shares.csv")
    step = 2000.0
    for column, sign in (("share", 1), ("due", 1), ("trueup", 1), ("saving_low", -1), ("saving_high", -1)):
        frame[column] += sign * np.array([step, -step])
    frame.to_csv(folder / "shares.csv", index=False)
    warned = [f for f in check_division(net, plan, folder) if f.severity == "warning"]
    assert [f.value for f in warned] == ["alpha"]


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_verb_shares_and_check_accepts_it(tmp_path: Path) -> None:
    net, plan, _ = tiny()
    write_plan(plan, net, tmp_path / "plan")
    result = run("share", "tiny", tmp_path / "plan", "--threads", 1, "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert {"shares", "standalone", "excess", "core_empty", "subsidy_needed", "solves", "seconds"} <= set(
        answer
    )
    assert set(answer["excess"]) == {"lower", "upper", "coalition"}
    assert (tmp_path / "plan" / STORE).is_file()
    checked = run("check", "tiny", tmp_path / "plan")
    assert checked.exit_code == 0
    assert "its cost is divided as stated" in checked.stdout
    again = run("share", "tiny", tmp_path / "plan", "--threads", 1, "--rule", "nucleolus")
    assert again.exit_code == 0, again.output
    assert "WHO PAYS WHAT" in again.stdout
    assert "0 coalitions solved" in again.stdout


def test_bad_input_of_the_verb(tmp_path: Path) -> None:
    net, plan, _ = tiny()
    write_plan(plan, net, tmp_path / "plan")
    files.write(facility(3), tmp_path / "other")
    for arguments, words in (
        (("tiny", tmp_path / "nothing"), "holds no plan"),
        ((tmp_path / "other", tmp_path / "plan"), "another network"),
        (("tiny", tmp_path / "plan", "--rule", "dice"), "no rule"),
        (("tiny", tmp_path / "plan", "--by", "colour"), "cluster and city"),
    ):
        result = run("share", *arguments)
        assert (result.exit_code, result.stdout) == (2, ""), result.output
        assert words in " ".join(result.stderr.split())
    shutil.rmtree(tmp_path / "plan")
