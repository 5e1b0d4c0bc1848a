"""Families of rows kept as lists are Pyomo constraints like any other."""

from __future__ import annotations

import pyomo.environ as pyo
import pytest
from clusterlane.models.cluster import build
from clusterlane.models.rows import Line, Rows, by_key
from clusterlane.optimizer.arrays import compile_model
from hypothesis import given
from hypothesis import strategies as st

from tests.small import random_network

Entries = list[tuple[int, float]]
ENTRIES = st.lists(st.tuples(st.integers(0, 2), st.integers(-4, 4).map(float)), max_size=6)
LIMITS = st.tuples(st.integers(-9, 0), st.integers(0, 9))


def model(rows: list[tuple[Entries, float, tuple[int, int]]], lists: bool) -> pyo.ConcreteModel:
    """The same rows as lists or by Pyomo's own rules: at most, at least and between two limits in turn."""
    m = pyo.ConcreteModel()
    m.x = pyo.Var([0, 1, 2], bounds=(-5, 5))
    m.cost = pyo.Objective(expr=sum(m.x[i] for i in m.x))
    if lists:
        m.family = Rows()
        for i, (entries, constant, (low, high)) in enumerate(rows):
            line = Line(constant=constant)
            for k, coef in entries:
                line.add(coef, m.x[k])
            m.family.between(i, line, low, high)
        return m

    def rule(m: pyo.ConcreteModel, i: int) -> object:
        entries, constant, (low, high) = rows[i]
        body = sum(coef * m.x[k] for k, coef in entries) + constant + 0 * m.x[0]
        return (low, body, high)

    m.family = pyo.Constraint(range(len(rows)), rule=rule)
    return m


@given(st.lists(st.tuples(ENTRIES, st.integers(-3, 3).map(float), LIMITS), max_size=4))
def test_lists_compile_to_the_rows_that_rules_do(rows: list[tuple[Entries, float, tuple[int, int]]]) -> None:
    """Coefficients, limits and keys are those of the same rows by rules; repeated terms add up."""
    mine, theirs = compile_model(model(rows, lists=True)), compile_model(model(rows, lists=False))
    assert (mine.matrix.toarray() == theirs.matrix.toarray()).all()
    assert mine.row_lower.tolist() == theirs.row_lower.tolist()
    assert mine.row_upper.tolist() == theirs.row_upper.tolist()
    assert mine.row_keys == theirs.row_keys


def family() -> pyo.ConcreteModel:
    """Two rows: 2 x0 + 3 <= 5 and x0 - x1 = 1."""
    m = pyo.ConcreteModel()
    m.x = pyo.Var([0, 1])
    m.family = Rows()
    m.family.at_most("a", Line([2.0], [m.x[0]], 3.0), 5.0)
    m.family.equal("b", Line([1.0], [m.x[0]]).less(Line([1.0], [m.x[1]])), 1.0)
    return m


def test_members_are_there_when_asked_for() -> None:
    """Keys, bodies and limits as Pyomo shows them; a constant of the line is in the limit."""
    m = family()
    assert (len(m.family), list(m.family)) == (2, ["a", "b"])
    assert (str(m.family["a"].body), m.family["a"].lb, m.family["a"].ub) == ("2.0*x[0]", None, 2.0)
    assert (m.family["b"].lb, m.family["b"].ub, m.family["b"].equality) == (1.0, 1.0, True)
    assert m.family["a"].name == "family[a]"
    assert [data.index() for data in m.component_data_objects(pyo.Constraint)] == ["a", "b"]


def test_a_cloned_model_has_rows_of_its_own() -> None:
    """The rows of a clone are about the clone's variables."""
    m = family()
    twin = m.clone()
    m.x[0].set_value(4.0)
    twin.x[0].set_value(1.0)
    assert pyo.value(twin.family["a"].body) == 2.0
    assert compile_model_rows(twin) == compile_model_rows(m)


def compile_model_rows(m: pyo.ConcreteModel) -> list[list[float]]:
    """Coefficients of a model that lacks an objective."""
    m.cost = pyo.Objective(expr=m.x[0])
    return compile_model(m).matrix.toarray().tolist()  # type: ignore[no-any-return]


def test_lines_by_key() -> None:
    """Terms with the same key make one line; 1 stands for ``None``; a term without weight is left out."""
    m = family()
    lines = by_key([("a", 2.0, m.x[0]), ("b", 1.0, m.x[1]), ("a", 3.0, None), ("a", 0.0, m.x[1])])
    assert (lines["a"].coefs, lines["a"].constant) == ([2.0], 3.0)
    assert lines["b"].variables == [m.x[1]]


@pytest.mark.parametrize("money", [False, True])
def test_pyomo_solves_the_model_to_the_same_cost(money: bool) -> None:
    """A user of the Pyomo model gets all its rows: Pyomo's own way to HiGHS finds our optimum."""
    from clusterlane.optimizer import solve
    from pyomo.contrib.appsi.solvers import Highs

    network = random_network(3, money=money)
    solver = Highs()
    solver.config.load_solution = False
    result = solver.solve(build(network))
    plan = solve(network, gap=0.0)
    assert plan.objective == pytest.approx(result.best_feasible_objective, rel=1e-6)
