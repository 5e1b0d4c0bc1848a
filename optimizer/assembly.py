"""A whole plan from the blocks: firm after firm under given leases, then containers, then accounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..instances.tables import Core
from ..models.index import Index
from .arrays import Arrays, Floats
from .blocks import SHARED, Block, Blocks
from .clock import Clock
from .fixing import goods_columns, hold
from .highs import Bools, Ints, Outcome, Solver, Status
from .loading import Box, cheapest_load
from .places import Places, open_places

PRICED = ("volume", "weight")
"""Shared rows that firms pay for instead of sharing what is left of them."""

IMPLIED = ("link", "market_link", "stock_link", "hub_link", "operator_balance")
"""Shared rows that follow from what is open, and so become bounds, or that are settled at the end."""

LINES = ("funder_line", "expected_loss", "relation_line", "guarantee_line", "subsidy_budget")
"""Shared money of which no firm may take much more than its part at first."""

_GENEROUS = 3.0


class Assembly:
    """Builds feasible points of the joint model; one object serves many tries."""

    def __init__(self, blocks: Blocks):
        self._blocks, self._arrays = blocks, blocks.arrays
        self._index: Index = blocks.index
        rows = np.zeros(len(self._arrays.row_lower), dtype=np.int64)
        for number, families in enumerate((PRICED, IMPLIED, LINES), start=1):
            for family in families:
                if family in self._arrays.rows:
                    rows[self._arrays.rows[family]] = number
        self._kind = np.where(blocks.row_owner == SHARED, rows, 0)
        self._columns = self._arrays.matrix.tocsc()
        self._goods = goods_columns(self._arrays)
        self._solvers: dict[tuple[str, int], Solver] = {}

    def build(
        self,
        places: Places,
        goods: Floats,
        clock: Clock,
        prices: Floats | None = None,
        urgency: Mapping[str, float] | None = None,
    ) -> Floats | None:
        """A point under given places, or ``None`` where some firm cannot be placed.

        Group after group of firms is planned anew, goods and money together, in what the others' goods
        (first those given, then their own plans) leave of what is shared.  Without ``prices`` firms share
        the containers and loose cargo booked in ``goods`` and pay for more loose cargo; with them, they
        pay for shared room, and lanes by volume and weight.  Containers are counted exactly afterwards.
        The groups of greatest ``urgency`` choose first.
        """
        lower, upper = open_places(self._index, self._arrays, places)
        x = np.where(lower == upper, lower, np.clip(goods, lower, upper))
        activity = self._arrays.matrix @ x
        cost = self._arrays.cost if prices is None else self._cost(prices)
        waiting = self._order(urgency or {})
        while waiting:
            block = waiting.pop(0)
            activity -= self._columns[:, block.columns] @ x[block.columns]
            wide = block if prices is not None else self._with_loose(block)
            limits = self._limits(wide, activity, len(waiting) + 1, booked=prices is None)
            part = self._place(wide, limits, lower, upper, cost, clock)
            if part is None:
                return None
            fresh = self._blocks.column_owner[wide.columns] >= 0
            x[wide.columns] = np.where(fresh, part, x[wide.columns] + part)
            activity += self._columns[:, wide.columns] @ part
        return self._settle(x, clock) if self._load(x) else None

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

    def _order(self, urgency: Mapping[str, float]) -> list[Block]:
        """Core firms alone come after their members, whose guarantees and fees they must know."""
        cores = {row.core for row in self._index.network.rows(Core)}
        alone = cores & {group[0] for group in self._blocks.groups if len(group) == 1}
        return sorted(
            self._blocks.blocks[:-1], key=lambda block: (block.name in alone, -urgency.get(block.name, 0.0))
        )

    def _limits(
        self, block: Block, activity: Floats, waiting: int, booked: bool = False
    ) -> tuple[Ints, Floats, Floats]:
        """Rows a firm must keep, with what the firms before it left of the shared ones."""
        a = self._arrays
        hard = block.shared[np.isin(self._kind[block.shared], (0, 1, 3) if booked else (0, 3))]
        rows = np.concatenate([block.rows, hard])
        low, high = a.row_lower[rows] - activity[rows], a.row_upper[rows] - activity[rows]
        shared = np.arange(len(rows)) >= len(block.rows)
        high = np.where(shared, np.maximum(high, 0.0), high)
        low = np.where(shared & np.isfinite(low), np.minimum(low, 0.0), low)
        high = np.where(self._kind[rows] == 3, high * min(1.0, _GENEROUS / waiting), high)
        return rows, low, high

    def _place(
        self,
        block: Block,
        limits: tuple[Ints, Floats, Floats],
        lower: Floats,
        upper: Floats,
        cost: Floats,
        clock: Clock,
    ) -> Floats | None:
        """The firm's best goods and money within its limits, whole numbers rounded."""
        rows, low, high = limits
        local = self._blocks.local(block, rows, cost, low, high)
        local = replace(local, lower=lower[block.columns], upper=upper[block.columns])
        return _whole(self._solver(block, local), local, clock)

    def _solver(self, block: Block, local: Arrays) -> Solver:
        """The block's solver, from its last basis where it has solved rows and columns of this number."""
        key = (block.name, len(block.columns))
        solver = self._solvers.get(key)
        if solver is None or solver.late:
            self._solvers[key] = solver = Solver(local)
            return solver
        columns, rows = np.arange(len(local.cost)), np.arange(len(local.row_lower))
        solver.set_costs(columns, local.cost)
        solver.set_bounds(columns, local.lower, local.upper)
        solver.set_limits(rows, local.row_lower, local.row_upper)
        return solver

    def _load(self, x: Floats) -> bool:
        """Exact containers and loose cargo for what the firms ship."""
        ix, a = self._index, self._arrays
        volume: dict[tuple[str, int], float] = defaultdict(float)
        weight: dict[tuple[str, int], float] = defaultdict(float)
        for (p, lane, t), j in a.place("ship").items():
            volume[lane, t] += ix.products[p].volume_m3 * x[j]
            weight[lane, t] += ix.products[p].weight_kg * x[j]
        boxes, loose = a.place("boxes"), a.place("loose")
        for component in ("boxes", "loose"):
            x[a.columns[component]] = 0.0
        for key, t in a.row_keys["volume"]:
            if volume[key, t] <= 1e-9 and weight[key, t] <= 1e-9:
                continue
            lane, types = ix.lanes[key], ix.lane_containers.get(key, [])
            sizes = [
                Box(
                    ix.containers[r.container].volume_m3,
                    ix.containers[r.container].weight_kg,
                    r.cost,
                    int(a.upper[boxes[key, r.container, t]]),
                )
                for r in types
            ]
            load = cheapest_load(volume[key, t], weight[key, t], sizes, lane.loose_rate_kg, lane.loose_kg_m3)
            if load is None:
                return False
            for row, count in zip(types, load[0], strict=True):
                x[boxes[key, row.container, t]] = count
            if (key, t) in loose:
                x[loose[key, t]] = load[1]
        return True

    def _settle(self, x: Floats, clock: Clock) -> Floats | None:
        """Accounts that depend on everyone: the operator's, its true-up, cash and public money; where firms
        cannot pay for the places, all their money again; at last, their goods too."""
        a = self._arrays
        free = np.zeros(len(x), dtype=bool)
        for component in ("rent_subsidy", "operator_cash", "overdraft", "trueup", "cash", "subsidy"):
            if component in a.columns:
                free[a.columns[component]] = True
        if not free.any():
            return x
        outcome = Solver(hold(a, ~free, x)).run(clock)
        if outcome.status is Status.OPTIMAL:
            return outcome.values()
        free |= self._money()
        for held in (~free | a.integer, a.integer):
            outcome = Solver(hold(a, held, x)).run(clock)
            if outcome.status is Status.OPTIMAL:
                return outcome.values()
        return None

    def _money(self) -> Bools:
        mask = np.zeros(len(self._arrays.cost), dtype=bool)
        for component in MONEY:
            if component in self._arrays.columns:
                mask[self._arrays.columns[component]] = True
        return mask

    def refinance(self, x: Floats, clock: Clock) -> Outcome:
        """The best money for the goods of a point, its on-boardings kept; duals are of all rows."""
        a = self._arrays
        keep = ~self._money() | a.integer
        return Solver(hold(a, keep, x), solver="ipx").run(clock)


MONEY = (
    "receipt",
    "loan",
    "draw",
    "admit",
    "in_use",
    "cash",
    "operator_cash",
    "emergency",
    "overdraft",
    "trueup",
    "subsidy",
    "rent_subsidy",
)


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
