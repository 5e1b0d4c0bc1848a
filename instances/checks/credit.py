"""Checks of scorecard, rating scales and indicators: a better firm must never be rated worse."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

from ..credit.scorecard import Scorecard, buyer_values, firm_values, scorecard
from ..findings import Finding
from ..network import Network
from ..tables import BuyerRating, Firm, FirmIndicator, Market, MarketIndicator, Rating, Row, Subject
from .sound import at, listed

TOLERANCE = 1e-6
"""How far the weights may be from adding up to 1."""

SHARE = "1"
"""The unit of an indicator whose values are shares."""

G = TypeVar("G", Rating, BuyerRating)
Terms = Mapping[str, Callable[[G], float]]
"""Columns that must not rise with the score, as numbers that are better when lower."""


def findings(network: Network) -> Iterator[Finding]:
    """All findings; needs no calendar, and no sound keys or references."""
    cards = {subject: scorecard(network, subject) for subject in Subject}
    for card in cards.values():
        if card.own:
            yield from _weights(card)
            yield from _bands(card)
    yield from _firm_scale(network)
    yield from _buyer_scale(network)
    yield from _values(network.given(FirmIndicator), cards[Subject.FIRM])
    yield from _values(network.given(MarketIndicator), cards[Subject.BUYER])
    yield from _unknown(network, cards)


def _weights(card: Scorecard) -> Iterator[Finding]:
    total = math.fsum(row.weight for row in card.indicators)
    if abs(total - 1) > TOLERANCE:
        cause = f"the weights of the {card.subject.value} indicators add up to {total:g}"
        remedy = "change the weights so that they add up to 1"
        yield at("weights-not-one", "error", card.indicators[0], "weight", cause, remedy)


def _bands(card: Scorecard) -> Iterator[Finding]:
    for row in card.indicators:
        points = [band.points for band in card.bands_of(row.indicator)]
        if not points:
            cause = "no value of it earns points"
            remedy = "add its bands to scorecard_bands, or exclude the indicator"
            yield at("indicator-without-bands", "error", row, "indicator", cause, remedy)
        elif points not in (sorted(points), sorted(points, reverse=True)):
            band = card.bands_of(row.indicator)[_turn(points)]
            cause = f"with rising values the points are {', '.join(f'{p:g}' for p in points)}"
            remedy = "let the points only rise, or only fall, from band to band"
            yield at("points-not-monotone", "error", band, "points", cause, remedy)


def _turn(points: Sequence[float]) -> int:
    """Where the points first turn."""
    rises = [b - a for a, b in pairwise(points)]
    first = next(rise for rise in rises if rise)
    return 1 + next(i for i, rise in enumerate(rises) if rise * first < 0)


def _firm_scale(network: Network) -> Iterator[Finding]:
    rows = network.given(Rating)
    scale = [row for row in rows if row.min_score is not None]
    indicators = network.given(FirmIndicator)
    if rows and indicators and not scale:
        yield _without_scores(rows[0], "ratings")
    terms: Terms[Rating] = {
        "pd": lambda row: row.pd,
        "spread": lambda row: row.spread,
        "spread_guaranteed": lambda row: row.spread_guaranteed,
        "limit_share": lambda row: -math.inf if row.limit_share is None else -row.limit_share,
    }
    yield from _scale(scale, terms)


def _buyer_scale(network: Network) -> Iterator[Finding]:
    rows = network.given(BuyerRating)
    scale = [row for row in rows if row.min_score is not None]
    indicators = network.given(MarketIndicator)
    if rows and indicators and not scale:
        yield _without_scores(rows[0], "buyer_ratings")
    lowest = min(scale, key=lambda row: row.min_score or 0.0, default=None)
    if indicators and lowest and lowest.min_score:
        cause = f"buyers with a lower score than {lowest.min_score:g} have no rating"
        remedy = "let the lowest rating begin at 0"
        yield at("scale-above-zero", "error", lowest, "min_score", cause, remedy)
    terms: Terms[BuyerRating] = {
        "default_rate": lambda row: row.default_rate,
        "dilution": lambda row: row.dilution,
    }
    yield from _scale(scale, terms)


def _without_scores(row: Row, table: str) -> Finding:
    cause = "there are indicators, but no rating says from which score on it is earned"
    remedy = f"enter min_score, or delete the table {table} to use the default ratings"
    return at("scale-without-scores", "error", row, "min_score", cause, remedy)


def _scale(rows: list[G], terms: Terms[G]) -> Iterator[Finding]:
    ordered = sorted(rows, key=lambda row: row.min_score or 0.0)
    for worse, better in pairwise(ordered):
        if worse.min_score == better.min_score:
            cause = f"rating '{worse.rating}' begins at the same score"
            yield at("shared-min-score", "error", better, "min_score", cause, "give each its own least score")
        for column, of in terms.items():
            if of(better) > of(worse):
                what = "lower" if column == "limit_share" else "higher"
                cause = f"a better score earns a {what} {column} than rating '{worse.rating}' has"
                remedy = f"make it no {what} than that of '{worse.rating}', or change min_score"
                yield at("scale-not-monotone", "error", better, column, cause, remedy)


def _values(rows: Iterable[FirmIndicator | MarketIndicator], card: Scorecard) -> Iterator[Finding]:
    units = {row.indicator: row.unit for row in card.indicators}
    for row in rows:
        if row.indicator not in units:
            cause = f"the scorecard has no such indicator of a {card.subject.value}"
            remedy = f"use one of {listed(units, most=12)}, or add it to scorecard"
            yield at("unknown-indicator", "error", row, "indicator", cause, remedy)
        elif units[row.indicator] == SHARE and not 0 <= row.value <= 1:
            cause, remedy = "the indicator is a share from 0 to 1", "enter 95 % as 0.95"
            yield at("share-out-of-range", "error", row, "value", cause, remedy)


def _unknown(network: Network, cards: Mapping[Subject, Scorecard]) -> Iterator[Finding]:
    """Rated by indicators some of which are not known."""
    firms = {row.firm: row for row in network.given(Firm) if row.rating is None}
    markets = {row.market: row for row in network.given(Market) if row.rating is None}
    subjects: list[tuple[Mapping[str, Row], Mapping[str, Mapping[str, float]], Scorecard]] = [
        (firms, firm_values(network), cards[Subject.FIRM]),
        (markets, buyer_values(network), cards[Subject.BUYER]),
    ]
    for rows, values, card in subjects:
        names = [row.indicator for row in card.indicators]
        for name, row in rows.items():
            absent = [i for i in names if i not in values[name]] if name in values else []
            if absent:
                cause = f"no value of {listed(absent, most=8)}; each counts as the worst there is"
                remedy = f"add them to {'firm' if card.subject is Subject.FIRM else 'market'}_indicators"
                yield at("missing-indicator", "warning", row, "rating", cause, remedy)
