"""The description of a network as a page of text."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

from ..text import INDENT, amount, grid, percent, plural
from .textmap import Mark, text_map

WIDTH = 110
"""Longest line of a remark."""
SHOWN = 6
"""Rows of a table that are shown; the rest is counted."""
NAMED = 2
"""Most clusters of a hub that are named."""
BARS = "▁▂▃▄▅▆▇█"
WIDEST = 60
"""Most bars of a season; longer horizons are shown in steps of several periods."""
SIGNS = "123456789"
"""Warehouses on the map by their place in the table; those not shown there are W."""
Facts = Mapping[str, Any]


def page(facts: Facts) -> str:
    """The page for the facts of ``describe``."""
    sections = {
        "WHO SELLS": _firms(facts),
        "WHAT IS SOLD": _families(facts),
        "WHEN": _seasons(facts),
        "WHERE BUYERS ARE": _markets(facts),
        "WHERE GOODS START": _hubs(facts),
        "WHERE GOODS CAN LIE": _warehouses(facts),
        "HOW GOODS CAN TRAVEL": _lanes(facts),
        "WHAT MUST BE FINANCED": _need(facts),
        "WHO MAY LEND": _lenders(facts),
        "EXCHANGE RATES": _currencies(facts),
        "MAP": _map(facts),
    }
    parts = ["\n".join([title, *lines]) for title, lines in sections.items() if lines]
    return "\n\n".join(["\n".join(_headline(facts)), *parts])


def _prose(text: str) -> list[str]:
    """A remark as indented lines; a number stays with its unit."""
    tied = re.sub(r"(?<=\d) ", "\xa0", text)
    lines = wrap(tied, WIDTH, initial_indent=INDENT, subsequent_indent=INDENT * 2, break_on_hyphens=False)
    return [line.replace("\xa0", " ") for line in lines]


def _headline(facts: Facts) -> list[str]:
    days, demand = facts["period_days"], facts["demand"]
    lengths = f"{min(days):g}" if min(days) == max(days) else f"{min(days):g} to {max(days):g}"
    first, last = _day(facts, 0), _day(facts, facts["days"] - 1)
    horizon = f"{first} to {last}, {plural(len(days), 'period')} of {lengths} days"
    money = "goods and money are planned" if facts["plans_money"] else "goods are planned, money is not"
    wanted = f"{_m3(demand)}, {_t(demand)}, sales of {_money(facts, demand['value'])}"
    return [f"{facts['name']}: {horizon}; {money}, in {facts['currency']}", f"Buyers want {wanted}."]


def _day(facts: Facts, days: float) -> str:
    date = dt.date.fromisoformat(facts["start"]) + dt.timedelta(days=int(days))
    return f"{date.day} {date:%b %Y}"


def _m3(row: Facts) -> str:
    return amount(row["volume_m3"], "m3")


def _t(row: Facts) -> str:
    return amount(row["weight_t"], "t")


def _money(facts: Facts, value: float) -> str:
    return amount(value, facts["currency"])


def _range(span: Sequence[float] | None, unit: str, none: str = "-") -> str:
    """Least to most with the unit."""
    if span is None:
        return none
    low, high = span
    return amount(low, unit) if low == high else f"{amount(low)} to {amount(high, unit)}"


def _table(rows: Sequence[Sequence[str]], count: int, one: str, right: str = "", many: str = "") -> list[str]:
    """The first rows, and how many there are more."""
    rest = plural(count - len(rows), f"more {one}", f"more {many or f'{one}s'}")
    return grid(rows, right) + ([f"{INDENT}… and {rest}"] if count > len(rows) else [])


def _some(names: Sequence[str]) -> str:
    """The first names, and that there are more."""
    return ", ".join([*names[:SHOWN], *(["…"] if len(names) > SHOWN else [])])


def _firms(facts: Facts) -> list[str]:
    firms = facts["firms"]
    sizes = {size: sum(f["size"] == size for f in firms) for size in ("small", "medium", "large")}
    rated = sum(f["rating"] is not None for f in firms)
    kinds = ", ".join(f"{count} {size}" for size, count in sizes.items() if count)
    clusters = sorted({f["cluster"] for f in firms})
    products = plural(sum(f["products"] for f in firms), "product")
    where = f"in {plural(len(clusters), 'cluster')} ({_some(clusters)})"
    head = f"{plural(len(firms), 'firm')} ({kinds}; {rated} rated) with {products}, {where}"
    rows = [
        (
            f["name"],
            f["size"],
            f["rating"] or "unrated",
            plural(f["products"], "product"),
            _m3(f),
            _t(f),
            _money(facts, f["value"]),
        )
        for f in firms[:SHOWN]
    ]
    return [*_prose(head), *_table(rows, len(firms), "firm", "<<<>>>>")]


def _families(facts: Facts) -> list[str]:
    rows = [
        (
            f["name"],
            plural(f["products"], "product"),
            _m3(f),
            _t(f),
            _money(facts, f["value"]),
            amount(f["weight_t"] * 1000 / f["volume_m3"], "kg/m3") if f["volume_m3"] else "",
        )
        for f in facts["families"]
    ]
    return _table(rows[:SHOWN], len(rows), "family", "<>>>>>", "families")


def _seasons(facts: Facts) -> list[str]:
    days, monthly = facts["period_days"], facts["seasons"]["m3_per_month"]
    if not any(monthly):
        return []
    step = _step(facts)
    wanted = [i for i, volume in enumerate(monthly) if volume > 0]
    best, least = max(wanted, key=monthly.__getitem__), min(wanted, key=monthly.__getitem__)
    families = facts["seasons"]["families_m3_per_month"]
    lines = {"all goods": monthly, **{row["name"]: families[row["family"]] for row in facts["families"]}}
    rows = [
        (name, _bars(volumes, days, step), f"at most {amount(max(volumes), 'm3/month')}")
        for name, volumes in list(lines.items())[: SHOWN + 1]
    ]
    most = f"most from {_start(facts, best)} (period {best + 1})"
    remark = f"a bar is {plural(step, 'period')}, · nothing; {most}"
    if least != best:
        low = amount(monthly[least], "m3/month")
        remark += f", least from {_start(facts, least)} (period {least + 1}, {low})"
    return [*grid(rows), *_prose(remark)]


def _step(facts: Facts) -> int:
    """Periods in a bar."""
    return -(-len(facts["period_days"]) // WIDEST)


def _start(facts: Facts, index: int) -> str:
    return _day(facts, sum(facts["period_days"][:index]))


def _bars(monthly: Sequence[float], days: Sequence[float], step: int) -> str:
    """A bar for each ``step`` periods, as high as the volume per day."""
    groups = [slice(i, i + step) for i in range(0, len(days), step)]
    heights = [sum(m * d for m, d in zip(monthly[g], days[g], strict=True)) / sum(days[g]) for g in groups]
    top = max(heights) or 1.0
    return "".join("·" if h <= 0 else BARS[min(7, int(8 * h / top))] for h in heights)


def _markets(facts: Facts) -> list[str]:
    rows = [
        (
            m["name"],
            m["country"],
            _m3(m),
            _money(facts, m["value"]),
            f"promised in {_range(m['promise_days'], 'days')}" if m["promise_days"] else "no promise",
            f"paid {_credit(m['credit_days'])} in {m['currency']}",
        )
        for m in facts["markets"]
    ]
    countries: dict[str, float] = {}
    for m in facts["markets"]:
        countries[m["country"] or m["zone"]] = countries.get(m["country"] or m["zone"], 0.0) + m["volume_m3"]
    ordered = sorted(countries.items(), key=lambda item: -item[1])
    shares = _some([f"{name} {amount(m3, 'm3')}" for name, m3 in ordered])
    head = f"{plural(len(rows), 'market')} in {plural(len(ordered), 'country', 'countries')}: {shares}"
    return [*_prose(head), *_table(rows[:SHOWN], len(rows), "market", "<<>><<")]


def _credit(days: float) -> str:
    return f"after {amount(days, 'days')}" if days else "at once"


def _hubs(facts: Facts) -> list[str]:
    rows = [
        (
            h["name"],
            h["country"],
            h["state"],
            f"takes in {_range(h['capacity_m3_month'], 'm3/month', 'without limit')}",
            _origins(h["clusters"]),
        )
        for h in facts["hubs"]
    ]
    return _table(rows[:SHOWN], len(rows), "hub")


def _origins(clusters: Sequence[str]) -> str:
    """The clusters that bring goods: by name while the line stays short."""
    if len(clusters) > NAMED:
        return f"from {plural(len(clusters), 'cluster')}"
    return f"from {', '.join(clusters)}" if clusters else ""


def _warehouses(facts: Facts) -> list[str]:
    total = facts["demand"]["volume_m3"] or 1.0
    head = ("", "warehouse", "", "terms", "room (m3)", "m3/month", "rent", "lead (days)", "reach")
    rows = [
        (
            _sign(i),
            w["name"],
            w["country"],
            _contract(w),
            _range(w["storage_m3"], "", "any"),
            _range(w["throughput_m3_month"], "", "any"),
            _range(w["rent_month"], f"{w['currency']}/month") if w["tiers"] else "",
            _range(w["lead_days"], ""),
            percent(w["reach_m3"] / total, 0),
        )
        for i, w in enumerate(facts["warehouses"][: len(SIGNS)])
    ]
    if not rows:
        return []
    remark = "m3/month: goods that can leave it; reach: part of the m3 wanted that it can deliver as promised"
    table = _table([head, *rows], len(facts["warehouses"]) + 1, "warehouse", "<<<<>>>>>")
    return [*table, *_prose(remark)]


def _contract(warehouse: Facts) -> str:
    """How it is paid, and what is already decided about it."""
    state = "" if warehouse["state"] == "candidate" else f"{warehouse['state']}, "
    if warehouse["contract"] == "per_use":
        return f"{state}{amount(warehouse['storage_m3_day'], warehouse['currency'])}/m3/day"
    return f"{state}lease, {plural(warehouse['tiers'], 'tier')}"


def _sign(place: int) -> str:
    return SIGNS[place] if place < len(SIGNS) else "W"


def _lanes(facts: Facts) -> list[str]:
    currency = facts["currency"]
    rows = []
    for lane in facts["lanes"]:
        prices = [f"{size} {_range(cost, currency)}" for size, cost in lane["container_cost"].items()]
        prices += (
            [f"loose {_range(lane['loose_rate_kg'], f'{currency}/kg')}"] if lane["loose_rate_kg"] else []
        )
        prices += [f"{_range(lane['rate_m3'], f'{currency}/m3')}"] if lane["rate_m3"] else []
        ways = f"{plural(lane['hubs'], 'hub')} to {plural(lane['warehouses'], 'warehouse')}"
        lead = f"{_range(lane['lead_days'], 'days')} with clearance"
        rows.append((lane["mode"], plural(lane["lanes"], "lane"), ways, lead, "; ".join(prices)))
    parcels = [m["parcel_days"] for m in facts["markets"] if m["parcel_days"]]
    if parcels:
        days = _range([min(p[0] for p in parcels), max(p[1] for p in parcels)], "days")
        rows.append(
            ("parcel", "", f"straight to {plural(len(parcels), 'market')}", f"{days} to the buyer", "")
        )
    return grid(rows, "<><<<")


def _need(facts: Facts) -> list[str]:
    credit = facts["credit"]
    if credit is None:
        return []
    rows = []
    for pace, need in (("fastest", credit["need_fast"]), ("slowest", credit["need_slow"])):
        when = f"most from {_start(facts, need['period'] - 1)}" if need["period"] else ""
        bars = _bars(need["by_period"], facts["period_days"], _step(facts)) if need["peak"] else ""
        short = f"{plural(need['firms'], 'firm')} short"
        rows.append((f"{pace} routes", _money(facts, need["peak"]), short, when, bars))
    names = {firm["firm"]: firm["name"] for firm in facts["firms"]}
    largest = ", ".join(
        f"{names[n['firm']]} {_money(facts, n['peak'])}" for n in credit["need_slow"]["largest"]
    )
    remark = (
        f"beyond the firms' cash of {_money(facts, credit['opening_cash'])}, to serve all demand just in "
    )
    remark += "time: production, sales, refunds and chain trades only, before freight and duty"
    return [*grid(rows, "<><<<"), *_prose(remark), *(_prose(f"most: {largest}") if largest else [])]


def _lenders(facts: Facts) -> list[str]:
    credit = facts["credit"]
    if credit is None:
        return []
    rows = [
        (
            f["name"],
            f"line {_money(facts, f['line'])}",
            f"from {percent(f['base_rate'])} a year",
            f"at most {percent(f['max_firm_share'], 0)} a firm",
            f"{', '.join(f['kinds']) or 'no loans'}",
            f"{_percents(f['advance'])} advanced, {_range(f['tenor_days'], 'days')}" if f["kinds"] else "",
        )
        for f in credit["funders"]
    ]
    remarks = [line for text in _supports(facts, credit) for line in _prose(text)]
    return [*_table(rows[:SHOWN], len(rows), "funder", "<>><<<"), *remarks]


def _percents(span: Sequence[float]) -> str:
    low, high = span
    return percent(low, 0) if low == high else f"{percent(low, 0)} to {percent(high, 0)}"


def _supports(facts: Facts, credit: Facts) -> Iterator[str]:
    """Limits, guarantees, emergency credit and public money, a line each."""
    lines, peak = sum(f["line"] for f in credit["funders"]), credit["need_slow"]["peak"]
    if lines and peak:
        times = amount(lines / peak)
        yield f"lines of {_money(facts, lines)} are {times} times the need on the slowest routes"
    limits = credit["firm_limits"]
    if credit["rated_firms"]:
        what = (
            "some without limit of their own"
            if limits is None
            else f"limits of {_money(facts, limits)} in all"
        )
        yield f"{plural(credit['rated_firms'], 'rated firm')}, {what}"
    cores = credit["guarantees"]
    if cores:
        total, members = (sum(core[key] for core in cores) for key in ("guarantee_line", "members"))
        given = f"guarantees of {_money(facts, total)} for {plural(members, 'member')}"
        names = {firm["firm"]: firm["name"] for firm in facts["firms"]}
        each = _some([f"{names[c['core']]} {_money(facts, c['guarantee_line'])}" for c in cores])
        yield f"{plural(len(cores), 'core firm')} with {given}: {each}"
    if credit["emergency_rate"] is not None:
        yield f"emergency credit at {percent(credit['emergency_rate'])} a year"
    for row in credit["subsidies"]:
        paid = f"{percent(row['rate'], 0)} of {'guarantee losses' if row['kind'] == 'risk' else row['kind']}"
        yield f"public money pays {paid}, up to {_money(facts, row['budget'])}"


def _currencies(facts: Facts) -> list[str]:
    rows = []
    for row in facts["currencies"]:
        first, last = row["rates"][0], row["rates"][-1]
        later = f"; {plural(len(row['rates']), 'rate')}, the last {last['rate']:g} from {last['from']}"
        value = f"{first['rate']:g} {facts['currency']} from {first['from']}"
        rows.append((f"1 {row['currency']}", f"= {value}{later if len(row['rates']) > 1 else ''}"))
    return _table(rows[:SHOWN], len(rows), "currency", many="currencies")


def _map(facts: Facts) -> list[str]:
    groups = (
        *((_sign(i), warehouse) for i, warehouse in enumerate(facts["warehouses"])),
        *(("H", hub) for hub in facts["hubs"]),
        *(("o", market) for market in facts["markets"]),
    )
    marks = [Mark(p["lat"], p["lon"], s) for s, p in groups if p["lat"] is not None and p["lon"] is not None]
    lines = text_map(marks)
    missing = len(groups) - len(marks)
    legend = f"{INDENT}H hub, o market, 1 2 3 … warehouses as numbered above (W: the others)"
    lost = f"; {plural(missing, 'place')} without coordinates" if missing else ""
    return [*(f"{INDENT}{line}".rstrip() for line in lines), legend + lost] if lines else []
