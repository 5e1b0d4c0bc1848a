"""Ways to solve the joint model; each takes a ``Search`` and leaves its best plan and bound there."""

from __future__ import annotations

from collections.abc import Callable

from ..search import Search
from ..sites.reading import is_one_stage
from .decomposition import decomposition
from .location import location
from .monolith import monolith

STRATEGIES: dict[str, Callable[[Search], None]] = {
    "monolith": monolith,
    "decomposition": decomposition,
    "location": location,
}
"""Every strategy by name."""


_SMALL = 2_500
"""Columns up to which the whole model is solved at once."""

_WHOLE = ("coverage", "openings", "least_openings", "sites", "one_source", "co2")
"""Rules that tie all regions together: the whole model takes them."""


def choose(search: Search) -> str:
    """The strategy that suits the size and features of a network."""
    if is_one_stage(search.model.index, search.arrays):
        return "location"
    rows = search.arrays.rows
    tied = any(family in rows and rows[family].stop > rows[family].start for family in _WHOLE)
    return "monolith" if tied or len(search.arrays.cost) <= _SMALL else "decomposition"
