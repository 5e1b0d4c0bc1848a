"""Places: leases of warehouse tiers, hub levels, and what they let through."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import pyomo.environ as pyo

from ..instances.tables import Contract, HubLevel, State
from .flows import OPERATOR, OUTSIDE, Flows
from .index import Index
from .rent import rents
from .rows import Line, Rows, by_key, members

Places = dict[tuple[str, int], Line]
"""What lies in or passes a place, by place and period."""


def declare(m: pyo.ConcreteModel, ix: Index) -> None:
    """Variables ``lease``, ``leased`` (A[w,t]), ``site``, ``hub``, ``covered``."""
    m.lease = pyo.Var(ix.lease, domain=pyo.Binary)
    m.site = pyo.Var([w for w in ix.warehouses if not ix.free(w)], domain=pyo.Binary)
    for w, site in m.site.items():
        if ix.warehouses[w].state is State.FORCED and ix.demand:
            site.setlb(1.0)
    m.hub = pyo.Var([(h, k.level) for h in ix.levels for k in ix.levels[h]], domain=pyo.Binary)
    covering = [t for t in ix.periods if ix.covering.get(t)]
    m.covered = pyo.Var(sorted({(k, t) for _, k, t in ix.demand if t in covering}), domain=pyo.Binary)
    m.leased = pyo.Var([(w, t) for w in ix.leased for t in ix.periods], bounds=(0.0, 1.0))
    for (w, t), leased in m.leased.items():
        if ix.warehouses[w].state is State.FORCED and t in ix.demand_periods:
            leased.setlb(1.0)


def active(m: pyo.ConcreteModel, ix: Index, warehouse: str, period: int) -> Any:
    """A[w,t]: whether the warehouse can be used; 1 where nothing need be decided."""
    if ix.free(warehouse):
        return 1.0
    if ix.warehouses[warehouse].contract is Contract.PER_USE:
        return m.site[warehouse]
    return m.leased[warehouse, period]


def one_tier(m: pyo.ConcreteModel, ix: Index) -> None:
    """A warehouse has at most one lease at a time (the bounds of ``leased``), one while forced."""

    def rule(m: pyo.ConcreteModel, w: str, t: int) -> Any:
        return m.leased[w, t] - sum(m.lease[w, n, s] for n, s in ix.leases_covering[w, t]) == 0

    m.one_tier = pyo.Constraint(list(m.leased), rule=rule)


def site_link(m: pyo.ConcreteModel, ix: Index) -> None:
    """A leased warehouse is a site, so its set-up cost is paid."""

    def rule(m: pyo.ConcreteModel, w: str, t: int) -> Any:
        return m.leased[w, t] <= m.site[w]

    m.site_link = pyo.Constraint(list(m.leased), rule=rule)


def one_level(m: pyo.ConcreteModel, ix: Index) -> None:
    """A hub is open at one level at most, exactly one if forced."""

    def rule(m: pyo.ConcreteModel, h: str) -> Any:
        low = 1.0 if ix.hubs[h].state is State.FORCED else None
        return (low, sum(m.hub[h, k.level] for k in ix.levels[h]), 1.0)

    m.one_level = pyo.Constraint(list(ix.levels), rule=rule)


def openings(m: pyo.ConcreteModel, ix: Index) -> None:
    """Leases starting in a period are limited and may be required; leased warehouses are limited."""
    periods = ix.period_rows

    def starts(m: pyo.ConcreteModel, t: int) -> Any:
        return (None, sum(m.lease[w, n, t] for w, n, s in ix.lease if s == t), periods[t].max_openings)

    def sites(m: pyo.ConcreteModel, t: int) -> Any:
        return (None, sum(m.leased[w, t] for w in ix.leased), periods[t].max_sites)

    def least(m: pyo.ConcreteModel, t: int) -> Any:
        return sum(m.lease[w, n, t] for w, n, s in ix.lease if s == t) >= periods[t].min_openings

    if ix.leased:
        m.least_openings = pyo.Constraint([t for t in periods if periods[t].min_openings], rule=least)
        m.openings = pyo.Constraint([t for t in periods if periods[t].max_openings is not None], rule=starts)
        m.sites = pyo.Constraint([t for t in periods if periods[t].max_sites is not None], rule=sites)


def hub_capacity(m: pyo.ConcreteModel, ix: Index) -> None:
    """What a hub takes in fits its level, in all and per family."""
    hauled = _by_place(m.haul, ix)

    def rule(m: pyo.ConcreteModel, h: str, t: int) -> Any:
        if all(k.capacity_m3_month is None for k in ix.levels[h]) or (h, t) not in hauled:
            return pyo.Constraint.Skip
        month, whole = ix.calendar.month_share(t), ix.whole(ix.products)
        sizes = {k.level: k.capacity_m3_month for k in ix.levels[h]}
        room = sum((whole if size is None else size * month) * m.hub[h, k] for k, size in sizes.items())
        return hauled[h, t].expression() <= room

    def per_family(m: pyo.ConcreteModel, h: str, family: str, t: int) -> Any:
        flow = [
            ix.products[p].volume_m3 * m.haul[p, h, t]
            for p in ix.family_products.get(family, ())
            if (p, h, t) in m.haul
        ]
        if not flow:
            return pyo.Constraint.Skip
        room = sum(_family_room(ix, h, k, family, t) * m.hub[h, k.level] for k in ix.levels[h])
        return sum(flow) <= room

    m.hub_capacity = pyo.Constraint(list(ix.levels), list(ix.periods), rule=rule)
    families = sorted(
        {(h, row.family) for (h, _), rows in ix.hub_families.items() for row in rows if h in ix.levels}
    )
    m.hub_family = pyo.Constraint([(h, f, t) for h, f in families for t in ix.periods], rule=per_family)


def _family_room(ix: Index, hub: str, level: HubLevel, family: str, period: int) -> float:
    rows = [r for r in ix.hub_families.get((hub, level.level), ()) if r.family == family]
    if rows:
        return float(rows[0].capacity_m3_month * ix.calendar.month_share(period))
    return ix.whole(ix.family_products.get(family, ()))


def _by_place(variable: Any, ix: Index) -> Places:
    """m3 of a variable indexed by product, place, …, period."""
    return by_key(((key[1], key[-1]), ix.products[key[0]].volume_m3, x) for key, x in variable.items())


def hub_link(m: pyo.ConcreteModel, ix: Index) -> None:
    """A hub takes goods in only when open; the most of a product in a period is all it sells."""
    levels = {h: [m.hub[h, k.level] for k in rows] for h, rows in ix.levels.items()}
    m.hub_link = Rows()
    for (p, h, t), q in m.haul.items():
        if h in levels:
            most = [-ix.most[p]] * len(levels[h])
            m.hub_link.at_most((p, h, t), Line([1.0, *most], [q, *levels[h]]))


def hub_storage(m: pyo.ConcreteModel, ix: Index) -> None:
    """Goods held over fit the hub."""
    rows = {key: line for key, line in _by_place(m.hold, ix).items() if ix.hubs[key[0]].storage_m3}

    def rule(m: pyo.ConcreteModel, h: str, t: int) -> Any:
        return rows[h, t].expression() <= ix.hubs[h].storage_m3

    m.hub_storage = pyo.Constraint(list(rows), rule=rule)


def storage(m: pyo.ConcreteModel, ix: Index) -> None:
    """Stock fits what is leased, and the building."""
    stocked = _by_place(m.stock, ix)
    m.storage = _tier_rows(m, ix, stocked, "storage_m3", lambda t: 1.0)
    m.storage_place = _place_rows(ix, stocked, "storage_m3", lambda t: 1.0)


def throughput(m: pyo.ConcreteModel, ix: Index) -> None:
    """Deliveries fit what is leased, and the building."""
    delivered, month = _by_place(m.deliver, ix), ix.calendar.month_share
    m.throughput = _tier_rows(m, ix, delivered, "throughput_m3_month", month)
    m.throughput_place = _place_rows(ix, delivered, "throughput_m3_month", month)


def _tier_rows(
    m: pyo.ConcreteModel, ix: Index, flows: Places, column: str, scale: Callable[[int], float]
) -> Rows:
    """Rows ``sum of flows <= sum over tiers of size times lease``; a tier without a limit holds
    everything, and no row is needed where no tier has one."""
    rows, lease, whole = Rows(), members(m.lease), ix.whole(ix.products)
    sizes = {w: {row.tier: getattr(row, column) for row in ix.tiers[w]} for w in ix.leased}
    for (w, t), line in flows.items():
        if any(size is not None for size in sizes.get(w, {}).values()):
            room = Line()
            for n, s in ix.leases_covering[w, t]:
                size = sizes[w][n]
                room.add(whole if size is None else size * scale(t), lease[w, n, s])
            rows.at_most((w, t), line.less(room))
    return rows


def _place_rows(ix: Index, flows: Places, column: str, scale: Callable[[int], float]) -> Rows:
    """Rows ``sum of flows <= limit of the building``."""
    rows = Rows()
    for (w, t), line in flows.items():
        limit = getattr(ix.warehouses[w], column)
        if limit is not None:
            rows.at_most((w, t), line, limit * scale(t))
    return rows


def tier_families(m: pyo.ConcreteModel, ix: Index) -> None:
    """Stock and deliveries of a family fit the family's part of the tier."""
    m.family_storage_m3 = _family_rows(m, ix, m.stock, "storage_m3", lambda t: 1.0)
    month = ix.calendar.month_share
    m.family_throughput_m3_month = _family_rows(m, ix, m.deliver, "throughput_m3_month", month)


