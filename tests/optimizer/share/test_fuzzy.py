"""Divisions under which no coalition pays more than it costs, members joining in part or not."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from clusterlane.optimizer.arrays import Floats
from clusterlane.optimizer.share.division import Limits, Rows, least_core
from clusterlane.optimizer.share.floors import Cut, Leaf
from clusterlane.optimizer.share.fuzzy import FuzzyCore
from hypothesis import given, settings
from hypothesis import strategies as st

FREE = Limits(np.full(4, np.inf), np.full(4, -np.inf))
numbers = st.floats(1, 50)
cuts = st.builds(
    lambda own, fixed: Cut(np.array(own), fixed), st.lists(numbers, min_size=4, max_size=4), st.floats(0, 30)
)
games = st.lists(st.lists(cuts, min_size=1, max_size=3), min_size=1, max_size=3)


class Game:
    """Four players, whose coalitions have the floors of some cuts by leaf."""

    threads = 1

    def __init__(self, leaves: list[list[Cut]]):
        self.names = ["a", "b", "c", "d"]
        self.leaves = [Leaf(frozenset(), frozenset(), each) for each in leaves]

    def floor(self, members: Floats) -> float:
        return min(leaf.floor(members) for leaf in self.leaves)

    @property
    def coalitions(self) -> list[Floats]:
        return [np.array(m, float) for m in itertools.product([0, 1], repeat=4) if any(m)]


def slack_of(game: Game, shares: Floats) -> float:
    return max(float(shares @ m) / game.floor(m) - 1 for m in game.coalitions)


@settings(max_examples=80, deadline=None)
@given(games, st.floats(20, 200))
def test_the_least_slack_holds_for_every_coalition_and_is_near_the_least_there_is(
    leaves: list[list[Cut]], total: float
) -> None:
    game = Game(leaves)
    found = FuzzyCore(game, total).least(FREE)
    assert found is not None
    assert found.shares.sum() == pytest.approx(total)
    assert slack_of(game, found.shares) <= found.slack + 1e-6
    rows = Rows(
        game.names,
        {frozenset(np.array(game.names)[m > 0].tolist()): game.floor(m) for m in game.coalitions},
    )
    whole = least_core(rows, total, FREE)
    assert whole is not None
    assert found.slack >= whole.slack - 1e-6


@settings(max_examples=40, deadline=None)
@given(cuts, st.floats(20, 200))
def test_under_one_cut_joining_in_part_changes_nothing(cut: Cut, total: float) -> None:
    """The floor is linear then: the greatest excess is that of whole members."""
    game = Game([[cut]])
    found = FuzzyCore(game, total).least(FREE)
    assert found is not None
    assert found.slack == pytest.approx(max(total / (cut.own.sum() + cut.fixed) - 1, -1.0), abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(games, st.floats(20, 200))
def test_tight_coalitions_pay_all_that_the_slack_allows(leaves: list[list[Cut]], total: float) -> None:
    game = Game(leaves)
    found = FuzzyCore(game, total).least(FREE)
    assert found is not None
    assert found.tight
    for tight in found.tight:
        assert ((tight.members >= -1e-7) & (tight.members <= 1 + 1e-7)).all()
        paid = float(found.shares @ tight.members)
        assert paid == pytest.approx((1 + found.slack) * tight.leaf.floor(tight.members), rel=1e-5)


@settings(max_examples=60, deadline=None)
@given(games, st.floats(20, 200), st.lists(numbers, min_size=4, max_size=4), st.floats(0, 0.2))
def test_an_even_division_keeps_its_slack_and_is_the_most_even(
    leaves: list[list[Cut]], total: float, alone: list[float], more: float
) -> None:
    game, own = Game(leaves), np.array(alone)
    core = FuzzyCore(game, total)
    least = core.least(FREE)
    assert least is not None
    even = core.even(FREE, own, least.slack + more)
    assert even is not None
    assert even.shares.sum() == pytest.approx(total)
    assert slack_of(game, even.shares) <= least.slack + more + 1e-5
    assert np.ptp(even.shares / own) <= np.ptp(least.shares / own) + 1e-5


@settings(max_examples=60, deadline=None)
@given(games, st.floats(20, 200))
def test_what_can_be_collected_asks_nobody_for_more_than_the_floor(
    leaves: list[list[Cut]], total: float
) -> None:
    game = Game(leaves)
    most = FuzzyCore(game, total).most()
    assert most is not None
    assert most.sum() <= min(total, game.floor(np.ones(4))) + 1e-6
    assert slack_of(game, most) <= 1e-6
    least = FuzzyCore(game, total).least(FREE)
    assert least is not None
    assert (most.sum() >= total - 1e-5) == (least.slack <= 1e-6) or abs(least.slack) < 1e-4


def test_limits_of_players_are_kept_or_there_is_no_division() -> None:
    game = Game([[Cut(np.full(4, 10.0), 0.0)]])
    most = np.array([5.0, np.inf, np.inf, np.inf])
    found = FuzzyCore(game, 40.0).least(Limits(most, np.full(4, -np.inf)))
    assert found is not None
    assert found.shares[0] == pytest.approx(5.0)
    assert found.slack == pytest.approx(35 / 30 - 1)
    assert FuzzyCore(game, 40.0).least(Limits(np.full(4, 5.0), np.zeros(4))) is None


def test_leaves_without_any_plan_are_left_out() -> None:
    game = Game([[Cut(np.full(4, 10.0), 0.0)], []])
    found = FuzzyCore(game, 44.0).least(FREE)
    assert found is not None
    assert found.slack == pytest.approx(0.1)
