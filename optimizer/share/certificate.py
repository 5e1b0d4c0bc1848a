"""How stable a division is: the greatest gain from leaving, whether the core is empty, the least subsidy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..arrays import Floats
from .coalition import Coalition
from .division import NEAR, Generator, Limits, Rows, most_shared
from .floors import Floors
from .fuzzy import FuzzyCore
from .game import Game
from .separation import Gain, greatest_excess, greatest_gain
from .shapley import MOST_EXACT

NONE = 1e-6
"""Part of the cost that counts as nothing when a core is called empty or not."""


@dataclass(frozen=True)
class Tight:
    """A coalition and its gain by leaving: share(S) less its cost, relative to that cost, as an interval."""

    coalition: Coalition
    share: float
    cost_low: float
    cost_high: float | None
    gain_low: float | None
    gain_high: float


@dataclass(frozen=True)
class Stability:
    """What is proven of the game itself, whatever the division.

    ``core_empty`` is ``None`` where the accuracy of the costs does not decide it.  ``subsidy_low`` to
    ``subsidy_high`` (network currency): what someone outside must pay at least, and at most, so that a
    division exists that no coalition can better (cost of stability).  ``slack``: the least greatest relative
    gain that some division is proven to have.
    """

    core_empty: bool | None
    subsidy_low: float
    subsidy_high: float
    slack: float


class Judge:
    """Proves divisions of a game with the floors under its coalitions."""

    def __init__(self, game: Game, floors: Floors):
        self.game, self.floors = game, floors

    def price(self, coalition: Coalition) -> float:
        """What a coalition costs at least, by its floor or its own solve."""
        value = self.game.known(coalition)
        low = self.floors.lower(coalition)
        return low if value is None or value.lower is None else max(low, value.lower)

    def rows(self) -> Rows:
        """Rows to start from: every player alone, all but one, and every solved coalition."""
        names = self.floors.names
        every = frozenset(names)
        start = [frozenset([name]) for name in names]
        if len(names) > 2:
            start += [every - {name} for name in names]
        start += list(self.game.solved())
        return Rows(names, {c: self.price(c) for c in start if 0 < len(c) < len(names)})

    @property
    def many(self) -> bool:
        """Whether there are so many players that their coalitions cannot all be solved."""
        return len(self.floors.names) > MOST_EXACT

    def generator(self, rows: Rows, stopped: Callable[[], bool]) -> Generator:
        """Row generation that separates with the floors."""
        return Generator(self.floors, self.price, rows, stopped, self.raised())

    def raised(self) -> dict[Coalition, float]:
        """Solved coalitions whose own bound is above their floor."""
        return {
            c: value.lower
            for c, value in self.game.solved().items()
            if value.lower is not None and value.lower > self.floors.lower(c)
        }

    def gain(self, shares: Floats) -> Gain:
        """The greatest relative gain of any coalition under a division, as a proven interval."""
        solved = {c: (value.lower, value.upper) for c, value in self.game.solved().items()}
        return greatest_gain(self.floors, shares, solved, self.floors.lower)

    def tightest(self, shares: Floats, also: list[Coalition], most: int = 12) -> list[Tight]:
        """Coalitions that gain most, or lose least, among the solved and those listed."""
        every = dict.fromkeys([*self.game.solved(), *also])
        found = [self._tight(c, shares) for c in every if 0 < len(c) < len(self.floors.names)]
        return sorted(found, key=lambda t: -t.gain_high)[:most]

    def _tight(self, coalition: Coalition, shares: Floats) -> Tight:
        value, low = self.game.known(coalition), self.price(coalition)
        share = float(self.floors.members(coalition) @ shares)
        high = None if value is None else value.upper
        return Tight(
            coalition,
            share,
            low,
            high,
            None if high is None or high <= 0 else share / high - 1,
            share / low - 1 if low > 0 else np.inf,
        )

    def stability(self, slack: float, stopped: Callable[[], bool]) -> Stability:
        """Whether the core is empty, and the least subsidy, as far as they are proven."""
        game, free = self.game, _no_limits(len(self.floors.names))
        stable = FuzzyCore(self.floors, game.total).most() if self.many else None
        stable = self._collected(stopped) if stable is None else stable
        proven = 0.0 if stable is None else float(stable.sum()) - self._repair(stable)
        found = {c: v.upper for c, v in game.solved().items() if v.upper is not None}
        paid = float(most_shared(Rows(self.floors.names, found), game.total, free).shares.sum())
        high, low = max(game.total - proven, 0.0), max(game.total - paid, 0.0)
        return Stability(self._empty(paid, high), low, high, slack)

    def _collected(self, stopped: Callable[[], bool]) -> Floats | None:
        """Shares of the most that can be collected with no coalition paying more than it costs."""
        rows, total, free = self.rows(), self.game.total, _no_limits(len(self.floors.names))
        stable = self.generator(rows, stopped).run(lambda: most_shared(rows, total, free), total)
        return None if stable is None else stable.shares

    def _repair(self, shares: Floats) -> float:
        """What all players together must be let off so that no coalition pays more than its floor."""
        excess = greatest_excess(self.floors, shares, 0.0, self.raised())
        over = 0.0 if excess is None else excess.bound
        return len(shares) * over if over > NEAR * abs(self.game.total) else 0.0

    def _empty(self, collectable: float, subsidy: float) -> bool | None:
        nothing = NONE * abs(self.game.total)
        least = self.game.floor if self.game.floor is not None else -np.inf
        if least - collectable > nothing:
            return True
        return False if subsidy <= nothing else None


def _no_limits(players: int) -> Limits:
    return Limits(np.full(players, np.inf), np.full(players, -np.inf))
