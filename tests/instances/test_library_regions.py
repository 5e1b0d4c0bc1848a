"""The shipped regions: as generated, sized and tied as their READMEs say, workable without a lease."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from clusterlane.instances.files import load
from clusterlane.instances.generate_regions import REGIONS, regional
from clusterlane.instances.geography import region
from clusterlane.instances.network import Network
from clusterlane.instances.tables import (
    TABLES,
    Cluster,
    Container,
    Contract,
    Core,
    Demand,
    Firm,
    Haulage,
    Hub,
    HubLevel,
    LastMile,
    Loan,
    Market,
    Member,
    Product,
    Rating,
    Sale,
    Status,
    Trade,
    Warehouse,
)
from clusterlane.instances.transform import only_firms
from clusterlane.models.cluster import build
from clusterlane.optimizer.arrays import compile_model
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.highs import Solver

NEW = ["foshan", "yangtze-delta"]
CITIES = {"Hangzhou", "Yiwu", "Tongxiang", "Haining", "Wuhu", "Hefei", "Suzhou", "Shanghai"}


@pytest.fixture(scope="module")
def foshan() -> Network:
    return load("foshan")


@pytest.fixture(scope="module")
def delta() -> Network:
    return load("yangtze-delta")


@pytest.fixture(scope="module", params=NEW)
def network(request: pytest.FixtureRequest) -> Network:
    return load(request.param)


@pytest.mark.parametrize("name", list(REGIONS))
def test_regions_are_what_the_generator_makes(name: str) -> None:
    shipped, made = load(name), regional(name)
    edited = {t for t, kind in TABLES.items() if shipped.all_rows(kind) != made.all_rows(kind)}
    assert edited <= ({"last_mile"} if name == "anhui" else set())


def test_foshan_has_the_promised_size(foshan: Network) -> None:
    assert len(foshan.rows(Firm)) == 60
    assert {c.city for c in foshan.rows(Cluster)} == {"Foshan"}
    assert {h.hub for h in foshan.rows(Hub)} == {"foshan", "nansha", "guangzhou", "yantian"}
    made = {p.family for p in foshan.rows(Product)}
    assert made == {"furniture", "sofas", "appliances", "heavy-appliances"}


def test_foshan_ships_light_furniture_and_heavy_appliances(foshan: Network) -> None:
    box = foshan.by_key(Container)["40HQ"]
    density = defaultdict(list)
    for product in foshan.rows(Product):
        density[product.family].append(product.weight_kg / product.volume_m3)
    limit = box.weight_kg / box.volume_m3
    assert max(density["sofas"] + density["furniture"]) < 0.5 * limit
    assert max(density["heavy-appliances"]) > limit


def test_foshan_has_little_cash_and_dear_credit_without_its_cores(foshan: Network) -> None:
    anhui = load("anhui")
    assert liquidity(foshan) < 0.6 * liquidity(anhui)
    alone = {r.rating: r.spread for r in anhui.rows(Rating)}
    for rating in foshan.rows(Rating):
        assert rating.spread > alone[rating.rating]
        assert rating.spread_guaranteed < 0.45 * rating.spread
    for loan in foshan.rows(Loan):
        if loan.advance_guaranteed:
            assert loan.advance < loan.advance_guaranteed


def liquidity(network: Network) -> float:
    """Opening cash of all firms in periods of their production cost."""
    products = network.by_key(Product)
    cost = sum(
        row.quantity * products[row.product].cost * network.exchange_rate(products[row.product].currency, 1)
        for row in network.rows(Demand)
    )
    periods = len({row.period for row in network.rows(Demand)})
    return periods * sum(f.opening_cash for f in network.rows(Firm)) / cost


def test_every_firm_belongs_to_a_core_and_the_suppliers_trade_with_it(network: Network) -> None:
    core = {m.firm: m.core for m in network.rows(Member)} | {c.core: c.core for c in network.rows(Core)}
    assert set(core) == {f.firm for f in network.rows(Firm)}
    assert all(core[t.supplier] == t.buyer for t in network.rows(Trade))


def test_delta_has_the_cities_of_the_issue(delta: Network) -> None:
    city = {c.cluster: c.city for c in delta.rows(Cluster)}
    assert set(city.values()) == CITIES
    assert max(Counter(city.values()).values()) > 1
    assert {city[f.cluster] for f in delta.rows(Firm)} == CITIES


def test_delta_cities_can_share_warehouses(delta: Network) -> None:
    cluster = {f.firm: f.cluster for f in delta.rows(Firm)}
    city = {c.cluster: c.city for c in delta.rows(Cluster)}
    made = {p.product: city[cluster[p.firm]] for p in delta.rows(Product)}
    sold = defaultdict(set)
    for row in delta.rows(Sale):
        sold[region(delta.by_key(Market)[row.market].country)].add(made[row.product])
    assert all(len(cities) >= 3 for cities in sold.values())


def test_every_cluster_reaches_the_one_public_freight_station(network: Network) -> None:
    levels = {row.hub for row in network.rows(HubLevel)}
    (public,) = {h.hub for h in network.rows(Hub)} - levels
    assert {h.cluster for h in network.rows(Haulage) if h.hub == public} == set(network.by_key(Cluster))


def test_third_party_storage_alone_keeps_every_promise_and_holds_every_peak(network: Network) -> None:
    hired = {w.warehouse: w for w in network.rows(Warehouse) if w.contract is Contract.PER_USE}
    fastest: dict[str, float] = defaultdict(lambda: float("inf"))
    for row in network.rows(LastMile):
        if row.warehouse in hired:
            fastest[row.market] = min(fastest[row.market], row.days)
    assert [s for s in network.rows(Sale) if (s.promise_days or 0) < fastest[s.market]] == []
    for area in ("NA", "EU", "SEA"):
        sites = [w for w in hired.values() if region(w.country) == area]
        room = sum((w.throughput_m3_month or 0) for w in sites) / 2
        assert all(w.controlled and w.storage_m3 for w in sites)
        assert room > peak(network, area)


def peak(network: Network, area: str) -> float:
    """Most m3 wanted in a region in a half-month."""
    products, markets = network.by_key(Product), network.by_key(Market)
    wanted: dict[int, float] = defaultdict(float)
    for row in network.rows(Demand):
        if region(markets[row.market].country) == area:
            wanted[row.period] += row.quantity * products[row.product].volume_m3
    return max(wanted.values())


def test_duty_is_paid_where_goods_are_cleared(network: Network) -> None:
    country = {w.warehouse: w.country for w in network.rows(Warehouse)}
    markets = network.by_key(Market)
    served = {(country[r.warehouse], markets[r.market].country) for r in network.rows(LastMile)}
    assert {origin for origin, target in served if target == "US"} == {"US"}


@pytest.mark.slow
def test_a_firm_can_plan_alone_without_a_lease(network: Network) -> None:
    alone = only_firms(network, [network.rows(Firm)[-1].firm])
    leased = [w for w in alone.all_rows(Warehouse) if w.contract is Contract.LEASE]
    shut = [w.model_copy(update={"status": Status.EXCLUDE}) for w in leased]
    alone = alone.replace(warehouses=[*shut, *(w for w in alone.all_rows(Warehouse) if w not in leased)])
    arrays = compile_model(build(alone))
    outcome = Solver(arrays, integral=True, mip_rel_gap=0.1).run(Clock(60.0, None))
    assert outcome.objective is not None
