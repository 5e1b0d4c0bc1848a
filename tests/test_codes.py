"""Every code that the program can give is in a published index, and every code of an index can be given."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from clusterlane.instances.findings import Code
from codes import codes_in

ROOT = Path(__file__).parents[1]
COMPOSED = {
    "not-finite",  # told from the error of the row class
    "line-amount",
    "line-quantity",
    "line-rate",
    "shipment-lane",
    "shipment-volume",
    "shipment-weight",
    "storage-family-capacity",
    "throughput-family-capacity",
    "formula-text",
}
"""Codes put together of parts, or chosen by a rule."""


def _index(page: str) -> list[list[str]]:
    """The codes of every row of a page's tables."""
    text = (ROOT / page).read_text(encoding="utf-8")
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    rows = [re.findall(r"`([a-z0-9-]+)`", cell) for cell in cells]
    assert all(rows)
    return rows


def test_every_code_is_in_an_index_and_every_code_of_an_index_is_given() -> None:
    networks = set(get_args(Code))
    others = [code for row in _index("docs/codes.md") for code in row]
    assert len(others) == len(set(others))
    assert not networks & set(others)
    given = codes_in(ROOT / "instances", ROOT / "optimizer")
    assert sorted({*networks, *others}) == sorted({*given, *COMPOSED})


def test_the_codes_of_networks_are_given_by_their_own_part() -> None:
    assert codes_in(ROOT / "instances") | {"not-finite"} == set(get_args(Code))


def test_every_row_of_the_index_says_meaning_and_remedy() -> None:
    lines = (ROOT / "docs/codes.md").read_text(encoding="utf-8").splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("| `")]
    assert len(rows) > 100
    assert all(len(row) == 3 and all(cell.strip() for cell in row) for row in rows)
