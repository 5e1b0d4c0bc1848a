"""Which places to open: hubs for the whole network, leases region by region."""

from __future__ import annotations

from itertools import chain

import numpy as np
from numpy.typing import NDArray

from ..instances.tables import Contract, State
from .arrays import Arrays
from .clock import Clock
from .landed import Landed
from .places import Places, hub_levels
from .regions import regions
from .siting import Siting

Hubs = NDArray[np.bool_]


class Location:
    """Searches places on landed costs; ``waiting`` is the stock (m3) per m3 delivered in a period beyond
    safety stock: shipments wait to fill containers."""

    def __init__(self, landed: Landed, arrays: Arrays, waiting: float = 0.8):
        self._landed, self._arrays = landed, arrays
        self._ix = landed.index
        market = {m: i for i, group in enumerate(regions(self._ix.network)) for m in group}
        group = np.array([market[m] for _, m, _ in landed.demands.keys], dtype=np.int64)
        self._regions = [
            Siting(landed, arrays, np.flatnonzero(group == i), waiting) for i in np.unique(group)
        ]

    def find(self, clock: Clock, hubs: frozenset[str] | None = None) -> Places:
        """The best places with these hubs open of those that need opening; without, the best hubs too."""
        open_ = self._mask(self._needed() if hubs is None else set(hubs))
        if hubs is None:
            open_ = self._mask(set(self._ix.levels))
        self._search(open_, clock)
        if hubs is None:
            open_ = self._fewer(open_, clock)
            self._search(open_, clock)
        return self._places(open_)

    def _needed(self) -> set[str]:
        return {h for h in self._ix.levels if self._ix.hubs[h].state is State.FORCED}

    def _mask(self, opened: set[str]) -> Hubs:
        return np.array([h in opened or h not in self._ix.levels for h in self._landed.hubs], dtype=bool)

    def _search(self, hubs: Hubs, clock: Clock) -> None:
        delivered = self._landed.delivered(hubs)
        for part in self._regions:
            part.price(delivered)
            part.search(clock)

    def _fewer(self, hubs: Hubs, clock: Clock) -> Hubs:
        """Shut hubs one by one, leases kept, while that saves."""
        needed, cost = self._needed(), self._total(hubs)
        changed = True
        while changed and not clock.stopped:
            changed = False
            trials = []
            for h in np.flatnonzero(hubs):
                name = self._landed.hubs[h]
                if name in self._ix.levels and name not in needed:
                    trial = hubs.copy()
                    trial[h] = False
                    trials.append((self._total(trial), h, trial))
            if trials and min(trials, key=lambda t: t[:2])[0] < cost:
                cost, _, hubs = min(trials, key=lambda t: t[:2])
                changed = True
        return hubs

    def _total(self, hubs: Hubs) -> float:
        """Cost of serving everything through some hubs, leases kept."""
        delivered = self._landed.delivered(hubs)
        for part in self._regions:
            part.price(delivered)
        place, cost = self._arrays.place("hub"), self._arrays.cost
        levels = hub_levels(self._ix, self._load(hubs)) if self._ix.levels else ()
        return sum(part.total for part in self._regions) + sum(float(cost[place[key]]) for key in levels)

    def _load(self, hubs: Hubs) -> dict[tuple[str, int], float]:
        flows = [part.flows for part in self._regions]
        arcs = np.concatenate([arcs for arcs, _ in flows]) if flows else np.empty(0, dtype=np.int64)
        units = np.concatenate([units for _, units in flows]) if flows else np.empty(0)
        return self._landed.loads(hubs, arcs, units)

    def _places(self, hubs: Hubs) -> Places:
        paid = {w for w, row in self._ix.warehouses.items() if row.contract is Contract.PER_USE}
        leases = frozenset(chain.from_iterable(part.leases for part in self._regions))
        used = set().union(*(part.used for part in self._regions)) | {w for w in paid if self._holds(w)}
        levels = hub_levels(self._ix, self._load(hubs))
        return Places(leases, frozenset(used), levels)

    def _holds(self, warehouse: str) -> bool:
        """Whether goods lie in a warehouse, come there, or are wanted there."""
        ix = self._ix
        held = any(
            place == warehouse and (row.opening or row.target) for (_, place), row in ix.stocks.items()
        )
        return held or any(w == warehouse for _, w, _ in ix.pipeline)
