"""Ledger lines of goods: making, moving, storing and selling them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ..instances.tables import (
    Duty,
    Haulage,
    Hub,
    HubLevel,
    LaneContainer,
    LastMile,
    Market,
    ParcelRate,
    Sale,
    State,
    Stock,
    Warehouse,
)
from .ledger_facts import Facts, Frame, Tables
from .ledger_lines import Lines, lines
from .plan import OPERATOR

GOODS = ("hauls", "holds", "shipments", "stock", "deliveries", "parcels", "unmet")
"""Plan tables with a product."""


def goods_lines(facts: Facts, tables: Tables) -> Iterator[Lines]:
    """Lines of every term of the money of goods."""
    goods = {name: _of_product(facts, tables[name]) for name in GOODS}
    yield from _making(facts, goods)
    yield from _hubs(facts, goods, tables)
    yield from _freight(facts, goods, tables)
    yield from _arrivals(facts, goods["shipments"])
    yield from _warehouses(facts, goods)
    yield from _leases(facts, tables)
    yield from _delivery(facts, goods["deliveries"])
    yield from _parcels(facts, goods["parcels"])
    yield from _selling(facts, goods, tables)
    yield from _carbon_and_capital(facts, goods, tables)
    rent = tables["subsidies"]
    rent = rent[rent["beneficiary"] == OPERATOR].assign(place="")
    yield lines("rent_subsidy", rent, "treasury", OPERATOR, rent["amount"], "money", 1.0)


def _of_product(facts: Facts, frame: Frame) -> Frame:
    """Rows of (product, …) with what the product's row says; its currency is ``product_currency``."""
    columns = ["firm", "cluster", "family", "volume_m3", "weight_kg", "cost", "declared", "currency"]
    columns += ["pay_days", "refund_rate", "refund_days", "salvage", "orders_per_unit"]
    facts_of = facts.products[columns].rename(columns={"currency": "product_currency"})
    return frame[[c for c in frame if c not in columns]].join(facts_of, on="product")


def _cost(facts: Facts, frame: Frame) -> pd.Series[float]:
    """Production cost of a unit in network currency, at the rate of the row's period."""
    value: pd.Series[float] = frame["cost"] * facts.fx(frame["product_currency"], frame["period"])
    return value


def _making(facts: Facts, goods: Tables) -> Iterator[Lines]:
    hauls = goods["hauls"].assign(place=goods["hauls"]["hub"])
    parcels = goods["parcels"].assign(place="")
    made = pd.concat([hauls, parcels], ignore_index=True)
    paid = facts.spread(made, -made["pay_days"] if facts.settings.money else 0.0, settled=True)
    yield lines(
        "production",
        paid,
        paid["firm"],
        "suppliers",
        paid["quantity"] * paid["share"],
        "unit",
        _cost(facts, paid),
    )
    hauls = hauls.merge(
        facts.frame(Haulage)[["cluster", "hub", "currency", "cost_m3"]], on=["cluster", "hub"]
    )
    rate = hauls["cost_m3"] * facts.fx(hauls["currency"], hauls["period"])
    yield lines(
        "haulage", hauls, hauls["firm"], "carriers", hauls["volume_m3"] * hauls["quantity"], "m3", rate
    )


def _hubs(facts: Facts, goods: Tables, tables: Tables) -> Iterator[Lines]:
    hubs = facts.by_key(Hub)
    prices = hubs[["currency", "handling_m3", "clearance_m3", "storage_m3_day", "state"]]
    hauls = goods["hauls"].assign(place=goods["hauls"]["hub"]).join(prices, on="hub")
    rate = (hauls["handling_m3"] + hauls["clearance_m3"]) * facts.fx(hauls["currency"], hauls["period"])
    yield lines("hub_handling", hauls, OPERATOR, "hubs", hauls["volume_m3"] * hauls["quantity"], "m3", rate)
    holds = goods["holds"].assign(place=goods["holds"]["hub"]).join(prices, on="hub")
    quantity = facts.days(holds["period"]) * holds["volume_m3"] * holds["quantity"]
    rate = holds["storage_m3_day"] * facts.fx(holds["currency"], holds["period"])
    yield lines("hub_storage", holds, OPERATOR, "hubs", quantity, "m3-day", rate)
    levels = facts.frame(HubLevel)[["hub", "level", "opening_cost", "operating_month"]]
    opened = tables["hubs"][["hub", "level"]].merge(levels, on=["hub", "level"]).join(prices, on="hub")
    opened = opened.assign(place=opened["hub"], period=1)
    new = opened[opened["state"] != State.EXISTING]
    rate = new["opening_cost"] * facts.fx(new["currency"], new["period"])
    yield lines("hub_fixed", new, OPERATOR, "hubs", 1.0, "opening", rate)
    periods = pd.DataFrame({"period": list(facts.calendar.periods)})
    running = opened.drop(columns="period").merge(periods, how="cross")
    rate = running["operating_month"] * facts.fx(running["currency"], running["period"])
    yield lines("hub_fixed", running, OPERATOR, "hubs", facts.days(running["period"]) / 30.0, "month", rate)


