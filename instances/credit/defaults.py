"""The scorecard and the rating scales that we ship, used where a network has none of its own."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import TypeVar

from ..tables import TABLES, Band, BuyerRating, Indicator, Rating, Row

R = TypeVar("R", bound=Row)
_NAMES = {kind: name for name, kind in TABLES.items()}


def default_ratings() -> tuple[Rating, ...]:
    """The ratings of firms, best first."""
    return _rows(Rating)


def default_buyer_ratings() -> tuple[BuyerRating, ...]:
    """The ratings of buyers, best first."""
    return _rows(BuyerRating)


def default_scorecard() -> tuple[Indicator, ...]:
    """The indicators of firms and buyers with their weights."""
    return _rows(Indicator)


def default_bands() -> tuple[Band, ...]:
    """The points of every default indicator."""
    return _rows(Band)


@cache
def _rows(kind: type[R]) -> tuple[R, ...]:
    """Read without ``instances.files``, which itself needs networks and so this package."""
    source = resources.files(__package__) / "default" / f"{_NAMES[kind]}.csv"
    lines = csv.DictReader(source.read_text(encoding="utf-8").splitlines())
    return tuple(kind.model_validate_strings({c: v for c, v in line.items() if v}) for line in lines)
