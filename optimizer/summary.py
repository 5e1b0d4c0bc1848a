"""A plan in words and short tables: what to do, what it costs, how far it is proven, why it pays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..instances.network import Network
from .plan import Plan
from .summary_goods import bookings, hubs, leases, service
from .summary_money import borrowing, channels, costs, liquidity
from .summary_view import View
from .text import INDENT, amount, grid, interval, percent, plural

SHOWN_FINDINGS = 10

COMPARISONS = {
    "alone": "every firm for itself",
    "logistics_first": "logistics first, finance afterwards",
    "no_chain_finance": "together, without 1+N financing",
}
"""The headline comparisons in the order in which they are shown."""


def decision_summary(network: Network, plan: Plan) -> str:
    """What a planner needs to know of a plan, as text for a terminal.

    Money is in the network's currency, dates are calendar days, ``plan`` must hold tables and
    KPIs of ``network``.
    """
    view = View(network, plan)
    sections = {
        "LEASE": leases(view),
        "OPEN AT ORIGIN": hubs(view),
        "BOOK": bookings(view),
        "HOW BUYERS ARE SERVED": service(view),
        "WHO BORROWS FROM WHOM": borrowing(view),
        "HOW BUYERS PAY": channels(view),
        "LIQUIDITY": liquidity(view),
        "WHAT IT COSTS": costs(view),
        "WHY TOGETHER": comparisons(view),
        "HOW SURE IT IS": proof(view),
    }
    parts = ["\n".join([title, *lines]) for title, lines in sections.items() if lines]
    return "\n\n".join(["\n".join(headline(view)), *parts])


def headline(view: View) -> list[str]:
    """Name, horizon, size and the result in two lines."""
    plan, first, last = view.plan, view.day(1), view.last_day(view.last)
    parts = f"{plural(len(view.firms), 'firm')}, {plural(view.last, 'period')}"
    return [
        f"{plan.instance}: {first} to {last}, {parts}; money in {view.currency}",
        f"The plan costs {amount(plan.objective, view.currency)}, {_distance(plan)}; {_verdict(plan)}.",
    ]


def _distance(plan: Plan) -> str:
    if plan.gap is None:
        return "how near to the least possible is unknown"
    if plan.status == "optimal":
        return "the least possible"
    return f"at most {percent(plan.gap, 2)} of it above the least possible"


def _verdict(plan: Plan) -> str:
    if not plan.check:
        return "it has not been checked"
    return "it passed its check" if plan.check.get("ok") else "IT FAILED ITS CHECK: do not use it"


def comparisons(view: View) -> list[str]:
    """What the plan saves against each comparison, as proven intervals."""
    known: Mapping[str, Any] = view.plan.comparisons
    named = [*COMPARISONS, *(name for name in known if name not in COMPARISONS)]
    rows = [_comparison(view, name, known[name]) for name in named if _applies(known.get(name))]
    if not rows:
        return []
    head = ("instead", "would cost", "the plan saves", "share", "")
    return grid([head, *rows], right="<>>>")


def _applies(result: Mapping[str, Any] | None) -> bool:
    return bool(result) and result is not None and result.get("status") != "no money"


def _comparison(view: View, name: str, result: Mapping[str, Any]) -> tuple[str, ...]:
    cost, low, high = (result.get(key) for key in ("objective", "saving_low", "saving_high"))
    label = COMPARISONS.get(name, name.replace("_", " "))
    if cost is None:
        if result.get("status") == "infeasible":
            return label, "impossible", "", "", "proven: only together"
        return label, "no plan found", interval(low, high), "", _judgement(low, high, 1.0)
    base = abs(cost)
    shares = [None if value is None or not base else value / base for value in (low, high)]
    share = " to ".join(dict.fromkeys(percent(value) for value in shares))
    return label, amount(cost), interval(low, high), share, _judgement(low, high, base)


def _judgement(low: float | None, high: float | None, cost: float) -> str:
    """In words; differences below a millionth of ``cost`` are none."""
    least = 1e-6 * cost
    if low is not None and low > least:
        return "proven cheaper"
    if low is not None and high is not None and -least <= low and high <= least:
        return "no difference"
    if high is not None and high < -least:
        return "proven dearer"
    return "not decided yet"


def proof(view: View) -> list[str]:
    """Bound, gap on the total and on what can be controlled, and the check."""
    plan, cost = view.plan, view.plan.kpis.get("controllable_cost")
    least = amount(plan.bound, view.currency)
    lines = [
        f"{INDENT}No plan of this network can cost less than {least}."
        if plan.bound is not None
        else f"{INDENT}The time was too short for a bound: how far the plan is from the best is not known."
    ]
    if plan.objective is not None and plan.bound is not None and plan.status != "optimal":
        left = plan.objective - plan.bound
        part = f", {percent(left / cost, 2)} of the part that can be controlled" if cost and cost > 0 else ""
        share = f"{percent(plan.gap, 2)} of the cost{part}"
        lines.append(f"{INDENT}At most {amount(left, view.currency)} could still be saved: {share}.")
    lines += [f"{INDENT}{words}" for words in _certified(view)]
    findings = [str(finding) for finding in plan.check.get("findings", ())]
    listed = [f"{INDENT}{finding}" for finding in findings[:SHOWN_FINDINGS]]
    return [*lines, f"{INDENT}Check by separate code: {_check_words(plan, len(findings))}.", *listed]


def _certified(view: View) -> list[str]:
    """How much of the bound the stored certificate carries; the rest is the solver's word."""
    plan = view.plan
    if plan.bound_verified is None or plan.bound is None or plan.objective is None:
        return []
    if plan.fully_certified:
        return ["A stored certificate proves it (check --bound)."]
    least, left = amount(plan.bound_verified, view.currency), plan.objective - plan.bound_verified
    share = percent(left / abs(plan.objective) if plan.objective else None, 2)
    proven = f"The stored certificate alone proves {least} ({share} of the cost left)"
    return [f"{proven}; the rest is the solver's word."]


def _check_words(plan: Plan, count: int) -> str:
    if not plan.check:
        return "not done"
    return "every rule kept, every figure recomputed" if plan.check.get("ok") else plural(count, "finding")
