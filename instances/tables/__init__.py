"""The tables of a network: one row class per table, unit and meaning in each column.

This package is the only place where a column is defined.  Files, checks, documentation and
templates are derived from it.  A missing optional value means *absent*: no limit, no cost,
not offered; never an invented large number.

Conventions: money in the row's ``currency`` (missing: the network's currency), quantities in
product units, volume in m3, weight in kg, durations in days, rates per year, shares in 0..1.
A *month* is 30 days: a rate per month is charged for each day of a period at 1/30.
"""

from __future__ import annotations

from .base import Row, Status, column, currency_column, key, money_column
from .credit import Band, Basis, BuyerRating, FirmIndicator, Indicator, MarketIndicator, Subject
from .firms import Cluster, Core, Firm, Guarantee, Member, Relation, Size, Trade
from .goods import Demand, Family, Pipeline, Product, Sale, Stock
from .money import (
    Channel,
    ChannelShare,
    Duty,
    Funder,
    Loan,
    LoanKind,
    Rating,
    Subsidy,
    SubsidyKind,
    Tariff,
    TariffItem,
)
from .places import Contract, Hub, HubFamily, HubLevel, Market, State, Tier, TierFamily, Warehouse, Zone
from .schema import KEYS, REFERENCES, TABLES
from .settings import ExchangeRate, Period, Settings
from .transport import (
    Container,
    Haulage,
    Lane,
    LaneContainer,
    LastMile,
    Mode,
    ParcelRate,
    Service,
    ServiceKind,
)

__all__ = [
    "KEYS",
    "REFERENCES",
    "TABLES",
    "Band",
    "Basis",
    "BuyerRating",
    "Channel",
    "ChannelShare",
    "Cluster",
    "Container",
    "Contract",
    "Core",
    "Demand",
    "Duty",
    "ExchangeRate",
    "Family",
    "Firm",
    "FirmIndicator",
    "Funder",
    "Guarantee",
    "Haulage",
    "Hub",
    "HubFamily",
    "HubLevel",
    "Indicator",
    "Lane",
    "LaneContainer",
    "LastMile",
    "Loan",
    "LoanKind",
    "Market",
    "MarketIndicator",
    "Member",
    "Mode",
    "ParcelRate",
    "Period",
    "Pipeline",
    "Product",
    "Rating",
    "Relation",
    "Row",
    "Sale",
    "Service",
    "ServiceKind",
    "Settings",
    "Size",
    "State",
    "Status",
    "Stock",
    "Subject",
    "Subsidy",
    "SubsidyKind",
    "Tariff",
    "TariffItem",
    "Tier",
    "TierFamily",
    "Trade",
    "Warehouse",
    "Zone",
    "column",
    "currency_column",
    "key",
    "money_column",
]
