"""The cheapest leases against every way to lease, on small random warehouses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf

from clusterlane.optimizer.leases import Option, cheapest_leases
from hypothesis import assume, given
from hypothesis import strategies as st

Needs = list[tuple[float, float]]
Leases = list[tuple[str, int]]

SIZES = st.sampled_from([1.0, 2.0, 4.0, inf])


@st.composite
def cases(draw: st.DrawFn) -> tuple[Needs, list[Option]]:
    last = draw(st.integers(1, 5))
    need = st.sampled_from([0.0, 0.0, 0.5, 1.5, 3.0])
    needs = draw(st.lists(st.tuples(need, need), min_size=last, max_size=last))
    options = []
    for number in range(draw(st.integers(1, 3))):
        room = (draw(SIZES), draw(SIZES))
        cost = st.lists(st.integers(0, 20).map(float), min_size=last, max_size=last)
        options.append(Option(f"tier {number}", draw(st.integers(1, last + 1)), [room] * last, draw(cost)))
    return needs, options


def ways(options: Sequence[Option], last: int, first: int = 0) -> Iterator[Leases]:
    """Every set of leases that do not overlap; the last may run beyond the end."""
    if first >= last:
        yield []
        return
    yield from ways(options, last, first + 1)
    for option in options:
        for rest in ways(options, last, first + option.term):
            yield [(option.tier, first + 1), *rest]


def cost_of(leases: Leases, options: Sequence[Option]) -> float:
    by_name = {option.tier: option for option in options}
    return sum(by_name[tier].cost[start - 1] for tier, start in leases)


def rooms(leases: Leases, options: Sequence[Option], last: int) -> list[list[tuple[float, float]]]:
    """What is leased in each period: one room, or none."""
    by_name = {option.tier: option for option in options}
    out: list[list[tuple[float, float]]] = [[] for _ in range(last)]
    for tier, start in leases:
        for t in range(start - 1, min(start - 1 + by_name[tier].term, last)):
            out[t].append(by_name[tier].room[t])
    return out


def covers(leases: Leases, needs: Needs, options: Sequence[Option]) -> bool:
    """Every need has its room, cut to the largest tier; without a need there need not be any."""
    for t, (need, held) in enumerate(zip(needs, rooms(leases, options, len(needs)), strict=True)):
        room = held[0] if held else (0.0, 0.0)
        if not held and max(need) == 0:
            continue
        largest = [max(option.room[t][k] for option in options) for k in (0, 1)]
        if not held or any(min(need[k], largest[k]) > room[k] for k in (0, 1)):
            return False
    return True


@given(cases())
def test_cheapest_of_all_ways(case: tuple[Needs, list[Option]]) -> None:
    needs, options = case
    costs = [cost_of(way, options) for way in ways(options, len(needs)) if covers(way, needs, options)]
    assume(costs)
    found = cheapest_leases(needs, options)
    assert covers(found, needs, options)
    assert max(len(held) for held in rooms(found, options, len(needs))) <= 1
    assert cost_of(found, options) == min(costs)


def test_nothing_is_leased_for_nothing() -> None:
    free = Option("s", 2, [(9.0, 9.0)] * 3, [0.0] * 3)
    assert cheapest_leases([(0.0, 0.0)] * 3, [free]) == []


def test_one_long_lease_or_two_short_ones() -> None:
    """Wanted in periods 1 and 4: two leases of one period cost 10, one over all four 9 or 11."""
    needs = [(1.0, 0.0), (0.0, 0.0), (0.0, 0.0), (1.0, 0.0)]
    short = Option("short", 1, [(1.0, 1.0)] * 4, [5.0] * 4)
    long = Option("long", 4, [(1.0, 1.0)] * 4, [9.0] * 4)
    dear = Option("long", 4, [(1.0, 1.0)] * 4, [11.0] * 4)
    assert cheapest_leases(needs, [short, long]) == [("long", 1)]
    assert cheapest_leases(needs, [short, dear]) == [("short", 1), ("short", 4)]


def test_more_than_the_largest_tier_holds() -> None:
    """A need beyond every tier takes the largest."""
    small = Option("s", 1, [(1.0, 1.0)], [1.0])
    large = Option("l", 1, [(2.0, 2.0)], [5.0])
    assert cheapest_leases([(7.0, 0.5)], [small, large]) == [("l", 1)]
