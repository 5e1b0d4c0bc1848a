"""The work of the view, in a module without Django: its process has no Django set up."""

from __future__ import annotations

from clusterlane.optimizer import Plan, load, solve


def planned(name: str) -> Plan:
    """The plan of a network of the library."""
    return solve(load(name), time_limit=60)
