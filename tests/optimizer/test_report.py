"""The report: its numbers are the ledger's, it loads nothing, it holds in both languages."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pandas as pd
import plans
import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network
from clusterlane.optimizer.plan import OPERATOR, Plan
from clusterlane.optimizer.report import Division, page, report
from clusterlane.optimizer.report.words import Words
from clusterlane.optimizer.solve import solve
from clusterlane.optimizer.workbook import write_workbook
from reported import Page, html, latin, park
from small import random_network


@pytest.fixture(scope="module")
def shown() -> Page:
    return Page(html())


def paid(plan: Plan, *terms: str) -> float:
    return float(plan.ledger.loc[plan.ledger["term"].isin(terms), "amount"].sum())


def test_costs_add_up_to_the_cost_of_the_plan(shown: Page) -> None:
    _, plan = park()
    assert shown.column("costs", 1) == pytest.approx(plan.objective)
    assert shown.feet["costs"][1] == pytest.approx(plan.objective)
    assert sum(shown.drawn("Cost by item; public money lowers it").values()) == pytest.approx(plan.objective)


@pytest.mark.parametrize(
    ("table", "column", "terms"),
    [
        ("lanes", 7, ("freight_boxes", "freight_loose", "freight_rate")),
        ("leases", 7, ("rent", "building")),
        ("hubs", 4, ("hub_fixed",)),
        ("channels", 2, ("sales",)),
        ("loans", 6, ("interest", "draw_fee", "guarantee_fee")),
    ],
)
def test_tables_add_up_to_the_ledger(shown: Page, table: str, column: int, terms: tuple[str, ...]) -> None:
    _, plan = park()
    assert shown.feet[table][column] == pytest.approx(paid(plan, *terms)) if table in shown.feet else True
    assert shown.column(table, column) == pytest.approx(paid(plan, *terms))


def test_an_empty_container_is_paid_and_shown() -> None:
    network, plan = park()
    ships, first = plan.tables["shipments"], plan.tables["containers"].iloc[0]
    unused = ships[ships["lane"] != first["lane"]].reset_index(drop=True)
    emptied = replace(plan, tables={**plan.tables, "shipments": unused})
    shown = Page(page(report(network, emptied)))
    terms = ("freight_boxes", "freight_loose", "freight_rate")
    assert shown.column("lanes", 5) == plan.tables["containers"]["boxes"].sum()
    assert shown.column("lanes", 7) == pytest.approx(paid(plan, *terms))


def test_charts_show_the_tables_of_the_plan(shown: Page) -> None:
    network, plan = park()
    sizes = {row.product: row.volume_m3 for row in network.rows(tab.Product)}
    stock = plan.tables["stock"]
    m3 = float((stock["quantity"] * stock["product"].map(sizes)).sum())
    drawn = shown.drawn("Stock in warehouses at the end of each period, m3")
    assert sum(v for k, v in drawn.items() if k != "leased storage") == pytest.approx(m3)
    sent = shown.drawn("Goods leaving the hubs, m3 by mode")
    assert sum(sent.values()) == pytest.approx(float(plan.tables["shipments"]["volume_m3"].sum()))
    book = shown.drawn("Loan balances by what secures them")
    assert sum(book.values()) == pytest.approx(float(plan.tables["loans"]["balance"].sum()))


def test_cash_over_time_is_the_cash_of_the_plan(shown: Page) -> None:
    _, plan = park()
    cash = plan.tables["cash"]
    firms = cash[cash["firm"] != OPERATOR].groupby("period")["cash"].sum()
    points = {int(at): v for title, s, at, v in shown.marks if s == "cash of all firms"}
    assert points == {int(t): pytest.approx(v) for t, v in firms.items()}


def test_fill_is_a_share_of_the_leased_room(shown: Page) -> None:
    for row in shown.tables["leases"][1:]:
        assert row[8] is not None
        assert row[9] is not None
        assert 0 <= row[8] <= row[9] <= 1 + 1e-6


def test_landed_cost_adds_up_to_the_ledger() -> None:
    network, plan = park()
    made = report(network, plan)
    (table,) = (t for s in made.sections for t in s.tables if t.name == "landed")
    units = sum(float(plan.tables[t]["quantity"].sum()) for t in ("deliveries", "parcels"))
    assert sum(row[2] for row in table.rows) == pytest.approx(units)  # type: ignore[misc]
    for row in table.rows:
        assert row[-2] == pytest.approx(sum(row[3:-2]))  # type: ignore[arg-type]
        assert row[-1] == pytest.approx(row[-2] * row[2])  # type: ignore[operator]
    moving = ("haulage", "hub_handling", "hub_storage", "hub_fixed", "duty", "parcel_duty")
    moving += ("freight_boxes", "freight_loose", "freight_rate", "setup", "rent", "building")
    moving += ("warehouse_in", "storage", "warehouse_out", "last_mile", "parcel")
    moved = sum(row[2] * sum(row[4:-2]) for row in table.rows)  # type: ignore[operator, arg-type]
    assert moved == pytest.approx(paid(plan, *moving))
    made_units = float(plan.tables["hauls"]["quantity"].sum() + plan.tables["parcels"]["quantity"].sum())
    if made_units == pytest.approx(units):
        making = sum(row[2] * row[3] for row in table.rows)  # type: ignore[operator]
        assert making == pytest.approx(paid(plan, "production") - paid(plan, "refund"))


def test_unknown_and_impossible_are_said(shown: Page) -> None:
    words = " ".join(shown.words)
    assert "logistics first, finance afterwards: what the plan saves is unknown" in words
    assert "impossible this way: only together (proven)" in words
    steps = shown.drawn(next(title for title, series, _, _ in shown.marks if series == "this plan"))
    assert set(steps) == {"every firm for itself", "this plan"}


def test_without_comparisons_the_saving_is_unknown() -> None:
    network, plan = park()
    words = " ".join(Page(page(report(network, replace(plan, comparisons={})))).words)
    assert "what it saves is unknown" in words


def test_the_page_loads_nothing() -> None:
    page_ = Page(html())
    assert {tag for tag, _ in page_.tags}.isdisjoint({"script", "link", "img", "iframe", "object", "base"})
    for _, found in page_.tags:
        assert (found.get("href") or "#").startswith("#")
        assert not {"src", "srcset", "data", "action", "onload", "onclick"} & set(found)
    text = html().replace("http://www.w3.org/2000/svg", "")
    assert not [word for word in ("http:", "https:", "@import", "url(") if word in text]


EVIL = "<script>alert('x')</script>\"&<b>"


def named(network: Network, name: str) -> Network:
    tables = {}
    for table, kind in tab.TABLES.items():
        if "name" in kind.model_fields and kind is not tab.Settings:
            rows = network.all_rows(kind)
            tables[table] = [row.model_copy(update={"name": name}) for row in rows]
    settings = network.settings.model_copy(update={"name": name})
    return network.replace(**tables, settings=[settings])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_names_are_text_and_nothing_else(language: str) -> None:
    network, plan = park()
    firm = network.rows(tab.Firm)[0].firm
    for own in ("", firm):
        text = page(report(named(network, EVIL), plan, language, own))
        assert "<script" not in text
        assert "<b>" not in text
        assert "alert(" in text
        assert {tag for tag, _ in Page(text).tags}.isdisjoint({"script", "b"})


@pytest.mark.parametrize("own", [False, True])
def test_the_chinese_report_is_chinese(own: bool) -> None:
    network, _ = park()
    firm = network.rows(tab.Firm)[1].firm if own else ""
    rows = (row for kind in tab.TABLES.values() for row in network.rows(kind))
    data = latin([str(v) for row in rows for v in row.model_dump().values() if isinstance(v, str)])
    left = latin(Page(html("zh", firm)).words) - data - {"clusterlane", "HiGHS", "Natural", "Earth"}
    assert left <= {"monolith", "decomposition"}, "words that are neither names nor Chinese"


def test_a_plan_without_money_has_no_loans() -> None:
    network = plans.network(money=False)
    made = report(network, plans.planned(network, plans.goods_tables()))
    assert {"costs", "map", "service", "finance"} <= {section.key for section in made.sections}
    assert {"loans", "lines", "collateral"}.isdisjoint(t.name for s in made.sections for t in s.tables)


def test_shares_are_shown_where_they_are_solved() -> None:
    network, plan = park()
    firms = [row.firm for row in network.rows(tab.Firm)]
    frame = pd.DataFrame({"player": firms, "share": [1.0, 2.0, 3.0, 4.5], "share_volume": [1.0] * 4})
    proven = {"rule": "least_core", "excess": {"upper": 0.0123}, "core_empty": False}
    shown = Page(page(report(network, plan, division=Division(frame, proven))))
    assert shown.feet["shares"][1] == 10.5
    assert "No group of firms could gain more than 1.23\u00a0% of its own cost" in " ".join(shown.words)
    own = Page(page(report(network, plan, "en", firms[2], Division(frame, proven))))
    assert [row for row in own.tables["shares"] if row] == [[None, 3.0]]
    assert [row for row in own.tables["shares_by_rule"] if row] == [[None, 1.0]]


def test_a_plan_by_hand() -> None:
    network, plan = plans.good_plan()
    shown = Page(page(report(network, plan)))
    assert shown.column("costs", 1) == pytest.approx(plan.objective)
    assert shown.column("collateral", 3) == 260.0
    assert any("too dear" in word for word in shown.words)


def test_dates_and_numbers_follow_the_language() -> None:
    day = dt.date(2026, 8, 1)
    assert (Words("en").date(day), Words("zh").date(day)) == ("1 Aug 2026", "2026年8月1日")
    assert (Words("en").short(1.25e6), Words("zh").short(1.25e6)) == ("1.25 M", "125 万")
    assert (Words("en").amount(None), Words("zh").percent(None)) == ("unknown", "未知")


@pytest.mark.parametrize("seed", [0, 4])
@pytest.mark.parametrize("money", [True, False])
def test_odd_plans_have_reports_too(seed: int, money: bool, tmp_path: Path) -> None:
    """Firms that send parcels only, places without stock, plans without loans."""
    network = random_network(seed, money=money)
    plan = solve(network, gap=0.05, time_limit=60)
    assert plan.objective is not None
    for firm in ("", *(row.firm for row in network.rows(tab.Firm))):
        made = report(network, plan, "zh", firm)
        assert Page(page(made)).tables
        write_workbook(made, tmp_path / "plan.xlsx")
    assert Page(page(report(network, plan))).column("costs", 1) == pytest.approx(plan.objective)
