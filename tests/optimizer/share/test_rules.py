"""Rules on games given as tables, against properties and a second way of working them out."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from clusterlane.optimizer.share import shapley
from clusterlane.optimizer.share.division import Limits, Rows, equal_profit, least_core, most_shared
from clusterlane.optimizer.share.nucleolus import in_span, nucleolus
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


def test_separated_rows_lead_to_the_same_nucleolus() -> None:
    """Coalitions found one at a time, as beyond 12 players, against all of them listed."""
    rng = np.random.default_rng(3)
    names = names_of(5)
    table = table_of(names, np.sort(rng.uniform(5, 60, 31)).tolist())
    asked: set[frozenset[str]] = set()

    def separate(shares: np.ndarray, settled: np.ndarray, excess: float) -> frozenset[str] | None:  # type: ignore[type-arg]
        of = dict(zip(names, shares, strict=True))
        rows = {c: np.array([float(i in c) for i in names]) for c in table if len(c) < 5}
        left = [c for c, row in rows.items() if not in_span(settled, row)]
        worst = max(left, key=lambda c: sum(of[i] for i in c) - table[c])
        asked.add(worst)
        return worst if sum(of[i] for i in worst) - table[worst] > excess else None

    total = table[frozenset(names)]
    found = nucleolus(names, lambda c: table[c], total, separate)
    assert found == pytest.approx(nucleolus(names, lambda c: table[c], total), abs=1e-6)
    assert len(asked) < 30


NO_LIMITS = Limits(np.full(3, np.inf), np.full(3, -np.inf))


def test_equal_profit_in_a_game_by_hand() -> None:
    """Alone 10, 20, 30, all together 45: a quarter saved by each, unless a pair can do better by itself.

    With f0 and f1 at 21 they must save 9 of their 30; f2 is left with 24, a saving of a fifth; no other
    division is nearer, and the two save alike.
    """
    names, alone = names_of(3), np.array([10.0, 20.0, 30.0])
    rows = Rows(names, {frozenset([name]): cost for name, cost in zip(names, alone, strict=True)})
    free = equal_profit(rows, 45, NO_LIMITS, alone, 0.0)
    assert free is not None
    assert free.shares == pytest.approx(0.75 * alone)
    rows.costs[frozenset(["f0", "f1"])] = 21.0
    bound = equal_profit(rows, 45, NO_LIMITS, alone, 0.0)
    assert bound is not None
    assert bound.shares == pytest.approx([7, 14, 24])


def test_least_core_and_cost_of_stability_in_a_game_by_hand() -> None:
    """Every pair at 4, all at 7 (Goemans and Skutella 2004): 6 can be collected, pairs gain a sixth."""
    names = names_of(3)
    pairs = [frozenset(pair) for pair in itertools.combinations(names, 2)]
    rows = Rows(names, dict.fromkeys(pairs, 4.0) | {frozenset([name]): 3.0 for name in names})
    least = least_core(rows, 7.0, NO_LIMITS)
    assert least is not None
    assert least.slack == pytest.approx(1 / 6)
    assert least.shares == pytest.approx([7 / 3] * 3)
    assert most_shared(rows, 7.0, NO_LIMITS).shares.sum() == pytest.approx(6)


def test_large_amounts_are_divided_as_small_ones() -> None:
    """A hundred million and one: prices of money must not vanish in the tolerance of the programme."""
    names, alone = names_of(3), np.array([10.0, 20.0, 30.0])
    for unit in (1.0, 1e8):
        rows = Rows(names, {frozenset([name]): unit * cost for name, cost in zip(names, alone, strict=True)})
        least = least_core(rows, 61.0 * unit, NO_LIMITS)
        assert least is not None
        assert least.slack == pytest.approx(1 / 60)
        even = equal_profit(rows, 61.0 * unit, NO_LIMITS, unit * alone, least.slack + 1e-9)
        assert even is not None
        assert even.shares == pytest.approx(unit * alone * 61 / 60)
