"""Every malformed network brings exactly its findings, and each can be written and read again."""

from __future__ import annotations

import pytest
from broken_files import FILE_CASES
from broken_workbooks import BOOK_CASES
from clusterlane.instances import tables as tb
from clusterlane.instances.checks import check
from clusterlane.instances.checks.need import needs
from clusterlane.instances.findings import Finding
from corpus import add, alter, both, small
from malformed import MALFORMED
from malformed_tables import Malformed


@pytest.mark.parametrize("case", MALFORMED, ids=lambda case: case.name)
def test_a_malformed_network_brings_exactly_its_findings(case: Malformed) -> None:
    findings = check(case.change(small()))
    assert list(map(_spelled, findings)) == case.findings
    assert all(finding.cause and finding.remedy and "\n" not in str(finding) for finding in findings)


def _spelled(finding: Finding) -> str:
    row = f"[{finding.row}]" if finding.row else ""
    return f"{finding.code} {finding.table}{row}{finding.column and '.'}{finding.column}"


def test_the_corpus_is_large_and_without_repeats() -> None:
    assert len({case.name for case in MALFORMED}) == len(MALFORMED) >= 60
    assert len(FILE_CASES) + len(BOOK_CASES) >= 60


def _messages(*changes: object) -> dict[str, str]:
    return {f.code: f.cause + f.remedy for f in check(both(*changes)(small()))}  # type: ignore[arg-type]


def test_the_need_is_what_production_takes_before_sales_come_in() -> None:
    """100 units at 10 made a period early in 2 and 3, sold at 50 EUR (1.1 USD), paid 30 days later."""
    change = both(alter(tb.Product, refund_rate=0), alter(tb.Firm, opening_cash=300, min_cash=100))
    need = next(need for need in needs(change(small())) if need.firm == "A")
    assert need.cash == pytest.approx([-700, -1700, -1700, -1700 + 5500, -1700 + 11000, -1700 + 11000 + 500])
    assert need.shortfalls == pytest.approx([800, 1800, 1800, 0, 0, 0])
    assert need.peak == pytest.approx(1800)


def test_stock_and_slow_lanes_change_the_need() -> None:
    stocked = both(alter(tb.Product, refund_rate=0), add(tb.Stock(product="a", place="W", opening=150)))
    fast = next(need for need in needs(stocked(small())) if need.firm == "A")
    assert fast.peak == pytest.approx(500)
    slower = add(tb.Lane(lane="S", hub="H", warehouse="W", mode=tb.Mode.OCEAN, days=30))
    peaks = [need.cash[0] for need in needs(slower(small()), slow=True) if need.firm == "A"]
    assert peaks[0] == pytest.approx(-2000 * 0.9)


def test_a_need_is_named_with_amount_period_and_reason() -> None:
    text = _messages(alter(tb.Product, refund_rate=0), alter(tb.Firm, rating=None))["credit-without-source"]
    assert "2,000 USD more than its cash in period 2, and the firm has no rating" in text


def test_a_need_beyond_all_lines_is_named() -> None:
    short = _messages(alter(tb.Product, refund_rate=0), alter(tb.Funder, line=1500))["credit-without-source"]
    assert "2,560 USD more than the firms' cash in period 2" in short
    assert "the lines hold 1,500 USD together" in short


def test_emergency_credit_is_a_source() -> None:
    emergency = alter(tb.Settings, emergency_rate=0.2)
    assert "credit-without-source" not in _messages(alter(tb.Firm, rating=None), emergency)


def test_an_air_lane_is_not_dominated_by_a_cheaper_slower_one() -> None:
    air = tb.Lane(lane="L2", hub="H", warehouse="W", mode=tb.Mode.AIR, days=5, loose_rate_kg=4)
    assert check(both(alter(tb.LaneContainer, max_month=None), add(air))(small())) == []


@pytest.mark.parametrize("written", ["HEFEI", "hefei ", "ｈｅｆｅｉ", "00hefei"])
def test_an_identifier_that_only_looks_different_is_suggested(written: str) -> None:
    (finding,) = check(alter(tb.Firm, 2, cluster=written)(small()))[:1]
    assert (finding.code, finding.value) == ("dangling-reference", written)
    assert "did you mean 'hefei'?" in finding.remedy


def test_parcels_join_the_parts() -> None:
    separate = next(case for case in MALFORMED if case.name == "two parts that share nothing").change
    joined = both(separate, add(tb.ParcelRate(service="post", market="FR", days=5)))
    assert "separate-parts" not in {finding.code for finding in check(joined(small()))}
