"""Networks made from a network."""

from __future__ import annotations

import math

import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network
from clusterlane.instances.transform import (
    one_period,
    only_firms,
    rights,
    single_source,
    without_chain_financing,
    without_money,
    without_parcels,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from small import add, change, random_network

QUICK = settings(deadline=None, max_examples=40)
SEEDS = st.integers(0, 500)
FIRMS = 4


def net(seed: int) -> Network:
    """Four firms; the last is the core firm of the first."""
    return random_network(seed, money=True, firms=FIRMS)


def demand_of(network: Network) -> dict[str, float]:
    """Units wanted by firm."""
    makers, wanted = network.by_key(tab.Product), {row.firm: 0.0 for row in network.rows(tab.Firm)}
    for row in network.rows(tab.Demand):
        wanted[makers[row.product].firm] += row.quantity
    return wanted


def test_switches() -> None:
    network = net(1)
    assert not without_money(network).settings.money
    assert single_source(network).settings.single_source
    assert without_parcels(network).rows(tab.ParcelRate) == ()
    bare = without_chain_financing(network)
    assert [bare.rows(k) for k in (tab.Loan, tab.Guarantee, tab.Core, tab.Member)] == [()] * 4
    assert bare.rows(tab.Trade) == network.rows(tab.Trade)
    assert bare.rows(tab.Firm) == network.rows(tab.Firm)


@QUICK
@given(SEEDS)
def test_rights_are_shares_of_volume_unless_given(seed: int) -> None:
    network = net(seed)
    free = change(network, tab.Firm, right=None)
    assert math.fsum(rights(free).values()) == pytest.approx(1.0)
    given_right = change(free, tab.Firm, lambda row: row.firm == "f1", right=2.5)
    assert rights(given_right) == {**rights(free), "f1": 2.5}


def test_right_by_hand() -> None:
    network = add(
        Network({}),
        tab.Firm(firm="a", cluster="c"),
        tab.Firm(firm="b", cluster="c"),
        tab.Product(product="p", firm="a", family="k", volume_m3=2, weight_kg=1, cost=1),
        tab.Product(product="o", firm="b", family="k", volume_m3=1, weight_kg=1, cost=1),
        tab.Demand(product="p", market="m", period=1, quantity=3),
        tab.Demand(product="o", market="m", period=1, quantity=2),
    )
    assert rights(network) == {"a": 0.75, "b": 0.25}


@QUICK
@given(SEEDS, st.sets(st.integers(0, FIRMS - 1), min_size=1))
def test_a_coalition_keeps_its_own(seed: int, chosen: set[int]) -> None:
    network, members = net(seed), {f"f{i}" for i in chosen}
    coalition = only_firms(network, members)
    assert {row.firm for row in coalition.rows(tab.Firm)} == members
    assert demand_of(coalition) == {f: q for f, q in demand_of(network).items() if f in members}
    assert rights(coalition) == pytest.approx({f: w for f, w in rights(network).items() if f in members})
    for row in coalition.rows(tab.Trade):
        assert {row.supplier, row.buyer} <= members
    if f"f{FIRMS - 1}" not in members:
        assert coalition.rows(tab.Member) == coalition.rows(tab.Guarantee) == ()
    for kind in (tab.Tier, tab.HubLevel, tab.ParcelRate, tab.LastMile):
        assert coalition.rows(kind) == network.rows(kind)


SHARED = [
    (tab.Subsidy, "budget"),
    (tab.Funder, "line"),
    (tab.Hub, "storage_m3"),
    (tab.Lane, "capacity_m3_month"),
    (tab.LaneContainer, "max_month"),
    (tab.Settings, "operator_cash"),
]


@QUICK
@given(SEEDS, st.integers(1, FIRMS - 1))
def test_two_coalitions_share_everything(seed: int, size: int) -> None:
    """What all share is divided among coalitions, no more and no less."""
    network = net(seed)
    firms = sorted(rights(network))
    parts = [only_firms(network, firms[:size]), only_firms(network, firms[size:])]
    for kind, column in SHARED:
        for i, row in enumerate(network.rows(kind)):
            value = getattr(row, column)
            halves = [getattr(part.rows(kind)[i], column) for part in parts]
            if value is None:
                assert halves == [None, None]
            else:
                assert sum(halves) == pytest.approx(value)


@QUICK
@given(SEEDS)
def test_a_coalition_of_a_coalition(seed: int) -> None:
    network = change(net(seed), tab.Funder, max_firm_share=0.3)
    direct, nested = only_firms(network, ["f1"]), only_firms(only_firms(network, ["f0", "f1"]), ["f1"])
    for kind, column in [*SHARED, (tab.Funder, "max_firm_share"), (tab.Firm, "right")]:
        ours, theirs = ([getattr(r, column) for r in n.rows(kind)] for n in (direct, nested))
        assert ours == pytest.approx(theirs)


def test_the_most_one_firm_may_borrow_stays() -> None:
    network = change(net(3), tab.Firm, right=1.0)
    network = change(network, tab.Funder, line=1000, max_firm_share=0.1)
    (half,) = only_firms(network, ["f0", "f1"]).rows(tab.Funder)
    assert half.line * half.max_firm_share == pytest.approx(100)
    (alone,) = only_firms(change(network, tab.Funder, max_firm_share=0.5), ["f0"]).rows(tab.Funder)
    assert (alone.line, alone.max_firm_share) == (250, 1.0)


def test_everyone_is_the_network_with_rights_written_down() -> None:
    network = net(5)
    everyone = only_firms(network, rights(network))
    assert {row.firm: row.right for row in everyone.rows(tab.Firm)} == rights(network)
    assert change(everyone, tab.Firm, right=None) == change(network, tab.Firm, right=None)


def test_what_binds_all_does_not_bind_some() -> None:
    """Forced places are free, and no more markets need be covered than the members sell in."""
    network = change(net(7), tab.Warehouse, state=tab.State.FORCED)
    network = change(network, tab.Period, min_covered=2)
    network = network.replace(
        demand=[row for row in network.rows(tab.Demand) if (row.product, row.market) != ("p0", "m1")]
    )
    alone = only_firms(network, ["f0"])
    assert {row.state for row in alone.rows(tab.Warehouse)} == {tab.State.CANDIDATE}
    assert max(row.min_covered or 0 for row in alone.rows(tab.Period)) <= 1
    with pytest.raises(ValueError, match="no such firm: nobody"):
        only_firms(network, ["f0", "nobody"])


@QUICK
@given(SEEDS)
def test_one_period_adds_up(seed: int) -> None:
    network = net(seed)
    whole = one_period(network)
    assert whole.calendar.last == 1
    assert whole.calendar.end(1) == pytest.approx(network.calendar.end(network.calendar.last))
    assert demand_of(whole) == pytest.approx(demand_of(network))
    assert len(whole.rows(tab.Demand)) == len({(d.product, d.market) for d in network.rows(tab.Demand)})
    assert {row.days for row in whole.rows(tab.Lane)} == {0.0}
    assert not whole.settings.money
    assert {row.period for row in (*whole.rows(tab.Pipeline), *whole.rows(tab.Trade))} <= {1}


def test_one_period_limits() -> None:
    network = net(9)
    limited = change(network, tab.Period, max_openings=2, max_sites=3, min_covered=1)
    (period,) = one_period(limited).rows(tab.Period)
    count = len(network.rows(tab.Period))
    assert (period.max_openings, period.max_sites, period.min_covered) == (2 * count, 3, 1)
    open_once = change(limited, tab.Period, lambda row: row.period == 2, max_openings=None)
    assert one_period(open_once).rows(tab.Period)[0].max_openings is None
    with pytest.raises(ValueError, match="366"):
        one_period(change(network, tab.Period, days=200))
