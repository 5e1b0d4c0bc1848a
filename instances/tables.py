"""The tables of a network: one row class per table, unit and meaning in each column.

This file is the only place where a column is defined.  Files, checks, documentation and
templates are derived from it.  A missing optional value means *absent*: no limit, no cost,
not offered; never an invented large number.

Conventions: money in the row's ``currency`` (missing: the network's currency), quantities in
product units, volume in m3, weight in kg, durations in days, rates per year, shares in 0..1.
A *month* is 30 days: a rate per month is charged for each day of a period at 1/30.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Status(StrEnum):
    """Whether a row takes part."""

    INCLUDE = "include"
    EXCLUDE = "exclude"


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


class Mode(StrEnum):
    """Means of transport of a lane."""

    OCEAN = "ocean"
    RAIL = "rail"
    AIR = "air"
    TRUCK = "truck"


class Size(StrEnum):
    """Size class of a firm."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class Relation(StrEnum):
    """Chain by which a member is tied to its core firm."""

    TRADE = "trade"
    PRODUCTION = "production"
    RELATIONSHIP = "relationship"


class LoanKind(StrEnum):
    """State of the goods or the claim that secures a loan."""

    ORDER = "order"
    TRANSIT = "transit"
    WAREHOUSE = "warehouse"
    RECEIVABLE = "receivable"
    VOUCHER = "voucher"


class SubsidyKind(StrEnum):
    """What a public budget pays for."""

    INTEREST = "interest"
    RENT = "rent"
    RISK = "risk"


class ServiceKind(StrEnum):
    """Kind of direct parcel service."""

    POSTAL = "postal"
    EXPRESS = "express"


class TariffItem(StrEnum):
    """What the operator charges firms for."""

    HUB = "hub"
    LANE = "lane"
    STORAGE = "storage"
    HANDLING = "handling"


def column(unit: str, meaning: str, **limits: Any) -> Any:
    """A column with its unit, meaning and range; keywords are those of ``pydantic.Field``."""
    return Field(description=meaning, json_schema_extra={"unit": unit}, **limits)


def money_column(meaning: str, per: str = "", **limits: Any) -> Any:
    """A money column, at least 0 unless ``ge`` says otherwise."""
    limits.setdefault("ge", 0)
    return column(f"money/{per}" if per else "money", meaning, **limits)


def key(meaning: str) -> Any:
    """An identifier column (any non-empty text; ``007`` and ``NA`` are identifiers too)."""
    return column("id", meaning, min_length=1)


def currency_column() -> Any:
    """The currency of the row's money columns."""
    return column("currency", "currency of this row's money; missing: the network's", default=None)


