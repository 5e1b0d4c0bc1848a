"""Lanes, delivery, direct parcels, duties and the operator's tariffs of a generated network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from . import generate_rates as rates
from .generate_goods import Spec, currency, duty, local, parcel_duty
from .generate_places import Store, hub_places
from .geography import PORTS, HubPlace, Place, Site, great_circle_km, region, road_km, zone
from .geography_cities import SEA_KM
from .tables import (
    Contract,
    Duty,
    Family,
    Lane,
    LaneContainer,
    LastMile,
    Mode,
    ParcelRate,
    Service,
    ServiceKind,
    Tariff,
    TariffItem,
    Zone,
)


@dataclass(frozen=True)
class Way:
    """A lane in the making; costs in USD, ``m3`` what a m3 usually costs on it."""

    row: Lane
    box: float | None
    m3: float


def ways(spec: Spec, found: list[Store]) -> list[Way]:
    """Every sensible lane from the hubs to the warehouses."""
    return [way for hub in hub_places(spec) for store in found for way in _ways(hub, store)]


def _ways(hub: HubPlace, store: Store) -> Iterator[Way]:
    border = Place("border", "PL", *rates.RAIL_BORDER)
    if hub.port:
        yield _ocean(hub, store)
    if hub.rail and zone(store.site.country) == "EU" and great_circle_km(border, store.site) < 1300:
        yield _rail(hub, store, border)
    if hub.air and store.site.air:
        yield _air(hub, store)


def _ocean(hub: HubPlace, store: Store) -> Way:
    port = next(p for p in PORTS if p.name == store.site.port)
    sea, land = SEA_KM[port.name][hub.port or ""], road_km(port, store.site)
    box, loose = rates.FREIGHT[port.coast]
    inland = rates.DRAYAGE_KM * land
    days = sea / rates.SHIP_KM_DAY + rates.PORT_DAYS + land / rates.INLAND_KM_DAY
    emitted = sea * rates.CO2_KG_TKM["ocean"] + land * rates.CO2_KG_TKM["truck"]
    box += rates.LOCAL_BOX + inland + hub.feeder_box
    days += hub.feeder_days
    row = _lane(hub, store, Mode.OCEAN, days, (loose + inland / 45.0) / 1000.0, 1000.0, sea + land, emitted)
    return Way(row, round(box, -1), box / 56.0)


def _rail(hub: HubPlace, store: Store, border: Place) -> Way:
    land = great_circle_km(border, store.site) * 1.25
    km = great_circle_km(hub, border) * 1.4 + land
    box = rates.RAIL_BOX + rates.RAIL_KM * land
    days, emitted = rates.RAIL_DAYS + land / rates.INLAND_KM_DAY, km * rates.CO2_KG_TKM["rail"]
    row = _lane(hub, store, Mode.RAIL, days, rates.RAIL_LOOSE_KG, rates.RAIL_LOOSE_KG_M3, km, emitted)
    return Way(row, round(box, -1), box / 56.0)


def _air(hub: HubPlace, store: Store) -> Way:
    km, price = great_circle_km(hub, store.site), rates.AIR_KG[region(store.site.country)]
    emitted = km * rates.CO2_KG_TKM["air"]
    row = _lane(hub, store, Mode.AIR, rates.AIR_DAYS, price, rates.AIR_KG_M3, km, emitted)
    return Way(row, None, price * 240.0)


def _lane(
    hub: HubPlace, store: Store, mode: Mode, days: float, kg: float, kg_m3: float, km: float, co2: float
) -> Lane:
    return Lane(
        lane=f"{hub.slug}-{store.row.warehouse}-{mode.value}",
        hub=hub.slug,
        warehouse=store.row.warehouse,
        mode=mode,
        days=round(days, 1),
        loose_rate_kg=round(kg, 4),
        loose_kg_m3=kg_m3,
        co2_kg_t=round(co2, 1),
        distance_km=round(km),
        controlled=mode is not Mode.AIR,
    )


def lane_containers(found: list[Way]) -> list[LaneContainer]:
    """Container prices of the lanes that take containers; trains have a limit."""
    rows = []
    for way in found:
        if way.box is not None:
            most = 40.0 if way.row.mode is Mode.RAIL else None
            small = round(way.box * rates.SMALL_BOX, -1)
            rows.append(LaneContainer(lane=way.row.lane, container="20GP", cost=small, max_month=most))
            rows.append(LaneContainer(lane=way.row.lane, container="40HQ", cost=way.box, max_month=most))
    return rows


def last_mile(spec: Spec, found: list[Store], nearest: int = 6) -> list[LastMile]:
    """Delivery to each market from the nearest leased warehouses and all third-party ones in reach."""
    rows = []
    for market in spec.markets:
        near = sorted((road_km(s.site, market), s.row.warehouse, s) for s in found if _serves(s.site, market))
        leased = [e for e in near if e[2].row.contract is Contract.LEASE][:nearest]
        hired = [e for e in near if e[2].row.contract is Contract.PER_USE]
        rows += [_delivery(s, market, km) for km, _, s in leased + hired]
    return rows


def nearest(found: list[Store], market: Place) -> Store:
    """The store nearest to a market, if possible one that serves it."""
    return min(found, key=lambda s: (not _serves(s.site, market), road_km(s.site, market)))


def _serves(site: Site, market: Place) -> bool:
    """Whether a site delivers to a market: same customs zone, North America or ASEAN, in reach.

    Never into the United States from its neighbours: goods would be cleared at their lower duties only.
    """
    area = region(site.country)
    if zone(market.country) == "US" != zone(site.country):
        return False
    if area != region(market.country) or (area == "EU" and zone(site.country) != zone(market.country)):
        return False
    return road_km(site, market) <= 1.25 * rates.DELIVERY[area].reach_km


def _delivery(store: Store, market: Place, km: float) -> LastMile:
    terms, money = rates.DELIVERY[region(market.country)], currency(store.site.country)
    abroad = zone(store.site.country) != zone(market.country)
    dearer = (1 + 0.015 * km / 100.0) * (1.35 if abroad else 1.0)
    return LastMile(
        warehouse=store.row.warehouse,
        market=market.slug,
        days=round(2 * (1.5 + km / terms.km_day * 0.8 + (1.0 if abroad else 0.0))) / 2,
        currency=money,
        cost_order=local(terms.order * (1.3 if abroad else 1.0), money),
        cost_kg=local(terms.kg * dearer, money, 3),
        co2_kg_t=round(km * rates.CO2_KG_TKM["truck"], 1),
    )


def services() -> list[Service]:
    """The two direct parcel services."""
    return [
        Service(service="postal", name="postal and special-line parcel", kind=ServiceKind.POSTAL),
        Service(service="express", name="international express", kind=ServiceKind.EXPRESS),
    ]


def parcel_rates(spec: Spec, rng: np.random.Generator) -> list[ParcelRate]:
    """Both parcel services to every market, flown from the first hub with air lanes."""
    rows, origin = [], next(hub for hub in hub_places(spec) if hub.air)
    for market in spec.markets:
        terms = rates.DELIVERY[region(market.country)]
        km = great_circle_km(origin, market)
        slow, fast = float(rng.integers(10, 15)), float(rng.integers(4, 7))
        flown = round(km * rates.CO2_KG_TKM["air"], 1)
        for service, days, order, kg, bulk in (
            ("postal", slow, 1.5, terms.postal_kg, 125.0),
            ("express", fast, 4.0, terms.express_kg, 167.0),
        ):
            rate = round(kg * float(rng.uniform(0.92, 1.08)), 2)
            rows.append(
                ParcelRate(
                    service=service,
                    market=market.slug,
                    days=days,
                    cost_order=order,
                    cost_kg=rate,
                    volumetric_kg_m3=bulk,
                    co2_kg_t=flown,
                )
            )
    return rows


def duties(places: Iterable[Zone], made: Iterable[Family]) -> list[Duty]:
    """Duty of every family in every zone."""
    kinds = list(made)
    return [
        Duty(
            zone=z.zone,
            family=f.family,
            rate=duty(z.zone, f.family),
            parcel_rate=parcel_duty(z.zone, f.family)[0],
            parcel_fee=parcel_duty(z.zone, f.family)[1],
        )
        for z in places
        for f in kinds
    ]


def tariffs(spec: Spec, found: list[Store], lanes: list[Way]) -> list[Tariff]:
    """The operator's prices: about what its services cost when well used."""
    hubs = hub_places(spec)
    rows = [Tariff(item=TariffItem.HUB, place=h.slug, rate=rates.HUB_TARIFF[h.public]) for h in hubs]
    rows += [Tariff(item=TariffItem.STORAGE, place=h.slug, rate=rates.HUB_STORAGE[h.public]) for h in hubs]
    rows += [Tariff(item=TariffItem.LANE, place=way.row.lane, rate=round(way.m3, 1)) for way in lanes]
    for store in found:
        terms, rent = rates.STORES[store.row.contract], store.site.rent
        storage, handling = terms.tariff_storage * rent, terms.tariff_handling * rent**0.5
        rows.append(Tariff(item=TariffItem.STORAGE, place=store.row.warehouse, rate=round(storage, 3)))
        rows.append(Tariff(item=TariffItem.HANDLING, place=store.row.warehouse, rate=round(handling, 1)))
    return rows
