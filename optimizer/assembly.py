"""A whole plan from the blocks: firm after firm under given leases, then containers, then accounts."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from highspy import HighsBasis

from ..instances.tables import Core
from ..models.index import Index
from .arrays import Arrays, Floats
from .blocks import SHARED, Block, Blocks
from .clock import Clock
from .freight import lane_prices
from .highs import Ints, Solver, Status
from .places import Places, open_places
from .settling import boxes_in_parts, reloaded, whole_boxes

PRICED = ("volume", "weight")
"""Shared rows that firms pay for instead of sharing what is left of them."""

IMPLIED = ("link", "market_link", "stock_link", "hub_link", "operator_balance")
"""Shared rows that follow from what is open, and so become bounds, or that are settled at the end."""

LINES = ("funder_line", "expected_loss", "relation_line", "guarantee_line", "subsidy_budget")
"""Shared money of which no firm may take much more than its part at first."""

GOODS_ROWS = ("demand", "hub_balance", "stock_balance", "safety_stock")
"""Rows that say where goods go."""

_ROUNDED = 1e-4
"""Units of goods by which a plan that was read may miss a row."""

_GENEROUS = 3.0

_SHAPING = 2
"""Times that firms send goods by the prices of lanes before they are planned in their flows."""

Limits = tuple[Ints, Floats, Floats]
"""Rows, and their lower and upper limits."""


class Assembly:
    """Builds feasible points of the joint model; one object serves many tries."""

    def __init__(self, blocks: Blocks, threads: int = 1):
        self._threads = threads
        self._blocks, self._arrays = blocks, blocks.arrays
        self._index: Index = blocks.index
        rows = np.zeros(len(self._arrays.row_lower), dtype=np.int64)
        for number, families in enumerate((PRICED, IMPLIED, LINES), start=1):
            for family in families:
                if family in self._arrays.rows:
                    rows[self._arrays.rows[family]] = number
        self._kind = np.where(blocks.row_owner == SHARED, rows, 0)
        self._columns = self._arrays.matrix.tocsc()
        self._bases: dict[tuple[str, int, int], HighsBasis] = {}
        cores = {row.core for row in self._index.network.rows(Core)}
        self._alone = cores & {group[0] for group in blocks.groups if len(group) == 1}

    def build(
        self,
        places: Places,
        goods: Floats,
        clock: Clock,
        prices: Floats | None = None,
    ) -> Floats | None:
        """A point under given places, or ``None`` where some firm cannot be placed.

        Group after group of firms is planned anew, goods and money together, in what the others' goods
        (first those given, then their own plans) leave of what is shared; as many at once as there are
        threads, which divide what is left.  Without ``prices`` firms share the containers and loose cargo
        booked in ``goods`` (whole ones: ``whole_boxes``) and pay for more loose cargo; with them, they pay
        for shared room, and lanes by volume and weight.  Containers are counted exactly afterwards.
        """
        x = self._pass(places, goods, clock, prices)
        return None if x is None else reloaded(self._index, self._arrays, x, clock)

    def kept(self, places: Places, x: Floats, clock: Clock, as_it_is: bool = False) -> Floats | None:
        """A point of an earlier plan where it still holds: groups of firms whose goods no longer do are
        planned anew in what the others leave, then containers and accounts; where someone cannot pay, loans
        and goods, unless they are to be kept ``as_it_is``; ``None`` where that fails."""
        lower, upper = open_places(self._index, self._arrays, places)
        x = np.clip(x, lower, upper)
        broken = broken_groups(self._blocks, x)
        goods = self._pass(places, x, clock, who=broken) if broken else x
        return None if goods is None else reloaded(self._index, self._arrays, goods, clock, as_it_is)

    def shaped(self, places: Places, goods: Floats, clock: Clock, times: int = _SHAPING) -> Floats:
        """Goods as firms would send them if they paid lanes by volume, with containers in parts; the goods
        given where some firm cannot be placed.  Firms choose several ``times``, knowing the others' goods."""
        prices = lane_prices(self._index, self._arrays)
        for _ in range(times):
            x = self._pass(places, goods, clock, prices)
            if x is None:
                break
            goods = boxes_in_parts(self._index, self._arrays, x)
        return goods

    def _pass(
        self,
        places: Places,
        goods: Floats,
        clock: Clock,
        prices: Floats | None = None,
        who: Collection[str] | None = None,
    ) -> Floats | None:
        """Every group (of some) planned once; ``None`` where some firm cannot be placed."""
        lower, upper = open_places(self._index, self._arrays, places)
        x = np.where(lower == upper, lower, np.clip(goods, lower, upper))
        x = whole_boxes(self._arrays, x) if prices is None else x
        activity = self._arrays.matrix @ x
        cost = self._arrays.cost if prices is None else self._cost(prices)

        def place(block: Block, limits: Limits) -> Floats | None:
            return self._place(block, limits, lower, upper, cost, clock)

        waiting = [block for block in self._order() if who is None or block.name in who]
        with ThreadPoolExecutor(self._threads) as pool:
            while waiting:
                batch, later = self._batch(waiting)
                used = [self._columns[:, block.columns] @ x[block.columns] for block in batch]
                wide = batch if prices is not None else [self._with_loose(block) for block in batch]
                limits = [
                    self._limits(block, activity, own, len(waiting), len(batch), booked=prices is None)
                    for block, own in zip(wide, used, strict=True)
                ]
                for block, own, part in zip(wide, used, pool.map(place, wide, limits), strict=True):
                    if part is None:
                        return None
                    fresh = self._blocks.column_owner[block.columns] >= 0
                    x[block.columns] = np.where(fresh, part, x[block.columns] + part)
                    activity += self._columns[:, block.columns] @ part - own
                waiting = later
        return x

    def _with_loose(self, block: Block) -> Block:
        """A firm's block and the loose cargo of the lanes it may use."""
        place = self._arrays.rows["volume"]
        lanes = block.shared[(block.shared >= place.start) & (block.shared < place.stop)] - place.start
        loose, keys = self._arrays.place("loose"), self._arrays.row_keys["volume"]
        extra = [loose[keys[i]] for i in lanes if keys[i] in loose]
        return replace(block, columns=np.concatenate([block.columns, np.array(extra, dtype=np.int64)]))

    def _cost(self, prices: Floats) -> Floats:
        priced = (self._blocks.row_owner == SHARED) & np.isin(self._kind, (0, 1))
        y = np.where(priced, prices, 0.0)
        cost: Floats = self._arrays.cost - self._arrays.matrix.T @ y
        return cost

    def _order(self) -> list[Block]:
        return sorted(self._blocks.blocks[:-1], key=self._last)

    def _last(self, block: Block) -> bool:
        """Core firms alone come after their members, whose guarantees and fees they must know."""
        return block.name in self._alone

    def _batch(self, waiting: list[Block]) -> tuple[list[Block], list[Block]]:
        """Those planned next, side by side, and those after them."""
        batch = [block for block in waiting[: self._threads] if self._last(block) == self._last(waiting[0])]
        return batch, waiting[len(batch) :]

    def _limits(
        self, block: Block, activity: Floats, own: Floats, waiting: int, beside: int, booked: bool
    ) -> Limits:
        """Rows a firm must keep, with what the others leave of the shared ones; what nobody uses is divided
        among those planned ``beside`` each other."""
        a = self._arrays
        hard = block.shared[np.isin(self._kind[block.shared], (0, 1, 3) if booked else (0, 3))]
        rows = np.concatenate([block.rows, hard])
        low, high = a.row_lower[rows] - activity[rows], a.row_upper[rows] - activity[rows]
        shared = np.arange(len(rows)) >= len(block.rows)
        low = own[rows] + np.where(shared & (low < 0), low / beside, low)
        high = own[rows] + np.where(shared & (high > 0), high / beside, high)
        high = np.where(shared, np.maximum(high, 0.0), high)
        low = np.where(shared & np.isfinite(low), np.minimum(low, 0.0), low)
        high = np.where(self._kind[rows] == 3, high * min(1.0, _GENEROUS / waiting), high)
        return rows, low, high

    def _place(
        self,
        block: Block,
        limits: Limits,
        lower: Floats,
        upper: Floats,
        cost: Floats,
        clock: Clock,
    ) -> Floats | None:
        """The firm's best goods and money within its limits, whole numbers rounded."""
        rows, low, high = limits
        local = self._blocks.local(block, rows, cost, low, high)
        local = replace(local, lower=lower[block.columns], upper=upper[block.columns])
        solver, key = Solver(local), (block.name, *local.matrix.shape)
        if key in self._bases:  # where rows and columns of this number were solved last
            solver.start_from(self._bases[key])
        x = _whole(solver, local, clock)
        if x is not None:
            self._bases[key] = solver.basis
        return x


