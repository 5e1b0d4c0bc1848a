"""What a coalition costs at least, for every coalition at once: prices on what firms share.

Under any prices on the shared rows of the joint model (Lagrangian relaxation by firm) a coalition costs at
least the sum of its members' own programmes, its part of what is public at these prices, and what the
places make of the prices: a *cut*, linear in membership.  Hubs are branched on, so a floor is the least over
the leaves of the greatest over the cuts of a leaf.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from ...instances.network import Network
from ...instances.tables import Contract, Firm, Hub, Period, Pipeline, State, Stock, Warehouse
from ...instances.transform import rights
from ...models.cluster import build
from ...models.index import Index
from ..arrays import Arrays, Floats, collector_off, compile_model
from ..blocks import SHARED, Blocks, Lagrangian
from ..centre import centre, unit_values
from ..clock import Clock
from ..hubs import HUB_ROWS, largest_level
from ..ledger_facts import Facts
from .coalition import Coalition
from .hub_levels import level_prices
from .rents import without_rents

PUBLIC = (
    "co2",
    "hub_storage",
    "lane_capacity",
    "funder_line",
    "expected_loss",
    "relation_line",
    "guarantee_line",
    "subsidy_budget",
    "rent_budget",
)
"""Rows whose limit is divided by right (``transform.only_firms``)."""

PER_USE = ("storage_place", "throughput_place")
"""Rows whose limit is divided by right in third-party warehouses."""

AMPLE = 20.0
"""How many of every place there are when rents are to vanish."""

_MARGIN = 3e-8
"""Part of a programme's value taken off for the tolerance it is solved with, or known within."""


@dataclass(frozen=True)
class Cut:
    """``own`` cost of each player and ``fixed`` cost: a floor under every coalition, in network currency."""

    own: Floats
    fixed: float

    def floor(self, members: Floats) -> float:
        """What a coalition (1 for each member) costs at least."""
        return float(self.own @ members) + self.fixed

    def covers(self, other: Cut) -> bool:
        """Whether no coalition's floor is higher by the other cut."""
        return float(np.minimum(self.own - other.own, 0.0).sum()) + self.fixed - other.fixed >= 0


@dataclass
class Leaf:
    """Hubs decided (``opened``, ``shut``) and the cuts that hold there; the others are free.

    ``load`` are the m3 that the firms' programmes brought to each hub under the ``prices`` of the cut that is
    greatest for all players, ``duals`` the multipliers of all rows there.
    """

    opened: frozenset[str]
    shut: frozenset[str]
    cuts: list[Cut] = field(default_factory=list)
    load: Mapping[str, float] = field(default_factory=dict)
    prices: Floats | None = field(default=None, repr=False)
    duals: Floats | None = field(default=None, repr=False)

    @property
    def decided(self) -> tuple[frozenset[str], frozenset[str]]:
        """Open hubs and shut ones: no other leaf has the same."""
        return self.opened, self.shut

    def floor(self, members: Floats) -> float:
        """The greatest cut at a coalition (1 for each member); infinite without any: nothing is feasible."""
        return max((cut.floor(members) for cut in self.cuts), default=np.inf)

    def add(self, cut: Cut) -> None:
        """Keep a cut unless another one covers it, and drop those that it covers."""
        if not any(kept.covers(cut) for kept in self.cuts):
            self.cuts = [kept for kept in self.cuts if not cut.covers(kept)] + [cut]


