"""Iterated local search over the plants and satellites that are open."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ..arrays import Floats
from ..clock import Clock
from .problem import Bools, Ints
from .stages import FIT, Flows, Stages, cheapest, least_savings

TRIES = 100
"""Exchanges tried in vain before sites count as a local optimum."""

WORSE = 5e-4
"""Share by which a local optimum may be dearer than the last and still be gone on from."""

PATIENCE = 25
"""Restarts without a better neighbour before the search goes back to its best sites."""

STRAY = 0.02
"""Weight of a site that the relaxation does not use when sites are drawn by chance."""

PLANTS = 0.3
"""Chance that a random exchange is one of plants."""

BETTER = 1e-9
"""Least share by which a cost must fall."""


Offer = Callable[[list[Flows], Bools], object]
"""Takes the flows of each layer and the sites open."""


class StageSearch:
    """Sites, their cost, and the search from there; ``weights``: how much the relaxation uses each site."""

    def __init__(self, problem: Stages, weights: Floats, clock: Clock, seed: int = 0):
        self.problem, self.weights, self.clock = problem, weights, clock
        self._random = np.random.default_rng(seed)
        self._known: dict[bytes, float] = {}
        self._last: tuple[bytes, list[Flows]] = (b"", [])
        self._solved = 0
        self._at = self._sites = first_sites(problem, weights)
        self._value = self.best = np.inf
        self._vain = self.idle = 0
        self._offer: Offer = lambda flows, opened: None

    def run(self, restarts: int, offer: Offer, done: Callable[[], bool]) -> None:
        """Search until so many restarts in a row found no better plan; every better one is offered."""
        self.idle, self._offer = 0, offer
        while self.idle <= restarts and not self.clock.stopped and not done():
            before = self.best
            fresh = np.isinf(self._value)
            self._move(*self._descend(self._sites if fresh else self._shaken(self._at)))
            self.idle = 0 if self.best < before else self.idle + 1

    def _move(self, opened: Bools, value: float) -> None:
        self._vain = 0 if value < self._value * (1 - BETTER) else self._vain + 1
        if value < self._value * (1 + WORSE):
            self._at, self._value = opened, value
        if self._vain > PATIENCE:
            self._at, self._value, self._vain = self._sites, self.best, 0

    def cost(self, opened: Bools, limit: float = np.inf, floors: Floats | None = None) -> float:
        """Least cost with these sites open; infinite where there is no plan, or where ``floors`` of layers
        not solved yet show that it is not below ``limit``."""
        key = opened.tobytes()
        if key in self._known:
            return self._known[key]
        self._solved += 1
        cost, found = float(self.problem.fixed[opened].sum()), list[Flows]()
        for layer in range(len(self.problem.demand)):
            if floors is not None and cost + floors[layer:].sum() >= limit:
                return np.inf
            flows = cheapest(self.problem, opened, layer, self.clock)
            if flows is None:
                cost = np.inf
                break
            cost += flows.cost
            found.append(flows)
        if not self.clock.stopped:
            self._known[key] = cost
            self._last = key, found
        return cost

    def _flows(self, opened: Bools) -> list[Flows]:
        """Flows of each layer, for sites that have a plan; kept from the last cost counted where they are."""
        if self._last[0] != opened.tobytes():
            layers = range(len(self.problem.demand))
            found = [cheapest(self.problem, opened, layer, self.clock) for layer in layers]
            self._last = opened.tobytes(), [flows for flows in found if flows is not None]
        return self._last[1]

    def _descend(self, opened: Bools) -> tuple[Bools, float]:
        """The first better neighbour again and again, the most promising first."""
        value, found = self.cost(opened), True
        while found and not self.clock.stopped:
            found = False
            flows = self._flows(opened)
            if len(flows) < len(self.problem.demand):
                break
            if value < self.best * (1 - BETTER):
                self._sites, self.best = opened, value
                self._offer(flows, opened)
            most = self._solved + TRIES
            for other, floors in exchanges(self.problem, opened, flows, value):
                if self._solved >= most or self.clock.stopped:
                    break
                cost = self.cost(other, value, floors)
                if cost < value * (1 - BETTER):
                    opened, value, found = other, cost, True
                    break
        return opened, value

    def _shaken(self, opened: Bools) -> Bools:
        """Two or three sites by chance for others, and more until there is room for all."""
        other = opened.copy()
        for _ in range(int(self._random.integers(2, 4))):
            part = self.problem.stages[int(self._random.random() >= PLANTS)]
            inside = other[part]
            inside[self._random.choice(np.flatnonzero(inside))] = False
            self._open(other, part)
        for part in self.problem.stages:
            while not self.problem.holds(other, part) and not other[part].all():
                self._open(other, part)
        return other

    def _open(self, opened: Bools, part: slice) -> None:
        """One more site of a stage, by chance one that the relaxation uses."""
        inside = opened[part]
        weight = np.where(inside, 0.0, self.weights[part] + STRAY)
        inside[self._random.choice(len(inside), p=weight / weight.sum())] = True


def first_sites(problem: Stages, weights: Floats) -> Bools:
    """The sites that the relaxation uses most, the larger of equals, as many as hold all demand."""
    opened = np.zeros(len(weights), dtype=bool)
    order = np.lexsort((-problem.room.sum(axis=1), -np.round(weights, 6)))
    for part in problem.stages:
        for site in order[(order >= part.start) & (order < part.stop)]:
            if problem.holds(opened, part):
                break
            opened[site] = True
    return opened


def exchanges(
    problem: Stages, opened: Bools, flows: list[Flows], value: float
) -> Iterator[tuple[Bools, Floats]]:
    """Neighbours that may be cheaper than ``value``, the least possible cost first, with each layer's least
    cost: one site of a stage exchanged, one more, one fewer."""
    worth = np.array([least_savings(problem, opened, layer, part) for layer, part in enumerate(flows)])
    costs = np.array([part.cost for part in flows])
    pairs = np.concatenate([_pairs(opened, part) for part in problem.stages])
    room = np.vstack([problem.room, np.zeros(len(flows))])
    fixed, worth = np.append(problem.fixed, 0.0), np.column_stack([worth, np.zeros(len(flows))])
    out, into = pairs.T
    change = fixed[into] - fixed[out] + (worth[:, out] - worth[:, into]).sum(axis=0)
    need = problem.demand.sum(axis=1) * (1 - FIT)
    first = np.minimum(out, np.where(into < len(opened), into, out)) < problem.plants
    held = np.array([room[:-1][part][opened[part]].sum(axis=0) for part in problem.stages])
    fits = (held[np.where(first, 0, 1)] - room[out] + room[into] >= need).all(axis=1)
    likely = np.flatnonzero(fits & (change < -BETTER * value))
    for n in likely[np.argsort(change[likely], kind="stable")]:
        other = np.append(opened, False)
        other[out[n]], other[into[n]] = False, True
        yield other[:-1], costs + worth[:, out[n]] - worth[:, into[n]]


def _pairs(opened: Bools, part: slice) -> Ints:
    """(out, in) within a stage; one behind the last site stands for none."""
    none = np.array([len(opened)])
    outs = np.append(np.flatnonzero(opened[part]) + part.start, none)
    ins = np.append(np.flatnonzero(~opened[part]) + part.start, none)
    pairs: Ints = np.stack(np.meshgrid(outs, ins, indexing="ij"), axis=-1).reshape(-1, 2)
    return pairs[:-1]
