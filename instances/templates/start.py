"""A network to start from, in every format."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

from ..files import load
from ..files.cells import text
from ..files.json_file import row_object
from ..files.target import fresh
from ..network import Network
from ..tables import TABLES, Period, Row, Settings
from .facts import NEEDED, facts, purpose
from .workbook import write_workbook

PERIODS, DAYS = 12, 15
"""The periods of an empty start: half a year in half-months."""
EXAMPLE = "tiny"
GUIDE = """\
# {name}

A network for clusterlane: one table per CSV file. Fill in the tables, then run `clusterlane validate {name}`:
it lists everything that is missing or wrong, and how to mend it. Delete files that you do not need.

Needed:

{needed}

The others are optional:

{others}

`clusterlane schema --as markdown` explains every column.
"""


def new(path: str | Path, *, example: bool = False) -> Network:
    """Write a network to start from and return it; the format follows from the name.

    Every table has all its column names.  It holds settings and periods from the first of next month on;
    with ``example``, a small network that can be solved.  Raises ``InputError`` where something is there
    already.
    """
    target = Path(path)
    network = _example(target.stem) if example else _start(target.stem)
    with fresh(target, replace=False) as empty:
        if target.suffix.lower() == ".json":
            _write_json(network, empty)
        elif target.suffix.lower() == ".xlsx":
            write_workbook(network, empty)
        else:
            _write_folder(network, empty, target.name)
    return network


def _start(name: str) -> Network:
    today = dt.date.today()
    first = dt.date(today.year + today.month // 12, today.month % 12 + 1, 1)
    periods = [Period(period=t, days=DAYS) for t in range(1, PERIODS + 1)]
    return Network({"settings": [Settings(name=name, start=first)], "periods": periods})


def _example(name: str) -> Network:
    network = load(EXAMPLE)
    return network.replace(settings=[network.settings.model_copy(update={"name": name})])


def _write_json(network: Network, path: Path) -> None:
    tables = {
        table: [row_object(table, row) for row in network.all_rows(kind)] for table, kind in TABLES.items()
    }
    path.write_text(json.dumps(tables, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _write_folder(network: Network, folder: Path, name: str) -> None:
    for table, kind in TABLES.items():
        with (folder / f"{table}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow(column.name for column in facts(table))
            lines.writerows(_cells(table, row) for row in network.all_rows(kind))
    lists = {
        "needed": [table for table in TABLES if table in NEEDED],
        "others": [table for table in TABLES if table not in NEEDED],
    }
    parts = {key: "\n".join(f"- `{t}.csv`: {purpose(t)}" for t in tables) for key, tables in lists.items()}
    (folder / "README.md").write_text(GUIDE.format(name=name, **parts), encoding="utf-8")


def _cells(table: str, row: Row) -> list[str]:
    """A row as cells; defaults are left empty, as in the files that ``convert`` writes."""
    filled = row_object(table, row)
    return [text(getattr(row, column.name)) if column.name in filled else "" for column in facts(table)]
