"""Divisions of a cost that no coalition can better: linear programmes over coalitions, rows generated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_matrix

from ..arrays import Floats
from .coalition import Coalition
from .linear import minimise
from .separation import Bounds, excesses


@dataclass
class Rows:
    """Coalitions that a division has been tested against, each with what it costs."""

    names: list[str]
    costs: dict[Coalition, float] = field(default_factory=dict)

    def matrix(self) -> tuple[Floats, Floats]:
        """Membership (coalitions × players) and costs."""
        inside = [[float(name in c) for name in self.names] for c in self.costs]
        return np.array(inside).reshape(-1, len(self.names)), np.array(list(self.costs.values()))


@dataclass(frozen=True)
class Division:
    """Shares by player (in the order of the players), and the least greatest relative gain they reach."""

    shares: Floats
    slack: float


NEAR = 1e-7
"""Excess, relative to the cost shared, that counts as none."""

Price = Callable[[Coalition], float]
"""What a coalition costs (a proven floor, or its exact cost)."""


@dataclass(frozen=True)
class Limits:
    """Most that each player may pay, and least."""

    most: Floats
    least: Floats


def least_core(rows: Rows, total: float, limits: Limits) -> Division | None:
    """The division of ``total`` with the least slack: share(S) ≤ (1 + slack)·cost(S) for all rows.

    ``None`` where the limits leave none.
    """
    n, (inside, costs) = len(rows.names), rows.matrix()
    unit = _unit(rows, total)
    found = minimise(
        np.append(np.zeros(n), 1.0),
        np.append(limits.least / unit, -1.0),
        np.append(limits.most / unit, np.inf),
        at_most=(np.column_stack([inside, -costs / unit]), costs / unit),
        equal=(np.append(np.ones(n), 0.0)[None, :], np.array([total / unit])),
    )
    return None if found is None else Division(found.x[:n] * unit, float(found.x[n]))


def _unit(rows: Rows, total: float) -> float:
    """The money in which programmes are stated: prices of large amounts would vanish in the tolerance."""
    return abs(total) / len(rows.names) or 1.0


def equal_profit(rows: Rows, total: float, limits: Limits, alone: Floats, slack: float) -> Division | None:
    """Among divisions with this slack, the one whose savings differ least (Frisk et al. 2010).

    Savings are relative to ``alone``; the spread is that of share/alone over players with a cost of their
    own; players without one are left to the rows.
    """
    n, (inside, costs) = len(rows.names), rows.matrix()
    of_own = np.flatnonzero(alone > 0)
    ratio = np.zeros((len(of_own), n))
    unit = _unit(rows, total)
    ratio[np.arange(len(of_own)), of_own] = unit / alone[of_own]
    high = np.column_stack([ratio, -np.ones(len(of_own)), np.zeros(len(of_own))])
    low = np.column_stack([-ratio, np.zeros(len(of_own)), np.ones(len(of_own))])
    core = np.column_stack([inside, np.zeros((len(costs), 2))])
    found = minimise(
        np.concatenate([np.zeros(n), [1.0, -1.0]]),
        np.concatenate([limits.least / unit, [-np.inf, -np.inf]]),
        np.concatenate([limits.most / unit, [np.inf, np.inf]]),
        at_most=(
            csr_matrix(np.vstack([core, high, low])),
            np.concatenate([(1 + slack) * costs / unit, np.zeros(2 * len(of_own))]),
        ),
        equal=(np.concatenate([np.ones(n), [0.0, 0.0]])[None, :], np.array([total / unit])),
    )
    return None if found is None else Division(found.x[:n] * unit, slack)


def most_shared(rows: Rows, total: float, limits: Limits) -> Division:
    """The most, up to ``total``, that can be collected with no coalition of the rows paying more than it
    costs (no limits on single players but their rows)."""
    n, (inside, costs) = len(rows.names), rows.matrix()
    found = minimise(
        -np.ones(n),
        np.full(n, -np.inf),
        np.full(n, np.inf),
        at_most=(np.vstack([inside, np.ones((1, n))]), np.append(costs, total)),
    )
    return Division(limits.least if found is None else found.x, 0.0)


@dataclass
class Generator:
    """Row generation: solve over the rows, separate, add what is broken by more than ``near`` of the total,
    until nothing is."""

    bounds: Bounds
    price: Price
    rows: Rows
    stopped: Callable[[], bool]
    aside: Mapping[Coalition, float] = field(default_factory=dict)
    near: float = NEAR
    rounds: int = 400

    def run(self, solve: Callable[[], Division | None], total: float) -> Division | None:
        """The division that ``solve`` makes once no coalition breaks its slack any more, or when stopped."""
        division = solve()
        for _ in range(self.rounds):
            if division is None or self.stopped() or not self.add_broken(division, total):
                break
            division = solve()
        return division

    def add_broken(self, division: Division, total: float) -> bool:
        """List the coalitions that break a division most, one for each leaf; whether there are any."""
        most = self.near * abs(total)
        found = excesses(self.bounds, division.shares, division.slack, self.aside, most)
        broken = dict.fromkeys(e.coalition for e in found if e.value > most)
        fresh = {c: self.price(c) for c in broken if c not in self.rows.costs}
        self.rows.costs.update(fresh)
        return bool(fresh)
