"""The bound of ``decomposition``: prices of what firms share, and the tree over hubs under them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from ..arrays import Bools, Floats
from ..assembly import LINES
from ..blocks import Blocks, Lagrangian
from ..clock import Clock
from ..highs import Solver, Status
from ..hub_nodes import Aim, Node
from ..hub_proof import hub_certificate
from ..hubs import HUB_ROWS, HubTree, hub_prices
from ..integrality import parts_of, whole_numbers
from ..kernel import Kernel, used
from ..known_prices import PlacedPrices, vector
from ..leaf_prices import leaf_prices, relaxed_flows, with_flows
from ..regional import Flow, RegionGoods, prices_of_flows
from ..resuming import Parts, soon
from ..search import Search, Until

_ROUNDS, _GAIN = 4, 3e-3
"""Most relaxations for first prices, and the part that the bound must gain for another one."""

_ENOUGH = 0.85
"""Part of the gap asked for that the bound for the plan's own hubs may leave: others are a little lower."""

_NODES = 50
"""Sets of hubs for which whole numbers are looked for, at most."""

_PRICES_SHARE, _BRANCH_SHARE = 0.5, 0.8
"""Parts of the time left that the regions' relaxations and the search over hubs may take."""


class Bounding:
    """Raises the bound of a search; ``regions`` gives the models of its regions, made when first needed, and
    ``likely`` the columns in which goods are probably sent."""

    def __init__(
        self,
        search: Search,
        blocks: Blocks,
        regions: Callable[[], list[RegionGoods]],
        likely: Callable[[], Bools],
    ):
        self._search, self._blocks, self._regions, self._likely = search, blocks, regions, likely
        self.lagrangian = Lagrangian(blocks)
        self.prices = np.zeros(len(search.arrays.row_lower))
        self.leaf: Node | None = None
        self.promising = False
        self._kept: Bools | None = None
        self._priced: frozenset[str] | None = None
        self._tree: HubTree | None = None
        self._certified = -np.inf
        self._recalled: Parts | None = None
        self._seen = np.zeros(len(search.arrays.cost), dtype=bool)  # columns that firms used before

    def recall(self, known: PlacedPrices) -> Parts:
        """The parts of an earlier bound; the bound is raised to what their prices prove as they are."""
        self._search.enter("start", f"what prices prove that are known for {len(known.paths)} sets of hubs")
        parts = Parts(HubTree(self._blocks, self.lagrangian, self.prices), self._search.arrays, known)
        self._search.raise_bound(parts.least)
        self._recalled = parts
        return parts

    def take(self, known: PlacedPrices, replan: Callable[[], None] = lambda: None) -> bool:
        """Begin with the prices recalled, part by part, or larger parts where they prove enough; whether the
        gap asked for can be expected of them, or soon.

        Where they leave much as they are, a better plan is looked for first (``replan``).  Where too little
        can be expected they are dropped, but for the columns that firms used under them: new prices get there
        as soon (measured on a park that a quarter of its firms had left).
        """
        search = self._search
        search.enter("bound by firm")
        parts, self._recalled = self._recalled or self.recall(known), None
        tree = parts.tree
        if not soon(parts.least, self._enough()):
            replan()
        expected = parts.begin(self._enough(), self._within(_PRICES_SHARE), search.threads)
        least = min(tree.leaves, default=None)
        if least is not None:
            self._proven(tree, least)
        if not soon(expected, self._enough()):
            for number in range(known.points.shape[0]):
                self._seen |= used(self._blocks, vector(known.points, number))
            return False
        self._tree, self.prices, self.leaf = tree, tree.prices, least
        return True

    def add_whole_numbers(self) -> None:
        """What whole leases and containers of small regions add to the bound, for each set of hubs."""
        search, tree, arrays = self._search, self._tree, self._blocks.arrays
        parts, best = parts_of(arrays, self._regions()), search.best
        if tree is None or self.leaf is None or best is None or not parts:
            return
        clock = self._within(_BRANCH_SHARE)

        def added(node: Node) -> float:
            lower, upper = tree.limits_at(node.opened, node.shut)
            local, likely = replace(arrays, lower=lower, upper=upper), np.maximum(node.point, best)
            more = whole_numbers(local, parts, node.duals, likely, clock, search.threads)
            opened = ", ".join(sorted(node.opened)) or "without levels"
            search.report(f"hubs {opened}: whole numbers cost {more:,.0f} more at least")
            return more

        leaf = tree.run(clock, search.threads, self._raised, nodes=_NODES, add=added)
        if leaf is not None:
            self._proven(tree, leaf)

    def _raised(self, bound: float) -> bool:
        """Keep a bound; whether it is good enough."""
        self._search.raise_bound(bound)
        return self._search.over

    def _enough(self) -> float:
        """The bound that is good enough for the best plan."""
        cost = self._search.objective
        return np.inf if cost is None else cost - self._search.gap * abs(cost)

    def _proven(self, tree: HubTree, least: Node, lasting: bool = True) -> None:
        """Keep the bound of a tree's least node, with the certificate that shows it and, where they are good
        enough to begin with (``lasting``), its prices."""
        self._search.raise_bound(least.bound)
        if tree.proven > self._certified:
            self._certified = tree.proven
            standing = tree.standing()
            self._search.certificate = partial(hub_certificate, standing, self._blocks)
            self._search.prices = standing.known if lasting else None

    def _within(self, share: float) -> Clock:
        """A clock for a part of the time left, that stops once the search is over."""
        return Until(self._search, share * min(self._search.clock.remaining, 1e6))

    def begin(self, prices: Floats) -> None:
        """A first bound, no hub decided, under prices that were made to plan with, where none is known."""
        if self._tree is not None:
            return
        self._root(self._tree_under(prices), lasting=False)

    def _tree_under(self, prices: Floats) -> HubTree:
        """A tree under some prices, room in hubs at what their levels cost."""
        arrays = self._blocks.arrays
        start = np.where(arrays.rows_of(HUB_ROWS), hub_prices(arrays), prices)
        return HubTree(self._blocks, self.lagrangian, start)

    def _root(self, tree: HubTree, lasting: bool = True) -> None:
        """Keep the bound of a tree's first node."""
        clock = self._within(_PRICES_SHARE)
        root = tree.run(clock, self._search.threads, lambda _: True, nodes=0)
        if root is not None:
            self._proven(tree, root, lasting)

    def whole(self) -> None:
        """The bound of the relaxation, for what is too small to be cut into blocks."""
        outcome = Solver(self._search.arrays).run(self._search.clock)
        if outcome.status is Status.OPTIMAL:
            self._search.raise_bound(outcome.objective)

    def price(self, each: Callable[[Callable[[int], Flow | None]], list[Flow | None]]) -> None:
        """First prices, from the relaxations of all regions, done for ``each`` side by side."""
        search, models = self._search, self._regions()
        clock = self._within(_PRICES_SHARE)
        self._expect()

        def relax(number: int) -> Flow | None:
            flow = models[number].relax(clock)
            search.report(f"region {number + 1} relaxed")
            return flow

        found = [flow for flow in each(relax) if flow is not None]
        self.prices = prices_of_flows(search.model.index, search.arrays, found)

    def price_at(self, kernel: Kernel, levels: Mapping[str, str]) -> list[Flow]:
        """Prices from the relaxations of all regions at what money costs each firm in some places, with the
        hubs of a plan, open at ``levels``; the relaxed goods.

        Goods go in likely columns and in those that the kernel uses, then also in those that firms use
        under the prices found, while the bound for these hubs gains from it (column generation).
        """
        clock, hubs = self._within(_PRICES_SHARE), self._blocks.index.levels
        shut = frozenset(hub for hub in hubs if hub not in levels)
        duals, self._kept = kernel.prices, self._narrow(kernel.columns | self._seen)
        tree = self._tree = self._tree_under(duals)
        best: tuple[float, list[Flow]] = (-np.inf, [])
        for _ in range(_ROUNDS):
            found = self._relaxed(duals, {hub: levels.get(hub) for hub in hubs}, clock)
            if found is None:
                break
            prices = with_flows(self._blocks, self._regions(), tree.prices, found)
            node = tree.bounded(levels, shut, (), clock, self._search.threads, under=prices)
            if node is None or not best[0] < node.bound < np.inf:
                break
            gained, best, self.prices = node.bound - best[0], (node.bound, found), prices
            self._priced = frozenset(levels)
            self._search.report("columns that firms use under these prices")
            duals, self._kept = node.duals, self._kept | used(self._blocks, node.point)
            if gained <= _GAIN * abs(node.bound) or self._promises(node.bound):
                break
        self.promising = self._promises(best[0])
        if best[1]:
            tree.prices = self.prices
            self._root(tree)
        return best[1]

    def _narrow(self, kept: Bools) -> Bools:
        """What regions begin with: rows on which the best plan bears, columns that are likely or kept."""
        self._expect()
        return self._likely() | kept

    def _expect(self) -> None:
        best = self._search.best
        if best is not None:
            for region in self._regions():
                region.expect(self._search.arrays, best)

    def _promises(self, bound: float) -> bool:
        """Whether a bound for the plan's hubs leaves room to prove the gap asked for with others."""
        cost = self._search.objective
        return cost is not None and cost - bound <= _ENOUGH * self._search.gap * abs(cost)

    def _relaxed(self, duals: Floats, levels: Mapping[str, str | None], clock: Clock) -> list[Flow] | None:
        threads, regions = self._search.threads, self._regions()
        return relaxed_flows(self._blocks, regions, duals, levels, clock, threads, kept=self._kept)

    def branch(self) -> frozenset[str] | None:
        """Bound over all sets of hubs, with prices raised towards the best plan's cost; the hubs of the least
        one, ``None`` where there is none."""
        search = self._search
        clock = self._within(_BRANCH_SHARE)
        tree = self._tree = self._tree or HubTree(self._blocks, self.lagrangian, self.prices)
        tree.prices, aim = self.prices, None
        if search.objective is not None:
            made = partial(self._from_regions, tree, clock)
            aim = Aim(search.objective, self._enough(), made)
        self.leaf = tree.run(clock, search.threads, self._raised, aim=aim)
        self.prices = tree.prices
        if self.leaf is None:
            return None
        self._proven(tree, self.leaf)
        return tree.hubs_of(self.leaf)

    def _from_regions(self, tree: HubTree, clock: Clock, leaf: Node) -> Floats | None:
        """Prices for a leaf's hubs, where those so far are for others: levels alone change little."""
        if frozenset(leaf.opened) == self._priced:
            return None
        opened = ", ".join(sorted(leaf.opened)) or "none"
        self._search.report(f"prices of the regions where the hubs are {opened}")
        levels, threads = tree.levels_at(leaf), self._search.threads
        best = self._search.best
        if self._kept is None and best is not None:
            self._kept = self._narrow(used(self._blocks, best))
        if self._kept is not None:
            self._kept = self._kept | used(self._blocks, leaf.point)
        return leaf_prices(
            self._blocks, self._regions(), leaf.duals, tree.prices, levels, clock, threads, kept=self._kept
        )

    def line_prices(self, duals: Floats | None) -> None:
        """What lines and guarantees are worth, where nothing is known of it."""
        if duals is None:
            return
        prices = self.prices.copy()
        for family in (*LINES, "small_share"):
            place = self._search.arrays.rows.get(family, slice(0, 0))
            if not prices[place].any():
                prices[place] = np.clip(duals[place], -1.0, 1.0)
        if (prices != self.prices).any():
            self.prices = prices
