"""A price list that recovers the shared cost in use, and the operator's account under it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...instances.network import Network
from ..arrays import Floats
from ..ledger_facts import Column, Facts, Frame
from ..ledger_lines import TAKEN_IN
from ..plan import OPERATOR, Plan
from .linear import minimise

UNITS = {"lane": "m3", "storage": "m3-day", "order": "order"}
"""What is priced, and in which unit."""

FIXED = ("rent", "setup", "building", "hub_fixed")
"""Costs of the operator that do not depend on how much is moved."""


STORED = ("rent", "setup", "building", "storage", "warehouse_in", "hub_storage", "hub_fixed", "hub_handling")
"""Costs of the operator that storage at a place stands for."""

MOST_OF_COST = 4.0
"""How many times its part of the cost an item may bring in."""

_NEAR_COST = 1e-4
"""How much a deviation of an item's income from its cost counts, against one of a bill: fit comes first."""


@dataclass(frozen=True)
class PriceList:
    """Prices and what they come to.

    ``items``: item, place, unit, use (all players), price (network currency per unit).  ``use``: units by
    player and item.  ``bills``: by player its ``direct`` cost, what it uses at these prices (``tariff``),
    the part of its turnover (``turnover``), what it must pay the operator under the division (``due``), and
    the difference (``trueup``).  ``fit``: the part of what is due that prices and turnover do not meet.
    """

    items: pd.DataFrame
    bills: pd.DataFrame
    use: pd.DataFrame
    fit: float


def use_of(network: Network, plan: Plan, players: Mapping[str, frozenset[str]]) -> Frame:
    """Units used by player (rows) of each (item, place) (columns): m3 on lanes, m3-days in hubs and
    warehouses, orders delivered from each warehouse."""
    facts = Facts(network)
    product = facts.products
    ships = plan.tables["shipments"]
    used = [
        _use("lane", ships["lane"], ships["product"], ships["quantity"] * _of(product, ships, "volume_m3"))
    ]
    for name, place in (("stock", "warehouse"), ("holds", "hub")):
        kept = plan.tables[name]
        days = facts.days(kept["period"]) * kept["quantity"] * _of(product, kept, "volume_m3")
        used.append(_use("storage", kept[place], kept["product"], days))
    sent = plan.tables["deliveries"]
    orders = sent["quantity"] * _of(product, sent, "orders_per_unit")
    used.append(_use("order", sent["warehouse"], sent["product"], orders))
    rows = pd.concat(used, ignore_index=True)
    owner = {firm: name for name, firms in players.items() for firm in firms}
    rows["player"] = rows["product"].map(product["firm"]).map(owner)
    sums: Frame = rows.pivot_table(index="player", columns=["item", "place"], values="use", aggfunc="sum")
    return sums.reindex(list(players)).fillna(0.0).sort_index(axis=1)


def priced_items(use: Frame) -> list[tuple[str, str]]:
    """(item, place) of the columns of a table of use."""
    return [(str(key[0]), str(key[1])) for key in use.columns]


def _of(product: Frame, rows: Frame, column: str) -> Column:
    values: Column = rows["product"].map(product[column])
    return values


def _use(item: str, place: Column, product: Column, use: Column) -> Frame:
    return pd.DataFrame({"item": item, "place": place, "product": product, "use": use})


def price_list(use: Frame, costs: Floats, direct: Floats, due: Floats, turnover: Floats) -> PriceList:
    """Prices that come as close to what each player owes as a tariff can, and recover all of it.

    ``costs`` of the operator by item; ``direct`` cost, ``due`` (to the operator) and ``turnover`` (already
    taken as a part of sales) by player.  Least absolute deviations with prices of at least 0, as a linear
    programme; where several lists serve, the one nearest to costs.  No item brings in more than
    ``MOST_OF_COST`` times its part of what is due: one that a single player uses a little would else carry
    all of its bill.
    """
    quantity = use.to_numpy(float)
    prices = _fitted(quantity, due - turnover, costs)
    tariff = quantity @ prices
    trueup = due - turnover - tariff
    priced = priced_items(use)
    items = pd.DataFrame(
        {
            "item": [item for item, _ in priced],
            "place": [place for _, place in priced],
            "unit": [UNITS[item] for item, _ in priced],
            "use": quantity.sum(axis=0),
            "price": prices,
        }
    )
    bills = pd.DataFrame(
        {"direct": direct, "tariff": tariff, "turnover": turnover, "due": due, "trueup": trueup},
        index=use.index,
    )
    whole = float(np.abs(due).sum())
    return PriceList(items, bills, use, float(np.abs(trueup).sum()) / whole if whole else 0.0)


