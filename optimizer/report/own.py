"""The report of one firm: its own figures only.

What it is written from is cut down first, so that no section can tell what another firm must not know:
network and plan keep the rows of the firm; other firms stay as names where the firm deals with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from ...instances.findings import Finding, InputError
from ...instances.network import Network
from ...instances.tables import Demand, Firm, Member, Pipeline, Product, Sale, Stock, Trade
from ..ledger_facts import Facts
from ..ledger_lines import INSIDE, PAID_OUT, PRINCIPAL, TAKEN_IN
from ..plan import Plan, empty
from ..summary_view import View
from .case import Case, Figure, Section
from .charts import bars
from .overview import Fact, check_words
from .table import Kind, Table

LEAST_FIRMS = 5
"""Fewest firms whose figures may be told added up."""

OF_PRODUCT = ("hauls", "holds", "shipments", "stock", "deliveries", "parcels", "unmet")
OF_FIRM = ("receipts", "admissions", "loans", "collateral", "cash")
ANOTHER = "another firm"


def own_view(network: Network, plan: Plan, firm: str) -> View:
    """Network and plan with nothing but what is the firm's.  Raises ``InputError`` for an unknown firm."""
    firms = network.by_key(Firm)
    if firm not in firms:
        remedy = f"give one of: {', '.join(firms)}"
        raise InputError(
            [Finding("no-such-firm", "error", "firms", None, "firm", firm, "there is no such firm", remedy)]
        )
    return View(_own_network(network, firm), _own_plan(network, plan, firm))


def _own_network(network: Network, firm: str) -> Network:
    products = [row for row in network.rows(Product) if row.firm == firm]
    own = {row.product for row in products}
    trades = [row for row in network.rows(Trade) if firm in (row.supplier, row.buyer)]
    ties = [row for row in network.rows(Member) if row.firm == firm]
    known = {*(t.supplier for t in trades), *(t.buyer for t in trades), *(tie.core for tie in ties)} - {firm}
    firms = [
        row if row.firm == firm else Firm(firm=row.firm, name=row.name, cluster=row.cluster)
        for row in network.rows(Firm)
        if row.firm == firm or row.firm in known
    ]
    of_product: dict[str, list[Any]] = {
        "stock": [row for row in network.rows(Stock) if row.product in own],
        "pipeline": [row for row in network.rows(Pipeline) if row.product in own],
        "sales": [row for row in network.rows(Sale) if row.product in own],
        "demand": [row for row in network.rows(Demand) if row.product in own],
    }
    return network.replace(
        firms=firms, products=products, trades=trades, members=ties, cores=(), guarantees=(), **of_product
    )


def _own_plan(network: Network, plan: Plan, firm: str) -> Plan:
    own = {row.product for row in network.rows(Product) if row.firm == firm}
    tables = {name: empty(name) for name in plan.tables}
    for name in OF_PRODUCT:
        tables[name] = _kept(plan, name, "product", own)
    for name in OF_FIRM:
        tables[name] = _kept(plan, name, "firm", {firm})
    tables["shipments"] = tables["shipments"].assign(lane_share=0.0)
    tables["subsidies"] = _kept(plan, "subsidies", "beneficiary", {firm})
    return replace(
        plan,
        tables=tables,
        ledger=_own_ledger(plan.ledger, firm),
        objective=own_cost(network, plan, firm),
        bound=None,
        kpis={},
        check={},
        comparisons={},
        log=(),
    )


def _kept(plan: Plan, table: str, column: str, values: set[str]) -> pd.DataFrame:
    frame = plan.tables.get(table, empty(table))
    return frame[frame[column].isin(values)].reset_index(drop=True)


