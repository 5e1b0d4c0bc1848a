"""Divide the cost of a plan: solve coalitions, prove floors, divide by every rule, certify, price."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...instances.findings import Finding, InputError
from ...instances.network import Network
from ...instances.tables import Subsidy
from ..arrays import Floats
from ..clock import Clock
from ..plan import Plan
from ..progress import Progress
from . import rules, shapley
from .certificate import Judge
from .coalition import Coalition, firms_as_players, groups_as_players
from .figures import figures_of
from .floors import Floors
from .game import Game, idle_players, impossible
from .guards import limits_of, small_players
from .proving import Proving
from .result import Effort, Sharing
from .rules import RULES, Rule, Stable
from .store import Store, Value
from .tariffs import account_of, costs_of, price_list, use_of

_ALONE_OF_FEW, _ALONE, _FLOORS = 0.4, 0.2, 0.7
"""Parts of the time for every player alone, if they are few (and likely groups) or many, and until the floors
must be there."""
_NUCLEOLUS = 0.3
"""Part of the time left for the nucleolus, which is one rule of several and may take all of it."""
_FIRST = 0.25
"""Part of the time for the first prices."""
_PROBES, _PROBES_OF_MANY = 6, 1
"""Most coalitions solved because the proof suspects them; of many players the division would stay."""


@dataclass(frozen=True)
class Options:
    """What the user asked for."""

    rule: str
    small_saving: float
    turnover_share: float
    time_limit: float
    workers: int
    seed: int


def share(
    network: Network,
    plan: Plan,
    *,
    rule: str = "least_core",
    by: str = "firm",
    small_saving: float = 0.0,
    turnover_share: float = 0.0,
    gap: float = 0.01,
    time_limit: float = 900.0,
    workers: int | None = None,
    cluster: str | None = None,
    seed: int = 0,
    store: Path | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
) -> Sharing:
    """Divide the cost of a solved plan among its firms and say how stable the division is.

    ``rule`` chooses among ``rules.RULES``; ``by`` makes firms, clusters or cities the players.  Small firms
    save at least ``small_saving`` of their cost alone.  The operator may take ``turnover_share`` of sales.
    Coalitions are solved to ``gap`` on ``workers`` cores (or a Dask ``cluster``) and kept in the file
    ``store``; ``time_limit`` seconds are for all of it.  Raises ``InputError`` for a plan of another network
    or a guard that cannot be kept, ``ValueError`` for an unknown rule or grouping, ``InterruptedError`` when
    cancelled too early to say anything.  A coalition that no plan can serve is a finding among the notes.
    """
    if rule not in RULES:
        raise ValueError(f"no rule {rule!r}; there are {', '.join(RULES)}")
    players = firms_as_players(network) if by == "firm" else groups_as_players(network, by)
    cores = workers or len(os.sched_getaffinity(0))
    clock, asked = (
        Clock(time_limit, cancel),
        Options(rule, small_saving, turnover_share, time_limit, cores, seed),
    )

    def tell(phase: str, message: str = "") -> None:
        if on_progress:
            on_progress(Progress(clock.elapsed, phase, plan.objective, plan.bound, message))

    game = Game(
        network,
        plan,
        players,
        store=Store(network.sha256, store),
        gap=gap,
        workers=cores,
        cluster=cluster,
        cancel=clock.cancel,
        tell=lambda message: tell("coalitions", message),
    )
    return _Run(game, asked, clock, tell).result()


class _Run:
    """The phases of one sharing."""

    def __init__(self, game: Game, asked: Options, clock: Clock, tell: Callable[..., None]):
        self.game, self.asked, self.clock, self.tell = game, asked, clock, tell
        self.notes = [str(f) for f in idle_players(game.network, game.players)]
        self.began = time.monotonic()

    def result(self) -> Sharing:
        """Run all phases."""
        game = self.game
        self.alone()
        self.floors = self.prove()
        self.judge = Judge(game, self.floors)
        self.every()
        found, slack = self.divide()
        self.restrict(found)
        found, slack = self.probe(found, slack)
        self.tell("certificate")
        self.notes += [str(finding) for finding in impossible(game.solved())]
        gains = {name: self.judge.gain(each.shares) for name, each in found.items()}
        rule = self.asked.rule if self.asked.rule in found else "least_core"
        stability = self.judge.stability(slack, lambda: self.clock.stopped)
        also = [gains[rule].suspect, gains[rule].coalition]
        tight = self.judge.tightest(found[rule].shares, also)
        figures = rules.grouped(figures_of(game.network, game.plan), game.players)
        turnover = self.asked.turnover_share * figures["sales"].to_numpy(float)
        direct = figures["direct"].to_numpy(float)
        use = use_of(game.network, game.plan, game.players)
        costs = costs_of(game.plan, game.network, use)
        prices = price_list(use, costs, direct, found[rule].shares - direct, turnover)
        return Sharing(
            instance=game.network.settings.name,
            sha256=game.network.sha256,
            currency=game.network.settings.currency,
            players=game.players,
            total=game.total,
            floor=game.floor,
            rule=rule,
            rules={name: found[name] for name in RULES if name in found},
            gains=gains,
            alone={name: self._value(name) for name in game.names},
            figures=figures,
            stability=stability,
            tight=tuple(tight),
            prices=prices,
            account=account_of(game.network, game.plan, prices, float(figures["sales"].sum())),
            public_budget=float(sum(row.budget for row in game.network.rows(Subsidy))),
            effort=self._effort(),
            notes=tuple(self.notes),
            small=frozenset(small_players(game.network, game.players)),
        )

    def _value(self, name: str) -> Value:
        """What a player costs alone; where the floors prove more than its own solve, that counts."""
        alone = frozenset([name])
        value = self.game.known(alone) or Value(None, None, "unknown", 0.0)
        return replace(value, lower=self.judge.price(alone)) if value.upper != value.lower else value

    def alone(self) -> None:
        """Every player by itself."""
        game, n = self.game, len(self.game.names)
        self.tell("every player alone")
        part = _ALONE if n > shapley.MOST_EXACT else _ALONE_OF_FEW
        each = part * self.asked.time_limit * min(self.asked.workers, n) / n
        every = [frozenset([name]) for name in game.names]
        game.values(every, min(max(each, 2.0), 60.0))
        game.restricted([c for c in every if (value := game.known(c)) and not value.planned], each)
        missing = [name for name in game.names if game.known(frozenset([name])) is None]
        if missing:
            raise InterruptedError(f"stopped with {len(missing)} of {n} players alone still to be solved")

    def prove(self) -> Floors:
        """Floors under all coalitions, as good as their part of the time allows."""
        game, clock = self.game, self.clock
        self.tell("floors")
        floors = Floors(game.network, game.players, self.asked.workers)
        first = Clock(max(_FIRST * self.asked.time_limit, 10.0), clock.cancel)
        until = Clock(max(_FLOORS * self.asked.time_limit - clock.elapsed, 0.1), clock.cancel)
        proving = Proving(game, floors, self.asked.workers, lambda message: self.tell("floors", message))
        proving.run(first, until)
        return floors

    def every(self) -> None:
        """All coalitions, where there are few and time allows."""
        names = self.game.names
        if len(names) > shapley.MOST_EXACT:
            return
        left = [
            c
            for k in range(2, len(names))
            for c in map(frozenset, itertools.combinations(names, k))
            if self.game.known(c) is None
        ]
        seconds = self._per_coalition()
        if left and self._fits(len(left), seconds, 0.7):
            self.game.values(left, min(seconds, self.clock.remaining))

    def _per_coalition(self) -> float:
        """Seconds that one more coalition may take."""
        values = [value.seconds for value in self.game.solved().values()]
        return max(2.0 * float(np.mean(values)) if values else 1.0, 1.0)

    def _fits(self, count: int, seconds: float, part: float) -> bool:
        """Whether so many coalitions are likely to be solved in a part of the time left."""
        values = [value.seconds for value in self.game.solved().values()]
        mean = min(float(np.mean(values)) if values else seconds, seconds)
        return count * mean / self.asked.workers <= part * min(self.clock.remaining, 1e9)

    def divide(self) -> tuple[dict[str, Rule], float]:
        """Shares by every rule, and the least slack."""
        self.tell("rules")
        game, total = self.game, self.game.total
        figures = rules.grouped(figures_of(game.network, game.plan), game.players)
        found = {basis: rules.by_basis(figures, total, basis) for basis in ("volume", "weight", "value")}
        alone = self._alone()
        found["alone"] = rules.by_alone(alone, total)
        found["dual"] = rules.by_prices(self.floors, total)
        # A division must come out even when time is up: its programmes are small.
        endless = Clock(max(self.clock.remaining, 60.0), self.clock.cancel)
        stable = Stable(
            self.judge, total, alone, limits_of(game, self.judge, self.asked.small_saving), endless
        )
        kept = stable.rules()
        if kept is None:
            raise InputError([_no_division(self.asked.small_saving)])
        found |= kept[0]
        value = self._shapley()
        if value is not None:
            found["shapley"] = rules.shapley_rule(value, total, self._accuracy())
        part = Clock(_NUCLEOLUS * self.clock.remaining, self.clock.cancel)
        nucleolus = rules.nucleolus_rule(self.judge, total, part)
        if nucleolus is not None:
            found["nucleolus"] = nucleolus
        return found, kept[1]

    def _alone(self) -> Floats:
        """Each player's cost alone, its proven floor where no plan was found for it."""
        singles = [frozenset([name]) for name in self.game.names]
        costs = [self._cost(c) for c in singles]
        return np.array(
            [self.judge.price(c) if v is None else v for c, v in zip(singles, costs, strict=True)]
        )

    def _accuracy(self) -> float:
        gaps = [value.gap for value in self.game.solved().values()]
        return max((gap for gap in gaps if gap is not None), default=0.0)

    def _cost(self, coalition: Coalition) -> float | None:
        value = self.game.known(coalition)
        return None if value is None else value.upper

    def _shapley(self) -> shapley.Shapley | None:
        """Exact where all coalitions are solved, else sampled as far as time allows."""
        names = self.game.names
        if any(value.status == "infeasible" for value in self.game.solved().values()):
            self.notes.append("The Shapley value is not defined: some groups cannot do without others.")
            return None
        count = 2 ** len(names) - 2 if len(names) <= shapley.MOST_EXACT else -1
        costs = {c: v.upper for c, v in self.game.solved().items() if v.upper is not None}
        if len(costs) == count or len(names) == 1:
            costs[frozenset(names)] = self.game.total
            return shapley.exact(names, lambda c: costs[c])
        value = shapley.sampled(
            names, self._cost, self.judge.floors.lower, self.asked.seed, prepare=self._solve_orders
        )
        if value is None:
            self.notes.append(
                f"The Shapley value was not sampled: an order of joining takes {len(names) - 1} solves of "
                f"about {self._per_coalition() / 2:.0f} s; a longer --time-limit allows it."
            )
        return value

    def _solve_orders(self, orders: Sequence[Sequence[int]]) -> bool:
        """Solve what two orders of joining need, if time allows."""
        names = self.game.names
        needed = {frozenset(names[i] for i in order[:k]) for order in orders for k in range(1, len(names))}
        missing = [c for c in needed if self._cost(c) is None]
        seconds = self._per_coalition()
        if not self._fits(len(missing), seconds, 0.5) or self.clock.cancelled:
            return not missing and self.clock.remaining > 1.0
        self.game.values(missing, seconds)
        return True

    def restrict(self, found: dict[str, Rule]) -> None:
        """Quick costs of the coalitions that the proofs suspect, so that gains are known from below."""
        suspects = {self.judge.gain(each.shares).suspect for each in found.values()}
        proper = [c for c in suspects if 1 < len(c) < len(self.game.names)]
        if self.clock.remaining > 1.0:
            self.tell("the joint plan restricted to suspects")
            self.game.restricted(proper, self.clock.remaining / 2)

    def probe(self, found: dict[str, Rule], slack: float) -> tuple[dict[str, Rule], float]:
        """Solve the coalitions that the proof suspects, so that the gain is known from both sides."""
        for _ in range(_PROBES_OF_MANY if self.judge.many else _PROBES):
            rule = self.asked.rule if self.asked.rule in found else "least_core"
            suspect = self.judge.gain(found[rule].shares).suspect
            seconds = 3 * self._per_coalition()
            whole = not 0 < len(suspect) < len(self.game.names)
            value = self.game.known(suspect)
            solved = value is not None and value.lower is not None
            if whole or solved or self.clock.remaining < 2 * seconds:
                break
            self.tell("probing", f"a coalition of {len(suspect)}")
            value = self.game.values([suspect], min(seconds, self.clock.remaining)).get(suspect)
            if value is None or value.lower is None or value.lower <= self.floors.lower(suspect):
                break
            found, slack = self._again(found, slack)
        return found, slack

    def _again(self, found: dict[str, Rule], slack: float) -> tuple[dict[str, Rule], float]:
        """Stable rules anew, after a coalition is known better."""
        limits = limits_of(self.game, self.judge, self.asked.small_saving)
        clock = Clock(max(self.clock.remaining, 30.0), self.clock.cancel)
        kept = Stable(self.judge, self.game.total, self._alone(), limits, clock).rules()
        better = kept is not None and kept[1] <= slack
        return ({**found, **kept[0]}, kept[1]) if kept is not None and better else (found, slack)

    def _effort(self) -> Effort:
        solved = self.game.solved()
        sizes: Mapping[int, list[float]] = {
            k: [v.seconds for c, v in solved.items() if len(c) == k] for k in sorted({len(c) for c in solved})
        }
        cold = [v.seconds for v in solved.values() if not v.warm]
        warm = [v.seconds for v in solved.values() if v.warm]
        return Effort(
            self.game.solves,
            time.monotonic() - self.began,
            float(np.mean(cold)) if cold else None,
            float(np.mean(warm)) if warm else None,
            tuple((k, float(np.mean(times)), len(times)) for k, times in sizes.items()),
        )


def _no_division(saving: float) -> Finding:
    cause = (
        f"no division saves every small firm {saving:.1%} of its cost alone and asks no firm for more than "
        "it costs alone"
    )
    return Finding(
        code="guard-not-kept",
        severity="error",
        table="firms",
        row=None,
        column="size",
        value="small",
        cause=cause,
        remedy="lower the minimum saving of small firms, or improve the plan",
    )
