"""The coalition with the greatest excess: a mixed-integer programme with membership as its variables.

What the joint model adds to it is projected out: prices on the shared rows leave cuts that are linear in
membership (``floors``), and the programme's bound holds for every coalition.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy.optimize import Bounds as Range
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import csr_matrix

from ..arrays import Floats
from .coalition import Coalition
from .floors import Leaf

_STEP, _LONGEST = 1e-5, 1e-2
"""First and longest step of a ratio that the programme's bound does not decide."""


class Bounds(Protocol):
    """Floors under the costs of coalitions: leaves of cuts over named players; leaves are searched on so many
    threads."""

    names: list[str]
    leaves: list[Leaf]
    threads: int


@dataclass(frozen=True)
class Excess:
    """A coalition and the most that any coalition (but those left aside) has: ``bound`` >= ``value``.

    Both are share(S) − (1 + slack)·cost floor(S), in network currency; ``coalition`` attains ``value``.
    """

    coalition: Coalition
    value: float
    bound: float


def greatest_excess(
    bounds: Bounds, shares: Floats, slack: float = 0.0, aside: Collection[Coalition] = ()
) -> Excess | None:
    """The coalition, neither empty nor grand, with the greatest share(S) − (1 + slack)·floor(S).

    ``shares`` in the order of ``bounds.names``; ``aside`` lists coalitions that are judged by their solved
    cost instead.  ``None`` where all coalitions are aside.
    """
    known = excesses(bounds, shares, slack, aside)
    if not known:
        return None
    best = max(known, key=lambda e: e.value)
    return Excess(best.coalition, best.value, max(e.bound for e in known))


def excesses(
    bounds: Bounds,
    shares: Floats,
    slack: float = 0.0,
    aside: Collection[Coalition] = (),
    above: float = -np.inf,
) -> list[Excess]:
    """The same within each leaf, for the leaves that have any coalition that is not aside; leaves that are
    seen to have none ``above`` some value are not searched."""

    def search(leaf: Leaf) -> Excess | None:
        return _in_leaf(bounds.names, leaf, shares, slack, aside, above)

    with ThreadPoolExecutor(bounds.threads) as pool:
        found = list(pool.map(search, bounds.leaves))
    return [excess for excess in found if excess is not None]


def _in_leaf(
    names: list[str],
    leaf: Leaf,
    shares: Floats,
    slack: float,
    aside: Collection[Coalition],
    above: float,
) -> Excess | None:
    """The same within a leaf.  Variables: membership of each player, then the excess itself."""
    n, scale = len(names), 1 + slack
    if n < 2 or not leaf.cuts:
        return None
    gains = [np.append(shares - scale * cut.own, -1.0) for cut in leaf.cuts]
    floors = [scale * cut.fixed for cut in leaf.cuts]
    # The excess is at most what all gainers have in any one cut.
    ceiling = min(float(np.maximum(g[:n], 0).sum()) - f for g, f in zip(gains, floors, strict=True))
    if ceiling <= above:
        return Excess(frozenset(), -np.inf, ceiling)
    size = np.append(np.ones(n), 0.0)
    rows = [LinearConstraint(csr_matrix(np.array(gains)), np.array(floors), np.inf)]
    rows.append(LinearConstraint(csr_matrix(size), 1, n - 1))
    if aside:
        others = [_differs(names, coalition) for coalition in aside]
        matrix = np.array([row for row, _ in others])
        rows.append(LinearConstraint(csr_matrix(matrix), np.array([low for _, low in others]), np.inf))
    unit = max(abs(ceiling), float(np.abs(shares).max()), 1.0)
    cost = np.append(np.zeros(n), -1.0)
    outcome: Any = milp(
        cost,
        constraints=rows,
        integrality=np.append(np.ones(n), 0.0),
        bounds=Range(np.append(np.zeros(n), -np.inf), np.append(np.ones(n), ceiling + 1e-9 * unit)),
        options={"mip_rel_gap": 0.0, "time_limit": 20.0},
    )
    if outcome.status == 2:
        return None
    bound = ceiling if outcome.mip_dual_bound is None else min(-float(outcome.mip_dual_bound), ceiling)
    if outcome.x is None:
        return Excess(frozenset(), -np.inf, bound)
    chosen = outcome.x[:n] > 0.5
    value = min(float(g[:n] @ chosen) - f for g, f in zip(gains, floors, strict=True))
    return Excess(frozenset(np.array(names)[chosen].tolist()), value, max(bound, value))


def _differs(names: list[str], coalition: Coalition) -> tuple[Floats, float]:
    """Row and least value that every coalition but this one keeps."""
    inside = np.array([name in coalition for name in names])
    return np.append(np.where(inside, -1.0, 1.0), 0.0), 1.0 - float(inside.sum())


@dataclass(frozen=True)
class Gain:
    """The greatest relative gain of any coalition: (share(S) − cost(S)) / cost(S).

    At least ``lower`` (attained by ``coalition`` at the cost of a plan found for it; ``None`` where none is
    solved), at most ``upper`` for every coalition but the empty and the grand one.  ``suspect`` is the
    coalition for which ``upper`` could still be true.
    """

    lower: float | None
    upper: float
    coalition: Coalition
    suspect: Coalition


Solved = Mapping[Coalition, tuple[float | None, float | None]]
"""Coalition -> least and most it costs (``None``: unknown)."""


def greatest_gain(
    bounds: Bounds,
    shares: Floats,
    solved: Solved,
    floor: Callable[[Coalition], float],
    rounds: int = 200,
) -> Gain:
    """The interval of the greatest relative gain over all coalitions but the empty and the grand one.

    Dinkelbach's method: at the true ratio the greatest share(S) − (1 + ratio)·floor(S) is 0.  A coalition
    whose solved bound is above its floor is set aside and judged by that bound.
    """
    of = dict(zip(bounds.names, shares, strict=True))
    share = {c: sum(of[name] for name in c) for c in solved}
    attained = {c: share[c] / up - 1 for c, (_, up) in solved.items() if up is not None and up > 0}
    best = max(attained, key=lambda c: attained[c], default=frozenset[str]())
    aside = {c: low for c, (low, _) in solved.items() if low is not None and low > floor(c)}
    proven = {c: share[c] / low - 1 for c, low in aside.items() if low > 0}
    single = {frozenset([name]): floor(frozenset([name])) for name in bounds.names}
    for c, low in single.items():
        if c not in aside and low > 0 and len(single) > 1:
            proven[c] = sum(of[name] for name in c) / low - 1
    suspect = max(proven, key=lambda c: proven[c], default=frozenset[str]())
    ratio = proven.get(suspect, -1.0)
    tolerance = 1e-9 * max(float(np.abs(shares).sum()), 1.0)
    step, smallest = _STEP, min(single.values(), default=1.0)
    for _ in range(rounds):
        excess = greatest_excess(bounds, shares, ratio, aside)
        if excess is None or excess.bound <= tolerance:
            break
        if excess.value <= tolerance or not excess.coalition:
            if step > _LONGEST or smallest <= 0:
                ratio = ratio + excess.bound / smallest if smallest > 0 else np.inf
                break
            ratio, step = ratio + step, 4 * step  # not decided at this ratio: a higher one is proven easier
            continue
        suspect = excess.coalition
        cost = floor(suspect)
        if cost <= 0:
            ratio = np.inf
            break
        ratio = sum(of[name] for name in suspect) / cost - 1
    else:
        ratio = np.inf
    lower = attained.get(best)
    return Gain(lower, max(ratio, lower if lower is not None else -np.inf), best, suspect)
