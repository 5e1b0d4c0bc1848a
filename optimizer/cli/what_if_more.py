"""Verbs about one plan and those near it: alternatives, baseline, stress, tradeoff."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from ...instances.findings import InputError
from ...instances.network import Network
from ..folder import envelope, write_plan
from ..plan import Plan
from ..scenarios.alternatives import Alternative
from ..scenarios.alternatives import alternatives as find_alternatives
from ..scenarios.compare import Named, compare_plans
from ..scenarios.file import read_samples
from ..scenarios.measures import AGAINST
from ..scenarios.shocks import Shocks
from ..scenarios.show import comparison_text
from ..scenarios.stress import Insurance, Stress, usual_insurances
from ..scenarios.stress import Outcome as StressOutcome
from ..scenarios.stress import stress as run_stress
from ..scenarios.today import Steps, improve, read_today
from ..scenarios.today import baseline as make_baseline
from ..scenarios.tradeoff import Point
from ..scenarios.tradeoff import tradeoff as run_tradeoff
from ..scenarios.words import (
    alternatives_text,
    stress_text,
    today_text,
    tradeoff_chart,
    tradeoff_text,
)
from ..text import amount
from . import target
from .desk import plan_of
from .exits import Exit
from .interrupts import cancel_on_signal
from .networks import read
from .options import AsJson, NetworkPath, PlanFolder
from .output import Output, UserError, reporting
from .reporting import Reporter
from .what_if import Cluster, EachLimit, Gap, Into, Workers, room

Limit = Annotated[float, typer.Option(help="Seconds for everything together.", min=0.0, metavar="SECONDS")]
TodayFiles = Annotated[
    Path,
    typer.Argument(
        metavar="FILES",
        help="Folder with today's decisions: leases.csv, shipments.csv, …",
        show_default=False,
    ),
]
Improved = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Also find the best plan near today's.", show_default=False)
]
Draws = Annotated[
    Path | None,
    typer.Option(metavar="FILE.toml", help="The draws of its first sample instead of the usual ones."),
]
Replays = Annotated[int, typer.Option(help="How many replays.", min=1)]
DrawSeed = Annotated[int, typer.Option(help="Seed of the draws.")]
CoreDefault = Annotated[
    float, typer.Option(help="Chance per year that a core firm defaults.", min=0.0, max=1.0)
]
MemberDefault = Annotated[
    float, typer.Option(help="Chance per year that another firm defaults.", min=0.0, max=1.0)
]
Insure = Annotated[bool, typer.Option("--insure/--no-insure", help="Value insurances at all.")]
Insurances = Annotated[
    list[str] | None,
    typer.Option(
        metavar="WAREHOUSE:TIER or FUNDER:+MONEY",
        help="What one more would be worth; usual: some cheap leases and busy lines.",
    ),
]


def alternatives(
    path: NetworkPath,
    directory: PlanFolder,
    output: Into,
    within: Annotated[
        float, typer.Option(help="Most they may cost more than the plan, as a share.", min=0.0)
    ] = 0.02,
    count: Annotated[int, typer.Option(help="How many.", min=1)] = 3,
    time_limit: Limit = 600.0,
    gap: Gap = 0.005,
    as_json: AsJson = False,
) -> None:
    """Plans that cost nearly as little as the plan in DIR and differ most in the places they use."""
    with reporting(as_json) as out, cancel_on_signal() as cancel:
        network, plan = plan_of(path, directory, out)
        room(output)
        with Reporter(out.remarks, network.settings.currency) as report:
            found = find_alternatives(
                network,
                plan,
                within=within,
                count=count,
                time_limit=time_limit,
                gap=gap,
                threads=os.cpu_count() or 1,
                on_progress=report,
                cancel=cancel,
            )
        listed = [_written(one, network, output / f"alternative-{i}") for i, one in enumerate(found, 1)]
        text = alternatives_text(found, plan.objective or 0.0, within, network.settings.currency, count)
        out.result({"alternatives": listed}, text)
        raise typer.Exit(Exit.REACHED if len(found) == count else Exit.LIMIT)


def _written(one: Alternative, network: Network, folder: Path) -> dict[str, Any]:
    write_plan(one.plan, network, folder)
    kept = ("extra", "opened", "closed", "distance")
    figures = {name: getattr(one, name) for name in kept}
    return {"directory": str(folder), "objective": one.plan.objective, **figures}


def baseline(
    path: NetworkPath,
    tables: TodayFiles,
    output: Into,
    improved: Improved = None,
    sites: Annotated[int | None, typer.Option(help="Most sites that may change.", min=0)] = None,
    lanes: Annotated[int | None, typer.Option(help="Most lanes that may change.", min=0)] = None,
    loans: Annotated[int | None, typer.Option(help="Most loans that may change.", min=0)] = None,
    gap: Gap = 0.01,
    time_limit: EachLimit = 120.0,
    as_json: AsJson = False,
) -> None:
    """What the cluster does today as a plan: completed, checked and priced with the same ledger.

    FILES are CSV tables headed like those of a plan; what they leave out is completed at least cost.
    With --improved, the best plan that differs by at most --sites, --lanes and --loans, and the step to it.
    """
    with reporting(as_json) as out, cancel_on_signal() as cancel:
        network = read(path, out)
        for folder in (output, *([improved] if improved else [])):
            target.plan_folder(folder)
        currency, given = network.settings.currency, read_today(tables)
        limits: dict[str, Any] = {"gap": gap, "time_limit": time_limit, "cancel": cancel}
        limits |= {"threads": os.cpu_count() or 1}
        with Reporter(out.remarks, currency) as report:
            today = make_baseline(network, given, file=str(tables), on_progress=report, **limits)
        data: dict[str, Any] = {
            "given": today.given,
            "broken": [one.row() for one in today.broken],
            "clash": today.clash,
        }
        if today.plan is None:
            out.result(data, today_text(today, currency))
            raise typer.Exit(Exit.INFEASIBLE if today.broken or today.clash else Exit.NO_PLAN)
        write_plan(today.plan, network, output)
        text, data["plan"] = today_text(today, currency), envelope(today.plan)
        if improved is not None:
            step, more = _improved(network, today.plan, Steps(sites, lanes, loans), improved, out, limits)
            text, data = f"{text}\n\n{step}", data | more
        out.result(data, text)
        raise typer.Exit(Exit.REACHED if today.plan.check["ok"] else Exit.CHECK_FAILED)


@contextmanager
def said() -> Iterator[None]:
    """What cannot be asked of a network, as a line instead of a traceback."""
    try:
        yield
    except InputError:
        raise
    except ValueError as error:
        raise UserError(str(error)) from None


def _improved(
    network: Network, today: Plan, steps: Steps, folder: Path, out: Output, limits: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    """The best plan so near to today's, written, and the step to it in words and as data."""
    with Reporter(out.remarks, network.settings.currency) as report, said():
        better = improve(network, today, steps, on_progress=report, **limits)
    if better.objective is None:
        raise UserError("no plan so near to today's was found; allow more to change or more time")
    write_plan(better, network, folder)
    step = compare_plans([Named("today", network, today), Named("improved", network, better)])
    return comparison_text(step), {"improved": envelope(better), "step": step.data()}


