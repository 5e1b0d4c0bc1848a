"""A network: the frozen set of its tables."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from operator import attrgetter
from typing import Any, TypeVar

from .calendar import Calendar
from .credit.filling import FILLED, Filling
from .tables import KEYS, REFERENCES, TABLES, ExchangeRate, Period, Row, Settings, Status

R = TypeVar("R", bound=Row)
_NAMES = {kind: name for name, kind in TABLES.items()}


class Network:
    """The tables of a network, looked up by row class; never changed, only replaced.

    ``rows`` gives the rows that take part: included, and referring to nothing excluded; what credit
    ratings and indicators say is filled in where the row leaves it out.  ``given`` gives the same rows as
    they were read, ``all_rows`` the excluded ones too.  Construction checks nothing beyond the types;
    ``instances.checks.check`` says what is wrong with a network.
    """

    def __init__(self, tables: Mapping[str, Iterable[Row]]):
        unknown = set(tables) - set(TABLES)
        if unknown:
            raise ValueError(f"no such table: {', '.join(sorted(unknown))}")
        self._all = {name: tuple(tables.get(name, ())) for name in TABLES}

    @cached_property
    def _active(self) -> dict[str, tuple[Row, ...]]:
        rows = {name: [row for row in self._all[name] if row.status is Status.INCLUDE] for name in TABLES}
        dropped = {name: _keys(self._all[name], name) - _keys(rows[name], name) for name in TABLES}
        while any(dropped.values()):
            dropped = _cascade(rows, dropped)
        return {name: tuple(kept) for name, kept in rows.items()}

    @cached_property
    def _filled(self) -> dict[str, tuple[Row, ...]]:
        return Filling(self).tables()

    def rows(self, kind: type[R]) -> tuple[R, ...]:
        """The rows of a table that take part, in the order of the file, with ratings filled in."""
        name = _NAMES[kind]
        return (self._filled if name in FILLED else self._active)[name]  # type: ignore[return-value]

    def given(self, kind: type[R]) -> tuple[R, ...]:
        """The rows of a table that take part, as they were read."""
        return self._active[_NAMES[kind]]  # type: ignore[return-value]

    def all_rows(self, kind: type[R]) -> tuple[R, ...]:
        """Every row of a table, excluded ones too."""
        return self._all[_NAMES[kind]]  # type: ignore[return-value]

    def by_key(self, kind: type[R]) -> dict[Any, R]:
        """Rows by their key: a value for one key column, else a tuple of values."""
        columns, rows = KEYS[_NAMES[kind]], self.rows(kind)
        key = attrgetter(*columns) if columns else lambda row: ()
        return dict(zip(map(key, rows), rows, strict=True))

    @property
    def settings(self) -> Settings:
        """The one row of the table ``settings``."""
        return self.rows(Settings)[0]

    @cached_property
    def calendar(self) -> Calendar:
        """The periods as a calendar."""
        return Calendar(tuple(p.days for p in sorted(self.rows(Period), key=lambda p: p.period)))

    @cached_property
    def _rates(self) -> dict[str, list[tuple[float, float]]]:
        rates: dict[str, list[tuple[float, float]]] = {}
        for row in sorted(self.rows(ExchangeRate), key=lambda r: r.date):
            day = float((row.date - self.settings.start).days)
            rates.setdefault(row.currency, []).append((day, row.rate))
        return rates

    def exchange_rate(self, currency: str | None, period: int) -> float:
        """Network currency per unit of ``currency``, in force on the first day of ``period``.

        Before the first dated rate, that first rate holds.  Raises ``KeyError`` for a currency
        without any rate.
        """
        known = self._in_force.get((currency, period))
        if known is None:
            known = self._in_force[currency, period] = self._looked_up(currency, period)
        return known

    @cached_property
    def _in_force(self) -> dict[tuple[str | None, int], float]:
        """Rates already looked up."""
        return {}

    def _looked_up(self, currency: str | None, period: int) -> float:
        if currency is None or currency == self.settings.currency:
            return 1.0
        rates = self._rates[currency]
        day = self.calendar.start(period)
        return next((rate for since, rate in reversed(rates) if since <= day), rates[0][1])

    def replace(self, **tables: Iterable[Row]) -> Network:
        """A network with these tables (by name) instead of its own."""
        return Network({**self._all, **tables})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Network) and self._all == other._all

    __hash__ = None  # type: ignore[assignment]

    @cached_property
    def sha256(self) -> str:
        """Digest of all tables: equal for equal networks, whatever file they came from.

        Fields at their default do not count, so that a plan stays a plan of its network when a table gains a
        column that the network leaves out.
        """
        digest = hashlib.sha256()
        for name in TABLES:
            for row in self._all[name]:
                filled = row.model_dump(mode="json", exclude_defaults=True)
                digest.update(json.dumps([name, filled], sort_keys=True).encode())
        return digest.hexdigest()


def _keys(rows: Iterable[Row], name: str) -> set[Any]:
    columns = KEYS[name]
    return {getattr(row, columns[0]) for row in rows} if len(columns) == 1 else set()


def _cascade(rows: dict[str, list[Row]], dropped: dict[str, set[Any]]) -> dict[str, set[Any]]:
    """Drop rows that refer to dropped rows; return the keys dropped thereby."""
    gone: dict[str, set[Any]] = {name: set() for name in TABLES}
    for (name, column), targets in REFERENCES.items():
        lost = set().union(*(dropped[target] for target in targets))
        if not lost:
            continue
        kept = [row for row in rows[name] if getattr(row, column) not in lost]
        gone[name] |= _keys(rows[name], name) - _keys(kept, name)
        rows[name] = kept
    return gone
