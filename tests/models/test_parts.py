"""Parts of the model that switch off cleanly, bounds from data, and what belongs to forced places."""

from __future__ import annotations

import cases
import numpy as np
import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network
from clusterlane.optimizer.arrays import Arrays
from formulation import column_names, compiled, component
from small import add, bench, change, random_network

UNLIMITED = {
    "receipt",
    "cash",
    "operator_cash",
    "trueup",
    "emergency",
    "overdraft",
    "subsidy",
    "rent_subsidy",
}


def bounds(arrays: Arrays) -> dict[str, tuple[float, float]]:
    """Column -> (lower, upper)."""
    return dict(zip(column_names(arrays), zip(arrays.lower, arrays.upper, strict=True), strict=True))


def parts(net: Network) -> set[str]:
    """Components that have columns or rows."""
    arrays = compiled(net)
    slices = {**arrays.columns, **arrays.rows}
    return {name for name, where in slices.items() if where.stop > where.start}


def plain(money: bool) -> Network:
    """The chain alone."""
    return cases.goods(money)


def test_without_money_nothing_of_money_is_built() -> None:
    """No receipts, loans or cash, even where the network has funders, subsidies and trades."""
    on = cases.public_money()
    off = change(on, tab.Settings, money=False)
    goods_only = {"demand", "hub_balance", "stock_balance"}
    columns = {"haul", "hold", "ship", "stock", "deliver", "unmet"}
    assert parts(off) == goods_only | columns
    assert parts(on) > parts(off)


def test_the_chain_alone_has_no_more_than_it_needs() -> None:
    """No parcels, boxes, leases, sources, coverage, lanes without limits: no such columns or rows."""
    assert parts(plain(False)) == {
        "haul", "hold", "ship", "stock", "deliver", "unmet", "demand", "hub_balance", "stock_balance",
    }  # fmt: skip


def test_money_without_loans() -> None:
    """Receipts and cash, but nothing of loans and guarantees."""
    added = parts(plain(True)) - parts(plain(False))
    assert added == {
        "receipt",
        "receipts",
        "cash",
        "operator_cash",
        "trueup",
        "cash_balance",
        "operator_balance",
    }


@pytest.mark.parametrize(
    ("net", "part"),
    [
        (cases.parcels(), {"parcel"}),
        (cases.safety(), {"safety_stock"}),
        (cases.covered(), {"covered", "coverage", "served"}),
        (cases.paid_per_use(), {"site", "market_link", "stock_link"}),
        (change(cases.two_warehouses(), tab.Settings, single_source=False), set()),
        (cases.two_warehouses(), {"source", "source_link", "one_source"}),
    ],
)
def test_a_feature_adds_its_own_part_only(net: Network, part: set[str]) -> None:
    """Columns and rows of the feature, and of nothing else."""
    assert parts(net) - parts(plain(False)) == part


def test_one_period() -> None:
    """With a single period nothing can be lent: balances end at 0."""
    net = change(cases.lending(tab.LoanKind.TRANSIT), tab.Lane, days=0)
    net = change(net, tab.Period, lambda row: row.period > 1, status=tab.Status.EXCLUDE)
    net = add(net.replace(demand=()), tab.Demand(product="p", market="m", period=1, quantity=6))
    built = compiled(net)
    assert not {"loan", "draw"} & parts(net)
    assert bounds(built)["deliver[p,w,m,1]"] == (0, 6)
    assert "cash[f,1]" in column_names(built)


def test_no_demand_no_columns_of_goods() -> None:
    """Nothing wanted: nothing made."""
    net = cases.goods().replace(demand=())
    assert parts(net) == set()


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("money", [False, True])
def test_every_column_is_bounded_by_data(seed: int, money: bool) -> None:
    """Only amounts that rows limit are without an upper bound; no bound is crossed."""
    arrays = compiled(random_network(seed, money=money, periods=3))
    limits = bounds(arrays)
    assert {component(c) for c, (_, high) in limits.items() if not np.isfinite(high)} <= UNLIMITED
    assert {component(c) for c, (low, _) in limits.items() if not np.isfinite(low)} <= {"trueup"}
    assert (arrays.lower <= arrays.upper).all()
    whole = {component(c) for c, w in zip(column_names(arrays), arrays.integer, strict=True) if w}
    assert whole <= {"lease", "site", "hub", "boxes", "covered", "source", "admit", "in_use"}