def stress(
    path: NetworkPath,
    directory: PlanFolder,
    output: Into,
    scenarios: Draws = None,
    count: Replays = 50,
    seed: DrawSeed = 0,
    core_default: CoreDefault = 0.02,
    member_default: MemberDefault = 0.03,
    insurance: Insurances = None,
    insure: Insure = True,
    gap: Gap = 0.01,
    time_limit: EachLimit = 60.0,
    workers: Workers = None,
    cluster: Cluster = None,
    as_json: AsJson = False,
) -> None:
    """Replay a plan against demand, freight, delays, exchange rates and defaults, and plan the rest again.

    Leases, hubs and on-boarding stay as they are; everything else is planned again in each replay.
    Stopping or killing it loses nothing that is finished: the same command goes on where it stopped.
    """
    options: dict[str, Any] = {"gap": gap, "time_limit": time_limit, "workers": workers, "cluster": cluster}
    with reporting(as_json) as out:
        network, plan = plan_of(path, directory, out)
        room(output)
        cover = [_insurance(text) for text in insurance or ()] or usual_insurances(network, plan)
        found = run_stress(
            network,
            plan,
            shocks=_shocks(scenarios, core_default, member_default),
            count=count,
            seed=seed,
            insurances=cover if insure else (),
            directory=output,
            on_outcome=_teller(out, network.settings.currency),
            **options,
        )
        out.result(_write(found, output), stress_text(found))


