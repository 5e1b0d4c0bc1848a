"""Files that are broken in one way each, and the finding each must bring."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

Content = str | bytes | None
GOOD: Mapping[str, Content] = {
    "settings.csv": "name,start\nx,2026-01-01\n",
    "periods.csv": "period,days\n1,15\n2,15\n",
    "demand.csv": "product,market,period,quantity\n007,NA,1,10\n007,NA,2,10\n",
}
GOOD_JSON = {
    "settings": [{"name": "x", "start": "2026-01-01"}],
    "periods": [{"period": 1, "days": 15}, {"period": 2, "days": 15}],
}


@dataclass(frozen=True)
class FileCase:
    """Files by name (None: absent; ending in a slash: a folder), and what reading ``path`` brings."""

    files: Mapping[str, Content]
    code: str
    table: str = ""
    row: int | None = None
    column: str = ""
    words: str = ""
    path: str = "."


def csv(
    name: str, content: Content, code: str, row: int | None = None, column: str = "", words: str = ""
) -> FileCase:
    """A good CSV folder with one file that is not."""
    known = {"settings.csv", "periods.csv", "demand.csv", "products.csv", "loans.csv"}
    table = name.removesuffix(".csv") if name in known else ""
    return FileCase({**GOOD, name: content}, code, table, row, column, words)


def js(
    content: object, code: str, table: str = "", row: int | None = None, column: str = "", words: str = ""
) -> FileCase:
    """A JSON file; content that is text is written as it is, tables replace those of a good network."""
    text = content if isinstance(content, str | bytes) else json.dumps({**GOOD_JSON, **dict(content)})  # type: ignore[call-overload]
    return FileCase({"n.json": text}, code, table, row, column, words, "n.json")


HEAD = "product,market,period,quantity\n"
PRODUCT = "product,firm,family,volume_m3,weight_kg,cost\n"

FILE_CASES = [
    csv(
        "demand.csv",
        HEAD + "a,M,1,ten\n",
        "unreadable-value",
        2,
        "quantity",
        "a number in unit, at least 0 (decimal point",
    ),
    csv("demand.csv", HEAD + 'a,M,1,"1,5"\n', "unreadable-value", 2, "quantity", "decimal point"),
    csv("demand.csv", HEAD + "\n,,,\na,M,1.5,1\n", "unreadable-value", 4, "period", "a whole number"),
    csv("demand.csv", HEAD + "a,M,1,-1\n", "out-of-range", 2, "quantity", "at least 0"),
    csv("demand.csv", HEAD + "a,M,0,1\n", "out-of-range", 2, "period", "at least 1"),
    csv("demand.csv", HEAD + "a,M,1,nan\n", "not-finite", 2, "quantity"),
    csv("demand.csv", HEAD + "a,M,1,inf\n", "not-finite", 2, "quantity"),
    csv("demand.csv", HEAD + "a,M,1,1e999\n", "not-finite", 2, "quantity"),
    csv("demand.csv", HEAD + "a,M,1,1\na,,2,1\n", "missing-value", 3, "market", "market"),
    csv("demand.csv", HEAD + "a,M,1,1\na,M,2\n", "ragged-line", 3, "", "3 cells, the header 4"),
    csv("demand.csv", HEAD + "a,M,1,1,9\n", "ragged-line", 2, "", "5 cells"),
    csv("demand.csv", "product,market,period,quantity,\na,M,1,1,9\n", "ragged-line", 2, "", "without a name"),
    csv("demand.csv", "product,market,period\na,M,1\n", "missing-column", None, "quantity", "units wanted"),
    csv(
        "demand.csv",
        HEAD.replace("quantity", "quantity,colour") + "a,M,1,1,red\n",
        "unknown-column",
        None,
        "colour",
    ),
    csv(
        "demand.csv",
        HEAD.replace("quantity", "quantity,period") + "a,M,1,1,1\n",
        "duplicate-column",
        None,
        "period",
    ),
    csv(
        "demand.csv",
        HEAD.replace("\n", ",notse\n") + "a,M,1,1,\n",
        "unknown-column",
        None,
        "notse",
        "'notes'",
    ),
    csv("demand.csv", HEAD.encode() + b"a,M\xfcnchen,1,1\n", "not-utf8", 2),
    csv("demand.csv", HEAD.encode("utf-16") + b"\0", "not-utf8", 1),
    csv("demand.csv", "", "broken-csv", None, "", "empty"),
    csv("demand.csv", HEAD + 'a,"M,1,1\n', "broken-csv", 2),
    csv("demand.csv", HEAD + 'a,"M"x,1,1\n', "broken-csv", 2),
    csv("demands.csv", HEAD, "unknown-table", words="'demand'"),
    csv("settings.csv", "name,start\nx,1.2.2026\n", "unreadable-value", 2, "start", "a date such as"),
    csv("settings.csv", "name,start\nx,20260101\n", "unreadable-value", 2, "start"),
    csv(
        "settings.csv",
        "name,start,money\nx,2026-01-01,maybe\n",
        "unreadable-value",
        2,
        "money",
        "true or false",
    ),
    csv(
        "settings.csv",
        "name,start,status\nx,2026-01-01,drop\n",
        "unreadable-value",
        2,
        "status",
        "include, exclude",
    ),
    csv(
        "products.csv",
        PRODUCT + "a,A,f,0,1,1\n",
        "out-of-range",
        2,
        "volume_m3",
        "in m3/unit, above 0 and at most 200",
    ),
    csv(
        "loans.csv",
        "loan,funder,kind,advance,tenor_days\nl,b,gold,1,9\n",
        "unreadable-value",
        2,
        "kind",
        "order",
    ),
    js(
        {"periods": [{"period": True, "days": 1}]},
        "unreadable-value",
        "periods",
        1,
        "period",
        "true or false",
    ),
    js({"periods": [{"period": 1, "days": "12"}]}, "unreadable-value", "periods", 1, "days", "text"),
    js({"periods": [{"period": 1, "days": [3]}]}, "unreadable-value", "periods", 1, "days", "a list"),
    js({"periods": [{"period": 1, "days": 0}]}, "out-of-range", "periods", 1, "days", "above 0"),
    js({"periods": [{"period": 1, "days": float("nan")}]}, "not-finite", "periods", 1, "days"),
    js(
        {"periods": [{"period": 1, "days": None}, {"period": 2, "days": 1}]},
        "missing-value",
        "periods",
        1,
        "days",
    ),
    js({"periods": [{"period": 1}]}, "missing-column", "periods", None, "days"),
    js({"periods": [{"period": 1, "days": 1, "x": 1}]}, "unknown-column", "periods", None, "x"),
    js({"clusters": [{"cluster": 7}]}, "unreadable-value", "clusters", 1, "cluster", "a number"),
    js(
        {"settings": [{"name": "x", "start": "2026-01-01", "money": 1}]},
        "unreadable-value",
        "settings",
        1,
        "money",
    ),
    js({"periods": {"period": 1}}, "broken-json", "periods", words="not a list"),
    js({"periods": [3]}, "broken-json", "periods", 1, words="not an object"),
    FileCase({**GOOD, "需求.csv": HEAD}, "duplicate-table", "demand", words="demand.csv"),
    csv("demand.csv", HEAD.replace(",", ";") + 'a;M;1;"1,200"\n', "unreadable-value", 2, "quantity"),
    js({"需求": [], "demand": []}, "duplicate-table", "demand"),
    js({"periods": [{"period": 1, "days": 1, "天数": 1}]}, "duplicate-column", "periods", 1),
    js({"demnd": []}, "unknown-table", words="'demand'"),
    js("[]", "broken-json", words="not an object of tables"),
    js('{"settings": [', "broken-json", words="line 1"),
    js('{"periods": [], "periods": []}', "broken-json", words="twice"),
    js("[" * 100_000, "broken-json"),
    js(b"\xff\xfe{", "not-utf8"),
    FileCase({"n.xlsx": b"PK\x03\x04 not a workbook"}, "broken-xlsx", path="n.xlsx"),
    FileCase({"n.ods": b""}, "unknown-format", path="n.ods", words="CSV folder"),
    FileCase({"notes.txt": "hello"}, "no-tables"),
    FileCase({}, "no-such-path", path="nowhere"),
    FileCase({**GOOD, "periods.csv": None, "periods.csv/": ""}, "unreadable-file", "periods"),
]
