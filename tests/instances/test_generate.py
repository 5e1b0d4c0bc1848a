"""Generated networks: the same for the same seed, of the promised size, clean, and as tight as asked."""

from __future__ import annotations

from collections import defaultdict

import pytest
from clusterlane.instances.checks import check
from clusterlane.instances.generate import generate
from clusterlane.instances.network import Network
from clusterlane.instances.tables import (
    Contract,
    Core,
    Demand,
    Firm,
    HubLevel,
    Lane,
    LastMile,
    Loan,
    LoanKind,
    Market,
    Member,
    Product,
    Sale,
    Tier,
    Trade,
    Warehouse,
    Zone,
)
from hypothesis import given, settings
from hypothesis import strategies as st

SIZES = {"park-10": (10, 8, 15, 6), "park-40": (40, 25, 60, 12)}
LARGE = {"park-100": (100, 35, 90, 12), "park-300": (300, 50, 120, 12)}


def leased(network: Network) -> list[Warehouse]:
    return [w for w in network.rows(Warehouse) if w.contract is Contract.LEASE]


def assert_size(network: Network, firms: int, warehouses: int, markets: int, periods: int) -> None:
    assert len(network.rows(Firm)) == firms
    assert len(leased(network)) == warehouses
    assert len(network.rows(Market)) == markets
    assert len({d.period for d in network.rows(Demand)}) == periods


@pytest.mark.parametrize("size", SIZES)
def test_named_sizes(size: str) -> None:
    assert_size(generate(size, 1), *SIZES[size])


@pytest.mark.slow
@pytest.mark.parametrize("size", LARGE)
def test_large_sizes_are_as_named_and_clean(size: str) -> None:
    network = generate(size, 1)
    assert_size(network, *LARGE[size])
    assert not [f for f in check(network) if f.severity == "error"]


def test_other_sizes_lie_between_the_named_ones() -> None:
    assert_size(generate("park-25", 1), 25, 16, 38, 9)


def test_same_seed_same_network() -> None:
    assert generate("park-10", 5).sha256 == generate("park-10", 5).sha256


def test_another_seed_another_network() -> None:
    assert generate("park-10", 5).sha256 != generate("park-10", 6).sha256


@settings(max_examples=8, deadline=None)
@given(
    firms=st.integers(4, 25),
    seed=st.integers(0, 2**32 - 1),
    liquidity=st.sampled_from([0.0, 0.5, 1.0, 3.0]),
    capacity=st.sampled_from([0.05, 0.5, 1.0, 2.0]),
)
def test_every_network_passes_its_checks(firms: int, seed: int, liquidity: float, capacity: float) -> None:
    network = generate(f"park-{firms}", seed, liquidity=liquidity, capacity=capacity)
    assert not [f for f in check(network) if f.severity == "error"]


def test_liquidity_scales_opening_cash_and_nothing_else() -> None:
    usual, tight = generate("park-10", 3), generate("park-10", 3, liquidity=0.5)
    for a, b in zip(usual.rows(Firm), tight.rows(Firm), strict=True):
        assert b.opening_cash == pytest.approx(0.5 * a.opening_cash, abs=100)
        assert b.model_copy(update={"opening_cash": a.opening_cash}) == a
    assert usual.replace(firms=()) == tight.replace(firms=())


def test_capacity_scales_tiers_and_hubs_at_unchanged_cost() -> None:
    usual, tight = generate("park-10", 3), generate("park-10", 3, capacity=0.5)
    for a, b in zip(usual.rows(Tier), tight.rows(Tier), strict=True):
        assert b.storage_m3 == pytest.approx(0.5 * (a.storage_m3 or 0), abs=10)
        assert b.throughput_m3_month == pytest.approx(0.5 * (a.throughput_m3_month or 0), abs=10)
        assert b.rent_month == a.rent_month
    for c, d in zip(usual.rows(HubLevel), tight.rows(HubLevel), strict=True):
        assert d.capacity_m3_month == pytest.approx(0.5 * (c.capacity_m3_month or 0), abs=10)
        assert d.opening_cost == c.opening_cost
    assert usual.rows(Demand) == tight.rows(Demand)


@pytest.mark.parametrize("size", ["park", "park-3", "park-1001", "anhui", "park-ten", "xpark-10"])
def test_unknown_sizes_are_refused(size: str) -> None:
    with pytest.raises(ValueError, match="park-40"):
        generate(size, 1)


@pytest.mark.parametrize("options", [{"liquidity": -0.1}, {"capacity": 0.0}])
def test_impossible_tightness_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        generate("park-10", 1, **options)


@pytest.fixture(scope="module")
def park() -> Network:
    return generate("park-40", 1)


def test_demand_waits_for_the_ocean(park: Network) -> None:
    first = min(d.period for d in park.rows(Demand))
    longest = max(lane.days for lane in park.rows(Lane)) + 4
    assert park.calendar.start(first) >= longest


def test_all_is_settled_within_the_run_off(park: Network) -> None:
    left = park.calendar.end(park.calendar.last) - park.calendar.end(max(d.period for d in park.rows(Demand)))
    assert left >= max(z.credit_days for z in park.rows(Zone)) + 5
    assert left >= max(p.refund_days for p in park.rows(Product))
    assert all(settles(park, t) for t in park.rows(Trade))


def settles(network: Network, trade: Trade) -> bool:
    return all(period for period, _ in network.calendar.split(trade.period, trade.credit_days))


def test_every_cluster_has_one_core_its_largest_firm(park: Network) -> None:
    cluster = {f.firm: f.cluster for f in park.rows(Firm)}
    cores = [cluster[c.core] for c in park.rows(Core)]
    assert sorted(cores) == sorted(set(cluster.values()))
    assert all(cluster[m.firm] == cluster[m.core] for m in park.rows(Member))
    assert len(park.rows(Member)) + len(cores) == len(cluster)


def test_every_sale_has_a_way_that_keeps_its_promise(park: Network) -> None:
    fastest: dict[str, float] = defaultdict(lambda: float("inf"))
    for row in park.rows(LastMile):
        fastest[row.market] = min(fastest[row.market], row.days)
    late = [s for s in park.rows(Sale) if s.promise_days is not None and fastest[s.market] > s.promise_days]
    assert late == []


def test_demand_peaks_in_season(park: Network) -> None:
    total: dict[int, float] = defaultdict(float)
    volume = {p.product: p.volume_m3 for p in park.rows(Product)}
    for row in park.rows(Demand):
        total[row.period] += row.quantity * volume[row.product]
    assert 1.5 <= max(total.values()) / min(total.values()) <= 2.2


def test_every_kind_of_loan_is_on_offer(park: Network) -> None:
    assert {loan.kind for loan in park.rows(Loan)} == set(LoanKind)
