"""The nucleolus: the worst-off coalition is as well off as can be, then the next, and so on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..arrays import Floats
from .coalition import Coalition
from .linear import minimise

Separate = Callable[[Floats, Floats, float], Coalition | None]
"""(shares, directions settled, excess): a coalition outside the span of what is settled whose excess is
greater, or ``None``."""

_TINY = 1e-9


def nucleolus(
    names: Sequence[str], cost: Callable[[Coalition], float], total: float, separate: Separate | None = None
) -> Floats:
    """Shares of ``total`` that minimise the excesses share(S) − cost(S), the greatest first.

    Linear programmes one after the other (Kopelowitz 1967) over coalitions that ``separate`` finds (by
    default among all of them: up to about 12 players); a coalition is settled where its row is tight in
    every optimum.  Raises ``RuntimeError`` where a programme has no solution.
    """
    n = len(names)
    find = separate or _among_all(names, cost)
    rows = {frozenset([name]): cost(frozenset([name])) for name in names} if n > 1 else {}
    settled, values = [np.ones(n)], [total]
    shares = np.full(n, total / n)
    while np.linalg.matrix_rank(np.array(settled)) < n:
        shares, excess, duals = _stage(names, rows, settled, values)
        broken = find(shares, np.array(settled), excess + _TINY * max(abs(total), 1.0))
        if broken is not None and broken not in rows:
            rows[broken] = cost(broken)
            continue
        _settle(names, rows, duals, excess, settled, values)
    return shares


def _row(names: Sequence[str], coalition: Coalition) -> Floats:
    return np.array([float(name in coalition) for name in names])


def in_span(settled: Floats, row: Floats) -> bool:
    """Whether the share of a coalition follows from shares already settled."""
    rank = np.linalg.matrix_rank(settled)
    return bool(np.linalg.matrix_rank(np.vstack([settled, row])) == rank)


def _stage(
    names: Sequence[str], rows: dict[Coalition, float], settled: list[Floats], values: list[float]
) -> tuple[Floats, float, dict[Coalition, float]]:
    """Least greatest excess over rows not settled; shares, the excess, and the dual of each row."""
    n = len(names)
    open_ = [c for c in rows if not in_span(np.array(settled), _row(names, c))]
    matrix = np.array([np.append(_row(names, c), -1.0) for c in open_]).reshape(-1, n + 1)
    found = minimise(
        np.append(np.zeros(n), 1.0),
        np.full(n + 1, -np.inf),
        np.full(n + 1, np.inf),
        at_most=(matrix, np.array([rows[c] for c in open_])),
        equal=(np.column_stack([np.array(settled), np.zeros(len(settled))]), np.array(values)),
    )
    if found is None:
        raise RuntimeError("a stage of the nucleolus has no solution")
    return found.x[:n], float(found.x[n]), dict(zip(open_, map(float, found.prices), strict=True))


def _settle(
    names: Sequence[str],
    rows: dict[Coalition, float],
    duals: dict[Coalition, float],
    excess: float,
    settled: list[Floats],
    values: list[float],
) -> None:
    """Rows with a price are tight in every optimum: their shares are settled."""
    for coalition, price in sorted(duals.items(), key=lambda item: -item[1]):
        row = _row(names, coalition)
        if price > 1e-9 and not in_span(np.array(settled), row):
            settled.append(row)
            values.append(rows[coalition] + excess)


def _among_all(names: Sequence[str], cost: Callable[[Coalition], float]) -> Separate:
    """The greatest excess among all coalitions, by listing them."""
    n = len(names)
    masks = np.arange(1, 2**n - 1)
    inside = ((masks[:, None] >> np.arange(n)) & 1).astype(float)
    every: list[Coalition] = [
        frozenset(name for name, is_in in zip(names, row, strict=True) if is_in) for row in inside
    ]
    costs = np.array([cost(c) for c in every])

    def find(shares: Floats, settled: Floats, excess: float) -> Coalition | None:
        excesses = inside @ shares - costs
        for k in np.argsort(-excesses):
            if excesses[k] <= excess:
                return None
            if not in_span(settled, inside[k]):
                return every[int(k)]
        return None

    return find
