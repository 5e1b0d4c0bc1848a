"""A Pyomo model compiled once to arrays; everything after that works on the arrays."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray
from pyomo.core.expr.numeric_expr import (
    LinearExpression,
    MonomialTermExpression,
    NegationExpression,
    ProductExpression,
    SumExpression,
)
from pyomo.core.expr.relational_expr import InequalityExpression
from pyomo.repn import generate_standard_repn
from scipy import sparse

from ..models.columns import Columns, Cost
from ..models.rows import Rows, Terms

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LARGE = 40_000
"""Columns above which a model is solved group of firms by group of firms, not whole."""


@dataclass(frozen=True)
class Arrays:
    """min cost·x + offset, row_lower ≤ matrix·x ≤ row_upper, lower ≤ x ≤ upper, x[integer] whole.

    ``columns`` and ``rows`` say where each Pyomo component stands, ``keys`` and
    ``row_keys`` the index of each column and row.
    """

    cost: Floats
    offset: float
    lower: Floats
    upper: Floats
    integer: Bools
    matrix: sparse.csr_matrix
    row_lower: Floats
    row_upper: Floats
    columns: Mapping[str, slice]
    rows: Mapping[str, slice]
    keys: Mapping[str, list[Any]]
    row_keys: Mapping[str, list[Any]]
    _places: dict[str, dict[Any, int]] = field(default_factory=dict, repr=False)

    def place(self, component: str) -> dict[Any, int]:
        """Index of a component -> its column."""
        if component not in self._places:
            start = self.columns[component].start
            self._places[component] = {key: start + i for i, key in enumerate(self.keys[component])}
        return self._places[component]

    def columns_of(self, components: Iterable[str]) -> Bools:
        """Which columns belong to some components; those that the model lacks are left out."""
        return _mask(len(self.cost), self.columns, components)

    def rows_of(self, families: Iterable[str]) -> Bools:
        """Which rows belong to some families; those that the model lacks are left out."""
        return _mask(len(self.row_lower), self.rows, families)

    def select(self, rows: NDArray[np.int64]) -> tuple[sparse.csr_matrix, Floats, Floats]:
        """Some rows with their limits."""
        return self.matrix[rows], self.row_lower[rows], self.row_upper[rows]

    def part(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Arrays:
        """Some rows and columns as arrays of their own, without the offset."""
        return replace(
            self,
            cost=self.cost[columns],
            offset=0.0,
            lower=self.lower[columns],
            upper=self.upper[columns],
            integer=self.integer[columns],
            matrix=sparse.csr_matrix(self.matrix[rows][:, columns]),
            row_lower=self.row_lower[rows],
            row_upper=self.row_upper[rows],
            _places={},
        )

    def objective(self, x: Floats) -> float:
        """Objective value of a point."""
        return float(self.cost @ x + self.offset)


def _mask(size: int, places: Mapping[str, slice], names: Iterable[str]) -> Bools:
    mask = np.zeros(size, dtype=bool)
    for name in names:
        mask[places.get(name, slice(0))] = True
    return mask


def only_repriced(before: Arrays, after: Arrays) -> bool:
    """Whether two models differ in their costs at most."""
    kept = ("matrix", "row_lower", "row_upper", "lower", "upper", "integer")
    return all(getattr(before, name) is getattr(after, name) for name in kept)


@contextmanager
def collector_off() -> Iterator[None]:
    """Building many small objects is twice as fast while the garbage collector rests."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def compile_model(model: pyo.ConcreteModel) -> Arrays:
    """Arrays of a linear Pyomo model; raises ``ValueError`` for a nonlinear row or a number that is
    not finite."""
    columns = _columns(model)
    rows = _compiled_rows(model, columns)
    cost, offset = _cost(model, columns)
    arrays = Arrays(
        cost,
        offset,
        np.concatenate([np.zeros(0), *columns.lower]),
        np.concatenate([np.zeros(0), *columns.upper]),
        np.concatenate([np.zeros(0, dtype=bool), *columns.integer]),
        rows.matrix(columns.size),
        np.concatenate([np.zeros(0), *rows.lower]),
        np.concatenate([np.zeros(0), *rows.upper]),
        columns.places,
        rows.places,
        columns.keys,
        rows.keys,
    )
    _refuse_bad_numbers(arrays)
    return arrays


