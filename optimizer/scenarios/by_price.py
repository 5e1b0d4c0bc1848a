"""Curves of large networks, and plans not far from today's: what shall be less is given a price.

A cap ties all firms together, so that the whole model would have to be solved at once; a price does not, and
large networks are solved as ever.  Every price yields an efficient plan and a bound under every cap:
cost(cap) ≥ bound of the priced problem − price × cap.  Prices are chosen by the chords of the curve so far
(noninferior set estimation: Cohon, Church and Sheer, Water Resources Research 1979).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf, sqrt

from ..arrays import Arrays
from ..plan import Plan
from ..solve import status_of
from .rows import Terms

FEWER = 5
"""Most prices that are tried for a plan with few enough changes."""

STEP = 4.0
"""By how much a price rises that changed too little."""

NARROW = 0.02
"""Plans whose quantities differ by less than this share of the whole curve are one point."""


TermsOf = Callable[[Arrays], Terms]
"""Where something stands in a model: its columns, and how much of it a unit of each has."""


@dataclass(frozen=True)
class Measure:
    """What gets a price: where it stands in a model, how much of it a plan has, and how much plans under the
    cap that a plan stands for may have (the same if not given)."""

    terms: TermsOf
    quantity: Callable[[Plan], float]
    ceiling: Callable[[Plan], float] | None = None


@dataclass(frozen=True)
class Priced:
    """An amendment: a unit of what the terms count costs ``price`` on top."""

    terms: TermsOf
    price: float

    def __call__(self, arrays: Arrays) -> Arrays:
        cost = arrays.cost.copy()
        for j, each in self.terms(arrays).items():
            cost[j] += self.price * each
        return replace(arrays, cost=cost)


@dataclass(frozen=True)
class Tried:
    """A plan made under a price, how much of the measure it has and what it costs without the price."""

    price: float
    quantity: float
    cost: float
    plan: Plan

    def bound(self, quantity: float) -> float | None:
        """No plan with at most a quantity costs less."""
        own = self.plan.bound
        if own is None or self.plan.objective is None:
            return None
        return own + self.price * (self.quantity - quantity)


Solve = Callable[[Priced | None, Plan], Plan]
"""Solves a network, under a price or without, from a plan to start with."""


def curve(
    measure: Measure, free: Plan, points: int, solve: Solve, on_plan: Callable[[Tried], None]
) -> list[Tried]:
    """Efficient plans from the cheapest (``free``) towards less of a measure, at most ``points``.

    The highest price doubles the cost that can be controlled.  Dominated plans are left out, and each plan's
    bound is the best that all prices prove for its quantity.
    """
    found = [_tried(0.0, measure, free)]
    on_plan(found[0])
    price: float | None = float(free.kpis["controllable_cost"]) / max(found[0].quantity, 1e-9)
    while price is not None and len(found) < points:
        start = replace(_nearest(found, price), prices=free.prices)  # its prices spare new ones
        plan = solve(Priced(measure.terms, price), start)
        if plan.objective is None:
            break
        found.append(_tried(price, measure, plan))
        on_plan(found[-1])
        price = _next_price(found)
    return [_proven(one, found, measure) for one in efficient(found)]


def _nearest(found: list[Tried], price: float) -> Plan:
    return min(found, key=lambda one: abs(one.price - price)).plan


def _tried(price: float, measure: Measure, plan: Plan) -> Tried:
    if plan.objective is None:
        return Tried(price, inf, inf, plan)
    return Tried(price, measure.quantity(plan), plan.objective, plan)


def efficient(found: list[Tried]) -> list[Tried]:
    """Those that no other beats in cost and quantity, the greatest quantity first."""
    out: list[Tried] = []
    for one in sorted(found, key=lambda one: (one.quantity, one.cost)):
        if not out or one.cost < out[-1].cost * (1 - 1e-9):
            out.append(one)
    return out[::-1]


def _next_price(found: list[Tried]) -> float | None:
    """The slope of the chord across the widest gap between neighbouring plans; between their prices."""
    ranked = sorted(found, key=lambda one: one.price)
    whole = max(one.quantity for one in found) - min(one.quantity for one in found)
    gaps = [(low.quantity - high.quantity, low, high) for low, high in pairwise(ranked)]
    width, low, high = max(gaps, key=lambda gap: gap[0])
    if width <= NARROW * whole or high.price <= low.price * 1.01:
        return None
    slope = (high.cost - low.cost) / width
    inside = low.price * 1.01 < slope < high.price * 0.99
    return slope if inside else sqrt(max(low.price, high.price / 100) * high.price)


def _proven(one: Tried, found: list[Tried], measure: Measure) -> Tried:
    """With the best bound that any price proves under its cap."""
    most = one.quantity if measure.ceiling is None else measure.ceiling(one.plan)
    bounds = [bound for other in found if (bound := other.bound(most)) is not None]
    return replace(one, plan=bounded(one.plan, max(bounds, default=None)))


def bounded(plan: Plan, bound: float | None) -> Plan:
    """The plan with another bound, and the status that follows; one that breaks rules stays imprecise."""
    least = None if bound is None or plan.objective is None else min(bound, plan.objective)
    held = replace(plan, bound=least)
    return held if held.status == "imprecise" else replace(held, status=status_of(held))


def near(measure: Measure, today: Plan, most: float, solve: Solve, stay: Callable[[], Plan]) -> Plan:
    """The best plan found whose measure (the changes from today) is at most ``most``.

    First without a price; then under rising prices, then between the last two.  ``stay`` makes the plan
    without any change, for where every price left too many; never a dearer one than today's.
    """
    free = solve(None, today)
    tried, start = [_tried(0.0, measure, free)], replace(today, prices=free.prices)
    while tried[-1].plan.objective is not None and len(tried) < FEWER:
        price = _other_price(tried, most, float(today.objective or 0.0))
        if price is None:
            break
        tried.append(_tried(price, measure, solve(Priced(measure.terms, price), start)))
    bounds = [bound for one in tried if (bound := one.bound(most)) is not None]
    kept = [one.plan for one in tried if one.quantity <= most] or [stay()]
    best = min([today, *kept], key=lambda plan: inf if plan.objective is None else plan.objective)
    return best if best.objective is None else bounded(best, max(bounds, default=None))


def _other_price(tried: list[Tried], most: float, today: float) -> float | None:
    """A higher price while there are too many changes, a lower one while there are fewer than allowed."""
    above = [one.price for one in tried if one.quantity > most]
    below = [one.price for one in tried if one.quantity <= most]
    if any(one.quantity == most for one in tried) or not above:
        return None
    if below:
        return sqrt(max(above) * min(below)) if max(above) > 0 else min(below) / STEP
    if len(tried) == 1:
        return max((today - tried[0].cost) / tried[0].quantity, 1e-3 * abs(today) / tried[0].quantity)
    return STEP * max(above)
