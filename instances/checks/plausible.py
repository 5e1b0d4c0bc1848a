"""Checks of what is possible but hardly meant."""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding
from ..network import Network
from ..tables import (
    Core,
    Demand,
    Firm,
    Lane,
    LaneContainer,
    Market,
    Product,
    Sale,
    Trade,
)
from .sound import at, number, overall, rate

LIGHTEST, HEAVIEST = 50.0, 8000.0
"""Densities in kg/m3 beyond which a volume or weight is probably in the wrong unit."""


def findings(network: Network) -> Iterator[Finding]:
    """All findings of this kind."""
    if not any(row.quantity > 0 for row in network.rows(Demand)):
        remedy = "add the units wanted by product, market and period"
        yield overall("no-demand", "warning", "demand", "no product is wanted anywhere", remedy)
    yield from _sales(network)
    yield from _density(network)
    yield from _idle_firms(network)
    yield from _price(network)


def _sales(network: Network) -> Iterator[Finding]:
    sold = {(row.product, row.market) for row in network.rows(Sale)}
    missing = {
        (row.product, row.market): row
        for row in network.rows(Demand)
        if row.quantity > 0 and (row.product, row.market) not in sold
    }
    for row in missing.values():
        cause = f"'{row.product}' is wanted in market '{row.market}', but has no price there"
        remedy = "add a row with its price to sales, or delete the demand"
        yield at("demand-without-sale", "error", row, "product", cause, remedy)


def _density(network: Network) -> Iterator[Finding]:
    boxed = bool(network.rows(LaneContainer))
    weighed = boxed or any(lane.loose_rate_kg is not None for lane in network.rows(Lane))
    for row in network.rows(Product):
        density = row.weight_kg / row.volume_m3
        if not LIGHTEST <= density <= HEAVIEST and (density or weighed):
            cause = f"{number(row.weight_kg)} kg in {number(row.volume_m3)} m3 are {number(density)} kg/m3"
            remedy = f"check both units; goods weigh {number(LIGHTEST)} to {number(HEAVIEST)} kg/m3"
            yield at("implausible-density", "warning", row, "weight_kg", cause, remedy)


def _idle_firms(network: Network) -> Iterator[Finding]:
    wanted = {row.product for row in network.rows(Demand) if row.quantity > 0}
    makers = {row.firm for row in network.rows(Product)}
    sellers = {row.firm for row in network.rows(Product) if row.product in wanted}
    traders = {row.core for row in network.rows(Core)}
    traders |= {firm for row in network.rows(Trade) for firm in (row.supplier, row.buyer)}
    for row in network.rows(Firm):
        if row.firm not in sellers | traders:
            lack = "no demand for its products" if row.firm in makers else "no products"
            cause = f"the firm has {lack}, and is neither core firm nor party to a trade"
            yield at("idle-firm", "warning", row, "firm", cause, "add what is missing, or exclude the firm")


def _price(network: Network) -> Iterator[Finding]:
    products, markets = network.by_key(Product), network.by_key(Market)
    for row in network.rows(Sale):
        product, market = products[row.product], markets[row.market]
        sold, made = rate(network, market.currency), rate(network, product.currency)
        if sold is not None and made is not None and row.price * sold < product.cost * made:
            currency = network.settings.currency
            price, cost = number(row.price * sold), number(product.cost * made)
            cause = f"a unit sells for {price} {currency}, but costs {cost} {currency}"
            remedy = "check price, cost and their currencies"
            yield at("price-below-cost", "warning", row, "price", cause, remedy)
