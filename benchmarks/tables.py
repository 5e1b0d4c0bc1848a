"""Records as text: one line a run, then what they say together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import groupby

from . import measures
from .record import Run

Table = list[list[str]]


def report(runs: Sequence[Run], earlier: Sequence[Run] = ()) -> str:
    """Everything as Markdown: a table of each suite, means, growth, loading, ratios to an earlier record."""
    by_suite = sorted(runs, key=lambda run: run.suite)
    parts = [
        f"## {suite}\n\n{_suite(list(group))}" for suite, group in groupby(by_suite, lambda run: run.suite)
    ]
    series = measures.growth(runs)
    if series:
        parts.append(f"## Growth of the time to a proven gap\n\n{markdown(_growth(series))}")
    if earlier:
        parts.append(f"## Against the earlier record\n\n{markdown(ratios(runs, earlier))}")
    return "\n\n".join(parts) + "\n"


def _suite(runs: list[Run]) -> str:
    if any(run.loading for run in runs):
        return markdown(_loading(runs))
    best = measures.best_known(runs)
    parts = [_runs(runs, best), _means(runs, best), _phases(runs)]
    return "\n\n".join(markdown(part) for part in parts if len(part) > 1)


def _phases(runs: list[Run]) -> Table:
    """Where our own time goes: phases that take a twentieth of a run, the longest first."""
    out: Table = [["case", "phases, share of the time"]]
    for run in runs:
        whole = math.fsum(run.phases.values())
        long = sorted(((t, name) for name, t in run.phases.items() if t >= 0.05 * whole), reverse=True)
        if whole > 1:
            out.append([run.case, ", ".join(f"{name} {100 * t / whole:.0f} %" for t, name in long)])
    return out


def _runs(runs: list[Run], best: dict[str, float]) -> Table:
    head = ["case", "solver", "seed", *(f"to {t}, s" for t in measures.TARGETS)]
    head += [f"gap at {m:.0f} s" for m in measures.MOMENTS]
    head += ["objective", "above best", "bound", "verified", "load, s", "peak, MB", "remark"]
    return [head, *(_row(run, best.get(run.case)) for run in sorted(runs, key=lambda r: (r.case, r.solver)))]


def _row(run: Run, best: float | None) -> list[str]:
    lead = [run.case, run.solver, str(run.seed)]
    if run.outcome != "done":
        return [*lead, *["–"] * 12, f"{run.outcome}: {run.error}"]
    times = [seconds(measures.time_to(run, target)) for target in measures.TARGETS.values()]
    gaps = [
        share(measures.gap_at(run, moment)) if moment <= run.limit else "–" for moment in measures.MOMENTS
    ]
    above = share((run.objective - best) / abs(best)) if run.objective is not None and best else "–"
    values = [number(run.objective), above, number(run.bound), number(run.bound_verified)]
    size = [seconds(run.load_seconds or 0.0), f"{run.peak_mb or 0:.0f}"]
    return [*lead, *times, *gaps, *values, *size, "" if run.sound else "its point breaks a rule"]


def _means(runs: list[Run], best: dict[str, float]) -> Table:
    """By solver: how many cases are proven, geometric means with runs cut off counted at the limit."""
    head = ["solver", "runs", *(f"reached {t}" for t in measures.TARGETS)]
    head += [f"mean to {t}, s" for t in measures.TARGETS] + ["primal integral"]
    out: Table = [head]
    for solver, group in _by_solver(runs):
        times = {name: [measures.time_to(run, t) for run in group] for name, t in measures.TARGETS.items()}
        limits = [run.limit for run in group]
        reached = [str(sum(math.isfinite(t) for t in part)) for part in times.values()]
        means = [
            seconds(measures.geometric([max(min(t, top), 1e-3) for t, top in zip(part, limits, strict=True)]))
            for part in times.values()
        ]
        integrals = [measures.primal_integral(run, best[run.case]) for run in group if run.case in best]
        mean = f"{sum(integrals) / len(integrals):.4f}" if integrals else "–"
        out.append([solver, str(len(group)), *reached, *means, mean])
    return out


def _by_solver(runs: Iterable[Run]) -> list[tuple[str, list[Run]]]:
    """Runs of each solver; those that a licence or a missing package kept from running left out."""
    took_part = [run for run in runs if run.outcome not in ("missing", "refused")]
    ordered = sorted(took_part, key=lambda run: run.solver)
    return [(name, list(group)) for name, group in groupby(ordered, lambda run: run.solver)]


def _growth(series: Iterable[measures.Growth]) -> Table:
    rows = [
        [
            g.series,
            g.solver,
            g.to,
            f"{g.exponent:.2f}",
            f"{g.low:.2f} to {g.high:.2f}",
            str(g.points),
            str(g.missed),
        ]
        for g in series
    ]
    return [
        ["series", "solver", "to", "exponent", "95 % interval", "runs", "runs not there"],
        *rows,
    ]


def _loading(runs: list[Run]) -> Table:
    head = [
        "case",
        "way",
        "columns",
        "rows",
        "nonzeros",
        "build, s",
        "compile, s",
        "hand over, s",
        "total, s",
    ]
    out: Table = [[*head, "ratio to linopy", "peak, MB"]]
    totals = {(run.case, run.solver): _total(run) for run in runs}
    for run in sorted(runs, key=lambda r: (r.case, r.solver)):
        if run.outcome != "done":
            out.append([run.case, run.solver, *["–"] * 8, f"{run.outcome}: {run.error}"])
            continue
        sizes = [
            f"{run.loading[k]:,.0f}" if k in run.loading else "–" for k in ("columns", "rows", "nonzeros")
        ]
        steps = [
            seconds(run.loading[k]) if k in run.loading else "–" for k in ("build", "compile", "hand_over")
        ]
        base = totals.get((run.case, "load-linopy"), math.nan)
        total = _total(run)
        ratio = f"{total / base:.1f}" if base > 0 else "–"
        out.append([run.case, run.solver, *sizes, *steps, seconds(total), ratio, f"{run.peak_mb or 0:.0f}"])
    return out


def _total(run: Run) -> float:
    return math.fsum(run.loading.get(step, 0.0) for step in ("build", "compile", "hand_over"))


def ratios(runs: Iterable[Run], earlier: Iterable[Run]) -> Table:
    """Now over earlier, by suite and solver, on the runs that both records have; below 1 is faster."""
    before = {run.key: run for run in earlier}
    pairs = [(run, before[run.key]) for run in runs if run.key in before and not run.loading]
    pairs.sort(key=lambda pair: (pair[0].suite, pair[0].solver))
    out: Table = [["suite", "solver", "runs", *(f"time to {t}" for t in measures.TARGETS), "peak memory"]]
    for (suite, solver), group in groupby(pairs, lambda pair: (pair[0].suite, pair[0].solver)):
        both = list(group)
        times = [_ratio(both, target) for target in measures.TARGETS.values()]
        sizes = [(a.peak_mb, b.peak_mb) for a, b in both if a.peak_mb and b.peak_mb]
        memory = f"{measures.geometric([a / b for a, b in sizes]):.2f}" if sizes else "–"
        out.append([suite, solver, str(len(both)), *times, memory])
    return out


def _ratio(pairs: Sequence[tuple[Run, Run]], target: float) -> str:
    times = [[max(min(measures.time_to(run, target), run.limit), 1e-3) for run in pair] for pair in pairs]
    return f"{measures.geometric([now / then for now, then in times]):.2f}" if times else "–"


def markdown(table: Table) -> str:
    """A table as Markdown, its columns aligned."""
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |" for row in table]
    return "\n".join([lines[0], "|" + "|".join("-" * (w + 2) for w in widths) + "|", *lines[1:]])


def seconds(value: float) -> str:
    """Seconds, or a dash where they were not reached."""
    return "–" if not math.isfinite(value) else f"{value:.2f}" if value < 10 else f"{value:.0f}"


def share(value: float) -> str:
    """A share as per cent."""
    if not math.isfinite(value):
        return "–"
    return "0" if abs(value) < 5e-9 else f"{100 * value:.3g} %"


def number(value: float | None) -> str:
    """A value in the network's currency."""
    return "–" if value is None else f"{value:,.3f}"
