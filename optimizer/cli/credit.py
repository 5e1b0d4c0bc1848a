"""Verb about credit: rate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from ...instances.credit import RatedBuyer, RatedFirm, Scorecard, rank_buyers, rank_firms, scorecard
from ...instances.credit.ranking import BuyerLift, FirmLift
from ...instances.credit.scorecard import Step
from ...instances.network import Network
from ...instances.tables import Subject
from ..text import amount, grid, percent
from .networks import read
from .options import AsJson, NetworkPath
from .output import reporting

NONE = "–"
SHARE = "1"
GIVEN = "*"


def rate(path: NetworkPath, as_json: AsJson = False) -> None:
    """Rank firms and buyers by credit score, with the indicator that would lift each most.

    Shows rating, default, limit and spread, whether they are given or follow from the indicators, and
    the points behind every score.
    """
    with reporting(as_json) as out:
        network = read(path, out)
        firms, buyers = rank_firms(network), rank_buyers(network)
        cards = {subject: scorecard(network, subject) for subject in Subject}
        text = [
            *_heading("Firms", cards[Subject.FIRM], firms),
            *_firms(network, cards[Subject.FIRM], firms),
            "",
            *_heading("Buyers, by market", cards[Subject.BUYER], buyers),
            *_buyers(cards[Subject.BUYER], buyers),
            "",
            f"{GIVEN} given, so the score does not change it; {NONE} not known or not there",
        ]
        out.result(_data(network, cards, firms, buyers), "\n".join(text))


def _data(
    network: Network,
    cards: dict[Subject, Scorecard],
    firms: Sequence[RatedFirm],
    buyers: Sequence[RatedBuyer],
) -> dict[str, Any]:
    return {
        "network": network.settings.name,
        "currency": network.settings.currency,
        "scorecards": {
            subject.value: "network" if card.own else "default" for subject, card in cards.items()
        },
        "firms": [asdict(row) for row in firms],
        "buyers": [asdict(row) for row in buyers],
    }


def _heading(what: str, card: Scorecard, rows: Sequence[RatedFirm] | Sequence[RatedBuyer]) -> list[str]:
    scored = sum(row.score is not None for row in rows)
    if not scored:
        table = "firm_indicators" if card.subject is Subject.FIRM else "market_indicators"
        return [f"{what}: none has indicators (table {table}), so none has a score"]
    whose = "the network's own" if card.own else "the default"
    return [f"{what}: {scored} of {len(rows)} scored by {whose} scorecard, 0 to 100 points"]


def _firms(network: Network, card: Scorecard, rows: Sequence[RatedFirm]) -> list[str]:
    currency = network.settings.currency
    head = ("", "firm", "score", "rating", "PD a year", f"limit {currency}", "spread", "lifted most by")
    lines = [
        (
            str(row.rank),
            row.firm,
            _score(row),
            _rating(row),
            _share(row.terms.pd, 1),
            _limit(row),
            _share(row.terms.spread, 2),
            _lift(card, row, lambda lift, row=row: _firm_effect(lift, row, currency)),  # type: ignore[misc]
        )
        for row in rows
    ]
    return [*grid([head, *lines], "> > >>>"), *_points(card, [(row.firm, row) for row in rows])]


def _buyers(card: Scorecard, rows: Sequence[RatedBuyer]) -> list[str]:
    head = ("", "market", "score", "rating", "never paid", "dilution", "lifted most by")
    lines = [
        (
            str(row.rank),
            row.market,
            _score(row),
            _rating(row),
            _share(row.terms.default_rate, 2) + GIVEN * ("default_rate" in row.given),
            _share(row.terms.dilution, 1) + GIVEN * ("dilution" in row.given),
            _lift(card, row, lambda lift, row=row: _buyer_effect(lift, row)),  # type: ignore[misc]
        )
        for row in rows
    ]
    return [*grid([head, *lines], "> > >>"), *_points(card, [(row.market, row) for row in rows])]


def _score(row: RatedFirm | RatedBuyer) -> str:
    return NONE if row.score is None else f"{row.score.total:.1f}"


def _rating(row: RatedFirm | RatedBuyer) -> str:
    if "rating" not in row.given:
        return row.terms.rating or NONE
    other = f" (score: {row.scored})" if row.scored and row.scored != row.terms.rating else ""
    return f"{row.terms.rating}{GIVEN}{other}"


def _limit(row: RatedFirm) -> str:
    if row.terms.rating is None:
        return NONE
    limit = "none" if row.terms.credit_limit is None else amount(row.terms.credit_limit)
    return limit + GIVEN * ("credit_limit" in row.given)


def _share(value: float | None, digits: int) -> str:
    return NONE if value is None else percent(value, digits)


def _lift(card: Scorecard, row: RatedFirm | RatedBuyer, effect: Callable[[Any], list[str]]) -> str:
    if row.score is None:
        return NONE
    if row.lift is None:
        return "best points in everything"
    step = row.lift.step
    return f"{_move(card, step)}: {', '.join([f'+{step.gain:.1f} points', *effect(row.lift)])}"


def _move(card: Scorecard, step: Step) -> str:
    unit = next(row.unit for row in card.indicators if row.indicator == step.indicator)
    now = "not known" if step.value is None else _value(step.value, unit)
    return f"{step.indicator} {now} → {'' if step.rising else 'below '}{_value(step.target, unit)}"


def _value(value: float, unit: str) -> str:
    return percent(value) if unit == SHARE else f"{value:g} {unit}".rstrip()


def _firm_effect(lift: FirmLift, row: RatedFirm, currency: str) -> list[str]:
    now, then = row.terms, lift.terms
    if "rating" in row.given:
        return ["rating is given"]
    if now.rating == then.rating:
        return [f"stays {now.rating or 'without rating'}"]
    parts = [f"rating {then.rating}"]
    if (
        now.credit_limit is not None
        and then.credit_limit is not None
        and then.credit_limit > now.credit_limit
    ):
        parts.append(f"limit +{amount(then.credit_limit - now.credit_limit, currency)}")
    if now.spread is not None and then.spread is not None and then.spread < now.spread:
        parts.append(f"spread −{percent(now.spread - then.spread, 2)}")
    return parts


def _buyer_effect(lift: BuyerLift, row: RatedBuyer) -> list[str]:
    now, then = row.terms, lift.terms
    if "rating" in row.given:
        return ["rating is given"]
    if now.rating == then.rating:
        return [f"stays {now.rating or 'without rating'}"]
    parts = [f"rating {then.rating}"]
    if then.default_rate < now.default_rate:
        parts.append(f"never paid −{percent(now.default_rate - then.default_rate, 2)}")
    if then.dilution < now.dilution:
        parts.append(f"dilution −{percent(now.dilution - then.dilution)}")
    return parts


def _points(card: Scorecard, rows: Sequence[tuple[str, RatedFirm | RatedBuyer]]) -> list[str]:
    """The points behind every score: firms down, indicators across, with basis and weight."""
    scored = [(name, row.score, row.missing) for name, row in rows if row.score is not None]
    if not scored:
        return []
    names = [row.indicator for row in card.indicators]
    basis = ["", *(row.basis.value.replace("_", " ") for row in card.indicators)]
    weights = ["weight", *(percent(row.weight, 0) for row in card.indicators)]
    lines = [
        [name, *(f"{score.points[i]:.0f}{NONE * (i in missing)}" for i in names)]
        for name, score, missing in scored
    ]
    return ["", *grid([["points of", *names], basis, weights, *lines], " " + ">" * len(names))]
