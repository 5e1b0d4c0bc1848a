"""Solve a network: build the model, run a strategy, check what it found, return the plan."""

from __future__ import annotations

import platform
import threading
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from math import isfinite
from typing import Any

import pandas as pd

from ..instances.checks import check as check_network
from ..instances.findings import InputError
from ..instances.network import Network
from ..models.cluster import build
from .arrays import LARGE, Arrays, Floats, collector_off, compile_model, only_repriced
from .certificate import verified_bound
from .checker import check_of
from .clock import Clock
from .collateral import behind_loans
from .extract import extract
from .fixing import fix_goods
from .kpis import kpis_of
from .leaves import prove
from .ledger import ledger_of, objective_of
from .ledger_facts import Facts
from .plan import Plan
from .progress import Progress
from .ranges import wide_ranges
from .rounding import round_up
from .search import OPTIMALITY, Search
from .strategies import STRATEGIES, choose
from .strategies.replanning import replanning, settled
from .warm import warm


def solve(
    network: Network,
    *,
    gap: float = 0.01,
    time_limit: float | None = None,
    threads: int = 1,
    seed: int = 0,
    strategy: str = "auto",
    on_progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
    fixed: Plan | None = None,
    amend: Callable[[Arrays], Arrays] | None = None,
    start: Plan | None = None,
) -> Plan:
    """The best plan found for a network, checked, with a proven lower bound on its objective.

    Stops at the relative ``gap``, after ``time_limit`` seconds, or soon after ``cancel`` is set, and then
    checks the plan and its certificate (a tenth of a second, on large networks some seconds);
    ``fixed`` keeps the goods decisions of another plan and optimises money only; ``amend`` adds rows,
    columns or bounds to the compiled model (new columns behind the old ones), solved at once, or changes its
    costs: then the plan's own bound is for plans with no more of what these charge; ``start`` is
    a plan of this or a similar network to begin with.  Raises
    ``InputError`` with all findings for a network that fails its checks, ``ValueError`` for an
    unknown strategy.  Prints nothing; safe to call from several threads and processes.
    """
    if strategy != "auto" and strategy not in STRATEGIES:
        raise ValueError(f"no strategy {strategy!r}; there are auto, {', '.join(STRATEGIES)}")
    clock = Clock(time_limit, cancel)
    with collector_off():
        findings = [f for f in check_network(network) if f.severity == "error"]
    if findings:
        raise InputError(findings)
    search = _prepare(network, clock, gap=gap, threads=threads, seed=seed, on_progress=on_progress)
    if fixed is not None:
        search.arrays = fix_goods(search.arrays, fixed.tables)
        strategy = "monolith"
        search.enter("money for the goods given")
        round_up(search, search.arrays, search.clock, "loans taken up in full")
    if amend is not None:
        strategy = _amended(search, amend, start)
    if start is not None:
        search.start = start
        warm(search, start)
    own = search.arrays  # a strategy may count costs from elsewhere
    chosen = choose(search) if strategy == "auto" else strategy
    if not clock.stopped:
        (replanning if chosen == "replanning" else STRATEGIES[chosen])(search)
    with collector_off():
        whole = fixed is None and amend is None
        return _plan(search, chosen, _proof(search, chosen, own) if whole else {})


def _amended(search: Search, amend: Callable[[Arrays], Arrays], start: Plan | None) -> str:
    """Amends the arrays; the strategy for them.  Large models keep theirs where only costs change."""
    before, search.arrays = search.arrays, amend(search.arrays)
    if start is not None and settled(before, search.arrays):
        return "replanning"
    if len(before.cost) > LARGE and only_repriced(before, search.arrays):
        search.reprice = amend
        return "auto"
    return "monolith"


def _prepare(network: Network, clock: Clock, **options: Any) -> Search:
    with collector_off():
        model = build(network)
        arrays = compile_model(model)
    search = Search(network, model, arrays, clock=clock, **options)
    search.enter("model", f"{len(arrays.cost):,} columns, {len(arrays.row_lower):,} rows built")
    if warning := wide_ranges(arrays):
        search.report(warning)
    return search


def _plan(search: Search, strategy: str, proof: dict[str, Any]) -> Plan:
    network = search.network
    plan = Plan(
        instance=network.settings.name,
        sha256=network.sha256,
        status="infeasible" if search.infeasible else "unknown",
        termination=_termination(search),
        tables={},
        ledger=pd.DataFrame(),
        bound=search.bound,
        runtime_seconds=round(search.clock.elapsed, 3),
        strategy=strategy,
        seed=search.seed,
        versions=_versions(),
        log=tuple(search.log),
        **proof,
    )
    return plan if search.best is None else _with_tables(search, plan, search.best)


_PROVABLE = 20_000
"""Columns up to which a whole model is proven by branching of our own."""


def _proof(search: Search, strategy: str, arrays: Arrays) -> dict[str, Any]:
    """The certificate and what it proves of the network's own arrays, where there is one."""
    found, clock = search.certificate and search.certificate(), search.clock
    small = strategy == "monolith" and len(arrays.cost) <= _PROVABLE
    if found is None and small and search.bound is not None and not clock.stopped:
        found = prove(arrays, search.bound, clock.part(max(1.0, 0.3 * clock.elapsed)))
    prices = search.prices and search.prices()  # another search proves anew what they are worth
    if found is None:
        return {"prices": prices}
    value = verified_bound(found, arrays)
    if not isfinite(value):
        return {"prices": prices}
    search.raise_bound(value, "certificate")
    return {"certificate": found, "bound_verified": value, "prices": prices}


def _with_tables(search: Search, plan: Plan, x: Floats) -> Plan:
    facts = Facts(search.network)
    tables = extract(search.model, search.arrays, x)
    tables["collateral"] = behind_loans(facts, tables)
    ledger = ledger_of(facts, tables)
    value = objective_of(facts, ledger)
    bound = None if search.bound is None else min(search.bound - _surcharge(search, value), value)
    proven = None if plan.bound_verified is None else min(plan.bound_verified, value)
    held = replace(plan, tables=tables, ledger=ledger, objective=value, bound=bound, bound_verified=proven)
    held = replace(held, kpis=kpis_of(facts, tables, ledger), status=status_of(held))
    findings = check_of(facts, held, fresh=True)
    verdict = {"ok": not findings, "findings": [str(f) for f in findings]}
    return replace(held, check=verdict, status="imprecise" if findings else held.status)


def _surcharge(search: Search, value: float) -> float:
    """What the plan pays on top of the network's costs: without it, the bound holds for plans that have no
    more of what was charged."""
    return 0.0 if search.reprice is None or search.objective is None else search.objective - value


def status_of(plan: Plan) -> str:
    """Whether a plan that keeps every rule is optimal, by its bound."""
    return "optimal" if plan.gap is not None and plan.gap <= OPTIMALITY else "feasible"


def _termination(search: Search) -> str:
    if search.infeasible:
        return "infeasible"
    if search.reached:
        return "gap"
    if search.clock.cancelled:
        return "interrupted"
    return "time" if search.time_up or search.clock.stopped else "error"


def _versions() -> dict[str, str]:
    packages = {name: version(name) for name in ("pyomo", "highspy", "numpy", "pandas")}
    return {"python": platform.python_version(), **packages}
