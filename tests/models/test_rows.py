"""Every constraint of the joint model against rows written out by hand from ``models/README.md``."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import pytest
from cases import NETWORKS
from clusterlane.instances.files import load
from clusterlane.instances.network import Network
from clusterlane.optimizer.arrays import Arrays
from formulation import assert_row, blocks, compiled, component, parse_row, rows
from small import bench, random_network

BY_HAND = [block for file in ("goods.txt", "places.txt", "money.txt") for block in blocks(file)]
CASES = [(net, part) for net, lines in BY_HAND for part in dict.fromkeys(map(component, lines))]
REGISTER = {part for _, part in CASES}


@cache
def model(case: str) -> Arrays:
    """The compiled model of a case, once."""
    return compiled(NETWORKS[case]())


@pytest.mark.parametrize(("case", "part"), CASES)
def test_rows(case: str, part: str) -> None:
    """Exactly the rows by hand, each with the coefficients and the limit by hand."""
    hand = {
        k: text for net, lines in BY_HAND if net == case for k, text in lines.items() if component(k) == part
    }
    actual = rows(model(case), part)
    assert actual.keys() == hand.keys()
    for key, text in hand.items():
        assert_row(actual[key], parse_row(text), key)


def constraints(network: Network) -> set[str]:
    """Names of the constraint components that have rows."""
    arrays = compiled(network)
    return {part for part, where in arrays.rows.items() if where.stop > where.start}


def test_every_constraint_is_registered() -> None:
    """A constraint component without rows by hand is an error."""
    networks = [
        *(f() for f in NETWORKS.values()),
        bench(),
        *(random_network(s, money=True) for s in range(6)),
    ]
    built = set().union(*map(constraints, networks))
    assert built == REGISTER


def test_library_uses_registered_constraints_only() -> None:
    """So does the network that users start with."""
    assert constraints(load("tiny")) <= REGISTER


@pytest.mark.parametrize(
    "wrong", ["3 x[1] - 2 y[1] <= 5", "2 x[1] - 2 y[1] <= 4", "2 x[1] <= 5", "2 x[1] - 2 y[1] = 5"]
)
def test_a_wrong_row_is_seen(wrong: str) -> None:
    """The comparison itself: scale and direction do not matter, everything else does."""
    row = parse_row("2 x[1] - 2 y[1] <= 5")
    assert_row(row, parse_row("4/4 y[1] - x[1] >= -5/2"), "same")
    with pytest.raises(AssertionError):
        assert_row(row, parse_row(wrong), "wrong")


OTHER_NAMES = {
    "unmet_limit": {"demand"},  # a bound of the column, see test_parts
    "emergency": {"cash_balance"},  # likewise
    "interest_subsidy": {"subsidy_share", "subsidy_whole", "subsidy_budget", "small_share"},
    "risk_fund": {"subsidy_share", "subsidy_budget"},
    "single_source": {"source_link", "one_source"},
    "cash": {"cash_balance"},
    "operator_cash": {"operator_balance"},
}
"""Families of the README whose rows have other names."""


def test_every_family_of_the_contract_is_registered() -> None:
    """The families in the tables of the README have rows by hand."""
    text = (files("clusterlane.models") / "README.md").read_text(encoding="utf-8")
    tables = [part.split("\n\n")[0] for part in text.split("| family (function in")[1:]]
    named = {name for table in tables for name in re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)}
    assert len(named) > 35
    assert set().union(*(OTHER_NAMES.get(name, {name}) for name in named)) <= REGISTER
