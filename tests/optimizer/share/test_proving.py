"""Floors that start from a plan's certificate: leaves that cover everything, and no coalition below."""

from __future__ import annotations

import itertools
import threading
from dataclasses import replace

import numpy as np
import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network
from clusterlane.models.cluster import build
from clusterlane.optimizer import solve
from clusterlane.optimizer.arrays import compile_model
from clusterlane.optimizer.certificate import verified_bound
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.plan import Plan
from clusterlane.optimizer.share import proving
from clusterlane.optimizer.share.floors import Cut, Floors, Leaf
from clusterlane.optimizer.share.game import Game, solve_coalition
from clusterlane.optimizer.share.proving import Proving
from cost_games import facility
from hypothesis import given, settings
from hypothesis import strategies as st
from small import add, change, random_network

SEEDS = [(7, False), (114, False), (5, True), (109, True)]
LEVELS = [
    tab.HubLevel(hub="h0", level="s", capacity_m3_month=40, opening_cost=3),
    tab.HubLevel(hub="h0", level="l", capacity_m3_month=400, opening_cost=9),
]


def case(seed: int, money: bool) -> tuple[Network, Plan]:
    """Three firms over a hub with levels, without limits that no coalition has a right to a part of, and a
    plan whose bound is proven over the tree of hubs."""
    net = random_network(seed, money, firms=3)
    net = change(net, tab.Period, max_openings=None, max_sites=None, min_covered=None)
    net = change(net, tab.Warehouse, lambda row: row.state is tab.State.FORCED, state=tab.State.CANDIDATE)
    net = change(net, tab.Hub, lambda row: row.state is tab.State.FORCED, state=tab.State.CANDIDATE)
    if not any(row.hub == "h0" for row in net.rows(tab.HubLevel)):
        net = add(net, *LEVELS)
    plan = solve(net, gap=0, strategy="decomposition", time_limit=20.0)
    if plan.objective is None:
        pytest.skip("no plan")
    return net, plan


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks of any size count as too large for one programme."""
    monkeypatch.setattr(proving, "_JOINT", 0)


def proved(net: Network, plan: Plan, seconds: float = 6.0) -> tuple[Floors, list[str]]:
    game, told = Game(net, plan), list[str]()
    floors = Floors(net, game.players)
    Proving(game, floors, 1, told.append).run(Clock(10.0), Clock(seconds))
    return floors, told


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize(("seed", "money"), SEEDS)
def test_no_coalition_costs_less_than_its_floor(seed: int, money: bool) -> None:
    net, plan = case(seed, money)
    floors, told = proved(net, plan)
    assert told
    for k in (1, 2, 3):
        for firms in itertools.combinations(floors.names, k):
            value = solve_coalition(net, None, {"gap": 0.0, "time_limit": None}, firms).upper
            if value is not None:
                assert floors.lower(frozenset(firms)) <= value + 1e-5 * max(abs(value), 1.0)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize(("seed", "money"), SEEDS)
def test_every_set_of_hubs_is_in_one_leaf(seed: int, money: bool) -> None:
    net, plan = case(seed, money)
    floors, _ = proved(net, plan, 2.0)
    hubs = list(floors.index.levels)
    for k in range(len(hubs) + 1):
        for chosen in map(frozenset, itertools.combinations(hubs, k)):
            homes = [leaf for leaf in floors.leaves if leaf.opened <= chosen and not leaf.shut & chosen]
            assert len(homes) == 1


@pytest.mark.usefixtures("large")
def test_the_certificate_gives_the_first_floors() -> None:
    """Its prices are used as they are: what it proves for all firms, the floors prove at once."""
    net, plan = case(114, False)
    assert plan.certificate is not None
    game = Game(net, plan)
    floors = Floors(net, game.players)
    assert Proving(game, floors, 1, lambda message: None)._known(Clock())
    proven = verified_bound(plan.certificate, compile_model(build(net)))
    assert floors.lower_of(np.ones(3)) >= proven - 0.01 * abs(proven)
    assert all(leaf.cuts for leaf in floors.leaves)


@pytest.mark.parametrize(("seed", "money"), SEEDS[:3])
def test_small_networks_decide_hubs_too(seed: int, money: bool) -> None:
    """Hubs in parts are the weakest part of the joint relaxation: deciding them raises the floor for all."""
    net, plan = case(seed, money)
    game = Game(net, plan)
    floors = Floors(net, game.players)
    work = Proving(game, floors, 1, lambda message: None)
    assert work._begin(Clock(), Clock())
    work._raise(floors.leaves[0], frozenset(floors.names), Clock())
    root = floors.lower_of(np.ones(3))
    work._improve(Clock(10.0))
    assert len(floors.leaves) >= 2
    assert floors.lower_of(np.ones(3)) >= root - 1e-6 * abs(root)


@pytest.mark.usefixtures("large")
def test_coverage_that_all_owe_is_no_matter_of_the_floors() -> None:
    """A coalition does not owe it, so neither the game's model nor those of its regions have it."""
    net, plan = case(114, False)
    net = change(net, tab.Period, min_covered=1)
    floors, _ = proved(net, replace(plan, sha256=net.sha256), 3.0)
    assert floors.leaves
    assert all(leaf.cuts for leaf in floors.leaves)


