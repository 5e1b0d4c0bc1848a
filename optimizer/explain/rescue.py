"""What has to give in a large network: from a plan that may leave demand unserved and borrow without limit,
limits are eased where it breaks them, then as little as can be, group of firms by group of firms."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ...instances.network import Network
from ...instances.tables import Firm, Loan, Period, Settings, Stock
from ...models.cluster import build
from ..arrays import Arrays, Floats, collector_off
from ..clock import Clock
from ..extract import extract
from ..fixing import goods_values
from ..highs import Ints, Status
from ..plan import Plan
from ..point import funders_of, point_of
from ..progress import Progress
from ..solve import solve
from .elastic import Elastic, Relief, open_demand, relief_at
from .parts import Part, Parts, groups_in

ENDLESS_RATE = 0.24
"""Yearly rate of money without limit where the network offers no emergency credit."""

PASSES = 2
"""Times that every group of firms looks again for less to change."""

BETTER = 0.02
"""A pass that lowers the price of all changes by less than this share is the last."""

PLAN_COST = 1e-3
"""Weight of the plan's own costs beside the price of changes."""

_FREE = {"min_covered": None, "min_openings": None, "max_openings": None, "max_sites": None}


def softened(network: Network) -> Network:
    """The network with demand free to go unserved and money to be had without limit, at a rate."""
    settings = network.settings
    free = {
        "emergency_rate": ENDLESS_RATE if settings.emergency_rate is None else settings.emergency_rate,
        "operator_rate": ENDLESS_RATE if settings.operator_rate is None else settings.operator_rate,
        "operator_limit": None,
        "co2_cap": None,
    }
    return open_demand(network).replace(
        settings=[row.model_copy(update=free) for row in network.all_rows(Settings)],
        firms=[row.model_copy(update={"emergency_limit": None}) for row in network.all_rows(Firm)],
        periods=[row.model_copy(update=_FREE) for row in network.all_rows(Period)],
        stock=[row.model_copy(update={"target": 0.0}) for row in network.all_rows(Stock)],
    )


def rescue_plan(network: Network, clock: Clock, tell: Callable[[str], None]) -> Plan | None:
    """The first plan of the softened network."""
    enough = threading.Event()

    def listen(progress: Progress) -> None:
        if progress.incumbent is not None or clock.cancelled:
            enough.set()

    tell("a plan that may break limits of money and service")
    plan = solve(softened(network), time_limit=clock.remaining, cancel=enough, on_progress=listen)
    return plan if plan.tables else None


def rescue(
    network: Network, model: Elastic, clock: Clock, tell: Callable[[str], None]
) -> tuple[Relief | None, Plan | None]:
    """How far limits have to move for a plan to exist, found from a plan that breaks them: enough, though
    perhaps not the least; and the plan that then keeps them.  ``None`` where not even money and service
    without limits allow one, or time was too short."""
    plan = rescue_plan(network, clock, tell)
    if plan is None:
        return None, None
    tell("what that plan lacks")
    start = _point(network, model, plan)
    x = _improved(Parts(model, model.arrays).money(start), start, clock)
    if x is None:
        return None, None
    x = _rounded(model, _eased(model, x, clock, tell))
    return relief_at(model, Status.LIMIT, x), _as_plan(network, model, plan, x)


def _eased(model: Elastic, x: Floats, clock: Clock, tell: Callable[[str], None]) -> Floats:
    """Limits moved less and less, pass after pass."""
    before = np.inf
    for _ in range(PASSES):
        price = float(model.arrays.cost @ x)
        if clock.stopped or price <= 0 or price > (1 - BETTER) * before:
            break
        before = price
        x = _pass(model, x, clock, tell)
    return x


def _as_plan(network: Network, model: Elastic, plan: Plan, x: Floats) -> Plan:
    """The point as tables to start from."""
    with collector_off():
        whole = build(open_demand(network))
        tables = extract(whole, model.plain, x[: len(model.plain.cost)])
    return replace(plan, tables=tables, certificate=None)


def _point(network: Network, model: Elastic, plan: Plan) -> Floats:
    """The plan in the columns of the elastic model, no limit moved; money only as far as the model has it."""
    try:
        x = point_of(model.plain, plan.tables, funders_of(network.rows(Loan)))
    except KeyError:
        x = goods_values(model.plain, plan.tables)
    return np.concatenate([x, np.zeros(len(model.arrays.cost) - len(x))])


def _pass(model: Elastic, x: Floats, clock: Clock, tell: Callable[[str], None]) -> Floats:
    """Every group once that has a say in a limit that moves."""
    parts = Parts(model, _weighed(model))
    for number in range(groups_in(model)):
        part = parts.group(x, number)
        if clock.stopped or not (x[_relief_in(model, part)] > 0).any():
            continue
        tell(f"less to change, group of firms {number + 1}")
        moved = _improved(part, x, clock)
        x = x if moved is None else moved
    return x


def _weighed(model: Elastic) -> Arrays:
    """The elastic arrays with a little of the plan's own costs, which makes them far quicker to solve."""
    cost = model.arrays.cost.copy()
    cost[: len(model.plain.cost)] += PLAN_COST * model.plain.cost
    return replace(model.arrays, cost=cost)


def _relief_in(model: Elastic, part: Part) -> Ints:
    return np.array([j for j in model.relief.tolist() if part.holds(j)], dtype=np.int64)


def _improved(part: Part, x: Floats, clock: Clock) -> Floats | None:
    """The point with a part at its best; ``None`` where that was not found in time."""
    outcome = part.run(clock)
    if outcome.status is not Status.OPTIMAL or outcome.x is None:
        return None
    out = x.copy()
    out[part.columns] = outcome.x
    return out


def _rounded(model: Elastic, x: Floats) -> Floats:
    """Limits that move in whole numbers, moved by the next whole number."""
    whole = np.flatnonzero(model.arrays.integer)
    whole = whole[whole >= len(model.plain.cost)]
    out = x.copy()
    out[whole] = np.ceil(x[whole] - 1e-6)
    return out
