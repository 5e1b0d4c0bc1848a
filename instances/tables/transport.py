"""How goods move: lanes and their containers, deliveries, parcels."""

from __future__ import annotations

from enum import StrEnum

from .base import Row, column, currency_column, key, money_column


class Mode(StrEnum):
    """Means of transport of a lane."""

    OCEAN = "ocean"
    RAIL = "rail"
    AIR = "air"
    TRUCK = "truck"


class ServiceKind(StrEnum):
    """Kind of direct parcel service."""

    POSTAL = "postal"
    EXPRESS = "express"


class Haulage(Row):
    """Haulage from a cluster to a hub; a cluster uses only the hubs listed here."""

    cluster: str = key("cluster")
    hub: str = key("hub")
    currency: str | None = currency_column()
    cost_m3: float = money_column("haulage", "m3", default=0.0)


class Lane(Row):
    """A way from a hub to a warehouse by one mode."""

    lane: str = key("identifier")
    hub: str = key("from")
    warehouse: str = key("to")
    mode: Mode = column("-", "means of transport")
    days: float = column("day", "from leaving the hub to the warehouse's customs", default=0.0, ge=0, le=180)
    currency: str | None = currency_column()
    rate_m3: float = money_column("charge on all goods", "m3", default=0.0)
    loose_rate_kg: float | None = money_column(
        "loose cargo (LCL, air) per chargeable kg; missing: not offered", "kg", default=None
    )
    loose_kg_m3: float = column(
        "kg/m3", "chargeable weight of a m3 (1000: LCL by W/M; 167: air)", default=1000.0, gt=0
    )
    capacity_m3_month: float | None = column("m3/month", "most goods", default=None, ge=0)
    co2_kg_t: float = column("kg/t", "CO2e per tonne carried", default=0.0, ge=0)
    distance_km: float | None = column("km", "length of the way", default=None, ge=0)
    controlled: bool = column("-", "goods under way may secure in-transit loans", default=True)


class Container(Row):
    """A container type."""

    container: str = key("identifier")
    volume_m3: float = column("m3", "usable volume", gt=0)
    weight_kg: float = column("kg", "payload", gt=0)


class LaneContainer(Row):
    """A container type offered on a lane; goods on a lane with neither containers nor loose
    cargo travel at ``rate_m3`` alone."""

    lane: str = key("lane")
    container: str = key("container type")
    cost: float = money_column("all-in, in the lane's currency", "container")
    max_month: float | None = column("1/month", "most containers", default=None, ge=0)


class LastMile(Row):
    """Delivery from a warehouse to a market."""

    warehouse: str = key("from")
    market: str = key("to")
    days: float = column("day", "to the buyer, from the warehouse", default=0.0, ge=0, le=60)
    currency: str | None = currency_column()
    cost_order: float = money_column("per order", "order", default=0.0)
    cost_kg: float = money_column("per weight", "kg", default=0.0)
    cost_m3: float = money_column("per volume", "m3", default=0.0)
    co2_kg_t: float = column("kg/t", "CO2e per tonne carried", default=0.0, ge=0)


class Service(Row):
    """A direct parcel service from the clusters to the buyers."""

    service: str = key("identifier")
    name: str = column("-", "name", default="")
    kind: ServiceKind = column("-", "kind", default=ServiceKind.POSTAL)


class ParcelRate(Row):
    """Price and days of a direct parcel service to a market."""

    service: str = key("service")
    market: str = key("market")
    days: float = column("day", "to the buyer, from the firm", default=0.0, ge=0, le=120)
    currency: str | None = currency_column()
    cost_order: float = money_column("per parcel", "order", default=0.0)
    cost_kg: float = money_column("per chargeable weight", "kg", default=0.0)
    volumetric_kg_m3: float = column("kg/m3", "chargeable weight of a m3", default=0.0, ge=0)
    co2_kg_t: float = column("kg/t", "CO2e per tonne carried", default=0.0, ge=0)
