"""The shipped networks load, are clean, and are what their README says."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files

import pytest
from clusterlane.instances.checks import check
from clusterlane.instances.files import library_names, load
from clusterlane.instances.generate_regions import REGIONS
from clusterlane.instances.geography import Place, great_circle_km, region
from clusterlane.instances.network import Network
from clusterlane.instances.tables import (
    Cluster,
    Contract,
    Core,
    Demand,
    Firm,
    Hub,
    Lane,
    Market,
    Mode,
    Status,
    Trade,
    Warehouse,
)
from clusterlane.models.cluster import build
from clusterlane.optimizer.arrays import compile_model
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.highs import Solver


def test_library_holds_tiny_and_the_regions() -> None:
    assert set(library_names()) == {"tiny", *REGIONS}


@pytest.mark.parametrize("name", ["tiny", *REGIONS])
def test_networks_are_clean_and_documented(name: str) -> None:
    assert [str(finding) for finding in check(load(name))] == []
    assert (
        len((files("clusterlane.instances.library") / name / "README.md").read_text(encoding="utf-8")) > 2000
    )


@pytest.fixture(scope="module")
def anhui() -> Network:
    return load("anhui")


@pytest.fixture(scope="module", params=list(REGIONS))
def region_network(request: pytest.FixtureRequest) -> Network:
    return load(request.param)


def test_anhui_has_the_promised_size(anhui: Network) -> None:
    leased = [w for w in anhui.rows(Warehouse) if w.contract is Contract.LEASE]
    assert len(anhui.rows(Firm)) == 40
    assert len(leased) >= 20
    assert len(anhui.rows(Warehouse)) > len(leased)
    assert len(anhui.rows(Market)) >= 40
    assert {region(m.country) for m in anhui.rows(Market)} == {"NA", "EU", "SEA"}
    assert {"hefei", "shanghai", "ningbo", "yiwu", "shenzhen"} <= {h.hub for h in anhui.rows(Hub)}
    assert len({d.period for d in anhui.rows(Demand)}) == 24


def test_every_cluster_has_a_core_and_chain_trades(region_network: Network) -> None:
    cluster = {f.firm: f.cluster for f in region_network.rows(Firm)}
    every = {c.cluster for c in region_network.rows(Cluster)}
    assert Counter(cluster[c.core] for c in region_network.rows(Core)) == Counter(every)
    assert {cluster[t.buyer] for t in region_network.rows(Trade)} == every


def test_no_lane_is_shorter_than_the_great_circle(region_network: Network) -> None:
    hubs, warehouses = region_network.by_key(Hub), region_network.by_key(Warehouse)
    for lane in region_network.rows(Lane):
        a, b = hubs[lane.hub], warehouses[lane.warehouse]
        direct = great_circle_km(Place("", "", a.lat, a.lon), Place("", "", b.lat, b.lon))
        assert lane.distance_km is not None
        assert lane.distance_km >= 0.95 * direct, lane.lane


def test_modes_are_as_fast_as_they_should_be(region_network: Network) -> None:
    days = {mode: [lane.days for lane in region_network.rows(Lane) if lane.mode is mode] for mode in Mode}
    assert max(days[Mode.AIR]) < min(days[Mode.RAIL])
    assert max(days[Mode.RAIL]) < 25
    assert max(days[Mode.OCEAN]) <= 45


def best(network: Network) -> float:
    """The optimum, by the joint model as it stands."""
    outcome = Solver(compile_model(build(network)), integral=True, mip_rel_gap=0.0).run(Clock(None, None))
    assert outcome.objective is not None
    return outcome.objective


def test_tiny_is_worth_what_its_readme_derives() -> None:
    assert best(load("tiny")) == pytest.approx(6336.0, abs=1e-6)


def test_tiny_without_its_loan_is_worth_what_its_readme_derives() -> None:
    poor = load("tiny").replace(loans=(), funders=())
    assert best(poor) == pytest.approx(6284 + (46 - 4722 / 145) * 130, abs=1e-6)


def test_tiny_without_money_is_worth_what_its_readme_derives() -> None:
    tiny = load("tiny")
    goods = tiny.replace(settings=[tiny.settings.model_copy(update={"money": False})])
    assert best(goods) == pytest.approx(6284.0, abs=1e-6)


@pytest.mark.parametrize(("warehouse", "value"), [("west", 6284.0), ("east", 10260.0), ("none", 11084.0)])
def test_tiny_with_fewer_sites_is_worth_what_its_readme_derives(warehouse: str, value: float) -> None:
    tiny = load("tiny")
    left = [w for w in tiny.rows(Warehouse) if w.warehouse == warehouse]
    excluded = [
        w.model_copy(update={"status": Status.EXCLUDE}) for w in tiny.rows(Warehouse) if w not in left
    ]
    off = tiny.settings.model_copy(update={"money": False})
    assert best(tiny.replace(settings=[off], warehouses=[*left, *excluded])) == pytest.approx(value, abs=1e-6)
