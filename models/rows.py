"""Rows of a family kept as flat lists: what a Pyomo constraint says, without an object for every term.

Half a million linking rows cost Pyomo six seconds as expressions and half a second as lists.  A family of
lists is still a Pyomo constraint: its members are made when someone asks for them, from the lists, which they
cannot change.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import Any

import pyomo.environ as pyo
from pyomo.core.base.constraint import ConstraintData, IndexedConstraint
from pyomo.core.expr.numeric_expr import LinearExpression


@dataclass(slots=True)
class Line:
    """A linear expression under construction: coefficients, variables, constant."""

    coefs: list[float] = field(default_factory=list)
    variables: list[Any] = field(default_factory=list)
    constant: float = 0.0

    def add(self, coef: float, variable: Any) -> None:
        """Add a term; ``None`` stands for the constant 1."""
        if variable is None:
            self.constant += coef
        elif coef:
            self.coefs.append(coef)
            self.variables.append(variable)

    def less(self, other: Line) -> Line:
        """This line minus another."""
        coefs = [*self.coefs, *(-coef for coef in other.coefs)]
        return Line(coefs, [*self.variables, *other.variables], self.constant - other.constant)

    def expression(self) -> LinearExpression:
        """The terms without the constant, for a Pyomo row."""
        return LinearExpression(constant=0.0, linear_coefs=self.coefs, linear_vars=self.variables)


class Rows(IndexedConstraint):  # type: ignore[misc]
    """One family of rows ``lower ≤ line ≤ upper`` by key, in the order in which they are added.

    ``labels`` holds the keys, ``counts`` the number of terms of each row; ``coefs`` and ``variables`` hold
    the terms of all rows one after the other.
    """

    def __init__(self) -> None:
        self._made: dict[Any, Any] = {}
        self._waiting = True
        super().__init__(pyo.Any)
        self.labels: list[Any] = []
        self.counts: list[int] = []
        self.coefs: list[float] = []
        self.variables: list[Any] = []
        self.lower: list[float] = []
        self.upper: list[float] = []

    def between(self, key: Any, line: Line, lower: float, upper: float) -> None:
        """Add a row with both limits."""
        self.labels.append(key)
        self.counts.append(len(line.coefs))
        self.coefs.extend(line.coefs)
        self.variables.extend(line.variables)
        self.lower.append(lower - line.constant)
        self.upper.append(upper - line.constant)

    def equal(self, key: Any, line: Line, value: float = 0.0) -> None:
        """Add a row ``line = value``."""
        self.between(key, line, value, value)

    def at_most(self, key: Any, line: Line, limit: float = 0.0) -> None:
        """Add a row ``line ≤ limit``."""
        self.between(key, line, -inf, limit)

    @property
    def _data(self) -> dict[Any, Any]:
        """Pyomo's members by key, made when they are first asked for."""
        if "labels" in self.__dict__ and self._waiting:
            self._waiting = False
            self._made = self._members()
        return self._made

    @_data.setter
    def _data(self, value: dict[Any, Any]) -> None:
        self._made = value

    def _members(self) -> dict[Any, Any]:
        made: dict[Any, Any] = {}
        start = 0
        for key, count, low, high in zip(self.labels, self.counts, self.lower, self.upper, strict=True):
            end = start + count
            body = Line(self.coefs[start:end], self.variables[start:end]).expression()
            made[key] = member = ConstraintData(component=self)
            member.set_value((_limit(low), body, _limit(high)))
            member._index = key
            start = end
        return made


def _limit(value: float) -> float | None:
    return value if isfinite(value) else None


def members(variable: Any) -> dict[Any, Any]:
    """A variable's members by index, free of the checks that Pyomo makes at every look-up."""
    return dict(variable.items())


def by_key(entries: Iterable[tuple[Any, float, Any]]) -> dict[Any, Line]:
    """Lines by key from (key, coefficient, variable)."""
    out: dict[Any, Line] = {}
    for key, coef, variable in entries:
        line = out.get(key)
        if line is None:
            line = out[key] = Line()
        line.add(coef, variable)
    return out
