"""The sections of a summary about goods: leases, hubs, bookings, service to the buyers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from ..instances.tables import Contract, Demand, HubLevel, Mode, Product, Service, Tier, Warehouse
from .summary_view import View, name, rest, volume
from .text import INDENT, amount, grid, percent, plural

SHOWN_LEASES = 14
SHOWN_LANES = 12
SHOWN_UNMET = 3
MOST_COLUMNS = 12
"""Most stretches of time side by side."""


@dataclass(frozen=True)
class Stay:
    """Terms of one tier at one warehouse that follow each other."""

    warehouse: str
    tier: str
    start: int
    end: int
    terms: int = 1


def stays(leases: pd.DataFrame) -> list[Stay]:
    """The leases of a plan, those that follow each other joined, in order of their start."""
    joined: list[Stay] = []
    ordered = leases.sort_values(["warehouse", "start"])
    for warehouse, tier, start, end in ordered[["warehouse", "tier", "start", "end"]].to_numpy().tolist():
        last = joined[-1] if joined else None
        if last and (last.warehouse, last.tier, last.end + 1) == (warehouse, tier, start):
            joined[-1] = replace(last, end=end, terms=last.terms + 1)
        else:
            joined.append(Stay(warehouse, tier, start, end))
    return sorted(joined, key=lambda stay: (stay.start, stay.warehouse))


def leases(view: View) -> list[str]:
    """One row a lease (warehouse, tier, dates, rent), then third-party storage paid per use."""
    found = stays(view.tables["leases"])
    head = ("warehouse", "in", "tier", "storage", "from", "to", "rent a month", f"rent in {view.currency}")
    rows = [_lease(view, stay) for stay in found[:SHOWN_LEASES]]
    left = found[SHOWN_LEASES:]
    lines = grid([head, *rows], right="<<<><<>>") if rows else [f"{INDENT}no warehouse"]
    more = rest(len(left), "leases", "leases", sum(rent(view, stay) for stay in left), view.currency)
    return [*lines, *more, *_per_use(view)]


def _lease(view: View, stay: Stay) -> tuple[str, ...]:
    place, tier = view.warehouses[stay.warehouse], tier_of(view, stay)
    size = f"{amount(tier.storage_m3)} m3" if tier.storage_m3 is not None else "no limit"
    terms = f" ({stay.terms} terms)" if stay.terms > 1 else ""
    monthly = amount(tier.rent_month, place.currency or view.currency)
    until = f"{view.last_day(stay.end)}{_after(view, stay, tier)}{terms}"
    label = name(place, stay.warehouse)
    return (
        label,
        place.country,
        stay.tier,
        size,
        view.day(stay.start),
        until,
        monthly,
        amount(rent(view, stay)),
    )


def tier_of(view: View, stay: Stay) -> Tier:
    return view.network.by_key(Tier)[stay.warehouse, stay.tier]


def _after(view: View, stay: Stay, tier: Tier) -> str:
    """How far the committed term goes on after the horizon."""
    if stay.end < view.last or tier.term_periods is None:
        return ""
    starts = view.tables["leases"]
    mine = starts[(starts["warehouse"] == stay.warehouse) & (starts["tier"] == stay.tier)]["start"]
    beyond = int(mine.max()) + tier.term_periods - 1 - view.last
    return f" + {plural(beyond, 'period')}" if beyond > 0 else ""


def rent(view: View, stay: Stay) -> float:
    """Rent and building cost of a stay in network currency."""
    paid = view.ledger
    mine = paid["term"].isin(["rent", "building"]) & (paid["place"] == stay.warehouse)
    return float(paid.loc[mine & paid["period"].between(stay.start, stay.end), "amount"].sum())


def _per_use(view: View) -> list[str]:
    used = [view.warehouses[w] for w in view.tables["sites"]["warehouse"]]
    shared = [row for row in used if row.contract is Contract.PER_USE]
    if not shared:
        return []
    places = ", ".join(f"{name(row, row.warehouse)} {row.country}".strip() for row in shared)
    return [f"{INDENT}paid per use, no lease: {places}"]


def hubs(view: View) -> list[str]:
    """One row a hub: level, goods taken in, most in a month, cost."""
    hauls = view.tables["hauls"].assign(m3=volume(view, "hauls"))
    taken = hauls.groupby("hub")["m3"].sum()
    levels = dict(zip(view.tables["hubs"]["hub"], view.tables["hubs"]["level"], strict=True))
    rows = [
        (
            name(view.hubs[hub], hub),
            level := levels.get(hub, ""),
            _capacity(view, hub, level),
            f"{amount(float(taken.get(hub, 0.0)))} m3",
            amount(view.paid(["hub_fixed"], place=hub)),
        )
        for hub in sorted({*taken.index, *levels})
    ]
    head = ("hub", "level", "capacity a month", "takes in", f"opening and running in {view.currency}")
    return grid([head, *rows], right="<<>>>") if rows else []


def _capacity(view: View, hub: str, level: str) -> str:
    row = view.network.by_key(HubLevel).get((hub, level))
    return f"{amount(row.capacity_m3_month)} m3" if row and row.capacity_m3_month is not None else "no limit"


def bookings(view: View) -> list[str]:
    """Containers and loose cargo by lane, and by stretch of time over all lanes."""
    lanes = lanes_in_use(view)
    if lanes.empty:
        return []
    head = (
        "from",
        "to",
        "by",
        "containers",
        "loose",
        f"freight in {view.currency}",
        "first",
        "last departure",
    )
    rows = [_lane(view, lane, row) for lane, row in lanes.head(SHOWN_LANES).iterrows()]
    left = lanes.iloc[SHOWN_LANES:]
    more = rest(len(left), "lanes", "containers", float(left["cost"].sum()), view.currency)
    return [*grid([head, *rows], right="<<<<>>"), *more, *_by_time(view), *_fill(view)]


def lanes_in_use(view: View) -> pd.DataFrame:
    """Lanes in use, the dearest first: cost and the periods of the first and last departure.

    A lane is in use where goods go or where containers are booked and paid, empty ones too.
    """
    terms = view.ledger["term"].isin(["freight_boxes", "freight_loose", "freight_rate"])
    cost = view.ledger[terms].groupby("lane")["amount"].sum()
    booked = pd.concat(
        [view.tables[table][["lane", "period"]] for table in ("shipments", "containers", "loose")]
    )
    spans = booked.groupby("lane")["period"].agg(["min", "max"])
    return spans.assign(cost=cost.reindex(spans.index).fillna(0.0)).sort_values("cost", ascending=False)


def _lane(view: View, lane: object, row: pd.Series) -> tuple[str, ...]:
    way = view.lanes[str(lane)]
    boxes = view.tables["containers"]
    counts = boxes[boxes["lane"] == lane].groupby("container")["boxes"].sum()
    booked = ", ".join(f"{count} x {kind}" for kind, count in counts.items())
    loose = view.tables["loose"]
    tonnes = float(loose[loose["lane"] == lane]["chargeable_kg"].sum()) / 1000
    hub, warehouse = view.hubs[way.hub], view.warehouses[way.warehouse]
    return (
        name(hub, way.hub),
        name(warehouse, way.warehouse),
        f"{way.mode}",
        booked or "-",
        f"{amount(tonnes)} t" if tonnes else "-",
        amount(float(row["cost"])),
        view.day(int(row["min"])),
        view.day(int(row["max"])),
    )


def _by_time(view: View) -> list[str]:
    """Containers, loose cargo and air freight over all lanes, by stretches of equally many periods."""
    step = -(-view.last // MOST_COLUMNS)
    starts = range(1, view.last + 1, step)
    air = {lane for lane, row in view.lanes.items() if row.mode is Mode.AIR}
    boxes, loose = view.tables["containers"], view.tables["loose"]
    flying = loose["lane"].isin(air)
    rows = [("departures from", *(view.day(start).rsplit(" ", 1)[0] for start in starts), "total")]
    for label, frame, column, scale in (
        ("containers", boxes, "boxes", 1.0),
        ("loose cargo, t", loose[~flying], "chargeable_kg", 1000.0),
        ("air freight, t", loose[flying], "chargeable_kg", 1000.0),
    ):
        sums = [
            float(frame.loc[frame["period"].between(start, start + step - 1), column].sum()) / scale
            for start in starts
        ]
        if any(sums):
            rows.append((label, *(amount(value) if value else "-" for value in sums), amount(sum(sums))))
    return grid(rows, right="<" + ">" * (len(starts) + 1))


def _fill(view: View) -> list[str]:
    fill = view.plan.kpis.get("container_fill") or {}
    if fill.get("volume") is None:
        return []
    by_volume, by_weight = percent(fill["volume"], 0), percent(fill["weight"], 0)
    return [f"{INDENT}containers are {by_volume} full by volume, {by_weight} by weight"]


def service(view: View) -> list[str]:
    """How much of the demand is served from which warehouse, by parcel, and not at all, and why."""
    demand = demand_m3(view)
    found = ways(view)
    if not demand or not found:
        return []
    rows = [
        (
            way.name,
            f"{amount(way.m3)} m3",
            percent(way.m3 / demand),
            "" if way.days is None else f"{way.days:.1f}",
        )
        for way in found
    ]
    average = view.plan.kpis.get("average_delivery_days")
    total = (
        "all demand",
        f"{amount(demand)} m3",
        percent(1.0),
        f"{average:.1f}" if average is not None else "",
    )
    return [
        *grid([("through", "volume", "share", "days to the buyer"), *rows, total], right="<>>>"),
        *_unmet(view),
    ]


def demand_m3(view: View) -> float:
    sizes = {row.product: row.volume_m3 for row in view.network.rows(Product)}
    return float(sum(row.quantity * sizes[row.product] for row in view.network.rows(Demand)))


@dataclass(frozen=True)
class Way:
    """A way to the buyers: plan table, identifier, name, m3, average days (None: never arrives)."""

    table: str
    key: str
    name: str
    m3: float
    days: float | None


def ways(view: View) -> list[Way]:
    """Each warehouse, each parcel service, and last what is not served (named ``not served``)."""
    services = view.network.by_key(Service)
    found = []
    for table, column in (("deliveries", "warehouse"), ("parcels", "service")):
        frame = view.tables[table].assign(m3=volume(view, table))
        frame = frame.assign(late=frame["m3"] * frame["days"])
        sums = frame.groupby(column)[["m3", "late"]].sum().sort_values("m3", ascending=False)
        for key, row in sums.iterrows():
            known: Warehouse | Service | None = (
                view.warehouses[str(key)] if column == "warehouse" else services.get(str(key))
            )
            m3 = float(row["m3"])
            found.append(Way(table, str(key), name(known, str(key)), m3, float(row["late"]) / m3))
    unmet = float(volume(view, "unmet").sum())
    return [*found, Way("unmet", "", "not served", unmet, None)] if unmet else found


def _unmet(view: View) -> list[str]:
    frame = view.tables["unmet"].assign(m3=volume(view, "unmet"))
    if frame.empty:
        return []
    reasons = frame.groupby("reason")["m3"].sum().sort_values(ascending=False)
    lines = [f"{INDENT}not served, {amount(float(m3))} m3: {why}" for why, m3 in reasons.items()]
    frame = frame.assign(pair=frame["product"] + " in " + frame["market"])
    worst = frame.groupby("pair")["m3"].sum().sort_values(ascending=False)
    names = ", ".join(f"{pair} ({amount(float(m3))} m3)" for pair, m3 in worst.head(SHOWN_UNMET).items())
    return [*lines, f"{INDENT}most of it: {names}; all in unmet.csv"]
