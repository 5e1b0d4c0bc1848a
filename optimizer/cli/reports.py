"""Verbs about showing a plan: report, workbook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from ...instances import files
from ...instances.network import Network
from .. import report as reports
from ..folder import read_plan
from ..plan import Plan
from ..workbook import write_workbook
from . import target
from .options import AsJson, PlanFolder
from .output import Output, UserError, reporting

MAP_FILE, NETWORK_FILE = "map.svg", "network.json"
SHARES_FILE, SHARING_FILE = "shares.csv", "sharing.json"

Lang = Annotated[reports.Language, typer.Option("--lang", help="Language of the report.")]
OfFirm = Annotated[
    str,
    typer.Option(
        "--firm",
        metavar="FIRM",
        help="Only the figures of this firm; totals of all firms only where they are five or more.",
        show_default=False,
    ),
]


def _file(example: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        "-o", "--output", metavar="FILE", help=f"The file to write, such as {example}.", show_default=False
    )
    return option


def report(
    directory: PlanFolder,
    output: Annotated[Path, _file("report.html, or map.svg for the map alone")],
    lang: Lang = reports.Language.EN,
    firm: OfFirm = "",
    as_json: AsJson = False,
) -> None:
    """Write a plan as one HTML page with map, charts and tables; it loads nothing and prints well.

    A FILE that ends in .svg gets the map alone. With a page of all firms the map also goes into the folder
    of the plan, as map.svg.
    """
    with reporting(as_json) as out:
        _check_name(output, (".html", ".htm", ".svg"))
        made = _made(directory, lang, firm, out)
        alone = output.suffix.lower() == ".svg"
        text = made.map if alone else _page(made)
        with target.file_beside(output) as fresh:
            fresh.write_text(text, encoding="utf-8")
        if not firm and not alone:
            with target.file_beside(directory / MAP_FILE) as fresh:
                fresh.write_text(made.map, encoding="utf-8")
        _say(out, output, made)


def _page(made: reports.Report) -> str:
    try:
        return reports.page(made)
    except reports.MissingExtra as error:
        raise UserError(str(error)) from None


def workbook(
    directory: PlanFolder,
    output: Annotated[Path, _file("plan.xlsx")],
    lang: Lang = reports.Language.EN,
    firm: OfFirm = "",
    as_json: AsJson = False,
) -> None:
    """Write a plan as an Excel workbook: tables, charts, the whole ledger, totals that agree with it."""
    with reporting(as_json) as out:
        _check_name(output, (".xlsx",))
        made = _made(directory, lang, firm, out)
        with target.file_beside(output) as fresh:
            write_workbook(made, fresh)
        _say(out, output, made)


def _check_name(output: Path, endings: tuple[str, ...]) -> None:
    if output.suffix.lower() not in endings:
        raise UserError(f"{output} is no name for this: it must end in {' or '.join(endings)}")


def _read(directory: Path, out: Output) -> tuple[Network, Plan]:
    """The plan in a folder and the network that it was made for."""
    target.holding_plan(directory)
    network, plan = files.read(directory / NETWORK_FILE), read_plan(directory)
    if network.sha256 != plan.sha256:
        out.remark(f"warning: {directory / NETWORK_FILE} was changed, or written by another version, since")
    return network, plan


def _made(directory: Path, lang: reports.Language, firm: str, out: Output) -> reports.Report:
    network, plan = _read(directory, out)
    try:
        return reports.report(network, plan, lang, firm, _shares(directory))
    except KeyError as error:
        raise UserError(
            f"the plan in {directory} names {error}, which its network has not: solve again"
        ) from None


def _shares(directory: Path) -> reports.Division | None:
    """The division of the cost, where one lies beside the plan."""
    path, proven = directory / SHARES_FILE, directory / SHARING_FILE
    if not path.is_file():
        return None
    try:
        table = pd.read_csv(path, encoding="utf-8", dtype={"player": str})
        known = json.loads(proven.read_text(encoding="utf-8")) if proven.is_file() else {}
    except (ValueError, pd.errors.ParserError) as error:
        raise UserError(f"{path} cannot be read ({error}): make it again, or remove it") from None
    return reports.Division(table, known if isinstance(known, dict) else {})


def _say(out: Output, output: Path, made: reports.Report) -> None:
    case = made.case
    data = {
        "ok": True,
        "path": str(output),
        "language": case.words.language.value,
        "firm": case.firm or None,
        "objective": case.plan.objective,
        "sections": [section.key for section in made.sections],
        "tables": {table.name: len(table.rows) for section in made.sections for table in section.tables},
    }
    out.result(data, f"{made.title}: written to {output}")
