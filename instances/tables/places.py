"""Where goods stay: hubs, warehouses, zones, markets."""

from __future__ import annotations

from enum import StrEnum

from .base import Row, column, currency_column, key, money_column


class State(StrEnum):
    """What is already decided about a facility."""

    CANDIDATE = "candidate"
    EXISTING = "existing"
    CLOSED = "closed"
    FORCED = "forced"


class Contract(StrEnum):
    """How a warehouse is paid: leased in tiers, or per use (third-party storage)."""

    LEASE = "lease"
    PER_USE = "per_use"


class Hub(Row):
    """A consolidation hub at origin."""

    hub: str = key("identifier")
    name: str = column("-", "name", default="")
    country: str = column("-", "ISO country code", default="CN", min_length=1)
    lat: float | None = column("degree", "latitude", default=None, ge=-90, le=90)
    lon: float | None = column("degree", "longitude", default=None, ge=-180, le=180)
    state: State = column("-", "what is already decided", default=State.CANDIDATE)
    currency: str | None = currency_column()
    handling_m3: float = money_column("handling and consolidation", "m3", default=0.0)
    clearance_m3: float = money_column("export clearance and inspection", "m3", default=0.0)
    clearance_days: float = column("day", "export clearance", default=0.0, ge=0, le=60)
    storage_m3: float | None = column(
        "m3", "most goods held over; 0: none, missing: no limit", default=None, ge=0
    )
    storage_m3_day: float = money_column("holding goods over", "m3/day", default=0.0)
    controlled: bool = column("-", "goods held here may secure warehouse-receipt loans", default=True)


class HubLevel(Row):
    """A size at which a hub can be opened or enlarged; a hub without levels is free and unlimited."""

    hub: str = key("hub")
    level: str = key("name of the level")
    capacity_m3_month: float | None = column("m3/month", "most goods taken in", default=None, ge=0)
    opening_cost: float = money_column("once, unless the hub exists", default=0.0)
    operating_month: float = money_column("for the whole horizon", "month", default=0.0)


class HubFamily(Row):
    """Capacity of a hub level for one family."""

    hub: str = key("hub")
    level: str = key("level")
    family: str = key("family")
    capacity_m3_month: float = column("m3/month", "most goods of the family taken in", ge=0)


class Warehouse(Row):
    """An overseas warehouse: leased in tiers and shared, or third-party storage paid per use."""

    warehouse: str = key("identifier")
    name: str = column("-", "name", default="")
    country: str = column("-", "ISO country code", default="", min_length=0)
    zone: str = key("customs and payment zone")
    lat: float | None = column("degree", "latitude", default=None, ge=-90, le=90)
    lon: float | None = column("degree", "longitude", default=None, ge=-180, le=180)
    state: State = column("-", "what is already decided", default=State.CANDIDATE)
    contract: Contract = column("-", "leased in tiers, or paid per use", default=Contract.LEASE)
    currency: str | None = currency_column()
    setup_cost: float = money_column("once if used, unless existing", default=0.0)
    handling_in_m3: float = money_column("unloading and putting away", "m3", default=0.0)
    handling_out_m3: float = money_column("picking and dispatch", "m3", default=0.0)
    storage_m3_day: float = money_column("storage", "m3/day", default=0.0)
    clearance_m3: float = money_column("import clearance and inspection", "m3", default=0.0)
    clearance_days: float = column("day", "import clearance", default=0.0, ge=0, le=60)
    storage_m3: float | None = column("m3", "most stock, whatever the tier", default=None, ge=0)
    throughput_m3_month: float | None = column(
        "m3/month", "most deliveries, whatever the tier", default=None, ge=0
    )
    controlled: bool = column("-", "stock here may secure warehouse-receipt loans", default=True)


class Tier(Row):
    """A size and term at which a warehouse can be leased or built."""

    warehouse: str = key("warehouse")
    tier: str = key("name of the tier")
    storage_m3: float | None = column("m3", "most stock", default=None, ge=0)
    throughput_m3_month: float | None = column("m3/month", "most deliveries", default=None, ge=0)
    term_periods: int | None = column("period", "committed term; missing: to the end", default=None, ge=1)
    rent_month: float = money_column("rent (or running cost if built)", "month", default=0.0)
    capital_cost: float = money_column("once at the start (building, jointly owned)", default=0.0)


class TierFamily(Row):
    """Capacity of a tier for one family."""

    warehouse: str = key("warehouse")
    tier: str = key("tier")
    family: str = key("family")
    storage_m3: float | None = column("m3", "most stock of the family", default=None, ge=0)
    throughput_m3_month: float | None = column(
        "m3/month", "most deliveries of the family", default=None, ge=0
    )


class Zone(Row):
    """A customs and payment zone: where duties and payment terms are the same."""

    zone: str = key("identifier")
    name: str = column("-", "name", default="")
    credit_days: float = column("day", "days from sale until the buyer pays", default=0.0, ge=0, le=365)


class Market(Row):
    """A place of demand."""

    market: str = key("identifier")
    name: str = column("-", "name", default="")
    country: str = column("-", "ISO country code", default="", min_length=0)
    zone: str = key("customs and payment zone")
    lat: float | None = column("degree", "latitude", default=None, ge=-90, le=90)
    lon: float | None = column("degree", "longitude", default=None, ge=-180, le=180)
    currency: str | None = currency_column()
    rating: str | None = column(
        "id", "credit rating of its buyers; missing: by their indicators", default=None
    )
    default_rate: float | None = column(
        "1", "share of sales that buyers never pay; missing: by the rating, else 0", default=None, ge=0, lt=1
    )
    dilution: float | None = column(
        "1",
        "share of sales lost to returns and disputes; missing: by the rating, else 0",
        default=None,
        ge=0,
        lt=1,
    )