def _family_rows(
    m: pyo.ConcreteModel, ix: Index, variable: Any, column: str, scale: Callable[[int], float]
) -> Rows:
    """A tier without a limit for the family holds all of it."""
    limits = {
        (w, row.family, n): getattr(row, column)
        for (w, n), rows in ix.tier_families.items()
        for row in rows
        if getattr(row, column) is not None
    }
    limited = {(w, family) for w, family, _ in limits}
    flows = by_key(
        ((key[1], product.family, key[-1]), product.volume_m3, x)
        for key, x in (variable.items() if limits else ())
        for product in (ix.products[key[0]],)
        if (key[1], product.family) in limited
    )
    rows = Rows()
    for (w, family, t), line in flows.items():
        whole, room = ix.whole(ix.family_products.get(family, ())), Line()
        for n, s in ix.leases_covering[w, t]:
            size = limits[w, family, n] * scale(t) if (w, family, n) in limits else whole
            room.add(size, m.lease[w, n, s])
        rows.at_most((w, family, t), line.less(room))
    return rows


def _usable(m: pyo.ConcreteModel, ix: Index) -> dict[tuple[str, int], Any]:
    """(warehouse, period) -> what says whether it can be used, where that is to be decided."""
    decided = [w for w in ix.warehouses if not ix.free(w)]
    return {(w, t): active(m, ix, w, t) for w in decided for t in ix.periods}


