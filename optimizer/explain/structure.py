"""What rules every plan out at a glance, in the words of the business: no solver is asked."""

from __future__ import annotations

from collections.abc import Iterator

from ...instances.checks import check
from ...instances.findings import Finding
from ...instances.network import Network
from ...instances.tables import Demand, Period
from ...models.chain import Chain
from ...models.index import Index
from ..text import amount

OF_PLANS = frozenset(
    {
        "capacity-below-demand",
        "coverage-above-markets",
        "early-demand",
        "forced-above-limit",
        "unreachable-demand",
        "unreachable-target",
    }
)
"""Codes of findings that say that no plan exists; all other errors are mistakes in the data."""


def structural(network: Network) -> list[Finding]:
    """Findings of the network's checks that rule out plans or come close, and two counts of our own:
    emissions that cannot be avoided, and production that cannot be paid."""
    known = [finding for finding in check(network) if finding.code in OF_PLANS]
    index = Index(network)
    return [*known, *_co2(index), *(_cash(index) if network.settings.money else ())]


def countable(network: Network) -> dict[int, int]:
    """Period -> markets with demand, where more markets than that are to be served fully."""
    markets: dict[int, set[str]] = {}
    for row in network.rows(Demand):
        if row.quantity > 0:
            markets.setdefault(row.period, set()).add(row.market)
    return {
        row.period: len(markets.get(row.period, ()))
        for row in network.rows(Period)
        if (row.min_covered or 0) > len(markets.get(row.period, ()))
    }


def _finding(code: str, table: str, row: str | None, column: str, cause: str, remedy: str) -> Finding:
    return Finding(code, "error", table, row, column, "", cause, remedy)


def _must(ix: Index) -> Iterator[tuple[str, str, int, float]]:
    """(product, market, period, units) that have to be served."""
    for (p, m, t), units in ix.demand.items():
        least = units * (1 - ix.sales[p, m].unmet_share)
        if least > 0:
            yield p, m, t, least


def _co2(ix: Index) -> Iterator[Finding]:
    """The cleanest way of every unit that must be served, against the cap."""
    cap = ix.settings.co2_cap
    if cap is None:
        return
    least = sum(units * _cleanest(ix, p, m) for p, m, _, units in _must(ix))
    if least > cap * (1 + 1e-9):
        cause = f"what must be served emits at least {amount(least, 'kg')}, the cap is {amount(cap, 'kg')}"
        remedy = "raise the cap, or allow more demand to go unserved"
        yield _finding("emissions-above-cap", "settings", None, "co2_cap", cause, remedy)


def _cleanest(ix: Index, product: str, market: str) -> float:
    """Least kg CO2e of a unit: last mile (stock may be there already) or parcel."""
    ways = [
        ix.last_miles[w, market].co2_kg_t + (0.0 if _lies(ix, product, w) else _lane(ix, w))
        for w, markets in ix.serving[product].items()
        if market in markets
    ]
    ways += [
        row.co2_kg_t
        for (_, m), row in ix.parcel_rates.items()
        if m == market and ix.keeps_promise(product, market, row.days)
    ]
    return min(ways, default=0.0) * ix.products[product].weight_kg / 1000


def _lies(ix: Index, product: str, warehouse: str) -> bool:
    return ix.opening(product, warehouse) > 0 or any(k[:2] == (product, warehouse) for k in ix.pipeline)


def _lane(ix: Index, warehouse: str) -> float:
    return min((row.co2_kg_t for row in ix.lanes.values() if row.warehouse == warehouse), default=0.0)


def _cash(ix: Index) -> Iterator[Finding]:
    """Production that must be paid by the end of a period, against all the money a firm could have."""
    chain = Chain(ix)
    for f, firm in ix.firms.items():
        lenders = {offer.loan.funder for offer in chain.offers if offer.firm == f}
        loans = sum(chain.most(f, b) for b in lenders)
        loans = min(loans, float("inf") if firm.credit_limit is None else firm.credit_limit)
        emergency = 0.0
        if ix.settings.emergency_rate is not None:
            emergency = float("inf") if firm.emergency_limit is None else firm.emergency_limit
        short = _shortest(ix, chain, f, firm.opening_cash - firm.min_cash + loans + emergency)
        if short:
            t, gap = short
            cause = (
                f"by the end of period {t} the firm must have paid {amount(gap, ix.settings.currency)} more "
                "for goods that have to be served than its cash, its sales until then and all its credit"
            )
            remedy = "give it cash or credit, or allow more of its demand to go unserved"
            yield _finding("cash-below-production", "firms", f, "opening_cash", cause, remedy)


def _shortest(ix: Index, chain: Chain, firm: str, means: float) -> tuple[int, float] | None:
    """The period in which most money is missing whatever the plan, and how much."""
    spent, earned = dict.fromkeys(ix.periods, 0.0), dict.fromkeys(ix.periods, 0.0)
    left = {p: ix.on_hand[p] for p in ix.products}
    for p, _, t, units in sorted(_must(ix), key=lambda row: row[2]):
        if ix.products[p].firm == firm:
            made = max(units - left[p], 0.0)
            left[p] -= units - made
            for u, share in ix.calendar.split(t, -ix.products[p].pay_days):
                spent[u or ix.last] += share * made * ix.cost(p, u or ix.last)
            refund = ix.products[p].refund_rate * made * ix.cost(p, t)
            earned[1] += refund
    for (p, m, t), units in ix.demand.items():
        if ix.products[p].firm == firm:
            earned[t] += units * ix.net_price(p, m, t)
    for trade in chain.trades:
        if trade.supplier == firm:
            earned[trade.period] += trade.amount
    gap = {t: sum(spent[u] - earned[u] for u in range(1, t + 1)) - means for t in ix.periods}
    worst = max(gap, key=lambda t: gap[t])
    return (worst, gap[worst]) if gap[worst] > 1e-6 * (1 + abs(means)) else None
