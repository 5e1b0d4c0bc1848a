"""Ways to solve the joint model; each takes a ``Search`` and leaves its best plan and bound there."""

from __future__ import annotations

from collections.abc import Callable

from ..search import Search
from .monolith import monolith

STRATEGIES: dict[str, Callable[[Search], None]] = {"monolith": monolith}
"""Every strategy by name."""


def choose(search: Search) -> str:
    """The strategy that suits the size and features of a network."""
    return "monolith"
