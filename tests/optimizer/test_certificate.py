"""Certificates: what they prove is never more than the optimum, and damage never helps."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clusterlane.instances import files
from clusterlane.instances.files.published import read_published
from clusterlane.instances.generate import generate
from clusterlane.models.cluster import build
from clusterlane.optimizer import solve
from clusterlane.optimizer.arrays import Arrays, compile_model
from clusterlane.optimizer.certificate import Leaf, implied_bounds, read, root, verified_bound, write
from clusterlane.optimizer.cli import app
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.folder import CERTIFICATE, read_plan, write_plan
from clusterlane.optimizer.leaves import prove
from clusterlane.optimizer.plan import Plan
from hypothesis import given, settings
from hypothesis import strategies as st
from published import CAP, data
from scipy import sparse
from small import random_network
from typer.testing import CliRunner


def arrays_of(seed: int) -> Arrays:
    """A random programme of four 0/1 columns and three ≤ rows that 0 satisfies."""
    rng = np.random.default_rng(seed)
    matrix = sparse.csr_matrix(rng.integers(-4, 8, (3, 4)).astype(float))
    low, high = np.full(3, -np.inf), rng.integers(1, 12, 3).astype(float)
    cost, none = rng.integers(-9, 5, 4).astype(float), np.zeros(4)
    return Arrays(cost, 1.5, none, none + 1, none == 0, matrix, low, high, {}, {}, {}, {})


def best(arrays: Arrays) -> float:
    """The optimum by trying everything."""
    points = [np.array(bits, dtype=float) for bits in itertools.product((0, 1), repeat=len(arrays.cost))]
    fine = [x for x in points if (arrays.matrix @ x <= arrays.row_upper).all()]
    return min(arrays.objective(x) for x in fine)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.floats(-50, 50), min_size=3, max_size=3))
def test_any_multipliers_prove_a_bound(seed: int, duals: list[float]) -> None:
    """Whatever they are: of the wrong sign, far off, or good."""
    arrays = arrays_of(seed)
    assert verified_bound(root(arrays, np.arange(3), np.array(duals)), arrays) <= best(arrays)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_any_cut_of_any_multipliers_is_valid(seed: int, other: int) -> None:
    """Counts and sums of a row that any multipliers make, with any weight, stay below the optimum."""
    arrays, rng = arrays_of(seed), np.random.default_rng(other)
    base = root(arrays, np.arange(3), rng.uniform(-3, 0, 3))
    cuts = sparse.csr_matrix(rng.integers(-2, 1, (1, 3)).astype(float))
    leaf = Leaf((), 0, sums=((0, rng.uniform(0, 9)),), counts=((0, rng.uniform(-9, 9)),))
    assert verified_bound(replace(base, cuts=cuts, leaves=(leaf,)), arrays) <= best(arrays) + 1e-9


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_our_own_branching_proves_the_optimum(seed: int) -> None:
    arrays = arrays_of(seed)
    found = prove(arrays, best(arrays), Clock())
    assert found is not None
    assert verified_bound(found, arrays) == pytest.approx(best(arrays), abs=1e-6)


def test_a_lost_leaf_proves_nothing() -> None:
    """Every branch needs both sides."""
    arrays, found = next(
        (a, c) for a in map(arrays_of, range(50)) if (c := prove(a, best(a), Clock())) and len(c.leaves) > 1
    )
    for lost in range(len(found.leaves)):
        rest = tuple(leaf for i, leaf in enumerate(found.leaves) if i != lost)
        assert verified_bound(replace(found, leaves=rest), arrays) == -np.inf
    assert verified_bound(replace(found, leaves=(*found.leaves, found.leaves[0])), arrays) == -np.inf


def test_branches_cut_between_whole_numbers_only() -> None:
    arrays, found = next(
        (a, c) for a in map(arrays_of, range(50)) if (c := prove(a, best(a), Clock())) and len(c.leaves) > 1
    )
    assert verified_bound(found, replace(arrays, integer=~arrays.integer)) == -np.inf
    assert verified_bound(replace(found, branches=0.5 * found.branches), arrays) == -np.inf


def test_another_model_is_refused() -> None:
    found = prove(arrays_of(1), best(arrays_of(1)), Clock())
    assert found is not None
    with pytest.raises(ValueError, match="another model"):
        verified_bound(found, compile_model(build(files.load("tiny"))))


def test_missing_limits_follow_from_rows() -> None:
    """0 ≤ x, y without an upper limit, x + y ≤ 10, z = x − 3."""
    none = np.zeros(3)
    matrix = sparse.csr_matrix(np.array([[1.0, 1.0, 0.0], [1.0, 0.0, -1.0]]))
    low, high = np.array([-np.inf, 3.0]), np.array([10.0, 3.0])
    bounds = (np.array([0, 0, -np.inf]), np.full(3, np.inf))
    arrays = Arrays(none, 0.0, *bounds, none > 0, matrix, low, high, {}, {}, {}, {})
    lower, upper = implied_bounds(arrays)
    assert lower == pytest.approx([0, 0, -3], abs=1e-6)
    assert upper == pytest.approx([10, 10, 7], abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_location_is_proven_to_the_last_digit(seed: int) -> None:
    network = generate(f"cst-12-20-{3 + seed}", seed)
    plan = solve(network, gap=0.0)
    assert (plan.strategy, plan.status) == ("location", "optimal")
    assert plan.bound_verified == pytest.approx(plan.objective, rel=1e-9)


@pytest.mark.parametrize("name", ["cap41", "cap71"])
def test_published_optima_are_proven(name: str) -> None:
    plan = solve(read_published(data("orlib_cap", f"{name}.txt"), "orlib"), gap=0.0)
    assert plan.bound_verified == pytest.approx(CAP[name], rel=1e-8)
    assert plan.bound_verified is not None
    assert plan.bound_verified <= CAP[name] + 1e-3


@pytest.mark.parametrize("seed", [1, 3])
def test_small_joint_models_are_proven(seed: int) -> None:
    plan = solve(random_network(seed), gap=0.0)
    assert plan.bound_verified == pytest.approx(plan.objective, rel=1e-6)


@pytest.fixture(scope="module")
def tiny() -> Plan:
    return solve(files.load("tiny"), gap=0.0)


def test_firms_money_is_proven_too(tiny: Plan) -> None:
    assert tiny.bound_verified == pytest.approx(tiny.objective, rel=1e-9)


def checked(*words: object) -> Any:
    done = CliRunner().invoke(app, ["check", "tiny", *map(str, words), "--bound", "--json"])
    return done.exit_code, json.loads(done.stdout)


def test_check_multiplies_the_certificate_out(tiny: Plan, tmp_path: Path) -> None:
    write_plan(tiny, files.load("tiny"), tmp_path / "plan")
    code, found = checked(tmp_path / "plan")
    assert code == 0
    assert found["bound_verified"] == pytest.approx(tiny.bound_verified)
    assert read_plan(tmp_path / "plan").bound_verified == tiny.bound_verified


def test_a_plan_comes_back_with_its_certificate(tiny: Plan, tmp_path: Path) -> None:
    """So that a plan read from its folder gives its prices to the search that starts from it."""
    network, folder = files.load("tiny"), tmp_path / "plan"
    write_plan(tiny, network, folder)
    again = read_plan(folder).certificate
    assert again is not None
    assert verified_bound(again, compile_model(build(network))) == pytest.approx(tiny.bound_verified)
    (folder / CERTIFICATE).write_bytes(b"PK damaged")
    assert read_plan(folder).certificate is None


def test_check_finds_a_bound_that_is_not_proven(tiny: Plan, tmp_path: Path) -> None:
    """A stated bound above the certificate's, multipliers changed by someone, a file lost or damaged."""
    network, folder = files.load("tiny"), tmp_path / "plan"
    certificate = tiny.certificate
    assert certificate is not None
    weaker = replace(certificate, duals=0.9 * certificate.duals)
    write_plan(replace(tiny, certificate=weaker), network, folder)
    code, found = checked(folder)
    assert (code, [f["code"] for f in found["findings"]]) == (7, ["unproven-bound"])
    (folder / CERTIFICATE).write_bytes(b"PK damaged")
    assert [f["code"] for f in checked(folder)[1]["findings"]] == ["unreadable-certificate"]
    (folder / CERTIFICATE).unlink()
    assert [f["code"] for f in checked(folder)[1]["findings"]] == ["missing-certificate"]


def test_a_damaged_file_is_a_value_error(tiny: Plan, tmp_path: Path) -> None:
    path = tmp_path / "certificate.npz"
    assert tiny.certificate is not None
    write(tiny.certificate, path)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(60):
        broken = bytearray(whole)
        broken[rng.integers(len(whole))] ^= int(rng.integers(1, 256))
        path.write_bytes(bytes(broken))
        try:
            read(path)
        except ValueError:
            continue
