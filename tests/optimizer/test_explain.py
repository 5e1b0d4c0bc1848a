"""Why there is no plan and what would allow one; why a plan is as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from clusterlane.instances import files
from clusterlane.instances import tables as tab
from clusterlane.instances.findings import InputError
from clusterlane.instances.generate import generate
from clusterlane.instances.network import Network
from clusterlane.optimizer import solve
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.explain import Explanation, apply, explain_infeasible, explain_plan, ladder, worth
from clusterlane.optimizer.explain.elastic import Elastic, Relief
from clusterlane.optimizer.explain.words import reasons_text
from clusterlane.optimizer.highs import Status
from small import add, bench, change, random_network
from test_cli import answer, run


def must(net: Network, unserved: float = 0.0) -> Network:
    """All demand has to be served."""
    return change(net, tab.Sale, unmet_share=unserved)


def rich(cash: float = 500) -> Network:
    """Cash is no limit."""
    return must(change(bench(), tab.Firm, opening_cash=cash))


def lent(line: float = 20, **funder: float) -> Network:
    """The missing 50 are to be had on orders from a bank with a small line."""
    net = change(must(bench()), tab.Funder, line=line, **funder)
    return add(net, tab.Loan(loan="g", funder="b", kind=tab.LoanKind.ORDER, advance=1.0, tenor_days=60))


def guaranteed(relation: float = 1000, whole: float = 1000) -> Network:
    """A core firm's guarantee is what the bank lends on."""
    net = change(must(bench()), tab.Funder, line=1000)
    return add(
        net,
        tab.Firm(firm="core", cluster="c", rating="good"),
        tab.Core(core="core", guarantee_line=whole),
        tab.Guarantee(core="core", relation=tab.Relation.TRADE, line=relation),
        tab.Member(firm="f", core="core", relation=tab.Relation.TRADE),
        tab.Loan(
            loan="g",
            funder="b",
            kind=tab.LoanKind.ORDER,
            advance=0.0,
            advance_guaranteed=1.0,
            tenor_days=60,
        ),
    )


def leased(**tier: float | None) -> Network:
    """The warehouse is leased in one tier."""
    net = change(change(rich(), tab.Settings, operator_cash=200), tab.Warehouse, contract=tab.Contract.LEASE)
    return add(net, tab.Tier(**{"warehouse": "w", "tier": "n", "rent_month": 30.0, **tier}))