def _fitted(quantity: Floats, wanted: Floats, costs: Floats) -> Floats:
    """Prices p ≥ 0 with Σ use·p = Σ wanted; least Σ |wanted − use·p|, with some weight on Σ |income − cost|
    by item.  Columns: prices, deviations by player (up, down), deviations by item (up, down)."""
    players, items = quantity.shape
    whole, used = float(wanted.sum()), quantity.sum(axis=0)
    if not items or whole <= 0 or not used.any():
        return np.zeros(items)
    target = costs * whole / costs.sum() if costs.sum() > 0 else costs
    each, per, none = np.eye(players), np.eye(items), np.zeros
    rows = [
        np.hstack([quantity, each, -each, none((players, 2 * items))]),
        np.hstack([np.diag(used), none((items, 2 * players)), per, -per]),
        np.concatenate([used, none(2 * (players + items))])[None, :],
    ]
    size = 3 * items + 2 * players
    found = minimise(
        np.concatenate([none(items), np.ones(2 * players), np.full(2 * items, _NEAR_COST)]),
        none(size),
        np.concatenate([_most(target, used), np.full(size - items, np.inf)]),
        equal=(np.vstack(rows), np.concatenate([wanted, target, [whole]])),
    )
    if found is None:
        raise RuntimeError("no price list recovers the shared cost")
    return found.x[:items]


def _most(target: Floats, used: Floats) -> Floats:
    """Highest price of each item; none where it is not used or costs nothing."""
    bounded = (target > 0) & (used > 0)
    return np.where(bounded, MOST_OF_COST * target / np.where(used > 0, used, 1.0), np.inf)


def costs_of(plan: Plan, network: Network, use: pd.DataFrame) -> Floats:
    """What the operator pays for each priced item (lane, place of storage, warehouse of orders), today's
    money."""
    facts = Facts(network)
    ledger = plan.ledger[(plan.ledger["payer"] == OPERATOR) & ~plan.ledger["inside"]]
    worth = ledger["amount"] * facts.discount(ledger["period"])
    lane = worth.groupby(ledger["lane"]).sum()
    kept = ledger["term"].isin(STORED)
    storage = worth[kept].groupby(ledger["place"][kept]).sum()
    out = ledger["term"] == "warehouse_out"
    orders = worth[out].groupby(ledger["place"][out]).sum()
    source = {"lane": lane, "storage": storage, "order": orders}
    return np.array([float(source[item].get(place, 0.0)) for item, place in priced_items(use)])


@dataclass(frozen=True)
class Account:
    """The operator's account over the horizon, today's money: ``lines`` by name (income above 0, cost below).

    ``income`` and ``cost`` are their sums; ``fixed`` and ``variable`` the parts of the cost.  ``break_even``:
    the part of the planned use at which income covers cost (``None``: at no use).
    ``break_even_turnover``: the part of sales that would cover what use and public money do not.
    """

    lines: dict[str, float]
    income: float
    cost: float
    fixed: float
    variable: float
    break_even: float | None
    break_even_turnover: float | None


def account_of(network: Network, plan: Plan, prices: PriceList, sales: float) -> Account:
    """The account under a price list; ``sales`` of all players."""
    facts = Facts(network)
    ledger = plan.ledger[~plan.ledger["inside"]]
    worth = ledger["amount"] * facts.discount(ledger["period"])
    real = ~ledger["term"].isin(["emergency_draw", "emergency_repay"])
    own = ((ledger["payer"] == OPERATOR) | (ledger["payee"] == OPERATOR)) & real
    sign = np.where(ledger["term"].isin(TAKEN_IN), 1.0, -1.0)
    by_term = (worth * sign)[own].groupby(ledger["term"][own]).sum()
    charged = (
        prices.items.assign(amount=prices.items["use"] * prices.items["price"])
        .groupby("item")["amount"]
        .sum()
    )
    names = {"lane": "lanes (per m3)", "storage": "storage (per m3-day)", "order": "services (per order)"}
    lines = {names[str(item)]: float(amount) for item, amount in charged.items()}
    lines["turnover share"] = float(prices.bills["turnover"].sum())
    lines |= {str(term): float(amount) for term, amount in by_term.items()}
    income = sum(amount for amount in lines.values() if amount > 0)
    cost = -sum(amount for amount in lines.values() if amount < 0)
    fixed = -sum(lines.get(term, 0.0) for term in FIXED)
    public = lines.get("rent_subsidy", 0.0)
    usage = income - public
    margin = usage - (cost - fixed)
    missing = cost - public - float(charged.sum())
    return Account(
        lines,
        income,
        cost,
        fixed,
        cost - fixed,
        max(fixed - public, 0.0) / margin if margin > 0 else None,
        missing / sales if sales > 0 else None,
    )
