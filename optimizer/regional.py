"""Goods of one region as linear programmes: its relaxation, and its best flows under given places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..instances.network import Network
from ..instances.transform import without_money
from ..models.cluster import build
from ..models.index import Index
from .arrays import Arrays, Floats, collector_off, compile_model
from .blocks import prices_of
from .centre import centre
from .clock import Clock
from .fixing import broken_by_fixed, without_fixed
from .freight import fill_lane_prices
from .highs import Ints, Outcome, Solver, Status
from .leases import Lease, plan_leases
from .places import ROOM, Places, open_places
from .regions import region, regions, volume_share
from .relaxation import LAZY, Relaxation

GOODS = ("haul", "hold", "ship", "stock", "deliver", "parcel", "unmet", "boxes", "loose")
"""Flows of goods and what carries them."""

_HUB_ROWS = ("hub_capacity", "hub_family", "hub_storage")
"""Rows that regions share: a dual of 0 counts when they are averaged."""

_ROUNDS = 1
"""Rounds in which lazy rows are separated once hubs are decided; those of earlier relaxations are there."""

Keyed = dict[tuple[str, Any], float]


@dataclass(frozen=True)
class Flow:
    """A solved region: cost, duals by row, goods by column (zeros left out), the leases it was solved for."""

    cost: float = np.inf
    duals: Keyed = field(default_factory=dict)
    goods: Keyed = field(default_factory=dict)
    leases: frozenset[Lease] = frozenset()


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
        self._listed: Ints | None = None
        self._share = share

    def expect(self, joint: Arrays, x: Floats) -> None:
        """List the lazy rows of all goods that a point of the joint model keeps or delivers: most of those
        that bind are among them."""
        rows = [np.flatnonzero(~self.arrays.rows_of(LAZY))]
        for family, component in (("link", "deliver"), ("stock_link", "stock")):
            place, first = joint.place(component), self.arrays.rows[family].start
            used = [x[place[key]] > 1e-6 for key in self.arrays.row_keys[family]]
            rows.append(first + np.flatnonzero(used))
        self._listed = np.concatenate(rows)

    def relax(self, clock: Clock, rounds: int | None = None) -> Flow | None:
        """Everything continuous, lazy rows separated in some rounds: in one, if none are expected to bind;
        ``None`` where time is too short."""
        once = 0 if self._listed is not None else 1
        return self._relaxed(self.arrays, clock, once if rounds is None else rounds)

    def relax_at(
        self,
        joint: Arrays,
        cost: Floats,
        levels: Mapping[str, str | None],
        clock: Clock,
        room: float = 1.0,
    ) -> Flow | None:
        """The same at the costs of the joint model's columns, with some hubs decided: one that has a level in
        ``levels`` is open and paid, one that has none takes nothing in.  There are ``room`` times as many of
        all places."""
        a = self.arrays
        columns = [joint.place(component)[key] for component in a.columns for key in a.keys[component]]
        lower, upper = a.lower.copy(), np.where(a.columns_of(ROOM), room * a.upper, a.upper)
        for (_, hub, _), j in a.place("haul").items():
            upper[j] = 0.0 if levels.get(hub, "") is None else upper[j]
        for (hub, level), j in a.place("hub").items():
            if hub in levels:
                lower[j] = upper[j] = float(levels[hub] == level)
        decided = replace(a, cost=cost[columns], lower=lower, upper=upper)
        return self._relaxed(decided, clock, _ROUNDS)

    def _relaxed(self, arrays: Arrays, clock: Clock, rounds: int) -> Flow | None:
        """By an interior point method, without a vertex: only prices are asked for."""
        relaxation = Relaxation(
            arrays, ("market_link", "hub_link"), self._listed, solver="ipx", run_crossover="off"
        )
        outcome = relaxation.solve(clock, rounds=rounds)
        self._listed = relaxation.rows
        if outcome.status is not Status.OPTIMAL or outcome.duals is None:
            return None
        y = np.zeros(len(self.arrays.row_lower))
        y[relaxation.rows[: len(outcome.duals)]] = outcome.duals
        return self._flow(outcome, outcome.values(), y, frozenset())

    def flow(self, places: Places, clock: Clock) -> Flow | None:
        """The best flows under given places; ``None`` where there are none, or no time."""
        return self._solve(_restricted(places, self.index), clock)

    def fit(self, places: Places, clock: Clock, below: float = np.inf) -> Flow | None:
        """The best flows with the cheapest leases for them in the warehouses leased.

        ``None`` also where any part of any lease would do and the cost is still not ``below``.
        """
        own = _restricted(places, self.index)
        free = self._solve(own, clock, free=True)
        if free is None or free.cost >= below:
            return None
        leases = plan_leases(self.index, self.arrays, self._point(free.goods))
        return self._solve(replace(own, leases=frozenset(leases)), clock)

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
        part, kept, rows = without_fixed(own, ~a.rows_of(left_out))
        if broken_by_fixed(own, ~rows & ~a.rows_of(LAZY)):
            return None
        outcome = Solver(part, solver="ipx").run(clock)
        if outcome.status is not Status.OPTIMAL:
            return None
        x, y = lower.copy(), np.zeros(len(a.row_lower))
        x[kept], y[rows] = outcome.values(), outcome.duals
        return self._flow(outcome, x, y, places.leases)

    def _flow(self, outcome: Outcome, x: Floats, y: Floats, leases: frozenset[Lease]) -> Flow:
        return Flow(self.arrays.objective(x), self._duals(y), self._goods(x), leases)

    def _duals(self, y: Floats) -> Keyed:
        a, out = self.arrays, {}
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
