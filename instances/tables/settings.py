"""The network as a whole: settings, periods, exchange rates."""

from __future__ import annotations

import datetime as dt

from .base import Row, column, key, money_column


class Settings(Row):
    """The one row of facts about the whole network."""

    name: str = key("name of the network")
    currency: str = column("currency", "currency of the objective", default="USD", min_length=1)
    start: dt.date = column("date", "first day of period 1")
    money: bool = column("-", "plan financing together with logistics", default=True)
    single_source: bool = column(
        "-", "serve each product in each market from one warehouse only", default=False
    )
    keep_covered: bool = column(
        "-", "a market counts as covered only if it stays fully served from then on", default=False
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
    min_openings: int | None = column("-", "least leases that start", default=None, ge=0)
    max_openings: int | None = column("-", "most leases that may start", default=None, ge=0)
    max_sites: int | None = column("-", "most leased warehouses", default=None, ge=0)
    min_covered: int | None = column("-", "least markets whose demand is fully served", default=None, ge=0)


class ExchangeRate(Row):
    """Value of a currency from a date on, until the next date."""

    currency: str = key("currency")
    date: dt.date = column("date", "first day of the rate")
    rate: float = column("network currency per unit", "value of one unit", gt=0)
