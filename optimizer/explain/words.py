"""Explanations as a planner reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from ..text import INDENT, amount, grid, plural
from .ladder import Explanation
from .why import Reasons

SHOWN_ROWS = 4
"""Rows of a group that are named."""


def explanation_data(found: Explanation) -> dict[str, Any]:
    """An explanation as plain data for JSON."""
    conflict = found.conflict and {**asdict(found.conflict)}
    return {
        "status": found.status,
        "findings": [asdict(finding) for finding in found.findings],
        "suggestions": found.rows,
        "conflict": conflict,
        "cost": found.cost,
        "bound": found.bound,
        "seconds": round(found.seconds, 3),
        "remarks": list(found.remarks),
    }


def explanation_text(found: Explanation, currency: str) -> str:
    """What stands in the way and what to change."""
    if found.status == "feasible":
        return "Nothing stands in the way: a plan exists that keeps every limit of this network."
    lines = ["No plan can meet all limits of this network."]
    if found.findings:
        lines += ["", "SEEN WITHOUT SOLVING", *(f"{INDENT}{f}" for f in found.findings)]
    if found.conflict:
        lines += ["", *_conflict(found)]
    if found.suggestions:
        lines += [
            "",
            "LEAST THAT HAS TO CHANGE",
            *_suggestions(found, currency),
            "",
            *_outcome(found, currency),
        ]
    if found.status == "unsettled":
        lines += ["", "The question is not settled: give it more time (--time-limit) or keep fewer limits."]
    return "\n".join([*lines, *found.remarks])


def _conflict(found: Explanation) -> Iterator[str]:
    conflict = found.conflict
    assert conflict is not None
    least = "leave out any one of them and a plan exists" if conflict.minimal else "not shown to be smallest"
    yield f"LIMITS THAT CANNOT ALL HOLD ({least})"
    named = {group: [cell.row for cell in conflict.cells if cell.rule == group] for group in conflict.groups}
    yield from grid([(group, _few(names)) for group, names in named.items()])
    if not conflict.groups:
        yield f"{INDENT}none of the limits that can be moved: the balances of goods or money clash"
    if conflict.relaxation:
        rows = plural(conflict.rows, "row")
        yield f"{INDENT}Even parts of leases and containers would not help; {rows} of the model show it:"
        yield f"{INDENT}{', '.join(conflict.families)}"


def _few(names: list[str]) -> str:
    more = len(names) - SHOWN_ROWS
    return "; ".join(names[:SHOWN_ROWS]) + (f"; and {more} more" if more > 0 else "")


def _suggestions(found: Explanation, currency: str) -> list[str]:
    head = ("rule", "table", "row", "column", "limit", "needed", "missing", "suggested", f"cost, {currency}")
    body = [
        (
            row["rule"],
            row["table"],
            row["row"],
            row["column"],
            *(_figure(row[key]) for key in ("limit", "needed", "missing", "suggested_value")),
            amount(row["effect_on_cost"]),
        )
        for row in found.rows
    ]
    return grid([head, *body], "....>>>>>")


def _figure(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"


def _outcome(found: Explanation, currency: str) -> Iterator[str]:
    if found.cost is not None:
        cost, bound = amount(found.cost, currency), amount(found.bound, currency)
        yield f"With these changes a plan exists that costs {cost} (none costs less than {bound})."
    elif found.status == "explained":
        yield "With these changes a plan exists."


def reasons_text(reasons: Reasons, currency: str) -> str:
    """Why a plan is as it is."""
    lines = ["WHY THESE WAREHOUSES", *_sites(reasons, currency)]
    lines += ["", "WHAT MORE ROOM WOULD BE WORTH (places and containers kept)", *_limits(reasons, currency)]
    if reasons.parcels:
        lines += ["", "WHY PARCELS", *_parcels(reasons, currency)]
    return "\n".join(lines)


def _sites(reasons: Reasons, currency: str) -> Iterator[str]:
    for site in reasons.sites:
        served = f"{amount(site.volume_m3, 'm3')} to {plural(len(site.markets), 'market')}"
        yield f"{INDENT}{site.warehouse}: {served}; rent and set-up {amount(site.paid, currency)}"
        yield f"{INDENT}{INDENT}{site.reason}"
    if not reasons.sites:
        yield f"{INDENT}no warehouse is open"


def _limits(reasons: Reasons, currency: str) -> list[str]:
    head = ("limit", "row", "figure", "moved by", f"saves, {currency}", "a unit")
    body = [
        (
            w.rule,
            w.cell.row,
            _figure(w.limit),
            _figure(w.step),
            amount(w.saved),
            f"{w.per_unit:,.4g}",
        )
        for w in reasons.limits
    ]
    if body:
        return grid([head, *body], "..>>>>")
    none = (
        "no limit holds this plan back" if reasons.settled else "not settled in the time given (--time-limit)"
    )
    return [f"{INDENT}{none}"]


def _parcels(reasons: Reasons, currency: str) -> Iterator[str]:
    rows = [("firm", "product", "market", "units", f"extra, {currency}", "why")]
    for row in reasons.parcels:
        extra = "impossible" if row.extra == float("inf") else amount(row.extra)
        rows.append((row.firm, row.product, row.market, amount(row.units), extra, row.reason))
    yield from grid(rows, "...>>.")
