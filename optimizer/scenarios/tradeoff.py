"""What less of something costs: emissions, delivery days, credit or warehouses, each point solved exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from ...instances.findings import InputError
from ...instances.network import Network
from ...instances.tables import Lane, LastMile, ParcelRate, Product
from ...models.index import Index
from ..arrays import Arrays
from ..executor import executor
from ..plan import Plan
from ..solve import solve
from .rows import Additions, Terms, site_columns

AGAINST = {
    "co2": ("emissions", "t CO2e"),
    "days": ("average delivery", "days"),
    "credit": ("most loans at a time", "money"),
    "sites": ("warehouses and hub levels used", "count"),
}
"""What cost can be traded against: words and unit."""


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
) -> list[Point]:
    """The cost of the best plan under ``points`` caps, from the cheapest plan down to the least possible.

    ``against``: a key of ``AGAINST``.  The last cap is what a plan that makes it least reaches (sites: 0);
    every plan serves no less demand than the cheapest one, and caps under which none was found are left out.
    ``time_limit`` is for each plan.  Raises ``ValueError`` for an unknown measure or a network without plan.
    """
    if against not in AGAINST:
        raise ValueError(f"no trade-off against {against!r}; there are {', '.join(AGAINST)}")
    if against == "credit" and not network.settings.money:
        raise ValueError("there is no credit where money is off")
    options = Options(gap, time_limit)
    free = solve(network, gap=gap, time_limit=time_limit)
    if free.objective is None:
        raise ValueError("the network has no plan to start from")
    unmet = _unmet(network, free)
    most = measured(network, free, against)
    least = 0.0 if against == "sites" else _least(network, against, unmet, options, most)
    found = [Point(most, most, free.objective, free.bound, free)]
    if on_point:
        on_point(found[0])
    caps = _caps(most, least, points, against)
    work = partial(solve_point, network=network, against=against, unmet=unmet, options=options, start=free)
    with executor(workers) as pool:
        for outcome in pool.run(work, caps):
            if outcome.result is not None:
                found.append(outcome.result)
                if on_point:
                    on_point(outcome.result)
    return sorted(found, key=lambda point: -point.cap)


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


def measured(network: Network, plan: Plan, against: str) -> float:
    """What a plan has of a measure, from its tables."""
    if against == "co2":
        return float(plan.kpis["co2_t"])
    if against == "days":
        return float(plan.kpis["average_delivery_days"] or 0.0)
    if against == "credit":
        return float(plan.kpis["peak_loans"])
    return float(len(_leased(network, plan)) + len(plan.tables["hubs"]))


def _leased(network: Network, plan: Plan) -> set[str]:
    """Warehouses of a plan that had to be decided on: leased, or with a set-up cost."""
    ix = Index(network)
    return {str(w) for w in plan.tables["sites"]["warehouse"] if not ix.free(str(w))}


def _unmet(network: Network, plan: Plan) -> float:
    """m3 not served."""
    m3 = {p: row.volume_m3 for p, row in network.by_key(Product).items()}
    frame = plan.tables["unmet"]
    return float((frame["quantity"] * frame["product"].map(m3).astype(float)).sum())


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
    m3 = {p: row.volume_m3 for p, row in network.by_key(Product).items()}
    terms = {j: m3[key[0]] for key, j in added.arrays.place("unmet").items()}
    if terms:
        added.row(terms, upper=unmet + 1e-6 * (1 + unmet))


def measures(network: Network, arrays: Arrays, against: str, cap: float) -> Sequence[Terms]:
    """The rows of a measure: each must stay under the cap (days: deviation from the cap, under 0)."""
    if against == "sites":
        return [dict.fromkeys(site_columns(arrays).values(), 1.0)]
    if against == "credit":
        rows: dict[int, dict[int, float]] = {}
        for (*_, t), j in arrays.place("loan").items():
            rows.setdefault(t, {})[j] = 1.0
        return list(rows.values())
    return [_of_goods(network, arrays, against, cap)]


def _of_goods(network: Network, arrays: Arrays, against: str, cap: float) -> Terms:
    products = network.by_key(Product)
    legs: list[tuple[str, Mapping[Any, Any], Callable[[Any], Any]]] = [
        ("deliver", network.by_key(LastMile), lambda key: (key[1], key[2])),
        ("parcel", network.by_key(ParcelRate), lambda key: (key[1], key[2])),
    ]
    if against == "co2":
        legs.append(("ship", network.by_key(Lane), lambda key: key[1]))
    terms: dict[int, float] = {}
    for component, rows, at in legs:
        for key, j in arrays.place(component).items():
            product, row = products[key[0]], rows[at(key)]
            if against == "co2":
                terms[j] = row.co2_kg_t * product.weight_kg / 1e6
            else:
                terms[j] = (row.days - cap) * product.volume_m3
    return {j: value for j, value in terms.items() if value}
