"""Places: leases of warehouse tiers, hub levels, and what they let through."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pyomo.environ as pyo

from ..instances.tables import HubLevel, State
from .columns import Columns, numbers
from .flows import OPERATOR, OUTSIDE, Flows
from .index import Index
from .keys import Floats, Ints, distinct
from .rent import rents
from .rows import Lines, Rows


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
    p, h, t = m.haul.parts
    v, family = ix.table("products").at(p)["volume_m3"], ix.table("products").at(p).code("family")
    sized = [h for h in ix.levels if any(k.capacity_m3_month is not None for k in ix.levels[h])]
    lines = Lines(ix.keys([(h, t) for h in sized for t in ix.periods], 2))
    lines.add((h, t), v, m.haul)
    m.hub_capacity = _within_level(m, ix, lines, _level_room)
    families = sorted(
        {(h, row.family) for (h, _), rows in ix.hub_families.items() for row in rows if h in ix.levels}
    )
    lines = Lines(ix.keys([(h, f, t) for h, f in families for t in ix.periods], 3))
    lines.add((h, family, t), v, m.haul)
    m.hub_family = _within_level(m, ix, lines, _family_room)


def _within_level(m: pyo.ConcreteModel, ix: Index, flows: Lines, room: Callable[..., float]) -> Rows:
    """Rows ``sum of flows <= sum over levels of room times level``, where anything may flow."""
    lines, hub = flows.only(flows.used), numbers(m.hub)
    levels = [(key, k) for key in lines.labels for k in ix.levels[key[0]]]
    lines.extend((key, -room(ix, k, *key[1:]), hub[k.hub, k.level]) for key, k in levels)
    return lines.at_most()


def _level_room(ix: Index, level: HubLevel, period: int) -> float:
    if level.capacity_m3_month is None:
        return ix.whole(ix.products)
    return level.capacity_m3_month * ix.calendar.month_share(period)


def _family_room(ix: Index, level: HubLevel, family: str, period: int) -> float:
    rows = [r for r in ix.hub_families.get((level.hub, level.level), ()) if r.family == family]
    if rows:
        return float(rows[0].capacity_m3_month * ix.calendar.month_share(period))
    return ix.whole(ix.family_products.get(family, ()))


def _by_place(x: Columns, ix: Index) -> Lines:
    """m3 of variables with the key product, place, …, period, by place and period."""
    p, place, *_, t = x.parts
    return Lines.by(ix.codes, (place, t), ix.table("products").at(p)["volume_m3"], x)


def hub_link(m: pyo.ConcreteModel, ix: Index) -> None:
    """A hub takes goods in only when open; the most of a product in a period is all it sells."""
    lines, hub = Lines(m.haul.family).only([h in ix.levels for _, h, _ in m.haul.labels]), numbers(m.hub)
    lines.add(m.haul.parts, 1.0, m.haul)
    links = ((key, k) for key in lines.labels for k in ix.levels[key[1]])
    lines.extend((key, -ix.most[key[0]], hub[k.hub, k.level]) for key, k in links)
    m.hub_link = lines.at_most()


def hub_storage(m: pyo.ConcreteModel, ix: Index) -> None:
    """Goods held over fit the hub."""
    lines = _by_place(m.hold, ix)
    rooms = [ix.hubs[h].storage_m3 for h, _ in lines.labels]
    limited = np.array([bool(room) for room in rooms], dtype=bool)
    m.hub_storage = lines.only(limited).at_most([room for room in rooms if room])


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
    m: pyo.ConcreteModel, ix: Index, flows: Lines, column: str, scale: Callable[[int], float]
) -> Rows:
    """Rows ``sum of flows <= sum over tiers of size times lease``; a tier without a limit holds
    everything, and no row is needed where no tier has one."""
    lease, whole = numbers(m.lease), ix.whole(ix.products)
    sizes = {w: {row.tier: getattr(row, column) for row in ix.tiers[w]} for w in ix.leased}
    sized = {w for w, tiers in sizes.items() if any(size is not None for size in tiers.values())}
    lines = flows.only([w in sized for w, _ in flows.labels])
    leases = (((w, t), n, s) for w, t in lines.labels for n, s in ix.leases_covering[w, t])
    room = ((key, n, s, sizes[key[0]][n]) for key, n, s in leases)
    lines.extend(
        (key, -(whole if size is None else size * scale(key[1])), lease[key[0], n, s])
        for key, n, s, size in room
    )
    return lines.at_most()


def _place_rows(ix: Index, flows: Lines, column: str, scale: Callable[[int], float]) -> Rows:
    """Rows ``sum of flows <= limit of the building``."""
    limits = [(getattr(ix.warehouses[w], column), t) for w, t in flows.labels]
    lines = flows.only([limit is not None for limit, _ in limits])
    return lines.at_most([limit * scale(t) for limit, t in limits if limit is not None])


def tier_families(m: pyo.ConcreteModel, ix: Index) -> None:
    """Stock and deliveries of a family fit the family's part of the tier."""
    m.family_storage_m3 = _family_rows(m, ix, m.stock, "storage_m3", lambda t: 1.0)
    month = ix.calendar.month_share
    m.family_throughput_m3_month = _family_rows(m, ix, m.deliver, "throughput_m3_month", month)


