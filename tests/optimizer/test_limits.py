"""Every financial limit, just enough and just short, against costs worked out by hand.

``small.bench``: a firm with 50 must pay 100 for 10 units one period before it sells them; each unit it cannot
pay for loses a margin of 10.  Each case gives it 50 more through one limited door.  Short of it, the
firm makes what it can pay for.
"""

from __future__ import annotations

from typing import Any

import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network
from clusterlane.optimizer.solve import solve
from small import add, bench, change, second_firm

INTEREST = 0.365 * 30 / 365
"""Interest of a period of 30 days at 36.5 % a year."""


def loan(kind: str = "order", name: str = "g", **values: Any) -> tab.Loan:
    """A loan of half the collateral for one period, without loss given default."""
    base = {"funder": "b", "advance": 0.5, "tenor_days": 30, "lgd": 0}
    return tab.Loan(loan=name, kind=tab.LoanKind(kind), **{**base, **values})


def lent(net: Network | None = None, **values: Any) -> Network:
    """The bench (or ``net``) with one loan product."""
    return add(net or bench(), loan(**values))


def firm(**values: Any) -> Network:
    return change(lent(), tab.Firm, **values)


def funder(net: Network | None = None, **values: Any) -> Network:
    return change(net or lent(), tab.Funder, **values)


def at_once(net: Network) -> Network:
    """Goods are paid when they leave the firm, and are not made to order."""
    return change(net, tab.Product, pay_days=0, order_days=0)


def transit(advance: float, controlled: bool = True) -> Network:
    """30 days at sea: goods leave in period 1."""
    net = change(at_once(bench()), tab.Lane, days=30, controlled=controlled)
    return lent(net, kind="transit", advance=advance)


def stored(advance: float, controlled: bool = True) -> Network:
    """What is sold in period 2 must lie in the warehouse when it starts."""
    net = change(at_once(bench()), tab.Product, safety_days=30)
    net = change(change(net, tab.Warehouse, controlled=controlled), tab.Hub, controlled=controlled)
    return lent(net, kind="warehouse", advance=advance)


def receivable(advance: float, credit_days: float = 30, tenor_days: float = 30) -> Network:
    """Sold in period 1 (for 200), paid later."""
    net = change(at_once(bench(4)), tab.Demand, period=1)
    net = change(net, tab.Zone, credit_days=credit_days)
    return lent(net, kind="receivable", advance=advance, tenor_days=tenor_days)


def voucher(advance: float, rating: str | None = "good") -> Network:
    """The firm has delivered for 100 to a buyer that pays 30 days later."""
    buyer = tab.Firm(firm="n", cluster="c", rating=rating, opening_cash=100)
    trade = tab.Trade(trade="t", supplier="f", buyer="n", period=1, amount=100, credit_days=30)
    return lent(add(bench(), buyer, trade), kind="voucher", advance=advance)


def guaranteed(line: float = 1000, relation: float = 1000, **values: Any) -> Network:
    """A loan with guarantee only, by a core firm that trades with nobody."""
    net = add(
        bench(),
        tab.Firm(firm="n", cluster="c", rating="good", opening_cash=100),
        tab.Core(core="n", guarantee_line=line),
        tab.Guarantee(core="n", relation=tab.Relation.TRADE, line=relation),
        tab.Member(firm="f", core="n", relation=tab.Relation.TRADE),
    )
    return lent(net, **{"advance": 0, "advance_guaranteed": 0.5, **values})


def core_borrows(line: float) -> Network:
    """Member and core firm need 50 each; the core's own loans use its guarantee line too.

    Funder ``a`` lends 50 without guarantee, ``b`` 50 to the member with it.  At a line of 100 - 2 s, the
    member best takes s from ``a``: its guarantee falls by s, and so do the core's own loans.
    """
    net = add(
        second_firm(bench()),
        tab.Core(core="g", guarantee_line=line),
        tab.Guarantee(core="g", relation=tab.Relation.TRADE, line=1000),
        tab.Member(firm="f", core="g", relation=tab.Relation.TRADE),
    )
    only_guaranteed = loan(advance=0, advance_guaranteed=0.5)
    plain = add(net, tab.Funder(funder="a", base_rate=0, line=50), loan(name="own", funder="a"))
    plain = change(plain, tab.Firm, lambda row: row.firm == "f", credit_limit=50)
    return funder(add(plain, only_guaranteed), line=50)


