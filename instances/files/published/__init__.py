"""Published facility-location problems as networks; see ``README.md`` for how each maps onto the tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ...network import Network
from .capacitated import avella_boccia, holmberg, orlib
from .multi_period import multi_period
from .numbers import Numbers
from .two_stage import two_stage

__all__ = ["FORMATS", "read_published"]

FORMATS: dict[str, Callable[[Numbers, str], Network]] = {
    "orlib": orlib,
    "holmberg": holmberg,
    "tbed1": avella_boccia,
    "two-stage": two_stage,
    "multi-period": multi_period,
}
"""Reader of each published format by name."""


def read_published(path: str | Path, form: str, capacity: float | None = None) -> Network:
    """The network of a published file in one of ``FORMATS``.

    ``capacity`` is that of every site of an ``orlib`` file whose own column is a placeholder (capa, capb,
    capc).  Raises ``InputError`` naming file and line, ``ValueError`` for an unknown format or a capacity
    that is not above 0 or where the format has its own.
    """
    if form not in FORMATS:
        raise ValueError(f"no published format {form!r}; there are {', '.join(FORMATS)}")
    if capacity is not None and (form != "orlib" or not 0 < capacity < float("inf")):
        raise ValueError("a capacity goes with the format orlib only, and is a number above 0")
    source = Path(path)
    numbers = Numbers(source, capacity)
    name = source.stem if capacity is None else f"{source.stem}-{capacity:g}"
    return FORMATS[form](numbers, name)
