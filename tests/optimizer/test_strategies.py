"""Every strategy gives checked plans with true bounds; the decomposition on parks of several regions."""

from __future__ import annotations

import importlib
import threading
from dataclasses import replace

import numpy as np
import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.files import load
from clusterlane.instances.generate import generate
from clusterlane.instances.network import Network
from clusterlane.instances.transform import only_firms, rights, without_chain_financing, without_money
from clusterlane.models.cluster import build
from clusterlane.optimizer.arrays import Arrays, compile_model
from clusterlane.optimizer.fixing import goods_values
from clusterlane.optimizer.plan import Plan
from clusterlane.optimizer.progress import Progress
from clusterlane.optimizer.solve import solve
from clusterlane.optimizer.strategies import STRATEGIES
from scipy import sparse
from small import add, bench, change, random_network, second_firm

every = pytest.mark.parametrize("strategy", STRATEGIES)


def assert_sound(plan: Plan) -> None:
    """A plan that passes its checks, with a bound not above its objective."""
    assert plan.check["ok"], plan.check["findings"]
    assert plan.objective is not None
    assert plan.bound is not None
    assert plan.bound <= plan.objective


def assert_agree(plan: Plan, other: Plan) -> None:
    """No plan is cheaper than what the other run has proven."""
    for one, two in ((plan, other), (other, plan)):
        assert one.objective is not None
        assert two.bound is not None
        assert one.objective >= two.bound - 1e-6 * abs(two.bound) - 1e-6


@every
@pytest.mark.parametrize("network", [load("tiny"), bench()], ids=["tiny", "bench"])
def test_optimum_of_the_smallest(strategy: str, network: Network) -> None:
    plan, truth = (solve(network, gap=0, strategy=name) for name in (strategy, "monolith"))
    assert_sound(plan)
    assert plan.strategy == strategy
    assert plan.objective == pytest.approx(truth.objective)
    assert plan.bound == pytest.approx(plan.objective)


@pytest.mark.parametrize(
    "seed", [*range(2), *(pytest.param(s, marks=pytest.mark.slow) for s in range(2, 10))]
)
def test_decomposition_of_random_networks(seed: int) -> None:
    """Features by chance: the same optimum as the whole model's, or neither has a plan."""
    network = random_network(4000 + seed, money=seed % 3 > 0)
    plan, truth = (solve(network, gap=0, strategy=name) for name in ("decomposition", "monolith"))
    assert plan.status == truth.status
    if truth.objective is not None:
        assert_sound(plan)
        assert plan.objective == pytest.approx(truth.objective, rel=1e-5, abs=1e-5)


def odd_networks() -> dict[str, Network]:
    """Networks in which a part of what a strategy looks at is missing."""
    shop = tab.Market(market="n", zone="z")
    stray = tab.Warehouse(warehouse="v", zone="z", contract=tab.Contract.PER_USE)
    return {
        "a market that wants nothing": add(bench(), shop, tab.Sale(product="p", market="n", price=20)),
        "stock that reaches no market": add(bench(), stray, tab.Stock(product="p", place="v", opening=3)),
        "a target and a firm without goods": add(
            bench(), tab.Stock(product="p", place="w", target=2), tab.Firm(firm="g", cluster="c")
        ),
        "no hub": bench().replace(hubs=(), haulage=(), lanes=()),
        "two firms without cash": second_firm(change(bench(), tab.Firm, opening_cash=0), opening_cash=0),
    }


@pytest.mark.parametrize("name", odd_networks())
def test_decomposition_of_odd_networks(name: str) -> None:
    network = odd_networks()[name]
    plan, truth = (solve(network, gap=0, strategy=way) for way in ("decomposition", "monolith"))
    assert_sound(plan)
    assert plan.objective == pytest.approx(truth.objective)


TRUTHS: dict[tuple[int, bool], float] = {}


def truth_of(seed: int, network: Network) -> float:
    """The optimum of a random network, found once."""
    key = seed, network.settings.money
    if key not in TRUTHS:
        TRUTHS[key] = solve(network, gap=0).objective or 0.0
    return TRUTHS[key]


