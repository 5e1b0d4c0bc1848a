"""The independent check of a plan: network and plan alone, nothing shared with the model."""

from __future__ import annotations

from ...instances.findings import Finding
from ...instances.network import Network
from ..ledger_facts import Facts
from ..plan import Plan
from . import accounts, figures, goods, loans, transport, warehouses
from .arcs import clean_arcs
from .case import Case
from .structure import clean

__all__ = ["check"]

_RULES = (
    *goods.RULES,
    *transport.RULES,
    *warehouses.RULES,
    *figures.RULES,
    accounts.subsidies,
)
_MONEY_RULES = (*loans.RULES, *accounts.RULES)


def check(network: Network, plan: Plan) -> list[Finding]:
    """Everything that is wrong with a plan: broken rules, and figures that do not follow.

    An empty list means that the plan keeps every rule of ``models/README.md`` and that its derived
    columns, ledger, key figures and objective are what network and decisions make.
    """
    facts = Facts(network)
    findings: list[Finding] = []
    tables = clean_arcs(facts, clean(facts, plan.tables, findings), findings)
    case = Case(facts, plan, tables)
    for rule in (*_RULES, *(_MONEY_RULES if facts.settings.money else ())):
        findings += rule(case)
    return findings
