"""Checks of where the money comes from: firms that must borrow and cannot, tenors beyond the rule."""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding
from ..network import Network
from ..tables import Firm, Funder, Guarantee, Loan, LoanKind, Member, Trade
from .need import Need, needs
from .sound import at, number, overall

USUAL_TENOR = 180.0
"""Days within which electronic receivable vouchers are to be paid (Chinese rule of June 2025)."""
SMALLEST = 1.0
"""Needs below this (network currency) are rounding."""


def findings(network: Network) -> Iterator[Finding]:
    """All findings that need no calendar."""
    if network.settings.money:
        yield from _tenors(network)


def dated_findings(network: Network) -> Iterator[Finding]:
    """All findings that need sound periods."""
    if network.settings.money:
        yield from _without_source(network)


def _tenors(network: Network) -> Iterator[Finding]:
    vouchers = [row for row in network.rows(Loan) if row.kind is LoanKind.VOUCHER]
    cause = "electronic vouchers are to be paid within 180 days, in justified cases within a year"
    for row in vouchers:
        if row.tenor_days > USUAL_TENOR:
            yield at("tenor-beyond-rule", "warning", row, "tenor_days", cause, "enter at most 180")
    for trade in network.rows(Trade) if vouchers else ():
        if trade.credit_days > USUAL_TENOR:
            remedy = "agree on at most 180 days, or do not lend on it"
            yield at("tenor-beyond-rule", "warning", trade, "credit_days", cause, remedy)


def _without_source(network: Network) -> Iterator[Finding]:
    """Firms whose cash cannot pay for their goods even on the fastest routes, and that nobody lends to."""
    firms = network.by_key(Firm)
    settings = network.settings
    estimates = needs(network)
    yield from _beyond_lines(network, estimates)
    for need in estimates:
        firm = firms[need.firm]
        emergency = settings.emergency_rate is not None and firm.emergency_limit != 0
        reason = None if emergency else _no_lender(network, firm)
        if need.peak > SMALLEST and reason:
            period = need.shortfalls.index(need.peak) + 1
            cause = (
                f"serving all its demand takes {number(need.peak)} {settings.currency} more than its cash "
            )
            cause += f"in period {period}, and {reason}"
            remedy = "add cash, a rating with a loan, emergency credit, or shorter payment terms"
            yield at("credit-without-source", "warning", firm, "opening_cash", cause, remedy)


def _beyond_lines(network: Network, estimates: list[Need]) -> Iterator[Finding]:
    """All firms together may need more than all lines hold."""
    totals = [sum(parts) for parts in zip(*(need.shortfalls for need in estimates), strict=True)]
    lines = sum(row.line for row in network.rows(Funder))
    peak, currency = max(totals, default=0.0), network.settings.currency
    if network.settings.emergency_rate is None and network.rows(Loan) and peak > lines + SMALLEST:
        cause = f"serving all demand takes {number(peak)} {currency} more than the firms' cash in period "
        cause += f"{totals.index(peak) + 1}, but the lines hold {number(lines)} {currency} together"
        remedy = "raise the lines, add cash or emergency credit, or expect lost sales"
        yield overall("credit-without-source", "warning", "funders", cause, remedy)


def _no_lender(network: Network, firm: Firm) -> str | None:
    """Why nobody lends to a firm; None: somebody may."""
    if not network.rows(Loan):
        return "there are no loans and no emergency credit"
    if firm.rating is None:
        return "the firm has no rating"
    if firm.credit_limit == 0:
        return "its credit limit is 0"
    lines = {(row.core, row.relation) for row in network.rows(Guarantee) if row.line > 0}
    tied = any(row.firm == firm.firm and (row.core, row.relation) in lines for row in network.rows(Member))
    sells = any(row.supplier == firm.firm for row in network.rows(Trade))
    for loan in network.rows(Loan):
        if loan.kind is LoanKind.VOUCHER and not sells:
            continue
        if loan.advance > 0 or (tied and loan.advance_guaranteed):
            return None
    return "no loan is open to it"
