"""Rates of generated networks: goods, freight, warehouses, delivery, duties, money.

Orders of magnitude of 2025 and 2026 in USD; the READMEs of the library's ``anhui``, ``foshan`` and
``yangtze-delta`` say which were read where and which are assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .tables import Contract


@dataclass(frozen=True)
class Goods:
    """What a family's goods are like."""

    products: tuple[str, ...]
    """Names of products."""
    density: float
    """kg/m3"""
    value: float
    """USD/m3, production cost"""
    orders: float
    """orders (parcels) per m3"""
    carton: tuple[float, float]
    """m3 of a unit, from and to"""
    peak: tuple[int, int]
    """month and day of most demand"""


FAMILIES = {
    "appliances": Goods(
        ("rice cookers", "air fryers", "mini fridges", "fans"), 220, 1100, 9, (0.12, 0.28), (11, 20)
    ),
    "photovoltaic": Goods(("junction boxes", "inverters", "brackets"), 300, 1400, 12, (0.08, 0.2), (10, 10)),
    "car-parts": Goods(("brake pads", "filters", "lamps", "wipers"), 420, 2400, 30, (0.05, 0.12), (10, 25)),
    "brushes": Goods(
        ("paint brushes", "hair brushes", "make-up brushes"), 160, 1300, 60, (0.05, 0.1), (11, 15)
    ),
    "electronics": Goods(("chargers", "speakers", "headphones"), 250, 6500, 70, (0.05, 0.08), (11, 25)),
    "textile": Goods(("hemp bags", "linen", "wicker baskets"), 240, 2600, 60, (0.05, 0.1), (11, 5)),
    "copper": Goods(("copper foil", "cables", "connectors"), 800, 5500, 25, (0.05, 0.06), (10, 15)),
    "furniture": Goods(("chairs", "shelves", "tables"), 140, 550, 5, (0.2, 0.3), (11, 20)),
    "small-goods": Goods(("toys", "stationery", "decorations"), 200, 1600, 80, (0.05, 0.1), (11, 28)),
    "knitwear": Goods(("sweaters", "scarves", "cardigans"), 180, 5000, 70, (0.05, 0.1), (11, 1)),
    "heavy-appliances": Goods(
        ("gas ranges", "commercial ovens", "dough mixers"), 390, 1500, 3.5, (0.2, 0.35), (11, 10)
    ),
    "sofas": Goods(("sofas", "armchairs", "mattresses"), 95, 420, 1.3, (0.6, 1.2), (11, 15)),
    "jewellery": Goods(("necklaces", "hair clips", "bracelets"), 320, 9000, 140, (0.05, 0.06), (11, 28)),
    "leather": Goods(("jackets", "handbags", "belts"), 190, 6000, 55, (0.05, 0.1), (11, 5)),
    "snacks": Goods(("nut mixes", "dried fruit", "biscuits"), 330, 1900, 60, (0.05, 0.08), (12, 1)),
    "home-textile": Goods(("bedding", "curtains", "towels"), 190, 2200, 25, (0.06, 0.12), (10, 25)),
    "cosmetics": Goods(("masks", "creams", "lipsticks"), 360, 7500, 120, (0.05, 0.06), (11, 20)),
    "machinery": Goods(("hand tools", "pumps", "presses"), 450, 3000, 8, (0.1, 0.2), (10, 20)),
}

CURRENCY = {"EU": "EUR", "UK": "GBP", "CA": "CAD", "MX": "MXN", "SG": "SGD", "MY": "MYR", "TH": "THB"}
"""Currency of a zone; the others deal in USD."""

FX = {
    "CNY": 0.140,
    "EUR": 1.16,
    "GBP": 1.34,
    "CAD": 0.72,
    "MXN": 0.054,
    "SGD": 0.775,
    "MYR": 0.24,
    "THB": 0.031,
}
"""USD per unit."""

CONTAINERS = {"20GP": (28.0, 21_000.0), "40HQ": (66.0, 26_000.0)}
"""Usable m3 and payload kg."""

SMALL_BOX = 0.6
"""Price of a 20GP as a share of a 40HQ's."""

FREIGHT = {
    "us-west": (2815.0, 85.0),
    "us-gulf": (3900.0, 120.0),
    "us-east": (3976.0, 120.0),
    "mexico": (3100.0, 100.0),
    "europe-north": (2392.0, 95.0),
    "europe-south": (3071.0, 100.0),
    "uk": (2500.0, 100.0),
    "asia": (1200.0, 55.0),
}
"""Ocean freight to a coast: USD per 40HQ, and per m3 or tonne of loose cargo."""

