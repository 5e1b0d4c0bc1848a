"""Every money flow of a plan, computed from network and plan tables alone.

The one ledger behind objective, checker, KPIs and reports.
"""

from __future__ import annotations

import pandas as pd

from ..instances.network import Network
from .ledger_facts import Facts, Frame, Tables, complete
from .ledger_goods import goods_lines
from .ledger_lines import COLUMNS, SIGN, gathered
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
    return gathered(parts)


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
    return float(facts.constant_by_firm.sum())


__all__ = ["COLUMNS", "build_ledger", "constant", "objective"]