def stopped(network: Network, strategy: str, after: int) -> Plan:
    """A run cancelled at its n-th report of progress."""
    cancel, seen = threading.Event(), list[Progress]()

    def listen(progress: Progress) -> None:
        seen.append(progress)
        if len(seen) >= after:
            cancel.set()

    return solve(network, gap=0, strategy=strategy, cancel=cancel, on_progress=listen)


@every
@pytest.mark.parametrize("after", [4, pytest.param(9, marks=pytest.mark.slow)])
def test_cancelled_anywhere(strategy: str, after: int) -> None:
    """What there is by then: a checked plan or none, a true bound or none."""
    network = random_network(4001, money=strategy not in ("location", "separation"))
    truth, plan = truth_of(4001, network), stopped(network, strategy, after)
    assert plan.termination in ("interrupted", "gap")
    if plan.objective is not None:
        assert_kept(plan)
        assert plan.objective >= truth - 1e-6 * abs(truth)
    if plan.bound is not None:
        assert plan.bound <= truth + 1e-6 * abs(truth)


@pytest.mark.parametrize("strategy", ["monolith", "decomposition"])
def test_stopped_by_the_clock(strategy: str) -> None:
    network = random_network(4001, money=True)
    plan, truth = solve(network, gap=0, strategy=strategy, time_limit=0.3), truth_of(4001, network)
    if plan.objective is not None:
        assert_kept(plan)
    assert plan.bound is None or plan.bound <= truth + 1e-6 * abs(truth)


def assert_kept(plan: Plan) -> None:
    assert plan.check["ok"], plan.check["findings"]
    assert plan.bound is None or plan.objective is None or plan.bound <= plan.objective


def from_start(network: Network, plan: Plan) -> Plan:
    """The best plan when only the start was looked at."""
    cancel = threading.Event()

    def stop(progress: Progress) -> None:
        if progress.phase == "whole model":
            cancel.set()

    return solve(network, gap=0, start=plan, cancel=cancel, on_progress=stop, strategy="monolith")


@pytest.mark.parametrize("seed", [1, pytest.param(7, marks=pytest.mark.slow)])
def test_a_start_never_makes_a_plan_worse(seed: int) -> None:
    """Containers that were counted whole are not spread over lanes and rounded up again."""
    network = random_network(seed, money=seed % 2 > 0, periods=2 + seed % 2)
    best = solve(network, gap=0)
    started = from_start(network, best)
    assert_kept(started)
    assert started.objective == pytest.approx(best.objective)


@pytest.mark.slow
def test_a_start_from_another_year() -> None:
    """A fifth more is wanted and a loan product is gone: places are kept, the rest is planned anew."""
    network = random_network(7, money=True, periods=3)
    old = solve(network, gap=0)
    loans = [row for row in network.all_rows(tab.Loan) if row.kind is not tab.LoanKind.ORDER]
    demand = [row.model_copy(update={"quantity": 1.2 * row.quantity}) for row in network.rows(tab.Demand)]
    new = network.replace(demand=demand, loans=loans)
    started, truth = solve(new, gap=0, start=old), solve(new, gap=0)
    assert_sound(started)
    assert started.objective == pytest.approx(truth.objective)


@pytest.mark.parametrize("seed", range(4))
def test_a_start_with_loans_where_none_are_offered(seed: int) -> None:
    """As comparisons do: the plan with 1+N financing begins the search without; its loans are left out."""
    network = random_network(seed, money=True, periods=3, firms=2)
    network = change(network, tab.Settings, single_source=False)
    network = change(network, tab.Funder, min_ticket=1.0)
    old = solve(network, gap=0)
    poorer = without_chain_financing(network)
    for strategy in ("decomposition", "monolith"):
        plan = solve(poorer, gap=0, start=old, strategy=strategy, time_limit=10)
        if plan.objective is not None:
            assert_sound(plan)
            assert old.bound is not None
            assert plan.objective >= old.bound - 1e-6 * (1 + abs(old.bound))


