"""Ways to solve the joint model; each takes a ``Search`` and leaves its best plan and bound there."""

from __future__ import annotations

from collections.abc import Callable

from ...models.index import Index
from ..search import Search
from ..sites.reading import is_one_stage
from .decomposition import decomposition
from .location import location
from .monolith import monolith
from .separation import separation

STRATEGIES: dict[str, Callable[[Search], None]] = {
    "monolith": monolith,
    "decomposition": decomposition,
    "location": location,
    "separation": separation,
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
    if len(search.arrays.cost) <= _SMALL:
        return "monolith"
    passing = not search.model.index.settings.money and _passing(search.model.index)
    return "separation" if passing else "monolith" if tied else "decomposition"


def _passing(ix: Index) -> bool:
    """Whether goods only pass through: no stock, no containers, so that sites and flows are all there is."""
    sizes = [row.storage_m3 for w in ix.leased for row in ix.tiers[w]]
    return not ix.loaded and len(ix.leased) == len(ix.warehouses) and all(size == 0 for size in sizes)
