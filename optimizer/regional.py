"""Goods of one region as linear programmes: its relaxation, and its best flows under given places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..instances.network import Network
from ..instances.transform import without_money
from ..models.cluster import build
from ..models.index import Index
from .arrays import Arrays, Bools, Floats, collector_off, compile_model
from .blocks import prices_of
from .centre import centre
from .clock import Clock
from .freight import fill_lane_prices
from .highs import Ints, Outcome, Status
from .interior import ANYWHERE, CORNER, interior
from .leases import Lease, plan_leases
from .places import ROOM, Places, open_places
from .regions import region, regions, volume_share
from .relaxation import LAZY, broken_rows

GOODS = ("haul", "hold", "ship", "stock", "deliver", "parcel", "unmet", "boxes", "loose")
"""Flows of goods and what carries them."""

_HUB_ROWS = ("hub_capacity", "hub_family", "hub_storage")
"""Rows that regions share: a dual of 0 counts when they are averaged."""

_SEPARATED = ("link", "stock_link", "source_link")
"""Lazy rows that are looked at: links of markets and hubs follow from these or bind nothing."""

COVERS = (1.0, 0.9, 0.8, 0.7)
"""Parts of what goods need for which leases are planned; peaks then go elsewhere.  Measured on the largest
region of a park of 100 firms, for the relaxation's goods: 42.17, 41.92, 41.87, 41.92 million USD."""

Keyed = dict[tuple[str, Any], float]


_PRICES, _FLOWS = 1e-3, 1e-4
"""Tolerances of relaxations, which are asked for prices, and of flows, whose costs are compared.  Measured on
the largest region of a park of 100 firms: 13 instead of 15 seconds and 0.001 % of the bound for the first."""


@dataclass(frozen=True)
class Flow:
    """A solved region: cost, duals by row, goods by column (zeros left out), the leases it was solved for."""

    cost: float = np.inf
    duals: Keyed = field(default_factory=dict)
    goods: Keyed = field(default_factory=dict)
    leases: frozenset[Lease] = frozenset()


@dataclass
class _Known:
    """What a region's models at all costs have in common: lazy rows listed so far, columns of the joint
    model."""

    listed: Bools | None = None
    columns: Ints | None = None


class RegionGoods:
    """One region's goods, without money (capital charged instead); ``reprice`` changes their costs, ``share``
    is the part of hub levels that the region has to itself."""

    def __init__(
        self, network: Network, reprice: Callable[[Arrays], Arrays] | None = None, share: float = 1.0
    ):
        with collector_off():
            model = build(network)
            arrays = compile_model(model)
        self.index: Index = model.index
        self.arrays = centre(model, arrays if reprice is None else reprice(arrays))
        self._share = share
        self._known = _Known()

    def expect(self, joint: Arrays, x: Floats) -> None:
        """List the lazy rows of all goods that a point of the joint model keeps or delivers: most of those
        that bind are among them."""
        listed = ~self.arrays.rows_of(LAZY)
        for family, component in (("link", "deliver"), ("stock_link", "stock")):
            place, first = joint.place(component), self.arrays.rows[family].start
            used = [x[place[key]] > 1e-6 for key in self.arrays.row_keys[family]]
            listed[first + np.flatnonzero(used)] = True
        self._known.listed = listed

    def at(self, joint: Arrays, cost: Floats | None, kept: Bools | None = None) -> RegionGoods:
        """The same region at costs of the joint model's columns (``None``: its own); columns that are not
        ``kept`` stay at their lower limits."""
        a, columns, out = self.arrays, self.columns_in(joint), copy(self)
        upper = a.upper if kept is None else np.where(kept[columns], a.upper, a.lower)
        out.arrays = replace(a, cost=a.cost if cost is None else cost[columns], upper=upper)
        return out

    def columns_in(self, joint: Arrays) -> Ints:
        """Where the joint model has the region's columns."""
        a, known = self.arrays, self._known
        if known.columns is None:
            known.columns = np.array([joint.place(name)[key] for name in a.columns for key in a.keys[name]])
        return known.columns

    def relax(self, clock: Clock, rounds: int | None = None) -> Flow | None:
        """Everything continuous, lazy rows separated in some rounds: in one, if none are expected to bind;
        ``None`` where time is too short."""
        once = 0 if self._known.listed is not None else 1
        return self._relaxed(self.arrays, clock, once if rounds is None else rounds)

    def relax_with(self, levels: Mapping[str, str | None], clock: Clock, room: float = 1.0) -> Flow | None:
        """The same with some hubs decided: one that has a level in ``levels`` is open and paid, one that has
        none takes nothing in.  There are ``room`` times as many of all places."""
        a = self.arrays
        lower, upper = a.lower.copy(), np.where(a.columns_of(ROOM), room * a.upper, a.upper)
        for (_, hub, _), j in a.place("haul").items():
            upper[j] = 0.0 if levels.get(hub, "") is None else upper[j]
        for (hub, level), j in a.place("hub").items():
            if hub in levels:
                lower[j] = upper[j] = float(levels[hub] == level)
        return self._relaxed(replace(a, lower=lower, upper=upper), clock, 0)

    def _relaxed(self, arrays: Arrays, clock: Clock, rounds: int) -> Flow | None:
        """By an interior point method, without a vertex: only prices are asked for.  Lazy rows that it breaks
        are there next time."""
        listed, flow = self._known.listed, None
        listed = ~arrays.rows_of(LAZY) if listed is None else listed
        for _ in range(rounds + 1):
            outcome = _solved(arrays, listed, clock, _PRICES)
            if outcome.status is not Status.OPTIMAL:
                break
            flow = self._flow(outcome, frozenset())
            broken = broken_rows(arrays, _SEPARATED, outcome.values())
            self._known.listed = listed = listed | np.isin(np.arange(len(listed)), broken)
            if not len(broken):
                break
        return flow

    def flow(self, places: Places, clock: Clock) -> Flow | None:
        """The best flows under given places; ``None`` where there are none, or no time."""
        return self._solve(_restricted(places, self.index), clock)

    def fit(self, places: Places, clock: Clock, below: float = np.inf) -> Flow | None:
        """The best flows with the cheapest leases for them in the warehouses leased.

        ``None`` also where any part of any lease would do and the cost is still not ``below``.
        """
        free = self._solve(_restricted(places, self.index), clock, free=True)
        if free is None or free.cost >= below:
            return None
        return self.led(free.goods, places, clock)

    def led(self, goods: Keyed, places: Places, clock: Clock) -> Flow | None:
        """The best flows under leases for more or less of what some goods need."""
        tries = (self.flow(trial, clock) for trial in self.leased_for(goods, places))
        return min(filter(None, tries), key=lambda flow: flow.cost, default=None)

    def leased_for(self, goods: Keyed, places: Places) -> list[Places]:
        """Places with leases that cover more or less of what some goods need, from the most on."""
        x = self._point(goods)
        found = {plan_leases(self.index, self.arrays, x, cover): None for cover in COVERS}
        return [replace(places, leases=leases) for leases in found]

    def _solve(self, places: Places, clock: Clock, free: bool = False) -> Flow | None:
        """Flows under given places; ``free``: any part of any lease of the warehouses leased."""
        a, ix = self.arrays, self.index
        lower, upper = open_places(ix, a, places)
        if free:
            _unlock(ix, a, {w for w, _, _ in places.leases}, lower, upper)
        for key, j in a.place("hub").items():
            lower[j] = upper[j] = self._share * float(key in places.hubs)
        left_out = [family for family in LAZY if not (free and family in ("link", "stock_link"))]
        own = replace(a, lower=lower, upper=upper)
        outcome = _solved(own, ~a.rows_of(left_out), clock, _FLOWS)
        return self._flow(outcome, places.leases) if outcome.status is Status.OPTIMAL else None

    def _flow(self, outcome: Outcome, leases: frozenset[Lease]) -> Flow:
        x = outcome.values()
        return Flow(self.arrays.objective(x), self._duals(outcome.duals), self._goods(x), leases)

    def _duals(self, y: Floats | None) -> Keyed:
        a, out = self.arrays, {}
        y = np.zeros(len(a.row_lower)) if y is None else y
        for family, place in a.rows.items():
            part = y[place]
            for i in range(len(part)) if family in _HUB_ROWS else np.flatnonzero(part):
                out[family, a.row_keys[family][i]] = float(part[i])
        return out

    def _goods(self, x: Floats) -> Keyed:
        out: Keyed = {}
        for component in GOODS:
            place, keys = self.arrays.columns[component], self.arrays.keys[component]
            for i in np.flatnonzero(x[place] > 1e-9):
                out[component, keys[i]] = float(x[place.start + i])
        return out

    def _point(self, goods: Keyed) -> Floats:
        x = np.zeros(len(self.arrays.cost))
        for (component, key), value in goods.items():
            x[self.arrays.place(component)[key]] = value
        return x