SHIP_KM_DAY = 711.0
"""16 knots."""
PORT_DAYS = 3.0
LOCAL_BOX, DRAYAGE_KM, INLAND_KM_DAY = 650.0, 0.5, 600.0
RAIL_BOX, RAIL_KM, RAIL_LOOSE_KG, RAIL_LOOSE_KG_M3 = 5700.0, 0.4, 1.4, 333.0
RAIL_DAYS, RAIL_BORDER = 14.0, (52.03, 23.52)
AIR_KG = {"NA": 4.8, "EU": 4.2, "SEA": 2.6}
AIR_KG_M3, AIR_DAYS = 167.0, 3.0

CO2_KG_TKM = {"ocean": 0.010, "rail": 0.02, "air": 0.6, "truck": 0.08}

HUB_CLEARANCE = 4.0
PUBLIC_HANDLING = 20.0
HUB_TARIFF = {False: 16.0, True: 26.0}
HUB_STORAGE = {False: 0.15, True: 0.5}
"""USD per m3 at a hub of the operator's own (False) and at a public one (True); storage a day."""


@dataclass(frozen=True)
class StoreTerms:
    """A kind of warehouse: its identifiers end in ``suffix``; USD per m3 at rent factor 1."""

    suffix: str
    name: str
    unload: float
    dispatch: float
    storage: float
    """a day"""
    clearance: float
    tariff_storage: float
    tariff_handling: float


STORES = {
    Contract.LEASE: StoreTerms("wh", "shared warehouse", 11.0, 14.0, 0.06, 5.0, 0.28, 38.0),
    Contract.PER_USE: StoreTerms("3pl", "third-party storage", 20.0, 30.0, 0.5, 7.0, 0.5, 58.0),
}

TIERS = {
    "small": (250.0, 700.0, 5200.0),
    "medium": (800.0, 2400.0, 13_200.0),
    "large": (2200.0, 6600.0, 29_000.0),
}
"""Lease tiers: storage m3, throughput m3/month, rent USD/month at rent factor 1."""


@dataclass(frozen=True)
class Delivery:
    """Rates of a sales region: last mile from a warehouse, and parcels from China."""

    order: float
    kg: float
    reach_km: float
    km_day: float
    postal_kg: float
    express_kg: float
    default_rate: float
    dilution: float


DELIVERY = {
    "NA": Delivery(5.2, 0.55, 4000.0, 800.0, 5.5, 8.0, 0.006, 0.04),
    "EU": Delivery(4.8, 0.50, 2200.0, 600.0, 5.0, 7.5, 0.007, 0.05),
    "SEA": Delivery(2.2, 0.30, 3200.0, 700.0, 4.5, 5.0, 0.015, 0.03),
}

_EUROPE = {
    "furniture": 0.0,
    "sofas": 0.0,
    "cosmetics": 0.0,
    "knitwear": 0.12,
    "home-textile": 0.12,
    "textile": 0.06,
    "snacks": 0.09,
}

DUTY: Mapping[str, tuple[float, Mapping[str, float]]] = {
    "US": (
        0.30,
        {
            "photovoltaic": 0.50,
            "car-parts": 0.40,
            "copper": 0.45,
            "machinery": 0.35,
            "sofas": 0.55,
            "heavy-appliances": 0.50,
            "leather": 0.35,
            "jewellery": 0.20,
            "cosmetics": 0.25,
        },
    ),
    "CA": (0.06, {"knitwear": 0.18, "home-textile": 0.17, "textile": 0.12}),
    "MX": (0.15, {"knitwear": 0.25, "textile": 0.25, "home-textile": 0.25}),
    "EU": (0.03, _EUROPE),
    "UK": (0.03, _EUROPE),
    "SG": (0.0, {}),
    "MY": (0.03, {"car-parts": 0.1}),
    "TH": (0.05, {"car-parts": 0.1}),
    "VN": (0.03, {}),
    "ID": (0.05, {"knitwear": 0.1}),
    "PH": (0.03, {}),
}
"""Import duty of a zone on goods from China: usual rate, and rates of some families."""

PARCEL_FEE = {"EU": 3.5, "US": 2.0, "UK": 1.5, "ID": 1.0, "TH": 0.8}
"""Customs fee of a direct parcel, USD per order; elsewhere none."""

