"""Networks whose tables are malformed: repeated keys, references to nothing, currencies without rates."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from clusterlane.instances import tables as tb
from corpus import Change, add, alter, empty


@dataclass(frozen=True)
class Malformed:
    """A network and its findings, errors first, as ``code table[key].column``."""

    name: str
    change: Change
    findings: list[str]


TABLES = [
    Malformed(
        "two settings rows",
        add(tb.Settings(name="two", start=dt.date(2026, 1, 1))),
        ["settings-count settings"],
    ),
    Malformed("no settings", empty(tb.Settings), ["settings-count settings"]),
    Malformed(
        "no periods",
        empty(tb.Period),
        [
            "period-numbering periods",
            "dangling-reference trades[t1].period",
            "dangling-reference demand[a, DE, 2].period",
            "dangling-reference demand[a, DE, 3].period",
            "dangling-reference demand[b, DE, 2].period",
            "dangling-reference demand[b, DE, 3].period",
            "idle-lane lanes[L].lane",
            "no-demand demand",
            "idle-firm firms[A].firm",
            "idle-firm firms[B].firm",
            "unconnected-place markets[DE].market",
        ],
    ),
    Malformed(
        "periods 1, 2, 9",
        alter(tb.Period, 2, period=9),
        [
            "period-numbering periods",
            "dangling-reference demand[a, DE, 3].period",
            "dangling-reference demand[b, DE, 3].period",
        ],
    ),
    Malformed(
        "period twice",
        add(tb.Period(period=6, days=15)),
        ["period-numbering periods", "duplicate-key periods[6].period"],
    ),
    Malformed(
        "demand twice",
        add(tb.Demand(product="a", market="DE", period=2, quantity=7)),
        ["duplicate-key demand[a, DE, 2].product"],
    ),
    Malformed("firm twice", add(tb.Firm(firm="A", cluster="hefei")), ["duplicate-key firms[A].firm"]),
    Malformed(
        "rate of a day twice",
        add(tb.ExchangeRate(currency="EUR", date=dt.date(2026, 1, 1), rate=1.2)),
        ["duplicate-key fx[EUR, 2026-01-01].currency"],
    ),
    Malformed(
        "lane twice",
        add(tb.Lane(lane="L", hub="H", warehouse="W", mode=tb.Mode.AIR)),
        ["duplicate-key lanes[L].lane"],
    ),
    Malformed(
        "firm in an unknown cluster", alter(tb.Firm, cluster="hefie"), ["dangling-reference firms[A].cluster"]
    ),
    Malformed(
        "product of an unknown firm", alter(tb.Product, firm="Z"), ["dangling-reference products[a].firm"]
    ),
    Malformed(
        "product of an unknown family",
        alter(tb.Product, family="toy"),
        ["dangling-reference products[a].family"],
    ),
    Malformed(
        "lane from an unknown hub",
        alter(tb.Lane, hub="h"),
        [
            "dangling-reference lanes[L].hub",
            "unreachable-demand sales[a, DE].market",
            "capacity-below-demand lanes",
            "unconnected-place hubs[H].hub",
            "unconnected-place warehouses[W].warehouse",
            "unreachable-demand sales[b, DE].market",
        ],
    ),
    Malformed(
        "lane to an unknown warehouse",
        alter(tb.Lane, warehouse="W9"),
        [
            "dangling-reference lanes[L].warehouse",
            "unreachable-demand sales[a, DE].market",
            "capacity-below-demand lanes",
            "unconnected-place hubs[H].hub",
            "unconnected-place warehouses[W].warehouse",
            "unreachable-demand sales[b, DE].market",
        ],
    ),
    Malformed(
        "market in an unknown zone",
        alter(tb.Market, zone="UK"),
        [
            "dangling-reference markets[DE].zone",
            "idle-lane lanes[L].lane",
            "no-demand demand",
            "idle-firm firms[B].firm",
            "unconnected-place warehouses[W].warehouse",
        ],
    ),
    Malformed(
        "demand in an unknown market",
        alter(tb.Demand, market="FR"),
        ["dangling-reference demand[a, FR, 2].market"],
    ),
    Malformed(
        "demand after the horizon", alter(tb.Demand, period=7), ["dangling-reference demand[a, DE, 7].period"]
    ),
    Malformed(
        "loan of an unknown funder",
        alter(tb.Loan, funder="XYZ"),
        [
            "dangling-reference loans[l1].funder",
            "credit-without-source firms[A].opening_cash",
            "credit-without-source firms[B].opening_cash",
            "credit-without-source firms[core].opening_cash",
        ],
    ),
    Malformed(
        "rating that is not in the list", alter(tb.Firm, rating="CCC"), ["dangling-reference firms[A].rating"]
    ),
    Malformed(
        "box of an unknown size",
        alter(tb.LaneContainer, container="45HC"),
        ["dangling-reference lane_containers[L, 45HC].container"],
    ),
    Malformed(
        "tariff of an unknown place",
        alter(tb.Tariff, place="Z"),
        ["dangling-reference tariffs[hub, Z].place"],
    ),
    Malformed(
        "level of a hub that has none",
        alter(tb.HubFamily, level="large"),
        ["dangling-reference hub_families[H, large, toys].level"],
    ),
    Malformed(
        "tier of a warehouse that has none",
        alter(tb.TierFamily, tier="large"),
        ["dangling-reference tier_families[W, large, toys].tier"],
    ),
    Malformed(
        "market in a currency without rate",
        alter(tb.Market, currency="GBP"),
        ["currency-without-rate markets[DE].currency"],
    ),
    Malformed(
        "product in a currency without rate",
        alter(tb.Product, currency="VND"),
        ["currency-without-rate products[a].currency"],
    ),
    Malformed(
        "no rates at all",
        empty(tb.ExchangeRate),
        ["currency-without-rate products[b].currency", "currency-without-rate markets[DE].currency"],
    ),
]
