"""Lanes and hubs: containers, loose cargo, capacities, CO2."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ...instances.findings import Finding
from ...instances.tables import Container, HubFamily, HubLevel, LaneContainer, State, Stock
from ..ledger_facts import Frame
from . import tolerance
from .case import Case, report, summed

TRIP = ["lane", "period"]


def containers(case: Case) -> Iterator[Finding]:
    """Containers and loose cargo hold the volume and the weight of everything on a lane."""
    lanes = case.facts.lanes
    boxed = set(case.facts.frame(LaneContainer)["lane"])
    sized = lanes[lanes["loose_rate_kg"].notna() | lanes.index.isin(boxed)]
    loads = case.loads("shipments")
    loads = loads[loads["lane"].isin(sized.index)]
    rows = summed(loads, TRIP, "m3", "load_m3").merge(summed(loads, TRIP, "kg", "load_kg"), on=TRIP)
    rows = rows.merge(_room(case), on=TRIP, how="left").fillna({"m3": 0.0, "kg": 0.0})
    over = tolerance.exceeds(rows["load_m3"], rows["m3"], tolerance.QUANTITY)
    cause = "{load_m3:,.6g} m3 are sent, containers and loose cargo hold {m3:,.6g} m3"
    remedy = "book another container or loose cargo, or send less"
    yield from report(rows[over], "container-volume", "containers", TRIP, cause, remedy)
    over = tolerance.exceeds(rows["load_kg"], rows["kg"], tolerance.WEIGHT)
    cause = "{load_kg:,.6g} kg are sent, containers and loose cargo carry {kg:,.6g} kg"
    yield from report(rows[over], "container-weight", "containers", TRIP, cause, remedy)


def _room(case: Case) -> Frame:
    boxes = case.tables["containers"]
    types = case.facts.by_key(Container)[["volume_m3", "weight_kg"]]
    boxes = boxes.join(types, on="container")
    boxes = boxes.assign(m3=boxes["boxes"] * boxes["volume_m3"], kg=boxes["boxes"] * boxes["weight_kg"])
    loose = case.tables["loose"]
    per_m3 = loose["lane"].map(case.facts.lanes["loose_kg_m3"])
    loose = loose.assign(m3=loose["chargeable_kg"] / per_m3, kg=loose["chargeable_kg"])
    room = pd.concat([boxes[[*TRIP, "m3", "kg"]], loose[[*TRIP, "m3", "kg"]]], ignore_index=True)
    return summed(room, TRIP, "m3", "m3").merge(summed(room, TRIP, "kg", "kg"), on=TRIP)


def lane_limits(case: Case) -> Iterator[Finding]:
    """Goods and containers stay within what a lane can take in a period."""
    rows = summed(case.loads("shipments"), TRIP, "m3").join(case.facts.lanes["capacity_m3_month"], on="lane")
    rows = rows.assign(limit=rows["capacity_m3_month"] * case.facts.days(rows["period"]) / 30.0)
    over = tolerance.exceeds(rows["used"], rows["limit"], tolerance.QUANTITY)
    cause = "{used:,.6g} m3 are sent, the lane takes {limit:,.6g} m3"
    yield from report(rows[over], "lane-capacity", "shipments", TRIP, cause, "send less on this lane")
    offers = case.facts.frame(LaneContainer)[["lane", "container", "max_month"]]
    boxes = case.tables["containers"].merge(offers, on=["lane", "container"])
    most = np.floor(boxes["max_month"] * case.facts.days(boxes["period"]) / 30.0 + 1e-9)
    boxes = boxes.assign(limit=most)
    cause = "{boxes} containers are booked, at most {limit:g} are to be had"
    keys = ["lane", "container", "period"]
    over = boxes["boxes"] > boxes["limit"]
    yield from report(boxes[over], "box-limit", "containers", keys, cause, "book fewer", "boxes")


def hub_capacity(case: Case) -> Iterator[Finding]:
    """Hubs with levels take in goods only when open, and no more than their level."""
    levels = case.facts.frame(HubLevel)
    opened = case.tables["hubs"].merge(levels, on=["hub", "level"])
    loads = case.loads("hauls")
    loads = loads[loads["hub"].isin(levels["hub"])]
    keys = ["hub", "period"]
    used = summed(loads, keys, "m3").merge(_level_room(opened, ["hub"]), on="hub", how="left")
    shut = used["most"].isna() & (used["used"] > tolerance.QUANTITY)
    cause = "{used:,.6g} m3 are taken in, but no level of the hub is open"
    yield from report(used[shut], "hub-closed", "hauls", keys, cause, "open a level or use another hub")
    yield from _over_month(case, used, keys, "hub-capacity", "the open level takes {limit:,.6g} m3")
    families = case.tables["hubs"].merge(case.facts.frame(HubFamily), on=["hub", "level"])
    keys = ["hub", "family", "period"]
    room = _level_room(families, ["hub", "family"])
    used = summed(loads, keys, "m3").merge(room, on=["hub", "family"])
    yield from _over_month(case, used, keys, "hub-family-capacity", "the level takes {limit:,.6g} m3 of it")


def _level_room(levels: Frame, keys: list[str]) -> Frame:
    """Most m3 a month of open levels; infinite where a level has no limit."""
    sizes = levels.assign(most=levels["capacity_m3_month"].fillna(np.inf))
    return summed(sizes, keys, "most", "most")


def _over_month(case: Case, used: Frame, keys: list[str], code: str, limit: str) -> Iterator[Finding]:
    rows = used.assign(limit=used["most"] * case.facts.days(used["period"]) / 30.0)
    rows = rows[np.isfinite(rows["limit"])]
    over = tolerance.exceeds(rows["used"], rows["limit"], tolerance.QUANTITY)
    cause = f"{{used:,.6g}} m3 are taken in, {limit}"
    yield from report(rows[over], code, "hauls", keys, cause, "take in less, or open a larger level")


def hub_levels(case: Case) -> Iterator[Finding]:
    """A hub has one level at most, and one if it is forced open."""
    counts = case.tables["hubs"].groupby("hub").size().rename("count").reset_index()
    cause = "{count} levels of the hub are open, it can have one"
    yield from report(counts[counts["count"] > 1], "two-levels", "hubs", ["hub"], cause, "keep one level")
    hubs = case.facts.open_hubs
    forced = hubs[(hubs["state"] == State.FORCED) & hubs.index.isin(case.facts.frame(HubLevel)["hub"])]
    shut = forced[~forced.index.isin(counts["hub"])]
    cause = "the hub must be open, but has no level"
    yield from report(shut, "forced-hub", "hubs", ["hub"], cause, "open one of its levels")


def hub_storage(case: Case) -> Iterator[Finding]:
    """Goods held over fit the hub; a hub without storage holds only its opening and target stock."""
    loads = case.loads("holds").join(case.facts.open_hubs["storage_m3"].rename("limit"), on="hub")
    stocks = case.facts.frame(Stock)
    stocks = stocks[(stocks["opening"] > 0) | (stocks["target"] > 0)]
    kept = pd.MultiIndex.from_frame(stocks[["product", "place"]])
    allowed = pd.MultiIndex.from_frame(loads[["product", "hub"]]).isin(kept) & (loads["limit"] == 0)
    used = summed(loads[~allowed], ["hub", "period", "limit"], "m3")
    over = tolerance.exceeds(used["used"], used["limit"], tolerance.QUANTITY)
    cause = "{used:,.6g} m3 are held over, the hub stores {limit:,.6g} m3"
    yield from report(used[over], "hub-storage", "holds", ["hub", "period"], cause, "send goods on earlier")


def co2(case: Case) -> Iterator[Finding]:
    """Emissions stay under their cap."""
    cap = case.facts.settings.co2_cap
    total = float(case.facts.emissions(case.tables)["kg"].sum())
    if cap is not None and tolerance.exceeds(total, cap, tolerance.WEIGHT):
        row = pd.DataFrame({"total": [total], "cap": [cap], "name": ["co2"]})
        cause = "{total:,.6g} kg CO2e are emitted, the cap is {cap:,.6g} kg"
        yield from report(row, "co2-cap", "shipments", ["name"], cause, "use cleaner ways or send less")


def shipment_columns(case: Case) -> Iterator[Finding]:
    """Firm, volume, weight and lane share of a shipment follow from its product and quantity."""
    ships = case.tables["shipments"]
    real = case.facts.shipment_columns(ships)
    keys = ["product", "lane", "period"]
    rows = ships.assign(real=real["firm"])
    cause = "the product is made by {real}"
    wrong = rows[rows["firm"] != rows["real"]]
    yield from report(wrong, "shipment-firm", "shipments", keys, cause, "name the maker", "firm")
    for column in ("volume_m3", "weight_kg", "lane_share"):
        rows = ships.assign(real=real[column])
        wrong = rows[tolerance.apart(rows[column], rows["real"], tolerance.ROUNDING)]
        cause = f"{column} is {{{column}:.10g}}, it should be {{real:.10g}}"
        remedy = "recompute it from product and quantity"
        yield from report(wrong, "shipment-" + column.split("_")[0], "shipments", keys, cause, remedy, column)


RULES = (containers, lane_limits, hub_capacity, hub_levels, hub_storage, co2, shipment_columns)