def broken_groups(blocks: Blocks, x: Floats) -> set[str]:
    """Groups of firms whose goods break a row of their own at a point."""
    a, activity = blocks.arrays, blocks.arrays.matrix @ x
    short = (activity < a.row_lower - _ROUNDED) | (activity > a.row_upper + _ROUNDED)
    wrong = short & a.rows_of(GOODS_ROWS)
    return {block.name for block in blocks.blocks[:-1] if wrong[block.rows].any()}


def _whole(solver: Solver, local: Arrays, clock: Clock) -> Floats | None:
    """An optimum of the relaxation, then with its whole numbers rounded to what is used of them."""
    outcome = solver.run(clock)
    if outcome.status is not Status.OPTIMAL:
        return None
    x = outcome.values()
    whole = np.flatnonzero(local.integer)
    if not len(whole) or np.abs(x[whole] - np.round(x[whole])).max() < 1e-6:
        return x
    for threshold in _THRESHOLDS:
        chosen = np.where(x[whole] > threshold, np.ceil(x[whole] - 1e-9), 0.0)
        solver.set_bounds(whole, chosen, chosen)
        outcome = solver.run(clock)
        if outcome.status is Status.OPTIMAL:
            return outcome.values()
    return _exactly(local, clock)


_THRESHOLDS = (0.05, 1e-6, 1.0)


def _exactly(local: Arrays, clock: Clock) -> Floats | None:
    solver = Solver(local, integral=True, mip_rel_gap=1e-3)
    return solver.run(clock.part(20.0)).x
