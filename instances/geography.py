"""Places of a network: clusters, hubs, ports, warehouse sites, markets; distances between them.

Coordinates in degrees, rounded to 0.01; ``weight`` of a market is roughly its metropolitan
population in millions.  Sea distances were computed once over the public sea-lane graph of the
``searoute`` package, Europe round the Cape (as most container lines have sailed since 2024).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

EARTH_KM = 6371.0


@dataclass(frozen=True)
class Place:
    """A named point on the map."""

    name: str
    country: str
    lat: float
    lon: float

    @property
    def slug(self) -> str:
        """The name as an identifier."""
        return self.name.lower().replace(" ", "-").replace("'", "").replace(".", "")


@dataclass(frozen=True)
class Market(Place):
    """A place of demand."""

    weight: float


@dataclass(frozen=True)
class Port(Place):
    """A gateway of ocean lanes: ``coast`` has its freight rates in ``rates.FREIGHT``."""

    coast: str


@dataclass(frozen=True)
class Site(Place):
    """A city with warehouses to lease: ``rent`` relative to the average, ``air`` has air lanes."""

    port: str
    rent: float
    air: bool = False


@dataclass(frozen=True)
class ClusterPlace(Place):
    """A cluster: the family it makes, the hubs it can reach, its city if that is to be told."""

    cluster: str
    family: str
    hubs: tuple[str, ...]
    city: str = ""

    @property
    def title(self) -> str:
        """Its name for people."""
        return f"{self.name} {self.family.replace('-', ' ')}"


@dataclass(frozen=True)
class HubPlace(Place):
    """A consolidation hub: ``port`` where it has ocean lanes."""

    port: str | None
    rail: bool
    air: bool
    feeder_days: float = 0.0
    """Days by barge to its port"""
    feeder_box: float = 0.0
    """USD per 40HQ by barge to its port"""
    public: bool = False
    """A freight station paid per use instead of a hub of the operator's own"""


def great_circle_km(a: Place, b: Place) -> float:
    """Great-circle distance in km."""
    phi, psi = radians(a.lat), radians(b.lat)
    half = sin((psi - phi) / 2) ** 2 + cos(phi) * cos(psi) * sin(radians(b.lon - a.lon) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))


def road_km(a: Place, b: Place) -> float:
    """Distance by road or rail in km: 1.25 of the great circle."""
    return 1.25 * great_circle_km(a, b)


ASEAN = ("SG", "MY", "TH", "VN", "ID", "PH")
EURO_UNION = ("DE", "NL", "BE", "FR", "ES", "IT", "PL", "CZ", "AT", "SE", "DK", "PT", "IE", "HU", "RO", "GR")


def region(country: str) -> str:
    """Sales region of a country: NA, EU or SEA."""
    if country in ("US", "CA", "MX"):
        return "NA"
    return "SEA" if country in ASEAN else "EU"


def zone(country: str) -> str:
    """Customs and payment zone of a country."""
    if country in EURO_UNION:
        return "EU"
    return "UK" if country == "GB" else country


CLUSTERS = (
    ClusterPlace(
        "Hefei", "CN", 31.82, 117.23, "hefei-appliances", "appliances", ("shanghai", "hefei", "ningbo")
    ),
    ClusterPlace(
        "Hefei", "CN", 31.78, 117.20, "hefei-photovoltaic", "photovoltaic", ("shanghai", "hefei", "ningbo")
    ),
    ClusterPlace("Wuhu", "CN", 31.35, 118.43, "wuhu-car-parts", "car-parts", ("shanghai", "hefei", "ningbo")),
    ClusterPlace("Anqing", "CN", 30.63, 116.57, "anqing-brushes", "brushes", ("shanghai", "hefei", "ningbo")),
    ClusterPlace(
        "Tianchang", "CN", 32.69, 119.00, "tianchang-electronics", "electronics", ("shanghai", "hefei")
    ),
    ClusterPlace("Lu'an", "CN", 31.73, 116.52, "luan-textile", "textile", ("shanghai", "hefei")),
    ClusterPlace(
        "Tongling", "CN", 30.94, 117.81, "tongling-copper", "copper", ("shanghai", "hefei", "ningbo")
    ),
    ClusterPlace("Foshan", "CN", 23.02, 113.12, "foshan-furniture", "furniture", ("shenzhen", "shanghai")),
    ClusterPlace(
        "Yiwu", "CN", 29.31, 120.08, "yiwu-small-goods", "small-goods", ("ningbo", "yiwu", "shanghai")
    ),
    ClusterPlace(
        "Tongxiang", "CN", 30.63, 120.56, "tongxiang-knitwear", "knitwear", ("shanghai", "ningbo", "yiwu")
    ),
    ClusterPlace("Shunde", "CN", 22.84, 113.24, "shunde-appliances", "appliances", ("shenzhen", "shanghai")),
    ClusterPlace("Ma'anshan", "CN", 31.67, 118.51, "maanshan-machinery", "machinery", ("shanghai", "hefei")),
)

