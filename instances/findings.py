"""What is wrong with a network or its files, in words a planner can act on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]
Code = Literal[
    "broken-csv",
    "broken-json",
    "broken-xlsx",
    "capacity-below-demand",
    "channels-below-one",
    "containers-below-one",
    "coverage-above-markets",
    "credit-without-source",
    "currency-without-rate",
    "dangling-reference",
    "demand-gap",
    "demand-without-sale",
    "deposit-arbitrage",
    "dominated-lane",
    "duplicate-column",
    "duplicate-key",
    "duplicate-table",
    "early-demand",
    "firm-without-rating",
    "forced-above-limit",
    "forced-without-level",
    "forced-without-tier",
    "formula-without-value",
    "guarantee-lowers-advance",
    "guarantee-raises-loss",
    "guaranteed-voucher",
    "hidden-sheet",
    "id-not-text",
    "idle-firm",
    "idle-lane",
    "implausible-density",
    "indicator-without-bands",
    "late-rate",
    "left-out",
    "member-without-guarantee",
    "merged-cells",
    "missing-column",
    "missing-indicator",
    "missing-value",
    "no-demand",
    "no-small-firm",
    "no-such-path",
    "no-tables",
    "not-finite",
    "not-utf8",
    "occupied-target",
    "out-of-range",
    "oversized-file",
    "own-currency-rate",
    "period-numbering",
    "points-not-monotone",
    "price-below-cost",
    "protected-file",
    "ragged-line",
    "reserved-id",
    "run-off-too-short",
    "scale-above-zero",
    "scale-not-monotone",
    "scale-without-scores",
    "self-tie",
    "separate-parts",
    "settings-count",
    "share-out-of-range",
    "shared-id",
    "shared-min-score",
    "stock-at-closed-place",
    "surplus-values",
    "tariff-place",
    "tenor-below-period",
    "tenor-beyond-rule",
    "ticket-above-limit",
    "tiers-per-use",
    "unconnected-place",
    "unknown-column",
    "unknown-format",
    "unknown-indicator",
    "unknown-table",
    "unreachable-demand",
    "unreachable-target",
    "unreadable-file",
    "unreadable-value",
    "unwritable-text",
    "warehouse-without-tier",
    "weights-not-one",
]
"""Every code a network or its files can get; explained in ``instances/README.md``."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: where, why, and what to do about it.

    ``row`` is the line (CSV), row (XLSX) or place in the list from 1 (JSON) when a file was read,
    and the key of the row (its values joined by ", ") when a network was checked.
    """

    code: str
    severity: Severity
    table: str
    row: int | str | None
    column: str
    value: str
    cause: str
    remedy: str
    file: str = ""
    cell: str = ""
    """Sheet and cell of a workbook, such as ``demand!C17``."""

    @property
    def where(self) -> str:
        """File, cell, table, row, column and value, as far as they are known."""
        row = f"row {self.row}" if isinstance(self.row, int) else f"[{self.row}]" if self.row else ""
        place = " ".join(part for part in (self.table, row) if part)
        column, value = self.column and f"column {self.column}", self.value and _short(self.value)
        parts = [self.file, self.cell, place, column, value]
        return ", ".join(part for part in parts if part)

    def __str__(self) -> str:
        where = f" {self.where}" if self.where else ""
        return _one_line(f"{self.severity} {self.code}{where}: {self.cause}. Remedy: {self.remedy}.")


class InputError(Exception):
    """A network that cannot be read or used; ``findings`` holds everything that is wrong with it."""

    def __init__(self, findings: Iterable[Finding]):
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


def digest(findings: Iterable[Finding], most: int = 20) -> list[str]:
    """Findings as lines: the first ``most`` of the same code, table and column, and how many more."""
    kinds: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        kinds.setdefault((finding.code, finding.table, finding.column), []).append(finding)
    lines: list[str] = []
    for (code, table, column), same in kinds.items():
        lines += map(str, same[:most])
        if len(same) > most:
            where = f"{table}, column {column}" if column else table or "the files"
            lines.append(f"{same[0].severity} {code}: {len(same) - most:,} more of the kind in {where}")
    return lines


def _short(value: str, most: int = 60) -> str:
    text = value if len(value) <= most else f"{value[:most]}…"
    return f"value '{text}'"


def _one_line(text: str) -> str:
    return " ".join(text.split())