def _family_rows(
    m: pyo.ConcreteModel, ix: Index, x: Columns, column: str, scale: Callable[[int], float]
) -> Rows:
    """A tier without a limit for the family holds all of it."""
    limits = {
        (w, row.family, n): getattr(row, column)
        for (w, n), rows in ix.tier_families.items()
        for row in rows
        if getattr(row, column) is not None
    }
    limited, lease = {(w, family) for w, family, _ in limits}, numbers(m.lease)
    p, w, *_, t = x.parts
    product = ix.table("products").at(p)
    family, v = product.code("family"), product["volume_m3"]
    kept = ix.keys(limited, 2).find(w, family) >= 0
    lines = Lines.by(ix.codes, (w[kept], family[kept], t[kept]), v[kept], x.numbers[kept])
    whole = {family: ix.whole(ix.family_products.get(family, ())) for _, family in limited}
    leases = ((key, n, s) for key in lines.labels for n, s in ix.leases_covering[key[0], key[2]])
    room = ((key, n, s, limits.get((*key[:2], n))) for key, n, s in leases)
    lines.extend(
        (key, -(whole[key[1]] if size is None else size * scale(key[2])), lease[key[0], n, s])
        for key, n, s, size in room
    )
    return lines.at_most()


def _usable(m: pyo.ConcreteModel, ix: Index, warehouse: Ints, period: Ints) -> Ints:
    """What says whether a warehouse can be used in a period; -1 where nothing is to be decided."""
    site, leased = numbers(m.site), numbers(m.leased)
    decided = [w for w in ix.warehouses if not ix.free(w)]
    labels = [(w, t) for w in decided for t in ix.periods]
    places = [leased[key] if key in leased else site[key[0]] for key in labels]
    at = ix.keys(labels, 2).find(warehouse, period)
    return np.where(at < 0, -1, np.array([*places, -1])[at])


def stock_link(m: pyo.ConcreteModel, ix: Index) -> None:
    """Stock only while the warehouse can be used; needed where its size does not say so already."""
    p, w, t = m.stock.parts
    usable = _usable(m, ix, w, t)
    sized = {w for w in ix.leased if all(row.storage_m3 is not None for row in ix.tiers[w])}
    needed = np.array([key[1] not in sized for key in m.stock.labels], dtype=bool)
    most = ix.by_name({p: ix.most[p] + ix.on_hand[p] for p in ix.products})
    m.stock_link = _links(m.stock, most[p], usable, needed & (usable >= 0))


def _links(x: Columns, most: Floats, usable: Ints, kept: Any) -> Rows:
    """Rows ``x <= most · usable``, for some of the variables."""
    lines = Lines(x.family).only(kept)
    rows = np.arange(len(lines.keys))
    lines.enter(rows, 1.0, x.numbers[kept])
    lines.enter(rows, -most[kept], usable[kept])
    return lines.at_most()


