"""Arguments and options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

NetworkPath = Annotated[
    str,
    typer.Argument(
        metavar="PATH",
        help="A network: folder of CSV tables, .json or .xlsx file, or the name of one that we ship.",
        show_default=False,
    ),
]
PlanFolder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a plan.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]
