"""A confidential statement for one player: its own figures, and nothing that tells of any other."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd

from ...instances.network import Network
from ..ledger_facts import Facts
from ..ledger_lines import FINANCE, PAID_OUT, TAKEN_IN
from ..plan import Plan
from ..text import INDENT, amount, grid, percent
from .result import Sharing
from .store import Value

FEWEST = 5
"""Players over whom an aggregate may be told."""


def statement(network: Network, plan: Plan, sharing: Sharing, player: str) -> str:
    """What a player may know, as text.

    Its own flows, costs, loans, share and saving; the price list everyone has; totals only over the other
    players, and only where they are five or more, rounded to two digits, so that exchanging the figures of
    two others changes nothing and no single one can be told from them.
    """
    firms = sharing.players[player]
    sections = {
        "WHAT YOU PAY": _share(sharing, player),
        "WHAT YOU MOVE": _flows(network, plan, firms),
        "WHAT YOU PAY AND TAKE IN YOURSELF": _own_costs(network, plan, firms),
        "WHAT YOU BORROW": _loans(plan, firms),
        "THE OPERATOR'S PRICE LIST, WHERE YOU USE IT": _bill(network, plan, sharing, player),
        "ALL THE OTHERS TOGETHER": _others(sharing, player),
    }
    head = [
        f"{sharing.instance}: statement for {player}",
        f"Money in {sharing.currency}; confidential: for {player} only.",
    ]
    parts = ["\n".join([title, *lines]) for title, lines in sections.items() if lines]
    return "\n\n".join(["\n".join(head), *parts]) + "\n"


def _share(sharing: Sharing, player: str) -> list[str]:
    alone, share = sharing.alone[player], sharing.shares[player]
    place = list(sharing.players).index(player)
    direct = float(sharing.figures["direct"].iloc[place])
    rows = [
        ("your share of the cost", amount(share)),
        ("of it your own cost, paid by yourself", amount(direct)),
        ("of it to the operator", amount(share - direct)),
        ("alone it would cost you", _alone(alone)),
    ]
    if alone.lower is not None and alone.upper is not None:
        rows.append(("you save", f"{amount(alone.lower - share)} to {amount(alone.upper - share)}"))
        if alone.upper > 0:
            rows.append(("of your cost alone", percent(1 - share / alone.upper)))
    return grid(rows, right="<>")


def _alone(alone: Value) -> str:
    if alone.status == "infeasible":
        return "impossible: your demand cannot be served alone"
    return f"{amount(alone.lower)} to {amount(alone.upper)}"


def _flows(network: Network, plan: Plan, firms: frozenset[str]) -> list[str]:
    product = Facts(network).products
    rows: list[tuple[str, ...]] = []
    kinds = (("shipments", "lane", "shipped on"), ("deliveries", "warehouse", "delivered from"))
    for table, place, words in (*kinds, ("parcels", "service", "sent by parcel")):
        frame = plan.tables[table]
        own = frame[frame["product"].map(product["firm"]).isin(firms)]
        volume = own["quantity"] * own["product"].map(product["volume_m3"])
        for name, m3 in volume.groupby(own[place]).sum().items():
            rows.append((words, str(name), amount(float(m3), "m3")))
    return grid(rows, right="<<>")


def _own_costs(network: Network, plan: Plan, firms: frozenset[str]) -> list[str]:
    ledger = plan.ledger[~plan.ledger["inside"]]
    worth = ledger["amount"] * Facts(network).discount(ledger["period"])
    paid = ledger["payer"].isin(firms) & ledger["term"].isin(PAID_OUT)
    taken = ledger["payee"].isin(firms) & ledger["term"].isin(TAKEN_IN)
    out = worth[paid].groupby(ledger["term"][paid]).sum()
    back = worth[taken].groupby(ledger["term"][taken]).sum()
    rows = [(f"{term.replace('_', ' ')}, paid", amount(float(value))) for term, value in _named(out)]
    rows += [(f"{term.replace('_', ' ')}, received", amount(float(value))) for term, value in _named(back)]
    return grid(rows, right="<>")


def _named(values: pd.Series[float]) -> Iterable[tuple[str, float]]:
    kept = ("draw", "repay", "emergency_draw", "emergency_repay")
    return [(str(term), float(value)) for term, value in values.items() if term not in kept]


def _loans(plan: Plan, firms: frozenset[str]) -> list[str]:
    loans = plan.tables["loans"]
    own = loans[loans["firm"].isin(firms)]
    if not len(own):
        return []
    rows: list[tuple[str, ...]] = [("loan", "guaranteed", "drawn in all", "highest balance")]
    for (loan, guaranteed), part in own.groupby(["loan", "guaranteed"]):
        peak = part.groupby("period")["balance"].sum().max()
        rows.append(
            (str(loan), "yes" if guaranteed else "no", amount(float(part["draw"].sum())), amount(peak))
        )
    cost = plan.ledger[plan.ledger["payer"].isin(firms) & plan.ledger["term"].isin(FINANCE)]["amount"].sum()
    return [*grid(rows, right="<<>>"), f"{INDENT}financing costs you {amount(float(cost))}"]


def _bill(network: Network, plan: Plan, sharing: Sharing, player: str) -> list[str]:
    bill = sharing.prices.bills.to_dict("index")[player]
    own = sharing.prices.use.loc[player].to_numpy(float)
    rows: list[tuple[str, ...]] = [("item", "place", "your use", "price", "you pay")]
    items = sharing.prices.items.itertuples(index=False)
    for (item, place, unit, _, price), used in zip(items, own, strict=True):
        if used > 0:
            rows.append((item, place, amount(used, unit), f"{price:,.4f}", amount(used * price)))
    rows.append(("all items", "", "", "", amount(float(bill["tariff"]))))
    rows.append(("part of turnover", "", "", "", amount(float(bill["turnover"]))))
    rows.append(("true-up at the end", "", "", "", amount(float(bill["trueup"]))))
    return grid(rows, right="<<>>>")


def _others(sharing: Sharing, player: str) -> list[str]:
    others = [name for name in sharing.players if name != player]
    if len(others) < FEWEST:
        return [f"{INDENT}not told: there are fewer than {FEWEST} of them"]
    shares = math.fsum(sharing.shares[name] for name in others)
    highest = [sharing.alone[name].upper for name in others]
    rows = [("they pay", amount(_rounded(shares)))]
    if all(cost is not None for cost in highest):
        alone = math.fsum(cost for cost in highest if cost is not None)
        rows.append(("alone it would cost them at most", amount(_rounded(alone))))
        if alone > 0:
            rows.append(("they save at most", percent(1 - shares / alone, 0)))
    return grid(rows, right="<>")


def _rounded(value: float) -> float:
    """Two significant digits."""
    return 0.0 if value == 0 else round(value, 1 - math.floor(math.log10(abs(value))))
