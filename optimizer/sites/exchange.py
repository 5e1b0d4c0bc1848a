"""Better sets of open sites by opening, closing and exchanging one at a time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from ..arrays import Floats
from ..clock import Clock
from .problem import Bools, Problem
from .transport import Transport


def start(problem: Problem, often: Floats) -> Bools:
    """The sites that the prices open most often, enough of them to hold all demand."""
    order = np.argsort(-often, kind="stable")
    enough = int(np.searchsorted(np.cumsum(problem.capacity[order]), problem.demand.sum() * (1 - 1e-12))) + 1
    opened = np.zeros(len(often), dtype=bool)
    opened[order[: max(enough, round(float(often.sum())))]] = True
    return opened


def improve(transport: Transport, opened: Bools, often: Floats, tries: int, clock: Clock) -> Bools:
    """The first better neighbour again and again, the likeliest first, until none is or after so many
    tries in vain."""
    best, at = transport.cost(opened), opened
    found = True
    while found and not clock.stopped:
        found = False
        for other in itertools.islice(_neighbours(at, often), tries):
            if clock.stopped:
                return at
            if (cost := transport.cost(other)) < best - 1e-9 * abs(best):
                best, at, found = cost, other, True
                break
    return at


def _neighbours(opened: Bools, often: Floats) -> Iterator[Bools]:
    """Exchanges of a doubtful open site for a likely closed one, then one more or one fewer."""
    outs = sorted(np.flatnonzero(opened), key=lambda i: often[i])
    ins = sorted(np.flatnonzero(~opened), key=lambda i: -often[i])
    pairs = sorted(itertools.product(range(len(outs)), range(len(ins))), key=lambda pair: sum(pair))
    for change in [*([outs[a], ins[b]] for a, b in pairs), *([i] for i in ins), *([i] for i in outs)]:
        other = opened.copy()
        other[change] ^= True
        yield other
