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

__all__ = ["check", "check_of"]

_RULES = (
    *goods.RULES,
    *transport.RULES,
    *warehouses.RULES,
    *figures.RULES,
    accounts.subsidies,
)
_MONEY_RULES = (*loans.RULES, *accounts.RULES)
_OF_FIGURES = (figures.ledger, figures.kpis, loans.collateral)


def check(network: Network, plan: Plan) -> list[Finding]:
    """Everything that is wrong with a plan: broken rules, and figures that do not follow.

    An empty list means that the plan keeps every rule of ``models/README.md`` and that its derived
    columns, ledger, key figures and objective are what network and decisions make.
    """
    return check_of(Facts(network), plan)


def check_of(facts: Facts, plan: Plan, *, fresh: bool = False) -> list[Finding]:
    """The same for facts at hand.

    ``fresh`` spares making ledger, key figures and collateral a second time, where they have just
    been made from the plan's tables with the same facts.
    """
    findings: list[Finding] = []
    tables = clean_arcs(facts, clean(facts, plan.tables, findings), findings)
    fresh = fresh and not findings
    case = Case(facts, plan, tables, fresh)
    for rule in (*_RULES, *(_MONEY_RULES if facts.settings.money else ())):
        if not (fresh and rule in _OF_FIGURES):
            findings += rule(case)
    return findings