@pytest.mark.parametrize("seed", range(3))
def test_a_start_without_money_where_money_is_planned(seed: int) -> None:
    """And the other way round: what the plan says of goods is taken up."""
    network = random_network(seed, money=True, periods=3, firms=2)
    network = change(network, tab.Settings, single_source=False)
    goods = without_money(network)
    for first, second in ((goods, network), (network, goods)):
        plan = solve(second, gap=0, start=solve(first, gap=0), strategy="decomposition", time_limit=10)
        if plan.objective is not None:
            assert_sound(plan)


@pytest.mark.slow
def test_a_start_from_a_foreign_network_is_no_harm() -> None:
    plan = solve(bench(), gap=0, start=solve(load("tiny"), gap=0.1))
    assert_sound(plan)
    assert plan.objective == pytest.approx(50)


@pytest.mark.slow
def test_decomposition_of_a_park() -> None:
    """A wide gap is reached by the decomposition itself, before the whole model."""
    network = generate("park-4", 1)
    plan = solve(network, gap=0.05, time_limit=20, strategy="decomposition")
    assert_sound(plan)
    assert plan.termination == "gap"
    assert not any("whole model" in line for line in plan.log)
    assert_agree(plan, solve(network, gap=0.05, time_limit=20, strategy="monolith"))


@pytest.mark.slow
def test_decomposition_of_a_larger_park() -> None:
    plan = solve(generate("park-10", 1), gap=0.05, time_limit=20, strategy="decomposition", threads=2)
    assert_sound(plan)
    assert plan.termination in ("gap", "time")


def test_the_first_plan_is_bettered_by_all_firms_together_before_the_bound() -> None:
    """The first plan, all firms in its places, then prices: other places come after them."""
    seen: list[str] = []
    network, cancel = generate("park-4", 1), threading.Event()

    def listen(progress: Progress) -> None:
        seen.append(progress.phase)
        if progress.phase == "other places":
            cancel.set()

    plan = solve(
        network,
        gap=0.001,
        strategy="decomposition",
        threads=2,
        on_progress=listen,
        cancel=cancel,
        time_limit=25,
    )
    assert_sound(plan)
    order = [seen.index(phase) for phase in ("first plan", "all firms together", "prices", "bound by firm")]
    assert order == sorted(order)
    assert "other places" not in seen[: order[-1]]
    assert_agree(plan, solve(network, gap=0.02, time_limit=10, strategy="monolith"))


def test_unknown_strategy() -> None:
    with pytest.raises(ValueError, match="no strategy 'luck'"):
        solve(bench(), strategy="luck")


@pytest.mark.slow
def test_prices_of_an_earlier_plan_that_bound_nothing_are_found_anew() -> None:
    """The true-up has no limits: with prices on the operator's account there is no bound by firm."""
    network = change(random_network(2, money=True, firms=3), tab.Settings, single_source=False)
    plan = solve(network, gap=0.02, strategy="decomposition")
    assert plan.prices is not None
    account = [
        ("operator_balance", key) for key in compile_model(build(network)).row_keys["operator_balance"]
    ]
    dear = np.ones((plan.prices.values.shape[0], len(account)))
    values = sparse.csr_matrix(sparse.hstack([plan.prices.values, sparse.csr_matrix(dear)]))
    rows, freight = (*plan.prices.rows, *account), np.append(plan.prices.freight, np.zeros(len(account)))
    bad = replace(plan, prices=replace(plan.prices, rows=rows, values=values, freight=freight))
    cancel, bounds = threading.Event(), dict[str, float | None]()

    def listen(progress: Progress) -> None:
        bounds.setdefault(progress.phase, progress.bound)
        if progress.phase == "other places":
            cancel.set()

    solve(network, gap=0, start=bad, strategy="decomposition", cancel=cancel, on_progress=listen)
    assert bounds["all firms together"] is None
    assert bounds["other places"] is not None


