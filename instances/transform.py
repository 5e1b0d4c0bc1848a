"""Networks derived from a network: without a part of it, or for some of its firms only.

Every function returns a new network and leaves the old one alone.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeVar

from .network import Network
from .tables import (
    TABLES,
    Channel,
    Contract,
    Core,
    Demand,
    Firm,
    Funder,
    Guarantee,
    Hub,
    Lane,
    LaneContainer,
    Period,
    Pipeline,
    Product,
    Row,
    Settings,
    State,
    Status,
    Stock,
    Subsidy,
    Tier,
    Trade,
    Warehouse,
    Zone,
)

R = TypeVar("R", bound=Row)
_NAMES = {kind: name for name, kind in TABLES.items()}


def without_money(network: Network) -> Network:
    """The same goods without financing: goods under way and in stock bear the capital charge instead."""
    return _each(network, Settings, lambda row: {"money": False})


def without_parcels(network: Network) -> Network:
    """The same network without direct parcel services."""
    return network.replace(services=(), parcel_rates=())


def single_source(network: Network) -> Network:
    """The same network in which each product reaches each market from one warehouse only."""
    return _each(network, Settings, lambda row: {"single_source": True})


def without_chain_financing(network: Network) -> Network:
    """The same network without loans and guarantees: firms have their cash and emergency credit only.

    Chain trades stay: their credit days are part of doing business, not of financing.
    """
    return network.replace(funders=(), loans=(), cores=(), guarantees=(), members=())


def one_period(network: Network) -> Network:
    """The whole horizon as one period, without money and without delays.

    Demand, pipeline and openings are added up over the periods; ``max_sites`` and ``min_covered`` take their
    largest value; a limit missing in any period is missing.  Lead times, payment delays and safety stock
    are 0, because nothing could arrive within the period otherwise; delivery days to the buyer and their
    promise stay.  Committed terms run to the end.  Exchange rates are those of the first day.  Raises
    ``ValueError`` where the horizon is longer than a period may be (366 days).
    """
    periods = network.rows(Period)
    whole = Period(
        period=1,
        days=math.fsum(p.days for p in periods),
        max_openings=_all_or_none(sum, (p.max_openings for p in periods)),
        max_sites=_all_or_none(max, (p.max_sites for p in periods)),
        min_covered=max((p.min_covered for p in periods if p.min_covered is not None), default=None),
    )
    merged = network.replace(
        periods=(whole,),
        demand=_added(network.rows(Demand), ("product", "market")),
        pipeline=_added(network.rows(Pipeline), ("product", "warehouse")),
        tiers=(row.model_copy(update={"term_periods": None}) for row in network.all_rows(Tier)),
    )
    for kind, columns in _DELAYS.items():
        merged = _each(merged, kind, lambda row, columns=columns: dict.fromkeys(columns, 0.0))  # type: ignore[misc]
    return without_money(_each(merged, Trade, lambda row: {"period": 1}))


_DELAYS: dict[type[Row], tuple[str, ...]] = {
    Product: ("pay_days", "refund_days", "order_days", "safety_days"),
    Hub: ("clearance_days",),
    Warehouse: ("clearance_days",),
    Lane: ("days",),
    Zone: ("credit_days",),
    Channel: ("settlement_days",),
    Trade: ("credit_days",),
}


def rights(network: Network) -> dict[str, float]:
    """Each firm's right: ``firms.right``, or its share of the demand volume (m3) where missing."""
    makers = network.by_key(Product)
    volume: dict[str, float] = defaultdict(float)
    for row in network.rows(Demand):
        product = makers[row.product]
        volume[product.firm] += row.quantity * product.volume_m3
    total = math.fsum(volume.values()) or 1.0
    return {
        row.firm: volume[row.firm] / total if row.right is None else row.right for row in network.rows(Firm)
    }


def only_firms(network: Network, firms: Collection[str]) -> Network:
    """The coalition of ``firms``: their demand, products and finance, and their part of what all share.

    *Share* is the members' rights over all firms' rights, as they are in ``network``; members keep these
    rights, so a coalition of a coalition is the coalition.  Scaled by the share: public budgets, funder lines
    (the most that one firm may borrow stays), guarantee lines, the operator's cash and overdraft, the CO2
    cap, and public capacity: throughput of third-party storage, lane and container allotments.  Space at hubs
    and in third-party storage first belongs to those whose goods are there or on the way at the start; the
    rest is scaled.  Leases, hub levels and everything paid by use are offered at the same prices and sizes.

    A core firm outside gives no guarantee.  A trade with a firm outside is left out: neither side is paid.
    What is forced upon all firms is a free choice of some.  No more markets need be covered than the
    members sell in.  Raises ``ValueError`` for an unknown firm.
    """
    members = set(firms)
    weight = rights(network)
    if unknown := members - set(weight):
        raise ValueError(f"no such firm: {', '.join(sorted(unknown))}")
    inside = _each(
        network,
        Firm,
        lambda row: {"right": weight[row.firm]} if row.firm in members else {"status": Status.EXCLUDE},
        active=True,
    )
    inside = Network({name: inside.rows(kind) for name, kind in TABLES.items()})
    if members == set(weight):
        return inside
    shared = _scaled(_coverable(inside), _share(weight, members))
    return _freed(_with_space(shared, _held_m3(network), _held_m3(inside), _share(weight, members)))


