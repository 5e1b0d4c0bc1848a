"""Sections about goods: places, shipping, service to the buyers, stock."""

from __future__ import annotations

import pandas as pd

from ...instances.tables import Contract, HubLevel, Market, Product, Tier
from ..kpis import container_loads
from ..summary_goods import Stay, Way, demand_m3, lanes_in_use, rent, stays, tier_of, ways
from ..summary_view import View, volume
from .case import Case, Figure, Section, timed
from .charts import Times, bars
from .table import Cell, Kind, Table

SHOWN_MARKETS = 24


def places(case: Case) -> Section:
    """Leases with dates, size, rent and fill; storage paid per use; hubs."""
    tables = (leases(case), _hubs(case))
    shared = [
        case.warehouse(w)
        for w in case.view.tables["sites"]["warehouse"]
        if case.view.warehouses[w].contract is Contract.PER_USE
    ]
    sentences = [case.words("places.per_use", names=case.words.join(shared))] if shared else []
    return Section("places", case.words("places"), sentences, (), tuple(t for t in tables if t.rows))


def leases(case: Case) -> Table:
    """One row a lease; terms that follow each other are one."""
    found = stays(case.view.tables["leases"])
    fill = lease_fill(case.view)
    columns = (
        case.column("warehouse"),
        case.column("country"),
        case.column("tier"),
        case.column("storage_m3", Kind.NUMBER),
        case.column("from", Kind.DATE),
        case.column("until", Kind.DATE),
        case.column("terms", Kind.COUNT),
        case.column("rent", Kind.MONEY, adds=True),
        case.column("average_fill", Kind.SHARE),
        case.column("peak_fill", Kind.SHARE),
    )
    rows = tuple(_lease(case, stay, fill.get(stay.warehouse)) for stay in found)
    return Table("leases", case.words("leases"), columns, rows, case.words("total"))


def _lease(case: Case, stay: Stay, fill: pd.DataFrame | None) -> tuple[Cell, ...]:
    place, tier = case.view.warehouses[stay.warehouse], tier_of(case.view, stay)
    average, peak = _fill_during(fill, stay)
    return (
        case.warehouse(stay.warehouse),
        place.country,
        stay.tier,
        case.words("no_limit") if tier.storage_m3 is None else tier.storage_m3,
        case.start(stay.start),
        case.end(stay.end),
        stay.terms,
        rent(case.view, stay),
        case.words("no_limit") if average is None else average,
        case.words("no_limit") if peak is None else peak,
    )


def _fill_during(fill: pd.DataFrame | None, stay: Stay) -> tuple[float | None, float | None]:
    if fill is None:
        return None, None
    during = fill[fill["period"].between(stay.start, stay.end)]
    room = float((during["room"] * during["days"]).sum())
    if room <= 0:
        return None, None
    return float((during["m3"] * during["days"]).sum()) / room, float((during["m3"] / during["room"]).max())


def lease_fill(view: View) -> dict[str, pd.DataFrame]:
    """Leased warehouse -> period, days, m3 in stock at its end and leased ``room``, for tiers with a size."""
    tiers = view.network.by_key(Tier)
    stock = view.tables["stock"].assign(m3=volume(view, "stock"))
    m3 = stock.groupby(["warehouse", "period"])["m3"].sum()
    length, leases = (
        view.network.calendar.length,
        view.tables["leases"][["warehouse", "tier", "start", "end"]],
    )
    rows = [
        (warehouse, t, length(t), float(m3.get((warehouse, t), 0.0)), room)
        for warehouse, tier, start, end in leases.to_numpy().tolist()
        for t in range(start, end + 1)
        if (room := tiers[warehouse, tier].storage_m3)
    ]
    frame = pd.DataFrame(rows, columns=["warehouse", "period", "days", "m3", "room"])
    keys = ["warehouse", "period"]
    frame = frame.groupby(keys, as_index=False).agg({"days": "first", "m3": "first", "room": "sum"})
    return {str(key): rows for key, rows in frame.groupby("warehouse")}


def _hubs(case: Case) -> Table:
    view = case.view
    taken = volume(view, "hauls").groupby(view.tables["hauls"]["hub"]).sum()
    levels = dict(zip(view.tables["hubs"]["hub"], view.tables["hubs"]["level"], strict=True))
    columns = (
        case.column("hub"),
        case.column("level"),
        case.column("capacity", Kind.NUMBER),
        case.column("taken_in", Kind.NUMBER, adds=True),
        case.column("hub_cost", Kind.MONEY, adds=True),
    )
    rows = tuple(
        (
            case.hub(hub),
            levels.get(hub, "-"),
            _capacity(case, hub, levels.get(hub, "")),
            float(taken.get(hub, 0.0)),
            view.paid(["hub_fixed"], place=hub),
        )
        for hub in sorted({*taken.index, *levels})
    )
    return Table("hubs", case.words("hubs"), columns, rows, case.words("total"))


