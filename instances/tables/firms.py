"""Clusters, their firms, the ties between firms."""

from __future__ import annotations

from enum import StrEnum

from .base import Row, column, key, money_column


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


class Cluster(Row):
    """An industrial cluster: the place where its firms make their goods."""

    cluster: str = key("identifier")
    name: str = column("-", "name", default="")
    city: str = column(
        "-", "its city, for shares and savings by city; missing: the cluster itself", default=""
    )
    country: str = column("-", "ISO country code", default="CN", min_length=1)
    lat: float | None = column("degree", "latitude", default=None, ge=-90, le=90)
    lon: float | None = column("degree", "longitude", default=None, ge=-180, le=180)


class Firm(Row):
    """A firm of a cluster."""

    firm: str = key("identifier")
    name: str = column("-", "name", default="")
    cluster: str = key("its cluster")
    size: Size = column("-", "size class", default=Size.SMALL)
    rating: str | None = column(
        "id", "credit rating; missing: by its indicators, without any: no loans", default=None
    )
    opening_cash: float = money_column("cash at the start", default=0.0)
    min_cash: float = money_column("least cash at the end of any period", default=0.0)
    credit_limit: float | None = money_column(
        "most loans at any time; missing: by its rating, else no limit", default=None
    )
    annual_sales: float | None = money_column(
        "sales of a year, on which its limit rests; missing: demand at price, scaled to a year",
        default=None,
    )
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
