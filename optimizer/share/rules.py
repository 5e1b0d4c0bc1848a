"""Ways to divide the cost of a plan among the players, side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..arrays import Floats
from ..clock import Clock
from ..text import percent
from . import shapley
from .certificate import Judge
from .coalition import Coalition
from .division import Division, Limits, equal_profit, least_core
from .figures import Figures
from .floors import Floors
from .fuzzy import Fuzzy, FuzzyCore
from .nucleolus import in_span, nucleolus
from .separation import greatest_excess

RULES = {
    "volume": "own cost, and shared cost by volume",
    "weight": "own cost, and shared cost by weight",
    "value": "own cost, and shared cost by value of goods",
    "alone": "in proportion to the cost alone",
    "dual": "prices of what is shared (Owen)",
    "shapley": "mean marginal cost over all orders of joining (Shapley)",
    "equal_profit": "stable, savings as equal as can be (Frisk et al. 2010)",
    "least_core": "least gain from leaving, for any group",
    "nucleolus": "least excess, the greatest first",
}
"""Rules by name, in the order in which they are shown, in a planner's words."""

MOST_NUCLEOLUS = 25
"""Most players for which the nucleolus is offered."""

_MORE = 5e-4
"""Slack given up beyond the least, for savings that differ less."""


@dataclass(frozen=True)
class Rule:
    """Shares by player (network currency), with the half-width of a 95 % interval where they are sampled."""

    shares: Floats
    half_width: Floats | None = None
    note: str = ""


def by_basis(figures: pd.DataFrame, total: float, basis: str) -> Rule:
    """Every player its direct cost, and the shared cost by a physical basis; ``figures`` by player."""
    measure = figures[basis].to_numpy(float)
    direct = figures["direct"].to_numpy(float)
    part = measure / measure.sum() if measure.sum() > 0 else np.full(len(measure), 1 / len(measure))
    return Rule(direct + (total - direct.sum()) * part)


def by_alone(alone: Floats, total: float) -> Rule:
    """In proportion to what each player costs alone; those below 0 keep their gain."""
    positive = np.maximum(alone, 0.0)
    rest = total - float(np.minimum(alone, 0.0).sum())
    part = positive / positive.sum() if positive.sum() > 0 else np.full(len(alone), 1 / len(alone))
    return Rule(np.minimum(alone, 0.0) + rest * part)


def by_prices(floors: Floors, total: float) -> Rule:
    """Own cost under the prices of what is shared; what they leave uncovered in proportion to it."""
    every = np.ones(len(floors.names))
    leaf = min(floors.leaves, key=lambda each: each.floor(every))
    cut = max(leaf.cuts, key=lambda each: float(each.own.sum()) + each.fixed)
    priced = float(cut.own.sum())
    shares = cut.own * (total / priced) if priced > 0 else cut.own + (total - priced) / len(cut.own)
    return Rule(shares, note=f"prices recover {percent(priced / total)} of the cost" if total else "")


class Stable:
    """Rules that look for a division no coalition can better."""

    def __init__(self, judge: Judge, total: float, alone: Floats, limits: Limits, clock: Clock):
        self._judge, self._total, self._alone, self._limits = judge, total, alone, limits
        self._clock = clock
        self._rows = judge.rows()
        self._fuzzy = FuzzyCore(judge.floors, total) if judge.many else None

    def _run(self, solve: Callable[[], Division | None]) -> Division | None:
        generator = self._judge.generator(self._rows, lambda: self._clock.stopped)
        return generator.run(solve, self._total)

    def least(self) -> Division | None:
        """The least slack, and a division that has it; ``None`` where the limits leave none."""
        if self._fuzzy:
            found = self._fuzzy.least(self._limits)
            if found is not None and not self._better_known(found):
                return found
            self._fuzzy = None  # a rent in every cut of a leaf leaves no fuzzy division either
        return self._run(lambda: least_core(self._rows, self._total, self._limits))

    def _better_known(self, division: Fuzzy) -> bool:
        """Whether a coalition that keeps the slack from being less is solved, to more than its floor: then
        coalitions have to be listed after all."""
        raised, names = self._judge.raised(), self._judge.floors.names
        return any(tight.coalition(names) in raised for tight in division.tight)

    def even(self, slack: float) -> Division | None:
        """The division with this slack whose savings differ least."""
        if self._fuzzy:
            return self._fuzzy.even(self._limits, self._alone, slack)
        return self._run(lambda: equal_profit(self._rows, self._total, self._limits, self._alone, slack))

    def rules(self) -> tuple[dict[str, Rule], float] | None:
        """The least core and the Equal Profit Method, and the slack that the first is proven to have."""
        least = self.least()
        if least is None:
            return None
        proven = max(least.slack, self._judge.gain(least.shares).upper)
        core = self.even(least.slack + _MORE)
        if core is None or self._judge.gain(core.shares).upper > proven + 2 * _MORE:
            core = least  # stopped before the coalitions that an even division breaks were listed
        found = {"least_core": Rule(core.shares, note="of its divisions the one with the most equal savings")}
        profit = self.even(max(least.slack + _MORE, 0.0))
        if profit is not None:
            found["equal_profit"] = Rule(profit.shares)
        return found, proven


def nucleolus_rule(judge: Judge, total: float, clock: Clock) -> Rule | None:
    """The nucleolus of the proven floors (exact costs where they are solved to the end).

    ``None`` beyond ``MOST_NUCLEOLUS`` players or when the clock stops it.
    """
    names = judge.floors.names
    if len(names) > MOST_NUCLEOLUS:
        return None
    if len(names) <= shapley.MOST_EXACT:
        return Rule(nucleolus(names, judge.price, total))

    def separate(shares: Floats, settled: Floats, excess: float) -> Coalition | None:
        aside: set[Coalition] = set(judge.raised())
        while not clock.stopped:
            worst = greatest_excess(judge.floors, shares, 0.0, aside)
            if worst is None or worst.value <= excess:
                return None
            if not in_span(settled, judge.floors.members(worst.coalition)):
                return worst.coalition
            aside.add(worst.coalition)
        raise TimeoutError

    try:
        return Rule(nucleolus(names, judge.price, total, separate))
    except (TimeoutError, RuntimeError):
        return None


def shapley_rule(value: shapley.Shapley, total: float, accuracy: float) -> Rule:
    """The Shapley value as shares of ``total``; ``accuracy``: relative width of the costs it rests on."""
    kind = "all orders" if not value.half_width.any() else f"{value.orders} sampled orders"
    shares = value.shares * (total / value.shares.sum()) if value.shares.sum() else value.shares
    return Rule(shares, value.half_width, f"{kind}; costs of coalitions known to {percent(accuracy)}")


def grouped(figures: Figures, players: dict[str, frozenset[str]]) -> pd.DataFrame:
    """Direct cost and bases by player."""
    table = figures.bases.assign(direct=figures.direct)
    sums = {name: table.loc[sorted(firms)].sum() for name, firms in players.items()}
    return pd.DataFrame(sums).T
