"""Money: receipts, loans on the collateral the plan itself creates, public money, cash."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pyomo.environ as pyo

from ..instances.calendar import AFTER
from ..instances.tables import Size, Subsidy, SubsidyKind
from .chain import Chain, Offer
from .collateral import Values, collateral
from .flows import OPERATOR, OUTSIDE, Flows
from .rows import Line, Rows, members


def declare(m: pyo.ConcreteModel, chain: Chain) -> None:
    """Variables ``receipt loan draw admit active_funder cash emergency subsidy trueup``."""
    ix, real = chain.index, pyo.NonNegativeReals
    m.receipt = pyo.Var(_receipt_index(m, chain), domain=real)
    lent = [(*offer.key, t) for offer in chain.offers for t in range(1, ix.last)]
    m.loan = pyo.Var(lent, domain=real)
    m.draw = pyo.Var(lent, domain=real)
    for offer in chain.offers:
        for t in range(1, ix.last):
            m.loan[(*offer.key, t)].setub(chain.most(offer.firm, offer.loan.funder))
            m.draw[(*offer.key, t)].setub(chain.most(offer.firm, offer.loan.funder))
    pairs = sorted({(offer.firm, offer.loan.funder) for offer in chain.offers})
    m.admit = pyo.Var(pairs, domain=pyo.Binary)
    ticketed = [(f, b, t) for f, b in pairs if chain.funders[b].min_ticket > 0 for t in range(1, ix.last)]
    m.in_use = pyo.Var(ticketed, domain=pyo.Binary)
    m.cash = pyo.Var([(f, t) for f in ix.firms for t in ix.periods], domain=real)
    for (f, _), c in m.cash.items():
        c.setlb(ix.firms[f].min_cash)
    m.operator_cash = pyo.Var(list(ix.periods), domain=real)
    m.operator_cash[ix.last].fix(ix.settings.operator_cash)
    _declare_emergency(m, chain)
    m.trueup = pyo.Var(domain=pyo.Reals)


def _declare_emergency(m: pyo.ConcreteModel, chain: Chain) -> None:
    ix = chain.index
    before_last = range(1, ix.last)
    firms = ix.firms if ix.settings.emergency_rate is not None else {}
    m.emergency = pyo.Var([(f, t) for f in firms for t in before_last], domain=pyo.NonNegativeReals)
    for (f, _), e in m.emergency.items():
        e.setub(ix.firms[f].emergency_limit)
    overdraft = before_last if ix.settings.operator_rate is not None else []
    m.overdraft = pyo.Var(
        list(overdraft), domain=pyo.NonNegativeReals, bounds=(0, ix.settings.operator_limit)
    )


def _receipt_index(m: pyo.ConcreteModel, chain: Chain) -> list[tuple[str, str, str, int]]:
    m.sold = _sold(m, chain)
    return [(f, c, z, t) for f, z, t in m.sold for c, _ in chain.payable[z]]


def _sold(m: pyo.ConcreteModel, chain: Chain) -> dict[tuple[str, str, int], Line]:
    """(firm, zone, period) -> net sales value, a linear expression of deliveries and parcels."""
    ix = chain.index
    sold: dict[tuple[str, str, int], Line] = defaultdict(Line)
    for (p, _, k, t), x in (*m.deliver.items(), *m.parcel.items()):
        at = (ix.products[p].firm, ix.markets[k].zone, t)
        sold[at].add(ix.net_price(p, k, t), x)
    return dict(sold)


def receipts(m: pyo.ConcreteModel, chain: Chain) -> None:
    """Every sale is paid through some channel."""
    receipt = members(m.receipt)
    m.receipts = Rows()
    for (f, z, t), sold in m.sold.items():
        paid = [receipt[f, c, z, t] for c, _ in chain.payable[z]]
        m.receipts.equal((f, z, t), Line([1.0] * len(paid), paid).less(sold))


def channel_share(m: pyo.ConcreteModel, chain: Chain) -> None:
    """A channel takes at most its accepted share of sales."""
    shares = {(z, c): share for z, rows in chain.payable.items() for c, share in rows if share < 1}

    def rule(m: pyo.ConcreteModel, f: str, c: str, z: str, t: int) -> Any:
        all_channels = sum(m.receipt[f, other, z, t] for other, _ in chain.payable[z])
        return m.receipt[f, c, z, t] - shares[z, c] * all_channels <= 0

    m.channel_share = pyo.Constraint([k for k in m.receipt if (k[2], k[1]) in shares], rule=rule)


def drawn(m: pyo.ConcreteModel, chain: Chain) -> None:
    """A balance grows only by drawing."""
    loan, draw = members(m.loan), members(m.draw)
    m.drawn = Rows()
    for (f, g, guaranteed, t), balance in loan.items():
        line = Line([1.0, -1.0], [balance, draw[f, g, guaranteed, t]])
        if t > 1:
            line.add(-1.0, loan[f, g, guaranteed, t - 1])
        m.drawn.at_most((f, g, guaranteed, t), line)


def tenor(m: pyo.ConcreteModel, chain: Chain) -> None:
    """A balance is at most what was drawn within the tenor."""
    calendar, draw = chain.index.calendar, members(m.draw)
    days = {offer.loan.loan: offer.loan.tenor_days for offer in chain.offers}
    recent = {
        (term, t): [s for s in range(1, t + 1) if calendar.end(t) - calendar.start(s) <= term + 1e-9]
        for term in set(days.values())
        for t in range(1, chain.index.last)
    }
    m.tenor = Rows()
    for (f, g, guaranteed, t), balance in m.loan.items():
        drawn = [draw[f, g, guaranteed, s] for s in recent[days[g], t]]
        m.tenor.at_most((f, g, guaranteed, t), Line([1.0, *[-1.0] * len(drawn)], [balance, *drawn]))


def _by(chain: Chain, group: Callable[[Offer], Any]) -> dict[Any, list[Offer]]:
    out: dict[Any, list[Offer]] = defaultdict(list)
    for offer in chain.offers:
        out[group(offer)].append(offer)
    return dict(out)


def borrowing_base(m: pyo.ConcreteModel, chain: Chain) -> None:
    """Balances, grossed up by their advance rates, are covered by collateral; a loan is drawn when
    its collateral arises."""
    held, entering = collateral(m, chain)
    m.borrowing_base = _base_rows(chain, members(m.loan), held)
    m.draw_base = _base_rows(chain, members(m.draw), entering)


def _base_rows(chain: Chain, variable: dict[Any, Any], value: Values) -> Rows:
    rows = Rows()
    for (f, kind), offers in _by(chain, lambda offer: (offer.firm, offer.loan.kind)).items():
        for t in range(1, chain.index.last):
            needed = Line([1 / o.advance for o in offers], [variable[(*o.key, t)] for o in offers])
            rows.at_most((f, kind, t), needed.less(value.get((f, kind, t), Line())))
    return rows


def firm_limit(m: pyo.ConcreteModel, chain: Chain) -> None:
    """A firm's balances stay under its credit limit."""
    offers = _by(chain, lambda offer: offer.firm)

    def rule(m: pyo.ConcreteModel, f: str, t: int) -> Any:
        return sum(m.loan[(*o.key, t)] for o in offers[f]) <= chain.firms[f].credit_limit

    limited = [f for f in offers if chain.firms[f].credit_limit is not None]
    m.firm_limit = pyo.Constraint(limited, range(1, chain.index.last), rule=rule)


