"""Charts as SVG that stands in a page: bars and lines over time, steps from one cost to another, intervals.

Every mark has its number beside it (``data-value``, with ``data-series`` and ``data-at``) and a tooltip.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from .words import Words, nice

WIDTH, HEIGHT = 640.0, 250.0
LEFT, RIGHT, TOP, BOTTOM = 58.0, 630.0, 22.0, 214.0
PALETTE = ("#2b6cb0", "#dd6b20", "#2f855a", "#805ad5", "#b7791f", "#319795", "#c53030", "#718096")
INK, GREY, GRID = "#2d3748", "#718096", "#e2e8f0"
LINE = "#1a202c"
MOST_LABELS = 7
LETTER = 6.3


@dataclass(frozen=True)
class Times:
    """Numbers by period: stacked bars, and lines over them.  ``unit`` heads the axis, ``key`` names the sheet
    of a workbook."""

    key: str
    title: str
    unit: str
    days: Sequence[str]
    bars: Mapping[str, Sequence[float]] = field(default_factory=dict)
    lines: Mapping[str, Sequence[float | None]] = field(default_factory=dict)
    percent: bool = False


def over_time(words: Words, chart: Times) -> str:
    """A chart over the periods; lines stop where their number is unknown."""
    scale = _Scale(words, *_span(chart), chart.percent)
    body = [*scale.grid(chart.unit), *_day_labels(chart.days), *_bars(scale, chart), *_lines(scale, chart)]
    names = [*chart.bars, *chart.lines]
    legend, rows = _legend(names, len(chart.bars))
    return _svg(chart.title, [*body, *legend], HEIGHT + 18.0 * rows - 6)


@dataclass(frozen=True)
class _Scale:
    words: Words
    low: float
    high: float
    percent: bool = False

    def y(self, value: float) -> float:
        return BOTTOM - (value - self.low) / (self.high - self.low) * (BOTTOM - TOP)

    def label(self, value: float) -> str:
        return self.words.percent(value, 0) if self.percent else self.words.short(round(value, 10))

    def shown(self, value: float) -> str:
        return self.words.percent(value) if self.percent else self.words.amount(value)

    def grid(self, unit: str) -> Iterator[str]:
        step = nice(self.high - self.low)
        yield _text(4, 12, unit, GREY)
        tick = round(self.low / step) * step
        while tick <= self.high + step * 1e-6:
            y, stroke = self.y(tick), GREY if abs(tick) < step / 2 else GRID
            yield f'<path d="M{LEFT} {y:.1f}H{RIGHT}" stroke="{stroke}"/>'
            yield _text(LEFT - 5, y + 4, self.label(tick), GREY, "end")
            tick += step


def _span(chart: Times) -> tuple[float, float]:
    """Least and most of the axis, round numbers around everything drawn."""
    stacks = list(zip(*chart.bars.values(), strict=True))
    ups = [sum(v for v in stack if v > 0) for stack in stacks]
    downs = [sum(v for v in stack if v < 0) for stack in stacks]
    points = [v for line in chart.lines.values() for v in line if v is not None]
    return _rounded(min([0.0, *downs, *points]), max([0.0, *ups, *points]))


def _rounded(low: float, high: float) -> tuple[float, float]:
    if high - low <= 0:
        return 0.0, 1.0
    step = nice(high - low)
    return -step * -(low // step), step * -(-high // step)


def _column(count: int) -> tuple[float, float]:
    """Distance of the periods and width of a bar."""
    room = (RIGHT - LEFT) / max(count, 1)
    return room, room * 0.78


def _bars(scale: _Scale, chart: Times) -> Iterator[str]:
    room, wide = _column(len(chart.days))
    tops, feet = [0.0] * len(chart.days), [0.0] * len(chart.days)
    for number, (name, values) in enumerate(chart.bars.items()):
        for t, value in enumerate(values):
            if abs(value) > 1e-9:
                start = tops[t] if value > 0 else feet[t]
                (tops if value > 0 else feet)[t] = start + value
                top, foot = sorted((scale.y(start), scale.y(start + value)))
                x = LEFT + room * t + (room - wide) / 2
                box = f'x="{x:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{max(foot - top, 0.3):.1f}"'
                tip = f"{name}, {chart.days[t]}: {scale.shown(value)}"
                yield _mark(f'rect {box} fill="{_colour(number)}"', name, t + 1, value, tip)


def _lines(scale: _Scale, chart: Times) -> Iterator[str]:
    room, _ = _column(len(chart.days))
    for number, (name, values) in enumerate(chart.lines.items()):
        paint, path, on = _paint(number, len(chart.bars)), "", False
        for t, value in enumerate(values):
            if value is not None:
                path += f"{'L' if on else 'M'}{LEFT + room * (t + 0.5):.1f} {scale.y(value):.1f}"
            on = value is not None
        yield f'<path d="{path}" fill="none" stroke-linejoin="round" {paint}/>' if path else ""
        for t, value in enumerate(values):
            if value is not None:
                x, tip = LEFT + room * (t + 0.5), f"{name}, {chart.days[t]}: {scale.shown(value)}"
                dot = f'circle cx="{x:.1f}" cy="{scale.y(value):.1f}" r="3.5" fill="transparent"'
                yield _mark(dot, name, t + 1, value, tip)


def _paint(number: int, bars: int) -> str:
    if bars:
        dashes = ("", "6 3", "2 3")[number % 3]
        return f'stroke="{LINE}" stroke-width="1.6" stroke-dasharray="{dashes}"'
    return f'stroke="{_colour(number)}" stroke-width="2"'


def _colour(number: int) -> str:
    return PALETTE[number % len(PALETTE)]


def _day_labels(days: Sequence[str]) -> Iterator[str]:
    room, _ = _column(len(days))
    step = -(-len(days) // MOST_LABELS)
    for t in range(0, len(days), step):
        x = LEFT + room * (t + 0.5)
        yield f'<path d="M{x:.1f} {BOTTOM}v4" stroke="{GREY}"/>'
        yield _text(x, BOTTOM + 16, days[t], GREY, "middle")


def _legend(names: Sequence[str], bars: int) -> tuple[list[str], int]:
    """Marks with names in as many rows as needed."""
    x, row, parts = LEFT, 0, []
    for number, name in enumerate(names):
        wide = 26 + length(name)
        if x + wide > RIGHT and x > LEFT:
            x, row = LEFT, row + 1
        y = BOTTOM + 36 + 18 * row
        if number < bars:
            parts.append(
                f'<rect x="{x:.1f}" y="{y - 9:.1f}" width="11" height="11" fill="{_colour(number)}"/>'
            )
        else:
            parts.append(f'<path d="M{x:.1f} {y - 4:.1f}h13" {_paint(number - bars, bars)}/>')
        parts.append(_text(x + 16, y, name))
        x += wide
    return parts, row + 1


def length(name: str) -> float:
    """Pixels of a text: Chinese signs are twice as wide."""
    return sum(LETTER if ord(sign) < 0x2E80 else 2 * LETTER for sign in name)


def _mark(shape: str, series: str, at: object, value: float, tip: str) -> str:
    data = f'data-series="{escape(series)}" data-at="{escape(str(at))}" data-value="{value!r}"'
    return f"<{shape} {data}><title>{escape(tip)}</title></{shape.split()[0]}>"


def _text(x: float, y: float, text: str, colour: str = INK, anchor: str = "start", more: str = "") -> str:
    where = f'x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}"'
    return f"<text {where} {more}>{escape(text)}</text>"


def _svg(title: str, parts: Sequence[str], height: float = HEIGHT) -> str:
    body = "\n".join(part for part in parts if part)
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH:.0f} {height:.0f}" role="img" '
        f'aria-label="{escape(title)}" font-size="12">\n{body}\n</svg>'
    )


@dataclass(frozen=True)
class Step:
    """A column: a total (from 0) with its proven interval, or a change from the column before.

    ``value`` None is unknown; ``low`` and ``high`` are what is proven, None where nothing is.
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    is_total: bool = False
    note: str = ""