CASES: dict[str, tuple[Callable[[], Network], set[str]]] = {
    "cash": (lambda: must(bench()), {"firms.opening_cash"}),
    "least cash": (lambda: change(rich(), tab.Firm, min_cash=450), {"firms.opening_cash", "firms.min_cash"}),
    "some may go unserved": (lambda: must(bench(), 0.2), {"firms.opening_cash"}),
    "lane": (lambda: change(rich(), tab.Lane, capacity_m3_month=3), {"lanes.capacity_m3_month"}),
    "throughput": (
        lambda: change(rich(), tab.Warehouse, throughput_m3_month=3),
        {"warehouses.throughput_m3_month"},
    ),
    "storage": (
        lambda: add(
            change(rich(), tab.Warehouse, storage_m3=2), tab.Stock(product="p", place="w", opening=10)
        ),
        {"warehouses.storage_m3"},
    ),
    "tier throughput": (lambda: leased(throughput_m3_month=4), {"tiers.throughput_m3_month"}),
    "tier storage": (
        lambda: add(leased(storage_m3=4), tab.Stock(product="p", place="w", opening=10)),
        {"tiers.storage_m3"},
    ),
    "no lease may start": (lambda: change(leased(), tab.Period, max_openings=0), {"periods.max_openings"}),
    "no site allowed": (lambda: change(leased(), tab.Period, max_sites=0), {"periods.max_sites"}),
    "hub level": (
        lambda: add(rich(), tab.HubLevel(hub="h", level="s", capacity_m3_month=2)),
        {"hub_levels.capacity_m3_month"},
    ),
    "emissions": (
        lambda: change(change(rich(), tab.Lane, co2_kg_t=100), tab.Settings, co2_cap=0.5),
        {"settings.co2_cap"},
    ),
    "coverage": (
        lambda: change(
            change(change(rich(), tab.Sale, unmet_share=1.0), tab.Lane, capacity_m3_month=3),
            tab.Period,
            lambda row: row.period == 2,
            min_covered=1,
        ),
        {"periods.min_covered", "lanes.capacity_m3_month"},
    ),
    "more markets than there are": (
        lambda: change(rich(), tab.Period, lambda row: row.period == 2, min_covered=3),
        {"periods.min_covered"},
    ),
    "target stock": (
        lambda: add(change(rich(), tab.Warehouse, storage_m3=4), tab.Stock(product="p", place="w", target=7)),
        {"stock.target", "warehouses.storage_m3"},
    ),
    "funder line": (lambda: lent(), {"funders.line", "firms.opening_cash"}),
    "concentration": (
        lambda: lent(100, max_firm_share=0.2),
        {"funders.max_firm_share", "funders.line", "firms.opening_cash"},
    ),
    "expected loss": (
        lambda: lent(100, loss_cap=0.01),
        {"funders.loss_cap", "funders.line", "firms.opening_cash"},
    ),
    "credit limit": (
        lambda: change(lent(1000), tab.Firm, credit_limit=30),
        {"firms.credit_limit", "firms.opening_cash"},
    ),
    "guarantees of a relation": (
        lambda: guaranteed(relation=20),
        {"guarantees.line", "firms.opening_cash"},
    ),
    "guarantees in all": (
        lambda: guaranteed(whole=20),
        {"cores.guarantee_line", "firms.opening_cash"},
    ),
    "emergency credit limited": (
        lambda: change(change(must(bench()), tab.Settings, emergency_rate=0.2), tab.Firm, emergency_limit=10),
        {"firms.emergency_limit", "firms.opening_cash"},
    ),
    "early demand": (
        lambda: change(rich(), tab.Lane, days=70),
        {"sales.unmet_share"},
    ),
}


def explained(net: Network) -> Explanation:
    found = explain_infeasible(net, price=False)
    assert found.status == "explained"
    return found


@pytest.mark.parametrize("case", CASES)
def test_the_suggestions_make_a_plan_possible(case: str) -> None:
    make, expected = CASES[case]
    net = make()
    found = explained(net)
    assert {s.cell.rule for s in found.suggestions} <= expected
    assert found.suggestions
    plan = solve(found.repaired(net), gap=0.01)
    assert plan.status in ("optimal", "feasible")
    assert plan.check["ok"]


