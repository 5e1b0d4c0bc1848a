"""Firms and buyers ranked by score, each with the one step that would lift it most."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from ..tables import BuyerRating, Firm, Market, Rating, Subject
from .filling import Filling
from .scorecard import Score, Scorecard, Step, Values, buyer_values, earned, firm_values, scorecard

if TYPE_CHECKING:
    from ..network import Network


@dataclass(frozen=True)
class FirmTerms:
    """What a firm's rating gives it: PD and spreads per year, limit in network currency.

    ``None``: no rating and so no loans; for the limit alone: no limit.
    """

    rating: str | None
    pd: float | None
    credit_limit: float | None
    spread: float | None
    spread_guaranteed: float | None


@dataclass(frozen=True)
class BuyerTerms:
    """What a market's buyers are expected to cost, as shares of sales."""

    rating: str | None
    default_rate: float
    dilution: float


@dataclass(frozen=True)
class FirmLift:
    """A step and the terms after it."""

    step: Step
    terms: FirmTerms


@dataclass(frozen=True)
class BuyerLift:
    """A step and the terms after it."""

    step: Step
    terms: BuyerTerms


@dataclass(frozen=True)
class RatedFirm:
    """A firm in the ranking; ``given`` names the columns that are not derived.

    ``score``, ``scored`` (the rating it earns) and ``lift`` are missing for a firm without indicators;
    ``lift`` also for one that has the best points everywhere.  ``missing`` are indicators without a value.
    """

    rank: int
    firm: str
    name: str
    score: Score | None
    scored: str | None
    terms: FirmTerms
    given: tuple[str, ...]
    missing: tuple[str, ...]
    lift: FirmLift | None


@dataclass(frozen=True)
class RatedBuyer:
    """The buyers of a market in the ranking; fields as for firms."""

    rank: int
    market: str
    name: str
    score: Score | None
    scored: str | None
    terms: BuyerTerms
    given: tuple[str, ...]
    missing: tuple[str, ...]
    lift: BuyerLift | None


E = TypeVar("E", RatedFirm, RatedBuyer)


def rank_firms(network: Network) -> list[RatedFirm]:
    """Every firm that takes part: the highest score first, then those without one by their PD."""
    filling, card, values = Filling(network), scorecard(network, Subject.FIRM), firm_values(network)
    rows = [_firm(row, filling, card, values.get(row.firm)) for row in network.given(Firm)]
    return _ranked(rows, lambda row: 2.0 if row.terms.pd is None else row.terms.pd)


def rank_buyers(network: Network) -> list[RatedBuyer]:
    """The buyers of every market: the highest score first, then those without one by what they lose."""
    filling, card, values = Filling(network), scorecard(network, Subject.BUYER), buyer_values(network)
    rows = [_buyer(row, filling, card, values.get(row.market)) for row in network.given(Market)]
    return _ranked(rows, lambda row: row.terms.default_rate + row.terms.dilution)


def _ranked(rows: Iterable[E], risk: Callable[[E], float]) -> list[E]:
    """Equal scores share a rank, and so do equal risks without a score."""

    def place(row: E) -> tuple[bool, float]:
        return (row.score is None, risk(row) if row.score is None else -row.score.total)

    ordered: list[E] = []
    for number, row in enumerate(sorted(rows, key=place), 1):
        tied = ordered and place(ordered[-1]) == place(row)
        ordered.append(replace(row, rank=ordered[-1].rank if tied else number))
    return ordered


def _firm(row: Firm, filling: Filling, card: Scorecard, values: Values | None) -> RatedFirm:
    given = _given(row, "rating", "credit_limit")
    if values is None:
        return RatedFirm(0, row.firm, row.name, None, None, _firm_terms(row, filling, None), given, (), None)
    score, step = card.score(values), _best(card, values)
    scored = _name(earned(filling.ratings, score.total))
    terms = _firm_terms(row, filling, score.total)
    lift = FirmLift(step, _firm_terms(row, filling, step.score)) if step else None
    return RatedFirm(0, row.firm, row.name, score, scored, terms, given, _missing(card, values), lift)


def _firm_terms(row: Firm, filling: Filling, score: float | None) -> FirmTerms:
    now = filling.firm(row, score)
    rating = next((r for r in filling.ratings if r.rating == now.rating), None)
    if rating is None:
        return FirmTerms(now.rating, None, None, None, None)
    return FirmTerms(now.rating, rating.pd, now.credit_limit, rating.spread, rating.spread_guaranteed)


def _buyer(row: Market, filling: Filling, card: Scorecard, values: Values | None) -> RatedBuyer:
    given = _given(row, "rating", "default_rate", "dilution")
    if values is None:
        return RatedBuyer(
            0, row.market, row.name, None, None, _buyer_terms(row, filling, None), given, (), None
        )
    score, step = card.score(values), _best(card, values)
    terms = _buyer_terms(row, filling, score.total)
    scored = _name(earned(filling.buyer_ratings, score.total))
    lift = BuyerLift(step, _buyer_terms(row, filling, step.score)) if step else None
    return RatedBuyer(0, row.market, row.name, score, scored, terms, given, _missing(card, values), lift)


def _buyer_terms(row: Market, filling: Filling, score: float | None) -> BuyerTerms:
    now = filling.market(row, score)
    return BuyerTerms(now.rating, now.default_rate or 0.0, now.dilution or 0.0)


def _best(card: Scorecard, values: Values) -> Step | None:
    """The greatest gain; of equal gains the one that comes first in the scorecard."""
    return next((step for step in card.steps(values) if step.gain > 0), None)


def _name(rating: Rating | BuyerRating | None) -> str | None:
    return rating.rating if rating else None


def _given(row: Firm | Market, *columns: str) -> tuple[str, ...]:
    return tuple(column for column in columns if getattr(row, column) is not None)


def _missing(card: Scorecard, values: Values) -> tuple[str, ...]:
    return tuple(row.indicator for row in card.indicators if row.indicator not in values)