@dataclass
class _Columns:
    """Variables of all families one after the other, under construction."""

    size: int = 0
    places: dict[str, slice] = field(default_factory=dict)
    keys: dict[str, list[Any]] = field(default_factory=dict)
    lower: list[Floats] = field(default_factory=list)
    upper: list[Floats] = field(default_factory=list)
    integer: list[Bools] = field(default_factory=list)
    first: dict[int, int] = field(default_factory=dict)
    """Block -> its first column."""
    column_of: dict[int, int] = field(default_factory=dict)
    """Variable -> its column, where Pyomo has made the variable."""

    def add(self, family: Any) -> None:
        """Take in one family."""
        start = self.size
        first = self.first.setdefault(id(family.parent_block()), start)
        if isinstance(family, Columns) and family.waiting:
            if len(family) and family.numbers[0] != start - first:
                raise ValueError(f"a family of variables declared before {family.name} is gone")
            self._listed(family)
        else:
            self._walked(family)
        self.places[family.local_name] = slice(start, self.size)

    def _listed(self, family: Columns) -> None:
        self.lower.append(family.lower)
        self.upper.append(family.upper)
        self.integer.append(np.full(len(family), family.whole))
        self.keys[family.local_name] = family.labels
        self.size += len(family)

    def _walked(self, family: pyo.Var) -> None:
        found = list(family.values())
        self.lower.append(np.array([_or(v.value if v.fixed else v.lb, -np.inf) for v in found], dtype=float))
        self.upper.append(np.array([_or(v.value if v.fixed else v.ub, np.inf) for v in found], dtype=float))
        self.integer.append(np.array([not v.is_continuous() for v in found], dtype=bool))
        self.keys[family.local_name] = list(family.keys())
        self.column_of.update((id(v), self.size + i) for i, v in enumerate(found))
        self.size += len(found)


def _or(value: float | None, missing: float) -> float:
    return missing if value is None else value


def _columns(model: pyo.ConcreteModel) -> _Columns:
    out = _Columns()
    for family in model.component_objects(pyo.Var, active=True):
        out.add(family)
    return out


def _cost(model: pyo.ConcreteModel, columns: _Columns) -> tuple[Floats, float]:
    objective = next(model.component_data_objects(pyo.Objective, active=True))
    if isinstance(objective, Cost) and objective.waiting:
        first = columns.first.get(id(objective.parent_block()), 0)
        return _summed(objective.places + first, objective.coefs, columns.size), objective.constant
    terms = (list[int](), list[float]())
    offset = _walk(objective.expr, columns.column_of, *terms)
    return _summed(np.array(terms[0], dtype=np.int64), terms[1], columns.size), offset


def _summed(places: Any, coefs: Any, size: int) -> Floats:
    return np.asarray(np.bincount(places, coefs, size), dtype=float)


@dataclass
class _CompiledRows:
    """Rows of all families one after the other, under construction."""

    columns: _Columns
    places: dict[str, slice] = field(default_factory=dict)
    keys: dict[str, list[Any]] = field(default_factory=dict)
    size: int = 0
    lower: list[Floats] = field(default_factory=list)
    upper: list[Floats] = field(default_factory=list)
    terms: Terms = field(default_factory=Terms)
    walked: tuple[list[int], list[int], list[float]] = field(default_factory=lambda: ([], [], []))
    """Rows, columns and coefficients of terms met one by one."""

    def add(self, family: Any) -> None:
        """Take in one family."""
        first = self.size
        if isinstance(family, Rows):
            self._listed(family)
        else:
            self._walked(family)
        self.places[family.local_name] = slice(first, self.size)
        self.keys[family.local_name] = family.labels if isinstance(family, Rows) else list(family.keys())

    def _listed(self, family: Rows) -> None:
        rows, coefs, places = family.terms()
        first = self.columns.first.get(id(family.parent_block()), 0)
        self.terms.add(rows + self.size, coefs, places + first)
        self.lower.append(family.lower)
        self.upper.append(family.upper)
        self.size += len(family.labels)

    def _walked(self, family: pyo.Constraint) -> None:
        rows, indices, values = self.walked
        for data in family.values():
            low, body, up = _bounded(data)
            way = _terms if body.__class__ is LinearExpression else _walk
            constant = way(body, self.columns.column_of, indices, values)
            rows.extend([self.size] * (len(indices) - len(rows)))
            self.lower.append(np.array([-np.inf if low is None else low - constant]))
            self.upper.append(np.array([np.inf if up is None else up - constant]))
            self.size += 1

    def matrix(self, columns: int) -> sparse.csr_matrix:
        """Coefficients of all rows."""
        rows, indices, values = self.walked
        self.terms.add(np.array(rows, dtype=np.int64), np.array(values), np.array(indices, dtype=np.int64))
        at, coefs, places = self.terms.arrays()
        shape = (self.size, columns)
        return sparse.coo_matrix((coefs, (at.astype(np.int32), places.astype(np.int32))), shape).tocsr()


