"""What is left out of firms, markets and their ratings, filled in from indicators and ratings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from ..tables import BuyerRating, Firm, Market, Rating, Row, Subject
from .sales import annual_sales
from .scorecard import (
    Score,
    buyer_ratings,
    buyer_values,
    earned,
    firm_ratings,
    firm_values,
    scorecard,
)

if TYPE_CHECKING:
    from ..network import Network

FILLED: dict[str, type[Row]] = {
    "firms": Firm,
    "markets": Market,
    "ratings": Rating,
    "buyer_ratings": BuyerRating,
}
"""The tables in which anything is filled in."""


class Filling:
    """The ratings in force in a network; what the rows give always holds.  Never raises."""

    def __init__(self, network: Network):
        self.network = network
        self.ratings = firm_ratings(network)
        self.buyer_ratings = buyer_ratings(network)

    @cached_property
    def firm_scores(self) -> dict[str, Score]:
        """Scores of the firms that have indicators."""
        card = scorecard(self.network, Subject.FIRM)
        return {firm: card.score(values) for firm, values in firm_values(self.network).items()}

    @cached_property
    def buyer_scores(self) -> dict[str, Score]:
        """Scores of the markets whose buyers have indicators."""
        card = scorecard(self.network, Subject.BUYER)
        return {market: card.score(values) for market, values in buyer_values(self.network).items()}

    @cached_property
    def _firm_ratings(self) -> Mapping[str, Rating]:
        return {row.rating: row for row in reversed(self.ratings)}

    @cached_property
    def _buyer_ratings(self) -> Mapping[str, BuyerRating]:
        return {row.rating: row for row in reversed(self.buyer_ratings)}

    @cached_property
    def _sales(self) -> dict[str, float]:
        return annual_sales(self.network)

    def firm(self, row: Firm, score: float | None) -> Firm:
        """The firm at a score (``None``: it has none): rating and limit as far as they are not given."""
        scored = None if score is None else earned(self.ratings, score)
        name = row.rating or (scored and scored.rating)
        rating = self._firm_ratings.get(name) if name else None
        limit = row.credit_limit
        if limit is None and rating is not None and rating.limit_share is not None:
            limit = rating.limit_share * self._sales.get(row.firm, 0.0)
        if (name, limit) == (row.rating, row.credit_limit):
            return row
        return row.model_copy(update={"rating": name, "credit_limit": limit})

    def market(self, row: Market, score: float | None) -> Market:
        """The market at a score: rating, default rate and dilution as far as they are not given."""
        scored = None if score is None else earned(self.buyer_ratings, score)
        name = row.rating or (scored and scored.rating)
        rating = self._buyer_ratings.get(name) if name else None
        default = row.default_rate if row.default_rate is not None else rating.default_rate if rating else 0.0
        dilution = row.dilution if row.dilution is not None else rating.dilution if rating else 0.0
        if (name, default, dilution) == (row.rating, row.default_rate, row.dilution):
            return row
        return row.model_copy(update={"rating": name, "default_rate": default, "dilution": dilution})

    def tables(self) -> dict[str, tuple[Row, ...]]:
        """The tables in which anything is filled in."""
        return {
            "firms": tuple(
                self.firm(row, self._of(self.firm_scores, row.firm)) for row in self.network.given(Firm)
            ),
            "markets": tuple(
                self.market(row, self._of(self.buyer_scores, row.market))
                for row in self.network.given(Market)
            ),
            "ratings": self.ratings,
            "buyer_ratings": self.buyer_ratings,
        }

    @staticmethod
    def _of(scores: Mapping[str, Score], subject: str) -> float | None:
        return scores[subject].total if subject in scores else None


def rated(network: Network) -> Network:
    """The network with everything that ratings fill in written into its rows, as if it were given.

    ``Network.rows`` shows these values anyway; this keeps them when the tables they rest on are changed.
    """
    fixed: dict[str, tuple[Row, ...]] = {}
    for name, kind in FILLED.items():
        given, now = network.given(kind), network.rows(kind)
        instead = {id(row): other for row, other in zip(given, now, strict=False)}
        added = now if not given else ()
        fixed[name] = (*(instead.get(id(row), row) for row in network.all_rows(kind)), *added)
    return network.replace(**fixed)