def _teller(out: Output, currency: str) -> Callable[[StressOutcome, int, int], None]:
    """Says each replay that is done."""

    def tell(outcome: StressOutcome, done: int, everything: int) -> None:
        cost = amount(outcome.cost, currency)
        out.remark(f"{done} of {everything} | replay {outcome.number} {outcome.variant}: {cost}")

    return tell


def _shocks(scenarios: Path | None, core_default: float, member_default: float) -> Shocks:
    """The usual draws, or those of the first sample of a file."""
    if scenarios is None:
        return Shocks(core_default=core_default, member_default=member_default)
    samples = read_samples(scenarios)
    if not samples:
        raise UserError("the file holds no [[sample]] to draw from")
    return Shocks(tuple(samples[0].draw), core_default, member_default)


def _insurance(text: str) -> Insurance:
    place, _, what = text.partition(":")
    if not place or not what:
        raise UserError(f"--insurance {text}: give WAREHOUSE:TIER, or FUNDER:+MONEY such as bank:+100000")
    if not what.startswith("+"):
        return Insurance(f"lease {place}, {what}", place, what)
    try:
        return Insurance(f"line of {place} {what}", funder=place, more=float(what))
    except ValueError:
        raise UserError(f"--insurance {text}: {what} is no amount of money") from None


def _data(found: Stress) -> dict[str, Any]:
    return {
        "planned": found.planned,
        "spread": found.spread(),
        "worst": [asdict(one) for one in found.worst()],
        "insurances": found.values(),
    }


def _write(found: Stress, folder: Path) -> dict[str, Any]:
    """The replays and what they say, as files; the latter as data too."""
    data = _data(found)
    found.frame().to_csv(folder / "replays.csv", index=False)
    text = json.dumps(data, indent=1, ensure_ascii=False)
    (folder / "stress.json").write_text(f"{text}\n", encoding="utf-8")
    return data


def tradeoff(
    path: NetworkPath,
    output: Into,
    against: Annotated[str, typer.Option(help=f"What to trade cost against: {', '.join(AGAINST)}.")] = "co2",
    points: Annotated[int, typer.Option(help="Points of the curve.", min=2)] = 5,
    gap: Gap = 0.01,
    time_limit: EachLimit = None,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """The curve of cost against emissions, delivery days, credit used or number of warehouses."""
    with reporting(as_json) as out, cancel_on_signal() as cancel:
        network = read(path, out)
        room(output)
        currency, words = network.settings.currency, AGAINST.get(against, (against,))[0]

        def tell(point: Point) -> None:
            out.remark(f"{words} {point.value:,.6g}: {amount(point.cost, currency)}")

        options: dict[str, Any] = {"gap": gap, "time_limit": time_limit, "workers": workers, "cancel": cancel}
        with Reporter(out.remarks, currency) as report, said():
            found = run_tradeoff(
                network, against, points=points, on_point=tell, on_progress=report, **options
            )
        output.mkdir(parents=True, exist_ok=True)
        for number, point in enumerate(found):
            write_plan(point.plan, network, output / f"{against}-{number:02d}")
        (output / f"{against}.svg").write_text(tradeoff_chart(found, against, currency), encoding="utf-8")
        keys = ("cap", "value", "cost", "bound")
        rows = [{key: getattr(point, key) for key in keys} for point in found]
        out.result({"against": against, "points": rows}, tradeoff_text(found, against, currency))
        out.remark(f"plans and curve written to {output}")
