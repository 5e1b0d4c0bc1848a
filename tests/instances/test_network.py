"""A network as a value."""

from __future__ import annotations

import copy
import pickle

import pytest
from clusterlane.instances.calendar import AFTER
from clusterlane.instances.checks import check
from clusterlane.instances.network import Network
from clusterlane.instances.tables import ExchangeRate, Firm
from corpus import small


@pytest.mark.parametrize("twin", [lambda net: pickle.loads(pickle.dumps(net)), copy.deepcopy])
def test_a_used_network_can_be_sent_and_copied(twin) -> None:
    net = small()
    check(net)
    delayed = net.calendar.split(net.calendar.last, 10.0)
    other: Network = twin(net)
    assert other == net
    assert other.sha256 == net.sha256
    assert other.rows(Firm) == net.rows(Firm)
    assert other.calendar.split(net.calendar.last, 10.0) == delayed
    assert {period for period, _ in delayed} == {net.calendar.last, AFTER}
    rates = {row.currency for row in net.rows(ExchangeRate)}
    assert all(other.exchange_rate(c, 1) == net.exchange_rate(c, 1) for c in rates)
