"""Delays over periods of any length."""

from __future__ import annotations

import pytest
from clusterlane.instances.calendar import AFTER, Calendar
from hypothesis import given
from hypothesis import strategies as st

LENGTHS = st.lists(st.floats(0.5, 200), min_size=1, max_size=6).map(tuple)
DELAYS = st.floats(-400, 400)


@st.composite
def splits(draw: st.DrawFn) -> tuple[Calendar, int]:
    """A calendar and one of its periods."""
    calendar = Calendar(draw(LENGTHS))
    return calendar, draw(st.sampled_from(list(calendar.periods)))


def middle(calendar: Calendar, shares: dict[int, float]) -> float:
    """Mean position of the shares; after the end counts as one period more."""
    return sum((calendar.last + 1 if u == AFTER else u) * share for u, share in shares.items())


@given(splits(), DELAYS)
def test_shares_add_up(at: tuple[Calendar, int], delay: float) -> None:
    """Shares are positive and add up to 1; no period stands twice."""
    calendar, t = at
    split = calendar.split(t, delay)
    assert sum(share for _, share in split) == pytest.approx(1, abs=1e-6)
    assert all(share > 0 for _, share in split)
    assert len(dict(split)) == len(split)


@given(splits(), DELAYS, st.floats(0, 100))
def test_later_is_later(at: tuple[Calendar, int], delay: float, more: float) -> None:
    """A longer delay moves nothing forward: pending at the end of any period does not fall."""
    calendar, t = at
    for u in calendar.periods:
        assert calendar.pending(t, delay, u) <= calendar.pending(t, delay + more, u) + 1e-6
    assert (
        middle(calendar, dict(calendar.split(t, delay)))
        <= middle(calendar, dict(calendar.split(t, delay + more))) + 1e-5
    )


@given(splits(), st.floats(0, 400))
def test_early_is_never_late(at: tuple[Calendar, int], days: float) -> None:
    """Moved forward, nothing falls after its own period or after the end."""
    calendar, t = at
    assert all(1 <= u <= t for u, _ in calendar.split(t, -days))


@given(splits())
def test_no_delay(at: tuple[Calendar, int]) -> None:
    """Without delay all stays in the period."""
    calendar, t = at
    assert dict(calendar.split(t, 0.0)) == {t: pytest.approx(1)}


@given(splits(), DELAYS)
def test_pending_is_what_comes_later(at: tuple[Calendar, int], delay: float) -> None:
    """Arrived by the end of u and pending then are all there is."""
    calendar, t = at
    for u in calendar.periods:
        arrived = sum(share for v, share in calendar.split(t, delay) if v != AFTER and v <= u)
        assert arrived + calendar.pending(t, delay, u) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("period", "delay", "shares"),
    [
        (1, 20, {1: 10 / 30, 2: 15 / 30, 3: 5 / 30}),
        (2, 20, {3: 1}),
        (3, 20, {3: 10 / 30, AFTER: 20 / 30}),
        (3, 30, {AFTER: 1}),
        (2, -20, {1: 1}),
        (3, -40, {1: 25 / 30, 2: 5 / 30}),
        (1, -365, {1: 1}),
    ],
)
def test_by_hand(period: int, delay: float, shares: dict[int, float]) -> None:
    """Days 0-30, 30-45, 45-75."""
    assert dict(Calendar((30, 15, 30)).split(period, delay)) == pytest.approx(shares)
