"""Reading understands what people write, and refuses what could mean two things."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.files import read, write
from clusterlane.instances.files.cells import unit_of, value_type
from clusterlane.instances.files.names import column_of, second_names, table_of
from clusterlane.instances.files.values import canonical
from clusterlane.instances.findings import InputError
from clusterlane.instances.network import Network
from clusterlane.instances.tables import TABLES
from corpus import small
from hypothesis import given
from hypothesis import strategies as st
from workbooks import workbook

DEMAND_HEAD = ["product", "market", "period", "quantity"]
DEMAND = tab.Demand(product="007", market="NA", period=1, quantity=1200)


@pytest.mark.parametrize(
    ("written", "wanted", "unit", "meant"),
    [
        ("8 %", float, "1", "0.08"),
        ("8％", float, "1/year", "0.08"),
        ("7.1%", float, "1", "0.071"),
        ("100 %", float, "1", "1"),
        ("8 %", float, "m3", "8 %"),
        ("1,200", float, "unit", "1200"),
        ("1 200", float, "unit", "1200"),
        ("1\u00a0200", float, "unit", "1200"),
        ("1\u202f200.5", float, "unit", "1200.5"),
        ("1'234'567", float, "unit", "1234567"),
        ("-1,234,567.25", float, "unit", "-1234567.25"),
        ("１２，３４５", float, "unit", "12345"),
        ("\u22125", float, "unit", "-5"),
        ("1.00", int, "-", "1"),
        ("1,000", int, "-", "1000"),
        ("1.5", int, "-", "1.5"),
        ("0,125", float, "1", "0,125"),
        ("1,5", float, "1", "1,5"),
        ("12,00", float, "1", "12,00"),
        ("1,23,456", float, "1", "1,23,456"),
        ("1 200,5", float, "unit", "1 200,5"),
        ("2026/3/1", dt.date, "date", "2026-03-01"),
        ("2026-3-1", dt.date, "date", "2026-03-01"),
        ("2026.12.31", dt.date, "date", "2026-12-31"),
        ("2026年3月1日", dt.date, "date", "2026-03-01"),
        ("2026-03-01T00:00:00", dt.date, "date", "2026-03-01"),
        ("２０２６／３／１", dt.date, "date", "2026-03-01"),
        ("3/1/2026", dt.date, "date", "3/1/2026"),
        ("2026-03-01 12:00", dt.date, "date", "2026-03-01 12:00"),
        ("Yes", bool, "-", "true"),
        ("是", bool, "-", "true"),
        ("否", bool, "-", "false"),
        ("NO", bool, "-", "false"),
        ("maybe", bool, "-", "maybe"),
        ("Ocean", tab.Mode, "-", "ocean"),
        ("海运", tab.Mode, "-", "ocean"),
        ("Per Use", tab.Contract, "-", "per_use"),
        ("００７", str, "id", "００７"),
    ],
)
def test_what_a_cell_means(written: str, wanted: type[Any], unit: str, meant: str) -> None:
    column = {tab.Mode: "mode", tab.Contract: "contract"}.get(wanted, "x")
    assert canonical(written, wanted, column, unit) == meant


def test_where_commas_may_be_decimal_a_group_of_three_is_refused() -> None:
    assert canonical("1,200", float, "x", "unit", decimal_comma=True) == "1,200"
    assert canonical("1,234,567", float, "x", "unit", decimal_comma=True) == "1234567"
    assert canonical("1 200", float, "x", "unit", decimal_comma=True) == "1200"


@given(number=st.integers(0, 10**12), separator=st.sampled_from([",", " ", "'", "\u2009", "，"]))
def test_grouped_digits_are_the_number(number: int, separator: str) -> None:
    assert canonical(f"{number:,}".replace(",", separator), float, "x", "unit") == str(number)


@given(share=st.decimals(0, 100, places=4))
def test_a_percentage_is_exactly_its_hundredth(share: Any) -> None:
    assert float(canonical(f"{share} %", float, "x", "1")) == float(share / 100)


@pytest.mark.parametrize(
    "header",
    [
        "volume_m3",
        "Volume M3",
        " VOLUME-M3 *",
        "volume_m3 (m3/unit)",
        "Volume (m3)",
        "volume[m3]",
        "体积",
        "体积（m3）",
        "ｖｏｌｕｍｅ＿ｍ３",
    ],
)
def test_a_column_has_many_spellings(header: str) -> None:
    assert column_of("products", header) == "volume_m3"


def test_the_same_word_means_what_its_table_has() -> None:
    assert column_of("fx", "汇率") == "rate"
    assert column_of("duties", "税率") == "rate"
    assert column_of("guarantees", "担保额度") == "line"
    assert column_of("firms", "colour") == "colour"
    assert [table_of(name) for name in ("需求", "Last Mile", "DEMAND", "demands")] == [
        "demand",
        "last_mile",
        "demand",
        None,
    ]


@pytest.mark.parametrize(
    "content",
    [
        "产品,市场,期,数量\n007,NA,1,1200\n".encode("gb18030"),
        "\ufeffProduct,Market,Period,Quantity\r\n007,NA,1,1200\r\n\r\n,,,\r\n".encode(),
        b"product;market;period;quantity\n007;NA;1;1 200\n",
        b"sep=;\nproduct;market;period;quantity\n007;NA;1;1200\n",
        "product\tmarket\tperiod\tquantity\n007\tNA\t1\t1200\n".encode("utf-16"),
        b',,,\nproduct,market,period,quantity,,\n007,NA,1.0,"1,200",,\n',
        " product , market,period,数量（件）\n　007　, NA ,１,１２００\n".encode(),
    ],
    ids=["gb18030", "mark", "semicolon", "sep", "utf-16", "blank", "wide"],
)
def test_csv_as_spreadsheets_write_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "需求.csv").write_bytes(content)
    (tmp_path / "#notes.csv").write_bytes(b"anything")
    assert read(tmp_path) == Network({"demand": [DEMAND]})


def test_a_workbook_as_people_make_it(tmp_path: Path) -> None:
    demand = [[], ["产品", "Market", "期 ", "Quantity (units)"], [], ["007", " NA", 1.0, "1,200"], [None] * 4]
    settings = [["name", "start", "money", "Deposit Rate"], ["x", dt.datetime(2026, 3, 1), "是", "8 %"]]
    content = workbook({"需求": demand, "settings": settings, "#notes": [["anything"]]})
    (tmp_path / "n.xlsx").write_bytes(content)
    network = read(tmp_path / "n.xlsx")
    assert network.all_rows(tab.Demand) == (DEMAND,)
    assert (network.settings.start, network.settings.deposit_rate) == (dt.date(2026, 3, 1), 0.08)


def test_a_workbook_with_macros_protected_sheets_and_drop_downs_is_read(tmp_path: Path) -> None:
    def protect(book: Any) -> None:
        book["demand"].protection.sheet = True
        book["demand"].row_dimensions[2].hidden = True
        book["demand"].auto_filter.ref = "A1:D2"

    rows = [["product", "market", "period", "quantity"], ["007", "NA", 1, 1200]]
    (tmp_path / "n.xlsm").write_bytes(workbook({"demand": rows}, protect))
    assert read(tmp_path / "n.xlsm").all_rows(tab.Demand) == (DEMAND,)


def test_titles_above_the_column_names_are_passed_over(tmp_path: Path) -> None:
    rows = [["需求表 2026", None, None], ["as of January"], DEMAND_HEAD, ["007", "NA", 1, 1200]]
    content = workbook({"demand": rows}, lambda book: book["demand"].merge_cells("A1:D1"))
    (tmp_path / "n.xlsx").write_bytes(content)
    assert read(tmp_path / "n.xlsx").all_rows(tab.Demand) == (DEMAND,)
    (tmp_path / "demand.csv").write_text("需求表 2026,,,\n\nproduct,market,period,quantity\n007,NA,1,1200\n")
    assert read(tmp_path).all_rows(tab.Demand) == (DEMAND,)


def test_an_identifier_is_read_as_the_workbook_shows_it(tmp_path: Path) -> None:
    def pad(book: Any) -> None:
        book["clusters"]["A2"].number_format = "000"

    (tmp_path / "n.xlsx").write_bytes(workbook({"clusters": [["cluster"], [7], [12], ["NA"]]}, pad))
    network = read(tmp_path / "n.xlsx")
    assert [row.cluster for row in network.all_rows(tab.Cluster)] == ["007", "12", "NA"]


def test_a_computed_formula_counts_as_its_value(tmp_path: Path) -> None:
    from workbooks import edited

    content = workbook({"periods": [["period", "days"], [1, "=10+5"]]})
    cached = edited(content, "xl/worksheets/sheet2.xml", "<v ?/>|<v></v>", "<v>15</v>")
    (tmp_path / "n.xlsx").write_bytes(cached)
    assert [row.days for row in read(tmp_path / "n.xlsx").all_rows(tab.Period)] == [15]


def test_a_sheet_with_a_cell_at_its_far_end_is_read_at_once(tmp_path: Path) -> None:
    def far(book: Any) -> None:
        book["periods"]["A1048576"] = 3
        book["periods"]["B1048576"] = 15

    (tmp_path / "n.xlsx").write_bytes(workbook({}, far))
    assert len(read(tmp_path / "n.xlsx").all_rows(tab.Period)) == 3


def test_the_three_formats_agree_on_a_whole_network(tmp_path: Path) -> None:
    network = small()
    for before, after in (("a", "b.json"), ("b.json", "c.xlsx"), ("c.xlsx", "d")):
        write(network if before == "a" else read(tmp_path / before), tmp_path / after)
    assert read(tmp_path / "d") == network


def test_every_column_of_choices_shares_and_dates_has_a_unit_that_reading_knows() -> None:
    for table, kind in TABLES.items():
        for column, info in kind.model_fields.items():
            numeric = value_type(kind, column) in (int, float)
            assert unit_of(info) != "", f"{table}.{column}"
            assert not (numeric and unit_of(info) == "id"), f"{table}.{column}"


def test_every_table_and_column_has_a_chinese_name() -> None:
    assert not [table for table in TABLES if not second_names(table)]
    columns = [(table, column) for table, kind in TABLES.items() for column in kind.model_fields]
    assert not [pair for pair in columns if not second_names(*pair)], "add it to instances/files/aliases.csv"


def test_no_word_means_two_columns_of_a_table() -> None:
    for table, kind in TABLES.items():
        names = [alias for column in kind.model_fields for alias in second_names(table, column)]
        assert len(names) == len(set(names)), table


def test_a_message_names_file_sheet_and_cell(tmp_path: Path) -> None:
    demand = [["market", "product", "quantity", "period"], ["M", "a", "ten", 1]]
    (tmp_path / "n.xlsx").write_bytes(workbook({"需求": demand}))
    with pytest.raises(InputError) as caught:
        read(tmp_path / "n.xlsx")
    assert str(caught.value).startswith(
        "error unreadable-value n.xlsx, 需求!C2, demand row 2, column quantity, value 'ten': "
    )
