"""Receipts and loans: channels, balances, tenors, collateral, limits, guarantees."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ...instances.findings import Finding
from ...instances.tables import Firm, Guarantee
from ..collateral import behind, entering
from ..ledger_facts import Frame
from ..ledger_money import core_limits, guaranteed_loans
from . import tolerance
from .case import Case, report, summed

ROW = ["firm", "loan", "guaranteed", "period"]
SALE = ["firm", "zone", "period"]


def receipts(case: Case) -> Iterator[Finding]:
    """Receipts over channels add up to net sales; a channel takes no more than its share."""
    sold = case.facts.sold(case.tables)
    sold = summed(sold.assign(value=sold["quantity"] * sold["net"]), SALE, "value", "sold")
    paid = summed(case.tables["receipts"], SALE, "amount", "paid")
    rows = sold.merge(paid, on=SALE, how="outer").fillna({"sold": 0.0, "paid": 0.0})
    off = tolerance.exceeds((rows["sold"] - rows["paid"]).abs(), 0.0, tolerance.MONEY, rows["sold"])
    cause = "receipts are {paid:,.9g}, net sales are {sold:,.9g}"
    yield from report(rows[off], "receipts-balance", "receipts", SALE, cause, "assign net sales to channels")
    rows = case.tables["receipts"].merge(sold, on=SALE, how="left").fillna({"sold": 0.0})
    rows = rows.merge(case.facts.channel_terms[["zone", "channel", "max_share"]], on=["zone", "channel"])
    rows = rows.assign(limit=rows["max_share"] * rows["sold"])
    over = tolerance.exceeds(rows["amount"], rows["limit"], tolerance.MONEY, rows["sold"])
    cause = "{channel} takes {amount:,.6g}, at most {limit:,.6g} of the sales"
    keys = ["firm", "channel", "zone", "period"]
    over = over & (rows["max_share"] < 1)
    yield from report(rows[over], "channel-share", "receipts", keys, cause, "use another channel", "amount")


def offered(case: Case) -> Iterator[Finding]:
    """Only rated, admitted firms borrow, and with guarantee only where one is offered."""
    loans = case.loans
    loans = loans.assign(own=loans["firm"].map(case.facts.by_key(Firm)["rating"]))
    bare = loans[loans["own"].isna() | loans["rating"].isna()]
    cause = "neither the firm nor a buyer in its chain has the rating that the loan needs"
    yield from report(bare, "no-rating", "loans", ROW, cause, "lend to rated firms only")
    member = loans["firm"].isin(case.facts.members.index)
    wrong = loans["guaranteed"] & (
        ~member | loans["advance_guaranteed"].isna() | (loans["kind"] == "voucher")
    )
    cause = "{loan} has no guarantee for {firm}"
    yield from report(loans[wrong], "no-guarantee", "loans", ROW, cause, "lend without guarantee")
    pairs = loans[["firm", "funder"]].drop_duplicates()
    admitted = pd.MultiIndex.from_frame(case.tables["admissions"][["firm", "funder"]])
    missing = pairs[~pd.MultiIndex.from_frame(pairs).isin(admitted)]
    cause = "{firm} borrows from {funder}, which has not admitted it"
    yield from report(missing, "not-admitted", "admissions", ["firm", "funder"], cause, "admit the firm")


def balances(case: Case) -> Iterator[Finding]:
    """A balance follows from draws and repayments, and nothing is owed at the end."""
    loans = case.tables["loans"]
    keys = ["firm", "loan", "guaranteed"]
    before = loans[[*ROW, "balance"]].assign(period=loans["period"] + 1).rename(columns={"balance": "before"})
    before = before[before["period"] <= case.facts.last]
    rows = loans.merge(before, on=ROW, how="outer")
    rows = rows.fillna({"draw": 0.0, "repay": 0.0, "balance": 0.0, "before": 0.0})
    rows = rows.assign(due=rows["before"] + rows["draw"] - rows["balance"])
    scale = rows[["before", "draw", "balance", "repay"]].max(axis=1)
    off = tolerance.exceeds((rows["repay"] - rows["due"]).abs(), 0.0, tolerance.MONEY, scale)
    cause = "{before:,.9g} owed plus {draw:,.9g} drawn less {repay:,.9g} repaid is not {balance:,.9g}"
    yield from report(rows[off], "loan-balance", "loans", ROW, cause, "make the balance follow", "balance")
    end = loans[(loans["period"] == case.facts.last) & (loans["balance"] > tolerance.MONEY)]
    cause = "{balance:,.6g} is owed after the last period"
    yield from report(
        end, "debt-at-end", "loans", [*keys, "period"], cause, "repay before the end", "balance"
    )


def tenor(case: Case) -> Iterator[Finding]:
    """Nothing is owed longer than the tenor."""
    loans = case.tables["loans"].join(case.facts.loans["tenor_days"], on="loan")
    drawn = loans[loans["draw"] > 0][["firm", "loan", "guaranteed", "period", "draw"]]
    drawn = drawn.rename(columns={"period": "since", "draw": "recent"})
    pairs = loans[loans["balance"] > 0].merge(drawn, on=["firm", "loan", "guaranteed"], how="left")
    calendar = case.facts.calendar
    ends = np.array([0.0, *(calendar.end(t) for t in calendar.periods)])
    starts = np.array([0.0, *(calendar.start(t) for t in calendar.periods)])
    since = pairs["since"].fillna(0).astype(int)
    age = ends[pairs["period"]] - starts[since]
    counts = (since > 0) & (since <= pairs["period"]) & (age <= pairs["tenor_days"] + 1e-9)
    pairs = pairs.assign(recent=pairs["recent"].where(counts, 0.0))
    rows = pairs.groupby([*ROW, "balance", "tenor_days"], as_index=False)["recent"].sum()
    over = tolerance.exceeds(rows["balance"], rows["recent"], tolerance.MONEY)
    cause = "{balance:,.6g} is owed, only {recent:,.6g} was drawn within the tenor of {tenor_days:g} days"
    yield from report(rows[over], "tenor", "loans", ROW, cause, "repay within the tenor", "balance")


def bases(case: Case) -> Iterator[Finding]:
    """Balances and draws are covered by collateral at the loan's advance rates."""
    loans = case.loans
    if not len(loans):
        return
    advance = loans["advance_guaranteed"].where(loans["guaranteed"], loans["advance"])
    loans = loans.assign(
        balance_base=_grossed(loans["balance"], advance), draw_base=_grossed(loans["draw"], advance)
    )
    yield from _base(loans, "balance_base", case.held)
    yield from _base(loans, "draw_base", entering(case.facts, case.tables))


