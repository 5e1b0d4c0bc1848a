"""What each money term adds to the objective and to cash, against ``expected/terms.txt`` (by hand)."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import cases
import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network
from clusterlane.instances.tables import LoanKind, Relation, State, SubsidyKind, TariffItem
from formulation import CONSTANT, Terms, assert_terms, blocks, compiled, linear, objective, rows
from small import add, change

BY_HAND = dict(blocks("terms.txt"))
NAMES = {"d2": 1.1 ** (-30 / 365), "d3": 1.1 ** (-45 / 365), "e1": 1.2, "e2": 1.5, "e3": 2.0}
Pair = tuple[Network, Network]


def base(money: bool = True) -> Network:
    """Every way for goods, all of it free, prices in euro, money discounted at 10 % a year."""
    net = add(
        cases.parcels(cases.goods(money)),
        *cases.RATES,
        tab.Container(container="box", volume_m3=30, weight_kg=1000),
        tab.LaneContainer(lane="l", container="box", cost=0),
        tab.HubLevel(hub="h", level="q"),
        tab.Tier(warehouse="w", tier="a", term_periods=2),
        tab.Stock(product="p", place="w", opening=5, target=2),
    )
    net = change(net, tab.Settings, discount_rate=0.1)
    net = change(net, tab.Product, cost=0, declared_value=8, orders_per_unit=3, currency="EUR")
    net = change(net, tab.Sale, price=0)
    net = change(net, tab.Warehouse, contract=tab.Contract.LEASE)
    net = change(net, tab.Lane, loose_rate_kg=0, co2_kg_t=40)
    net = change(change(net, tab.LastMile, co2_kg_t=100), tab.ParcelRate, co2_kg_t=200)
    for kind in (tab.Haulage, tab.Hub, tab.Warehouse, tab.Lane, tab.Market, tab.LastMile, tab.ParcelRate):
        net = change(net, kind, currency="EUR")
    return net


def costing(money: bool = True) -> Network:
    """The same with goods that cost 10 euro."""
    return change(base(money), tab.Product, cost=10)


def put(kind: type[tab.Row], start: Callable[[], Network] = base, **values: Any) -> Callable[[], Pair]:
    """The network before and after setting columns."""
    return lambda: (start(), change(start(), kind, **values))


def with_row(row: tab.Row, start: Callable[[], Network] = base) -> Callable[[], Pair]:
    """The network before and after adding a row."""
    return lambda: (start(), add(start(), row))


def existing(kind: type[tab.Row]) -> Callable[[], Network]:
    """The network whose hub or warehouse exists already."""
    return lambda: change(base(), kind, state=State.EXISTING)


def lent(**loan: Any) -> Network:
    """The network with a loan of funder b on goods under way, everything free."""
    ratings = change(base(), tab.Rating, spread=0.0, spread_guaranteed=0.0)
    net = cases.lending(LoanKind.TRANSIT, ratings, **{"lgd": 0.0, **loan})
    return change(net, tab.Funder, base_rate=0)


def vouched(**loan: Any) -> Network:
    """The same with firm g, which guarantees loans of f."""
    return add(
        lent(advance_guaranteed=0.8, **loan),
        tab.Firm(firm="g", cluster="c", right=1),
        tab.Core(core="g", guarantee_line=100),
        tab.Guarantee(core="g", relation=Relation.TRADE, line=100),
        tab.Member(firm="f", core="g", relation=Relation.TRADE),
    )


def dear_credit(net: Network, base_rate: float = 0.04, spread: float = 0.03) -> Network:
    """4 % base rate and 3 % for the rating."""
    return change(change(net, tab.Funder, base_rate=base_rate), tab.Rating, spread=spread)


def entitled(right: float) -> Network:
    """Two firms, with rights 1 and ``right``."""
    return add(base(), tab.Firm(firm="g", cluster="c", right=right))


def tariff(item: TariffItem, place: str) -> Callable[[], Pair]:
    """A price of 4 for the use of a place."""
    return with_row(tab.Tariff(item=item, place=place, rate=4))


def no_money() -> Network:
    """The network planned without money."""
    return base(money=False)


def channelled() -> Network:
    """A payment channel for the zone."""
    net = add(base(), tab.Channel(channel="bank", fee_rate=0.02, settlement_days=5))
    return add(net, tab.ChannelShare(channel="bank", zone="z"))


TERMS: dict[str, Callable[[], Pair]] = {
    "production": lambda: (
        change(base(), tab.Product, pay_days=30),
        change(base(), tab.Product, pay_days=30, cost=10),
    ),
    "production on credit": lambda: (base(), change(base(), tab.Product, pay_days=-20, cost=10)),
    "production, money off": lambda: (no_money(), change(no_money(), tab.Product, pay_days=30, cost=10)),
    "haulage": put(tab.Haulage, cost_m3=4),
    "hub_handling": put(tab.Hub, handling_m3=3, clearance_m3=1),
    "hub_storage": put(tab.Hub, storage_m3_day=0.1),
    "hub_fixed": put(tab.HubLevel, opening_cost=40, operating_month=20),
    "hub_fixed, existing": put(tab.HubLevel, existing(tab.Hub), opening_cost=40, operating_month=20),
    "freight_boxes": put(tab.LaneContainer, cost=100),
    "freight_loose": put(tab.Lane, loose_rate_kg=0.3),
    "freight_rate": put(tab.Lane, rate_m3=5),
    "duty": with_row(tab.Duty(zone="z", family="k", rate=0.1)),
    "warehouse_in": put(tab.Warehouse, handling_in_m3=2, clearance_m3=1),
    "storage": put(tab.Warehouse, storage_m3_day=0.2),
    "warehouse_out": put(tab.Warehouse, handling_out_m3=3),
    "setup": put(tab.Warehouse, setup_cost=70),
    "setup, existing": put(tab.Warehouse, existing(tab.Warehouse), setup_cost=70),
    "rent": put(tab.Tier, rent_month=90),
    "building": put(tab.Tier, capital_cost=7),
    "last_mile": put(tab.LastMile, cost_order=1, cost_kg=0.02, cost_m3=4),
    "parcel": put(tab.ParcelRate, cost_order=2, cost_kg=0.5, volumetric_kg_m3=40),
    "parcel, heavy": put(tab.ParcelRate, cost_kg=0.5, volumetric_kg_m3=10),
    "parcel_duty": with_row(tab.Duty(zone="z", family="k", parcel_rate=0.2, parcel_fee=1.5)),
    "sales": lambda: (sold(base(), 0), sold(base(), 20)),
    "sales, money off": lambda: (sold(no_money(), 0), sold(no_money(), 20)),
    "penalty": put(tab.Sale, penalty=6),
    "refund": put(tab.Product, costing, refund_rate=0.1, refund_days=25),
    "refund, money off": put(tab.Product, lambda: costing(False), refund_rate=0.1, refund_days=25),
    "salvage": put(tab.Product, salvage=4),
    "co2": put(tab.Settings, co2_price=0.5),
    "rent_subsidy": with_row(tab.Subsidy(subsidy="i", kind=SubsidyKind.RENT, rate=0.5, budget=9)),
    "capital": put(tab.Settings, costing, capital_rate=0.365),
    "capital, money off": put(tab.Settings, lambda: costing(False), capital_rate=0.365),
    "receipts after credit": put(tab.Zone, credit_days=10),
    "channel_fee": lambda: (base(), channelled()),
    "draw and repay": lambda: (base(), lent()),
    "interest": lambda: (lent(), change(dear_credit(lent()), tab.Loan, spread=0.01)),
    "interest never negative": lambda: (lent(), change(dear_credit(lent()), tab.Loan, spread=-0.08)),
    "draw_fee": put(tab.Loan, lent, draw_fee=0.002),
    "admission": put(tab.Funder, lent, admission_cost=3),
    "guarantee_fee": put(tab.Guarantee, vouched, fee_rate=0.01),
    "guarantee_loss": put(tab.Loan, vouched, lgd=0.45, lgd_guaranteed=0.05),
    "interest_subsidy": with_row(
        tab.Subsidy(subsidy="i", kind=SubsidyKind.INTEREST, rate=0.5, budget=9), lambda: dear_credit(lent())
    ),
    "emergency_draw, emergency_repay, emergency_interest": put(tab.Settings, emergency_rate=0.6),
    "overdraft": put(tab.Settings, operator_rate=0.2),
    "deposit_interest": put(tab.Settings, deposit_rate=0.0365),
    "risk_subsidy": with_row(
        tab.Subsidy(subsidy="r", kind=SubsidyKind.RISK, rate=0.5, budget=9), lambda: vouched(lgd=0.45)
    ),
    "trueup": lambda: (entitled(0), entitled(3)),
    "trade": with_row(
        tab.Trade(trade="t", supplier="f", buyer="g", period=1, amount=100, credit_days=40), vouched
    ),
    "tariff hub": tariff(TariffItem.HUB, "h"),
    "tariff lane": tariff(TariffItem.LANE, "l"),
    "tariff storage at the warehouse": tariff(TariffItem.STORAGE, "w"),
    "tariff storage at the hub": tariff(TariffItem.STORAGE, "h"),
    "tariff handling": tariff(TariffItem.HANDLING, "w"),
}


def sold(net: Network, price: float) -> Network:
    """Buyers of whom 10 % never pay, and 20 % of sales lost to returns: 14.4 of a price of 20."""
    return change(change(net, tab.Sale, price=price), tab.Market, default_rate=0.1, dilution=0.2)


def ledger(net: Network) -> dict[str, Terms]:
    """Line ("objective", "f 1", "operator 3") -> terms, received counted plus in cash lines."""
    arrays = compiled(net)
    lines = {"objective": objective(arrays)}
    for part, party in (("cash_balance", ""), ("operator_balance", "operator,")):
        for key, (terms, low, _) in rows(arrays, part).items() if part in arrays.rows else ():
            name = (party + key.split("[")[1].rstrip("]")).replace(",", " ")
            lines[name] = {**{column: -v for column, v in terms.items()}, CONSTANT: low}
    return lines


def difference(before: Terms, after: Terms) -> Terms:
    """Terms of the second less those of the first."""
    return {k: after.get(k, 0.0) - before.get(k, 0.0) for k in before.keys() | after.keys()}


@pytest.mark.parametrize("term", TERMS)
def test_term(term: str) -> None:
    """The difference a term makes is the one by hand: in the objective and in nobody else's cash."""
    before, after = map(ledger, TERMS[term]())
    assert before.keys() <= after.keys()
    for line in after:
        hand = linear(BY_HAND[term].get(line, "0"), NAMES)
        assert_terms(difference(before.get(line, {}), after[line]), hand, f"{term}: {line}")
    assert BY_HAND[term].keys() <= after.keys()


def test_terms_and_expectations_match() -> None:
    """No term without lines by hand, no lines without a term."""
    assert TERMS.keys() == BY_HAND.keys()


def test_every_term_of_the_contract_is_here() -> None:
    """The terms in the tables "payer → payee" of the README are those checked by hand."""
    text = (files("clusterlane.models") / "README.md").read_text(encoding="utf-8")
    named: set[str] = set()
    for table in text.split("| term | payer → payee |")[1:]:
        lines = [line for line in table.split("\n\n")[0].splitlines() if line.startswith("| `")]
        named |= {name for line in lines for name in re.findall(r"`(\w+)`", line.split("|")[1])}
    assert len(named) > 35
    assert named <= {word for term in TERMS for word in re.findall(r"\w+", term)}
