"""What a report says, in English or Chinese, with its numbers and dates as a reader expects them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from enum import StrEnum

from .. import text
from .texts import TEXTS

FIXED_SPACE = "\u00a0"
"""A space at which no line breaks, between a number and its unit."""


class Language(StrEnum):
    """A language of reports."""

    EN = "en"
    ZH = "zh"


class Words:
    """Texts of one language by key; ``words("key", name=…)`` fills in what a text leaves open."""

    def __init__(self, language: Language | str = Language.EN):
        self.language = Language(language)
        self._column = list(Language).index(self.language)

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key.  Raises ``KeyError`` for a key that has none."""
        found = TEXTS[key][self._column]
        return found.format(**values) if values else found

    def has(self, key: str) -> bool:
        """Whether there is a text for a key."""
        return key in TEXTS

    def term(self, name: str) -> str:
        """A word of the data (ledger term, kind, mode, reason …); what is unknown stays as it is."""
        key = f"term.{name}"
        return self(key) if key in TEXTS else name

    def amount(self, value: float | None, unit: str = "") -> str:
        """A number with thousands separators and its unit; None is unknown."""
        return self("unknown") if value is None else text.amount(value, unit).replace(" ", FIXED_SPACE)

    def percent(self, share: float | None, digits: int = 1) -> str:
        """A share as a percentage; None is unknown."""
        return self("unknown") if share is None else text.percent(share, digits).replace(" ", FIXED_SPACE)

    def short(self, value: float) -> str:
        """A number for an axis: 1.2 M, 350 k; in Chinese 120 万."""
        steps = ((1e8, "亿"), (1e4, "万")) if self.language is Language.ZH else ((1e6, "M"), (1e3, "k"))
        for size, sign in steps:
            if abs(value) >= size:
                return f"{value / size:,.10g} {sign}"
        return f"{value:,.10g}"

    def date(self, day: dt.date) -> str:
        """A day: 1 Aug 2026, 2026年8月1日."""
        if self.language is Language.ZH:
            return f"{day.year}年{day.month}月{day.day}日"
        return f"{day.day} {day:%b %Y}"

    def day(self, day: dt.date) -> str:
        """A day without its year, for an axis: 1 Aug, 8月1日."""
        return f"{day.month}月{day.day}日" if self.language is Language.ZH else f"{day.day} {day:%b}"

    def join(self, parts: Iterable[str]) -> str:
        """Things named one after the other."""
        return ("、" if self.language is Language.ZH else ", ").join(parts)

    def between(self, low: float | None, high: float | None, unit: str = "") -> str:
        """An interval: from the least to the most."""
        return self("interval", low=self.amount(low), high=self.amount(high, unit))


def nice(most: float, steps: int = 5) -> float:
    """A round distance between the ticks of an axis up to ``most`` (above 0)."""
    rough = most / steps
    size = float(10.0 ** math.floor(math.log10(rough)))
    return next(size * factor for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if size * factor >= rough * 0.999)