def _own_ledger(ledger: pd.DataFrame, firm: str) -> pd.DataFrame:
    """The firm's payments and receipts; another firm on the other side has no name, and one row a period."""
    rows = ledger[(ledger["payer"] == firm) | (ledger["payee"] == firm)]
    inside = rows["term"].isin(["trade", "guarantee_fee"])
    hidden = {side: rows[side].where(~inside | (rows[side] == firm), ANOTHER) for side in ("payer", "payee")}
    rows = rows.assign(**hidden, firm=firm, place=rows["place"].where(~inside, ""))
    told = rows[inside].groupby(["term", "payer", "payee", "period"], as_index=False)["amount"].sum()
    told = told.assign(firm=firm, product="", place="", lane="", unit="money", rate=1.0, inside=True)
    told = told.assign(quantity=told["amount"])[list(ledger.columns)]
    parts = [part for part in (rows[~inside], told) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else rows.reset_index(drop=True)


def own_cost(network: Network, plan: Plan, firm: str) -> float | None:
    """What the firm pays less what it takes in, today's money, less what no plan changes; trades left out.

    Trades are left out because a firm on its own has none: the two can be compared.
    """
    if plan.objective is None:
        return None
    facts, ledger = Facts(network), plan.ledger
    ledger = ledger[ledger["term"] != "trade"]
    worth = ledger["amount"] * facts.discount(ledger["period"]) if len(ledger) else ledger["amount"]
    paid = ledger["term"].isin([*PAID_OUT, *INSIDE]) & (ledger["payer"] == firm)
    taken = ledger["term"].isin([*TAKEN_IN, *INSIDE]) & (ledger["payee"] == firm)
    return float(worth[paid].sum() - worth[taken].sum() - facts.constant_by_firm.get(firm, 0.0))


def everyone(network: Network, plan: Plan) -> Mapping[str, Any]:
    """What may be told of all firms together: nothing but the verdict of the check where they are few."""
    firms = len(network.rows(Firm))
    told = {"check": plan.check.get("ok") if plan.check else None}
    if firms < LEAST_FIRMS:
        return told
    alone = plan.comparisons.get("alone") or {}
    saving = {key: alone.get(key) for key in ("saving_low", "saving_high")}
    return told | {"firms": firms, "cost": plan.objective, "gap": plan.gap} | saving


def headlines(case: Case, alone: Mapping[str, Any]) -> list[Fact]:
    """The firm's cost, what it would be alone, its service and credit."""
    words, cost = case.words, case.plan.objective
    low, high = saving(cost, alone)
    facts = [Fact(words("fact.own_cost"), case.money(cost), words("fact.before_shares"))]
    if low is not None or high is not None:
        facts.append(
            Fact(words("fact.own_saving"), words.between(low, high, case.currency), words("fact.interval"))
        )
    book = case.view.tables["loans"]
    if len(book):
        peak = float(book.groupby("period")["balance"].sum().max())
        facts.append(Fact(words("fact.loans"), case.money(peak), ""))
    return facts


def saving(cost: float | None, alone: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """At least and at most what the firm saves against being alone; None where it is unknown."""
    ends = (alone.get("bound"), alone.get("objective"))
    low, high = (None if end is None or cost is None else end - cost for end in ends)
    return low, high


def account(case: Case) -> Section:
    """What the firm pays and takes in, by ledger term."""
    ledger = case.view.ledger
    rows = [(term, *_sides(ledger, term, case.firm)) for term in dict.fromkeys(ledger["term"])]
    columns = (
        case.column("item"),
        case.column("pays", Kind.MONEY, adds=True),
        case.column("takes_in", Kind.MONEY, adds=True),
    )
    cells = tuple((case.words.term(term), paid, taken) for term, paid, taken in rows)
    table = Table("account", case.words("account.table"), columns, cells, case.words("total"))
    caption = case.words("figure.account")
    real = [(case.words.term(t), paid - taken) for t, paid, taken in rows if t not in PRINCIPAL]
    drawn = [(label, value, case.words.amount(value)) for label, value in real if value]
    figures = [Figure(bars(caption, drawn), caption)] if drawn else []
    return Section("account", case.words("account"), (), figures, (table,) if cells else ())


def _sides(ledger: pd.DataFrame, term: str, firm: str) -> Iterator[float]:
    rows = ledger[ledger["term"] == term]
    for side in ("payer", "payee"):
        yield float(rows.loc[rows[side] == firm, "amount"].sum())


def together(case: Case) -> Section:
    """What may be told of all firms, and the check."""
    words, told = case.words, case.everyone
    sentences = []
    if told.get("firms"):
        cost, gap = case.money(told.get("cost")), words.percent(told.get("gap"), 2)
        sentences.append(words("all.cost", count=told["firms"], cost=cost, gap=gap))
        low, high = told.get("saving_low"), told.get("saving_high")
        if low is not None or high is not None:
            sentences.append(words("all.saving", between=words.between(low, high, case.currency)))
    else:
        sentences.append(words("all.too_few", least=LEAST_FIRMS))
    verdict = replace(case.plan, check={} if told.get("check") is None else {"ok": told["check"]})
    checked = replace(case, view=View(case.network, verdict))
    return Section(
        "proof", words("proof"), [*sentences, check_words(checked), words("all.privacy", least=LEAST_FIRMS)]
    )
