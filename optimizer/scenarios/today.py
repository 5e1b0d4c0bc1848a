"""What the cluster does today as a plan of the planner's own making, and the best plan not far from it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...instances.findings import Finding, InputError
from ...instances.network import Network
from ...instances.tables import Contract, Warehouse
from ..arrays import LARGE, Arrays, collector_off
from ..clock import Clock
from ..explain.conflict import needed
from ..explain.elastic import Elastic, elastic, least_relief
from ..explain.suggest import Suggestion, suggestions
from ..fixing import GOODS
from ..highs import Solver, Status
from ..plan import TABLES, Plan
from ..progress import Progress
from ..solve import solve
from .by_price import Measure, bounded, near
from .rows import Additions, Amend, grouped, site_columns, sites_of, size_of, used

MONEY: dict[str, tuple[str, list[str], str | None]] = {
    "loan": ("loans", ["firm", "loan", "guaranteed", "period"], "balance"),
    "admit": ("admissions", ["firm", "funder"], None),
    "receipt": ("receipts", ["firm", "channel", "zone", "period"], "amount"),
}
"""Decisions about money that may be given: plan table, columns of the index, column of the amount."""

GIVEN = {**GOODS, **MONEY}
"""Every decision that may be given, by component of the model."""


@dataclass(frozen=True)
class Today:
    """Today's way of working, priced: ``plan`` with its check, or, where it breaks limits of the network,
    ``broken``: what would have to be allowed for it to be a plan.  ``given`` are the tables it was made from,
    ``clash`` those that contradict each other."""

    plan: Plan | None
    broken: tuple[Suggestion, ...] = ()
    given: tuple[str, ...] = ()
    clash: tuple[str, ...] = ()


def read_today(directory: str | Path) -> dict[str, pd.DataFrame]:
    """The tables that a planner has written: CSV files named and headed like those of a plan.

    Any of them may be missing (what is not given is completed at least cost), and of each only the columns
    of the decision are needed.  Raises ``InputError`` with everything that is wrong with the files.
    """
    folder, findings = Path(directory), list[Finding]()
    tables = {}
    for table, columns, value in GIVEN.values():
        path = folder / f"{table}.csv"
        if path.is_file():
            wanted = [*columns, *([value] if value else [])]
            tables[table] = _table(path, table, wanted, findings)
    if not tables:
        names = ", ".join(dict.fromkeys(f"{table}.csv" for table, _, _ in GIVEN.values()))
        findings.append(_wrong(str(folder), "", f"it holds none of {names}", "write at least one of them"))
    if findings:
        raise InputError(findings)
    return tables


def _wrong(
    file: str, column: str, cause: str, remedy: str, value: str = "", row: int | None = None
) -> Finding:
    return Finding("not-a-value", "error", "", row, column, value, cause, remedy, file)


def _table(path: Path, table: str, wanted: list[str], findings: list[Finding]) -> pd.DataFrame:
    try:
        raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError, pd.errors.ParserError) as error:
        findings.append(_wrong(str(path), "", f"it cannot be read ({error})", "save it as CSV in UTF-8"))
        return pd.DataFrame(columns=wanted)
    missing = [column for column in wanted if column not in raw]
    for column in missing:
        findings.append(_wrong(str(path), column, f"the column {column} is missing", "add it"))
    if missing:
        return pd.DataFrame(columns=wanted)
    kinds = TABLES[table]
    return pd.DataFrame({c: _parsed(raw[c], kinds[c], path, findings) for c in wanted})


def _parsed(raw: pd.Series[Any], kind: str, path: Path, findings: list[Finding]) -> pd.Series[Any]:
    if kind == "str":
        return raw.astype(object)
    values = []
    for number, text in enumerate(raw, start=2):
        value = _value(text, kind)
        if value is None:
            what = {"int": "a whole number", "bool": "True or False"}.get(kind, "a number of at least 0")
            cause = f"'{text[:40]}' is not {what}"
            findings.append(_wrong(str(path), str(raw.name), cause, "correct the value", text, number))
        values.append(value or 0)
    return pd.Series(values, dtype={"int": "int64", "float": "float64", "bool": "bool"}[kind])


def _value(text: str, kind: str) -> float | None:
    if kind == "bool":
        return {"true": 1, "1": 1, "yes": 1, "false": 0, "0": 0, "no": 0}.get(text.strip().lower())
    try:
        value = float(text)
    except ValueError:
        return None
    if not 0 <= value < float("inf") or (kind == "int" and value != int(value)):
        return None
    return value


def given_amend(tables: Mapping[str, pd.DataFrame], file: str = "") -> Amend:
    """Keeps the decisions of given tables: rows as given, everything else in these tables not done.

    The amendment raises ``InputError`` for a row that the network does not allow (no such lane, a period
    too late to arrive, delivery beyond the promise).
    """

    def amend(arrays: Arrays) -> Arrays:
        lower, upper, findings = arrays.lower.copy(), arrays.upper.copy(), list[Finding]()
        if len(arrays.cost) > LARGE:
            findings += [_needed_too(file, table) for table in ("leases", "hubs") if table not in tables]
        for component, (table, columns, value) in GIVEN.items():
            if table not in tables or component not in arrays.columns:
                continue
            place = arrays.columns[component]
            lower[place] = upper[place] = 0.0
            at, frame = arrays.place(component), tables[table]
            amounts = frame[value].to_numpy(float) if value else np.ones(len(frame))
            keys = frame[columns].itertuples(index=False, name=None)
            for number, (key, amount) in enumerate(zip(keys, amounts, strict=True), start=2):
                key = tuple(int(part) if isinstance(part, bool) else part for part in key)
                j = at.get(key if len(key) > 1 else key[0])
                if j is not None:
                    lower[j] = upper[j] = lower[j] + amount
                elif component != "site" and amount > 0:
                    findings.append(_unknown(file, table, key, number))
        if findings:
            raise InputError(findings)
        return replace(arrays, lower=lower, upper=upper)

    return amend


def _unknown(file: str, table: str, key: tuple[Any, ...], row: int) -> Finding:
    text = ", ".join(map(str, key))
    cause = (
        "the network does not allow it (unknown name, closed place, too late to arrive, beyond the promise)"
    )
    return Finding(
        "not-a-value", "error", table, row, "", text, cause, "correct the row or the network", file
    )


def _needed_too(file: str, table: str) -> Finding:
    """A large network is not searched for the places that today leaves open."""
    cause = f"{table}.csv is missing: in a network of this size today's leases and hub levels must be given"
    return _wrong(file, "", cause, "write it, with its heading only if there are none")


def baseline(
    network: Network,
    tables: Mapping[str, pd.DataFrame],
    *,
    gap: float = 0.01,
    time_limit: float | None = 120.0,
    threads: int = 1,
    file: str = "",
    on_progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
) -> Today:
    """Today's plan: the given decisions, completed at least cost where they are silent, priced and checked.

    Where the decisions break limits of the network, the result names each limit and what today needs of it.
    Large networks are completed firm by firm, where leases and hub levels are given.  Raises ``InputError``
    for rows that the network does not allow.
    """
    amend, given = given_amend(tables, file), tuple(tables)
    plan = solve(
        network,
        gap=gap,
        time_limit=time_limit,
        threads=threads,
        amend=amend,
        start=_as_start(network, tables),
        on_progress=on_progress,
        cancel=cancel,
    )
    if plan.objective is not None:
        return Today(bounded(plan, None), (), given)
    with collector_off():
        model = elastic(network)
    held = replace(model, arrays=amend(model.arrays))
    relief = least_relief(held, Clock(time_limit, cancel))
    if relief.x is None and relief.status is Status.INFEASIBLE:
        return Today(None, (), given, tuple(_clash(model, tables, Clock(time_limit, cancel))))
    return Today(None, tuple(suggestions(network, held, relief)), given)


def _as_start(network: Network, tables: Mapping[str, pd.DataFrame]) -> Plan:
    """The given decisions to start from: not a plan yet; warehouses that are paid by use are open."""
    empty = {name: pd.DataFrame(columns=list(columns)) for name, columns in TABLES.items()}
    open_ = [w.warehouse for w in network.rows(Warehouse) if w.contract is Contract.PER_USE]
    sites = {"sites": pd.DataFrame({"warehouse": open_})}
    return Plan(
        network.settings.name, network.sha256, "unknown", "", {**empty, **sites, **tables}, pd.DataFrame()
    )


def _clash(model: Elastic, tables: Mapping[str, pd.DataFrame], clock: Clock) -> list[str]:
    """The fewest given tables that contradict each other, whatever the limits."""
    free = replace(model.arrays, cost=np.zeros(len(model.arrays.cost)))

    def impossible(held: set[str]) -> bool:
        kept = given_amend({name: frame for name, frame in tables.items() if name in held})(free)
        return Solver(kept, integral=True).run(clock).status is Status.INFEASIBLE

    return needed(list(tables), impossible)


@dataclass(frozen=True)
class Steps:
    """Most that may change from today: sites (warehouses and hub levels used), lanes used, loans (a firm with
    a loan product); ``None``: as many as it takes."""

    sites: int | None = None
    lanes: int | None = None
    loans: int | None = None

    @property
    def limited(self) -> bool:
        """Whether anything is limited."""
        return (self.sites, self.lanes, self.loans) != (None, None, None)


def steps_amend(today: Plan, steps: Steps) -> Amend:
    """Rows that limit how many sites, lanes and loans differ from today's plan."""

    def amend(arrays: Arrays) -> Arrays:
        added = Additions(arrays)
        if steps.sites is not None:
            _at_most(added, site_columns(arrays), sites_of(today), steps.sites)
        if steps.lanes is not None:
            lanes = used(added, grouped(arrays, "ship", lambda key: key[1]))
            _at_most(added, lanes, set(today.tables["shipments"]["lane"]), steps.lanes)
        if steps.loans is not None:
            loans = used(added, grouped(arrays, "loan", lambda key: (key[0], key[1])))
            held = today.tables["loans"]
            now = set(held[held["balance"] > 0][["firm", "loan"]].itertuples(index=False, name=None))
            _at_most(added, loans, now, steps.loans)
        return added.made()

    return amend


