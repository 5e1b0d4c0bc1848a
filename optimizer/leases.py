"""The cheapest leases that cover what a warehouse must hold and let through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite

from ..models.index import Index
from .arrays import Arrays, Floats

Lease = tuple[str, str, int]
Needs = dict[tuple[str, int], tuple[float, float]]


@dataclass(frozen=True)
class Option:
    """A tier of a warehouse: room per period and cost of a lease starting in each (index 0 first)."""

    tier: str
    term: int
    room: Sequence[tuple[float, float]]
    cost: Sequence[float]


def cheapest_leases(needs: Sequence[tuple[float, float]], options: Sequence[Option]) -> list[tuple[str, int]]:
    """(tier, first period from 1) of the cheapest leases that cover every need.

    ``needs`` are (stock m3, deliveries m3) per period; a need beyond the largest tier is cut to it.
    Dynamic programme over first periods: O(periods x tiers x term).
    """
    last = len(needs)
    best = [inf] * last + [0.0]
    choice: list[Option | None] = [None] * last
    largest = [tuple(max(o.room[t][k] for o in options) for k in (0, 1)) for t in range(last)]
    for t in reversed(range(last)):
        if max(needs[t]) <= 1e-6:
            best[t] = best[t + 1]
        for option in options:
            end = min(t + option.term, last)
            if option.cost[t] + best[end] < best[t] and _covers(option, needs, largest, t, end):
                best[t], choice[t] = option.cost[t] + best[end], option
    return list(_follow(choice, last))


def _covers(
    option: Option,
    needs: Sequence[tuple[float, float]],
    largest: Sequence[tuple[float, ...]],
    t: int,
    end: int,
) -> bool:
    return all(
        min(needs[u][k], largest[u][k]) <= option.room[u][k] * (1 + 1e-7) + 1e-6
        for u in range(t, end)
        for k in (0, 1)
    )


def _follow(choice: Sequence[Option | None], last: int) -> list[tuple[str, int]]:
    out, t = [], 0
    while t < last:
        option = choice[t]
        if option is None:
            t += 1
        else:
            out.append((option.tier, t + 1))
            t += option.term
    return out


def needs_of(ix: Index, arrays: Arrays, x: Floats) -> Needs:
    """(warehouse, period) -> (stock m3 at its end, deliveries m3) of a point."""
    volume = {p: row.volume_m3 for p, row in ix.products.items()}
    stock: dict[tuple[str, int], float] = defaultdict(float)
    out: dict[tuple[str, int], float] = defaultdict(float)
    for (p, w, t), j in arrays.place("stock").items():
        stock[w, t] += volume[p] * x[j]
    for (p, w, _, t), j in arrays.place("deliver").items():
        out[w, t] += volume[p] * x[j]
    return {key: (stock[key], out[key]) for key in {*stock, *out}}


def plan_leases(ix: Index, arrays: Arrays, x: Floats, cover: float = 1.0) -> frozenset[Lease]:
    """The cheapest leases for a part (``cover``) of what a point stores and delivers in leased warehouses.

    A warehouse that needs no more of its smallest tier than the part left uncovered is not leased.
    """
    needs = needs_of(ix, arrays, x)
    leases: set[Lease] = set()
    for w in ix.leased:
        series = [needs.get((w, t), (0.0, 0.0)) for t in ix.periods]
        options = _options(ix, arrays, w)
        if _filled(series, options) > max(1.0 - cover, 1e-6):
            part = [(cover * stock, cover * out) for stock, out in series]
            leases |= {(w, n, t) for n, t in cheapest_leases(part, options)}
    return frozenset(leases)


def _filled(needs: Sequence[tuple[float, float]], options: Sequence[Option]) -> float:
    """The largest part of the smallest room that is needed; 1 where a room has no limit and is needed."""
    parts = [0.0]
    for t, pair in enumerate(needs):
        for k, need in enumerate(pair):
            room = min(option.room[t][k] for option in options)
            parts.append(need / room if isfinite(room) and room > 0 else float(need > 1e-6))
    return max(parts)


def _options(ix: Index, arrays: Arrays, warehouse: str) -> list[Option]:
    cost, place = arrays.cost, arrays.place("lease")

    def room(size: float | None, scale: float) -> float:
        return inf if size is None else size * scale

    return [
        Option(
            row.tier,
            row.term_periods or ix.last,
            [
                (room(row.storage_m3, 1.0), room(row.throughput_m3_month, ix.calendar.month_share(t)))
                for t in ix.periods
            ],
            [float(cost[place[warehouse, row.tier, t]]) for t in ix.periods],
        )
        for row in ix.tiers[warehouse]
    ]
