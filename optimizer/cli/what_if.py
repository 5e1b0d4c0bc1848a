"""Verbs about many plans: sweep, compare."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ...instances import files
from ...instances.network import Network
from ..folder import read_plan
from ..plan import Plan
from ..scenarios import Named, Options, Result, compare_plans, read_scenarios
from ..scenarios import sweep as run_sweep
from ..scenarios.measures import AGAINST
from ..scenarios.show import comparison_chart, comparison_text, write_comparison
from ..scenarios.sweep import folders
from ..text import amount, grid, percent
from . import target
from .exits import Exit
from .networks import read
from .options import AsJson, NetworkPath
from .output import Output, UserError, reporting

Gap = Annotated[
    float, typer.Option(help="Stop when at most this share of a plan's cost could still be saved.", min=0.0)
]
EachLimit = Annotated[
    float | None,
    typer.Option(
        help="Stop each plan after this many seconds.", min=0.0, metavar="SECONDS", show_default="none"
    ),
]
Workers = Annotated[
    int | None, typer.Option(help="Plans solved side by side.", min=1, show_default="all cores")
]
Cluster = Annotated[
    str | None,
    typer.Option(help="A Dask scheduler to use instead of this machine.", metavar="tcp://HOST:PORT"),
]
Into = Annotated[
    Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for the results.", show_default=False)
]


def sweep(
    path: NetworkPath,
    scenarios: Annotated[
        Path, typer.Argument(metavar="SCENARIOS", help="The file of scenarios (.toml).", show_default=False)
    ],
    output: Into,
    base: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The base plan to start from; solved first if not given."),
    ] = None,
    gap: Gap = 0.01,
    time_limit: EachLimit = None,
    workers: Workers = None,
    cluster: Cluster = None,
    seed: Annotated[int, typer.Option(help="Seed of the search.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Solve a network under many scenarios: sets, grids and samples of changes, on all cores.

    Stopping or killing it loses nothing that is finished: the same command goes on where it stopped.
    """
    with reporting(as_json) as out:
        network = read(path, out)
        room(output)
        plan = None if base is None else _plan(network, base)
        began = time.monotonic()

        def tell(result: Result, done: int, everything: int) -> None:
            seconds = time.monotonic() - began
            cost = amount(result.objective, network.settings.currency)
            out.remark(f"{seconds:6.0f} s | {done} of {everything} | {result.name}: {result.status}, {cost}")

        results = run_sweep(
            network,
            read_scenarios(scenarios),
            output,
            base=plan,
            options=Options(gap, time_limit, seed),
            workers=workers,
            cluster=cluster,
            on_result=tell,
        )
        text = "\n".join(sweep_lines(results, network.settings.currency))
        out.result({"results": [asdict(result) for result in results]}, text)
        out.remark(f"plans written to {output}; compare them with: clusterlane compare {output}")
        bad = any(result.objective is None for result in results)
        raise typer.Exit(Exit.LIMIT if bad else Exit.REACHED)


def sweep_lines(results: list[Result], currency: str) -> list[str]:
    """One line for each scenario: cost, difference to the base, gap."""
    base = results[0].objective
    rows = [("scenario", f"cost, {currency}", "against base", "gap", "status")]
    for result in results:
        more = None if base is None or result.objective is None else result.objective - base
        share = "" if more is None or not base else f"{'+' if more >= 0 else ''}{percent(more / abs(base))}"
        status = result.status if not result.message else f"{result.status}: {result.message[:80]}"
        rows.append((result.name, amount(result.objective), share, percent(result.gap, 2), status))
    return grid(rows, ".>>>.", indent="")


def room(directory: Path) -> None:
    """A folder for results: new, empty, or one that holds results already."""
    if directory.exists() and not directory.is_dir():
        raise UserError(f"{directory} is a file; give a folder")
    known = ("outcomes", "alternative-1", *(f"{name}.svg" for name in AGAINST))
    if directory.is_dir() and any(directory.iterdir()) and not any((directory / k).exists() for k in known):
        raise UserError(
            f"{directory} is not empty and holds no results; it is left alone: give another folder"
        )


def _plan(network: Network, directory: Path) -> Plan:
    target.holding_plan(directory)
    plan = read_plan(directory)
    if plan.sha256 != network.sha256:
        raise UserError(f"{directory} holds a plan of another network ({plan.instance})")
    return plan


def compare(
    directories: Annotated[
        list[Path],
        typer.Argument(
            metavar="DIR...",
            help="Folders of plans or of a sweep; the first is the base.",
            show_default=False,
        ),
    ],
    chart: Annotated[
        Path | None, typer.Option(metavar="FILE.svg", help="Write a chart.", show_default=False)
    ] = None,
    workbook: Annotated[
        Path | None, typer.Option(metavar="FILE.xlsx", help="Write a workbook.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Plans side by side: key figures, what opened or closed, what moved, who gains and who loses."""
    with reporting(as_json) as out:
        show_comparison(directories, chart, workbook, out)


def show_comparison(directories: list[Path], chart: Path | None, workbook: Path | None, out: Output) -> None:
    """Compare the plans of some folders and write what is asked for."""
    plans = []
    for folder in directories:
        found = list(folders([folder]))
        if not found:
            raise UserError(f"{folder} holds no plan and no sweep")
        plans += [Named(name, files.load(at / "network.json"), read_plan(at)) for name, at in found]
    try:
        comparison = compare_plans(plans)
    except ValueError as error:
        raise UserError(str(error)) from None
    out.result(comparison.data(), comparison_text(comparison))
    if chart is not None:
        chart.write_text(comparison_chart(comparison), encoding="utf-8")
        out.remark(f"chart written to {chart}")
    if workbook is not None:
        write_comparison(comparison, workbook)
        out.remark(f"workbook written to {workbook}")
