"""Clusters, hubs, zones and warehouses of a generated network."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from . import generate_rates as rates
from .generate_goods import Spec, currency, local
from .geography import HUBS, ClusterPlace, HubPlace, Site, region, road_km, zone
from .geography_cities import SITES
from .tables import Cluster, Contract, Family, Haulage, Hub, HubLevel, Tier, Warehouse, Zone


@dataclass(frozen=True)
class Store:
    """A warehouse in the making."""

    row: Warehouse
    site: Site


def clusters(spec: Spec) -> list[Cluster]:
    """Cluster rows."""
    return [
        Cluster(cluster=c.cluster, name=c.title, city=c.city, lat=c.lat, lon=c.lon) for c in spec.clusters
    ]


def families(spec: Spec) -> list[Family]:
    """The families that the clusters make."""
    names = dict.fromkeys(c.family for c in spec.clusters)
    return [Family(family=name, name=name.replace("-", " ")) for name in names]


def hub_places(spec: Spec) -> list[HubPlace]:
    """Hubs that some cluster reaches."""
    return [h for h in HUBS if any(h.slug in c.hubs for c in spec.clusters)]


def hubs(spec: Spec, volume: float) -> tuple[list[Hub], list[HubLevel]]:
    """Hubs; all but public ones in two sizes: half and 1.2 of the clusters' monthly ``volume`` in m3."""
    rows = [
        Hub(
            hub=h.slug,
            name=f"{h.name} {'freight station' if h.public else 'consolidation hub'}",
            lat=h.lat,
            lon=h.lon,
            currency="CNY",
            handling_m3=local(_handling(h), "CNY", 0),
            clearance_m3=local(rates.HUB_CLEARANCE, "CNY", 0),
            clearance_days=1.0 if h.port else 2.0,
            storage_m3=round(0.15 * volume * spec.capacity, -1),
            storage_m3_day=local(rates.HUB_STORAGE[h.public], "CNY"),
        )
        for h in hub_places(spec)
    ]
    levels = [
        _level(h.slug, level, part * volume * spec.capacity, volume * part)
        for h in hub_places(spec)
        if not h.public
        for level, part in (("small", 0.5), ("large", 1.2))
    ]
    return rows, levels


def _handling(hub: HubPlace) -> float:
    if hub.public:
        return rates.PUBLIC_HANDLING
    return 7.0 if hub.port is None else 8.5


def _level(hub: str, level: str, capacity: float, volume: float) -> HubLevel:
    scale = (volume / 1500.0) ** 0.6
    return HubLevel(
        hub=hub,
        level=level,
        capacity_m3_month=max(round(capacity, -1), 10.0),
        opening_cost=local(16_000 * scale, "CNY", -3),
        operating_month=local(6500 * scale, "CNY", -2),
    )


def haulage(spec: Spec) -> list[Haulage]:
    """Haulage from each cluster to the hubs it reaches."""
    return [_haulage(c, h) for c in spec.clusters for h in HUBS if h.slug in c.hubs]


def _haulage(cluster: ClusterPlace, hub: HubPlace) -> Haulage:
    cost = 3.0 + 0.02 * road_km(cluster, hub)
    return Haulage(cluster=cluster.cluster, hub=hub.slug, currency="CNY", cost_m3=local(cost, "CNY", 0))


def zones(countries: Iterable[str]) -> list[Zone]:
    """Zones of the countries that occur."""
    found = dict.fromkeys(zone(c) for c in countries)
    return [Zone(zone=z, name=z, credit_days=rates.CREDIT_DAYS.get(z, 30.0)) for z in found]


def stores(spec: Spec, rng: np.random.Generator) -> list[Store]:
    """Leased candidates at the first sites, and third-party storage in each region sold to."""
    sold = {region(m.country) for m in spec.markets}
    leased = [_leased(s, rng) for s in SITES[: spec.sites]]
    hired = [s for s in SITES if s.name in spec.third_party and region(s.country) in sold]
    return leased + [_hired(s, spec) for s in hired]


def _leased(site: Site, rng: np.random.Generator) -> Store:
    setup = float(rng.uniform(4000, 8000)) * site.rent
    return _store(site, Contract.LEASE, local(setup, currency(site.country), -2))


def _hired(site: Site, spec: Spec) -> Store:
    """Third-party storage of limited size, as the specification says."""
    store = _store(site, Contract.PER_USE, local(800.0, currency(site.country), -1))
    storage, throughput = (max(round(m3 * spec.capacity, -1), 10.0) for m3 in spec.third_party_m3)
    limits = {"storage_m3": storage, "throughput_m3_month": throughput}
    return Store(store.row.model_copy(update=limits), site)


def _store(site: Site, contract: Contract, setup: float) -> Store:
    terms, money = rates.STORES[contract], currency(site.country)
    row = Warehouse(
        warehouse=f"{site.slug}-{terms.suffix}",
        name=f"{site.name} {terms.name}",
        country=site.country,
        zone=zone(site.country),
        lat=site.lat,
        lon=site.lon,
        contract=contract,
        currency=money,
        setup_cost=setup,
        handling_in_m3=local(terms.unload * site.rent**0.5, money),
        handling_out_m3=local(terms.dispatch * site.rent**0.5, money),
        storage_m3_day=local(terms.storage * site.rent, money, 3),
        clearance_m3=local(terms.clearance, money),
        clearance_days=2.0,
    )
    return Store(row, site)


def tiers(found: list[Store], spec: Spec, rng: np.random.Generator) -> list[Tier]:
    """Three lease tiers of each leased warehouse, the larger the cheaper per m3."""
    rows = []
    for store in found:
        if store.row.contract is Contract.LEASE:
            term = int(rng.integers(3, 7))
            rent = store.site.rent * float(rng.uniform(0.92, 1.08))
            rows += [_tier(store, name, term, rent, spec.capacity) for name in rates.TIERS]
    return rows


def _tier(store: Store, name: str, term: int, rent: float, capacity: float) -> Tier:
    storage, throughput, price = rates.TIERS[name]
    return Tier(
        warehouse=store.row.warehouse,
        tier=name,
        storage_m3=round(storage * capacity, -1),
        throughput_m3_month=round(throughput * capacity, -1),
        term_periods=term,
        rent_month=local(price * rent, store.row.currency, -1),
    )
