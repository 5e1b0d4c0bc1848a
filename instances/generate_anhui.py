"""How the first version of the library's ``anhui`` was made; its CSV files are the truth since then."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from .generate import build
from .generate_goods import Spec
from .geography import CLUSTERS
from .geography_cities import MARKETS
from .network import Network

HUBS_OF = {
    "hefei-appliances": ("hefei", "shanghai", "ningbo"),
    "hefei-photovoltaic": ("hefei", "shanghai", "ningbo"),
    "wuhu-car-parts": ("wuhu", "hefei", "shanghai"),
    "anqing-brushes": ("wuhu", "hefei", "shenzhen"),
    "tianchang-electronics": ("shanghai", "hefei"),
    "luan-textile": ("hefei", "shanghai"),
    "tongling-copper": ("wuhu", "yiwu", "ningbo"),
    "maanshan-machinery": ("wuhu", "shanghai", "hefei"),
}
"""Hubs that each cluster of the province can reach."""


def anhui(seed: int = 9) -> Network:
    """Eight clusters of Anhui, 40 firms, 22 sites to lease, 44 markets, a year of half-months."""
    places = {c.cluster: c for c in CLUSTERS}
    clusters = tuple(replace(places[name], hubs=hubs) for name, hubs in HUBS_OF.items())
    return build(
        Spec(
            name="anhui",
            start=dt.date(2026, 11, 2),
            firms=40,
            demand_periods=24,
            clusters=clusters,
            sites=22,
            markets=MARKETS[:44],
            markets_per_firm=(7, 10),
            seed=seed,
        )
    )
