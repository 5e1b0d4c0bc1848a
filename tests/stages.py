"""Small two-stage problems as networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from clusterlane.instances.files.published import read_published
from clusterlane.instances.network import Network


def two_stage(folder: Path, seed: int, goods: int = 1) -> Network:
    """Three plants, four satellites, six customers."""
    rng = np.random.default_rng(seed)
    demand = rng.integers(1, 9, (6, goods))
    sizes = [np.c_[rng.integers(20, 60, (count, goods)), rng.integers(50, 200, count)] for count in (3, 4)]
    costs = [rng.integers(1, 30, (goods * rows, columns)) for rows, columns in ((3, 4), (4, 6))]
    head = [3, 4, 6] + ([goods] if goods > 1 else [])
    return written(folder, "two-stage", [[head], demand, sizes[0], costs[0], sizes[1], costs[1]])


def multi_period(folder: Path, seed: int) -> Network:
    """Five sites, eight customers, three periods."""
    rng = np.random.default_rng(seed)
    opening, cost = rng.integers(50, 99, (5, 1, 3)), rng.integers(1, 99, (5, 8, 3))
    rows = np.concatenate([opening, cost], axis=1).reshape(-1, 3)
    return written(folder, "multi-period", [[[5, 8, 3]], [[1, 1, 2]], [[3, 4, 8]], rows])


def written(folder: Path, form: str, parts: list[object]) -> Network:
    """A network read from a published file of these numbers."""
    path = folder / "problem.txt"
    lines = [" ".join(map(str, row)) for part in parts for row in np.asarray(part).tolist()]
    path.write_text("\n".join(lines))
    return read_published(path, form)
