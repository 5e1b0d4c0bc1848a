"""The borrowing base: what the goods and claims of the plan are worth as collateral."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyomo.environ as pyo

from ..instances.calendar import Calendar
from ..instances.tables import LoanKind
from .chain import Chain
from .index import Index
from .keys import Floats, Ints
from .rows import CONSTANT, Lines


def collateral(m: pyo.ConcreteModel, chain: Chain, held: Lines, entering: Lines) -> None:
    """Take from expressions by firm, kind and period the collateral at the end of the period (``held``), and
    what enters it in the period (``entering``).

    A unit of goods is in one state at a time: ordered, under way, in a hub or warehouse, sold and
    not yet paid; so nothing is pledged twice.
    """
    for source in (_order, _transit, _hub, _warehouse, _receivable, _voucher):
        for firm, kind, t, amount, variables, is_new in source(m, chain):
            kinds = np.full(firm.shape, chain.index.codes[kind])
            (entering if is_new else held).add((firm, kinds, t), -amount, variables)


Entry = tuple[Ints, LoanKind, Ints, Floats, Any, bool]


def _order(m: pyo.ConcreteModel, chain: Chain) -> Iterator[Entry]:
    ix, (p, _, s) = chain.index, m.haul.parts
    product = ix.table("products").at(p)
    firm, value = product.code("firm"), product["order_share"] * ix.costs(p, s)
    for is_new, confirmed in ((True, _confirmed_in), (False, _confirmed_by)):
        order, t, share = ix.spread(s, -product["order_days"], confirmed)
        yield firm[order], LoanKind.ORDER, t, value[order] * share, m.haul.numbers[order], is_new


def _confirmed_in(calendar: Calendar, period: int, days: float) -> list[tuple[int, float]]:
    """Shares of the orders for a period confirmed in each period before it."""
    return [(v, share) for v, share in calendar.split(period, days) if v < period]


def _confirmed_by(calendar: Calendar, period: int, days: float) -> list[tuple[int, float]]:
    """Shares of the orders for a period confirmed by the end of each period before it."""
    done = sorted(calendar.split(period, days))
    return [(t, sum(share for v, share in done if v <= t)) for t in range(done[0][0], period)]


def _pending(calendar: Calendar, period: int, days: float) -> list[tuple[int, float]]:
    """Shares of the things of a period that are still under way at the end of it and of each one after."""
    end = max(u for u, _ in calendar.split(period, days))
    return [(t, calendar.pending(period, days, t)) for t in range(period, end)]


def _transit(m: pyo.ConcreteModel, chain: Chain) -> Iterator[Entry]:
    ix, (p, lane, s) = chain.index, m.ship.parts
    controlled = ix.by_name({key: float(row.controlled) for key, row in ix.lanes.items()})
    ship, t, share = ix.spread(s, ix.leads[lane], _pending)
    firm = ix.table("products").at(p).code("firm")
    yield from _claims(firm, LoanKind.TRANSIT, s, controlled[lane] * ix.costs(p, s), m.ship, ship, t, share)


def _claims(
    firm: Ints, kind: LoanKind, arises: Ints, value: Floats, x: Any, unit: Ints, t: Ints, pending: Floats
) -> Iterator[Entry]:
    """Collateral that is pending from when it arises on: held to the end, entering at first."""
    amount, new = value[unit] * pending, t == arises[unit]
    yield firm[unit], kind, t, amount, x.numbers[unit], False
    yield firm[unit][new], kind, t[new], amount[new], x.numbers[unit][new], True


def _hub(m: pyo.ConcreteModel, chain: Chain) -> Iterator[Entry]:
    ix = chain.index
    controlled = ix.by_name({h: float(row.controlled) for h, row in ix.hubs.items()})
    for x, is_new in ((m.haul, True), (m.hold, False)):
        p, h, t = x.parts
        firm = ix.table("products").at(p).code("firm")
        yield firm, LoanKind.WAREHOUSE, t, controlled[h] * ix.costs(p, t), x, is_new
    yield _opening(ix, {h for h, row in ix.hubs.items() if row.controlled})


def _opening(ix: Index, places: set[str]) -> Entry:
    rows = [(p, row.opening) for (p, place), row in ix.stocks.items() if place in places]
    firm = ix.codes.of(ix.products[p].firm for p, _ in rows)
    worth = np.array([ix.cost(p, 1) * opening for p, opening in rows], dtype=float)
    return firm, LoanKind.WAREHOUSE, np.ones_like(firm), worth, CONSTANT, True


def _warehouse(m: pyo.ConcreteModel, chain: Chain) -> Iterator[Entry]:
    ix, (p, w, t) = chain.index, m.stock.parts
    controlled = {w for w, row in ix.warehouses.items() if row.controlled}
    weight = ix.by_name({w: float(w in controlled) for w in ix.warehouses})
    firm, value = ix.table("products").at(p).code("firm"), weight[w] * ix.costs(p, t)
    yield firm, LoanKind.WAREHOUSE, t, value, m.stock, False
    pipeline = np.array([ix.pipeline.get(key, 0.0) for key in m.stock.labels], dtype=float)
    yield firm, LoanKind.WAREHOUSE, t, value * pipeline, CONSTANT, True
    p, lane, _ = m.ship.parts
    ship, t, share = ix.arriving
    at = m.stock.family.find(p[ship], ix.table("lanes").at(lane).code("warehouse")[ship], t)
    ship, t, share, at = (x[at >= 0] for x in (ship, t, share, at))
    yield firm[at], LoanKind.WAREHOUSE, t, value[at] * share, m.ship.numbers[ship], True
    yield _opening(ix, controlled)


def paid_out(m: pyo.ConcreteModel, chain: Chain) -> tuple[Floats, Floats]:
    """Days from sale to money, and what is left of it after the channel's fee, for every receipt."""
    keys = m.receipt.labels
    days = {(c, z): chain.payment_days(c, z) for _, c, z, _ in keys}
    kept = {c: 1 - chain.fee(c) for _, c, _, _ in keys}
    return np.array([days[c, z] for _, c, z, _ in keys]), np.array([kept[c] for _, c, _, _ in keys])


def _receivable(m: pyo.ConcreteModel, chain: Chain) -> Iterator[Entry]:
    f, _, _, s = m.receipt.parts
    days, kept = paid_out(m, chain)
    receipt, t, share = chain.index.spread(s, days, _pending)
    yield from _claims(f, LoanKind.RECEIVABLE, s, kept, m.receipt, receipt, t, share)


def _voucher(m: pyo.ConcreteModel, chain: Chain) -> Iterator[Entry]:
    rated = [trade for trade in chain.trades if chain.firms[trade.buyer].rating]
    calendar, codes = chain.index.calendar, chain.index.codes
    for is_new in (False, True):
        found = [
            (trade.supplier, t, trade.amount * calendar.pending(trade.period, trade.credit_days, t))
            for trade in rated
            for t in range(trade.period, trade.period + 1 if is_new else chain.index.last + 1)
        ]
        supplier, t = codes.of(f for f, _, _ in found), codes.of(t for _, t, _ in found)
        yield supplier, LoanKind.VOUCHER, t, np.array([x for _, _, x in found]), CONSTANT, is_new
