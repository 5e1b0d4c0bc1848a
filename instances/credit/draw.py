"""Indicators by chance, for networks that we make: plausible values round a stated soundness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..tables import Band, FirmIndicator, Indicator, MarketIndicator, Subject
from .defaults import default_bands, default_scorecard

NOISE = 0.12
"""Standard deviation of an indicator's own level round the soundness of its firm or buyers."""


def draw_firm_indicators(soundness: Mapping[str, float], rng: np.random.Generator) -> list[FirmIndicator]:
    """All indicators of the default scorecard for each firm, by its soundness (0 worst, 1 best)."""
    return [
        FirmIndicator(firm=firm, indicator=row.indicator, value=_draw(row, level, rng))
        for firm, level in soundness.items()
        for row in default_scorecard()
        if row.subject is Subject.FIRM
    ]


def draw_market_indicators(soundness: Mapping[str, float], rng: np.random.Generator) -> list[MarketIndicator]:
    """The same for the buyers of each market."""
    return [
        MarketIndicator(market=market, indicator=row.indicator, value=_draw(row, level, rng))
        for market, level in soundness.items()
        for row in default_scorecard()
        if row.subject is Subject.BUYER
    ]


def _draw(row: Indicator, soundness: float, rng: np.random.Generator) -> float:
    bands = sorted((b for b in default_bands() if b.indicator == row.indicator), key=lambda b: b.at_least)
    edges = _edges(bands)
    level = float(np.clip(soundness + NOISE * rng.standard_normal(), 0, 1))
    value = float(np.interp(level, np.linspace(0, 1, len(edges)), edges))
    return round(min(max(value, 0.0), 1.0), 3) if row.unit == "1" else float(round(max(value, 0.0)))


def _edges(bands: Sequence[Band]) -> list[float]:
    """Values from worst to best; the open worst band gets the width of its neighbour."""
    starts = [band.at_least for band in bands]
    if bands[-1].points >= bands[0].points:
        return [2 * starts[1] - starts[2], *starts[1:]]
    return [2 * starts[-1] - starts[-2], *reversed(starts)]
