"""A network on one page, before anything is planned."""

from __future__ import annotations

from typing import Any

from ...instances.network import Network
from .goods import Goods, families, firms, seasons
from .money import credit, currencies
from .page import page
from .places import hubs, lanes, markets, warehouses

__all__ = ["describe", "page"]


def describe(network: Network) -> dict[str, Any]:
    """What a sound network holds, as plain data with units in the names.

    Money is in the network's currency at the rates of the period, volumes and weights are those of all
    demand over the horizon.
    """
    goods = Goods(network)
    calendar, settings = network.calendar, network.settings
    return {
        "name": settings.name,
        "sha256": network.sha256,
        "start": settings.start.isoformat(),
        "days": calendar.end(calendar.last),
        "period_days": list(calendar.days),
        "currency": settings.currency,
        "plans_money": settings.money,
        "demand": goods.total(),
        "firms": firms(network, goods),
        "families": families(network, goods),
        "seasons": seasons(network, goods),
        "markets": markets(network, goods),
        "hubs": hubs(network),
        "warehouses": warehouses(network, goods),
        "lanes": lanes(network),
        "currencies": currencies(network),
        "credit": credit(network) if settings.money else None,
    }
