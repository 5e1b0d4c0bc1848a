"""Goods in m3, or in any other unit of which each product has so much."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ...instances.network import Network
from ...instances.tables import Product


def unit_m3(network: Network) -> dict[str, float]:
    """Product -> m3 of one."""
    return {p: row.volume_m3 for p, row in network.by_key(Product).items()}


def counted(frame: pd.DataFrame, each: Mapping[str, float]) -> pd.Series[float]:
    """Quantities of a plan table in a unit of which one of a product has ``each``."""
    return frame["quantity"] * frame["product"].map(each).astype(float)
