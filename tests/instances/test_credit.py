"""Credit: from indicators to score, rating and terms; a better firm is never rated worse."""

from __future__ import annotations

import math
from importlib import resources
from typing import Any

import numpy as np
import pytest
from clusterlane.instances import credit
from clusterlane.instances import tables as tab
from clusterlane.instances.checks import check
from clusterlane.instances.checks.credit import findings
from clusterlane.instances.credit import rank_firms, rated, scorecard, with_annual_sales
from clusterlane.instances.credit.defaults import (
    default_bands,
    default_buyer_ratings,
    default_ratings,
    default_scorecard,
)
from clusterlane.instances.credit.draw import draw_firm_indicators, draw_market_indicators
from clusterlane.instances.credit.sales import annual_sales
from clusterlane.instances.files import read, write
from clusterlane.instances.findings import InputError
from clusterlane.instances.network import Network
from clusterlane.instances.transform import only_firms
from clusterlane.optimizer.scenarios.changes import Change, Origin, apply_changes
from scorecards import ANTE, BUYER, CARD, FIRM, POST, SCALE, bands, firm_of, indicator, known, unrated
from small import START, add, bench, change, network, second_firm


@pytest.mark.parametrize(
    ("years", "disputes", "score"),
    [
        (0, 0.5, 5.0),  # 0.25·20 + 0.75·0
        (4.9, 0.05, 5.0),
        (5, 0.0499, 45.0),  # 0.25·60 + 0.75·40
        (12, 0.019, 100.0),
        (-3, -1, 80.0),  # below the lowest band it still holds
    ],
)
def test_the_score_is_the_weighted_sum_of_the_points(years: float, disputes: float, score: float) -> None:
    net = unrated(*CARD, *SCALE)
    assert scorecard(net, FIRM).score({"years": years, "disputes": disputes}).total == score


def test_what_is_not_known_counts_as_the_worst() -> None:
    card = scorecard(unrated(*CARD, *SCALE), FIRM)
    assert card.score({}).total == 0.25 * 20
    assert card.score({"disputes": 0.01}).total == 0.25 * 20 + 75


def test_score_rating_limit() -> None:
    """400 of sales in 30 selling days are 200·365/30 = 2,433 in a year."""
    net = unrated(*CARD, *SCALE, *known(years=12, disputes=0.03))
    assert firm_of(net).rating == "low"
    assert firm_of(net).credit_limit == pytest.approx(0.1 * 200 * 365 / 30)
    assert firm_of(net.replace(firm_indicators=known(years=12, disputes=0.0))).rating == "high"
    assert firm_of(net.replace(firm_indicators=known(years=0, disputes=0.9))).rating is None


def test_a_year_of_sales_is_given_or_planned() -> None:
    net = second_firm(unrated(), annual_sales=77.0)
    trade = tab.Trade(trade="t", supplier="f", buyer="g", period=2, amount=60)
    sales = annual_sales(add(net, trade))
    assert sales == {"f": pytest.approx((200 + 60) * 365 / 30), "g": 77.0}


def test_sales_abroad_count_at_the_rate_of_the_day() -> None:
    euro = tab.ExchangeRate(currency="EUR", date=START, rate=1.5)
    net = change(add(unrated(), euro), tab.Market, currency="EUR")
    assert annual_sales(net)["f"] == pytest.approx(1.5 * 200 * 365 / 30)


def test_given_ratings_and_limits_override() -> None:
    net = unrated(*CARD, *SCALE, *known(years=0, disputes=0.04), annual_sales=1000.0)
    assert (firm_of(net).rating, firm_of(net).credit_limit) == (None, None)
    by_hand = change(net, tab.Firm, rating="high")
    assert (firm_of(by_hand).rating, firm_of(by_hand).credit_limit) == ("high", 300.0)
    both = change(by_hand, tab.Firm, credit_limit=5.0)
    assert (firm_of(both).rating, firm_of(both).credit_limit) == ("high", 5.0)


def test_without_indicators_nothing_changes() -> None:
    net = bench()
    assert net.rows(tab.Firm) == net.given(tab.Firm)
    assert net.rows(tab.Rating) == net.given(tab.Rating)
    assert net.rows(tab.BuyerRating) == ()
    market = net.rows(tab.Market)[0]
    assert (market.rating, market.default_rate, market.dilution) == (None, 0.0, 0.0)


BUYERS = [
    indicator("paid", 1, BUYER, unit="1"),
    *bands("paid", (0, 0), (0.9, 50), (0.99, 100)),
    tab.BuyerRating(rating="good", min_score=80, default_rate=0.01, dilution=0.02),
    tab.BuyerRating(rating="poor", min_score=0, default_rate=0.06, dilution=0.09),
]


