"""Numbers of very different size are named in the log."""

from __future__ import annotations

from clusterlane.instances import files
from clusterlane.instances import tables as tab
from clusterlane.optimizer import solve
from small import bench, change


def test_ordinary_networks_are_not_suspected() -> None:
    for network in (bench(), files.load("tiny")):
        assert not any("very different size" in line for line in solve(network, gap=0.01).log)


def test_a_unit_mixed_up_by_a_billion_is_named() -> None:
    """A volume in mm3 beside containers in m3 makes one row span many magnitudes."""
    volumes = [row.volume_m3 for row in files.load("tiny").rows(tab.Product)]
    network = change(files.load("tiny"), tab.Product, volume_m3=volumes[0] * 1e-9)
    assert any("very different size" in line for line in solve(network, gap=0.01).log)
