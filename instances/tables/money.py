"""Payment, loans, public money, tariffs."""

from __future__ import annotations

from enum import StrEnum

from .base import Row, column, key, money_column


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


class TariffItem(StrEnum):
    """What the operator charges firms for."""

    HUB = "hub"
    LANE = "lane"
    STORAGE = "storage"
    HANDLING = "handling"


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
    min_score: float | None = column(
        "point", "least score that earns it; missing: only given by hand", default=None, ge=0, le=100
    )
    limit_share: float | None = column(
        "1", "credit limit as a share of a year's sales; missing: no limit", default=None, ge=0, le=10
    )


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