@pytest.mark.parametrize(
    ("values", "market", "expected"),
    [
        ({"paid": 0.995}, {}, ("good", 0.01, 0.02)),
        ({"paid": 0.95}, {}, ("poor", 0.06, 0.09)),
        ({}, {"rating": "poor"}, ("poor", 0.06, 0.09)),
        ({"paid": 0.5}, {"rating": "good"}, ("good", 0.01, 0.02)),
        ({"paid": 0.5}, {"default_rate": 0.0}, ("poor", 0.0, 0.09)),
        ({"paid": 0.5}, {"dilution": 0.3}, ("poor", 0.06, 0.3)),
        ({}, {}, (None, 0.0, 0.0)),
    ],
)
def test_buyers(values: dict[str, float], market: dict[str, Any], expected: tuple[Any, ...]) -> None:
    rows = [tab.MarketIndicator(market="m", indicator=name, value=v) for name, v in values.items()]
    net = change(add(bench(), *BUYERS, *rows), tab.Market, **market)
    row = net.rows(tab.Market)[0]
    assert (row.rating, row.default_rate, row.dilution) == expected
    assert not [f for f in check(net) if f.severity == "error"]


def test_files_keep_what_was_given(tmp_path: Any) -> None:
    net = add(unrated(*CARD, *SCALE, *known(years=12, disputes=0.03)), *BUYERS)
    for name in ("n.json", "n.xlsx", "folder"):
        write(net, tmp_path / name)
        again = read(tmp_path / name)
        assert again == net
        assert again.sha256 == net.sha256
        assert again.given(tab.Firm)[0].rating is None
        assert again.rows(tab.Firm) == net.rows(tab.Firm)


def test_rated_writes_down_what_is_in_force() -> None:
    net = add(
        unrated(*known(years=12, disputes=0.03)),
        tab.MarketIndicator(market="m", indicator="buyer_years", value=9),
    )
    fixed = rated(net)
    for kind in (tab.Firm, tab.Market, tab.Rating, tab.BuyerRating):
        assert fixed.given(kind) == fixed.rows(kind) == net.rows(kind)
    assert rated(fixed) == fixed
    more = change(fixed, tab.Demand, quantity=1000.0)
    assert more.rows(tab.Firm) == net.rows(tab.Firm)


def test_a_scenario_of_more_demand_raises_no_limit() -> None:
    net = unrated(*CARD, *SCALE, *known(years=12, disputes=0.03))
    more = change(with_annual_sales(net), tab.Demand, quantity=1000.0)
    assert more.rows(tab.Firm)[0].credit_limit == pytest.approx(0.1 * 200 * 365 / 30)
    better = more.replace(firm_indicators=known(years=12, disputes=0.0))
    assert better.rows(tab.Firm)[0].credit_limit == pytest.approx(0.3 * 200 * 365 / 30)
    assert with_annual_sales(bench()) == bench()


def _scenario(net: Network, table: str, **change: Any) -> Any:
    return apply_changes(net, [(Change(table=table, **change), Origin("file", "scenario", 1))])


def test_scenarios_change_what_ratings_fill_in() -> None:
    net = unrated(*CARD, *SCALE, *known(years=12, disputes=0.03))
    limit = 0.1 * 200 * 365 / 30
    more = _scenario(net, "demand", multiply={"quantity": 5})
    assert firm_of(more).credit_limit == pytest.approx(limit)
    low = _scenario(net, "firms", where={"rating": "low"}, multiply={"credit_limit": 0.5})
    assert firm_of(low).credit_limit == pytest.approx(0.5 * limit)
    with pytest.raises(InputError, match="no row of the network fits"):
        _scenario(net, "firms", where={"rating": "high"}, multiply={"credit_limit": 0.5})


def test_scenarios_change_the_standard_ratings_where_a_network_has_none_of_its_own() -> None:
    net = unrated(*known(years_in_trade=12))
    riskier = _scenario(net, "ratings", multiply={"pd": 2})
    assert [row.pd for row in riskier.all_rows(tab.Rating)] == [2 * row.pd for row in default_ratings()]


def test_a_coalition_keeps_its_ratings() -> None:
    net = second_firm(unrated(*CARD, *SCALE, *known(years=12, disputes=0.0)), rating=None)
    alone = only_firms(net, ["f"])
    assert firm_of(alone) == firm_of(net).model_copy(update={"right": firm_of(alone).right})


def test_excluded_rows_take_no_part() -> None:
    net = unrated(*CARD, *SCALE, *known(years=12, disputes=0.0))
    off = change(net, tab.FirmIndicator, lambda row: row.indicator == "disputes", status=tab.Status.EXCLUDE)
    assert firm_of(net).rating == "high"
    assert firm_of(off).rating is None
    assert rated(off).all_rows(tab.FirmIndicator) == off.all_rows(tab.FirmIndicator)


# --- the scorecard and the scales that we ship


