"""What large networks get instead of caps: prices.  Forced here on a small one, where caps work too."""

from __future__ import annotations

import sys
from dataclasses import replace

import pandas as pd
import pytest
from clusterlane.instances.findings import InputError
from clusterlane.instances.network import Network
from clusterlane.optimizer import Plan, check, solve
from clusterlane.optimizer.scenarios import tradeoff as curves
from clusterlane.optimizer.scenarios.alternatives import alternatives, places
from clusterlane.optimizer.scenarios.by_price import Measure, Priced, Tried, bounded, curve, efficient, near
from clusterlane.optimizer.scenarios.measures import AGAINST, measure_of
from clusterlane.optimizer.scenarios.today import Steps, baseline, improve


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every network counts as large."""
    for name in (
        "solve",
        "scenarios.tradeoff",
        "scenarios.today",
        "scenarios.alternatives",
        "strategies.replanning",
    ):
        monkeypatch.setattr(sys.modules[f"clusterlane.optimizer.{name}"], "LARGE", 0)


@pytest.mark.parametrize("against", list(AGAINST))
def test_points_found_by_price_are_those_of_caps(tiny: Network, against: str, large: None) -> None:
    points = curves.tradeoff(tiny, against, points=4, gap=0, workers=1)
    free = points[0]
    unmet = curves.unmet_m3(tiny, free.plan)
    assert [p.value for p in points] == sorted((p.value for p in points), reverse=True)
    assert [p.cost for p in points] == sorted(p.cost for p in points)
    for point in points:
        assert not check(tiny, point.plan)
        assert point.bound is not None
        assert point.bound <= point.cost
        capped = curves.solve_point(
            point.value,
            network=tiny,
            against=against,
            unmet=unmet,
            options=curves.Options(0.0),
            start=free.plan,
        )
        assert capped is not None
        assert capped.cost <= point.cost * (1 + 1e-6), "the cap allows the plan made under the price"
        assert capped.cost >= point.bound * (1 - 1e-6), "the bound holds under the cap"


def test_prices_are_chosen_by_the_chords_of_the_curve() -> None:
    """A convex curve of three plans, (quantity, cost): (4, 10), (2, 12), (0, 20)."""
    plans = {(4.0, 10.0), (2.0, 12.0), (0.0, 20.0)}
    asked: list[float] = []

    def made(quantity: float, cost: float, bound: float) -> Plan:
        kpis = {"controllable_cost": 10.0, "quantity": quantity}
        return Plan("", "", "feasible", "", {}, pd.DataFrame(), objective=cost, bound=bound, kpis=kpis)

    def answer(amend: Priced | None, start: Plan) -> Plan:
        assert amend is not None
        asked.append(amend.price)
        quantity, cost = min(plans, key=lambda p: p[1] + amend.price * p[0])
        return made(quantity, cost, cost)

    measure = Measure(lambda arrays: {}, lambda plan: float(plan.kpis["quantity"]))
    told: list[Tried] = []
    found = curve(measure, made(4.0, 10.0, 9.0), 4, answer, told.append)
    assert [(one.quantity, one.cost) for one in found] == [(4.0, 10.0), (2.0, 12.0)]
    assert asked[0] == pytest.approx(2.5), "the controllable cost over the quantity"
    assert asked[1] == pytest.approx(1.0), "the chord"
    assert len(told) == 1 + len(asked)
    assert found[0].plan.bound == pytest.approx(max(9.0, 12.0 + 1.0 * (2 - 4), 12.0 + 2.5 * (2 - 4)))


def test_dominated_plans_are_left_out(plan: Plan) -> None:
    tried = [Tried(0.0, q, c, plan) for q, c in [(5, 10), (3, 12), (4, 13), (3, 11), (5, 9)]]
    assert [(one.quantity, one.cost) for one in efficient(tried)] == [(5, 9), (3, 11)]


def test_another_bound_makes_a_plan_optimal_but_not_one_that_breaks_rules(plan: Plan) -> None:
    kept, broken = replace(plan, status="feasible"), replace(plan, status="imprecise")
    assert bounded(kept, plan.objective).status == "optimal"
    assert bounded(kept, None).status == "feasible"
    assert {bounded(broken, bound).status for bound in (plan.objective, None)} == {"imprecise"}


def test_loans_under_a_cap_at_a_time_may_be_that_high_all_the_time(tiny: Network, plan: Plan) -> None:
    measure = measure_of(tiny, "credit")
    assert measure.ceiling is not None
    assert measure.ceiling(plan) >= measure.quantity(plan) > 0


def test_how_much_may_change_is_kept_by_a_price(tiny: Network, large: None) -> None:
    lease = pd.DataFrame({"warehouse": ["east"], "tier": ["standard"], "start": [1]})
    hubs = pd.DataFrame({"hub": [], "level": []})
    today = baseline(tiny, {"leases": lease, "hubs": hubs}).plan
    assert today is not None
    assert today.check["ok"]
    for most in (0, 2):
        better = improve(tiny, today, Steps(sites=most), gap=0)
        assert len(set(better.tables["sites"]["warehouse"]) ^ set(today.tables["sites"]["warehouse"])) <= most
        assert better.objective is not None
        assert not check(tiny, better)
        assert better.bound is None or better.bound <= better.objective
    assert better.objective == pytest.approx(solve(tiny, gap=0).objective or 0.0)
    with pytest.raises(ValueError, match="limit the sites"):
        improve(tiny, today, Steps(lanes=1))


def test_a_large_network_is_not_searched_for_todays_places(tiny: Network, plan: Plan, large: None) -> None:
    with pytest.raises(InputError, match=r"hubs\.csv is missing"):
        baseline(tiny, {"leases": plan.tables["leases"]}, file="now")


def test_too_many_changes_raise_the_price_and_too_few_lower_it(plan: Plan) -> None:
    """Four, then two, then no changes as the price rises; one is allowed."""
    asked: list[float] = []

    def answer(amend: Priced | None, start: Plan) -> Plan:
        asked.append(amend.price if amend else 0.0)
        changes = 4.0 if asked[-1] < 10 else 2.0 if asked[-1] < 100 else 0.0
        return replace(plan, objective=100.0 - 10 * changes, bound=50.0, kpis={"changes": changes})

    measure = Measure(lambda arrays: {}, lambda one: float(one.kpis["changes"]))
    today = replace(plan, objective=100.0, kpis={"changes": 0.0})
    found = near(measure, today, 1.0, answer, lambda: today)
    assert asked[0] == 0.0
    assert asked == pytest.approx([0, 10, 40, 160, 80]), "up while there are too many, then between"
    assert found.kpis["changes"] == 0.0
    assert found.bound is not None
    assert found.bound <= 100.0


def test_alternatives_pay_for_places_used_so_far(tiny: Network, plan: Plan, large: None) -> None:
    found = alternatives(tiny, plan, within=0.7, count=2, time_limit=30)
    assert found
    assert plan.objective is not None
    for one in found:
        assert places(one.plan) != places(plan)
        assert one.plan.objective is not None
        assert one.plan.objective <= plan.objective * 1.7
        assert not check(tiny, one.plan)