def funder_line(m: pyo.ConcreteModel, chain: Chain) -> None:
    """A funder's loans stay under its line, and their expected loss under its cap."""
    offers = _by(chain, lambda offer: offer.loan.funder)

    def rule(m: pyo.ConcreteModel, b: str, t: int) -> Any:
        return sum(m.loan[(*o.key, t)] for o in offers[b]) <= chain.funders[b].line

    caps = {b: chain.funders[b].loss_cap for b in offers}
    limits = {b: cap * chain.funders[b].line for b, cap in caps.items() if cap is not None}

    def loss(m: pyo.ConcreteModel, b: str, t: int) -> Any:
        if not any(o.loss_rate for o in offers[b]):
            return pyo.Constraint.Skip
        return sum(o.loss_rate * m.loan[(*o.key, t)] for o in offers[b]) <= limits[b]

    m.funder_line = pyo.Constraint(list(offers), range(1, chain.index.last), rule=rule)
    m.expected_loss = pyo.Constraint(list(limits), range(1, chain.index.last), rule=loss)


def concentration(m: pyo.ConcreteModel, chain: Chain) -> None:
    """A firm borrows from a funder only when admitted, at most its share of the funder's line, and
    at least the minimum ticket."""
    offers = _by(chain, lambda offer: (offer.firm, offer.loan.funder))

    loan = members(m.loan)
    m.concentration = Rows()
    for (f, b), own in offers.items():
        for t in range(1, chain.index.last):
            line = Line([1.0] * len(own), [loan[(*o.key, t)] for o in own])
            line.add(-chain.most(f, b), m.admit[f, b])
            m.concentration.at_most((f, b, t), line)

    def used(m: pyo.ConcreteModel, f: str, b: str, t: int) -> Any:
        return sum(m.loan[(*o.key, t)] for o in offers[f, b]) <= chain.most(f, b) * m.in_use[f, b, t]

    def ticket(m: pyo.ConcreteModel, f: str, b: str, t: int) -> Any:
        least = chain.funders[b].min_ticket
        return sum(m.loan[(*o.key, t)] for o in offers[f, b]) >= least * m.in_use[f, b, t]

    m.ticket_most = pyo.Constraint(list(m.in_use), rule=used)
    m.min_ticket = pyo.Constraint(list(m.in_use), rule=ticket)
    m.in_use_link = pyo.Constraint(list(m.in_use), rule=lambda m, f, b, t: m.in_use[f, b, t] <= m.admit[f, b])


