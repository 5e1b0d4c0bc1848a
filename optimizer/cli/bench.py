"""The verb that measures: bench."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from .options import AsJson
from .output import Output, UserError, reporting

PEERS = "highs,scip,cbc"


def bench(
    suites: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SUITE...",
            help="Suites or groups of them (published, parks, growth, all ...); without any: report only.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="DIR",
            help="Folder of records.jsonl, report and pictures; goes on there.",
        ),
    ] = Path("out/bench"),
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder of the published files (or CLUSTERLANE_DATA).", show_default=False
        ),
    ] = None,
    peers: Annotated[
        str, typer.Option(help="Peers beside clusterlane: highs, scip, cbc, cp-sat, gurobi, copt, xpress.")
    ] = PEERS,
    seeds: Annotated[int, typer.Option(help="How many seeds each solver has.", min=1)] = 1,
    threads: Annotated[
        int, typer.Option(help="Processor cores of each solver that can use them.", min=1)
    ] = 1,
    gap: Annotated[
        float | None,
        typer.Option(help="Proven gap to stop at.", min=0.0, metavar="SHARE", show_default="by suite"),
    ] = None,
    time_limit: Annotated[
        float | None,
        typer.Option(help="Seconds for each run.", min=0.001, metavar="SECONDS", show_default="by suite"),
    ] = None,
    wall: Annotated[
        bool, typer.Option("--wall/--cpu", help="Count wall time, on a machine with nothing else to do.")
    ] = False,
    only: Annotated[str, typer.Option(help="Only cases with this in their name.")] = "",
    against: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="An earlier records.jsonl to compare with.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure the optimizer beside other solvers, on the same arrays with the same limits.

    Each run has a process of its own and one line in records.jsonl; what is recorded is not run again.
    """
    with reporting(as_json) as out:
        run = _package()
        solvers = _known([name for name in peers.split(",") if name], list(run.PEERS), "peer", out)
        chosen = _known(suites or [], [*run.GROUPS, *run.SUITES], "suite", out)
        if suites and not chosen:
            raise UserError("nothing to measure")
        protocol = run.Protocol(
            (run.OURS, *solvers),
            tuple(range(seeds)),
            threads,
            "wall" if wall else "cpu",
            gap,
            time_limit,
            only,
        )
        folder = data or Path(os.environ.get("CLUSTERLANE_DATA", "data"))
        records = output / "records.jsonl"
        if chosen:
            added = run.run_all(run.expand(chosen), folder.absolute(), records, protocol, out.remark)
            out.remark(f"{added} runs added to {records}")
        _report(records, against, out)


def _known(names: list[str], known: list[str], what: str, out: Output) -> list[str]:
    """The names that exist; a line for each that does not."""
    for name in names:
        if name not in known:
            out.remark(f"there is no {what} {name!r}, it is left out; there are {', '.join(known)}")
    return [name for name in names if name in known]


def _package() -> Any:
    """The measuring part, which an installation may leave out."""
    try:
        from ...benchmarks import run
    except ModuleNotFoundError as error:
        raise UserError(
            f"bench needs {error.name}: install it with pip install 'clusterlane[benchmarks]'"
        ) from None
    return run


def _report(records: Path, against: Path | None, out: Output) -> None:
    """Tables on stdout and in report.md, pictures beside it."""
    from ...benchmarks import plots, record, tables

    if not records.exists():
        raise UserError(f"there is no record {records} yet; name suites to measure")
    runs = record.read(records)
    text = tables.report(runs, record.read(against) if against else ())
    (records.parent / "report.md").write_text(text, encoding="utf-8")
    try:
        written = plots.draw(runs, records.parent)
    except ModuleNotFoundError as error:
        written = []
        out.remark(f"no pictures: {error.name} is not installed")
    files = [str(path) for path in written]
    out.result({"ok": True, "runs": len(runs), "records": str(records), "pictures": files}, text)
