"""How far a solve has come."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """State of a running solve: seconds since its start, phase, best plan and best bound so far.

    ``incumbent`` and ``bound`` are in the network's currency and ``None`` while unknown.
    """

    seconds: float
    phase: str
    incumbent: float | None = None
    bound: float | None = None
    message: str = ""

    @property
    def gap(self) -> float | None:
        """Relative gap, or ``None`` where it is unknown."""
        return relative_gap(self.incumbent, self.bound)


def relative_gap(objective: float | None, bound: float | None) -> float | None:
    """``(objective - bound) / |objective|``, or ``None`` where it is unknown."""
    if objective is None or bound is None:
        return None
    if objective == bound:
        return 0.0
    return (objective - bound) / abs(objective) if objective else None
