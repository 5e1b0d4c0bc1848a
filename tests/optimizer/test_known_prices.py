"""Prices kept by name: for the same network they prove the same bound, for a similar one a valid one."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.generate import generate
from clusterlane.instances.network import Network
from clusterlane.instances.transform import only_firms
from clusterlane.models.cluster import build
from clusterlane.optimizer.arrays import compile_model
from clusterlane.optimizer.blocks import Blocks, Lagrangian
from clusterlane.optimizer.centre import centre
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.hubs import HubTree, hub_prices
from clusterlane.optimizer.known_prices import KnownPrices, PlacedPrices, read, write
from clusterlane.optimizer.resuming import Parts
from clusterlane.optimizer.solve import solve
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from small import add, change
from test_hubs import optimum, prices, rich, varied

SEEDS = range(8)


def blocks_of(network: Network) -> Blocks:
    model = build(network)
    return Blocks(model, centre(model, compile_model(model)))


def earlier(network: Network, seed: int, nodes: int = 30) -> tuple[KnownPrices, float]:
    """What is known from a search on a network under prices at random, but for those of freight, which has
    one on the market, and its bound."""
    blocks = blocks_of(network)
    _, duals, y, _ = prices(blocks.arrays, seed)
    of_freight = blocks.arrays.rows_of(("volume", "weight"))
    tree = HubTree(blocks, Lagrangian(blocks), np.where(of_freight, duals, y))
    leaf = tree.run(Clock(), 1, lambda bound: False, nodes)
    return tree.known(), -np.inf if leaf is None else leaf.bound


def on(blocks: Blocks, known: KnownPrices) -> PlacedPrices:
    """What is known, on the rows and columns of some network."""
    placed = known.placed(blocks.index, blocks.arrays)
    assert placed is not None
    return placed


def resumed(
    network: Network, known: KnownPrices, nodes: int, enough: float = np.inf
) -> tuple[HubTree, float]:
    """A tree that begins with what is known, and its bound after some nodes more."""
    blocks = blocks_of(network)
    tree = HubTree(blocks, Lagrangian(blocks), np.zeros(len(blocks.arrays.row_lower)))
    Parts(tree, blocks.arrays, on(blocks, known)).begin(enough, Clock(), 1)
    leaf = tree.run(Clock(), 1, lambda bound: False, nodes)
    return tree, np.inf if leaf is None else leaf.bound


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_network_has_the_same_bound_at_once(seed: int) -> None:
    """A higher one at most, where lanes without a price get one."""
    network = varied(seed)
    truth = optimum(blocks_of(network).arrays)
    known, bound = earlier(network, seed)
    if known.paths:
        _, again = resumed(network, known, 0)
        assert again >= bound - 1e-5 * (1 + abs(bound))
        assert again <= truth + 1e-5 * (1 + abs(truth)) or not np.isfinite(truth)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_proven_already_is_not_solved_again(seed: int) -> None:
    """No time at all is needed for the bound of the same network, nor for one that is a little lower."""
    network = varied(seed)
    known, bound = earlier(network, seed)
    if not known.paths or not np.isfinite(bound):
        return
    blocks, sizes = blocks_of(network), []
    for enough in (bound - 1e-6 * (1 + abs(bound)), bound - 0.2 * abs(bound)):
        tree = HubTree(blocks, Lagrangian(blocks), np.zeros(len(blocks.arrays.row_lower)))
        expected = Parts(tree, blocks.arrays, on(blocks, known)).begin(enough, Clock(0), 1)
        assert expected >= bound - 1e-6 * (1 + abs(bound))
        assert min(node.bound for node in tree.leaves) >= enough
        sizes.append(len(tree.leaves))
    assert sizes[1] <= sizes[0] <= len(known.paths)


@pytest.mark.parametrize("seed", SEEDS)
def test_more_than_is_proven_is_solved_for_and_never_too_much(seed: int) -> None:
    """Dearer freight, for which multipliers of before prove no more than before."""
    network, dear = varied(seed), dearer(varied(seed))
    known, _ = earlier(network, seed)
    if not known.paths:
        return
    blocks = blocks_of(dear)
    truth = optimum(blocks.arrays)
    weak, solved = (_least(blocks, known, truth - 0.05 * abs(truth), Clock(s)) for s in (0, 1e6))
    assert weak <= solved + 1e-6 * (1 + abs(truth))
    assert solved <= truth + 1e-5 * (1 + abs(truth)) or not np.isfinite(truth)


def _least(blocks: Blocks, known: KnownPrices, enough: float, clock: Clock) -> float:
    tree = HubTree(blocks, Lagrangian(blocks), np.zeros(len(blocks.arrays.row_lower)))
    Parts(tree, blocks.arrays, on(blocks, known)).begin(enough, clock, 1)
    return min((node.bound for node in tree.leaves), default=np.inf)


def test_the_prices_of_a_plan_are_those_of_the_part_with_its_hubs() -> None:
    paths = (
        (("h", None, True), ("h", "s", True)),
        (("h", None, True), ("h", "s", False)),
        (("h", None, False), ("g", None, True)),
        (("h", None, False), ("g", None, False)),
    )
    none = sparse.csr_matrix((5, 0))
    known = PlacedPrices(none, none, none, paths)
    plans = ({"h": "s"}, {"h": "l", "g": "s"}, {"g": "l"}, {})
    assert [known.of_plan(levels) for levels in plans] == [1, 2, 3, 4]
    assert replace(known, paths=paths[:1]).of_plan({}) is None


def without_hub(network: Network) -> Network:
    first = network.rows(tab.Hub)[0].hub
    return change(network, tab.Hub, lambda row: row.hub == first, state=tab.State.CLOSED)


def without_firm(network: Network) -> Network:
    return only_firms(network, {row.firm for row in network.rows(tab.Firm)[1:]})


def dearer(network: Network, factor: float = 1.3) -> Network:
    rows = [row.model_copy(update={"cost": factor * row.cost}) for row in network.rows(tab.LaneContainer)]
    return network.replace(lane_containers=rows)


def grown(network: Network, factor: float = 1.4) -> Network:
    rows = [row.model_copy(update={"quantity": factor * row.quantity}) for row in network.rows(tab.Demand)]
    return network.replace(demand=rows)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("changed", [without_hub, without_firm, dearer, grown])
def test_a_changed_network_has_a_bound_no_higher_than_its_optimum(seed: int, changed: object) -> None:
    network = varied(seed)
    known, _ = earlier(network, seed)
    other = changed(network)  # type: ignore[operator]
    blocks = blocks_of(other)
    if known.paths and other.rows(tab.Hub) and known.placed(blocks.index, blocks.arrays) is not None:
        truth = optimum(blocks.arrays)
        for nodes, enough in ((0, np.inf), (5, np.inf), (0, truth - 0.1 * abs(truth))):
            _, bound = resumed(other, known, nodes, enough)
            assert bound <= truth + 1e-5 * (1 + abs(truth)) or not np.isfinite(truth)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("nodes", [0, 1, 2])
def test_a_search_that_was_stopped_leaves_prices_that_prove_no_more_than_is_true(
    seed: int, nodes: int
) -> None:
    """Hubs whose level is not decided pay for room at their own prices; parts may be missing altogether."""
    network = varied(seed)
    truth = optimum(blocks_of(network).arrays)
    known, _ = earlier(network, seed, nodes)
    others = [0, *range(2, known.values.shape[0])]
    fewer = replace(known, paths=known.paths[1:], values=known.values[others], points=known.points[others])
    for prices_known in (known, fewer):
        for enough in (np.inf, truth - 0.1 * abs(truth)):
            for solved in (0, 5):
                _, bound = resumed(network, prices_known, solved, enough)
                assert bound <= truth + 1e-5 * (1 + abs(truth)) or not np.isfinite(truth)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("changed", [dearer, grown])
def test_parts_are_raised_to_what_is_enough_or_solved_wholly(seed: int, changed: object) -> None:
    """What was known of other demand or rates says nothing against solving: no part that is called solved,
    and none that is not, is left below both what is enough and what its own prices or the tree's prove."""
    network = varied(seed)
    known, _ = earlier(network, seed)
    blocks = blocks_of(changed(network))  # type: ignore[operator]
    truth = optimum(blocks.arrays)
    if not known.paths or not np.isfinite(truth):
        return
    for part in (0.01, 0.1, 0.3):
        enough = truth - part * abs(truth)
        tree = HubTree(blocks, Lagrangian(blocks), np.zeros(len(blocks.arrays.row_lower)))
        Parts(tree, blocks.arrays, on(blocks, known)).begin(enough, Clock(), 1)
        alone = HubTree(blocks, Lagrangian(blocks), tree.prices)
        for node in tree.leaves:
            if node.under is not None and node.bound < enough:
                exact = alone.bounded(node.opened, node.shut, node.path, Clock(), 1)
                assert exact is not None
                assert node.bound >= exact.bound - 1e-6 * (1 + abs(exact.bound))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_tree_that_stands_is_not_moved_by_what_comes_after(seed: int) -> None:
    blocks = blocks_of(varied(seed))
    _, duals, _, _ = prices(blocks.arrays, seed)
    tree = HubTree(blocks, Lagrangian(blocks), duals)
    tree.run(Clock(), 1, lambda bound: False, 1)
    standing, leaves = tree.standing(), tree.leaves
    before = standing.known()
    tree.run(Clock(), 1, lambda bound: False, 30)
    tree.prices = 0.9 * tree.prices
    after = standing.known()
    assert standing.leaves == leaves
    assert after.paths == before.paths
    assert (after.values != before.values).nnz == (after.points != before.points).nnz == 0