class Row(BaseModel):
    """A row of any table."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    status: Status = column("-", "include or exclude this row", default=Status.INCLUDE)
    notes: str = column("-", "free text of the planner", default="")


class Settings(Row):
    """The one row of facts about the whole network."""

    name: str = key("name of the network")
    currency: str = column("currency", "currency of the objective", default="USD", min_length=1)
    start: dt.date = column("date", "first day of period 1")
    money: bool = column("-", "plan financing together with logistics", default=True)
    single_source: bool = column(
        "-", "serve each product in each market from one warehouse only", default=False
    )
    discount_rate: float = column("1/year", "discount rate; 0: nominal money", default=0.0, ge=0, le=1)
    capital_rate: float = column(
        "1/year", "charge on goods in transit and in stock when money is off", default=0.0, ge=0, le=1
    )
    deposit_rate: float = column("1/year", "interest earned on cash", default=0.0, ge=0, le=1)
    emergency_rate: float | None = column(
        "1/year", "emergency credit of a firm; missing: none to be had", default=None, ge=0, le=2
    )
    co2_price: float = money_column("price of emissions", "kg", default=0.0)
    co2_cap: float | None = column("kg", "most CO2e over the horizon; missing: no cap", default=None, ge=0)
    operator_cash: float = money_column("opening (and closing) cash of the operator", default=0.0)
    operator_rate: float | None = column(
        "1/year", "overdraft rate of the operator; missing: no overdraft", default=None, ge=0, le=2
    )
    operator_limit: float | None = money_column("largest overdraft; missing: no limit", default=None)


class Period(Row):
    """A stretch of the calendar; periods follow each other without gaps."""

    period: int = column("-", "number, from 1 without gaps", ge=1)
    days: float = column("day", "length", gt=0, le=366)
    max_openings: int | None = column("-", "most leases that may start", default=None, ge=0)
    max_sites: int | None = column("-", "most leased warehouses", default=None, ge=0)
    min_covered: int | None = column("-", "least markets whose demand is fully served", default=None, ge=0)


class Cluster(Row):
    """An industrial cluster: the place where its firms make their goods."""

    cluster: str = key("identifier")
    name: str = column("-", "name", default="")
    country: str = column("-", "ISO country code", default="CN", min_length=1)
    lat: float | None = column("degree", "latitude", default=None, ge=-90, le=90)
    lon: float | None = column("degree", "longitude", default=None, ge=-180, le=180)


class Firm(Row):
    """A firm of a cluster."""

    firm: str = key("identifier")
    name: str = column("-", "name", default="")
    cluster: str = key("its cluster")
    size: Size = column("-", "size class", default=Size.SMALL)
    rating: str | None = column("id", "credit rating; missing: no loans", default=None)
    opening_cash: float = money_column("cash at the start", default=0.0)
    min_cash: float = money_column("least cash at the end of any period", default=0.0)
    credit_limit: float | None = money_column("most loans at any time; missing: no limit", default=None)
    emergency_limit: float | None = money_column("most emergency credit; missing: no limit", default=None)
    right: float | None = column(
        "-",
        "weight of its right to public money and lines, and of its part in the operator's true-up; "
        "missing: its share of the demand volume",
        default=None,
        ge=0,
    )


class Core(Row):
    """A core firm: the 1 of 1+N; its credit carries members' loans."""

    core: str = key("the firm")
    guarantee_line: float = money_column("most guarantees given plus loans it uses itself")


class Guarantee(Row):
    """The part of a core firm's guarantee line for one relation type."""

    core: str = key("core firm")
    relation: Relation = column("-", "relation type")
    line: float = money_column("most guaranteed balances of this relation")
    fee_rate: float = column("1/year", "fee the borrower pays the core firm", default=0.0, ge=0, le=1)


class Member(Row):
    """A firm's tie to its core firm (at most one)."""

    firm: str = key("member firm")
    core: str = key("its core firm")
    relation: Relation = column("-", "relation type")


class Trade(Row):
    """A chain trade inside the cluster: the supplier delivers, the buyer pays after credit days."""

    trade: str = key("identifier")
    supplier: str = key("firm that is paid")
    buyer: str = key("firm that pays")
    period: int = column("-", "period of the delivery", ge=1)
    amount: float = money_column("invoice value")
    credit_days: float = column("day", "days until payment", default=0.0, ge=0, le=365)


class Family(Row):
    """A product family: what duties and per-family capacities refer to."""

    family: str = key("identifier")
    name: str = column("-", "name", default="")


