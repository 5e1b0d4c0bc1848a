"""What is wrong with a network is found, named and explained; a sound one has no findings."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from clusterlane.instances import tables as tb
from clusterlane.instances.checks import check
from clusterlane.instances.files import library_names, load
from clusterlane.instances.network import Network
from clusterlane.instances.tables import TABLES
from corpus import CASES, Case, add, alter, both, empty, small
from hypothesis import given, settings
from hypothesis import strategies as st


def test_the_small_network_has_no_findings() -> None:
    assert check(small()) == []


@pytest.mark.parametrize("name", library_names())
def test_the_networks_we_ship_have_no_errors(name: str) -> None:
    assert [finding for finding in check(load(name)) if finding.severity == "error"] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code}-{case.table}-{case.column}")
def test_a_broken_network_is_named(case: Case) -> None:
    place = (case.code, case.severity, case.table, case.column)
    found = [f for f in check(case.change(small())) if (f.code, f.severity, f.table, f.column) == place]
    assert any(case.words in finding.cause + finding.remedy for finding in found)
    assert all(finding.cause and finding.remedy and "\n" not in str(finding) for finding in found)


def test_all_findings_come_at_once_errors_first() -> None:
    broken = both(
        alter(tb.Firm, cluster="x"),
        alter(tb.Loan, tenor_days=1),
        alter(tb.Zone, credit_days=90),
        empty(tb.Guarantee),
    )
    findings = check(broken(small()))
    codes = {finding.code for finding in findings}
    assert codes >= {"dangling-reference", "tenor-below-period", "run-off-too-short"}
    severities = [finding.severity for finding in findings]
    assert severities == sorted(severities)


def test_excluded_rows_are_not_checked() -> None:
    wrong = tb.Firm(firm="X", cluster="nowhere", status=tb.Status.EXCLUDE)
    twice = tb.Product(**{**small().rows(tb.Product)[0].model_dump(), "status": tb.Status.EXCLUDE})
    assert check(add(wrong, twice)(small())) == []


def test_money_findings_need_money() -> None:
    change = both(
        alter(tb.Settings, money=False), alter(tb.Zone, credit_days=90), alter(tb.Loan, tenor_days=1)
    )
    assert check(change(small())) == []


def test_opening_stock_and_pipeline_serve_early_demand() -> None:
    late = alter(tb.Lane, days=30)
    stocked = both(late, add(tb.Stock(product="a", place="W", opening=200)))
    coming = both(late, add(tb.Pipeline(product="a", warehouse="W", period=2, quantity=200)))
    assert check(stocked(small())) == []
    assert check(coming(small())) == []


def test_closing_stock_may_arrive_in_the_last_period() -> None:
    change = both(
        alter(tb.Lane, days=75),
        alter(tb.Product, safety_days=3),
        add(tb.Stock(product="a", place="W", target=1)),
    )
    assert "unreachable-target" not in {finding.code for finding in check(change(small()))}


def test_huge_numbers_never_raise() -> None:
    changes = [alter(tb.Period, max_openings=10**400, max_sites=10**400, min_covered=10**400)]
    changes += [
        alter(tb.Tier, term_periods=10**400),
        alter(tb.Demand, quantity=1e308),
        alter(tb.Sale, price=1e308),
    ]
    assert {finding.code for finding in check(both(*changes)(small()))} >= {"coverage-above-markets"}


def test_a_parcel_service_serves_at_once_and_needs_no_capacity() -> None:
    parcels = tb.ParcelRate(service="post", market="DE", days=5)
    change = both(alter(tb.Lane, days=30, capacity_m3_month=1), add(parcels))
    assert check(change(small())) == []


def test_longer_run_off_cures_late_receipts() -> None:
    change = both(alter(tb.Zone, credit_days=60), add(tb.Period(period=7, days=15)))
    assert check(change(small())) == []


def test_a_message_names_place_cause_and_remedy() -> None:
    (finding,) = check(alter(tb.Market, currency="GBP")(small()))
    assert str(finding) == (
        "error currency-without-rate markets [DE], column currency, value 'GBP': "
        "the currency has no exchange rate. Remedy: add its rate to fx, or correct the currency."
    )


IDS = ["A", "B", "H", "W", "operator", "direct", "USD", "EUR"]


def _random_row(kind: type[tb.Row], chooser: random.Random) -> tb.Row:
    """A row whose texts are few identifiers, so that references often hit and often miss."""
    values: dict[str, object] = {}
    for name, info in kind.model_fields.items():
        if not info.is_required() and chooser.random() < 0.5:
            continue
        text = str(info.annotation)
        limits = [getattr(m, limit) for m in info.metadata for limit in ("le", "lt") if hasattr(m, limit)]
        number = chooser.choice([0, 1, 1, 2, *limits[:1]])
        if "int" in text or "float" in text:
            values[name] = number
        elif "str" in text:
            values[name] = chooser.choice(IDS)
        elif "date" in text:
            values[name] = dt.date(2026, chooser.randint(1, 12), 1)
        elif "bool" in text:
            values[name] = chooser.random() < 0.5
        else:
            values[name] = chooser.choice(list(info.annotation))  # type: ignore[call-overload]
    try:
        return kind.model_validate(values)
    except ValueError:
        return _random_row(kind, chooser)


@settings(deadline=None, max_examples=150)
@given(seed=st.integers(0, 10**9), calendar=st.booleans())
def test_checking_never_raises(seed: int, calendar: bool) -> None:
    chooser = random.Random(seed)
    tables = {
        name: [_random_row(kind, chooser) for _ in range(chooser.choice([0, 1, 3, 6]))]
        for name, kind in TABLES.items()
    }
    network = Network(tables)
    if calendar:
        network = network.replace(periods=small().all_rows(tb.Period), settings=small().all_rows(tb.Settings))
    assert all(finding.severity in ("error", "warning") for finding in check(network))


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_removing_any_rows_of_a_sound_network_never_raises(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted(TABLES)), max_size=6, unique=True))
    network = small().replace(**{name: [] for name in names})
    assert all(finding.cause and finding.remedy for finding in check(network))
