"""Ledger lines of financing: receipts, loans, guarantees, public money, tariffs and the true-up."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ..instances.tables import Core, Firm, Subsidy, Tariff, Trade
from .ledger_facts import Column, Facts, Frame, Tables
from .ledger_lines import Lines, lines
from .plan import OPERATOR


def money_lines(facts: Facts, tables: Tables) -> Iterator[Lines]:
    """Lines of every term of financing; to be asked for only when money is planned."""
    yield from _receipts(facts, tables)
    yield from _loans(facts, tables)
    yield from _admissions(facts, tables)
    yield from _guarantees(facts, tables)
    yield from _accounts(facts, tables)
    yield from _subsidies(facts, tables)
    yield from _tariffs(facts, tables)
    yield from _trueup(facts, tables)
    trades = facts.frame(Trade)
    paid = facts.spread(trades.assign(firm=trades["supplier"]), trades["credit_days"])
    yield lines("trade", paid, paid["buyer"], paid["supplier"], paid["amount"] * paid["share"], "money", 1.0)


def _receipts(facts: Facts, tables: Tables) -> Iterator[Lines]:
    receipts = tables["receipts"].merge(facts.channel_terms, on=["zone", "channel"])
    paid = facts.spread(receipts, receipts["delay"]).assign(place=lambda f: f["zone"])
    quantity = paid["amount"] * paid["share"]
    yield lines("sales", paid, "buyers", paid["firm"], quantity, "money", 1.0)
    yield lines("channel_fee", paid, paid["firm"], paid["channel"], quantity, "money", paid["fee_rate"])


def _loans(facts: Facts, tables: Tables) -> Iterator[Lines]:
    if not len(tables["loans"]):
        return
    loans = facts.loan_terms(tables["loans"]).assign(place=lambda f: f["loan"])
    firm, funder = loans["firm"], loans["funder"]
    years = facts.days(loans["period"]) / 365.0
    yield lines("interest", loans, firm, funder, loans["balance"] * years, "money-year", loans["rate"])
    yield lines("draw_fee", loans, firm, funder, loans["draw"], "money", loans["draw_fee"])
    yield lines("draw", loans, funder, firm, loans["draw"], "money", 1.0)
    yield lines("repay", loans, firm, funder, loans["repay"], "money", 1.0)


def _admissions(facts: Facts, tables: Tables) -> Iterator[Lines]:
    admitted = tables["admissions"].assign(period=1)
    cost = admitted["funder"].map(facts.funders["admission_cost"])
    yield lines("admission", admitted, admitted["firm"], admitted["funder"], 1.0, "admission", cost)


def _guarantees(facts: Facts, tables: Tables) -> Iterator[Lines]:
    if not tables["loans"]["guaranteed"].any():
        return
    loans = guaranteed_loans(facts, tables)
    exposure = loans["balance"] * facts.days(loans["period"]) / 365.0
    yield lines(
        "guarantee_fee", loans, loans["firm"], loans["core"], exposure, "money-year", loans["fee_rate"]
    )
    yield lines(
        "guarantee_loss", loans, loans["core"], loans["funder"], exposure, "money-year", loans["loss"]
    )


def guaranteed_loans(facts: Facts, tables: Tables) -> Frame:
    """Loan rows with a guarantee: core, relation, fee rate and the core's expected ``loss`` a year."""
    loans = facts.loan_terms(tables["loans"][tables["loans"]["guaranteed"].astype(bool)])
    members = facts.members[["core", "relation", "fee_rate"]]
    loans = loans.join(members, on="firm", how="inner").assign(place=lambda f: f["loan"])
    return loans.assign(loss=loans["pd"] * (loans["lgd"] - loans["lgd_guaranteed"]).clip(lower=0.0))