def subsidised(budget: float, cash: float = 52, **values: Any) -> Network:
    """Interest of 3 % a period, subsidised up to a budget."""
    net = change(funder(base_rate=0.365), tab.Firm, opening_cash=cash)
    return add(
        net,
        tab.Subsidy(subsidy="s", kind=tab.SubsidyKind.INTEREST, **{"rate": 1, "budget": budget, **values}),
    )


def small_share(share: float) -> Network:
    """A small and a large firm, each in need of 48 and with no more credit than that makes sensible."""
    net = second_firm(subsidised(10, small_share=share), size=tab.Size.LARGE, opening_cash=52)
    return change(net, tab.Firm, lambda row: row.firm == "f", credit_limit=48)


def leased(**settings: Any) -> Network:
    """A firm with cash enough, and a warehouse leased for 10 in period 2."""
    net = change(bench(), tab.Firm, opening_cash=100)
    net = change(net, tab.Warehouse, contract=tab.Contract.LEASE)
    net = add(net, tab.Tier(warehouse="w", tier="n", term_periods=1, rent_month=10))
    return change(net, tab.Settings, **settings)


def rent_paid(rate: float, budget: float) -> Network:
    subsidy = tab.Subsidy(subsidy="s", kind=tab.SubsidyKind.RENT, rate=rate, budget=budget)
    return add(leased(operator_cash=10), subsidy)


LOSS = 0.1 * 0.4 * 30 / 365 * 50
"""Expected guarantee loss: 10 % of default, 40 % of loss, 30 days, 50 lent."""


def risk(budget: float, rate: float = 1.0) -> Network:
    subsidy = tab.Subsidy(subsidy="s", kind=tab.SubsidyKind.RISK, rate=rate, budget=budget)
    return add(guaranteed(lgd=0.5, lgd_guaranteed=0.1), subsidy)


def emergency(limit: float | None, rate: float | None = 0.365) -> Network:
    return change(change(bench(), tab.Settings, emergency_rate=rate), tab.Firm, emergency_limit=limit)


def channels(share: float) -> Network:
    """A free channel for a share of sales, else one with a fee of 10 %."""
    return add(
        change(bench(), tab.Firm, opening_cash=100),
        tab.Channel(channel="free"),
        tab.Channel(channel="dear", fee_rate=0.1),
        tab.ChannelShare(channel="free", zone="z", max_share=share),
        tab.ChannelShare(channel="dear", zone="z"),
    )


def admission(cost: float, advance: float) -> Network:
    return funder(lent(advance=advance), admission_cost=cost)


PART = (10 - 50 / 6) * 10
"""Cost when each unit brings a loan of 4: 50 / (10 - 4) units."""

