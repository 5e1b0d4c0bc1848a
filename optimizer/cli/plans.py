"""Verbs about plans: solve, check."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from ...instances.findings import Finding
from ...instances.network import Network
from ...instances.transform import without_money, without_parcels
from .. import comparisons
from ..checker import check as check_plan
from ..checker.shares import check_division, has_division
from ..explain.words import explanation_data, explanation_text
from ..folder import envelope, read_plan, write_plan
from ..plan import Plan
from ..proven import check_bound
from ..solve import solve as find_plan
from ..strategies import STRATEGIES
from ..summary import decision_summary
from ..text import amount, plural
from . import target
from .desk import explained
from .exits import Exit, exit_of
from .interrupts import cancel_on_signal
from .networks import read, sound
from .options import AsJson, NetworkPath, PlanFolder
from .output import Output, UserError, reporting
from .reporting import Reporter

EXPLAINING = 60.0
"""Most seconds to explain why no plan exists."""

COMPARING = 30.0
"""Least seconds for the comparisons of a plan without a time limit."""


Into = Annotated[
    Path,
    typer.Option(
        "-o",
        "--output",
        metavar="DIR",
        help="Folder for the plan; an older plan there is replaced, anything else is left alone.",
        show_default=False,
    ),
]
Gap = Annotated[
    float,
    typer.Option(
        help="Stop when at most this share of the plan's cost could still be saved (0.01: 1 %).",
        min=0.0,
        metavar="SHARE",
    ),
]
TimeLimit = Annotated[
    float | None,
    typer.Option(
        help="Stop after this many seconds with the best plan so far.",
        min=0.0,
        metavar="SECONDS",
        show_default="none",
    ),
]
Threads = Annotated[int, typer.Option(help="Processor cores to use.", min=1, show_default="all")]
Seed = Annotated[int, typer.Option(help="Seed of the search: the same seed searches the same way.")]
Way = Annotated[str, typer.Option(help="How to search; auto chooses by size.")]
Earlier = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Begin with an earlier plan, of this network or of one much like it.",
        show_default=False,
    ),
]
WithMoney = Annotated[
    bool,
    typer.Option("--money/--no-money", help="Plan financing together with logistics.", show_default=False),
]
WithParcels = Annotated[
    bool, typer.Option("--parcels/--no-parcels", help="Allow direct parcels.", show_default=False)
]
Compared = Annotated[
    bool,
    typer.Option(
        "--compare/--no-compare",
        help="Also solve what firms would do alone, logistics before finance, and no 1+N financing, "
        "in up to as much time again.",
    ),
]


def solve(
    path: NetworkPath,
    output: Into,
    gap: Gap = 0.01,
    time_limit: TimeLimit = None,
    threads: Threads = os.cpu_count() or 1,
    seed: Seed = 0,
    strategy: Way = "auto",
    start: Earlier = None,
    money: WithMoney = True,
    parcels: WithParcels = True,
    compare: Compared = True,
    as_json: AsJson = False,
) -> None:
    """Decide warehouses, shipping and financing together; show the plan and how good it is proven to be.

    Ctrl-C stops early and keeps the best plan so far; a second Ctrl-C stops at once.
    """
    with reporting(as_json) as out, cancel_on_signal() as cancel:
        if strategy not in ("auto", *STRATEGIES):
            raise UserError(f"there is no strategy {strategy!r}; there are auto, {', '.join(STRATEGIES)}")
        target.plan_folder(output)
        earlier = None if start is None else _earlier(start)
        network = _restricted(read(path, out), money, parcels, out)
        options: dict[str, Any] = {"gap": gap, "time_limit": time_limit, "threads": threads, "seed": seed}
        with Reporter(out.remarks, network.settings.currency) as report:
            plan = find_plan(
                network, strategy=strategy, start=earlier, on_progress=report, cancel=cancel, **options
            )
            if plan.objective is not None:
                write_plan(plan, network, output)
            if compare and plan.status in ("optimal", "feasible") and not cancel.is_set():
                plan = _compared(network, plan, report, cancel, options)
                write_plan(plan, network, output)
        if plan.status == "infeasible":
            _explain(network, plan, time_limit, out, cancel)
        _show(network, plan, output, out)
        raise typer.Exit(exit_of(plan, interrupted=cancel.is_set()))


def _earlier(directory: Path) -> Plan:
    target.holding_plan(directory)
    return read_plan(directory)


def _compared(
    network: Network, plan: Plan, report: Reporter, cancel: threading.Event, options: dict[str, Any]
) -> Plan:
    """The plan with its comparisons, in as much time again as the plan was given, or took."""
    limit = options["time_limit"] or max(plan.runtime_seconds, COMPARING)
    others = comparisons.compare(
        network,
        plan,
        on_progress=lambda progress: report(replace(progress, phase=f"comparing: {progress.phase}")),
        cancel=cancel,
        **{**options, "time_limit": limit},
    )
    return replace(plan, comparisons=others)


def _restricted(network: Network, money: bool, parcels: bool, out: Output) -> Network:
    """The network without the parts that are switched off, checked again."""
    if not parcels:
        network = without_parcels(network)
    if not money:
        network = without_money(network)
    return network if parcels and money else sound(network, out)


def _show(network: Network, plan: Plan, directory: Path, out: Output) -> None:
    if plan.objective is None:
        out.result({**envelope(plan), "log": plan.log}, _no_plan(plan))
        return
    out.result({**envelope(plan), "directory": str(directory)}, decision_summary(network, plan))
    out.remark(f"plan written to {directory}")
    if plan.termination == "time":
        out.remark(f"the time was up before the gap asked for; to go on: --start {directory} -o ELSEWHERE")
    if plan.termination == "error":
        out.remark(
            f"error: the search ended before it reached the gap; its log is {directory / 'solver.log'}"
        )


def _explain(
    network: Network, plan: Plan, time_limit: float | None, out: Output, cancel: threading.Event
) -> None:
    """Show why no plan exists and what would allow one, in at most as much time again."""
    found = explained(network, out, cancel, min(time_limit or EXPLAINING, EXPLAINING))
    data = {**envelope(plan), "log": plan.log, "explanation": explanation_data(found)}
    out.result(data, explanation_text(found, network.settings.currency))
    raise typer.Exit(Exit.INFEASIBLE)


def _no_plan(plan: Plan) -> str:
    after = f"after {plan.runtime_seconds:.0f} s ({plan.termination})"
    return f"No plan was found {after}; nothing was written. A longer --time-limit may help."


def check(
    path: NetworkPath,
    directory: PlanFolder,
    bound: Annotated[
        bool,
        typer.Option("--bound", help="Also multiply out the certificate of the bound."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check a plan against its network with code that shares nothing with the model.

    Names every violated rule and recomputes objective, KPIs and ledger; exit code 7 where anything is wrong.
    """
    with reporting(as_json) as out:
        network = read(path, out)
        target.holding_plan(directory)
        plan = read_plan(directory)
        findings, divided = check_plan(network, plan), has_division(directory)
        if divided:
            division = check_division(network, plan, directory)
            out.warnings(finding for finding in division if finding.severity == "warning")
            findings += [finding for finding in division if finding.severity == "error"]
        proved: float | None = None
        if bound and plan.sha256 == network.sha256:
            wrong, proved = check_bound(network, plan, directory)
            findings += wrong
        text = _check_text(network, plan, findings)
        if divided and not findings:
            text += (
                "\nits cost is divided as stated: all of it is shared, every listed group and figure holds"
            )
        if bound:
            text += f"\n{_bound_text(network, plan, proved)}"
        out.result({**_check_data(plan, findings), "bound_verified": proved}, text)
        raise typer.Exit(Exit.CHECK_FAILED if findings else Exit.REACHED)


def _bound_text(network: Network, plan: Plan, proved: float | None) -> str:
    """What is proven beside what the solver claims."""
    currency = network.settings.currency
    claimed = f"the plan says that none costs less than {amount(plan.bound, currency)}"
    if proved is None:
        return f"{claimed}; there is no certificate of it"
    gap = (plan.objective - proved) / abs(plan.objective) if plan.objective else 0.0
    proven = f"the certificate proves {amount(proved, currency)}, {100 * max(gap, 0.0):.4f} % below its cost"
    return f"{claimed}; {proven}" + ("" if plan.fully_certified else "; the rest is the solver's word")


def _check_data(plan: Plan, findings: Sequence[Finding]) -> dict[str, Any]:
    listing = [asdict(finding) for finding in findings]
    return {"ok": not findings, "objective": plan.objective, "bound": plan.bound, "findings": listing}


def _check_text(network: Network, plan: Plan, findings: Sequence[Finding]) -> str:
    if findings:
        return "\n".join(
            [*map(str, findings), f"the plan fails its check: {plural(len(findings), 'finding')}"]
        )
    cost = amount(plan.objective, network.settings.currency)
    return f"the plan keeps every rule; objective {cost} recomputed from its tables"
