"""Scenarios from files, sweeps, comparisons and trade-offs."""

from __future__ import annotations

import datetime as dt
import json
import multiprocessing
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.checks import check
from clusterlane.instances.findings import InputError
from clusterlane.instances.network import Network
from clusterlane.optimizer import read_plan, solve
from clusterlane.optimizer.scenarios import Named, Options, compare_plans, read_scenarios, sweep
from clusterlane.optimizer.scenarios.sweep import finished, folders
from clusterlane.optimizer.scenarios.tradeoff import tradeoff
from openpyxl import load_workbook
from small import add, bench, change
from test_cli import answer, run

TEXT = """
[[scenario]]
name = "ocean +40 %"
[[scenario.change]]
table = "lane_containers"
where = { "lane.mode" = "ocean" }
multiply = { cost = 1.4 }

[[scenario]]
name = "fourth quarter"
[[scenario.change]]
table = "demand"
where = { period = { from = 2026-10-01, to = 2026-12-31 } }
multiply = { quantity = 1.3 }

[[scenario]]
name = "both"
use = ["ocean +40 %", "fourth quarter"]

[[scenario]]
name = "second house"
[[scenario.change]]
table = "warehouses"
where = { warehouse = "west" }
copy_as = "west-2"

[[scenario]]
name = "beta leaves"
[[scenario.change]]
table = "firms"
where = { firm = "bet*" }
exclude = true

[[grid]]
name = "grid"
[[grid.axis]]
name = "demand"
table = "demand"
multiply = "quantity"
values = [0.8, 1.2]
[[grid.axis]]
name = "what"
scenarios = ["ocean +40 %", "both"]

[[sample]]
name = "draw"
count = 2
seed = 7
[[sample.draw]]
table = "demand"
multiply = "quantity"
each = "market"
lognormal = [1.0, 0.2]
"""

LANES = "[[scenario]]\nname='a'\n[[scenario.change]]\ntable='lanes'\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "scenarios.toml").write_text(TEXT, encoding="utf-8")
    return tmp_path / "scenarios.toml"


def networks(file: Path, net: Network) -> dict[str, Network]:
    return {s.name: s.applied(net) for s in read_scenarios(file)}


def total(net: Network, periods: range | None = None) -> float:
    rows = [row for row in net.rows(tab.Demand) if periods is None or row.period in periods]
    return sum(row.quantity for row in rows)


def test_every_scenario_changes_what_it_says_and_nothing_else(file: Path, tiny: Network) -> None:
    made = networks(file, tiny)
    assert list(made)[5:9] == [
        "grid: demand 0.8, ocean +40 %",
        "grid: demand 0.8, both",
        "grid: demand 1.2, ocean +40 %",
        "grid: demand 1.2, both",
    ]
    costs = [row.cost for row in made["ocean +40 %"].rows(tab.LaneContainer)]
    assert costs == pytest.approx([1.4 * row.cost for row in tiny.rows(tab.LaneContainer)])
    assert made["ocean +40 %"].replace(lane_containers=tiny.all_rows(tab.LaneContainer)) == tiny
    assert total(made["grid: demand 0.8, ocean +40 %"]) == pytest.approx(0.8 * total(tiny))
    assert [row.firm for row in made["beta leaves"].rows(tab.Firm)] == ["alpha"]


def test_dates_choose_the_periods_that_start_in_them(file: Path, tiny: Network) -> None:
    late = networks(file, tiny)["fourth quarter"]
    starts = {t: (tiny.settings.start.toordinal() + tiny.calendar.start(t)) for t in tiny.calendar.periods}
    inside = [t for t, day in starts.items() if day >= dt.date(2026, 10, 1).toordinal()]
    for old, new in zip(tiny.rows(tab.Demand), late.rows(tab.Demand), strict=True):
        assert new.quantity == pytest.approx(old.quantity * (1.3 if old.period in inside else 1.0))


def test_a_copied_warehouse_has_its_own_lanes_tiers_and_last_miles(file: Path, tiny: Network) -> None:
    made = networks(file, tiny)["second house"]
    for kind, column in ((tab.Tier, "warehouse"), (tab.Lane, "warehouse"), (tab.LastMile, "warehouse")):
        counts = [sum(getattr(r, column) == w for r in made.rows(kind)) for w in ("west", "west-2")]
        assert counts[0] == counts[1] > 0
    assert not [f for f in check(made) if f.severity == "error"]


