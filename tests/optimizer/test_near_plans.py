"""Alternatives, today's plan, and plans under stress."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.findings import InputError
from clusterlane.instances.generate import generate
from clusterlane.instances.network import Network
from clusterlane.optimizer import Plan, check, solve, write_plan
from clusterlane.optimizer.scenarios import alternatives as near
from clusterlane.optimizer.scenarios.alternatives import alternatives, places
from clusterlane.optimizer.scenarios.changes import copy_row
from clusterlane.optimizer.scenarios.shocks import USUAL, Shocks, bridged, replays
from clusterlane.optimizer.scenarios.stress import Insurance, stress
from clusterlane.optimizer.scenarios.today import Steps, baseline, improve, read_today
from small import change
from test_cli import answer, run


def written(plan: Plan, folder: Path, *tables: str) -> Path:
    folder.mkdir()
    for name in tables:
        plan.tables[name].to_csv(folder / f"{name}.csv", index=False)
    return folder


def test_alternatives_stay_in_the_budget_and_use_other_places(tiny: Network, plan: Plan) -> None:
    found = alternatives(tiny, plan, within=0.7, count=3)
    assert len(found) == 2, "west, east, both: there are no more"
    seen = [places(plan)]
    assert plan.objective is not None
    for one in found:
        assert one.plan.objective is not None
        assert one.plan.objective <= plan.objective * 1.7
        assert not check(tiny, one.plan)
        assert one.distance == min(len(places(one.plan) ^ other) for other in seen) >= 1
        seen.append(places(one.plan))
    assert found[0].distance == 2, "the farthest comes first"
    assert (found[0].opened, found[0].closed) == (("east",), ("west",))


@pytest.mark.slow
@pytest.mark.parametrize("small", [0, near.SMALL])
def test_three_alternatives_are_found_where_there_are_three(
    tiny: Network, plan: Plan, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two more warehouses just like the one that is used; by closing places and by the programme."""
    monkeypatch.setattr(near, "SMALL", small)
    (used,) = plan.tables["sites"]["warehouse"]
    more = tiny
    for name in ("second", "third"):
        more = copy_row(more, "warehouses", used, name)
    again = solve(more, gap=0)
    found = alternatives(more, again, within=0.7, count=3)
    assert len({frozenset(places(p)) for p in (again, *(one.plan for one in found))}) == 4
    assert all(one.extra <= 0.7 + 1e-9 for one in found)
    assert all(one.distance >= 1 and not check(more, one.plan) for one in found)


def test_no_other_places_within_a_narrow_budget(tiny: Network, plan: Plan) -> None:
    assert alternatives(tiny, plan, within=0.001, count=1) == []


def test_today_is_completed_and_priced_with_the_same_ledger(
    tiny: Network, plan: Plan, tmp_path: Path
) -> None:
    given = read_today(written(plan, tmp_path / "now", "leases", "shipments", "deliveries", "parcels"))
    today = baseline(tiny, given)
    assert today.plan is not None
    assert today.plan.objective == pytest.approx(plan.objective)
    assert today.plan.check["ok"]
    assert today.plan.bound is None, "nothing is proven about the network"


def test_limits_that_today_breaks_are_named(tiny: Network, plan: Plan) -> None:
    given = {name: plan.tables[name] for name in ("leases", "shipments", "deliveries")}
    narrow = change(tiny, tab.Tier, throughput_m3_month=5.0)
    today = baseline(narrow, given)
    assert today.plan is None
    assert "tiers.throughput_m3_month" in {one.cell.rule for one in today.broken}


def test_tables_that_contradict_each_other_are_named(tiny: Network, plan: Plan) -> None:
    given = {name: plan.tables[name] for name in ("leases", "deliveries", "parcels")}
    given["leases"] = given["leases"].iloc[0:0]
    today = baseline(tiny, given)
    assert today.plan is None
    assert set(today.clash) == {"leases", "deliveries"}


def test_how_much_may_change_is_kept(tiny: Network) -> None:
    lease = pd.DataFrame({"warehouse": ["east"], "tier": ["standard"], "start": [1]})
    today = baseline(tiny, {"leases": lease, "sites": pd.DataFrame({"warehouse": ["east"]})}, gap=0).plan
    assert today is not None
    costs = []
    for most in (0, 1, 2):
        better = improve(tiny, today, Steps(sites=most), gap=0)
        assert len(set(better.tables["sites"]["warehouse"]) ^ set(today.tables["sites"]["warehouse"])) <= most
        costs.append(better.objective or 0.0)
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] == pytest.approx(solve(tiny, gap=0).objective or 0.0)
    same = improve(tiny, today, Steps(lanes=0), gap=0)
    assert set(same.tables["shipments"]["lane"]) <= set(today.tables["shipments"]["lane"])
    loans = improve(tiny, today, Steps(loans=0), gap=0).tables["loans"]
    known = today.tables["loans"]
    assert set(zip(loans["firm"], loans["loan"], strict=True)) <= set(
        zip(known["firm"], known["loan"], strict=True)
    )


