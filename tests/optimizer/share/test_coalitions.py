"""What coalitions cost: together never more than apart, floors never above, trades go on."""

from __future__ import annotations

import itertools
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.findings import InputError
from clusterlane.instances.network import Network
from clusterlane.optimizer import solve
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.regional import goods_of_regions
from clusterlane.optimizer.share import share
from clusterlane.optimizer.share.coalition import coalition, firms_as_players, groups_as_players
from clusterlane.optimizer.share.floors import Cut, Floors, Leaf
from clusterlane.optimizer.share.game import Game, solve_coalition
from clusterlane.optimizer.share.prices import joint_prices, region_prices
from clusterlane.optimizer.share.rents import without_rents
from clusterlane.optimizer.share.separation import greatest_excess, greatest_gain
from clusterlane.optimizer.share.store import Store, Value
from clusterlane.optimizer.share.summary import summary
from clusterlane.optimizer.share.warm import restricted
from cost_games import facility, triangle
from hypothesis import given, settings
from hypothesis import strategies as st
from small import add, bench, change, random_network, second_firm

EXACT = {"gap": 0.0, "time_limit": None}
SLOW = [pytest.param(*seed, marks=pytest.mark.slow) for seed in ((21, False), (132, True))]
SEEDS = [(7, False), (114, False), (5, True), (109, True), *SLOW]


def free(seed: int, money: bool) -> Network:
    """Three firms, without limits that no coalition has a right to a part of."""
    net = random_network(seed, money, firms=3)
    net = change(net, tab.Period, max_openings=None, max_sites=None, min_covered=None)
    return change(net, tab.Warehouse, lambda row: row.state is tab.State.FORCED, state=tab.State.CANDIDATE)


def cost(network: Network, firms: tuple[str, ...]) -> float | None:
    return solve_coalition(network, None, EXACT, firms).upper


@pytest.mark.parametrize(("seed", "money"), SEEDS)
def test_together_costs_no_more_than_apart_and_no_less_than_the_floors(seed: int, money: bool) -> None:
    net = free(seed, money)
    every = [c for k in (1, 2, 3) for c in itertools.combinations(("f0", "f1", "f2"), k)]
    costs = {frozenset(c): value for c in every if (value := cost(net, c)) is not None}
    floors = Floors(net, firms_as_players(net))
    assert floors.start(region_prices(goods_of_regions(net), floors, Clock()), Clock())
    joint = joint_prices(floors, floors.leaves[0], Clock())
    assert joint is not None
    assert floors.price(floors.leaves[0], joint, Clock())
    hub = floors.busiest(floors.leaves[0])
    for part in () if hub is None else floors.split(floors.leaves[0], hub):
        floors.also_under(part, joint, Clock())
    for c, value in costs.items():
        assert floors.lower(c) <= value + 1e-5 * max(abs(value), 1.0)
    for a, b in itertools.combinations(costs, 2):
        if not a & b and a | b in costs:
            assert costs[a | b] <= costs[a] + costs[b] + 1e-5 * max(abs(costs[a | b]), 1.0)


def traders() -> Network:
    """The bench twice; g must pay f 30 at once, so alone it could buy less than without the trade."""
    net = change(second_firm(bench()), tab.Settings, deposit_rate=0.12)
    return add(net, tab.Trade(trade="t", supplier="f", buyer="g", period=1, amount=30))


def test_trades_with_firms_outside_go_on() -> None:
    """f has 80 of the 100 its goods cost, g only 20: lost margins of 2 and 8 units, 10 each."""
    net = change(traders(), tab.Settings, deposit_rate=0.0)
    assert cost(net, ("f",)) == pytest.approx(20)
    assert cost(net, ("g",)) == pytest.approx(80)
    assert cost(net, ("f", "g")) == pytest.approx(100)


def test_interest_of_partners_outside_is_not_the_coalitions() -> None:
    """With interest on cash the partner's own is left out: apart and together come to the same."""
    net = traders()
    apart = [cost(net, ("f",)), cost(net, ("g",))]
    together = cost(net, ("f", "g"))
    assert None not in (*apart, together)
    assert sum(v for v in apart if v is not None) == pytest.approx(together, rel=1e-6)


def test_a_core_firm_outside_gives_no_guarantee_but_pays_its_suppliers() -> None:
    net = add(
        traders(),
        tab.Core(core="g", guarantee_line=100),
        tab.Guarantee(core="g", relation=tab.Relation.TRADE, line=100),
        tab.Member(firm="f", core="g", relation=tab.Relation.TRADE),
    )
    alone = coalition(net, ["f"])
    assert not alone.rows(tab.Core)
    assert not alone.rows(tab.Member)
    assert [row.buyer for row in alone.rows(tab.Trade)] == ["g"]
    assert {row.firm: row.credit_limit for row in alone.rows(tab.Firm)} == {"f": None, "g": 0.0}


