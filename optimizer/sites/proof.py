"""Customers' prices as multipliers of the model's rows: a certificate of what the prices prove.

Prices pay for the demand rows; what they leave to each site is the value of its knapsack, whose dual pays for
the site's throughput and links; balances pass the cost of the way in.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from ..arrays import Arrays, Floats
from ..certificate import Certificate, Leaf
from .ascent import Leaves, Path
from .problem import Bools, Ints, Problem
from .reading import Reading


def certificate_of(reading: Reading, volume: float, leaves: Leaves) -> Certificate:
    """Certificate of the leaves of a search over sites; ``volume`` is the m3 of a unit."""
    translator = _Translator(reading, volume)
    number: dict[bytes, int] = {}
    vectors: list[sparse.csr_matrix] = []
    worths: list[Floats] = []
    out: list[Leaf] = []
    for path, prices in leaves:
        key = prices.tobytes()
        if key not in number:
            number[key] = len(vectors)
            y, worth = translator.multipliers(prices)
            vectors.append(y)
            worths.append(worth)
        duals = number[key]
        out.append(translator.leaf(path, duals, worths[duals], float(prices.sum())))
    sites = len(reading.sites)
    branches = sparse.csr_matrix(
        (np.ones(sites), (np.arange(sites), translator.lease)), shape=(sites, len(reading.arrays.cost))
    )
    stacked = sparse.csr_matrix(sparse.vstack(vectors))
    return Certificate(branches, np.zeros(sites, np.int64), stacked, translator.cut, tuple(out))


class _Translator:
    def __init__(self, reading: Reading, volume: float):
        self.reading, self.problem, self.arrays = reading, reading.problem, reading.arrays
        self.volume = volume
        arrays, sites = self.arrays, {w: i for i, w in enumerate(reading.sites)}
        self.lease = np.zeros(len(sites), dtype=np.int64)
        for key, j in arrays.place("lease").items():
            self.lease[sites[key[0]]] = j
        self._sites = sites
        self._balances = self._through()
        self._demand = _rows(arrays, "demand")
        self._throughput = np.full(len(sites), -1)
        for row, key in zip(_rows(arrays, "throughput"), arrays.row_keys.get("throughput", ()), strict=True):
            self._throughput[sites[key[0]]] = row
        self._links = self._link_rows()
        self.cut = self._cut()
        self.size = np.asarray((self.cut @ arrays.matrix[:, self.lease]).todense()).ravel()

    def _link_rows(self) -> Ints:
        """(sites × customers) row that links a delivery to its site, −1 where there is none."""
        arrays, problem = self.arrays, self.problem
        out = np.full(problem.cost.shape, -1)
        customer = {key[1]: k for k, key in enumerate(arrays.row_keys["demand"])}
        for family in ("link", "market_link"):
            for row, key in zip(_rows(arrays, family), arrays.row_keys.get(family, ()), strict=True):
                out[self._sites[key[-3]], customer[key[-2]]] = row
        return out

    def _through(self) -> Floats:
        """Multipliers of balances: the cost of the cheapest way in, at hubs and at warehouses."""
        arrays = self.arrays
        y = np.zeros(len(arrays.row_lower))
        haul = {(p, h, t): float(arrays.cost[j]) for (p, h, t), j in arrays.place("haul").items()}
        for row, key in zip(_rows(arrays, "hub_balance"), arrays.row_keys["hub_balance"], strict=True):
            y[row] = haul[key]
        for row, (_, w, _) in zip(
            _rows(arrays, "stock_balance"), arrays.row_keys["stock_balance"], strict=True
        ):
            i, j = self.reading.inflow[self._sites[w]]
            y[row] = -float(arrays.cost[i] + arrays.cost[j])
        return y

    def _cut(self) -> sparse.csr_matrix:
        """Demand and throughput rows added up: the sites that are open hold all demand."""
        rows = np.concatenate([self._demand, self._throughput[self._throughput >= 0]])
        weight = np.where(np.arange(len(rows)) < len(self._demand), self.volume, -1.0)
        limited = bool((self._throughput >= 0).all())
        shape = (1, len(self.arrays.row_lower))
        return sparse.csr_matrix((weight * limited, (0 * rows, rows)), shape=shape)

    def multipliers(self, prices: Floats) -> tuple[sparse.csr_matrix, Floats]:
        """(row multipliers, worth of each site as they price it)."""
        problem, y = self.problem, self._balances.copy()
        demand = np.maximum(problem.demand, 1e-300)
        y[self._demand] = np.where(problem.demand > 0, prices / demand, 0.0)
        gain = problem.cost - prices
        room = np.where(self._throughput >= 0, _scarcity(problem, gain), 0.0)
        left = np.maximum(-np.where(np.isfinite(gain), gain, 0.0) - room[:, None] * problem.demand, 0.0)
        has = self._throughput >= 0
        y[self._throughput[has]] = -room[has] / self.volume
        linked = (self._links >= 0) & (problem.demand > 0)
        y[self._links[linked]] = -(left / demand)[linked]
        paid = np.where(linked, left, 0.0).sum(axis=1)
        self._pass_on(y, paid)
        return sparse.csr_matrix(y), problem.fixed - room * problem.capacity - paid

    def _pass_on(self, y: Floats, paid: Floats) -> None:
        """Duals that bring a site's cost and gains together on its lease."""
        arrays = self.arrays
        site = {w: float(arrays.cost[j]) for w, j in arrays.place("site").items()}
        leased = {key[0]: float(arrays.cost[j]) for key, j in arrays.place("leased").items()}
        for row, (w, _) in zip(_rows(arrays, "site_link"), arrays.row_keys["site_link"], strict=True):
            y[row] = -site[w]
        for row, (w, _) in zip(_rows(arrays, "one_tier"), arrays.row_keys["one_tier"], strict=True):
            y[row] = leased[w] + site[w] - paid[self._sites[w]]

    def leaf(self, path: Path, duals: int, worth: Floats, prices: float) -> Leaf:
        """A leaf with the multipliers of the cut that prove most: as a count, or as a sum, or none."""
        closed = np.zeros(len(worth), dtype=bool)
        forced = np.zeros(len(worth), dtype=bool)
        for site, opened in path:
            (forced if opened else closed)[site] = True
        free = ~closed & ~forced
        total = float(self.problem.demand.sum()) * self.volume
        best, cuts = -np.inf, (0.0, 0.0)
        for sums, counts, least in self._choices(worth, free, forced, self.size, total):
            net = worth - sums * self.size - counts
            value = sums * total + counts * least + net[forced].sum() + np.minimum(net[free], 0.0).sum()
            if value > best:
                best, cuts = value, (sums, counts)
        sides = [((0, weight),) if weight else () for weight in cuts]
        return Leaf(path, duals, sums=sides[0], counts=sides[1])

    def _choices(
        self, worth: Floats, free: Bools, forced: Bools, size: Floats, total: float
    ) -> list[tuple[float, float, int]]:
        """(weight of the sum, weight of the count, what the count asks for) worth trying."""
        out = [(0.0, 0.0, 0)]
        if not self.cut.count_nonzero():
            return out
        play = np.flatnonzero(free | forced)
        largest = np.cumsum(np.sort(size[play])[::-1])
        least = int(np.searchsorted(largest, total * (1 - 1e-12))) + 1
        order = np.sort(np.where(forced[play], -np.inf, worth[play]))
        if least > len(play):
            short = max(total - float(size[play].sum()), 1e-9 * total)
            return [*out, ((1e3 * np.abs(worth).sum() + 1.0) / short, 0.0, 0)]
        if order[least - 1] > 0:
            out.append((0.0, float(order[least - 1]), least))
        ratio = worth[play] / np.maximum(size[play], 1e-300)
        by_ratio = np.argsort(np.where(forced[play] | (worth[play] < 0), -np.inf, ratio))
        reach = np.cumsum(size[play][by_ratio])
        at = by_ratio[min(int(np.searchsorted(reach, total)), len(play) - 1)]
        if ratio[at] > 0:
            out.append((float(ratio[at]), 0.0, 0))
        return out


def _scarcity(problem: Problem, gain: Floats) -> Floats:
    """What a unit of each site's capacity is worth: the gain of the first unit that finds no room."""
    demand = np.maximum(problem.demand, 1e-300)
    rate = np.where(np.isfinite(gain), gain, np.inf) / demand
    order = np.argsort(rate, axis=1)
    rates = np.take_along_axis(rate, order, axis=1)
    wanted = np.cumsum(np.where(rates < 0, problem.demand[order], 0.0), axis=1)
    full = (wanted > problem.capacity[:, None] * (1 + 1e-12)) & (rates < 0)
    first = full.argmax(axis=1)
    return np.where(full.any(axis=1), -rates[np.arange(len(rates)), first], 0.0)


def _rows(arrays: Arrays, family: str) -> Ints:
    place = arrays.rows.get(family, slice(0, 0))
    return np.arange(place.start, place.stop)
