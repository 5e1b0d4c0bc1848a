"""Figures that follow from the tables: ledger, objective, bound, KPIs, the network's digest."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ...instances.findings import Finding
from ..kpis import kpis_of
from ..ledger import objective_of
from ..ledger_facts import Frame
from ..ledger_lines import COLUMNS
from . import tolerance
from .case import Case, report

TEXTS = ["term", "payer", "payee", "firm", "product", "place", "lane", "period", "unit"]
NUMBERS = ["quantity", "rate", "amount"]
OPTIMAL = 1e-6


def ledger(case: Case) -> Iterator[Finding]:
    """The stored ledger holds the lines that the tables make, no more and no less."""
    stored = case.plan.ledger
    lost = [column for column in COLUMNS if column not in stored]
    if lost:
        cause = f"the ledger has no column {', '.join(lost)}"
        yield Finding("missing-column", "error", "ledger", None, lost[0], "", cause, "write the whole ledger")
        return
    if not len(stored):
        stored = case.ledger.iloc[:0]
    if _same(stored, case.ledger):
        return
    rows = _paired(stored).merge(
        _paired(case.ledger), on=[*TEXTS, "nth"], how="outer", indicator=True, suffixes=("", "_real")
    )
    extra, missing = rows[rows["_merge"] == "left_only"], rows[rows["_merge"] == "right_only"]
    cause = "{payer} pays {payee} {amount:,.6g}, which no decision causes"
    yield from report(extra, "line-extra", "ledger", TEXTS[:8], cause, "remove the line", "amount")
    cause = "{payer} owes {payee} {amount_real:,.6g}, which is not in the ledger"
    fee = missing["term"].str.endswith("fee")
    for code, part in (("fee-missing", missing[fee]), ("line-missing", missing[~fee])):
        yield from report(part, code, "ledger", TEXTS[:8], cause, "add the line")
    yield from _differing(rows[rows["_merge"] == "both"])


def _differing(both: Frame) -> Iterator[Finding]:
    for column in NUMBERS:
        wrong = both[tolerance.apart(both[column].astype(float), both[f"{column}_real"])]
        cause = f"{column} is {{{column}:.10g}}, it should be {{{column}_real:.10g}}"
        yield from report(wrong, f"line-{column}", "ledger", TEXTS[:8], cause, "correct the line", column)
    wrong = both[both["inside"].astype(bool) != both["inside_real"].astype(bool)]
    cause = "a payment from {payer} to {payee} counts as inside: {inside_real}, not {inside}"
    yield from report(wrong, "counted-as-cost", "ledger", TEXTS[:8], cause, "correct the line", "inside")


def _same(stored: Frame, real: Frame) -> bool:
    """Whether two ledgers agree line by line, in the same order."""
    if len(stored) != len(real) or stored[[*NUMBERS, "period", "inside"]].isna().any(axis=None):
        return False
    texts = all(np.array_equal(stored[c].to_numpy(), real[c].to_numpy()) for c in [*TEXTS, "inside"])
    return texts and not any(
        tolerance.apart(stored[c].to_numpy(dtype=float), real[c].to_numpy(dtype=float)).any() for c in NUMBERS
    )


def _paired(frame: Frame) -> Frame:
    """Lines numbered among those with the same texts, by amount."""
    kinds = dict.fromkeys(TEXTS, object) | {"period": "int64"} | dict.fromkeys(NUMBERS, float)
    frame = frame[COLUMNS].astype(kinds).sort_values(["quantity", "rate"], kind="stable")
    return frame.assign(nth=frame.groupby(TEXTS, dropna=False).cumcount())


def _finding(code: str, column: str, value: Any, cause: str, remedy: str) -> Finding:
    return Finding(code, "error", "plan", None, column, "" if value is None else str(value), cause, remedy)


def objective(case: Case) -> Iterator[Finding]:
    """The objective is what the ledger adds up to, the bound is not above it, the status fits the gap."""
    plan, real = case.plan, objective_of(case.facts, case.ledger)
    if plan.objective is None or tolerance.apart(plan.objective, real, _rounding(case)):
        cause = f"the objective is {plan.objective}, the ledger makes {real:.10g}"
        yield _finding("objective", "objective", plan.objective, cause, "recompute it from the ledger")
    bound, most = plan.bound, real if plan.objective is None else plan.objective
    if bound is not None and not bound <= most + tolerance.FIGURE * abs(most) + _rounding(case):
        cause = f"the bound {bound:.10g} is above the objective {most:.10g}"
        yield _finding("bound", "bound", bound, cause, "no plan can be below a true bound")
    if plan.status == "optimal" and (plan.gap is None or plan.gap > OPTIMAL):
        cause = f"the plan is called optimal, its gap is {plan.gap}"
        yield _finding("status", "status", plan.status, cause, "call it feasible")


def _rounding(case: Case) -> float:
    return tolerance.ROUNDING * float(case.ledger["amount"].abs().sum())


def kpis(case: Case) -> Iterator[Finding]:
    """Every key figure is what tables and ledger make."""
    real = kpis_of(case.facts, case.tables, case.ledger)
    yield from _compare(case.plan.kpis, real, "kpis", _rounding(case))


def _compare(stored: Any, real: Any, name: str, noise: float) -> Iterator[Finding]:
    if isinstance(real, Mapping):
        entries = stored if isinstance(stored, Mapping) else {}
        for key in sorted({*real, *entries}):
            path = f"{name}.{key}"
            if key not in real:
                yield _finding("kpi-extra", path, entries[key], f"{path} is no key figure", "remove it")
            elif key not in entries:
                yield _finding("kpi-missing", path, None, f"{path} is missing", "add it")
            else:
                yield from _compare(entries[key], real[key], path, noise)
    elif not _agrees(stored, real, noise if name.startswith(MONEY_FIGURES) else 0.0, ".totals." in name):
        cause = f"{name} is {stored}, tables and ledger make {real}"
        yield _finding("kpi", name, stored, cause, "recompute it")


MONEY_FIGURES = tuple(f"kpis.{name}" for name in ("cost", "controllable", "objective", "constant", "public"))
"""Key figures in which large amounts may cancel, so that rounding shows."""


def _agrees(stored: Any, real: Any, noise: float, exact: bool) -> bool:
    if isinstance(stored, bool) or not isinstance(stored, int | float) or real is None:
        return stored is None and real is None
    if exact:
        return math.isclose(stored, real, rel_tol=1e-15)
    return not tolerance.apart(float(stored), float(real), noise)


def digest(case: Case) -> Iterator[Finding]:
    """The plan is one of this network."""
    real = case.facts.network.sha256
    if case.plan.sha256 != real:
        cause = f"the plan was made for the network {case.plan.sha256[:12]}, this one is {real[:12]}"
        yield _finding("other-network", "sha256", case.plan.sha256, cause, "check it with its own network")


RULES = (digest, ledger, objective, kpis)
