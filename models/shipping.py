"""Goods: from the firms through hubs and lanes into warehouses and on to the buyers."""

from __future__ import annotations

import math

import numpy as np
import pyomo.environ as pyo

from ..instances.calendar import AFTER
from ..instances.tables import TariffItem
from .columns import Columns, numbers
from .flows import OPERATOR, OUTSIDE, Flows
from .index import Index
from .keys import Floats, Ints, Keys
from .rows import CONSTANT, Lines, Rows


def declare(m: pyo.ConcreteModel, ix: Index) -> None:
    """Variables ``haul hold ship stock deliver parcel unmet boxes loose``, bounded by data: no flow above the
    demand it can serve, no booking above what can be loaded."""
    most = ix.by_name({p: ix.most[p] + ix.on_hand[p] for p in ix.products})
    haul, hold, stock = ix.keys(ix.haul, 3), ix.keys(ix.hold, 3), ix.keys(ix.stock, 3)
    m.haul = Columns(haul, upper=most[haul.parts[0]])
    m.hold = Columns(hold, lower=_targets(ix, hold), upper=_most_held(ix, hold, most))
    m.ship = Columns(ix.ships_by, upper=most[ix.ships_by.parts[0]])
    m.stock = Columns(stock, lower=_targets(ix, stock), upper=most[stock.parts[0]])
    for name, labels in (("deliver", ix.deliver), ("parcel", ix.parcel)):
        keys = ix.keys(labels, 4)
        p, _, k, t = keys.parts
        m.add_component(name, Columns(keys, upper=ix.demanded(p, k, t)))
    unmet = ix.keys(ix.unmet, 3)
    p, k, t = unmet.parts
    share = ix.table("sales").at(p, k)["unmet_share"]
    m.unmet = Columns(unmet, upper=share * ix.demanded(p, k, t))
    boxes = [_most_boxes(ix, lane, c, t) for lane, c, t in ix.boxes]
    m.boxes = Columns(ix.keys(ix.boxes, 3), upper=boxes, domain=pyo.NonNegativeIntegers)
    m.loose = Columns(ix.keys(ix.loose, 2), upper=[_most_loose(ix, lane, t) for lane, t in ix.loose])


def _targets(ix: Index, keys: Keys) -> Floats:
    """Least units by product, place and period: the target stock at the end."""
    least = np.zeros(len(keys))
    products, places = (ix.codes.of(key[i] for key in ix.stocks) for i in (0, 1))
    at = keys.find(products, places, np.full(len(products), ix.last))
    least[at[at >= 0]] = np.array([row.target for row in ix.stocks.values()])[at >= 0]
    return least


def _most_held(ix: Index, hold: Keys, most: Floats) -> Floats:
    """Most units held over at a hub: none where it has no room, unless it has opening or target stock."""
    p, h, _ = hold.parts
    roomless = ix.table("hubs").at(h)["storage_m3"] == 0
    kept = [ix.opening(*key[:2]) != 0 or ix.target(*key[:2]) != 0 for key in hold.labels]
    return np.where(roomless & ~np.array(kept, dtype=bool), 0.0, most[p])


def _most_boxes(ix: Index, lane: str, container: str, period: int) -> int:
    """Boxes that hold everything that could leave, or as many as are to be had."""
    row = next(r for r in ix.lane_containers[lane] if r.container == container)
    goods = [(ix.products[p], ix.most[p] + ix.on_hand[p]) for p in ix.ships[lane][period]]
    size = ix.containers[container]
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
    keys, quantity = ix.wanted
    served = Lines(keys)
    for x in (m.deliver, m.parcel):
        p, _, k, t = x.parts
        served.add((p, k, t), 1.0, x)
    served.add(m.unmet.parts, 1.0, m.unmet)
    m.demand = served.equal(quantity)


def hub_balance(m: pyo.ConcreteModel, ix: Index) -> None:
    """What a hub takes in leaves on its lanes or is held over."""
    lines = Lines(ix.keys(sorted({*ix.haul, *ix.hold}), 3))
    lines.add(m.haul.parts, 1.0, m.haul)
    _carry(lines, m.hold, ix, -1.0)
    p, lane, t = m.ship.parts
    lines.add((p, ix.table("lanes").at(lane).code("hub"), t), -1.0, m.ship)
    m.hub_balance = lines.equal()


def _carry(lines: Lines, kept: Columns, ix: Index, sign: float) -> None:
    """What lies in a place at the end of a period (``sign``) and lay there before it (``-sign``), by product,
    place, period."""
    p, place, t = kept.parts
    lines.add((p, place, t), sign, kept)
    lines.add((p, place, t + 1), -sign, kept)
    products, places = (ix.codes.of(key[i] for key in ix.stocks) for i in (0, 1))
    opening = np.array([row.opening for row in ix.stocks.values()], dtype=float)
    lines.add((products, places, np.ones_like(products)), -sign * opening, CONSTANT)


