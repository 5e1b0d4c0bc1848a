"""What is open: leases, warehouses in use, hub levels; and what that leaves to decide."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..instances.tables import HubLevel, State
from ..models.index import Index
from .arrays import Arrays, Floats
from .leases import Lease

ROOM = ("leased", "lease", "site", "hub", "boxes")
"""Columns of places: without a limit on them no place earns a rent from scarcity."""


@dataclass(frozen=True)
class Places:
    """Leases, every warehouse in use, hub levels."""

    leases: frozenset[Lease]
    sites: frozenset[str]
    hubs: frozenset[tuple[str, str]]

    def __str__(self) -> str:
        sites = {w for w, _, _ in self.leases}
        hubs = ", ".join(sorted(h for h, _ in self.hubs)) or "without levels"
        return f"{len(self.leases)} leases in {len(sites)} warehouses; hubs {hubs}"


def places_of(arrays: Arrays, x: Floats) -> Places:
    """What is open at a point."""

    def chosen(component: str) -> frozenset[Any]:
        return frozenset(key for key, j in arrays.place(component).items() if x[j] > 0.5)

    return Places(chosen("lease"), chosen("site"), chosen("hub"))


def busy(ix: Index, arrays: Arrays, x: Floats) -> frozenset[str]:
    """Warehouses that a point brings goods to, keeps goods in or delivers from."""
    out: set[str] = set()
    for component in ("stock", "deliver"):
        keys, place = arrays.keys[component], arrays.columns[component]
        out |= {keys[i][1] for i in np.flatnonzero(x[place] > 1e-9)}
    keys, place = arrays.keys["ship"], arrays.columns["ship"]
    return frozenset(out | {ix.lanes[keys[i][1]].warehouse for i in np.flatnonzero(x[place] > 1e-9)})


def open_places(ix: Index, arrays: Arrays, places: Places) -> tuple[Floats, Floats]:
    """Column bounds when these leases, sites and hub levels, and no others, are open."""
    lower, upper = arrays.lower.copy(), arrays.upper.copy()
    covered = {(w, t) for w, n, s in places.leases for t in range(s, min(ix.term_end(w, n, s), ix.last) + 1)}
    used = {w for w, _ in covered} | (places.sites - set(ix.leased))
    forced = {w for w, row in ix.warehouses.items() if row.state is State.FORCED}
    decided = (("lease", places.leases), ("leased", covered), ("site", used | forced), ("hub", places.hubs))
    for component, chosen in decided:
        for key, j in arrays.place(component).items():
            lower[j] = upper[j] = float(key in chosen)
    usable = used | {w for w in ix.warehouses if ix.free(w)}
    for component in ("stock", "deliver"):
        for key, j in arrays.place(component).items():
            w, t = key[1], key[-1]
            if w not in usable or (w in ix.leased and (w, t) not in covered):
                upper[j] = lower[j]
    open_hubs = {h for h, _ in places.hubs}
    for (_, h, _), j in arrays.place("haul").items():
        if h in ix.levels and h not in open_hubs:
            upper[j] = 0.0
    for (_, lane, _), j in arrays.place("ship").items():
        if ix.lanes[lane].warehouse not in usable:
            upper[j] = 0.0
    return lower, upper


def hub_levels(ix: Index, load: dict[tuple[str, int], float]) -> frozenset[tuple[str, str]]:
    """The cheapest level of each loaded hub that takes in its peak; the largest where none does."""
    chosen: set[tuple[str, str]] = set()
    for h, levels in ix.levels.items():
        peak = max((v / ix.calendar.month_share(t) for (g, t), v in load.items() if g == h), default=0.0)
        forced = ix.hubs[h].state is State.FORCED
        if peak <= 1e-6 and not forced:
            continue
        ranked = sorted(levels, key=lambda k: _level_cost(ix, k))
        room = [k for k in ranked if k.capacity_m3_month is None or k.capacity_m3_month >= peak * (1 - 1e-9)]
        best = room[0] if room else max(levels, key=lambda k: k.capacity_m3_month or 0.0)
        chosen.add((h, best.level))
    return frozenset(chosen)


def _level_cost(ix: Index, level: HubLevel) -> float:
    """What a level costs over the horizon; a hub that exists has paid its opening."""
    row = ix.hubs[level.hub]
    opening = 0.0 if row.state is State.EXISTING else level.opening_cost * ix.fx(row.currency, 1)
    months = [ix.discount(t) * ix.calendar.month_share(t) * ix.fx(row.currency, t) for t in ix.periods]
    return opening + level.operating_month * sum(months)


def hub_load(ix: Index, arrays: Arrays, x: Floats) -> dict[tuple[str, int], float]:
    """(hub, period) -> m3 taken in at a point."""
    out: dict[tuple[str, int], float] = defaultdict(float)
    for (p, h, t), j in arrays.place("haul").items():
        out[h, t] += ix.products[p].volume_m3 * x[j]
    return dict(out)
