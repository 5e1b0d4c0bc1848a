"""The division of the cost among the firms, where one was made."""

from __future__ import annotations

from typing import Any

import pandas as pd

from .case import Case, Section
from .table import Cell, Column, Kind, Table


def section(case: Case) -> Section:
    """The table of shares as it lies in the folder of the plan; only its own row for one firm."""
    frame = case.shares
    if frame is None or "firm" not in frame:
        return Section("shares", case.words("shares"))
    frame = frame[frame["firm"] == case.firm] if case.firm else frame
    columns = tuple(_column(case, frame, str(name)) for name in frame)
    rows = tuple(
        tuple(_cell(case, str(column), value) for column, value in zip(frame, row, strict=True))
        for row in frame.itertuples(index=False)
    )
    table = Table("shares", case.words("shares.table"), columns, rows, case.words("total"), shown=100)
    return Section("shares", case.words("shares"), (), (), (table,) if rows else ())


def _column(case: Case, frame: pd.DataFrame, name: str) -> Column:
    key = f"share.{name}"
    heading = case.words(key) if case.words.has(key) else name.replace("_", " ")
    if not pd.api.types.is_numeric_dtype(frame[name]):
        return Column(heading)
    is_share = name.endswith(("_share", "_rate", "relative"))
    return Column(heading, Kind.SHARE if is_share else Kind.MONEY, adds=not is_share)


def _cell(case: Case, column: str, value: Any) -> Cell:
    if pd.isna(value):
        return None
    if column == "firm":
        return case.party(str(value))
    return float(value) if isinstance(value, int | float) else str(value)
