"""What a unit costs in every market from every warehouse, containers paid by the part they fill.

One shipment at a time, nothing shared: the cheapest way of each unit through hub, lane and storage.  It is
what places are chosen by; firms' plans and whole containers follow.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..models.index import Index
from .arrays import Arrays, Bools, Floats
from .highs import Ints

_FILL = 0.97
"""Part of a container that is usually filled."""


@dataclass(frozen=True)
class Demands:
    """Demand: product, market and period by number, units, m3 per unit, cost per unit served otherwise."""

    keys: list[tuple[str, str, int]]
    product: Ints
    period: Ints
    quantity: Floats
    volume: Floats
    elsewhere: Floats


@dataclass(frozen=True)
class Arcs:
    """Deliveries that keep the promise: demand, product, warehouse and period by number, and what the
    delivery itself costs per unit."""

    demand: Ints
    product: Ints
    warehouse: Ints
    period: Ints
    cost: Floats


class Landed:
    """Unit costs of a network, in network currency per unit.

    ``via[h, p, w, t]``: brought through hub h into w and kept there until t; infinite where that cannot be.
    ``known[p, w, t]``: the same for goods that lie there or are under way at the start.
    Periods are numbered from 0.
    """

    def __init__(self, ix: Index, arrays: Arrays):
        self.index, self._arrays = ix, arrays
        self.products, self.warehouses, self.hubs = list(ix.products), list(ix.warehouses), list(ix.hubs)
        self._p = {p: i for i, p in enumerate(self.products)}
        self._w = {w: i for i, w in enumerate(self.warehouses)}
        self._charge = 0.0 if not ix.settings.money else ix.settings.capital_rate / 365
        self.demands = self._demands()
        self.hold = self._hold()
        self.early = np.zeros((len(self.products), len(self.warehouses)))
        self._sent = np.full(len(arrays.keys["ship"]), np.inf)
        self._arrival = np.zeros(len(self._sent), dtype=np.int64)
        arrived = self._arrived()
        self.via = np.stack([self._kept(cost) for cost in arrived]) if len(arrived) else arrived
        self.known = self._known()
        self.arcs = self._arcs()

    def _demands(self) -> Demands:
        ix, a = self.index, self._arrays
        keys = list(ix.demand)
        number = {key: i for i, key in enumerate(keys)}
        cost = np.full(len(keys), np.inf)
        for (p, _, m, t), j in a.place("parcel").items():
            cost[number[p, m, t]] = min(cost[number[p, m, t]], a.cost[j])
        for key, j in a.place("unmet").items():
            if ix.sales[key[:2]].unmet_share >= 1:
                cost[number[key]] = min(cost[number[key]], a.cost[j])
        dear = 3 * np.abs(cost[np.isfinite(cost)]).max(initial=1.0)
        worth = np.array([ix.cost(p, t) for p, _, t in keys])
        return Demands(
            keys,
            np.array([self._p[p] for p, _, _ in keys], dtype=np.int64),
            np.array([t - 1 for _, _, t in keys], dtype=np.int64),
            np.array(list(ix.demand.values())),
            np.array([ix.products[p].volume_m3 for p, _, _ in keys]),
            np.where(np.isfinite(cost), cost, dear + 3 * worth),
        )

    def _worth(self) -> Floats:
        """Carrying charge per day of a unit of each product in each period (money as its own rows only)."""
        ix = self.index
        charges = [[self._charge * ix.cost(p, t) for t in ix.periods] for p in self.products]
        return np.array(charges).reshape(len(self.products), ix.last)

    def _hold(self) -> Floats:
        """(product, warehouse, period) -> cost of keeping a unit for the period."""
        ix, a = self.index, self._arrays
        days = np.array([ix.calendar.length(t) for t in ix.periods])
        out = np.full((len(self.products), len(self.warehouses), ix.last), np.inf)
        p, w, t = self._numbers("stock")
        out[p, w, t] = a.cost[a.columns["stock"]]
        last = out[:, :, -1]
        last[np.isfinite(last)] = np.maximum(last[np.isfinite(last)], 0.0)
        kept: Floats = out + (self._worth() * days)[:, None, :]
        return kept

    def _numbers(self, component: str) -> tuple[Ints, Ints, Ints]:
        """Product, warehouse and period numbers of a component's keys."""
        keys = self._arrays.keys[component]
        p = np.array([self._p[key[0]] for key in keys], dtype=np.int64)
        w = np.array([self._w.get(key[1], -1) for key in keys], dtype=np.int64)
        t = np.array([key[-1] - 1 for key in keys], dtype=np.int64)
        return p, w, t

    def _arrived(self) -> Floats:
        """(hub, product, warehouse, period) -> least cost of a unit that has arrived by the period's end."""
        ix, a = self.index, self._arrays
        shape = (len(self.hubs), len(self.products), len(self.warehouses), ix.last)
        out = np.full(shape, np.inf)
        haul, worth = a.place("haul"), self._worth()
        hub = {h: i for i, h in enumerate(self.hubs)}
        hold = a.place("hold")
        freight = {key: self._freight(*key) for key in a.row_keys["volume"]}
        start = a.columns["ship"].start
        for i, (p, lane, t) in enumerate(a.keys["ship"]):
            row = ix.lanes[lane]
            taken = haul.get((p, row.hub, t))
            if taken is None and (p, row.hub, t) not in hold:
                continue
            arrivals = ix.arrivals(lane, t)
            u = max(period for period, _ in arrivals)
            n, w = self._p[p], self._w[row.warehouse]
            cost = a.cost[start + i] + (0.0 if taken is None else a.cost[taken])
            cost += worth[n, t - 1] * ix.lead(lane)
            cost += sum(share * self.hold[n, w, v - 1] for v, share in arrivals if v != u)
            if (lane, t) in freight:
                product = ix.products[p]
                cost += freight[lane, t](product.volume_m3, product.weight_kg)
            self._sent[i], self._arrival[i] = cost, u
            at = hub[row.hub], n, w, u - 1
            if cost < out[at]:
                out[at] = cost
                self.early[n, w] = sum(share for period, share in arrivals if period != u)
        return out

    def _freight(self, lane: str, period: int) -> Callable[[float, float], float]:
        """Cost of a volume (m3) and weight (kg) on a lane, in the box or loose cargo that suits it best."""
        ix = self.index
        row = ix.lanes[lane]
        fx = ix.fx(row.currency, period) * ix.discount(period)
        boxes = [
            (r.cost * fx / _FILL, ix.containers[r.container].volume_m3, ix.containers[r.container].weight_kg)
            for r in ix.lane_containers.get(lane, ())
        ]
        rate = None if row.loose_rate_kg is None else row.loose_rate_kg * fx

        def cost(volume: float, weight: float) -> float:
            ways = [price * max(volume / room, weight / load) for price, room, load in boxes]
            if rate is not None:
                ways.append(rate * max(volume * row.loose_kg_m3, weight))
            return min(ways)

        return cost

    def _kept(self, arrived: Floats) -> Floats:
        """Cost of units available in each period: arrived then, or kept since before."""
        out = arrived.copy()
        for t in range(1, out.shape[2]):
            np.minimum(out[:, :, t], out[:, :, t - 1] + self.hold[:, :, t - 1], out=out[:, :, t])
        return out

    def _known(self) -> Floats:
        """Cost of goods that are there anyway: only their keeping."""
        ix = self.index
        out = np.full(self.hold.shape, np.inf)
        for (p, place), row in ix.stocks.items():
            if row.opening > 0 and place in self._w:
                out[self._p[p], self._w[place], 0] = 0.0
        for p, w, t in ix.pipeline:
            if w in self._w:
                out[self._p[p], self._w[w], t - 1] = 0.0
        return self._kept(out)

    def _arcs(self) -> Arcs:
        ix, a = self.index, self._arrays
        number = {key: i for i, key in enumerate(self.demands.keys)}
        p, w, t = self._numbers("deliver")
        d = np.array([number[p, m, t] for p, _, m, t in a.keys["deliver"]], dtype=np.int64)
        cost = a.cost[a.columns["deliver"]].copy()
        cover = np.array([row.safety_days for row in ix.products.values()])[:, None]
        cover = cover / np.array([ix.calendar.length(k) for k in ix.periods])
        kept = self.hold[p, w, t - 1]
        before = np.where((t > 0) & np.isfinite(kept), kept, 0.0)
        return Arcs(d, p, w, t, cost + cover[p, t] * before)

    def delivered(self, hubs: NDArray[np.bool_]) -> Floats:
        """Cost per unit of every arc through the best of some hubs; infinite where there is no way."""
        arcs = self.arcs
        at = (arcs.product, arcs.warehouse, arcs.period)
        best = np.min(self.via[hubs], axis=0, initial=np.inf)[at]
        return np.where(np.isfinite(best), best, self.known[at]) + arcs.cost

    def likely(self, near: int, sites: Collection[str] | None = None) -> Bools:
        """Columns of the model that good plans in some warehouses (all) are likely to use: deliveries from
        those that are cheapest for a demand (``near`` of them), stock there, the cheapest ways there; of
        parcels those that are cheaper, of the rest all."""
        a, arcs = self._arrays, self.arcs
        out = ~a.columns_of(("deliver", "stock", "ship", "parcel"))
        within = np.array([sites is None or w in sites for w in self.warehouses], dtype=bool)
        cost = self.delivered(np.ones(len(self.hubs), dtype=bool))
        cost = np.where(within[arcs.warehouse], cost, np.inf)
        taken = out[a.columns["deliver"]] = (_ranks(arcs.demand, cost) < near) & np.isfinite(cost)
        pair = np.zeros((len(self.products), len(self.warehouses)), dtype=bool)
        pair[arcs.product[taken], arcs.warehouse[taken]] = True
        p, w, _ = self._numbers("stock")
        out[a.columns["stock"]] = pair[p, w]
        lanes = self.index.lanes
        p = np.array([self._p[key[0]] for key in a.keys["ship"]], dtype=np.int64)
        w = np.array([self._w[lanes[key[1]].warehouse] for key in a.keys["ship"]], dtype=np.int64)
        group = (p * len(self.warehouses) + w) * (self.index.last + 1) + self._arrival
        out[a.columns["ship"]] = pair[p, w] & (_ranks(group, self._sent) < near)
        least = np.full(len(self.demands.keys), np.inf)
        np.minimum.at(least, arcs.demand, cost)
        number = {key: i for i, key in enumerate(self.demands.keys)}
        row = np.array([number[key[0], *key[2:]] for key in a.keys["parcel"]], dtype=np.int64)
        out[a.columns["parcel"]] = a.cost[a.columns["parcel"]] < least[row]
        return out

    def loads(self, hubs: NDArray[np.bool_], arcs: Ints, units: Floats) -> dict[tuple[str, int], float]:
        """(hub, period) -> m3 that deliveries on some arcs bring through it, about the time of delivery."""
        chosen = self.arcs
        at = (chosen.product[arcs], chosen.warehouse[arcs], chosen.period[arcs])
        open_ = np.flatnonzero(hubs)
        out: dict[tuple[str, int], float] = {}
        if not len(open_):
            return out
        costs = self.via[open_][:, *at]
        best = open_[np.argmin(costs, axis=0)]
        real = np.isfinite(costs.min(axis=0, initial=np.inf))
        volume = units * self.demands.volume[chosen.demand[arcs]]
        table = np.zeros((len(self.hubs), self.index.last))
        np.add.at(table, (best[real], at[2][real]), volume[real])
        for h, t in zip(*np.nonzero(table), strict=True):
            out[self.hubs[h], int(t) + 1] = float(table[h, t])
        return out


def _ranks(group: Ints, cost: Floats) -> Ints:
    """The place of each entry in its group by cost, from 0."""
    order = np.lexsort((cost, group))
    first = np.concatenate([[True], np.diff(group[order]) != 0])[: len(order)]
    begin = np.flatnonzero(first)
    out = np.empty(len(order), dtype=np.int64)
    out[order] = np.arange(len(order)) - np.repeat(begin, np.diff(np.append(begin, len(order))))
    return out
