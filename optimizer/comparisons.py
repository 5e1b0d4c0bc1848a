"""What planning together is worth: three other ways of doing the same business, each solved and proven."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from ..instances.findings import InputError
from ..instances.network import Network
from ..instances.tables import Firm
from ..instances.transform import only_firms, without_chain_financing, without_money
from .plan import Plan
from .progress import Progress
from .solve import solve


@dataclass(frozen=True)
class Baseline:
    """A solved other way: cost (money), proven bound on it, and how the solver ended.

    ``objective`` or ``bound`` is ``None`` where it is unknown, or where there is no such plan.
    ``status`` is that of a plan, or *invalid* (the network fails its checks) or *no money* (a comparison of
    financing for a network without any).
    """

    objective: float | None
    bound: float | None
    status: str
    seconds: float

    def against(self, plan: Plan) -> dict[str, Any]:
        """The baseline with what ``plan`` saves: at least ``saving_low``, at most ``saving_high``."""
        return {
            **asdict(self),
            "saving_low": _difference(self.bound, plan.objective),
            "saving_high": _difference(self.objective, plan.bound),
        }


@dataclass(frozen=True)
class _Runner:
    """Solves with the same options and a deadline."""

    options: Mapping[str, Any]
    time_limit: float | None
    cancel: threading.Event | None

    def run(self, network: Network, seconds: float | None = None, fixed: Plan | None = None) -> Plan | None:
        """The plan, or ``None`` for a network that fails its checks."""
        try:
            return solve(network, time_limit=seconds, cancel=self.cancel, fixed=fixed, **self.options)
        except InputError:
            return None


def compare(
    network: Network,
    plan: Plan,
    *,
    time_limit: float | None = None,
    gap: float = 0.01,
    threads: int = 1,
    seed: int = 0,
    on_progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
) -> dict[str, Any]:
    """The three headline comparisons of a plan with the network's other ways of doing business.

    ``alone``: every firm on its own (``only_firms``), with third-party storage, loose cargo and every site at
    the same prices; costs and bounds are added up, and ``firms`` holds them one by one.
    ``logistics_first``: the best goods plan without money, then the best financing of exactly these goods;
    its bound is the bound of that second step.
    ``no_chain_finance``: goods and money together, but with own cash and emergency credit only.

    Each is ``{objective, bound, saving_low, saving_high, status, seconds}`` in network currency; what is
    unknown is ``None``.  Only checked plans count.  ``time_limit`` seconds are given to each of the three.
    """
    options = {"gap": gap, "threads": threads, "seed": seed, "on_progress": on_progress}
    runner = _Runner(options, time_limit, cancel)
    firms = _alone(network, runner)
    alone = _sum(list(firms.values())).against(plan)
    return {
        "alone": {**alone, "firms": {firm: asdict(own) for firm, own in firms.items()}},
        "logistics_first": _financing(network, runner, _logistics_first).against(plan),
        "no_chain_finance": _financing(network, runner, _no_chain_finance).against(plan),
    }


def _alone(network: Network, runner: _Runner) -> dict[str, Baseline]:
    """Every firm on its own; time that one leaves is shared by the next."""
    firms = [row.firm for row in network.rows(Firm)]
    start, found = time.monotonic(), {}
    for i, firm in enumerate(firms):
        left = _left(runner.time_limit, start)
        own = only_firms(network, [firm])
        found[firm] = _baseline(own, runner, None if left is None else left / (len(firms) - i))
    return found


def _baseline(
    network: Network, runner: _Runner, seconds: float | None, fixed: Plan | None = None
) -> Baseline:
    start = time.monotonic()
    plan = runner.run(network, seconds, fixed)
    return _result(plan, time.monotonic() - start)


def _result(plan: Plan | None, seconds: float) -> Baseline:
    """A plan as a baseline; one that failed its check has no cost to speak of."""
    if plan is None:
        return Baseline(None, None, "invalid", round(seconds, 3))
    good = plan.objective is not None and bool(plan.check.get("ok"))
    return Baseline(plan.objective if good else None, plan.bound, plan.status, round(seconds, 3))


def _sum(parts: list[Baseline]) -> Baseline:
    """Costs and bounds added up; known only where every part is."""
    return Baseline(
        _total([p.objective for p in parts]),
        _total([p.bound for p in parts]),
        max((p.status for p in parts), key=_SEVERITY.index, default="optimal"),
        round(sum(p.seconds for p in parts), 3),
    )


_SEVERITY = ["optimal", "feasible", "unknown", "imprecise", "infeasible", "invalid"]
"""Statuses, the worst last."""


def _financing(network: Network, runner: _Runner, solved: Callable[[Network, _Runner], Baseline]) -> Baseline:
    """A comparison of financing, where there is any."""
    if network.settings.money:
        return solved(network, runner)
    return Baseline(None, None, "no money", 0.0)


def _logistics_first(network: Network, runner: _Runner) -> Baseline:
    """Half of the time for the goods, what is left for their financing."""
    start = time.monotonic()
    limit = runner.time_limit
    goods = runner.run(without_money(network), None if limit is None else limit / 2)
    if goods is None or goods.objective is None:
        return replace(_result(goods, time.monotonic() - start), objective=None, bound=None)
    financed = _baseline(network, runner, _left(limit, start), fixed=goods)
    return replace(financed, seconds=round(time.monotonic() - start, 3))


def _no_chain_finance(network: Network, runner: _Runner) -> Baseline:
    return _baseline(without_chain_financing(network), runner, runner.time_limit)


def _left(limit: float | None, start: float) -> float | None:
    """Seconds left of a limit, at least a tenth of one."""
    return None if limit is None else max(limit - (time.monotonic() - start), 0.1)


def _total(values: list[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return sum(known) if len(known) == len(values) else None


def _difference(high: float | None, low: float | None) -> float | None:
    return None if high is None or low is None else high - low
