"""Games with known answers, as networks: what every coalition costs is worked out by hand."""

from __future__ import annotations

from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network
from small import START, network


def _frame(firms: int, families: bool = False) -> list[tab.Row]:
    """Firms that each sell one unit of one product in a market of their own; goods cost nothing."""
    rows: list[tab.Row] = [
        tab.Settings(name="game", start=START, money=False),
        tab.Period(period=1, days=30),
        tab.Cluster(cluster="c"),
        tab.Hub(hub="h"),
        tab.Haulage(cluster="c", hub="h"),
        tab.Zone(zone="z"),
        *(tab.Family(family=f"k{i}") for i in range(firms if families else 1)),
    ]
    for i in range(firms):
        family = f"k{i if families else 0}"
        rows += [
            tab.Firm(firm=f"f{i}", cluster="c"),
            tab.Product(product=f"p{i}", firm=f"f{i}", family=family, volume_m3=1, weight_kg=1, cost=0),
            tab.Market(market=f"m{i}", zone="z"),
            tab.Sale(product=f"p{i}", market=f"m{i}", price=100, unmet_share=0),
            tab.Demand(product=f"p{i}", market=f"m{i}", period=1, quantity=1),
        ]
    return rows


def _warehouse(name: str, contract: tab.Contract, setup: float) -> list[tab.Row]:
    return [
        tab.Warehouse(warehouse=name, zone="z", contract=contract, setup_cost=setup),
        tab.Lane(lane=f"l-{name}", hub="h", warehouse=name, mode=tab.Mode.OCEAN),
    ]


def triangle() -> Network:
    """Three firms, three facilities that cost 2; each serves the two firms that are not opposite, at 1.

    C = 3 for one firm, 4 for two, 7 for three: pairs leave 6 to be shared, so the core is empty, the least
    subsidy is 1 and the least greatest relative gain 1/6 (Goemans and Skutella 2004, their example).
    """
    rows = _frame(3)
    for j in range(3):
        rows += _warehouse(f"w{j}", tab.Contract.PER_USE, 2)
        rows += [tab.LastMile(warehouse=f"w{j}", market=f"m{i}", cost_order=1) for i in range(3) if i != j]
    return network(*rows)


def facility(firms: int, opening: float = 6.0, far: float = 4.0) -> Network:
    """One facility that costs ``opening`` and serves everyone at 1; sending from elsewhere costs ``far``.

    C(S) = min(opening + |S|, far·|S|).
    """
    rows = _frame(firms) + _warehouse("near", tab.Contract.PER_USE, opening)
    rows += _warehouse("far", tab.Contract.PER_USE, 0)
    for i in range(firms):
        rows.append(tab.LastMile(warehouse="near", market=f"m{i}", cost_order=1))
        rows.append(tab.LastMile(warehouse="far", market=f"m{i}", cost_order=far))
    return network(*rows)


AIRPORT = (12.0, 20.0, 33.0)
"""What a runway costs that is long enough for each firm's plane, and for all shorter ones."""


def airport() -> Network:
    """Littlechild and Owen 1973: C(S) is the runway of the largest plane in S, here a lease of a tier that
    admits the families up to its own."""
    n = len(AIRPORT)
    rows = _frame(n, families=True) + _warehouse("w", tab.Contract.LEASE, 0)
    for i, rent in enumerate(AIRPORT):
        rows.append(tab.Tier(warehouse="w", tier=f"t{i}", rent_month=rent))
        rows += [
            tab.TierFamily(warehouse="w", tier=f"t{i}", family=f"k{j}", throughput_m3_month=0)
            for j in range(i + 1, n)
        ]
        rows.append(tab.LastMile(warehouse="w", market=f"m{i}"))
    return network(*rows)
