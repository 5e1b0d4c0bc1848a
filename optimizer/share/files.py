"""A sharing as files in the folder of its plan."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd

from ...instances.network import Network
from ..plan import Plan
from .result import Sharing
from .statement import statement

SHARES, COALITIONS, TARIFFS, ENVELOPE = "shares.csv", "coalitions.csv", "tariffs.csv", "sharing.json"
STATEMENTS = "statements"
STORE = "coalitions.jsonl"
"""Coalitions solved so far, kept beside the plan so that an interrupted run goes on from them."""


def write_sharing(network: Network, plan: Plan, sharing: Sharing, folder: Path) -> None:
    """Write shares.csv, coalitions.csv, tariffs.csv, sharing.json and one statement a player.

    Files are written beside their place and renamed.  Raises ``OSError`` where that fails.
    """
    _table(_shares(sharing), folder / SHARES)
    _table(_coalitions(sharing), folder / COALITIONS)
    _table(sharing.prices.items, folder / TARIFFS)
    text = json.dumps(sharing.as_json(), indent=1, ensure_ascii=False, allow_nan=False)
    _put(text + "\n", folder / ENVELOPE)
    rooms = folder / STATEMENTS
    rooms.mkdir(exist_ok=True)
    for player in sharing.players:
        _put(statement(network, plan, sharing, player), rooms / f"{_file_name(player)}.txt")


def _shares(sharing: Sharing) -> pd.DataFrame:
    bills = sharing.prices.bills.drop(columns="direct").reset_index(drop=True)
    return pd.concat([sharing.table(), bills], axis=1)


def _coalitions(sharing: Sharing) -> pd.DataFrame:
    rows: list[dict[str, Any]] = [
        {
            "players": ";".join(sorted(each.coalition)),
            "share": each.share,
            "cost_low": each.cost_low,
            "cost_high": each.cost_high,
            "gain_low": each.gain_low,
            "gain_high": each.gain_high if math.isfinite(each.gain_high) else None,
        }
        for each in sharing.tight
    ]
    columns = ["players", "share", "cost_low", "cost_high", "gain_low", "gain_high"]
    return pd.DataFrame(rows, columns=columns)


def _file_name(player: str) -> str:
    """A name that every file system takes."""
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in player)


def _table(frame: pd.DataFrame, path: Path) -> None:
    _put(frame.to_csv(index=False, lineterminator="\n"), path)


def _put(text: str, path: Path) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
