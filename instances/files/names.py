"""Names of tables, columns and choices as people write them: any case, with spaces, in Chinese."""

from __future__ import annotations

import csv
import re
import unicodedata
from functools import cache
from importlib import resources

from ..tables import TABLES

_UNIT = re.compile(r"[\(\[][^)\]]*[\)\]]$")
"""A unit in brackets after a name: ``体积（m3）``, ``volume (m3)``."""


def plain(name: str) -> str:
    """A name without the differences that mean nothing: width, case, spaces, hyphens, a star."""
    text = unicodedata.normalize("NFKC", name).strip().strip("*").strip().casefold()
    return re.sub(r"[\s\-_]+", "_", text)


def table_of(name: str) -> str | None:
    """The table that a file or sheet of this name holds, if any."""
    return _find(name, {**_aliases("table", ""), **{table: table for table in TABLES}})


def column_of(table: str, header: str) -> str:
    """The column that a header names; the header itself where it names none."""
    return header if header in TABLES[table].model_fields else _find(header, _columns(table)) or header


def choice_of(column: str, value: str) -> str:
    """The value of a column of choices that a word stands for; the plain word where it is unknown."""
    word = plain(value)
    return _aliases("choice", column).get(word, _aliases("choice", "").get(word, word))


def _find(name: str, known: dict[str, str]) -> str | None:
    word = plain(name)
    spellings = (word, _UNIT.sub("", word).strip("_*"), re.sub(r"_?[\(\[](.*)[\)\]]$", r"_\1", word))
    return next((known[spelling] for spelling in spellings if spelling in known), None)


@cache
def _columns(table: str) -> dict[str, str]:
    fields = TABLES[table].model_fields
    general = {alias: name for alias, name in _aliases("column", "").items() if name in fields}
    return {**general, **_aliases("column", table), **{name: name for name in fields}}


@cache
def _aliases(kind: str, where: str) -> dict[str, str]:
    """Plain alias to name, of a kind (table, column, choice), in a table or column ("": everywhere)."""
    rows = _rows()
    return {plain(row["alias"]): row["name"] for row in rows if (row["kind"], row["where"]) == (kind, where)}


@cache
def _rows() -> tuple[dict[str, str], ...]:
    table = (resources.files(__package__) / "aliases.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(table.splitlines()))


def second_names(table: str, column: str = "") -> list[str]:
    """Other names under which a table, or a column of it, is understood."""
    known = _columns(table).items() if column else _aliases("table", "").items()
    return [alias for alias, name in known if name == (column or table) and alias != name]