class Floors:
    """Lower bounds on the cost of every coalition of ``players`` of a network."""

    def __init__(self, network: Network, players: Mapping[str, frozenset[str]], threads: int = 1):
        self.names, self.threads = list(players), threads
        with collector_off():
            self.model = build(free_choice(network))
            compiled = compile_model(self.model)
        self.index: Index = self.model.index
        self.arrays = centre(self.model, compiled)
        self._groups = _grouping(self.index, players)
        self._own_offset = _offsets(network, self.index, compiled)
        self._rights = _rights(network, self.index)
        self._held_rows, self._held_parts = self._space(network)
        self.blocks = Blocks(self.model, self.arrays, groups=[(f,) for f in self.index.firms])
        self._scaled = self._public_rows()
        self.blocks.row_owner[self._scaled] = SHARED
        self.blocks.__dict__.pop("blocks", None)
        self._lagrangian = Lagrangian(self.blocks)
        self.leaves: list[Leaf] = []

    @property
    def _third_party(self) -> set[str]:
        return {w for w, row in self.index.warehouses.items() if row.contract is Contract.PER_USE}

    def _public_rows(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        rows = self.arrays.rows
        public = [np.arange(rows[f].start, rows[f].stop) for f in PUBLIC if f in rows]
        for family in PER_USE:
            if family in rows:
                keys = enumerate(self.arrays.row_keys[family], rows[family].start)
                public.append(np.array([r for r, key in keys if key[0] in self._third_party], int))
        return np.concatenate([*public, np.zeros(0, int)]).astype(np.int64)

    def _space(self, network: Network) -> tuple[np.ndarray[Any, np.dtype[np.int64]], Floats]:
        """Rows of space at hubs and in third-party storage, and each firm's part of it (rows × firms):
        what it holds at the start, and its right to the rest."""
        held, rows, parts = _held_m3(network, self.index), list[int](), list[Floats]()
        for family in ("hub_storage", "storage_place"):
            if family not in self.arrays.rows:
                continue
            for r, key in enumerate(self.arrays.row_keys[family], self.arrays.rows[family].start):
                own, size = held[key[0]], float(self.arrays.row_upper[r])
                taken = own.sum()
                if taken > 0 and size > 0 and (family == "hub_storage" or key[0] in self._third_party):
                    free = max(size - taken, 0.0)
                    rows.append(r)
                    parts.append((own * min(size / taken, 1.0) + self._rights * free) / size)
        return np.array(rows, dtype=np.int64), np.array(parts).reshape(len(rows), len(self._rights))

    def start(self, prices: Floats, clock: Clock) -> bool:
        """One leaf with all hubs free under these prices (duals in sign, one per row); whether it could be
        bounded."""
        root = Leaf(frozenset(), frozenset())
        if not self.price(root, prices, clock) or not root.cuts:
            return False
        self.leaves = [root]
        return True

    def price(self, leaf: Leaf, prices: Floats, clock: Clock) -> bool:
        """Add the cut of these prices to a leaf; whether it could be made."""
        y = self._prices(prices)
        duals, limits = np.zeros(len(y)), self._limits(leaf, y)
        bound, x = self._lagrangian.bound(y, clock, self.threads, limits, duals)
        if bound is None or not np.isfinite(bound):
            return bound is not None  # nothing is feasible here: the leaf needs no cut
        cost = self._lagrangian.cost(y)
        blocks = self.blocks.blocks
        values = np.array([float(cost[b.columns] @ x[b.columns]) for b in blocks])
        values -= _MARGIN * np.maximum(1.0, np.abs(values))
        public, fixed = self._right_hand_sides(y)
        own = values[:-1] + self._own_offset + public
        cut, every = Cut(self._groups @ own, float(values[-1] + fixed)), np.ones(len(self.names))
        better = leaf.prices is None or cut.floor(every) > leaf.floor(every)
        leaf.add(cut)
        if better:
            leaf.load, leaf.prices, leaf.duals = self._loads(x), y, duals
        return True

    def also_under(self, leaf: Leaf, prices: Floats, clock: Clock) -> None:
        """Add the cuts of other prices than the leaf's, as they are and without rents; those of hubs not
        decided stay."""
        own = prices if leaf.prices is None else leaf.prices
        y = self._paid(leaf, np.where(self.arrays.rows_of(HUB_ROWS), own, prices))
        y = level_prices(
            self.blocks,
            self._lagrangian,
            y,
            leaf.opened,
            partial(self._limits, leaf),
            clock,
            self.threads,
        )
        self.price(leaf, y, clock)
        self._without_rents(leaf, y, clock)

    def _paid(self, leaf: Leaf, prices: Floats) -> Floats:
        """Prices with nothing more for the use of hubs that are open: they have been paid."""
        y, a = prices.copy(), self.arrays
        for family in HUB_ROWS:
            for r, key in enumerate(a.row_keys[family], a.rows[family].start):
                if (key[1] if family == "hub_link" else key[0]) in leaf.opened:
                    y[r] = 0.0
        return y

    def spare_rents(self, leaf: Leaf, clock: Clock) -> None:
        """Add the cut of a leaf's prices without rents of scarcity, stronger for small coalitions."""
        if leaf.prices is not None:
            self._without_rents(leaf, leaf.prices, clock)

    def _without_rents(self, leaf: Leaf, prices: Floats, clock: Clock) -> None:
        limits = self._limits(leaf, prices)
        self.price(leaf, without_rents(self.blocks, self._lagrangian, prices, limits, clock), clock)

    def _right_hand_sides(self, prices: Floats) -> tuple[Floats, float]:
        """Priced limits of shared rows: each firm's part of those that are divided, and those that stay
        whole."""
        a, shared = self.arrays, np.flatnonzero(self.blocks.row_owner == SHARED)
        y = prices[shared]
        ends = np.where(y > 0, a.row_lower[shared], a.row_upper[shared])
        worth = np.zeros(len(prices))
        worth[shared] = y * np.where((y == 0) | ~np.isfinite(ends), 0.0, ends)
        whole = float(np.delete(worth, self._scaled).sum())
        by_right = float(worth[self._scaled].sum() - worth[self._held_rows].sum())
        return by_right * self._rights + worth[self._held_rows] @ self._held_parts, whole

    def _loads(self, x: Floats) -> dict[str, float]:
        """Hub with levels -> m3 that the firms' programmes bring there."""
        load = dict.fromkeys(self.index.levels, 0.0)
        for (p, h, _), j in self.arrays.place("haul").items():
            if h in load:
                load[h] += self.index.products[p].volume_m3 * float(x[j])
        return load

    def _prices(self, prices: Floats) -> Floats:
        """Prices of the right sign; the operator's own cash is free of charge in every coalition."""
        y = prices.copy()
        if "operator_balance" in self.arrays.rows:
            y[self.arrays.rows["operator_balance"]] = 0.0
        wrong = ((y > 0) & np.isinf(self.arrays.row_lower)) | ((y < 0) & np.isinf(self.arrays.row_upper))
        return np.where(wrong, 0.0, y)

    def _limits(self, leaf: Leaf, prices: Floats) -> tuple[Floats, Floats]:
        a, cost = self.arrays, self._lagrangian.cost(prices)
        lower, upper = a.lower.copy(), a.upper.copy()
        for (_, h, _), j in a.place("haul").items():
            if h in leaf.shut:
                upper[j] = 0.0
        place = a.place("hub")
        for h, levels in self.index.levels.items():
            cheapest = min((k.level for k in levels), key=lambda k, h=h: cost[place[h, k]])  # type: ignore[misc]
            for k in levels:
                j = place[h, k.level]
                if h in leaf.shut:
                    upper[j] = 0.0
                elif h in leaf.opened:
                    lower[j] = upper[j] = float(k.level == cheapest)
        return lower, upper

    def busiest(self, leaf: Leaf) -> str | None:
        """The undecided hub that most goods pass; ``None`` where all that matter are decided."""
        free = {h: v for h, v in leaf.load.items() if h not in leaf.opened | leaf.shut and v > 1e-6}
        return max(free, key=lambda h: free[h], default=None)

    def levels_at(self, leaf: Leaf) -> dict[str, str | None]:
        """Hub decided at a leaf -> its largest level; ``None`` if shut."""
        return {h: largest_level(self.index, h) for h in leaf.opened} | dict.fromkeys(leaf.shut)

    def split(self, leaf: Leaf, hub: str) -> tuple[Leaf, Leaf]:
        """Replace a leaf by two that keep its cuts: the hub open in the first, shut in the second."""
        parts = (
            Leaf(leaf.opened | {hub}, leaf.shut, list(leaf.cuts), leaf.load, leaf.prices, leaf.duals),
            Leaf(leaf.opened, leaf.shut | {hub}, list(leaf.cuts), leaf.load, leaf.prices, leaf.duals),
        )
        self.leaves.remove(leaf)
        self.leaves += parts
        return parts

    def members(self, coalition: Coalition) -> Floats:
        """1 for each player inside."""
        return np.array([float(name in coalition) for name in self.names])

    def lower(self, coalition: Coalition) -> float:
        """What a coalition costs at least."""
        return self.lower_of(self.members(coalition))

    def lower_of(self, members: Floats) -> float:
        """The same for players marked by 1."""
        return min(leaf.floor(members) for leaf in self.leaves)


def free_choice(network: Network) -> Network:
    """The network in which nothing is forced on a coalition: forced places are candidates, no least number of
    covered markets."""

    def freed(row: Hub | Warehouse) -> Hub | Warehouse:
        return row.model_copy(update={"state": State.CANDIDATE}) if row.state is State.FORCED else row

    return network.replace(
        hubs=[freed(row) for row in network.all_rows(Hub)],
        warehouses=[freed(row) for row in network.all_rows(Warehouse)],
        periods=[row.model_copy(update={"min_covered": None}) for row in network.all_rows(Period)],
    )


def _grouping(ix: Index, players: Mapping[str, frozenset[str]]) -> Floats:
    """Players × firms, 1 where a firm belongs to a player."""
    return np.array([[float(f in firms) for f in ix.firms] for firms in players.values()])


def _rights(network: Network, ix: Index) -> Floats:
    """Each firm's part of what is public, as ``only_firms`` divides it."""
    weight = rights(network)
    total = sum(weight.values())
    return np.array([weight[f] / total if total else 1 / len(weight) for f in ix.firms])


def _held_m3(network: Network, ix: Index) -> dict[str, Floats]:
    """Space that each firm's goods take at the start, by place (``transform.only_firms``)."""
    number = {f: i for i, f in enumerate(ix.firms)}
    held: dict[str, Floats] = defaultdict(lambda: np.zeros(len(number)))
    for row in network.rows(Stock):
        product = ix.products[row.product]
        held[row.place][number[product.firm]] += max(row.opening, row.target) * product.volume_m3
    for way in network.rows(Pipeline):
        product = ix.products[way.product]
        held[way.warehouse][number[product.firm]] += way.quantity * product.volume_m3
    return held


def _offsets(network: Network, ix: Index, compiled: Arrays) -> Floats:
    """Each firm's part of the constant of the centred objective; together they are all of it."""
    facts = Facts(network)
    constants = facts.constant_by_firm.to_dict()
    own = dict.fromkeys(ix.firms, 0.0)
    for f in own:
        own[f] -= constants.get(f, 0.0)
    if ix.settings.money:
        interest = ix.discount(1) * ix.settings.deposit_rate * ix.calendar.year_share(1)
        for row in network.rows(Firm):
            own[row.firm] -= interest * row.opening_cash
    for (p, _place), kept in ix.stocks.items():
        product = ix.products[p]
        value = product.salvage * ix.fx(product.currency, ix.last)
        own[product.firm] += ix.discount(ix.last) * value * kept.target
    y = unit_values(ix, compiled)
    rows = np.flatnonzero(y)
    owner = _owner_of_rows(ix, compiled)
    for r in rows:
        own[owner[int(r)]] += float(y[r] * compiled.row_lower[r])
    return np.array([own[f] for f in ix.firms])


def _owner_of_rows(ix: Index, compiled: Arrays) -> dict[int, str]:
    """Row -> firm of the rows in which a unit has a worth."""
    out: dict[int, str] = {}
    for family in ("hub_balance", "stock_balance", "demand", "receipts"):
        if family in compiled.rows:
            start = compiled.rows[family].start
            for i, key in enumerate(compiled.row_keys[family]):
                out[start + i] = key[0] if family == "receipts" else ix.products[key[0]].firm
    return out
