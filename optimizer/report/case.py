"""What every section of a report is written from: a plan seen by a reader, and the reader's language."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ...instances.network import Network
from ...instances.tables import Firm, Funder, Loan, Market, Product
from ..ledger_facts import Facts
from ..plan import OPERATOR, Plan
from ..summary_view import View, name
from .charts import Times, over_time
from .table import Column, Kind, Table
from .words import Words

MOST_SERIES = 7
"""Most coloured series of a chart; the rest is one more."""


@dataclass(frozen=True)
class Figure:
    """A picture (SVG) with its caption, and the numbers by period behind it where it has some."""

    svg: str
    caption: str
    times: Times | None = None


def timed(words: Words, chart: Times) -> Figure:
    """A chart over the periods, its title as caption."""
    return Figure(over_time(words, chart), chart.title, chart)


@dataclass(frozen=True)
class Section:
    """A chapter of a report: sentences, pictures and tables."""

    key: str
    title: str
    sentences: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.sentences or self.figures or self.tables)


@dataclass(frozen=True)
class Division:
    """A division as it lies beside a plan: one row a player, and what is proven of it."""

    table: pd.DataFrame
    proven: Mapping[str, Any] = field(default_factory=dict)


def peak(sums: pd.Series[float]) -> tuple[int, float]:
    """The period of the greatest of sums by period, and that sum."""
    at = int(sums.to_numpy().argmax())
    return int(list(sums.index)[at]), float(sums.iloc[at])


@dataclass(frozen=True)
class Case:
    """A network and a plan of it as ``view`` lets them be seen, in the words of a language.

    ``firm`` is the firm whose own report this is ("" for the report of all); then ``view`` holds nothing of
    other firms.  ``everyone`` has figures of all firms together where they may be told.
    ``shares`` is the division of the cost, where one was made.
    """

    view: View
    words: Words
    firm: str = ""
    everyone: Mapping[str, Any] = field(default_factory=dict)
    shares: Division | None = None

    @property
    def network(self) -> Network:
        """The network, as far as it may be seen."""
        return self.view.network

    @property
    def plan(self) -> Plan:
        """The plan, as far as it may be seen."""
        return self.view.plan

    @property
    def currency(self) -> str:
        """The network's currency."""
        return self.view.currency

    @property
    def facts(self) -> Facts:
        """Prices and look-ups of the network."""
        return Facts(self.network)

    @property
    def periods(self) -> range:
        """All periods."""
        return self.network.calendar.periods

    def start(self, period: int) -> dt.date:
        """The first day of a period."""
        return self._date(math.floor(self.network.calendar.start(period)))

    def end(self, period: int) -> dt.date:
        """The last day of a period."""
        return self._date(math.ceil(self.network.calendar.end(period)) - 1)

    def _date(self, days: int) -> dt.date:
        return self.network.settings.start + dt.timedelta(days=days)

    def days(self) -> list[str]:
        """The first day of every period, for an axis."""
        return [self.words.day(self.start(t)) for t in self.periods]

    def money(self, value: float | None) -> str:
        """An amount in the network's currency."""
        return self.words.amount(value, self.currency)

    def warehouse(self, key: str) -> str:
        """Name of a warehouse."""
        return name(self.view.warehouses.get(key), key)

    def hub(self, key: str) -> str:
        """Name of a hub."""
        return name(self.view.hubs.get(key), key)

    def market(self, key: str) -> str:
        """Name of a market."""
        return name(self.network.by_key(Market).get(key), key)

    def product(self, key: str) -> str:
        """Name of a product with its firm's where all firms are told, else of the product alone."""
        row = self.network.by_key(Product).get(key)
        return key if row is None or not row.name else f"{row.name} ({key})"

    def party(self, key: str) -> str:
        """Name of a firm or the operator."""
        if key == OPERATOR:
            return self.words("operator")
        return name(self.network.by_key(Firm).get(key), key)

    def loan(self, key: str) -> str:
        """Funder and kind of a loan product."""
        row = self.network.by_key(Loan)[key]
        funder = name(self.network.by_key(Funder).get(row.funder), row.funder)
        return f"{funder}: {self.words.term(row.kind)}"

    def column(self, key: str, kind: Kind = Kind.TEXT, adds: bool = False) -> Column:
        """A column with the heading of a key; money headings name the currency."""
        return Column(self.words(f"column.{key}").replace("CURRENCY", self.currency), kind, adds)

    def by_period(self, frame: pd.DataFrame, value: pd.Series[float], by: str) -> dict[str, list[float]]:
        """Sums by key and period, the greatest key first."""
        sums = value.groupby([frame[by], frame["period"]]).sum().unstack().fillna(0.0)
        sums = sums.reindex(columns=list(self.periods), fill_value=0.0)
        ordered = sums.loc[sums.sum(axis=1).sort_values(ascending=False, kind="stable").index]
        return {
            str(key): [float(v) for v in row]
            for key, row in zip(ordered.index, ordered.to_numpy(), strict=True)
        }

    def biggest(
        self, series: Mapping[str, list[float]], named: Callable[[str], str]
    ) -> dict[str, list[float]]:
        """The first series with their names, the others added up."""
        keys = list(series)
        kept = keys if len(keys) <= MOST_SERIES + 1 else keys[:MOST_SERIES]
        out: dict[str, list[float]] = {}
        for key in kept:
            label = named(key) if named(key) not in out else f"{named(key)} ({key})"
            out[label] = series[key]
        if rest := keys[len(kept) :]:
            label = self.words("others", count=len(rest))
            out[label] = [sum(values) for values in zip(*(series[k] for k in rest), strict=True)]
        return out
