"""The joint model: places, goods and money in one Pyomo model."""

from __future__ import annotations

import pyomo.environ as pyo

from ..instances.network import Network
from . import financing, rent, shipping, warehouses
from .chain import Chain
from .flows import Flows
from .index import Index


def build(network: Network) -> pyo.ConcreteModel:
    """The joint model of a network; see ``README.md`` for every row.

    The network must have passed ``instances.checks.check``.  ``model.index`` holds the index sets.
    """
    ix = Index(network)
    m = pyo.ConcreteModel(name=ix.settings.name)
    m.index = ix
    warehouses.declare(m, ix)
    shipping.declare(m, ix)
    for family in (*warehouses.FAMILIES, *shipping.FAMILIES):
        family(m, ix)
    money = Flows(ix)
    warehouses.flows(m, ix, money)
    rent.rent_subsidy(m, ix, money)
    shipping.flows(m, ix, money)
    if ix.settings.money:
        _finance(m, Chain(ix), money)
    m.cost = money.cost(constant(ix))
    return m


def _finance(m: pyo.ConcreteModel, chain: Chain, money: Flows) -> None:
    m.chain = chain
    financing.declare(m, chain)
    for family in financing.FAMILIES:
        family(m, chain)
    financing.flows(m, chain, money)
    financing.cash(m, chain, money)


def constant(ix: Index) -> float:
    """What serving all demand would cost and bring in, which no plan changes."""

    def made(product: str, period: int) -> float:
        return ix.discount(period) * ix.cost(product, period) * (1 - ix.products[product].refund_rate)

    total = sum(
        quantity * (made(p, t) - ix.discount(t) * ix.net_price(p, m, t))
        for (p, m, t), quantity in ix.demand.items()
    )
    total += sum(made(p, 1) * (row.target - row.opening) for (p, _), row in ix.stocks.items())
    return total - sum(made(p, 1) * quantity for (p, _, _), quantity in ix.pipeline.items())