@pytest.mark.parametrize("left", [0, pytest.param(2, marks=pytest.mark.slow)])
def test_firms_that_leave_leave_a_plan_for_the_others(left: int) -> None:
    """Lines and room are fewer with them: what no longer holds is planned anew at the prices known, the bound
    is that of the firms that stay."""
    network = generate("park-4", 5)
    plan = solve(network, gap=0.05, strategy="decomposition", time_limit=60)
    firms = sorted(rights(network))
    fewer = only_firms(network, firms[:left] + firms[left + 1 :])
    again = solve(fewer, gap=0.08, strategy="decomposition", start=plan, time_limit=60)
    whole = solve(fewer, gap=0.02, strategy="monolith", time_limit=15)
    assert_sound(again)
    assert again.termination == "gap"
    assert (again.bound or np.inf) <= (whole.objective or 0.0) * (1 + 1e-6)
    assert (again.objective or 0.0) >= (whole.bound or np.inf) * (1 - 1e-6)


@pytest.mark.parametrize("seed", [*(pytest.param(s, marks=pytest.mark.slow) for s in (1, 5)), 2])
def test_a_warehouse_that_closes_is_planned_around_and_the_bound_holds(seed: int) -> None:
    """Its firms are planned anew, or other places are found, and what is proven is below every plan."""
    network = generate("park-4", seed)
    plan = solve(network, gap=0.05, strategy="decomposition", time_limit=60)
    shut = min(plan.tables["leases"]["warehouse"])
    closed = change(network, tab.Warehouse, lambda row: row.warehouse == shut, state=tab.State.CLOSED)
    again = solve(closed, gap=0.08, strategy="decomposition", start=plan, time_limit=60)
    whole = solve(closed, gap=0.02, strategy="monolith", time_limit=15)
    assert_sound(again)
    assert again.termination == "gap"
    assert shut not in set(again.tables["leases"]["warehouse"])
    assert (again.bound or np.inf) <= (whole.objective or 0.0) * (1 + 1e-6)
    assert (again.objective or 0.0) >= (whole.bound or np.inf) * (1 - 1e-6)


def test_prices_that_prove_less_than_is_asked_for_leave_their_bound_behind() -> None:
    """New prices are made, but what the old ones prove is known from then on, with its certificate."""
    network = generate("park-4", 3)
    plan = solve(network, gap=0.05, strategy="decomposition")
    assert plan.bound_verified is not None
    cancel = threading.Event()

    def listen(progress: Progress) -> None:
        if progress.phase == "prices":
            cancel.set()

    start = replace(plan, bound_verified=plan.objective)
    options = {"strategy": "decomposition", "cancel": cancel, "on_progress": listen}
    again = solve(network, gap=1e-4, start=start, **options)  # type: ignore[arg-type]
    assert cancel.is_set()
    assert again.bound_verified == pytest.approx(plan.bound_verified, rel=1e-6)
    assert_sound(again)


def test_what_known_prices_prove_is_the_first_thing_said_of_a_start() -> None:
    """However short the time is, a re-solve has that bound."""
    network = generate("park-4", 3)
    plan = solve(network, gap=0.05, strategy="decomposition")
    dearer = change(network, tab.LaneContainer, cost=3000.0)
    cancel = threading.Event()
    seen: list[tuple[str, float | None]] = []

    def listen(progress: Progress) -> None:
        seen.append((progress.phase, progress.bound))
        if progress.bound is not None:
            cancel.set()

    again = solve(dearer, gap=0.05, strategy="decomposition", start=plan, cancel=cancel, on_progress=listen)
    assert {phase for phase, _ in seen} == {"model", "start"}
    assert again.bound is not None
    truth = solve(dearer, gap=0.05, strategy="decomposition")
    assert again.bound <= (truth.objective or 0.0)


def test_an_optimum_that_is_another_than_the_point_given_proves_nothing_of_it() -> None:
    """HiGHS 1.16, started from a plan of 785 and presolved, spoke of 706 and gave the plan of 785 back."""
    network = random_network(30, money=True, periods=2, firms=2)
    plan = solve(network, gap=0.02, strategy="decomposition", time_limit=10)
    again = solve(network, gap=1e-3, strategy="decomposition", start=plan, time_limit=20)
    best = solve(network, gap=1e-7, strategy="monolith")
    assert_agree(again, best)
    assert again.objective == pytest.approx(best.objective, rel=1e-3)


