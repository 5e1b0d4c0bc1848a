"""Workbooks that are broken in one way each, and the finding each must bring."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook
from workbooks import Rows, bomb, edited, workbook


@dataclass(frozen=True)
class BookCase:
    """A workbook and the one finding that reading it brings."""

    content: bytes
    code: str
    table: str = ""
    row: int | None = None
    column: str = ""
    cell: str = ""
    words: str = ""


def page(
    table: str,
    rows: Rows,
    code: str,
    row: int | None = None,
    column: str = "",
    cell: str = "",
    words: str = "",
) -> BookCase:
    """A good workbook with one sheet that is not."""
    return BookCase(workbook({table: rows}), code, table, row, column, cell, words)


def changed(change: Callable[[Workbook], object], code: str, **expected: Any) -> BookCase:
    """A good workbook with demand, changed in one way."""
    rows = [DEMAND, ["007", "NA", 1, 10], ["007", "NA", 2, 10]]
    return BookCase(workbook({"demand": rows}, change), code, **expected)


def _hide(book: Workbook) -> None:
    book["demand"].sheet_state = "veryHidden"


def _merge(book: Workbook) -> None:
    book["demand"].merge_cells("A2:A3")


def _error(book: Workbook) -> None:
    book["demand"]["D2"] = "#DIV/0!"


def _encrypted() -> bytes:
    return bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600) + "EncryptedPackage".encode("utf-16-le")


def _locked() -> bytes:
    content = bytearray(workbook({}))
    for mark, place in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        start = content.find(mark)
        while start >= 0:
            content[start + place] |= 1
            start = content.find(mark, start + 4)
    return bytes(content)


def _without_parts() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("hello.txt", "no workbook")
    return buffer.getvalue()


DEMAND = ["product", "market", "period", "quantity"]
ENTITY = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&amp;a;&amp;a;">]><workbook'
BOOK_CASES = [
    page("periods", [["period", "days"], [1, "long"]], "unreadable-value", 2, "days", "periods!B2", "number"),
    page("periods", [["period", "days"], [1, "8 %"]], "unreadable-value", 2, "days", "periods!B2", "in day"),
    page("periods", [["period", "days"], [1, True]], "unreadable-value", 2, "days", "periods!B2"),
    page("periods", [[], ["days", "period"], [], [15, "one"]], "unreadable-value", 4, "period", "periods!B4"),
    page("periods", [["period", "days"], [1.5, 15]], "unreadable-value", 2, "period", "periods!A2", "whole"),
    page("periods", [["period", "days"], [1, 400]], "out-of-range", 2, "days", "periods!B2", "at most 366"),
    page("periods", [["period", "days"], [1, None]], "missing-value", 2, "days", "periods!B2"),
    page("periods", [["period"], [1]], "missing-column", None, "days"),
    page(
        "periods",
        [["period", "days", "dayz"], [1, 15]],
        "unknown-column",
        None,
        "dayz",
        "periods!C1",
        "'days'",
    ),
    page(
        "periods",
        [["period", "days", "天数"], [1, 15]],
        "duplicate-column",
        None,
        "days",
        "periods!C1",
        "'天数'",
    ),
    page("periods", [["period", "days"], [1, 15, 9]], "ragged-line", 2),
    page(
        "settings", [["name", "start"], ["x", 46023]], "unreadable-value", 2, "start", "settings!B2", "a date"
    ),
    page(
        "settings",
        [["name", "start"], ["x", dt.datetime(2026, 1, 1, 12)]],
        "unreadable-value",
        2,
        "start",
        "settings!B2",
    ),
    page(
        "demand",
        [DEMAND, ["a", "M", 1, "=5*2"]],
        "formula-without-value",
        2,
        "quantity",
        "demand!D2",
        "computed",
    ),
    changed(
        _error,
        "formula-without-value",
        table="demand",
        row=2,
        column="quantity",
        cell="demand!D2",
        words="#DIV/0!",
    ),
    changed(_merge, "merged-cells", table="demand", cell="demand!A2:A3"),
    changed(_hide, "hidden-sheet", table="demand", words="unhide"),
    page(
        "clusters",
        [["cluster"], [dt.datetime(2026, 3, 1)]],
        "id-not-text",
        2,
        "cluster",
        "clusters!A2",
        "a date",
    ),
    page("clusters", [["cluster"], [1.5]], "id-not-text", 2, "cluster", "clusters!A2", "a number"),
    page("clusters", [["cluster"], [12345678901234567890]], "id-not-text", 2, "cluster", "clusters!A2"),
    page("clusters", [["cluster"], [True]], "id-not-text", 2, "cluster", "clusters!A2", "yes or no"),
    BookCase(
        workbook({"clusters": [["cluster"], ["007"]], "firms": [["firm", "cluster"], ["A", 7]]}),
        "id-not-text",
        "firms",
        2,
        "cluster",
        "firms!B2",
        "'007'",
    ),
    page("colours", [["red"]], "unknown-table"),
    BookCase(
        workbook({"demand": [DEMAND], "需求": [DEMAND]}), "duplicate-table", "demand", words="as 'demand'"
    ),
    BookCase(_encrypted(), "protected-file", words="password"),
    BookCase(_locked(), "protected-file", words="password"),
    BookCase(bomb(), "oversized-file", words="MB"),
    BookCase(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "broken-xlsx", words="old .xls"),
    BookCase(_without_parts(), "broken-xlsx"),
    BookCase(b"name,start\nx,2026-01-01\n", "broken-xlsx"),
    BookCase(b"", "broken-xlsx"),
    BookCase(workbook({})[:-400], "broken-xlsx"),
    BookCase(edited(workbook({}), "xl/workbook.xml", "<workbook", ENTITY), "broken-xlsx", words="entities"),
    BookCase(edited(workbook({}), "xl/worksheets/sheet1.xml", "</sheetData>", ""), "broken-xlsx"),
]
