"""Random capacitated location networks after Cornuéjols, Sridharan and Thizy (1991), of any size."""

from __future__ import annotations

import re

import numpy as np

from .files.published.capacitated import one_stage
from .network import Network

SIZE = re.compile(r"cst-(\d+)-(\d+)-(\d+(?:\.\d+)?)")
"""Sites, customers and the ratio of all capacity to all demand, such as ``cst-100-100-5``."""

MOST = 2000
"""Most sites or customers."""


def generate_cst(size: str, seed: int, capacity_scale: float = 1.0) -> Network:
    """Sites and customers in the unit square; demand U[5, 35]; capacity U[10, 160] scaled to the ratio; fixed
    cost U[0, 90] + U[100, 110]·√capacity; 10 a unit and distance.

    The same for the same arguments.  Raises ``ValueError`` for a size that is not ``cst-M-N-R``.
    """
    match = SIZE.fullmatch(size)
    if match is None:
        raise ValueError(f"size must be cst-SITES-CUSTOMERS-RATIO, e.g. cst-100-100-5; not {size!r}")
    m, n, ratio = int(match[1]), int(match[2]), float(match[3]) * capacity_scale
    if not (1 <= m <= MOST and 1 <= n <= MOST and ratio > 1):
        raise ValueError(f"{size}: 1 to {MOST} sites and customers, and a ratio above 1")
    rng = np.random.default_rng(seed)
    sites, customers = rng.random((m, 2)), rng.random((n, 2))
    demand = rng.uniform(5, 35, n).round(2)
    capacity = rng.uniform(10, 160, m)
    capacity = np.ceil(100 * capacity * ratio * demand.sum() / capacity.sum()) / 100
    fixed = (rng.uniform(0, 90, m) + rng.uniform(100, 110, m) * np.sqrt(capacity)).round(2)
    unit = 10 * np.linalg.norm(sites[:, None] - customers[None], axis=2)
    return one_stage(f"{size}-{seed}", capacity, fixed, demand, unit)
