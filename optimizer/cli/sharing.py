"""The verb share: who pays what."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from ...instances.network import Network
from ..checker import check as check_plan
from ..folder import read_plan
from ..plan import Plan
from ..share import RULES
from ..share import share as divide
from ..share.files import STORE, write_sharing
from ..share.summary import summary
from . import target
from .exits import Exit
from .interrupts import cancel_on_signal
from .networks import read
from .options import AsJson, NetworkPath, PlanFolder
from .output import Output, UserError, reporting
from .reporting import Reporter


def share(
    path: NetworkPath,
    directory: PlanFolder,
    rule: Annotated[
        str, typer.Option(help=f"How to divide, of {', '.join(RULES)}; the others are shown beside it.")
    ] = "least_core",
    by: Annotated[str, typer.Option(help="Who the players are: firm, cluster or city.")] = "firm",
    small_saving: Annotated[
        float,
        typer.Option(help="Least saving of small firms, as a part of their cost alone.", min=0.0, max=1.0),
    ] = 0.0,
    turnover_share: Annotated[
        float, typer.Option(help="Part of sales that the operator takes.", min=0.0, max=1.0)
    ] = 0.0,
    gap: Annotated[
        float, typer.Option(help="How near to the least cost coalitions are solved.", min=0.0)
    ] = 0.01,
    time_limit: Annotated[
        float, typer.Option(help="Seconds for all of it.", min=0.0, metavar="SECONDS")
    ] = 900.0,
    threads: Annotated[
        int, typer.Option(help="Processor cores to use.", min=1, show_default="all")
    ] = os.cpu_count() or 1,
    cluster: Annotated[
        str | None, typer.Option(help="Dask scheduler, tcp://host:port, that solves the coalitions.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of what is sampled.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Divide the cost of a plan so that no group of firms can do better alone, and prove how stable it is.

    Writes shares, coalitions, price list and one confidential statement a firm into the plan's folder.
    Interrupting keeps all coalitions solved so far; the same command goes on from them.
    """
    options = {"rule": rule, "by": by, "small_saving": small_saving, "turnover_share": turnover_share}
    options |= {"gap": gap, "time_limit": time_limit, "workers": threads, "cluster": cluster, "seed": seed}
    with reporting(as_json) as out:
        _known(rule, by)
        _shared(path, directory, options, out)


def _shared(path: str, directory: Path, options: dict[str, Any], out: Output) -> None:
    network = read(path, out)
    plan = _plan(network, directory)
    with cancel_on_signal() as cancel:
        try:
            with Reporter(out.remarks, network.settings.currency) as report:
                store = directory / STORE
                found = divide(network, plan, store=store, on_progress=report, cancel=cancel, **options)
        except InterruptedError as stop:
            out.failure(
                Exit.INTERRUPTED, f"{stop}; those solved are kept, the same command goes on from them"
            )
            raise typer.Exit(Exit.INTERRUPTED) from None
        write_sharing(network, plan, found, directory)
        out.result(found.as_json(), summary(found))
        out.remark(f"shares, coalitions, price list and statements written to {directory}")
        raise typer.Exit(Exit.INTERRUPTED if cancel.is_set() else Exit.REACHED)


def _known(rule: str, by: str) -> None:
    if rule not in RULES:
        raise UserError(f"there is no rule {rule!r}; there are {', '.join(RULES)}")
    if by not in ("firm", "cluster", "city"):
        raise UserError(f"players cannot be grouped by {by!r}; there are firm, cluster and city")


def _plan(network: Network, directory: Path) -> Plan:
    target.holding_plan(directory)
    plan = read_plan(directory)
    findings = check_plan(network, plan) if plan.sha256 == network.sha256 else []
    if findings:
        raise UserError(f"the plan fails its check ({findings[0]}); solve again")
    return plan