def test_bounds_by_hand() -> None:
    """Demand bounds deliveries, parcels and unmet; targets bound what is left from below."""
    net = add(
        change(cases.parcels(cases.started()), tab.Sale, unmet_share=0.25), tab.Stock(product="p", place="h")
    )
    net = change(net, tab.Stock, lambda row: row.place == "h", opening=4, target=1)
    net = net.replace(stock=net.all_rows(tab.Stock)[:2])
    limits = bounds(compiled(net))
    assert limits["deliver[p,w,m,2]"] == limits["parcel[p,s,m,2]"] == (0, 6)
    assert limits["deliver[p,w,m,3]"] == limits["parcel[p,s,m,3]"] == (0, 9)
    assert limits["unmet[p,m,2]"] == (0, 1.5)
    assert limits["unmet[p,m,3]"] == (0, 2.25)
    assert limits["stock[p,w,3]"][0] == 2
    assert limits["hold[p,h,3]"][0] == 1
    assert limits["stock[p,w,2]"][0] == limits["hold[p,h,2]"][0] == 0


def test_bounds_of_containers() -> None:
    """Enough for all 30 m3 and 750 kg; 5 a month at most: 5 in 30 days, 2 in 15."""
    net = change(cases.loaded(), tab.Container, volume_m3=40)
    limits = bounds(compiled(net))
    assert limits["boxes[l,box,1]"] == limits["boxes[l,box,2]"] == (0, 1)
    assert limits["loose[l,1]"][1] == pytest.approx(max(30 * 500, 750))
    assert bounds(compiled(change(net, tab.Container, weight_kg=100)))["boxes[l,box,1]"] == (0, 8)
    net = change(net, tab.Container, volume_m3=4)
    assert bounds(compiled(net))["boxes[l,box,1]"] == (0, 8)
    limits = bounds(compiled(change(net, tab.LaneContainer, max_month=5)))
    assert limits["boxes[l,box,1]"] == (0, 5)
    assert limits["boxes[l,box,2]"] == (0, 2)


def test_bounds_of_money() -> None:
    """Cash above its minimum, credit up to its limits, the operator ends with what it began."""
    net = change(cases.cash(), tab.Firm, min_cash=12, emergency_limit=34)
    net = change(
        net, tab.Settings, emergency_rate=0.6, operator_rate=0.2, operator_limit=56, operator_cash=78
    )
    limits = bounds(compiled(net))
    assert limits["cash[f,2]"] == (12, np.inf)
    assert limits["emergency[f,2]"] == (0, 34)
    assert "emergency[f,3]" not in limits
    assert limits["overdraft[2]"] == (0, 56)
    assert "overdraft[3]" not in limits
    assert limits["operator_cash[3]"] == (78, 78)
    assert limits["trueup[]"] == (-np.inf, np.inf)


@pytest.mark.parametrize(
    ("state", "least"), [(tab.State.FORCED, 1), (tab.State.CANDIDATE, 0), (tab.State.EXISTING, 0)]
)
def test_forced_warehouses(state: tab.State, least: int) -> None:
    """A forced lease runs in the periods with demand (2 and 3); one paid per use is set up."""
    net = change(cases.leases(), tab.Warehouse, state=state)
    limits = bounds(compiled(net))
    assert [limits[f"leased[w,{t}]"] for t in (1, 2, 3)] == [(0, 1), (least, 1), (least, 1)]
    used = bounds(compiled(change(cases.paid_per_use(), tab.Warehouse, state=state)))
    assert used.get("site[w]", (0, 1)) == (least, 1)


def test_no_storage_at_the_hub() -> None:
    """A hub that holds nothing over holds nothing over; opening stock may wait there."""
    none = bounds(compiled(change(cases.goods(), tab.Hub, storage_m3=0)))
    assert [c for c, (_, high) in none.items() if component(c) == "hold" and high > 0] == []
    waiting = bounds(compiled(change(cases.started(), tab.Hub, storage_m3=0)))
    assert waiting["hold[p,h,1]"][1] >= 4


def test_bench_builds() -> None:
    """The network by hand that other tests share has a row for each of its demands."""
    assert compiled(bench()).row_keys["demand"] == [("p", "m", 2)]
