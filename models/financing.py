"""Money: receipts, loans on the collateral the plan itself creates, public money, cash."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from math import inf
from typing import Any

import numpy as np
import pyomo.environ as pyo

from ..instances.calendar import AFTER
from ..instances.tables import Size, Subsidy, SubsidyKind
from .chain import Chain, Offer
from .collateral import collateral, paid_out
from .columns import Columns, numbers
from .flows import OPERATOR, OUTSIDE, Flows
from .rows import CONSTANT, Line, Lines, Rows


def declare(m: pyo.ConcreteModel, chain: Chain) -> None:
    """Variables ``receipt loan draw admit active_funder cash emergency subsidy trueup``."""
    ix = chain.index
    m.sold = _sold(m, chain)
    sold = [(f, c, z, t) for f, z, t in m.sold.labels for c, _ in chain.payable[z]]
    m.receipt = Columns(ix.keys(sold, 4))
    lent = ix.keys([(*offer.key, t) for offer in chain.offers for t in range(1, ix.last)], 4)
    most = [chain.most(offer.firm, offer.loan.funder) for offer in chain.offers]
    m.loan = Columns(lent, upper=np.repeat(most, ix.last - 1))
    m.draw = Columns(lent, upper=np.repeat(most, ix.last - 1))
    pairs = sorted({(offer.firm, offer.loan.funder) for offer in chain.offers})
    m.admit = pyo.Var(pairs, domain=pyo.Binary)
    ticketed = [(f, b, t) for f, b in pairs if chain.funders[b].min_ticket > 0 for t in range(1, ix.last)]
    m.in_use = pyo.Var(ticketed, domain=pyo.Binary)
    held = ix.keys([(f, t) for f in ix.firms for t in ix.periods], 2)
    m.cash = Columns(held, lower=[max(ix.firms[f].min_cash, 0.0) for f, _ in held.labels])
    m.operator_cash = pyo.Var(list(ix.periods), domain=pyo.NonNegativeReals)
    m.operator_cash[ix.last].fix(ix.settings.operator_cash)
    _declare_emergency(m, chain)
    m.trueup = pyo.Var(domain=pyo.Reals)


def _declare_emergency(m: pyo.ConcreteModel, chain: Chain) -> None:
    ix = chain.index
    before_last = range(1, ix.last)
    firms = ix.firms if ix.settings.emergency_rate is not None else {}
    credit = ix.keys([(f, t) for f in firms for t in before_last], 2)
    limits = [ix.firms[f].emergency_limit for f, _ in credit.labels]
    m.emergency = Columns(credit, upper=[inf if limit is None else limit for limit in limits])
    overdraft = before_last if ix.settings.operator_rate is not None else []
    m.overdraft = pyo.Var(
        list(overdraft), domain=pyo.NonNegativeReals, bounds=(0, ix.settings.operator_limit)
    )


def _sold(m: pyo.ConcreteModel, chain: Chain) -> Lines:
    """Net sales value by firm, zone and period, a linear expression of deliveries and parcels."""
    ix = chain.index
    p, k, t = (np.concatenate([m.deliver.parts[i], m.parcel.parts[i]]) for i in (0, 2, 3))
    firm, zone = ix.table("products").at(p).code("firm"), ix.table("markets").at(k).code("zone")
    sent = np.concatenate([m.deliver.numbers, m.parcel.numbers])
    return Lines.by(ix.codes, (firm, zone, t), ix.net_prices(p, k, t), sent)


def receipts(m: pyo.ConcreteModel, chain: Chain) -> None:
    """Every sale is paid through some channel."""
    lines = Lines(m.sold.keys)
    f, _, z, t = m.receipt.parts
    lines.add((f, z, t), 1.0, m.receipt)
    lines.less(m.sold)
    m.receipts = lines.equal()


def channel_share(m: pyo.ConcreteModel, chain: Chain) -> None:
    """A channel takes at most its accepted share of sales."""
    shares = {(z, c): share for z, rows in chain.payable.items() for c, share in rows if share < 1}
    receipt = numbers(m.receipt)
    m.channel_share = Rows()
    for f, c, z, t in receipt:
        if (z, c) in shares:
            line = Line([1.0], [receipt[f, c, z, t]])
            for other, _ in chain.payable[z]:
                line.add(-shares[z, c], receipt[f, other, z, t])
            m.channel_share.at_most((f, c, z, t), line)


def drawn(m: pyo.ConcreteModel, chain: Chain) -> None:
    """A balance grows only by drawing."""
    loan, draw = numbers(m.loan), numbers(m.draw)
    m.drawn = Rows()
    for (f, g, guaranteed, t), balance in loan.items():
        line = Line([1.0, -1.0], [balance, draw[f, g, guaranteed, t]])
        if t > 1:
            line.add(-1.0, loan[f, g, guaranteed, t - 1])
        m.drawn.at_most((f, g, guaranteed, t), line)


def tenor(m: pyo.ConcreteModel, chain: Chain) -> None:
    """A balance is at most what was drawn within the tenor."""
    calendar, draw = chain.index.calendar, numbers(m.draw)
    days = {offer.loan.loan: offer.loan.tenor_days for offer in chain.offers}
    recent = {
        (term, t): [s for s in range(1, t + 1) if calendar.end(t) - calendar.start(s) <= term + 1e-9]
        for term in set(days.values())
        for t in range(1, chain.index.last)
    }
    m.tenor = Rows()
    for (f, g, guaranteed, t), balance in numbers(m.loan).items():
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
    pairs = _by(chain, lambda offer: (offer.firm, offer.loan.kind))
    labels = [(f, kind, t) for f, kind in pairs for t in range(1, chain.index.last)]
    held, entering = (Lines(chain.index.keys(labels, 3)) for _ in range(2))
    for lines, x in ((held, m.loan), (entering, m.draw)):
        place = numbers(x)
        needed = ((key, o) for key in labels for o in pairs[key[:2]])
        lines.extend((key, 1 / o.advance, place[(*o.key, key[2])]) for key, o in needed)
    collateral(m, chain, held, entering)
    m.borrowing_base, m.draw_base = held.at_most(), entering.at_most()


def _total(
    loan: dict[Any, int], offers: list[Offer], period: int, weight: Callable[[Offer], float] = lambda o: 1.0
) -> Line:
    """Balances of some offers in a period, each times its weight."""
    return Line([weight(o) for o in offers], [loan[(*o.key, period)] for o in offers])


def firm_limit(m: pyo.ConcreteModel, chain: Chain) -> None:
    """A firm's balances stay under its credit limit."""
    loan = numbers(m.loan)
    m.firm_limit = Rows()
    for f, offers in _by(chain, lambda offer: offer.firm).items():
        limit = chain.firms[f].credit_limit
        for t in range(1, chain.index.last) if limit is not None else ():
            m.firm_limit.at_most((f, t), _total(loan, offers, t), limit)