def test_samples_are_the_same_for_the_same_seed(file: Path, tiny: Network) -> None:
    one, two = networks(file, tiny), networks(file, tiny)
    assert one["draw 1"] == two["draw 1"]
    assert total(one["draw 1"]) != total(one["draw 2"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[scenario]]\nname='a'\n[[scenario.change]]\ntable='lans'\nexclude=true", "no such table"),
        (LANES + "set={speed=1}", "no such column"),
        (LANES + "set={days='slow'}", "valid number"),
        (LANES + "add={days=-999}", "greater than"),
        (
            LANES + "where={mode='ship'}\nadd={days=1}",
            "no row",
        ),
        (
            LANES + "where={'days.x'=1}\nadd={days=1}",
            "no table",
        ),
        (LANES + "multiply={mode=2}", "no numbers"),
        (LANES, "changes nothing"),
        (LANES + "set={lane=7}", "lane"),
        ("[[scenario]]\nname='a'\nuse=['b']", "not defined"),
        ("[[scenario]]\nname='a'\n[[scenario]]\nname='a'", "twice"),
        ("[[scenario]]\nname='base'", "as it is"),
        ("[[scenario]]\nnam='a'", "scenario.1.nam"),
        ("scenario = 3", "scenario"),
        ("", "no scenario"),
        ("[[scenario", "cannot be read"),
    ],
)
def test_what_is_not_understood_is_named_with_file_scenario_and_column(
    text: str, words: str, tmp_path: Path, tiny: Network
) -> None:
    path = tmp_path / "s.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        networks(path, tiny)
    assert words in str(error.value)
    assert "s.toml" in str(error.value)


def test_a_file_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"it cannot be read \(No such file or directory\)"):
        read_scenarios(tmp_path / "nothing.toml")


def test_a_sweep_keeps_what_is_finished(file: Path, tmp_path: Path) -> None:
    net, target = bench(), tmp_path / "sweep"
    scenario = tmp_path / "s.toml"
    scenario.write_text(
        "[[scenario]]\nname='less'\n[[scenario.change]]\ntable='demand'\nmultiply={quantity=0.5}\n"
        "[[scenario]]\nname='must'\n[[scenario.change]]\ntable='sales'\nset={unmet_share=0.0}\n",
        encoding="utf-8",
    )
    scenarios = read_scenarios(scenario)
    first = sweep(net, scenarios, target, options=Options(gap=0), workers=1)
    assert [r.status for r in first] == ["optimal", "optimal", "infeasible"]
    assert [r.objective for r in first] == [pytest.approx(50), pytest.approx(0), None]
    told: list[str] = []
    again = sweep(net, scenarios, target, workers=1, on_result=lambda result, *_: told.append(result.name))
    assert (again, told) == (first, [])
    for name, folder in folders([target]):
        assert read_plan(folder).objective == {r.name: r.objective for r in first}[name]
    changed = sweep(change(net, tab.Sale, price=30.0), scenarios, target, workers=1)
    assert changed[0].objective == pytest.approx(100), "a changed network is solved again"


def _sweep(net: Network, file: Path, target: Path) -> None:
    sweep(net, read_scenarios(file), target, workers=2)


@pytest.mark.slow
def test_a_killed_sweep_goes_on_where_it_stopped(file: Path, tiny: Network, tmp_path: Path) -> None:
    target = tmp_path / "sweep"
    process = multiprocessing.get_context("spawn").Process(target=_sweep, args=(tiny, file, target))
    process.start()
    while not len(list((target / "outcomes").glob("*.json"))) >= 3:
        time.sleep(0.1)
        assert process.is_alive()
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    before = {p.name: p.stat().st_mtime_ns for p in (target / "outcomes").glob("*.json")}
    results = sweep(tiny, read_scenarios(file), target, workers=1)
    assert len(results) == 12
    assert all(result.objective is not None for result in results)
    for name, stamp in before.items():
        assert (target / "outcomes" / name).stat().st_mtime_ns == stamp, "finished work is not done again"
    assert finished(target, results[0].folder, "other network") is None


