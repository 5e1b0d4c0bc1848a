"""Verbs about networks: validate, convert, generate, new, schema, show."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from ...instances import checks, files, templates
from ...instances.files import published
from ...instances.findings import Finding, InputError, digest
from ...instances.generate import generate as generated
from ...instances.network import Network
from ...instances.tables import TABLES
from ..show import describe, page
from ..text import plural
from .exits import Exit
from .marking import mark
from .options import AsJson, NetworkPath
from .output import Output, UserError, reporting

SHOWN_TABLES = (
    "clusters",
    "firms",
    "products",
    "hubs",
    "lanes",
    "warehouses",
    "markets",
    "funders",
    "periods",
)


def read(path: str, out: Output) -> Network:
    """The network at a path or of a name; warnings are shown, errors raise ``InputError``."""
    return sound(files.load(path), out)


def sound(network: Network, out: Output) -> Network:
    """The network itself if nothing in it is an error, else ``InputError``; warnings are shown."""
    findings = checks.check(network)
    if any(finding.severity == "error" for finding in findings):
        raise InputError(findings)
    out.warnings(findings)
    return network


def validate(
    path: NetworkPath,
    marked: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Also write a workbook (.xlsx) of the network with every finding marked in its cell.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say everything that is wrong with a network, and what to do about it.

    Each finding names table, row, column and value, the cause and the remedy. Warnings do not stop a plan;
    errors do (exit code 2).
    """
    with reporting(as_json) as out:
        network: Network | None = None
        try:
            network = files.load(path)
            findings: Sequence[Finding] = checks.check(network)
        except InputError as error:
            findings = error.findings
        if marked:
            mark(path, network, findings, marked, out)
        out.result(_verdict(network, findings), _verdict_text(network, findings))
        if any(finding.severity == "error" for finding in findings):
            raise typer.Exit(Exit.BAD_INPUT)


def _counts(network: Network) -> dict[str, int]:
    return {name: len(network.rows(kind)) for name, kind in TABLES.items()}


def _verdict(network: Network | None, findings: Sequence[Finding]) -> dict[str, Any]:
    known = (
        {"name": network.settings.name, "sha256": network.sha256, "rows": _counts(network)}
        if network
        else None
    )
    ok = all(finding.severity != "error" for finding in findings)
    return {"ok": ok, "network": known, "findings": [asdict(finding) for finding in findings]}


def _verdict_text(network: Network | None, findings: Sequence[Finding]) -> str:
    errors = sum(finding.severity == "error" for finding in findings)
    lines = digest(sorted(findings, key=lambda finding: finding.severity))
    if network and not errors:
        counts = _counts(network)
        sizes = ", ".join(plural(counts[table], table.removesuffix("s")) for table in SHOWN_TABLES)
        lines.append(f"{network.settings.name} can be planned: {sizes}")
    lines.append(f"{plural(errors, 'error')}, {plural(len(findings) - errors, 'warning')}")
    return "\n".join(lines)


def convert(
    source: Annotated[str, typer.Argument(metavar="IN", help="The network to read.", show_default=False)],
    destination: Annotated[
        Path,
        typer.Argument(
            metavar="OUT", help="Where to write it: a folder, .json or .xlsx.", show_default=False
        ),
    ],
    form: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FORMAT",
            help=f"IN is a published problem: {', '.join(published.FORMATS)}.",
            show_default=False,
        ),
    ] = None,
    capacity: Annotated[
        float | None,
        typer.Option(
            help="Capacity of every site of an orlib file that leaves it open (capa, capb, capc).",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a network in another format: a folder of CSV tables, .json or .xlsx, by the name of OUT.

    Published facility-location problems become networks that solve, check and all other verbs understand.
    """
    with reporting(as_json) as out:
        network = (
            files.load(source) if form is None and capacity is None else _published(source, form, capacity)
        )
        _write(network, destination, out)


def _published(source: str, form: str | None, capacity: float | None) -> Network:
    if form is None:
        raise UserError("--capacity goes with --from orlib")
    try:
        return published.read_published(source, form, capacity)
    except ValueError as error:
        raise UserError(str(error)) from error


def generate(
    size: Annotated[
        str,
        typer.Option(
            help="Size: park-N for N firms, such as park-10, park-40, park-100, park-300; or a random "
            "location problem, cst-SITES-CUSTOMERS-RATIO, such as cst-100-100-5.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", help="Where to write it: a folder, .json or .xlsx.", show_default=False
        ),
    ],
    seed: Annotated[int, typer.Option(help="The same seed makes the same network.")] = 1,
    liquidity: Annotated[
        float, typer.Option(help="Firms' own cash: below 1 they need more credit, above 1 less.", min=0.0)
    ] = 1.0,
    capacity: Annotated[
        float, typer.Option(help="Sizes of warehouses and hubs: below 1 scarcer, above 1 ampler.", min=0.0)
    ] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Make a network by chance, with the structure of a real cluster."""
    with reporting(as_json) as out:
        try:
            network = generated(size, seed, liquidity=liquidity, capacity=capacity)
        except ValueError as error:
            raise UserError(str(error)) from error
        _write(network, output, out)


def new(
    path: Annotated[
        Path,
        typer.Argument(help="What to make: a folder, .json or .xlsx.", show_default=False),
    ],
    example: Annotated[
        bool, typer.Option("--example", help="Fill it with a small network that can be solved.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Start a network: every table with its columns, settings and periods filled in.

    A workbook has drop-downs, and notes with unit and meaning on each column. Nothing there is replaced.
    """
    with reporting(as_json) as out:
        network = templates.new(path, example=example)
        _written(network, path, out)


def show(path: NetworkPath, as_json: AsJson = False) -> None:
    """Describe a network on one page, before anything is planned.

    Firms, goods, seasons, markets, warehouses, lanes, the need for credit against lines and guarantees, and
    a map.
    """
    with reporting(as_json) as out:
        facts = describe(read(path, out))
        out.result(facts, page(facts))


class SchemaFormat(StrEnum):
    """How the schema is shown."""

    JSON = "json"
    MARKDOWN = "markdown"


def schema(
    kind: Annotated[
        SchemaFormat,
        typer.Option("--as", help="json: a JSON Schema; markdown: the reference of all columns."),
    ] = SchemaFormat.JSON,
) -> None:
    """Print what a network may hold: every table and column with unit, meaning and range."""
    if kind is SchemaFormat.JSON:
        typer.echo(json.dumps(templates.json_schema(), indent=1, ensure_ascii=False))
    else:
        typer.echo(templates.reference(), nl=False)


def _write(network: Network, path: Path, out: Output) -> None:
    files.write(network, path)
    _written(network, path, out)


def _written(network: Network, path: Path, out: Output) -> None:
    name = network.settings.name
    data = {"ok": True, "path": str(path), "name": name, "sha256": network.sha256, "rows": _counts(network)}
    out.result(data, f"{name} written to {path}")
