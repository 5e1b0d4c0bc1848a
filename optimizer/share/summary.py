"""A sharing in words and short tables, for a planner."""

from __future__ import annotations

import math

from ..text import INDENT, amount, grid, interval, percent, plural
from .result import Sharing
from .rules import RULES
from .separation import Gain

SHOWN = 45
"""Most players, coalitions or prices that are listed."""


def summary(sharing: Sharing) -> str:
    """What is shared, by which rule, how stable it is, what each pays, the price list and the account."""
    sections = {
        "WHO PAYS WHAT": _shares(sharing),
        "HOW STABLE IT IS": _stability(sharing),
        "NEAREST TO LEAVING": _tight(sharing),
        "OTHER RULES": _rules(sharing),
        "PRICE LIST OF THE OPERATOR": _prices(sharing),
        "THE OPERATOR'S ACCOUNT": _account(sharing),
        "HOW IT WAS PROVEN": _effort(sharing),
    }
    head = [
        f"{sharing.instance}: {amount(sharing.total, sharing.currency)} shared among "
        f"{plural(len(sharing.players), 'player')}; rule: {RULES[sharing.rule]}",
        _headline(sharing),
        _saving(sharing),
    ]
    parts = ["\n".join([title, *lines]) for title, lines in sections.items() if lines]
    return "\n\n".join(["\n".join(head), *parts])


def _headline(sharing: Sharing) -> str:
    gain = sharing.gain
    if gain.upper <= 0:
        return "Proven: every group of players would pay more on its own."
    if not math.isfinite(gain.upper):
        return "Nothing is proven about groups of players: give more time."
    return (
        f"Proven: no group of players can save more than {percent(gain.upper, 2)} of its own cost by leaving."
    )


def _saving(sharing: Sharing) -> str:
    low, high = sharing.saving
    if low is None or high is None:
        return "What planning together saves is not known: not everyone's cost alone is."
    return f"Together they save {interval(low, high, sharing.currency)} of what each alone would cost."


def _shares(sharing: Sharing) -> list[str]:
    rows: list[tuple[str, ...]] = [("player", "alone", "own cost", "share", "saves", "of alone", "true-up")]
    bills = sharing.prices.bills.to_dict("index")
    for name in list(sharing.players)[:SHOWN]:
        alone, share = sharing.alone[name], sharing.shares[name]
        bill = bills[name]
        saved = "unknown" if alone.upper is None else amount(alone.upper - share)
        part = percent(1 - share / alone.upper) if alone.upper and alone.upper > 0 else ""
        least = "unknown" if alone.lower is None else f"at least {amount(alone.lower)}"
        cost = least if alone.upper is None else amount(alone.upper)
        cost = "impossible" if alone.status == "infeasible" else cost
        direct, rest = amount(float(bill["direct"])), amount(float(bill["trueup"]))
        rows.append((name, cost, direct, amount(share), saved, part, rest))
    more = len(sharing.players) - SHOWN
    note = [f"{INDENT}and {more} more in shares.csv"] if more > 0 else []
    return [
        *grid(rows, right="<>>>>>>"),
        *note,
        f"{INDENT}alone: the plan found for the player alone; what is proven of it is in shares.csv",
        f"{INDENT}own cost: what the player pays itself; share: all that it bears",
        f"{INDENT}true-up: what it pays at the end beside the price list (-: receives)",
    ]


def _stability(sharing: Sharing) -> list[str]:
    gain, known, money = sharing.gain, sharing.stability, sharing.currency
    lines = [f"the greatest gain of any group is {_interval(gain)} of its own cost"]
    core = {
        True: "the core is empty: no division satisfies every group without a subsidy",
        False: "the core is not empty: there is a division that no group can better",
        None: "whether the core is empty is not decided at the accuracy of the costs",
    }
    lines.append(core[known.core_empty])
    high = known.subsidy_high
    if high > 0:
        to = amount(high, money) if math.isfinite(high) else "unknown"
        lines.append(
            f"a subsidy of {amount(known.subsidy_low)} to {to} makes a stable division exist; "
            f"public budgets are {amount(sharing.public_budget, money)}"
        )
    return [f"{INDENT}{line}" for line in lines]


def _interval(gain: Gain) -> str:
    high = percent(gain.upper, 2) if math.isfinite(gain.upper) else "unknown"
    if gain.lower is None:
        return f"at most {high}"
    return " to ".join(dict.fromkeys((percent(gain.lower, 2), high)))


def _tight(sharing: Sharing) -> list[str]:
    rows: list[tuple[str, ...]] = [("group", "its share", "costs at least", "at most", "gains at most")]
    for each in sharing.tight[:8]:
        high = percent(each.gain_high, 2) if math.isfinite(each.gain_high) else "unknown"
        name = _named(sharing, each.coalition)
        rows.append((name, amount(each.share), amount(each.cost_low), amount(each.cost_high), high))
    return grid(rows, right="<>>>>") if len(rows) > 1 else []


def _named(sharing: Sharing, coalition: frozenset[str]) -> str:
    """By its members, or by those who are not in it, whichever is shorter."""
    outside = set(sharing.players) - coalition
    if len(outside) < len(coalition) and len(coalition) > 3:
        names, prefix = sorted(outside), "all but "
    else:
        names, prefix = sorted(coalition), ""
    listed = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    return prefix + listed


def _rules(sharing: Sharing) -> list[str]:
    rows: list[tuple[str, ...]] = [("rule", "greatest gain by leaving", "")]
    for name, rule in sharing.rules.items():
        mark = "chosen" if name == sharing.rule else ""
        note = "; ".join(part for part in (mark, rule.note) if part)
        rows.append((f"{name}: {RULES[name]}", _interval(sharing.gains[name]), note))
    return grid(rows, right="<><")


def _prices(sharing: Sharing) -> list[str]:
    items = sharing.prices.items
    used = items[(items["price"] > 0) & (items["use"] > 0)]
    rows: list[tuple[str, ...]] = [("item", "place", "use", "price")]
    for item, place, unit, use, price in used.itertuples(index=False):
        rows.append((item, place, amount(use, unit), f"{price:,.4f} {sharing.currency}/{unit}"))
    fit = f"{INDENT}prices and turnover leave {percent(sharing.prices.fit)} of what is due to the true-up"
    return [*grid(rows[: SHOWN + 1], right="<<>>"), fit]


def _account(sharing: Sharing) -> list[str]:
    account = sharing.account
    rows = [(name.replace("_", " "), amount(value)) for name, value in account.lines.items() if value]
    rows += [("income", amount(account.income)), ("cost", amount(account.cost))]
    lines = grid(rows, right="<>")
    if account.break_even is not None:
        lines.append(f"{INDENT}breaks even at {percent(account.break_even)} of the planned use")
    return lines


def _effort(sharing: Sharing) -> list[str]:
    effort = sharing.effort
    lines = [f"{plural(effort.solves, 'coalition')} solved, {effort.seconds:.0f} s in all"]
    if effort.cold is not None:
        lines.append(f"{effort.cold:.1f} s a coalition")
    lines += sharing.notes
    return [f"{INDENT}{line}" for line in lines]
