"""Balances of goods: demand, stock at hubs and warehouses, targets, safety stock, promises."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ...instances.calendar import AFTER
from ...instances.findings import Finding
from ...instances.tables import LastMile, ParcelRate, Pipeline, Product, Sale, Stock
from ..ledger_facts import Frame
from . import tolerance
from .case import Case, report, summed

SPOT = ["product", "market", "period"]


def demand(case: Case) -> Iterator[Finding]:
    """Deliveries, parcels and unmet demand add up to demand; unmet stays within its share."""
    parts = [case.tables[name][[*SPOT, "quantity"]] for name in ("deliveries", "parcels", "unmet")]
    served = summed(pd.concat(parts, ignore_index=True), SPOT, "quantity", "served")
    wanted = case.facts.demand[[*SPOT, "quantity", "unmet_share"]]
    rows = wanted.merge(served, on=SPOT, how="outer").fillna({"quantity": 0.0, "served": 0.0})
    off = tolerance.exceeds(
        (rows["served"] - rows["quantity"]).abs(), 0.0, tolerance.QUANTITY, rows["quantity"]
    )
    cause = "delivered, sent by parcel and unmet are {served:,.9g} units, demand is {quantity:,.9g}"
    yield from report(rows[off], "demand-balance", "demand", SPOT, cause, "serve the demand or call it unmet")
    lost = case.tables["unmet"].merge(wanted, on=SPOT, suffixes=("", "_wanted"))
    lost = lost.assign(limit=lost["unmet_share"] * lost["quantity_wanted"])
    over = tolerance.exceeds(lost["quantity"], lost["limit"], tolerance.QUANTITY, lost["quantity_wanted"])
    cause = "{quantity:,.6g} units are unmet, at most {limit:,.6g} may be"
    yield from report(lost[over], "unmet-limit", "unmet", SPOT, cause, "serve more of the demand", "quantity")
    silent = case.tables["unmet"]["reason"].str.strip() == ""
    rows = case.tables["unmet"][silent]
    yield from report(rows, "reason-missing", "unmet", SPOT, "no reason is given", "say why", "reason")


def promises(case: Case) -> Iterator[Finding]:
    """Delivery days are those of the way taken and keep the promise."""
    terms = case.facts.frame(Sale)[["product", "market", "promise_days"]]
    for name, kind, end in (("deliveries", LastMile, "warehouse"), ("parcels", ParcelRate, "service")):
        ways = case.facts.frame(kind)[[end, "market", "days"]].rename(columns={"days": "real"})
        rows = case.tables[name].merge(ways, on=[end, "market"]).merge(terms, on=["product", "market"])
        keys = ["product", end, "market", "period"]
        late = rows[rows["real"] > rows["promise_days"]]
        cause = "delivery takes {real:g} days, the promise is {promise_days:g}"
        yield from report(late, "promise-broken", name, keys, cause, "use a faster way", "days")
        wrong = rows[tolerance.apart(rows["days"], rows["real"])]
        cause = "days are {days:.9g}, the way takes {real:.9g}"
        yield from report(wrong, "delivery-days", name, keys, cause, "state the days of the way", "days")


def arrivals(case: Case) -> Iterator[Finding]:
    """Goods leave early enough to arrive within the horizon."""
    ships = case.tables["shipments"].join(case.facts.lanes["lead"], on="lane")
    trips = ships[["period", "lead"]].drop_duplicates()
    late = [
        (t, lead)
        for t, lead in trips.itertuples(index=False)
        if any(u == AFTER for u, _ in case.facts.calendar.split(int(t), float(lead)))
    ]
    rows = ships.merge(
        pd.DataFrame(late, columns=["period", "lead"]).astype(trips.dtypes), on=["period", "lead"]
    )
    rows = rows[rows["quantity"] > tolerance.QUANTITY]
    cause = "{quantity:,.6g} units leaving in period {period} take {lead:g} days and arrive after the horizon"
    keys = ["product", "lane", "period"]
    yield from report(rows, "arrives-too-late", "shipments", keys, cause, "send them earlier or not at all")


def balances(case: Case) -> Iterator[Finding]:
    """What is at a place is what was there, came in and did not leave."""
    yield from _balance(case, "holds", "hub", _hub_moves(case), "hub-balance")
    yield from _balance(case, "stock", "warehouse", _warehouse_moves(case), "stock-balance")


def _moves(frame: Frame, place: str, sign: float) -> Frame:
    return pd.DataFrame(
        {
            "product": frame["product"],
            "place": frame[place],
            "period": frame["period"],
            "move": sign * frame["quantity"],
        }
    )


def _hub_moves(case: Case) -> list[Frame]:
    ships = case.tables["shipments"]
    ships = ships.assign(hub=ships["lane"].map(case.facts.lanes["hub"]))
    return [_moves(case.tables["hauls"], "hub", 1.0), _moves(ships, "hub", -1.0)]


def _warehouse_moves(case: Case) -> list[Frame]:
    ships = case.tables["shipments"].join(case.facts.lanes[["warehouse", "lead"]], on="lane")
    arrived = case.facts.spread(ships, ships["lead"])
    arrived = arrived.assign(quantity=arrived["quantity"] * arrived["share"])
    due = case.facts.frame(Pipeline)
    due = due[due["warehouse"].isin(case.facts.open_warehouses.index)]
    return [
        _moves(arrived, "warehouse", 1.0),
        _moves(due, "warehouse", 1.0),
        _moves(case.tables["deliveries"], "warehouse", -1.0),
    ]


def _balance(case: Case, table: str, place: str, moves: list[Frame], code: str) -> Iterator[Finding]:
    held = case.tables[table]
    after = held.assign(period=held["period"] + 1)
    after = after[after["period"] <= case.facts.last]
    opening = _stocks(case, place).assign(
        period=1, quantity=lambda f: f["opening"], **{place: lambda f: f["place"]}
    )
    stays = [_moves(held, place, -1.0), _moves(after, place, 1.0), _moves(opening, place, 1.0)]
    parts = [part for part in (*moves, *stays) if len(part)]
    if not parts:
        return
    rows = pd.concat(parts, ignore_index=True)
    spots = rows.assign(size=rows["move"].abs()).groupby(["product", "place", "period"])
    sums = spots[["move", "size"]].sum().reset_index()
    off = tolerance.exceeds(sums["move"].abs(), 0.0, tolerance.QUANTITY, sums["size"])
    sums = sums.assign(
        amount=sums["move"].abs(), what=np.where(sums["move"] < 0, "come from nowhere", "vanish")
    )
    cause = "{amount:,.6g} units {what} at {place} in period {period}"
    remedy = "make what is held follow from what came in and left"
    yield from report(sums[off], code, table, ["product", "place", "period"], cause, remedy)


def _stocks(case: Case, place: str) -> Frame:
    places = case.facts.open_hubs if place == "hub" else case.facts.open_warehouses
    stocks = case.facts.frame(Stock)
    return stocks[stocks["place"].isin(places.index)]


def targets(case: Case) -> Iterator[Finding]:
    """What is left at the end is at least the target."""
    for table, place in (("holds", "hub"), ("stock", "warehouse")):
        held = case.tables[table]
        held = held[held["period"] == case.facts.last].rename(columns={place: "place"})
        rows = _stocks(case, place).merge(
            held[["product", "place", "quantity"]], on=["product", "place"], how="left"
        )
        rows = rows.fillna({"quantity": 0.0})
        short = tolerance.exceeds(rows["target"], rows["quantity"], tolerance.QUANTITY)
        cause = "{quantity:,.6g} units are left at the end, at least {target:,.6g} must be"
        keys = ["product", "place"]
        yield from report(rows[short], "below-target", table, keys, cause, "leave more in stock", "quantity")


def safety_stock(case: Case) -> Iterator[Finding]:
    """A period starts with enough days of its deliveries in stock."""
    keys = ["product", "warehouse", "period"]
    out = summed(case.tables["deliveries"], keys, "quantity", "delivered")
    out = out.assign(cover=out["product"].map(case.facts.by_key(Product)["safety_days"]))
    out = out.assign(needed=out["cover"] / case.facts.days(out["period"]) * out["delivered"])
    stock = case.tables["stock"]
    start = stock.assign(period=stock["period"] + 1)[[*keys, "quantity"]]
    opening = _stocks(case, "warehouse").assign(period=1).rename(columns={"place": "warehouse"})
    opening = opening.assign(quantity=opening["opening"])[[*keys, "quantity"]]
    rows = out.merge(pd.concat([start, opening], ignore_index=True), on=keys, how="left")
    rows = rows.fillna({"quantity": 0.0})
    short = tolerance.exceeds(rows["needed"], rows["quantity"], tolerance.QUANTITY)
    cause = "the period starts with {quantity:,.6g} units, {cover:g} days of deliveries need {needed:,.6g}"
    yield from report(rows[short], "safety-stock", "stock", keys, cause, "bring goods in earlier", "quantity")


RULES = (demand, promises, arrivals, balances, targets, safety_stock)