def stock_balance(m: pyo.ConcreteModel, ix: Index) -> None:
    """Stock grows by arrivals and shrinks by deliveries."""
    lines = Lines(m.stock.family)
    _carry(lines, m.stock, ix, 1.0)
    p, lane, _ = m.ship.parts
    w = ix.table("lanes").at(lane).code("warehouse")
    ship, arrival, share = ix.arriving
    lines.add((p[ship], w[ship], arrival), -share, m.ship.numbers[ship])
    p, w, _, t = m.deliver.parts
    lines.add((p, w, t), 1.0, m.deliver)
    m.stock_balance = lines.equal([ix.pipeline.get(key, 0.0) for key in m.stock.labels])


def safety_stock(m: pyo.ConcreteModel, ix: Index) -> None:
    """A period starts with some days of its deliveries in the warehouse, all its markets together."""
    p, w, _, t = m.deliver.parts
    days = ix.table("products").at(p)["safety_days"]
    kept = days > 0
    share = days[kept] / ix.lengths[t[kept]]
    lines = Lines.by(ix.codes, (p[kept], w[kept], t[kept]), share, m.deliver.numbers[kept])
    p, w, t = lines.parts
    before = m.stock.family.find(p, w, t - 1)
    there = before >= 0
    lines.enter(np.flatnonzero(there), -1.0, m.stock.numbers[before[there]])
    first = [ix.opening(*key[:2]) if key[2] == 1 else 0.0 for key in lines.labels]
    lines.constant -= np.where(there, 0.0, first)
    m.safety_stock = lines.at_most()


def volume(m: pyo.ConcreteModel, ix: Index) -> None:
    """Containers and loose cargo hold the volume of everything on a lane, whoever owns it."""
    goods = {p: row.volume_m3 for p, row in ix.products.items()}
    room = {c: row.volume_m3 for c, row in ix.containers.items()}
    loose = {lane: 1 / row.loose_kg_m3 for lane, row in ix.lanes.items()}
    m.volume = _carried(m, ix, ix.by_name(goods), ix.by_name(room), ix.by_name(loose))


def weight(m: pyo.ConcreteModel, ix: Index) -> None:
    """Containers and loose cargo carry the weight of everything on a lane, in tonnes."""
    goods = {p: row.weight_kg * 1e-3 for p, row in ix.products.items()}
    room = {c: row.weight_kg * 1e-3 for c, row in ix.containers.items()}
    loose = dict.fromkeys(ix.lanes, 1e-3)
    m.weight = _carried(m, ix, ix.by_name(goods), ix.by_name(room), ix.by_name(loose))


def _carried(m: pyo.ConcreteModel, ix: Index, goods: Floats, room: Floats, loose: Floats) -> Rows:
    """Rows by lane and period: goods less room in containers less loose cargo, by size of each."""
    lines = Lines(ix.keys([(lane, t) for lane in ix.loaded for t in ix.ships.get(lane, ())], 2))
    p, lane, t = m.ship.parts
    lines.add((lane, t), goods[p], m.ship)
    lane, c, t = m.boxes.parts
    lines.add((lane, t), -room[c], m.boxes)
    lane, t = m.loose.parts
    lines.add((lane, t), -loose[lane], m.loose)
    return lines.at_most()


def lane_capacity(m: pyo.ConcreteModel, ix: Index) -> None:
    """Goods on a lane fit its capacity."""
    limits = {
        (lane, t): row.capacity_m3_month * ix.calendar.month_share(t)
        for lane, row in ix.lanes.items()
        if row.capacity_m3_month is not None
        for t in ix.ships.get(lane, ())
    }
    lines = Lines(ix.keys(limits, 2))
    p, lane, t = m.ship.parts
    lines.add((lane, t), ix.table("products").at(p)["volume_m3"], m.ship)
    m.lane_capacity = lines.at_most(list(limits.values()))


def co2(m: pyo.ConcreteModel, ix: Index) -> None:
    """Emissions stay under the cap."""
    if ix.settings.co2_cap is None:
        return
    lines = Lines(ix.keys([None], 1))
    for kg, x, _ in _emissions(m, ix):
        lines.enter(np.zeros_like(x.numbers), kg * 1e-3, x)
    if lines.used.any():
        m.co2 = lines.at_most(ix.settings.co2_cap * 1e-3)


