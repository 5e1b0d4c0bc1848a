"""A network as frames: prices, delays and derived columns that ledger and checker look up.

Built from the network alone; shares nothing with the model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, TypeAlias, TypeVar, get_args

import numpy as np
import pandas as pd

from ..instances.calendar import AFTER
from ..instances.network import Network
from ..instances.tables import (
    KEYS,
    TABLES,
    Channel,
    ChannelShare,
    Demand,
    Firm,
    Funder,
    Guarantee,
    Hub,
    Lane,
    LastMile,
    Loan,
    Market,
    Member,
    ParcelRate,
    Pipeline,
    Product,
    Rating,
    Row,
    Sale,
    State,
    Stock,
    Tier,
    Trade,
    Warehouse,
    Zone,
)
from .plan import TABLES as PLAN_TABLES
from .plan import empty

Frame: TypeAlias = pd.DataFrame
Column: TypeAlias = "pd.Series[Any]"
Tables: TypeAlias = Mapping[str, pd.DataFrame]
R = TypeVar("R", bound=Row)

DIRECT = "direct"
"""The free, immediate payment channel of a zone without rows in ``channel_shares``."""


class Facts:
    """Frames of a network's rows that take part, and look-ups by period; computed when first asked."""

    def __init__(self, network: Network):
        self.network = network
        self.settings = network.settings
        self.calendar = network.calendar
        self.last = network.calendar.last
        self.names = {kind: name for name, kind in TABLES.items()}
        self._frames: dict[type[Row], Frame] = {}
        self._keyed: dict[type[Row], Frame] = {}

    def frame(self, kind: type[R]) -> Frame:
        """All rows of a table; missing numbers are NaN, missing texts None."""
        if kind not in self._frames:
            self._frames[kind] = _frame(kind, self.network.rows(kind))
        return self._frames[kind]

    def by_key(self, kind: type[R]) -> Frame:
        """The rows of a table with one key column, indexed by it."""
        if kind not in self._keyed:
            self._keyed[kind] = self.frame(kind).set_index(KEYS[self.names[kind]][0], drop=False)
        return self._keyed[kind]

    def fx(self, currency: Column, period: Column) -> np.ndarray[Any, Any]:
        """Network currency per unit of each currency (missing: the network's) in each period."""
        codes, names = pd.factorize(currency.where(currency.notna(), ""))
        rates = [[self.network.exchange_rate(n or None, t) for t in self.calendar.periods] for n in names]
        if not len(codes):
            return np.zeros(0)
        return np.asarray(np.array(rates)[codes, period.to_numpy(dtype=int) - 1])

    def spread(self, frame: Frame, delay: Column | float, *, settled: bool = False) -> Frame:
        """Rows split over the periods ``delay`` days later.

        The period of the event moves to ``event``, ``period`` is when the delayed thing happens and
        ``share`` how much of it.  What comes after the last period has no row, or, if ``settled``,
        happens in the last period.
        """

        def shares(event: int, days: float) -> list[tuple[int, float]]:
            split = dict(self.calendar.split(event, days))
            after = split.pop(AFTER, 0.0)
            if settled and after:
                split[self.last] = split.get(self.last, 0.0) + after
            return list(split.items())

        return _repeated(frame, delay, shares)

    def pending(self, frame: Frame, delay: Column | float) -> Frame:
        """Rows repeated for every period from their own on, with the ``share`` still to come at its end.

        ``event`` is the own period, ``period`` the one looked at; rows with nothing pending are left out.
        """

        def shares(event: int, days: float) -> list[tuple[int, float]]:
            later = [(t, self.calendar.pending(event, days, t)) for t in range(event, self.last + 1)]
            return [(t, share) for t, share in later if share > 0]

        return _repeated(frame, delay, shares)

    def days(self, period: Column) -> np.ndarray[Any, Any]:
        """Length of each period in days."""
        return np.asarray(np.array(self.calendar.days)[period.to_numpy(dtype=int) - 1])

    def discount(self, period: Column) -> np.ndarray[Any, Any]:
        """Value today of money in each period."""
        starts = np.array([self.calendar.start(t) for t in self.calendar.periods])
        values = (1.0 + self.settings.discount_rate) ** (-starts / 365.0)
        return np.asarray(values[period.to_numpy(dtype=int) - 1])

    @cached_property
    def products(self) -> Frame:
        """Products by id, with the customs value filled in and their cluster."""
        frame = self.by_key(Product)
        clusters = self.by_key(Firm)["cluster"]
        return frame.assign(
            declared=frame["declared_value"].where(frame["declared_value"].notna(), frame["cost"]),
            cluster=frame["firm"].map(clusters),
        )

    @cached_property
    def lanes(self) -> Frame:
        """Lanes between open places by id, with zone, currencies and ``lead`` days of their goods."""
        hubs, warehouses = self.open_hubs, self.open_warehouses
        lanes = self.by_key(Lane)
        lanes = lanes[lanes["hub"].isin(hubs.index) & lanes["warehouse"].isin(warehouses.index)]
        clearance = (
            lanes["hub"].map(hubs["clearance_days"]),
            lanes["warehouse"].map(warehouses["clearance_days"]),
        )
        return lanes.assign(
            lead=clearance[0] + lanes["days"] + clearance[1], zone=lanes["warehouse"].map(warehouses["zone"])
        )

    @cached_property
    def open_hubs(self) -> Frame:
        """Hubs that are not closed."""
        frame = self.by_key(Hub)
        return frame[frame["state"] != State.CLOSED]

    @cached_property
    def open_warehouses(self) -> Frame:
        """Warehouses that are not closed."""
        frame = self.by_key(Warehouse)
        return frame[frame["state"] != State.CLOSED]

    @cached_property
    def demand(self) -> Frame:
        """Demand above 0 with its terms of sale and ``net`` receipts of a unit in network currency."""
        frame = self.frame(Demand)
        frame = frame[frame["quantity"] > 0].drop(columns=["status", "notes"])
        terms = self.frame(Sale).drop(columns=["status", "notes"])
        return self.with_net(frame.merge(terms, on=["product", "market"]))

    @cached_property
    def constant_by_firm(self) -> Column:
        """Firm -> what serving its demand costs to make less what it brings in: the same for every plan."""
        sold = self.demand.assign(saved=lambda f: f["quantity"] * (self._unit_cost(f) - f["net"]))
        stock = self.frame(Stock).assign(period=1)
        kept = stock.assign(saved=lambda f: (f["target"] - f["opening"]) * self._unit_cost(f))
        due = self.frame(Pipeline).assign(period=1)
        due = due.assign(saved=lambda f: -f["quantity"] * self._unit_cost(f))
        parts = [part[["product", "period", "saved"]] for part in (sold, kept, due)]
        rows = pd.concat(parts, ignore_index=True)
        value: Column = rows["saved"] * self.discount(rows["period"])
        total: Column = value.groupby(rows["product"].map(self.products["firm"])).sum()
        return total

    def _unit_cost(self, frame: Frame) -> Column:
        """Cost of a unit less the tax refund, in network currency."""
        product = self.products.reindex(frame["product"]).set_index(frame.index)
        kept = product["cost"] * (1.0 - product["refund_rate"])
        cost: Column = kept * self.fx(product["currency"], frame["period"])
        return cost

    def with_net(self, frame: Frame) -> Frame:
        """Rows of (product, market, period, price) with zone and ``net`` receipts of a unit."""
        place = self.by_key(Market).reindex(frame["market"]).set_index(frame.index)
        fx = self.fx(place["currency"], frame["period"])
        kept = (1.0 - place["default_rate"]) * (1.0 - place["dilution"])
        return frame.assign(zone=place["zone"], net=frame["price"] * fx * kept)

    @cached_property
    def rights(self) -> Column:
        """Each firm's part (adding up to 1) in what is shared by right."""
        firms = self.by_key(Firm)
        volume = self.demand["quantity"] * self.demand["product"].map(self.products["volume_m3"])
        by_firm = volume.groupby(self.demand["product"].map(self.products["firm"])).sum()
        share = by_firm.reindex(firms.index).fillna(0.0) / max(by_firm.sum(), 1e-300)
        right = firms["right"].where(firms["right"].notna(), share)
        total = right.sum()
        return right / total if total > 0 else right * 0.0 + 1.0 / max(len(right), 1)

    @cached_property
    def tiers(self) -> Frame:
        """Tiers with currency and capital of their warehouse, and ``term`` in periods (NaN: to the end)."""
        currency = self.by_key(Warehouse)["currency"]
        frame = self.frame(Tier)
        return frame.assign(currency=frame["warehouse"].map(currency), term=frame["term_periods"])

    def lease_periods(self, leases: Frame) -> Frame:
        """Leases repeated for each period they cover up to the last, with the ``months`` paid in it."""
        rows = leases[["warehouse", "tier", "start"]].merge(self.tiers, on=["warehouse", "tier"])
        term = rows["term"].fillna(self.last + 1 - rows["start"]).astype(int)
        rows = rows.assign(final=rows["start"] + term - 1)
        rows = rows.merge(pd.DataFrame({"period": list(self.calendar.periods)}), how="cross")
        rows = rows[(rows["period"] >= rows["start"]) & (rows["period"] <= rows["final"])]
        beyond = np.where(rows["period"] == self.last, rows["final"] - self.last, 0)
        return rows.assign(months=self.days(rows["period"]) / 30.0 * (1 + beyond))

    @cached_property
    def loans(self) -> Frame:
        """Loan products by id."""
        return self.by_key(Loan)

    @cached_property
    def members(self) -> Frame:
        """Firm -> core, relation, and the fee and line of its guarantee; only where there is one."""
        return (
            self.frame(Member)[["firm", "core", "relation"]]
            .merge(self.frame(Guarantee)[["core", "relation", "line", "fee_rate"]], on=["core", "relation"])
            .set_index("firm", drop=False)
        )

    @cached_property
    def rated_trades(self) -> Frame:
        """Trades whose buyer is rated, with the buyer's ``pd``."""
        rating = self.by_key(Firm)["rating"]
        trades = self.frame(Trade)
        trades = trades.assign(rating=trades["buyer"].map(rating))
        known = trades[trades["rating"].isin(self.by_key(Rating).index)]
        return known.assign(pd=known["rating"].map(self.by_key(Rating)["pd"]))

    @cached_property
    def chain_rating(self) -> Column:
        """Supplier -> the worst rating among the rated buyers of its trades."""
        worst = self.rated_trades.sort_values("pd", ascending=False, kind="stable")
        return worst.drop_duplicates("supplier").set_index("supplier")["rating"]

    def loan_terms(self, frame: Frame) -> Frame:
        """Rows of (firm, loan, guaranteed) with the loan's terms and, a year, ``rate`` and ``pd``."""
        terms = self.loans.drop(columns=["loan", "status", "notes"])
        frame = frame.join(terms, on="loan")
        rating = frame["firm"].map(self.by_key(Firm)["rating"])
        rating = rating.where(frame["kind"] != "voucher", frame["firm"].map(self.chain_rating))
        ratings = self.by_key(Rating)
        spread = rating.map(ratings["spread"]).where(
            ~frame["guaranteed"], rating.map(ratings["spread_guaranteed"])
        )
        base = frame["funder"].map(self.funders["base_rate"]) + frame["spread"] + spread
        rate = base - frame["guarantee_discount"] * frame["guaranteed"]
        return frame.assign(rate=rate.clip(lower=0.0), pd=rating.map(ratings["pd"]), rating=rating)

    @cached_property
    def funders(self) -> Frame:
        """Funders by id."""

        return self.by_key(Funder)

    @cached_property
    def channel_terms(self) -> Frame:
        """(zone, channel) -> fee rate, days from sale to receipt, most share of sales."""

        offers = self.frame(ChannelShare)[["channel", "zone", "max_share"]]
        offers = offers.merge(self.frame(Channel)[["channel", "fee_rate", "settlement_days"]], on="channel")
        zones = self.frame(Zone)[["zone", "credit_days"]]
        bare = zones.loc[~zones["zone"].isin(offers["zone"]), ["zone"]]
        direct = bare.assign(channel=DIRECT, max_share=1.0, fee_rate=0.0, settlement_days=0.0)
        terms = pd.concat([offers, direct], ignore_index=True).merge(zones, on="zone")
        return terms.assign(delay=terms["credit_days"] + terms["settlement_days"])

    def sold(self, tables: Tables) -> Frame:
        """What is sold: firm, product, market, zone, period, quantity and ``net`` receipts of a unit."""
        keys = ["product", "market", "period", "quantity"]
        units = pd.concat([tables["deliveries"][keys], tables["parcels"][keys]], ignore_index=True)
        prices = self.frame(Sale)[["product", "market", "price"]]
        units = self.with_net(units.merge(prices, on=["product", "market"]))
        return units.assign(firm=units["product"].map(self.products["firm"]))

    def emissions(self, tables: Tables) -> Frame:
        """CO2e: firm, product, place, lane, period and ``kg`` of each shipment, delivery and parcel."""

        ship = tables["shipments"].assign(place="")
        ship = ship.assign(co2_kg_t=ship["lane"].map(self.lanes["co2_kg_t"]))
        last = self.frame(LastMile)[["warehouse", "market", "co2_kg_t"]]
        deliver = tables["deliveries"].merge(last, on=["warehouse", "market"])
        rates = self.frame(ParcelRate)[["service", "market", "co2_kg_t"]]
        parcel = tables["parcels"].merge(rates, on=["service", "market"])
        near = pd.concat([deliver, parcel], ignore_index=True)
        moved = pd.concat([ship, near.assign(place=near["market"], lane="")], ignore_index=True)
        weight = moved["product"].map(self.products["weight_kg"]) * moved["quantity"]
        moved = moved.assign(
            firm=moved["product"].map(self.products["firm"]), kg=moved["co2_kg_t"] * weight / 1000
        )
        return moved[["firm", "product", "place", "lane", "period", "kg"]]

    def shipment_columns(self, shipments: Frame) -> Frame:
        """Firm, volume, weight and each row's share of the chargeable load of its lane and period.

        Chargeable load of a row: the greater of its kg and its m3 times ``lanes.loose_kg_m3``.
        """
        product = self.products.reindex(shipments["product"]).set_index(shipments.index)
        volume = shipments["quantity"] * product["volume_m3"]
        weight = shipments["quantity"] * product["weight_kg"]
        load = shipments[["lane", "period"]].assign(
            kg=np.maximum(weight, volume * shipments["lane"].map(self.lanes["loose_kg_m3"]))
        )
        share = load["kg"] / load.groupby(["lane", "period"])["kg"].transform("sum")
        return pd.DataFrame(
            {"firm": product["firm"], "volume_m3": volume, "weight_kg": weight, "lane_share": share}
        )


