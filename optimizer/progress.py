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
        """``(incumbent - bound) / |incumbent|``, or ``None`` where it is unknown."""
        if self.incumbent is None or self.bound is None:
            return None
        if self.incumbent == self.bound:
            return 0.0
        return (self.incumbent - self.bound) / abs(self.incumbent) if self.incumbent else None