CASES: dict[str, tuple[Network, float]] = {
    "no loan": (bench(), 50),
    "order: enough": (lent(), 0),
    "order: short": (lent(advance=0.4), PART),
    "order share: enough": (change(lent(advance=1), tab.Product, order_share=0.5), 0),
    "order share: short": (change(lent(advance=1), tab.Product, order_share=0.4), PART),
    "order, confirmed too late": (change(lent(), tab.Product, order_days=0), 50),
    "transit: enough": (transit(0.5), 0),
    "transit: short": (transit(0.4), PART),
    "transit: lane not controlled": (transit(0.5, controlled=False), 50),
    "warehouse: enough": (stored(0.5), 0),
    "warehouse: short": (stored(0.4), PART),
    "warehouse: not controlled": (stored(0.5, controlled=False), 50),
    "receivable: enough": (receivable(0.25), 0),
    "receivable: short": (receivable(0.2), PART),
    "voucher: enough": (voucher(0.5), 0),
    "voucher: short": (voucher(0.4), 10),
    "voucher: buyer without rating": (voucher(0.5, rating=None), 50),
    "tenor: short by a day": (lent(tenor_days=29), 50),
    "two periods: tenor enough": (receivable(0.25, credit_days=60, tenor_days=60), 0),
    "two periods: not renewed": (receivable(0.25, credit_days=60, tenor_days=30), 50),
    "firm without rating": (firm(rating=None), 50),
    "firm limit: enough": (firm(credit_limit=50), 0),
    "firm limit: short": (firm(credit_limit=45), 5),
    "line: enough": (funder(line=50), 0),
    "line: short": (funder(line=45), 5),
    "line, two firms: enough": (funder(second_firm(lent()), line=100), 0),
    "line, two firms: short": (funder(second_firm(lent()), line=95), 5),
    "concentration: enough": (funder(line=100, max_firm_share=0.5), 0),
    "concentration: short": (funder(line=100, max_firm_share=0.45), 5),
    "expected loss: enough": (funder(lent(lgd=0.5), loss_cap=0.0025), 0),
    "expected loss: short": (funder(lent(lgd=0.5), loss_cap=0.00225), 5),
    "expected loss, guaranteed: enough": (
        funder(guaranteed(lgd=0.2, lgd_guaranteed=0.2), loss_cap=0.001),
        0,
    ),
    "expected loss, guaranteed: short": (
        funder(guaranteed(lgd=0.2, lgd_guaranteed=0.2), loss_cap=0.0009),
        5,
    ),
    "one collateral, two loans": (
        change(add(lent(), loan(name="second")), tab.Firm, opening_cash=40),
        20,
    ),
    "one collateral, with and without guarantee": (
        change(guaranteed(advance=0.5), tab.Firm, lambda row: row.firm == "f", opening_cash=40),
        20,
    ),
    "guarantee line: enough": (guaranteed(line=50), 0),
    "guarantee line: short": (guaranteed(line=45), 5),
    "relation line: enough": (guaranteed(relation=50), 0),
    "relation line: short": (guaranteed(relation=45), 5),
    "not a member": (guaranteed().replace(members=()), 50),
    "core's own loans: enough": (core_borrows(100), 0),
    "core's own loans: short": (core_borrows(95), 2.5),
    "minimum ticket: enough": (funder(min_ticket=50), 0),
    "minimum ticket: short": (funder(min_ticket=50.1), 50),
    "admission: worth it": (admission(2, 0.6), 2),
    "admission: paid in period 1": (admission(2, 0.5), 2 + 4),
    "admission: not worth it": (admission(60, 0.6), 50),
    "interest subsidy: enough": (subsidised(48 * INTEREST), 0),
    "interest subsidy: short": (subsidised(1), INTEREST * (48 - 1) / (1 - INTEREST) - 1),
    "interest subsidy: half": (
        subsidised(10, rate=0.5, cash=51),
        49 / (1 - INTEREST / 2) * INTEREST / 2,
    ),
    "interest subsidy: not eligible": (
        change(subsidised(10), tab.Loan, subsidised=False),
        INTEREST * 48 / (1 - INTEREST),
    ),
    "small share: enough": (small_share(0.5), 0),
    "small share: short": (small_share(0.75), INTEREST * (48 - 0.48) / (1 - INTEREST) - 0.48),
    "rent subsidy: enough": (rent_paid(1, 10), 0),
    "rent subsidy: short": (rent_paid(1, 6), 4),
    "rent subsidy: rate": (rent_paid(0.5, 10), 5),
    "risk fund: enough": (risk(LOSS), 0),
    "risk fund: short": (risk(LOSS / 2), LOSS / 2),
    "risk fund: rate": (risk(1, rate=0.25), LOSS * 0.75),
    "least cash: enough": (firm(opening_cash=60, min_cash=10), 0),
    "least cash: short": (firm(opening_cash=60, min_cash=11), 2),
    "emergency: enough": (emergency(50 / (1 - INTEREST)), INTEREST * 50 / (1 - INTEREST)),
    "emergency: short": (emergency(40), 10 * (5 - 4 * (1 - INTEREST)) + 40 * INTEREST),
    "emergency: none to be had": (emergency(None, rate=None), 50),
    "emergency: no limit": (emergency(None), INTEREST * 50 / (1 - INTEREST)),
    "channel share: all": (channels(1), 0),
    "channel share: half": (channels(0.5), 10),
    "channel share: less": (channels(0.4), 12),
    "operator's cash: enough": (leased(operator_cash=10), 10),
    "operator's cash: short": (leased(operator_cash=9.9), 100),
    "overdraft: enough": (
        leased(operator_rate=0.365, operator_limit=10 / (1 - INTEREST) + 1e-9),
        10 + INTEREST * 10 / (1 - INTEREST),
    ),
    "overdraft: short": (leased(operator_rate=0.365, operator_limit=10.3), 100),
}


@pytest.mark.parametrize("case", CASES)
def test_limit_binds(case: str) -> None:
    """The plan uses the limit to the full, and no more."""
    network, cost = CASES[case]
    plan = solve(network, gap=0)
    assert plan.objective == pytest.approx(cost, abs=1e-6)
    assert plan.bound == pytest.approx(cost, abs=1e-5)
    assert plan.check["ok"]
