"""What is read out of records: times, gaps, integrals, profiles, growth, ratios."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from clusterlane.benchmarks import measures, record, tables
from clusterlane.benchmarks.record import Run
from hypothesis import given
from hypothesis import strategies as st


def run(*events: tuple[float, float | None, float | None], **more: object) -> Run:
    """A run over 100 s; its last event is its result."""
    last = events[-1] if events else (0.0, None, None)
    base = {"suite": "s", "case": "c", "solver": "a", "seed": 0, "threads": 1, "gap": 0.0, "limit": 100.0}
    base |= {"clock": "cpu", "outcome": "done", "objective": last[1], "bound": last[2], "events": events}
    return Run(**{**base, **more})


CAME_ON = run((1.0, None, 80.0), (10.0, 110.0, 80.0), (20.0, 100.0, 99.5), (50.0, 100.0, 100.0))


def test_times_are_of_the_proven_gap() -> None:
    assert [measures.time_to(CAME_ON, t) for t in (0.3, 0.01, 0.001, 0.0)] == [10.0, 20.0, 50.0, 50.0]
    assert measures.gap_at(CAME_ON, 19.0) == pytest.approx(30 / 110)
    assert measures.gap_at(CAME_ON, 5.0) == math.inf


@pytest.mark.parametrize("bad", [{"sound": False}, {"outcome": "killed"}])
def test_a_run_that_failed_or_broke_a_rule_never_got_there(bad: dict[str, object]) -> None:
    broken = run(*CAME_ON.events, **bad)
    assert measures.time_to(broken, 0.5) == math.inf
    assert measures.primal_integral(broken, 100.0) == 1.0


def test_the_primal_integral_is_the_mean_gap() -> None:
    """10 s without a plan, 10 s at 110 when 100 is best, then best."""
    assert measures.primal_integral(CAME_ON, 100.0) == pytest.approx((10 + 10 * 10 / 110) / 100)
    steps = np.linspace(0, 100, 100_001)[:-1]
    mean = measures.primal_gaps(CAME_ON, 100.0, steps).mean()
    assert mean == pytest.approx(measures.primal_integral(CAME_ON, 100.0), abs=1e-4)


@given(st.lists(st.floats(0.01, 99.0), min_size=1, max_size=6, unique=True))
def test_the_primal_integral_is_a_share_and_falls_with_better_plans(moments: list[float]) -> None:
    values = [(t, 200.0 - i, 0.0) for i, t in enumerate(sorted(moments))]
    slow, fast = run(*values), run((0.0, 150.0, 0.0), *((t, v - 100, b) for t, v, b in values))
    assert 0 <= measures.primal_integral(fast, 90.0) < measures.primal_integral(slow, 90.0) <= 1


def test_profiles_count_cases_within_a_ratio() -> None:
    times = {"a": np.array([1.0, 4.0, math.inf]), "b": np.array([2.0, 1.0, math.inf])}
    found = measures.profile(times, np.array([1.0, 2.0, 4.0]))
    assert found["a"].tolist() == pytest.approx([1 / 3, 1 / 3, 2 / 3])
    assert found["b"].tolist() == pytest.approx([1 / 3, 2 / 3, 2 / 3])


def test_growth_finds_the_exponent_and_says_what_is_missing() -> None:
    runs = [
        run((0.01 * n, 1.0, 0.985), (0.01 * n**1.5, 1.0, 1.0), series="firms", count=n, case=str(n))
        for n in (10, 20, 40, 80)
    ]
    early, late = measures.growth([*runs, run(series="firms", count=160)])
    assert (early.to, late.to) == ("2 %", "1 %")
    assert (early.exponent, late.exponent) == (pytest.approx(1.0), pytest.approx(1.5))
    assert (late.low, late.high) == (pytest.approx(1.5), pytest.approx(1.5))
    assert (late.points, late.missed) == (4, 1)


def test_the_best_known_is_the_published_one_or_a_better_sound_plan() -> None:
    runs = [run((1.0, 9.0, 0.0), known=10.0), run((1.0, 8.0, 0.0), known=10.0, solver="b", sound=False)]
    assert measures.best_known(runs) == {"c": 9.0}


def test_ratios_compare_the_same_runs() -> None:
    before = [run((40.0, 1.0, 1.0), peak_mb=100.0), run((1.0, 1.0, 1.0), case="other")]
    (_, row) = tables.ratios([run((10.0, 1.0, 1.0), peak_mb=50.0)], before)
    assert row == ["s", "a", "1", "0.25", "0.25", "0.25", "0.50"]


def test_a_record_cut_off_by_a_crash_keeps_its_whole_lines(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "records.jsonl"
    line = {name: getattr(CAME_ON, name) for name in (*record.KEY, "outcome", "objective", "events")}
    record.append(file, line)
    with file.open("a") as stream:
        stream.write('{"suite": "s", "ca')
    assert [r.events for r in record.read(file)] == [CAME_ON.events]


def test_the_report_shows_failures_and_numbers() -> None:
    text = tables.report([CAME_ON, run(outcome="killed", error="signal 9", solver="b")])
    assert "killed: signal 9" in text
    assert "100.000" in text
