"""Keys as numbers and figures of tables by many keys, against the dictionaries that say the same."""

from __future__ import annotations

import numpy as np
import pytest
from clusterlane.instances.calendar import Calendar
from clusterlane.models.index import Index
from clusterlane.models.keys import Codes, Keys, distinct
from hypothesis import given
from hypothesis import strategies as st

from tests.small import random_network

LABELS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(1, 3)))


@given(LABELS.map(dict.fromkeys), LABELS)
def test_keys_are_found_where_a_dictionary_finds_them(
    own: dict[tuple[str, str, int], None], wanted: list
) -> None:  # type: ignore[type-arg]
    """The place of each key, -1 for one that is not there; names that come later are not there."""
    codes = Codes(last=3)
    keys, place = Keys(codes, own, 3), {label: i for i, label in enumerate(own)}
    found = keys.find(*Keys(codes, wanted, 3).parts)
    assert found.tolist() == [place.get(label, -1) for label in wanted]


@given(LABELS.map(lambda labels: [first for first, _, _ in labels]), st.lists(st.sampled_from("abcd")))
def test_names_are_found(own: list[str], wanted: list[str]) -> None:
    """Likewise where a name is the whole key."""
    codes, names = Codes(last=3), list(dict.fromkeys(own))
    keys = Keys(codes, names, 1)
    assert keys.find(codes.of(names)).tolist() == list(range(len(names)))
    expected = [names.index(name) if name in names else -1 for name in wanted]
    assert keys.find(codes.of(wanted)).tolist() == expected


@given(LABELS)
def test_different_keys_stand_as_they_first_come(labels: list[tuple[str, str, int]]) -> None:
    """The keys are those of a dictionary, and each entry knows its own."""
    codes = Codes(last=3)
    keys, at = distinct(codes, Keys(codes, labels, 3).parts)
    assert keys.labels == list(dict.fromkeys(labels))
    assert [keys.labels[i] for i in at] == labels


def test_periods_are_their_own_numbers() -> None:
    """A name that reads like a period is another key."""
    codes = Codes(last=3)
    assert (codes[2], codes["2"], codes["a"], codes["2"]) == (2, 4, 5, 4)
    assert codes.named(np.array([5, 2, 4])) == ["a", 2, "2"]


@pytest.mark.parametrize("seed", range(6))
def test_figures_are_those_of_the_rows(seed: int) -> None:
    """Prices, costs and rates of exchange by many keys at once equal those one by one, to the last bit."""
    ix = Index(random_network(seed, money=True))
    p, w, k, t = ix.keys(ix.deliver, 4).parts
    mile = ix.table("last_miles").at(w, k)
    assert mile["cost_kg"].tolist() == [ix.last_miles[w, k].cost_kg for _, w, k, _ in ix.deliver]
    assert mile.fx(t).tolist() == [ix.fx(ix.last_miles[w, k].currency, t) for _, w, k, t in ix.deliver]
    assert ix.costs(p, t).tolist() == [ix.cost(p, t) for p, _, _, t in ix.deliver]
    assert ix.net_prices(p, k, t).tolist() == [ix.net_price(p, k, t) for p, _, k, t in ix.deliver]
    assert ix.demanded(p, k, t).tolist() == [ix.demand[p, k, t] for p, _, k, t in ix.deliver]


def test_a_row_that_is_not_there_is_an_error() -> None:
    """Figures are taken from rows that exist only; ``where`` says 0 for the others."""
    ix = Index(random_network(1))
    nobody = ix.codes.of(["nobody"])
    with pytest.raises(KeyError):
        ix.table("products").at(nobody)
    assert ix.table("products").where("cost", nobody).tolist() == [0.0]


def _next(calendar: Calendar, period: int, days: float) -> list[tuple[int, float]]:
    return [(period + 1, days)] if period < calendar.last else []


def test_what_is_spread() -> None:
    """Every part of every entry in order; a rule of one's own may leave an entry without any."""
    ix = Index(random_network(2))
    periods, days = np.array([1, ix.last, 1]), np.array([0.0, 7.0, 20.0])
    entry, t, share = ix.spread(periods, days)
    expected = [
        (i, *part)
        for i, (period, delay) in enumerate(zip(periods.tolist(), days.tolist(), strict=True))
        for part in ix.calendar.split(period, delay)
    ]
    assert list(zip(entry.tolist(), t.tolist(), share.tolist(), strict=True)) == expected
    entry, t, share = ix.spread(periods, days, _next)
    assert (entry.tolist(), t.tolist(), share.tolist()) == ([0, 2], [2, 2], [0.0, 20.0])
