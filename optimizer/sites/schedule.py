"""Local search over schedules of sites; which customers begin when is a small transport problem, exactly."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np
from scipy import sparse

from ..arrays import Arrays, Floats
from ..clock import Clock
from ..highs import Solver, Status
from .phased import Phased, Schedule
from .problem import Ints

IDLE = 15
"""Restarts in vain after which the search ends."""


def search_schedules(
    problem: Phased,
    offer: Callable[[Schedule], object],
    done: Callable[[], bool],
    clock: Clock,
    seed: int = 0,
) -> None:
    """Iterated local search: exchanges of two sites' periods until none helps, then a few by chance."""
    rng = np.random.default_rng(seed)
    begins = Begins(problem, clock)
    at = first_sites(problem)
    best = begins.cost(at)
    idle = 0
    kept = at
    while idle < IDLE and not clock.stopped and not done():
        at, value = descend(problem, begins, at, clock)
        if value < best * (1 - 1e-9) or (idle == 0 and value <= best):
            kept, best, idle = at, value, 0
            offer(Schedule(at, begins.customers(at)))
        idle += 1
        at = shaken(kept, rng, 2 + idle % 4)


def first_sites(problem: Phased) -> Ints:
    """The sites that serve all cheaply and open cheaply, in the order in which openings are asked for."""
    sites, periods = problem.opening.shape
    merit = problem.opening.mean(axis=1) + problem.cost.mean(axis=(1, 2)) * problem.cost.shape[1]
    start = np.full(sites, periods)
    slots = np.repeat(np.arange(periods), problem.openings)
    start[np.argsort(merit, kind="stable")[: len(slots)]] = slots
    return start


def shaken(start: Ints, rng: np.random.Generator, exchanges: int) -> Ints:
    """Some pairs of sites with different periods exchange them."""
    start = start.copy()
    for _ in range(exchanges):
        a, b = rng.choice(len(start), 2, replace=False)
        start[[a, b]] = start[[b, a]]
    return start


def descend(problem: Phased, begins: Begins, start: Ints, clock: Clock) -> tuple[Ints, float]:
    """Exchanges that help, the first found in turn; candidates are screened by prices before they are priced
    exactly."""
    value, found = begins.cost(start), True
    while found and not clock.stopped:
        found = False
        for a, b in _exchanges(start):
            other = start.copy()
            other[[a, b]] = other[[b, a]]
            if begins.floor(other) >= value * (1 - 1e-9):
                continue
            if (cost := begins.cost(other)) < value * (1 - 1e-9):
                start, value, found = other, cost, True
            if clock.stopped:
                break
    return start, value


def _exchanges(start: Ints) -> Iterator[tuple[int, int]]:
    pairs = itertools.combinations(range(len(start)), 2)
    return ((a, b) for a, b in pairs if start[a] != start[b])


class Begins:
    """When customers begin, given when sites open: each once, so many newly in each period, at least cost."""

    def __init__(self, problem: Phased, clock: Clock):
        self.problem, self._clock = problem, clock
        customers, periods = problem.cost.shape[1:]
        self._shape = (customers, periods + 1)
        never = customers - int(problem.newly.sum())
        self._wanted = np.append(problem.newly, never).astype(float)
        self._prices = np.zeros(periods + 1)
        self._solver = Solver(self._arrays(), integral=False, presolve="off")

    def _arrays(self) -> Arrays:
        customers, slots = self._shape
        ones = np.ones(customers * slots)
        row = np.concatenate(
            [np.repeat(np.arange(customers), slots), customers + np.tile(np.arange(slots), customers)]
        )
        column = np.tile(np.arange(customers * slots), 2)
        matrix = sparse.csr_matrix((np.tile(ones, 2), (row, column)))
        limits = np.concatenate([np.ones(customers), self._wanted])
        none = np.zeros(customers * slots, dtype=bool)
        return Arrays(0 * ones, 0.0, 0 * ones, ones, none, matrix, limits, limits, {}, {}, {}, {})

    def later(self, start: Ints) -> Floats:
        """(customers × T+1) cost of serving a customer from each period on; 0 for never."""
        cost, customers = self.problem.cost, self._shape[0]
        out = np.zeros(self._shape)
        for t in range(self._shape[1] - 1):
            opened = start <= t
            out[:, t] = cost[opened, :, t].min(axis=0) if opened.any() else np.inf if customers else 0.0
        out[:, :-1] = np.cumsum(out[:, -2::-1], axis=1)[:, ::-1]
        return out

    def fixed(self, start: Ints) -> float:
        """Cost of opening the sites."""
        used = np.flatnonzero(start < self._shape[1] - 1)
        return float(self.problem.opening[used, start[used]].sum())

    def floor(self, start: Ints) -> float:
        """Never more than ``cost``: every slot at the price it had last."""
        reduced = self.later(start) - self._prices
        return self.fixed(start) + float(reduced.min(axis=1).sum() + self._prices @ self._wanted)

    def cost(self, start: Ints) -> float:
        """Least cost of a schedule of sites; infinite where there is none."""
        return self.fixed(start) + self._solve(start)[0]

    def customers(self, start: Ints) -> Ints:
        """First period of each customer at that cost."""
        begin: Ints = self._solve(start)[1].reshape(self._shape).argmax(axis=1)
        return begin

    def _solve(self, start: Ints) -> tuple[float, Floats]:
        later = np.minimum(self.later(start), 1e12).ravel()
        self._solver.set_costs(np.arange(len(later)), later)
        outcome = self._solver.run(self._clock)
        if outcome.status is not Status.OPTIMAL or outcome.x is None or outcome.duals is None:
            return np.inf, np.zeros(len(later))
        self._prices = outcome.duals[self._shape[0] :]
        return float(later @ outcome.x), outcome.x
