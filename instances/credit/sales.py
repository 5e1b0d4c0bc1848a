"""A firm's sales of a year, on which its credit limit rests."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from ..tables import Demand, Firm, Market, Period, Product, Rating, Sale, Trade

if TYPE_CHECKING:
    from ..network import Network

DAYS = 365.0


def annual_sales(network: Network) -> dict[str, float]:
    """Firm → ``annual_sales`` where given, else planned sales scaled to a year, in network currency.

    Planned sales are the demand at its price and the chain trades that the firm supplies; the days are
    those of the periods with demand, so that a run-off does not make a year look poorer.  Rows that refer
    to nothing do not count: the checks report them.
    """
    given = {row.firm: row.annual_sales for row in network.given(Firm)}
    planned: dict[str, float] = {}
    if any(sales is None for sales in given.values()):
        planned = _planned(network)
    return {firm: planned.get(firm, 0.0) if sales is None else sales for firm, sales in given.items()}


def with_annual_sales(network: Network) -> Network:
    """The network with ``annual_sales`` written down where a limit may rest on them.

    A scenario starts from it: a demand that only the scenario raises raises no credit limit, while better
    indicators still do.  The network itself where no rating has a ``limit_share``.
    """
    if all(row.limit_share is None for row in network.rows(Rating)):
        return network
    sales = annual_sales(network)
    firms = [
        row.model_copy(update={"annual_sales": sales[row.firm]}) if row.firm in sales else row
        for row in network.all_rows(Firm)
    ]
    return network.replace(firms=firms)


def _planned(network: Network) -> dict[str, float]:
    days = _selling_days(network)
    sales: dict[str, float] = defaultdict(float)
    for firm, amount in (*_demand(network), *_trades(network)):
        sales[firm] += amount * DAYS / days
    return sales


def _selling_days(network: Network) -> float:
    wanted = {row.period for row in network.given(Demand) if row.quantity > 0}
    days = sum(row.days for row in network.given(Period) if row.period in wanted)
    return days or sum(row.days for row in network.given(Period)) or DAYS


def _demand(network: Network) -> list[tuple[str, float]]:
    makers = {row.product: row.firm for row in network.given(Product)}
    prices = {(row.product, row.market): row.price for row in network.given(Sale)}
    currency = {row.market: row.currency for row in network.given(Market)}

    @cache
    def rate(market: str, period: int) -> float:
        try:
            return network.exchange_rate(currency[market], period)
        except LookupError:
            return 0.0

    return [
        (makers[row.product], row.quantity * prices[row.product, row.market] * rate(row.market, row.period))
        for row in network.given(Demand)
        if row.product in makers and (row.product, row.market) in prices
    ]


def _trades(network: Network) -> list[tuple[str, float]]:
    return [(row.supplier, row.amount) for row in network.given(Trade)]
