"""Malformed networks: what is done to the small network, and all the findings this must bring."""

from __future__ import annotations

import datetime as dt

from clusterlane.instances import tables as tb
from corpus import LEASE_B, TIER_B, add, alter, both, empty
from malformed_tables import TABLES, Malformed

MALFORMED = [
    *TABLES,
    Malformed(
        "rate of the own currency",
        add(tb.ExchangeRate(currency="USD", date=dt.date(2026, 1, 1), rate=1)),
        ["own-currency-rate fx[USD, 2026-01-01].currency"],
    ),
    Malformed(
        "rate that starts late",
        alter(tb.ExchangeRate, date=dt.date(2026, 2, 1)),
        ["late-rate fx[EUR, 2026-02-01].date"],
    ),
    Malformed(
        "product of 40 kg/m3", alter(tb.Product, weight_kg=4), ["implausible-density products[a].weight_kg"]
    ),
    Malformed(
        "product of 40 t/m3", alter(tb.Product, weight_kg=4000), ["implausible-density products[a].weight_kg"]
    ),
    Malformed(
        "price in cents of another currency", alter(tb.Sale, price=9), ["price-below-cost sales[a, DE].price"]
    ),
    Malformed(
        "voucher over 200 days",
        alter(tb.Loan, kind=tb.LoanKind.VOUCHER, tenor_days=200, advance_guaranteed=None),
        [
            "tenor-beyond-rule loans[l1].tenor_days",
            "credit-without-source firms[B].opening_cash",
            "credit-without-source firms[core].opening_cash",
        ],
    ),
    Malformed(
        "trade on 200 days beside vouchers",
        both(
            alter(tb.Loan, kind=tb.LoanKind.VOUCHER, advance_guaranteed=None),
            alter(tb.Trade, credit_days=200),
            *(add(tb.Period(period=t, days=30)) for t in range(7, 13)),
        ),
        [
            "tenor-beyond-rule trades[t1].credit_days",
            "credit-without-source firms[B].opening_cash",
            "credit-without-source firms[core].opening_cash",
        ],
    ),
    Malformed(
        "tenor below a period", alter(tb.Loan, tenor_days=10), ["tenor-below-period loans[l1].tenor_days"]
    ),
    Malformed(
        "need without rating",
        both(alter(tb.Product, pay_days=30), alter(tb.Firm, rating=None)),
        ["firm-without-rating firms[A].rating", "credit-without-source firms[A].opening_cash"],
    ),
    Malformed(
        "need without any loan",
        both(alter(tb.Product, pay_days=30), empty(tb.Loan)),
        [
            "credit-without-source firms[A].opening_cash",
            "credit-without-source firms[B].opening_cash",
            "credit-without-source firms[core].opening_cash",
        ],
    ),
    Malformed(
        "need with a credit limit of 0",
        both(alter(tb.Product, pay_days=30), alter(tb.Firm, credit_limit=0)),
        ["credit-without-source firms[A].opening_cash"],
    ),
    Malformed(
        "need and loans for vouchers only",
        both(
            alter(tb.Product, 1, pay_days=30),
            alter(tb.Loan, kind=tb.LoanKind.VOUCHER, advance_guaranteed=None),
        ),
        ["credit-without-source firms[B].opening_cash", "credit-without-source firms[core].opening_cash"],
    ),
    Malformed(
        "same lane under two names",
        add(
            tb.Lane(lane="L2", hub="H", warehouse="W", mode=tb.Mode.OCEAN, days=15),
            tb.LaneContainer(lane="L2", container="40HC", cost=3000),
        ),
        ["dominated-lane lanes[L].lane"],
    ),
    Malformed(
        "lane that is slower and dearer",
        both(
            alter(tb.LaneContainer, max_month=None),
            add(
                tb.Lane(lane="L2", hub="H", warehouse="W", mode=tb.Mode.RAIL, days=18),
                tb.LaneContainer(lane="L2", container="40HC", cost=4000),
            ),
        ),
        ["dominated-lane lanes[L2].lane"],
    ),
    Malformed(
        "lane to a warehouse that serves nobody",
        add(
            tb.Warehouse(warehouse="W2", zone="EU"),
            tb.Tier(warehouse="W2", tier="t"),
            tb.Lane(lane="L2", hub="H", warehouse="W2", mode=tb.Mode.AIR),
        ),
        ["idle-lane lanes[L2].lane", "unconnected-place warehouses[W2].warehouse"],
    ),
    Malformed("hub that nobody uses", add(tb.Hub(hub="H2")), ["unconnected-place hubs[H2].hub"]),
    Malformed(
        "warehouse without lanes",
        add(
            tb.Warehouse(warehouse="W2", zone="EU"),
            tb.Tier(warehouse="W2", tier="t"),
            tb.LastMile(warehouse="W2", market="DE"),
        ),
        ["unconnected-place warehouses[W2].warehouse"],
    ),
    Malformed(
        "market without demand",
        add(tb.Market(market="FR", zone="EU"), tb.LastMile(warehouse="W", market="FR")),
        ["unconnected-place markets[FR].market"],
    ),
    Malformed(
        "cluster without firms",
        add(tb.Cluster(cluster="wuhu"), tb.Haulage(cluster="wuhu", hub="H")),
        ["unconnected-place clusters[wuhu].cluster"],
    ),
    Malformed(
        "two parts that share nothing",
        add(
            tb.Cluster(cluster="yiwu"),
            tb.Firm(firm="Y", cluster="yiwu"),
            tb.Product(product="y", firm="Y", family="toys", volume_m3=0.1, weight_kg=20, cost=5),
            tb.Hub(hub="H2"),
            tb.Haulage(cluster="yiwu", hub="H2"),
            tb.Warehouse(warehouse="W2", zone="EU"),
            tb.Tier(warehouse="W2", tier="t"),
            tb.Lane(lane="L2", hub="H2", warehouse="W2", mode=tb.Mode.OCEAN, days=15),
            tb.Market(market="FR", zone="EU", currency="EUR"),
            tb.LastMile(warehouse="W2", market="FR", days=3),
            tb.Sale(product="y", market="FR", price=20),
            tb.Demand(product="y", market="FR", period=2, quantity=1),
        ),
        ["separate-parts lanes", "credit-without-source firms[Y].opening_cash"],
    ),
    Malformed(
        "nothing wanted in the middle",
        both(*(alter(tb.Demand, n, period=4) for n in (1, 3))),
        ["demand-gap demand"],
    ),
    Malformed(
        "nothing wanted at all",
        empty(tb.Demand),
        [
            "idle-lane lanes[L].lane",
            "no-demand demand",
            "idle-firm firms[B].firm",
            "unconnected-place markets[DE].market",
        ],
    ),
    Malformed(
        "demand without a price",
        empty(tb.Sale),
        ["demand-without-sale demand[a, DE, 3].product", "demand-without-sale demand[b, DE, 3].product"],
    ),
    Malformed(
        "promise of one day", alter(tb.Sale, promise_days=1), ["unreachable-demand sales[a, DE].market"]
    ),
    Malformed(
        "market that nobody delivers to",
        empty(tb.LastMile),
        [
            "unreachable-demand sales[a, DE].market",
            "idle-lane lanes[L].lane",
            "unconnected-place warehouses[W].warehouse",
            "unreachable-demand sales[b, DE].market",
        ],
    ),
    Malformed(
        "no lanes",
        empty(tb.Lane),
        [
            "dangling-reference lane_containers[L, 40HC].lane",
            "unreachable-demand sales[a, DE].market",
            "capacity-below-demand lanes",
            "unconnected-place hubs[H].hub",
            "unconnected-place warehouses[W].warehouse",
            "unreachable-demand sales[b, DE].market",
        ],
    ),
    Malformed(
        "no haulage",
        empty(tb.Haulage),
        [
            "unreachable-demand sales[a, DE].market",
            "capacity-below-demand hubs",
            "idle-lane lanes[L].lane",
            "unconnected-place hubs[H].hub",
            "unreachable-demand sales[b, DE].market",
        ],
    ),
    Malformed(
        "closed hub",
        alter(tb.Hub, state=tb.State.CLOSED),
        [
            "unreachable-demand sales[a, DE].market",
            "capacity-below-demand hubs",
            "capacity-below-demand lanes",
            "idle-lane lanes[L].lane",
            "unreachable-demand sales[b, DE].market",
        ],
    ),
    Malformed(
        "closed warehouse",
        alter(tb.Warehouse, state=tb.State.CLOSED),
        [
            "unreachable-demand sales[a, DE].market",
            "capacity-below-demand warehouses",
            "capacity-below-demand lanes",
            "idle-lane lanes[L].lane",
            "unreachable-demand sales[b, DE].market",
        ],
    ),
    Malformed(
        "no tiers",
        empty(tb.Tier),
        [
            "dangling-reference tier_families[W, t, toys].tier",
            "unreachable-demand sales[a, DE].market",
            "capacity-below-demand warehouses",
            "capacity-below-demand lanes",
            "warehouse-without-tier warehouses[W].warehouse",
            "idle-lane lanes[L].lane",
            "unreachable-demand sales[b, DE].market",
        ],
    ),
    Malformed(
        "lane of 80 days",
        alter(tb.Lane, days=80),
        [
            "unreachable-demand sales[a, DE].market",
            "capacity-below-demand lanes",
            "unreachable-demand sales[b, DE].market",
        ],
    ),
    Malformed(
        "stock in a closed warehouse",
        both(add(tb.Stock(product="a", place="W", opening=5)), alter(tb.Warehouse, state=tb.State.CLOSED)),
        [
            "stock-at-closed-place stock[a, W].place",
            "unreachable-demand sales[a, DE].market",
            "capacity-below-demand warehouses",
            "capacity-below-demand lanes",
            "idle-lane lanes[L].lane",
            "unreachable-demand sales[b, DE].market",
        ],
    ),
    Malformed(
        "closing stock that cannot come",
        both(empty(tb.Lane, tb.LaneContainer), add(tb.Stock(product="a", place="W", target=9))),
        [
            "unreachable-demand sales[a, DE].market",
            "unreachable-target stock[a, W].target",
            "capacity-below-demand lanes",
            "unconnected-place hubs[H].hub",
            "unreachable-demand sales[b, DE].market",
        ],
    ),
    Malformed(
        "too small a warehouse", alter(tb.Tier, throughput_m3_month=9), ["capacity-below-demand warehouses"]
    ),
    Malformed("too small a hub", alter(tb.HubLevel, capacity_m3_month=2), ["capacity-below-demand hubs"]),
    Malformed(
        "one box a month",
        alter(tb.LaneContainer, max_month=1),
        ["capacity-below-demand lanes", "containers-below-one lane_containers[L, 40HC].max_month"],
    ),
    Malformed(
        "more forced leases than openings",
        both(add(LEASE_B, TIER_B), *(alter(tb.Period, t, max_openings=0) for t in (0, 1))),
        ["forced-above-limit periods[2].max_openings", "unconnected-place warehouses[W2].warehouse"],
    ),
    Malformed(
        "more markets to cover than there are",
        alter(tb.Period, 1, min_covered=2),
        ["coverage-above-markets periods[2].min_covered"],
    ),
    Malformed(
        "buyers pay after the end",
        alter(tb.Zone, credit_days=60),
        ["run-off-too-short zones[EU].credit_days"],
    ),
    Malformed(
        "refund after the end",
        alter(tb.Product, refund_days=90),
        ["run-off-too-short products[a].refund_days"],
    ),
    Malformed(
        "channels that take nine tenths",
        alter(tb.ChannelShare, max_share=0.9),
        ["channels-below-one channel_shares[bank-transfer, EU].max_share"],
    ),
    Malformed(
        "deposits above loans",
        alter(tb.Settings, deposit_rate=0.03),
        ["deposit-arbitrage settings.deposit_rate"],
    ),
    Malformed(
        "ticket above the line",
        alter(tb.Funder, min_ticket=2e6),
        ["ticket-above-limit funders[ABC].min_ticket"],
    ),
    Malformed("member of its own chain", alter(tb.Member, firm="core"), ["self-tie members[core].core"]),
    Malformed(
        "firm called operator",
        alter(tb.Firm, 1, firm="operator"),
        [
            "dangling-reference products[b].firm",
            "reserved-id firms[operator].firm",
            "idle-firm firms[operator].firm",
        ],
    ),
    Malformed(
        "hub and warehouse of one name",
        both(
            alter(tb.Hub, hub="W"),
            alter(tb.HubLevel, hub="W"),
            alter(tb.HubFamily, hub="W"),
            alter(tb.Haulage, hub="W"),
            alter(tb.Lane, hub="W"),
            alter(tb.Tariff, place="W"),
        ),
        ["shared-id warehouses[W].warehouse"],
    ),
    Malformed(
        "family excluded",
        alter(tb.Family, status=tb.Status.EXCLUDE),
        [
            "left-out products[a].family",
            "left-out products[b].family",
            "left-out hub_families[H, small, toys].family",
            "left-out tier_families[W, t, toys].family",
            "left-out duties[EU, toys].family",
            "idle-lane lanes[L].lane",
            "no-demand demand",
            "idle-firm firms[B].firm",
            "unconnected-place markets[DE].market",
        ],
    ),
]
