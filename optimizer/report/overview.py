"""The first page of a report: figures to remember, and what to do, in words; and how sure it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..summary_goods import demand_m3, lanes_in_use, stays, ways
from ..summary_view import volume
from .case import Case, Section, peak
from .costs import counts, verdict
from .table import Column, Kind, Table


@dataclass(frozen=True)
class Fact:
    """A figure to remember: what it is, its value, a remark."""

    label: str
    value: str
    remark: str = ""


def headlines(case: Case) -> list[Fact]:
    """Cost, saving, service, credit and emissions of the plan of all firms."""
    plan, words, kpis = case.plan, case.words, case.plan.kpis
    gap = words("fact.gap", gap=words.percent(plan.gap, 2))
    facts = [Fact(words("fact.cost"), case.money(plan.objective), gap)]
    alone = plan.comparisons.get("alone") or {}
    if alone.get("saving_low") is not None or alone.get("saving_high") is not None:
        between = words.between(alone.get("saving_low"), alone.get("saving_high"), case.currency)
        facts.append(Fact(words("fact.saving"), between, words("fact.interval")))
    demand, days = demand_m3(case.view), kpis.get("average_delivery_days")
    late = words("unknown") if days is None else f"{days:.1f}"
    served = 1 - float(volume(case.view, "unmet").sum()) / demand if demand else None
    facts.append(Fact(words("fact.service"), words.percent(served), words("fact.days", days=late)))
    if case.network.settings.money:
        gap_peak = case.money(kpis.get("liquidity_gap_peak"))
        facts.append(
            Fact(
                words("fact.loans"),
                case.money(kpis.get("peak_loans")),
                words("fact.emergency", money=gap_peak),
            )
        )
    if kpis.get("co2_t"):
        facts.append(
            Fact(words("fact.co2"), words.amount(kpis["co2_t"], words("unit.t")), words("fact.co2_note"))
        )
    return facts


def decisions(case: Case) -> Section:
    """What to do, one sentence a decision."""
    return Section("decisions", case.words("decisions"), list(_decisions(case)))


def _decisions(case: Case) -> Iterator[str]:
    view, words = case.view, case.words
    found = stays(view.tables["leases"])
    names = list(dict.fromkeys(case.warehouse(stay.warehouse) for stay in found))
    terms = ["rent", "building", "setup"]
    paid = case.money(sum(view.paid(terms, place=w) for w in {stay.warehouse for stay in found}))
    yield (
        words("do.lease", count=len(names), names=words.join(names), rent=paid)
        if names
        else words("do.no_lease")
    )
    hubs = sorted({*view.tables["hubs"]["hub"], *view.tables["hauls"]["hub"]})
    if hubs:
        yield words("do.hubs", names=words.join(case.hub(hub) for hub in hubs))
    lanes = lanes_in_use(view)
    if len(lanes):
        boxes = int(view.tables["containers"]["boxes"].sum())
        freight = case.money(float(lanes["cost"].sum()))
        yield words("do.book", lanes=len(lanes), boxes=f"{boxes:,}", freight=freight, **_loose(case))
    yield from _serving(case)
    yield from _borrowing(case)
    alone = case.plan.comparisons.get("alone") or {}
    if counts(alone):
        yield words("do.together", verdict=verdict(case, alone))


def _loose(case: Case) -> dict[str, str]:
    tonnes = float(case.view.tables["loose"]["chargeable_kg"].sum()) / 1000
    return {"loose": case.words.amount(tonnes, case.words("unit.t"))}


def _serving(case: Case) -> Iterator[str]:
    demand = demand_m3(case.view)
    if not demand:
        return
    m3 = {table: float(volume(case.view, table).sum()) for table in ("deliveries", "parcels", "unmet")}
    shares = {name: case.words.percent(value / demand) for name, value in m3.items()}
    yield case.words(
        "do.serve", warehouses=len([w for w in ways(case.view) if w.table == "deliveries"]), **shares
    )


def _borrowing(case: Case) -> Iterator[str]:
    book = case.view.tables["loans"]
    if not case.network.settings.money:
        return
    if not len(book):
        yield case.words("do.no_loans")
        return
    period, most = peak(book.groupby("period")["balance"].sum())
    yield case.words(
        "do.borrow",
        count=book["firm"].nunique(),
        peak=case.money(most),
        date=case.words.date(case.start(period)),
        guaranteed=case.words.percent(_guaranteed(case)),
        cost=case.money(case.plan.kpis.get("finance_cost")),
    )


def _guaranteed(case: Case) -> float | None:
    book = case.view.tables["loans"]
    total = float(book["balance"].sum())
    return float(book.loc[book["guaranteed"].astype(bool), "balance"].sum()) / total if total else None


def proof(case: Case) -> Section:
    """Bound, what could still be saved, and the check by separate code."""
    plan, words = case.plan, case.words
    known = plan.bound is not None
    sentences = [words("proof.bound", bound=case.money(plan.bound)) if known else words("proof.unknown")]
    if plan.objective is not None and plan.bound is not None:
        left, cost = plan.objective - plan.bound, plan.kpis.get("controllable_cost")
        part = words.percent(left / cost if cost else None, 2)
        gap = words.percent(plan.gap, 2)
        sentences.append(words("proof.left", left=case.money(left), gap=gap, part=part))
    if plan.bound_verified is not None:
        certified = "proof.certified" if plan.fully_certified else "proof.certified_part"
        sentences.append(words(certified, bound=case.money(plan.bound_verified)))
    sentences.append(check_words(case))
    seconds, version = f"{plan.runtime_seconds:,.0f}", plan.versions.get("highspy", "-")
    sentences.append(words("proof.run", strategy=plan.strategy or "-", seconds=seconds, version=version))
    findings = [str(finding) for finding in plan.check.get("findings", ())]
    table = Table(
        "findings", words("findings"), (Column(words("finding"), Kind.TEXT),), tuple((f,) for f in findings)
    )
    return Section("proof", words("proof"), sentences, (), (table,) if findings else ())


def check_words(case: Case) -> str:
    """The verdict of the check."""
    if not case.plan.check:
        return case.words("check.none")
    return case.words("check.ok" if case.plan.check.get("ok") else "check.failed")
