"""Where things lie on a flat map: places, curves between them, room for labels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LEFT, TOP, RIGHT, BOTTOM = 30.0, 56.0, 888.0, 388.0
"""The frame of the map in pixels."""
MOST_STRETCH = 1.65
"""Most pixels a degree of latitude per degree of longitude, where the frame has room."""
LETTER = 6.4
"""Width of a letter in pixels."""

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""


@dataclass(frozen=True)
class Projection:
    """Degrees to pixels, at least true to scale at the middle latitude; longitudes within half a turn of
    ``origin``."""

    origin: float
    west: float
    north: float
    scale: float
    stretch: float

    @classmethod
    def around(cls, places: Iterable[Point], sources: Iterable[Point]) -> Projection:
        """The largest map of all places, as (latitude, longitude), seen from the sources, centred."""
        easts = [lon for _, lon in sources]
        origin = sum(easts) / len(easts) if easts else 0.0
        known = [(lat, _turn(lon, origin)) for lat, lon in places] or [(0.0, origin)]
        lats, lons = zip(*known, strict=True)
        middle, high, wide = (
            (min(lats) + max(lats)) / 2,
            max(lats) - min(lats) + 14,
            max(lons) - min(lons) + 24,
        )
        true = 1 / math.cos(math.radians(min(abs(middle), 50.0)))
        scale = min((RIGHT - LEFT) / wide, (BOTTOM - TOP) / high / true)
        stretch = min(max((BOTTOM - TOP) / high / scale, true), max(MOST_STRETCH, true))
        west = (min(lons) + max(lons)) / 2 - (RIGHT - LEFT) / 2 / scale
        return cls(origin, west, middle + (BOTTOM - TOP) / 2 / scale / stretch, scale, stretch)

    def x(self, lon: float) -> float:
        """Pixels from the left."""
        return LEFT + (_turn(lon, self.origin) - self.west) * self.scale

    def across(self, lon: float) -> float:
        """Pixels from the left, longitudes taken as they are: 190 lies east of 180."""
        return LEFT + (lon - self.west) * self.scale

    def y(self, lat: float) -> float:
        """Pixels from the top."""
        return TOP + (self.north - lat) * self.scale * self.stretch

    def meridians(self) -> Iterator[tuple[float, str]]:
        """(x, label) every 30 degrees."""
        for lon in range(30 * math.ceil(self.west / 30), math.ceil(self.west + self._wide), 30):
            east = _turn(lon, 0.0)
            side = "" if east in (0, 180) else "E" if east > 0 else "W"
            yield LEFT + (lon - self.west) * self.scale, f"{abs(east):.0f}°{side}"

    def parallels(self) -> Iterator[tuple[float, str]]:
        """(y, label) every 15 degrees."""
        south = self.north - (BOTTOM - TOP) / self.scale / self.stretch
        for lat in range(15 * math.ceil(max(south, -90) / 15), math.ceil(min(self.north, 91)), 15):
            yield self.y(lat), f"{abs(lat)}°{'N' if lat > 0 else 'S' if lat else ''}"

    @property
    def _wide(self) -> float:
        return (RIGHT - LEFT) / self.scale


def _turn(lon: float, origin: float) -> float:
    """The longitude within half a turn of the origin."""
    return (lon - origin + 180.0) % 360.0 - 180.0 + origin


def curve(start: Point, end: Point, bow: float) -> str:
    """An SVG path bent sideways by a share of its length."""
    (x, y), (u, v) = start, end
    middle = (x + u) / 2 + bow * (v - y), (y + v) / 2 - bow * (u - x)
    return f"M{x:.1f} {y:.1f}Q{middle[0]:.1f} {middle[1]:.1f} {u:.1f} {v:.1f}"


def spots(x: float, y: float, r: float, label: str) -> Iterator[Box]:
    """Boxes for a label: right and left of its place, then ever further above and below."""
    wide = LETTER * len(label) + 2
    for step in range(12):
        for down in dict.fromkeys((-7.0 * step, 7.0 * step)):
            for left in (x + r + 3, x - r - 3 - wide, x - wide / 2):
                if step > 2 or left != x - wide / 2:
                    yield left, y + down - 7, left + wide, y + down + 7


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share any room."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