def test_hubs_decided_raise_the_floor() -> None:
    net = free(114, False)
    floors = Floors(net, firms_as_players(net))
    floors.start(region_prices(goods_of_regions(net), floors, Clock()), Clock())
    root = floors.leaves[0]
    prices = joint_prices(floors, root, Clock())
    assert prices is not None
    floors.price(root, prices, Clock())
    before, hub = floors.lower_of(np.ones(3)), floors.busiest(root)
    if hub is None:
        pytest.skip("no hub to decide")
    for part in floors.split(root, hub):
        better = joint_prices(floors, part, Clock())
        if better is not None:
            floors.price(part, better, Clock())
    assert floors.lower_of(np.ones(3)) >= before - 1e-9 * abs(before)
    best = solve(net, gap=0).objective
    assert best is None or floors.lower_of(np.ones(3)) <= best + 1e-6 * abs(best)


def test_prices_without_rents_leave_all_cost_with_the_firms() -> None:
    """At three times the right prices places would gain; they are lowered until none does."""
    net = free(114, False)
    floors = Floors(net, firms_as_players(net))
    root = Leaf(frozenset(), frozenset())
    right = joint_prices(floors, root, Clock())
    assert right is not None
    dear = floors._prices(3 * right)
    limits = floors._limits(root, dear)
    fair = without_rents(floors.blocks, floors._lagrangian, dear, limits, Clock())
    other = Leaf(frozenset(), frozenset())
    assert floors.price(other, dear, Clock())
    assert floors.price(root, fair, Clock())
    assert other.cuts[0].fixed < -1.0
    assert root.cuts[0].fixed >= -1e-3
    assert root.cuts[0].own.sum() <= solve(net, gap=0).objective + 1e-6  # type: ignore[operator]


class _Bounds:
    """Leaves of cuts by hand."""

    def __init__(self, leaves: list[list[Cut]]):
        self.names, self.threads = [f"f{i}" for i in range(len(leaves[0][0].own))], 1
        self.leaves = [Leaf(frozenset(), frozenset(), cuts) for cuts in leaves]

    def floor(self, coalition: frozenset[str]) -> float:
        inside = np.array([float(name in coalition) for name in self.names])
        return min(leaf.floor(inside) for leaf in self.leaves)


numbers = st.floats(min_value=1, max_value=50)
cuts = st.builds(
    lambda own, fixed: Cut(np.array(own), fixed), st.lists(numbers, min_size=4, max_size=4), st.floats(0, 30)
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(cuts, min_size=1, max_size=3), min_size=1, max_size=3),
    st.lists(st.floats(0, 80), min_size=4, max_size=4),
    st.floats(0, 0.3),
)
def test_separation_finds_the_greatest_excess(
    leaves: list[list[Cut]], shares: list[float], slack: float
) -> None:
    bounds = _Bounds(leaves)
    every = [frozenset(c) for k in (1, 2, 3) for c in itertools.combinations(bounds.names, k)]
    of = dict(zip(bounds.names, shares, strict=True))
    share = {c: sum(of[i] for i in c) for c in every}
    truth = max(share[c] - (1 + slack) * bounds.floor(c) for c in every)
    found = greatest_excess(bounds, np.array(shares), slack)
    assert found is not None
    assert found.value == pytest.approx(truth, abs=1e-6)
    assert found.bound >= truth - 1e-6
    gain = greatest_gain(bounds, np.array(shares), {}, bounds.floor)
    assert gain.upper == pytest.approx(max(share[c] / bounds.floor(c) - 1 for c in every), abs=1e-5)
    aside = greatest_excess(bounds, np.array(shares), slack, {found.coalition: 0.0})
    assert aside is not None
    assert aside.coalition != found.coalition


def test_solved_coalitions_stay_solved(tmp_path: Path) -> None:
    net, file = facility(3), tmp_path / "coalitions.jsonl"
    plan = solve(net, gap=0)
    game = Game(net, plan, store=Store(net.sha256, file), gap=0.0, workers=1)
    game.cancel.set()
    assert game.values([frozenset(["f0"])]) == {}
    game.cancel.clear()
    stop = [0]

    def tell(message: str) -> None:
        stop[0] += 1
        if stop[0] == 2:
            game.cancel.set()

    game._tell = tell
    pairs = [frozenset(c) for c in itertools.combinations(game.names, 2)]
    assert len(game.values(pairs)) == 2
    file.write_text(file.read_text() + '{"network": "cut sho')
    again = Game(net, plan, store=Store(net.sha256, file), gap=0.0, workers=1)
    assert [value.upper for value in again.values(pairs).values()] == pytest.approx([8, 8, 8])
    assert again.solves == 1


def test_what_an_interrupt_cut_short_is_solved_again() -> None:
    """A solve that was cancelled is known as far as it went, for the seconds it had."""
    net, cancel = facility(3), threading.Event()
    cancel.set()
    cut = solve_coalition(net, None, {"gap": 0.0, "time_limit": 100.0, "cancel": cancel}, ("f0",))
    assert cut.upper is None
    assert cut.asked[1] < 100.0
    assert not cut.serves(0.0, 100.0)


