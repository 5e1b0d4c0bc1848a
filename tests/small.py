"""Small networks for tests: one for hand calculation, and seeded random ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from random import Random
from typing import Any, TypeVar

from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network

R = TypeVar("R", bound=tab.Row)
NAMES = {kind: name for name, kind in tab.TABLES.items()}
START = dt.date(2026, 1, 1)


def network(*rows: tab.Row) -> Network:
    """The network of these rows."""
    kinds = {type(row) for row in rows}
    return Network({NAMES[kind]: [row for row in rows if type(row) is kind] for kind in kinds})


def change(
    net: Network, kind: type[R], where: Callable[[R], bool] = lambda row: True, **values: Any
) -> Network:
    """Set columns in the rows of a table that fit."""
    rows = [row.model_copy(update=values) if where(row) else row for row in net.all_rows(kind)]
    return net.replace(**{NAMES[kind]: rows})


def add(net: Network, *rows: tab.Row, first: bool = False) -> Network:
    """Put rows at the end (or the start) of their tables."""
    for row in rows:
        old = net.all_rows(type(row))
        net = net.replace(**{NAMES[type(row)]: (row, *old) if first else (*old, row)})
    return net


def bench(periods: int = 3) -> Network:
    """One firm, one hub, one third-party warehouse, one market; nothing costs anything but the goods.

    10 units at cost 10 (made to order, paid and ordered 30 days ahead) are wanted in period 2 at price 20, so
    all 100 must be paid in period 1; the firm has 50.  An unserved unit loses its margin of 10.
    """
    return network(
        tab.Settings(name="bench", start=START),
        *(tab.Period(period=t, days=30) for t in range(1, periods + 1)),
        tab.Cluster(cluster="c"),
        tab.Rating(rating="good", pd=0.1),
        tab.Firm(firm="f", cluster="c", rating="good", opening_cash=50),
        tab.Family(family="k"),
        tab.Product(
            product="p", firm="f", family="k", volume_m3=1, weight_kg=1, cost=10, pay_days=30, order_days=30
        ),
        tab.Hub(hub="h"),
        tab.Haulage(cluster="c", hub="h"),
        tab.Zone(zone="z"),
        tab.Warehouse(warehouse="w", zone="z", contract=tab.Contract.PER_USE),
        tab.Lane(lane="l", hub="h", warehouse="w", mode=tab.Mode.OCEAN),
        tab.Market(market="m", zone="z"),
        tab.LastMile(warehouse="w", market="m"),
        tab.Sale(product="p", market="m", price=20),
        tab.Demand(product="p", market="m", period=2, quantity=10),
        tab.Funder(funder="b", base_rate=0, line=1000),
    )


def second_firm(net: Network, **firm: Any) -> Network:
    """The same firm once more (``g`` with product ``o``), in the same market."""
    twin = tab.Product(
        product="o", firm="g", family="k", volume_m3=1, weight_kg=1, cost=10, pay_days=30, order_days=30
    )
    return add(
        net,
        tab.Firm(**{"firm": "g", "cluster": "c", "rating": "good", "opening_cash": 50, **firm}),
        twin,
        tab.Sale(product="o", market="m", price=20),
        tab.Demand(product="o", market="m", period=2, quantity=10),
    )


def random_network(seed: int, money: bool = False, periods: int = 2, firms: int = 2) -> Network:
    """A network small enough to be enumerated: ``periods`` with demand, a run-off, features by chance."""
    return _Draw(seed, periods, firms).network(money)


class _Draw:
    def __init__(self, seed: int, periods: int, firms: int):
        self.r = Random(seed)
        self.periods = range(1, periods + 1)
        self.firms = [f"f{i}" for i in range(firms)]

    def num(self, low: float, high: float) -> float:
        return round(self.r.uniform(low, high), 2)

    def maybe(self, share: float, value: Any, otherwise: Any = None) -> Any:
        return value if self.r.random() < share else otherwise

    def network(self, money: bool) -> Network:
        rows = [*self.frame(money), *self.makers(), *self.places(), *self.ways(), *self.buyers()]
        return network(*rows, *(self.finance() if money else ()))

    def frame(self, money: bool) -> list[tab.Row]:
        settings = tab.Settings(
            name="random",
            start=START,
            money=money,
            single_source=self.maybe(0.2, True, False),
            discount_rate=self.maybe(0.3, 0.1, 0.0),
            capital_rate=self.maybe(0.7, 0.2, 0.0),
            deposit_rate=self.maybe(0.5, 0.01, 0.0),
            emergency_rate=self.maybe(0.8, 0.6),
            co2_price=self.maybe(0.4, 0.05, 0.0),
            co2_cap=self.maybe(0.2, self.num(2, 20)),
            operator_cash=self.num(0, 500),
            operator_rate=0.2,
        )
        days = self.r.choice([15.0, 30.0])
        sites = self.maybe(0.3, 1)
        spans = [
            tab.Period(period=t, days=days, max_openings=self.maybe(0.3, 1), max_sites=sites)
            for t in self.periods
        ]
        spans += [tab.Period(period=len(spans) + i, days=30) for i in (1, 2)]
        fx = [
            tab.ExchangeRate(currency="EUR", date=START + dt.timedelta(days=i * 20), rate=self.num(1, 1.3))
            for i in range(3)
        ]
        ratings = [
            tab.Rating(rating="A", pd=0.01, spread=0.01, spread_guaranteed=0.005),
            tab.Rating(rating="B", pd=0.06, spread=0.05, spread_guaranteed=0.02),
        ]
        return [settings, *spans, *fx, *ratings, tab.Cluster(cluster="c0"), tab.Cluster(cluster="c1")]

    def makers(self) -> list[tab.Row]:
        rows: list[tab.Row] = [tab.Family(family="k0"), tab.Family(family="k1")]
        for i, f in enumerate(self.firms):
            rows.append(
                tab.Firm(
                    firm=f,
                    cluster=f"c{i % 2}",
                    size=self.r.choice(list(tab.Size)),
                    rating=self.r.choice(["A", "B", None]) if i else "B",
                    opening_cash=self.num(0, 200),
                    min_cash=self.maybe(0.3, 20.0, 0.0),
                    credit_limit=self.maybe(0.4, self.num(100, 800)),
                    emergency_limit=self.maybe(0.5, self.num(0, 150)),
                    right=self.maybe(0.3, self.num(1, 3)),
                )
            )
            rows.append(
                tab.Product(
                    product=f"p{i}",
                    firm=f,
                    family=self.r.choice(["k0", "k1"]),
                    volume_m3=self.num(0.1, 0.6),
                    weight_kg=self.num(20, 120),
                    cost=self.num(10, 40),
                    declared_value=self.maybe(0.3, 15.0),
                    currency=self.maybe(0.2, "EUR"),
                    pay_days=self.r.choice([-10, 0, 20]),
                    refund_rate=self.maybe(0.5, 0.1, 0.0),
                    refund_days=self.r.choice([0, 25]),
                    salvage=self.maybe(0.3, 4.0, 0.0),
                    safety_days=self.maybe(0.3, 5.0, 0.0),
                    orders_per_unit=self.r.choice([1, 0.5]),
                    order_share=0.8,
                    order_days=self.r.choice([0, 15, 40]),
                )
            )
            if self.r.random() < 0.6:
                place = self.r.choice(["w0", "w1", "h0"])
                rows.append(
                    tab.Stock(
                        product=f"p{i}",
                        place=place,
                        opening=self.num(5, 20),
                        target=self.maybe(0.3, 3.0, 0.0),
                    )
                )
            if self.r.random() < 0.3:
                rows.append(tab.Pipeline(product=f"p{i}", warehouse="w1", period=2, quantity=self.num(1, 9)))
        return rows

    def places(self) -> list[tab.Row]:
        state = self.r.choice(
            [tab.State.CANDIDATE, tab.State.CANDIDATE, tab.State.EXISTING, tab.State.FORCED]
        )
        rows: list[tab.Row] = [
            tab.Hub(
                hub=h,
                state=state if h == "h0" else tab.State.CANDIDATE,
                handling_m3=self.num(1, 4),
                clearance_m3=1,
                clearance_days=self.r.choice([0, 2]),
                storage_m3=self.maybe(0.5, self.num(0, 8)),
                storage_m3_day=0.1,
                controlled=self.maybe(0.8, True, False),
            )
            for h in ("h0", "h1")
        ]
        for level, factor in (("s", 1.0), ("l", 2.0)):
            size = self.maybe(0.7, self.num(5, 15) * factor)
            rows.append(
                tab.HubLevel(
                    hub="h0",
                    level=level,
                    capacity_m3_month=size,
                    opening_cost=40 * factor,
                    operating_month=20,
                )
            )
        rows += [
            tab.Haulage(cluster=c, hub=h, cost_m3=self.num(1, 6)) for c in ("c0", "c1") for h in ("h0", "h1")
        ]
        if self.r.random() < 0.3:
            rows.append(tab.HubFamily(hub="h0", level="s", family="k0", capacity_m3_month=self.num(2, 8)))
        zones = ["US", "EU"]
        rows += [tab.Zone(zone=z, credit_days=self.r.choice([0, 10, 25])) for z in zones]
        for i, contract in enumerate(["lease", "per_use"]):
            rows.append(
                tab.Warehouse(
                    warehouse=f"w{i}",
                    zone=zones[i],
                    contract=tab.Contract(contract),
                    state=self.maybe(0.2, tab.State.FORCED, tab.State.CANDIDATE),
                    currency=self.maybe(0.5, "EUR"),
                    setup_cost=self.num(10, 60),
                    handling_in_m3=2,
                    handling_out_m3=3,
                    storage_m3_day=self.num(0.1, 0.5) * (1 + 2 * i),
                    clearance_m3=1,
                    clearance_days=1,
                    storage_m3=self.maybe(0.3, 20.0),
                    controlled=self.maybe(0.8, True, False),
                )
            )
        for tier, factor in (("s", 1.0), ("l", 3.0)):
            term = self.r.choice([1, 2, None])
            rows.append(
                tab.Tier(
                    warehouse="w0",
                    tier=tier,
                    storage_m3=self.maybe(0.7, self.num(2, 10) * factor),
                    throughput_m3_month=self.maybe(0.5, self.num(5, 15) * factor),
                    term_periods=term,
                    rent_month=30 * factor,
                    capital_cost=self.maybe(0.3, 25.0, 0.0),
                )
            )
        if self.r.random() < 0.3:
            rows.append(tab.TierFamily(warehouse="w0", tier="s", family="k1", storage_m3=self.num(1, 4)))
        return rows

    def ways(self) -> list[tab.Row]:
        rows: list[tab.Row] = [tab.Container(container="box", volume_m3=6, weight_kg=2500)]
        modes = [("l0", "h0", "w0", "ocean"), ("l1", "h0", "w1", "ocean"), ("l2", "h1", "w1", "air")]
        for lane, hub, site, mode in modes:
            air = mode == "air"
            rows.append(
                tab.Lane(
                    lane=lane,
                    hub=hub,
                    warehouse=site,
                    mode=tab.Mode(mode),
                    days=2 if air else self.r.choice([8, 20]),
                    currency=self.maybe(0.3, "EUR"),
                    rate_m3=self.num(1, 5),
                    loose_rate_kg=0.4 if air else self.maybe(0.5, 0.08),
                    loose_kg_m3=167 if air else 1000,
                    capacity_m3_month=self.maybe(0.2, 9.0),
                    co2_kg_t=500 if air else 50,
                )
            )
            if not air and self.r.random() < 0.8:
                most = self.maybe(0.4, 2.5)
                rows.append(
                    tab.LaneContainer(lane=lane, container="box", cost=self.num(60, 120), max_month=most)
                )
        return rows

    def buyers(self) -> list[tab.Row]:
        rows: list[tab.Row] = [tab.Service(service="post")]
        for m, zone, currency in (("m0", "US", None), ("m1", "EU", "EUR")):
            rows.append(tab.Market(market=m, zone=zone, currency=currency, default_rate=0.02, dilution=0.05))
            rows += [
                tab.LastMile(
                    warehouse=w,
                    market=m,
                    days=self.r.choice([2, 6]),
                    cost_order=self.num(0.5, 2),
                    cost_kg=0.01,
                    cost_m3=1,
                    co2_kg_t=60,
                )
                for w in ("w0", "w1")
            ]
            rows.append(
                tab.ParcelRate(
                    service="post",
                    market=m,
                    days=self.r.choice([4, 12]),
                    cost_order=3,
                    cost_kg=self.num(0.1, 0.4),
                    volumetric_kg_m3=200,
                    co2_kg_t=400,
                )
            )
            for i, _ in enumerate(self.firms):
                rows.append(
                    tab.Sale(
                        product=f"p{i}",
                        market=m,
                        price=self.num(60, 120),
                        promise_days=self.maybe(0.5, 8.0),
                        penalty=self.maybe(0.5, 5.0, 0.0),
                    )
                )
                rows += [
                    tab.Demand(product=f"p{i}", market=m, period=t, quantity=self.num(1, 12))
                    for t in self.periods
                    if self.r.random() < 0.8
                ]
        for zone in ("US", "EU"):
            rows.append(tab.Duty(zone=zone, family="k0", rate=0.1, parcel_rate=0.2, parcel_fee=1))
        return rows

    def finance(self) -> list[tab.Row]:
        rows: list[tab.Row] = [
            tab.Channel(channel="bank", fee_rate=0.0, settlement_days=12),
            tab.Channel(channel="wallet", fee_rate=0.03, settlement_days=1),
            tab.ChannelShare(channel="bank", zone="US", max_share=0.6),
            tab.ChannelShare(channel="wallet", zone="US"),
            tab.Funder(
                funder="b0",
                base_rate=0.04,
                line=self.num(50, 500),
                max_firm_share=self.maybe(0.5, 0.6, 1.0),
                loss_cap=self.maybe(0.5, 0.02),
                admission_cost=self.maybe(0.7, self.num(1, 5), 0.0),
                min_ticket=self.maybe(0.5, self.num(20, 100), 0.0),
            ),
        ]
        for kind in tab.LoanKind:
            rows.append(
                tab.Loan(
                    loan=f"g-{kind}",
                    funder="b0",
                    kind=kind,
                    advance=self.maybe(0.7, 0.6, 0.0),
                    advance_guaranteed=self.maybe(0.7, 0.8),
                    spread=0.01,
                    guarantee_discount=0.005,
                    draw_fee=self.maybe(0.4, 0.001, 0.0),
                    tenor_days=self.r.choice([30, 45, 60]),
                    lgd_guaranteed=0.1,
                    subsidised=self.maybe(0.7, True, False),
                )
            )
        if len(self.firms) > 1:
            core, member = self.firms[-1], self.firms[0]
            rows += [
                tab.Core(core=core, guarantee_line=self.num(50, 600)),
                tab.Guarantee(core=core, relation=tab.Relation.TRADE, line=self.num(50, 400), fee_rate=0.01),
                tab.Member(firm=member, core=core, relation=tab.Relation.TRADE),
                tab.Trade(
                    trade="t", supplier=member, buyer=core, period=1, amount=self.num(20, 100), credit_days=40
                ),
            ]
        for kind, rate in (("interest", 0.5), ("rent", 0.3), ("risk", 0.8)):
            if self.r.random() < 0.6:
                rows.append(
                    tab.Subsidy(
                        subsidy=f"s-{kind}",
                        kind=tab.SubsidyKind(kind),
                        rate=rate,
                        budget=self.num(1, 30),
                        small_share=self.maybe(0.5, 0.5, 0.0) if kind == "interest" else 0.0,
                    )
                )
        rows += [
            tab.Tariff(item=tab.TariffItem.HUB, place="h0", rate=4),
            tab.Tariff(item=tab.TariffItem.LANE, place="l0", rate=20),
            tab.Tariff(item=tab.TariffItem.STORAGE, place="w0", rate=0.3),
            tab.Tariff(item=tab.TariffItem.HANDLING, place="w1", rate=5),
        ]
        return rows
