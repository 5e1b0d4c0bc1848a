"""The sections of a summary about money: loans, payment channels, cash, cost."""

from __future__ import annotations

import pandas as pd

from ..instances.tables import Channel, Core, Funder, Loan, LoanKind, Member, Subsidy, Zone
from .ledger_lines import FINANCE, PUBLIC
from .plan import OPERATOR
from .summary_view import View, name, rest
from .text import INDENT, amount, grid, percent, plural

SHOWN_LOANS = 12

KINDS = {
    LoanKind.ORDER: "order",
    LoanKind.TRANSIT: "goods in transit",
    LoanKind.WAREHOUSE: "warehouse receipt",
    LoanKind.RECEIVABLE: "receivables",
    LoanKind.VOUCHER: "voucher of the core",
}

GROUPS: dict[str, tuple[str, ...]] = {
    "freight from the hubs": ("freight_boxes", "freight_loose", "freight_rate"),
    "haulage and hubs": ("haulage", "hub_handling", "hub_storage", "hub_fixed"),
    "warehouses": ("setup", "rent", "building", "warehouse_in", "storage", "warehouse_out"),
    "duty": ("duty", "parcel_duty"),
    "last mile": ("last_mile",),
    "direct parcels": ("parcel",),
    "financing and payments": FINANCE,
    "capital charge": ("capital",),
    "emissions": ("co2",),
}
"""Lines of the cost table and the ledger terms in each; the rest is the change in sales and production."""


def borrowing(view: View) -> list[str]:
    """One row a firm and loan: funder, kind, guarantor, peak balance and its date, cost and rate."""
    if not view.network.settings.money:
        return [
            f"{INDENT}financing is not part of this plan; goods under way and in stock bear a capital charge"
        ]
    loans = loans_taken(view)
    if loans.empty:
        return [f"{INDENT}nobody borrows"]
    head = (
        "firm",
        "from",
        "against",
        "guaranteed by",
        "at most",
        "around",
        f"cost in {view.currency}",
        "a year",
    )
    rows = [_loan(view, row) for _, row in loans.head(SHOWN_LOANS).iterrows()]
    left = loans.iloc[SHOWN_LOANS:]
    more = rest(len(left), "loans", "loans", float(left["cost"].sum()), f"{view.currency} cost")
    return [*grid([head, *rows], right="<<<<><>>"), *more, *_lines(view)]


def loans_taken(view: View) -> pd.DataFrame:
    """Firm and loan, the greatest peak first: peak, its period, guaranteed share, balance-years, cost."""
    keys, calendar = ["firm", "loan"], view.network.calendar
    rows = view.tables["loans"].loc[lambda f: f["balance"] > 0]
    rows = rows.assign(
        covered=rows["balance"] * rows["guaranteed"].astype(float),
        years=rows["balance"] * rows["period"].map({t: calendar.year_share(t) for t in calendar.periods}),
    )
    by_period = rows.groupby([*keys, "period"])["balance"].sum().reset_index()
    peaks = by_period.sort_values("balance", ascending=False, kind="stable").drop_duplicates(keys)
    totals = rows.groupby(keys)[["covered", "balance", "years"]].sum().reset_index()
    found = peaks.rename(columns={"balance": "peak"}).merge(totals, on=keys)
    return found.assign(
        covered=found["covered"] / found["balance"],
        cost=[
            view.paid(["interest", "draw_fee", "guarantee_fee"], firm=firm, place=loan)
            for firm, loan in zip(found["firm"], found["loan"], strict=True)
        ],
    )


def _loan(view: View, row: pd.Series) -> tuple[str, ...]:
    loan = view.network.by_key(Loan)[row["loan"]]
    funder = view.network.by_key(Funder)[loan.funder]
    return (
        view.party(row["firm"]),
        name(funder, loan.funder),
        KINDS[loan.kind],
        _guarantor(view, row["firm"], float(row["covered"])),
        amount(float(row["peak"])),
        view.day(int(row["period"])),
        amount(float(row["cost"])),
        percent(float(row["cost"] / row["years"])),
    )


def _guarantor(view: View, firm: str, covered: float) -> str:
    tie = view.network.by_key(Member).get(firm)
    if tie is None or covered <= 0:
        return "-"
    return f"{view.party(tie.core)}{'' if covered > 0.999 else f' ({percent(covered, 0)})'}"


def _lines(view: View) -> list[str]:
    """How much of each funder's and each guarantor's line is used at most."""
    use = view.plan.kpis.get("peak_use") or {}
    funders, cores = view.network.by_key(Funder), view.network.by_key(Core)
    lent = [
        f"{name(row, key)} {percent(share, 0)} of {amount(row.line)}"
        for key, row in funders.items()
        if (share := (use.get("funder_lines") or {}).get(key))
    ]
    carried = [
        f"{view.party(key)} {percent(share, 0)} of {amount(row.guarantee_line)}"
        for key, row in cores.items()
        if (share := (use.get("guarantee_lines") or {}).get(key))
    ]
    texts = (("lines used at most", lent), ("guarantee lines used at most", carried))
    return [f"{INDENT}{label}: {', '.join(parts)}" for label, parts in texts if parts]


