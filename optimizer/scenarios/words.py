"""Stress, trade-offs, alternatives and today's plan as a planner reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Any

from ..text import INDENT, amount, grid, percent
from .alternatives import Alternative
from .measures import AGAINST
from .stress import Stress
from .today import Today
from .tradeoff import Point


def alternatives_text(
    found: Sequence[Alternative], best: float, within: float, currency: str, count: int = 1
) -> str:
    """One block per alternative: cost, what it opens and does without; and why there are not ``count``."""
    head = f"The plan costs {amount(best, currency)}; alternatives within {percent(within)}:"
    lines = [head]
    for number, one in enumerate(found, start=1):
        cost = amount(one.plan.objective, currency)
        lines.append(
            f"{number}. {cost} (+{percent(one.extra, 2)}), {one.distance} places away from all before it"
        )
        lines.append(f"{INDENT}{INDENT}opens: {', '.join(one.opened) or 'nothing more'}")
        lines.append(f"{INDENT}{INDENT}does without: {', '.join(one.closed) or 'nothing'}")
    if len(found) < count:
        few = f"no more than {len(found)} of {count}" if found else "none"
        lines.append(
            f"{INDENT}{few} found: any other places cost over {percent(within)} more, or time was too short; "
            "try a wider share (--within) or more time (--time-limit)"
        )
    return "\n".join(lines)


def today_text(found: Today, currency: str) -> str:
    """Today's plan: what it costs, or what it breaks."""
    given = f"made from {', '.join(found.given)}; the rest is completed at least cost"
    if found.plan is not None:
        verdict = "keeps every rule" if found.plan.check["ok"] else "fails its check"
        cost = amount(found.plan.objective, currency)
        return f"Today's way of working costs {cost} and {verdict} ({given})."
    if found.broken:
        rows = [("rule", "table", "row", "column", "limit", "today needs")]
        for one in found.broken:
            cell = one.cell
            rows.append((one.rule, cell.table, cell.row, cell.column, str(one.limit), f"{one.needed:,.6g}"))
        text = "Today's way of working is no plan of this network: it needs more than these limits allow."
        return "\n".join([text, *grid(rows, "....>>")])
    if found.clash:
        clash = ", ".join(found.clash)
        return (
            f"Today's tables contradict each other ({clash}): what leaves, arrives and stays does not add up."
        )
    return "No plan with today's decisions was found in the time given."


def stress_text(found: Stress) -> str:
    """Distribution, worst cases and what insurances are worth."""
    own = [o for o in found.outcomes if not o.variant]
    lines = [f"The plan, made for {amount(found.planned, found.currency)}, replayed {len(own)} times:"]
    spread = found.spread()
    head = ("", "mean", "5 %", "50 %", "95 %", "worst twentieth", "most")
    keys = ("mean", "q05", "q50", "q95", "worst_twentieth", "most")
    rows = [head]
    for name, words in _MEASURES.items():
        if name in spread:
            show: Any = percent if name == "unmet_share" else amount
            unit = "" if name == "unmet_share" else f", {found.currency}"
            rows.append((f"{words}{unit}", *(show(spread[name][key]) for key in keys)))
    lines += grid(rows, ".>>>>>>")
    lines += ["", "WORST CASES", *_worst(found), "", *_values(found)]
    lost = sum(o.cost is None for o in own)
    return "\n".join([*lines, *([f"{lost} replays ended without a plan"] if lost else [])])


_MEASURES = {"cost": "cost", "unmet_share": "demand not served", "liquidity_gap": "money lacking at a time"}


def _worst(found: Stress) -> list[str]:
    rows = [("replay", f"cost, {found.currency}", "not served", "lacking", "what happened")]
    for one in found.worst():
        gap, unmet = amount(one.liquidity_gap), percent(one.unmet_share)
        rows.append((str(one.number), amount(one.cost), unmet, gap, "; ".join(one.events) or "nothing much"))
    return grid(rows, ">>>>.")


def _values(found: Stress) -> list[str]:
    if not found.values():
        return []
    rows = [("insurance", "saves on average", "in the worst tenth")]
    for value in found.values():
        saving, worst = value["mean_saving"], value["saving_in_worst_tenth"]
        rows.append((value["insurance"], amount(saving), amount(worst)))
    return [f"WHAT ONE MORE WOULD BE WORTH (its own cost counted, {found.currency})", *grid(rows, ".>>")]


