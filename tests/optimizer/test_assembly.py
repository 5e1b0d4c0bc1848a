"""Plans put together firm by firm keep every row: places, containers, shared lines, subsidies, guarantees."""

from __future__ import annotations

import numpy as np
import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.generate import generate
from clusterlane.instances.network import Network
from clusterlane.models.cluster import build
from clusterlane.optimizer.arrays import Floats, compile_model
from clusterlane.optimizer.assembly import LINES, Assembly, broken_groups
from clusterlane.optimizer.blocks import Blocks
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.highs import Solver, Status
from clusterlane.optimizer.kernel import Kernel
from clusterlane.optimizer.places import Places
from clusterlane.optimizer.search import FEASIBILITY, Search
from clusterlane.optimizer.together import around
from small import add, bench, change, random_network, second_firm


def workshop(network: Network) -> tuple[Search, Assembly]:
    model = build(network)
    arrays = compile_model(model)
    return Search(network, model, arrays, clock=Clock(), gap=0.0), Assembly(Blocks(model, arrays))


def best_of(search: Search) -> Floats | None:
    outcome = Solver(search.arrays, integral=True, mip_rel_gap=1e-4).run(Clock())
    return outcome.x if outcome.status is Status.OPTIMAL else None


def places_at(search: Search, x: Floats) -> Places:
    def chosen(component: str) -> list[object]:
        return [key for key, j in search.arrays.place(component).items() if x[j] > 0.5]

    return Places(*(frozenset(chosen(component)) for component in ("lease", "site", "hub")))  # type: ignore[arg-type]


def assert_keeps_every_row(search: Search, x: Floats) -> None:
    whole = x[search.arrays.integer]
    assert np.abs(whole - np.round(whole)).max(initial=0.0) <= 1e-5
    assert search.violation(x) <= FEASIBILITY


@pytest.mark.parametrize(
    "seed", [*range(8), *(pytest.param(s, marks=pytest.mark.slow) for s in range(8, 30))]
)
def test_built_under_the_places_of_an_optimum(seed: int) -> None:
    """From nothing (freight at its price) and from the optimum's own goods; never cheaper than it."""
    network = random_network(500 + seed, money=seed % 4 > 0, periods=2, firms=2 + seed % 2)
    search, assembly = workshop(change(network, tab.Settings, single_source=False, co2_cap=None))
    best = best_of(search)
    if best is None:
        return
    places, nothing = places_at(search, best), np.zeros(len(best))
    least = search.arrays.objective(best)
    for goods, prices in ((nothing, np.zeros(len(search.arrays.row_lower))), (best, None)):
        x = assembly.build(places, goods, Clock(), prices)
        if x is not None:
            assert_keeps_every_row(search, x)
            assert search.arrays.objective(x) >= least - 1e-3 * (1 + abs(least))


def test_from_an_optimum_nothing_is_lost() -> None:
    """Two firms that share nothing but free places are planned at their optimum, 50 lost by each."""
    search, assembly = workshop(second_firm(bench()))
    places = Places(frozenset(), frozenset({"w"}), frozenset())
    x = assembly.build(places, np.zeros(len(search.arrays.cost)), Clock())
    assert x is not None
    assert search.arrays.objective(x) == pytest.approx(100)
    assert_keeps_every_row(search, x)


@pytest.mark.parametrize("seed", range(6))
def test_what_still_holds_of_a_plan_is_kept(seed: int) -> None:
    """An optimum stays as it is; one that misses a firm's deliveries is planned again for that firm, keeps
    every row and costs no less than the optimum."""
    network = random_network(500 + seed, money=seed % 2 > 0, periods=2, firms=2)
    search, assembly = workshop(change(network, tab.Settings, single_source=False, co2_cap=None))
    best = best_of(search)
    if best is None:
        return
    places, least = places_at(search, best), search.arrays.objective(best)
    blocks = Blocks(search.model, search.arrays)
    assert not broken_groups(blocks, best)
    same = assembly.kept(places, best, Clock())
    assert same is not None
    assert search.arrays.objective(same) == pytest.approx(least, rel=1e-3, abs=1e-3)
    lacking = np.where(search.arrays.columns_of(("deliver", "parcel", "unmet")), 0.0, best)
    assert broken_groups(blocks, lacking)
    again = assembly.kept(places, lacking, Clock())
    if again is not None:
        assert_keeps_every_row(search, again)
        assert search.arrays.objective(again) >= least - 1e-3 * (1 + abs(least))


