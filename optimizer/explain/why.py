"""Why a plan is as it is: its warehouses, its limits, its parcels."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...instances.findings import InputError
from ...instances.network import Network
from ...instances.tables import Contract, Product, State, Warehouse
from ...models.index import Index
from ..clock import Clock
from ..plan import Plan
from ..progress import Progress
from ..solve import solve
from ..text import amount, plural
from .worth import Desk, Worth, binding

DESK = 0.5
"""Part of the time that limits and parcels may take, so that some is left for the warehouses."""

LEAST = 60.0
"""Seconds below which a large network is not planned without a warehouse: rather one answer than none."""


LARGE_PLAN = 5_000
"""Deliveries above which a plan is of a large network."""

FIXED = ("rent", "setup", "building")
"""Ledger terms that a warehouse costs whatever goes through it."""


@dataclass(frozen=True)
class SiteReason:
    """Why a warehouse is open: what goes through it, and what doing without it costs.

    ``extra_low`` to ``extra_high`` is how much dearer the best plan without it is, proven; ``None`` is
    unknown.  ``reason`` says it in words.
    """

    warehouse: str
    volume_m3: float
    markets: tuple[str, ...]
    paid: float
    extra_low: float | None
    extra_high: float | None
    reason: str


@dataclass(frozen=True)
class ParcelReason:
    """Why a product's demand in a market goes by parcel; ``extra`` is what sending none of it would cost,
    with the warehouses as they are (infinite: it could not be served)."""

    firm: str
    product: str
    market: str
    units: float
    extra: float | None
    reason: str


@dataclass(frozen=True)
class Reasons:
    """Why a plan is as it is; ``settled`` says that time did for asking which limits bind."""

    sites: tuple[SiteReason, ...]
    limits: tuple[Worth, ...]
    parcels: tuple[ParcelReason, ...]
    seconds: float
    settled: bool = True


def explain_plan(
    network: Network,
    plan: Plan,
    *,
    time_limit: float | None = 120.0,
    gap: float = 0.005,
    warehouses: Collection[str] = (),
    firms: Collection[str] = (),
    most: int = 12,
    on_progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
) -> Reasons:
    """Reasons for a plan's warehouses (all or those named), dearest limits, parcels (of all firms or some).

    Every figure is the cost of a plan solved again: without the warehouse, with the limit moved, without the
    parcels.  Warehouses asked for by name come first and may take all the time.  ``most`` bounds how many
    limits and parcel flows are looked at.  Raises ``KeyError`` where the plan is of another network.
    """
    clock = Clock(time_limit, cancel)

    def tell(phase: str) -> None:
        if on_progress:
            on_progress(Progress(clock.elapsed, phase))

    def reasons(sites: Sequence[str]) -> Iterator[SiteReason]:
        for i, w in enumerate(sites):
            part = clock.part(max(clock.remaining / (len(sites) - i), LEAST if large else 0.0)).remaining
            if not clock.stopped:
                tell(f"without warehouse {w}")
            yield _site(network, plan, w, part, gap, cancel)

    large = len(plan.tables["deliveries"]) > LARGE_PLAN
    used = _by_rent(plan)
    found = list(reasons([w for w in used if w in set(warehouses)]))
    tell("limits that bind")
    desk = Desk(network, plan, clock if warehouses else clock.part(DESK * clock.remaining))
    limits = binding(desk, most)
    tell("parcels")
    parcels = _parcels(network, plan, desk, set(firms), most)
    found += reasons([] if warehouses else used)
    return Reasons(tuple(found), tuple(limits), tuple(parcels), clock.elapsed, desk.settled)


def _by_rent(plan: Plan) -> list[str]:
    """The warehouses of a plan, those that cost most to have first."""
    lines = plan.ledger[plan.ledger["term"].isin(FIXED)]
    paid = lines.groupby("place")["amount"].sum().to_dict()
    return sorted((str(w) for w in plan.tables["sites"]["warehouse"]), key=lambda w: -paid.get(w, 0.0))


def _site(
    network: Network, plan: Plan, site: str, seconds: float, gap: float, cancel: threading.Event | None
) -> SiteReason:
    out = plan.tables["deliveries"]
    out = out[out["warehouse"] == site]
    volumes = {p: row.volume_m3 for p, row in network.by_key(Product).items()}
    volume = float((out["quantity"] * out["product"].map(volumes)).sum()) if len(out) else 0.0
    markets = tuple(sorted(set(out["market"])))
    lines = plan.ledger[plan.ledger["place"] == site]
    paid = float(lines[lines["term"].isin(FIXED)]["amount"].sum())
    if seconds <= 0:
        return SiteReason(site, volume, markets, paid, None, None, "not asked: the time was up")
    low, high, reason = _without(network, plan, site, seconds, gap, cancel)
    return SiteReason(site, volume, markets, paid, low, high, reason)


def _without(
    network: Network, plan: Plan, site: str, seconds: float, gap: float, cancel: threading.Event | None
) -> tuple[float | None, float | None, str]:
    row = network.by_key(Warehouse)[site]
    if row.state is State.FORCED:
        return None, None, "the planner forces it open (warehouses.state)"
    closed = [
        w.model_copy(update={"state": State.CLOSED}) if w.warehouse == site else w
        for w in network.all_rows(Warehouse)
    ]
    try:
        without = network.replace(warehouses=closed)
        other = solve(without, gap=gap, time_limit=seconds, cancel=cancel, start=plan)
    except InputError as error:
        finding = error.findings[0]
        stocked = f"goods there, on their way or wanted at the end (table {finding.table}) keep it open"
        lying = finding.code == "stock-at-closed-place"
        return None, None, stocked if lying else f"it cannot be closed: {finding.cause}"
    if other.status == "infeasible":
        return None, None, "no plan exists without it"
    low = None if other.bound is None or plan.objective is None else other.bound - plan.objective
    high = None if other.objective is None or plan.bound is None else other.objective - plan.bound
    return low, high, _verdict(network, row, low, high)


def _verdict(network: Network, row: Warehouse, low: float | None, high: float | None) -> str:
    unit, paid = network.settings.currency, "pay per use" if row.contract is Contract.PER_USE else "lease"
    if low is not None and low > 0:
        return f"the best plan without this {paid} is at least {amount(low, unit)} dearer"
    if high is not None and high < 0:
        return f"a plan without this {paid} is at least {amount(-high, unit)} cheaper"
    if high is not None:
        return f"doing without costs at most {amount(high, unit)}; if anything, more time must tell"
    return "no plan without it was found in the time given"


def _parcels(network: Network, plan: Plan, desk: Desk, firms: set[str], most: int) -> list[ParcelReason]:
    ix, products = Index(network), network.by_key(Product)
    sent = plan.tables["parcels"].groupby(["product", "market"], as_index=False)["quantity"].sum()
    flows = sent.itertuples(index=False, name=None)
    rows = [(str(p), str(m), float(q)) for p, m, q in flows if not firms or products[p].firm in firms]
    rows.sort(key=lambda row: -row[2] * products[row[0]].volume_m3)
    places: dict[tuple[str, str], list[int]] = {}
    for (p, _, m, _), j in desk.model.plain.place("parcel").items():
        places.setdefault((p, m), []).append(j)
    periods = plan.tables["parcels"].groupby(["product", "market"])["period"].agg(set).to_dict()
    return [_parcel(ix, desk, row, places[row[:2]], periods[row[:2]]) for row in rows[:most]]


def _parcel(
    ix: Index, desk: Desk, row: tuple[str, str, float], columns: list[int], periods: set[int]
) -> ParcelReason:
    p, m, units = row
    extra = desk.without(columns)
    reason = _why(ix, p, m, periods, extra, units)
    return ParcelReason(ix.products[p].firm, p, m, units, extra, reason)


def _why(ix: Index, p: str, m: str, periods: set[int], extra: float | None, units: float) -> str:
    within = [w for w, markets in ix.serving[p].items() if m in markets]
    promise = ix.sales[p, m].promise_days
    if not within:
        days = "" if promise is None else f" within the {promise:g} days promised"
        return f"no warehouse serves the market{days}"
    first = {w: ix.first_stock.get((p, w), ix.last + 1) for w in within}
    if max(periods) < min(first.values()):
        return f"goods cannot be in a warehouse before period {min(first.values())}"
    if extra is None:
        return "not settled in the time given"
    if extra == float("inf"):
        return "limits of the open warehouses and lanes leave no other way to serve it"
    unit = ix.settings.currency
    if extra <= 1e-9 * (1 + abs(extra)):
        return "another way costs the same"
    sites = plural(len(within), "warehouse")
    return (
        f"the {sites} that could serve it would cost {amount(extra / units, unit)} a unit more, "
        "with places and containers as they are"
    )


def reasons_data(reasons: Reasons) -> dict[str, Any]:
    """The reasons as plain data for JSON; what is impossible without parcels has no extra cost."""
    return {
        "sites": [vars(site) for site in reasons.sites],
        "limits": [worth.row() for worth in reasons.limits],
        "parcels": [
            vars(row) | {"extra": None if row.extra == float("inf") else row.extra} for row in reasons.parcels
        ],
        "seconds": reasons.seconds,
        "settled": reasons.settled,
    }
