"""Prices of the room in hubs that are open: what a larger level costs more, paid in the periods that need it.

A hub that is open has paid its cheapest level; where that is too small, the floor under all firms lacks what
the larger one costs.  The difference is spread over the periods by multiplicative weights (Arora, Hazan and
Kale 2012), which grow where more comes than fits; a weight on no period at all says that room is to spare.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from ..arrays import Floats
from ..blocks import Blocks, Lagrangian
from ..clock import Clock
from ..highs import Ints

_STEPS, _RATE, _SPARE = 8, 0.5, 1e-3
"""Steps, how fast weights change, and the first weight of no period."""

_WORTH = 1e-5
"""Part of the bound that a step must gain to be followed by another."""

LimitsAt = Callable[[Floats], tuple[Floats, Floats]]
"""Column bounds under prices."""


@dataclass
class _Hub:
    """An open hub with several levels: its ``rows`` of room (one a period), what its cheapest level takes in
    there, and the price of a m3 in all periods together at which a larger level costs the same."""

    rows: Ints
    room: Floats
    slope: float
    weights: Floats

    def prices(self) -> Floats:
        return -self.slope * self.weights[:-1]

    def shift(self, load: Floats) -> None:
        """Weights after a ``load`` (m3 by period) under their prices."""
        over = np.append(load - self.room, 0.0)
        self.weights = self.weights * np.exp(_RATE * over / max(np.abs(over).max(), 1e-9))
        self.weights /= self.weights.sum()


def level_prices(
    blocks: Blocks,
    lagrangian: Lagrangian,
    prices: Floats,
    opened: Collection[str],
    limits_at: LimitsAt,
    clock: Clock,
    threads: int,
) -> Floats:
    """``prices`` (one a row, those of open hubs 0) with those of the room in hubs that are ``opened``, where
    that raises the bound under them."""
    bound, x = lagrangian.bound(prices, clock, threads, limits_at(prices))
    best, most = prices, -np.inf if bound is None else bound
    hubs = [hub for h in sorted(opened) if (hub := _hub(blocks, h, x)) is not None]
    for _ in range(_STEPS if hubs and np.isfinite(most) else 0):
        y = prices.copy()
        for hub in hubs:
            y[hub.rows] = hub.prices()
        bound, x = lagrangian.bound(y, clock, threads, limits_at(y))
        if bound is None or bound <= most + _WORTH * abs(most):
            break
        best, most = y, bound
        for hub in hubs:
            hub.shift(_load(blocks, hub.rows, x))
    return best


def _hub(blocks: Blocks, name: str, x: Floats) -> _Hub | None:
    """A hub's levels and first weights; ``None`` where its cheapest level takes in all that ``x`` brings."""
    a = blocks.arrays
    start = a.rows["hub_capacity"].start
    rows = np.array([start + i for i, (h, _) in enumerate(a.row_keys["hub_capacity"]) if h == name], int)
    columns = np.array([j for (h, _), j in a.place("hub").items() if h == name])
    cost = a.cost[columns]
    room = -a.matrix[rows][:, columns].toarray()
    cheap = int(np.argmin(cost))
    larger = room - room[:, [cheap]]
    wins = (larger > 0).all(axis=0) & (cost > cost[cheap])
    over = np.maximum(_load(blocks, rows, x) - room[:, cheap], 0.0)
    if not wins.any() or not over.any():
        return None
    slope = float(((cost - cost[cheap])[wins] / larger[:, wins].max(axis=0)).min())
    return _Hub(rows, room[:, cheap], slope, np.append((1 - _SPARE) * over / over.sum(), _SPARE))


def _load(blocks: Blocks, rows: Ints, x: Floats) -> Floats:
    """What firms bring, m3 by row."""
    of_firms = np.where(blocks.column_owner >= 0, x, 0.0)
    out: Floats = blocks.arrays.matrix[rows] @ of_firms
    return out
