"""Published problems of others: found in ``CLUSTERLANE_DATA``, else beside the project; never part of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("CLUSTERLANE_DATA") or Path(__file__).parents[2] / "shared" / "data")

CAP = {
    "cap41": 1040444.375, "cap42": 1098000.450, "cap43": 1153000.450, "cap44": 1235500.450,
    "cap51": 1025208.225, "cap61": 932615.750, "cap62": 977799.400, "cap63": 1014062.050,
    "cap64": 1045650.250, "cap71": 932615.750, "cap72": 977799.400, "cap73": 1010641.450,
    "cap74": 1034976.975, "cap81": 838499.288, "cap82": 910889.563, "cap83": 975889.563,
    "cap84": 1069369.525, "cap91": 796648.438, "cap92": 855733.500, "cap93": 896617.538,
    "cap94": 946051.325, "cap101": 796648.437, "cap102": 854704.200, "cap103": 893782.112,
    "cap104": 928941.750, "cap111": 826124.713, "cap112": 901377.213, "cap113": 970567.750,
    "cap114": 1063356.488, "cap121": 793439.563, "cap122": 852524.625, "cap123": 895302.325,
    "cap124": 946051.325, "cap131": 793439.562, "cap132": 851495.325, "cap133": 893076.712,
    "cap134": 928941.750,
}  # fmt: skip
"""Proven optima of the OR-Library."""

CAPA = {8000: 19240822.449, 10000: 18438046.543, 12000: 17765201.949, 14000: 17160439.012}


def data(*parts: str) -> Path:
    """The path of a published file; the test is skipped where it is missing."""
    path = DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"published data not found: {path} (set CLUSTERLANE_DATA to its folder)")
    return path


def holmberg_optima() -> list[float]:
    """Proven optima of p1, p2, ..."""
    return [float(word) for word in data("holmberg_sscflp", "optima.txt").read_text().split()]
