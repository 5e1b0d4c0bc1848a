"""The cheapest containers and loose cargo for what leaves on a lane in a period: exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf

_NOTHING = 1e-6
"""Chargeable kg that need no carriage: a solver's rounding, not goods."""


@dataclass(frozen=True)
class Box:
    """A container type on a lane."""

    volume_m3: float
    weight_kg: float
    cost: float
    most: int


def cheapest_load(
    volume: float, weight: float, boxes: Sequence[Box], loose_rate: float | None, loose_kg_m3: float
) -> tuple[tuple[int, ...], float] | None:
    """(count of each container type, chargeable kg of loose cargo), or ``None`` if nothing holds it.

    Enumerates all counts but the last type's: cost is linear between the few tried there.
    """
    counts, kg, cost = _search(volume, weight, tuple(boxes), loose_rate, loose_kg_m3)
    return None if cost == inf else (counts, kg)


def _search(
    volume: float, weight: float, boxes: tuple[Box, ...], rate: float | None, density: float
) -> tuple[tuple[int, ...], float, float]:
    left = max(volume * density, weight)
    if not boxes:
        if left <= _NOTHING:
            return (), 0.0, 0.0
        return ((), left, left * rate) if rate is not None else ((), 0.0, inf)
    box = boxes[0]
    best: tuple[tuple[int, ...], float, float] = ((), 0.0, inf)
    for count in _counts(volume, weight, box, density, last=len(boxes) == 1):
        rest = _search(
            max(volume - count * box.volume_m3, 0.0),
            max(weight - count * box.weight_kg, 0.0),
            boxes[1:],
            rate,
            density,
        )
        cost = count * box.cost + rest[2]
        if cost < best[2]:
            best = ((count, *rest[0]), rest[1], cost)
    return best


def _counts(volume: float, weight: float, box: Box, density: float, last: bool) -> list[int]:
    """Counts worth trying: all up to enough, or for the last type the ends of its linear pieces: where volume
    or weight is used up, and where loose cargo passes from being charged by one to the other."""
    pieces = (volume / box.volume_m3, weight / box.weight_kg)
    enough = max(ceil(piece - 1e-9) for piece in pieces)
    if not last:
        return list(range(min(enough, box.most) + 1))
    steeper = box.volume_m3 * density - box.weight_kg
    turn = (volume * density - weight) / steeper if steeper else 0.0
    turns = (*pieces, min(max(turn, 0.0), float(enough)))
    ends = {0, enough, *(int(at) for at in turns), *(ceil(at - 1e-9) for at in turns)}
    return sorted({min(end, box.most) for end in ends})
