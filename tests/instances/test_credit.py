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
from clusterlane.instances.credit import rank_buyers, rank_firms, rated, scorecard
from clusterlane.instances.credit.defaults import (
    default_bands,
    default_buyer_ratings,
    default_ratings,
    default_scorecard,
)
from clusterlane.instances.credit.draw import draw_firm_indicators, draw_market_indicators
from clusterlane.instances.credit.sales import annual_sales
from clusterlane.instances.files import read, write
from clusterlane.instances.network import Network
from clusterlane.instances.transform import only_firms
from hypothesis import given
from hypothesis import strategies as st
from small import START, add, bench, change, network, second_firm

FIRM, BUYER = tab.Subject.FIRM, tab.Subject.BUYER
ANTE, POST = tab.Basis.EX_ANTE, tab.Basis.EX_POST


def indicator(name: str, weight: float, subject: tab.Subject = FIRM, **more: Any) -> tab.Indicator:
    return tab.Indicator(indicator=name, subject=subject, basis=ANTE, weight=weight, **more)


def bands(name: str, *pairs: tuple[float, float]) -> list[tab.Band]:
    return [tab.Band(indicator=name, at_least=value, points=points) for value, points in pairs]


def known(**values: float) -> list[tab.FirmIndicator]:
    return [tab.FirmIndicator(firm="f", indicator=name, value=value) for name, value in values.items()]


CARD = [
    indicator("years", 0.25, unit="year"),
    indicator("disputes", 0.75, unit="1"),
    *bands("years", (0, 20), (5, 60), (10, 100)),
    *bands("disputes", (0, 100), (0.02, 40), (0.05, 0)),
]
SCALE = [
    tab.Rating(rating="high", pd=0.01, spread=0.01, spread_guaranteed=0.005, min_score=70, limit_share=0.3),
    tab.Rating(rating="low", pd=0.05, spread=0.03, spread_guaranteed=0.02, min_score=40, limit_share=0.1),
]


def unrated(*rows: tab.Row, **firm: Any) -> Network:
    """The bench network with its firm's rating left out and these rows instead of its ratings."""
    return add(change(bench().replace(ratings=()), tab.Firm, rating=None, **firm), *rows)


def firm_of(net: Network, name: str = "f") -> tab.Firm:
    return net.by_key(tab.Firm)[name]


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


# --- monotone, whatever the scorecard

NAMES = ("a", "b", "c")
shares = st.floats(0, 1)
points = st.integers(0, 20).map(lambda n: 5.0 * n)


@st.composite
def cards(draw: st.DrawFn, subject: tab.Subject) -> list[tab.Row]:
    """Mostly scorecards that pass the checks, now and then one that must not."""
    rows: list[tab.Row] = []
    parts = draw(st.lists(st.integers(0, 5), min_size=3, max_size=3).filter(sum))
    for name, part in zip(NAMES, parts, strict=True):
        starts = sorted(draw(st.sets(st.integers(-5, 20), min_size=1, max_size=5)))
        given_points = draw(st.lists(points, min_size=len(starts), max_size=len(starts)))
        order = draw(st.sampled_from(["up", "down", "up", "down", "any"]))
        if order != "any":
            given_points = sorted(given_points, reverse=order == "down")
        rows += [
            indicator(name, part / sum(parts), subject),
            *bands(name, *zip(starts, given_points, strict=True)),
        ]
    return rows


@st.composite
def scales(draw: st.DrawFn) -> list[tab.Rating]:
    count = draw(st.integers(1, 4))
    scores = sorted(draw(st.sets(points, min_size=count, max_size=count)))
    scores[0] = draw(st.sampled_from([0.0, 0.0, scores[0]]))

    def column(values: st.SearchStrategy[float], falling: bool) -> list[float]:
        drawn = draw(st.lists(values, min_size=count, max_size=count))
        return drawn if draw(st.integers(0, 9)) == 0 else sorted(drawn, reverse=falling)

    columns = zip(
        scores,
        column(shares, True),
        column(shares, True),
        column(shares, True),
        column(shares, False),
        strict=True,
    )
    return [
        tab.Rating(
            rating=f"r{i}", min_score=score, pd=pd, spread=spread, spread_guaranteed=less, limit_share=limit
        )
        for i, (score, pd, spread, less, limit) in enumerate(columns)
    ]


