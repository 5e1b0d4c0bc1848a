"""The plan of all firms restricted to a coalition: a good plan of the coalition in seconds, no bound."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
import pandas as pd

from ...instances.network import Network
from ...instances.tables import Product
from ...models.cluster import build
from ..arrays import Arrays, Floats, collector_off, compile_model
from ..assembly import Assembly
from ..blocks import Blocks
from ..centre import centre
from ..clock import Clock
from ..leases import plan_leases
from ..places import Places, hub_levels, hub_load
from ..search import Search
from .coalition import coalition, partners_interest
from .store import Value

_FLOWS = {
    "haul": ("hauls", ["product", "hub", "period"], "quantity"),
    "hold": ("holds", ["product", "hub", "period"], "quantity"),
    "ship": ("shipments", ["product", "lane", "period"], "quantity"),
    "stock": ("stock", ["product", "warehouse", "period"], "quantity"),
    "deliver": ("deliveries", ["product", "warehouse", "market", "period"], "quantity"),
    "parcel": ("parcels", ["product", "service", "market", "period"], "quantity"),
    "unmet": ("unmet", ["product", "market", "period"], "quantity"),
    "boxes": ("containers", ["lane", "container", "period"], "boxes"),
    "loose": ("loose", ["lane", "period"], "chargeable_kg"),
}
"""Column of the model -> plan table, its key and quantity."""

Tables = Mapping[str, pd.DataFrame]


def restricted(network: Network, tables: Tables, firms: tuple[str, ...], seconds: float | None) -> Value:
    """What a coalition costs when its members keep near to their part of a joint plan.

    Leases and hub levels are cut to what they need, every member's goods and money planned anew in them,
    containers counted exactly; the result keeps every row of the coalition's model.  ``upper`` is ``None``
    where a member finds no place.
    """
    began, clock = time.monotonic(), Clock(seconds)
    own = coalition(network, firms)
    with collector_off():
        model = build(own)
        arrays = centre(model, compile_model(model))
    search = Search(own, model, arrays, clock=clock, gap=0.0)
    goods = _goods(arrays, own, tables)
    index = model.index
    leases = frozenset(plan_leases(index, arrays, goods))
    sites = frozenset(w for (_, w, *_), j in arrays.place("deliver").items() if goods[j] > 1e-9)
    levels = hub_levels(index, hub_load(index, arrays, goods))
    x = Assembly(Blocks(model, arrays)).build(Places(leases, sites, levels), goods, clock)
    if x is not None:
        search.offer(x)
    cost = None if search.objective is None else search.objective + partners_interest(network, firms)
    status = "unknown" if cost is None else "feasible"
    return Value(None, cost, status, time.monotonic() - began, warm=True, asked=(0.0, 0.0))


def _goods(arrays: Arrays, network: Network, tables: Tables) -> Floats:
    """The members' goods in the joint plan, and what is booked on the lanes they may use."""
    x = np.zeros(len(arrays.cost))
    made = {row.product for row in network.rows(Product)}
    for component, (table, columns, value) in _FLOWS.items():
        place, frame = arrays.place(component), tables[table]
        if "product" in frame:
            frame = frame[frame["product"].isin(made)]
        amounts = frame[value].to_numpy(float)
        for key, amount in zip(frame[columns].itertuples(index=False, name=None), amounts, strict=True):
            if key in place:
                x[place[key]] = amount
    return x