def test_files_of_today_are_checked(tiny: Network, tmp_path: Path) -> None:
    folder = tmp_path / "now"
    folder.mkdir()
    with pytest.raises(InputError, match=r"leases\.csv"):
        read_today(folder)
    (folder / "leases.csv").write_text("warehouse,tier\nwest,standard\n")
    (folder / "stock.csv").write_text("product,warehouse,period,quantity\nlamps,west,one,-3\n")
    with pytest.raises(InputError) as error:
        read_today(folder)
    assert len(error.value.findings) == 3
    (folder / "stock.csv").unlink()
    (folder / "leases.csv").write_text("warehouse,tier,start\nmoon,standard,1\n")
    with pytest.raises(InputError, match="moon, standard, 1"):
        baseline(tiny, read_today(folder))


def test_a_plan_without_shocks_costs_what_it_costs(tiny: Network, plan: Plan) -> None:
    calm = stress(tiny, plan, shocks=Shocks((), 0.0, 0.0), count=1, workers=1, gap=0)
    assert calm.outcomes[0].cost == pytest.approx(plan.objective)


def test_replays_keep_the_leases_and_are_not_done_twice(tiny: Network, plan: Plan, tmp_path: Path) -> None:
    told: list[int] = []
    options = {"count": 3, "workers": 1, "directory": tmp_path, "seed": 3}
    extra = [Insurance("east/too", "east", "standard", 1)]
    once = stress(tiny, plan, insurances=extra, on_outcome=lambda o, *_: told.append(o.number), **options)  # type: ignore[arg-type]
    assert told == [1, 2, 3, 1, 2, 3]
    again = stress(tiny, plan, insurances=extra, on_outcome=lambda o, *_: told.append(o.number), **options)  # type: ignore[arg-type]
    assert (again, len(told)) == (once, 6)
    (value,) = once.values()
    rows = once.frame().pivot(index="number", columns="variant", values="cost")
    assert value["mean_saving"] == pytest.approx((rows[""] - rows["east/too"]).mean())
    assert once.spread()["cost"]["q50"] == pytest.approx(rows[""].median())
    assert once.worst(1)[0].cost == rows[""].max()


def test_samples_shock_what_they_name(tiny: Network) -> None:
    samples = replays(bridged(tiny, 0.24), Shocks(USUAL[:1], 0.0, 1.0), 2, seed=1)
    assert samples[0].network != samples[1].network
    assert any("defaults" in event for event in samples[0].events)
    assert not samples[0].network.rows(tab.Firm), "with certainty every member defaults"


def test_the_usual_draws_move_every_kind_of_figure() -> None:
    """Demand, containers, loose cargo, transit days, exchange rates, defaults of cores and of others."""
    park = generate("park-4", 1)
    everyone = Shocks(core_default=1.0, member_default=1.0)
    (sample,) = replays(bridged(park, 0.24), everyone, 1, seed=2)
    words = " ".join(sample.events)
    for kind in ("demand", "containers", "loose cargo", "transit days", "rate of CNY"):
        assert kind in words, words
    cores = {row.core for row in park.rows(tab.Core)}
    assert cores
    for row in park.rows(tab.Firm):
        assert f"{row.firm} defaults" in sample.events
    assert not sample.network.rows(tab.Core)
    assert not [row for row in sample.network.rows(tab.Product) if row.firm not in cores]


def test_the_verbs_write_what_they_find(tiny: Network, plan: Plan, tmp_path: Path) -> None:
    write_plan(plan, tiny, tmp_path / "plan")
    near = run("alternatives", "tiny", tmp_path / "plan", "-o", tmp_path / "near", "--within", 0.7, "--json")
    assert near.exit_code == 4, "only two of three exist"
    for row in answer(near)["alternatives"]:
        assert run("check", "tiny", row["directory"]).exit_code == 0
    now = written(plan, tmp_path / "now", "leases", "deliveries")
    args = (
        "baseline",
        "tiny",
        now,
        "-o",
        tmp_path / "today",
        "--improved",
        tmp_path / "better",
        "--sites",
        1,
    )
    assert run(*args).exit_code == 0
    assert run("check", "tiny", tmp_path / "today").exit_code == 0
    args = ("stress", "tiny", tmp_path / "plan", "-o", tmp_path / "stress", "--count", 2, "--workers", 1)
    storm = run(*args, "--insurance", "bank:+1000", "--json")
    assert storm.exit_code == 0, storm.output
    assert answer(storm)["insurances"][0]["insurance"] == "line of bank +1000"
    assert (tmp_path / "stress" / "replays.csv").is_file()
    assert run("stress", "tiny", tmp_path / "plan", "-o", tmp_path / "s2", "--insurance", "x").exit_code == 2
