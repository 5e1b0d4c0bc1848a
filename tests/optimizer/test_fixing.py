"""Fixed columns taken out of a programme change nothing but its size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from clusterlane.models.cluster import build
from clusterlane.optimizer.arrays import Arrays, compile_model
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.fixing import broken_by_fixed, without_fixed
from clusterlane.optimizer.highs import Solver, Status
from hypothesis import given, settings
from hypothesis import strategies as st
from small import bench, random_network


def partly_fixed(seed: int) -> Arrays:
    """A random programme with some columns fixed at values of its relaxation's optimum, and some at 0."""
    arrays = compile_model(build(random_network(seed, money=seed % 2 > 0, periods=3)))
    x = Solver(arrays).run(Clock()).x
    rng = np.random.default_rng(seed)
    held = rng.random(len(arrays.cost)) < 0.5
    value = np.zeros(len(held)) if x is None else np.where(rng.random(len(held)) < 0.9, x, 0.0)
    value = np.clip(value, arrays.lower, arrays.upper)
    lower, upper = np.where(held, value, arrays.lower), np.where(held, value, arrays.upper)
    return replace(arrays, lower=lower, upper=upper)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 200))
def test_the_part_has_the_optimum_of_the_whole(seed: int) -> None:
    arrays = partly_fixed(seed)
    every = np.ones(len(arrays.row_lower), dtype=bool)
    part, kept, rows = without_fixed(arrays, every)
    assert part.matrix.shape == (rows.sum(), kept.sum())
    whole, small = Solver(arrays).run(Clock()), Solver(part).run(Clock())
    if whole.status is Status.OPTIMAL:
        x = arrays.lower.copy()
        x[kept] = small.values()
        assert not broken_by_fixed(arrays, ~rows)
        assert arrays.objective(x) == pytest.approx(whole.objective, rel=1e-6, abs=1e-6)
    else:
        assert small.status is not Status.OPTIMAL or broken_by_fixed(arrays, ~rows)


def test_rows_left_out_are_not_in_the_part() -> None:
    arrays = compile_model(build(bench()))
    asked = arrays.rows_of(("demand",))
    part, _, rows = without_fixed(arrays, asked)
    assert (rows <= asked).all()
    assert len(part.row_lower) == rows.sum() > 0


def test_a_row_of_fixed_columns_that_breaks_its_limit_is_seen() -> None:
    """All demand unserved: its rows say so."""
    arrays = compile_model(build(bench()))
    none = replace(arrays, lower=np.zeros(len(arrays.cost)), upper=np.zeros(len(arrays.cost)))
    assert broken_by_fixed(none, arrays.rows_of(("demand",)))
    assert not broken_by_fixed(none, arrays.rows_of(("hub_balance",)))