class Product(Row):
    """A product of one firm."""

    product: str = key("identifier")
    name: str = column("-", "name", default="")
    firm: str = key("its maker")
    family: str = key("its family")
    volume_m3: float = column("m3/unit", "volume of a unit, packed", gt=0, le=200)
    weight_kg: float = column("kg/unit", "gross weight of a unit", ge=0, le=100_000)
    cost: float = money_column("production cost; the one valuation of goods as collateral", "unit")
    declared_value: float | None = money_column("customs value; missing: the cost", "unit", default=None)
    currency: str | None = currency_column()
    pay_days: float = column(
        "day",
        "days from paying for production to leaving the firm (negative: suppliers give credit)",
        default=0.0,
        ge=-365,
        le=365,
    )
    refund_rate: float = column("1", "export tax refund as a share of cost", default=0.0, ge=0, le=0.5)
    refund_days: float = column("day", "days from export to refund", default=0.0, ge=0, le=365)
    salvage: float = money_column("value of a unit left over at the end", "unit", default=0.0)
    safety_days: float = column(
        "day", "days of a period's deliveries that lie in the warehouse when it starts", default=0.0, ge=0
    )
    orders_per_unit: float = column("order/unit", "orders (parcels) to deliver one unit", default=1.0, ge=0)
    order_share: float = column("1", "share made to confirmed orders", default=1.0, ge=0, le=1)
    order_days: float = column(
        "day", "days from a confirmed order to leaving the firm", default=0.0, ge=0, le=365
    )


class Stock(Row):
    """Goods at a hub or warehouse at the start, and those wanted at the end."""

    product: str = key("product")
    place: str = key("hub or warehouse")
    opening: float = column("unit", "on hand at the start", default=0.0, ge=0)
    target: float = column("unit", "least on hand at the end", default=0.0, ge=0)


class Pipeline(Row):
    """Goods already under way at the start, everything paid and cleared."""

    product: str = key("product")
    warehouse: str = key("where they arrive")
    period: int = column("-", "when they arrive", ge=1)
    quantity: float = column("unit", "how many", ge=0)


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


class Haulage(Row):
    """Haulage from a cluster to a hub; a cluster uses only the hubs listed here."""

    cluster: str = key("cluster")
    hub: str = key("hub")
    currency: str | None = currency_column()
    cost_m3: float = money_column("haulage", "m3", default=0.0)


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
    default_rate: float = column("1", "share of sales that buyers never pay", default=0.0, ge=0, lt=1)
    dilution: float = column("1", "share of sales lost to returns and disputes", default=0.0, ge=0, lt=1)


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


class Sale(Row):
    """The terms at which a product is sold in a market."""

    product: str = key("product")
    market: str = key("market")
    price: float = money_column("price in the market's currency", "unit")
    promise_days: float | None = column(
        "day", "most delivery days promised to the buyer; missing: no promise", default=None, ge=0
    )
    unmet_share: float = column("1", "most demand of a period left unserved", default=1.0, ge=0, le=1)
    penalty: float = money_column("goodwill lost with an unserved unit", "unit", default=0.0)


class Demand(Row):
    """Units that buyers of a market want in a period."""

    product: str = key("product")
    market: str = key("market")
    period: int = column("-", "period", ge=1)
    quantity: float = column("unit", "units wanted", ge=0)


class Duty(Row):
    """Import duty of a family in a zone."""

    zone: str = key("zone")
    family: str = key("family")
    rate: float = column("1", "on the customs value of goods cleared into a warehouse", default=0.0, ge=0)
    parcel_rate: float = column("1", "on the customs value of goods sent by parcel", default=0.0, ge=0)
    parcel_fee: float = money_column("customs fee of a parcel", "order", default=0.0)


class Channel(Row):
    """A payment channel from buyers to firms."""

    channel: str = key("identifier")
    name: str = column("-", "name", default="")
    fee_rate: float = column("1", "fee as a share of the amount", default=0.0, ge=0, lt=1)
    settlement_days: float = column("day", "from the buyer's payment to the firm", default=0.0, ge=0, le=120)


class ChannelShare(Row):
    """A channel's acceptance in a zone; a zone without rows is paid directly, free and at once."""

    channel: str = key("channel")
    zone: str = key("zone")
    max_share: float = column("1", "most of a firm's sales in a period", default=1.0, ge=0, le=1)


class Rating(Row):
    """A credit rating."""

    rating: str = key("identifier")
    pd: float = column("1/year", "probability of default", ge=0, le=1)
    spread: float = column("1/year", "on loans without guarantee", default=0.0, ge=0, le=1)
    spread_guaranteed: float = column("1/year", "on loans with guarantee", default=0.0, ge=0, le=1)


