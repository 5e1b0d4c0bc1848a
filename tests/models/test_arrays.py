"""Arrays of a model against Pyomo's own compiler; the centred programme against the original."""

from __future__ import annotations

import cases
import numpy as np
import pyomo.environ as pyo
import pytest
from clusterlane.models.cluster import build
from clusterlane.optimizer.arrays import Arrays, Floats, compile_model
from clusterlane.optimizer.centre import centre
from formulation import canonical, column_names, row, row_names
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler
from small import random_network

Line = tuple[tuple[tuple[str, float], ...], float, float]


def rounded(terms: dict[str, float], low: float, high: float) -> Line:
    """A row that can be sorted and compared."""
    kept, low, high = canonical(terms, low, high)
    return tuple(sorted((k, round(v, 9)) for k, v in kept.items())), round(low, 6), round(high, 6)


def ours(arrays: Arrays) -> list[Line]:
    """All rows that say anything, those with two limits as two."""
    lines: list[Line] = []
    for i in range(len(arrays.row_lower)):
        terms, low, high = row(arrays, i)
        sides = [(low, high)] if low == high else [(-np.inf, high), (low, np.inf)]
        lines += [rounded(terms, *side) for side in sides if np.isfinite(side).any()]
    return sorted(line for line in lines if line[0])


def theirs(model: pyo.ConcreteModel, names: dict[int, str]) -> tuple[list[Line], dict[str, float], float]:
    """Rows, objective and its constant as Pyomo compiles them."""
    form = LinearStandardFormCompiler().write(model, mixed_form=True)
    columns = [names[id(v)] for v in form.columns]
    lines = []
    for i, (_, sense) in enumerate(form.rows):
        line = form.A[[i]].tocoo()
        terms = {columns[j]: float(v) for j, v in zip(line.col, line.data, strict=True)}
        limit = float(form.rhs[i])
        lines.append(rounded(terms, -np.inf if sense == 1 else limit, np.inf if sense == -1 else limit))
    cost = form.c.tocoo()
    objective = {columns[j]: float(v) for j, v in zip(cost.col, cost.data, strict=True)}
    return sorted(lines), objective, float(form.c_offset[0])


def loosened(seed: int, money: bool) -> tuple[pyo.ConcreteModel, Arrays]:
    """A random model with nothing fixed (Pyomo leaves fixed columns out) and its arrays."""
    model = build(random_network(seed, money=money))
    for variable in model.component_data_objects(pyo.Var):
        variable.unfix()
    return model, compile_model(model)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("money", [False, True])
def test_same_programme_as_pyomo(seed: int, money: bool) -> None:
    """The same rows, costs and constant, up to order."""
    model, arrays = loosened(seed, money)
    variables = [v for part in model.component_objects(pyo.Var, active=True) for v in part.values()]
    names = {id(v): n for v, n in zip(variables, column_names(arrays), strict=True)}
    lines, objective, offset = theirs(model, names)
    assert ours(arrays) == lines
    mine = {n: c for n, c in zip(column_names(arrays), arrays.cost, strict=True) if c}
    assert mine == pytest.approx({n: c for n, c in objective.items() if c})
    assert arrays.offset == pytest.approx(offset)


@pytest.mark.parametrize("seed", range(3))
def test_columns_know_their_variables(seed: int) -> None:
    """Bounds, integrality, keys and places of every column."""
    model, arrays = loosened(seed, money=True)
    for part in model.component_objects(pyo.Var, active=True):
        for key, place in arrays.place(part.local_name).items():
            v = part[key]
            assert (arrays.lower[place], arrays.upper[place]) == (
                -np.inf if v.lb is None else v.lb,
                np.inf if v.ub is None else v.ub,
            )
            assert arrays.integer[place] == (not v.is_continuous())
    assert len(set(row_names(arrays))) == len(arrays.row_lower)