def _emissions(m: pyo.ConcreteModel, ix: Index) -> list[tuple[Floats, Columns, Ints]]:
    """kg CO2e per unit, variables and periods of everything that moves."""
    products = ix.table("products")
    (p, lane, t), (q, w, k, u), (r, s, c, v) = m.ship.parts, m.deliver.parts, m.parcel.parts
    ship, mile = ix.table("lanes").at(lane), ix.table("last_miles").at(w, k)
    parcel = ix.table("parcel_rates").at(s, c)
    return [
        (ship["co2_kg_t"] * products.at(p)["weight_kg"] / 1000, m.ship, t),
        (mile["co2_kg_t"] * products.at(q)["weight_kg"] / 1000, m.deliver, u),
        (parcel["co2_kg_t"] * products.at(r)["weight_kg"] / 1000, m.parcel, v),
    ]


def flows(m: pyo.ConcreteModel, ix: Index, money: Flows) -> None:
    """Payments for producing, moving, storing and selling goods."""
    _haul_flows(m, ix, money)
    _ship_flows(m, ix, money)
    _load_flows(m, ix, money)
    _stock_flows(m, ix, money)
    _deliver_flows(m, ix, money)
    _parcel_flows(m, ix, money)
    p, k, t = m.unmet.parts
    penalty = ix.table("sales").at(p, k)["penalty"] * ix.table("markets").at(k).fx(t)
    money.pay_all(ix.table("products").at(p).code("firm"), OUTSIDE, t, penalty, m.unmet)
    if ix.settings.co2_price:
        for kg, x, t in _emissions(m, ix):
            money.pay_all(OPERATOR, OUTSIDE, t, kg * ix.settings.co2_price, x)


def _production(ix: Index, money: Flows, p: Ints, t: Ints, made: Columns) -> None:
    """Production is paid ``pay_days`` before the goods leave the firm; at once when money is off."""
    product = ix.table("products").at(p)
    early = -product["pay_days"] if ix.settings.money else 0.0
    unit, u, share = ix.spread(t, early)
    due = np.where(u == AFTER, ix.last, u)
    amount = share * ix.costs(p[unit], due)
    money.pay_all(product.code("firm")[unit], OUTSIDE, due, amount, made.numbers[unit])


def _refund(ix: Index, money: Flows, p: Ints, t: Ints, exported: Columns) -> None:
    product = ix.table("products").at(p)
    late = product["refund_days"] if ix.settings.money else 0.0
    unit, u, share = ix.spread(t, late)
    amount = share * product["refund_rate"][unit] * ix.costs(p[unit], u)
    money.pay_all(OUTSIDE, product.code("firm")[unit], u, amount, exported.numbers[unit])


def _haul_flows(m: pyo.ConcreteModel, ix: Index, money: Flows) -> None:
    p, h, t = m.haul.parts
    product, hub = ix.table("products").at(p), ix.table("hubs").at(h)
    firm, v = product.code("firm"), product["volume_m3"]
    row = ix.table("haulage").at(ix.table("firms").at(firm).code("cluster"), h)
    _production(ix, money, p, t, m.haul)
    money.pay_all(firm, OUTSIDE, t, row["cost_m3"] * v * row.fx(t), m.haul)
    handling = (hub["handling_m3"] + hub["clearance_m3"]) * v * hub.fx(t)
    money.pay_all(OPERATOR, OUTSIDE, t, handling, m.haul)
    money.pay_all(firm, OPERATOR, t, ix.tariffs_of(TariffItem.HUB, ix.hubs)[h] * v, m.haul)


def _ship_flows(m: pyo.ConcreteModel, ix: Index, money: Flows) -> None:
    p, key, t = m.ship.parts
    product, lane = ix.table("products").at(p), ix.table("lanes").at(key)
    firm, v = product.code("firm"), product["volume_m3"]
    warehouse = ix.table("warehouses").at(lane.code("warehouse"))
    money.pay_all(OPERATOR, OUTSIDE, t, lane["rate_m3"] * v * lane.fx(t), m.ship)
    money.pay_all(firm, OPERATOR, t, ix.tariffs_of(TariffItem.LANE, ix.lanes)[key] * v, m.ship)
    entering = (warehouse["handling_in_m3"] + warehouse["clearance_m3"]) * v
    duty = ix.duty_rates(warehouse.code("zone"), product.code("family")) * ix.declared_values(p)
    ship, u, share = ix.arriving
    amount = share * entering[ship] * warehouse.taken(ship).fx(u)
    money.pay_all(OPERATOR, OUTSIDE, u, amount, m.ship.numbers[ship])
    amount = share * duty[ship] * product.fx(t)[ship]
    money.pay_all(firm[ship], OUTSIDE, u, amount, m.ship.numbers[ship])
    _refund(ix, money, p, t, m.ship)
    _capital(ix, money, p, t, ix.leads[key], m.ship)


