"""How a column is defined, and what every row has."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Status(StrEnum):
    """Whether a row takes part."""

    INCLUDE = "include"
    EXCLUDE = "exclude"


def column(unit: str, meaning: str, **limits: Any) -> Any:
    """A column with its unit, meaning and range; keywords are those of ``pydantic.Field``."""
    return Field(description=meaning, json_schema_extra={"unit": unit}, **limits)


def money_column(meaning: str, per: str = "", **limits: Any) -> Any:
    """A money column, at least 0 unless ``ge`` says otherwise."""
    limits.setdefault("ge", 0)
    return column(f"money/{per}" if per else "money", meaning, **limits)


def key(meaning: str) -> Any:
    """An identifier column (any non-empty text; ``007`` and ``NA`` are identifiers too)."""
    return column("id", meaning, min_length=1)


def currency_column() -> Any:
    """The currency of the row's money columns."""
    return column("currency", "currency of this row's money; missing: the network's", default=None)


class Row(BaseModel):
    """A row of any table."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    status: Status = column("-", "include or exclude this row", default=Status.INCLUDE)
    notes: str = column("-", "free text of the planner", default="")
