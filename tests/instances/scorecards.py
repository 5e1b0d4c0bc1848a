"""Small scorecards and unrated firms for tests of credit."""

from __future__ import annotations

from typing import Any

from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network
from small import add, bench, change

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
