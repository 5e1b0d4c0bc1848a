"""The JSON Schema of a network file."""

from __future__ import annotations

from typing import Any

from ..tables import TABLES, Row

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of ``{table: [rows]}``; units are in ``unit``.

    ``null`` stands for an empty cell wherever a column is not required.  References between tables, and
    whatever else ``instances.checks`` looks at, are beyond it.
    """
    choices: dict[str, Any] = {}
    tables = {table: _table(kind, choices) for table, kind in TABLES.items()}
    tables["settings"] |= {"minItems": 1}
    return {
        "$schema": DIALECT,
        "title": "clusterlane network",
        "description": "Tables of rows; money in the row's currency (missing: the network's)",
        "type": "object",
        "properties": {"$schema": {"type": "string"}, **tables},
        "required": ["settings"],
        "additionalProperties": False,
        "$defs": choices,
    }


def _table(kind: type[Row], choices: dict[str, Any]) -> dict[str, Any]:
    row = kind.model_json_schema()
    choices |= {name: _untitled(choice) for name, choice in row.pop("$defs", {}).items()}
    required = row.get("required", [])
    row["properties"] = {
        name: _untitled(column) if name in required else _nullable(_untitled(column))
        for name, column in row["properties"].items()
    }
    return {"type": "array", "description": row.pop("description", ""), "items": _untitled(row)}


def _untitled(schema: dict[str, Any]) -> dict[str, Any]:
    """pydantic's titles only repeat the names."""
    return {name: value for name, value in schema.items() if name != "title"}


def _nullable(column: dict[str, Any]) -> dict[str, Any]:
    if "anyOf" in column:
        return column
    about: dict[str, Any] = {
        name: column[name] for name in ("description", "default", "unit") if name in column
    }
    kind = {name: value for name, value in column.items() if name not in about}
    return {**about, "anyOf": [kind, {"type": "null"}]}
