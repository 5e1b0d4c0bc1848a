"""The cost-sharing game of a plan: who the players are, and what every coalition of them costs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from ...instances.findings import Finding, InputError
from ...instances.network import Network
from ...instances.tables import Demand, Product
from ..executor import Executor, executor
from ..plan import Plan
from ..solve import solve
from .coalition import Coalition, coalition, firms_as_players, partners_interest
from .store import Store, Value
from .warm import restricted

Tell = Callable[[str], None]


class Game:
    """Costs of coalitions as proven intervals, each solved at most once.

    ``players`` are firms, or groups of firms by name.  ``total`` is what the plan costs, which is to be
    shared; ``floor`` what all together cost at least.  Costs leave out what no plan can change
    (``ledger.constant``): it belongs to single firms, so it is the same for a firm in every coalition.
    """

    def __init__(
        self,
        network: Network,
        plan: Plan,
        players: Mapping[str, frozenset[str]] | None = None,
        *,
        store: Store | None = None,
        gap: float = 0.01,
        time_limit: float | None = None,
        workers: int | None = None,
        cluster: str | None = None,
        cancel: threading.Event | None = None,
        tell: Tell = lambda message: None,
    ):
        check_plan(network, plan)
        self.network, self.plan = network, plan
        self.players = dict(players or firms_as_players(network))
        self.names = list(self.players)
        self.total, self.floor = float(plan.objective or 0.0), plan.bound
        self.store = store or Store(network.sha256)
        self.gap, self.time_limit = gap, time_limit
        self._workers, self._cluster = workers, cluster
        self.cancel, self._tell = cancel or threading.Event(), tell
        self.solves, self.seconds = 0, 0.0

    def firms(self, members: Coalition) -> frozenset[str]:
        """The firms of some players."""
        return frozenset().union(*(self.players[name] for name in members))

    def known(self, members: Coalition) -> Value | None:
        """The value of a coalition where it is solved."""
        if len(members) == len(self.names):
            return Value(self.floor, self.total, self.plan.status, 0.0)
        return self.store.get(self.firms(members))

    def solved(self) -> dict[Coalition, Value]:
        """All solved coalitions of players but the grand one."""
        by_firms = self.store.known
        whole = {self.firms(frozenset([name])): name for name in self.names}
        out: dict[Coalition, Value] = {}
        for firms, value in by_firms.items():
            members = frozenset(name for part, name in whole.items() if part <= firms)
            if self.firms(members) == firms and 0 < len(members) < len(self.names):
                out[members] = value
        return out

    def values(self, coalitions: Iterable[Coalition], seconds: float | None = None) -> dict[Coalition, Value]:
        """Values of coalitions, solving side by side those that are not known well enough.

        ``seconds`` each may take (default: the game's limit).  Raises ``InputError`` where the network of
        one is not sound; stops early, with what is known, once cancelled.
        """
        limit = self.time_limit if seconds is None else seconds
        asked = dict.fromkeys(frozenset(c) for c in coalitions)
        open_ = [c for c in asked if not self._enough(c, limit)]
        if open_ and not self.cancel.is_set():
            self._solve(open_, limit)
        found = {c: self.known(c) for c in asked}
        return {c: value for c, value in found.items() if value is not None}

    def restricted(self, coalitions: Iterable[Coalition], seconds: float) -> None:
        """Quick costs of coalitions without a plan so far: the joint plan restricted to them."""
        known = {c: self.known(c) for c in coalitions}
        asked = {
            tuple(sorted(self.firms(c))): c for c, value in known.items() if not (value and value.planned)
        }
        if not asked or self.cancel.is_set():
            return
        work = partial(solve_restricted, self.network, dict(self.plan.tables), seconds)
        with self._executor(len(asked)) as pool:
            for outcome in pool.run(work, asked):
                if outcome.error is None and outcome.result.upper is not None:
                    self.store.put(outcome.item, outcome.result)
                if self.cancel.is_set():
                    break

    def _enough(self, members: Coalition, limit: float | None) -> bool:
        value = self.known(members)
        longest = float("inf") if limit is None else limit
        return value is not None and value.serves(self.gap, longest)

    def _solve(self, coalitions: list[Coalition], limit: float | None) -> None:
        options: dict[str, Any] = {"gap": self.gap, "time_limit": limit}
        start = replace(self.plan, ledger=self.plan.ledger.iloc[:0], log=(), certificate=None)
        if self._here(len(coalitions)):
            options["cancel"] = self.cancel
        work = partial(solve_coalition, self.network, start, options)
        by_firms = {tuple(sorted(self.firms(c))): c for c in coalitions}
        began = time.monotonic()
        with self._executor(len(coalitions)) as pool:
            for done, outcome in enumerate(pool.run(work, by_firms), start=1):
                value: Value = outcome.result
                self.solves += 1
                self.store.put(outcome.item, value)
                self._tell(f"{done} of {len(coalitions)} coalitions solved")
                refuse_invalid(by_firms[outcome.item], value)
                if self.cancel.is_set():
                    break
        self.seconds += time.monotonic() - began

    def _executor(self, count: int) -> Executor:
        return executor(1 if self._here(count) else self._workers, self._cluster, self.cancel)

    def _here(self, count: int) -> bool:
        """Whether so many coalitions are solved in this process, where a solve can be cancelled."""
        return self._cluster is None and (count == 1 or self._workers == 1)


def solve_coalition(
    network: Network, start: Plan | None, options: Mapping[str, Any], firms: tuple[str, ...]
) -> Value:
    """Solve one coalition of firms; its value leaves out what partners outside earn.

    Two firms and more begin with what ``start``, the plan of all, decides about places and on-boarding.
    """
    began = time.monotonic()
    begin = start if len(firms) > 1 else None
    asked = (options["gap"], float("inf") if options["time_limit"] is None else options["time_limit"])
    try:
        plan = solve(coalition(network, firms), **options, start=begin)
    except InputError:
        return Value(None, None, "invalid", time.monotonic() - began, asked=asked)
    aside, seconds = partners_interest(network, firms), time.monotonic() - began
    if plan.termination == "interrupted":
        asked = (asked[0], seconds)
    good = plan.objective is not None and plan.status != "imprecise"
    return Value(
        None if plan.bound is None else plan.bound + aside,
        plan.objective + aside if good and plan.objective is not None else None,
        plan.status,
        seconds,
        warm=begin is not None,
        asked=asked,
    )


def solve_restricted(
    network: Network, tables: Mapping[str, Any], seconds: float, firms: tuple[str, ...]
) -> Value:
    """The joint plan restricted to some firms (``warm.restricted``), in a worker."""
    return restricted(network, tables, firms, seconds)


def check_plan(network: Network, plan: Plan) -> None:
    """Raise ``InputError`` unless the plan is a good plan of this network."""
    findings: list[Finding] = []
    if plan.sha256 != network.sha256:
        cause = f"the plan is of another network ({plan.instance}, or an older state of it)"
        findings.append(_finding("foreign-plan", "plan", cause, "solve this network, then share that plan"))
    if plan.objective is None:
        findings.append(_finding("no-plan", "plan", "the folder holds no plan", "solve the network first"))
    elif plan.status == "imprecise":
        cause = "the plan fails its check"
        findings.append(_finding("bad-plan", "plan", cause, "solve again, or see what `check` says"))
    if findings:
        raise InputError(findings)


def idle_players(network: Network, players: Mapping[str, frozenset[str]]) -> list[Finding]:
    """A warning for every player without demand: it has no cost of its own to share by."""
    wanted = {row.product for row in network.rows(Demand) if row.quantity > 0}
    sellers = {row.firm for row in network.rows(Product) if row.product in wanted}
    cause = "nothing of it is demanded, so it has no cost of its own to compare with"
    remedy = "exclude it, or read its share as what its guarantees or stock are worth to the others"
    return [
        _finding("player-without-demand", "firms", cause, remedy, name, "warning")
        for name, firms in players.items()
        if not firms & sellers
    ]


def refuse_invalid(members: Coalition, value: Value) -> None:
    """Raise ``InputError`` for a coalition whose network is not sound."""
    if value.status == "invalid":
        cause = "the network of the coalition fails its checks, so it has no cost to compare with"
        remedy = "see what `clusterlane validate` says of a network of these firms alone"
        raise InputError([_finding("invalid-coalition", "firms", cause, remedy, _listed(members))])


def impossible(solved: Mapping[Coalition, Value]) -> list[Finding]:
    """A warning for every coalition that no plan can serve: it is no threat, and is judged by its floor."""
    cause = "no plan serves this coalition's demand within the limits: it can do so only with others"
    remedy = (
        "see `clusterlane explain` of a network of these firms; unmet demand, parcels, emergency credit or "
        "another core firm's guarantee would allow it"
    )
    return [
        _finding("infeasible-coalition", "firms", cause, remedy, _listed(members), "warning")
        for members, value in solved.items()
        if value.status == "infeasible"
    ]


def _listed(members: Coalition) -> str:
    return ", ".join(sorted(members)[:8]) + (", …" if len(members) > 8 else "")


def _finding(
    code: str, table: str, cause: str, remedy: str, value: str = "", severity: str = "error"
) -> Finding:
    return Finding(
        code=code,
        severity=severity,  # type: ignore[arg-type]
        table=table,
        row=None,
        column="firm" if value else "",
        value=value,
        cause=cause,
        remedy=remedy,
    )
