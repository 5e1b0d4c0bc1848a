"""Sweeps and shares over a Dask cluster whose workers are killed: the same results as on this machine."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from clusterlane.optimizer import load, solve
from clusterlane.optimizer.scenarios import read_scenarios, sweep
from clusterlane.optimizer.share import share

distributed = pytest.importorskip("distributed", reason="the extra [batch] is not installed")

pytestmark = pytest.mark.slow

SCENARIOS = """
[[scenario]]
name = "more"
change = [{ table = "demand", multiply = { quantity = 1.1 } }]
[[scenario]]
name = "less"
change = [{ table = "demand", multiply = { quantity = 0.9 } }]
[[scenario]]
name = "dear"
change = [{ table = "lane_containers", multiply = { cost = 1.5 } }]
"""


def kill_one_soon(cluster: Any) -> None:
    def kill() -> None:
        time.sleep(2.0)
        worker = next(iter(cluster.workers.values()))
        os.kill(worker.process.process.pid, signal.SIGKILL)

    threading.Thread(target=kill, daemon=True).start()


def test_a_cluster_that_loses_a_worker_finds_what_this_machine_finds(tmp_path: Path) -> None:
    network = load("tiny")
    plan = solve(network, gap=0.0)
    (tmp_path / "s.toml").write_text(SCENARIOS)
    scenarios = read_scenarios(tmp_path / "s.toml")
    here = sweep(network, scenarios, tmp_path / "here", workers=1, base=plan)
    alone = share(network, plan, workers=1)
    options = {"threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(n_workers=2, **options) as cluster:
        kill_one_soon(cluster)
        there = sweep(network, scenarios, tmp_path / "there", cluster=cluster.scheduler_address, base=plan)
        shared = share(network, plan, cluster=cluster.scheduler_address)
    found = {result.name: (result.status, result.objective) for result in there}
    assert found == {result.name: (result.status, pytest.approx(result.objective)) for result in here}
    assert len(there) == len(here)
    assert shared.shares == pytest.approx(alone.shares)