def _capacity(case: Case, hub: str, level: str) -> Cell:
    row = case.network.by_key(HubLevel).get((hub, level))
    return row.capacity_m3_month if row and row.capacity_m3_month is not None else case.words("no_limit")


def shipping(case: Case) -> Section:
    """Lanes in use with containers, loose cargo and freight; departures and fill over time."""
    table = _lanes_table(case)
    if not table.rows:
        return Section("shipping", case.words("shipping"))
    figures = [_departures(case)]
    if len(case.view.tables["containers"]):
        figures.append(_container_fill(case))
    return Section("shipping", case.words("shipping"), _fill_words(case), figures, (table,))


def _fill_words(case: Case) -> list[str]:
    fill = case.plan.kpis.get("container_fill") or {}
    if fill.get("volume") is None:
        return []
    percent = case.words.percent
    return [case.words("shipping.fill", volume=percent(fill["volume"], 0), weight=percent(fill["weight"], 0))]


def _lanes_table(case: Case) -> Table:
    columns = (
        case.column("from"),
        case.column("to"),
        case.column("mode"),
        case.column("volume", Kind.NUMBER, adds=True),
        case.column("containers"),
        case.column("boxes", Kind.COUNT, adds=True),
        case.column("loose_t", Kind.NUMBER, adds=True),
        case.column("freight", Kind.MONEY, adds=True),
        case.column("first", Kind.DATE),
        case.column("last", Kind.DATE),
    )
    rows = tuple(_lane(case, str(lane), row) for lane, row in lanes_in_use(case.view).iterrows())
    return Table("lanes", case.words("lanes"), columns, rows, case.words("total"), shown=30)


def _lane(case: Case, lane: str, row: pd.Series) -> tuple[Cell, ...]:
    view, way = case.view, case.view.lanes[lane]
    ships, boxes, loose = (view.tables[name] for name in ("shipments", "containers", "loose"))
    counts = boxes[boxes["lane"] == lane].groupby("container")["boxes"].sum()
    return (
        case.hub(way.hub),
        case.warehouse(way.warehouse),
        case.words.term(way.mode),
        float(ships.loc[ships["lane"] == lane, "volume_m3"].sum()),
        ", ".join(f"{count:,} x {kind}" for kind, count in counts.items()) or "-",
        int(counts.sum()),
        float(loose.loc[loose["lane"] == lane, "chargeable_kg"].sum()) / 1000,
        float(row["cost"]),
        case.start(int(row["min"])),
        case.start(int(row["max"])),
    )


def _departures(case: Case) -> Figure:
    """m3 leaving the hubs, by mode and period."""
    ships = case.view.tables["shipments"]
    modes = ships.assign(mode=[str(case.view.lanes[lane].mode) for lane in ships["lane"]])
    series = case.by_period(modes, ships["volume_m3"], "mode")
    caption = case.words("figure.departures")
    named = {case.words.term(mode): values for mode, values in series.items()}
    return timed(case.words, Times("departures", caption, case.words("unit.m3"), case.days(), bars=named))


def _container_fill(case: Case) -> Figure:
    """Share of the volume and the weight of containers that is used, by period of departure."""
    loads = container_loads(case.facts, case.view.tables)
    sums = loads.groupby("period")[["m3", "kg", "load_m3", "load_kg"]].sum().reindex(list(case.periods))
    lines = {
        case.words(f"fill.{name}"): _shares(sums[f"load_{unit}"], sums[unit])
        for name, unit in (("volume", "m3"), ("weight", "kg"))
    }
    caption = case.words("figure.container_fill")
    chart = Times("container_fill", caption, case.words("unit.full"), case.days(), lines=lines, percent=True)
    return timed(case.words, chart)


def _shares(parts: pd.Series[float], wholes: pd.Series[float]) -> list[float | None]:
    pairs = zip(parts.tolist(), wholes.tolist(), strict=True)
    return [part / whole if whole > 0 else None for part, whole in pairs]


def service(case: Case) -> Section:
    """Ways to the buyers, markets by delivery days, what is not served and why."""
    demand = demand_m3(case.view)
    if not demand:
        return Section("service", case.words("service"))
    tables = [_ways_table(case, demand), _markets_table(case), _unmet_table(case)]
    days = _average_days(case)
    served = 1 - float(volume(case.view, "unmet").sum()) / demand
    sentence = case.words(
        "service.words",
        share=case.words.percent(served),
        days=case.words("unknown") if days is None else f"{days:.1f}",
    )
    return Section(
        "service", case.words("service"), [sentence], [_days_chart(case)], [t for t in tables if t.rows]
    )


def _average_days(case: Case) -> float | None:
    found = [way for way in ways(case.view) if way.days is not None]
    m3 = sum(way.m3 for way in found)
    return sum(way.m3 * (way.days or 0.0) for way in found) / m3 if m3 else None


