"""Ratings from indicators, in a plan: model, ledger and checker see the same, files keep what was given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from clusterlane.instances import files
from clusterlane.instances import tables as tab
from clusterlane.instances.credit import rated
from clusterlane.instances.network import Network
from clusterlane.optimizer import check, read_plan, solve, write_plan
from clusterlane.optimizer.cli import app
from small import add, bench, change
from typer.testing import CliRunner

CARD = (
    tab.Indicator(
        indicator="late",
        subject=tab.Subject.FIRM,
        basis=tab.Basis.EX_POST,
        weight=1,
        unit="1",
        name="late deals",
    ),
    tab.Band(indicator="late", at_least=0, points=100),
    tab.Band(indicator="late", at_least=0.1, points=50),
    tab.Rating(rating="A", pd=0.01, spread=0.0, min_score=80, limit_share=0.2),
    tab.Rating(rating="B", pd=0.1, spread=0.365, min_score=0, limit_share=0.1),
)
LOAN = tab.Loan(loan="g", funder="b", kind=tab.LoanKind.ORDER, advance=0.5, tenor_days=30, lgd=0)


def indicators(late: float) -> Network:
    """The bench with a loan, its firm (300 of sales a year) rated by the share of its late deals."""
    net = change(bench().replace(ratings=()), tab.Firm, rating=None, annual_sales=300.0)
    return add(net, LOAN, *CARD, tab.FirmIndicator(firm="f", indicator="late", value=late))


def test_a_better_indicator_makes_a_cheaper_plan() -> None:
    """Goods for 100 and 50 of cash.  B: a limit of 30 and 3 % of interest on it; A: 60 at no spread."""
    plan = solve(indicators(0.2), gap=0)
    interest = 30 * 0.365 * 30 / 365
    short = 100 - (50 + 30 - interest)
    assert plan.objective == pytest.approx(short + interest)
    assert solve(indicators(0.05), gap=0).objective == pytest.approx(0, abs=1e-6)


def test_buyers_rated_are_buyers_given() -> None:
    """The default scorecard: all but the years unknown is the lowest rating of buyers."""
    net = add(indicators(0.05), tab.MarketIndicator(market="m", indicator="buyer_years", value=9))
    lowest = change(net, tab.Market, default_rate=0.05, dilution=0.1)
    plan, other = solve(net, gap=0), solve(lowest, gap=0)
    assert plan.kpis == other.kpis
    sales = plan.ledger.loc[plan.ledger["term"] == "sales", "amount"].sum()
    assert sales == pytest.approx(10 * 20 * 0.95 * 0.9)


def test_a_plan_keeps_the_raw_network_and_is_checked_again_from_it(tmp_path: Path) -> None:
    net = indicators(0.2)
    plan = solve(net, gap=0)
    write_plan(plan, net, tmp_path / "plan")
    raw = files.read(tmp_path / "plan" / "network.json")
    assert raw == net
    assert raw.given(tab.Firm)[0].rating is None
    assert check(raw, read_plan(tmp_path / "plan")) == []
    loans = plan.tables["loans"]
    assert loans["balance"].max() == pytest.approx(30)
    assert {finding.code for finding in check(rated(net), plan)} == {"other-network"}
    assert "line-rate" in {finding.code for finding in check(change(net, tab.Rating, spread=0.1), plan)}


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_rate_ranks_and_says_what_lifts(tmp_path: Path) -> None:
    net = add(indicators(0.2), tab.Firm(firm="h", cluster="c", rating="A", credit_limit=70.0))
    files.write(net, tmp_path / "n.json")
    result = run("rate", tmp_path / "n.json")
    assert result.exit_code == 0, result.output
    lines = {line.split()[1]: line for line in result.stdout.splitlines() if len(line.split()) > 1}
    assert "50.0" in lines["f"]
    assert "late 20.0 % → below 10.0 %: +50.0 points, rating A, limit +30 USD, spread −36.50 %" in lines["f"]
    assert "A*" in lines["h"]
    assert "70*" in lines["h"]
    assert "none has indicators (table market_indicators)" in result.stdout


def test_rate_as_json(tmp_path: Path) -> None:
    files.write(indicators(0.2), tmp_path / "n.json")
    result = run("rate", tmp_path / "n.json", "--json")
    data = json.loads(result.stdout)
    assert data["scorecards"] == {"firm": "network", "buyer": "default"}
    (firm,) = data["firms"]
    assert (firm["rank"], firm["score"], firm["scored"]) == (
        1,
        {"total": 50.0, "points": {"late": 50.0}},
        "B",
    )
    assert firm["terms"] == {
        "rating": "B",
        "pd": 0.1,
        "credit_limit": 30.0,
        "spread": 0.365,
        "spread_guaranteed": 0.0,
    }
    assert (firm["given"], firm["missing"]) == ([], [])
    assert firm["lift"]["terms"]["rating"] == "A"
    assert data["buyers"][0]["score"] is None


def test_rate_refuses_a_broken_scorecard(tmp_path: Path) -> None:
    files.write(change(indicators(0.2), tab.Indicator, weight=0.5), tmp_path / "n.json")
    result = run("rate", tmp_path / "n.json")
    assert result.exit_code == 2
    assert "weights-not-one" in result.stderr
    assert result.stdout == ""


def test_rate_of_a_network_without_indicators() -> None:
    result = run("rate", "tiny")
    assert result.exit_code == 0
    assert "none has a score" in result.stdout