def funder_line(m: pyo.ConcreteModel, chain: Chain) -> None:
    """A funder's loans stay under its line, and their expected loss under its cap."""
    loan = numbers(m.loan)
    m.funder_line, m.expected_loss = Rows(), Rows()
    for b, offers in _by(chain, lambda offer: offer.loan.funder).items():
        line, cap = chain.funders[b].line, chain.funders[b].loss_cap
        for t in range(1, chain.index.last):
            m.funder_line.at_most((b, t), _total(loan, offers, t), line)
            if cap is not None and any(o.loss_rate for o in offers):
                loss = _total(loan, offers, t, lambda o: o.loss_rate)
                m.expected_loss.at_most((b, t), loss, cap * line)


def concentration(m: pyo.ConcreteModel, chain: Chain) -> None:
    """A firm borrows from a funder only when admitted, at most its share of the funder's line, and
    at least the minimum ticket."""
    loan, admit, in_use = numbers(m.loan), numbers(m.admit), numbers(m.in_use)
    m.concentration, m.ticket_most, m.min_ticket, m.in_use_link = Rows(), Rows(), Rows(), Rows()
    for (f, b), own in _by(chain, lambda offer: (offer.firm, offer.loan.funder)).items():
        for t in range(1, chain.index.last):
            admitted = Line([chain.most(f, b)], [admit[f, b]])
            m.concentration.at_most((f, b, t), _total(loan, own, t).less(admitted))
    offers = _by(chain, lambda offer: (offer.firm, offer.loan.funder))
    for (f, b, t), used in in_use.items():
        balance = _total(loan, offers[f, b], t)
        m.ticket_most.at_most((f, b, t), balance.less(Line([chain.most(f, b)], [used])))
        least = Line([chain.funders[b].min_ticket], [used])
        m.min_ticket.at_most((f, b, t), least.less(balance))
        m.in_use_link.at_most((f, b, t), Line([1.0, -1.0], [used, admit[f, b]]))


