"""The division of the cost among the firms, where one was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from .case import Case, Section
from .table import Cell, Column, Kind, Table

COLUMNS = (
    "player",
    "alone_low",
    "alone_high",
    "direct",
    "share",
    "saving_low",
    "saving_high",
    "tariff",
    "trueup",
)
"""Columns of the division; the shares by every rule (``share_RULE``) are a table of their own."""


def section(case: Case) -> Section:
    """Who bears what by the chosen rule and by the others; only its own row for one firm."""
    title, division = case.words("shares"), case.shares
    if division is None or "player" not in division.table:
        return Section("shares", title)
    frame = division.table
    frame = frame[frame["player"] == case.firm] if case.firm else frame
    if not len(frame):
        return Section("shares", title)
    rules = [str(name) for name in frame if str(name).startswith("share_")]
    tables = [
        _table(case, "shares", case.words("shares.table"), frame, [name for name in COLUMNS if name in frame])
    ]
    if rules:
        tables.append(_table(case, "shares_by_rule", case.words("shares.by_rule"), frame, ["player", *rules]))
    return Section("shares", title, _proven(case, division.proven), (), tables)


def _table(case: Case, name: str, title: str, frame: pd.DataFrame, shown: Sequence[str]) -> Table:
    columns = tuple(_column(case, key) for key in shown)
    rows = tuple(tuple(_cell(case, key, row[key]) for key in shown) for _, row in frame.iterrows())
    return Table(name, title, columns, rows, case.words("total"), shown=100)


def _column(case: Case, name: str) -> Column:
    if name == "player":
        return Column(case.words("share.player"))
    if name.startswith("share_"):
        return Column(_rule(case, name.removeprefix("share_")), Kind.MONEY, adds=True)
    return Column(case.words(f"share.{name}"), Kind.MONEY, adds=True)


def _rule(case: Case, name: str) -> str:
    return case.words.term(f"rule.{name}").removeprefix("rule.")


def _cell(case: Case, column: str, value: Any) -> Cell:
    if pd.isna(value):
        return None
    return case.party(str(value)) if column == "player" else float(value)


def _proven(case: Case, proven: Mapping[str, Any]) -> list[str]:
    """The rule, and the most that any group of firms could gain by leaving; nothing of that for one firm."""
    if not proven:
        return []
    words, gain = case.words, proven.get("excess") or {}
    sentences = [words("shares.rule", rule=_rule(case, str(proven.get("rule", ""))))]
    if not case.firm:
        most = gain.get("upper")
        sentences.append(words("shares.gain", gain=words.percent(most, 2)))
        if proven.get("core_empty") is not None:
            sentences.append(words("shares.empty" if proven["core_empty"] else "shares.stable"))
    return sentences
