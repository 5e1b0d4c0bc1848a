"""A small network without findings, and one broken variant of it per case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clusterlane.instances import tables as tb
from clusterlane.instances.network import Network
from clusterlane.instances.tables import TABLES, Row

NAMES = {kind: name for name, kind in TABLES.items()}
Change = Callable[[Network], Network]


def small() -> Network:
    """Two firms and their core, one hub, one warehouse, one market, money on."""
    rows: list[Row] = [
        tb.Settings(name="small", start=dt.date(2026, 1, 1), deposit_rate=0.004),
        *(tb.Period(period=t, days=15) for t in range(1, 7)),
        tb.Cluster(cluster="hefei"),
        tb.Firm(firm="A", cluster="hefei", rating="BB"),
        tb.Firm(firm="B", cluster="hefei", rating="BB"),
        tb.Firm(firm="core", cluster="hefei", rating="AA", size=tb.Size.LARGE),
        tb.Core(core="core", guarantee_line=1e6),
        tb.Guarantee(core="core", relation=tb.Relation.TRADE, line=1e6),
        tb.Member(firm="A", core="core", relation=tb.Relation.TRADE),
        tb.Trade(trade="t1", supplier="A", buyer="core", period=2, amount=500, credit_days=60),
        tb.Family(family="toys"),
        tb.Product(
            product="a", firm="A", family="toys", volume_m3=0.1, weight_kg=20, cost=10, refund_rate=0.1
        ),
        tb.Product(
            product="b", firm="B", family="toys", volume_m3=0.2, weight_kg=40, cost=20, currency="CNY"
        ),
        tb.Hub(hub="H"),
        tb.HubLevel(hub="H", level="small", capacity_m3_month=500),
        tb.HubFamily(hub="H", level="small", family="toys", capacity_m3_month=500),
        tb.Haulage(cluster="hefei", hub="H"),
        tb.Warehouse(warehouse="W", zone="EU"),
        tb.Tier(warehouse="W", tier="t", storage_m3=500, throughput_m3_month=500),
        tb.TierFamily(warehouse="W", tier="t", family="toys", storage_m3=500),
        tb.Lane(lane="L", hub="H", warehouse="W", mode=tb.Mode.OCEAN, days=15),
        tb.Container(container="40HC", volume_m3=70, weight_kg=26_000),
        tb.LaneContainer(lane="L", container="40HC", cost=3000, max_month=10),
        tb.Zone(zone="EU", credit_days=30),
        tb.Market(market="DE", zone="EU", currency="EUR"),
        tb.LastMile(warehouse="W", market="DE", days=3),
        tb.Service(service="post"),
        tb.Sale(product="a", market="DE", price=50, promise_days=5, unmet_share=0.5),
        tb.Sale(product="b", market="DE", price=60, promise_days=5),
        *(tb.Demand(product=p, market="DE", period=t, quantity=100) for p in "ab" for t in (2, 3)),
        tb.Duty(zone="EU", family="toys", rate=0.1),
        tb.Channel(channel="bank-transfer"),
        tb.ChannelShare(channel="bank-transfer", zone="EU"),
        tb.Rating(rating="AA", pd=0.001),
        tb.Rating(rating="BB", pd=0.02, spread=0.02),
        tb.Funder(funder="ABC", base_rate=0.04, line=1e6),
        tb.Loan(
            loan="l1",
            funder="ABC",
            kind=tb.LoanKind.WAREHOUSE,
            advance=0.5,
            advance_guaranteed=0.7,
            tenor_days=90,
        ),
        tb.Subsidy(subsidy="s1", kind=tb.SubsidyKind.INTEREST, rate=0.5, budget=1000, small_share=0.5),
        tb.Tariff(item=tb.TariffItem.HUB, place="H", rate=1),
        tb.ExchangeRate(currency="EUR", date=dt.date(2026, 1, 1), rate=1.1),
        tb.ExchangeRate(currency="CNY", date=dt.date(2025, 6, 1), rate=0.14),
    ]
    return Network({name: [row for row in rows if type(row) is kind] for name, kind in TABLES.items()})


def alter(kind: type[Row], where: int = 0, /, **values: Any) -> Change:
    """The network with other values in one row of a table."""

    def change(network: Network) -> Network:
        rows = list(network.all_rows(kind))
        rows[where] = kind.model_validate({**rows[where].model_dump(), **values})
        return network.replace(**{NAMES[kind]: rows})

    return change


def add(*more: Row) -> Change:
    """The network with more rows."""

    def change(network: Network) -> Network:
        for row in more:
            network = network.replace(**{NAMES[type(row)]: [*network.all_rows(type(row)), row]})
        return network

    return change


def empty(*kinds: type[Row]) -> Change:
    """The network without the rows of some tables."""
    return lambda network: network.replace(**{NAMES[kind]: [] for kind in kinds})


def both(*changes: Change) -> Change:
    """One change after the other."""

    def change(network: Network) -> Network:
        for part in changes:
            network = part(network)
        return network

    return change


@dataclass(frozen=True)
class Case:
    """A change to the small network and the finding it must bring."""

    change: Change
    code: str
    table: str
    column: str = ""
    words: str = ""
    severity: str = "error"


def warning(change: Change, code: str, table: str, column: str = "", words: str = "") -> Case:
    """A case whose finding is a warning."""
    return Case(change, code, table, column, words, "warning")


EXCLUDE: Any = {"status": tb.Status.EXCLUDE}
AT_W = {"place": "W", "product": "a"}
LEASE_B = tb.Warehouse(warehouse="W2", zone="EU", state=tb.State.FORCED)
TIER_B = tb.Tier(warehouse="W2", tier="t")

FIRM_VALUE = tb.FirmIndicator(firm="A", indicator="years", value=3)
MARKET_VALUE = tb.MarketIndicator(market="DE", indicator="buyer_years", value=3)


def _indicator(name: str, weight: float) -> tb.Indicator:
    return tb.Indicator(indicator=name, subject=tb.Subject.FIRM, basis=tb.Basis.EX_ANTE, weight=weight)


def _bands(name: str, *points: float) -> list[tb.Band]:
    return [tb.Band(indicator=name, at_least=i, points=p) for i, p in enumerate(points)]


def _scale(*ratings: tuple[float, float]) -> Change:
    """Ratings with these least scores and PDs beside those given by hand."""
    return add(*(tb.Rating(rating=f"r{i}", min_score=s, pd=pd) for i, (s, pd) in enumerate(ratings)))


CASES = [
    Case(empty(tb.Settings), "settings-count", "settings"),
    Case(add(tb.Settings(name="two", start=dt.date(2026, 1, 1))), "settings-count", "settings", words="2"),
    Case(alter(tb.Settings, **EXCLUDE), "settings-count", "settings", words="0"),
    Case(empty(tb.Period), "period-numbering", "periods", words="missing or empty"),
    Case(alter(tb.Period, 3, period=9), "period-numbering", "periods", words="1, 2, 3, 5, 6, 9"),
    Case(add(tb.Period(period=1, days=3)), "duplicate-key", "periods", "period"),
    Case(add(tb.Cluster(cluster="hefei")), "duplicate-key", "clusters", "cluster"),
    Case(
        add(tb.Demand(product="a", market="DE", period=2, quantity=1)), "duplicate-key", "demand", "product"
    ),
    Case(
        add(tb.ExchangeRate(currency="EUR", date=dt.date(2026, 1, 1), rate=2)),
        "duplicate-key",
        "fx",
        "currency",
    ),
    Case(alter(tb.Firm, cluster="hefei2"), "dangling-reference", "firms", "cluster", "clusters"),
    Case(alter(tb.Firm, rating="ZZ"), "dangling-reference", "firms", "rating", "ratings"),
    Case(alter(tb.Product, family="x"), "dangling-reference", "products", "family"),
    Case(alter(tb.Trade, period=7), "dangling-reference", "trades", "period", "periods"),
    Case(add(tb.Stock(product="a", place="L")), "dangling-reference", "stock", "place", "hubs or warehouses"),
    Case(
        add(tb.Pipeline(product="a", warehouse="W", period=7, quantity=1)),
        "dangling-reference",
        "pipeline",
        "period",
    ),
    Case(alter(tb.Tariff, place="nowhere"), "dangling-reference", "tariffs", "place", "hubs or lanes"),
    Case(alter(tb.HubFamily, level="big"), "dangling-reference", "hub_families", "level", "hub_levels"),
    Case(alter(tb.TierFamily, tier="big"), "dangling-reference", "tier_families", "tier", "tiers"),
    warning(alter(tb.HubLevel, **EXCLUDE), "left-out", "hub_families", "level", "excluded"),
    warning(alter(tb.Rating, **EXCLUDE), "left-out", "firms", "rating", "excluded"),
    Case(alter(tb.Lane, lane="W"), "shared-id", "lanes", "lane", "warehouses"),
    Case(add(tb.Firm(firm="operator", cluster="hefei")), "reserved-id", "firms", "firm"),
    Case(add(tb.Firm(firm="ABC", cluster="hefei")), "reserved-id", "firms", "firm"),
    Case(add(tb.Channel(channel="direct")), "reserved-id", "channels", "channel"),
    Case(alter(tb.Market, currency="GBP"), "currency-without-rate", "markets", "currency"),
    warning(
        add(tb.ExchangeRate(currency="USD", date=dt.date(2026, 1, 1), rate=1)),
        "own-currency-rate",
        "fx",
        "currency",
    ),
    warning(alter(tb.ExchangeRate, date=dt.date(2026, 1, 31)), "late-rate", "fx", "date", "30 days"),
    Case(alter(tb.Tariff, item=tb.TariffItem.LANE), "tariff-place", "tariffs", "place", "lanes"),
    Case(
        both(empty(tb.Tier, tb.TierFamily), alter(tb.Warehouse, state=tb.State.FORCED)),
        "forced-without-tier",
        "warehouses",
        "state",
    ),
    warning(empty(tb.Tier, tb.TierFamily), "warehouse-without-tier", "warehouses", "warehouse"),
    warning(
        alter(tb.Warehouse, contract=tb.Contract.PER_USE),
        "tiers-per-use",
        "warehouses",
        "contract",
        "no effect",
    ),
    warning(
        both(empty(tb.HubLevel, tb.HubFamily), alter(tb.Hub, state=tb.State.FORCED)),
        "forced-without-level",
        "hubs",
        "state",
    ),
    Case(
        both(add(tb.Stock(**AT_W, opening=5)), alter(tb.Warehouse, state=tb.State.CLOSED)),
        "stock-at-closed-place",
        "stock",
        "place",
        "opening 5",
    ),
    Case(
        both(add(tb.Stock(**AT_W, target=5)), empty(tb.Tier, tb.TierFamily)),
        "stock-at-closed-place",
        "stock",
        "place",
        "target 5",
    ),
    Case(
        both(
            add(tb.Pipeline(product="a", warehouse="W", period=2, quantity=3)),
            alter(tb.Warehouse, state=tb.State.CLOSED),
        ),
        "stock-at-closed-place",
        "pipeline",
        "warehouse",
        "3 units",
    ),
    warning(empty(tb.LastMile), "idle-lane", "lanes", "lane", "no market with demand"),
    warning(alter(tb.Hub, state=tb.State.CLOSED), "idle-lane", "lanes", "lane", "hub is closed"),
    warning(empty(tb.Haulage), "idle-lane", "lanes", "lane", "no cluster hauls"),
    Case(
        both(add(LEASE_B, TIER_B), *(alter(tb.Period, t, max_openings=0) for t in (0, 1))),
        "forced-above-limit",
        "periods",
        "max_openings",
        "by now: 0",
    ),
    Case(
        both(add(LEASE_B, TIER_B), alter(tb.Period, 2, max_sites=0)),
        "forced-above-limit",
        "periods",
        "max_sites",
    ),
    Case(
        alter(tb.Period, 1, min_covered=2),
        "coverage-above-markets",
        "periods",
        "min_covered",
        "this period: 1",
    ),
    warning(
        alter(tb.LaneContainer, max_month=1),
        "containers-below-one",
        "lane_containers",
        "max_month",
        "at least 2",
    ),
    warning(empty(tb.Demand), "no-demand", "demand"),
    Case(
        lambda network: network.replace(sales=network.all_rows(tb.Sale)[:1]),
        "demand-without-sale",
        "demand",
        "product",
        "'b'",
    ),
    warning(alter(tb.Product, weight_kg=1), "implausible-density", "products", "weight_kg", "10 kg/m3"),
    warning(
        alter(tb.Product, weight_kg=1000), "implausible-density", "products", "weight_kg", "10,000 kg/m3"
    ),
    warning(add(tb.Firm(firm="C", cluster="hefei")), "idle-firm", "firms", "firm", "no products"),
    warning(alter(tb.Sale, price=9), "price-below-cost", "sales", "price", "9.9 USD"),
    Case(
        alter(tb.Sale, promise_days=1),
        "unreachable-demand",
        "sales",
        "market",
        "promise of 1 days is 2 days too",
    ),
    warning(alter(tb.Sale, 1, promise_days=1), "unreachable-demand", "sales", "market", "'b' in market 'DE'"),
    Case(empty(tb.LastMile), "unreachable-demand", "sales", "market", "no warehouse delivers there"),
    Case(empty(tb.Lane), "unreachable-demand", "sales", "market", "no lane leads to warehouse 'W'"),
    Case(alter(tb.Hub, state=tb.State.CLOSED), "unreachable-demand", "sales", "market", "closed hubs (H)"),
    Case(
        alter(tb.Warehouse, state=tb.State.CLOSED), "unreachable-demand", "sales", "market", "'W' is closed"
    ),
    Case(empty(tb.Haulage), "unreachable-demand", "sales", "market", "cluster 'hefei' hauls to"),
    Case(alter(tb.Lane, days=80), "unreachable-demand", "sales", "market", "take 80 days"),
    Case(alter(tb.Lane, days=45), "unreachable-demand", "sales", "market", "period 4 at the earliest"),
    Case(alter(tb.Lane, days=30), "early-demand", "sales", "unmet_share", "period 2 comes before"),
    Case(alter(tb.Product, safety_days=3), "early-demand", "sales", "unmet_share", "period 3"),
    Case(
        both(empty(tb.Lane, tb.LaneContainer), add(tb.Stock(**AT_W, target=9))),
        "unreachable-target",
        "stock",
        "target",
        "no lane",
    ),
    Case(
        alter(tb.Tier, throughput_m3_month=9), "capacity-below-demand", "warehouses", words="4.5 m3 of 30 m3"
    ),
    warning(
        alter(tb.Tier, throughput_m3_month=50), "capacity-below-demand", "warehouses", words="25 m3 of 30"
    ),
    Case(alter(tb.HubLevel, capacity_m3_month=2), "capacity-below-demand", "hubs", words="6 m3 of 60 m3"),
    warning(
        alter(tb.HubLevel, capacity_m3_month=15), "capacity-below-demand", "hubs", words="45 m3 of 60 m3"
    ),
    Case(alter(tb.Lane, capacity_m3_month=2), "capacity-below-demand", "lanes", words="5 m3 of 60 m3"),
    Case(alter(tb.LaneContainer, max_month=1), "capacity-below-demand", "lanes", words="0 m3 of 60 m3"),
    Case(alter(tb.Zone, credit_days=60), "run-off-too-short", "zones", "credit_days", "15 days after"),
    Case(alter(tb.Channel, settlement_days=20), "run-off-too-short", "zones", "credit_days", "5 days after"),
    Case(alter(tb.Trade, credit_days=70), "run-off-too-short", "trades", "credit_days", "10 days after"),
    Case(alter(tb.Product, refund_days=90), "run-off-too-short", "products", "refund_days", "30 days after"),
    warning(alter(tb.Loan, tenor_days=14), "tenor-below-period", "loans", "tenor_days", "15 days"),
    Case(alter(tb.Settings, deposit_rate=0.03), "deposit-arbitrage", "settings", "deposit_rate", "2.0000%"),
    Case(
        alter(tb.Settings, emergency_rate=0.001), "deposit-arbitrage", "settings", "deposit_rate", "emergency"
    ),
    warning(
        alter(tb.Loan, advance_guaranteed=0.4), "guarantee-lowers-advance", "loans", "advance_guaranteed"
    ),
    warning(alter(tb.Loan, lgd_guaranteed=0.6), "guarantee-raises-loss", "loans", "lgd_guaranteed"),
    warning(alter(tb.Loan, kind=tb.LoanKind.VOUCHER), "guaranteed-voucher", "loans", "advance_guaranteed"),
    warning(alter(tb.Funder, min_ticket=2e6), "ticket-above-limit", "funders", "min_ticket"),
    warning(alter(tb.Firm, rating=None), "firm-without-rating", "firms", "rating"),
    warning(empty(tb.Guarantee), "member-without-guarantee", "members", "relation", "trade members"),
    Case(alter(tb.Member, firm="core"), "self-tie", "members", "core"),
    Case(alter(tb.Trade, buyer="A"), "self-tie", "trades", "buyer"),
    Case(alter(tb.ChannelShare, max_share=0.9), "channels-below-one", "channel_shares", "max_share", "0.9"),
    warning(
        both(*(alter(tb.Firm, n, size=tb.Size.LARGE) for n in (0, 1))),
        "no-small-firm",
        "subsidies",
        "small_share",
    ),
    Case(
        add(
            _indicator("mine", 0.5),
            _indicator("yours", 0.4),
            *_bands("mine", 0, 100),
            *_bands("yours", 100, 0),
        ),
        "weights-not-one",
        "scorecard",
        "weight",
        "0.9",
    ),
    Case(add(_indicator("mine", 1)), "indicator-without-bands", "scorecard", "indicator", "scorecard_bands"),
    Case(
        add(_indicator("mine", 1), *_bands("mine", 0, 60, 40)),
        "points-not-monotone",
        "scorecard_bands",
        "points",
        "0, 60, 40",
    ),
    Case(_scale((50, 0.02), (80, 0.03)), "scale-not-monotone", "ratings", "pd", "higher pd"),
    Case(_scale((50, 0.02), (50, 0.02)), "shared-min-score", "ratings", "min_score", "'r0'"),
    Case(add(FIRM_VALUE), "scale-without-scores", "ratings", "min_score", "delete the table ratings"),
    Case(
        add(MARKET_VALUE, tb.BuyerRating(rating="low", min_score=20, default_rate=0.1, dilution=0.1)),
        "scale-above-zero",
        "buyer_ratings",
        "min_score",
        "20",
    ),
    Case(
        add(tb.FirmIndicator(firm="A", indicator="buyer_years", value=3)),
        "unknown-indicator",
        "firm_indicators",
        "indicator",
        "payment_record",
    ),
    Case(
        add(tb.MarketIndicator(market="DE", indicator="buyer_disputes", value=5)),
        "share-out-of-range",
        "market_indicators",
        "value",
        "0.95",
    ),
    warning(add(MARKET_VALUE), "missing-indicator", "markets", "rating", "buyer_disputes"),
    warning(
        both(empty(tb.Rating), alter(tb.Firm, 0, rating=None), add(FIRM_VALUE)),
        "missing-indicator",
        "firms",
        "rating",
        "quality",
    ),
    warning(
        both(alter(tb.Firm, rating=None), add(FIRM_VALUE), _scale((60, 0.02), (80, 0.02))),
        "firm-without-rating",
        "firms",
        "rating",
        "below the lowest rating",
    ),
]