def waterfall(words: Words, title: str, unit: str, steps: Sequence[Step]) -> str:
    """Columns from one total to the next; a whisker is a proven interval, a dashed box is unknown."""
    bases, level = [], 0.0
    for step in steps:
        level = 0.0 if step.is_total else level
        bases.append(level)
        level += step.value or 0.0
    ends = [b + (s.value or 0.0) for b, s in zip(bases, steps, strict=True)]
    whiskers = [v for s in steps if s.is_total for v in (s.low, s.high) if v is not None]
    scale = _Scale(words, *_rounded(min([0.0, *ends, *whiskers]), max([0.0, *ends, *whiskers])))
    room, wide = (RIGHT - LEFT) / len(steps), (RIGHT - LEFT) / len(steps) * 0.6
    parts = list(scale.grid(unit))
    for i, (step, base) in enumerate(zip(steps, bases, strict=True)):
        parts += _step(scale, step, base, LEFT + room * i + (room - wide) / 2, wide)
        parts += _wrapped(LEFT + room * (i + 0.5), BOTTOM + 15, step.name, room)
    return _svg(title, parts, BOTTOM + 52)


def _step(scale: _Scale, step: Step, base: float, x: float, wide: float) -> Iterator[str]:
    words, middle = scale.words, x + wide / 2
    if step.value is None:
        dash = f'fill="none" stroke="{GREY}" stroke-dasharray="4 3"'
        yield f'<rect x="{x:.1f}" y="{TOP + 40}" width="{wide:.1f}" height="{BOTTOM - TOP - 40}" {dash}/>'
        yield _text(middle, TOP + 60, step.note or words("unknown"), GREY, "middle")
        return
    top, foot = sorted((scale.y(base), scale.y(base + step.value)))
    colour = PALETTE[0] if step.is_total else PALETTE[2] if step.value < 0 else PALETTE[1]
    box = f'rect x="{x:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{max(foot - top, 0.5):.1f}"'
    tip = f"{step.name}: {scale.shown(step.value)}"
    yield _mark(f'{box} fill="{colour}" fill-opacity="0.85"', step.name, "", step.value, tip)
    yield from _whisker(scale, step, middle) if step.is_total else ()
    peak = min([top, *(scale.y(v) for v in (step.low, step.high) if v is not None and step.is_total)])
    yield _text(middle, peak - 4, words.short(float(f"{step.value:.4g}")), INK, "middle")


