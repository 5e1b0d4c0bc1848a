"""What a lane charges for volume and weight while containers are counted in fractions."""

from __future__ import annotations

import numpy as np

from ..models.index import Index
from .arrays import Arrays, Floats


def fill_lane_prices(ix: Index, arrays: Arrays, prices: Floats) -> Floats:
    """Prices with an entry for lanes that have none: the cheapest way to carry light goods.

    A price on volume of at most cost per m3 of every container (and of loose cargo) leaves no
    container worth booking empty, so it is always a valid choice.
    """
    out = prices.copy()
    volume, weight = arrays.rows["volume"], arrays.rows["weight"]
    for i, (key, t) in enumerate(arrays.row_keys["volume"]):
        if out[volume.start + i] == 0 and out[weight.start + i] == 0:
            out[volume.start + i] = -_per_m3(ix, key, t)
    return out


def lane_prices(ix: Index, arrays: Arrays) -> Floats:
    """What lanes charge for a m3, and nothing else has a price."""
    return fill_lane_prices(ix, arrays, np.zeros(len(arrays.row_lower)))


def _per_m3(ix: Index, lane: str, period: int) -> float:
    row = ix.lanes[lane]
    rates = [r.cost / ix.containers[r.container].volume_m3 for r in ix.lane_containers.get(lane, ())]
    if row.loose_rate_kg is not None:
        rates.append(row.loose_rate_kg * row.loose_kg_m3)
    return float(np.min(rates)) * ix.fx(row.currency, period) * ix.discount(period)
