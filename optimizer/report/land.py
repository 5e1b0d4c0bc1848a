"""The land of the world as shapes of a map; where it comes from is in ``land.md``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources

from .projection import BOTTOM, LEFT, RIGHT, TOP, Point, Projection

Ring = tuple[Point, ...]
LEAST_SIZE = 1.5
"""Pixels below which an island is not drawn."""


@cache
def rings() -> tuple[Ring, ...]:
    """Outlines as (longitude, latitude) in degrees; longitudes run on across the antimeridian."""
    text = resources.files(__package__).joinpath("land.txt").read_text(encoding="utf-8")
    return tuple(
        tuple((int(lon) / 10, int(lat) / 10) for lon, lat in (pair.split(",") for pair in line.split()))
        for line in text.splitlines()
    )


def outline(projection: Projection) -> str:
    """The SVG path of all land inside the frame of a map (fill rule evenodd: lakes are holes)."""
    return "".join(_path(ring) for ring in _shapes(projection))


def _shapes(projection: Projection) -> Iterator[Ring]:
    """Land in pixels cut at the frame; once for every turn of the globe that the map shows."""
    for ring in rings():
        for turn in (-360.0, 0.0, 360.0):
            shape: Ring = tuple((projection.across(lon + turn), projection.y(lat)) for lon, lat in ring)
            for axis, limit, sign in ((0, LEFT, 1), (0, RIGHT, -1), (1, TOP, 1), (1, BOTTOM, -1)):
                shape = _cut(shape, axis, limit, sign)
            if _size(shape) >= LEAST_SIZE:
                yield shape


def _cut(shape: Ring, axis: int, limit: float, sign: int) -> Ring:
    """The part of a shape on one side of a line (Sutherland and Hodgman)."""
    kept: list[Point] = []
    for before, here in zip((*shape[-1:], *shape[:-1]), shape, strict=True):
        was, is_in = sign * (before[axis] - limit) >= 0, sign * (here[axis] - limit) >= 0
        if was != is_in:
            share = (limit - before[axis]) / (here[axis] - before[axis])
            kept.append((_between(before[0], here[0], share), _between(before[1], here[1], share)))
        if is_in:
            kept.append(here)
    return tuple(kept)


def _between(start: float, end: float, share: float) -> float:
    return start + share * (end - start)


def _size(shape: Ring) -> float:
    if not shape:
        return 0.0
    xs, ys = zip(*shape, strict=True)
    return float(max(max(xs) - min(xs), max(ys) - min(ys)))


def _path(shape: Ring) -> str:
    points = " ".join(f"{x:.1f} {y:.1f}" for x, y in shape)
    return f"M{points}z"
