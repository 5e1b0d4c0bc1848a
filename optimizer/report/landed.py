"""What a unit costs at the buyer, by product and market: the ledger's lines carried along with the goods.

A line with a product is that product's.  A container or loose cargo is paid by the goods in it
(``lane_share``), a lease or site by the m3 that leave the warehouse, a hub's fixed cost by the m3 taken in.
What is spent on goods at a place is spread over the units that go on from it; what nothing goes on from, and
goods made but not delivered, stand as the difference to the ledger.
"""

from __future__ import annotations

import pandas as pd

from ...instances.tables import Hub, Market, Product, Warehouse, Zone
from ..ledger_facts import Frame
from ..summary_view import name, volume
from .case import Case, Section
from .table import Cell, Column, Kind, Table

STAGES: dict[str, tuple[str, ...]] = {
    "making": ("production", "refund"),
    "hub": ("haulage", "hub_handling", "hub_storage", "hub_fixed"),
    "freight": ("freight_boxes", "freight_loose", "freight_rate"),
    "duty": ("duty", "parcel_duty"),
    "warehouse": ("setup", "rent", "building", "warehouse_in", "storage", "warehouse_out"),
    "delivery": ("last_mile", "parcel"),
}
"""Parts of the landed cost and the ledger terms in each; what a firm pays the operator counts where it is
used."""

PAIR = ["product", "market"]


def section(case: Case) -> Section:
    """The landed cost of a unit by zone, and by market; how it adds up to the ledger."""
    costs = landed(case)
    if not len(costs):
        return Section("landed", case.words("landed"))
    return Section(
        "landed",
        case.words("landed"),
        [_reconciled(case, costs)],
        (),
        (_zones(case, costs), _pairs(case, costs)),
    )


def _reconciled(case: Case, costs: Frame) -> str:
    """The sum of the table, that of the ledger, and what makes the difference."""
    total, paid = float(costs["total"].sum()), float(lines(case)["amount"].sum())
    money = {"total": case.money(total), "paid": case.money(paid), "rest": case.money(paid - total)}
    return case.words("landed.own" if case.firm else "landed.words", **money)


def lines(case: Case) -> Frame:
    """Ledger lines that count, with their ``stage``; refunds below 0.

    All firms: what is paid to the outside.  One firm: what it pays, tariffs to the operator included.
    """
    ledger = case.view.ledger
    stages = {term: stage for stage, terms in STAGES.items() for term in terms}
    counted = ledger["term"].isin([*stages, *(["tariff"] if case.firm else [])])
    rows = ledger[counted].assign(stage=lambda f: f["term"].map(stages))
    if case.firm:
        rows = rows.assign(stage=rows["stage"].where(rows["stage"].notna(), _used_at(case, rows)))
    return rows.assign(amount=rows["amount"].where(rows["term"] != "refund", -rows["amount"]))


def _used_at(case: Case, rows: Frame) -> pd.Series[str]:
    """Where a tariff is paid: lanes, hubs, else warehouses."""
    hubs = set(case.network.by_key(Hub))
    places = [
        "freight" if lane else "hub" if p in hubs else "warehouse"
        for lane, p in rows[["lane", "place"]].to_numpy()
    ]
    return pd.Series(places, index=rows.index, dtype=object)


def landed(case: Case) -> Frame:
    """By product and market: ``units`` that reached buyers, and the money of each stage and in ``total``."""
    paid = lines(case)
    units = _units(case)
    if not len(units):
        return units
    goods = {"making": _making(case, paid, units)}
    direct = paid[paid["place"].isin(set(units["market"])) & (paid["product"] != "")]
    for stage in ("duty", "delivery"):
        of_stage = direct[direct["stage"] == stage]
        goods[stage] = of_stage.groupby(["product", "place"])["amount"].sum().rename_axis(PAIR)
    for stage, at_warehouse in _at_warehouses(case, paid.drop(direct.index)).items():
        onward = _onward(case, at_warehouse)
        goods[stage] = goods[stage].add(onward, fill_value=0.0) if stage in goods else onward
    frame = units.groupby(PAIR)["units"].sum().to_frame()
    for stage in STAGES:
        frame[stage] = goods[stage].reindex(frame.index).fillna(0.0) if stage in goods else 0.0
    return frame.assign(total=frame[list(STAGES)].sum(axis=1)).reset_index()


