"""Cash of firms and operator, emergency credit, true-up, public money."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ...instances.findings import Finding
from ...instances.tables import Core, Firm, Size
from ..ledger_facts import Frame
from ..ledger_money import emergency_rates, subsidy_kinds
from ..plan import OPERATOR
from . import tolerance
from .case import Case, report, summed

ROW = ["firm", "period"]


def accounts(case: Case) -> Iterator[Finding]:
    """Cash is what was there plus what the ledger brings in less what it takes out."""
    rows = _rows(case)
    missing = rows[rows["cash"].isna()]
    cause, remedy = "cash of {firm} at the end of period {period} is missing", "state it"
    yield from report(missing, "cash-missing", "cash", ROW, cause, remedy)
    off = tolerance.exceeds((rows["cash"] - rows["due"]).abs(), 0.0, tolerance.MONEY, rows["scale"])
    cause = "cash is {cash:,.9g}; {before:,.9g} before and {flow:,.9g} net in make {due:,.9g}"
    remedy = "make cash follow from the ledger"
    yield from report(rows[off], "cash-balance", "cash", ROW, cause, remedy, "cash")
    low = tolerance.exceeds(rows["least"], rows["cash"], tolerance.MONEY, rows["scale"])
    cause = "cash is {cash:,.6g}, the least is {least:,.6g}"
    yield from report(rows[low], "below-min-cash", "cash", ROW, cause, "borrow or pay less", "cash")
    end = rows[(rows["firm"] == OPERATOR) & (rows["period"] == case.facts.last)]
    over = tolerance.exceeds((end["cash"] - end["opening"]).abs(), 0.0, tolerance.MONEY, end["scale"])
    cause = "the operator ends with {cash:,.6g}, it must end with {opening:,.6g}"
    yield from report(end[over], "operator-cash-end", "cash", ROW, cause, "settle it by the true-up", "cash")


def _rows(case: Case) -> Frame:
    """Every firm and the operator in every period: cash before, net flow, cash due and the least."""
    firms = case.facts.by_key(Firm)
    opening = pd.concat([firms["opening_cash"], pd.Series({OPERATOR: case.facts.settings.operator_cash})])
    least = pd.concat([firms["min_cash"], pd.Series({OPERATOR: 0.0})])
    parties = pd.DataFrame({"firm": opening.index, "opening": opening.to_numpy(), "least": least.to_numpy()})
    rows = parties.merge(pd.DataFrame({"period": list(case.facts.calendar.periods)}), how="cross")
    rows = rows.merge(case.tables["cash"], on=ROW, how="left").merge(case.flows, on=ROW, how="left")
    rows = rows.fillna({"flow": 0.0, "size": 0.0})
    before = rows.groupby("firm")["cash"].shift(1)
    rows = rows.assign(before=before.where(rows["period"] > 1, rows["opening"]))
    due = rows["before"] + rows["flow"]
    return rows.assign(due=due, scale=rows["size"] + rows["before"].abs() + rows["cash"].abs())


def emergency(case: Case) -> Iterator[Finding]:
    """Emergency credit stays in its limit, is repaid by the end, and is drawn only where offered."""
    cash = case.tables["cash"]
    rows = cash[cash["emergency"] > tolerance.MONEY]
    rates = emergency_rates(case.facts)
    limits = pd.concat(
        [
            case.facts.by_key(Firm)["emergency_limit"],
            pd.Series({OPERATOR: case.facts.settings.operator_limit}, dtype=float),
        ]
    )
    rows = rows.assign(rate=rows["firm"].map(rates), limit=rows["firm"].map(limits))
    cause, remedy = "{emergency:,.6g} of emergency credit is drawn, none is offered", "find other money"
    yield from report(
        rows[rows["rate"].isna()], "emergency-not-offered", "cash", ROW, cause, remedy, "emergency"
    )
    over = tolerance.exceeds(rows["emergency"], rows["limit"], tolerance.MONEY)
    cause = "{emergency:,.6g} of emergency credit is drawn, at most {limit:,.6g} may be"
    yield from report(rows[over], "emergency-over-limit", "cash", ROW, cause, remedy, "emergency")
    end = rows[rows["period"] == case.facts.last]
    cause = "{emergency:,.6g} of emergency credit is owed after the last period"
    yield from report(end, "debt-at-end", "cash", ROW, cause, "repay before the end", "emergency")


def trueup(case: Case) -> Iterator[Finding]:
    """The true-up is settled in the last period."""
    rows = case.tables["trueup"]
    early = rows[rows["period"] != case.facts.last]
    cause = "the true-up is settled in period {period}, not in the last"
    yield from report(early, "trueup-period", "trueup", ["period"], cause, "settle it in the last period")


def subsidies(case: Case) -> Iterator[Finding]:
    """Public money pays no more than its share of what it supports, within its budgets."""
    paid = subsidy_kinds(case.facts, case.tables["subsidies"])
    keys = ["subsidy", "beneficiary", "period"]
    base = _supported(case)
    rows = paid.merge(base, on=["kind", "beneficiary", "period"], how="left").fillna({"base": 0.0})
    rows = rows.assign(limit=rows["rate"] * rows["base"])
    over = tolerance.exceeds(rows["amount"], rows["limit"], tolerance.MONEY)
    cause = "{amount:,.6g} is paid, at most {limit:,.6g} of {base:,.6g} may be"
    remedy = "pay less"
    yield from report(rows[over], "subsidy-over-share", "subsidies", keys, cause, remedy, "amount")
    whole = rows.groupby(["kind", "beneficiary", "period"], as_index=False).agg(
        amount=("amount", "sum"), base=("base", "max")
    )
    over = tolerance.exceeds(whole["amount"], whole["base"], tolerance.MONEY)
    cause = "{amount:,.6g} is paid by all subsidies, what they support costs {base:,.6g}"
    keys = ["kind", "beneficiary", "period"]
    yield from report(whole[over], "subsidy-over-cost", "subsidies", keys, cause, remedy, "amount")
    yield from _budgets(case, paid)


def _supported(case: Case) -> Frame:
    """What each kind of public money may pay for: (kind, beneficiary, period) -> ``base``."""
    ledger = case.ledger
    subsidised = case.facts.loans.index[case.facts.loans["subsidised"]]
    loans = ledger["place"].isin(subsidised)
    interest = ledger[(ledger["term"] == "interest") & loans]
    losses = ledger[ledger["term"] == "guarantee_loss"]
    losses = losses[losses["payer"].isin(case.facts.by_key(Core).index)]
    rent = ledger[ledger["term"] == "rent"]
    parts = []
    for kind, rows in (("interest", interest), ("risk", losses), ("rent", rent)):
        sums = summed(rows.assign(beneficiary=rows["payer"]), ["beneficiary", "period"], "amount", "base")
        parts.append(sums.assign(kind=pd.Series(kind, index=sums.index, dtype=object)))
    return pd.concat(parts, ignore_index=True)


def _budgets(case: Case, paid: Frame) -> Iterator[Finding]:
    size = paid["beneficiary"].map(case.facts.by_key(Firm)["size"])
    paid = paid.assign(small=paid["amount"].where(size == Size.SMALL, 0.0))
    keys = ["subsidy", "kind", "budget", "small_share"]
    sums = paid.groupby(keys, as_index=False)[["amount", "small"]].sum()
    over = tolerance.exceeds(sums["amount"], sums["budget"], tolerance.MONEY)
    cause = "{amount:,.6g} is paid, the budget is {budget:,.6g}"
    yield from report(sums[over], "over-budget", "subsidies", ["subsidy"], cause, "pay less", "amount")
    interest = sums[sums["kind"] == "interest"]
    interest = interest.assign(due=interest["small_share"] * interest["amount"])
    short = tolerance.exceeds(interest["due"], interest["small"], tolerance.MONEY, interest["amount"])
    cause = "small firms get {small:,.6g}, at least {due:,.6g} is theirs"
    yield from report(interest[short], "small-share", "subsidies", ["subsidy"], cause, "give them more")


RULES = (accounts, emergency, trueup)
