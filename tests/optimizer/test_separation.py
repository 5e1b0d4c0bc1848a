"""Networks whose goods only pass: several stages, several periods, against the whole model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from clusterlane.instances.files.published import read_published
from clusterlane.instances.network import Network
from clusterlane.optimizer import solve
from published import data


def two_stage(folder: Path, seed: int, goods: int = 1) -> Network:
    """Three plants, four satellites, six customers."""
    rng = np.random.default_rng(seed)
    demand = rng.integers(1, 9, (6, goods))
    sizes = [np.c_[rng.integers(20, 60, (count, goods)), rng.integers(50, 200, count)] for count in (3, 4)]
    costs = [rng.integers(1, 30, (goods * rows, columns)) for rows, columns in ((3, 4), (4, 6))]
    head = [3, 4, 6] + ([goods] if goods > 1 else [])
    return _read(folder, "two-stage", [[head], demand, sizes[0], costs[0], sizes[1], costs[1]])


def multi_period(folder: Path, seed: int) -> Network:
    """Five sites, eight customers, three periods."""
    rng = np.random.default_rng(seed)
    opening, cost = rng.integers(50, 99, (5, 1, 3)), rng.integers(1, 99, (5, 8, 3))
    rows = np.concatenate([opening, cost], axis=1).reshape(-1, 3)
    return _read(folder, "multi-period", [[[5, 8, 3]], [[1, 1, 2]], [[3, 4, 8]], rows])


def _read(folder: Path, form: str, parts: list[object]) -> Network:
    path = folder / "problem.txt"
    lines = [" ".join(map(str, row)) for part in parts for row in np.asarray(part).tolist()]
    path.write_text("\n".join(lines))
    return read_published(path, form)


@pytest.mark.parametrize("seed", range(2))
def test_agrees_with_the_whole_model(tmp_path: Path, seed: int) -> None:
    """The same optimum, proven by both, for each kind of network."""
    for network in (two_stage(tmp_path, seed), two_stage(tmp_path, seed, 2), multi_period(tmp_path, seed)):
        whole, parts = (solve(network, gap=1e-6, strategy=name) for name in ("monolith", "separation"))
        assert parts.check["findings"] == []
        assert (whole.status, parts.status) == ("optimal", "optimal")
        assert parts.objective == pytest.approx(whole.objective, rel=2e-6)
        assert parts.bound is not None
        assert parts.bound <= whole.objective * (1 + 1e-9)


def test_multi_period_of_others() -> None:
    """The optimum that Gurobi proved."""
    path = data("multi_period_flp", "instMulti_I10_J50_T3_0.txt")
    plan = solve(read_published(path, "multi-period"), gap=1e-6, strategy="separation")
    assert (plan.status, plan.objective) == ("optimal", pytest.approx(34325))


@pytest.mark.slow
def test_two_stage_of_others() -> None:
    """Best known value or better, at most 1 % from the best possible."""
    path = data("two_stage_flp_fernandes2014", "PSC1-C1-50.txt")
    plan = solve(read_published(path, "two-stage"), gap=0.002)
    assert plan.objective <= 722178 * 1.002
    assert plan.gap is not None
    assert plan.gap <= 0.01
