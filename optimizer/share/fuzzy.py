"""Divisions that no coalition can better, even where members join in part (Aubin 1981): one linear
programme.

A coalition pays at most ``1 + slack`` times its floor, whoever is in it, if every leaf has weights ``W ≥ 0``
of its cuts, ``1 + slack`` in all, with ``Σ_i max(0, x_i − Σ_k W_k·own_ki) ≤ Σ_k W_k·fixed_k``: the dual of
the greatest excess over memberships between 0 and 1.  Of many players hardly any joins in part, so little is
lost against whole coalitions, and nothing has to be listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from ..arrays import Floats
from .coalition import Coalition
from .division import Division, Limits
from .floors import Leaf
from .linear import Optimum, minimise
from .separation import Bounds


@dataclass(frozen=True)
class Tight:
    """A coalition that keeps a slack from being less: its leaf, each player's membership (0 to 1), and its
    weight."""

    leaf: Leaf
    members: Floats
    weight: float

    def coalition(self, names: Sequence[str]) -> Coalition:
        """Who of some players belongs to it by half or more; all where nobody does."""
        inside = frozenset(name for name, part in zip(names, self.members, strict=True) if part >= 0.5)
        return inside or frozenset(names)


@dataclass(frozen=True)
class Fuzzy(Division):
    """A division, with the coalitions that keep its slack from being less."""

    tight: tuple[Tight, ...] = field(default=())


class FuzzyCore:
    """Divisions of a ``total`` under the floors of some players.

    Columns of its programme: shares, slack, greatest and least part of the cost alone that a player pays, and
    for each leaf the weights of its cuts and what each player pays beyond them.
    """

    def __init__(self, bounds: Bounds, total: float):
        self._players = n = len(bounds.names)
        self._total, self._unit = total, abs(total) / n or 1.0
        self._leaves = [leaf for leaf in bounds.leaves if leaf.cuts]
        parts = [self._leaf_rows(leaf) for leaf in self._leaves]
        head = sparse.csr_matrix(np.eye(n + 1, n + 3) * (np.arange(n + 3) < n))
        tails = sparse.block_diag([rows for rows, _ in parts], format="csr")
        self._at_most = sparse.hstack([sparse.vstack([head] * len(parts)), tails], format="csr")
        sums: sparse.csr_matrix = sparse.csr_matrix(sparse.block_diag([row for _, row in parts]))
        slack = np.zeros((len(parts), n + 3))
        slack[:, n] = -1.0
        self._sums = sparse.hstack([sparse.csr_matrix(slack), sums], format="csr")

    def _leaf_rows(self, leaf: Leaf) -> tuple[sparse.csr_matrix, Floats]:
        """Columns of a leaf (weights, excesses): in the rows of its players and of what they all exceed, and
        in the sum of weights."""
        n = self._players
        own = np.array([cut.own for cut in leaf.cuts]).T / self._unit
        fixed = np.array([[cut.fixed for cut in leaf.cuts]]) / self._unit
        rows = np.block([[-own, -np.eye(n)], [-fixed, np.ones((1, n))]])
        return sparse.csr_matrix(rows), np.append(np.ones(len(leaf.cuts)), np.zeros(n))[None, :]

    def least(self, limits: Limits) -> Fuzzy | None:
        """The least slack; ``None`` where the limits leave no division."""
        n = self._players
        cost = np.zeros(self._at_most.shape[1])
        cost[n] = 1.0
        found = self._solve(cost, limits, (-1.0, np.inf))
        if found is None:
            return None
        return Fuzzy(found.x[:n] * self._unit, float(found.x[n]), tight=self._tight(found.prices))

    def even(self, limits: Limits, alone: Floats, slack: float) -> Division | None:
        """With this slack the division whose savings, relative to the cost ``alone``, differ least; players
        without a cost of their own are left out of the comparison."""
        n, of_own = self._players, np.flatnonzero(alone > 0)
        cost = np.zeros(self._at_most.shape[1])
        cost[n + 1 : n + 3] = 1.0, -1.0
        ratio = np.zeros((len(of_own), n))
        ratio[np.arange(len(of_own)), of_own] = self._unit / alone[of_own]
        rest = np.zeros((2 * len(of_own), len(cost) - n - 3))
        ends = np.repeat([[0.0, -1.0, 0.0], [0.0, 0.0, 1.0]], len(of_own), axis=0)
        more = sparse.csr_matrix(np.hstack([np.vstack([ratio, -ratio]), ends, rest]))
        found = self._solve(cost, limits, (slack, slack), more)
        return None if found is None else Division(found.x[:n] * self._unit, slack)

    def most(self) -> Floats | None:
        """Shares of the most, up to the total, that can be collected with no coalition paying more than its
        floor."""
        n, none = self._players, np.full(self._players, np.inf)
        cost = np.zeros(self._at_most.shape[1])
        cost[:n] = -1.0
        found = self._solve(cost, Limits(none, -none), (0.0, 0.0), all_paid=False)
        return None if found is None else found.x[:n] * self._unit

    def _solve(
        self,
        cost: Floats,
        limits: Limits,
        slack: tuple[float, float],
        more: sparse.csr_matrix | None = None,
        all_paid: bool = True,
    ) -> Optimum | None:
        """An optimum in which the shares are the total, or at most that."""
        n, free = self._players, np.full(2, np.inf)
        rest = self._at_most.shape[1] - n - 3
        every = sparse.csr_matrix(np.append(np.ones(n), np.zeros(rest + 3)))
        at_most, equal = [self._at_most], [self._sums]
        if more is not None:
            at_most.append(more)
        (equal if all_paid else at_most).append(every)
        whole = self._total / self._unit
        right = np.zeros(sum(rows.shape[0] for rows in at_most))
        right[-1] = 0.0 if all_paid else whole
        return minimise(
            cost,
            np.concatenate([limits.least / self._unit, [slack[0]], -free, np.zeros(rest)]),
            np.concatenate([limits.most / self._unit, [slack[1]], free, np.full(rest, np.inf)]),
            at_most=(sparse.vstack(at_most, format="csr"), right),
            equal=(
                sparse.vstack(equal, format="csr"),
                np.append(np.ones(len(self._leaves)), [whole] * all_paid),
            ),
        )

    def _tight(self, prices: Floats) -> tuple[Tight, ...]:
        by_leaf = prices.reshape(len(self._leaves), self._players + 1)
        return tuple(
            Tight(leaf, row[:-1] / row[-1], float(row[-1]))
            for leaf, row in zip(self._leaves, by_leaf, strict=True)
            if row[-1] > _NOTHING
        )


_NOTHING = 1e-9