def test_a_firm_may_be_called_as_anything_of_ours() -> None:
    network = random_network(5, money=False, periods=2, firms=2)
    renamed = {
        name: [
            type(row)(**{k: "places" if v == "f0" else v for k, v in row.model_dump().items()})
            for row in rows
        ]
        for name, kind in tab.TABLES.items()
        if (rows := network.all_rows(kind))
    }
    plans = [solve(n, gap=1e-4, strategy="decomposition") for n in (network, network.replace(**renamed))]
    assert plans[0].objective == pytest.approx(plans[1].objective, rel=2e-4)
    assert_agree(*plans)


@pytest.mark.parametrize("seed", [4, 5, 20])
@pytest.mark.parametrize("change_", ["none", "forced", "level"])
def test_what_a_tree_over_hubs_proved_is_proven_at_once_of_the_same_parts(seed: int, change_: str) -> None:
    """Also where a hub must be open and only its level is decided, and where there is one level more."""
    network = random_network(seed, money=False, periods=2, firms=2)
    if change_ == "forced":
        network = change(network, tab.Hub, lambda row: row.hub == "h0", state=tab.State.FORCED)
    plan = solve(network, gap=1e-6, strategy="decomposition")
    assert plan.prices is not None
    level = network.rows(tab.HubLevel)[-1].model_copy(update={"level": "zz", "opening_cost": 1e4})
    after = add(network, level) if change_ == "level" else network
    cancel = threading.Event()

    def listen(progress: Progress) -> None:
        if progress.bound is not None:
            cancel.set()

    again = solve(after, gap=1e-6, strategy="decomposition", start=plan, cancel=cancel, on_progress=listen)
    assert again.bound is not None
    assert plan.bound_verified is not None
    assert plan.bound_verified <= (plan.objective or np.inf)
    assert again.bound >= plan.bound_verified - 1e-6 * abs(plan.bound_verified)


def test_prices_made_to_plan_with_prove_a_bound_but_nothing_begins_with_them() -> None:
    """Stopped before any others are made: a re-solve makes them."""
    cancel = threading.Event()

    def listen(progress: Progress) -> None:
        if progress.phase == "prices":
            cancel.set()

    network = generate("park-4", 3)
    early = solve(network, gap=1e-4, strategy="decomposition", cancel=cancel, on_progress=listen)
    assert early.bound is not None
    assert early.bound_verified == pytest.approx(early.bound, rel=1e-6)
    assert early.prices is None
    assert_sound(early)


def test_places_kept_in_a_large_network_everything_else_is_planned_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As ``stress`` does it: less is demanded, leases and hubs stay; no need of the whole model."""
    monkeypatch.setattr(importlib.import_module("clusterlane.optimizer.strategies.replanning"), "LARGE", 0)
    network = load("tiny")
    plan = solve(network, gap=0)
    less = network.replace(
        demand=[
            row.model_copy(update={"quantity": 0.9 * row.quantity}) for row in network.all_rows(tab.Demand)
        ]
    )

    def kept(arrays: Arrays) -> Arrays:
        x, held = goods_values(arrays, plan.tables), arrays.columns_of(("lease", "hub"))
        return replace(arrays, lower=np.where(held, x, arrays.lower), upper=np.where(held, x, arrays.upper))

    again, whole = (solve(less, gap=0, start=start, amend=kept) for start in (plan, None))
    assert (again.strategy, whole.strategy) == ("replanning", "monolith")
    assert again.check["ok"], again.check["findings"]
    assert again.objective is not None
    assert whole.objective is not None
    assert whole.objective - 1e-6 <= again.objective <= 1.1 * whole.objective
    assert set(again.tables["leases"]["warehouse"]) == set(plan.tables["leases"]["warehouse"])