def _freight(facts: Facts, goods: Tables, tables: Tables) -> Iterator[Lines]:
    prices = facts.lanes[["currency", "rate_m3", "loose_rate_kg"]]
    boxes = tables["containers"].merge(
        facts.frame(LaneContainer)[["lane", "container", "cost"]], on=["lane", "container"]
    )
    boxes = boxes.join(prices, on="lane").assign(place=boxes["container"])
    rate = boxes["cost"] * facts.fx(boxes["currency"], boxes["period"])
    yield lines("freight_boxes", boxes, OPERATOR, "carriers", boxes["boxes"], "container", rate)
    loose = tables["loose"].join(prices, on="lane")
    rate = loose["loose_rate_kg"].fillna(0.0) * facts.fx(loose["currency"], loose["period"])
    yield lines("freight_loose", loose, OPERATOR, "carriers", loose["chargeable_kg"], "kg", rate)
    ships = goods["shipments"].join(prices, on="lane")
    rate = ships["rate_m3"] * facts.fx(ships["currency"], ships["period"])
    yield lines(
        "freight_rate", ships, OPERATOR, "carriers", ships["volume_m3"] * ships["quantity"], "m3", rate
    )


def _arrivals(facts: Facts, ships: Frame) -> Iterator[Lines]:
    ships = ships.join(facts.lanes[["warehouse", "zone", "lead"]], on="lane")
    duties = facts.frame(Duty)[["zone", "family", "rate"]]
    arrived = facts.spread(ships, ships["lead"]).assign(place=lambda f: f["warehouse"])
    cleared = arrived.merge(duties, on=["zone", "family"])
    value = cleared["declared"] * facts.fx(cleared["product_currency"], cleared["event"])
    quantity = cleared["quantity"] * cleared["share"]
    yield lines("duty", cleared, cleared["firm"], "customs", quantity, "unit", cleared["rate"] * value)
    prices = facts.by_key(Warehouse)[["currency", "handling_in_m3", "clearance_m3"]]
    arrived = arrived.join(prices, on="warehouse")
    rate = (arrived["handling_in_m3"] + arrived["clearance_m3"]) * facts.fx(
        arrived["currency"], arrived["period"]
    )
    quantity = arrived["volume_m3"] * arrived["quantity"] * arrived["share"]
    yield lines("warehouse_in", arrived, OPERATOR, "warehouses", quantity, "m3", rate)


def _warehouses(facts: Facts, goods: Tables) -> Iterator[Lines]:
    prices = facts.by_key(Warehouse)[["currency", "storage_m3_day", "handling_out_m3"]]
    stock = goods["stock"].assign(place=goods["stock"]["warehouse"]).join(prices, on="warehouse")
    quantity = facts.days(stock["period"]) * stock["volume_m3"] * stock["quantity"]
    rate = stock["storage_m3_day"] * facts.fx(stock["currency"], stock["period"])
    yield lines("storage", stock, OPERATOR, "warehouses", quantity, "m3-day", rate)
    out = goods["deliveries"].assign(place=goods["deliveries"]["warehouse"]).join(prices, on="warehouse")
    rate = out["handling_out_m3"] * facts.fx(out["currency"], out["period"])
    yield lines("warehouse_out", out, OPERATOR, "warehouses", out["volume_m3"] * out["quantity"], "m3", rate)


def _leases(facts: Facts, tables: Tables) -> Iterator[Lines]:
    prices = facts.by_key(Warehouse)[["currency", "setup_cost", "state"]]
    sites = tables["sites"].join(prices, on="warehouse").assign(place=tables["sites"]["warehouse"], period=1)
    sites = sites[sites["state"] != State.EXISTING]
    rate = sites["setup_cost"] * facts.fx(sites["currency"], sites["period"])
    yield lines("setup", sites, OPERATOR, "warehouses", 1.0, "site", rate)
    if not len(tables["leases"]):
        return
    rent = facts.lease_periods(tables["leases"]).assign(place=lambda f: f["warehouse"])
    rate = rent["rent_month"] * facts.fx(rent["currency"], rent["period"])
    yield lines("rent", rent, OPERATOR, "warehouses", rent["months"], "month", rate)
    built = rent[rent["period"] == rent["start"]]
    rate = built["capital_cost"] * facts.fx(built["currency"], built["period"])
    yield lines("building", built, OPERATOR, "warehouses", 1.0, "lease", rate)


