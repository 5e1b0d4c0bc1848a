"""The Shapley value: exact from a table of all coalitions, or sampled with confidence intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from ..arrays import Floats
from .coalition import Coalition

MOST_EXACT = 12
"""Most players for which all coalitions are listed."""


@dataclass(frozen=True)
class Shapley:
    """Value of each player; ``half_width`` of its 95 % confidence interval (0: exact), orders sampled."""

    shares: Floats
    half_width: Floats
    orders: int


def exact(names: Sequence[str], cost: Callable[[Coalition], float]) -> Shapley:
    """The mean of a player's marginal costs over all orders; asks for the cost of every coalition."""
    n = len(names)
    costs = np.array([cost(_of(names, mask)) if mask else 0.0 for mask in range(2**n)])
    sizes = np.array([mask.bit_count() for mask in range(2**n)])
    weights = np.array([math.factorial(k) * math.factorial(n - 1 - k) for k in range(n)]) / math.factorial(n)
    shares = np.zeros(n)
    masks = np.arange(2**n)
    for i in range(n):
        without = masks[(masks >> i) & 1 == 0]
        shares[i] = weights[sizes[without]] @ (costs[without | 1 << i] - costs[without])
    return Shapley(shares, np.zeros(n), math.factorial(n))


def _of(names: Sequence[str], mask: int) -> Coalition:
    return frozenset(name for i, name in enumerate(names) if mask >> i & 1)


def marginal(names: Sequence[str], order: Sequence[int], cost: Callable[[Coalition], float]) -> Floats:
    """What each player adds to the cost when they join in this order (by place in ``names``)."""
    out, before, inside = np.zeros(len(names)), 0.0, set[str]()
    for i in order:
        inside.add(names[i])
        now = cost(frozenset(inside))
        out[i], before = now - before, now
    return out


def sampled(
    names: Sequence[str],
    cost: Callable[[Coalition], float | None],
    floor: Callable[[Coalition], float],
    seed: int,
    floor_orders: int = 2_000,
    prepare: Callable[[Sequence[Sequence[int]]], bool] = lambda orders: False,
) -> Shapley | None:
    """The Shapley value of the floors, plus the sampled mean of what cost is above them.

    Floors are cheap and close to the cost, so few orders of the costly game do (a control variate).
    ``prepare`` solves the coalitions of two opposite orders and says whether it did; it ends the sampling.
    ``None`` where less than two pairs of orders were solved.
    """
    n, rng = len(names), np.random.default_rng(seed)
    base, spread = _of_floors(names, floor, floor_orders, rng)
    found: list[Floats] = []
    while True:
        order = rng.permutation(n)
        pair = [order.tolist(), order[::-1].tolist()]
        if not prepare(pair):
            break
        parts = [_difference(names, each, cost, floor) for each in pair]
        if any(part is None for part in parts):
            break
        found.append(np.mean([part for part in parts if part is not None], axis=0))
    if len(found) < 2:
        return None
    mean, deviation = np.mean(found, axis=0), np.std(found, axis=0, ddof=1)
    wide = student.ppf(0.975, len(found) - 1) * deviation / math.sqrt(len(found))
    return Shapley(base + mean, np.sqrt(wide**2 + spread**2), 2 * len(found))


def _difference(
    names: Sequence[str],
    order: Sequence[int],
    cost: Callable[[Coalition], float | None],
    floor: Callable[[Coalition], float],
) -> Floats | None:
    """Marginal costs less marginal floors in an order; ``None`` where a cost is unknown."""
    known: dict[Coalition, float] = {}
    inside: set[str] = set()
    for i in order:
        inside.add(names[i])
        value = cost(frozenset(inside))
        if value is None:
            return None
        known[frozenset(inside)] = value
    return marginal(names, order, lambda c: known[c] - floor(c))


def _of_floors(
    names: Sequence[str], floor: Callable[[Coalition], float], orders: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Shapley value of the floors, with the half-width of its own sampling."""
    if len(names) <= MOST_EXACT:
        return exact(names, floor).shares, np.zeros(len(names))
    parts = np.array([marginal(names, rng.permutation(len(names)).tolist(), floor) for _ in range(orders)])
    wide = 1.96 * parts.std(axis=0, ddof=1) / math.sqrt(orders)
    return parts.mean(axis=0), wide