def link(m: pyo.ConcreteModel, ix: Index) -> None:
    """Deliveries only while the warehouse can be used (tight: bounded by the demand); with one product
    in all, ``market_link`` says the same."""
    _, w, _, t = m.deliver.parts
    usable = _usable(m, ix, w, t)
    kept = (usable >= 0) & (len(ix.products) > 1)
    m.link = _links(m.deliver, m.deliver.upper, usable, kept)


def market_link(m: pyo.ConcreteModel, ix: Index) -> None:
    """``link`` summed over products: implied by it, but one row serves a whole market."""
    p, w, k, t = m.deliver.parts
    v, kept = ix.table("products").at(p)["volume_m3"], _usable(m, ix, w, t) >= 0
    keys, at = distinct(ix.codes, (w[kept], k[kept], t[kept]))
    lines = Lines(keys)
    lines.enter(at, v[kept], m.deliver.numbers[kept])
    wanted = np.bincount(at, (v * m.deliver.upper)[kept], minlength=len(keys))
    w, _, t = keys.parts
    lines.enter(np.arange(len(keys)), -wanted, _usable(m, ix, w, t))
    m.market_link = lines.at_most()


def single_source(m: pyo.ConcreteModel, ix: Index) -> None:
    """Each product in each market is served from one warehouse at most."""
    if not ix.settings.single_source:
        return
    triples = ix.keys(sorted({(p, k, w) for p, w, k, _ in ix.deliver}), 3)
    m.source = Columns(triples, upper=1.0, domain=pyo.Binary)
    p, w, k, _ = m.deliver.parts
    source = m.source.numbers[triples.find(p, k, w)]
    m.source_link = _links(m.deliver, m.deliver.upper, source, source >= 0)
    p, k, _ = triples.parts
    m.one_source = Lines.by(ix.codes, (p, k), 1.0, m.source).at_most(1.0)


def coverage(m: pyo.ConcreteModel, ix: Index) -> None:
    """Enough markets are fully served in each period that asks for it."""

    def enough(m: pyo.ConcreteModel, t: int) -> Any:
        return sum(m.covered[key] for key in m.covered if key[1] == t) >= ix.covering[t]

    def kept(m: pyo.ConcreteModel, k: str, t: int) -> Any:
        return m.covered[k, before[k, t]] <= m.covered[k, t]

    before = _earlier(m.covered) if ix.settings.keep_covered else {}
    if len(m.covered):
        if before:
            m.kept_covered = pyo.Constraint(list(before), rule=kept)
        m.coverage = pyo.Constraint(sorted({t for _, t in m.covered}), rule=enough)
        m.served = _served(m, ix)


def _served(m: pyo.ConcreteModel, ix: Index) -> Rows:
    """Rows ``unmet <= demand · (1 − covered)`` where coverage is asked for."""
    covered = numbers(m.covered)
    lines = Lines(m.unmet.family).only([key[1:] in covered for key in m.unmet.labels])
    lines.add(m.unmet.parts, 1.0, m.unmet)
    demand = ix.demanded(*lines.parts)
    lines.enter(np.arange(len(demand)), demand, np.array([covered[key[1:]] for key in lines.labels]))
    return lines.at_most(demand)


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
    for (w, n, s), u in numbers(m.lease).items():
        for t, amount in rents(ix, w, n, s):
            money.pay(OPERATOR, OUTSIDE, t, amount, u)
            m.rent[t].append((amount, m.lease[w, n, s]))
        building = ix.tier[w, n].capital_cost * ix.fx(ix.warehouses[w].currency, s)
        money.pay(OPERATOR, OUTSIDE, s, building, u)
    for w, used in numbers(m.site).items():
        row = ix.warehouses[w]
        if row.state is not State.EXISTING:
            money.pay(OPERATOR, OUTSIDE, 1, row.setup_cost * ix.fx(row.currency, 1), used)
    hub = numbers(m.hub)
    for h in ix.levels:
        for level in ix.levels[h]:
            _hub_flows(ix, money, level, hub[h, level.level])


def _hub_flows(ix: Index, money: Flows, level: HubLevel, opened: int) -> None:
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