def _units(case: Case) -> Frame:
    """Units by product, market and warehouse ("" for parcels)."""
    tables = case.view.tables
    sent = tables["parcels"].assign(warehouse="")
    columns = [*PAIR, "warehouse", "quantity"]
    both = pd.concat([tables["deliveries"][columns], sent[columns]], ignore_index=True)
    return both.groupby([*PAIR, "warehouse"])["quantity"].sum().rename("units").reset_index()


def _making(case: Case, paid: Frame, units: Frame) -> pd.Series[float]:
    """Production less refund of a unit made, times the units that reached each market."""
    spent = paid[paid["stage"] == "making"].groupby("product")["amount"].sum()
    tables = case.view.tables
    made = pd.concat([tables[t][["product", "quantity"]] for t in ("hauls", "parcels")])
    rate = spent / made.groupby("product")["quantity"].sum()
    rows = case.network.by_key(Product)
    known = {p: row.cost * case.network.exchange_rate(row.currency, 1) for p, row in rows.items()}
    reached = units.groupby(PAIR)["units"].sum()
    rates = [rate.get(p, known[p]) for p in reached.index.get_level_values("product")]
    return reached * rates


def _at_warehouses(case: Case, paid: Frame) -> dict[str, pd.Series[float]]:
    """Stage -> money by (product, warehouse) of what is spent until the goods leave the warehouse."""
    lanes, network = case.view.lanes, case.network
    ship = case.view.tables["shipments"]
    ends = [(lanes[lane].hub, lanes[lane].warehouse) for lane in ship["lane"]]
    places = pd.DataFrame(ends, columns=["hub", "warehouse"], index=ship.index, dtype=object)
    ship = pd.concat([ship, places], axis=1)
    hubs, warehouses = set(network.by_key(Hub)), set(network.by_key(Warehouse))
    out: dict[str, pd.Series[float]] = {}
    freight = _by_lane(paid[paid["stage"] == "freight"], ship)
    out["freight"] = freight
    at_hub = paid[(paid["stage"] == "hub") & paid["place"].isin(hubs)]
    out["hub"] = _through(_of_products(at_hub, "hub", _hauled(case)), ship)
    out["duty"] = _of_products(paid[(paid["stage"] == "duty")], "warehouse", None)
    at_warehouse = paid[(paid["stage"] == "warehouse") & paid["place"].isin(warehouses)]
    out["warehouse"] = _of_products(at_warehouse, "warehouse", _left(case))
    return out


def _by_lane(paid: Frame, ship: Frame) -> pd.Series[float]:
    """Freight by (product, warehouse): lines of a product as they are, the others by ``lane_share``."""
    own, shared = paid[paid["product"] != ""], paid[paid["product"] == ""]
    ends = dict(zip(ship["lane"], ship["warehouse"], strict=True))
    named = own.assign(warehouse=own["lane"].map(ends))[["product", "warehouse", "amount"]]
    cost = shared.groupby(["lane", "period"])["amount"].sum().rename("cost").reset_index()
    split = ship.merge(cost, on=["lane", "period"])
    split = split.assign(amount=split["cost"] * split["lane_share"])[["product", "warehouse", "amount"]]
    return _summed(pd.concat([named, split]), "warehouse")


def _summed(frame: Frame, place: str) -> pd.Series[float]:
    sums: pd.Series[float] = frame.groupby(["product", place])["amount"].sum()
    return sums