def _share(weight: dict[str, float], members: set[str]) -> float:
    total = math.fsum(weight.values())
    return math.fsum(weight[f] for f in members) / total if total else len(members) / len(weight)


def _scaled(network: Network, share: float) -> Network:
    """Scale what all firms share."""

    def part(*columns: str) -> Callable[[Row], dict[str, Any]]:
        return lambda row: {c: value * share for c in columns if (value := getattr(row, c)) is not None}

    network = _each(network, Settings, part("operator_cash", "operator_limit", "co2_cap"))
    network = _each(network, Subsidy, part("budget"))
    network = _each(network, Core, part("guarantee_line"))
    network = _each(network, Guarantee, part("line"))
    network = _each(network, Lane, part("capacity_m3_month"))
    network = _each(network, LaneContainer, part("max_month"))
    third_party = part("throughput_m3_month")
    network = _each(
        network, Warehouse, lambda row: third_party(row) if row.contract is Contract.PER_USE else {}
    )
    return _each(network, Funder, lambda row: _line_part(row, share))


def _held_m3(network: Network) -> dict[str, float]:
    """Space of the goods that are at each place, or on the way to it, at the start."""
    volume = {row.product: row.volume_m3 for row in network.rows(Product)}
    held: dict[str, float] = defaultdict(float)
    for stock in network.rows(Stock):
        held[stock.place] += max(stock.opening, stock.target) * volume[stock.product]
    for row in network.rows(Pipeline):
        held[row.warehouse] += row.quantity * volume[row.product]
    return held


def _with_space(network: Network, all_held: dict[str, float], own: dict[str, float], share: float) -> Network:
    """Space at hubs and in third-party storage: what is taken at the start, and a share of the rest."""

    def space(row: Hub | Warehouse) -> dict[str, float]:
        place = row.hub if isinstance(row, Hub) else row.warehouse
        paid_by_use = isinstance(row, Hub) or row.contract is Contract.PER_USE
        if row.storage_m3 is None or not paid_by_use:
            return {}
        taken, mine = all_held.get(place, 0.0), own.get(place, 0.0)
        if taken > row.storage_m3:
            return {"storage_m3": row.storage_m3 * mine / taken}
        return {"storage_m3": mine + share * (row.storage_m3 - taken)}

    return _each(_each(network, Hub, space), Warehouse, space)


def _line_part(row: Funder, share: float) -> dict[str, float]:
    """The share of a line, with the same most loans to one firm as before."""
    return {
        "line": row.line * share,
        "max_firm_share": min(1.0, row.max_firm_share / share) if share else 1.0,
    }


def _freed(network: Network) -> Network:
    """Forced places become candidates."""

    def free(row: Hub | Warehouse) -> dict[str, Any]:
        return {"state": State.CANDIDATE} if row.state is State.FORCED else {}

    return _each(_each(network, Hub, free), Warehouse, free)


def _coverable(network: Network) -> Network:
    """Ask for no more covered markets than have demand in the period."""
    markets: dict[int, set[str]] = defaultdict(set)
    for row in network.rows(Demand):
        if row.quantity > 0:
            markets[row.period].add(row.market)

    def capped(row: Period) -> dict[str, int]:
        if row.min_covered is None:
            return {}
        return {"min_covered": min(row.min_covered, len(markets[row.period]))}

    return _each(network, Period, capped)


def _each(
    network: Network, kind: type[R], change: Callable[[R], dict[str, Any]], active: bool = False
) -> Network:
    """Change every row of a table (with ``active``, only those that take part, dropping the others)."""
    rows = network.rows(kind) if active else network.all_rows(kind)
    return network.replace(**{_NAMES[kind]: tuple(row.model_copy(update=change(row)) for row in rows)})


def _all_or_none(pick: Callable[[list[int]], int], values: Iterable[int | None]) -> int | None:
    """The picked value, or ``None`` where any is missing."""
    known = list(values)
    return None if any(v is None for v in known) else pick([v for v in known if v is not None])


def _added(rows: Iterable[R], columns: tuple[str, ...]) -> tuple[R, ...]:
    """Rows of all periods as rows of period 1, quantities added up."""
    totals: dict[Any, float] = defaultdict(float)
    first: dict[Any, R] = {}
    for row in rows:
        key = tuple(getattr(row, c) for c in columns)
        totals[key] += row.quantity  # type: ignore[attr-defined]
        first.setdefault(key, row)
    return tuple(row.model_copy(update={"period": 1, "quantity": totals[k]}) for k, row in first.items())