def levels_of_two_sizes() -> Network:
    """A hub at 5 that takes 1 m3 a month, or at 20 for 10, and a demand that needs the larger one."""
    sizes = (("s", 5, 1), ("l", 20, 10))
    levels = [
        tab.HubLevel(hub="h", level=name, opening_cost=cost, operating_month=0, capacity_m3_month=room)
        for name, cost, room in sizes
    ]
    demand = [tab.Demand(product="p", market="m", period=t, quantity=10) for t in (1, 3)]
    return add(change(rich(), tab.Product, order_days=0, pay_days=0), *levels, *demand)


@pytest.mark.parametrize("nodes", [0, 1, 2, 5])
def test_a_level_that_is_not_decided_is_the_cheapest_at_the_prices_that_prove(nodes: int) -> None:
    """Not the one that is cheapest where room costs nothing."""
    blocks = blocks_of(levels_of_two_sizes())
    truth = optimum(blocks.arrays)
    tree = HubTree(blocks, Lagrangian(blocks), hub_prices(blocks.arrays))
    tree.run(Clock(), 1, lambda bound: False, nodes)
    assert _least(blocks, tree.known(), np.inf, Clock(0)) <= truth + 1e-6


@pytest.mark.parametrize("seed", SEEDS)
def test_parts_along_known_paths_cover_every_choice_once(seed: int) -> None:
    known, _ = earlier(varied(seed), seed)
    for network in (varied(seed), without_hub(varied(seed))):
        blocks = blocks_of(network)
        tree = HubTree(blocks, Lagrangian(blocks), np.zeros(len(blocks.arrays.row_lower)))
        Parts(tree, blocks.arrays, on(blocks, known)).begin(np.inf, Clock(), 1)
        parts = [(node.opened, node.shut, node.path) for node in tree.leaves]
        for hub in tree.hubs:
            for level in blocks.index.levels[hub]:
                homes = [
                    o.get(hub, level.level) in (None, level.level) for o, shut, _ in parts if hub not in shut
                ]
                assert any(homes)
        paths = [path for _, _, path in parts]
        assert len(set(paths)) == len(paths)