def _accounts(facts: Facts, tables: Tables) -> Iterator[Lines]:
    cash = tables["cash"].sort_values(["firm", "period"], kind="stable")
    before = cash.groupby("firm")[["cash", "emergency"]].shift(1)
    years = facts.days(cash["period"]) / 365.0
    rate = cash["firm"].map(emergency_rates(facts)).fillna(0.0)
    interest = cash["emergency"] * years
    yield lines("emergency_interest", cash, cash["firm"], "lender", interest, "money-year", rate)
    change = cash["emergency"] - before["emergency"].fillna(0.0)
    yield lines("emergency_draw", cash, "lender", cash["firm"], change.clip(lower=0.0), "money", 1.0)
    yield lines("emergency_repay", cash, cash["firm"], "lender", (-change).clip(lower=0.0), "money", 1.0)
    opening = cash["firm"].map(facts.by_key(Firm)["opening_cash"])
    held = before["cash"].where(before["cash"].notna(), opening)
    firms = cash[cash["firm"] != OPERATOR]
    earned = (held * years)[firms.index]
    yield lines(
        "deposit_interest", firms, "bank", firms["firm"], earned, "money-year", facts.settings.deposit_rate
    )


def emergency_rates(facts: Facts) -> Column:
    """Rate a year of emergency credit by firm, and of the operator's overdraft; missing: none."""
    rates = pd.Series(facts.settings.emergency_rate, index=facts.by_key(Firm).index, dtype=float)
    return pd.concat([rates, pd.Series({OPERATOR: facts.settings.operator_rate}, dtype=float)])


def _subsidies(facts: Facts, tables: Tables) -> Iterator[Lines]:
    paid = subsidy_kinds(facts, tables["subsidies"])
    paid = paid[paid["beneficiary"] != OPERATOR].assign(firm=lambda f: f["beneficiary"])
    for kind, term in (("interest", "interest_subsidy"), ("risk", "risk_subsidy")):
        rows = paid[paid["kind"] == kind]
        yield lines(term, rows, "treasury", rows["firm"], rows["amount"], "money", 1.0)


def subsidy_kinds(facts: Facts, subsidies: Frame) -> Frame:
    """Subsidy rows with kind, rate, budget and small share of their subsidy."""
    terms = facts.by_key(Subsidy)[["kind", "rate", "budget", "small_share"]]
    return subsidies.join(terms, on="subsidy")


def _tariffs(facts: Facts, tables: Tables) -> Iterator[Lines]:
    ships, out = tables["shipments"], tables["deliveries"]
    yield _tariff(facts, tables["hauls"], "hub", tables["hauls"]["hub"])
    yield _tariff(facts, ships.drop(columns=["firm", "volume_m3"]), "lane", ships["lane"])
    for name, place in (("stock", "warehouse"), ("holds", "hub")):
        stay = tables[name]
        yield _tariff(facts, stay, "storage", stay[place])
    yield _tariff(facts, out, "handling", out["warehouse"])


def _tariff(facts: Facts, frame: Frame, item: str, place: Column) -> Lines:
    prices = facts.frame(Tariff)
    rates = prices[prices["item"] == item].set_index("place")["rate"]
    used = frame.assign(place=place, rate=place.map(rates)).dropna(subset="rate")
    used = used.join(facts.products[["firm", "volume_m3"]], on="product")
    quantity = used["volume_m3"] * used["quantity"]
    if item == "storage":
        quantity = quantity * facts.days(used["period"])
    unit = "m3-day" if item == "storage" else "m3"
    if item == "lane":
        used = used.assign(place="")
    return lines("tariff", used, used["firm"], OPERATOR, quantity, unit, used["rate"])


def _trueup(facts: Facts, tables: Tables) -> Iterator[Lines]:
    rights = facts.rights.rename("right").rename_axis("firm").reset_index()
    parts = tables["trueup"].merge(rights, how="cross")
    due = parts["amount"] * parts["right"]
    yield lines("trueup", parts, parts["firm"], OPERATOR, due.clip(lower=0.0), "money", 1.0)
    yield lines("trueup", parts, OPERATOR, parts["firm"], (-due).clip(lower=0.0), "money", 1.0)


def core_limits(facts: Facts) -> Column:
    """Core firm -> most guarantees given plus loans it uses itself."""
    return facts.by_key(Core)["guarantee_line"]
