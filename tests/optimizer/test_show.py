"""A network on one page: the amounts are right, and every number has its unit."""

from __future__ import annotations

import datetime as dt
import json
import re
from importlib import resources
from typing import Any

import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.files import library_names, load
from clusterlane.optimizer import show
from clusterlane.optimizer.cli import app
from clusterlane.optimizer.show import describe, page
from clusterlane.optimizer.show.textmap import Mark, is_land, text_map
from hypothesis import given
from hypothesis import strategies as st
from small import add, bench, change, network
from typer.testing import CliRunner

TINY = describe(load("tiny"))


def test_volumes_weights_and_values_are_those_of_all_demand() -> None:
    """68 units of 1 m3 and 100 kg that sell for 250, 46 of them toys."""
    assert TINY["demand"] == pytest.approx({"volume_m3": 68, "weight_t": 6.8, "value": 17_000})
    assert [(row["family"], row["volume_m3"]) for row in TINY["families"]] == [("small-goods", 68)]
    assert [(row["firm"], row["volume_m3"], row["products"]) for row in TINY["firms"]] == [
        ("alpha", 46, 1),
        ("beta", 22, 1),
    ]
    assert [(row["market"], row["volume_m3"]) for row in TINY["markets"]] == [
        ("los-angeles", 40),
        ("chicago", 26),
        ("new-york", 2),
    ]


def test_seasons_are_per_month_whatever_the_length_of_a_period() -> None:
    net = change(bench(), tab.Period, lambda row: row.period == 2, days=15)
    facts = describe(net)
    assert facts["period_days"] == [30, 15, 30]
    assert facts["seasons"]["m3_per_month"] == pytest.approx([0, 20, 0])
    assert "3 periods of 15 to 30 days" in page(facts)


@pytest.mark.parametrize(("count", "days"), [(1, 30), (4, 7), (104, 7), (24, 15.21875), (12, 30.4375)])
def test_periods_of_any_length_and_number_fit_the_page(count: int, days: float) -> None:
    net = bench().replace(periods=[tab.Period(period=t, days=days) for t in range(1, count + 1)])
    net = net.replace(demand=[tab.Demand(product="p", market="m", period=1, quantity=1)])
    text = page(describe(net))
    assert f"{count} period{'s' if count > 1 else ''} of {days:g} days" in text
    bars = re.search(r"all goods\s+(\S+)", text)
    assert bars
    assert 1 <= len(bars[1]) <= 60


def test_amounts_in_other_currencies_are_counted_at_the_rate_of_their_period() -> None:
    net = change(bench(), tab.Market, currency="EUR")
    rates = [
        tab.ExchangeRate(currency="EUR", date=dt.date(2026, 1, 1), rate=1.0),
        tab.ExchangeRate(currency="EUR", date=dt.date(2026, 1, 31), rate=1.5),
    ]
    facts = describe(add(net, *rates))
    assert facts["demand"]["value"] == pytest.approx(10 * 20 * 1.5)
    text = page(facts)
    assert "1 EUR  = 1 USD from 2026-01-01; 2 rates, the last 1.5 from 2026-01-31" in text
    assert "paid at once in EUR" in text


def test_the_need_is_set_against_the_lines() -> None:
    """10 units at cost 10 are paid in period 1, the firm has 50; its bank has a line of 1,000."""
    net = add(
        bench(),
        tab.Funder(funder="bank", base_rate=0.05, line=200),
        tab.Loan(loan="l", funder="bank", kind=tab.LoanKind.ORDER, advance=0.8, tenor_days=90),
    )
    facts = describe(net)
    assert facts["credit"]["need_slow"]["peak"] == pytest.approx(50)
    assert facts["credit"]["need_slow"]["largest"] == [{"firm": "f", "peak": 50}]
    assert "lines of 1,200 USD are 24 times the need on the slowest routes" in page(facts)


def test_without_money_nothing_is_said_of_credit() -> None:
    facts = describe(change(bench(), tab.Settings, money=False))
    assert facts["credit"] is None
    assert "WHO MAY LEND" not in page(facts)
    assert "money is not" in page(facts)


