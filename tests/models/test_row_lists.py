"""Families of rows, of variables and the objective kept as arrays are Pyomo components like any other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
from clusterlane.models.cluster import build
from clusterlane.models.columns import Columns, Cost, numbers
from clusterlane.models.keys import Codes, Keys
from clusterlane.models.rows import CONSTANT, Line, Lines, Rows
from clusterlane.optimizer.arrays import Arrays, compile_model
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
        m.family, x = Rows(), numbers(m.x)
        for i, (entries, constant, (low, high)) in enumerate(rows):
            line = Line(constant=constant)
            for k, coef in entries:
                line.add(coef, x[k])
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
    m.family, x = Rows(), numbers(m.x)
    m.family.at_most("a", Line([2.0], [x[0]], 3.0), 5.0)
    m.family.equal("b", Line([1.0], [x[0]]).less(Line([1.0], [x[1]])), 1.0)
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


def names(*keys: tuple[str, int]) -> Keys:
    """Keys of a name and a period."""
    return Keys(Codes(last=3), keys, 2)


def compiled(rows: Rows) -> tuple[list[Any], list[list[float]], list[float]]:
    """Keys, coefficients of two variables, and upper limits of a family."""
    m = pyo.ConcreteModel()
    m.x = pyo.Var([0, 1])
    m.family = rows
    m.cost = pyo.Objective(expr=m.x[0])
    arrays = compile_model(m)
    return arrays.row_keys["family"], arrays.matrix.toarray().tolist(), arrays.row_upper.tolist()


def test_lines_of_many_terms() -> None:
    """Terms go to the rows of their keys; 1 stands for ``CONSTANT``; what has no key is left out."""
    lines = Lines(names(("a", 1), ("b", 2)))
    parts = (lines.keys.codes.of(["b", "a", "a", "c", "b"]), np.array([2, 1, 1, 1, 3]))
    lines.add(parts, np.array([1.0, 2.0, 4.0, 8.0, 16.0]), np.array([0, 1, 1, 0, 0]))
    lines.extend([(("a", 1), 5.0, CONSTANT), (("a", 1), 7.0, 0), (("z", 1), 9.0, 0)])
    assert compiled(lines.at_most(1.0)) == ([("a", 1), ("b", 2)], [[7.0, 6.0], [1.0, 0.0]], [-4.0, 1.0])


def test_lines_by_what_their_terms_share() -> None:
    """Equal keys make one row, in the order in which they first come; some of the rows can be kept."""
    codes = Codes(last=3)
    parts = (codes.of(["b", "a", "b", "c"]), np.array([1, 1, 1, 2]))
    lines = Lines.by(codes, parts, np.array([1.0, 2.0, 4.0, 8.0]), np.array([0, 0, 1, 1]))
    lines.constant += [1.0, 2.0, 3.0]
    assert lines.labels == [("b", 1), ("a", 1), ("c", 2)]
    kept = lines.only([True, False, True])
    assert compiled(kept.equal()) == ([("b", 1), ("c", 2)], [[1.0, 4.0], [0.0, 8.0]], [-1.0, -3.0])


def arrays_of_two() -> pyo.ConcreteModel:
    """Two families of variables, the objective 2 x[a,1] - n[2] + 5, one row."""
    m = pyo.ConcreteModel()
    m.x = Columns(names(("a", 1), ("b", 2)), lower=[0.0, 1.0], upper=[np.inf, 4.0])
    m.n = Columns(Keys(Codes(last=3), [1, 2], 1), upper=9.0, domain=pyo.NonNegativeIntegers)
    m.cost = Cost(np.array([2.0, -1.0]), np.array([0, 3]), 5.0)
    m.family = Rows()
    m.family.at_most("r", Line([1.0, 1.0], [1, 2]), 6.0)
    return m


def made(m: pyo.ConcreteModel) -> pyo.ConcreteModel:
    """The model with every member asked for."""
    assert [v.name for v in m.component_data_objects(pyo.Var)] == ["x[a,1]", "x[b,2]", "n[1]", "n[2]"]
    assert str(m.cost.expr) == "5.0 + 2.0*x[a,1] - n[2]"
    assert str(m.family["r"].body) == "x[b,2] + n[1]"
    return m


def same(one: Arrays, other: Arrays) -> bool:
    """Whether two models are the same to the last bit."""
    parts = ("cost", "lower", "upper", "integer", "row_lower", "row_upper")
    equal = all(np.array_equal(getattr(one, part), getattr(other, part)) for part in parts)
    names = ("columns", "keys", "rows", "row_keys")
    named = all(getattr(one, part) == getattr(other, part) for part in names)
    return equal and named and one.offset == other.offset and (one.matrix != other.matrix).nnz == 0


def test_variables_are_there_when_asked_for() -> None:
    """Bounds and domains are those of the arrays, and the model with members compiles to the same."""
    m = made(arrays_of_two())
    assert [(v.lb, v.ub, v.is_integer()) for v in m.x.values()] == [(0, None, False), (1, 4, False)]
    assert [(v.lb, v.ub, v.is_integer()) for v in m.n.values()] == [(0, 9, True), (0, 9, True)]
    assert same(compile_model(m), compile_model(arrays_of_two()))
    with pytest.raises(KeyError):
        m.x["a", 2]


def test_nothing_is_made_to_compile() -> None:
    """Compiling asks for no member."""
    m = arrays_of_two()
    compile_model(m)
    assert (m.x.waiting, m.n.waiting, m.cost.waiting, len(m.x)) == (True, True, True, 2)


def test_what_a_user_changes_holds() -> None:
    """Own bounds, fixed values, rows and an own objective are compiled with the rest."""
    m = arrays_of_two()
    m.x["b", 2].setub(3)
    m.n[1].fix(2)
    m.own = pyo.Constraint(expr=m.x["a", 1] + m.n[2] >= 1)
    m.cost.expr = m.cost.expr + 3 * m.n[1]
    arrays = compile_model(m)
    assert arrays.upper.tolist() == [np.inf, 3, 2, 9]
    assert arrays.lower.tolist() == [0, 1, 2, 0]
    assert arrays.cost.tolist() == [2, 0, 3, -1]
    assert abs(arrays.matrix.toarray()).tolist() == [[0, 1, 1, 0], [1, 0, 0, 1]]


def test_a_model_can_be_a_block_of_another() -> None:
    """Places count within the block."""
    m = pyo.ConcreteModel()
    m.before = pyo.Var([1, 2, 3])
    m.inner = arrays_of_two()
    arrays = compile_model(m)
    assert arrays.cost.tolist() == [0, 0, 0, 2, 0, 0, -1]
    assert arrays.matrix.toarray().tolist() == [[0, 0, 0, 0, 1, 1, 0]]


def test_a_family_of_variables_cannot_go() -> None:
    """Places would mean other variables."""
    m = arrays_of_two()
    m.del_component(m.x)
    with pytest.raises(ValueError, match="declared before n"):
        compile_model(m)


def test_a_clone_stands_alone() -> None:
    """Members of a clone are its own; both compile to the same."""
    m = arrays_of_two()
    twin = m.clone()
    made(twin)
    twin.x["a", 1].fix(1.0)
    assert not m.x["a", 1].fixed
    assert same(compile_model(m), compile_model(arrays_of_two()))


@pytest.mark.parametrize("money", [False, True])
def test_members_say_what_the_arrays_say(money: bool) -> None:
    """A whole model compiles to the same arrays once Pyomo has made every variable and the objective."""
    network = random_network(4, money=money)
    m = build(network)
    before = compile_model(m)
    list(m.component_data_objects(pyo.Var))
    assert m.cost.expr is not None
    assert not m.deliver.waiting
    assert same(compile_model(m), before)


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
