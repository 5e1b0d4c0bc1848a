"""Checks of the network as a whole: places tied to nothing, parts that share nothing, gaps in demand."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from ..findings import Finding
from ..network import Network
from ..tables import (
    Cluster,
    Demand,
    Firm,
    Haulage,
    Hub,
    Lane,
    LastMile,
    Market,
    ParcelRate,
    Pipeline,
    Row,
    Stock,
    Warehouse,
)
from .places import open_hubs, usable_warehouses
from .sound import at, listed, overall

Node = tuple[str, str]
"""A table and an identifier in it."""


def findings(network: Network) -> Iterator[Finding]:
    """All findings of this kind that need no calendar."""
    yield from _unconnected(network)
    yield from _parts(network)


def dated_findings(network: Network) -> Iterator[Finding]:
    """All findings that need sound periods."""
    periods = {row.period for row in network.rows(Demand) if row.quantity > 0}
    missing = sorted(set(range(min(periods, default=0), max(periods, default=0))) - periods - {0})
    if missing:
        cause = f"nothing is wanted anywhere in period {listed(map(str, missing))}, but before and after"
        remedy = "add the demand that is missing, if any"
        yield overall("demand-gap", "warning", "demand", cause, remedy)


def _unconnected(network: Network) -> Iterator[Finding]:
    stocked = {row.place for row in network.rows(Stock)}
    stocked |= {row.warehouse for row in network.rows(Pipeline)}
    hauled = {row.hub for row in network.rows(Haulage)} | stocked
    departing = {row.hub for row in network.rows(Lane)}
    arriving = {row.warehouse for row in network.rows(Lane)} | stocked
    delivering = {row.warehouse for row in network.rows(LastMile)}
    hubs, warehouses = open_hubs(network), usable_warehouses(network)
    for hub in network.rows(Hub):
        lacks = {"no cluster hauls to it": hauled, "no lane leaves it": departing}
        if hub.hub in hubs:
            yield from _lacking(hub, "hub", hub.hub, lacks)
    for place in network.rows(Warehouse):
        lacks = {"no lane leads to it": arriving, "it delivers to no market": delivering}
        if place.warehouse in warehouses:
            yield from _lacking(place, "warehouse", place.warehouse, lacks)
    makers, wanted = _active(network)
    for cluster in network.rows(Cluster):
        yield from _lacking(cluster, "cluster", cluster.cluster, {"no firm is there": makers})
    for market in network.rows(Market):
        yield from _lacking(market, "market", market.market, {"nothing is wanted there": wanted})


def _active(network: Network) -> tuple[set[str], set[str]]:
    """Clusters with firms, and markets with demand."""
    wanted = {row.market for row in network.rows(Demand) if row.quantity > 0}
    return {row.cluster for row in network.rows(Firm)}, wanted


def _lacking(row: Row, column: str, name: str, lacks: dict[str, set[str]]) -> Iterator[Finding]:
    causes = [cause for cause, names in lacks.items() if name not in names]
    if causes:
        remedy = "complete the tables that refer to it, or exclude it"
        yield at("unconnected-place", "warning", row, column, " and ".join(causes), remedy)


def _parts(network: Network) -> Iterator[Finding]:
    """Parts of the network with demand of their own, which no place or lane joins."""
    makers, wanted = _active(network)
    root = _roots(network)
    parts: dict[Node, list[Node]] = defaultdict(list)
    for node in [
        *(("clusters", name) for name in sorted(makers)),
        *(("markets", name) for name in sorted(wanted)),
    ]:
        parts[root(node)].append(node)
    whole = [nodes for nodes in parts.values() if len(Counter(table for table, _ in nodes)) == 2]
    if len(whole) > 1:
        described = " | ".join(listed((name for _, name in nodes), 3) for nodes in whole[:4])
        cause = (
            f"the network falls into {len(whole)} parts that share no hub, warehouse or market: {described}"
        )
        remedy = "plan them separately, or add what joins them (haulage, lanes, deliveries)"
        yield overall("separate-parts", "warning", "lanes", cause, remedy)


def _roots(network: Network) -> _Forest:
    forest = _Forest()
    hubs, warehouses = open_hubs(network), usable_warehouses(network)
    for haul in network.rows(Haulage):
        if haul.hub in hubs:
            forest.join(("clusters", haul.cluster), ("hubs", haul.hub))
    for lane in network.rows(Lane):
        if lane.hub in hubs and lane.warehouse in warehouses:
            forest.join(("hubs", lane.hub), ("warehouses", lane.warehouse))
    for mile in network.rows(LastMile):
        if mile.warehouse in warehouses:
            forest.join(("warehouses", mile.warehouse), ("markets", mile.market))
    parcels = {row.market for row in network.rows(ParcelRate)}
    for market in parcels:
        for cluster in network.rows(Cluster):
            forest.join(("clusters", cluster.cluster), ("markets", market))
    return forest


class _Forest:
    """Which nodes hang together."""

    def __init__(self) -> None:
        self._parent: dict[Node, Node] = {}

    def __call__(self, node: Node) -> Node:
        while (parent := self._parent.setdefault(node, node)) != node:
            self._parent[node] = self._parent[parent]
            node = parent
        return node

    def join(self, one: Node, other: Node) -> None:
        self._parent[self(one)] = self(other)
