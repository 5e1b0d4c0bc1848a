"""How the library's regions were made at first; their CSV files are the truth since then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from . import generate_rates as rates
from .generate import build
from .generate_goods import Spec
from .geography import CLUSTERS, ClusterPlace
from .geography_cities import MARKETS
from .network import Network

_KNOWN = {c.cluster: c for c in CLUSTERS}

ANHUI = {
    "hefei-appliances": ("hefei", "shanghai", "ningbo"),
    "hefei-photovoltaic": ("hefei", "shanghai", "ningbo"),
    "wuhu-car-parts": ("wuhu", "hefei", "shanghai"),
    "anqing-brushes": ("wuhu", "hefei", "shenzhen"),
    "tianchang-electronics": ("shanghai", "hefei"),
    "luan-textile": ("hefei", "shanghai"),
    "tongling-copper": ("wuhu", "yiwu", "ningbo"),
    "maanshan-machinery": ("wuhu", "shanghai", "hefei"),
}
"""Hubs that each cluster of the province can reach beside Yangshan."""

PEARL_RIVER = ("foshan", "nansha", "guangzhou", "yantian")

FOSHAN = (
    ("Longjiang", 22.87, 113.08, "sofas"),
    ("Lecong", 22.95, 113.09, "furniture"),
    ("Jiujiang", 22.84, 112.99, "furniture"),
    ("Beijiao", 22.93, 113.20, "appliances"),
    ("Ronggui", 22.76, 113.27, "heavy-appliances"),
    ("Sanshui", 23.18, 112.90, "appliances"),
)
"""Towns of Foshan and what they make; all reach every hub of the Pearl River."""

DELTA = {
    ("Hangzhou", 30.27, 120.15): (("home-textile", "electronics"), ("hangzhou", "ningbo", "shanghai")),
    ("Yiwu", 29.31, 120.08): (("small-goods", "jewellery"), ("yiwu", "ningbo", "hangzhou")),
    ("Tongxiang", 30.63, 120.56): (("knitwear",), ("hangzhou", "shanghai", "suzhou")),
    ("Haining", 30.53, 120.69): (("leather",), ("hangzhou", "shanghai", "ningbo")),
    ("Wuhu", 31.35, 118.43): (("snacks", "car-parts"), ("wuhu", "hefei", "shanghai")),
    ("Hefei", 31.82, 117.23): (("appliances", "photovoltaic"), ("hefei", "wuhu", "shanghai")),
    ("Suzhou", 31.30, 120.60): (("electronics",), ("suzhou", "shanghai")),
    ("Shanghai", 31.23, 121.47): (("cosmetics",), ("shanghai", "suzhou")),
}
"""Cities of the delta: what their clusters make, and the hubs these reach beside Yangshan."""


def _foshan() -> tuple[ClusterPlace, ...]:
    return tuple(
        ClusterPlace(town, "CN", lat, lon, f"{town.lower()}-{family}", family, PEARL_RIVER, "Foshan")
        for town, lat, lon, family in FOSHAN
    )


def _delta() -> tuple[ClusterPlace, ...]:
    return tuple(
        ClusterPlace(city, "CN", lat, lon, f"{city.lower()}-{family}", family, (*hubs, "yangshan"), city)
        for (city, lat, lon), (families, hubs) in DELTA.items()
        for family in families
    )


THIRD_PARTY = (
    "Los Angeles",
    "Dallas",
    "Edison",
    "Frankfurt",
    "Birmingham",
    "Kuala Lumpur",
    "Ho Chi Minh City",
)
"""Storage within five days of every market: a firm can do without a lease."""

REGIONS: Mapping[str, Spec] = {
    "anhui": Spec(
        name="anhui",
        start=dt.date(2026, 11, 2),
        firms=40,
        demand_periods=24,
        clusters=tuple(replace(_KNOWN[name], hubs=(*hubs, "yangshan")) for name, hubs in ANHUI.items()),
        sites=22,
        markets=MARKETS[:44],
        markets_per_firm=(7, 10),
        seed=9,
        third_party=THIRD_PARTY,
        third_party_m3=(1500.0, 3000.0),
    ),
    "foshan": Spec(
        name="foshan",
        start=dt.date(2027, 5, 2),
        firms=60,
        demand_periods=12,
        clusters=_foshan(),
        sites=20,
        markets=MARKETS[:40],
        markets_per_firm=(5, 8),
        seed=42,
        volume=(110.0, 150.0),
        third_party=THIRD_PARTY,
        third_party_m3=(3000.0, 6000.0),
        chain_share=0.12,
        top_price=1.2,
        credit=rates.TIGHT,
    ),
    "yangtze-delta": Spec(
        name="yangtze-delta",
        start=dt.date(2027, 3, 2),
        firms=48,
        demand_periods=16,
        clusters=_delta(),
        sites=20,
        markets=MARKETS[:40],
        markets_per_firm=(6, 9),
        seed=57,
        third_party=THIRD_PARTY,
        third_party_m3=(1500.0, 3000.0),
    ),
}
"""Eight clusters of a province, six towns of one city, twelve clusters of eight cities."""


def regional(name: str) -> Network:
    """A region of the library as first generated.  Raises ``KeyError`` for another name."""
    return build(REGIONS[name])
