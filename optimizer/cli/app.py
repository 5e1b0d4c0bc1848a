"""The command ``clusterlane`` and its verbs."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from ..highs import lingering
from . import bench, credit, desk, networks, plans, reports, serving, sharing, what_if, what_if_more

HELP = "\n\n".join(
    [
        "Plan shared overseas warehouses, joint shipping and 1+N chain financing for a cluster of firms.",
        "PATH is a network: a folder of CSV tables, a .json or .xlsx file, or the name of one of the "
        "networks that come with clusterlane, such as tiny or anhui.",
        "Results go to stdout, progress and remarks to stderr.",
        "Exit codes: 0 done (solve: gap reached, plan checked); 2 bad input; 3 infeasible; 4 stopped at a "
        "limit, with a checked plan; 5 stopped without a plan; 6 interrupted, best plan written; 7 the plan "
        "fails its check; 1 our fault.",
    ]
)

app = typer.Typer(
    name="clusterlane",
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(networks.validate)
app.command()(credit.rate)
app.command()(plans.solve)
app.command()(plans.check)
app.command()(sharing.share)
app.command()(desk.explain)
app.command()(what_if.sweep)
app.command()(what_if.compare)
app.command()(what_if_more.tradeoff)
app.command()(what_if_more.stress)
app.command()(what_if_more.baseline)
app.command()(what_if_more.alternatives)
app.command()(reports.report)
app.command()(reports.workbook)
app.command()(networks.convert)
app.command()(networks.generate)
app.command()(networks.new)
app.command()(networks.schema)
app.command()(networks.show)
app.command()(bench.bench)
serving.add_to(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"clusterlane {version('clusterlane')}")
        raise typer.Exit


@app.callback()
def _command(
    show_version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and stop."),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command with the arguments of the process."""
    _keep_stdout()
    try:
        app()
    except SystemExit as end:
        if lingering():
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(end.code if isinstance(end.code, int) else 1)
        raise


def _keep_stdout() -> None:
    """Only what Python prints reaches stdout: HiGHS writes some lines straight to file descriptor 1."""
    try:
        if sys.stdout.fileno() != 1:
            return
    except (AttributeError, OSError):
        return
    own, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    lines = 1 if os.isatty(own) else -1
    sys.stdout = os.fdopen(own, "w", lines, encoding=sys.stdout.encoding, errors=sys.stdout.errors)
