"""The cheapest way to serve all customers from given sites: one linear programme kept warm."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from ..arrays import Arrays, Floats
from ..clock import Clock
from ..highs import Solver, Status
from .problem import Bools, Ints, Problem


def arrays_of(problem: Problem, links: Ints | None = None) -> tuple[Arrays, Ints, Ints]:
    """The problem as arrays, and (site, customer) of its arcs, whose columns follow those of the sites.

    Rows: demand of each customer, capacity of each site; ``links``: for these arcs ``x ≤ y`` as well.
    """
    site, customer = (part.astype(np.int64) for part in np.nonzero(np.isfinite(problem.cost)))
    sites, customers, arcs = len(problem.fixed), len(problem.demand), len(site)
    columns = sites + np.arange(arcs)
    scale = np.maximum(problem.capacity, 1e-300)
    row = np.concatenate([customer, customers + site, customers + np.arange(sites)])
    column = np.concatenate([columns, columns, np.arange(sites)])
    value = np.concatenate([np.ones(arcs), problem.demand[customer] / scale[site], -np.ones(sites)])
    matrix = sparse.csr_matrix((value, (row, column)), shape=(customers + sites, sites + arcs))
    whole = np.concatenate([np.ones(sites, bool), np.full(arcs, problem.whole)])
    low = np.concatenate([np.ones(customers), np.full(sites, -np.inf)])
    high = np.concatenate([np.ones(customers), np.zeros(sites)])
    arrays = Arrays(
        np.concatenate([problem.fixed, problem.cost[site, customer]]), 0.0, np.zeros(sites + arcs),
        np.ones(sites + arcs), whole, matrix, low, high, {}, {}, {}, {},
    )  # fmt: skip
    return arrays, site, customer


class Transport:
    """Evaluates sets of open sites; costs in and out are those of the problem.

    Sites are their columns' bounds, so that each evaluation starts from the last one's basis.
    """

    def __init__(self, problem: Problem, clock: Clock):
        self.problem, self._clock = problem, clock
        self.arrays, self.site, self.customer = arrays_of(problem)
        self._solver = Solver(self.arrays, integral=False, presolve="off")
        self._known: dict[bytes, float] = {}

    def cost(self, opened: Bools) -> float:
        """Least cost with these sites open, every customer split as is best; infinite if none."""
        key = opened.tobytes()
        if key not in self._known:
            self._known[key] = self._solve(opened)[0]
        return self._known[key]

    def prices(self, opened: Bools) -> Floats | None:
        """Customers' prices that prove the least cost with these sites open; ``None`` without a plan."""
        at = opened.astype(float)
        self._solver.set_bounds(np.arange(len(opened)), at, at)
        outcome = self._solver.run(self._clock)
        found = outcome.status is Status.OPTIMAL and outcome.duals is not None
        return outcome.duals[: len(self.problem.demand)] if found and outcome.duals is not None else None

    def plan(self, opened: Bools) -> tuple[float, Floats]:
        """(cost, shares of each customer by site) with these sites open; cost infinite if none."""
        return self._solve(opened)

    def _solve(self, opened: Bools) -> tuple[float, Floats]:
        sites = len(opened)
        at = opened.astype(float)
        self._solver.set_bounds(np.arange(sites), at, at)
        outcome = self._solver.run(self._clock)
        shares = np.zeros(self.problem.cost.shape)
        if outcome.status is not Status.OPTIMAL or outcome.x is None:
            return np.inf, shares
        shares[self.site, self.customer] = outcome.x[sites:]
        return float(self.arrays.cost @ outcome.x), shares