class Funder(Row):
    """A bank or other source of loans."""

    funder: str = key("identifier")
    name: str = column("-", "name", default="")
    base_rate: float = column("1/year", "rate before spreads", ge=0, le=1)
    line: float = money_column("most loans to the network at any time")
    max_firm_share: float = column(
        "1", "most loans to one firm, as a share of the line", default=1.0, ge=0, le=1
    )
    loss_cap: float | None = column(
        "1/year", "most expected loss, as a share of the line; missing: no cap", default=None, ge=0, le=1
    )
    admission_cost: float = money_column("due diligence on a firm, once, paid by the firm", default=0.0)
    min_ticket: float = money_column("a firm's balance is 0 or at least this", default=0.0)


class Loan(Row):
    """A loan product of a funder."""

    loan: str = key("identifier")
    funder: str = key("funder")
    kind: LoanKind = column("-", "what secures it")
    advance: float = column("1", "loan per collateral value, without guarantee", ge=0, le=1)
    advance_guaranteed: float | None = column(
        "1", "the same with the core firm's guarantee; missing: not offered", default=None, ge=0, le=1
    )
    spread: float = column("1/year", "on the funder's base rate", default=0.0, ge=-0.2, le=1)
    guarantee_discount: float = column("1/year", "off the rate with guarantee", default=0.0, ge=0, le=1)
    draw_fee: float = column("1", "fee as a share of the amount drawn", default=0.0, ge=0, le=0.2)
    tenor_days: float = column("day", "longest time to repayment", gt=0, le=365)
    lgd: float = column("1", "loss given default, without guarantee", default=0.45, ge=0, le=1)
    lgd_guaranteed: float = column("1", "the same with guarantee", default=0.0, ge=0, le=1)
    subsidised: bool = column("-", "eligible for interest subsidy", default=True)


class Subsidy(Row):
    """A public budget."""

    subsidy: str = key("identifier")
    kind: SubsidyKind = column("-", "what it pays for")
    rate: float = column("1", "most of the interest, rent or guarantee loss it pays", ge=0, le=1)
    budget: float = money_column("over the horizon")
    small_share: float = column("1", "least share that goes to small firms", default=0.0, ge=0, le=1)


class Tariff(Row):
    """The operator's price list: what firms pay the operator when they use a place."""

    item: TariffItem = column(
        "-", "hub: per m3 taken in; lane: per m3 sent; storage: per m3-day; handling: per m3 delivered"
    )
    place: str = key("hub, lane or warehouse")
    rate: float = money_column("price per m3, or per m3-day for storage", "m3")


class ExchangeRate(Row):
    """Value of a currency from a date on, until the next date."""

    currency: str = key("currency")
    date: dt.date = column("date", "first day of the rate")
    rate: float = column("network currency per unit", "value of one unit", gt=0)


TABLES: dict[str, type[Row]] = {
    "settings": Settings,
    "periods": Period,
    "clusters": Cluster,
    "firms": Firm,
    "cores": Core,
    "guarantees": Guarantee,
    "members": Member,
    "trades": Trade,
    "families": Family,
    "products": Product,
    "stock": Stock,
    "pipeline": Pipeline,
    "hubs": Hub,
    "hub_levels": HubLevel,
    "hub_families": HubFamily,
    "haulage": Haulage,
    "warehouses": Warehouse,
    "tiers": Tier,
    "tier_families": TierFamily,
    "lanes": Lane,
    "containers": Container,
    "lane_containers": LaneContainer,
    "zones": Zone,
    "markets": Market,
    "last_mile": LastMile,
    "services": Service,
    "parcel_rates": ParcelRate,
    "sales": Sale,
    "demand": Demand,
    "duties": Duty,
    "channels": Channel,
    "channel_shares": ChannelShare,
    "ratings": Rating,
    "funders": Funder,
    "loans": Loan,
    "subsidies": Subsidy,
    "tariffs": Tariff,
    "fx": ExchangeRate,
}
"""Every table by name, in the order in which a planner meets them."""