def _grossed(amount: pd.Series[float], advance: pd.Series[float]) -> pd.Series[float]:
    """Collateral that an amount needs; infinite where the loan is not offered."""
    needs = np.where(amount > tolerance.MONEY, np.inf, 0.0)
    offered = advance > 0
    needs[offered] = amount[offered] / advance[offered]
    return pd.Series(needs, index=amount.index)


def _base(loans: Frame, column: str, values: Frame) -> Iterator[Finding]:
    keys = ["firm", "kind", "period"]
    needs = loans.groupby(keys, as_index=False)[column].agg(needed="sum", largest="max")
    rows = needs.merge(summed(values, keys, "value", "worth"), on=keys, how="left").fillna({"worth": 0.0})
    over = tolerance.exceeds(rows["needed"], rows["worth"], tolerance.MONEY)
    twice = over & ~tolerance.exceeds(rows["largest"], rows["worth"], tolerance.MONEY)
    if column == "draw_base":
        cause = "draws need collateral of {needed:,.6g}, {worth:,.6g} arises in the period"
        yield from report(
            rows[over], "draw-base", "loans", keys, cause, "draw when collateral arises", "needed"
        )
        return
    cause = "the loans need collateral of {needed:,.6g} together, there is {worth:,.6g}: it is pledged twice"
    yield from report(rows[twice], "pledged-twice", "loans", keys, cause, "borrow less", "needed")
    cause = "a loan needs collateral of {needed:,.6g}, there is {worth:,.6g}"
    yield from report(rows[over & ~twice], "borrowing-base", "loans", keys, cause, "borrow less", "needed")


