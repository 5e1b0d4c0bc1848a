"""Plans that cost nearly as little as the best one and differ most from it in the places they use."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from ...instances.network import Network
from ...instances.tables import Loan
from ...models.cluster import build
from ..arrays import LARGE, Arrays, Floats, collector_off, compile_model
from ..clock import Clock
from ..plan import Plan
from ..point import funders_of, point_of, whole
from ..progress import Progress
from .by_price import Priced, TermsOf, bounded
from .case import Case, away
from .closing import closing
from .farthest import farthest, volumes
from .rows import Amend, site_columns, sites_of

SMALL = 4_000
"""Columns up to which the places farthest away are looked for by one mixed-integer programme."""

MIDDLE = 20_000
"""Columns up to which that programme is asked for what closing places does not find."""

CLOSING = 0.6
"""Part of the time that closing places may then take."""

TRIES = 2
"""Prices tried for one alternative of a large network."""

GIVEN_UP = 3
"""Places that the whole budget would pay for giving up, at the first price."""

Finder = Callable[[Case, Sequence[Plan], int, Clock], Plan | None]
"""Finds a plan far from all seen; the number is that of the alternative, from 1."""


@dataclass(frozen=True)
class Alternative:
    """A plan near the best one: ``extra`` is its cost over the best plan's as a share of that, ``opened`` and
    ``closed`` the places that differ from the best plan, ``distance`` the least number of places by which it
    differs from the best plan and from the alternatives before it."""

    plan: Plan
    extra: float
    opened: tuple[str, ...]
    closed: tuple[str, ...]
    distance: int


def alternatives(
    network: Network,
    plan: Plan,
    *,
    within: float = 0.02,
    count: int = 3,
    time_limit: float | None = 300.0,
    gap: float = 0.005,
    threads: int = 1,
    on_progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
) -> list[Alternative]:
    """Up to ``count`` plans of a network that cost at most ``within`` more than ``plan``.

    Each differs as much as possible, in the warehouses and hub levels used, from the plan and from those
    before it: by a mixed-integer programme with a budget row where the network is small, else by doing
    without more and more of the places used so far, then by that programme if the network is not large; large
    ones (``LARGE``) are planned under a price on every place used so far.
    Fewer come back where no other places stay within the budget or time runs out.  Raises ``ValueError``
    for a plan without a cost.
    """
    if plan.objective is None:
        raise ValueError("the plan has no cost to stay near to")
    budget = plan.objective + within * abs(plan.objective)
    clock = Clock(time_limit, cancel)
    found = _found(Case(network, plan, budget, gap, threads, clock, on_progress), count)
    return [_described(plan, near, [plan, *found[:i]]) for i, near in enumerate(found)]


def _found(case: Case, count: int) -> list[Plan]:
    """Plans by the ways that suit the size of the network."""
    with collector_off():
        arrays = compile_model(build(case.network))
    found, size, clock = list[Plan](), len(arrays.cost), case.clock
    if size > LARGE:
        found = _one_by_one(case, _elsewhere, count, clock)
    elif size > SMALL:
        part = clock if size > MIDDLE else clock.part(CLOSING * clock.remaining)
        found = _one_by_one(case, closing, count, part)
    if len(found) < count and size <= MIDDLE:
        found += _exact(case, arrays, found, count)
    return found


def _one_by_one(case: Case, find: Finder, count: int, clock: Clock) -> list[Plan]:
    """Plans each far from all before it, every one looked for in an equal part of the time left."""
    found: list[Plan] = []
    for number in range(count):
        part = clock.part(clock.remaining / (count - number))
        plan = find(case, [case.plan, *found], number + 1, part)
        found += [plan] if plan else []
    return found


def _elsewhere(case: Case, seen: Sequence[Plan], number: int, clock: Clock) -> Plan | None:
    """The plan farthest from all seen of those under some prices on their places."""
    best, known = None, Counter(site for plan in seen for site in sites_of(plan))
    price = (case.budget - (case.plan.objective or 0.0)) / GIVEN_UP
    for attempt in range(TRIES):
        if clock.stopped:
            break
        case.tell(f"alternative {number}: every place used so far {price:,.0f} dearer")
        seconds = clock.remaining / (TRIES - attempt)
        plan = case.solved(case.network, seconds, Priced(_reuse(known), price))
        distance = 0 if plan is None else away(plan, seen)
        if distance and (best is None or distance > away(best, seen)):
            best = plan
        price *= 2.0 if distance else 0.5
    return best


def _reuse(known: Mapping[tuple[str, Any], int]) -> TermsOf:
    """How often each place is used by the plans known."""
    return lambda arrays: {j: float(known[key]) for key, j in site_columns(arrays).items() if key in known}


def _exact(case: Case, arrays: Arrays, known: Sequence[Plan], count: int) -> list[Plan]:
    """Places farthest away, one after the other, until ``count`` plans are known."""
    sites, volume = site_columns(arrays), volumes(case.network, arrays)
    funders = funders_of(case.network.rows(Loan))
    seen = [point_of(arrays, plan.tables, funders) for plan in (case.plan, *known)]
    found: list[Plan] = []
    for number in range(len(known), count):
        case.tell(f"alternative {number + 1} of {count}: places farthest away")
        part = case.clock.part(case.clock.remaining / (count - number))
        x = farthest(arrays, list(sites.values()), seen, case.budget, volume, part.part(part.remaining / 2))
        if x is None:
            break
        seen.append(x)
        plan = case.solved(case.network, part.remaining, places_kept(x, sites.values()))
        plan = plan or case.solved(case.network, part.remaining, partial(whole, x=x))
        found += [plan] if plan else []
    return found


def places_kept(x: Floats, sites: Iterable[int]) -> Amend:
    """Keeps which places are used as in a point; everything else is free."""
    held = np.array(sorted(sites), dtype=np.int64)

    def amend(arrays: Arrays) -> Arrays:
        lower, upper = arrays.lower.copy(), arrays.upper.copy()
        lower[held] = upper[held] = np.round(x[held])
        return replace(arrays, lower=lower, upper=upper)

    return amend


def places(plan: Plan) -> set[str]:
    """Warehouses and hub levels that a plan uses, as users read them."""
    return {str(key) if kind == "warehouse" else "hub {}, {}".format(*key) for kind, key in sites_of(plan)}


def _described(best: Plan, near: Plan, seen: Sequence[Plan]) -> Alternative:
    """A plan of the network itself, whatever was closed to find it, with the bound proven for that."""
    before, after = places(best), places(near)
    assert best.objective is not None
    assert near.objective is not None
    return Alternative(
        bounded(replace(near, sha256=best.sha256), best.bound),
        (near.objective - best.objective) / (abs(best.objective) or 1.0),
        tuple(sorted(after - before)),
        tuple(sorted(before - after)),
        away(near, seen),
    )
