"""Whatever scorecard passes the checks: a better firm or buyer is never rated worse."""

from __future__ import annotations

import math

import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.checks.credit import findings
from clusterlane.instances.credit import rank_buyers, rank_firms, scorecard
from clusterlane.instances.network import Network
from hypothesis import given
from hypothesis import strategies as st
from scorecards import BUYER, CARD, FIRM, SCALE, bands, indicator, known
from small import START, network

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
