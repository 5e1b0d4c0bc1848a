"""Goods: from the firms through hubs and lanes into warehouses and on to the buyers."""

from __future__ import annotations

import math
from typing import Any

import pyomo.environ as pyo

from ..instances.tables import LaneContainer, Product, TariffItem
from .data import Key3
from .flows import OPERATOR, OUTSIDE, Flows
from .index import Index
from .rows import Line, Rows, by_key, members

Sizes = dict[str, float]
"""Size of a unit by what it is."""


def declare(m: pyo.ConcreteModel, ix: Index) -> None:
    """Variables ``haul hold ship stock deliver parcel unmet boxes loose``."""
    real = pyo.NonNegativeReals
    m.haul = pyo.Var(ix.haul, domain=real)
    m.hold = pyo.Var(ix.hold, domain=real)
    m.ship = pyo.Var(ix.ship, domain=real)
    m.stock = pyo.Var(ix.stock, domain=real)
    m.deliver = pyo.Var(ix.deliver, domain=real)
    m.parcel = pyo.Var(ix.parcel, domain=real)
    m.unmet = pyo.Var(ix.unmet, domain=real)
    m.boxes = pyo.Var(ix.boxes, domain=pyo.NonNegativeIntegers)
    m.loose = pyo.Var(ix.loose, domain=real)
    _bounds(m, ix)


def _bounds(m: pyo.ConcreteModel, ix: Index) -> None:
    """Bounds from data: no flow above the demand it can serve, no booking above what can be loaded."""
    for (p, _, k, t), x in (*m.deliver.items(), *m.parcel.items()):
        x.setub(ix.demand[p, k, t])
    for (p, k, t), n in m.unmet.items():
        n.setub(ix.sales[p, k].unmet_share * ix.demand[p, k, t])
    for (lane, c, t), n in m.boxes.items():
        row = next(r for r in ix.lane_containers[lane] if r.container == c)
        n.setub(_most_boxes(ix, row, t))
    for (p, *_), x in (*m.haul.items(), *m.ship.items()):
        x.setub(ix.most[p] + ix.on_hand[p])
    for (p, _place, _), x in (*m.hold.items(), *m.stock.items()):
        x.setub(ix.most[p] + ix.on_hand[p])
    for (lane, t), o in m.loose.items():
        o.setub(_most_loose(ix, lane, t))
    for (p, h, t), b in m.hold.items():
        if t == ix.last:
            b.setlb(ix.target(p, h))
        if ix.hubs[h].storage_m3 == 0 and ix.opening(p, h) == 0 and ix.target(p, h) == 0:
            b.setub(0.0)
    for (p, w, t), stock in m.stock.items():
        if t == ix.last:
            stock.setlb(ix.target(p, w))


def _most_boxes(ix: Index, row: LaneContainer, period: int) -> int:
    """Boxes that hold everything that could leave, or as many as are to be had."""
    goods = [(ix.products[p], ix.most[p] + ix.on_hand[p]) for p in ix.ships[row.lane][period]]
    size = ix.containers[row.container]
    volume = sum(p.volume_m3 * units for p, units in goods) / size.volume_m3
    weight = sum(p.weight_kg * units for p, units in goods) / size.weight_kg
    most = math.ceil(max(volume, weight) - 1e-9)
    if row.max_month is None:
        return most
    return min(most, int(row.max_month * ix.calendar.month_share(period) + 1e-9))


def _most_loose(ix: Index, lane: str, period: int) -> float:
    goods = [(ix.products[p], ix.most[p] + ix.on_hand[p]) for p in ix.ships[lane][period]]
    volume = sum(p.volume_m3 * units for p, units in goods) * ix.lanes[lane].loose_kg_m3
    return max(volume, sum(p.weight_kg * units for p, units in goods))


def demand(m: pyo.ConcreteModel, ix: Index) -> None:
    """Demand is delivered from stock, sent by parcel, or unmet."""
    served = {key: Line() for key in ix.demand}
    for (p, _, k, t), x in (*m.deliver.items(), *m.parcel.items()):
        served[p, k, t].add(1.0, x)
    for key, n in m.unmet.items():
        served[key].add(1.0, n)
    m.demand = Rows()
    for key, line in served.items():
        m.demand.equal(key, line, ix.demand[key])


