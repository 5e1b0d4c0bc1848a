"""The borrowing base: what the goods and claims of the plan are worth as collateral."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pyomo.environ as pyo

from ..instances.tables import LoanKind
from .chain import Chain
from .index import Index
from .rows import Line, members

Values = dict[tuple[str, LoanKind, int], Line]


def collateral(m: pyo.ConcreteModel, chain: Chain) -> tuple[Values, Values]:
    """Collateral at the end of each period, and what enters it in the period, by (firm, kind, period).

    A unit of goods is in one state at a time: ordered, under way, in a hub or warehouse, sold and
    not yet paid; so nothing is pledged twice.
    """
    held: Values = defaultdict(Line)
    entering: Values = defaultdict(Line)
    kinds = {(offer.firm, offer.loan.kind) for offer in chain.offers}
    for source in (_order, _transit, _hub, _warehouse, _receivable, _voucher):
        for firm, kind, t, amount, variable, is_new in source(m, chain):
            if (firm, kind) in kinds:
                (entering if is_new else held)[firm, kind, t].add(amount, variable)
    return dict(held), dict(entering)


Entry = tuple[str, LoanKind, int, float, Any, bool]


def _order(m: pyo.ConcreteModel, chain: Chain) -> Iterator[Entry]:
    ix = chain.index
    for (p, _, s), q in m.haul.items():
        product = ix.products[p]
        confirmed = 0.0
        for v, share in sorted(ix.calendar.split(s, -product.order_days)):
            value = product.order_share * ix.cost(p, s)
            if v < s:
                yield product.firm, LoanKind.ORDER, v, value * share, q, True
            confirmed += share
            later = [u for u, _ in ix.calendar.split(s, -product.order_days) if u > v]
            for t in range(v, min(later, default=s)):
                if t < s:
                    yield product.firm, LoanKind.ORDER, t, value * confirmed, q, False


def _transit(m: pyo.ConcreteModel, chain: Chain) -> Iterator[Entry]:
    ix = chain.index
    for (p, lane, s), y in m.ship.items():
        if not ix.lanes[lane].controlled:
            continue
        firm, value, lead = ix.products[p].firm, ix.cost(p, s), ix.lead(lane)
        for t in range(s, max(u for u, _ in ix.arrivals(lane, s))):
            pending = ix.calendar.pending(s, lead, t)
            yield firm, LoanKind.TRANSIT, t, value * pending, y, False
            if t == s:
                yield firm, LoanKind.TRANSIT, t, value * pending, y, True


def _hub(m: pyo.ConcreteModel, chain: Chain) -> Iterator[Entry]:
    ix = chain.index
    for variable, is_new in ((m.haul, True), (m.hold, False)):
        for (p, h, t), x in variable.items():
            if ix.hubs[h].controlled:
                yield ix.products[p].firm, LoanKind.WAREHOUSE, t, ix.cost(p, t), x, is_new
    yield from _opening(ix, {h for h, row in ix.hubs.items() if row.controlled})


def _opening(ix: Index, places: set[str]) -> Iterator[Entry]:
    for (p, place), row in ix.stocks.items():
        if place in places and row.opening:
            yield ix.products[p].firm, LoanKind.WAREHOUSE, 1, ix.cost(p, 1) * row.opening, None, True


def _warehouse(m: pyo.ConcreteModel, chain: Chain) -> Iterator[Entry]:
    ix, ship = chain.index, members(m.ship)
    controlled = {w for w, row in ix.warehouses.items() if row.controlled}
    for (p, w, t), stock in m.stock.items():
        if w in controlled:
            firm, value = ix.products[p].firm, ix.cost(p, t)
            yield firm, LoanKind.WAREHOUSE, t, value, stock, False
            for lane, s, share in ix.arrivals_at.get((p, w, t), ()):
                yield firm, LoanKind.WAREHOUSE, t, value * share, ship[p, lane, s], True
            yield firm, LoanKind.WAREHOUSE, t, value * ix.pipeline.get((p, w, t), 0.0), None, True
    yield from _opening(ix, controlled)


def _receivable(m: pyo.ConcreteModel, chain: Chain) -> Iterator[Entry]:
    calendar = chain.index.calendar
    for (f, c, z, s), r in m.receipt.items():
        days, kept = chain.payment_days(c, z), 1 - chain.fee(c)
        for t in range(s, max((u for u, _ in calendar.split(s, days)), default=s)):
            pending = calendar.pending(s, days, t)
            yield f, LoanKind.RECEIVABLE, t, kept * pending, r, False
            if t == s:
                yield f, LoanKind.RECEIVABLE, t, kept * pending, r, True


def _voucher(m: pyo.ConcreteModel, chain: Chain) -> Iterator[Entry]:
    calendar = chain.index.calendar
    for trade in chain.trades:
        if not chain.firms[trade.buyer].rating:
            continue
        for t in range(trade.period, chain.index.last + 1):
            pending = trade.amount * calendar.pending(trade.period, trade.credit_days, t)
            yield trade.supplier, LoanKind.VOUCHER, t, pending, None, False
            if t == trade.period:
                yield trade.supplier, LoanKind.VOUCHER, t, pending, None, True