def test_plans_side_by_side_reconcile_with_their_ledgers(tiny: Network, tmp_path: Path) -> None:
    dearer = change(tiny, tab.LaneContainer, cost=4000.0)
    plans = [Named(name, net, solve(net, gap=0)) for name, net in (("now", tiny), ("dear", dearer))]
    found = compare_plans(plans)
    for named in plans:
        assert found.parties[named.name].sum() == pytest.approx(named.plan.objective)
        assert found.figures.loc["objective", named.name] == named.plan.objective
    gains = found.gains()["dear"].sum()
    assert plans[0].plan.objective is not None
    assert plans[1].plan.objective is not None
    assert gains == pytest.approx(plans[1].plan.objective - plans[0].plan.objective)
    with pytest.raises(ValueError, match="at least two"):
        compare_plans(plans[:1])


def test_the_verbs_sweep_and_compare(file: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.toml"
    few.write_text(
        "[[scenario]]\nname='=HYPERLINK(1)'\n[[scenario.change]]\ntable='demand'\nmultiply={quantity=0.5}\n",
        encoding="utf-8",
    )
    result = run("sweep", "tiny", few, "-o", tmp_path / "out", "--workers", 1, "--json")
    assert result.exit_code == 0, result.output
    assert [row["name"] for row in answer(result)["results"]] == ["base", "=HYPERLINK(1)"]
    chart, book = tmp_path / "c.svg", tmp_path / "c.xlsx"
    shown = run("compare", tmp_path / "out", "--chart", chart, "--workbook", book, "--json")
    assert shown.exit_code == 0, shown.output
    assert answer(shown)["names"] == ["base", "=HYPERLINK(1)"]
    assert chart.read_text(encoding="utf-8").startswith("<svg")
    cell = load_workbook(book)["figures"]["C1"]
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s"), "no formula from a name"
    assert run("compare", tmp_path).exit_code == 2
    assert run("sweep", "tiny", tmp_path / "none.toml", "-o", tmp_path / "other").exit_code == 2
    assert run("sweep", "tiny", few, "-o", few).exit_code == 2
    lost = json.loads((tmp_path / "out" / "outcomes" / "000-base.json").read_text())
    assert lost["objective"] == answer(result)["results"][0]["objective"]


@pytest.mark.parametrize(
    ("against", "most"),
    [
        ("sites", 1.0),
        pytest.param("credit", 2000.0, marks=pytest.mark.slow),
        pytest.param("days", 3.0588, marks=pytest.mark.slow),
    ],
)
def test_a_curve_rises_from_the_cheapest_plan(against: str, most: float, tiny: Network) -> None:
    points = tradeoff(tiny, against, points=3, gap=0, workers=1)
    assert points[0].cap == pytest.approx(most, rel=1e-3)
    costs = [point.cost for point in points]
    assert costs == sorted(costs)
    assert costs[-1] > costs[0]
    for point in points:
        assert point.value <= point.cap * (1 + 1e-5) + 1e-9
        assert point.plan.check["ok"]


def test_emissions_are_capped_exactly() -> None:
    net = add(
        change(change(bench(), tab.Firm, opening_cash=500), tab.Lane, co2_kg_t=1000.0),
        tab.Service(service="air"),
        tab.ParcelRate(service="air", market="m", days=3, cost_order=4.0, co2_kg_t=100.0),
    )
    points = tradeoff(net, "co2", points=3, gap=0, workers=1)
    values = [point.value for point in points]
    assert values == pytest.approx([0.01, 0.0055, 0.001])
    costs = [point.cost for point in points]
    assert costs == pytest.approx([0.0, 20.0, 40.0], abs=1e-3), "0, 5 and 10 parcels at 4"


def test_the_verb_tradeoff_writes_plans_and_curve(tmp_path: Path) -> None:
    result = run("tradeoff", "tiny", "-o", tmp_path / "t", "--against", "sites", "--workers", 1, "--json")
    assert result.exit_code == 0, result.output
    points: list[dict[str, Any]] = answer(result)["points"]
    assert [point["cap"] for point in points] == [1.0, 0.0]
    assert (tmp_path / "t" / "sites.svg").read_text(encoding="utf-8").count("<circle") == 2
    assert run("tradeoff", "tiny", "-o", tmp_path / "u", "--against", "weather").exit_code == 2