def channels(view: View) -> list[str]:
    """One line a zone: the share of its sales through each payment channel, with its cost."""
    frame = view.tables["receipts"]
    if frame.empty:
        return []
    known, zones = view.network.by_key(Channel), view.network.by_key(Zone)
    sums = frame.groupby(["zone", "channel"])["amount"].sum()
    rows = []
    for zone, parts in sums.groupby(level="zone"):
        shares = (parts.droplevel("zone") / parts.sum()).sort_values(ascending=False)
        texts = [
            f"{percent(float(share), 0)} {_channel(known.get(key), str(key))}"
            for key, share in shares.items()
        ]
        rows.append((name(zones.get(zone), str(zone)), amount(float(parts.sum())), ", ".join(texts)))
    return grid([("zone", f"sales in {view.currency}", "through"), *rows], right="<><")


def _channel(row: Channel | None, key: str) -> str:
    return f"{name(row, key)} ({percent(row.fee_rate)}, {row.settlement_days:g} days)" if row else key


_NAMED = 6
"""Firms in emergency credit that are named."""


def liquidity(view: View) -> list[str]:
    """Emergency credit and the lowest cash, of the firms and of the operator."""
    cash = view.tables["cash"]
    if cash.empty:
        return []
    lacking = cash[cash["emergency"] > 0]
    firms = lacking[lacking["firm"] != OPERATOR]
    lines = [f"{INDENT}no firm needs emergency credit: the liquidity gap is closed"]
    if len(firms):
        by_period = firms.groupby("period")["emergency"].sum()
        peak = float(by_period.max())
        when = view.day(int(by_period[by_period == peak].index[0]))
        who = plural(firms["firm"].nunique(), "firm needs", "firms need")
        lines = [f"{INDENT}{who} emergency credit: {amount(peak, view.currency)} at the peak, around {when}"]
        lines.append(f"{INDENT}{INDENT}at most {_most_each(view, firms)}")
    lines += _operator(view, lacking[lacking["firm"] == OPERATOR])
    return lines


def _most_each(view: View, firms: pd.DataFrame) -> str:
    """The firms with the most emergency credit at a time, the largest first."""
    most = firms.groupby("firm")["emergency"].max().sort_values(ascending=False)
    shown = [f"{amount(float(value))} {view.party(str(f))}" for f, value in most.head(_NAMED).items()]
    return ", ".join(shown) + (f", and {len(most) - _NAMED} more: see cash.csv" if len(most) > _NAMED else "")


def _operator(view: View, overdraft: pd.DataFrame) -> list[str]:
    facts = view.plan.kpis.get("operator") or {}
    lines = []
    if len(overdraft):
        most = amount(float(overdraft["emergency"].max()), view.currency)
        lines.append(f"{INDENT}the operator overdraws up to {most}")
    if any(facts.values()):
        tariffs, cost, due = (facts.get(key) for key in ("tariffs", "cost", "trueup"))
        lines.append(
            f"{INDENT}the operator charges firms {amount(tariffs, view.currency)} and pays {amount(cost)}; "
            f"firms make up the difference at the end: {amount(due)}"
        )
    return lines


def costs(view: View) -> list[str]:
    """The objective by main terms, before and after public money, and its controllable part."""
    kpis = view.plan.kpis
    terms: dict[str, float] = kpis.get("cost_by_term") or {}
    if not terms or view.plan.objective is None:
        return []
    groups = [(label, sum(terms.get(term, 0.0) for term in group)) for label, group in GROUPS.items()]
    public = sum(terms.get(term, 0.0) for term in PUBLIC)
    before = view.plan.objective - public
    other = before - sum(value for _, value in groups)
    groups.append(("sales given up, production changed", other))
    lines = [
        (label, amount(value), percent(value / before) if before else "") for label, value in groups if value
    ]
    lines += [("cost before public money", amount(before), ""), *_public(view)]
    lines += [("cost after public money", amount(view.plan.objective), "")]
    lines += [("of it controllable (all but duty and last mile)", amount(kpis.get("controllable_cost")), "")]
    return grid([("", view.currency, "share"), *lines], right="<>>")


def _public(view: View) -> list[tuple[str, str, str]]:
    frame, known = view.tables["subsidies"], view.network.by_key(Subsidy)
    paid = frame.groupby("subsidy")["amount"].sum()
    return [
        (
            f"public money: {known[str(key)].kind} ({key})",
            amount(-float(value)),
            f"{percent(float(value) / known[str(key)].budget, 0)} of budget"
            if known[str(key)].budget
            else "",
        )
        for key, value in paid.items()
        if value > 0
    ]
