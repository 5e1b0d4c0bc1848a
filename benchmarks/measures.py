"""Numbers from records: time to a gap, gap at a time, primal integral, profiles, growth."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .record import Run

Floats = NDArray[np.float64]

TARGETS = {"1 %": 0.01, "0.1 %": 0.001, "optimal": 1.01e-6}
"""Proven gaps whose time is shown."""

GROWN = {"2 %": 0.02, "1 %": 0.01}
"""Proven gaps for whose time the growth is shown."""

MOMENTS = (10.0, 60.0, 300.0)
"""Seconds at which the gap is shown."""


def gap(objective: float | None, bound: float | None) -> float:
    """(objective − bound) / |objective|; infinite while unknown."""
    if objective is None or bound is None:
        return math.inf
    if objective - bound <= 1e-12 * abs(objective):
        return 0.0
    return (objective - bound) / abs(objective) if objective else math.inf


def time_to(run: Run, target: float) -> float:
    """First second at which the run's own proven gap was at most ``target``; infinite if never."""
    if run.outcome != "done" or not run.sound:
        return math.inf
    return next((t for t, objective, bound in run.events if gap(objective, bound) <= target), math.inf)


def gap_at(run: Run, moment: float) -> float:
    """The run's own proven gap after so many seconds."""
    held = [(objective, bound) for t, objective, bound in run.events if t <= moment]
    return gap(*held[-1]) if held and run.sound else math.inf


def best_known(runs: Iterable[Run]) -> dict[str, float]:
    """Case -> the published value, or the best that any sound run found if that is lower."""
    best: dict[str, float] = {}
    for run in runs:
        found = run.objective if run.sound and run.outcome == "done" else None
        for value in (run.known, found):
            if value is not None:
                best[run.case] = min(best.get(run.case, math.inf), value)
    return best


def primal_gap(objective: float | None, best: float) -> float:
    """|objective − best| / max(|objective|, |best|), 1 without a plan (Berthold 2013)."""
    if objective is None or objective * best < 0:
        return 1.0
    size = max(abs(objective), abs(best))
    return abs(objective - best) / size if size else 0.0


def primal_gaps(run: Run, best: float, moments: Floats) -> Floats:
    """The primal gap at each of some moments."""
    out = np.ones(len(moments))
    if run.outcome == "done" and run.sound:
        for t, objective, _ in run.events:
            out[moments >= t] = primal_gap(objective, best)
    return out


def primal_integral(run: Run, best: float) -> float:
    """Mean primal gap over the run's limit: 0 for the best plan at once, 1 for none ever."""
    if run.outcome != "done" or not run.sound:
        return 1.0
    value, last, now = 0.0, 0.0, 1.0
    for t, objective, _ in run.events:
        t = min(t, run.limit)
        value, last, now = value + now * (t - last), t, primal_gap(objective, best)
    return (value + now * (run.limit - last)) / run.limit


def geometric(values: Sequence[float], shift: float = 0.0) -> float:
    """Geometric mean, shifted."""
    return math.exp(math.fsum(math.log(v + shift) for v in values) / len(values)) - shift


def capped(seconds: float, limit: float) -> float:
    """A run that did not get there counts as its limit."""
    return min(seconds, limit)


def profile(times: dict[str, Floats], ratios: Floats) -> dict[str, Floats]:
    """Solver -> share of cases solved within each ratio of the fastest one (Dolan and Moré 2002)."""
    best = np.min(list(times.values()), axis=0)
    with np.errstate(invalid="ignore"):
        parts = {name: np.where(np.isfinite(t), t / best, math.inf) for name, t in times.items()}
    return {name: (part[:, None] <= ratios).mean(axis=0) for name, part in parts.items()}


@dataclass(frozen=True)
class Growth:
    """time to the gap ``to`` ∝ count^exponent; ``low`` and ``high`` are the 95 % interval, ``missed`` how
    many runs did not get there."""

    series: str
    solver: str
    to: str
    exponent: float
    low: float
    high: float
    points: int
    missed: int


def growth(runs: Iterable[Run]) -> list[Growth]:
    """Least squares on log time to a gap against log count, for every series, solver and gap of ``GROWN``."""
    groups: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        if run.series:
            groups.setdefault((run.series, run.solver), []).append(run)
    return [
        _fit(*key, to, [(run.count, time_to(run, target)) for run in group])
        for key, group in sorted(groups.items())
        for to, target in GROWN.items()
    ]


def _fit(series: str, solver: str, to: str, points: list[tuple[int, float]]) -> Growth:
    known = [(math.log(count), math.log(max(t, 1e-3))) for count, t in points if math.isfinite(t)]
    missed = len(points) - len(known)
    if len({x for x, _ in known}) < 2:
        return Growth(series, solver, to, math.nan, math.nan, math.nan, len(known), missed)
    line = stats.linregress([x for x, _ in known], [y for _, y in known])
    free = len(known) - 2
    half = float(stats.t.ppf(0.975, free)) * float(line.stderr) if free > 0 else math.inf
    slope = float(line.slope)
    return Growth(series, solver, to, slope, slope - half, slope + half, len(known), missed)
