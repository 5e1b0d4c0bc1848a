"""What cost can be traded against: how much of it a plan has, and where it stands in the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...instances.network import Network
from ...instances.tables import Lane, LastMile, ParcelRate, Product
from ...models.index import Index
from ..arrays import Arrays
from ..plan import Plan
from .by_price import Measure
from .goods import counted, unit_m3
from .rows import Terms, grouped, site_columns

AGAINST = {
    "co2": ("emissions", "t CO2e"),
    "days": ("average delivery", "days"),
    "credit": ("most loans at a time", "money"),
    "sites": ("warehouses and hub levels used", "count"),
}
"""What cost can be traded against: words and unit."""


def measured(network: Network, plan: Plan, against: str) -> float:
    """What a plan has of a measure, from its tables."""
    if against == "co2":
        return float(plan.kpis["co2_t"])
    if against == "days":
        return float(plan.kpis["average_delivery_days"] or 0.0)
    if against == "credit":
        return float(plan.kpis["peak_loans"])
    return float(len(_leased(network, plan)) + len(plan.tables["hubs"]))


def _leased(network: Network, plan: Plan) -> set[str]:
    """Warehouses of a plan that had to be decided on: leased, or with a set-up cost."""
    ix = Index(network)
    return {str(w) for w in plan.tables["sites"]["warehouse"] if not ix.free(str(w))}


def unmet_m3(network: Network, plan: Plan) -> float:
    """m3 not served."""
    return _missed(plan, unit_m3(network))


def measures(network: Network, arrays: Arrays, against: str, cap: float) -> Sequence[Terms]:
    """The rows of a measure: each must stay under the cap (days: deviation from the cap, under 0)."""
    if against == "sites":
        return [dict.fromkeys(site_columns(arrays).values(), 1.0)]
    if against == "credit":
        return [dict.fromkeys(columns, 1.0) for columns in _loan_columns(arrays).values()]
    return [_of_goods(network, arrays, against, cap)]


def _of_goods(network: Network, arrays: Arrays, against: str, cap: float) -> Terms:
    products = network.by_key(Product)
    legs: list[tuple[str, Mapping[Any, Any], Callable[[Any], Any]]] = [
        ("deliver", network.by_key(LastMile), lambda key: (key[1], key[2])),
        ("parcel", network.by_key(ParcelRate), lambda key: (key[1], key[2])),
    ]
    if against == "co2":
        legs.append(("ship", network.by_key(Lane), lambda key: key[1]))
    terms: dict[int, float] = {}
    for component, rows, at in legs:
        for key, j in arrays.place(component).items():
            product, row = products[key[0]], rows[at(key)]
            if against == "co2":
                terms[j] = row.co2_kg_t * product.weight_kg / 1e6
            else:
                terms[j] = (row.days - cap) * product.volume_m3
    return {j: value for j, value in terms.items() if value}


def _loan_columns(arrays: Arrays) -> dict[int, list[int]]:
    """Period -> columns of the loans held in it."""
    return grouped(arrays, "loan", lambda key: key[-1])


def measure_of(network: Network, against: str) -> Measure:
    """What gets a price in large networks: t CO2e, m3-days, money-years of loans, or places."""
    if against == "credit":
        return _loans(network)
    if against == "sites":
        return Measure(
            lambda arrays: measures(network, arrays, against, 0.0)[0],
            lambda plan: measured(network, plan, against),
        )
    worst = _worst(network, against)

    def terms(arrays: Arrays) -> Terms:
        missed = {j: worst[key[0]] for key, j in arrays.place("unmet").items()}
        return {**measures(network, arrays, against, 0.0)[0], **missed}

    return Measure(terms, lambda plan: _moved(network, plan, against) + _missed(plan, worst))


def _loans(network: Network) -> Measure:
    """Money-years of loans; a cap on loans at a time allows that much all the time."""
    calendar = Index(network).calendar
    years = {t: calendar.length(t) / 365 for t in calendar.periods}

    def terms(arrays: Arrays) -> Terms:
        return {j: years[t] for t, columns in _loan_columns(arrays).items() for j in columns}

    def quantity(plan: Plan) -> float:
        loans = plan.tables["loans"]
        return float((loans["balance"] * loans["period"].map(years).astype(float)).sum())

    def ceiling(plan: Plan) -> float:
        return measured(network, plan, "credit") * sum(years.values())

    return Measure(terms, quantity, ceiling)


def _worst(network: Network, against: str) -> dict[str, float]:
    """Product -> most of a measure that a unit of it may take on its way."""
    last: list[LastMile | ParcelRate] = [*network.rows(LastMile), *network.rows(ParcelRate)]
    if against == "days":
        most = max((row.days for row in last), default=0.0)
        return {p: most * m3 for p, m3 in unit_m3(network).items()}
    lanes = max((row.co2_kg_t for row in network.rows(Lane)), default=0.0)
    most = lanes + max((row.co2_kg_t for row in last), default=0.0)
    return {p: most * row.weight_kg / 1e6 for p, row in network.by_key(Product).items()}


def _moved(network: Network, plan: Plan, against: str) -> float:
    """t CO2e, or m3-days, of the goods that are served."""
    if against == "co2":
        return measured(network, plan, against)
    m3, moved = unit_m3(network), (plan.tables["deliveries"], plan.tables["parcels"])
    return sum(float((counted(frame, m3) * frame["days"]).sum()) for frame in moved)


def _missed(plan: Plan, each: Mapping[str, float]) -> float:
    """What is not served, in a unit of which one of a product has ``each``."""
    return float(counted(plan.tables["unmet"], each).sum())
