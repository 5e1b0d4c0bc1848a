"""What is known of an optimum holds whatever costs and column bounds become."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from clusterlane.optimizer.arrays import Arrays, Floats
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.duality import Duality, Range, usable, weak
from clusterlane.optimizer.highs import Outcome, Solver, Status
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse


def programme(seed: int, rows: int = 6, columns: int = 9) -> Arrays:
    """A linear programme with a point, rows of all kinds and some columns without an upper bound."""
    rng = np.random.default_rng(seed)
    matrix = sparse.csr_matrix(
        np.where(rng.random((rows, columns)) < 0.5, rng.normal(size=(rows, columns)), 0)
    )
    upper = np.where(rng.random(columns) < 0.3, np.inf, rng.uniform(1, 5, columns))
    activity, kind = matrix @ np.minimum(rng.uniform(0, 2, columns), upper), rng.integers(0, 3, rows)
    return Arrays(
        cost=rng.uniform(0, 3, columns),
        offset=0.0,
        lower=np.zeros(columns),
        upper=upper,
        integer=np.zeros(columns, dtype=bool),
        matrix=matrix,
        row_lower=np.where(kind == 0, -np.inf, activity - (kind == 2)),
        row_upper=np.where(kind == 1, np.inf, activity),
        columns={"x": slice(0, columns)},
        rows={"row": slice(0, rows)},
        keys={"x": list(range(columns))},
        row_keys={"row": list(range(rows))},
    )


def varied(a: Arrays, rng: np.random.Generator) -> Arrays:
    """Other costs and column bounds."""
    upper = np.where(rng.random(len(a.cost)) < 0.2, a.lower, a.upper * rng.uniform(0.5, 1.5, len(a.cost)))
    return replace(a, cost=a.cost * rng.uniform(0.5, 2.0, len(a.cost)), upper=upper)


def solved(a: Arrays) -> Outcome:
    return Solver(a).run(Clock())


def known(duality: Duality, a: Arrays) -> Range:
    return duality.range(a.cost, a.lower, a.upper)


def test_of_points_that_cost_the_same_one_that_fits_is_taken() -> None:
    """One that misses a row hides none that keeps all: else the programme is solved again and again."""
    a = replace(
        programme(0, 2, 2),
        cost=np.array([1.0, 0.0]),
        upper=np.full(2, np.inf),
        matrix=sparse.identity(2, format="csr"),
        row_lower=np.array([1.0, -np.inf]),
        row_upper=np.array([np.inf, 2.0]),
    )
    duality = Duality(a, 4)
    duality.learn(np.array([0.5, 0.0]), np.array([1.0, 5.0]))
    duality.learn(np.array([1.0, 0.0]), np.array([1.0, 1.0]))
    found = known(duality, a)
    assert (found.least, found.about, found.fits, found.met) == (1.0, 1.0, True, True)


def learn(duality: Duality, outcome: Outcome) -> None:
    assert outcome.duals is not None
    duality.learn(outcome.duals, outcome.values())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 8))
def test_every_optimum_lies_in_its_range(seed: int, size: int, others: int) -> None:
    rng, a = np.random.default_rng(seed), programme(seed)
    duality = Duality(a, size)
    for _ in range(others):
        if (outcome := solved(varied(a, rng))).status is Status.OPTIMAL:
            learn(duality, outcome)
    case = varied(a, rng)
    truth, found = solved(case), known(duality, case)
    if truth.status is Status.INFEASIBLE:
        assert not found.fits
    if truth.objective is None:
        return
    slack = 1e-6 * (1 + abs(truth.objective))
    assert found.least <= truth.objective + slack
    assert not found.fits or found.about >= truth.objective - slack
    if found.fits and found.point is not None:
        activity = case.matrix @ found.point
        assert (activity >= case.row_lower - 1e-5).all()
        assert (activity <= case.row_upper + 1e-5).all()
        assert case.cost @ found.point == pytest.approx(found.about)
    if found.duals is not None:
        y = usable(case, found.duals)
        value = weak(case, y, case.cost - case.matrix.T @ y, case.lower, case.upper)
        assert value == pytest.approx(found.least) or value == found.least


@pytest.mark.parametrize("seed", range(8))
def test_what_was_solved_is_known(seed: int) -> None:
    a = programme(seed)
    duality, outcome = Duality(a, 3), solved(a)
    assert not known(duality, a).met
    learn(duality, outcome)
    found = known(duality, a)
    assert found.met
    assert found.least == pytest.approx(outcome.objective)
    assert found.point == pytest.approx(outcome.values())


def test_those_used_longest_ago_make_room() -> None:
    rng, a = np.random.default_rng(3), programme(3)
    cases = [varied(a, rng) for _ in range(12)]
    cases = [case for case in cases if solved(case).status is Status.OPTIMAL]
    duality = Duality(a, 2)
    for case in cases:
        learn(duality, solved(case))
        assert known(duality, case).met
    assert known(duality, cases[-1]).met
    fresh = Duality(a, len(cases))
    for case in cases:
        learn(fresh, solved(case))
    assert all(known(fresh, case).met for case in cases)


def test_a_point_that_misses_a_row_says_about_what_the_optimum_is() -> None:
    """Demand rises from 2 to 2.5, a unit at 3: two units cost 6, and the half that is missing 1.5."""
    a = Arrays(
        cost=np.array([3.0, 5.0]),
        offset=0.0,
        lower=np.zeros(2),
        upper=np.full(2, 10.0),
        integer=np.zeros(2, dtype=bool),
        matrix=sparse.csr_matrix(np.ones((1, 2))),
        row_lower=np.array([2.0]),
        row_upper=np.array([np.inf]),
        columns={"x": slice(0, 2)},
        rows={"row": slice(0, 1)},
        keys={"x": [0, 1]},
        row_keys={"row": [0]},
    )
    outcome = solved(a)
    more = replace(a, row_lower=np.array([2.5]))
    duality = Duality(more, 2)
    learn(duality, outcome)
    found = known(duality, more)
    assert not found.fits
    assert not found.met
    assert found.about == pytest.approx(7.5)
    assert found.least == pytest.approx(7.5)
    assert found.almost


def test_nothing_is_known_before_anything_is_learned() -> None:
    a = programme(0)
    found = known(Duality(a, 1), a)
    assert (found.least, found.about) == (-np.inf, np.inf)
    assert not found.met
    assert not found.almost


def test_multipliers_of_the_wrong_sign_prove_nothing_wrong() -> None:
    for seed in range(20):
        a, rng = programme(seed), np.random.default_rng(seed)
        outcome = solved(a)
        duality = Duality(a, 4)
        for _ in range(4):
            duality.learn(rng.normal(size=len(a.row_lower)), np.zeros(len(a.cost)))
        assert outcome.objective is not None
        assert known(duality, a).least <= outcome.objective + 1e-6


def test_a_column_without_a_limit_that_earns_proves_nothing() -> None:
    a = replace(programme(1), upper=np.full(9, np.inf))
    duality = Duality(a, 1)
    duality.learn(np.zeros(len(a.row_lower)), np.zeros(9))
    cost: Floats = np.full(9, -1.0)
    assert duality.range(cost, a.lower, a.upper).least == -np.inf