def test_processes_stop_in_the_middle_of_a_coalition() -> None:
    game = Game(facility(4), solve(facility(4), gap=0), gap=0.0, workers=2)
    game.cancel.set()
    with game._executor(4) as pool:
        assert not list(pool.run(sleepy, range(4)))


def sleepy(number: int) -> int:
    time.sleep(60.0)
    return number


def test_a_player_without_a_plan_of_its_own_has_a_quick_cost() -> None:
    """Where the time was too short for a plan alone, the joint plan restricted says what it costs at most."""
    net = facility(3)
    plan = solve(net, gap=0)
    game = Game(net, plan, gap=0.0, workers=1)
    alone = frozenset(["f0"])
    game.store.put(["f0"], Value(1.0, None, "unknown", 0.1, asked=(0.0, 0.1)))
    game.restricted([alone], 30.0)
    value = game.known(alone)
    assert value is not None
    assert value.lower == 1.0
    assert value.upper is not None
    assert value.upper >= 4 - 1e-6


def test_values_of_another_network_are_not_used(tmp_path: Path) -> None:
    file = tmp_path / "coalitions.jsonl"
    Store("one", file).put(["a"], Value(1.0, 2.0, "feasible", 1.0))
    assert Store("other", file).get(["a"]) is None
    assert Store("one", file).get(["a"]) == Value(1.0, 2.0, "feasible", 1.0)


def test_the_tighter_interval_of_a_coalition_is_kept() -> None:
    store = Store("n")
    store.put(["a"], Value(1.0, 4.0, "feasible", 1.0))
    kept = store.put(["a"], Value(2.0, 5.0, "feasible", 1.0))
    assert (kept.lower, kept.upper) == (2.0, 4.0)


def test_an_infeasible_coalition_is_named_and_threatens_nobody() -> None:
    """f2 sends a parcel that takes 0.9 of the emission cap of 1, of which it has a right to a third."""
    net = change(facility(3), tab.Sale, lambda row: row.product == "p2", promise_days=1)
    net = change(net, tab.LastMile, lambda row: row.market == "m2", days=2)
    service = [tab.Service(service="s"), tab.ParcelRate(service="s", market="m2", days=1, cost_order=50)]
    capped = change(add(net, *service), tab.Settings, co2_cap=1.0)
    capped = change(capped, tab.ParcelRate, co2_kg_t=1000.0 * 0.9)
    plan = solve(capped, gap=0)
    found = share(capped, plan, gap=0.0, workers=1)
    assert found.alone["f2"].status == "infeasible"
    assert any("infeasible-coalition" in note and "f2" in note for note in found.notes)
    assert sum(found.shares.values()) == pytest.approx(found.total)
    assert "shapley" not in found.rules
    assert "impossible" in summary(found)


def test_a_plan_of_another_network_is_refused() -> None:
    plan = solve(triangle(), gap=0)
    with pytest.raises(InputError, match="another network"):
        Game(facility(3), plan)


def test_groups_hold_every_firm_once() -> None:
    net = random_network(7, firms=3)
    clusters = groups_as_players(net, "cluster")
    assert sorted(f for firms in clusters.values() for f in firms) == ["f0", "f1", "f2"]
    net = change(net, tab.Cluster, city="hefei")
    assert groups_as_players(net, "city") == {"hefei": frozenset(["f0", "f1", "f2"])}
    with pytest.raises(ValueError, match="cluster and city"):
        groups_as_players(net, "colour")


@pytest.mark.parametrize("seed", [7, 114])
def test_the_joint_plan_restricted_is_a_plan_of_the_coalition(seed: int) -> None:
    """It costs no less than the coalition's optimum, and no less than its floor."""
    net = free(seed, money=False)
    plan = solve(net, gap=0)
    for firms in (("f0", "f1"), ("f0", "f1", "f2")):
        quick = restricted(net, plan.tables, firms, None)
        best = cost(net, firms)
        if quick.upper is not None and best is not None:
            assert quick.warm
            assert quick.lower is None
            assert quick.upper >= best - 1e-6 * abs(best)


def test_a_quick_cost_does_not_stand_for_a_solve() -> None:
    quick = Value(None, 5.0, "feasible", 1.0, warm=True, asked=(0.0, 0.0))
    assert not quick.serves(0.01, 10.0)
    assert Value(4.0, 5.0, "feasible", 9.0, asked=(0.0, 10.0)).serves(0.01, 10.0)


def test_one_firm_pays_all_of_its_plan() -> None:
    net = facility(1)
    found = share(net, solve(net, gap=0), gap=0.0, workers=1)
    assert found.shares == {"f0": pytest.approx(4)}
    assert found.stability.core_empty is False


def test_a_coalition_may_start_from_the_plan_of_all() -> None:
    net = facility(3)
    started = solve_coalition(net, solve(net, gap=0), EXACT, ("f0", "f1"))
    assert started.warm
    assert (started.lower, started.upper) == (pytest.approx(8), pytest.approx(8))
