"""Every money flow of a plan, computed from network and plan tables alone.

The one ledger behind objective, checker, KPIs and reports.
"""

from __future__ import annotations

import pandas as pd

from ..instances.network import Network
from ..instances.tables import Pipeline, Stock
from .ledger_facts import Facts, Frame, Tables, complete
from .ledger_goods import goods_lines
from .ledger_lines import COLUMNS, SIGN
from .ledger_money import money_lines


def build_ledger(network: Network, tables: Tables) -> Frame:
    """All ledger lines of plan tables, in a fixed order, with the columns ``ledger_lines.COLUMNS``.

    The tables must refer only to what the network has; ``checker.check`` says where they do not.
    """
    return ledger_of(Facts(network), complete(tables))


def ledger_of(facts: Facts, tables: Tables) -> Frame:
    """The same for facts and tables that are at hand."""
    parts = list(goods_lines(facts, tables))
    if facts.settings.money:
        parts += money_lines(facts, tables)
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame({c: parts[0][c] for c in COLUMNS})
    return pd.concat(filled, ignore_index=True)[COLUMNS]


def objective(network: Network, ledger: Frame) -> float:
    """What leaves the network less what comes in, today's money, less what no plan changes."""
    return objective_of(Facts(network), ledger)


def objective_of(facts: Facts, ledger: Frame) -> float:
    """The same for facts at hand."""
    return float((outflow(facts, ledger)).sum()) - constant_of(facts)


def outflow(facts: Facts, ledger: Frame) -> pd.Series[float]:
    """What each line takes out of the network, in today's money (negative: brings in)."""
    value: pd.Series[float] = ledger["amount"] * ledger["term"].map(SIGN) * facts.discount(ledger["period"])
    return value


def constant(network: Network) -> float:
    """What serving all demand costs to make less what it brings in: the same for every plan."""
    return constant_of(Facts(network))


def constant_of(facts: Facts) -> float:
    """The same for facts at hand."""
    return float(constant_by_firm(facts).sum())


def constant_by_firm(facts: Facts) -> pd.Series[float]:
    """The constant, firm by firm."""
    demand = facts.demand
    sold = demand.assign(saved=lambda f: f["quantity"] * (_unit_cost(facts, f) - f["net"]))
    stock = facts.frame(Stock).assign(period=1)
    kept = stock.assign(saved=lambda f: (f["target"] - f["opening"]) * _unit_cost(facts, f))
    due = facts.frame(Pipeline).assign(period=1)
    due = due.assign(saved=lambda f: -f["quantity"] * _unit_cost(facts, f))
    rows = pd.concat([part[["product", "period", "saved"]] for part in (sold, kept, due)], ignore_index=True)
    value = rows["saved"] * facts.discount(rows["period"])
    total: pd.Series[float] = value.groupby(rows["product"].map(facts.products["firm"])).sum()
    return total


def _unit_cost(facts: Facts, frame: Frame) -> pd.Series[float]:
    """Cost of a unit less the tax refund, in network currency."""
    product = facts.products.reindex(frame["product"]).set_index(frame.index)
    kept = product["cost"] * (1.0 - product["refund_rate"])
    value: pd.Series[float] = kept * facts.fx(product["currency"], frame["period"])
    return value


__all__ = ["COLUMNS", "build_ledger", "constant", "objective"]
