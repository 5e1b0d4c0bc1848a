"""Keys of a family twice: as the tuples that everyone reads, and as whole numbers to reckon with.

Every name has one number, a period its own.  Finding half a million keys one by one in a dictionary takes
seconds, as sorted numbers a few hundredths of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Parts = Sequence[Ints]

BITS = 20
"""Bits of a name's number; three fit one whole number."""


class Codes(dict[Any, int]):
    """Name -> number, given when first asked for; the numbers up to ``last`` are themselves."""

    def __init__(self, last: int):
        self.names: list[Any] = list(range(last + 1))
        super().__init__((t, t) for t in self.names)

    def __missing__(self, name: Any) -> int:
        number = self[name] = len(self.names)
        if number >> BITS:
            raise OverflowError(f"more than {1 << BITS} names")
        self.names.append(name)
        return number

    def of(self, names: Iterable[Any]) -> Ints:
        """Numbers of names."""
        return np.fromiter(map(self.__getitem__, names), dtype=np.int64)

    def named(self, numbers: Ints) -> list[Any]:
        """Names of numbers."""
        names = np.array(self.names, dtype=object)[numbers]
        return names.tolist()  # type: ignore[no-any-return]


def joined(parts: Parts) -> Ints:
    """One number for up to three that belong together."""
    if len(parts) * BITS > 63:
        raise ValueError("only keys of up to three positions can be found")
    out = np.asarray(parts[0])
    for part in parts[1:]:
        out = out << BITS | part
    return out


class Keys:
    """The keys of a family in order: ``labels``, and ``parts``, one array of numbers by position."""

    def __init__(self, codes: Codes, labels: Iterable[Any], width: int):
        self.codes, self.labels, self.width = codes, list(labels), width

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def parts(self) -> Parts:
        """Numbers of the keys by position."""
        if self.width == 1:
            return (self.codes.of(self.labels),)
        return [self.codes.of(map(itemgetter(i), self.labels)) for i in range(self.width)]

    @cached_property
    def _places(self) -> Ints:
        """Place of each name where a name is the whole key; -1 for others, and at the end for later names."""
        names = self.parts[0]
        places = np.full(len(self.codes.names) + 1, -1)
        places[names] = np.arange(len(self))
        return places

    @cached_property
    def _sorted(self) -> tuple[Ints, Ints]:
        numbers = joined(self.parts)
        order = np.argsort(numbers, kind="stable")
        return numbers[order], order

    def find(self, *parts: Ints) -> Ints:
        """Where keys stand; -1 for one that is not there."""
        if self.width == 1:
            return self._places[np.minimum(parts[0], len(self._places) - 1)]
        numbers, order = self._sorted
        if not len(order):
            return np.full(len(parts[0]), -1)
        wanted = joined(parts)
        at = np.minimum(np.searchsorted(numbers, wanted), len(order) - 1)
        return np.where(numbers[at] == wanted, order[at], -1)


def distinct(codes: Codes, parts: Parts) -> tuple[Keys, Ints]:
    """The different keys of some entries as they first come, and which one each entry has."""
    numbers = joined(parts)
    starts = np.flatnonzero(np.append(True, numbers[1:] != numbers[:-1])[: len(numbers)])
    _, first, which = np.unique(numbers[starts], return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    own = [part[starts[first[order]]] for part in parts]
    keys = Keys(codes, zip(*(codes.named(part) for part in own), strict=True), len(parts))
    keys.parts = own
    return keys, np.repeat(rank[which], np.diff(np.append(starts, len(numbers))))
