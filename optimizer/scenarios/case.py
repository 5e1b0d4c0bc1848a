"""What stays the same while alternatives to a plan are looked for, and plans made within its budget."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...instances.findings import InputError
from ...instances.network import Network
from ..clock import Clock
from ..plan import Plan
from ..progress import Progress
from ..solve import solve
from .rows import Amend, sites_of


@dataclass(frozen=True)
class Case:
    """A network, the plan to stay near to, and the most that alternatives may cost."""

    network: Network
    plan: Plan
    budget: float
    gap: float
    threads: int
    clock: Clock
    on_progress: Callable[[Progress], None] | None

    def affords(self, cost: float) -> bool:
        """Whether a cost is within the budget."""
        return cost <= self.budget + 1e-9 * abs(self.budget)

    def tell(self, phase: str) -> None:
        """Say what is looked for now."""
        self._relay(Progress(self.clock.elapsed, phase))

    def solved(self, network: Network, seconds: float, amend: Amend | None = None) -> Plan | None:
        """A plan of a changed network within the budget."""
        start = None if amend else self.plan
        cancel = self.clock.cancel
        return self._within(
            network, seconds, amend=amend, start=start, cancel=cancel, on_progress=self._relay
        )

    def any_plan(self, network: Network, seconds: float) -> Plan | None:
        """The first plan of a changed network within the budget; none as soon as none can be."""
        enough = threading.Event()

        def listen(progress: Progress) -> None:
            found = progress.incumbent is not None and self.affords(progress.incumbent)
            hopeless = progress.bound is not None and not self.affords(progress.bound)
            if found or hopeless or self.clock.cancelled:
                enough.set()

        return self._within(network, seconds, start=self.plan, cancel=enough, on_progress=listen)

    def _relay(self, progress: Progress) -> None:
        if self.on_progress:
            self.on_progress(replace(progress, seconds=self.clock.elapsed))

    def _within(self, network: Network, seconds: float, **options: Any) -> Plan | None:
        try:
            found = solve(
                network, gap=self.gap, time_limit=max(seconds, 1.0), threads=self.threads, **options
            )
        except InputError:
            return None
        return found if found.objective is not None and self.affords(found.objective) else None


def away(plan: Plan, seen: Sequence[Plan]) -> int:
    """The least number of places by which a plan differs from those seen."""
    return min(len(sites_of(plan) ^ sites_of(other)) for other in seen)