def hub_balance(m: pyo.ConcreteModel, ix: Index) -> None:
    """What a hub takes in leaves on its lanes or is held over."""
    lines = {key: Line() for key in sorted({*ix.haul, *ix.hold})}
    for key, q in m.haul.items():
        lines[key].add(1.0, q)
    _carry(lines, m.hold, ix, -1.0)
    for (p, lane, t), y in m.ship.items():
        line = lines.get((p, ix.lanes[lane].hub, t))
        if line is not None:
            line.add(-1.0, y)
    m.hub_balance = Rows()
    for key, line in lines.items():
        m.hub_balance.equal(key, line)


def _carry(lines: dict[Key3, Line], kept: Any, ix: Index, sign: float) -> None:
    """What lies in a place at the end of a period (``sign``) and lay there before it (``-sign``), by product,
    place, period."""
    for (p, place, t), b in kept.items():
        lines[p, place, t].add(sign, b)
        after = lines.get((p, place, t + 1))
        if after is not None:
            after.add(-sign, b)
    for (p, place), row in ix.stocks.items():
        first = lines.get((p, place, 1))
        if first is not None:
            first.add(-sign * row.opening, None)


def stock_balance(m: pyo.ConcreteModel, ix: Index) -> None:
    """Stock grows by arrivals and shrinks by deliveries."""
    lines, ship = {key: Line() for key in ix.stock}, members(m.ship)
    _carry(lines, m.stock, ix, 1.0)
    for (p, w, t), line in lines.items():
        for lane, s, share in ix.arrivals_at.get((p, w, t), ()):
            line.add(-share, ship[p, lane, s])
    for (p, w, _, t), x in m.deliver.items():
        lines[p, w, t].add(1.0, x)
    m.stock_balance = Rows()
    for key, line in lines.items():
        m.stock_balance.equal(key, line, ix.pipeline.get(key, 0.0))


def safety_stock(m: pyo.ConcreteModel, ix: Index) -> None:
    """A period starts with some days of its deliveries in the warehouse, all its markets together."""
    days = {p: row.safety_days for p, row in ix.products.items() if row.safety_days > 0}
    lines = by_key(
        ((p, w, t), days[p] / ix.calendar.length(t), x) for (p, w, _, t), x in m.deliver.items() if p in days
    )
    stock = members(m.stock)
    m.safety_stock = Rows()
    for (p, w, t), line in lines.items():
        before = stock.get((p, w, t - 1))
        line.add(-1.0 if before is not None else -ix.opening(p, w) if t == 1 else 0.0, before)
        m.safety_stock.at_most((p, w, t), line)


def volume(m: pyo.ConcreteModel, ix: Index) -> None:
    """Containers and loose cargo hold the volume of everything on a lane, whoever owns it."""
    m.volume = _carried(
        m,
        ix,
        goods={p: row.volume_m3 for p, row in ix.products.items()},
        room={c: row.volume_m3 for c, row in ix.containers.items()},
        loose={lane: 1 / row.loose_kg_m3 for lane, row in ix.lanes.items()},
    )


def weight(m: pyo.ConcreteModel, ix: Index) -> None:
    """Containers and loose cargo carry the weight of everything on a lane, in tonnes."""
    m.weight = _carried(
        m,
        ix,
        goods={p: row.weight_kg * 1e-3 for p, row in ix.products.items()},
        room={c: row.weight_kg * 1e-3 for c, row in ix.containers.items()},
        loose=dict.fromkeys(ix.lanes, 1e-3),
    )


def _carried(m: pyo.ConcreteModel, ix: Index, goods: Sizes, room: Sizes, loose: Sizes) -> Rows:
    """Rows by lane and period: goods less room in containers less loose cargo, by size of each."""
    rows, ship, boxes, parcels = Rows(), members(m.ship), members(m.boxes), members(m.loose)
    for lane, t in ((key, t) for key in ix.loaded for t in ix.ships.get(key, ())):
        line = Line()
        for p in ix.ships[lane][t]:
            line.add(goods[p], ship[p, lane, t])
        for c in ix.types(lane):
            line.add(-room[c], boxes[lane, c, t])
        if (lane, t) in parcels:
            line.add(-loose[lane], parcels[lane, t])
        rows.at_most((lane, t), line)
    return rows


def lane_capacity(m: pyo.ConcreteModel, ix: Index) -> None:
    """Goods on a lane fit its capacity."""
    limits = {
        (lane, t): row.capacity_m3_month * ix.calendar.month_share(t)
        for lane, row in ix.lanes.items()
        if row.capacity_m3_month is not None
        for t in ix.ships.get(lane, ())
    }

    def rule(m: pyo.ConcreteModel, lane: str, t: int) -> Any:
        goods = sum(ix.products[p].volume_m3 * m.ship[p, lane, t] for p in ix.ships[lane][t])
        return goods <= limits[lane, t]

    m.lane_capacity = pyo.Constraint(list(limits), rule=rule)