@pytest.mark.parametrize(
    "case",
    ["cash", "least cash", "some may go unserved", "emergency credit limited", "emissions", "coverage"],
)
def test_large_networks_are_repaired_group_by_group(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The way of large networks, taken by small ones."""
    monkeypatch.setattr(ladder, "LARGE", 0)
    net = CASES[case][0]()
    found = explained(net)
    assert {s.cell.rule for s in found.suggestions} <= CASES[case][1]
    plan = solve(found.repaired(net), gap=0.01)
    assert plan.check["ok"]
    if found.conflict is not None:
        others = [s for s in found.suggestions if s.cell.rule not in found.conflict.groups]
        assert explain_infeasible(apply(net, others), price=False).status == "explained"


def test_a_group_of_firms_that_cannot_pay_is_a_conflict_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladder, "LARGE", 0)
    found = explained(must(bench()))
    assert found.conflict is not None
    assert found.conflict.minimal
    assert set(found.conflict.groups) == {"firms.opening_cash", "sales.unmet_share"}


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in CASES if case != "more markets than there are"])
def test_the_conflict_is_a_conflict_and_none_of_it_can_be_left_out(case: str) -> None:
    net = CASES[case][0]()
    found = explained(net)
    assert found.conflict is not None
    assert found.conflict.minimal
    others = [s for s in found.suggestions if s.cell.rule not in found.conflict.groups]
    assert explain_infeasible(apply(net, others), price=False).status == "explained", (
        "what is not in the conflict does not resolve it"
    )


def test_one_unit_less_than_suggested_is_not_enough() -> None:
    net = must(bench())
    (only,) = explained(net).suggestions
    assert (only.limit, only.suggested) == (50, 100)
    assert solve(change(net, tab.Firm, opening_cash=99)).status == "infeasible"


def test_the_effect_of_serving_less_is_the_margin_lost() -> None:
    found = explain_infeasible(must(bench()), keep=["firms"])
    (only,) = found.suggestions
    assert (only.cell.rule, only.suggested) == ("sales.unmet_share", 0.5)
    assert only.effect == pytest.approx(50), "5 units at a margin of 10"
    assert found.cost == pytest.approx(50)


def test_a_repair_in_hand_counts_though_it_is_not_proven_least(monkeypatch: pytest.MonkeyPatch) -> None:
    net, calls = must(bench()), list[int]()
    least = ladder.least_relief

    def stopped(model: Elastic, clock: Clock, gap: float = 0.01) -> Relief:
        calls.append(1)
        return replace(least(model, clock, gap), status=Status.LIMIT)

    monkeypatch.setattr(ladder, "least_relief", stopped)
    found = explained(net)
    assert len(calls) == 1, "the plan of the elastic model shows that nothing more has to move"
    assert any("not proven" in remark for remark in found.remarks)


def test_a_conflict_of_whole_numbers_alone_is_found() -> None:
    """Two houses could share the deliveries, but all of them must come from one."""
    lane, mile = rich().rows(tab.Lane)[0], rich().rows(tab.LastMile)[0]
    house = rich().rows(tab.Warehouse)[0].model_copy(update={"warehouse": "w2"})
    net = add(
        rich(),
        house,
        lane.model_copy(update={"lane": "l2", "warehouse": "w2"}),
        mile.model_copy(update={"warehouse": "w2"}),
    )
    net = change(change(net, tab.Warehouse, throughput_m3_month=6), tab.Settings, single_source=True)
    found = explained(net)
    assert found.conflict is not None
    assert not found.conflict.relaxation, "half of it from each would do"
    assert found.conflict.minimal
    assert set(found.conflict.groups) == {
        "sales.unmet_share",
        "settings.single_source",
        "warehouses.throughput_m3_month",
    }


def test_priorities_choose_what_gives_way() -> None:
    net = change(rich(), tab.Firm, min_cash=450)
    dear = explain_infeasible(net, weights={"firms.opening_cash": 1000.0}, price=False)
    assert [s.cell.rule for s in dear.suggestions] == ["firms.min_cash"]
    with pytest.raises(ValueError, match="no limit is called money"):
        explain_infeasible(net, keep=["money"])


def test_a_network_with_a_plan_has_nothing_to_explain() -> None:
    found = explain_infeasible(bench())
    assert (found.status, found.suggestions, found.conflict) == ("feasible", (), None)


def test_mistakes_in_the_data_are_not_explained_away() -> None:
    with pytest.raises(InputError):
        explain_infeasible(change(bench(), tab.Sale, product="nothing"))


def tight(seed: int) -> Network:
    """A random network with a few limits drawn too tight."""
    r = Random(seed)
    net = must(random_network(seed, money=r.random() < 0.7), r.choice([0.0, 0.1, 0.3]))
    for chance, kind, values in (
        (0.3, tab.Settings, {"emergency_rate": None}),
        (0.3, tab.Settings, {"co2_cap": 1.0}),
        (0.3, tab.Period, {"min_covered": 2}),
        (0.3, tab.Product, {"safety_days": 20.0}),
        (0.3, tab.Warehouse, {"storage_m3": 1.0}),
    ):
        if r.random() < chance:
            net = change(net, kind, **values)
    return net


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(24))
def test_random_networks_have_a_plan_once_repaired(seed: int) -> None:
    net = tight(seed)
    found = explain_infeasible(net, price=False, conflict=False)
    assert found.status in ("explained", "feasible")
    assert solve(found.repaired(net), gap=0.05).status in ("optimal", "feasible")


def test_reasons_of_a_plan_are_costs_of_plans_without_it() -> None:
    net = files.load("tiny")
    plan = solve(net, gap=0)
    reasons = explain_plan(net, plan)
    (site,) = reasons.sites
    closed = change(net, tab.Warehouse, lambda row: row.warehouse == site.warehouse, state=tab.State.CLOSED)
    assert plan.objective is not None
    dearer = (solve(closed, gap=0).objective or 0.0) - plan.objective
    assert site.extra_low == pytest.approx(dearer, rel=1e-6)
    (parcel,) = reasons.parcels
    assert parcel.extra == pytest.approx(14)
    assert "7 USD a unit more" in parcel.reason
    assert explain_plan(net, plan, warehouses=[site.warehouse]).sites == (site,)


def test_without_time_nothing_is_claimed() -> None:
    net = files.load("tiny")
    reasons = explain_plan(net, solve(net, gap=0), time_limit=0.0)
    assert (reasons.settled, reasons.limits) == (False, ())
    text = reasons_text(reasons, "USD")
    assert "not settled in the time given" in text
    assert "no limit holds" not in text


@pytest.mark.parametrize("large", [0, worth.LARGE])
def test_the_worth_of_a_limit_is_what_moving_it_saves(large: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worth, "LARGE", large)
    net = lent(20)
    net = change(net, tab.Sale, unmet_share=1.0)
    plan = solve(net, gap=0)
    line = {w.cell.rule: w for w in explain_plan(net, plan).limits}["funders.line"]
    moved = solve(change(net, tab.Funder, line=20 + line.step), gap=0)
    assert plan.objective is not None
    assert moved.objective is not None
    assert line.saved == pytest.approx(plan.objective - moved.objective)


def test_limits_of_places_that_are_not_used_hide_none_that_bind() -> None:
    """Room in tiers that nobody leased is worth much to a relaxation and nothing to the plan."""
    net = generate("park-4", 3)
    plan = solve(net, gap=0.08, time_limit=60)
    leased = {(row.warehouse, row.tier) for row in plan.tables["leases"].itertuples()}
    found = worth.binding(worth.Desk(net, plan, Clock()), most=6)
    assert found
    assert {w.cell.key for w in found if w.cell.table == "tiers"} <= leased


def test_goods_that_are_there_already_keep_a_warehouse_open() -> None:
    net = generate("park-4", 3)
    plan = solve(net, gap=0.08, time_limit=60)
    lying = {row.place for row in net.rows(tab.Stock) if row.opening > 0}
    open_anyway = min(lying & set(plan.tables["sites"]["warehouse"]))
    (site,) = explain_plan(net, plan, time_limit=60, warehouses=[open_anyway]).sites
    assert "(table stock) keep it open" in site.reason


def test_solve_explains_by_itself(tmp_path: Path) -> None:
    files.write(must(bench()), tmp_path / "net")
    result = run("solve", tmp_path / "net", "-o", tmp_path / "plan", "--json")
    assert result.exit_code == 3
    (row,) = answer(result)["explanation"]["suggestions"]
    assert (row["table"], row["row"], row["suggested_value"]) == ("firms", "f", 100)


def test_the_verb_writes_a_network_that_has_a_plan(tmp_path: Path) -> None:
    files.write(CASES["lane"][0](), tmp_path / "net")
    result = run("explain", tmp_path / "net", "--repaired", tmp_path / "better", "--keep", "sales")
    assert result.exit_code == 3
    assert "LEAST THAT HAS TO CHANGE" in result.stdout
    assert run("solve", tmp_path / "better", "-o", tmp_path / "plan", "--no-compare").exit_code == 0
    assert run("explain", tmp_path / "better", tmp_path / "plan").exit_code == 0
    for option, what in (("--firm", "firm"), ("--warehouse", "open warehouse")):
        nobody = run("explain", tmp_path / "better", tmp_path / "plan", option, "nobody")
        assert (nobody.exit_code, nobody.stdout) == (2, "")
        assert f"no {what} nobody; there are" in nobody.stderr
    wrong = run("explain", tmp_path / "net", "--weight", "sales")
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert "FACTOR" in wrong.stderr