def limits(case: Case) -> Iterator[Finding]:
    """Loans stay within the limits of firms and funders."""
    loans = case.loans
    funders = case.facts.funders
    limit = case.facts.by_key(Firm)["credit_limit"]
    yield from _over(loans, ["firm", "period"], limit, "loan-over-limit", "the firm's credit limit")
    yield from _over(loans, ["funder", "period"], funders["line"], "loan-over-line", "the funder's line")
    rows = summed(loans, ["firm", "funder", "period"], "balance")
    share = rows["funder"].map(funders["line"] * funders["max_firm_share"])
    cap = np.fmin(share, rows["firm"].map(limit))
    cause = "the firm owes the funder {used:,.6g}, at most {limit:,.6g} may go to one firm"
    yield from _beyond(rows.assign(limit=cap), ["firm", "funder", "period"], "concentration", cause)
    ticket = rows["funder"].map(funders["min_ticket"])
    rows = rows.assign(ticket=ticket)
    small = (rows["used"] > tolerance.MONEY) & tolerance.exceeds(ticket, rows["used"], tolerance.MONEY)
    cause = "the firm owes the funder {used:,.6g}, a balance is at least {ticket:,.6g}"
    keys = ["firm", "funder", "period"]
    yield from report(rows[small], "min-ticket", "loans", keys, cause, "borrow more or nothing")


def _over(loans: Frame, keys: list[str], limit: pd.Series[float], code: str, what: str) -> Iterator[Finding]:
    rows = summed(loans, keys, "balance")
    cause = f"{{used:,.6g}} is owed, {what} is {{limit:,.6g}}"
    yield from _beyond(rows.assign(limit=rows[keys[0]].map(limit)), keys, code, cause)


def _beyond(rows: Frame, keys: list[str], code: str, cause: str) -> Iterator[Finding]:
    over = tolerance.exceeds(rows["used"], rows["limit"], tolerance.MONEY)
    yield from report(rows[over], code, "loans", keys, cause, "borrow less, or elsewhere")


def expected_loss(case: Case) -> Iterator[Finding]:
    """A funder's expected loss stays under its cap."""
    loans = case.loans
    lgd = loans["lgd_guaranteed"].where(loans["guaranteed"], loans["lgd"])
    rows = summed(loans.assign(loss=loans["pd"] * lgd * loans["balance"]), ["funder", "period"], "loss")
    funders = case.facts.funders
    rows = rows.assign(limit=rows["funder"].map(funders["loss_cap"] * funders["line"]))
    cause = "the expected loss is {used:,.6g} a year, the cap is {limit:,.6g}"
    yield from _beyond(rows, ["funder", "period"], "expected-loss", cause)


def guarantees(case: Case) -> Iterator[Finding]:
    """Guarantees stay within the core firm's lines."""
    loans = guaranteed_loans(case.facts, case.tables)
    keys = ["core", "relation", "period"]
    lines = case.facts.frame(Guarantee)[["core", "relation", "line"]].rename(columns={"line": "limit"})
    rows = summed(loans, keys, "balance").merge(lines, on=["core", "relation"])
    cause = "{used:,.6g} is guaranteed, the line for this relation is {limit:,.6g}"
    yield from _beyond(rows, keys, "guarantee-over-line", cause)
    own = case.tables["loans"].assign(core=lambda f: f["firm"])
    columns = ["core", "period", "balance"]
    used = summed(pd.concat([loans[columns], own[columns]], ignore_index=True), ["core", "period"], "balance")
    used = used.assign(limit=used["core"].map(core_limits(case.facts)))
    cause = "guarantees and own loans are {used:,.6g}, the core firm's whole line is {limit:,.6g}"
    yield from _beyond(used, ["core", "period"], "core-over-line", cause)


def collateral(case: Case) -> Iterator[Finding]:
    """The collateral rows are those that follow from goods and claims."""
    keys = ["firm", "kind", "period", "source", "place"]
    if not len(case.tables["collateral"]) and not len(case.tables["loans"]):
        return
    real = behind(case.tables["loans"], case.facts, case.held).rename(columns={"value": "real"})
    rows = case.tables["collateral"].merge(real, on=keys, how="outer", indicator=True)
    extra, missing = rows[rows["_merge"] == "left_only"], rows[rows["_merge"] == "right_only"]
    cause, remedy = "there is no such collateral behind a loan", "list what secures each loan"
    yield from report(extra, "collateral-extra", "collateral", keys, cause, remedy, "value")
    cause = "{real:,.6g} of collateral is not listed"
    yield from report(missing, "collateral-missing", "collateral", keys, cause, remedy)
    both = rows[rows["_merge"] == "both"]
    wrong = both[tolerance.apart(both["value"], both["real"])]
    cause = "the collateral is worth {real:.10g}, not {value:.10g}"
    yield from report(wrong, "collateral-value", "collateral", keys, cause, remedy, "value")


RULES = (receipts, offered, balances, tenor, bases, limits, expected_loss, guarantees, collateral)