def _whisker(scale: _Scale, step: Step, x: float) -> Iterator[str]:
    if step.low is not None and step.high is not None:
        low, high = scale.y(step.low), scale.y(step.high)
        path = f"M{x - 6:.1f} {low:.1f}h12M{x - 6:.1f} {high:.1f}h12M{x:.1f} {low:.1f}V{high:.1f}"
        tip = scale.words.between(step.low, step.high)
        yield f'<path d="{path}" stroke="{LINE}" stroke-width="1.4"><title>{escape(tip)}</title></path>'


def _wrapped(x: float, y: float, text: str, room: float) -> Iterator[str]:
    """A centred text in up to three lines."""
    for number, line in enumerate(_broken(text, room)[:3]):
        yield _text(x, y + 13 * number, line, INK, "middle", 'font-size="11"')


def _broken(text: str, room: float) -> list[str]:
    pieces = text.split(" ") if " " in text else list(text)
    glue, rows = (" " if " " in text else ""), [""]
    for piece in pieces:
        longer = f"{rows[-1]}{glue}{piece}" if rows[-1] else piece
        if rows[-1] and length(longer) * 11 / 12 > room - 4:
            rows.append(piece)
        else:
            rows[-1] = longer
    return rows


@dataclass(frozen=True)
class Span:
    """An interval with its name; what to say where neither end is known."""

    name: str
    low: float | None
    high: float | None
    note: str = ""


def intervals(words: Words, title: str, rows: Sequence[Span]) -> str:
    """One line a row from its least to its most, on one axis with 0; an end that is unknown is open."""
    known = [v for row in rows for v in (row.low, row.high) if v is not None]
    scale = _Scale(words, *_rounded(min([0.0, *known]), max([0.0, *known])))
    left = min(max(length(row.name) for row in rows) + 12, WIDTH / 2)

    def x(value: float) -> float:
        return left + (value - scale.low) / (scale.high - scale.low) * (RIGHT - 20 - left)

    height, parts = 30.0 * len(rows) + 20, []
    tick, step = scale.low, nice(scale.high - scale.low, 4)
    while tick <= scale.high + step * 1e-6:
        stroke = INK if abs(tick) < step / 2 else GRID
        parts.append(f'<path d="M{x(tick):.1f} 8V{height - 14:.1f}" stroke="{stroke}"/>')
        parts.append(_text(x(tick), height, words.short(round(tick, 6)), GREY, "middle"))
        tick += step
    for number, row in enumerate(rows):
        ends = [None if end is None else x(end) for end in (row.low, row.high)]
        parts += _interval(words, row, ends, 22 + 30.0 * number, left)
    return _svg(title, parts, height + 8)


def _interval(words: Words, row: Span, ends: Sequence[float | None], y: float, left: float) -> list[str]:
    """``ends``: where the interval begins and ends, in pixels."""
    parts, (start, end) = [_text(left - 8, y + 4, row.name, INK, "end")], ends
    if start is None and end is None:
        return [*parts, _text((left + RIGHT) / 2, y + 4, row.note or words("unknown"), GREY, "middle")]
    dash = ' stroke-dasharray="5 4"' if start is None or end is None else ""
    start, end = left if start is None else start, RIGHT - 4 if end is None else end
    bold = f'stroke="{PALETTE[2]}" stroke-width="7"{dash}'
    tip = escape(f"{row.name}: {words.between(row.low, row.high)}")
    path = f'<path d="M{start:.1f} {y}H{max(end, start + 2):.1f}" {bold}>'
    return [*parts, f"{path}<title>{tip}</title></path>"]


def bars(title: str, rows: Sequence[tuple[str, float, str]]) -> str:
    """Horizontal bars: name, value and the text behind each; negative ones go left of 0."""
    above, below = max([0.0, *(v for _, v, _ in rows)]), max([0.0, *(-v for _, v, _ in rows)])
    left = min(max((length(name) for name, _, _ in rows), default=0.0) + 14, WIDTH * 0.45)
    unit = (RIGHT - left - 100) / ((above + below) or 1.0)
    back, parts = below * unit, []
    for number, (name, value, shown) in enumerate(rows):
        y, zero, wide = 6 + 20.0 * number, left + back, abs(value) * unit
        colour = PALETTE[2] if value < 0 else PALETTE[0]
        box = f'rect x="{zero - (wide if value < 0 else 0):.1f}" y="{y:.1f}" width="{max(wide, 0.5):.1f}"'
        parts.append(_text(left - 8, y + 12, name, INK, "end"))
        parts.append(_mark(f'{box} height="15" fill="{colour}"', name, "", value, f"{name}: {shown}"))
        parts.append(_text(zero + (0 if value < 0 else wide) + 6, y + 12, shown, GREY))
    return _svg(title, parts, 20.0 * len(rows) + 12)
