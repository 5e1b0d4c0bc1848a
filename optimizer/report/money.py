"""Sections about money: cash, the loan book, lines and their use, collateral behind each loan."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ...instances.tables import Channel, Core, Firm, Funder, Guarantee, Loan, Member, Subsidy
from ..ledger_facts import Frame
from ..plan import OPERATOR
from ..summary_money import loans_taken
from ..summary_view import name
from .case import Case, Figure, Section, peak, timed
from .charts import Times
from .table import Cell, Kind, Table

LINES = ("funder_lines", "guarantee_lines", "guarantee_relations", "firm_limits", "subsidy_budgets")


def money(case: Case) -> Section:
    """Cash and loans over time, use of every line, who borrows, what secures it."""
    title = case.words("finance")
    if not case.network.settings.money:
        return Section("finance", title, [case.words("finance.none")])
    figures = [*_cash(case), *_book(case)]
    tables = (loans(case), lines(case), collateral(case), channels(case))
    return Section("finance", title, _liquidity(case), figures, tuple(t for t in tables if t.rows))


def _liquidity(case: Case) -> list[str]:
    cash = case.view.tables["cash"]
    firms = cash[(cash["firm"] != OPERATOR) & (cash["emergency"] > 0)]
    if not len(firms):
        return [case.words("liquidity.closed.own" if case.firm else "liquidity.closed")]
    period, most = peak(firms.groupby("period")["emergency"].sum())
    key = "liquidity.own" if case.firm else "liquidity.gap"
    figures = {"peak": case.money(most), "date": case.words.date(case.start(period))}
    return [case.words(key, count=firms["firm"].nunique(), **figures)]


def _cash(case: Case) -> Iterator[Figure]:
    """Cash of the firms at the end of each period; cash of the operator and emergency credit."""
    cash, words = case.view.tables["cash"], case.words
    operator = cash["firm"] == OPERATOR
    own = {words("cash.own" if case.firm else "cash.firms"): cash[~operator]["cash"]}
    rest = {words("cash.operator"): cash[operator]["cash"], words("cash.emergency"): cash["emergency"]}
    for key, parts in (("cash", own), ("emergency", rest)):
        series = {
            label: _over(case, cash, values) for label, values in parts.items() if values.abs().sum() > 0
        }
        if series:
            caption = words(f"figure.{key}")
            yield timed(words, Times(key, caption, case.currency, case.days(), lines=series))


def _over(case: Case, frame: Frame, values: pd.Series[float]) -> list[float]:
    sums = values.groupby(frame["period"]).sum()
    return [float(sums.get(t, 0.0)) for t in case.periods]


def _book(case: Case) -> Iterator[Figure]:
    """Balances by kind of loan (and, for all firms, by funder as shares of the lines)."""
    book = case.view.tables["loans"]
    if not len(book):
        return
    known = case.network.by_key(Loan)
    kinds = book.assign(kind=[str(known[loan].kind) for loan in book["loan"]])
    series = case.by_period(kinds, book["balance"], "kind")
    caption = case.words("figure.loans")
    named = {case.words.term(kind): values for kind, values in series.items()}
    yield timed(case.words, Times("loans", caption, case.currency, case.days(), bars=named))
    if not case.firm:
        yield _line_use(case, book, [known[loan].funder for loan in book["loan"]])


def _line_use(case: Case, book: Frame, funders: list[str]) -> Figure:
    rows, caption = case.network.by_key(Funder), case.words("figure.lines")
    series = case.by_period(book.assign(funder=funders), book["balance"], "funder")
    used: dict[str, list[float | None]] = {
        name(rows[key], key): [value / rows[key].line for value in values]
        for key, values in series.items()
        if rows[key].line > 0
    }
    chart = Times("line_use", caption, case.words("unit.line"), case.days(), lines=used, percent=True)
    return timed(case.words, chart)


def loans(case: Case) -> Table:
    """One row a firm and loan product: guarantor, peak balance and its date, cost, rate."""
    taken = loans_taken(case.view) if len(case.view.tables["loans"]) else pd.DataFrame()
    columns = (
        case.column("firm"),
        case.column("loan"),
        case.column("guarantor"),
        case.column("guaranteed_share", Kind.SHARE),
        case.column("peak_balance", Kind.MONEY),
        case.column("around", Kind.DATE),
        case.column("loan_cost", Kind.MONEY, adds=True),
        case.column("rate", Kind.SHARE),
    )
    rows = tuple(_loan(case, row) for _, row in taken.iterrows())
    return Table("loans", case.words("loans"), columns, rows, case.words("total"), shown=25)


def _loan(case: Case, row: pd.Series) -> tuple[Cell, ...]:
    tie = case.network.by_key(Member).get(row["firm"])
    covered = float(row["covered"])
    return (
        case.party(row["firm"]),
        case.loan(row["loan"]),
        case.party(tie.core) if tie and covered > 0 else "-",
        covered,
        float(row["peak"]),
        case.start(int(row["period"])),
        float(row["cost"]),
        float(row["cost"] / row["years"]),
    )


def lines(case: Case) -> Table:
    """Every line and limit with its size, its greatest use in money and as a share."""
    use = case.plan.kpis.get("peak_use") or {}
    columns = (
        case.column("line"),
        case.column("of"),
        case.column("size", Kind.MONEY),
        case.column("most_used", Kind.MONEY),
        case.column("use", Kind.SHARE),
    )
    rows = [
        (case.words(f"line.{kind}"), *cells)
        for kind in LINES
        for key, share in sorted((use.get(kind) or {}).items(), key=lambda item: (-(item[1] or 0.0), item[0]))
        if (cells := _line(case, kind, str(key), share))
    ]
    rows.sort(key=lambda row: not row[-1])
    return Table("lines", case.words("lines"), columns, tuple(rows), note=case.words("lines.note"), shown=30)


def _line(case: Case, kind: str, key: str, share: float | None) -> tuple[Cell, ...]:
    label, size = _limit(case, kind, key)
    used = None if share is None or size is None else share * size
    return label, size, used, "" if share is None else share


def _limit(case: Case, kind: str, key: str) -> tuple[str, float | None]:
    """Whose line or limit it is, and how much."""
    network = case.network
    if kind == "funder_lines":
        funder = network.by_key(Funder)[key]
        return name(funder, key), funder.line
    if kind == "guarantee_lines":
        return case.party(key), network.by_key(Core)[key].guarantee_line
    if kind == "guarantee_relations":
        core, relation = key.rsplit("/", 1)
        found = [g for g in network.rows(Guarantee) if (g.core, str(g.relation)) == (core, relation)]
        chain = case.words.term(f"relation.{relation}")
        return f"{case.party(core)}: {chain}", found[0].line
    if kind == "firm_limits":
        return case.party(key), network.by_key(Firm)[key].credit_limit
    subsidy = network.by_key(Subsidy)[key]
    return f"{case.words.term(subsidy.kind)} ({key})", subsidy.budget


def collateral(case: Case) -> Table:
    """What stands behind each firm's loans of a kind in the period of their greatest balance."""
    columns = (
        case.column("firm"),
        case.column("secured_by"),
        case.column("around", Kind.DATE),
        case.column("balance", Kind.MONEY, adds=True),
        case.column("collateral", Kind.MONEY, adds=True),
        case.column("balance_share", Kind.SHARE),
        case.column("consists_of"),
    )
    rows = tuple(_secured(case))
    return Table("collateral", case.words("collateral"), columns, rows, case.words("total"), shown=25)


