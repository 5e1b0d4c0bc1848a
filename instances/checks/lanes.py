"""Checks of lanes that are never worth using, since another between the same places is better."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from math import inf

from ..findings import Finding
from ..network import Network
from ..tables import Lane, LaneContainer
from .sound import at, rate


def findings(network: Network) -> Iterator[Finding]:
    """A finding for each lane that another one beats, or equals, in everything."""
    boxes: dict[str, dict[str, LaneContainer]] = defaultdict(dict)
    for row in network.rows(LaneContainer):
        boxes[row.lane][row.container] = row
    ways: dict[tuple[str, str], list[Lane]] = defaultdict(list)
    for lane in network.rows(Lane):
        ways[lane.hub, lane.warehouse].append(lane)
    for lanes in ways.values():
        yield from _dominated([_Offer(network, lane, boxes[lane.lane]) for lane in lanes])


class _Offer:
    """What a lane offers, as numbers of which less is better, in network currency."""

    def __init__(self, network: Network, lane: Lane, boxes: dict[str, LaneContainer]):
        value = rate(network, lane.currency) or 1.0
        self.lane, self.plain = lane, not boxes and lane.loose_rate_kg is None
        loose = inf if lane.loose_rate_kg is None else lane.loose_rate_kg * value
        self.scores = {
            "days": lane.days,
            "rate": lane.rate_m3 * value,
            "co2": lane.co2_kg_t,
            "uncontrolled": float(not lane.controlled),
            "loose": 0.0 if self.plain else loose,
            "loose volume": 0.0 if loose == inf else loose * lane.loose_kg_m3,
        }
        self.costs = {name: row.cost * value for name, row in boxes.items()}
        limited = any(row.max_month is not None for row in boxes.values())
        self.limited = limited or lane.capacity_m3_month is not None

    def beats(self, other: _Offer) -> bool:
        """Whether the lane is at least as good in everything, and has room for all."""
        cargo = self.plain or (not other.plain and self._carries(other))
        scores = all(
            self.scores[name] <= score for name, score in other.scores.items() if not self._free(name)
        )
        return cargo and scores and not self.limited

    def _free(self, name: str) -> bool:
        """Whether nothing is paid for that on this lane."""
        return self.plain and name.startswith("loose")

    def _carries(self, other: _Offer) -> bool:
        return all(self.costs.get(name, inf) <= cost for name, cost in other.costs.items())

    @property
    def all(self) -> tuple[object, ...]:
        """Everything that counts, to see which lanes are the same."""
        return self.scores, self.costs, self.plain, self.limited


def _dominated(offers: list[_Offer]) -> Iterator[Finding]:
    for i, offer in enumerate(offers):
        better = (
            o for j, o in enumerate(offers) if i != j and o.beats(offer) and (o.all != offer.all or j < i)
        )
        if best := next(better, None):
            what = "is the same as" if best.all == offer.all else "is in nothing better than"
            cause = f"the lane {what} lane '{best.lane.lane}' between the same places, which has no limit"
            remedy = "check days and rates, or exclude the lane"
            yield at("dominated-lane", "warning", offer.lane, "lane", cause, remedy)
