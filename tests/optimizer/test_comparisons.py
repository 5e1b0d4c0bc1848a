"""What planning together is worth, on networks where it can be worked out by hand."""

from __future__ import annotations

import threading

import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network
from clusterlane.optimizer.comparisons import compare
from clusterlane.optimizer.solve import solve
from small import add, bench, change, random_network, second_firm

LOAN = tab.Loan(loan="g", funder="b", kind=tab.LoanKind.ORDER, advance=0.5, tenor_days=30)


def compared(network: Network) -> dict[str, dict[str, object]]:
    return compare(network, solve(network, gap=0), gap=0)


def shared_lease() -> Network:
    """Two firms with cash, served from a warehouse leased for 10 in period 2."""
    net = change(second_firm(bench()), tab.Firm, opening_cash=100)
    net = change(net, tab.Warehouse, contract=tab.Contract.LEASE)
    net = add(net, tab.Tier(warehouse="w", tier="n", term_periods=1, rent_month=10))
    return change(net, tab.Settings, operator_cash=20)


def test_alone_every_firm_pays_the_lease() -> None:
    alone = compared(shared_lease())["alone"]
    assert alone["objective"] == pytest.approx(20)
    assert (alone["saving_low"], alone["saving_high"]) == (pytest.approx(10), pytest.approx(10))
    assert [own["objective"] for own in alone["firms"].values()] == pytest.approx([10, 10])  # type: ignore[attr-defined]


def test_progress_says_which_way_it_is_about() -> None:
    """Plans and bounds of another way of doing business are not those of the plan."""
    seen: list[str] = []
    network = change(add(bench(), LOAN), tab.Settings, capital_rate=0.1)
    compare(network, solve(network, gap=0), gap=0, on_progress=lambda progress: seen.append(progress.phase))
    ways = ("without 1+N financing: ", "logistics first: ", "every firm alone")
    assert all(phase.startswith(ways) for phase in seen)
    assert {way for way in ways for phase in seen if phase.startswith(way)} == set(ways)


def test_without_loans_half_is_not_sold() -> None:
    result = compared(change(add(bench(), LOAN), tab.Settings, capital_rate=0.1))
    assert result["no_chain_finance"]["objective"] == pytest.approx(50)
    assert result["no_chain_finance"]["saving_low"] == pytest.approx(50)
    assert result["logistics_first"]["saving_high"] == pytest.approx(0, abs=1e-6)
    assert result["alone"]["saving_low"] == pytest.approx(0, abs=1e-6)


def test_goods_planned_first_may_be_beyond_any_financing() -> None:
    first = compared(bench())["logistics_first"]
    assert first["status"] == "infeasible"
    assert first["objective"] is first["saving_high"] is None


def test_goods_planned_first_buy_the_dear_way() -> None:
    """Emergency credit at 36.5 % (3 % a period) is worth it: planned together, it is the same."""
    net = change(bench(), tab.Settings, emergency_rate=0.365)
    first = compared(net)["logistics_first"]
    assert first["objective"] == pytest.approx(0.03 * 50 / 0.97)
    assert first["saving_high"] == pytest.approx(0, abs=1e-6)


def test_goods_planned_first_keep_public_rent() -> None:
    """The rent subsidy is money: it is paid on the fixed lease too."""
    net = add(shared_lease(), tab.Subsidy(subsidy="s", kind=tab.SubsidyKind.RENT, rate=0.4, budget=100))
    assert compared(net)["logistics_first"]["objective"] == pytest.approx(6)


def test_nothing_to_compare_in_financing_without_money() -> None:
    result = compared(change(shared_lease(), tab.Settings, money=False))
    assert result["no_chain_finance"]["status"] == result["logistics_first"]["status"] == "no money"
    assert result["alone"]["saving_low"] == pytest.approx(10)


def test_intervals_hold_and_nothing_is_better_than_together() -> None:
    result = compared(random_network(109, money=True))
    for way in ("logistics_first", "no_chain_finance"):
        if result[way]["objective"] is not None:
            assert -1e-4 <= result[way]["saving_low"] <= result[way]["saving_high"] + 1e-9  # type: ignore[operator]
    assert set(result["alone"]["firms"]) == {"f0", "f1"}  # type: ignore[call-overload]


def test_cancelled_comparisons_claim_nothing() -> None:
    net = add(bench(), LOAN)
    cancel = threading.Event()
    cancel.set()
    for way in compare(net, solve(net, gap=0), cancel=cancel).values():
        assert way["objective"] is way["saving_high"] is None
