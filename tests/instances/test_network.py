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


def test_a_column_that_a_network_leaves_out_does_not_make_it_another_network() -> None:
    class Wider(Firm):
        stars: int | None = None

    net = small()
    before, *rest = net.all_rows(Firm)
    wider = [Wider(**row.model_dump()) for row in (before, *rest)]
    assert net.replace(firms=wider).sha256 == net.sha256
    wider[0] = wider[0].model_copy(update={"stars": 3})
    assert net.replace(firms=wider).sha256 != net.sha256


def test_a_figure_given_at_its_default_is_the_figure_left_out() -> None:
    net = small()
    field = Firm.model_fields["opening_cash"]
    first, *rest = net.all_rows(Firm)
    bare = first.model_dump(exclude={"opening_cash"})
    given = [Firm(**bare, opening_cash=field.default), *rest]
    assert net.replace(firms=given).sha256 == net.replace(firms=[Firm(**bare), *rest]).sha256
    assert (
        net.replace(firms=[Firm(**bare, opening_cash=17.0), *rest]).sha256 != net.replace(firms=given).sha256
    )
