"""Least numbers of sites: never more than any plan needs, and proven by their certificate."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from clusterlane.models.cluster import build
from clusterlane.optimizer import solve
from clusterlane.optimizer.arrays import Arrays, compile_model
from clusterlane.optimizer.certificate import verified_bound
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.least import certified, counts, shown, with_counts
from clusterlane.optimizer.relaxation import Relaxation
from clusterlane.optimizer.sites.two_stage import read_two_stage
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from stages import two_stage


def covering(seed: int) -> Arrays:
    """Five 0/1 columns, of which the first three are of one kind, and three rows that ones satisfy."""
    rng = np.random.default_rng(seed)
    matrix = sparse.csr_matrix(rng.integers(-3, 9, (3, 5)).astype(float))
    none = np.zeros(5)
    low = np.asarray(matrix.sum(axis=1)).ravel() - rng.integers(0, 12, 3)
    columns = {"kind": slice(0, 3), "other": slice(3, 5)}
    return Arrays(none + 1, 0.0, none, none + 1, none == 0, matrix, low, low + np.inf, columns, {}, {}, {})


def fewest(arrays: Arrays, columns: slice) -> int:
    """Least number of columns that are 1, by trying everything."""
    points = [np.array(bits, dtype=float) for bits in itertools.product((0, 1), repeat=len(arrays.cost))]
    return min(int(x[columns].sum()) for x in points if (arrays.matrix @ x >= arrays.row_lower).all())


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.floats(-9, 9), min_size=3, max_size=3))
def test_no_multipliers_show_too_much(seed: int, multipliers: list[float]) -> None:
    """Whatever rows are added up."""
    arrays = covering(seed)
    assert shown(arrays, np.arange(3), np.array(multipliers)) <= fewest(arrays, slice(0, 3))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_counts_hold_and_are_broken(seed: int) -> None:
    """A count keeps every whole point and cuts the relaxation's."""
    arrays = covering(seed)
    relaxation = Relaxation(arrays)
    found = relaxation.solve(Clock())
    for count in counts(relaxation, found, Clock()):
        part = slice(int(count.columns[0]), int(count.columns[-1]) + 1)
        assert found.values()[part].sum() < count.least <= fewest(arrays, part)


@pytest.mark.parametrize("goods", [1, 2])
@pytest.mark.parametrize("seed", range(3))
def test_sites_of_two_stages(tmp_path: Path, seed: int, goods: int) -> None:
    """The relaxation with counts and its certificate stay below the optimum; every count is a number of sites
    that a plan can do with."""
    network = two_stage(tmp_path, seed, goods)
    model = build(network)
    arrays = compile_model(model)
    relaxation = Relaxation(arrays)
    found = relaxation.solve(Clock(), rounds=0)
    least = counts(relaxation, found, Clock())
    plain = found.objective
    if least:
        relaxation.extend(with_counts(arrays, least))
        found = relaxation.solve(Clock())
    best = solve(network, gap=1e-6, strategy="monolith").objective
    assert best is not None
    assert plain is not None
    assert found.objective is not None
    assert found.duals is not None
    assert plain - 1e-6 <= found.objective <= best * (1 + 1e-6)
    proven = verified_bound(certified(arrays, least, relaxation.rows, found.duals), arrays)
    assert found.objective * (1 - 1e-5) <= proven <= best * (1 + 1e-9)
    problem = read_two_stage(model.index, arrays).problem
    for count in least:
        part = problem.stages[int(count.columns[0] not in range(*arrays.columns["hub"].indices(10**9)))]
        sets = itertools.product((False, True), repeat=part.stop - part.start)
        fits = (problem.room[part][list(s)].sum(axis=0) >= problem.demand.sum(axis=1) for s in sets)
        sizes = [sum(s) for s in itertools.product((False, True), repeat=part.stop - part.start)]
        assert count.least <= min(n for n, fit in zip(sizes, fits, strict=True) if fit.all())
