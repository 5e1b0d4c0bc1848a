"""Prices that raise the bound, and the sites that it settles."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..arrays import Floats
from ..clock import Clock
from .lagrangian import price, rounding, switched
from .problem import Bools, Ints, Problem

SAFETY = 1e-9
"""Share of a bound given up for rounding errors."""

MET = 1e-9
"""Share of a customer's demand that may be missing: prices that chase less would grow without end."""


Path = tuple[tuple[int, bool], ...]
"""Decisions on sites, by their numbers in the whole problem: open or not."""

Leaves = list[tuple[Path, Floats]]
"""Parts that are done with: decisions and the customers' prices that bound them."""


@dataclass(frozen=True)
class Node:
    """A part of the problem: ``sites`` in play (all others closed), those of them that are ``forced`` open,
    customers' prices, the bound they prove, how ``often`` each site was opened on the way, and the ``path``
    of decisions that leads here."""

    sites: Ints
    forced: Bools
    prices: Floats
    bound: float
    often: Floats
    path: Path = ()

    @property
    def settled(self) -> bool:
        """Whether every site is decided."""
        return bool(self.forced.all())

    def close(self, place: int) -> Node:
        """The part with the site at this place closed."""
        keep = np.arange(len(self.sites)) != place
        path = (*self.path, (int(self.sites[place]), False))
        kept = (self.sites[keep], self.forced[keep], self.often[keep])
        return replace(self, sites=kept[0], forced=kept[1], often=kept[2], path=path)

    def open(self, place: int) -> Node:
        """The part with the site at this place open."""
        forced = self.forced.copy()
        forced[place] = True
        return replace(self, forced=forced, path=(*self.path, (int(self.sites[place]), True)))


def root(problem: Problem) -> Node:
    """The whole problem, priced as if each site's fixed cost were shared by what it can hold."""
    count = len(problem.fixed)
    share = problem.fixed / np.maximum(problem.capacity, 1e-300)
    prices = (problem.cost + np.outer(share, problem.demand)).min(axis=0)
    return Node(np.arange(count), np.zeros(count, dtype=bool), prices, -np.inf, np.full(count, 0.5))


def climb(problem: Problem, node: Node, value: float, rounds: int, clock: Clock) -> Node:
    """Better prices by deflected subgradients, towards the cost ``value`` of the best plan known.

    Stops early once the bound reaches ``value``.
    """
    part = problem.only(node.sites)
    prices, often, direction = node.prices.copy(), node.often.copy(), np.zeros(len(node.prices))
    best, bound, factor, idle = node.prices, -np.inf, 1.5, 0
    for _ in range(rounds):
        priced = price(part, prices, node.forced)
        often += 0.05 * (priced.opened - often)
        idle = 0 if priced.bound > bound + 1e-5 * abs(bound) else idle + 1
        if priced.bound > bound:
            bound, best = priced.bound, prices.copy()
        missing = priced.missing()
        if bound > value or clock.stopped or np.abs(missing).max() < MET:
            break
        if idle >= 10:
            factor, idle, prices, direction = factor / 2, 0, best.copy(), 0 * direction
            if factor < 0.02:
                break
            continue
        direction = missing + (0.7 if missing @ direction < 0 else 0.3) * direction
        target = value if np.isfinite(value) else bound + 0.1 * abs(bound)
        step = factor * max(target - priced.bound, 1e-6 * abs(target)) / float(direction @ direction)
        prices = prices + step * direction
    return replace(node, prices=best, bound=max(bound, node.bound), often=often)


def settle(problem: Problem, node: Node, value: float, leaves: Leaves | None = None) -> Node:
    """Close or open for good what a plan cheaper than ``value`` must; a better plan is never cut off.

    ``leaves`` receives what is cut off, with the prices that prove it.
    """
    if not np.isfinite(value):
        return node
    part = problem.only(node.sites)
    priced = price(part, node.prices, node.forced)
    other = switched(part, node.prices, priced, node.forced)
    margin = SAFETY * (np.abs(part.fixed).sum() + abs(value)) + rounding(node.prices, priced.worth)
    sure = (other > value + margin) & ~node.forced
    forced, kept = node.forced | (sure & priced.opened), ~(sure & ~priced.opened)
    path = node.path
    for place in np.flatnonzero(sure):
        site, opened = int(node.sites[place]), bool(priced.opened[place])
        if leaves is not None:
            leaves.append(((*path, (site, not opened)), node.prices))
        path = (*path, (site, opened))
    return replace(node, sites=node.sites[kept], forced=forced[kept], often=node.often[kept], path=path)


def proven(node: Node) -> float:
    """The bound of a part, less what rounding may have added."""
    return node.bound - SAFETY * abs(node.bound)
