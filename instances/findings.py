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
    "currency-without-rate",
    "dangling-reference",
    "demand-without-sale",
    "deposit-arbitrage",
    "duplicate-column",
    "duplicate-key",
    "early-demand",
    "firm-without-rating",
    "forced-above-limit",
    "forced-without-level",
    "forced-without-tier",
    "guarantee-lowers-advance",
    "guarantee-raises-loss",
    "guaranteed-voucher",
    "idle-firm",
    "idle-lane",
    "implausible-density",
    "late-rate",
    "left-out",
    "member-without-guarantee",
    "missing-column",
    "missing-value",
    "no-demand",
    "no-small-firm",
    "no-such-path",
    "no-tables",
    "not-finite",
    "not-utf8",
    "occupied-target",
    "out-of-range",
    "own-currency-rate",
    "period-numbering",
    "price-below-cost",
    "ragged-line",
    "reserved-id",
    "run-off-too-short",
    "self-tie",
    "settings-count",
    "shared-id",
    "stock-at-closed-place",
    "tariff-place",
    "tenor-below-period",
    "ticket-above-limit",
    "tiers-per-use",
    "unknown-column",
    "unknown-format",
    "unknown-table",
    "unreachable-demand",
    "unreachable-target",
    "unreadable-file",
    "unreadable-value",
    "unwritable-text",
    "warehouse-without-tier",
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

    @property
    def where(self) -> str:
        """File, table, row, column and value, as far as they are known."""
        row = f"row {self.row}" if isinstance(self.row, int) else f"[{self.row}]" if self.row else ""
        place = " ".join(part for part in (self.table, row) if part)
        parts = [self.file, place, self.column and f"column {self.column}", self.value and _short(self.value)]
        return ", ".join(part for part in parts if part)

    def __str__(self) -> str:
        where = f" {self.where}" if self.where else ""
        return _one_line(f"{self.severity} {self.code}{where}: {self.cause}. Remedy: {self.remedy}.")


class InputError(Exception):
    """A network that cannot be read or used; ``findings`` holds everything that is wrong with it."""

    def __init__(self, findings: Iterable[Finding]):
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


def _short(value: str, most: int = 60) -> str:
    text = value if len(value) <= most else f"{value[:most]}…"
    return f"value '{text}'"


def _one_line(text: str) -> str:
    return " ".join(text.split())