def co2(m: pyo.ConcreteModel, ix: Index) -> None:
    """Emissions stay under the cap."""
    if ix.settings.co2_cap is None:
        return
    terms = [kg * x for kg, x, _ in _emissions(m, ix)]
    if terms:
        m.co2 = pyo.Constraint(expr=sum(terms) * 1e-3 <= ix.settings.co2_cap * 1e-3)


def _emissions(m: pyo.ConcreteModel, ix: Index) -> list[tuple[float, Any, int]]:
    """(kg CO2e per unit, variable, period) of everything that moves."""
    out = [
        (ix.lanes[lane].co2_kg_t * ix.products[p].weight_kg / 1000, y, t)
        for (p, lane, t), y in m.ship.items()
    ]
    for (p, w, k, t), x in m.deliver.items():
        out.append((ix.last_miles[w, k].co2_kg_t * ix.products[p].weight_kg / 1000, x, t))
    for (p, s, k, t), r in m.parcel.items():
        out.append((ix.parcel_rates[s, k].co2_kg_t * ix.products[p].weight_kg / 1000, r, t))
    return [(kg, x, t) for kg, x, t in out if kg]


def flows(m: pyo.ConcreteModel, ix: Index, money: Flows) -> None:
    """Payments for producing, moving, storing and selling goods."""
    _haul_flows(m, ix, money)
    _ship_flows(m, ix, money)
    _load_flows(m, ix, money)
    _stock_flows(m, ix, money)
    _deliver_flows(m, ix, money)
    _parcel_flows(m, ix, money)
    for (p, k, t), n in m.unmet.items():
        penalty = ix.sales[p, k].penalty * ix.fx(ix.markets[k].currency, t)
        money.pay(ix.products[p].firm, OUTSIDE, t, penalty, n)
    if ix.settings.co2_price:
        for kg, x, t in _emissions(m, ix):
            money.pay(OPERATOR, OUTSIDE, t, kg * ix.settings.co2_price, x)


def _production(ix: Index, money: Flows, product: Product, period: int, made: Any) -> None:
    """Production is paid ``pay_days`` before the goods leave the firm; at once when money is off."""
    early = -product.pay_days if ix.settings.money else 0.0
    for u, share in ix.calendar.split(period, early):
        due = u or ix.last
        money.pay(product.firm, OUTSIDE, due, share * ix.cost(product.product, due), made)


def _refund(ix: Index, money: Flows, product: Product, period: int, exported: Any) -> None:
    late = product.refund_days if ix.settings.money else 0.0
    for u, share in ix.calendar.split(period, late):
        if u and product.refund_rate:
            amount = share * product.refund_rate * ix.cost(product.product, u)
            money.pay(OUTSIDE, product.firm, u, amount, exported)


def _haul_flows(m: pyo.ConcreteModel, ix: Index, money: Flows) -> None:
    for (p, h, t), q in m.haul.items():
        product, hub = ix.products[p], ix.hubs[h]
        row = ix.haulage[ix.firms[product.firm].cluster, h]
        _production(ix, money, product, t, q)
        money.pay(product.firm, OUTSIDE, t, row.cost_m3 * product.volume_m3 * ix.fx(row.currency, t), q)
        handling = (hub.handling_m3 + hub.clearance_m3) * product.volume_m3 * ix.fx(hub.currency, t)
        money.pay(OPERATOR, OUTSIDE, t, handling, q)
        tariff = ix.tariff(TariffItem.HUB, h) * product.volume_m3
        money.pay(product.firm, OPERATOR, t, tariff, q)


def _ship_flows(m: pyo.ConcreteModel, ix: Index, money: Flows) -> None:
    tariffs = {key: ix.tariff(TariffItem.LANE, key) for key in ix.lanes}
    for (p, key, t), y in m.ship.items():
        product, lane = ix.products[p], ix.lanes[key]
        warehouse = ix.warehouses[lane.warehouse]
        v = product.volume_m3
        money.pay(OPERATOR, OUTSIDE, t, lane.rate_m3 * v * ix.fx(lane.currency, t), y)
        money.pay(product.firm, OPERATOR, t, tariffs[key] * v, y)
        entering = (warehouse.handling_in_m3 + warehouse.clearance_m3) * v
        duty = ix.duty_rate(warehouse.zone, product.family) * ix.declared(product)
        for u, share in ix.arrivals(key, t):
            money.pay(OPERATOR, OUTSIDE, u, share * entering * ix.fx(warehouse.currency, u), y)
            money.pay(product.firm, OUTSIDE, u, share * duty * ix.fx(product.currency, t), y)
        _refund(ix, money, product, t, y)
        _capital(ix, money, product, t, ix.lead(key), y)