def stock_link(m: pyo.ConcreteModel, ix: Index) -> None:
    """Stock only while the warehouse can be used; needed where its size does not say so already."""
    usable = _usable(m, ix)
    sized = {w for w in ix.leased if all(row.storage_m3 is not None for row in ix.tiers[w])}
    m.stock_link = Rows()
    for (p, w, t), stock in m.stock.items():
        if w not in sized and (w, t) in usable:
            most = ix.most[p] + ix.on_hand[p]
            m.stock_link.at_most((p, w, t), Line([1.0, -most], [stock, usable[w, t]]))


def link(m: pyo.ConcreteModel, ix: Index) -> None:
    """Deliveries only while the warehouse can be used (tight: bounded by the demand); with one product
    in all, ``market_link`` says the same."""
    m.link = Rows()
    if len(ix.products) == 1:
        return
    usable = _usable(m, ix)
    for (p, w, k, t), x in m.deliver.items():
        used = usable.get((w, t))
        if used is not None:
            m.link.at_most((p, w, k, t), Line([1.0, -ix.demand[p, k, t]], [x, used]))


def market_link(m: pyo.ConcreteModel, ix: Index) -> None:
    """``link`` summed over products: implied by it, but one row serves a whole market."""
    usable = _usable(m, ix)
    kept = [(key, x) for key, x in m.deliver.items() if (key[1], key[3]) in usable]
    lines = by_key(((w, k, t), ix.products[p].volume_m3, x) for (p, w, k, t), x in kept)
    wanted: dict[tuple[str, str, int], float] = defaultdict(float)
    for (p, w, k, t), _ in kept:
        wanted[w, k, t] += ix.products[p].volume_m3 * ix.demand[p, k, t]
    m.market_link = Rows()
    for (w, k, t), line in lines.items():
        line.add(-wanted[w, k, t], usable[w, t])
        m.market_link.at_most((w, k, t), line)


