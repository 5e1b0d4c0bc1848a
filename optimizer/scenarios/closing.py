"""Other places by doing without those of the plans seen so far, one after another."""

from __future__ import annotations

from collections.abc import Sequence

from ...instances.network import Network
from ...instances.tables import State, Warehouse
from ..clock import Clock
from ..plan import Plan
from .case import Case, away
from .goods import counted, unit_m3


def closing(case: Case, seen: Sequence[Plan], number: int, clock: Clock) -> Plan | None:
    """The plan farthest from all seen that turned up while closing one place after another."""
    attempts = _hits(case, seen)
    for i, closed in enumerate(attempts):
        if clock.stopped:
            break
        first = _any_without(case, closed, number, clock.remaining / (len(attempts) - i))
        if first is not None and away(first, seen):
            return _farther(case, first, closed, seen, number, clock)
    return None


def _any_without(case: Case, closed: set[str], number: int, seconds: float) -> Plan | None:
    case.tell(f"alternative {number}: without {', '.join(sorted(closed))}")
    return case.any_plan(without(case.network, closed), seconds)


def _farther(
    case: Case, best: Plan, closed: set[str], seen: Sequence[Plan], number: int, clock: Clock
) -> Plan:
    """Close more of what the plan uses, the largest first, as long as that takes it farther away."""
    order = [site for site in _by_volume(case, best) if site not in closed]
    shared = clock.part(0.75 * clock.remaining)
    for i, site in enumerate(order):
        if shared.stopped:
            break
        plan = _any_without(case, {*closed, site}, number, shared.remaining / (len(order) - i))
        if plan is not None and away(plan, seen) > away(best, seen):
            best, closed = plan, {*closed, site}
    return _cheaper(case, best, closed, seen, clock)


def _cheaper(case: Case, first: Plan, closed: set[str], seen: Sequence[Plan], clock: Clock) -> Plan:
    """The first plan without some places, or one planned with what time is left: cheaper and no nearer."""
    last = None if clock.stopped else case.solved(without(case.network, closed), clock.remaining)
    if last is None or (last.objective or 0.0) >= (first.objective or 0.0):
        return first
    return last if away(last, seen) >= away(first, seen) else first


def _hits(case: Case, seen: Sequence[Plan]) -> list[set[str]]:
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


def _by_volume(case: Case, plan: Plan) -> list[str]:
    """Warehouses of a plan that may close, the one with most goods first."""
    out = plan.tables["deliveries"]
    load = counted(out, unit_m3(case.network)).groupby(out["warehouse"]).sum()
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
