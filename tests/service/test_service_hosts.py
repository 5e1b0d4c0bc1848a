"""The examples of docs/embedding.md, run: FastAPI and Django hosts, threads, processes."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pytest
from clusterlane.optimizer import load, solve
from small import random_network

HOSTS = Path(__file__).parent / "hosts"
EXPECTED = pytest.approx(6336)


def test_a_fastapi_host_plans_in_a_pool_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    from fastapi.testclient import TestClient

    monkeypatch.syspath_prepend(str(HOSTS))
    import fastapi_host

    answer = TestClient(fastapi_host.app).post("/plans/tiny")
    assert answer.json() == {"objective": EXPECTED, "bound": EXPECTED, "ok": True}


@pytest.mark.slow
def test_a_django_host_with_its_own_models_plans_in_a_process() -> None:
    pytest.importorskip("django")
    done = subprocess.run([sys.executable, str(HOSTS / "run_django.py")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout) == {"id": 1, "objective": EXPECTED, "bound": EXPECTED, "saved": 1}


def test_threads_give_what_one_after_another_gives() -> None:
    networks = [load("tiny"), *(random_network(seed) for seed in range(3))]
    one_by_one = [solve(network, gap=0.0).objective for network in networks]
    with ThreadPoolExecutor(4) as pool:
        at_once = [plan.objective for plan in pool.map(partial(solve, gap=0.0), networks)]
    assert at_once == pytest.approx(one_by_one)


@pytest.mark.slow
def test_processes_give_the_same_too() -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        plans = list(pool.map(partial(solve, gap=0.0), [load("tiny"), load("tiny")]))
    assert [plan.objective for plan in plans] == [EXPECTED, EXPECTED]
