"""What is wanted: volumes by firm, family, market and period."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from ...instances.network import Network
from ...instances.tables import Demand, Family, Firm, Market, Product, Sale

MEASURES = ("volume_m3", "weight_t", "value")
Amounts = tuple[float, float, float]
"""m3, t, and money at selling prices."""


class Goods:
    """Demand of a network added up by whatever is asked."""

    def __init__(self, network: Network):
        self.products = network.by_key(Product)
        markets, sales = network.by_key(Market), network.by_key(Sale)
        self.rows: list[tuple[Demand, Amounts]] = []
        for row in network.rows(Demand):
            if row.quantity > 0:
                product, sale = self.products[row.product], sales.get((row.product, row.market))
                rate = network.exchange_rate(markets[row.market].currency, row.period)
                value = row.quantity * (sale.price if sale else 0.0) * rate
                weight = row.quantity * product.weight_kg / 1000
                self.rows.append((row, (row.quantity * product.volume_m3, weight, value)))

    def by(self, column: str) -> dict[Any, Amounts]:
        """Amounts by a column of demand or of its product."""
        sums: dict[Any, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
        own = column in Demand.model_fields
        for row, amounts in self.rows:
            key = getattr(row if own else self.products[row.product], column)
            for i, amount in enumerate(amounts):
                sums[key][i] += amount
        return {key: (m3, t, value) for key, (m3, t, value) in sums.items()}

    def total(self) -> dict[str, float]:
        """All demand."""
        return named(*(sum(amounts[i] for _, amounts in self.rows) for i in range(3)))

    def volumes(self, column: str) -> dict[tuple[Any, int], float]:
        """m3 by a column of demand or of its product, and period."""
        sums: dict[tuple[Any, int], float] = defaultdict(float)
        own = column in Demand.model_fields
        for row, (m3, _, _) in self.rows:
            sums[getattr(row if own else self.products[row.product], column), row.period] += m3
        return sums


def named(m3: float = 0.0, t: float = 0.0, value: float = 0.0) -> dict[str, float]:
    """Amounts under their names."""
    return dict(zip(MEASURES, (m3, t, value), strict=True))


def firms(network: Network, goods: Goods) -> list[dict[str, Any]]:
    """The firms, largest volume first."""
    amounts, products = goods.by("firm"), Counter(row.firm for row in network.rows(Product))
    rows = [
        {
            "firm": row.firm,
            "name": row.name or row.firm,
            "cluster": row.cluster,
            "size": row.size.value,
            "rating": row.rating,
            "products": products[row.firm],
            "opening_cash": row.opening_cash,
            "credit_limit": row.credit_limit,
            **named(*amounts.get(row.firm, ())),
        }
        for row in network.rows(Firm)
    ]
    return sorted(rows, key=lambda row: -float(row["volume_m3"]))


def families(network: Network, goods: Goods) -> list[dict[str, Any]]:
    """The product families, largest volume first."""
    amounts, products = goods.by("family"), Counter(row.family for row in network.rows(Product))
    names = {row.family: row.name or row.family for row in network.rows(Family)}
    ordered = sorted(amounts.items(), key=lambda item: -item[1][0])
    return [
        {"family": key, "name": names[key], "products": products[key], **named(*sums)}
        for key, sums in ordered
    ]


def seasons(network: Network, goods: Goods) -> dict[str, Any]:
    """m3 wanted per month of 30 days, by period: of all goods, and of each family."""
    calendar = network.calendar
    total = {period: m3 for period, (m3, _, _) in goods.by("period").items()}
    split = goods.volumes("family")

    def monthly(volumes: dict[int, float]) -> list[float]:
        return [volumes.get(t, 0.0) / calendar.month_share(t) for t in calendar.periods]

    by_family = {
        family: monthly({t: m3 for (key, t), m3 in split.items() if key == family})
        for family in sorted({key for key, _ in split})
    }
    return {"m3_per_month": monthly(total), "families_m3_per_month": by_family}
