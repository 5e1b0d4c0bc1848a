"""Rows of a family kept as arrays: what a Pyomo constraint says, without an object for every term.

Half a million linking rows cost Pyomo six seconds as expressions and a tenth of one as arrays.  A family of
arrays is still a Pyomo constraint: its members are made when someone asks for them, from the arrays, which
they cannot change.  Variables are given by their places among all of the model (``columns.numbers``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import compress
from math import inf, isfinite
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.core.base.constraint import ConstraintData, IndexedConstraint
from pyomo.core.expr.numeric_expr import LinearExpression

from .columns import Columns, variables
from .keys import Codes, Floats, Ints, Keys, Parts, distinct

CONSTANT = -1
"""In place of a variable: the number 1."""


@dataclass(slots=True)
class Line:
    """A linear expression under construction: coefficients, places of variables, constant."""

    coefs: list[float] = field(default_factory=list)
    variables: list[int] = field(default_factory=list)
    constant: float = 0.0

    def add(self, coef: float, variable: int | None) -> None:
        """Add a term; ``None`` stands for the constant 1."""
        if variable is None:
            self.constant += coef
        elif coef:
            self.coefs.append(coef)
            self.variables.append(variable)

    def times(self, factor: float) -> Line:
        """This line times a number."""
        return Line([factor * coef for coef in self.coefs], self.variables, factor * self.constant)

    def less(self, other: Line) -> Line:
        """This line minus another."""
        coefs = [*self.coefs, *(-coef for coef in other.coefs)]
        return Line(coefs, [*self.variables, *other.variables], self.constant - other.constant)


@dataclass(slots=True)
class Terms:
    """Terms of many rows in any order: row, coefficient and variable of each."""

    rows: list[Ints] = field(default_factory=list)
    coefs: list[Floats] = field(default_factory=list)
    places: list[Ints] = field(default_factory=list)

    def add(self, rows: Any, coefs: Any, places: Any) -> None:
        """Add terms, each argument an array or one number; those without weight are left out."""
        if isinstance(places, Columns):
            places = places.numbers
        found = np.broadcast_arrays(rows, np.asarray(coefs, dtype=float), places)
        used = found[1] != 0
        rows, coefs, places = found if used.all() else (x[used] for x in found)
        self.rows.append(rows)
        self.coefs.append(coefs)
        self.places.append(places)

    def arrays(self) -> tuple[Ints, Floats, Ints]:
        """Rows, coefficients and places of all terms."""
        if len(self.rows) != 1:
            nothing = np.zeros(0, dtype=np.int64)
            self.rows = [np.concatenate([nothing, *self.rows])]
            self.coefs = [np.concatenate([np.zeros(0), *self.coefs])]
            self.places = [np.concatenate([nothing, *self.places])]
        return self.rows[0], self.coefs[0], self.places[0]


class Lines:
    """Linear expressions under construction, one for each key; terms without a key of theirs are left out."""

    def __init__(self, keys: Keys):
        self.keys = keys
        self.terms = Terms()
        self.constant = np.zeros(len(keys))

    @classmethod
    def by(cls, codes: Codes, parts: Parts, coefs: Any, places: Any) -> Lines:
        """The terms of equal ``parts`` make one expression, in the order in which they first come."""
        own, at = distinct(codes, parts)
        lines = cls(own)
        lines.terms.add(at, coefs, places)
        return lines

    @property
    def labels(self) -> list[Any]:
        """The keys."""
        return self.keys.labels

    @property
    def parts(self) -> Parts:
        """Numbers of the keys by position."""
        return self.keys.parts

    @property
    def used(self) -> Any:
        """Which expressions have terms."""
        return np.bincount(self.terms.arrays()[0], minlength=len(self.keys)) > 0

    def add(self, parts: Parts, coefs: Any, places: Any) -> None:
        """Add a term to the expression of each key; where a key has none, the term is left out."""
        self.enter(self.keys.find(*parts), coefs, places)

    def extend(self, entries: Iterable[tuple[Any, float, int]]) -> None:
        """Add (key, coefficient, variable) one by one; what has no expression is left out."""
        found = list(entries)
        if found:
            keys, coefs, places = zip(*found, strict=True)
            parts = Keys(self.keys.codes, keys, self.keys.width).parts
            self.add(parts, np.array(coefs, dtype=float), np.array(places, dtype=np.int64))

    def enter(self, at: Ints, coefs: Any, places: Any) -> None:
        """Add terms to the expressions at some places; -1 stands for no expression."""
        if isinstance(places, Columns):
            places = places.numbers
        coefs, places = np.broadcast_to(coefs, at.shape), np.broadcast_to(places, at.shape)
        there = at >= 0
        if not there.all():
            at, coefs, places = at[there], coefs[there], places[there]
        certain = places == CONSTANT
        if certain.any():
            np.add.at(self.constant, at[certain], coefs[certain])
            at, coefs, places = at[~certain], coefs[~certain], places[~certain]
        self.terms.add(at, coefs, places)

    def equal(self, value: Any = 0.0) -> Rows:
        """Rows ``line = value``."""
        limit = np.asarray(value) - self.constant
        return Rows.of(self.keys.labels, self.terms, limit, limit)

    def at_most(self, limit: Any = 0.0) -> Rows:
        """Rows ``line ≤ limit``."""
        return Rows.of(
            self.keys.labels, self.terms, np.full(len(self.keys), -inf), np.asarray(limit) - self.constant
        )

    def less(self, other: Lines) -> None:
        """Take away the expressions of other lines with the same keys."""
        rows, coefs, places = other.terms.arrays()
        self.terms.add(rows, -coefs, places)
        self.constant -= other.constant

    def only(self, kept: Any) -> Lines:
        """Some of the expressions, by a mask."""
        kept = np.asarray(kept, dtype=bool)
        if kept.all():
            return self._copy()
        labels = list(compress(self.labels, kept.tolist()))
        keys = Keys(self.keys.codes, labels, self.keys.width)
        keys.parts = [part[kept] for part in self.parts]
        new, lines = np.where(kept, np.cumsum(kept) - 1, -1), Lines(keys)
        rows, coefs, places = self.terms.arrays()
        lines.enter(new[rows], coefs, places)
        lines.constant = self.constant[kept]
        return lines

    def _copy(self) -> Lines:
        lines = Lines(self.keys)
        lines.terms.add(*self.terms.arrays())
        lines.constant = self.constant.copy()
        return lines


class Rows(IndexedConstraint):  # type: ignore[misc]
    """One family of rows ``lower ≤ line ≤ upper`` by key, in the order in which they are added.

    ``labels`` holds the keys; ``terms`` gives row, coefficient and variable of every term.
    """

    def __init__(self) -> None:
        self._made: dict[Any, Any] = {}
        self._waiting = True
        super().__init__(pyo.Any)
        self.labels: list[Any] = []
        self._many = Terms()
        self._limits = (np.zeros(0), np.zeros(0))
        self._lower: list[float] = []
        self._upper: list[float] = []
        self._counts: list[int] = []
        self._singles = Line()

    @classmethod
    def of(cls, labels: list[Any], terms: Terms, lower: Floats, upper: Floats) -> Rows:
        """Rows all at once."""
        rows = cls()
        rows.labels, rows._many, rows._limits = list(labels), terms, (lower, upper)
        return rows

    def between(self, key: Any, line: Line, lower: float, upper: float) -> None:
        """Add a row with both limits."""
        self.labels.append(key)
        self._counts.append(len(line.coefs))
        self._singles.coefs.extend(line.coefs)
        self._singles.variables.extend(line.variables)
        self._lower.append(lower - line.constant)
        self._upper.append(upper - line.constant)

    def equal(self, key: Any, line: Line, value: float = 0.0) -> None:
        """Add a row ``line = value``."""
        self.between(key, line, value, value)

    def at_most(self, key: Any, line: Line, limit: float = 0.0) -> None:
        """Add a row ``line ≤ limit``."""
        self.between(key, line, -inf, limit)

    @property
    def lower(self) -> Floats:
        """Lower limits."""
        return np.append(self._limits[0], self._lower)

    @property
    def upper(self) -> Floats:
        """Upper limits."""
        return np.append(self._limits[1], self._upper)

    def terms(self) -> tuple[Ints, Floats, Ints]:
        """Rows (counted from 0), coefficients and variables of all terms, in any order."""
        if self._counts:
            first = len(self._limits[0])
            rows = first + np.repeat(np.arange(len(self._counts)), np.array(self._counts))
            self._many.add(rows, self._singles.coefs, np.array(self._singles.variables, dtype=np.int64))
            self._limits = (self.lower, self.upper)
            self._lower, self._upper, self._counts, self._singles = [], [], [], Line()
        return self._many.arrays()

    @property
    def _data(self) -> dict[Any, Any]:
        """Pyomo's members by key, made when they are first asked for."""
        if "_singles" in self.__dict__ and self._waiting:
            self._waiting = False
            self._made = self._members()
        return self._made

    @_data.setter
    def _data(self, value: dict[Any, Any]) -> None:
        self._made = value

    def _members(self) -> dict[Any, Any]:
        made: dict[Any, Any] = {}
        bodies, lower, upper = self._bodies(), self.lower.tolist(), self.upper.tolist()
        for key, body, low, high in zip(self.labels, bodies, lower, upper, strict=True):
            made[key] = member = ConstraintData(component=self)
            member.set_value((_limit(low), body, _limit(high)))
            member._index = key
        return made

    def _bodies(self) -> Iterable[LinearExpression]:
        rows, coefs, places = self.terms()
        order = np.argsort(rows, kind="stable")
        ends = np.cumsum(np.bincount(rows, minlength=len(self.labels))).tolist()
        known = variables(self.parent_block())
        found = [known[j] for j in places[order].tolist()]
        weights = coefs[order].tolist()
        for start, end in zip([0, *ends], ends, strict=False):
            yield LinearExpression(
                constant=0.0, linear_coefs=weights[start:end], linear_vars=found[start:end]
            )


def _limit(value: float) -> float | None:
    return value if isfinite(value) else None
