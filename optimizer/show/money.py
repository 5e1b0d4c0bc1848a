"""What must be financed, who may finance it, and at which rates money is counted."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from ...instances.checks.need import Need, needs
from ...instances.network import Network
from ...instances.tables import Core, ExchangeRate, Firm, Funder, Guarantee, Loan, Member, Subsidy
from .places import span


def currencies(network: Network) -> list[dict[str, Any]]:
    """Dated exchange rates: network currency per unit."""
    rates: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(network.rows(ExchangeRate), key=lambda row: row.date):
        rates[row.currency].append({"from": row.date.isoformat(), "rate": row.rate})
    return [{"currency": currency, "rates": dated} for currency, dated in rates.items()]


def credit(network: Network) -> dict[str, Any]:
    """The need for credit on fast and slow routes, against cash, limits, lines and guarantees."""
    firms = network.rows(Firm)
    limits = [firm.credit_limit for firm in firms if firm.rating is not None]
    return {
        "opening_cash": sum(firm.opening_cash for firm in firms),
        "need_fast": _need(needs(network)),
        "need_slow": _need(needs(network, slow=True)),
        "rated_firms": len(limits),
        "firm_limits": None if None in limits else sum(limit or 0.0 for limit in limits),
        "emergency_rate": network.settings.emergency_rate,
        "funders": [_funder(network, row) for row in network.rows(Funder)],
        "guarantees": [_core(network, row) for row in network.rows(Core)],
        "subsidies": [
            {"subsidy": row.subsidy, "kind": row.kind.value, "rate": row.rate, "budget": row.budget}
            for row in network.rows(Subsidy)
        ],
    }


def _need(estimates: list[Need]) -> dict[str, Any]:
    """The need of all firms together: its peak, when, and whose."""
    totals = [sum(parts) for parts in zip(*(need.shortfalls for need in estimates), strict=True)]
    peak = max(totals, default=0.0)
    largest = sorted((need for need in estimates if need.peak > 0), key=lambda need: -need.peak)
    return {
        "peak": peak,
        "period": totals.index(peak) + 1 if peak > 0 else None,
        "firms": len(largest),
        "by_period": totals,
        "largest": [{"firm": need.firm, "peak": need.peak} for need in largest[:5]],
    }


def _funder(network: Network, row: Funder) -> dict[str, Any]:
    loans = [loan for loan in network.rows(Loan) if loan.funder == row.funder]
    return {
        "funder": row.funder,
        "name": row.name or row.funder,
        "line": row.line,
        "base_rate": row.base_rate,
        "max_firm_share": row.max_firm_share,
        "kinds": sorted({loan.kind.value for loan in loans}),
        "advance": span(loan.advance for loan in loans),
        "tenor_days": span(loan.tenor_days for loan in loans),
    }


def _core(network: Network, row: Core) -> dict[str, Any]:
    lines = [line for line in network.rows(Guarantee) if line.core == row.core]
    return {
        "core": row.core,
        "guarantee_line": row.guarantee_line,
        "members": sum(member.core == row.core for member in network.rows(Member)),
        "relations": {line.relation.value: line.line for line in lines},
    }