def _compiled_rows(model: pyo.ConcreteModel, columns: _Columns) -> _CompiledRows:
    out = _CompiledRows(columns)
    for family in model.component_objects(pyo.Constraint, active=True):
        out.add(family)
    return out


def _terms(body: Any, column_of: dict[int, int], indices: list[int], values: list[float]) -> float:
    """Append the terms of a flat sum; return its constant."""
    constant = 0.0
    for term in body.args:
        if term.__class__ is MonomialTermExpression:
            coef, variable = term._args_
            indices.append(column_of[id(variable)])
            values.append(coef)
        else:
            constant += _walk(term, column_of, indices, values)
    return constant


def _bounded(data: Any) -> tuple[Any, Any, Any]:
    """(lower, body, upper) of a row; most rows are ``body ≤ number``."""
    expression = data.expr
    if expression.__class__ is InequalityExpression:
        body, up = expression.args
        if isinstance(up, (int, float)) and not isinstance(body, (int, float)):
            return None, body, up
    bounded: tuple[Any, Any, Any] = data.to_bounded_expression(evaluate_bounds=True)
    return bounded


def _walk(expression: Any, column_of: dict[int, int], indices: list[int], values: list[float]) -> float:
    """Append the terms of a linear expression; return its constant."""
    constant = 0.0
    stack: list[tuple[Any, float]] = [(expression, 1.0)]
    while stack:
        node, factor = stack.pop()
        handler = _HANDLERS.get(node.__class__)
        if handler is not None:
            stack.extend(handler(node, factor))
        elif node.__class__ is MonomialTermExpression:
            coef, variable = node.args
            indices.append(column_of[id(variable)])
            values.append(factor * float(coef))
        elif id(node) in column_of:
            indices.append(column_of[id(node)])
            values.append(factor)
        elif isinstance(node, (int, float)):
            constant += factor * node
        elif node.__class__ is LinearExpression:
            terms = [term for term in node._args_ if term.__class__ is MonomialTermExpression]
            indices.extend([column_of[id(term._args_[1])] for term in terms])
            values.extend([factor * term._args_[0] for term in terms])
            if len(terms) < len(node._args_):
                others = [term for term in node._args_ if term.__class__ is not MonomialTermExpression]
                stack.extend((term, factor) for term in others)
        else:
            constant += _generic(node, factor, column_of, indices, values)
    return constant


def _product(node: Any, factor: float) -> list[tuple[Any, float]]:
    left, right = node.args
    if isinstance(left, (int, float)):
        return [(right, factor * left)]
    if isinstance(right, (int, float)):
        return [(left, factor * right)]
    raise ValueError(f"not linear: {node}")


_HANDLERS: dict[type, Callable[[Any, float], list[tuple[Any, float]]]] = {
    SumExpression: lambda node, factor: [(arg, factor) for arg in node.args],
    NegationExpression: lambda node, factor: [(node.args[0], -factor)],
    ProductExpression: _product,
}


def _generic(
    node: Any, factor: float, column_of: dict[int, int], indices: list[int], values: list[float]
) -> float:
    """Whatever the fast path does not know, through Pyomo's own compiler."""
    form = generate_standard_repn(node)
    if not form.is_linear():
        raise ValueError(f"not linear: {node}")
    indices.extend(column_of[id(v)] for v in form.linear_vars)
    values.extend(factor * c for c in form.linear_coefs)
    return factor * float(form.constant)


def _refuse_bad_numbers(arrays: Arrays) -> None:
    if not (np.isfinite(arrays.cost).all() and np.isfinite(arrays.matrix.data).all()):
        raise ValueError("a cost or coefficient is not a finite number")
    if np.isnan(arrays.row_lower).any() or np.isnan(arrays.row_upper).any():
        raise ValueError("a row limit is not a number")