KEYS: dict[str, tuple[str, ...]] = {
    "settings": (),
    "periods": ("period",),
    "clusters": ("cluster",),
    "firms": ("firm",),
    "cores": ("core",),
    "guarantees": ("core", "relation"),
    "members": ("firm",),
    "trades": ("trade",),
    "families": ("family",),
    "products": ("product",),
    "stock": ("product", "place"),
    "pipeline": ("product", "warehouse", "period"),
    "hubs": ("hub",),
    "hub_levels": ("hub", "level"),
    "hub_families": ("hub", "level", "family"),
    "haulage": ("cluster", "hub"),
    "warehouses": ("warehouse",),
    "tiers": ("warehouse", "tier"),
    "tier_families": ("warehouse", "tier", "family"),
    "lanes": ("lane",),
    "containers": ("container",),
    "lane_containers": ("lane", "container"),
    "zones": ("zone",),
    "markets": ("market",),
    "last_mile": ("warehouse", "market"),
    "services": ("service",),
    "parcel_rates": ("service", "market"),
    "sales": ("product", "market"),
    "demand": ("product", "market", "period"),
    "duties": ("zone", "family"),
    "channels": ("channel",),
    "channel_shares": ("channel", "zone"),
    "ratings": ("rating",),
    "funders": ("funder",),
    "loans": ("loan",),
    "subsidies": ("subsidy",),
    "tariffs": ("item", "place"),
    "fx": ("currency", "date"),
}
"""The columns that identify a row of each table."""

REFERENCES: dict[tuple[str, str], tuple[str, ...]] = {
    ("firms", "cluster"): ("clusters",),
    ("firms", "rating"): ("ratings",),
    ("cores", "core"): ("firms",),
    ("guarantees", "core"): ("cores",),
    ("members", "firm"): ("firms",),
    ("members", "core"): ("cores",),
    ("trades", "supplier"): ("firms",),
    ("trades", "buyer"): ("firms",),
    ("trades", "period"): ("periods",),
    ("products", "firm"): ("firms",),
    ("products", "family"): ("families",),
    ("stock", "product"): ("products",),
    ("stock", "place"): ("hubs", "warehouses"),
    ("pipeline", "product"): ("products",),
    ("pipeline", "warehouse"): ("warehouses",),
    ("pipeline", "period"): ("periods",),
    ("hub_levels", "hub"): ("hubs",),
    ("hub_families", "hub"): ("hubs",),
    ("hub_families", "family"): ("families",),
    ("haulage", "cluster"): ("clusters",),
    ("haulage", "hub"): ("hubs",),
    ("warehouses", "zone"): ("zones",),
    ("tiers", "warehouse"): ("warehouses",),
    ("tier_families", "warehouse"): ("warehouses",),
    ("tier_families", "family"): ("families",),
    ("lanes", "hub"): ("hubs",),
    ("lanes", "warehouse"): ("warehouses",),
    ("lane_containers", "lane"): ("lanes",),
    ("lane_containers", "container"): ("containers",),
    ("markets", "zone"): ("zones",),
    ("last_mile", "warehouse"): ("warehouses",),
    ("last_mile", "market"): ("markets",),
    ("parcel_rates", "service"): ("services",),
    ("parcel_rates", "market"): ("markets",),
    ("sales", "product"): ("products",),
    ("sales", "market"): ("markets",),
    ("demand", "product"): ("products",),
    ("demand", "market"): ("markets",),
    ("demand", "period"): ("periods",),
    ("duties", "zone"): ("zones",),
    ("duties", "family"): ("families",),
    ("channel_shares", "channel"): ("channels",),
    ("channel_shares", "zone"): ("zones",),
    ("loans", "funder"): ("funders",),
    ("tariffs", "place"): ("hubs", "lanes", "warehouses"),
}
"""Which table(s) a column's value must be found in (by that table's one-column key)."""
