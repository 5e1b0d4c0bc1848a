"""Rent: what a lease pays when, and the public money for it."""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from ..instances.tables import Subsidy, SubsidyKind
from .columns import numbers
from .flows import OPERATOR, OUTSIDE, Flows
from .index import Index


def rents(ix: Index, warehouse: str, tier: str, start: int) -> list[tuple[int, float]]:
    """(period, rent paid then) of a lease; what the term has left is paid in the last period."""
    row, currency = ix.tier[warehouse, tier], ix.warehouses[warehouse].currency
    due = []
    for t in range(start, ix.term_end(warehouse, tier, start) + 1):
        paid = min(t, ix.last)
        due.append((paid, row.rent_month * ix.calendar.month_share(paid) * ix.fx(currency, paid)))
    return due


def rent_subsidy(m: pyo.ConcreteModel, ix: Index, money: Flows) -> None:
    """Public money pays part of the rent, within its budget; all budgets together at most the rent."""
    grants = [row for row in ix.network.rows(Subsidy) if row.kind is SubsidyKind.RENT]
    rented = [t for t in ix.periods if m.rent[t]]
    m.rent_subsidy = pyo.Var([g.subsidy for g in grants], rented, domain=pyo.NonNegativeReals)
    rates = {g.subsidy: g.rate for g in grants}
    rent = {t: sum(amount * u for amount, u in m.rent[t]) for t in rented}

    def share(m: pyo.ConcreteModel, k: str, t: int) -> Any:
        return m.rent_subsidy[k, t] <= rates[k] * rent[t]

    def whole(m: pyo.ConcreteModel, t: int) -> Any:
        return sum(m.rent_subsidy[k, t] for k in rates) <= rent[t]

    def budget(m: pyo.ConcreteModel, k: str) -> Any:
        limit = next(g.budget for g in grants if g.subsidy == k)
        return (None, sum(m.rent_subsidy[k, t] for t in rented), limit)

    if grants and rented:
        m.rent_share = pyo.Constraint(list(rates), rented, rule=share)
        m.rent_whole = pyo.Constraint(rented if sum(rates.values()) > 1 else [], rule=whole)
        m.rent_budget = pyo.Constraint(list(rates), rule=budget)
    for (_, t), y in numbers(m.rent_subsidy).items():
        money.pay(OUTSIDE, OPERATOR, t, 1.0, y)
