"""Plans to report on, solved once, and reports taken apart again."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser

from clusterlane.instances.generate import generate
from clusterlane.instances.network import Network
from clusterlane.optimizer.plan import Plan
from clusterlane.optimizer.report import page, report
from clusterlane.optimizer.solve import solve

ALONE = {
    "objective": 2.4e6,
    "bound": 1.9e6,
    "saving_low": 80_000.0,
    "saving_high": 600_000.0,
    "status": "feasible",
    "seconds": 1.0,
}


@cache
def park() -> tuple[Network, Plan]:
    """Four firms with money, a rough plan of them, comparisons of which one is unknown."""
    network = generate("park-4", 1)
    plan = solve(network, gap=0.05, time_limit=60, threads=1)
    unknown = dict.fromkeys(("objective", "bound", "saving_low", "saving_high"))
    others = {
        "alone": {**ALONE, "firms": {firm: dict(ALONE) for firm in plan.kpis["cost_by_firm"]}},
        "logistics_first": {**unknown, "status": "unknown", "seconds": 1.0},
        "no_chain_finance": {**unknown, "status": "infeasible", "seconds": 1.0},
    }
    return network, replace(plan, comparisons=others)


@cache
def html(language: str = "en", firm: str = "") -> str:
    """The page of that plan."""
    return page(report(*park(), language, firm))


class Page(HTMLParser):
    """Numbers of the tables and of the charts of a page, its tags and its text."""

    def __init__(self, text: str):
        super().__init__()
        self.tables: dict[str, list[list[float | None]]] = {}
        self.feet: dict[str, list[float | None]] = {}
        self.marks: list[tuple[str, str, str, float]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._table, self._foot, self._chart, self._quiet = "", False, "", False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        self._quiet = tag in ("style", "title") and not self._chart
        if tag == "svg":
            self._chart = found.get("aria-label") or ""
        if tag == "table":
            self._table = found["data-table"] or ""
            self.tables[self._table] = []
        self._foot = (self._foot or tag == "tfoot") and tag != "table"
        if tag == "tr" and not self._foot:
            self.tables[self._table].append([])
        if tag == "tr" and self._foot:
            self.feet[self._table] = []
        if tag == "td":
            value = found.get("data-value")
            row = self.feet[self._table] if self._foot else self.tables[self._table][-1]
            row.append(None if value is None else float(value))
        if "data-series" in found:
            series, at = found["data-series"] or "", found.get("data-at") or ""
            self.marks.append((self._chart, series, at, float(found["data-value"] or "nan")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "svg":
            self._chart = ""
        if tag in ("style", "title"):
            self._quiet = False

    def handle_data(self, data: str) -> None:
        if not self._quiet and data.strip():
            self.words.append(data.strip())

    def column(self, table: str, number: int) -> float:
        """Sum of a column over the rows shown."""
        return sum(row[number] or 0.0 for row in self.tables[table] if row)

    def drawn(self, chart: str) -> dict[str, float]:
        """Series -> sum of its marks in the chart of that title."""
        sums: dict[str, float] = {}
        for title, series, _, value in self.marks:
            if title == chart:
                sums[series] = sums.get(series, 0.0) + value
        return sums


def latin(words: list[str]) -> set[str]:
    """Latin words of three letters or more."""
    return {word for text in words for word in re.findall(r"[A-Za-z]{3,}", text)}
