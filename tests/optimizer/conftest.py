"""The smallest network of the library and its best plan."""

from __future__ import annotations

import pytest
from clusterlane.instances import files
from clusterlane.instances.network import Network
from clusterlane.optimizer import Plan, solve


@pytest.fixture(scope="session")
def tiny() -> Network:
    return files.load("tiny")


@pytest.fixture(scope="session")
def plan(tiny: Network) -> Plan:
    return solve(tiny, gap=0)
