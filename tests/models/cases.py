"""Small networks, one feature each, whose rows are written out by hand in ``expected/*.txt``.

All start from ``goods``: periods of 30, 15 and 30 days; firm f makes p (2 m3, 50 kg, cost 10) and hauls
it to hub h, lane l takes 20 days to warehouse w, which serves market m: 6 units in period 2, 9 in
period 3.  So what leaves in period 1 (days 0-30) arrives on days 20-50: 10/30 in period 1, 15/30 in 2,
5/30 in 3; what leaves in 2 (days 30-45) arrives on days 50-65, all in 3; what leaves in 3 comes too late.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network
from small import START, add, change, network

DAYS = (30, 15, 30)


def goods(money: bool = False) -> Network:
    """The chain alone, everything free; w is third-party storage without set-up."""
    return network(
        tab.Settings(name="hand", start=START, money=money),
        *(tab.Period(period=t, days=days) for t, days in enumerate(DAYS, 1)),
        tab.Cluster(cluster="c"),
        tab.Rating(rating="good", pd=0.1, spread=0.03, spread_guaranteed=0.01),
        tab.Rating(rating="best", pd=0.02),
        tab.Firm(firm="f", cluster="c", rating="good", opening_cash=50, right=1),
        tab.Family(family="k"),
        tab.Product(product="p", firm="f", family="k", volume_m3=2, weight_kg=50, cost=10),
        tab.Hub(hub="h"),
        tab.Haulage(cluster="c", hub="h"),
        tab.Zone(zone="z"),
        tab.Warehouse(warehouse="w", zone="z", contract=tab.Contract.PER_USE),
        tab.Lane(lane="l", hub="h", warehouse="w", mode=tab.Mode.OCEAN, days=20),
        tab.Market(market="m", zone="z"),
        tab.LastMile(warehouse="w", market="m", days=3),
        tab.Sale(product="p", market="m", price=20),
        tab.Demand(product="p", market="m", period=2, quantity=6),
        tab.Demand(product="p", market="m", period=3, quantity=9),
    )


def parcels(net: Network | None = None) -> Network:
    """Parcel service s as well."""
    return add(net or goods(), tab.Service(service="s"), tab.ParcelRate(service="s", market="m", days=5))


def second_market(net: Network | None = None) -> Network:
    """Market n wants 4 in period 2."""
    return add(
        net or goods(),
        tab.Market(market="n", zone="z"),
        tab.LastMile(warehouse="w", market="n"),
        tab.Sale(product="p", market="n", price=20),
        tab.Demand(product="p", market="n", period=2, quantity=4),
    )


def second_firm(net: Network | None = None, **firm: Any) -> Network:
    """Firm g with product o (1 m3, 10 kg, cost 30) and 8 units wanted in m in period 2."""
    return add(
        net or goods(),
        tab.Firm(**{"firm": "g", "cluster": "c", "rating": "best", "opening_cash": 70, "right": 3, **firm}),
        tab.Product(product="o", firm="g", family="k", volume_m3=1, weight_kg=10, cost=30),
        tab.Sale(product="o", market="m", price=50),
        tab.Demand(product="o", market="m", period=2, quantity=8),
    )


def started() -> Network:
    """Goods at the hub, in the warehouse and under way at the start; 2 wanted at the end."""
    return add(
        goods(),
        tab.Stock(product="p", place="h", opening=4),
        tab.Stock(product="p", place="w", opening=5, target=2),
        tab.Pipeline(product="p", warehouse="w", period=2, quantity=3),
    )


def safety() -> Network:
    """6 days of the deliveries to both markets lie in the warehouse when a period starts."""
    net = add(second_market(), tab.Stock(product="p", place="w", opening=5))
    return change(net, tab.Product, safety_days=6)


def loaded() -> Network:
    """Boxes of 30 m3 and 1000 kg, loose cargo at 500 kg/m3, 12 m3 a month at most; CO2 capped."""
    net = add(
        parcels(),
        tab.Container(container="box", volume_m3=30, weight_kg=1000),
        tab.LaneContainer(lane="l", container="box", cost=0),
    )
    net = change(net, tab.Lane, loose_rate_kg=0, loose_kg_m3=500, capacity_m3_month=12, co2_kg_t=40)
    net = change(change(net, tab.LastMile, co2_kg_t=100), tab.ParcelRate, co2_kg_t=200)
    return change(net, tab.Settings, co2_cap=70)


def levels() -> Network:
    """Hub level s takes 8 m3 a month, 3 of them of family k; level t whatever comes; 5 m3 held over."""
    net = add(
        goods(),
        tab.HubLevel(hub="h", level="s", capacity_m3_month=8),
        tab.HubLevel(hub="h", level="t"),
        tab.HubFamily(hub="h", level="s", family="k", capacity_m3_month=3),
    )
    return change(net, tab.Hub, storage_m3=5)


def forced_hub() -> Network:
    """The same hub, forced."""
    return change(levels(), tab.Hub, state=tab.State.FORCED)


def leases() -> Network:
    """w is leased: tier a for 2 periods (10 m3, 20 m3 a month), tier b to the end without limits."""
    net = add(
        goods(),
        tab.Tier(warehouse="w", tier="a", storage_m3=10, throughput_m3_month=20, term_periods=2),
        tab.Tier(warehouse="w", tier="b"),
        tab.TierFamily(warehouse="w", tier="a", family="k", storage_m3=4, throughput_m3_month=6),
    )
    net = change(net, tab.Warehouse, contract=tab.Contract.LEASE, storage_m3=25, throughput_m3_month=40)
    return change(net, tab.Period, lambda row: row.period == 2, max_openings=1, max_sites=0)


def two_products_leased() -> Network:
    """A leased warehouse and two products of two firms."""
    return second_firm(leases())


def paid_per_use() -> Network:
    """Third-party storage with a set-up cost."""
    return change(goods(), tab.Warehouse, setup_cost=9)


def two_warehouses() -> Network:
    """A second warehouse x (10 days by lane e) and one source per product and market."""
    net = add(
        goods(),
        tab.Warehouse(warehouse="x", zone="z", contract=tab.Contract.PER_USE),
        tab.Lane(lane="e", hub="h", warehouse="x", mode=tab.Mode.RAIL, days=10),
        tab.LastMile(warehouse="x", market="m"),
    )
    return change(net, tab.Settings, single_source=True)


def covered() -> Network:
    """One of two markets must be served fully in period 2."""
    return change(second_market(), tab.Period, lambda row: row.period == 2, min_covered=1)


def rent_grants() -> Network:
    """Two rent subsidies (60 % and 50 %, budgets 80 and 30) for a lease at 90 a month."""
    net = add(
        change(leases(), tab.Tier, lambda row: row.tier == "a", rent_month=90),
        tab.Subsidy(subsidy="i", kind=tab.SubsidyKind.RENT, rate=0.6, budget=80),
        tab.Subsidy(subsidy="j", kind=tab.SubsidyKind.RENT, rate=0.5, budget=30),
    )
    return change(net, tab.Tier, lambda row: row.tier == "b", status=tab.Status.EXCLUDE)


def channels() -> Network:
    """Net price 20·0.9·0.8 = 14.4; bank (2 % fee, 5 days, at most 60 %) and wallet (3 %, at once)."""
    net = add(
        goods(money=True),
        tab.Channel(channel="bank", fee_rate=0.02, settlement_days=5),
        tab.Channel(channel="wallet", fee_rate=0.03),
        tab.ChannelShare(channel="bank", zone="z", max_share=0.6),
        tab.ChannelShare(channel="wallet", zone="z"),
    )
    net = change(net, tab.Zone, credit_days=10)
    return change(net, tab.Market, default_rate=0.1, dilution=0.2)


def lending(kind: tab.LoanKind, net: Network | None = None, **loan: Any) -> Network:
    """Funder b (4 %) lends half the value on one kind of collateral for 30 days."""
    return add(
        net or goods(money=True),
        tab.Funder(funder="b", base_rate=0.04, line=500),
        tab.Loan(**{"loan": "n", "funder": "b", "kind": kind, "advance": 0.5, "tenor_days": 30, **loan}),
    )


def order() -> Network:
    """80 % of production is to order, 40 days ahead; 1 unit is wanted at h at the end, so hauled in 3."""
    net = change(goods(money=True), tab.Product, order_share=0.8, order_days=40)
    return lending(tab.LoanKind.ORDER, add(net, tab.Stock(product="p", place="h", target=1)))


def transit() -> Network:
    """Loans on goods under way, 45 days."""
    return lending(tab.LoanKind.TRANSIT, tenor_days=45)


def warehouse() -> Network:
    """Loans on stock, with goods there and under way at the start."""
    return lending(tab.LoanKind.WAREHOUSE, change(started(), tab.Settings, money=True))


def receivable() -> Network:
    """Loans on what buyers owe."""
    return lending(tab.LoanKind.RECEIVABLE, channels())


def chain() -> Network:
    """g (rating best) is core firm of f and owes it 100 of period 1 after 40 days; f has vouchers."""
    net = add(
        second_firm(goods(money=True)),
        tab.Core(core="g", guarantee_line=120),
        tab.Guarantee(core="g", relation=tab.Relation.TRADE, line=90, fee_rate=0.01),
        tab.Member(firm="f", core="g", relation=tab.Relation.TRADE),
        tab.Trade(trade="t", supplier="f", buyer="g", period=1, amount=100, credit_days=40),
    )
    return lending(tab.LoanKind.VOUCHER, net)


def guaranteed() -> Network:
    """g guarantees loans of f on goods under way: 80 % instead of 50 %; limits of every kind."""
    net = lending(tab.LoanKind.TRANSIT, chain(), loan="y", advance_guaranteed=0.8, lgd_guaranteed=0.05)
    net = change(net, tab.Loan, lambda row: row.loan == "n", status=tab.Status.EXCLUDE)
    net = change(net, tab.Firm, lambda row: row.firm == "f", credit_limit=200)
    net = change(net, tab.Funder, max_firm_share=0.6, loss_cap=0.02, min_ticket=20, admission_cost=3)
    return net.replace(funders=net.all_rows(tab.Funder)[:1])


def public_money() -> Network:
    """Two interest subsidies (70 % and 40 %; i: half of it to small firms) and a risk fund of 80 %."""
    return add(
        change(guaranteed(), tab.Firm, lambda row: row.firm == "g", size=tab.Size.LARGE),
        tab.Subsidy(subsidy="i", kind=tab.SubsidyKind.INTEREST, rate=0.7, budget=40, small_share=0.5),
        tab.Subsidy(subsidy="j", kind=tab.SubsidyKind.INTEREST, rate=0.4, budget=30),
        tab.Subsidy(subsidy="r", kind=tab.SubsidyKind.RISK, rate=0.8, budget=25),
    )


def cash() -> Network:
    """Two firms with rights 1 and 3, opening cash 50 and 70; nothing costs anything but the goods."""
    return second_firm(goods(money=True))


NETWORKS: dict[str, Callable[[], Network]] = {
    f.__name__: f
    for f in (
        goods,
        parcels,
        second_market,
        started,
        safety,
        loaded,
        levels,
        forced_hub,
        leases,
        two_products_leased,
        paid_per_use,
        two_warehouses,
        covered,
        rent_grants,
        channels,
        order,
        transit,
        warehouse,
        receivable,
        chain,
        guaranteed,
        public_money,
        cash,
    )
}
"""Networks by the name they have in ``expected/*.txt``."""

RATES = tuple(
    tab.ExchangeRate(currency="EUR", date=START + dt.timedelta(days=days), rate=rate)
    for days, rate in ((0, 1.2), (20, 1.5), (45, 2.0))
)
"""In force on the first day of periods 1, 2 and 3 (days 0, 30 and 45)."""
