"""Changes of a network that must change its optimum in a known way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.generate import generate
from clusterlane.instances.network import Network
from clusterlane.instances.tables import KEYS, REFERENCES, TABLES
from clusterlane.optimizer.plan import Plan
from clusterlane.optimizer.solve import solve
from small import add, bench, change, random_network

GOODS = [114, 144]
MONEY = [109, 132]
NETWORKS = [*((seed, False) for seed in GOODS), *((seed, True) for seed in MONEY)]
both = pytest.mark.parametrize(("seed", "money"), NETWORKS)
goods = pytest.mark.parametrize("seed", GOODS)


def best(network: Network) -> Plan:
    """The optimal plan of a feasible network."""
    plan = solve(network, gap=0)
    assert plan.objective is not None
    return plan


def cost(network: Network) -> float:
    objective = best(network).objective
    assert objective is not None
    return objective


def same(new: Network, old: Network, factor: float = 1.0) -> None:
    assert cost(new) == pytest.approx(factor * cost(old), rel=1e-6, abs=1e-5)


def each(
    network: Network, values: Callable[[str, tab.Row], dict[str, Any]], backwards: bool = False
) -> Network:
    """Change every row of every table."""
    tables = {
        name: [row.model_copy(update=values(name, row)) for row in network.all_rows(kind)]
        for name, kind in TABLES.items()
    }
    return Network({name: rows[::-1] if backwards else rows for name, rows in tables.items()})


def money_columns(row: tab.Row) -> dict[str, float]:
    """The money of a row."""
    fields = type(row).model_fields
    unit = {c: (f.json_schema_extra or {}).get("unit", "") for c, f in fields.items()}  # type: ignore[union-attr]
    return {c: getattr(row, c) for c in fields if unit[c].startswith("money") and getattr(row, c) is not None}


def scaled(row: tab.Row, factor: float, columns: tuple[str, ...]) -> dict[str, float]:
    return {c: factor * getattr(row, c) for c in columns if getattr(row, c, None) is not None}


@both
def test_names_and_order_do_not_matter(seed: int, money: bool) -> None:
    names = {(table, c) for table, columns in KEYS.items() for c in columns} | set(REFERENCES)
    network = random_network(seed, money)

    def renamed(table: str, row: tab.Row) -> dict[str, str]:
        ids = [c for c in type(row).model_fields if (table, c) in names or c == "rating"]
        plain = [c for c in ids if c not in ("relation", "item", "date", "currency")]
        return {c: value[::-1] for c in plain if isinstance(value := getattr(row, c), str)}

    same(each(network, renamed, backwards=True), network)


UNIT_COLUMNS = {
    "products": ("volume_m3", "weight_kg", "cost", "declared_value", "salvage", "orders_per_unit"),
    "sales": ("price", "penalty"),
}
QUANTITY_COLUMNS = {"demand": ("quantity",), "stock": ("opening", "target"), "pipeline": ("quantity",)}


def recounted(network: Network, products: set[str], factor: float) -> Network:
    """Some products counted in a unit of which there are ``factor`` times as many."""

    def values(table: str, row: tab.Row) -> dict[str, float]:
        if getattr(row, "product", None) not in products:
            return {}
        units = scaled(row, 1 / factor, UNIT_COLUMNS.get(table, ()))
        return units | scaled(row, factor, QUANTITY_COLUMNS.get(table, ()))

    return each(network, values)


@both
def test_unit_of_quantity_does_not_matter(seed: int, money: bool) -> None:
    network = random_network(seed, money)
    products = {row.product for row in network.rows(tab.Product)}
    same(recounted(network, products, 1 / 12), network)


@pytest.mark.parametrize("factor", [3e4, 1e-4])
def test_one_product_in_another_unit_is_planned_with_all_others(factor: float) -> None:
    """A programme of all firms keeps its columns however small or large its numbers are."""
    network = generate("park-4", 3)
    other = recounted(network, {network.rows(tab.Product)[0].product}, factor)
    plans = [solve(each, gap=0.02, strategy="decomposition") for each in (network, other)]
    log = "\n".join(plans[1].log)
    assert "all firms planned together" in log
    assert "breaks a row" not in log
    assert plans[1].objective == pytest.approx(plans[0].objective, rel=5e-3)


@both
def test_money_scales(seed: int, money: bool) -> None:
    network = random_network(seed, money)
    same(each(network, lambda _, row: {c: 7 * v for c, v in money_columns(row).items()}), network, factor=7)


@both
def test_quoted_in_another_currency(seed: int, money: bool) -> None:
    network, rate = random_network(seed, money), 6.5
    elsewhere = {"lane_containers", "tiers", "hub_levels", "sales"}

    def quoted(table: str, row: tab.Row) -> dict[str, Any]:
        if table == "fx":
            return {"rate": row.rate * rate}  # type: ignore[attr-defined]
        own = {c: rate * v for c, v in money_columns(row).items()}
        if table == "settings":
            return {**own, "currency": "CNY"}
        if "currency" in type(row).model_fields:
            return {"currency": row.currency or "USD"}  # type: ignore[attr-defined]
        return {} if table in elsewhere else own

    dollars = tab.ExchangeRate(currency="USD", date=dt.date(2025, 1, 1), rate=rate)
    same(add(each(network, quoted), dollars), network, factor=rate)


@goods
def test_a_firm_split_in_two(seed: int) -> None:
    network = change(random_network(seed), tab.Settings, single_source=False)
    halves = each(network, lambda table, row: scaled(row, 0.5, QUANTITY_COLUMNS.get(table, ())))
    twin = each(
        halves, lambda table, row: {c: f"{getattr(row, c)}-2" for c in ("firm", "product") if hasattr(row, c)}
    )
    tables = ("firms", "products", "sales", "demand", "stock", "pipeline")
    extra = [row for name in tables for row in twin.all_rows(TABLES[name])]
    same(add(halves, *extra), network)


@both
def test_a_firm_without_demand(seed: int, money: bool) -> None:
    network = random_network(seed, money)
    same(add(network, tab.Firm(firm="a", cluster="c1", rating="A"), first=True), network)


@both
def test_a_dominated_site(seed: int, money: bool) -> None:
    """A copy of a warehouse that costs a fortune to set up is not used."""
    network = random_network(seed, money)
    copied = {"warehouse": "a", "lane": "al"}
    rows = [
        row.model_copy(update={c: v for c, v in copied.items() if hasattr(row, c)})
        for kind in (tab.Warehouse, tab.Tier, tab.TierFamily, tab.Lane, tab.LaneContainer, tab.LastMile)
        for row in network.all_rows(kind)
        if getattr(row, "warehouse", "w0") == "w0" and getattr(row, "lane", "l0") == "l0"
    ]
    dear = change(
        add(network, *rows, first=True),
        tab.Warehouse,
        lambda row: row.warehouse == "a",
        setup_cost=1e6,
        state=tab.State.CANDIDATE,
    )
    plan = best(dear)
    assert "a" not in set(plan.tables["sites"]["warehouse"])
    assert plan.objective == pytest.approx(cost(network), rel=1e-6)


@both
def test_fixed_at_its_optimum(seed: int, money: bool) -> None:
    """With the goods of the optimum, money comes out the same."""
    network = random_network(seed, money)
    plan = best(network)
    again = solve(network, gap=0, fixed=plan)
    assert again.objective == pytest.approx(plan.objective, rel=1e-6, abs=1e-5)
    assert again.check["ok"]


@goods
def test_every_lease_dearer(seed: int) -> None:
    """Leases dearer by 17: at least 17 for each lease of the new optimum, at most for each of the old."""
    network = change(random_network(seed), tab.Settings, discount_rate=0)
    dearer = each(
        network, lambda table, row: {"capital_cost": row.capital_cost + 17} if table == "tiers" else {}
    )  # type: ignore[attr-defined]
    before = best(change(network, tab.Warehouse, currency=None))
    after = best(change(dearer, tab.Warehouse, currency=None))
    rise = after.objective - before.objective  # type: ignore[operator]
    assert rise >= 17 * len(after.tables["leases"]) - 1e-5
    assert rise <= 17 * len(before.tables["leases"]) + 1e-5


def rich(network: Network) -> Network:
    """Nobody is short of cash, and cash earns nothing."""
    network = change(network, tab.Settings, operator_cash=1e5, deposit_rate=0)
    return change(network, tab.Firm, opening_cash=1e5)


@pytest.mark.parametrize("seed", MONEY)
def test_a_longer_run_off(seed: int) -> None:
    """More periods at the end change nothing where nothing is paid for time itself."""
    network = rich(random_network(seed, money=True)).replace(
        hub_levels=(), hub_families=(), stock=(), pipeline=()
    )
    network = change(network, tab.Tier, term_periods=2)
    same(add(network, tab.Period(period=5, days=30), tab.Period(period=6, days=30)), network)


def test_a_longer_run_off_with_loans() -> None:
    loan = tab.Loan(loan="g", funder="b", kind=tab.LoanKind.ORDER, advance=0.4, tenor_days=30)
    funded = change(add(bench(3), loan), tab.Funder, base_rate=0.1)
    same(add(funded, tab.Period(period=4, days=30), tab.Period(period=5, days=7)), funded)


@pytest.mark.parametrize("seed", MONEY)
def test_what_stays_inside_costs_nothing(seed: int) -> None:
    """With cash enough, tariffs, chain trades and guarantee fees move money and no cost."""
    network = rich(random_network(seed, money=True))
    other = each(
        network,
        lambda table, row: scaled(row, 3, {"tariffs": ("rate",), "trades": ("amount",)}.get(table, ())),
    )
    same(change(other, tab.Guarantee, fee_rate=0.2), network)


@pytest.mark.parametrize("seed", MONEY)
def test_lines_inside_cancel(seed: int) -> None:
    """The objective is what the ledger's lines across the border add up to, less a constant."""
    network = rich(random_network(seed, money=True))
    plan = best(change(network, tab.Settings, discount_rate=0))
    inside = {"operator", *(row.firm for row in network.rows(tab.Firm))}
    ledger = plan.ledger
    crossing = ledger[ledger["payer"].isin(inside) != ledger["payee"].isin(inside)]
    paid = crossing["amount"].where(crossing["payer"].isin(inside), -crossing["amount"]).sum()
    dearer = best(change(change(network, tab.Settings, discount_rate=0), tab.Tariff, rate=9))
    assert len(ledger) > len(crossing)
    again = dearer.ledger[dearer.ledger["payer"].isin(inside) != dearer.ledger["payee"].isin(inside)]
    repaid = again["amount"].where(again["payer"].isin(inside), -again["amount"]).sum()
    assert paid - plan.objective == pytest.approx(repaid - dearer.objective, abs=1e-4)  # type: ignore[operator]