def _capital(ix: Index, money: Flows, p: Ints, t: Ints, days: Floats, goods: Columns) -> None:
    """Without money rows, goods under way and in stock carry a capital charge."""
    if not ix.settings.money:
        charge = ix.settings.capital_rate / 365 * days * ix.costs(p, t)
        money.pay_all(ix.table("products").at(p).code("firm"), OUTSIDE, t, charge, goods)


def _load_flows(m: pyo.ConcreteModel, ix: Index, money: Flows) -> None:
    for (key, c, t), n in numbers(m.boxes).items():
        cost = next(row.cost for row in ix.lane_containers[key] if row.container == c)
        money.pay(OPERATOR, OUTSIDE, t, cost * ix.fx(ix.lanes[key].currency, t), n)
    for (key, t), o in numbers(m.loose).items():
        lane = ix.lanes[key]
        money.pay(OPERATOR, OUTSIDE, t, (lane.loose_rate_kg or 0.0) * ix.fx(lane.currency, t), o)


def _stock_flows(m: pyo.ConcreteModel, ix: Index, money: Flows) -> None:
    for lying, places in ((m.hold, "hubs"), (m.stock, "warehouses")):
        p, place, t = lying.parts
        product, row, days = ix.table("products").at(p), ix.table(places).at(place), ix.lengths[t]
        firm, v = product.code("firm"), product["volume_m3"]
        money.pay_all(OPERATOR, OUTSIDE, t, row["storage_m3_day"] * days * v * row.fx(t), lying)
        tariff = ix.tariffs_of(TariffItem.STORAGE, getattr(ix, places))[place] * days * v
        money.pay_all(firm, OPERATOR, t, tariff, lying)
        _capital(ix, money, p, t, days, lying)
        value = np.where(t == ix.last, product["salvage"], 0.0) * product.fx(t)
        money.pay_all(OUTSIDE, firm, t, value, lying)
        money.pay_all(OUTSIDE, firm, t, -value * _targets(ix, lying.family), None)


def _deliver_flows(m: pyo.ConcreteModel, ix: Index, money: Flows) -> None:
    p, w, k, t = m.deliver.parts
    product, warehouse = ix.table("products").at(p), ix.table("warehouses").at(w)
    firm, v, row = product.code("firm"), product["volume_m3"], ix.table("last_miles").at(w, k)
    order, weight = product["orders_per_unit"] * row["cost_order"], product["weight_kg"] * row["cost_kg"]
    mile = order + weight + v * row["cost_m3"]
    money.pay_all(firm, OUTSIDE, t, mile * row.fx(t), m.deliver)
    money.pay_all(OPERATOR, OUTSIDE, t, warehouse["handling_out_m3"] * v * warehouse.fx(t), m.deliver)
    money.pay_all(firm, OPERATOR, t, ix.tariffs_of(TariffItem.HANDLING, ix.warehouses)[w] * v, m.deliver)
    _sale(ix, money, p, k, t, m.deliver)


def _sale(ix: Index, money: Flows, p: Ints, k: Ints, t: Ints, sold: Columns) -> None:
    """Without money rows, sales are paid at once; with them, receipts say when."""
    if not ix.settings.money:
        firm = ix.table("products").at(p).code("firm")
        money.pay_all(OUTSIDE, firm, t, ix.net_prices(p, k, t), sold)


def _parcel_flows(m: pyo.ConcreteModel, ix: Index, money: Flows) -> None:
    p, s, k, t = m.parcel.parts
    product, row = ix.table("products").at(p), ix.table("parcel_rates").at(s, k)
    firm, orders = product.code("firm"), product["orders_per_unit"]
    heavy = np.maximum(product["weight_kg"], product["volume_m3"] * row["volumetric_kg_m3"])
    post = orders * row["cost_order"] + heavy * row["cost_kg"]
    money.pay_all(firm, OUTSIDE, t, post * row.fx(t), m.parcel)
    zone, family = ix.table("markets").at(k).code("zone"), product.code("family")
    customs = ix.duty_rates(zone, family, "parcel_rate") * ix.declared_values(p) * product.fx(t)
    fee = ix.duty_rates(zone, family, "parcel_fee") * orders
    money.pay_all(firm, OUTSIDE, t, customs + fee, m.parcel)
    _production(ix, money, p, t, m.parcel)
    _refund(ix, money, p, t, m.parcel)
    _sale(ix, money, p, k, t, m.parcel)


FAMILIES = (demand, hub_balance, stock_balance, safety_stock, volume, weight, lane_capacity, co2)
