"""What each firm must finance if all demand is served: seen before anything is planned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from ..calendar import AFTER
from ..network import Network
from ..tables import (
    Channel,
    ChannelShare,
    Demand,
    Firm,
    Market,
    Pipeline,
    Product,
    Sale,
    Stock,
    Trade,
    Zone,
)
from .reach import Pair, Routes


@dataclass(frozen=True)
class Need:
    """Cash of a firm at the end of each period (network currency) if it borrows nothing.

    Production, sales, export refunds and chain trades count; haulage, freight, duty, storage and delivery do
    not, so the real need is larger.
    """

    firm: str
    cash: tuple[float, ...]
    min_cash: float

    @property
    def shortfalls(self) -> tuple[float, ...]:
        """What is missing at the end of each period."""
        return tuple(max(0.0, self.min_cash - cash) for cash in self.cash)

    @property
    def peak(self) -> float:
        """The most that is missing at any time."""
        return max(self.shortfalls, default=0.0)


def needs(network: Network, *, slow: bool = False) -> list[Need]:
    """The need of every firm, if goods go by the fastest routes (``slow``: by the slowest) just in time.

    The network must be sound and have periods.
    """
    estimate = _Estimate(network, slow)
    flows = estimate.flows()
    return [
        Need(firm.firm, tuple(accumulate(flows[firm.firm], initial=firm.opening_cash))[1:], firm.min_cash)
        for firm in network.rows(Firm)
    ]


class _Estimate:
    """Money in and out of the firms by period."""

    def __init__(self, network: Network, slow: bool):
        self.network, self.calendar, self.choose = network, network.calendar, max if slow else min
        self.routes = Routes(network)
        self.markets = network.by_key(Market)
        self.zones = network.by_key(Zone)
        self.settling = self._settling()
        self.totals: dict[str, list[float]] = defaultdict(lambda: [0.0] * self.calendar.last)
        self.days: dict[Pair, tuple[float, bool] | None] = {}
        self.stock: dict[str, float] = defaultdict(float)
        for row in network.rows(Stock):
            self.stock[row.product] += max(0.0, row.opening - row.target)
        for arrival in network.rows(Pipeline):
            self.stock[arrival.product] += arrival.quantity

    def flows(self) -> dict[str, list[float]]:
        """Receipts less payments of each firm by period."""
        sales = self.network.by_key(Sale)
        for row in sorted(self.network.rows(Demand), key=lambda row: row.period):
            sale = sales.get((row.product, row.market))
            if sale and row.quantity > 0:
                self._sell(sale, row.period, row.quantity)
        for trade in self.network.rows(Trade):
            self._book(trade.supplier, trade.amount, trade.period, trade.credit_days)
            self._book(trade.buyer, -trade.amount, trade.period, trade.credit_days)
        return self.totals

    def _settling(self) -> dict[str, float]:
        """Days from the buyer's payment to the firm by zone."""
        channels = self.network.by_key(Channel)
        days: dict[str, list[float]] = defaultdict(list)
        for row in self.network.rows(ChannelShare):
            days[row.zone].append(channels[row.channel].settlement_days)
        return {zone: self.choose(listed) for zone, listed in days.items()}

    def _sell(self, sale: Sale, period: int, units: float) -> None:
        """A period's sales, and the production of what is not yet in stock."""
        route = self._route(sale)
        if route is None:
            return
        lead, lasting = route
        product, market = self.routes.products[sale.product], self.markets[sale.market]
        kept = (1 - (market.default_rate or 0.0)) * (1 - (market.dilution or 0.0))
        price = sale.price * kept * self._rate(market.currency, period)
        credit = self.zones[market.zone].credit_days + self.settling.get(market.zone, 0.0)
        self._book(product.firm, units * price, period, credit)
        ready = min(self.stock[sale.product], units) if lasting else 0.0
        self.stock[sale.product] -= ready
        self._make(product, period, units - ready, lead)

    def _make(self, product: Product, period: int, units: float, lead: float) -> None:
        cost = units * product.cost * self._rate(product.currency, period)
        self._book(product.firm, -cost, period, -lead - product.pay_days)
        self._book(product.firm, cost * product.refund_rate, period, -lead + product.refund_days)

    def _route(self, sale: Sale) -> tuple[float, bool] | None:
        """Days from leaving the firm to the warehouse, and whether stock there helps; None: no way."""
        pair = (sale.product, sale.market)
        if pair not in self.days:
            ways = list(self._ways(sale))
            self.days[pair] = self.choose(ways) if ways else None
        return self.days[pair]

    def _ways(self, sale: Sale) -> Iterator[tuple[float, bool]]:
        if self.routes.by_parcel(sale):
            yield 0.0, False
        for row in self.routes.in_promise(sale):
            if row.warehouse in self.routes.usable:
                for lane in self.routes.useful_lanes(sale.product, row.warehouse):
                    yield self.routes.lead(lane), True

    def _rate(self, currency: str | None, period: int) -> float:
        try:
            return self.network.exchange_rate(currency, period)
        except KeyError:
            return 1.0

    def _book(self, firm: str, amount: float, period: int, delay: float) -> None:
        for other, share in self.calendar.split(period, delay):
            if other != AFTER:
                self.totals[firm][other - 1] += amount * share
