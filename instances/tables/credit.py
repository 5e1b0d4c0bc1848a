"""How firms and buyers are rated: scorecard, the values it reads, what a buyers' rating means.

What a firm's rating means stands in ``ratings``.  The rules are in ``instances/credit/README.md``.
"""

from __future__ import annotations

from enum import StrEnum

from .base import Row, column, key


class Subject(StrEnum):
    """Whom an indicator describes."""

    FIRM = "firm"
    BUYER = "buyer"


class Basis(StrEnum):
    """What an indicator rests on."""

    EX_ANTE = "ex_ante"
    EX_POST = "ex_post"


class Indicator(Row):
    """An indicator of the scorecard and how much it counts."""

    indicator: str = key("identifier")
    name: str = column("-", "name", default="")
    subject: Subject = column("-", "firm, or buyer: the buyers of a market")
    basis: Basis = column("-", "ex_ante: known before any deal; ex_post: from past deals")
    weight: float = column("1", "part of the score; the weights of a subject add up to 1", ge=0, le=1)
    unit: str = column("-", "unit of its values, such as year; 1: a share", default="")


class Band(Row):
    """Points of an indicator from a value on, up to the next band; the lowest band also holds below."""

    indicator: str = key("indicator")
    at_least: float = column("-", "first value of the band, in the unit of the indicator")
    points: float = column(
        "point", "0 worst, 100 best; with the value they only rise or only fall", ge=0, le=100
    )


class FirmIndicator(Row):
    """What is known of a firm."""

    firm: str = key("firm")
    indicator: str = key("indicator of the scorecard")
    value: float = column("-", "in the unit of the indicator, shares as 0.95")


class MarketIndicator(Row):
    """What is known of the buyers of a market."""

    market: str = key("market")
    indicator: str = key("indicator of the scorecard")
    value: float = column("-", "in the unit of the indicator, shares as 0.95")


class BuyerRating(Row):
    """A credit rating of the buyers of a market."""

    rating: str = key("identifier")
    min_score: float | None = column(
        "point", "least score that earns it; missing: only given by hand", default=None, ge=0, le=100
    )
    default_rate: float = column("1", "share of sales that buyers never pay", ge=0, lt=1)
    dilution: float = column("1", "share of sales lost to returns and disputes", ge=0, lt=1)
