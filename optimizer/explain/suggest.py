"""What to change, cell by cell, and a network in which it is changed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ...instances.network import Network
from ...instances.tables import KEYS, TABLES, Row, State
from ..arrays import Arrays, Floats
from .elastic import Elastic, Relief
from .limits import RULES, Cell, Limit

DIGITS = 3
"""Digits to which a suggested change is rounded, outwards."""


@dataclass(frozen=True)
class Suggestion:
    """One limit to change.

    ``limit`` is the figure now, ``needed`` what the plan needs, ``missing`` the difference, ``suggested`` the
    figure to write into the cell.  ``effect`` is what the missing amount costs at the network's own prices
    (rent, fees, interest, margin lost), in its currency; 0 where the plan itself pays for the use.
    """

    rule: str
    cell: Cell
    limit: Any
    needed: Any
    missing: float
    suggested: Any
    effect: float

    def row(self) -> dict[str, Any]:
        """The suggestion as a row of the result table."""
        cell = self.cell
        return {
            "rule": self.rule,
            "table": cell.table,
            "row": cell.row,
            "column": cell.column,
            "limit": self.limit,
            "needed": self.needed,
            "missing": self.missing,
            "suggested_value": self.suggested,
            "effect_on_cost": self.effect,
        }


def suggestions(network: Network, model: Elastic, relief: Relief) -> list[Suggestion]:
    """A suggestion for every limit that has to move, the dearest first."""
    found = [
        _suggestion(network, limit, _amount(model, limit, amount, relief.x), cost)
        for limit, amount, cost in zip(
            model.limits, relief.amounts.tolist(), relief.costs.tolist(), strict=True
        )
        if amount > 0
    ]
    return sorted(found, key=lambda s: (-s.effect, s.cell.table, s.cell.row))


def _suggestion(network: Network, limit: Limit, amount: float, effect: float) -> Suggestion:
    cell, value = limit.cell, limit.value
    now = getattr(cell.find(network), cell.column)
    if limit.switch:
        off: Any = State.CANDIDATE if cell.column == "state" else False
        return Suggestion(limit.words, cell, now, off, 1.0, off, effect)
    needed = value + limit.way * amount
    moved = value + limit.way * (math.ceil(amount - 1e-6) if limit.whole else _outwards(amount))
    ceiling = RULES[cell.rule].most
    moved = max(moved, 0.0) if ceiling is None else min(max(moved, 0.0), ceiling)
    final: Any = round(moved) if limit.whole else float(f"{moved:.12g}")
    return Suggestion(limit.words, cell, now, needed, amount, final, effect)


def _outwards(amount: float) -> float:
    """A little more than the amount, in few digits."""
    step = 10.0 ** (math.floor(math.log10(amount)) - DIGITS + 1)
    return math.ceil(amount / step - 1e-4) * step


def _amount(model: Elastic, limit: Limit, amount: float, x: Floats | None) -> float:
    """How far a limit moves; safety stock is measured in the plan, because it multiplies deliveries."""
    if limit.cell.rule != "products.safety_days" or x is None:
        return amount
    plain = model.plain
    kept = min(_kept(plain, touch.at, x[: len(plain.cost)]) for touch in limit.touches)
    return limit.value * (1 - kept)


def _kept(plain: Arrays, row: int, x: Floats) -> float:
    """The part of the safety days that the stock before a period's deliveries covers."""
    terms = plain.matrix[row]
    wanted = float(np.maximum(terms.data, 0.0) @ x[terms.indices])
    there = float(plain.row_upper[row] - np.minimum(terms.data, 0.0) @ x[terms.indices])
    return 1.0 if wanted <= 1e-9 else min(max(there / wanted, 0.0), 1.0)


def apply(network: Network, changes: Iterable[Suggestion]) -> Network:
    """The network with every suggestion written into its cell; later ones win."""
    by_table: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {}
    for change in changes:
        rows = by_table.setdefault(change.cell.table, {})
        rows.setdefault(change.cell.key, {})[change.cell.column] = change.suggested
    for table, rows in by_table.items():
        old = network.all_rows(TABLES[table])
        network = network.replace(**{table: tuple(_updated(row, table, rows) for row in old)})
    return network


def _updated(row: Row, table: str, rows: dict[tuple[Any, ...], dict[str, Any]]) -> Row:
    key = tuple(getattr(row, column) for column in KEYS[table])
    return row.model_copy(update=rows[key]) if key in rows else row


def table(changes: Iterable[Suggestion]) -> list[dict[str, Any]]:
    """The suggestions as rows: rule, table, row, column, limit, needed, missing, suggested value, effect."""
    return [change.row() for change in changes]


def joined(first: list[Suggestion], later: list[Suggestion]) -> list[Suggestion]:
    """Two rounds of suggestions as one: a cell moved twice is one suggestion from its first limit."""
    cells = {s.cell: s for s in first}
    for s in later:
        if (before := cells.get(s.cell)) is not None:
            values = asdict(s) | {"cell": s.cell, "limit": before.limit}
            values |= {"missing": before.missing + s.missing, "effect": before.effect + s.effect}
            s = Suggestion(**values)
        cells[s.cell] = s
    return sorted(cells.values(), key=lambda s: (-s.effect, s.cell.table, s.cell.row))
