"""A lower bound site by site: customers' demand has prices, each site is a continuous knapsack.

With a price ``u_j`` for serving customer j, site i is worth opening if its fixed cost is less than what
its best customers pay: ``v_i(u) = f_i + min { Σ_j (c_ij − u_j)·x_ij : Σ_j d_j·x_ij ≤ s_i, 0 ≤ x ≤ 1 }``.  For
every u, ``Σ u_j + min { Σ v_i·y_i : y in Y }`` is a lower bound, where Y holds every choice of sites that can
serve all demand (enough sites, enough capacity).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import Floats
from .problem import Bools, Problem


@dataclass(frozen=True)
class Priced:
    """What prices say: bound, worth of each site, which to open, what each would serve."""

    bound: float
    worth: Floats
    opened: Bools
    served: Floats

    def missing(self) -> Floats:
        """Share of each customer's demand that the opened sites leave (negative: more than all)."""
        left: Floats = 1.0 - self.served[self.opened].sum(axis=0)
        return left


def knapsacks(problem: Problem, prices: Floats) -> tuple[Floats, Floats]:
    """(worth of each site, share of each customer that it would serve): its best customers first."""
    gain = problem.cost - prices
    demand = np.maximum(problem.demand, 1e-300)
    order = np.argsort(gain / demand, axis=1)
    gains = np.take_along_axis(gain, order, axis=1)
    wanted = np.where(gains < 0, problem.demand[order], 0.0)
    room = problem.capacity[:, None] - (np.cumsum(wanted, axis=1) - wanted)
    share = np.clip(room / np.maximum(wanted, 1e-300), 0.0, 1.0) * (gains < 0)
    served = np.zeros_like(share)
    np.put_along_axis(served, order, share, axis=1)
    return problem.fixed + (np.where(share > 0, gains, 0.0) * share).sum(axis=1), served


def price(problem: Problem, prices: Floats, forced: Bools) -> Priced:
    """The bound at some prices; ``forced`` sites are open."""
    worth, served = knapsacks(problem, prices)
    opened, value = choose(problem, worth, forced)
    return Priced(float(prices.sum()) + value - rounding(prices, worth), worth, opened, served)


def rounding(prices: Floats, worth: Floats) -> float:
    """What the sums behind a bound may be wrong by: prices far above costs cancel each other."""
    return 1e-14 * float(np.abs(prices).sum() + np.abs(worth).sum())


def choose(problem: Problem, worth: Floats, forced: Bools) -> tuple[Bools, float]:
    """(sites, lower bound on their worth) of the cheapest choice that could serve all demand."""
    opened = forced | (worth < 0)
    rest = np.argsort(np.where(opened, -np.inf, worth), kind="stable")
    short = problem.least_sites - int(opened.sum())
    if short > 0:
        opened[rest[opened.sum() :][:short]] = True
    value = float(worth[opened].sum())
    return opened, max(value, cover(problem, worth, forced))


def cover(problem: Problem, worth: Floats, forced: Bools) -> float:
    """Least worth of sites, in parts, whose capacity holds all demand."""
    taken = forced | (worth < 0)
    value, short = float(worth[taken].sum()), problem.demand.sum() - problem.capacity[taken].sum()
    others = np.flatnonzero(~taken & (problem.capacity > 0))
    order = others[np.argsort(worth[others] / problem.capacity[others])]
    room = np.clip(short - (np.cumsum(problem.capacity[order]) - problem.capacity[order]), 0.0, None)
    return value + float((np.minimum(room / problem.capacity[order], 1.0) * worth[order]).sum())


def switched(problem: Problem, prices: Floats, priced: Priced, forced: Bools) -> Floats:
    """For each site a lower bound on all plans in which it is the other way round: closed where
    ``opened``, open where not; infinite where there is no such plan."""
    base = float(prices.sum())
    out = np.full(len(forced), np.inf)
    for i in np.flatnonzero(~forced):
        others = np.arange(len(forced)) != i
        if not priced.opened[i]:
            out[i] = base + choose(problem, priced.worth, forced | ~others)[1]
        elif problem.capacity[others].sum() >= problem.demand.sum() * (1 - 1e-12):
            out[i] = base + choose(problem.only(others), priced.worth[others], forced[others])[1]
    return out