def _secured(case: Case) -> Iterator[tuple[Cell, ...]]:
    behind, book = case.view.tables["collateral"], case.view.tables["loans"]
    known = case.network.by_key(Loan)
    book = book.assign(kind=[str(known[loan].kind) for loan in book["loan"]])
    sums = book.groupby(["firm", "kind", "period"])["balance"].sum().reset_index()
    peaks = sums[sums["balance"] > 0].sort_values("balance", ascending=False, kind="stable")
    parts = dict(iter(behind.groupby(["firm", "kind", "period"])))
    firsts = peaks.drop_duplicates(["firm", "kind"])[["firm", "kind", "period", "balance"]]
    for firm, kind, period, balance in firsts.to_numpy().tolist():
        held = parts.get((firm, kind, period), behind.iloc[:0])
        value = float(held["value"].sum())
        part = balance / value if value else None
        names = (case.party(firm), case.words.term(kind), case.start(period))
        yield (*names, balance, value, part, _parts(case, kind, held))


def _parts(case: Case, kind: str, held: Frame, most: int = 3) -> str:
    """The greatest parts of collateral by place, in words."""
    sums = held.groupby("place")["value"].sum().sort_values(ascending=False)
    named = [
        f"{_place(case, kind, str(place))} {case.words.amount(float(v))}"
        for place, v in sums.head(most).items()
    ]
    left = len(sums) - most
    return case.words.join([*named, case.words("others", count=left)] if left > 0 else named)


def _place(case: Case, kind: str, key: str) -> str:
    if kind == "voucher":
        return case.party(key)
    if kind == "transit":
        lane = case.view.lanes[key]
        return f"{case.hub(lane.hub)} → {case.warehouse(lane.warehouse)}"
    return case.warehouse(key) if key in case.view.warehouses else case.hub(key)


def channels(case: Case) -> Table:
    """Sales by zone and payment channel."""
    receipts = case.view.tables["receipts"]
    sums = receipts.groupby(["zone", "channel"])["amount"].sum().reset_index()
    columns = (
        case.column("zone"),
        case.column("channel"),
        case.column("sales", Kind.MONEY, adds=True),
        case.column("share_of_zone", Kind.SHARE),
    )
    zones = receipts.groupby("zone")["amount"].sum().to_dict()
    rows = tuple(
        (zone, _channel(case, key), value, value / zones[zone])
        for zone, key, value in sums.to_numpy().tolist()
        if value > 0
    )
    return Table("channels", case.words("channels"), columns, rows, case.words("total"))


def _channel(case: Case, key: str) -> str:
    terms = case.facts.channel_terms
    known = terms[terms["channel"] == key]
    if not len(known):
        return key
    fee, days = (float(known.iloc[0][column]) for column in ("fee_rate", "settlement_days"))
    label = name(case.network.by_key(Channel).get(key), key)
    return case.words("channel", name=label, fee=case.words.percent(fee), days=f"{days:g}")