def test_a_lane_that_is_new_has_the_price_that_it_charges() -> None:
    """Without one all goods would go there for nothing, and nothing would be proven."""
    for seed in SEEDS:
        network = varied(seed)
        known, bound = earlier(network, seed)
        if not known.paths or not np.isfinite(bound):
            continue
        lane = next(key for family, key in known.rows if family == "volume")[0]
        kept = [i for i, (f, k) in enumerate(known.rows) if f not in ("volume", "weight") or k[0] != lane]
        rows = tuple(known.rows[i] for i in kept)
        part = replace(known, rows=rows, values=known.values[:, kept], freight=known.freight[kept])
        values, whole = (on(blocks_of(network), each).lowered for each in (part, known))
        volume = blocks_of(network).arrays.rows["volume"]
        new, old = (each[0].toarray().ravel()[volume] for each in (values, whole))
        assert (new <= 0).all()
        assert (new < 0).sum() >= (old < 0).sum()


def test_nothing_that_carries_goods_earns_by_prices_of_freight() -> None:
    """Containers become dearer and loose cargo does not: what a m3 pays stays below what that costs."""
    network = generate("park-4", 3)
    known = solve(network, gap=0.05, strategy="decomposition").prices
    assert known is not None
    blocks = blocks_of(dearer(network, 5.0))
    arrays, carriers = blocks.arrays, blocks.arrays.columns_of(("boxes", "loose"))
    freight = arrays.rows_of(("volume", "weight"))
    placed = on(blocks, known).lowered.toarray()
    assert len(placed) > 1
    for y in placed:
        assert np.abs(y[freight]).max() > 0
        reduced = arrays.cost - arrays.matrix.T @ np.where(freight, y, 0.0)
        assert reduced[carriers].min() >= -1e-6


