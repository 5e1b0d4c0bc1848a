"""Networks whose goods only pass: several stages, several periods, against the whole model."""

from __future__ import annotations

from pathlib import Path

import pytest
from clusterlane.instances.files.published import read_published
from clusterlane.optimizer import solve
from published import data
from stages import multi_period, two_stage


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
@pytest.mark.parametrize("case", ["PSC1-C2", "PSC2-C4", "PSC5-C3"])
def test_two_stages_to_one_percent(case: str) -> None:
    """At most 1 % from the best possible, and the certificate says so too."""
    path = data("two_stage_flp_fernandes2014", f"{case}-50.txt")
    plan = solve(read_published(path, "two-stage"), gap=0.01, time_limit=300)
    assert plan.termination == "gap"
    assert plan.objective is not None
    assert plan.bound_verified is not None
    assert plan.objective - plan.bound_verified <= 0.01 * plan.objective


@pytest.mark.slow
def test_two_stage_of_others() -> None:
    """Best known value or better, at most 1 % from the best possible."""
    path = data("two_stage_flp_fernandes2014", "PSC1-C1-50.txt")
    plan = solve(read_published(path, "two-stage"), gap=0.002)
    assert plan.objective <= 722178 * 1.002
    assert plan.gap is not None
    assert plan.gap <= 0.01