def _solved(arrays: Arrays, rows: Bools, clock: Clock, tolerance: float) -> Outcome:
    """Some arrays with some rows.  A vertex is looked for only where the point is not precise."""
    fast = {**ANYWHERE, "kkt_tolerance": tolerance}
    return interior(arrays, rows, clock, fast, CORNER, implied=arrays.rows_of(LAZY))


def goods_of_regions(
    network: Network, reprice: Callable[[Arrays], Arrays] | None = None
) -> list[RegionGoods]:
    """Models of the regions' goods, the largest first."""
    goods = without_money(network)
    parts = sorted(regions(goods), key=len, reverse=True)
    return [RegionGoods(region(goods, part), reprice, volume_share(goods, part)) for part in parts]


def _restricted(places: Places, ix: Index) -> Places:
    """The part of some places that is in a region."""
    return Places(
        frozenset(lease for lease in places.leases if lease[0] in ix.warehouses),
        frozenset(w for w in places.sites if w in ix.warehouses),
        places.hubs,
    )


def _unlock(ix: Index, arrays: Arrays, warehouses: set[str], lower: Floats, upper: Floats) -> None:
    """Any part of any lease of some warehouses, in every period."""
    for component in ("lease", "leased", "site"):
        for key, j in arrays.place(component).items():
            if (key if component == "site" else key[0]) in warehouses:
                lower[j], upper[j] = arrays.lower[j], arrays.upper[j]
    for component in ("stock", "deliver"):
        for key, j in arrays.place(component).items():
            if key[1] in warehouses:
                lower[j], upper[j] = arrays.lower[j], arrays.upper[j]


def goods_point(joint: Arrays, flows: Iterable[Flow]) -> Floats:
    """The goods of all regions as a point of the joint model."""
    goods = np.zeros(len(joint.cost))
    for flow in flows:
        for (component, key), value in flow.goods.items():
            goods[joint.place(component)[key]] += value
    return goods


def prices_of_flows(ix: Index, arrays: Arrays, found: Iterable[Flow]) -> Floats:
    """Prices of the joint model's shared rows from its regions; public money is worth what it pays."""
    duals: dict[tuple[str, Any], list[float]] = defaultdict(list)
    for flow in found:
        for key, value in flow.duals.items():
            duals[key].append(value)
    prices = fill_lane_prices(ix, arrays, prices_of(arrays, duals))
    if "subsidy_share" in arrays.rows:
        prices[arrays.rows["subsidy_share"]] = -1.0
    return prices
