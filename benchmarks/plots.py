"""Pictures of records: performance profiles, and how near to the best plan solvers are over time."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from . import measures
from .record import Run

Times = dict[str, measures.Floats]


def draw(runs: Sequence[Run], folder: Path) -> list[Path]:
    """Write the pictures of each suite as SVG.  Raises ``ModuleNotFoundError`` without matplotlib."""
    import matplotlib

    matplotlib.use("svg")
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for suite in sorted({run.suite for run in runs}):
        part = [run for run in runs if run.suite == suite and run.outcome not in ("missing", "refused")]
        if part and not any(run.loading for run in part):
            written += [_profiles(part, folder / f"{suite}-profile.svg")]
            written += [_integrals(part, folder / f"{suite}-primal.svg")]
    return written


def times(runs: Sequence[Run], target: float) -> Times:
    """Solver -> time to ``target`` on every case and seed that any solver ran; infinite if never."""
    keys = sorted({(run.case, run.seed) for run in runs})
    found: dict[str, dict[tuple[str, int], float]] = defaultdict(dict)
    for run in runs:
        found[run.solver][run.case, run.seed] = max(measures.time_to(run, target), 1e-3)
    return {name: np.array([part.get(key, math.inf) for key in keys]) for name, part in found.items()}


def _profiles(runs: Sequence[Run], path: Path) -> Path:
    """Share of the runs in which a solver got to a gap within a multiple of the fastest one's time."""
    figure, axes = _figure(len(measures.TARGETS))
    ratios = np.logspace(0, 3, 301)
    for axis, (name, target) in zip(axes, measures.TARGETS.items(), strict=True):
        for solver, values in measures.profile(times(runs, target), ratios).items():
            axis.step(ratios, 100 * values, where="post", label=solver)
        axis.set(xscale="log", xlabel="multiple of the fastest time", ylim=(-2, 102), title=f"to {name}")
    axes[0].set_ylabel("runs, %")
    axes[-1].legend()
    return _saved(figure, path)


def _integrals(runs: Sequence[Run], path: Path) -> Path:
    """Mean distance of the best plan held from the best known; the legend has the mean over time."""
    figure, (axis,) = _figure(1)
    best, limit = measures.best_known(runs), max(run.limit for run in runs)
    moments = np.logspace(-1, math.log10(limit), 300)
    for solver in sorted({run.solver for run in runs}):
        part = [run for run in runs if run.solver == solver and run.case in best]
        if part:
            curve = np.mean([measures.primal_gaps(run, best[run.case], moments) for run in part], axis=0)
            mean = np.mean([measures.primal_integral(run, best[run.case]) for run in part])
            axis.plot(moments, 100 * np.maximum(curve, 1e-7), label=f"{solver}: {mean:.3g}")
    axis.set(
        xscale="log", yscale="log", xlabel="seconds", ylabel="above the best plan known, % (1 = none yet)"
    )
    axis.legend(title="primal integral")
    return _saved(figure, path)


def _figure(count: int) -> tuple[Any, Any]:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, count, figsize=(4.2 * count + 1, 3.8), sharey=True, squeeze=False)
    return figure, axes[0]


def _saved(figure: Any, path: Path) -> Path:
    from matplotlib import pyplot

    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)
    return path