def loans(line: float) -> Network:
    """Two firms that lack 50 each and could borrow it on orders from one funder."""
    return change(
        add(
            second_firm(bench()),
            tab.Loan(loan="o", funder="b", kind=tab.LoanKind.ORDER, advance=1, tenor_days=90),
        ),
        tab.Funder,
        line=line,
    )


@pytest.mark.parametrize(("line", "lost"), [(1000, 0), (60, 40), (0, 100)])
def test_a_funder_lends_no_more_than_its_line(line: float, lost: float) -> None:
    """100 would be borrowed: what the line lacks is not sold."""
    search, assembly = workshop(loans(line))
    places = Places(frozenset(), frozenset({"w"}), frozenset())
    x = assembly.build(places, np.zeros(len(search.arrays.cost)), Clock())
    assert x is not None
    assert_keeps_every_row(search, x)
    assert search.arrays.objective(x) == pytest.approx(lost, abs=1e-6)


def test_goods_and_money_of_all_firms_at_once() -> None:
    """It is never dearer, and keeps every row and every whole number."""
    compared = 0
    for seed in range(6):
        search, _ = workshop(random_network(500 + seed, money=True))
        best = best_of(search)
        if best is None:
            continue
        a = search.arrays
        kernel = Kernel(np.ones(len(a.cost), dtype=bool), np.zeros(len(a.row_lower)), -np.inf)
        x = around(Blocks(search.model, a), kernel, best, Clock()).values()
        assert search.arrays.objective(x) <= search.arrays.objective(best) + 1e-4
        assert search.violation(x) <= FEASIBILITY
        held = search.arrays.integer
        assert x[held] == pytest.approx(best[held])
        compared += 1
    assert compared


def test_no_time() -> None:
    search, assembly = workshop(bench())
    nowhere = Places(frozenset(), frozenset(), frozenset())
    assert assembly.build(nowhere, np.zeros(len(search.arrays.cost)), Clock(0)) is None


@pytest.mark.slow
def test_lines_of_a_park_are_kept_by_plans_of_many_firms() -> None:
    """Tight money, no warehouse leased: shared lines are used and none is overdrawn."""
    network = generate("park-4", 3)
    search, assembly = workshop(network)
    paid = frozenset(w.warehouse for w in network.rows(tab.Warehouse) if w.contract is tab.Contract.PER_USE)
    levels = {row.hub: row.level for row in network.rows(tab.HubLevel)}
    places = Places(frozenset(), paid, frozenset(levels.items()))
    prices = np.zeros(len(search.arrays.row_lower))
    x = assembly.build(places, np.zeros(len(search.arrays.cost)), Clock(), prices)
    assert x is not None
    assert_keeps_every_row(search, x)
    assert any(family in search.arrays.rows for family in LINES)


def test_a_try_with_other_rows_is_not_solved_with_those_of_the_one_before() -> None:
    """At prices the firms ship; in the containers booked, of which there are none and no loose cargo, they
    cannot."""
    network = second_firm(change(bench(), tab.Firm, opening_cash=1e4), opening_cash=1e4)
    network = add(
        change(network, tab.Settings, operator_cash=1e4),
        tab.Container(container="box", volume_m3=30, weight_kg=1e4),
        tab.LaneContainer(lane="l", container="box", cost=60),
    )
    search, assembly = workshop(network)
    assert not search.arrays.place("loose")
    nothing = np.zeros(len(search.arrays.cost))
    places = Places(frozenset(), frozenset({"w"}), frozenset())
    at_prices = assembly.build(places, nothing, Clock(), np.zeros(len(search.arrays.row_lower)))
    booked = assembly.build(places, nothing, Clock())
    assert at_prices is not None
    assert booked is not None
    assert search.arrays.objective(at_prices) == pytest.approx(60)
    assert search.arrays.objective(booked) == pytest.approx(200)
