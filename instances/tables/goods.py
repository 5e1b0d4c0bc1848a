"""Products, stock at the start, and what buyers want."""

from __future__ import annotations

from .base import Row, column, currency_column, key, money_column


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
