"""Exact answers on games that can be worked out by hand."""

from __future__ import annotations

import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network
from clusterlane.optimizer import solve
from clusterlane.optimizer.share import Sharing, share
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