HUBS = (
    HubPlace("Hefei", "CN", 31.87, 117.32, None, True, False),
    HubPlace("Shanghai", "CN", 31.23, 121.47, "Shanghai", False, True),
    HubPlace("Ningbo", "CN", 29.87, 121.55, "Ningbo", False, False),
    HubPlace("Yiwu", "CN", 29.31, 120.08, None, True, False),
    HubPlace("Shenzhen", "CN", 22.54, 114.06, "Shenzhen", False, True),
    HubPlace("Wuhu", "CN", 31.34, 118.36, "Shanghai", False, False, feeder_days=3.0, feeder_box=280.0),
    HubPlace("Hangzhou", "CN", 30.24, 120.43, "Ningbo", False, True, feeder_days=1.0, feeder_box=320.0),
    HubPlace("Suzhou", "CN", 31.34, 120.55, "Shanghai", True, False, feeder_days=1.5, feeder_box=220.0),
    HubPlace("Yangshan", "CN", 30.63, 122.07, "Shanghai", False, False, public=True),
    HubPlace("Foshan", "CN", 23.02, 113.12, "Nansha", False, False, feeder_days=1.5, feeder_box=180.0),
    HubPlace("Guangzhou", "CN", 23.20, 113.25, None, True, True),
    HubPlace("Nansha", "CN", 22.68, 113.61, "Nansha", False, False),
    HubPlace("Yantian", "CN", 22.57, 114.27, "Shenzhen", False, False, public=True),
)

ORIGIN_PORTS = (
    Port("Shanghai", "CN", 30.63, 122.07, "china"),
    Port("Ningbo", "CN", 29.93, 121.89, "china"),
    Port("Shenzhen", "CN", 22.56, 114.28, "china"),
    Port("Nansha", "CN", 22.63, 113.68, "china"),
)

PORTS = (
    Port("Los Angeles", "US", 33.73, -118.26, "us-west"),
    Port("Oakland", "US", 37.80, -122.31, "us-west"),
    Port("Seattle", "US", 47.60, -122.35, "us-west"),
    Port("Vancouver", "CA", 49.29, -123.11, "us-west"),
    Port("Manzanillo", "MX", 19.06, -104.30, "mexico"),
    Port("Houston", "US", 29.61, -94.99, "us-gulf"),
    Port("Miami", "US", 25.77, -80.17, "us-east"),
    Port("Savannah", "US", 32.08, -81.09, "us-east"),
    Port("Norfolk", "US", 36.92, -76.33, "us-east"),
    Port("New York", "US", 40.68, -74.15, "us-east"),
    Port("Halifax", "CA", 44.64, -63.57, "us-east"),
    Port("Rotterdam", "NL", 51.95, 4.05, "europe-north"),
    Port("Hamburg", "DE", 53.53, 9.93, "europe-north"),
    Port("Le Havre", "FR", 49.47, 0.15, "europe-north"),
    Port("Gdansk", "PL", 54.39, 18.71, "europe-north"),
    Port("Gothenburg", "SE", 57.69, 11.85, "europe-north"),
    Port("Felixstowe", "GB", 51.95, 1.31, "uk"),
    Port("Liverpool", "GB", 53.45, -3.02, "uk"),
    Port("Valencia", "ES", 39.44, -0.32, "europe-south"),
    Port("Barcelona", "ES", 41.34, 2.16, "europe-south"),
    Port("Genoa", "IT", 44.40, 8.91, "europe-south"),
    Port("Piraeus", "GR", 37.94, 23.62, "europe-south"),
    Port("Singapore", "SG", 1.26, 103.83, "asia"),
    Port("Port Klang", "MY", 3.00, 101.39, "asia"),
    Port("Laem Chabang", "TH", 13.08, 100.88, "asia"),
    Port("Hai Phong", "VN", 20.86, 106.72, "asia"),
    Port("Cai Mep", "VN", 10.53, 107.03, "asia"),
    Port("Jakarta", "ID", -6.10, 106.89, "asia"),
    Port("Surabaya", "ID", -7.20, 112.73, "asia"),
    Port("Manila", "PH", 14.60, 120.95, "asia"),
)
