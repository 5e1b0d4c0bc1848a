"""What prices could not settle, as a mixed-integer programme of the sites left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy import sparse

from ..arrays import Arrays, Floats
from ..highs import Solver, Status
from ..search import OPTIMALITY, Search
from .ascent import SAFETY, Node
from .lagrangian import price
from .problem import Ints, Problem
from .transport import arrays_of

BROKEN = 1e-4
"""Least violation of a link worth listing it."""


def solve_remainder(
    problem: Problem, node: Node, value: float, search: Search, offer: Callable[[Floats], None]
) -> None:
    """Solve the node; ``value`` is the cost of the best plan known.  Bound and plans go to the search."""
    part = without_hopeless_arcs(problem.only(node.sites), node, value)
    arrays, site, customer = arrays_of(part)
    lower = arrays.lower.copy()
    lower[: len(node.sites)] = node.forced
    arrays = replace(arrays, lower=lower)
    links = separate_links(arrays, site, search)
    solver = Solver(arrays, integral=True, seed=search.seed, mip_rel_gap=search.gap, mip_abs_gap=0.0)
    if len(links):
        solver.add_rows(*link_rows(arrays, site, links))

    def listen(objective: float | None, bound: float | None, x: Floats | None) -> None:
        if bound is not None:
            search.raise_bound(min(bound, value) - SAFETY * abs(bound) + search.arrays.offset)
        if x is not None:
            shares = np.zeros(problem.cost.shape)
            shares[node.sites[site], customer] = _clean(x[len(node.sites) :], part.whole)
            offer(shares)

    outcome = solver.run(search.clock, listen)
    if outcome.status is Status.INFEASIBLE:
        search.infeasible = search.best is None
        search.raise_bound(search.objective)
        return
    listen(outcome.objective, outcome.bound, outcome.x)
    if outcome.status is Status.OPTIMAL and outcome.bound is not None and search.objective is not None:
        slack = OPTIMALITY * abs(search.objective)
        if search.gap < OPTIMALITY and search.objective - outcome.bound - search.arrays.offset <= slack:
            search.raise_bound(search.objective)


def _clean(shares: Floats, whole: bool) -> Floats:
    return np.round(shares) if whole else np.clip(shares, 0.0, 1.0)


def without_hopeless_arcs(problem: Problem, node: Node, value: float) -> Problem:
    """The problem without arcs that no cheaper plan uses in full; only where customers are not split."""
    if not problem.whole or not np.isfinite(value):
        return problem
    priced = price(problem, node.prices, node.forced)
    gain = problem.cost - node.prices
    worst = priced.bound + np.maximum(gain, 0.0) > value + SAFETY * abs(value)
    return Problem(
        problem.fixed, problem.capacity, problem.demand, np.where(worst, np.inf, problem.cost), problem.whole
    )


def separate_links(arrays: Arrays, site: Ints, search: Search) -> Ints:
    """Arcs whose link ``x ≤ y`` the continuous relaxation breaks, found round by round."""
    solver, sites = Solver(arrays, integral=False), len(arrays.cost) - len(site)
    listed = np.zeros(len(site), dtype=bool)
    for _ in range(12):
        outcome = solver.run(search.clock)
        if outcome.status is not Status.OPTIMAL or outcome.x is None:
            break
        excess = outcome.x[sites:] - outcome.x[:sites][site]
        broken = np.flatnonzero((excess > BROKEN) & ~listed)
        if not len(broken):
            break
        listed[broken] = True
        solver.add_rows(*link_rows(arrays, site, broken))
    return np.flatnonzero(listed)


def link_rows(arrays: Arrays, site: Ints, arcs: Ints) -> tuple[sparse.csr_matrix, Floats, Floats]:
    """Rows ``x − y ≤ 0`` of some arcs."""
    sites, count = len(arrays.cost) - len(site), len(arcs)
    row = np.tile(np.arange(count), 2)
    column = np.concatenate([sites + arcs, site[arcs]])
    value = np.concatenate([np.ones(count), -np.ones(count)])
    matrix = sparse.csr_matrix((value, (row, column)), shape=(count, len(arrays.cost)))
    return matrix, np.full(count, -np.inf), np.zeros(count)
