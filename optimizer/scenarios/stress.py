"""A plan under stress: what is hard to change is kept, the rest is planned again in every sample."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...instances.findings import InputError
from ...instances.network import Network
from ...instances.tables import Contract, Firm, Funder, State, Tier, Warehouse
from ..arrays import Arrays
from ..executor import executor
from ..plan import OPERATOR, Plan
from ..solve import solve
from .rows import Amend
from .shocks import Replay, Shocks, bridged, replays

HARD = {
    "lease": ("leases", ["warehouse", "tier", "start"]),
    "hub": ("hubs", ["hub", "level"]),
    "admit": ("admissions", ["firm", "funder"]),
}
"""What is hard to change: leases, hub levels, and which bank has on-boarded which firm."""


@dataclass(frozen=True)
class Insurance:
    """One thing more to have in hand: a lease (``warehouse``, ``tier``, from period ``start``) or a larger
    line of a funder (``funder``, ``more`` money)."""

    name: str
    warehouse: str = ""
    tier: str = ""
    start: int = 1
    funder: str = ""
    more: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """One replay: cost and its change against the plan, demand not served (share of what is wanted), and the
    most money that firms and operator lack at a time beyond what credit they have."""

    variant: str
    number: int
    events: tuple[str, ...]
    status: str
    cost: float | None
    unmet_share: float | None
    liquidity_gap: float | None
    seconds: float


@dataclass(frozen=True)
class Stress:
    """All replays of a plan, and of the plan with each insurance (``variant``, empty for the plan itself)."""

    outcomes: tuple[Outcome, ...]
    planned: float
    currency: str

    def frame(self) -> pd.DataFrame:
        """One row per replay."""
        rows = [asdict(outcome) | {"events": "; ".join(outcome.events)} for outcome in self.outcomes]
        return pd.DataFrame(rows)

    def spread(self, variant: str = "") -> dict[str, dict[str, float]]:
        """Mean, deviation, quantiles and mean of the worst twentieth, of cost, unmet demand and gap."""
        rows = self.frame()
        rows = rows[(rows["variant"] == variant) & rows["cost"].notna()]
        names = ("cost", "unmet_share", "liquidity_gap")
        return {name: spread_of(rows[name].to_numpy(float)) for name in names} if len(rows) else {}

    def worst(self, count: int = 5) -> list[Outcome]:
        """The dearest replays of the plan itself."""
        own = [o for o in self.outcomes if not o.variant and o.cost is not None]
        return sorted(own, key=lambda o: -(o.cost or 0.0))[:count]

    def values(self) -> list[dict[str, Any]]:
        """What each insurance is worth: mean saving (its own cost counted), and in the worst tenth.

        Only replays that both have count: the same sample with and without it.
        """
        rows = self.frame().pivot(index="number", columns="variant", values="cost")
        out = []
        for variant in rows.columns:
            if variant:
                both = rows[["", variant]].dropna()
                saved = (both[""] - both[variant]).to_numpy(float)
                bad = both[""] >= both[""].quantile(0.9)
                out.append(
                    {
                        "insurance": variant,
                        "replays": len(both),
                        "mean_saving": float(saved.mean()) if len(saved) else None,
                        "saving_in_worst_tenth": float(saved[bad.to_numpy()].mean()) if len(saved) else None,
                    }
                )
        return out


def spread_of(values: np.ndarray[Any, Any]) -> dict[str, float]:
    """Mean, deviation, 5, 50 and 95 % quantiles, mean of the worst twentieth, and most."""
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    return {
        "mean": float(values.mean()),
        "deviation": float(values.std()),
        "q05": float(low),
        "q50": float(middle),
        "q95": float(high),
        "worst_twentieth": float(values[values >= high].mean()),
        "most": float(values.max()),
    }


def stress(
    network: Network,
    plan: Plan,
    *,
    shocks: Shocks | None = None,
    count: int = 50,
    seed: int = 0,
    insurances: Sequence[Insurance] = (),
    gap: float = 0.01,
    time_limit: float | None = 60.0,
    workers: int | None = None,
    cluster: str | None = None,
    directory: str | Path | None = None,
    on_outcome: Callable[[Outcome, int, int], None] | None = None,
) -> Stress:
    """Replay a plan against ``count`` samples: leases, hubs and on-boarding kept, all else planned again.

    The same samples are replayed with each insurance.  Finished replays are kept in ``directory`` and not
    done again.  ``time_limit`` is for each replay.  Raises ``InputError`` for draws or insurances that do
    not fit the network, ``ValueError`` for a plan without a cost.
    """
    if plan.objective is None:
        raise ValueError("the plan has no tables to replay")
    shocks = shocks or Shocks()
    samples = replays(bridged(network, shocks.gap_rate), shocks, count, seed)
    jobs = [_Job(v, s) for v in (Insurance(""), *insurances) for s in samples]
    known = _known(Path(directory)) if directory else {}
    limits = _limits(network)
    work = partial(
        replay,
        hard={name: plan.tables[name] for name, _ in HARD.values()},
        limits=limits,
        gap=gap,
        time_limit=time_limit,
        directory=str(directory) if directory else "",
        start=plan,
    )
    done = {job.key: known[job.key] for job in jobs if job.key in known}
    with executor(workers, cluster) as pool:
        for outcome in pool.run(work, [job for job in jobs if job.key not in done]):
            done[outcome.item.key] = outcome.result
            if on_outcome:
                on_outcome(outcome.result, len(done), len(jobs))
    ordered = tuple(done[job.key] for job in jobs)
    return Stress(ordered, plan.objective, network.settings.currency)


@dataclass(frozen=True)
class _Job:
    insurance: Insurance
    sample: Replay

    @property
    def key(self) -> str:
        """Name of its file: changes with anything that is replayed."""
        return f"{self.sample.number:04d}-{self.sample.network.sha256[:12]}-{self.insurance.name}"


def replay(
    job: _Job,
    *,
    hard: Mapping[str, pd.DataFrame],
    limits: Mapping[str, float],
    gap: float,
    time_limit: float | None,
    directory: str,
    start: Plan,
) -> Outcome:
    """One replay: the hard decisions and the insurance kept, the best of everything else."""
    network, extra = _insured(job.sample.network, hard, job.insurance)
    amend = hard_kept(extra)
    try:
        plan = solve(network, gap=gap, time_limit=time_limit, amend=amend, start=start)
    except InputError:
        outcome = Outcome(
            job.insurance.name, job.sample.number, job.sample.events, "invalid", None, None, None, 0.0
        )
    else:
        outcome = _outcome(job, plan, limits)
    if directory:
        _keep(Path(directory), job.key, outcome)
    return outcome


def _outcome(job: _Job, plan: Plan, limits: Mapping[str, float]) -> Outcome:
    known = plan.objective is not None
    return Outcome(
        job.insurance.name,
        job.sample.number,
        job.sample.events,
        plan.status,
        plan.objective,
        float(plan.kpis["unmet_share"] or 0.0) if known else None,
        _gap(plan, limits) if known else None,
        plan.runtime_seconds,
    )


def _gap(plan: Plan, limits: Mapping[str, float]) -> float:
    """Most money lacking at a time beyond the credit that the network really offers."""
    cash = plan.tables["cash"]
    if cash.empty:
        return 0.0
    beyond = (cash["emergency"] - cash["firm"].map(limits).fillna(0.0)).clip(lower=0.0)
    return float(beyond.groupby(cash["period"]).sum().max())


def _limits(network: Network) -> dict[str, float]:
    """Emergency credit that each firm and the operator have."""
    settings, endless = network.settings, float("inf")
    firms = {
        row.firm: 0.0
        if settings.emergency_rate is None
        else endless
        if row.emergency_limit is None
        else row.emergency_limit
        for row in network.rows(Firm)
    }
    operator = settings.operator_limit if settings.operator_limit is not None else endless
    return {**firms, OPERATOR: 0.0 if settings.operator_rate is None else operator}


def _insured(
    network: Network, hard: Mapping[str, pd.DataFrame], insurance: Insurance
) -> tuple[Network, Mapping[str, pd.DataFrame]]:
    if insurance.warehouse:
        row = {"warehouse": insurance.warehouse, "tier": insurance.tier, "start": insurance.start, "end": 0}
        leases = pd.concat([hard["leases"], pd.DataFrame([row])], ignore_index=True)
        return network, {**hard, "leases": leases}
    if insurance.funder:
        rows = tuple(
            row.model_copy(update={"line": row.line + insurance.more})
            if row.funder == insurance.funder
            else row
            for row in network.all_rows(Funder)
        )
        return network.replace(funders=rows), hard
    return network, hard


def hard_kept(tables: Mapping[str, pd.DataFrame]) -> Amend:
    """Keeps leases, hub levels and on-boarding as in plan tables, where the network still has them."""

    def amend(arrays: Arrays) -> Arrays:
        lower, upper = arrays.lower.copy(), arrays.upper.copy()
        for component, (table, columns) in HARD.items():
            if component not in arrays.columns:
                continue
            place, at = arrays.columns[component], arrays.place(component)
            lower[place] = upper[place] = 0.0
            for key in tables[table][columns].itertuples(index=False, name=None):
                if key in at:
                    lower[at[key]] = upper[at[key]] = 1.0
        return replace(arrays, lower=lower, upper=upper)

    return amend


def _keep(folder: Path, key: str, outcome: Outcome) -> None:
    folder = folder / "outcomes"
    folder.mkdir(parents=True, exist_ok=True)
    name = key.replace("/", "_")
    fresh = folder / f".{name}.{os.getpid()}.part"
    fresh.write_text(json.dumps({"key": key, **asdict(outcome)}, ensure_ascii=False), encoding="utf-8")
    fresh.replace(folder / f"{name}.json")


def _known(folder: Path) -> dict[str, Outcome]:
    found = {}
    for path in (folder / "outcomes").glob("*.json"):
        data = json.loads(path.read_text(encoding="utf-8"))
        key = str(data.pop("key"))
        found[key] = Outcome(**(data | {"events": tuple(data["events"])}))
    return found


def usual_insurances(network: Network, plan: Plan, most: int = 3) -> list[Insurance]:
    """The cheapest tier of some warehouses not leased, and a quarter more of the lines most used."""
    spare = _open(network) - set(plan.tables["leases"]["warehouse"])
    cheapest: dict[str, Tier] = {}
    for row in network.rows(Tier):
        if row.warehouse in spare:
            old = cheapest.get(row.warehouse)
            if old is None or row.rent_month < old.rent_month:
                cheapest[row.warehouse] = row
    rows = sorted(cheapest.values(), key=lambda row: row.rent_month)[:most]
    sites = [Insurance(f"lease {r.warehouse}, {r.tier}", r.warehouse, r.tier) for r in rows]
    peaks = plan.kpis.get("peak_use", {}).get("funder_lines", {})
    busy = sorted((b for b in peaks if peaks[b]), key=lambda b: -peaks[b])[:most]
    lines = {row.funder: row.line for row in network.rows(Funder)}
    return [
        *sites,
        *(Insurance(f"line of {b} +25 %", funder=b, more=0.25 * lines[b]) for b in busy if b in lines),
    ]


def _open(network: Network) -> set[str]:
    """Warehouses that can be leased."""
    return {
        row.warehouse
        for row in network.rows(Warehouse)
        if row.state is not State.CLOSED and row.contract is Contract.LEASE
    }
