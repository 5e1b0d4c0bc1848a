"""Values of coalitions kept on disk: what is solved once stays solved, whatever interrupts."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Value:
    """What a coalition costs: at least ``lower``, at most ``upper`` (network currency, constant left out).

    ``None`` is unknown.  ``status`` is that of its plan, or *invalid*.  ``asked`` are the relative gap and
    the seconds it was given, ``seconds`` what it took; ``warm``: it started from the plan of all firms.
    """

    lower: float | None
    upper: float | None
    status: str
    seconds: float
    warm: bool = False
    asked: tuple[float, float] = (0.0, float("inf"))

    @property
    def gap(self) -> float | None:
        """(upper − lower) / |upper|."""
        if self.lower is None or self.upper is None:
            return None
        return (self.upper - self.lower) / abs(self.upper) if self.upper else 0.0

    @property
    def planned(self) -> bool:
        """Whether a plan is known, or that there is none."""
        return self.upper is not None or self.status in ("infeasible", "invalid")

    def serves(self, gap: float, seconds: float) -> bool:
        """Whether solving again with these limits would be no better."""
        near = self.gap is not None and self.gap <= gap
        return near or self.status in ("infeasible", "invalid") or self.asked[1] >= seconds


class Store:
    """Coalition values by their firms; with a file, one line each, appended as soon as it is known.

    Lines of another network (by ``sha256``) and a line cut short by an interruption are passed over.
    """

    def __init__(self, sha256: str, file: Path | None = None):
        self._sha256, self._file = sha256, file
        self._known: dict[frozenset[str], Value] = {}
        if file is not None and file.is_file():
            for line in file.read_text(encoding="utf-8").splitlines():
                self._read(line)

    def _read(self, line: str) -> None:
        try:
            row: dict[str, Any] = json.loads(line)
            if row.pop("network") != self._sha256:
                return
            firms = frozenset(row.pop("firms"))
            seconds = row["asked"][1]
            row["asked"] = (row["asked"][0], float("inf") if seconds is None else seconds)
            self._known[firms] = better(self._known.get(firms), Value(**row))
        except (ValueError, KeyError, TypeError, IndexError):
            return

    def get(self, firms: Collection[str]) -> Value | None:
        """The best value known of a coalition."""
        return self._known.get(frozenset(firms))

    def put(self, firms: Collection[str], value: Value) -> Value:
        """Keep a value; the best of it and the one known."""
        key = frozenset(firms)
        self._known[key] = better(self._known.get(key), value)
        if self._file is not None:
            asked = [value.asked[0], None if value.asked[1] == float("inf") else value.asked[1]]
            row = {"network": self._sha256, "firms": sorted(key), **asdict(value), "asked": asked}
            with self._file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(row) + "\n")
        return self._known[key]

    @property
    def known(self) -> Mapping[frozenset[str], Value]:
        """All values by firms."""
        return self._known


def better(old: Value | None, new: Value) -> Value:
    """The tighter interval of two values of one coalition."""
    if old is None:
        return new
    lower = max((v for v in (old.lower, new.lower) if v is not None), default=None)
    upper = min((v for v in (old.upper, new.upper) if v is not None), default=None)
    longer = max(old.asked[1], new.asked[1])
    status = new.status if new.upper is not None and new.upper == upper else old.status
    return Value(lower, upper, status, old.seconds + new.seconds, new.warm, (new.asked[0], longer))