def test_prices_of_quite_another_network_are_not_used() -> None:
    known, _ = next(pair for seed in SEEDS if (pair := earlier(varied(seed), seed))[0].paths)
    blocks = blocks_of(varied(0))
    assert known.placed(blocks.index, blocks.arrays) is not None or not known.rows
    other = replace(known, rows=tuple(("volume", (f"x{i}", i)) for i in range(len(known.rows))))
    assert other.placed(blocks.index, blocks.arrays) is None


def test_a_file_gives_back_what_was_written(tmp_path: Path) -> None:
    known, _ = next(pair for seed in SEEDS if (pair := earlier(varied(seed), seed))[0].paths)
    write(known, tmp_path / "prices.npz")
    again = read(tmp_path / "prices.npz")
    assert again is not None
    assert (again.rows, again.columns, again.paths) == (known.rows, known.columns, known.paths)
    assert (again.values != known.values).nnz == (again.points != known.points).nnz == 0
    assert known.points.nnz


def test_a_file_from_before_points_were_kept_is_read(tmp_path: Path) -> None:
    known, _ = _first()
    path = tmp_path / "prices.npz"
    write(known, path)
    with np.load(path) as parts:
        old = {name: parts[name] for name in parts.files if not name.startswith(("points", "columns"))}
    np.savez_compressed(path, **old)
    again = read(path)
    assert again is not None
    assert (again.values != known.values).nnz == 0
    assert (again.columns, again.points.shape) == ((), (len(known.paths) + 1, 0))


@pytest.mark.parametrize(
    "wrong",
    [
        {"rows": np.frombuffer(b'[["volume", {"a": 1}]]', dtype=np.uint8)},
        {"values_data": np.array([1j])},
        {"freight": np.array(["x"])},
        {"freight": np.array([1.7e308])},
        {"paths": np.frombuffer(b'[["hub", ["level"], true]]', dtype=np.uint8)},
    ],
)
def test_a_file_of_something_else_is_left_out(tmp_path: Path, wrong: dict[str, np.ndarray]) -> None:
    known, _ = _first()
    path = tmp_path / "prices.npz"
    write(known, path)
    with np.load(path) as parts:
        content = {name: parts[name] for name in parts.files}
    if "values_data" in wrong:
        wrong = {"values_data": content["values_data"] * 1j}
    if "paths" in wrong:
        paths = json.dumps([json.loads(wrong["paths"].tobytes())] * len(known.paths))
        wrong = {"paths": np.frombuffer(paths.encode(), dtype=np.uint8)}
    if "freight" in wrong and wrong["freight"].dtype.kind == "f":
        wrong = {"freight": np.full_like(content["freight"], 1.7e308)}
    np.savez_compressed(path, **{**content, **wrong})
    assert read(path) is None


@pytest.mark.parametrize("damage", [b"", b"no archive", None])
def test_what_cannot_be_read_is_left_out(tmp_path: Path, damage: bytes | None) -> None:
    path = tmp_path / "prices.npz"
    if damage is None:
        known, _ = next(pair for seed in SEEDS if (pair := earlier(varied(seed), seed))[0].paths)
        write(known, path)
        path.write_bytes(path.read_bytes()[:-200])
    else:
        path.write_bytes(damage)
    assert read(path) is None
    assert read(tmp_path / "none.npz") is None


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_damage_of_the_file_is_more_than_no_prices(data: st.DataObject) -> None:
    known, _ = _first()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prices.npz"
        write(known, path)
        content = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(bytes(content))
        found = read(path)
        assert found is None or found.values.shape == known.values.shape


@cache
def _first() -> tuple[KnownPrices, float]:
    return next(pair for seed in SEEDS if (pair := earlier(varied(seed), seed))[0].paths)
