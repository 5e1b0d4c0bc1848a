"""What secures each firm's loans: goods by the state they are in, and claims."""

from __future__ import annotations

import pandas as pd

from ..instances.network import Network
from ..instances.tables import Pipeline, Stock
from .ledger_facts import Facts, Frame, Tables, complete
from .plan import empty

KEYS = ["firm", "kind", "period", "source", "place"]


def collateral(network: Network, tables: Tables) -> Frame:
    """The plan table ``collateral``: what stands behind the loans of each firm, kind and period.

    Only for firms, kinds and periods with a balance; ``value`` in network currency, goods at cost.
    """
    return behind_loans(Facts(network), complete(tables))


def behind_loans(facts: Facts, tables: Tables) -> Frame:
    """The same for facts and complete tables at hand."""
    if not len(tables["loans"]):
        return empty("collateral")
    return behind(tables["loans"], facts, held(facts, tables))


def behind(loans: Frame, facts: Facts, values: Frame) -> Frame:
    """The rows of ``held`` whose firm, kind and period has a balance."""
    loans = loans.join(facts.loans["kind"], on="loan")
    borrowed = loans[loans["balance"] > 0][["firm", "kind", "period"]].drop_duplicates()
    return values.merge(borrowed, on=["firm", "kind", "period"])


def held(facts: Facts, tables: Tables) -> Frame:
    """Collateral of every firm and kind at the end of each period, loans or not."""
    parts = [
        _orders(facts, tables, entering=False),
        _transit(facts, tables),
        _stored(facts, tables),
        _receivables(facts, tables),
        _vouchers(facts),
    ]
    return _summed(parts)


def entering(facts: Facts, tables: Tables) -> Frame:
    """Collateral of every firm and kind that arises in each period."""
    parts = [
        _orders(facts, tables, entering=True),
        _own_period(_transit(facts, tables)),
        _taken_in(facts, tables),
        _own_period(_receivables(facts, tables)),
        _own_period(_vouchers(facts)),
    ]
    return _summed(parts)


def _summed(parts: list[Frame]) -> Frame:
    rows = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    if not len(rows):
        return empty("collateral")
    rows = rows.assign(period=rows["period"].astype("int64"))
    rows = rows[rows["value"] > 0]
    sums = rows.groupby(KEYS)["value"].sum().reset_index()
    return sums.astype({c: object for c in KEYS if c != "period"})


def _own_period(frame: Frame) -> Frame:
    return frame[frame["event"] == frame["period"]]


def _rows(frame: Frame, kind: str, source: str, place: str, value: pd.Series[float]) -> Frame:
    rows = frame.assign(kind=kind, source=frame[source], place=frame[place], value=value)
    return rows[[*KEYS, "value", *(["event"] if "event" in rows else [])]]


def _cost(facts: Facts, frame: Frame, period: str) -> pd.Series[float]:
    """Value at cost in network currency at the rate of the period in that column."""
    product = facts.products.reindex(frame["product"]).set_index(frame.index)
    value: pd.Series[float] = product["cost"] * facts.fx(product["currency"], frame[period])
    return value


def _goods(facts: Facts, frame: Frame) -> Frame:
    frame = frame[[c for c in frame if c != "firm"]]
    return frame.join(facts.products[["firm", "order_share", "order_days"]], on="product")


def _orders(facts: Facts, tables: Tables, *, entering: bool) -> Frame:
    """Orders confirmed and not yet taken in, valued when they are made."""
    hauls = _goods(facts, tables["hauls"])
    hauls = hauls.assign(value=_cost(facts, hauls, "period") * hauls["order_share"] * hauls["quantity"])
    confirmed = facts.spread(hauls, -hauls["order_days"])
    confirmed = confirmed[confirmed["period"] < confirmed["event"]]
    if not entering and len(confirmed):
        later = pd.DataFrame({"end": list(facts.calendar.periods)})
        confirmed = confirmed.merge(later, how="cross")
        confirmed = confirmed[
            (confirmed["end"] >= confirmed["period"]) & (confirmed["end"] < confirmed["event"])
        ]
        confirmed = confirmed.assign(period=confirmed["end"])
    return _rows(confirmed, "order", "product", "hub", confirmed["value"] * confirmed["share"])


def _transit(facts: Facts, tables: Tables) -> Frame:
    ships = _goods(facts, tables["shipments"])
    ships = ships.join(facts.lanes[["lead", "controlled"]], on="lane")
    ships = ships[ships["controlled"].astype(bool)]
    ships = ships.assign(value=_cost(facts, ships, "period") * ships["quantity"])
    waiting = facts.pending(ships, ships["lead"])
    return _rows(waiting, "transit", "product", "lane", waiting["value"] * waiting["share"])


def _stored(facts: Facts, tables: Tables) -> Frame:
    hubs = tables["holds"].assign(controlled=tables["holds"]["hub"].map(facts.open_hubs["controlled"]))
    stock = tables["stock"]
    stock = stock.assign(controlled=stock["warehouse"].map(facts.open_warehouses["controlled"]))
    parts = [hubs.rename(columns={"hub": "place"}), stock.rename(columns={"warehouse": "place"})]
    return _warehoused(facts, pd.concat(parts, ignore_index=True))


def _warehoused(facts: Facts, goods: Frame) -> Frame:
    goods = _goods(facts, goods[goods["controlled"].astype(bool)])
    value = _cost(facts, goods, "period") * goods["quantity"]
    return _rows(goods, "warehouse", "product", "place", value)


def _taken_in(facts: Facts, tables: Tables) -> Frame:
    """What enters controlled hubs and warehouses; in period 1 the opening stock too."""
    hauls = tables["hauls"].rename(columns={"hub": "place"})
    ships = tables["shipments"].join(facts.lanes[["lead", "warehouse"]], on="lane")
    arrived = facts.spread(ships, ships["lead"])
    arrived = arrived.assign(place=arrived["warehouse"], quantity=arrived["quantity"] * arrived["share"])
    due = facts.frame(Pipeline).assign(place=lambda f: f["warehouse"])
    opening = facts.frame(Stock).assign(period=1, quantity=lambda f: f["opening"])
    columns = ["product", "place", "period", "quantity"]
    goods = pd.concat([part[columns] for part in (hauls, arrived, due, opening)], ignore_index=True)
    controlled = pd.concat([facts.open_hubs["controlled"], facts.open_warehouses["controlled"]])
    goods = goods[goods["place"].isin(controlled.index)].assign(period=lambda f: f["period"].astype(int))
    return _warehoused(facts, goods.assign(controlled=goods["place"].map(controlled)))


def _receivables(facts: Facts, tables: Tables) -> Frame:
    receipts = tables["receipts"].merge(facts.channel_terms, on=["zone", "channel"])
    waiting = facts.pending(receipts, receipts["delay"])
    value = waiting["amount"] * (1.0 - waiting["fee_rate"]) * waiting["share"]
    return _rows(waiting, "receivable", "channel", "zone", value)


def _vouchers(facts: Facts) -> Frame:
    trades = facts.rated_trades.assign(firm=lambda f: f["supplier"])
    waiting = facts.pending(trades, trades["credit_days"])
    return _rows(waiting, "voucher", "trade", "buyer", waiting["amount"] * waiting["share"])