def guarantee_line(m: pyo.ConcreteModel, chain: Chain) -> None:
    """Guarantees stay under the core firm's line of each relation, and with what it borrows itself
    under its whole line."""
    relations = _by(chain, lambda offer: (offer.core, offer.relation))
    cores = _by(chain, lambda offer: offer.core)
    own = _by(chain, lambda offer: offer.firm)
    relations = {key: offers for key, offers in relations.items() if key[0]}

    def per_relation(m: pyo.ConcreteModel, core: str, relation: str, t: int) -> Any:
        given = sum(m.loan[(*o.key, t)] for o in relations[core, relation])
        return given <= chain.guarantees[core, relation].line

    def whole(m: pyo.ConcreteModel, core: str, t: int) -> Any:
        used = [*cores.get(core, ()), *own.get(core, ())]
        if not used:
            return pyo.Constraint.Skip
        return sum(m.loan[(*o.key, t)] for o in used) <= chain.cores[core].guarantee_line

    before_last = range(1, chain.index.last)
    m.relation_line = pyo.Constraint([(*key, t) for key in relations for t in before_last], rule=per_relation)
    m.guarantee_line = pyo.Constraint(list(chain.cores), before_last, rule=whole)


def subsidies(m: pyo.ConcreteModel, chain: Chain) -> None:
    """Public money pays part of interest and of guarantee losses, within its budgets."""
    m.interest = _interest(m, chain)
    m.guarantee_loss = _guarantee_losses(m, chain)
    bases = {SubsidyKind.INTEREST: m.interest, SubsidyKind.RISK: m.guarantee_loss}
    grants = {row.subsidy: row for row in chain.index.network.rows(Subsidy) if bases.get(row.kind)}
    index = [(k, f, t) for k, row in grants.items() for f, t in bases[row.kind]]
    m.subsidy = pyo.Var(index, domain=pyo.NonNegativeReals)
    for (k, _, _), y in m.subsidy.items():
        y.setub(grants[k].budget)

    def share(m: pyo.ConcreteModel, k: str, f: str, t: int) -> Any:
        return m.subsidy[k, f, t] - grants[k].rate * bases[grants[k].kind][f, t].expression() <= 0

    def whole(m: pyo.ConcreteModel, kind: SubsidyKind, f: str, t: int) -> Any:
        paid = sum(m.subsidy[k, f, t] for k, row in grants.items() if row.kind is kind)
        return paid - bases[kind][f, t].expression() <= 0

    m.subsidy_share = pyo.Constraint(index, rule=share)
    crowded = [kind for kind in bases if sum(r.rate for r in grants.values() if r.kind is kind) > 1]
    m.subsidy_whole = pyo.Constraint([(kind, *ft) for kind in crowded for ft in bases[kind]], rule=whole)
    _budgets(m, chain, grants)


def _budgets(m: pyo.ConcreteModel, chain: Chain, grants: dict[str, Subsidy]) -> None:
    paid = {k: [(f, y) for (j, f, _), y in m.subsidy.items() if j == k] for k in grants}

    def budget(m: pyo.ConcreteModel, k: str) -> Any:
        return (None, sum(y for _, y in paid[k]), grants[k].budget)

    def small(m: pyo.ConcreteModel, k: str) -> Any:
        share = grants[k].small_share
        weighted = [((1.0 if chain.firms[f].size is Size.SMALL else 0.0) - share) * y for f, y in paid[k]]
        return sum(weighted) >= 0

    m.subsidy_budget = pyo.Constraint(list(grants), rule=budget)
    shared = [k for k, row in grants.items() if row.kind is SubsidyKind.INTEREST and row.small_share > 0]
    m.small_share = pyo.Constraint(shared, rule=small)


def _interest(m: pyo.ConcreteModel, chain: Chain) -> dict[tuple[str, int], Line]:
    """(firm, period) -> interest on loans eligible for subsidy."""
    out: dict[tuple[str, int], Line] = defaultdict(Line)
    for offer in chain.offers:
        if offer.loan.subsidised:
            for t in range(1, chain.index.last):
                rate = offer.rate * chain.index.calendar.year_share(t)
                out[offer.firm, t].add(rate, m.loan[(*offer.key, t)])
    return {key: line for key, line in out.items() if line.coefs}