def test_a_network_without_demand_or_places_is_shown_too() -> None:
    start = network(tab.Settings(name="x", start=dt.date(2026, 1, 1)), tab.Period(period=1, days=15))
    assert "Buyers want 0 m3, 0 t" in page(describe(start))


@pytest.mark.parametrize("name", library_names())
def test_the_networks_we_ship_fit_a_page(name: str) -> None:
    facts = describe(load(name))
    lines = page(facts).splitlines()
    assert len(lines) <= 130
    assert max(map(len, lines)) <= 160
    assert json.loads(json.dumps(facts)) == facts


def test_lists_that_are_cut_say_so() -> None:
    text = page(describe(load("anhui")))
    assert re.search(r"8\s+clusters \(anqing-brushes,", text)
    assert re.search(r"tianchang-electronics,\s+…\)", text)
    assert re.search(r"from \d clusters\n", text)
    assert re.search(r"8 core firms with guarantees .*, …\n", text, re.DOTALL)


def _numbers_without_unit(text: str) -> list[str]:
    """Numbers that nothing follows, but for names, dates, ranges and the map."""
    body = re.sub(r"\(period \d+", "", text.partition("\nMAP\n")[0])
    return re.findall(r"(?<![\w,.-])\d[\d,.]*(?=\s*(?:\n|;|$))", body)


def test_every_number_has_a_unit() -> None:
    net = bench()
    named = change(net, tab.Firm, name="firm")
    assert _numbers_without_unit(page(describe(named))) == []
    assert _numbers_without_unit("lines of 200\n") == ["200"]


def test_the_map_holds_hubs_markets_and_numbered_warehouses() -> None:
    text = page(TINY).partition("\nMAP\n")[2]
    assert all(sign in text for sign in "Ho12·")
    assert "without coordinates" not in text


@given(places=st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=1, max_size=6))
def test_the_map_holds_any_places(places: list[tuple[float, float]]) -> None:
    lines = text_map([Mark(lat, lon, "X") for lat, lon in places])
    assert any("X" in line for line in lines)
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 76


def test_places_lie_as_on_a_map() -> None:
    lines = text_map([Mark(31.2, 121.5, "S"), Mark(34.0, -118.2, "L"), Mark(51.9, 4.5, "R")])
    rows = {sign: next(i for i, line in enumerate(lines) if sign in line) for sign in "SLR"}
    columns = {sign: lines[rows[sign]].index(sign) for sign in "SLR"}
    assert rows["R"] < min(rows["S"], rows["L"])
    assert columns["R"] < columns["S"] < columns["L"], (
        "the Atlantic gap is wider than none, the Pacific is shown"
    )


def test_the_land_is_where_it_is() -> None:
    land = [(31.8, 117.2), (40, -100), (-25, 135), (48, 10), (0, 25)]
    sea = [(0, -150), (30, -45), (-40, 80), (55, -30), (20, 65)]
    assert all(is_land(*place) for place in land)
    assert not any(is_land(*place) for place in sea)


def _run(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


def test_the_verb_prints_the_page_or_the_facts() -> None:
    assert _run("show", "tiny").stdout == page(TINY) + "\n"
    assert json.loads(_run("show", "tiny", "--json").stdout) == TINY


def test_the_example_in_the_documentation_is_what_is_printed() -> None:
    published = (resources.files(show) / "README.md").read_text(encoding="utf-8")
    assert page(TINY) in published


def test_a_network_with_errors_is_not_shown(tmp_path: Any) -> None:
    (tmp_path / "settings.csv").write_text("name,start\nx,2026-01-01\n")
    result = _run("show", str(tmp_path))
    assert result.exit_code == 2
    assert "period-numbering" in result.stderr


def test_new_and_schema_are_verbs(tmp_path: Any) -> None:
    made = _run("new", str(tmp_path / "park.xlsx"), "--example", "--json")
    assert json.loads(made.stdout)["rows"]["markets"] == 3
    assert _run("validate", str(tmp_path / "park.xlsx")).exit_code == 0
    assert _run("new", str(tmp_path / "park.xlsx")).exit_code == 2
    assert json.loads(_run("schema").stdout)["properties"].keys() >= {"demand", "firms"}
    assert _run("schema", "--as", "markdown").stdout.startswith("# Tables and columns")