def _of_products(paid: Frame, place: str, m3: pd.Series[float] | None) -> pd.Series[float]:
    """Money by (product, place): lines without a product are split by ``m3`` of that place."""
    paid = paid.assign(**{place: paid["place"]})
    sums = _summed(paid[paid["product"] != ""], place)
    shared = paid[paid["product"] == ""].groupby(place)["amount"].sum()
    if m3 is None or not len(shared):
        return sums
    part = m3 / m3.groupby(level=place).transform("sum")
    split = part * shared.reindex(part.index.get_level_values(place)).to_numpy()
    return sums.add(split.dropna(), fill_value=0.0)


def _hauled(case: Case) -> pd.Series[float]:
    hauls = case.view.tables["hauls"]
    return volume(case.view, "hauls").groupby([hauls["product"], hauls["hub"]]).sum()


def _left(case: Case) -> pd.Series[float]:
    out = case.view.tables["deliveries"]
    return volume(case.view, "deliveries").groupby([out["product"], out["warehouse"]]).sum()


def _through(at_hub: pd.Series[float], ship: Frame) -> pd.Series[float]:
    """Money at hubs carried to warehouses by the units sent there."""
    sent = ship.groupby(["product", "hub", "warehouse"])["quantity"].sum()
    part = sent / sent.groupby(level=["product", "hub"]).transform("sum")
    rows = part.rename("part").reset_index().merge(at_hub.rename("cost").reset_index(), on=["product", "hub"])
    return _summed(rows.assign(amount=rows["part"] * rows["cost"]), "warehouse")


def _onward(case: Case, at_warehouse: pd.Series[float]) -> pd.Series[float]:
    """Money at warehouses carried to markets by the units delivered there."""
    out = case.view.tables["deliveries"]
    units = out.groupby(["product", "warehouse", "market"])["quantity"].sum()
    part = units / units.groupby(level=["product", "warehouse"]).transform("sum")
    rows = part.rename("part").reset_index()
    rows = rows.merge(at_warehouse.rename("cost").reset_index(), on=["product", "warehouse"])
    return (rows["part"] * rows["cost"]).groupby([rows["product"], rows["market"]]).sum()


def _pairs(case: Case, costs: Frame) -> Table:
    columns = (
        case.column("product"),
        case.column("market"),
        case.column("units", Kind.NUMBER, adds=True),
        *(case.column(f"stage.{stage}", Kind.RATE) for stage in STAGES),
        case.column("landed_unit", Kind.RATE),
        case.column("landed_total", Kind.MONEY, adds=True),
    )
    ordered = costs.sort_values("total", ascending=False)
    rows: list[tuple[Cell, ...]] = [
        (
            case.product(product),
            case.market(market),
            units,
            *(part / units for part in parts),
            sum(parts) / units,
            sum(parts),
        )
        for product, market, units, *parts in ordered[[*PAIR, "units", *STAGES]].to_numpy().tolist()
    ]
    return Table("landed", case.words("landed.table"), columns, tuple(rows), case.words("total"), shown=30)


def _zones(case: Case, costs: Frame) -> Table:
    """Products down, zones across: landed cost of a unit."""
    zones = case.network.by_key(Zone)
    zone_of = {key: row.zone for key, row in case.network.by_key(Market).items()}
    sums = (
        costs.assign(zone=costs["market"].map(zone_of)).groupby(["product", "zone"])[["total", "units"]].sum()
    )
    unit = sums["total"] / sums["units"]
    used = [z for z in zones if z in set(sums.index.get_level_values("zone"))]
    columns = (case.column("product"), *(Column(name(zones[z], z), Kind.RATE) for z in used))
    products = sorted(set(costs["product"]))
    rows: list[tuple[Cell, ...]] = [
        (case.product(p), *(float(unit[p, z]) if (p, z) in unit.index else "" for z in used))
        for p in products
    ]
    return Table("landed_zones", case.words("landed.zones"), columns, tuple(rows), shown=100)
