"""What sharing the cost of a plan comes to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd

from .certificate import Stability, Tight
from .rules import Rule
from .separation import Gain
from .store import Value
from .tariffs import Account, PriceList


@dataclass(frozen=True)
class Effort:
    """Coalitions solved and what it took: ``seconds`` in all, and each of them (``by_size``: members, mean
    seconds, how many), cold or started from the plan of all."""

    solves: int
    seconds: float
    cold: float | None
    warm: float | None
    by_size: tuple[tuple[int, float, int], ...] = ()


@dataclass(frozen=True)
class Sharing:
    """The cost of a plan divided among players (firms, or groups of them), by every rule, and one chosen.

    Money in the network's currency, without what no plan can change.  ``alone``: what each player costs by
    itself; ``figures`` by player: ``direct`` cost, ``volume`` (m3), ``weight`` (kg), ``value``, ``sales``.
    ``gains``: the greatest relative gain of any coalition under each rule.  ``tight``: the coalitions nearest
    to leaving under the chosen one.  ``public_budget`` is what the network offers in subsidies.
    """

    instance: str
    sha256: str
    currency: str
    players: Mapping[str, frozenset[str]]
    total: float
    floor: float | None
    rule: str
    rules: Mapping[str, Rule]
    gains: Mapping[str, Gain]
    alone: Mapping[str, Value]
    figures: pd.DataFrame
    stability: Stability
    tight: tuple[Tight, ...]
    prices: PriceList
    account: Account
    public_budget: float
    effort: Effort
    notes: tuple[str, ...] = ()
    small: frozenset[str] = field(default_factory=frozenset)

    @property
    def shares(self) -> dict[str, float]:
        """Player -> share under the chosen rule."""
        return dict(zip(self.players, map(float, self.rules[self.rule].shares), strict=True))

    @property
    def saving(self) -> tuple[float | None, float | None]:
        """What sharing one plan saves all players against each alone: at least, at most."""
        low = [value.lower for value in self.alone.values()]
        high = [value.upper for value in self.alone.values()]
        least = None if None in low else math.fsum(v for v in low if v is not None) - self.total
        floor = self.total if self.floor is None else self.floor
        most = None if None in high else math.fsum(v for v in high if v is not None) - floor
        return least, most

    @property
    def gain(self) -> Gain:
        """The greatest relative gain from leaving under the chosen rule."""
        return self.gains[self.rule]

    def table(self) -> pd.DataFrame:
        """One row a player: firms, cost alone (low, high), direct cost, share and saving, share by each
        rule."""
        rows = []
        for i, (name, firms) in enumerate(self.players.items()):
            alone, share = self.alone[name], self.shares[name]
            rows.append(
                {
                    "player": name,
                    "firms": ";".join(sorted(firms)),
                    "alone_low": alone.lower,
                    "alone_high": alone.upper,
                    "direct": float(self.figures["direct"].iloc[i]),
                    "share": share,
                    "saving_low": None if alone.lower is None else alone.lower - share,
                    "saving_high": None if alone.upper is None else alone.upper - share,
                    **{f"share_{rule}": float(found.shares[i]) for rule, found in self.rules.items()},
                }
            )
        return pd.DataFrame(rows)

    def as_json(self) -> dict[str, Any]:
        """All of it for ``--json``; unknown is ``None``."""
        gain, stability = self.gain, self.stability
        return {
            "ok": True,
            "instance": {"name": self.instance, "sha256": self.sha256},
            "currency": self.currency,
            "rule": self.rule,
            "total": self.total,
            "saving": {"lower": self.saving[0], "upper": self.saving[1]},
            "floor": self.floor,
            "shares": self._shares(),
            "standalone": [
                {"player": name, "lower": value.lower, "upper": value.upper, "status": value.status}
                for name, value in self.alone.items()
            ],
            "excess": _gain(gain),
            "core_empty": stability.core_empty,
            "subsidy_needed": {"lower": stability.subsidy_low, "upper": _finite(stability.subsidy_high)},
            "public_budget": self.public_budget,
            "least_slack": _finite(stability.slack),
            "rules": {name: _gain(self.gains[name]) for name in self.rules},
            "coalitions": [_tight(each) for each in self.tight],
            "tariffs": self.prices.items.to_dict("records"),
            "tariff_fit": self.prices.fit,
            "account": asdict(self.account),
            "solves": self.effort.solves,
            "seconds": round(self.effort.seconds, 3),
            "seconds_per_coalition": {"cold": self.effort.cold, "warm": self.effort.warm},
            "seconds_by_size": [list(row) for row in self.effort.by_size],
            "notes": list(self.notes),
        }

    def _shares(self) -> list[dict[str, Any]]:
        bills = self.prices.bills.drop(columns="direct").reset_index(drop=True)
        table = pd.concat([self.table(), bills], axis=1).astype(object)
        rows: list[dict[str, Any]] = [
            {str(column): value for column, value in row.items()}
            for row in table.where(table.notna(), None).to_dict("records")
        ]
        return [{**row, "half_width": self._half_width(i)} for i, row in enumerate(rows)]

    def _half_width(self, i: int) -> float | None:
        wide = self.rules[self.rule].half_width
        return None if wide is None else float(wide[i])


def _gain(gain: Gain) -> dict[str, Any]:
    named = gain.coalition or gain.suspect
    return {"lower": gain.lower, "upper": _finite(gain.upper), "coalition": sorted(named)}


def _tight(each: Tight) -> dict[str, Any]:
    return {**asdict(each), "coalition": sorted(each.coalition), "gain_high": _finite(each.gain_high)}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
