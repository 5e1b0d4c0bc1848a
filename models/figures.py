"""What the tables say as arrays: figures of the rows of many keys, prices, shares over time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from operator import attrgetter
from typing import Any

import numpy as np

from ..instances.calendar import Calendar
from ..instances.tables import TariffItem
from .data import Data
from .keys import Codes, Floats, Ints, Keys

Pairs = Iterable[tuple[int, float]]


class Figures(Data):
    """Tables of a network by number of their keys (``keys.Codes``)."""

    @cached_property
    def codes(self) -> Codes:
        """Numbers of all names; a period is its own number."""
        return Codes(self.last)

    def keys(self, labels: Iterable[Any], width: int) -> Keys:
        """Keys of ``width`` positions."""
        return Keys(self.codes, labels, width)

    def by_name(self, values: Mapping[str, float]) -> Floats:
        """Values by the number of their name."""
        places = self.codes.of(values)
        out = np.full(len(self.codes.names), np.nan)
        out[places] = list(values.values())
        return out

    def table(self, name: str) -> Table:
        """A table of keyed rows (an attribute of ``Data``) as arrays, made once."""
        if name not in self._tables:
            self._tables[name] = Table(self, getattr(self, name))
        return self._tables[name]

    @cached_property
    def _tables(self) -> dict[str, Table]:
        return {}

    @cached_property
    def wanted(self) -> tuple[Keys, Floats]:
        """Keys and units of all demand."""
        return self.keys(self.demand, 3), np.array(list(self.demand.values()), dtype=float)

    def demanded(self, product: Ints, market: Ints, period: Ints) -> Floats:
        """Units demanded."""
        keys, quantity = self.wanted
        return quantity[keys.find(product, market, period)]

    @cached_property
    def lengths(self) -> Floats:
        """Days by period (from 1)."""
        return np.array([0.0, *self.calendar.days])

    @cached_property
    def discounts(self) -> Floats:
        """Value today of money by period (from 1)."""
        return np.array([0.0, *(self.discount(t) for t in self.periods)])

    @cached_property
    def _rates(self) -> dict[str | None, Floats]:
        return {}

    def rates(self, currency: str | None) -> Floats:
        """Network currency per unit of a currency by period (from 1)."""
        if currency not in self._rates:
            self._rates[currency] = np.array([0.0, *(self.fx(currency, t) for t in self.periods)])
        return self._rates[currency]

    def costs(self, product: Ints, period: Ints) -> Floats:
        """Production cost of a unit in network currency."""
        row = self.table("products").at(product)
        return row["cost"] * row.fx(period)

    def net_prices(self, product: Ints, market: Ints, period: Ints) -> Floats:
        """Price of a unit less expected default and dilution, in network currency."""
        place, sale = self.table("markets").at(market), self.table("sales").at(product, market)
        price = sale["price"] * place.fx(period)
        return price * (1 - place.given("default_rate")) * (1 - place.given("dilution"))

    def declared_values(self, product: Ints) -> Floats:
        """Customs value of a unit, in the product's currency."""
        row = self.table("products").at(product)
        return np.where(np.isnan(row["declared_value"]), row["cost"], row["declared_value"])

    def duty_rates(self, zone: Ints, family: Ints, column: str = "rate") -> Floats:
        """Figure of the duty on goods of a family cleared into a zone, 0 where there is none."""
        return self.table("duties").where(column, zone, family)

    def tariffs_of(self, item: TariffItem, places: Iterable[str]) -> Floats:
        """The operator's price per m3 (storage: m3-day) by number of the place."""
        return self.by_name({place: self.tariff(item, place) for place in places})

    def spread(
        self, period: Ints, days: Any, rule: Callable[[Calendar, int, float], Pairs] | None = None
    ) -> tuple[Ints, Ints, Floats]:
        """What a delay of some days makes of entries: which entry, a period it falls in, the share that does.

        Another ``rule`` than ``Calendar.split`` says for a period and a delay what falls where.
        """
        split = rule or _split
        delays, delay = np.unique(np.broadcast_to(days, period.shape), return_inverse=True)
        cases, case = np.unique(delay * (self.last + 1) + period, return_inverse=True)
        each = (divmod(c, self.last + 1) for c in cases.tolist())
        found = [list(split(self.calendar, t, float(delays[d]))) for d, t in each]
        counts = np.array([len(pairs) for pairs in found], dtype=np.int64)
        flat = np.array([pair for pairs in found for pair in pairs], dtype=float).reshape(-1, 2)
        entry = np.repeat(np.arange(len(period)), counts[case])
        within = np.arange(len(entry)) - np.repeat(np.cumsum(counts[case]) - counts[case], counts[case])
        at = np.repeat((np.cumsum(counts) - counts)[case], counts[case]) + within
        return entry, flat[at, 0].astype(np.int64), flat[at, 1]


def _split(calendar: Calendar, period: int, days: float) -> Pairs:
    return calendar.split(period, days)


class Table:
    """Rows of a table by key, one array for each column that is asked for."""

    def __init__(self, figures: Figures, rows: Mapping[Any, Any]):
        self.figures, self._rows = figures, list(rows.values())
        first = next(iter(rows), "")
        self._keys = figures.keys(rows, len(first) if isinstance(first, tuple) else 1)
        self._columns: dict[str, Any] = {}

    def at(self, *parts: Ints) -> Picked:
        """The rows of some keys, all of which must be there."""
        at = self._keys.find(*parts)
        if len(at) and at.min() < 0:
            raise KeyError("no such row")
        return Picked(self, at)

    def where(self, column: str, *parts: Ints) -> Floats:
        """Figures of a column for some keys, 0 for those without a row."""
        at = self._keys.find(*parts)
        return np.where(at < 0, 0.0, np.append(self.column(column), 0.0)[at])

    def column(self, name: str) -> Any:
        """A column of numbers; what is missing is not a number."""
        return self._kept(name, lambda: np.array(list(map(attrgetter(name), self._rows)), dtype=float))

    def code(self, name: str) -> Any:
        """Numbers of the names in a column."""
        return self._kept(name, lambda: self.figures.codes.of(map(attrgetter(name), self._rows)))

    def rates(self) -> Any:
        """Exchange rates by currency and period, and the currency of each row."""
        return self._kept("rates", self._currencies)

    def _currencies(self) -> tuple[Floats, Ints]:
        used = list(map(attrgetter("currency"), self._rows))
        number = {currency: i for i, currency in enumerate(dict.fromkeys(used))}
        rates = np.array([self.figures.rates(c) for c in number]).reshape(-1, self.figures.last + 1)
        return rates, np.fromiter(map(number.__getitem__, used), dtype=np.int64)

    def _kept(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self._columns:
            self._columns[name] = make()
        return self._columns[name]


class Picked:
    """Rows of a table, one for each of many keys."""

    def __init__(self, table: Table, at: Ints):
        self._table, self._at = table, at

    def __getitem__(self, column: str) -> Floats:
        return np.asarray(self._table.column(column)[self._at])

    def given(self, column: str) -> Floats:
        """Figures of a column, 0 where there is none."""
        return np.nan_to_num(self[column], nan=0.0)

    def code(self, column: str) -> Ints:
        """Numbers of the names in a column."""
        return np.asarray(self._table.code(column)[self._at])

    def taken(self, entries: Ints) -> Picked:
        """The rows of some of the keys."""
        return Picked(self._table, self._at[entries])

    def fx(self, period: Ints) -> Floats:
        """Network currency per unit of the row's currency in a period."""
        rates, currency = self._table.rates()
        return np.asarray(rates[currency[self._at], period])
