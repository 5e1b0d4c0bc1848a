"""A plan as a map: one SVG picture that needs nothing beside itself."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape

import pandas as pd

from ...instances.network import Network
from ...instances.tables import Demand, Hub, Market, Mode, Warehouse
from ..plan import Plan
from ..summary_view import View, name, volume
from .charts import length
from .goods import lease_fill
from .land import outline
from .projection import BOTTOM, LEFT, RIGHT, TOP, Box, Projection, curve, overlap, spots
from .words import Words

WIDTH, HEIGHT = 900, 460
LARGEST_CIRCLE, SMALLEST_CIRCLE = 17.0, 3.0
THICKEST, THINNEST = 7.0, 0.8
COLOURS = {Mode.OCEAN: "#2b6cb0", Mode.RAIL: "#2f855a", Mode.AIR: "#dd4b39", Mode.TRUCK: "#8a6d3b"}
BOWS = {Mode.OCEAN: 0.22, Mode.RAIL: -0.12, Mode.AIR: -0.25, Mode.TRUCK: 0.0}
"""Sideways bend of a lane as a share of its length, so that modes between two places stay apart."""
LEASED, FULL, PAID_PER_USE, AT_ORIGIN = "#f6ad55", "#c05621", "#c05621", "#1a202c"
FAST, SLOW, UNSERVED = (250, 204, 60), (107, 33, 128), "#a0aec0"
SEA, LAND = "#eef4f9", "#dde3da"
STEPS = 5

Place = Hub | Warehouse | Market


def plan_map(network: Network, plan: Plan, words: Words | None = None, *, own: bool = False) -> str:
    """An SVG map (900 x 460 pixels) of a plan: hubs, warehouses, markets and the lanes in use.

    Lane widths and circle areas show m3 over the horizon, the dark slice of a leased warehouse how full it is
    on average, colours of markets the average days to the buyer by volume.  Places without coordinates are
    left out; everything drawn has a tooltip.  ``own``: the plan holds the goods of one firm only.
    """
    picture = _Picture(View(network, plan), words or Words(), own)
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
    words: Words
    own: bool = False
    taken: list[Box] = field(default_factory=list)
    wanted: list[tuple[float, float, float, str]] = field(default_factory=list)

    def heading(self) -> Iterator[str]:
        view, words = self.view, self.words
        boxes = int(view.tables["containers"]["boxes"].sum())
        shipped = words("map.shipped", m3=words.amount(float(self.by_lane.sum())))
        counted = "" if self.own else words("map.box" if boxes == 1 else "map.boxes", count=f"{boxes:,}")
        loose = float(view.tables["loose"]["chargeable_kg"].sum()) / 1000
        parcels = float(volume(view, "parcels").sum())
        more = [words("map.loose", tonnes=words.amount(loose))] if loose else []
        more += [words("map.parcels", m3=words.amount(parcels))] if parcels else []
        more += [
            words(
                "map.dates", first=self._date(0.0), last=self._date(view.network.calendar.end(view.last) - 1)
            )
        ]
        title = words.join(part for part in (shipped, counted) if part)
        name = view.network.settings.name
        yield _text(LEFT, 24, f"{name}{words('colon')}{title}", 'font-size="17" font-weight="bold"')
        yield _text(LEFT, 43, words.join(more), 'fill="#4a5568"')

    def _date(self, day: float) -> str:
        return self.words.date(self.view.network.settings.start + dt.timedelta(days=math.ceil(day)))

    def graticule(self) -> Iterator[str]:
        frame = f'x="{LEFT}" y="{TOP}" width="{RIGHT - LEFT}" height="{BOTTOM - TOP}"'
        yield f'<rect {frame} fill="{SEA}" stroke="#cbd5e0"/>'
        yield f'<path class="land" d="{outline(self.map)}" fill="{LAND}" fill-rule="evenodd"/>'
        grey, ink = 'stroke="#cbd5e0" stroke-opacity="0.6" stroke-width="0.6"', 'fill="#a0aec0" font-size="9"'
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
                ends = {"start": name(hub, lane.hub), "end": name(warehouse, lane.warehouse)}
                mode = self.words.term(lane.mode)
                tip = self.words("map.lane", mode=mode, m3=self.words.amount(float(m3)), **ends)
                yield _tipped(f'<path d="{line}" fill="none" {paint}', "path", tip)

    def markets(self) -> Iterator[str]:
        for market in filter(_known, self.buyers):
            days = self.days.get(market.market)
            x, y = self._spot(market)
            paint = f'fill="{self._shade(days)}"' if days is not None else f'fill="none" stroke="{UNSERVED}"'
            late = (
                self.words("map.market_days", days=f"{days:.1f}")
                if days is not None
                else self.words("map.unserved")
            )
            tip = f"{name(market, market.market)}{self.words('colon')}{late}"
            yield _tipped(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.8" {paint}', "circle", tip)

    def warehouses(self) -> Iterator[str]:
        """Leased ones as filled circles with a name, the others hollow; the largest below."""
        leased = self.used if self.own else set(self.view.tables["leases"]["warehouse"])
        for key in sorted(self.used, key=lambda w: (-self.delivered.get(w, 0.0), w)):
            row, m3 = self.view.warehouses[key], self.delivered.get(key, 0.0)
            if not _known(row):
                continue
            (x, y), r = self._spot(row), self._radius(m3)
            paint = f'fill="{LEASED}" fill-opacity="0.75"' if key in leased else 'fill="none"'
            shape = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" {paint} stroke="{PAID_PER_USE}"'
            yield _tipped(shape, "circle", self._warehouse_tip(key, float(m3)))
            if key in self.fill and not self.own:
                yield _slice(x, y, r, self.fill[key])
            self._occupy(x, y, r, name(row, key) if key in leased else "")

    def _warehouse_tip(self, key: str, m3: float) -> str:
        words, leases = self.words, self.view.tables["leases"]
        tiers = dict.fromkeys(leases.loc[leases["warehouse"] == key, "tier"])
        parts = [words("map.delivered", m3=words.amount(m3))]
        parts += [words("map.tier", tier=words.join(tiers))] if tiers else []
        parts += [words("map.fill", share=words.percent(self.fill[key], 0))] if key in self.fill else []
        return f"{name(self.view.warehouses[key], key)}{words('colon')}{words.join(parts)}"

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
            yield _text(x + 27, y, self.words.term(mode))
            x += 70
        for fill, stroke, label in self._signs():
            yield f'<circle cx="{x + 5}" cy="{y - 4}" r="4.5" fill="{fill}" stroke="{stroke}"/>'
            yield _text(x + 14, y, label)
            x += 30 + length(label)
        yield f'<rect x="{x + 2}" y="{y - 8}" width="7" height="7" fill="{AT_ORIGIN}"/>'
        yield _text(x + 14, y, self.words("map.hub"))
        yield from self._scales(BOTTOM + 55)

    def _signs(self) -> Iterator[tuple[str, str, str]]:
        if self.own:
            yield LEASED, PAID_PER_USE, self.words("map.used")
        else:
            yield LEASED, PAID_PER_USE, self.words("map.leased")
            if self.fill:
                yield FULL, PAID_PER_USE, self.words("map.slice")
            yield "none", PAID_PER_USE, self.words("map.per_use")
        if not all(row.market in self.days for row in self.buyers):
            yield "none", UNSERVED, self.words("map.unserved_market")

    def _scales(self, y: float) -> Iterator[str]:
        if len(self.by_lane):
            yield f'<path d="M{LEFT} {y - 4}h22" stroke="#718096" stroke-width="{THICKEST}"/>'
            most = self.words.amount(float(self.by_lane.max()))
            yield _text(LEFT + 27, y, self.words("map.widest", m3=most))
        if len(self.delivered):
            ring = f'r="{LARGEST_CIRCLE * 0.7:.1f}" fill="none" stroke="{PAID_PER_USE}"'
            yield f'<circle cx="220" cy="{y - 4}" {ring}/>'
            part = self.words.amount(0.49 * float(self.delivered.max()))
            yield _text(238, y, self.words("map.circle", m3=part))
        if len(self.days):
            least, most_days = float(self.days.min()), float(self.days.max())
            yield _text(500, y, self.words("map.fastest", days=f"{least:.1f}"), 'text-anchor="end"')
            for i in range(STEPS):
                shade = self._shade(least + (most_days - least) * i / (STEPS - 1))
                yield f'<rect x="{506 + 18 * i}" y="{y - 10}" width="18" height="11" fill="{shade}"/>'
            yield _text(510 + 18 * STEPS, y, self.words("map.slowest", days=f"{most_days:.1f}"))

    @cached_property
    def map(self) -> Projection:
        view, markets = self.view, self.buyers
        used = {view.lanes[str(key)].hub for key in self.by_lane.index}
        hubs: list[Place] = [view.hubs[h] for h in sorted({*used, *view.tables["hubs"]["hub"]})]
        places: list[Place] = [*hubs, *markets, *(view.warehouses[w] for w in sorted(self.used))]
        return Projection.around(_degrees(places), _degrees(hubs))

    @cached_property
    def buyers(self) -> list[Market]:
        """The markets shown: those of a single firm are where it has demand."""
        rows = self.view.network.rows(Market)
        wanted = {row.market for row in self.view.network.rows(Demand)}
        return [row for row in rows if row.market in wanted or not self.own]

    @cached_property
    def used(self) -> set[str]:
        tables = self.view.tables
        return {str(w) for t in ("sites", "leases", "deliveries", "stock") for w in tables[t]["warehouse"]}

    @cached_property
    def fill(self) -> dict[str, float]:
        """Average share of its leased storage that a warehouse uses."""
        frames = lease_fill(self.view)
        return {
            key: float((rows["m3"] * rows["days"]).sum() / (rows["room"] * rows["days"]).sum())
            for key, rows in frames.items()
        }

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


def _slice(x: float, y: float, r: float, share: float) -> str:
    """The part of a circle, clockwise from the top, that stands for a share."""
    turn = 2 * math.pi * min(max(share, 0.0), 0.9999)
    end = f"{x + r * math.sin(turn):.1f} {y - r * math.cos(turn):.1f}"
    path = f"M{x:.1f} {y:.1f}V{y - r:.1f}A{r:.1f} {r:.1f} 0 {int(turn > math.pi)} 1 {end}z"
    return f'<path d="{path}" fill="{FULL}" fill-opacity="0.7" pointer-events="none"/>'


def _known(row: Place) -> bool:
    return row.lat is not None and row.lon is not None


def _degrees(rows: Sequence[Place]) -> list[tuple[float, float]]:
    return [(row.lat, row.lon) for row in rows if row.lat is not None and row.lon is not None]


def _text(x: float, y: float, text: str, style: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(text)}</text>'


def _tipped(shape: str, tag: str, tip: str) -> str:
    return f"{shape}><title>{escape(tip)}</title></{tag}>"
