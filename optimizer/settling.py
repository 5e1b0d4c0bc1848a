"""Exact containers for the goods of a point, and the accounts that follow from them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np

from ..models.index import Index
from .arrays import LARGE, Arrays, Floats
from .clock import Clock
from .fixing import broken_by_fixed, hold, without_fixed
from .highs import CLEANING, Solver, Status
from .loading import Box, cheapest_load

ACCOUNTS = ("rent_subsidy", "operator_cash", "overdraft", "trueup", "cash", "subsidy")
"""Columns that follow from all others."""

_LARGE: dict[str, Any] = {"solver": "ipx", "simplex_iteration_limit": CLEANING}
"""How money and goods of large networks are settled.  Measured on a park of 40 firms: where one cannot pay,
interior points say so after 0.4 s, the simplex method not in 43."""

Loads = dict[tuple[str, int], float]
"""Something by lane and period."""

OTHERWISE = ("parcel", "unmet", "loose")
"""Ways for what containers do not hold."""

MONEY = (*ACCOUNTS, "receipt", "loan", "draw", "admit", "in_use", "emergency")


def boxes_in_parts(ix: Index, arrays: Arrays, x: Floats) -> Floats:
    """A point with containers in parts for its goods, of the kind that is cheapest for them."""
    out, boxes = x.copy(), arrays.place("boxes")
    out[arrays.columns_of(("boxes", "loose"))] = 0.0
    volume, weight = _shipped(ix, arrays, x)
    for (lane, t), m3 in volume.items():
        parts = [
            (max(m3 / kind.volume_m3, weight[lane, t] / kind.weight_kg), row)
            for row in ix.lane_containers.get(lane, ())
            for kind in (ix.containers[row.container],)
        ]
        if m3 > 0 and parts:
            part, row = min(parts, key=lambda each: each[0] * each[1].cost)
            out[boxes[lane, row.container, t]] = part
    return out


def whole_boxes(arrays: Arrays, x: Floats) -> Floats:
    """A point with whole containers: by every period as many of a kind have left on a lane as parts of
    containers had, to the nearest.  Goods then wait or leave early where a part is missing or to spare."""
    out, boxes = x.copy(), arrays.columns["boxes"]
    by_lane: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for j, (lane, kind, t) in enumerate(arrays.keys["boxes"], start=boxes.start):
        by_lane[lane, kind].append((t, j))
    for sent in by_lane.values():
        columns = np.array([j for _, j in sorted(sent)])
        out[columns] = np.diff(np.floor(np.cumsum(x[columns]) + 0.5 + 1e-9), prepend=0.0)
    return out


def reloaded(index: Index, arrays: Arrays, x: Floats, clock: Clock, as_it_is: bool = False) -> Floats | None:
    """A point with the cheapest containers and loose cargo for its goods, and its accounts settled; where
    someone cannot pay, loans and goods are changed too, unless it is to be kept ``as_it_is``; ``None`` where
    nothing holds the goods or someone still cannot pay."""
    x = _without_idle_draws(arrays, x)
    return _settle(arrays, x, clock, as_it_is) if _load(index, arrays, x) else None


def _without_idle_draws(arrays: Arrays, x: Floats) -> Floats:
    """A copy without loans drawn and repaid in the same period: they cost their fee for nothing."""
    out, draws = x.copy(), arrays.columns.get("draw", slice(0, 0))
    owed = x[arrays.columns.get("loan", slice(0, 0))]  # of the same keys
    out[draws] = np.where(owed > 0, x[draws], 0.0)
    return out


def _load(ix: Index, a: Arrays, x: Floats) -> bool:
    """Set containers and loose cargo to the cheapest that hold what the firms ship."""
    volume, weight = _shipped(ix, a, x)
    boxes, loose = a.place("boxes"), a.place("loose")
    x[a.columns_of(("boxes", "loose"))] = 0.0
    for key, t in a.row_keys["volume"]:
        if volume[key, t] <= 1e-9 and weight[key, t] <= 1e-9:
            continue
        lane, types = ix.lanes[key], ix.lane_containers.get(key, [])
        sizes = [
            Box(
                ix.containers[r.container].volume_m3,
                ix.containers[r.container].weight_kg,
                r.cost,
                int(a.upper[boxes[key, r.container, t]]),
            )
            for r in types
        ]
        load = cheapest_load(volume[key, t], weight[key, t], sizes, lane.loose_rate_kg, lane.loose_kg_m3)
        if load is None:
            return False
        for row, count in zip(types, load[0], strict=True):
            x[boxes[key, row.container, t]] = count
        if (key, t) in loose:
            x[loose[key, t]] = load[1]
    return True


def _shipped(ix: Index, a: Arrays, x: Floats) -> tuple[Loads, Loads]:
    """m3 and kg by lane and period."""
    volume, weight = defaultdict[tuple[str, int], float](float), defaultdict[tuple[str, int], float](float)
    for (p, lane, t), j in a.place("ship").items():
        volume[lane, t] += ix.products[p].volume_m3 * x[j]
        weight[lane, t] += ix.products[p].weight_kg * x[j]
    return volume, weight


def _settle(a: Arrays, x: Floats, clock: Clock, as_it_is: bool) -> Floats | None:
    """Accounts that depend on everyone: the operator's, its true-up, cash and public money; where firms
    cannot pay for the places or what is held breaks a row, all their money again, unless the point is to be
    kept ``as_it_is``; then their goods too, on the ways that they take or by parcel, at last on all ways."""
    fixed, money = ~a.columns_of(ACCOUNTS), a.columns_of(MONEY)
    if fixed.all():
        return x
    idle = (x <= 0) & ~money & ~a.columns_of(OTHERWISE)
    others = () if as_it_is else (~money | a.integer, idle | a.integer, a.integer)
    for held in (fixed, *others):
        large = len(a.cost) > LARGE and held is not fixed
        left = hold(a, held, x)
        part, kept, rows = without_fixed(left, np.isfinite(left.row_lower) | np.isfinite(left.row_upper))
        if broken_by_fixed(replace(left, row_lower=a.row_lower, row_upper=a.row_upper), ~rows):
            continue
        outcome = Solver(part, **(_LARGE if large else {})).run(clock)
        if outcome.status is Status.OPTIMAL:
            out = left.lower.copy()
            out[kept] = outcome.values()
            return out
        if clock.stopped:
            break
    return None
