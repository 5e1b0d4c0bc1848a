"""One-stage facility location as plain arrays, and how good a set of open sites is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Problem:
    """min fixed·y + Σ cost·x: every customer is served in full, within the capacity of open sites.

    ``fixed``, ``capacity`` by site, ``demand`` by customer, ``cost`` (sites × customers) of serving all of
    a customer's demand, infinite where it may not be served.  ``whole``: each customer from one site.
    """

    fixed: Floats
    capacity: Floats
    demand: Floats
    cost: Floats
    whole: bool = False

    @property
    def least_sites(self) -> int:
        """Fewest sites that can hold all demand; more than there are if none can."""
        largest = np.cumsum(np.sort(self.capacity)[::-1])
        return int(np.searchsorted(largest, self.demand.sum() * (1 - 1e-12))) + 1

    def only(self, sites: Bools | Ints) -> Problem:
        """The problem of some of the sites."""
        return replace(self, fixed=self.fixed[sites], capacity=self.capacity[sites], cost=self.cost[sites])
