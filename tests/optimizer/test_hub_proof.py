"""Certificates of the tree over hubs: they prove its bound to code that knows neither tree nor solver."""

from __future__ import annotations

import numpy as np
import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network
from clusterlane.models.cluster import build
from clusterlane.optimizer.arrays import Floats, compile_model
from clusterlane.optimizer.blocks import Blocks, Lagrangian
from clusterlane.optimizer.centre import centre
from clusterlane.optimizer.certificate import implied_bounds, verified_bound
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.hub_nodes import Aim
from clusterlane.optimizer.hub_proof import hub_certificate
from clusterlane.optimizer.hubs import HubTree
from test_hubs import optimum, prices, varied


def proven(network: Network, y: int, seed: int, nodes: int = 100) -> tuple[float, float, float]:
    """(what the certificate proves, the tree's bound, the optimum) under the ``y``-th prices."""
    model = build(network)
    arrays = compile_model(model)
    blocks = Blocks(model, centre(model, arrays))
    tree = HubTree(blocks, Lagrangian(blocks), _prices(blocks, y, seed))
    truth = optimum(arrays)
    leaf = tree.run(Clock(), 1, lambda bound: False, nodes, Aim(truth) if np.isfinite(truth) else None)
    bound = -np.inf if leaf is None else leaf.bound
    value = verified_bound(hub_certificate(tree, blocks), arrays) if tree.leaves else -np.inf
    return value, bound, truth


def _prices(blocks: Blocks, number: int, seed: int) -> Floats:
    return list(prices(blocks.arrays, seed))[number]


@pytest.mark.parametrize("seed", range(9))
@pytest.mark.parametrize("y", [0, 2])
def test_no_certificate_proves_more_than_the_optimum(seed: int, y: int) -> None:
    value, _, truth = proven(varied(seed), y, seed)
    assert value <= truth + 1e-6 * (1 + abs(truth))


def provable(seed: int) -> bool:
    """Whether rows bound every column, and no hub is forced open (its one side is not branched on)."""
    network = varied(seed)
    limits = implied_bounds(compile_model(build(network)))
    forced = any(row.state is tab.State.FORCED for row in network.rows(tab.Hub))
    return all(np.isfinite(side).all() for side in limits) and not forced


PROVABLE = [seed for seed in range(0, 9) if provable(seed)]


@pytest.mark.parametrize("seed", PROVABLE)
def test_a_certificate_proves_the_bound_of_the_tree(seed: int) -> None:
    value, bound, _ = proven(varied(seed), 2, seed)
    assert value >= bound - 1e-5 * (1 + abs(bound))


@pytest.mark.parametrize("seed", PROVABLE[:2])
def test_a_tree_that_was_stopped_has_a_certificate_too(seed: int) -> None:
    value, bound, truth = proven(varied(seed), 2, seed, nodes=1)
    assert bound - 1e-5 * (1 + abs(bound)) <= value <= truth + 1e-6 * (1 + abs(truth))


def test_there_is_something_to_prove() -> None:
    assert len(PROVABLE) >= 3
