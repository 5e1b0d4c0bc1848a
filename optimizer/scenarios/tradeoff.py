"""What less of something costs: emissions, delivery days, credit or warehouses, each point a plan of its own:
under a cap where the whole model can be solved at once, under a price where it is large."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from ...instances.findings import InputError
from ...instances.network import Network
from ..arrays import LARGE, Arrays
from ..executor import executor
from ..plan import Plan
from ..progress import Progress
from ..solve import solve
from .by_price import Priced, Tried, curve
from .goods import unit_m3
from .measures import AGAINST, measure_of, measured, measures, unmet_m3
from .rows import Additions, size_of


@dataclass(frozen=True)
class Point:
    """One point of a curve: the cap asked for, what the plan reaches, its cost, and the proven least cost of
    any plan that keeps the cap."""

    cap: float
    value: float
    cost: float
    bound: float | None
    plan: Plan


@dataclass(frozen=True)
class Options:
    """How each point is solved."""

    gap: float = 0.01
    time_limit: float | None = None


def tradeoff(
    network: Network,
    against: str,
    *,
    points: int = 5,
    gap: float = 0.01,
    time_limit: float | None = None,
    workers: int | None = None,
    on_point: Callable[[Point], None] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
) -> list[Point]:
    """The cost of the best plan under ``points`` caps, from the cheapest plan down to the least possible.

    ``against``: a key of ``AGAINST``.  The last cap is what a plan that makes it least reaches (sites: 0);
    every plan serves no less demand than the cheapest one, and caps under which none was found are left out.
    Large networks (``LARGE``) get prices instead of caps, which end where they double the cost that can be
    controlled; demand left unserved is charged as if it were served in the worst way, and the caps are what
    the plans reach.  ``time_limit`` is for each plan; ``workers`` are threads then.  Raises ``ValueError``
    for an unknown measure or a network without plan.
    """
    if against not in AGAINST:
        raise ValueError(f"no trade-off against {against!r}; there are {', '.join(AGAINST)}")
    if against == "credit" and not network.settings.money:
        raise ValueError("there is no credit where money is off")
    tell = on_point or (lambda point: None)
    alone: dict[str, Any] = {
        "on_progress": on_progress,
        "cancel": cancel,
        "gap": gap,
        "time_limit": time_limit,
        "threads": workers or os.cpu_count() or 1,
    }
    free = solve(network, **alone)
    if free.objective is None:
        raise ValueError("the network has no plan to start from")
    if size_of(network) > LARGE:
        return _by_price(network, against, points, free, alone, tell)
    most = measured(network, free, against)
    first = Point(most, most, free.objective, free.bound, free)
    return _by_cap(network, against, points, first, Options(gap, time_limit), workers, tell)


def _by_cap(
    network: Network,
    against: str,
    points: int,
    first: Point,
    options: Options,
    workers: int | None,
    tell: Callable[[Point], None],
) -> list[Point]:
    """The curve of a network that can be solved at once, from its first point on; all caps side by side."""
    unmet, found = unmet_m3(network, first.plan), [first]
    tell(first)
    least = 0.0 if against == "sites" else _least(network, against, unmet, options, first.value)
    caps = _caps(first.value, least, points, against)
    work = partial(
        solve_point, network=network, against=against, unmet=unmet, options=options, start=first.plan
    )
    with executor(workers) as pool:
        for outcome in pool.run(work, caps):
            if outcome.result is not None:
                found.append(outcome.result)
                tell(outcome.result)
    return sorted(found, key=lambda point: -point.cap)


def _by_price(
    network: Network,
    against: str,
    points: int,
    free: Plan,
    options: Mapping[str, Any],
    tell: Callable[[Point], None],
) -> list[Point]:
    """The curve of a large network; a point's cap is what its plan reaches."""

    def point(one: Tried) -> Point:
        value = measured(network, one.plan, against)
        return Point(value, value, one.cost, one.plan.bound, one.plan)

    def priced(amend: Priced | None, start: Plan) -> Plan:
        return solve(network, amend=amend, start=start, **options)

    found = curve(measure_of(network, against), free, points, priced, lambda one: tell(point(one)))
    return [point(one) for one in found]


def _least(network: Network, against: str, unmet: float, options: Options, most: float) -> float:
    """The least that a plan reaches of a measure, in the time given."""
    amend = _Least(network, against, unmet)
    best = solve(network, gap=options.gap, time_limit=options.time_limit, amend=amend)
    return most if best.objective is None else min(measured(network, best, against), most)


def _caps(most: float, least: float, points: int, against: str) -> list[float]:
    """Caps below the first, evenly spaced; whole numbers of sites."""
    caps = [float(c) for c in np.linspace(most, least, max(points, 2))[1:]]
    if against == "sites":
        caps = sorted({float(np.floor(c + 1e-9)) for c in caps if c < most - 0.5}, reverse=True)
    return [c for c in caps if c < most * (1 - 1e-9)]


def solve_point(
    cap: float, *, network: Network, against: str, unmet: float, options: Options, start: Plan
) -> Point | None:
    """The best plan under one cap; ``None`` where none was found."""
    room = cap + 1e-6 * abs(cap)
    amend = _Capped(network, against, room, unmet)
    try:
        plan = solve(network, gap=options.gap, time_limit=options.time_limit, amend=amend, start=start)
    except InputError:
        return None
    if plan.objective is None:
        return None
    return Point(cap, measured(network, plan, against), plan.objective, plan.bound, plan)


@dataclass(frozen=True)
class _Capped:
    """An amendment: no more than ``cap`` of a measure, and no more demand left unserved than ``unmet`` m3."""

    network: Network
    against: str
    cap: float
    unmet: float

    def __call__(self, arrays: Arrays) -> Arrays:
        added = Additions(arrays)
        for terms in measures(self.network, arrays, self.against, self.cap):
            size = max((abs(v) for v in terms.values()), default=1.0)
            room = 0.0 if self.against == "days" else self.cap
            added.row({j: v / size for j, v in terms.items()}, upper=room / size)
        _served(added, self.network, self.unmet)
        return added.made()


@dataclass(frozen=True)
class _Least:
    """An amendment: the measure is the objective, with as much demand served."""

    network: Network
    against: str
    unmet: float

    def __call__(self, arrays: Arrays) -> Arrays:
        rows = measures(self.network, arrays, self.against, 0.0)
        added = Additions(replace(arrays, cost=np.zeros(len(arrays.cost)), offset=0.0))
        if len(rows) > 1:
            peak = added.column(upper=np.inf, cost=1.0)
            for terms in rows:
                added.row({**terms, peak: -1.0}, upper=0.0)
        _served(added, self.network, self.unmet)
        made = added.made()
        if len(rows) == 1:
            for j, value in rows[0].items():
                made.cost[j] += value
        return made


def _served(added: Additions, network: Network, unmet: float) -> None:
    m3 = unit_m3(network)
    terms = {j: m3[key[0]] for key, j in added.arrays.place("unmet").items()}
    if terms:
        added.row(terms, upper=unmet + 1e-6 * (1 + unmet))