def guarantee_line(m: pyo.ConcreteModel, chain: Chain) -> None:
    """Guarantees stay under the core firm's line of each relation, and with what it borrows itself
    under its whole line."""
    relations = _by(chain, lambda offer: (offer.core, offer.relation))
    cores = _by(chain, lambda offer: offer.core)
    own = _by(chain, lambda offer: offer.firm)
    loan, before_last = numbers(m.loan), range(1, chain.index.last)
    m.relation_line, m.guarantee_line = Rows(), Rows()
    for (core, relation), given in relations.items():
        for t in before_last if core else ():
            limit = chain.guarantees[core, relation].line
            m.relation_line.at_most((core, relation, t), _total(loan, given, t), limit)
    for core, row in chain.cores.items():
        used = [*cores.get(core, ()), *own.get(core, ())]
        for t in before_last if used else ():
            m.guarantee_line.at_most((core, t), _total(loan, used, t), row.guarantee_line)


def subsidies(m: pyo.ConcreteModel, chain: Chain) -> None:
    """Public money pays part of interest and of guarantee losses, within its budgets."""
    m.interest = _interest(m, chain)
    m.guarantee_loss = _guarantee_losses(m, chain)
    bases = {SubsidyKind.INTEREST: m.interest, SubsidyKind.RISK: m.guarantee_loss}
    grants = {row.subsidy: row for row in chain.index.network.rows(Subsidy) if bases.get(row.kind)}
    index = [(k, f, t) for k, row in grants.items() for f, t in bases[row.kind]]
    m.subsidy = Columns(chain.index.keys(index, 3), upper=[grants[k].budget for k, _, _ in index])
    subsidy = numbers(m.subsidy)
    m.subsidy_share, m.subsidy_whole = Rows(), Rows()
    for (k, f, t), y in subsidy.items():
        base = bases[grants[k].kind][f, t].times(grants[k].rate)
        m.subsidy_share.at_most((k, f, t), Line([1.0], [y]).less(base))
    for kind, base in bases.items():
        given = [k for k, row in grants.items() if row.kind is kind]
        for f, t in base if sum(grants[k].rate for k in given) > 1 else ():
            paid = Line([1.0] * len(given), [subsidy[k, f, t] for k in given])
            m.subsidy_whole.at_most((kind, f, t), paid.less(base[f, t]))
    _budgets(m, chain, grants)


def _budgets(m: pyo.ConcreteModel, chain: Chain, grants: dict[str, Subsidy]) -> None:
    paid = {k: [(f, y) for (j, f, _), y in numbers(m.subsidy).items() if j == k] for k in grants}
    m.subsidy_budget, m.small_share = Rows(), Rows()
    for k, row in grants.items():
        m.subsidy_budget.at_most(k, Line([1.0] * len(paid[k]), [y for _, y in paid[k]]), row.budget)
        if row.kind is SubsidyKind.INTEREST and row.small_share > 0:
            small = [1.0 if chain.firms[f].size is Size.SMALL else 0.0 for f, _ in paid[k]]
            line = Line([own - row.small_share for own in small], [y for _, y in paid[k]])
            m.small_share.between(k, line, 0.0, inf)


def _interest(m: pyo.ConcreteModel, chain: Chain) -> dict[tuple[str, int], Line]:
    """(firm, period) -> interest on loans eligible for subsidy."""
    out: dict[tuple[str, int], Line] = defaultdict(Line)
    loan = numbers(m.loan)
    for offer in chain.offers:
        if offer.loan.subsidised:
            for t in range(1, chain.index.last):
                rate = offer.rate * chain.index.calendar.year_share(t)
                out[offer.firm, t].add(rate, loan[(*offer.key, t)])
    return {key: line for key, line in out.items() if line.coefs}


def _guarantee_losses(m: pyo.ConcreteModel, chain: Chain) -> dict[tuple[str, int], Line]:
    """(core firm, period) -> expected loss of its guarantees."""
    out: dict[tuple[str, int], Line] = defaultdict(Line)
    loan = numbers(m.loan)
    for offer in chain.offers:
        for t in range(1, chain.index.last):
            loss = offer.guarantor_loss_rate * chain.index.calendar.year_share(t)
            if loss:
                out[offer.core, t].add(loss, loan[(*offer.key, t)])
    return dict(out)


