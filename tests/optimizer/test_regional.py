"""Goods of a region: its relaxation below the optimum, its flows under the plan's places not above."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network
from clusterlane.models.cluster import build
from clusterlane.optimizer.arrays import compile_model
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.highs import Solver
from clusterlane.optimizer.places import Places
from clusterlane.optimizer.plan import Plan
from clusterlane.optimizer.point import point_of
from clusterlane.optimizer.regional import Flow, RegionGoods
from clusterlane.optimizer.relaxation import LAZY, Relaxation
from clusterlane.optimizer.solve import solve
from small import add, bench, change, random_network


def places_of(plan: Plan) -> Places:
    leases = plan.tables["leases"][["warehouse", "tier", "start"]].itertuples(index=False, name=None)
    hubs = plan.tables["hubs"][["hub", "level"]].itertuples(index=False, name=None)
    return Places(frozenset(leases), frozenset(plan.tables["sites"]["warehouse"]), frozenset(hubs))


def solved(seed: int) -> tuple[Network, Plan]:
    """A random network of one region without money, and its optimum; no rules that only whole models keep."""
    network = random_network(seed, periods=3)
    network = change(network, tab.Settings, single_source=False)
    return network, solve(network, gap=0, strategy="monolith")


def slack(value: float) -> float:
    return 1e-6 * (1 + abs(value))


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 5, 6])
def test_relaxation_optimum_and_flows(seed: int) -> None:
    """relaxation <= flows under the optimum's places <= optimum: containers are counted in parts."""
    network, plan = solved(seed)
    goods = RegionGoods(network)
    relaxed = goods.relax(Clock())
    if plan.objective is None:
        return
    assert relaxed is not None
    flow = goods.flow(places_of(plan), Clock())
    assert flow is not None
    assert relaxed.cost <= flow.cost + slack(flow.cost)
    assert flow.cost <= plan.objective + slack(plan.objective)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_flow_serves_all_demand(seed: int) -> None:
    network, plan = solved(seed)
    flow = RegionGoods(network).flow(places_of(plan), Clock()) if plan.objective is not None else None
    if flow is None:
        return
    served: dict[tuple[str, str, int], float] = {}
    for (component, key), units in flow.goods.items():
        if component in ("deliver", "parcel", "unmet"):
            at = (key[0], key[-2], key[-1])
            served[at] = served.get(at, 0.0) + units
    wanted = {(r.product, r.market, r.period): r.quantity for r in network.rows(tab.Demand)}
    assert served == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_fitted_leases_are_no_dearer_where_they_hold_what_is_shipped(seed: int) -> None:
    """Fitting never returns what is not below the limit asked for in its relaxed form; its leases are of
    warehouses that were leased."""
    network, plan = solved(seed)
    if plan.objective is None:
        return
    goods, places = RegionGoods(network), places_of(plan)
    fitted = goods.fit(places, Clock())
    assert goods.fit(places, Clock(), below=-1e12) is None
    if fitted is not None:
        assert {w for w, _, _ in fitted.leases} <= {w for w, _, _ in places.leases}
        again = goods.flow(replace(places, leases=fitted.leases), Clock())
        assert again is not None
        assert again.cost == pytest.approx(fitted.cost)


def test_no_time() -> None:
    goods = RegionGoods(change(bench(), tab.Settings, money=False))
    nowhere = Places(frozenset(), frozenset(), frozenset())
    assert goods.relax(Clock(0)) is None
    assert goods.flow(nowhere, Clock(0)) is None
    assert goods.fit(nowhere, Clock(0)) is None


