"""Plans that cost nearly as little as the best one and differ most from it in the places they use."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from ...instances.findings import InputError
from ...instances.network import Network
from ...instances.tables import Loan, Product, State, Warehouse
from ...models.cluster import build
from ..arrays import LARGE, Arrays, Floats, collector_off, compile_model
from ..clock import Clock
from ..plan import Plan
from ..point import funders_of, point_of, whole
from ..progress import Progress
from ..solve import solve
from .by_price import Measure, Priced, bounded
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


@dataclass(frozen=True)
class _Case:
    """What stays the same while alternatives are looked for."""

    network: Network
    plan: Plan
    budget: float
    gap: float
    cancel: threading.Event | None
    tell: Callable[[str], None]
    relay: Callable[[Progress], None]
    threads: int

    def solved(self, network: Network, seconds: float, amend: Amend | None = None) -> Plan | None:
        """A plan of a changed network within the budget."""
        start = None if amend else self.plan
        return self._within(
            lambda: solve(
                network,
                gap=self.gap,
                time_limit=seconds,
                cancel=self.cancel,
                amend=amend,
                start=start,
                threads=self.threads,
                on_progress=self.relay,
            )
        )

    def any_plan(self, network: Network, seconds: float) -> Plan | None:
        """The first plan of a changed network within the budget; none as soon as none can be."""
        enough = threading.Event()

        def listen(progress: Progress) -> None:
            found = progress.incumbent is not None and self.affords(progress.incumbent)
            hopeless = progress.bound is not None and not self.affords(progress.bound)
            if found or hopeless or (self.cancel is not None and self.cancel.is_set()):
                enough.set()

        return self._within(
            lambda: solve(
                network,
                gap=self.gap,
                time_limit=seconds,
                cancel=enough,
                start=self.plan,
                threads=self.threads,
                on_progress=listen,
            )
        )

    def _within(self, find: Callable[[], Plan]) -> Plan | None:
        try:
            found = find()
        except InputError:
            return None
        return found if found.objective is not None and self.affords(found.objective) else None

    def affords(self, cost: float) -> bool:
        """Whether a cost is within the budget."""
        return cost <= self.budget + 1e-9 * abs(self.budget)


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
    clock = Clock(time_limit, cancel)

    def tell(phase: str) -> None:
        if on_progress:
            on_progress(Progress(clock.elapsed, phase))

    def relay(progress: Progress) -> None:
        if on_progress:
            on_progress(replace(progress, seconds=clock.elapsed))

    budget = plan.objective + within * abs(plan.objective)
    case = _Case(network, plan, budget, gap, cancel, tell, relay, threads)
    with collector_off():
        arrays = compile_model(build(network))
    found, size = list[Plan](), len(arrays.cost)
    if size > LARGE:
        found = _by_price(case, count, clock)
    elif size > SMALL:
        part = clock if size > MIDDLE else clock.part(CLOSING * clock.remaining)
        found = _by_closing(case, count, part)
    if len(found) < count and size <= MIDDLE:
        found += _exact(case, arrays, found, count, clock)
    return [_described(plan, near, [plan, *found[:i]]) for i, near in enumerate(found)]


def _exact(case: _Case, arrays: Arrays, known: Sequence[Plan], count: int, clock: Clock) -> list[Plan]:
    """Places farthest away, one after the other, until ``count`` plans are known."""
    sites, volume = site_columns(arrays), volumes(case.network, arrays)
    funders = funders_of(case.network.rows(Loan))
    seen = [point_of(arrays, plan.tables, funders) for plan in (case.plan, *known)]
    found: list[Plan] = []
    for number in range(len(known), count):
        case.tell(f"alternative {number + 1} of {count}: places farthest away")
        part = clock.part(clock.remaining / (count - number))
        x = farthest(arrays, list(sites.values()), seen, case.budget, volume, part.part(part.remaining / 2))
        if x is None:
            break
        seen.append(x)
        plan = case.solved(case.network, max(part.remaining, 1.0), places_kept(x, sites.values()))
        plan = plan or case.solved(case.network, max(part.remaining, 1.0), partial(whole, x=x))
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


def _by_price(case: _Case, count: int, clock: Clock) -> list[Plan]:
    """Plans that pay extra for every place that plans so far use."""
    found: list[Plan] = []
    for number in range(count):
        part = clock.part(clock.remaining / (count - number))
        best = _elsewhere(case, [case.plan, *found], number, part)
        found += [best] if best else []
    return found


def _elsewhere(case: _Case, seen: Sequence[Plan], number: int, clock: Clock) -> Plan | None:
    """The plan farthest from all seen of those under some prices on their places."""
    best, known = None, Counter(site for plan in seen for site in sites_of(plan))
    price = (case.budget - (case.plan.objective or 0.0)) / GIVEN_UP
    for attempt in range(TRIES):
        if clock.stopped:
            break
        case.tell(f"alternative {number + 1}: every place used so far {price:,.0f} dearer")
        seconds = clock.remaining / (TRIES - attempt)
        plan = case.solved(case.network, max(seconds, 1.0), Priced(_reuse(known), price))
        away = 0 if plan is None else _away(plan, seen)
        if away and (best is None or away > _away(best, seen)):
            best = plan
        price *= 2.0 if away else 0.5
    return best


def _reuse(known: Mapping[tuple[str, Any], int]) -> Measure:
    """How often the places of a plan are used by those known."""
    return Measure(
        lambda arrays: {j: float(known[key]) for key, j in site_columns(arrays).items() if key in known},
        lambda plan: float(sum(known.get(key, 0) for key in sites_of(plan))),
    )


def _by_closing(case: _Case, count: int, clock: Clock) -> list[Plan]:
    """Do without places that all plans so far use, then without more, while plans stay within the budget."""
    found: list[Plan] = []
    for number in range(count):
        part = clock.part(clock.remaining / (count - number))
        best = _closing(case, [case.plan, *found], number, part)
        found += [best] if best else []
    return found


def _closing(case: _Case, seen: Sequence[Plan], number: int, clock: Clock) -> Plan | None:
    """The plan farthest from all seen that turned up while closing one place after another."""
    attempts = _hits(case, seen)
    for i, closed in enumerate(attempts):
        if clock.stopped:
            break
        first = _without(case, closed, number, clock.remaining / (len(attempts) - i))
        if first is not None and _away(first, seen):
            return _farther(case, first, closed, seen, number, clock)
    return None


def _without(case: _Case, closed: set[str], number: int, seconds: float) -> Plan | None:
    case.tell(f"alternative {number + 1}: without {', '.join(sorted(closed))}")
    return case.any_plan(without(case.network, closed), max(seconds, 1.0))


def _farther(
    case: _Case, best: Plan, closed: set[str], seen: Sequence[Plan], number: int, clock: Clock
) -> Plan:
    """Close more of what the plan uses, the largest first, as long as that takes it farther away; at last
    it is planned with what time is left."""
    order = [site for site in _by_volume(case, best) if site not in closed]
    shared = clock.part(0.75 * clock.remaining)
    for i, site in enumerate(order):
        if shared.stopped:
            break
        plan = _without(case, {*closed, site}, number, shared.remaining / (len(order) - i))
        if plan is not None and _away(plan, seen) > _away(best, seen):
            best, closed = plan, {*closed, site}
    last = (
        case.solved(without(case.network, closed), max(clock.remaining, 1.0)) if not clock.stopped else None
    )
    cheaper = last is not None and (last.objective or 0.0) < (best.objective or 0.0)
    return last if last is not None and cheaper and _away(last, seen) >= _away(best, seen) else best


def _away(plan: Plan, seen: Sequence[Plan]) -> int:
    """The least number of places by which a plan differs from those seen."""
    return min(len(sites_of(plan) ^ sites_of(other)) for other in seen)


def _hits(case: _Case, seen: Sequence[Plan]) -> list[set[str]]:
    """Sets of warehouses of which every plan seen uses one: without them a plan is another one.  Leased ones
    and those with fewer goods, whose loss costs least, come first."""
    leased = set(case.plan.tables["leases"]["warehouse"])
    used = [_by_volume(case, plan)[::-1] for plan in seen]
    order = sorted(dict.fromkeys(w for sites in used for w in sites), key=lambda w: w not in leased)
    out: list[set[str]] = []
    for site in order:
        closed = {site}
        for sites in used:
            if closed.isdisjoint(sites) and sites:
                closed.add(sites[0])
        if closed not in out:
            out.append(closed)
    return sorted(out, key=len)


def _by_volume(case: _Case, plan: Plan) -> list[str]:
    """Warehouses of a plan that may close, the one with most goods first."""
    m3 = {p: row.volume_m3 for p, row in case.network.by_key(Product).items()}
    out = plan.tables["deliveries"]
    load = (out["quantity"] * out["product"].map(m3).astype(float)).groupby(out["warehouse"]).sum()
    kept = {w.warehouse for w in case.network.rows(Warehouse) if w.state is State.FORCED}
    used = [str(w) for w in plan.tables["sites"]["warehouse"] if w not in kept]
    return sorted(used, key=lambda w: -float(load.get(w, 0.0)))


def without(network: Network, closed: set[str]) -> Network:
    """The network with some warehouses closed."""
    rows = (
        row.model_copy(update={"state": State.CLOSED}) if row.warehouse in closed else row
        for row in network.all_rows(Warehouse)
    )
    return network.replace(warehouses=tuple(rows))


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
        _away(near, seen),
    )