def test_an_interrupt_keeps_the_floors_there_are() -> None:
    net, plan = case(114, False)
    game, cancel = Game(net, plan), threading.Event()
    floors = Floors(net, game.players)

    def tell(message: str) -> None:
        cancel.set()

    Proving(game, floors, 1, tell).run(Clock(5.0, cancel), Clock(5.0, cancel))
    assert np.isfinite(floors.lower_of(np.ones(3)))


def test_nothing_is_proven_without_time() -> None:
    net = facility(3)
    game, cancel = Game(net, solve(net, gap=0)), threading.Event()
    cancel.set()
    with pytest.raises(InterruptedError, match="before any floor"):
        Proving(game, Floors(net, game.players), 1, lambda message: None).run(Clock(0), Clock(5.0, cancel))


def test_a_leaf_keeps_the_prices_that_are_best_for_all() -> None:
    """Cuts without rents are for small coalitions: they are added, the leaf's prices stay."""
    net, plan = case(114, False)
    floors = Floors(net, Game(net, plan).players)
    root = Leaf(frozenset(), frozenset())
    assert floors.price(root, np.zeros(len(floors.arrays.row_lower)), Clock())
    low = root.floor(np.ones(3))
    kept = root.prices
    assert kept is not None
    floors.spare_rents(root, Clock())
    assert root.prices is kept or root.floor(np.ones(3)) > low
    assert root.floor(np.ones(3)) >= low


def test_only_cuts_that_matter_are_kept() -> None:
    leaf = Leaf(frozenset(), frozenset())
    for own, fixed in (([1.0, 2.0], 3.0), ([1.0, 2.0], 2.0), ([2.0, 1.0], 3.0), ([1.0, 3.0], 2.5)):
        leaf.add(Cut(np.array(own), fixed))
    assert [cut.own.tolist() for cut in leaf.cuts] == [[1.0, 2.0], [2.0, 1.0], [1.0, 3.0]]
    leaf.add(Cut(np.array([2.0, 3.0]), 3.0))
    assert len(leaf.cuts) == 1


@settings(max_examples=60, deadline=None)
@given(*[st.tuples(st.lists(st.floats(-9, 9), min_size=3, max_size=3), st.floats(-9, 9)) for _ in "ab"])
def test_a_cut_covers_another_only_where_no_coalition_misses_it(
    one: tuple[list[float], float], other: tuple[list[float], float]
) -> None:
    a, b = (Cut(np.array(own), fixed) for own, fixed in (one, other))
    every = [np.array(m, float) for m in itertools.product([0, 1], repeat=3)]
    assert a.covers(b) == all(a.floor(m) >= b.floor(m) for m in every) or np.isclose(
        min(a.floor(m) - b.floor(m) for m in every), 0.0, atol=1e-9
    )


def test_a_cut_is_linear_in_its_members() -> None:
    cut = Cut(np.array([1.0, 2.0]), 3.0)
    assert [cut.floor(np.array(m)) for m in ([0, 0], [1, 0], [1, 1])] == [3.0, 4.0, 6.0]


def test_models_compile_alike_for_the_game_and_for_the_plan() -> None:
    """Else the certificate's multipliers would not fit."""
    net, plan = case(7, False)
    arrays = Floors(net, Game(net, plan).players).arrays
    assert arrays.matrix.shape == compile_model(build(net)).matrix.shape