def test_fixed_columns_and_constants() -> None:
    """A fixed variable becomes bounds, a constant in a row goes to its limits, terms add up."""
    m = pyo.ConcreteModel()
    m.x = pyo.Var([1, 2], bounds=(0, 9))
    m.n = pyo.Var(domain=pyo.Integers)
    m.x[2].fix(4)
    m.rows = pyo.Constraint([1, 2], rule=lambda m, i: (1, 2 * (m.x[1] + 3) - (m.x[1] - 5) / 2 + m.n, 20 + i))
    m.other = pyo.Constraint(expr=m.x[2] <= m.n)
    m.cost = pyo.Objective(expr=3 * m.x[1] - (m.n - 7))
    arrays = compile_model(m)
    assert arrays.matrix.toarray().tolist() == [[1.5, 0, 1], [1.5, 0, 1], [0, 1, -1]]
    assert arrays.row_lower.tolist() == [1 - 8.5, 1 - 8.5, -np.inf]
    assert arrays.row_upper.tolist() == [21 - 8.5, 22 - 8.5, 0]
    assert (arrays.lower[1], arrays.upper[1]) == (4, 4)
    assert (arrays.lower[2], arrays.upper[2]) == (-np.inf, np.inf)
    assert arrays.integer.tolist() == [False, False, True]
    assert (arrays.cost.tolist(), arrays.offset) == ([3, 0, -1], 7)
    assert arrays.objective(np.array([1.0, 4.0, 2.0])) == 3 - 2 + 7


@pytest.mark.parametrize("bad", [lambda x: x * x, lambda x: 1 / x])
def test_nonlinear_rows_are_refused(bad: object) -> None:
    """A product of variables is no linear row."""
    m = pyo.ConcreteModel()
    m.x = pyo.Var()
    m.row = pyo.Constraint(expr=bad(m.x) <= 1)  # type: ignore[operator]
    m.cost = pyo.Objective(expr=m.x)
    with pytest.raises(ValueError, match="not linear"):
        compile_model(m)


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_numbers_that_are_not_finite_are_refused(value: float) -> None:
    """An infinite or missing coefficient is an error, not a model."""
    m = pyo.ConcreteModel()
    m.x = pyo.Var()
    m.row = pyo.Constraint(expr=value * m.x <= 1)
    m.cost = pyo.Objective(expr=m.x)
    with pytest.raises(ValueError):  # noqa: PT011 Pyomo refuses some of them itself
        compile_model(m)


def centred(seed: int, money: bool) -> tuple[Arrays, Arrays]:
    """A random programme and its centred form."""
    model = build(random_network(seed, money=money, periods=3))
    arrays = compile_model(model)
    return arrays, centre(model, arrays)


def on_equalities(arrays: Arrays, x: Floats) -> Floats:
    """The point nearest to ``x`` that satisfies all equality rows."""
    equal = arrays.row_lower == arrays.row_upper
    a, b = arrays.matrix[equal].toarray(), arrays.row_lower[equal]
    step = np.linalg.lstsq(a, b - a @ x, rcond=None)[0]
    return np.asarray(x + step)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("money", [False, True])
def test_centre_keeps_the_objective(seed: int, money: bool) -> None:
    """Wherever the equality rows hold, costs from production are the same costs; nothing else changes."""
    before, after = centred(seed, money)
    rng = np.random.default_rng(seed)
    for _ in range(3):
        x = on_equalities(before, rng.uniform(0, 20, len(before.cost)))
        assert after.objective(x) == pytest.approx(before.objective(x), rel=1e-9, abs=1e-6)
    assert (after.matrix != before.matrix).nnz == 0
    for part in ("lower", "upper", "row_lower", "row_upper", "integer"):
        np.testing.assert_array_equal(getattr(after, part), getattr(before, part))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("money", [False, True])
def test_centre_moves_costs_along_equality_rows(seed: int, money: bool) -> None:
    """Off the rows the difference is y·(A x − b) for one y that is 0 on inequalities."""
    before, after = centred(seed, money)
    equal = before.row_lower == before.row_upper
    a, b = before.matrix[equal].toarray(), before.row_lower[equal]
    moved = before.cost - after.cost
    y = np.linalg.lstsq(a.T, moved, rcond=None)[0]
    np.testing.assert_allclose(a.T @ y, moved, atol=1e-7)
    x = np.random.default_rng(seed).uniform(0, 20, len(moved))
    assert before.objective(x) - after.objective(x) == pytest.approx(y @ (a @ x - b), rel=1e-7, abs=1e-5)


@pytest.mark.parametrize("money", [False, True])
def test_centre_by_hand(money: bool) -> None:
    """Cost 10, price 20: a unit costs nothing on its way, 10 (its margin) if unserved, 10 if left over."""
    model = build(cases.goods(money))
    arrays = centre(model, compile_model(model))
    costs = dict(zip(column_names(arrays), arrays.cost, strict=True))
    dear = ("unmet[p,m,2]", "unmet[p,m,3]", "hold[p,h,3]", "stock[p,w,3]")
    assert costs == pytest.approx({column: 10.0 if column in dear else 0.0 for column in costs})
    assert arrays.offset == pytest.approx(0)