FLAT_DUTY_BELOW = {"EU": 174.0}
"""Value of an order in USD below which its parcel pays the fee instead of the duty rate."""

CREDIT_DAYS = {"US": 14.0, "CA": 21.0, "MX": 35.0, "EU": 21.0, "UK": 14.0}
"""Days until buyers pay; elsewhere 30."""

CHANNELS = {
    "paypal": ("PayPal-like wallet", 0.044, 1.0, 1.0),
    "licensed": ("licensed domestic institution", 0.010, 5.0, 0.75),
    "rmb": ("cross-border RMB through a bank", 0.002, 3.0, 0.25),
}
"""Name, fee, settlement days, most of a firm's sales."""


@dataclass(frozen=True)
class Lender:
    """A funder: ``line`` in half-months of the network's production cost, money in USD."""

    name: str
    base_rate: float
    line: float
    loss_cap: float
    admission: float
    min_ticket: float
    kinds: tuple[str, ...]


LENDERS = {
    "policy-bank": Lender(
        "policy bank", 0.0348, 1.5, 0.010, 1500.0, 8000.0, ("order", "transit", "warehouse")
    ),
    "commercial-bank": Lender(
        "commercial bank", 0.048, 3.0, 0.015, 900.0, 4000.0, ("order", "transit", "warehouse", "receivable")
    ),
    "factoring": Lender(
        "factoring company", 0.085, 2.0, 0.030, 400.0, 0.0, ("transit", "receivable", "voucher")
    ),
}


@dataclass(frozen=True)
class Credit:
    """How firms stand with lenders; amounts in half-months of a firm's production cost."""

    cash: tuple[float, float]
    """Opening cash, from and to"""
    chances: tuple[float, float, float, float]
    """Of the ratings B to E, for firms that are no core"""
    ratings: Mapping[str, tuple[float, float, float]]
    """Probability of default a year, spread without and with guarantee"""
    limit: Mapping[str, float]
    """Credit limit of a rating"""
    loans: Mapping[str, tuple[float, float | None, float, float, float, float]]
    """Advance, with guarantee, spread, tenor in days, loss given default, the same with guarantee"""
    lines: float = 1.0
    """The lenders' lines, relative to ``LENDERS``"""


USUAL = Credit(
    cash=(1.0, 3.0),
    chances=(0.2, 0.4, 0.25, 0.15),
    ratings={
        "A": (0.004, 0.0, 0.0),
        "B": (0.010, 0.004, 0.002),
        "C": (0.022, 0.010, 0.005),
        "D": (0.045, 0.018, 0.009),
        "E": (0.090, 0.032, 0.016),
    },
    limit={"A": 8.0, "B": 6.0, "C": 4.5, "D": 3.0, "E": 2.0},
    loans={
        "order": (0.25, 0.40, 0.012, 90.0, 0.65, 0.40),
        "transit": (0.45, 0.65, 0.006, 60.0, 0.45, 0.25),
        "warehouse": (0.50, 0.70, 0.004, 90.0, 0.40, 0.22),
        "receivable": (0.70, 0.80, 0.002, 90.0, 0.30, 0.15),
        "voucher": (0.85, None, 0.0, 180.0, 0.30, 0.0),
    },
)

TIGHT = Credit(
    cash=(0.5, 1.2),
    chances=(0.1, 0.25, 0.4, 0.25),
    ratings={
        "A": (0.004, 0.010, 0.004),
        "B": (0.012, 0.022, 0.007),
        "C": (0.026, 0.040, 0.012),
        "D": (0.052, 0.062, 0.018),
        "E": (0.100, 0.090, 0.026),
    },
    limit={"A": 6.0, "B": 4.5, "C": 3.5, "D": 2.5, "E": 1.8},
    loans={
        "order": (0.10, 0.40, 0.012, 90.0, 0.70, 0.40),
        "transit": (0.30, 0.65, 0.006, 60.0, 0.50, 0.25),
        "warehouse": (0.40, 0.70, 0.004, 90.0, 0.45, 0.22),
        "receivable": (0.60, 0.80, 0.002, 90.0, 0.35, 0.15),
        "voucher": (0.85, None, 0.0, 180.0, 0.30, 0.0),
    },
    lines=0.8,
)
"""Light assets: little collateral that lenders take, dear credit unless the core firm stands behind it."""