def _capital(ix: Index, money: Flows, product: Product, period: int, days: float, goods: Any) -> None:
    """Without money rows, goods under way and in stock carry a capital charge."""
    if not ix.settings.money:
        charge = ix.settings.capital_rate / 365 * days * ix.cost(product.product, period)
        money.pay(product.firm, OUTSIDE, period, charge, goods)


def _load_flows(m: pyo.ConcreteModel, ix: Index, money: Flows) -> None:
    for (key, c, t), n in m.boxes.items():
        cost = next(row.cost for row in ix.lane_containers[key] if row.container == c)
        money.pay(OPERATOR, OUTSIDE, t, cost * ix.fx(ix.lanes[key].currency, t), n)
    for (key, t), o in m.loose.items():
        lane = ix.lanes[key]
        money.pay(OPERATOR, OUTSIDE, t, (lane.loose_rate_kg or 0.0) * ix.fx(lane.currency, t), o)


def _stock_flows(m: pyo.ConcreteModel, ix: Index, money: Flows) -> None:
    for variable, places in ((m.hold, ix.hubs), (m.stock, ix.warehouses)):
        for (p, place, t), b in variable.items():
            product, row, days = ix.products[p], places[place], ix.calendar.length(t)
            v = product.volume_m3
            money.pay(OPERATOR, OUTSIDE, t, row.storage_m3_day * days * v * ix.fx(row.currency, t), b)
            tariff = ix.tariff(TariffItem.STORAGE, place) * days * v
            money.pay(product.firm, OPERATOR, t, tariff, b)
            _capital(ix, money, product, t, days, b)
            if t == ix.last and product.salvage:
                value = product.salvage * ix.fx(product.currency, t)
                money.pay(OUTSIDE, product.firm, t, value, b)
                money.pay(OUTSIDE, product.firm, t, -value * ix.target(p, place), None)


def _deliver_flows(m: pyo.ConcreteModel, ix: Index, money: Flows) -> None:
    handling = {w: (row, ix.tariff(TariffItem.HANDLING, w)) for w, row in ix.warehouses.items()}
    for (p, w, k, t), x in m.deliver.items():
        product, row = ix.products[p], ix.last_miles[w, k]
        (warehouse, tariff), v = handling[w], product.volume_m3
        mile = product.orders_per_unit * row.cost_order + product.weight_kg * row.cost_kg + v * row.cost_m3
        money.pay(product.firm, OUTSIDE, t, mile * ix.fx(row.currency, t), x)
        if warehouse.handling_out_m3:
            out = warehouse.handling_out_m3 * v * ix.fx(warehouse.currency, t)
            money.pay(OPERATOR, OUTSIDE, t, out, x)
        money.pay(product.firm, OPERATOR, t, tariff * v, x)
        _sale(ix, money, product, k, t, x)


def _sale(ix: Index, money: Flows, product: Product, market: str, period: int, sold: Any) -> None:
    """Without money rows, sales are paid at once; with them, receipts say when."""
    if not ix.settings.money:
        money.pay(OUTSIDE, product.firm, period, ix.net_price(product.product, market, period), sold)


def _parcel_flows(m: pyo.ConcreteModel, ix: Index, money: Flows) -> None:
    for (p, s, k, t), r in m.parcel.items():
        product, row = ix.products[p], ix.parcel_rates[s, k]
        heavy = max(product.weight_kg, product.volume_m3 * row.volumetric_kg_m3)
        post = product.orders_per_unit * row.cost_order + heavy * row.cost_kg
        money.pay(product.firm, OUTSIDE, t, post * ix.fx(row.currency, t), r)
        duty = ix.duties.get((ix.markets[k].zone, product.family))
        if duty:
            customs = duty.parcel_rate * ix.declared(product) * ix.fx(product.currency, t)
            fee = duty.parcel_fee * product.orders_per_unit
            money.pay(product.firm, OUTSIDE, t, customs + fee, r)
        _production(ix, money, product, t, r)
        _refund(ix, money, product, t, r)
        _sale(ix, money, product, k, t, r)


FAMILIES = (demand, hub_balance, stock_balance, safety_stock, volume, weight, lane_capacity, co2)
