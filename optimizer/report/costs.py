"""Sections about cost: what the plan costs, and what it saves against other ways of doing business."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..ledger_lines import PUBLIC
from ..summary_money import GROUPS
from .case import Case, Figure, Section
from .charts import Span, Step, bars, intervals, waterfall
from .table import Cell, Kind, Table

COMPARED = ("alone", "logistics_first", "no_chain_finance")
"""Other ways of doing business, in the order in which they are shown."""


def costs(case: Case) -> Section:
    """The objective by groups of ledger terms, before and after public money."""
    groups = cost_groups(case)
    if not groups:
        return Section("costs", case.words("costs"))
    before = sum(value for name, value in groups if name not in PUBLIC)
    columns = (
        case.column("item"),
        case.column("money", Kind.MONEY, adds=True),
        case.column("share_before", Kind.SHARE),
    )
    rows = tuple(
        (case.words.term(name), value, value / before if before and name not in PUBLIC else "")
        for name, value in groups
    )
    note = case.words("costs.note", money=case.money(case.plan.kpis.get("controllable_cost")))
    table = Table("costs", case.words("costs.table"), columns, rows, case.words("cost_after"), note, chart=1)
    caption = case.words("figure.costs")
    drawn = [(case.words.term(name), value, case.words.amount(value)) for name, value in groups]
    return Section("costs", case.words("costs"), (), [Figure(bars(caption, drawn), caption)], (table,))


def cost_groups(case: Case) -> list[tuple[str, float]]:
    """(name, money) of what adds up to the objective; public money last, below 0."""
    terms: Mapping[str, float] = case.plan.kpis.get("cost_by_term") or {}
    if not terms or case.plan.objective is None:
        return []
    groups = [(label, sum(terms.get(term, 0.0) for term in group)) for label, group in GROUPS.items()]
    public = [(term, terms.get(term, 0.0)) for term in PUBLIC]
    other = case.plan.objective - sum(value for _, value in (*groups, *public))
    return [(name, value) for name, value in (*groups, ("other", other), *public) if value]


def comparison(case: Case) -> Section:
    """Steps from every firm for itself to this plan, and what is proven about each."""
    known = {name: case.plan.comparisons.get(name) or {} for name in COMPARED}
    title = case.words("why")
    if not any(known.values()) or case.plan.objective is None:
        return Section("why", title, [case.words("why.unknown")])
    caption, words = case.words("figure.waterfall"), case.words
    figures = [Figure(waterfall(words, caption, case.currency, steps(case, known)), caption)]
    spans = [
        Span(
            words(f"instead.{name}"), result.get("saving_low"), result.get("saving_high"), _note(case, result)
        )
        for name, result in known.items()
        if counts(result)
    ]
    if spans:
        caption = words("figure.savings", currency=case.currency)
        figures.append(Figure(intervals(words, caption, spans), caption))
    return Section("why", title, _saving_words(case, known), figures, (_comparison_table(case, known),))


def counts(result: Mapping[str, Any]) -> bool:
    """Whether a comparison was made of something there is: not of finance in a network without."""
    return bool(result) and result.get("status") != "no money"


def steps(case: Case, known: Mapping[str, Mapping[str, Any]]) -> list[Step]:
    """Alone, what sharing saves, logistics before finance, what planning both saves, together."""
    found = (_total(case, name, known[name]) for name in ("alone", "logistics_first"))
    totals = [step for step in found if step is not None]
    plan = Step(case.words("together"), case.plan.objective, case.plan.bound, case.plan.objective, True)
    columns: list[Step] = []
    for step, after in zip(totals, [*totals[1:], plan], strict=True):
        name = case.words("step.sharing") if step.name == case.words("instead.alone") else ""
        change = _difference(step.value, after.value)
        columns += [step, Step(name or case.words("step.joint"), change)]
    return [*columns, plan]


def _total(case: Case, name: str, result: Mapping[str, Any]) -> Step | None:
    if result.get("status") == "no money":
        return None
    value, bound = result.get("objective"), result.get("bound")
    return Step(case.words(f"instead.{name}"), value, bound, value, True, _note(case, result))


def _note(case: Case, result: Mapping[str, Any]) -> str:
    return case.words("impossible") if result.get("status") == "infeasible" else ""


def _difference(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before


def _saving_words(case: Case, known: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return [
        f"{case.words(f'instead.{name}')}{case.words('colon')}{verdict(case, result)}"
        for name, result in known.items()
        if counts(result)
    ]


def verdict(case: Case, result: Mapping[str, Any]) -> str:
    """What is proven of the saving against one comparison, in a sentence."""
    words, low, high = case.words, result.get("saving_low"), result.get("saving_high")
    if result.get("status") == "infeasible":
        return words("verdict.impossible")
    if low is None and high is None:
        return words("verdict.unknown")
    least = 1e-6 * abs(result.get("objective") or 1.0)
    between = words.between(low, high, case.currency)
    if low is not None and low > least:
        return words("verdict.cheaper", between=between)
    if high is not None and high < -least:
        return words("verdict.dearer", between=between)
    return words("verdict.open", between=between)


def _comparison_table(case: Case, known: Mapping[str, Mapping[str, Any]]) -> Table:
    columns = (
        case.column("instead"),
        case.column("would_cost", Kind.MONEY),
        case.column("at_least_bound", Kind.MONEY),
        case.column("saving_low", Kind.MONEY),
        case.column("saving_high", Kind.MONEY),
        case.column("proven"),
    )
    rows = [_compared(case, name, known[name]) for name in COMPARED if counts(known[name])]
    own: tuple[Cell, ...] = (case.words("together"), case.plan.objective, case.plan.bound, "", "", "")
    return Table("comparisons", case.words("why.table"), columns, (*rows, own))


def _compared(case: Case, name: str, result: Mapping[str, Any]) -> tuple[Cell, ...]:
    impossible = result.get("status") == "infeasible"
    figures = (result.get(key) for key in ("objective", "bound", "saving_low", "saving_high"))
    shown = (case.words("impossible"), "", "", "") if impossible else figures
    return (case.words(f"instead.{name}"), *shown, verdict(case, result))
