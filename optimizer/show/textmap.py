"""A map in characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import cos, radians

WIDTH, HIGHEST, LOWEST = 76, 24, 6
STEP, NORTH = 1.5, 84.0
"""Degrees of a cell of the land mask, and its northern edge (made once from the public GLOBE data)."""
MARGIN, LEAST = 0.06, 4.0
"""Room around the places, as a share; least degrees shown."""
LAND, SEA = "·", " "


@dataclass(frozen=True)
class Mark:
    """A place to show; of several in one cell the first one given is seen."""

    lat: float
    lon: float
    sign: str


@cache
def _land() -> tuple[int, ...]:
    """Rows of the land mask from north to south, as bits from 180 west to 180 east."""
    text = (resources.files(__package__) / "land.txt").read_text(encoding="ascii")
    return tuple(int(line, 16) for line in text.split())


def is_land(lat: float, lon: float) -> bool:
    """Whether the cell of the mask is mostly land."""
    row, column = int((NORTH - lat) // STEP), int(((lon + 180) % 360) // STEP)
    rows = _land()
    return 0 <= row < len(rows) and bool(rows[row] >> (239 - column) & 1)


def text_map(marks: Sequence[Mark], width: int = WIDTH) -> list[str]:
    """Lines of a map that just holds all marks; an empty list without marks."""
    if not marks:
        return []
    west, breadth = _window([mark.lon for mark in marks])
    south, tall = _frame(min(m.lat for m in marks), max(m.lat for m in marks))
    shrink = cos(radians(min(70.0, abs(south + tall / 2))))
    height = round(width / 2 * tall / (breadth * shrink))  # a character is about twice as high as wide
    height = min(HIGHEST, max(LOWEST, height))
    cells = [
        [
            _ground(south + tall * (1 - (y + 0.5) / height), west + breadth * (x + 0.5) / width)
            for x in range(width)
        ]
        for y in range(height)
    ]
    for mark in reversed(marks):
        x = int(((mark.lon - west) % 360) / breadth * width)
        y = int((south + tall - mark.lat) / tall * height)
        cells[min(y, height - 1)][min(x, width - 1)] = mark.sign
    return ["".join(row).rstrip() for row in cells]


def _ground(lat: float, lon: float) -> str:
    return LAND if is_land(lat, lon) else SEA


def _window(lons: list[float]) -> tuple[float, float]:
    """Western edge and width in degrees: round the world, the widest gap between places is left out."""
    ordered = sorted({lon % 360 for lon in lons})
    gaps = [(b - a) % 360 or 360.0 for a, b in zip(ordered, [*ordered[1:], ordered[0]], strict=True)]
    widest = max(range(len(gaps)), key=gaps.__getitem__)
    west, breadth = ordered[(widest + 1) % len(ordered)], 360.0 - gaps[widest]
    room = max(breadth * MARGIN, (LEAST - breadth) / 2)
    return west - room, min(360.0, breadth + 2 * room)


def _frame(low: float, high: float) -> tuple[float, float]:
    """Southern edge and height in degrees."""
    room = max((high - low) * MARGIN, (LEAST - high + low) / 2)
    south, north = max(-60.0, low - room), min(NORTH, high + room)
    return min(south, low), max(north, high) - min(south, low)
