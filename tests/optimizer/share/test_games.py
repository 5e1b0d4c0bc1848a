"""Exact answers on games that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network
from clusterlane.optimizer import solve
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.share import Sharing, share
from clusterlane.optimizer.share.certificate import Judge
from clusterlane.optimizer.share.division import Limits
from clusterlane.optimizer.share.floors import Cut, Floors, Leaf
from clusterlane.optimizer.share.game import Game
from clusterlane.optimizer.share.rules import Stable
from cost_games import airport, facility, triangle
from small import add, bench, change, second_firm


def shared(network: Network, **options: object) -> Sharing:
    return share(network, solve(network, gap=0), gap=0.0, workers=1, **options)  # type: ignore[arg-type]


def test_a_facility_game_with_an_empty_core() -> None:
    found = shared(triangle())
    assert found.total == pytest.approx(7)
    assert [value.upper for value in found.alone.values()] == pytest.approx([3, 3, 3])
    assert found.stability.core_empty is True
    assert found.stability.subsidy_low == pytest.approx(1, abs=1e-6)
    assert found.stability.subsidy_high == pytest.approx(1, abs=1e-6)
    assert found.stability.slack == pytest.approx(1 / 6, abs=1e-6)
    assert found.gain.lower == pytest.approx(1 / 6, abs=2e-3)
    assert found.gain.upper == pytest.approx(1 / 6, abs=2e-3)
    assert len(found.gain.coalition) == 2
    assert found.rules["nucleolus"].shares == pytest.approx([7 / 3] * 3)
    assert found.rules["shapley"].shares == pytest.approx([7 / 3] * 3)


def test_the_airport_game() -> None:
    found = shared(airport())
    assert found.total == pytest.approx(33)
    assert found.rules["shapley"].shares == pytest.approx([4, 8, 21])
    assert found.rules["nucleolus"].shares == pytest.approx([6, 7, 20])
    assert found.stability.core_empty is False
    assert found.stability.subsidy_high == pytest.approx(0, abs=1e-6)
    assert found.gain.upper <= 1e-9
    assert sum(found.shares.values()) == pytest.approx(33)


def test_a_facility_game_with_a_core() -> None:
    """C(S) = min(6 + |S|, 4|S|): 4, 8, 9, so a pair saves nothing and all three save 3."""
    found = shared(facility(3))
    assert found.total == pytest.approx(9)
    assert found.rules["least_core"].shares == pytest.approx([3, 3, 3], abs=1e-2)
    assert found.gain.upper == pytest.approx(3 / 4 - 1, abs=2e-3)
    assert found.gain.lower == pytest.approx(found.gain.upper, abs=1e-6)
    assert found.rules["volume"].shares == pytest.approx([3, 3, 3])


def test_a_facility_game_of_many_players() -> None:
    """More players than all of whose coalitions are solved: C(S) = min(6 + |S|, 4|S|), 20 for all 14."""
    found = shared(facility(14), time_limit=10.0)
    assert found.total == pytest.approx(20)
    assert sum(found.shares.values()) == pytest.approx(20)
    assert max(found.shares.values()) <= 4
    assert found.gain.upper <= 2e-3
    assert found.stability.core_empty is False
    assert found.stability.subsidy_high == pytest.approx(0, abs=1e-4)
    assert found.rules["equal_profit"].shares.sum() == pytest.approx(20)
    assert found.effort.solves < 100


def test_a_solved_coalition_counts_beside_the_floors_of_many() -> None:
    """Whoever is known to cost more alone than its floor says may pay more: coalitions are listed then."""
    net = facility(14)
    game = Game(net, solve(net, gap=0), gap=0.0, workers=1)
    floors = Floors(net, game.players)
    floors.leaves = [Leaf(frozenset(), frozenset(), [Cut(np.append(0.5, np.full(13, 1.5)), 0.0)])]
    judge, free = Judge(game, floors), Limits(np.full(14, np.inf), np.full(14, -np.inf))
    stable = Stable(judge, 20.0, np.full(14, 4.0), free, Clock())
    before = stable.least()
    game.values([frozenset(["f0"])])
    after = Stable(Judge(game, floors), 20.0, np.full(14, 4.0), free, Clock()).least()
    assert before is not None
    assert after is not None
    assert after.slack <= before.slack + 1e-9
    assert before.slack == pytest.approx(0.0, abs=1e-6)


def test_rents_in_every_cut_leave_a_division_all_the_same() -> None:
    """Joining in part, nobody could pay anything there; whole coalitions can."""
    net = facility(14)
    game = Game(net, solve(net, gap=0), gap=0.0, workers=1)
    floors = Floors(net, game.players)
    floors.leaves = [Leaf(frozenset(), frozenset(), [Cut(np.full(14, 10.0), -1.0)])]
    free = Limits(np.full(14, np.inf), np.full(14, -np.inf))
    found = Stable(Judge(game, floors), 145.0, np.full(14, 20.0), free, Clock()).least()
    assert found is not None
    assert found.slack == pytest.approx(145 / 14 / 9 - 1, abs=1e-3)


def test_prices_of_what_is_shared_divide_without_envy_where_nothing_is_whole() -> None:
    """Owen 1975: in a game of linear programmes the prices put every division in the core, at full cost.

    Both firms want more money than they have; g has the greater right to the funder's line.
    """
    net = second_firm(bench(), right=3)
    net = change(net, tab.Firm, lambda row: row.firm == "f", right=1)
    net = change(net, tab.Funder, line=40)
    loan = tab.Loan(loan="o", funder="b", kind=tab.LoanKind.ORDER, advance=1.0, tenor_days=90)
    found = shared(add(net, loan))
    assert found.total == pytest.approx(sum(found.rules["dual"].shares))
    assert found.gains["dual"].upper <= 1e-6
    assert found.stability.core_empty is False
    assert "100.0 %" in found.rules["dual"].note
