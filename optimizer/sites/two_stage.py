"""The two-stage location problem that a network is, where it is one, and the way back to a plan.

Plants are hubs with one level, satellites warehouses with one tier; in each period one product passes both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...instances.tables import Contract, State
from ...models.index import Index
from ..arrays import Arrays, Floats
from .problem import Bools, Ints
from .stages import Flows, Stages

COLUMNS = ("lease", "site", "hub", "leased", "haul", "ship", "stock", "deliver")
"""Decisions that a two-stage problem knows."""

LIMITS = ("hub_capacity", "hub_family", "throughput", "family_throughput_m3_month")
"""Rows that say how much a site lets through."""

ROWS = (*LIMITS, "one_tier", "site_link", "one_level", "hub_link", "storage", "link", "market_link", "demand",
        "hub_balance", "stock_balance")  # fmt: skip
"""Rules that a two-stage problem knows."""

Layers = dict[tuple[str, int], int]


def is_two_stage(ix: Index, arrays: Arrays) -> bool:
    """Whether goods only pass a plant and a warehouse, both to be opened for good, one product a period, with
    nothing else to decide or obey."""
    known = ((arrays.columns, COLUMNS), (arrays.rows, ROWS))
    if any(part.stop > part.start for parts, names in known for n, part in parts.items() if n not in names):
        return False
    if ix.stocks or ix.pipeline or not arrays.keys["ship"] or not arrays.keys["hub"] or not ix.leased:
        return False
    layers = {(p, t) for p, _, t in ix.demand}
    alone = len({t for _, t in layers}) == len(layers)
    return alone and _sites_fit(ix) and all(_at_once(ix, lane) for lane in ix.lanes)


def _sites_fit(ix: Index) -> bool:
    hubs = all(len(ix.levels.get(h, ())) == 1 and row.state is State.CANDIDATE for h, row in ix.hubs.items())
    return hubs and all(
        row.contract is Contract.LEASE
        and row.state is State.CANDIDATE
        and len(ix.tiers[w]) == 1
        and ix.tiers[w][0].term_periods is None
        and ix.tiers[w][0].storage_m3 == 0
        for w, row in ix.warehouses.items()
    )


def _at_once(ix: Index, lane: str) -> bool:
    """Whether goods arrive in the period in which they leave."""
    return all(tuple(ix.arrivals(lane, t)) == ((t, 1.0),) for t in ix.periods)


@dataclass(frozen=True)
class TwoStage:
    """A problem with the columns behind it: of ``ship`` and ``haul`` (layers × plants × satellites) and
    ``deliver`` (layers × satellites × customers), −1 where there is none; of each site those that open it."""

    problem: Stages
    arrays: Arrays
    ship: Ints
    haul: Ints
    deliver: Ints
    opens: list[list[int]]

    def weights(self, x: Floats) -> Floats:
        """How much a point of the model uses each site."""
        whole = np.where(self.arrays.integer, x, 0.0)
        costly = np.where(self.arrays.cost > 0, whole, 0.0)
        return np.array([min(1.0, float(costly[columns].sum())) for columns in self.opens])

    def point(self, flows: list[Flows], opened: Bools) -> Floats:
        """The plan in which these sites are open and goods flow so."""
        x = np.zeros(len(self.arrays.cost))
        for site in np.flatnonzero(opened):
            x[self.opens[site]] = 1.0
        for layer, part in enumerate(flows):
            for columns, units in (
                (self.ship[layer], part.inward),
                (self.haul[layer], part.inward),
                (self.deliver[layer], part.outward),
            ):
                np.add.at(x, columns[columns >= 0], units[columns >= 0])
        return x


def read_two_stage(ix: Index, arrays: Arrays) -> TwoStage:
    """The problem of a network for which ``is_two_stage`` holds."""
    layers: Layers = {
        at: n for n, at in enumerate(sorted({(p, t) for p, _, t in ix.demand}, key=lambda a: a[1]))
    }
    hubs, sites = list(ix.hubs), list(ix.warehouses)
    customer_of = {m: k for k, m in enumerate(dict.fromkeys(m for _, m, _ in ix.demand))}
    demand = np.zeros((len(layers), len(customer_of)))
    for (p, m, t), units in ix.demand.items():
        demand[layers[p, t], customer_of[m]] = units
    inward, ship, haul = _inward(ix, arrays, layers)
    outward, deliver = (
        np.full((len(layers), len(sites), len(customer_of)), np.inf),
        _none(layers, sites, customer_of),
    )
    site_of = {w: i for i, w in enumerate(sites)}
    for (p, w, m, t), j in arrays.place("deliver").items():
        at = layers[p, t], site_of[w], customer_of[m]
        outward[at], deliver[at] = arrays.cost[j], j
    opens = [*_hub_columns(arrays, hubs), *_site_columns(ix, arrays, sites)]
    fixed = np.array([float(arrays.cost[columns].sum()) for columns in opens])
    room = _room(arrays, layers, [*hubs, *sites], demand.sum(axis=1))
    return TwoStage(Stages(fixed, room, demand, inward, outward), arrays, ship, haul, deliver, opens)


def _none(layers: Layers, origins: object, targets: object) -> Ints:
    return np.full((len(layers), len(origins), len(targets)), -1)  # type: ignore[arg-type]


def _inward(ix: Index, arrays: Arrays, layers: Layers) -> tuple[Floats, Ints, Ints]:
    """Cost, columns of ``ship`` and of ``haul`` of the cheapest lane from each hub to each warehouse."""
    hub_of, site_of = ({k: i for i, k in enumerate(part)} for part in (ix.hubs, ix.warehouses))
    ship, haul = _none(layers, hub_of, site_of), _none(layers, hub_of, site_of)
    cost, hauls = np.full(ship.shape, np.inf), arrays.place("haul")
    for (p, lane, t), j in arrays.place("ship").items():
        row = ix.lanes[lane]
        if (p, row.hub, t) not in hauls or (p, t) not in layers:
            continue
        i = hauls[p, row.hub, t]
        at = layers[p, t], hub_of[row.hub], site_of[row.warehouse]
        if arrays.cost[i] + arrays.cost[j] < cost[at]:
            cost[at], ship[at], haul[at] = arrays.cost[i] + arrays.cost[j], j, i
    return cost, ship, haul


def _hub_columns(arrays: Arrays, hubs: list[str]) -> Iterator[list[int]]:
    at = {key[0]: j for key, j in arrays.place("hub").items()}
    return ([at[h]] for h in hubs)


def _site_columns(ix: Index, arrays: Arrays, sites: list[str]) -> Iterator[list[int]]:
    """A lease from the first period on, and what follows from it."""
    columns: dict[str, list[int]] = {w: [arrays.place("site")[w]] for w in sites}
    for (w, _, start), j in arrays.place("lease").items():
        if start == min(ix.periods):
            columns[w].append(j)
    for (w, _), j in arrays.place("leased").items():
        columns[w].append(j)
    return (columns[w] for w in sites)


def _room(arrays: Arrays, layers: Layers, sites: list[str], demand: Floats) -> Floats:
    """Units of each layer that each site lets through; all that is wanted where nothing limits it."""
    layer_of, site_of = {t: n for (_, t), n in layers.items()}, {s: i for i, s in enumerate(sites)}
    room = np.tile(demand, (len(sites), 1))
    for name in LIMITS:
        part = arrays.rows.get(name, slice(0, 0))
        for key, row in zip(arrays.row_keys.get(name, []), range(part.start, part.stop), strict=True):
            terms = slice(*arrays.matrix.indptr[row : row + 2])
            size, whole = arrays.matrix.data[terms], arrays.integer[arrays.matrix.indices[terms]]
            if key[-1] in layer_of and whole.any() and not whole.all():
                at = site_of[key[0]], layer_of[key[-1]]
                room[at] = min(room[at], -size[whole].max() / size[~whole].max())
    return room
