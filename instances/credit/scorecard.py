"""A scorecard: indicator values → points → score → rating."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from ..tables import (
    Band,
    BuyerRating,
    FirmIndicator,
    Indicator,
    MarketIndicator,
    Rating,
    Subject,
)
from .defaults import default_bands, default_buyer_ratings, default_ratings, default_scorecard

if TYPE_CHECKING:
    from ..network import Network

G = TypeVar("G", Rating, BuyerRating)
Values = Mapping[str, float]
"""What is known of one firm or buyer: indicator → value."""


@dataclass(frozen=True)
class Score:
    """A score of 0 to 100 points, and the points (0 to 100, before the weight) of each indicator."""

    total: float
    points: Mapping[str, float]


@dataclass(frozen=True)
class Step:
    """One indicator moved to its next better band."""

    indicator: str
    value: float | None
    """Its value now; ``None``: not known."""
    target: float
    """What it must reach: at least this, or below it where ``rising`` is false."""
    rising: bool
    gain: float
    """Points of score gained."""
    score: float
    """The score after the step."""


@dataclass(frozen=True)
class Scorecard:
    """The indicators of one subject with their weights and points; ``own``: given by the network."""

    subject: Subject
    indicators: tuple[Indicator, ...]
    bands: tuple[Band, ...]
    own: bool

    @cached_property
    def _bands(self) -> dict[str, list[Band]]:
        bands: dict[str, list[Band]] = defaultdict(list)
        for band in sorted(self.bands, key=lambda b: b.at_least):
            bands[band.indicator].append(band)
        return bands

    def bands_of(self, indicator: str) -> Sequence[Band]:
        """The bands of an indicator by rising value."""
        return self._bands.get(indicator, ())

    def rising(self, indicator: str) -> bool:
        """Whether a higher value earns more points."""
        bands = self.bands_of(indicator)
        return not bands or bands[-1].points >= bands[0].points

    def points(self, indicator: str, value: float | None) -> float:
        """Points of a value; an unknown value earns those of the worst band."""
        bands = self.bands_of(indicator)
        if value is None:
            return min((band.points for band in bands), default=0.0)
        reached = [band.points for band in bands if band.at_least <= value]
        return reached[-1] if reached else bands[0].points if bands else 0.0

    def score(self, values: Values) -> Score:
        """The weighted points; rounded so that a sum of 70 points is 70, whatever the weights."""
        points = {
            row.indicator: self.points(row.indicator, values.get(row.indicator)) for row in self.indicators
        }
        return Score(round(sum(row.weight * points[row.indicator] for row in self.indicators), 6), points)

    def steps(self, values: Values) -> list[Step]:
        """For each indicator its step to the next better band, the greatest gain first."""
        now = self.score(values)
        steps = [step for row in self.indicators if (step := self._step(row, values, now))]
        return sorted(steps, key=lambda step: -step.gain)

    def _step(self, row: Indicator, values: Values, now: Score) -> Step | None:
        points, rising = now.points[row.indicator], self.rising(row.indicator)
        bands = self.bands_of(row.indicator)
        better = [i for i, band in enumerate(bands) if band.points > points]
        if not better:
            return None
        place = better[0] if rising else better[-1]
        target = bands[place].at_least if rising else bands[place + 1].at_least
        gain = round(row.weight * (bands[place].points - points), 6)
        value = values.get(row.indicator)
        return Step(row.indicator, value, target, rising, gain, round(now.total + gain, 6))


def scorecard(network: Network, subject: Subject) -> Scorecard:
    """The network's own scorecard for a subject, or ours where it has no indicator for it."""
    own = [row for row in network.given(Indicator) if row.subject is subject]
    rows = own or [row for row in default_scorecard() if row.subject is subject]
    names = {row.indicator for row in rows}
    bands = network.given(Band) if own else default_bands()
    kept = tuple(band for band in bands if band.indicator in names)
    return Scorecard(subject, tuple(rows), kept, bool(own))


def firm_values(network: Network) -> dict[str, dict[str, float]]:
    """Firm → indicator → value."""
    return _values((row.firm, row) for row in network.given(FirmIndicator))


def buyer_values(network: Network) -> dict[str, dict[str, float]]:
    """Market → indicator → value."""
    return _values((row.market, row) for row in network.given(MarketIndicator))


def _values(rows: Iterable[tuple[str, FirmIndicator | MarketIndicator]]) -> dict[str, dict[str, float]]:
    values: dict[str, dict[str, float]] = defaultdict(dict)
    for subject, row in rows:
        values[subject].setdefault(row.indicator, row.value)
    return dict(values)


def firm_ratings(network: Network) -> tuple[Rating, ...]:
    """The network's ratings, or ours where it has firms with indicators and no ratings."""
    own = network.given(Rating)
    return own or (default_ratings() if network.given(FirmIndicator) else ())


def buyer_ratings(network: Network) -> tuple[BuyerRating, ...]:
    """The network's ratings of buyers, or ours where it has buyers with indicators and no ratings."""
    own = network.given(BuyerRating)
    return own or (default_buyer_ratings() if network.given(MarketIndicator) else ())


def earned(ratings: Iterable[G], score: float) -> G | None:
    """The rating with the highest ``min_score`` that a score reaches; ``None`` below all of them."""
    reached = [row for row in ratings if row.min_score is not None and row.min_score <= score]
    return max(reached, key=lambda row: row.min_score or 0.0, default=None)