def flows(m: pyo.ConcreteModel, chain: Chain, money: Flows) -> None:
    """Payments for receipts, loans, public money, chain trades, emergency credit and the true-up."""
    ix = chain.index
    _receipt_flows(m, chain, money)
    loan, draw = numbers(m.loan), numbers(m.draw)
    for offer in chain.offers:
        _loan_flows(chain, offer, loan, draw, money)
    for (f, b), admitted in numbers(m.admit).items():
        money.pay(f, OUTSIDE, 1, chain.funders[b].admission_cost, admitted)
    for (_, f, t), y in numbers(m.subsidy).items():
        money.pay(OUTSIDE, f, t, 1.0, y)
    for trade in chain.trades:
        for u, share in ix.calendar.split(trade.period, trade.credit_days):
            if u != AFTER:
                money.pay(trade.buyer, trade.supplier, u, share * trade.amount, None)
    _credit_flows(m, chain, money)
    for f, right in ix.right.items():
        money.pay(f, OPERATOR, ix.last, right, numbers(m.trueup)[None])


def _receipt_flows(m: pyo.ConcreteModel, chain: Chain, money: Flows) -> None:
    f, _, _, t = m.receipt.parts
    days, kept = paid_out(m, chain)
    receipt, u, share = chain.index.spread(t, days)
    amount = np.where(u == AFTER, 0.0, share * kept[receipt])
    money.pay_all(OUTSIDE, f[receipt], u, amount, m.receipt.numbers[receipt])


def _loan_flows(
    chain: Chain, offer: Offer, loan: dict[Any, int], draws: dict[Any, int], money: Flows
) -> None:
    calendar, f = chain.index.calendar, offer.firm
    for t in range(1, chain.index.last):
        balance, draw, year = loan[(*offer.key, t)], draws[(*offer.key, t)], calendar.year_share(t)
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
    for (f, t), e in numbers(m.emergency).items():
        money.pay(OUTSIDE, f, t, 1.0, e)
        money.pay(f, OUTSIDE, t + 1, 1.0, e)
        money.pay(f, OUTSIDE, t, (settings.emergency_rate or 0.0) * calendar.year_share(t), e)
    for t, e in numbers(m.overdraft).items():
        money.pay(OUTSIDE, OPERATOR, t, 1.0, e)
        money.pay(OPERATOR, OUTSIDE, t + 1, 1.0, e)
        money.pay(OPERATOR, OUTSIDE, t, (settings.operator_rate or 0.0) * calendar.year_share(t), e)
    cash = numbers(m.cash)
    for f, row in chain.firms.items():
        for t in calendar.periods:
            before = cash[f, t - 1] if t > 1 else None
            amount = settings.deposit_rate * calendar.year_share(t)
            money.pay(OUTSIDE, f, t, amount if t > 1 else amount * row.opening_cash, before)


def cash(m: pyo.ConcreteModel, chain: Chain, money: Flows) -> None:
    """Cash of every firm and of the operator follows from what they pay and receive."""

    ix = chain.index
    firms, operator = Lines(m.cash.family), Lines(ix.keys([(OPERATOR, t) for t in ix.periods], 2))
    opening = {f: row.opening_cash for f, row in chain.firms.items()}
    _carry(firms, numbers(m.cash), opening)
    operated = {(OPERATOR, t): place for t, place in numbers(m.operator_cash).items()}
    _carry(operator, operated, {OPERATOR: ix.settings.operator_cash})
    for party, period, amount, variable in money.sides():
        firms.add((party, period), -amount, variable)
        operator.add((party, period), -amount, variable)
    m.cash_balance, m.operator_balance = firms.equal(), operator.equal()
    m.operator_balance.labels = list(ix.periods)


def _carry(lines: Lines, held: dict[Any, int], opening: dict[str, float]) -> None:
    """Balances by party and period less those before them, at first less what there was at the start."""
    lines.extend((key, 1.0, place) for key, place in held.items())
    lines.extend(((f, t + 1), -1.0, place) for (f, t), place in held.items() if (f, t + 1) in held)
    lines.extend(((f, 1), -amount, CONSTANT) for f, amount in opening.items())


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