def single_source(m: pyo.ConcreteModel, ix: Index) -> None:
    """Each product in each market is served from one warehouse at most."""
    if not ix.settings.single_source:
        return
    triples = sorted({(p, k, w) for p, w, k, _ in ix.deliver})
    m.source = pyo.Var(triples, domain=pyo.Binary)
    choices: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for p, k, w in triples:
        choices[p, k].append(m.source[p, k, w])

    def rule(m: pyo.ConcreteModel, p: str, w: str, k: str, t: int) -> Any:
        return m.deliver[p, w, k, t] <= ix.demand[p, k, t] * m.source[p, k, w]

    m.source_link = pyo.Constraint(ix.deliver, rule=rule)
    m.one_source = pyo.Constraint(list(choices), rule=lambda m, p, k: (None, sum(choices[p, k]), 1.0))


def coverage(m: pyo.ConcreteModel, ix: Index) -> None:
    """Enough markets are fully served in each period that asks for it."""

    def enough(m: pyo.ConcreteModel, t: int) -> Any:
        return sum(m.covered[key] for key in m.covered if key[1] == t) >= ix.covering[t]

    def served(m: pyo.ConcreteModel, p: str, k: str, t: int) -> Any:
        return m.unmet[p, k, t] <= ix.demand[p, k, t] * (1 - m.covered[k, t])

    def kept(m: pyo.ConcreteModel, k: str, t: int) -> Any:
        return m.covered[k, before[k, t]] <= m.covered[k, t]

    before = _earlier(m.covered) if ix.settings.keep_covered else {}
    if len(m.covered):
        if before:
            m.kept_covered = pyo.Constraint(list(before), rule=kept)
        m.coverage = pyo.Constraint(sorted({t for _, t in m.covered}), rule=enough)
        m.served = pyo.Constraint([key for key in ix.unmet if key[1:] in m.covered], rule=served)


def _earlier(keys: Iterable[tuple[str, int]]) -> dict[tuple[str, int], int]:
    """(market, period) -> the market's period before it among the keys, where there is one."""
    periods: dict[str, list[int]] = defaultdict(list)
    for market, period in keys:
        periods[market].append(period)
    ordered = {market: sorted(found) for market, found in periods.items()}
    return {(k, after): t for k, found in ordered.items() for t, after in itertools.pairwise(found)}


def flows(m: pyo.ConcreteModel, ix: Index, money: Flows) -> None:
    """Payments for rent, building, set-up and hub levels, and the rent subsidy's base."""
    m.rent = {t: [] for t in ix.periods}
    for (w, n, s), u in m.lease.items():
        for t, amount in rents(ix, w, n, s):
            money.pay(OPERATOR, OUTSIDE, t, amount, u)
            m.rent[t].append((amount, u))
        building = ix.tier[w, n].capital_cost * ix.fx(ix.warehouses[w].currency, s)
        money.pay(OPERATOR, OUTSIDE, s, building, u)
    for w, used in m.site.items():
        row = ix.warehouses[w]
        if row.state is not State.EXISTING:
            money.pay(OPERATOR, OUTSIDE, 1, row.setup_cost * ix.fx(row.currency, 1), used)
    for h in ix.levels:
        for level in ix.levels[h]:
            _hub_flows(ix, money, level, m.hub[h, level.level])


def _hub_flows(ix: Index, money: Flows, level: HubLevel, opened: Any) -> None:
    row = ix.hubs[level.hub]
    if row.state is not State.EXISTING:
        money.pay(OPERATOR, OUTSIDE, 1, level.opening_cost * ix.fx(row.currency, 1), opened)
    for t in ix.periods:
        running = level.operating_month * ix.calendar.month_share(t) * ix.fx(row.currency, t)
        money.pay(OPERATOR, OUTSIDE, t, running, opened)


FAMILIES = (
    one_tier,
    site_link,
    one_level,
    openings,
    hub_capacity,
    hub_link,
    hub_storage,
    storage,
    throughput,
    tier_families,
    stock_link,
    link,
    market_link,
    single_source,
    coverage,
)