def complete(tables: Tables) -> dict[str, Frame]:
    """All plan tables with at least their columns; tables that are missing are empty."""

    return {
        name: tables[name] if name in tables and len(tables[name]) else empty(name) for name in PLAN_TABLES
    }


def _repeated(
    frame: Frame, delay: Column | float, shares: Callable[[int, float], list[tuple[int, float]]]
) -> Frame:
    """Each row once for every (period, share) that ``shares`` gives for its own period and delay."""
    moved = frame.rename(columns={"period": "event"}).assign(delay=delay)
    pairs = list(zip(moved["event"].astype(int).tolist(), moved["delay"].astype(float).tolist(), strict=True))
    known = {pair: shares(*pair) for pair in set(pairs)}
    parts = [part for pair in pairs for part in known[pair]]
    rows = np.repeat(np.arange(len(pairs)), [len(known[pair]) for pair in pairs])
    return (
        moved.take(rows)
        .reset_index(drop=True)
        .assign(
            period=np.array([t for t, _ in parts], dtype="int64"),
            share=np.array([share for _, share in parts], dtype=float),
        )
    )


def _frame(kind: type[Row], rows: tuple[Row, ...]) -> Frame:
    return pd.DataFrame({name: _column(kind, name, rows) for name in kind.model_fields})


def _column(kind: type[Row], name: str, rows: tuple[Row, ...]) -> Any:
    values = [getattr(row, name) for row in rows]
    annotation = kind.model_fields[name].annotation
    kinds = set(get_args(annotation)) or {annotation}
    if float in kinds or (int in kinds and type(None) in kinds):
        return np.array(values, dtype=float)
    if annotation is int:
        return np.array(values, dtype=int)
    if annotation is bool:
        return np.array(values, dtype=bool)
    return np.array([*values, None], dtype=object)[:-1]
