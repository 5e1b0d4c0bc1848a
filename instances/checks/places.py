"""Checks of hubs, warehouses, tiers, lanes and the stock that lies there."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor

from ..findings import Finding
from ..network import Network
from ..tables import (
    Contract,
    Demand,
    Haulage,
    Hub,
    HubLevel,
    Lane,
    LaneContainer,
    LastMile,
    Period,
    Pipeline,
    Row,
    State,
    Stock,
    Tier,
    Warehouse,
)
from .sound import at


def usable_warehouses(network: Network) -> set[str]:
    """Warehouses that are not closed and can be leased or are paid per use."""
    tiered = {row.warehouse for row in network.rows(Tier)}
    rows = [row for row in network.rows(Warehouse) if row.state is not State.CLOSED]
    return {row.warehouse for row in rows if row.contract is Contract.PER_USE or row.warehouse in tiered}


def open_hubs(network: Network) -> set[str]:
    """Hubs that are not closed."""
    return {row.hub for row in network.rows(Hub) if row.state is not State.CLOSED}


def findings(network: Network) -> Iterator[Finding]:
    """All findings that need no calendar."""
    yield from _tiers(network)
    yield from _forced_hubs(network)
    yield from _stock(network)
    yield from _idle_lanes(network)


def dated_findings(network: Network) -> Iterator[Finding]:
    """All findings that need sound periods."""
    yield from _openings(network)
    yield from _coverage(network)
    yield from _boxes(network)


def _tiers(network: Network) -> Iterator[Finding]:
    tiered = {row.warehouse for row in network.rows(Tier)}
    for row in network.rows(Warehouse):
        if row.contract is Contract.PER_USE and row.warehouse in tiered:
            cause = "it has tiers, but is paid per use: the tiers have no effect"
            yield at(
                "tiers-per-use", "warning", row, "contract", cause, "delete the tiers, or set it to lease"
            )
        if row.contract is Contract.LEASE and row.warehouse not in tiered and row.state is State.FORCED:
            cause = "the warehouse is forced open, but has no tier to lease"
            yield at(
                "forced-without-tier", "error", row, "state", cause, "add a tier, or set it to candidate"
            )
        elif row.contract is Contract.LEASE and row.warehouse not in tiered and row.state is not State.CLOSED:
            cause = "the warehouse has no tier to lease, so it cannot be used"
            yield at(
                "warehouse-without-tier", "warning", row, "warehouse", cause, "add a tier, or exclude it"
            )


def _forced_hubs(network: Network) -> Iterator[Finding]:
    levelled = {row.hub for row in network.rows(HubLevel)}
    for row in network.rows(Hub):
        if row.state is State.FORCED and row.hub not in levelled:
            cause = "the hub is forced open, but has no level: it is free and unlimited anyway"
            yield at(
                "forced-without-level", "warning", row, "state", cause, "add a level, or set it to candidate"
            )


def _stock(network: Network) -> Iterator[Finding]:
    places = usable_warehouses(network) | open_hubs(network)
    remedy = "move the goods to a place in use, or reopen it (with a tier to lease)"
    for stock in network.rows(Stock):
        if stock.place not in places and max(stock.opening, stock.target) > 0:
            what = f"opening {stock.opening:g} and target {stock.target:g} units"
            cause = f"{what} at a place that is closed or can never be leased"
            yield at("stock-at-closed-place", "error", stock, "place", cause, remedy)
    for row in network.rows(Pipeline):
        if row.warehouse not in places and row.quantity > 0:
            cause = f"{row.quantity:g} units arrive at a warehouse that is closed or can never be leased"
            yield at("stock-at-closed-place", "error", row, "warehouse", cause, remedy)


def _idle_lanes(network: Network) -> Iterator[Finding]:
    wanted = {row.market for row in network.rows(Demand) if row.quantity > 0}
    serving = {row.warehouse for row in network.rows(LastMile) if row.market in wanted}
    serving |= {row.place for row in network.rows(Stock) if row.target > 0}
    hauled = {row.hub for row in network.rows(Haulage)} | {row.place for row in network.rows(Stock)}
    usable, hubs = usable_warehouses(network), open_hubs(network)
    for lane in network.rows(Lane):
        if lane.hub not in hubs:
            cause = "its hub is closed"
        elif lane.hub not in hauled:
            cause = "no cluster hauls to its hub"
        elif lane.warehouse not in usable:
            cause = "its warehouse is closed or has no tier"
        elif lane.warehouse not in serving:
            cause = "its warehouse serves no market with demand"
        else:
            continue
        remedy = "exclude the lane, or complete the tables at both ends"
        yield at("idle-lane", "warning", lane, "lane", f"the lane carries nothing: {cause}", remedy)


def _forced(network: Network) -> list[Row]:
    rows = network.rows(Warehouse)
    return [row for row in rows if row.state is State.FORCED and row.contract is Contract.LEASE]


def _openings(network: Network) -> Iterator[Finding]:
    """Forced leases run in every period with demand, so they start by the first one."""
    forced = len(_forced(network))
    dated = {row.period for row in network.rows(Demand) if row.quantity > 0}
    allowed = 0
    for row in sorted(network.rows(Period), key=lambda r: r.period):
        allowed += forced if row.max_openings is None else min(row.max_openings, forced)
        if row.period == min(dated, default=0) and allowed < forced:
            cause = f"leased warehouses forced open: {forced}; leases that may start by now: {allowed}"
            remedy = "raise max_openings, or force fewer warehouses open"
            yield at("forced-above-limit", "error", row, "max_openings", cause, remedy)
        if row.period in dated and row.max_sites is not None and row.max_sites < forced:
            cause = f"leased warehouses forced open: {forced}; warehouses that may be leased: {row.max_sites}"
            remedy = "raise max_sites, or force fewer warehouses open"
            yield at("forced-above-limit", "error", row, "max_sites", cause, remedy)


def _coverage(network: Network) -> Iterator[Finding]:
    markets: dict[int, set[str]] = {}
    for demand in network.rows(Demand):
        if demand.quantity > 0:
            markets.setdefault(demand.period, set()).add(demand.market)
    for row in network.rows(Period):
        count = len(markets.get(row.period, ()))
        if row.min_covered is not None and row.min_covered > count:
            cause = f"markets with demand in this period: {count}"
            yield at("coverage-above-markets", "error", row, "min_covered", cause, f"enter at most {count}")


def _boxes(network: Network) -> Iterator[Finding]:
    months = max(map(network.calendar.month_share, network.calendar.periods))
    for row in network.rows(LaneContainer):
        if row.max_month is not None and floor(row.max_month * months + 1e-9) == 0:
            cause = f"{row.max_month:g} containers a month are less than one in the longest period"
            yield at(
                "containers-below-one",
                "warning",
                row,
                "max_month",
                cause,
                f"enter at least {1 / months:.3g} a month",
            )
