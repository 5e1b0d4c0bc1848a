"""A plan as a map: one SVG picture that needs nothing beside itself."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape

import pandas as pd

from ...instances.network import Network
from ...instances.tables import Hub, Market, Mode, Warehouse
from ..plan import Plan
from ..summary_view import View, name, volume
from ..text import amount, plural
from .projection import BOTTOM, LEFT, LETTER, RIGHT, TOP, Box, Projection, curve, overlap, spots

WIDTH, HEIGHT = 900, 460
LARGEST_CIRCLE, SMALLEST_CIRCLE = 17.0, 3.0
THICKEST, THINNEST = 7.0, 0.8
COLOURS = {Mode.OCEAN: "#2b6cb0", Mode.RAIL: "#2f855a", Mode.AIR: "#dd4b39", Mode.TRUCK: "#8a6d3b"}
BOWS = {Mode.OCEAN: 0.22, Mode.RAIL: -0.12, Mode.AIR: -0.25, Mode.TRUCK: 0.0}
"""Sideways bend of a lane as a share of its length, so that modes between two places stay apart."""
LEASED, PAID_PER_USE, AT_ORIGIN = "#f6ad55", "#c05621", "#1a202c"
FAST, SLOW, UNSERVED = (250, 204, 60), (107, 33, 128), "#a0aec0"
STEPS = 5

Place = Hub | Warehouse | Market


def plan_map(network: Network, plan: Plan) -> str:
    """An SVG map (900 x 460 pixels) of a plan: hubs, warehouses, markets and the lanes in use.

    Lane widths and circle areas show m3 over the horizon, colours of markets the average days to the
    buyer by volume.  Places without coordinates are left out; everything drawn has a tooltip.
    """
    picture = _Picture(View(network, plan))
    parts = (*picture.heading(), *picture.graticule(), *picture.lanes(), *picture.warehouses())
    body = "\n".join((*parts, *picture.markets(), *picture.hubs(), *picture.labels(), *picture.legend()))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="Helvetica, Arial, sans-serif" font-size="11">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


@dataclass
class _Picture:
    """The parts of the map, each as lines of SVG; places drawn leave room for the labels."""

    view: View
    taken: list[Box] = field(default_factory=list)
    wanted: list[tuple[float, float, float, str]] = field(default_factory=list)

    def heading(self) -> Iterator[str]:
        view = self.view
        boxes = int(view.tables["containers"]["boxes"].sum())
        shipped = f"{amount(float(self.by_lane.sum()))} m3 shipped, {plural(boxes, 'container')}"
        loose = float(view.tables["loose"]["chargeable_kg"].sum()) / 1000
        parcels = float(volume(view, "parcels").sum())
        more = [f"{amount(loose)} chargeable t of loose and air cargo"] if loose else []
        more += [f"{amount(parcels)} m3 by direct parcels"] if parcels else []
        more += [f"{view.day(1)} to {view.last_day(view.last)}"]
        yield _text(LEFT, 24, f"{view.network.settings.name}: {shipped}", 'font-size="17" font-weight="bold"')
        yield _text(LEFT, 43, ", ".join(more), 'fill="#4a5568"')

    def graticule(self) -> Iterator[str]:
        frame = f'x="{LEFT}" y="{TOP}" width="{RIGHT - LEFT}" height="{BOTTOM - TOP}"'
        yield f'<rect {frame} fill="#f7fafc" stroke="#cbd5e0"/>'
        grey, ink = 'stroke="#e2e8f0"', 'fill="#a0aec0" font-size="9"'
        for x, label in self.map.meridians():
            yield f'<path d="M{x:.1f} {TOP}V{BOTTOM}" {grey}/>'
            yield _text(x, BOTTOM + 10, label, f'{ink} text-anchor="middle"')
        for y, label in self.map.parallels():
            yield f'<path d="M{LEFT} {y:.1f}H{RIGHT}" {grey}/>'
            yield _text(LEFT - 3, y + 3, label, f'{ink} text-anchor="end"')

    def lanes(self) -> Iterator[str]:
        most = float(self.by_lane.max()) if len(self.by_lane) else 1.0
        for key, m3 in self.by_lane.sort_values(ascending=False).items():
            lane = self.view.lanes[str(key)]
            hub, warehouse = self.view.hubs[lane.hub], self.view.warehouses[lane.warehouse]
            if _known(hub) and _known(warehouse):
                line = curve(self._spot(hub), self._spot(warehouse), BOWS[lane.mode])
                wide = max(THICKEST * m3 / most, THINNEST)
                paint = f'stroke="{COLOURS[lane.mode]}" stroke-width="{wide:.2f}" stroke-opacity="0.55"'
                ends = f"{name(hub, lane.hub)} to {name(warehouse, lane.warehouse)}"
                tip = f"{ends}, {lane.mode}: {amount(m3)} m3"
                yield _tipped(f'<path d="{line}" fill="none" {paint}', "path", tip)

    def markets(self) -> Iterator[str]:
        for market in filter(_known, self.view.network.rows(Market)):
            days = self.days.get(market.market)
            x, y = self._spot(market)
            paint = f'fill="{self._shade(days)}"' if days is not None else f'fill="none" stroke="{UNSERVED}"'
            when = f"{days:.1f} days to the buyer" if days is not None else "not served"
            tip = f"{name(market, market.market)}: {when}"
            yield _tipped(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.8" {paint}', "circle", tip)

    def warehouses(self) -> Iterator[str]:
        """Leased ones as filled circles with a name, the others hollow; the largest below."""
        leased = set(self.view.tables["leases"]["warehouse"])
        keys = {*leased, *self.view.tables["sites"]["warehouse"]}
        for key in sorted(keys, key=lambda w: (-self.delivered.get(w, 0.0), w)):
            row, m3 = self.view.warehouses[key], self.delivered.get(key, 0.0)
            if not _known(row):
                continue
            (x, y), r = self._spot(row), self._radius(m3)
            paint = f'fill="{LEASED}" fill-opacity="0.75"' if key in leased else 'fill="none"'
            tip = f"{name(row, key)}: {amount(m3)} m3 delivered"
            shape = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" {paint} stroke="{PAID_PER_USE}"'
            yield _tipped(shape, "circle", tip)
            self._occupy(x, y, r, name(row, key) if key in leased else "")

    def hubs(self) -> Iterator[str]:
        for key in sorted({*self.view.tables["hauls"]["hub"], *self.view.tables["hubs"]["hub"]}):
            row = self.view.hubs[key]
            if _known(row):
                x, y = self._spot(row)
                square = f'<rect x="{x - 3.5:.1f}" y="{y - 3.5:.1f}" width="7" height="7" fill="{AT_ORIGIN}"'
                yield _tipped(square, "rect", name(row, key))
                self._occupy(x, y, 4.0, name(row, key))

    def labels(self) -> Iterator[str]:
        """Each name at the free spot nearest to its place, tied to it by a thin line."""
        for x, y, r, label in self.wanted:
            rooms = list(spots(x, y, r, label))
            box = next(filter(self._free, rooms), rooms[0])
            self.taken.append(box)
            near = min(max(x, box[0]), box[2]), min(max(y, box[1] + 2), box[3] - 2)
            if math.dist(near, (x, y)) > r + 6:
                line = f"M{x:.1f} {y:.1f}L{near[0]:.1f} {near[1]:.1f}"
                yield f'<path d="{line}" stroke="#718096" stroke-width="0.6"/>'
            white = 'stroke="#ffffff" stroke-width="3" stroke-opacity="0.8" stroke-linejoin="round"'
            yield _text(box[0] + 1, box[3] - 3, label, f'fill="#ffffff" {white} aria-hidden="true"')
            yield _text(box[0] + 1, box[3] - 3, label, 'fill="#1a202c"')

    def legend(self) -> Iterator[str]:
        """Two rows below the map: what lanes and places mean, then the three scales with their units."""
        x, y = LEFT, BOTTOM + 29
        for mode in sorted({self.view.lanes[str(key)].mode for key in self.by_lane.index}):
            paint = f'stroke="{COLOURS[mode]}" stroke-width="4" stroke-opacity="0.55"'
            yield f'<path d="M{x} {y - 4}h22" {paint}/>'
            yield _text(x + 27, y, mode)
            x += 70
        signs = ((LEASED, PAID_PER_USE, "leased warehouse"), ("none", PAID_PER_USE, "storage paid per use"))
        for fill, stroke, label in (*signs, *self._not_served()):
            yield f'<circle cx="{x + 5}" cy="{y - 4}" r="4.5" fill="{fill}" stroke="{stroke}"/>'
            yield _text(x + 14, y, label)
            x += 30 + LETTER * len(label)
        yield f'<rect x="{x + 2}" y="{y - 8}" width="7" height="7" fill="{AT_ORIGIN}"/>'
        yield _text(x + 14, y, "hub at origin")
        yield from self._scales(BOTTOM + 55)

    def _not_served(self) -> tuple[tuple[str, str, str], ...]:
        served = all(row.market in self.days for row in self.view.network.rows(Market))
        return () if served else (("none", UNSERVED, "market not served"),)

    def _scales(self, y: float) -> Iterator[str]:
        if len(self.by_lane):
            yield f'<path d="M{LEFT} {y - 4}h22" stroke="#718096" stroke-width="{THICKEST}"/>'
            yield _text(LEFT + 27, y, f"lane with {amount(float(self.by_lane.max()))} m3")
        if len(self.delivered):
            ring = f'r="{LARGEST_CIRCLE * 0.7:.1f}" fill="none" stroke="{PAID_PER_USE}"'
            yield f'<circle cx="220" cy="{y - 4}" {ring}/>'
            yield _text(238, y, f"{amount(0.49 * float(self.delivered.max()))} m3 delivered (area)")
        if len(self.days):
            least, most = float(self.days.min()), float(self.days.max())
            yield _text(500, y, f"market: {least:.1f}", 'text-anchor="end"')
            for i in range(STEPS):
                shade = self._shade(least + (most - least) * i / (STEPS - 1))
                yield f'<rect x="{506 + 18 * i}" y="{y - 10}" width="18" height="11" fill="{shade}"/>'
            yield _text(510 + 18 * STEPS, y, f"{most:.1f} days to the buyer, average by volume")

    @cached_property
    def map(self) -> Projection:
        view = self.view
        markets = view.network.rows(Market)
        used = {view.lanes[str(key)].hub for key in self.by_lane.index}
        hubs: list[Place] = [view.hubs[h] for h in sorted({*used, *view.tables["hubs"]["hub"]})]
        keys = {*view.tables["sites"]["warehouse"], *view.tables["leases"]["warehouse"]}
        places: list[Place] = [*hubs, *markets, *(view.warehouses[w] for w in sorted(keys))]
        return Projection.around(_degrees(places), _degrees(hubs))

    @cached_property
    def by_lane(self) -> pd.Series[float]:
        return self.view.tables["shipments"].groupby("lane")["volume_m3"].sum().astype(float)

    @cached_property
    def delivered(self) -> pd.Series[float]:
        m3 = volume(self.view, "deliveries")
        return m3.groupby(self.view.tables["deliveries"]["warehouse"]).sum().astype(float)

    @cached_property
    def days(self) -> pd.Series[float]:
        """Average days to the buyer by market, weighted by m3."""
        ways = [self.view.tables[t].assign(m3=volume(self.view, t)) for t in ("deliveries", "parcels")]
        moved = pd.concat([way for way in ways if len(way)] or ways)
        sums = moved.assign(late=moved["m3"] * moved["days"]).groupby("market")[["m3", "late"]].sum()
        return (sums["late"] / sums["m3"]).astype(float)

    def _spot(self, row: Place) -> tuple[float, float]:
        return self.map.x(row.lon or 0.0), self.map.y(row.lat or 0.0)

    def _radius(self, m3: float) -> float:
        most = float(self.delivered.max()) if len(self.delivered) else 0.0
        return max(LARGEST_CIRCLE * math.sqrt(m3 / most), SMALLEST_CIRCLE) if most else SMALLEST_CIRCLE

    def _shade(self, days: float) -> str:
        least, most = float(self.days.min()), float(self.days.max())
        share = (days - least) / (most - least) if most > least else 0.0
        return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(FAST, SLOW, strict=True))

    def _occupy(self, x: float, y: float, r: float, label: str) -> None:
        self.taken.append((x - r, y - r, x + r, y + r))
        if label:
            self.wanted.append((x, y, r, label))

    def _free(self, box: Box) -> bool:
        inside = box[0] >= LEFT and box[2] <= RIGHT and box[1] >= TOP and box[3] <= BOTTOM
        return inside and not any(overlap(box, other) for other in self.taken)


def _known(row: Place) -> bool:
    return row.lat is not None and row.lon is not None


def _degrees(rows: Sequence[Place]) -> list[tuple[float, float]]:
    return [(row.lat, row.lon) for row in rows if row.lat is not None and row.lon is not None]


def _text(x: float, y: float, text: str, style: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(text)}</text>'


def _tipped(shape: str, tag: str, tip: str) -> str:
    return f"{shape}><title>{escape(tip)}</title></{tag}>"