def test_the_default_scorecard_passes_its_own_checks() -> None:
    net = unrated(*default_scorecard(), *default_bands(), *default_ratings(), *default_buyer_ratings())
    net = add(net, *known(years=3), tab.MarketIndicator(market="m", indicator="buyer_years", value=9))
    assert {f.code for f in findings(net)} == {"missing-indicator"}
    assert scorecard(net, FIRM).own
    without = net.replace(scorecard=(), scorecard_bands=(), ratings=(), buyer_ratings=())
    assert not scorecard(without, FIRM).own
    assert without.rows(tab.Firm) == net.rows(tab.Firm)
    assert without.rows(tab.Market) == net.rows(tab.Market)


@pytest.mark.parametrize("subject", [FIRM, BUYER])
def test_default_points_span_the_whole_scale(subject: tab.Subject) -> None:
    card = scorecard(bench(), subject)
    best = {row.indicator: (math.inf if card.rising(row.indicator) else -math.inf) for row in card.indicators}
    worst = {name: -value for name, value in best.items()}
    assert card.score(best).total == 100
    assert card.score(worst).total == card.score({}).total <= 1.0
    assert {row.basis for row in card.indicators} == {ANTE, POST}


def test_drawn_indicators_follow_soundness() -> None:
    names = [f"f{i}" for i in range(40)]
    drawn = draw_firm_indicators({n: i / 39 for i, n in enumerate(names)}, np.random.default_rng(1))
    firms = [tab.Firm(firm=n, cluster="c") for n in names]
    order = [row.firm for row in rank_firms(network(*firms, *drawn))]
    places = [order.index(n) for n in names]
    assert np.corrcoef(places, range(40))[0, 1] < -0.9
    net = network(*firms, *drawn, *draw_market_indicators({"m": 0.5}, np.random.default_rng(1)))
    assert not [f for f in findings(net) if f.severity == "error"]


# --- ranking and steps


def test_firms_are_ranked_with_their_best_step() -> None:
    net = second_firm(
        unrated(*CARD, *SCALE, *known(years=12, disputes=0.03), annual_sales=1000.0), rating=None
    )
    net = add(net, tab.Firm(firm="h", cluster="c", rating="low"))
    net = add(
        net, *(tab.FirmIndicator(firm="g", indicator=i, value=v) for i, v in (("years", 6), ("disputes", 0)))
    )
    first, second, third = rank_firms(net)
    assert [(row.rank, row.firm) for row in (first, second, third)] == [(1, "g"), (2, "f"), (3, "h")]
    assert (third.score, third.lift, third.given) == (None, None, ("rating",))
    assert second.score is not None
    assert second.score.total == 55.0
    assert second.lift is not None
    step = second.lift.step
    assert (step.indicator, step.target, step.rising, step.gain, step.score) == (
        "disputes",
        0.02,
        False,
        45,
        100,
    )
    assert (second.terms.rating, second.terms.credit_limit) == ("low", 100.0)
    assert (second.lift.terms.rating, second.lift.terms.credit_limit) == ("high", 300.0)


def test_equal_scores_share_a_rank() -> None:
    firms = [tab.Firm(firm=name, cluster="c") for name in "xyz"]
    rows = [tab.FirmIndicator(firm=name, indicator="years", value=3) for name in "xy"]
    ranks = {row.firm: row.rank for row in rank_firms(network(*firms, *rows))}
    assert ranks == {"x": 1, "y": 1, "z": 3}


def test_the_best_firm_has_nothing_to_gain() -> None:
    (row,) = rank_firms(unrated(*CARD, *SCALE, *known(years=30, disputes=0)))
    assert row.score is not None
    assert row.score.total == 100
    assert row.lift is None


def test_the_page_shows_the_data_that_we_ship() -> None:
    page = (resources.files(credit) / "README.md").read_text(encoding="utf-8")
    for row in default_scorecard():
        (line,) = [text for text in page.splitlines() if text.startswith(f"| `{row.indicator}`")]
        of_it = [band for band in default_bands() if band.indicator == row.indicator]
        assert " · ".join(f"{band.at_least:g}: {band.points:g}" for band in of_it) in line
        assert f"| {row.basis.value.replace('_', ' ')} | {100 * row.weight:g} % |" in line
    for firm, buyer in zip(default_ratings(), default_buyer_ratings(), strict=True):
        assert (firm.rating, firm.min_score) == (buyer.rating, buyer.min_score)
        terms = (
            firm.pd,
            firm.limit_share,
            firm.spread,
            firm.spread_guaranteed,
            buyer.default_rate,
            buyer.dilution,
        )
        (line,) = [
            text for text in page.splitlines() if text.startswith(f"| {firm.rating} | {firm.min_score:g} |")
        ]
        shown = [float(cell.strip(" %")) / 100 for cell in line.split("|")[3:-1]]
        assert shown == pytest.approx(list(terms))
