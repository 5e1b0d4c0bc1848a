"""The cheapest leases that cover what a warehouse must hold and let through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf


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


def _covers(option: Option, needs: Sequence[tuple[float, float]], largest: Sequence[tuple[float, ...]], t: int, end: int) -> bool:
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
