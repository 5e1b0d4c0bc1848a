"""A model whose limits give way at a price, and the least that has to give."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from ...instances.network import Network
from ...instances.tables import Sale
from ...models.cluster import build
from ..arrays import Arrays, Floats, collector_off, compile_model
from ..blocks import Blocks
from ..centre import centre
from ..clock import Clock
from ..highs import Ints, Solver, Status
from .catalogue import limits_of, money_of
from .limits import Limit, Touch

TIE = 1e-3
"""Weight of doubling a limit, as a share of the money the network turns over: the smallest change wins
where prices do not say which."""

EXACT = 1e-6
"""Greatest violation of a row or bound, relative to its terms, at which it counts as kept."""

_LOAN_BOUNDS = ("loan", "draw")


@dataclass(frozen=True)
class Elastic:
    """Arrays whose limits may move, beside the ``plain`` ones they were made from.

    ``relief[i]`` is the column that says by how much limit ``i`` moves, at most ``most[i]``; ``prices`` the
    (column, money per unit) of what each limit's moving costs.  ``owner`` is the number of the group of firms
    that each plain column belongs to; the plain costs are counted from production, which changes no
    plan's cost.
    """

    arrays: Arrays
    plain: Arrays
    owner: Ints
    limits: list[Limit]
    relief: Ints
    most: Floats
    prices: list[list[tuple[int, float]]]


@dataclass(frozen=True)
class Relief:
    """How far limits have to move (``amounts``, in units of each limit) and what that costs in money."""

    status: Status
    amounts: Floats
    costs: Floats
    x: Floats | None


def open_demand(network: Network) -> Network:
    """The network with all demand allowed to go unserved, so that its model has a column for it."""
    rows = (row.model_copy(update={"unmet_share": 1.0}) for row in network.all_rows(Sale))
    return network.replace(sales=tuple(rows))


def elastic(
    network: Network, weights: Mapping[str, float] | None = None, keep: Collection[str] = ()
) -> Elastic:
    """The model of a network with every limit elastic.

    ``weights`` multiplies the price of a kind of limit (``table.column``) or of all of a table; the kinds
    in ``keep`` do not move.  The objective is the price of moving, in money, not the cost of the plan.
    """
    with collector_off():
        model = build(open_demand(network))
        arrays = compile_model(model)
    limits = limits_of(network, model, arrays)
    owner = Blocks(model, arrays).column_owner
    plain = centre(model, arrays)
    return _Maker(arrays, limits, money_of(model.index), weights or {}, keep).make(plain, owner)


class _Maker:
    """Adds columns for relief and rows that tie them to what they relieve."""

    def __init__(
        self,
        arrays: Arrays,
        limits: list[Limit],
        money: float,
        weights: Mapping[str, float],
        keep: Collection[str],
    ):
        self.arrays, self.limits, self.money = arrays, limits, money
        self.weights, self.keep = weights, keep
        self.cost: list[float] = []
        self.upper: list[float] = []
        self.whole: list[bool] = []
        self.entries: list[tuple[int, int, float]] = []
        self.row_lower: list[float] = []
        self.row_upper: list[float] = []
        self.lower_x, self.upper_x = arrays.lower.copy(), arrays.upper.copy()
        self.prices: list[list[tuple[int, float]]] = []
        self.excess = _excess(arrays)

    def make(self, plain: Arrays, owner: Ints) -> Elastic:
        relief = [self._limit(limit) for limit in self.limits]
        for component in _LOAN_BOUNDS:
            if component in self.arrays.columns:
                self.upper_x[self.arrays.columns[component]] = np.inf
        arrays = self._arrays()
        most = np.array([arrays.upper[j] for j in relief])
        places = np.array(relief, dtype=np.int64)
        return Elastic(arrays, plain, owner, self.limits, places, most, self.prices)

    def _column(self, cost: float, upper: float, whole: bool = False) -> int:
        self.cost.append(cost)
        self.upper.append(upper)
        self.whole.append(whole)
        return len(self.arrays.cost) + len(self.cost) - 1

    def _row(self, terms: Sequence[tuple[int, float]], low: float, up: float) -> int:
        i = len(self.arrays.row_lower) + len(self.row_lower)
        self.row_lower.append(low)
        self.row_upper.append(up)
        self.entries += [(i, j, value) for j, value in terms]
        return i

    def _limit(self, limit: Limit) -> int:
        cell = limit.cell
        weight = self.weights.get(cell.rule, self.weights.get(cell.table, 1.0))
        fixed = cell.rule in self.keep or cell.table in self.keep
        most = 0.0 if fixed else self._most(limit)
        scale = max(abs(limit.value), 1e-2 * most, 1e-9)
        relief = self._column(weight * TIE * self.money / scale, most, limit.whole)
        self.prices.append([])
        for touch in limit.touches:
            if most > 0 or touch.is_bound:
                self._touch(relief, most, touch, weight)
        return relief

    def _most(self, limit: Limit) -> float:
        """How far it is any use to move a limit: until none of its rows can bind."""
        reach = [self._room(limit.most, touch) / touch.per_unit for touch in limit.touches if touch.per_unit]
        far = max(reach, default=0.0)
        return min(limit.most, math.ceil(far - 1e-9) if limit.whole else far)

    def _room(self, most: float, touch: Touch) -> float:
        whole = touch.per_unit * most
        return whole if touch.is_bound or touch.side == "lower" else min(whole, self.excess[touch.at])

    def _touch(self, relief: int, most: float, touch: Touch, weight: float) -> None:
        part, per_unit = relief, touch.per_unit
        if touch.gate or touch.price:
            room = self._room(most, touch)
            part = self._column(weight * touch.price, room)
            self.prices[-1].append((part, touch.price))
            self._row([(part, 1.0), (relief, -touch.per_unit)], -np.inf, 0.0)
            per_unit = 1.0
            if touch.gate:
                self._row([(part, 1.0), *((g, -room) for g in touch.gate)], -np.inf, 0.0)
        (self._bound if touch.is_bound else self._ease)(part, per_unit, touch)

    def _ease(self, part: int, per_unit: float, touch: Touch) -> None:
        self.entries.append((touch.at, part, per_unit if touch.side == "lower" else -per_unit))

    def _bound(self, part: int, per_unit: float, touch: Touch) -> None:
        j, sign = touch.at, 1.0 if touch.side == "lower" else -1.0
        low = touch.base if touch.side != "upper" else -np.inf
        up = touch.base if touch.side != "lower" else np.inf
        self._row([(j, 1.0), (part, sign * per_unit)], low, up)
        if touch.side != "upper":
            self.lower_x[j] = 0.0
        if touch.side != "lower":
            self.upper_x[j] = np.inf

    def _arrays(self) -> Arrays:
        a = self.arrays
        shape = (len(a.row_lower) + len(self.row_lower), len(a.cost) + len(self.cost))
        old = a.matrix.tocoo()
        i, j, value = (np.array(part) for part in zip(*self.entries, strict=True))
        data = (np.r_[old.data, value], (np.r_[old.row, i], np.r_[old.col, j]))
        return replace(
            a,
            cost=np.r_[np.zeros(len(a.cost)), self.cost],
            offset=0.0,
            lower=np.r_[self.lower_x, np.zeros(len(self.cost))],
            upper=np.r_[self.upper_x, self.upper],
            integer=np.r_[a.integer, np.array(self.whole, dtype=bool)],
            matrix=sparse.csr_matrix(data, shape=shape),
            row_lower=np.r_[a.row_lower, self.row_lower],
            row_upper=np.r_[a.row_upper, self.row_upper],
        )


def _excess(arrays: Arrays) -> Floats:
    """How far each row could go beyond its upper limit, whatever its columns do."""
    up, down = arrays.matrix.maximum(0), arrays.matrix.minimum(0)
    finite = np.minimum(arrays.upper, 1e30), np.maximum(arrays.lower, -1e30)
    return np.asarray(np.maximum(up @ finite[0] + down @ finite[1] - arrays.row_upper, 0.0), dtype=float)


def least_relief(model: Elastic, clock: Clock, gap: float = 0.01) -> Relief:
    """The cheapest way to move limits so that a plan exists; amounts are 0 where one exists as it is."""
    solver = Solver(_scaled(model.arrays), integral=True, mip_rel_gap=gap, mip_abs_gap=1e-9)
    outcome = solver.run(clock)
    if outcome.x is None:
        nothing = np.zeros(len(model.limits))
        return Relief(outcome.status, nothing, nothing, None)
    return relief_at(model, outcome.status, outcome.x)


def keeps(model: Elastic, plan: Floats) -> bool:
    """Whether a point of the plain model keeps every row and bound with no limit moved at all."""
    a = model.arrays
    if len(plan) != len(model.plain.cost):
        return False
    x = np.r_[plan, np.zeros(len(a.cost) - len(plan))]
    activity = a.matrix @ x
    scale = np.maximum(abs(a.matrix).multiply(np.abs(x)).max(axis=1).toarray().ravel(), 1.0)
    rows = np.maximum(a.row_lower - activity, activity - a.row_upper) / scale
    columns = np.maximum(a.lower - x, x - a.upper) / np.maximum(np.abs(x), 1.0)
    return float(max(rows.max(initial=0.0), columns.max(initial=0.0))) <= EXACT


def _scaled(arrays: Arrays) -> Arrays:
    """Costs around 1: a solver's tolerances are absolute."""
    size = arrays.cost[arrays.cost > 0]
    return replace(arrays, cost=arrays.cost / np.median(size)) if len(size) else arrays


def relief_at(model: Elastic, status: Status, x: Floats) -> Relief:
    """How far limits move at a point of the elastic arrays."""
    amounts = x[model.relief]
    scale = np.array([max(abs(limit.value), 1.0) for limit in model.limits])
    amounts = np.where(amounts > 1e-7 * scale, amounts, 0.0)
    costs = np.array([sum(price * x[j] for j, price in parts) for parts in model.prices])
    return Relief(status, amounts, np.where(amounts > 0, costs, 0.0), x)
