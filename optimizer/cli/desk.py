"""The verb of the planner's desk that answers why: explain."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ...instances import files
from ...instances.network import Network
from ...instances.tables import Firm
from ..explain import Explanation, explain_infeasible, explain_plan
from ..explain.why import reasons_data
from ..explain.words import explanation_data, explanation_text, reasons_text
from ..folder import read_plan
from ..plan import Plan
from . import target
from .exits import Exit
from .interrupts import cancel_on_signal
from .networks import read
from .options import AsJson, NetworkPath
from .output import Output, UserError, reporting
from .reporting import Reporter

_Names = list[str] | None


def explain(
    path: NetworkPath,
    directory: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="The folder of a plan to explain.", show_default=False),
    ] = None,
    time_limit: Annotated[
        float, typer.Option(help="Seconds for all questions together.", min=0.0, metavar="SECONDS")
    ] = 120.0,
    keep: Annotated[
        _Names,
        typer.Option(
            metavar="TABLE[.COLUMN]", help="Limits that must stay; may be repeated.", show_default=False
        ),
    ] = None,
    weight: Annotated[
        _Names,
        typer.Option(
            metavar="TABLE[.COLUMN]=FACTOR",
            help="Your priorities: how unwelcome moving a kind of limit is (1: as its price says).",
            show_default=False,
        ),
    ] = None,
    repaired: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH", help="Write the network with all suggestions applied.", show_default=False
        ),
    ] = None,
    warehouse: Annotated[
        _Names, typer.Option(help="Ask about these warehouses only.", show_default=False)
    ] = None,
    firm: Annotated[
        _Names, typer.Option(help="Ask about the parcels of these firms only.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say why a network has no plan and what would allow one; with DIR, why a plan is as it is.

    Without DIR: limits that cannot all hold, and one table of what to raise, by how much, at what cost
    (exit code 3; 0 where a plan exists). With DIR: what each warehouse, limit and parcel flow is worth.
    """
    with reporting(as_json) as out, cancel_on_signal() as cancel:
        if directory is not None:
            network, plan = plan_of(path, directory, out)
            _why(network, plan, time_limit, (warehouse or (), firm or ()), out, cancel)
            return
        network = files.load(path)
        found = explained(network, out, cancel, time_limit, _factors(weight or ()), keep or ())
        out.result(explanation_data(found), explanation_text(found, network.settings.currency))
        if repaired is not None and found.suggestions:
            files.write(found.repaired(network), repaired)
            out.remark(f"network with all suggestions written to {repaired}")
        raise typer.Exit(Exit.REACHED if found.status == "feasible" else Exit.INFEASIBLE)


def explained(
    network: Network,
    out: Output,
    cancel: threading.Event,
    time_limit: float = 60.0,
    weights: dict[str, float] | None = None,
    keep: Sequence[str] = (),
) -> Explanation:
    """Why a network has no plan, with progress.  Raises ``UserError`` for an unknown kind of limit."""
    with Reporter(out.remarks, network.settings.currency) as report:
        try:
            return explain_infeasible(
                network, time_limit=time_limit, weights=weights, keep=keep, on_progress=report, cancel=cancel
            )
        except ValueError as error:
            raise UserError(str(error)) from None


def _why(
    network: Network,
    plan: Plan,
    time_limit: float,
    only: tuple[Sequence[str], Sequence[str]],
    out: Output,
    cancel: threading.Event,
) -> None:
    _known(only[0], sorted(map(str, plan.tables["sites"]["warehouse"])), "open warehouse")
    _known(only[1], sorted(row.firm for row in network.rows(Firm)), "firm")
    currency = network.settings.currency
    with Reporter(out.remarks, currency) as report:
        reasons = explain_plan(
            network,
            plan,
            time_limit=time_limit,
            warehouses=only[0],
            firms=only[1],
            on_progress=report,
            cancel=cancel,
        )
    out.result(reasons_data(reasons), reasons_text(reasons, currency))


def _known(names: Sequence[str], known: Sequence[str], what: str) -> None:
    """Raises ``UserError`` for names that are none."""
    if wrong := [name for name in names if name not in known]:
        raise UserError(f"the plan has no {what} {', '.join(wrong)}; there are {', '.join(known)}")


def plan_of(path: str, directory: Path, out: Output) -> tuple[Network, Plan]:
    """A network and a plan of it.  Raises ``UserError`` where the folder holds none, or one of another."""
    network = read(path, out)
    target.holding_plan(directory)
    plan = read_plan(directory)
    if plan.sha256 != network.sha256:
        raise UserError(
            f"{directory} holds a plan of another network ({plan.instance}) or of an earlier state of this "
            f"one; solve again, or give {directory / 'network.json'} as PATH"
        )
    return network, plan


def _factors(pairs: Sequence[str]) -> dict[str, float]:
    factors = {}
    for pair in pairs:
        name, _, text = pair.partition("=")
        try:
            factors[name] = float(text)
        except ValueError:
            raise UserError(f"--weight {pair}: give it as TABLE.COLUMN=FACTOR, such as sales=5") from None
        if not 0 < factors[name] < float("inf"):
            raise UserError(f"--weight {pair}: the factor must be above 0; --keep {name} forbids moving it")
    return factors