def _at_most(added: Additions, columns: Mapping[Any, int], now: set[Any], most: int) -> None:
    """At most ``most`` of the 0/1 columns differ from today's."""
    terms = {j: -1.0 if key in now else 1.0 for key, j in columns.items()}
    added.row(terms, upper=float(most - len(now & set(columns))))


def improve(
    network: Network,
    today: Plan,
    steps: Steps,
    *,
    gap: float = 0.01,
    time_limit: float | None = None,
    threads: int = 1,
    on_progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
) -> Plan:
    """The best plan that differs from today's by at most ``steps``; its bound holds for such plans only.

    Large networks (``LARGE``) can be limited in sites only, where each change gets a price; ``time_limit`` is
    for each price.  Raises ``ValueError`` where lanes or loans are limited in a large network.
    """
    options: dict[str, Any] = {"gap": gap, "time_limit": time_limit, "threads": threads}

    def solved(amend: Amend | None, start: Plan) -> Plan:
        return solve(network, amend=amend, start=start, on_progress=on_progress, cancel=cancel, **options)

    if not steps.limited:
        return solved(None, today)
    if size_of(network) <= LARGE:
        return solved(steps_amend(today, steps), today)
    if steps.sites is None or (steps.lanes, steps.loans) != (None, None):
        raise ValueError(
            f"lanes and loans that change can be limited up to {LARGE:,} columns; this network has more: "
            "limit the sites, or exclude firms or markets (column status)"
        )
    kept = given_amend({name: today.tables[name] for name in ("hubs", "leases", "sites")})
    return near(_changes(today), today, steps.sites, solved, lambda: solved(kept, today))


def _changes(today: Plan) -> Measure:
    """How many sites differ from today's."""
    now = sites_of(today)
    return Measure(
        lambda arrays: {j: -1.0 if key in now else 1.0 for key, j in site_columns(arrays).items()},
        lambda plan: float(len(sites_of(plan) ^ now)),
    )
