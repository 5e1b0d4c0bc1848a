"""Routes: the columns that bring one product into one warehouse and on from there.

Most of a network's columns belong to routes that no good plan uses.  They are left out of the linear
programmes until their price shows that they could help (column generation over routes).
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pyomo.environ as pyo

from ..models.index import Index
from .arrays import Arrays, Floats
from .highs import Ints


class Routes:
    """Every (product, warehouse) route of a model: its columns, and how to price it.

    ``of_column`` gives the route of each column, -1 for columns of no route.
    """

    def __init__(self, model: pyo.ConcreteModel, arrays: Arrays):
        ix: Index = model.index
        self._arrays = arrays
        self.names = sorted({(p, w) for p, w, _ in ix.stock})
        self._number = {name: i for i, name in enumerate(self.names)}
        self.of_column = np.full(len(arrays.cost), -1, dtype=np.int64)
        self._ships: dict[int, list[tuple[int, tuple[tuple[int, float], ...]]]] = defaultdict(list)
        self._stocks: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self._delivers: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self._place(ix)
        self.needed = np.array([self._is_needed(ix, *name) for name in self.names], dtype=bool)

    def _place(self, ix: Index) -> None:
        for (p, lane, t), j in self._arrays.place("ship").items():
            route = self._number[p, ix.lanes[lane].warehouse]
            self._ships[route].append((j, ix.arrivals(lane, t)))
            self.of_column[j] = route
        for (p, w, t), j in self._arrays.place("stock").items():
            route = self._number[p, w]
            self._stocks[route].append((t, j))
            self.of_column[j] = route
        for (p, w, _, t), j in self._arrays.place("deliver").items():
            route = self._number[p, w]
            self._delivers[route].append((t, j))
            self.of_column[j] = route

    def _is_needed(self, ix: Index, product: str, warehouse: str) -> bool:
        """Routes with goods already there, or wanted there at the end, are always in."""
        row = ix.stocks.get((product, warehouse))
        return row is not None or any(key[:2] == (product, warehouse) for key in ix.pipeline)

    def columns(self, routes: Ints) -> Ints:
        """Columns of some routes."""
        return np.flatnonzero(np.isin(self.of_column, routes))

    def price(self, reduced: Floats, routes: Ints) -> Floats:
        """Least reduced cost of a unit delivered by each route, given ``reduced`` costs of its columns
        in which its own stock rows have no price.

        A route at 0 or more has stock prices under which none of its columns can help: a unit is
        worth what its cheapest shipment and the storage since then cost.
        """
        return np.array([self._price(reduced, int(route)) for route in routes])

    def _price(self, reduced: Floats, route: int) -> float:
        landed: dict[int, float] = {}
        for j, arrivals in self._ships[route]:
            for u, _ in arrivals:
                landed[u] = min(landed.get(u, np.inf), reduced[j])
        value, stored = np.inf, 0.0
        worth: dict[int, float] = {}
        for t, j in sorted(self._stocks[route]):
            value = min(value + stored, landed.get(t, np.inf))
            worth[t], stored = value, reduced[j]
        return min((reduced[j] + worth[t] for t, j in self._delivers[route]), default=0.0)
