"""The cheapest load of a lane against every count of containers."""

from __future__ import annotations

from itertools import product
from math import inf

import pytest
from clusterlane.optimizer.loading import Box, cheapest_load
from hypothesis import example, given
from hypothesis import strategies as st

DENSITY = 500.0

boxes = st.builds(
    Box,
    volume_m3=st.sampled_from([1.0, 2.0, 3.5, 6.0]),
    weight_kg=st.sampled_from([300.0, 1000.0, 2500.0]),
    cost=st.integers(1, 30).map(float),
    most=st.integers(0, 4),
)


def chargeable(volume: float, weight: float, types: list[Box], counts: tuple[int, ...]) -> float:
    """Loose kg left when so many containers go: by volume or by weight, whichever is more."""
    room = sum(n * box.volume_m3 for n, box in zip(counts, types, strict=True))
    carries = sum(n * box.weight_kg for n, box in zip(counts, types, strict=True))
    return max((volume - room) * DENSITY, weight - carries, 0.0)


def cost_of(kg: float, types: list[Box], counts: tuple[int, ...], rate: float | None) -> float:
    boxed = sum(n * box.cost for n, box in zip(counts, types, strict=True))
    if kg <= 1e-6:
        return boxed
    return inf if rate is None else boxed + kg * rate


@example(4.0, 651.0, [Box(2.0, 300.0, 19.0, 2)], 0.02)  # charged by volume before, by weight after one box
@example(2.8626698565634015e-10, 0.0, [], None)  # a rounding of goods, which needs nothing to carry it
@given(
    st.floats(0, 12),
    st.floats(0, 5000),
    st.lists(boxes, max_size=3),
    st.sampled_from([None, 0.0, 0.004, 0.02]),
)
def test_cheapest_of_all_counts(volume: float, weight: float, types: list[Box], rate: float | None) -> None:
    every = product(*(range(box.most + 1) for box in types))
    truth = min(cost_of(chargeable(volume, weight, types, n), types, n, rate) for n in every)
    found = cheapest_load(volume, weight, types, rate, DENSITY)
    if found is None:
        assert truth == inf
        return
    counts, kg = found
    assert all(0 <= n <= box.most for n, box in zip(counts, types, strict=True))
    assert kg == pytest.approx(chargeable(volume, weight, types, counts), abs=1e-4)
    assert cost_of(kg, types, counts, rate) == pytest.approx(truth, abs=1e-4)


def test_heavy_goods_fill_containers_by_weight() -> None:
    """5 t in 1 m3 need two containers of 2.5 t, although one has the room."""
    assert cheapest_load(1, 5000, [Box(6, 2500, 10, 9)], None, DENSITY) == ((2,), 0.0)


def test_no_more_containers_than_there_are() -> None:
    """8 m3 in containers of 3 m3, of which there are two: 2 m3 go loose, as 1,000 kg."""
    assert cheapest_load(8, 0, [Box(3, 2500, 10, 2)], 0.02, DENSITY) == ((2,), pytest.approx(1000))


def test_no_load_without_room() -> None:
    assert cheapest_load(8, 0, [Box(3, 2500, 10, 2)], None, DENSITY) is None
    assert cheapest_load(1, 0, [], None, DENSITY) is None


def test_nothing_needs_nothing() -> None:
    assert cheapest_load(0, 0, [Box(3, 2500, 10, 2)], None, DENSITY) == ((0,), 0.0)
