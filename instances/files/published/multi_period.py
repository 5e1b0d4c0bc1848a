"""Sites opened over periods, customers that must be served by then."""

from __future__ import annotations

from collections.abc import Iterable

from ... import tables as t
from ...network import Network
from .base import MONTH, Floats, buyers, names, network, one_hub, products, rates_over_time, tiers, warehouses
from .numbers import Numbers


def multi_period(numbers: Numbers, name: str) -> Network:
    """``I J T``; openings p_t, exactly so many; customers n_t served at least; per site its opening costs
    f_t, then per customer the costs c_t of serving it in period t.  A customer once served stays served."""
    sites_count, customers, periods = numbers.counts("sites", "customers", "periods")
    openings = numbers.whole(periods, "openings")
    covered = numbers.whole(periods, "customers served")
    costs = numbers.take((sites_count, customers + 1, periods), "costs", least=1e-9)
    numbers.end()
    sites, markets = names("w", sites_count), names("m", customers)
    parts: dict[str, Iterable[t.Row]] = {
        **products(),
        **one_hub(sites),
        **buyers(markets, unmet=1.0),
        "periods": [
            t.Period(period=i, days=MONTH, min_openings=p, max_openings=p, min_covered=n)
            for i, (p, n) in enumerate(zip(openings, covered, strict=True), 1)
        ],
        "warehouses": warehouses(sites, currency=True),
        "tiers": tiers(sites, [1.0] * sites_count, [None] * sites_count),
        "last_mile": [
            t.LastMile(warehouse=w, market=m, cost_m3=1.0, currency=f"{w}-{m}")
            for w in sites
            for m in markets
        ],
        "demand": [
            t.Demand(product="goods", market=m, period=i, quantity=1.0)
            for m in markets
            for i in range(1, periods + 1)
        ],
        "fx": _rates(sites, markets, costs),
    }
    return network(name, parts, keep_covered=True)


def _rates(sites: list[str], markets: list[str], costs: Floats) -> list[t.ExchangeRate]:
    rates = []
    for w, rows in zip(sites, costs.tolist(), strict=True):
        rates += rates_over_time(w, rows[0])
        for m, prices in zip(markets, rows[1:], strict=True):
            rates += rates_over_time(f"{w}-{m}", prices)
    return rates