def _guarantee_losses(m: pyo.ConcreteModel, chain: Chain) -> dict[tuple[str, int], Line]:
    """(core firm, period) -> expected loss of its guarantees."""
    out: dict[tuple[str, int], Line] = defaultdict(Line)
    for offer in chain.offers:
        for t in range(1, chain.index.last):
            loss = offer.guarantor_loss_rate * chain.index.calendar.year_share(t)
            if loss:
                out[offer.core, t].add(loss, m.loan[(*offer.key, t)])
    return dict(out)


def flows(m: pyo.ConcreteModel, chain: Chain, money: Flows) -> None:
    """Payments for receipts, loans, public money, chain trades, emergency credit and the true-up."""
    ix = chain.index
    for (f, c, z, t), r in m.receipt.items():
        fee = chain.fee(c)
        for u, share in ix.calendar.split(t, chain.payment_days(c, z)):
            if u != AFTER:
                money.pay(OUTSIDE, f, u, share * (1 - fee), r)
    for offer in chain.offers:
        _loan_flows(m, chain, offer, money)
    for (f, b), admitted in m.admit.items():
        money.pay(f, OUTSIDE, 1, chain.funders[b].admission_cost, admitted)
    for (_, f, t), y in m.subsidy.items():
        money.pay(OUTSIDE, f, t, 1.0, y)
    for trade in chain.trades:
        for u, share in ix.calendar.split(trade.period, trade.credit_days):
            if u != AFTER:
                money.pay(trade.buyer, trade.supplier, u, share * trade.amount, None)
    _credit_flows(m, chain, money)
    for f, right in ix.right.items():
        money.pay(f, OPERATOR, ix.last, right, m.trueup)


def _loan_flows(m: pyo.ConcreteModel, chain: Chain, offer: Offer, money: Flows) -> None:
    calendar, f = chain.index.calendar, offer.firm
    for t in range(1, chain.index.last):
        balance, draw, year = m.loan[(*offer.key, t)], m.draw[(*offer.key, t)], calendar.year_share(t)
        money.pay(OUTSIDE, f, t, 1.0, balance)
        money.pay(f, OUTSIDE, t + 1, 1.0, balance)
        money.pay(f, OUTSIDE, t, offer.rate * year, balance)
        money.pay(f, OUTSIDE, t, offer.loan.draw_fee, draw)
        if offer.guaranteed:
            money.pay(f, offer.core, t, offer.fee_rate * year, balance)
            money.pay(offer.core, OUTSIDE, t, offer.guarantor_loss_rate * year, balance)


def _credit_flows(m: pyo.ConcreteModel, chain: Chain, money: Flows) -> None:
    """Emergency credit, the operator's overdraft, interest on deposits."""
    settings, calendar = chain.index.settings, chain.index.calendar
    for (f, t), e in m.emergency.items():
        money.pay(OUTSIDE, f, t, 1.0, e)
        money.pay(f, OUTSIDE, t + 1, 1.0, e)
        money.pay(f, OUTSIDE, t, (settings.emergency_rate or 0.0) * calendar.year_share(t), e)
    for t, e in m.overdraft.items():
        money.pay(OUTSIDE, OPERATOR, t, 1.0, e)
        money.pay(OPERATOR, OUTSIDE, t + 1, 1.0, e)
        money.pay(OPERATOR, OUTSIDE, t, (settings.operator_rate or 0.0) * calendar.year_share(t), e)
    for f, row in chain.firms.items():
        for t in calendar.periods:
            before = m.cash[f, t - 1] if t > 1 else None
            amount = settings.deposit_rate * calendar.year_share(t)
            money.pay(OUTSIDE, f, t, amount if t > 1 else amount * row.opening_cash, before)


def cash(m: pyo.ConcreteModel, chain: Chain, money: Flows) -> None:
    """Cash of every firm and of the operator follows from what they pay and receive."""

    held, operated = members(m.cash), members(m.operator_cash)
    m.cash_balance, m.operator_balance = Rows(), Rows()
    for (f, t), c in held.items():
        change = _change(c, held.get((f, t - 1)), chain.firms[f].opening_cash)
        m.cash_balance.equal((f, t), change.less(money.cash[f, t]))
    for t, c in operated.items():
        change = _change(c, operated.get(t - 1), chain.index.settings.operator_cash)
        m.operator_balance.equal(t, change.less(money.cash[OPERATOR, t]))


def _change(balance: Any, before: Any, opening: float) -> Line:
    """A balance less the one before it, in the first period less what there was at the start."""
    line = Line([1.0], [balance])
    line.add(-opening if before is None else -1.0, before)
    return line


FAMILIES = (
    receipts,
    channel_share,
    drawn,
    tenor,
    borrowing_base,
    firm_limit,
    funder_line,
    concentration,
    guarantee_line,
    subsidies,
)
