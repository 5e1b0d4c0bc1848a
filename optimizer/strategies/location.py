"""One-stage location: prices, sites settled by them, branch and bound over the sites left.

0. Lagrangian ascent: a price for each customer, a continuous knapsack for each site.
1. The sites that the prices open most often, served at least cost, improved by exchanges.
2. Sites that a cheaper plan must open or close are settled.
3. Branch and bound over the others with the same bound, while it pays.
4. What is still open goes to HiGHS: the sites left, links listed where they are broken.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from ..arrays import Floats
from ..search import Search
from ..sites.ascent import Leaves, Node, Path, climb, proven, root, settle
from ..sites.exchange import improve, start
from ..sites.problem import Bools
from ..sites.proof import certificate_of
from ..sites.reading import Reading, is_one_stage, read_problem
from ..sites.remainder import solve_remainder
from ..sites.transport import Transport
from ..sites.tree import Tree
from .monolith import monolith

ROUNDS, TRIES, NODES = 150, 15, 400
"""Rounds of ascent at the root, exchanges tried in vain, nodes of the tree before HiGHS takes over."""


def location(search: Search) -> None:
    """Solve a network that is a one-stage location problem (``is_one_stage``); any other as a whole."""
    if not is_one_stage(search.model.index, search.arrays):
        search.report("not a one-stage location problem")
        monolith(search)
        return
    _Location(search, read_problem(search.model.index, search.arrays)).run()


class _Location:
    """What the phases share; sites are numbered as in the problem."""

    def __init__(self, search: Search, reading: Reading):
        self.search, self.reading, self.problem = search, reading, reading.problem
        self.offset = search.arrays.offset
        self.value = np.inf
        self._costs: dict[bytes, float] = {}
        self._leaves: Leaves = []

    def run(self) -> None:
        """All phases, each only if the one before has not finished."""
        search = self.search
        search.enter("prices of customers")
        node = climb(self.problem, root(self.problem), np.inf, ROUNDS, search.clock)
        self._announce(proven(node))
        if not self.problem.whole:
            self._first(node)
        if np.isfinite(self.value):
            for rounds in (0, ROUNDS):
                node = climb(self.problem, node, self.value, rounds, search.clock) if rounds else node
                node = settle(self.problem, node, self.value, self._leaves)
            self._announce(min(proven(node), self.value))
        search.report(f"{len(node.sites) - node.forced.sum()} sites in doubt, {node.forced.sum()} sure")
        split = not self.problem.whole
        rest = self._branch(node) if split and not search.over else node
        if rest is not None:
            self._leaves.append((rest.path, rest.prices))
        self._certify()
        if not search.over and rest is not None:
            search.enter("sites left as a whole")
            solve_remainder(self.problem, rest, self.value, search, self._shares)

    def _first(self, node: Node) -> None:
        """Plans with the likeliest sites."""
        search = self.search
        search.enter("first plans")
        likely = np.argsort(-node.often, kind="stable")[: max(20, 3 * self.problem.least_sites)]
        part = self.problem.only(likely)
        transport = Transport(part, search.clock)
        opened = start(part, node.often[likely])
        for tries in (1, TRIES):
            opened = improve(transport, opened, node.often[likely], tries, search.clock)
            whole = np.zeros(len(self.problem.fixed), dtype=bool)
            whole[likely[opened]] = True
            self._plan(whole)

    def _branch(self, node: Node) -> Node | None:
        """Branch; the node that is left to do, if any."""
        search = self.search
        search.enter("branching over sites")
        tree = Tree(self.problem, self.value, search.gap, self._plan, self._announce)
        tree.add(node)
        tree.run(search.clock, NODES)
        self._announce(tree.bound)
        if tree.open and not tree.done:
            return node
        self._leaves += [*tree.leaves, *((left.path, left.prices) for _, _, left in tree.open)]
        return None

    def _certify(self) -> None:
        """The proof of what prices have bounded so far, for anyone to check."""
        product = next(iter(self.search.model.index.products.values()))
        leaves = [(path, self._exact(path, prices)) for path, prices in self._leaves]
        self.search.certificate = partial(certificate_of, self.reading, product.volume_m3, leaves)

    def _exact(self, path: Path, prices: Floats) -> Floats:
        """Where every site is decided, the prices of the cheapest way to serve all."""
        if len(path) < len(self.problem.fixed):
            return prices
        sites = np.array([site for site, opened in path if opened], dtype=np.int64)
        found = Transport(self.problem.only(sites), self.search.clock).prices(np.ones(len(sites), dtype=bool))
        return prices if found is None else found

    def _plan(self, opened: Bools) -> float:
        """Cost of the best plan with these sites, offered to the search."""
        key = opened.tobytes()
        if key not in self._costs:
            sites = np.flatnonzero(opened)
            part = self.problem.only(sites)
            cost, found = Transport(part, self.search.clock).plan(np.ones(len(sites), dtype=bool))
            self._costs[key] = cost
            if cost < self.value:
                shares = np.zeros(self.problem.cost.shape)
                shares[sites] = found
                self._shares(shares)
                self.value = cost
        return self._costs[key]

    def _shares(self, shares: Floats) -> None:
        self.search.offer(self.reading.point(shares))

    def _announce(self, bound: float) -> None:
        """A bound on the problem; one that no plan can beat is the cost of the best plan itself."""
        proved = bound >= self.value
        self.search.raise_bound(self.search.objective if proved else bound + self.offset)
