"""The certificate of a bound by group of firms: multipliers for each leaf of the tree over hubs."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from ..instances.tables import State
from .arrays import Arrays, Floats
from .blocks import Blocks
from .centre import unit_values
from .certificate import Certificate, Leaf
from .hub_nodes import Node
from .hubs import HubTree


def hub_certificate(tree: HubTree, blocks: Blocks) -> Certificate:
    """What the leaves of the last run of a tree prove, in multipliers of the network's own rows.

    The search shuts a hub by bounds on what it takes in; a certificate says so with the rows that link these
    to the hub.
    """
    arrays, units = blocks.arrays, unit_values(blocks.index, blocks.arrays)
    duals, leaves = [], []
    for number, node in enumerate(tree.leaves):
        y = _settled(tree, arrays, node)
        duals.append(sparse.csr_matrix(y + units))
        leaves.append(Leaf(node.path, number, sides=_sides(tree, arrays, node, y)))
    branches = _branches(tree, arrays)
    return Certificate(
        branches,
        np.zeros(branches.shape[0], dtype=np.int64),
        sparse.csr_matrix(sparse.vstack(duals)),
        sparse.csr_matrix((0, len(arrays.row_lower))),
        tuple(leaves),
    )


def _branches(tree: HubTree, arrays: Arrays) -> sparse.csr_matrix:
    """A row for each hub, over its levels, and one for each level."""
    place = arrays.place("hub")
    columns = [
        [j for (h, k), j in place.items() if h == hub and level in (None, k)] for hub, level in tree.branches
    ]
    rows = np.repeat(np.arange(len(columns)), [len(part) for part in columns])
    flat = np.array([j for part in columns for j in part], dtype=np.int64)
    return sparse.csr_matrix((np.ones(len(flat)), (rows, flat)), shape=(len(columns), len(arrays.cost)))


def _settled(tree: HubTree, arrays: Arrays, node: Node) -> Floats:
    """A leaf's multipliers, with prices on what its bounds say: no goods at a shut hub, no second level, and
    one level of a hub that must be open."""
    y = node.duals.copy()
    reduced = arrays.cost - arrays.matrix.T @ y
    haul, start = arrays.place("haul"), arrays.rows["hub_link"].start
    for i, key in enumerate(arrays.row_keys["hub_link"]):
        if key[1] in node.shut:
            y[start + i] += min(0.0, reduced[haul[key]])
    row_of = {h: arrays.rows["one_level"].start + i for i, h in enumerate(arrays.row_keys["one_level"])}
    for hub, level in _chosen(tree, node):
        others = [j for (h, k), j in arrays.place("hub").items() if h == hub and k != level]
        y[row_of[hub]] += min(0.0, *(reduced[j] for j in others), 0.0)
    for hub in node.opened.keys() - {hub for hub, _ in _chosen(tree, node)}:
        if tree.index.hubs[hub].state is State.FORCED:
            y[row_of[hub]] += max(0.0, min(reduced[j] for j in _allowed(arrays, node, hub)))
    return y


def _allowed(arrays: Arrays, node: Node, hub: str) -> list[int]:
    """Columns of the levels that a hub may have at a leaf."""
    level = node.opened.get(hub)
    return [j for (h, k), j in arrays.place("hub").items() if h == hub and level in (None, k)]


def _chosen(tree: HubTree, node: Node) -> list[tuple[str, str]]:
    """Levels that a leaf's path says are open."""
    sides = [(*tree.branches[number], high) for number, high in node.path]
    return [(hub, level) for hub, level, high in sides if high and level is not None]


def _sides(tree: HubTree, arrays: Arrays, node: Node, y: Floats) -> tuple[tuple[int, float], ...]:
    """Multipliers of the branches on whole hubs: an open one pays its cheapest level, a shut one
    is no gain."""
    reduced = arrays.cost - arrays.matrix.T @ y
    settled, out = {hub for hub, _ in _chosen(tree, node)}, []
    for number, high in node.path:
        hub, level = tree.branches[number]
        if level is None and hub not in settled:
            least = float(min(reduced[j] for j in _allowed(arrays, node, hub)))
            out.append((number, max(least, 0.0) if high else min(least, 0.0)))
    return tuple((number, weight) for number, weight in out if weight)
