"""What planning together is worth: three other ways of doing the same business, each solved and proven."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from ..instances.findings import InputError
from ..instances.network import Network
from ..instances.tables import Demand, Firm
from ..instances.transform import without_chain_financing, without_money
from .executor import executor
from .plan import Plan
from .progress import Progress
from .share.coalition import coalition, partners_interest
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
    """Solves with the same options."""

    options: Mapping[str, Any]
    cancel: threading.Event | None = None

    def run(self, network: Network, seconds: float | None = None, **how: Any) -> Plan | None:
        """The plan, or ``None`` for a network that fails its checks."""
        try:
            return solve(network, time_limit=seconds, cancel=self.cancel, **how, **self.options)
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

    ``alone``: every firm on its own (``share.coalition``), with third-party storage, loose cargo and every
    site at the same prices; costs and bounds are added up, and ``firms`` holds them one by one.
    ``logistics_first``: the best goods plan without money, then the best financing of exactly these goods;
    its bound is the bound of that second step.
    ``no_chain_finance``: goods and money together, but with own cash and emergency credit only.

    Each is ``{objective, bound, saving_low, saving_high, status, seconds}`` in network currency; what is
    unknown is ``None``.  Only checked plans count.  ``time_limit`` seconds are for the three together.
    """
    options = {"gap": gap, "threads": threads, "seed": seed}

    def financed(name: str, way: _Way) -> Baseline:
        runner = _Runner({**options, "on_progress": _named(name, on_progress)}, cancel)
        return _no_cheaper(_financing(network, plan, runner, way, _part(time_limit, _ONE_FINANCING)), plan)

    chain = financed("without 1+N financing", _no_chain_finance)
    first = financed("logistics first", _logistics_first)
    left = _part(time_limit, 1 - 2 * _ONE_FINANCING)
    firms = _alone(network, options, left, on_progress, cancel or threading.Event())
    alone = _sum(list(firms.values())).against(plan)
    return {
        "alone": {**alone, "firms": {firm: asdict(own) for firm, own in firms.items()}},
        "logistics_first": first.against(plan),
        "no_chain_finance": chain.against(plan),
    }


def _named(name: str, told: Callable[[Progress], None] | None) -> Callable[[Progress], None] | None:
    """Tell progress with the name of the comparison whose plans and bounds it is about."""
    if told is None:
        return None
    return lambda progress: told(replace(progress, phase=f"{name}: {progress.phase}"))


_ONE_FINANCING = 0.2
"""Part of the time for each comparison of financing; the rest is for the firms alone."""

_LARGE = 1000
"""Demand rows from which on firms alone are planned side by side, in processes of their own."""


def _part(limit: float | None, share: float) -> float | None:
    return None if limit is None else limit * share


def _alone(
    network: Network,
    options: dict[str, Any],
    limit: float | None,
    on_progress: Callable[[Progress], None] | None,
    cancel: threading.Event,
) -> dict[str, Baseline]:
    """Every firm on its own, each with its part of the time; unknown where that was cancelled."""
    start, firms = time.monotonic(), [row.firm for row in network.rows(Firm)]
    found = dict.fromkeys(firms, Baseline(None, None, "unknown", 0.0))
    workers = min(options["threads"], len(firms)) if len(network.rows(Demand)) >= _LARGE else 1
    seconds = None if limit is None else limit * workers / len(firms)
    job = partial(_own, network, {**options, "threads": 1}, seconds)
    with executor(workers, cancel=cancel) as pool:
        for done, outcome in enumerate(pool.run(job, [] if cancel.is_set() else firms), start=1):
            found[outcome.item] = outcome.result
            if on_progress is not None:
                message = f"{done} of {len(firms)} firms"
                on_progress(Progress(time.monotonic() - start, "every firm alone", message=message))
            if cancel.is_set():
                break
    return found


def _own(network: Network, options: Mapping[str, Any], seconds: float | None, firm: str) -> Baseline:
    """A firm alone; what partners outside earn on the cash they hold is not its income."""
    result = _baseline(coalition(network, [firm]), _Runner(options), seconds)
    others = partners_interest(network, [firm])
    objective, bound = result.objective, result.bound
    return replace(
        result,
        objective=None if objective is None else objective + others,
        bound=None if bound is None else bound + others,
    )


def _baseline(network: Network, runner: _Runner, seconds: float | None, **how: Any) -> Baseline:
    start = time.monotonic()
    plan = runner.run(network, seconds, **how)
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


_Way = Callable[[Network, Plan, _Runner, float | None], Baseline]


def _financing(network: Network, plan: Plan, runner: _Runner, solved: _Way, limit: float | None) -> Baseline:
    """A comparison of financing, where there is any."""
    if network.settings.money:
        return solved(network, plan, runner, limit)
    return Baseline(None, None, "no money", 0.0)


def _no_cheaper(result: Baseline, plan: Plan) -> Baseline:
    """What is a plan of the whole network too costs no less than any plan of it."""
    if result.objective is None or plan.bound is None:
        return result
    bound = plan.bound if result.bound is None else max(result.bound, plan.bound)
    return replace(result, bound=min(bound, result.objective))


def _logistics_first(network: Network, plan: Plan, runner: _Runner, limit: float | None) -> Baseline:
    """Half of the time for the goods, what is left for their financing."""
    start = time.monotonic()
    goods = runner.run(without_money(network), _part(limit, 0.5), start=plan)
    if goods is None or goods.objective is None:
        return replace(_result(goods, time.monotonic() - start), objective=None, bound=None)
    left = None if limit is None else max(limit - (time.monotonic() - start), 0.1)
    financed = _baseline(network, runner, left, fixed=goods)
    return replace(financed, seconds=round(time.monotonic() - start, 3))


def _no_chain_finance(network: Network, plan: Plan, runner: _Runner, limit: float | None) -> Baseline:
    return _baseline(without_chain_financing(network), runner, limit, start=plan)


def _total(values: list[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return sum(known) if len(known) == len(values) else None


def _difference(high: float | None, low: float | None) -> float | None:
    return None if high is None or low is None else high - low