def _delivery(facts: Facts, out: Frame) -> Iterator[Lines]:
    prices = facts.frame(LastMile)[["warehouse", "market", "currency", "cost_order", "cost_kg", "cost_m3"]]
    out = out.merge(prices, on=["warehouse", "market"])
    out = out.assign(place=out["market"])
    rate = out["orders_per_unit"] * out["cost_order"]
    rate = rate + out["weight_kg"] * out["cost_kg"] + out["volume_m3"] * out["cost_m3"]
    rate = rate * facts.fx(out["currency"], out["period"])
    yield lines("last_mile", out, out["firm"], "carriers", out["quantity"], "unit", rate)


def _parcels(facts: Facts, sent: Frame) -> Iterator[Lines]:
    if not len(sent):
        return
    columns = ["service", "market", "currency", "cost_order", "cost_kg", "volumetric_kg_m3"]
    sent = sent.merge(facts.frame(ParcelRate)[columns], on=["service", "market"])
    sent = sent.assign(place=sent["market"], zone=sent["market"].map(facts.by_key(Market)["zone"]))
    chargeable = np.maximum(sent["weight_kg"], sent["volume_m3"] * sent["volumetric_kg_m3"])
    rate = sent["orders_per_unit"] * sent["cost_order"] + chargeable * sent["cost_kg"]
    rate = rate * facts.fx(sent["currency"], sent["period"])
    yield lines("parcel", sent, sent["firm"], "carriers", sent["quantity"], "unit", rate)
    duties = facts.frame(Duty)[["zone", "family", "parcel_rate", "parcel_fee"]]
    sent = sent.merge(duties, on=["zone", "family"])
    value = sent["declared"] * facts.fx(sent["product_currency"], sent["period"])
    rate = sent["parcel_rate"] * value + sent["parcel_fee"] * sent["orders_per_unit"]
    yield lines("parcel_duty", sent, sent["firm"], "customs", sent["quantity"], "unit", rate)


def _selling(facts: Facts, goods: Tables, tables: Tables) -> Iterator[Lines]:
    if not facts.settings.money:
        sold = facts.sold(tables).assign(place=lambda f: f["market"])
        yield lines("sales", sold, "buyers", sold["firm"], sold["quantity"], "unit", sold["net"])
    terms = facts.frame(Sale)[["product", "market", "penalty"]]
    lost = goods["unmet"].merge(terms, on=["product", "market"]).assign(place=lambda f: f["market"])
    currency = lost["market"].map(facts.by_key(Market)["currency"])
    rate = lost["penalty"] * facts.fx(currency, lost["period"])
    yield lines("penalty", lost, lost["firm"], "buyers", lost["quantity"], "unit", rate)
    exported = pd.concat([goods["shipments"], goods["parcels"]], ignore_index=True)
    exported = exported.assign(lane=exported["lane"].fillna(""))
    paid = facts.spread(exported, exported["refund_days"] if facts.settings.money else 0.0)
    quantity = paid["quantity"] * paid["share"]
    rate = paid["refund_rate"] * _cost(facts, paid)
    yield lines("refund", paid, "treasury", paid["firm"], quantity, "unit", rate)
    yield _salvage(facts, goods)


def _salvage(facts: Facts, goods: Tables) -> Lines:
    left = pd.concat(
        [
            goods["stock"].rename(columns={"warehouse": "place"}),
            goods["holds"].rename(columns={"hub": "place"}),
        ]
    )
    left = left[left["period"] == facts.last]
    target = facts.frame(Stock)[["product", "place", "target"]]
    left = left.merge(target, on=["product", "place"], how="left")
    surplus = (left["quantity"] - left["target"].fillna(0.0)).clip(lower=0.0)
    rate = left["salvage"] * facts.fx(left["product_currency"], left["period"])
    return lines("salvage", left, "buyers", left["firm"], surplus, "unit", rate)


def _carbon_and_capital(facts: Facts, goods: Tables, tables: Tables) -> Iterator[Lines]:
    emitted = facts.emissions(tables)
    yield lines("co2", emitted, OPERATOR, "carbon", emitted["kg"], "kg", facts.settings.co2_price)
    if facts.settings.money:
        return
    ships = goods["shipments"].join(facts.lanes["lead"], on="lane")
    stock = goods["stock"].assign(place=goods["stock"]["warehouse"])
    holds = goods["holds"].assign(place=goods["holds"]["hub"])
    stay = [frame.assign(lead=facts.days(frame["period"])) for frame in (stock, holds)]
    kept = pd.concat([ships, *stay], ignore_index=True)
    kept = kept.assign(place=kept["place"].fillna(""), lane=kept["lane"].fillna(""))
    quantity = _cost(facts, kept) * kept["quantity"] * kept["lead"]
    rate = facts.settings.capital_rate / 365.0
    yield lines("capital", kept, kept["firm"], "capital", quantity, "money-day", rate)