def tradeoff_text(points: Sequence[Point], against: str, currency: str) -> str:
    """The points of a curve."""
    head = _with(f"{AGAINST[against][0]} at most", _unit(against, currency))
    rows = [(head, "reached", f"cost, {currency}", "at least", "dearer by")]
    for point in points:
        more = (point.cost - points[0].cost) / (abs(points[0].cost) or 1.0)
        row = (
            _fine(point.cap),
            _fine(point.value),
            amount(point.cost),
            amount(point.bound),
            percent(more, 2),
        )
        rows.append(row)
    return "\n".join(grid(rows, ">>>>>", indent=""))


def _unit(against: str, currency: str) -> str:
    unit = AGAINST[against][1]
    return {"money": currency, "count": ""}.get(unit, unit)


def _with(words: str, unit: str) -> str:
    return f"{words}, {unit}" if unit else words


def _fine(value: float) -> str:
    return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


WIDE, HIGH, LEFT, RIGHT, TOP, BOTTOM = 760, 420, 110, 730, 60, 350
"""The frame of the curve in pixels."""

LABEL = 76.0
"""Pixels that the figures of a point take; points nearer than that to one with figures have none."""


def tradeoff_chart(points: Sequence[Point], against: str, currency: str) -> str:
    """The curve as an SVG picture: cost of each plan, with the proven least cost below it."""
    order = sorted(points, key=lambda p: p.value)
    place = _scale(order)
    low = [place(p.value, p.bound) for p in order if p.bound is not None]
    note = "Dashed: no plan under the cap can cost less (proven)."
    parts = [
        *_frame(against, currency),
        _line([place(p.value, p.cost) for p in order], "#2f6f9f", ""),
        _line(low, "#999", ' stroke-dasharray="4 4"'),
        *_dots(order, place),
        f'<text x="20" y="{HIGH - 22}" fill="#666">{note}</text>',
    ]
    return "\n".join([*parts, "</svg>\n"])


def _scale(points: Sequence[Point]) -> Callable[[float, float], tuple[float, float]]:
    """Where in the frame a value and a cost are."""
    xs = [p.value for p in points]
    ys = [p.cost for p in points] + [p.bound for p in points if p.bound is not None]
    x0, x1, y0, y1 = min(xs), max(xs), min(ys), max(ys)

    def place(x: float, y: float) -> tuple[float, float]:
        right = (x - x0) / ((x1 - x0) or 1.0)
        up = (y - y0) / ((y1 - y0) or 1.0)
        return LEFT + 20 + right * (RIGHT - LEFT - 60), BOTTOM - 20 - up * (BOTTOM - TOP - 50)

    return place


def _frame(against: str, currency: str) -> list[str]:
    """Head, axes and what they show."""
    words = AGAINST[against][0]
    below = escape(_with(words, _unit(against, currency)))
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" width="{WIDE}" height="{HIGH}" '
        'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="20" y="28" font-size="16" font-weight="bold">Cost against {escape(words)}</text>',
        f'<path d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}" fill="none" stroke="#888"/>',
        f'<text x="{LEFT}" y="{TOP - 10}" text-anchor="middle">cost, {escape(currency)}</text>',
        f'<text x="{RIGHT}" y="{HIGH - 22}" text-anchor="end">{below}</text>',
    ]


def _dots(order: Sequence[Point], place: Callable[[float, float], tuple[float, float]]) -> Iterator[str]:
    """Each point, with its figures where there is room."""
    labelled = -LABEL
    for p in order:
        x, y = place(p.value, p.cost)
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#2f6f9f"/>'
        if x < labelled + LABEL:
            continue
        labelled = x
        yield f'<text x="{x:.1f}" y="{y - 9:.1f}" text-anchor="middle">{amount(p.cost)}</text>'
        yield f'<text x="{x:.1f}" y="{BOTTOM + 18}" text-anchor="middle">{_fine(p.value)}</text>'


def _line(places: Sequence[tuple[float, float]], colour: str, style: str) -> str:
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    return f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"{style}/>' if places else ""