def _ways_table(case: Case, demand: float) -> Table:
    columns = (
        case.column("through"),
        case.column("volume", Kind.NUMBER, adds=True),
        case.column("share", Kind.SHARE, adds=True),
        case.column("days", Kind.DAYS),
    )
    rows = tuple(
        (_way(case, way), way.m3, way.m3 / demand, "" if way.days is None else way.days)
        for way in ways(case.view)
    )
    return Table("service", case.words("ways"), columns, rows, case.words("all_demand"), chart=1)


def _way(case: Case, way: Way) -> str:
    return case.words("not_served") if way.table == "unmet" else way.name


def by_market(case: Case) -> pd.DataFrame:
    """Market -> demand, deliveries, parcels and unmet m3, average days to the buyer, customers' zone."""
    view = case.view
    sizes = {row.product: row.volume_m3 for row in case.network.rows(Product)}
    wanted = case.facts.demand
    m3 = {"demand": (wanted["quantity"] * wanted["product"].map(sizes)).groupby(wanted["market"]).sum()}
    for table in ("deliveries", "parcels", "unmet"):
        m3[table] = volume(view, table).groupby(view.tables[table]["market"]).sum()
    late = [
        view.tables[t].assign(late=volume(view, t) * view.tables[t]["days"])
        for t in ("deliveries", "parcels")
    ]
    days = pd.concat([frame[["market", "late"]] for frame in late]).groupby("market")["late"].sum()
    frame = pd.DataFrame(m3).fillna(0.0).astype(float)
    served = frame["deliveries"] + frame["parcels"]
    return frame.assign(days=(days / served.where(served > 0))).sort_values("demand", ascending=False)


def _markets_table(case: Case) -> Table:
    columns = (
        case.column("market"),
        case.column("country"),
        case.column("demand_m3", Kind.NUMBER, adds=True),
        case.column("from_warehouse", Kind.NUMBER, adds=True),
        case.column("by_parcel", Kind.NUMBER, adds=True),
        case.column("not_served", Kind.NUMBER, adds=True),
        case.column("days", Kind.DAYS),
    )
    known = case.network.by_key(Market)
    rows = tuple(
        (
            case.market(str(key)),
            known[key].country,
            *(float(row[c]) for c in ("demand", "deliveries", "parcels", "unmet")),
            "-" if pd.isna(row["days"]) else float(row["days"]),
        )
        for key, row in by_market(case).iterrows()
    )
    return Table("markets", case.words("markets"), columns, rows, case.words("total"))


def _days_chart(case: Case) -> Figure:
    """Average days to the buyer of the largest markets."""
    frame = by_market(case).dropna(subset="days").head(SHOWN_MARKETS).sort_values("days")
    rows = [
        (case.market(str(key)), float(days), case.words("days", days=f"{days:.1f}"))
        for key, days in frame["days"].items()
    ]
    caption = case.words("figure.days")
    return Figure(bars(caption, rows), caption)


def _unmet_table(case: Case) -> Table:
    frame = case.view.tables["unmet"].assign(m3=volume(case.view, "unmet"))
    sums = frame.groupby(["product", "market", "reason"])[["quantity", "m3"]].sum().reset_index()
    ordered = sums.sort_values("m3", ascending=False, kind="stable").to_numpy().tolist()
    columns = (
        case.column("product"),
        case.column("market"),
        case.column("reason"),
        case.column("units", Kind.NUMBER, adds=True),
        case.column("volume", Kind.NUMBER, adds=True),
    )
    rows = tuple(
        (case.product(product), case.market(market), case.words.term(why), units, m3)
        for product, market, why, units, m3 in ordered
    )
    return Table("unmet", case.words("unmet"), columns, rows, case.words("total"), shown=12)


def stock(case: Case) -> Section:
    """Stock over time by warehouse, with the leased room; goods waiting at hubs."""
    figures = [_stock_chart(case, "stock", "warehouse")]
    if len(case.view.tables["holds"]):
        figures.append(_stock_chart(case, "holds", "hub"))
    shown = figures if len(case.view.tables["stock"]) else figures[1:]
    return Section("stock", case.words("stock"), (), shown)


def _stock_chart(case: Case, table: str, by: str) -> Figure:
    frame = case.view.tables[table]
    series = case.by_period(frame, volume(case.view, table), by)
    caption = case.words(f"figure.{table}")
    lines = {}
    if table == "stock" and not case.firm and (fill := lease_fill(case.view)):
        room = pd.concat(fill.values()).groupby("period")["room"].sum()
        lines[case.words("leased_room")] = [float(room.get(t, 0.0)) for t in case.periods]
    shown = case.biggest(series, case.warehouse if table == "stock" else case.hub)
    chart = Times(table, caption, case.words("unit.m3"), case.days(), shown, lines)
    return timed(case.words, chart)