def test_a_region_has_its_part_of_a_level() -> None:
    """A level of 10 m3: a region with half of it serves 5 of its 10 units, and pays half of it."""
    nothing_waits = change(change(bench(), tab.Hub, storage_m3=0), tab.Warehouse, storage_m3=0)
    network = add(
        change(nothing_waits, tab.Settings, money=False),
        tab.HubLevel(hub="h", level="s", capacity_m3_month=10, opening_cost=20),
    )
    goods, open_ = RegionGoods(network), Places(frozenset(), frozenset({"w"}), frozenset({("h", "s")}))
    costs = [
        getattr(RegionGoods(network, share=share).flow(open_, Clock()), "cost", None) for share in (1.0, 0.5)
    ]
    assert costs == pytest.approx([20, 10 + 50])
    shut = goods.flow(replace(open_, hubs=frozenset()), Clock())
    assert isinstance(shut, Flow)
    assert shut.cost == pytest.approx(100)


@pytest.mark.parametrize("seed", range(8))
def test_rows_listed_when_broken_give_the_whole_relaxation(seed: int) -> None:
    """Every round is a bound; without limit of rounds it is the relaxation with every row."""
    arrays = compile_model(build(random_network(seed, money=seed % 2 > 0)))
    truth = Solver(arrays).run(Clock()).objective
    relaxation = Relaxation(arrays)
    found = relaxation.solve(Clock())
    if truth is None:
        return
    assert found.objective == pytest.approx(truth, rel=1e-6, abs=1e-4)
    assert relaxation.holds(found.values())
    assert len(set(relaxation.rows)) == len(relaxation.rows)
    first = Relaxation(arrays).solve(Clock(), rounds=0).objective
    assert first is not None
    assert first <= truth + slack(truth)
    without = Relaxation(arrays, LAZY).solve(Clock())
    assert without.objective is not None
    assert without.objective <= truth + slack(truth)
    assert np.isfinite(without.values()).all()


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_rows_expected_to_bind_tighten_the_relaxation(seed: int) -> None:
    """With the lazy rows that an optimum uses the relaxation is no lower than without any, and still below
    the optimum."""
    network, plan = solved(seed)
    if plan.objective is None:
        return
    goods, expecting = RegionGoods(network), RegionGoods(network)
    joint = compile_model(build(network))
    expecting.expect(joint, point_of(joint, plan.tables, {}))
    loose, tight = goods.relax(Clock(), rounds=0), expecting.relax(Clock())
    assert loose is not None
    assert tight is not None
    assert loose.cost <= tight.cost + slack(tight.cost)
    assert tight.cost <= plan.objective + slack(plan.objective)


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 5, 6])
def test_leases_for_less_of_the_needs_cost_no_more(seed: int) -> None:
    """Rent falls with the part of the needs that is covered; whatever flows are left keep their places'
    rules, so none is below the relaxation."""
    network, plan = solved(seed)
    if plan.objective is None:
        return
    goods, places = RegionGoods(network), places_of(plan)
    flow, relaxed = goods.flow(places, Clock()), goods.relax(Clock(), rounds=9)
    assert flow is not None
    assert relaxed is not None
    lease = goods.arrays.place("lease")
    rents = []
    for trial in goods.leased_for(flow.goods, places):
        rents.append(sum(goods.arrays.cost[lease[key]] for key in trial.leases))
        found = goods.flow(trial, Clock())
        assert found is None or found.cost >= relaxed.cost - slack(relaxed.cost)
    assert rents == sorted(rents, reverse=True)


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_flows_in_fewer_columns_are_no_cheaper(seed: int) -> None:
    """At the same costs: in all columns the same, in those that the flows use as cheap, in none dearer."""
    network, plan = solved(seed)
    if plan.objective is None:
        return
    goods, places, joint = RegionGoods(network), places_of(plan), compile_model(build(network))
    every = np.ones(len(joint.cost), dtype=bool)
    flow = goods.flow(places, Clock())
    same = goods.at(joint, None, every).flow(places, Clock())
    assert flow is not None
    assert same is not None
    assert same.cost == pytest.approx(flow.cost, rel=1e-6, abs=1e-5)
    without = every & ~joint.columns_of(("deliver", "ship"))
    poorer = goods.at(joint, None, without).flow(places, Clock())
    assert poorer is None or poorer.cost >= flow.cost - slack(flow.cost)
