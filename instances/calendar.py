"""Periods of any length, and what a delay in days does to quantities spread over a period."""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate

AFTER = 0
"""The period number that stands for the time after the last period."""


class Calendar:
    """Periods 1..T in a row; ``days`` are their lengths.

    What happens in a period happens evenly over it, so a delay in days splits it over the
    periods it ends in.
    """

    def __init__(self, days: tuple[float, ...]):
        self.days = days
        self._ends = (0.0, *accumulate(days))
        self.split = lru_cache(maxsize=None)(self._split)

    def __reduce__(self) -> tuple[type[Calendar], tuple[tuple[float, ...]]]:
        return Calendar, (self.days,)

    @property
    def last(self) -> int:
        """Number of the last period."""
        return len(self.days)

    @property
    def periods(self) -> range:
        """All period numbers."""
        return range(1, self.last + 1)

    def length(self, period: int) -> float:
        """Days of a period."""
        return self.days[period - 1]

    def start(self, period: int) -> float:
        """Days from the start of the horizon to the start of a period."""
        return self._ends[period - 1]

    def end(self, period: int) -> float:
        """Days from the start of the horizon to the end of a period."""
        return self._ends[period]

    def _split(self, period: int, delay: float) -> tuple[tuple[int, float], ...]:
        """Where the things of ``period`` end up after ``delay`` days: (period, share) pairs.

        Shares add up to 1.  What falls before period 1 counts in period 1 (an advance payment is
        due at once); what falls after the last period has period ``AFTER``.
        """
        start, end = self.start(period) + delay, self.end(period) + delay
        length = self.length(period)
        shares: dict[int, float] = {}
        if start < 0:
            shares[1] = min(-start, length) / length
        for other in self.periods:
            overlap = min(end, self.end(other)) - max(start, self.start(other))
            if overlap > 1e-9 * length:
                shares[other] = shares.get(other, 0.0) + overlap / length
        after = end - max(start, self._ends[-1])
        if after > 1e-9 * length:
            shares[AFTER] = after / length
        return tuple(shares.items())

    def pending(self, period: int, delay: float, at_end_of: int) -> float:
        """Share of the things of ``period`` that, delayed, come after the end of ``at_end_of``."""
        return sum(share for t, share in self.split(period, delay) if t == AFTER or t > at_end_of)

    def year_share(self, period: int) -> float:
        """Length of a period in years of 365 days."""
        return self.length(period) / 365.0

    def month_share(self, period: int) -> float:
        """Length of a period in months of 30 days."""
        return self.length(period) / 30.0
