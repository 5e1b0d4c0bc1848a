"""Rules on games given as tables, against properties and a second way of working them out."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from clusterlane.optimizer.share import shapley
from clusterlane.optimizer.share.nucleolus import nucleolus
from hypothesis import given, settings
from hypothesis import strategies as st

Table = dict[frozenset[str], float]
costs = st.floats(min_value=1, max_value=100, allow_nan=False)


def names_of(n: int) -> list[str]:
    return [f"f{i}" for i in range(n)]


def every(names: Sequence[str]) -> list[frozenset[str]]:
    return [frozenset(c) for k in range(1, len(names) + 1) for c in itertools.combinations(names, k)]


def table_of(names: Sequence[str], values: Sequence[float]) -> Table:
    return dict(zip(every(names), values, strict=True))


def excesses(table: Table, names: Sequence[str], shares: Sequence[float]) -> list[float]:
    of = dict(zip(names, shares, strict=True))
    proper = [c for c in table if len(c) < len(names)]
    return sorted((sum(of[i] for i in c) - table[c] for c in proper), reverse=True)


@settings(max_examples=40, deadline=None)
@given(st.lists(costs, min_size=7, max_size=7), st.randoms(use_true_random=False))
def test_no_division_of_three_has_smaller_excesses_than_the_nucleolus(
    values: list[float], random: object
) -> None:
    names = names_of(3)
    table = table_of(names, values)
    total = table[frozenset(names)]
    best = nucleolus(names, lambda c: table[c], total)
    assert sum(best) == pytest.approx(total)
    ours = excesses(table, names, best.tolist())
    for _ in range(30):
        other = best + np.array([random.uniform(-5, 5) for _ in range(3)])  # type: ignore[attr-defined]
        other += (total - other.sum()) / 3
        theirs = excesses(table, names, other.tolist())
        first = next((a - b for a, b in zip(ours, theirs, strict=True) if abs(a - b) > 1e-6), 0.0)
        assert first <= 1e-6


@pytest.mark.parametrize(
    ("values", "answer"),
    [
        # Three-firm games whose nucleolus is worked out by hand.
        ([6, 6, 6, 8, 8, 8, 9], [3, 3, 3]),  # symmetric
        ([10, 10, 10, 10, 20, 20, 20], [5, 5, 10]),  # two share what one needs, the third is apart
        ([3, 3, 3, 4, 4, 4, 7], [7 / 3, 7 / 3, 7 / 3]),  # empty core
    ],
)
def test_three_firms_with_a_known_nucleolus(values: list[float], answer: list[float]) -> None:
    names = names_of(3)
    table = table_of(names, values)
    assert nucleolus(names, lambda c: table[c], values[-1]).tolist() == pytest.approx(answer)


def airport_nucleolus(runways: Sequence[float]) -> list[float]:
    """Littlechild 1974: in order of length, the least of what is left over one player more than the rest."""
    left, paid, out = list(runways), 0.0, list[float]()
    for i in range(len(left) - 1):
        rest = left[i:]
        parts = [(cost - paid) / (k + 2) for k, cost in enumerate(rest[:-1])]
        out.append(min([*parts, (rest[-1] - paid) / len(rest)]))
        paid += out[-1]
    return [*out, runways[-1] - paid]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=2, max_size=6))
def test_airport_games_have_their_closed_forms(lengths: list[int]) -> None:
    runways = sorted(map(float, lengths))
    names = names_of(len(runways))
    cost = dict(zip(names, runways, strict=True))

    def longest(coalition: frozenset[str]) -> float:
        return max((cost[i] for i in coalition), default=0.0)

    n = len(runways)
    steps = [(b - a) / (n - i) for i, (a, b) in enumerate(itertools.pairwise([0.0, *runways]))]
    assert shapley.exact(names, longest).shares == pytest.approx(np.cumsum(steps))
    found = nucleolus(names, longest, runways[-1])
    assert found == pytest.approx(airport_nucleolus(runways), abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.lists(costs, min_size=15, max_size=15))
def test_shapley_is_the_mean_over_all_orders(values: list[float]) -> None:
    names = names_of(4)
    table = table_of(names, values)
    orders = list(itertools.permutations(range(4)))
    mean = np.mean([shapley.marginal(names, order, lambda c: table[c]) for order in orders], axis=0)
    assert shapley.exact(names, lambda c: table[c]).shares == pytest.approx(mean)


def test_a_sampled_shapley_value_holds_the_exact_one() -> None:
    """Floors 5 % below a cost with economies of scale; six intervals of 95 % may be off by one and a half."""
    names = names_of(6)
    weight = dict(zip(names, [5.0, 9.0, 2.0, 7.0, 4.0, 6.0], strict=True))

    def cost(coalition: frozenset[str]) -> float:
        return 20.0 * sum(weight[i] for i in coalition) ** 0.6 if coalition else 0.0

    left = iter([True] * 12)
    found = shapley.sampled(
        names, cost, lambda c: 0.95 * cost(c), seed=1, prepare=lambda orders: next(left, False)
    )
    assert found is not None
    truth = shapley.exact(names, cost).shares
    assert found.orders == 24
    assert (np.abs(found.shares - truth) <= 1.5 * found.half_width).all()
    assert (found.half_width < 0.1 * truth).all()


def test_without_solved_orders_there_is_no_sampled_value() -> None:
    names = names_of(3)
    nothing = shapley.sampled(
        names, lambda c: None, lambda c: float(len(c)), seed=0, prepare=lambda orders: True
    )
    assert nothing is None
