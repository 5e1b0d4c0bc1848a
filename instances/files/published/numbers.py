"""The numbers of a published file one after the other, each known by its line."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...findings import Code, Finding, InputError

Floats = NDArray[np.float64]

MOST_FINDINGS = 20
"""Unreadable words that are listed; more say nothing new."""

PLACEHOLDER = "capacity"
"""What the OR-Library writes for the capacity of capa, capb and capc."""


class Numbers:
    """Reads numbers in order; line breaks mean nothing.  Whatever is wrong raises ``InputError``."""

    def __init__(self, path: Path, capacity: float | None = None):
        self._file, self.capacity = str(path), capacity
        self._words: list[str] = []
        self._lines: list[int] = []
        for line, text in enumerate(self._text(path).splitlines(), 1):
            words = text.split()
            self._words += words
            self._lines += [line] * len(words)
        self._values = self._parsed()
        self._next = 0

    def _text(self, path: Path) -> str:
        """Stray null characters, as in some public copies, are skipped."""
        try:
            return path.read_bytes().replace(b"\0", b" ").decode("ascii")
        except (OSError, ValueError) as error:
            code: Code = "not-utf8" if isinstance(error, UnicodeDecodeError) else "unreadable-file"
            raise InputError([self._finding(code, None, "", f"it cannot be read ({error})")]) from error

    def _parsed(self) -> Floats:
        values, wrong = np.zeros(len(self._words)), []
        for i, word in enumerate(self._words):
            try:
                values[i] = math.nan if word.lower() == PLACEHOLDER else float(word)
                fine = math.isfinite(values[i]) or word.lower() == PLACEHOLDER
            except ValueError:
                fine = False
            if not fine:
                wrong.append(
                    self._finding("unreadable-value", i, "", "this is not a number", "mend the word")
                )
        if wrong:
            raise InputError(wrong[:MOST_FINDINGS])
        return values

    def counts(self, *names: str) -> tuple[int, ...]:
        """As many whole numbers of at least 1 as there are names."""
        first = self._next
        what = ", ".join(names)
        found = np.array(self.whole(len(names), what))
        self._refuse(first, found < 1, what, "out-of-range", "a count is at least 1")
        return tuple(found.tolist())

    def take(self, shape: tuple[int, ...], what: str, least: float = 0.0) -> Floats:
        """The next numbers as an array of this shape, none below ``least``; ``what`` names them."""
        count, left = math.prod(shape), len(self._words) - self._next
        if left < count:
            cause = f"the file ends early: {count:,} numbers of {what} expected, {max(left, 0):,} left"
            last = len(self._words) - 1
            raise InputError([self._finding("missing-value", last, what, cause, "complete the file")])
        first = self._next
        self._next += count
        values = self._values[first : self._next]
        self._refuse(first, np.isnan(values), what, "missing-value", "a placeholder stands for the capacity")
        cause = f"{what} is at least {least:g}"
        self._refuse(first, values < least, what, "out-of-range", cause)
        return values.reshape(shape)

    def words_in_line(self, line: int) -> int:
        """How many words a line has."""
        return self._lines.count(line)

    def whole(self, count: int, what: str) -> list[int]:
        """The next whole numbers."""
        first = self._next
        values = self.take((count,), what)
        self._refuse(first, values != np.floor(values), what, "out-of-range", f"{what} is a whole number")
        return [int(value) for value in values]

    def sites(self, count: int, what: str) -> Floats:
        """Rows of capacity and fixed cost; one stated capacity replaces all in the file."""
        if self.capacity is not None:
            self._values[self._next : self._next + 2 * count : 2] = self.capacity
        return self.take((count, 2), what)

    def end(self) -> None:
        """Nothing may be left."""
        if self._next < len(self._words):
            cause = f"{len(self._words) - self._next:,} numbers are left over"
            raise InputError(
                [self._finding("surplus-values", self._next, "", cause, "check the two first lines")]
            )

    def refuse(self, back: int, what: str, cause: str) -> None:
        """Refuse the number read ``back`` numbers ago."""
        raise InputError([self._finding("out-of-range", self._next - back, what, cause)])

    def _refuse(self, first: int, wrong: NDArray[np.bool_], what: str, code: Code, cause: str) -> None:
        places = np.flatnonzero(wrong)[:MOST_FINDINGS]
        if len(places):
            raise InputError([self._finding(code, first + int(i), what, cause) for i in places])

    def _finding(self, code: Code, place: int | None, what: str, cause: str, remedy: str = "") -> Finding:
        known = place is not None and 0 <= place < len(self._words)
        line, word = (self._lines[place], self._words[place]) if known and place is not None else (None, "")
        remedy = remedy or _REMEDY.get(code, "compare the file with the description of its format")
        return Finding(code, "error", "", line, what, word, cause, remedy, file=self._file)


_REMEDY = {
    "missing-value": "give the capacity of every site, such as --capacity 8000",
    "unreadable-file": "check name and rights",
    "not-utf8": "give the plain text file",
}
