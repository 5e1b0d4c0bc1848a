"""Who may borrow what, at which rate, on whose guarantee."""

from __future__ import annotations

import cases
import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network
from clusterlane.models.chain import DIRECT, Chain, Offer
from clusterlane.models.index import Index
from small import add, change


def offers(net: Network) -> dict[tuple[str, str, int], Offer]:
    """Offers by (firm, loan, guaranteed)."""
    return {offer.key: offer for offer in Chain(Index(net)).offers}


def only(firm: str, net: Network, **values: object) -> Network:
    """Set columns of one firm."""
    return change(net, tab.Firm, lambda row: row.firm == firm, **values)


def test_rates_by_hand() -> None:
    """f: 4 % + 3 %, with guarantee 4 % + 1 %; losses 0.1·0.45 and 0.1·0.05; the core firm bears 0.1·0.4."""
    found = offers(cases.guaranteed())
    assert found.keys() == {("f", "y", 0), ("f", "y", 1), ("g", "y", 0)}
    own, vouched, core = found["f", "y", 0], found["f", "y", 1], found["g", "y", 0]
    assert (own.rate, vouched.rate, core.rate) == pytest.approx((0.07, 0.05, 0.04))
    assert (own.advance, vouched.advance) == (0.5, 0.8)
    assert (own.loss_rate, vouched.loss_rate, core.loss_rate) == pytest.approx((0.045, 0.005, 0.009))
    assert (own.guarantor_loss_rate, vouched.guarantor_loss_rate) == pytest.approx((0, 0.04))
    assert (own.fee_rate, vouched.fee_rate) == (0, 0.01)
    assert (vouched.core, vouched.relation) == ("g", "trade")


def test_guarantee_discount_and_losses_never_negative() -> None:
    """A discount above the rate gives 0; a guarantee that raises the loss costs the core firm nothing."""
    found = offers(change(cases.guaranteed(), tab.Loan, guarantee_discount=0.2, lgd_guaranteed=0.9))
    assert found["f", "y", 1].rate == 0
    assert found["f", "y", 1].guarantor_loss_rate == 0
    assert found["f", "y", 0].rate == pytest.approx(0.07)


@pytest.mark.parametrize(
    ("net", "keys"),
    [
        (only("f", cases.guaranteed(), rating=None), {("g", "y", 0)}),
        (cases.guaranteed().replace(members=()), {("f", "y", 0), ("g", "y", 0)}),
        (
            change(cases.guaranteed(), tab.Member, relation=tab.Relation.PRODUCTION),
            {("f", "y", 0), ("g", "y", 0)},
        ),
        (cases.guaranteed().replace(guarantees=()), {("f", "y", 0), ("g", "y", 0)}),
        (change(cases.guaranteed(), tab.Loan, advance=0.0), {("f", "y", 1)}),
        (change(cases.guaranteed(), tab.Loan, advance_guaranteed=0.0), {("f", "y", 0), ("g", "y", 0)}),
        (cases.guaranteed().replace(funders=()), set()),
        (change(cases.chain(), tab.Loan, advance_guaranteed=0.9), {("f", "n", 0)}),
        (cases.chain().replace(trades=()), set()),
        (only("g", cases.chain(), rating=None), set()),
    ],
    ids=[
        "no rating", "no member", "other relation", "no guarantee", "advance 0", "guaranteed advance 0",
        "no funder", "voucher never guaranteed", "no trades", "buyer without rating",
    ],
)  # fmt: skip
def test_who_may_borrow(net: Network, keys: set[tuple[str, str, int]]) -> None:
    """The offers there are."""
    assert offers(net).keys() == keys


def test_vouchers_carry_the_worst_rating_of_the_buyers() -> None:
    """pd 2 % alone; 30 % with a second buyer; an unrated buyer does not count."""
    net = cases.chain()
    assert offers(net)["f", "n", 0].pd == 0.02
    net = add(
        net,
        tab.Rating(rating="poor", pd=0.3, spread=0.1),
        tab.Firm(firm="x", cluster="c", rating="poor"),
        tab.Firm(firm="y", cluster="c"),
        tab.Trade(trade="u", supplier="f", buyer="x", period=1, amount=5),
        tab.Trade(trade="v", supplier="f", buyer="y", period=1, amount=5),
    )
    worst = offers(net)["f", "n", 0]
    assert (worst.pd, worst.rate) == pytest.approx((0.3, 0.14))


def test_most_of_a_funder() -> None:
    """60 % of 500, or the credit limit of 200."""
    chain = Chain(Index(cases.guaranteed()))
    assert (chain.most("g", "b"), chain.most("f", "b")) == (300, 200)


def test_channels() -> None:
    """A zone without channels is paid directly, free, after its credit days."""
    assert Chain(Index(cases.goods())).payable == {"z": [(DIRECT, 1.0)]}
    chain = Chain(Index(cases.channels()))
    assert chain.payable == {"z": [("bank", 0.6), ("wallet", 1.0)]}
    assert [chain.payment_days(c, "z") for c in ("bank", "wallet", DIRECT)] == [15, 10, 10]
    assert [chain.fee(c) for c in ("bank", "wallet", DIRECT)] == [0.02, 0.03, 0]
