"""The nodes of the tree over hubs: what is decided, what is proven of it, and what to raise that to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from .arrays import Floats
from .blocks import Bases
from .certificate import Side

Hubs = frozenset[str]

Opened = Mapping[str, str | None]
"""Open hubs with their level, ``None`` where that is not decided."""

Part = tuple[Opened, Hubs, tuple[Side, ...]]
"""Open hubs, shut hubs, and the sides of the branches that lead there."""

_WORTH = 1e-4
"""Part of the target that an ascent of prices must gain to be repeated."""


@dataclass(order=True)
class Node:
    """Hubs decided so far; ``point`` holds the firms' flows at its bound, ``prices`` what they pay for what
    is shared, ``duals`` the multipliers of all rows, ``path`` the sides of the branches that lead to it,
    ``under`` the prices of the tree under which all its blocks were solved last (``None``: never; ``bound``
    is what ``duals`` prove, ``point`` about what firms do), ``own`` whether prices have been made for it
    alone, ``more`` the part of its bound that its multipliers do not prove (``None``: none was looked for),
    ``bases`` where the solvers of its blocks ended."""

    bound: float
    number: int
    opened: Opened = field(compare=False)
    shut: Hubs = field(compare=False)
    point: Floats = field(compare=False, repr=False)
    prices: Floats = field(compare=False, repr=False)
    duals: Floats = field(compare=False, repr=False)
    path: tuple[Side, ...] = field(compare=False)
    under: Floats | None = field(compare=False, repr=False)
    own: bool = field(default=False, compare=False)
    more: float | None = field(default=None, compare=False)
    bases: Bases = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Aim:
    """What the bound of a decided node is raised towards, how much of it is ``enough``, and what makes prices
    anew for a node (``None`` where those of now suit it)."""

    target: float
    enough: float = np.inf
    make_prices: Callable[[Node], Floats | None] | None = None

    @property
    def worth(self) -> float:
        """What prices must gain for more of the same."""
        return _WORTH * abs(self.target)