values = st.fixed_dictionaries({"a": st.floats(-10, 30)}, optional={n: st.floats(-10, 30) for n in "bc"})


def firm_network(card: list[tab.Row], scale: list[tab.Rating], known_values: dict[str, float]) -> Network:
    firm = tab.Firm(firm="f", cluster="c", annual_sales=1000.0)
    return network(tab.Settings(name="n", start=START), firm, *card, *scale, *known(**known_values))


def firm_risk(net: Network) -> tuple[float, ...]:
    """PD, spreads and the limit as numbers that are better when lower; no rating is the worst."""
    terms = rank_firms(net)[0].terms
    if terms.pd is None:
        return (math.inf,) * 4
    assert terms.credit_limit is not None
    assert terms.spread is not None
    assert terms.spread_guaranteed is not None
    return (terms.pd, terms.spread, terms.spread_guaranteed, -terms.credit_limit)


def broken(net: Network) -> bool:
    return any(f.severity == "error" for f in findings(net))


@given(cards(FIRM), scales(), values, st.sampled_from(NAMES), st.floats(0, 20))
def test_a_better_firm_is_never_rated_worse(
    card: list[tab.Row], scale: list[tab.Rating], before: dict[str, float], name: str, by: float
) -> None:
    net = firm_network(card, scale, before)
    if broken(net):
        return
    rising = scorecard(net, FIRM).rising(name)
    after = {**before, name: before.get(name, 0.0) + (by if rising else -by)}
    better = net.replace(firm_indicators=known(**after))
    now, then = firm_risk(net), firm_risk(better)
    assert all(b <= a for a, b in zip(now, then, strict=True))
    board = scorecard(net, FIRM)
    assert board.score(after).total >= board.score(before).total


@given(
    cards(BUYER), st.lists(st.tuples(shares, shares), min_size=2, max_size=2), values, st.sampled_from(NAMES)
)
def test_better_buyers_never_cost_more(
    card: list[tab.Row], terms: list[tuple[float, float]], before: dict[str, float], name: str
) -> None:
    scale = [
        tab.BuyerRating(rating=f"r{i}", min_score=50 * i, default_rate=d * 0.9, dilution=e * 0.9)
        for i, (d, e) in enumerate(terms)
    ]

    def with_values(known_values: dict[str, float]) -> Network:
        rows = [tab.MarketIndicator(market="m", indicator=n, value=v) for n, v in known_values.items()]
        return network(
            tab.Settings(name="n", start=START), tab.Market(market="m", zone="z"), *card, *scale, *rows
        )

    net = with_values(before)
    if broken(net):
        return
    better = {**before, name: math.copysign(1e6, 1 if scorecard(net, BUYER).rising(name) else -1)}
    now, then = (rank_buyers(n)[0].terms for n in (net, with_values(better)))
    assert then.default_rate <= now.default_rate
    assert then.dilution <= now.dilution


@given(scales(), st.integers(0, 3))
def test_a_scale_that_is_not_monotone_is_refused(scale: list[tab.Rating], place: int) -> None:
    """Whenever a higher score earns worse terms, the checks say so, and only then."""
    net = firm_network(CARD, scale, {"years": 1, "disputes": 0})
    pairs = [(a, b) for a in scale for b in scale if (a.min_score or 0) < (b.min_score or 0)]
    worse = any(
        b.pd > a.pd
        or b.spread > a.spread
        or b.spread_guaranteed > a.spread_guaranteed
        or (b.limit_share or 0) < (a.limit_share or 0)
        for a, b in pairs
    )
    assert worse == any(f.code == "scale-not-monotone" for f in findings(net))


# --- ranking and steps


@given(cards(FIRM), values)
def test_a_step_brings_what_it_promises(card: list[tab.Row], before: dict[str, float]) -> None:
    net = firm_network(card, SCALE, before)
    if broken(net):
        return
    board = scorecard(net, FIRM)
    steps = board.steps(before)
    assert [step.gain for step in steps] == sorted((step.gain for step in steps), reverse=True)
    for step in steps:
        reached = step.target if step.rising else math.nextafter(step.target, -math.inf)
        score = board.score({**before, step.indicator: reached}).total
        assert score == pytest.approx(step.score, abs=1e-5)


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
