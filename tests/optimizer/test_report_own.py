"""The report of one firm tells nothing of another."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.findings import InputError
from clusterlane.instances.network import Network
from clusterlane.optimizer.ledger import constant
from clusterlane.optimizer.plan import Plan
from clusterlane.optimizer.report import Division, page, report
from reported import Page, html, park

FIRMS = [row.firm for row in park()[0].rows(tab.Firm)]
FACTOR = 1.37


def disturbed(firm: str) -> tuple[Network, Plan]:
    """The same plan with every figure of every other firm changed."""
    network, plan = park()
    other = {row.product for row in network.rows(tab.Product) if row.firm != firm}
    firms = [
        row
        if row.firm == firm
        else row.model_copy(update={"opening_cash": row.opening_cash * FACTOR, "rating": None})
        for row in network.rows(tab.Firm)
    ]
    demand = [
        row.model_copy(update={"quantity": row.quantity * FACTOR}) if row.product in other else row
        for row in network.rows(tab.Demand)
    ]
    goods = [
        row.model_copy(update={"cost": row.cost * FACTOR, "name": "secret"}) if row.product in other else row
        for row in network.rows(tab.Product)
    ]
    tables = {name: _disturbed(frame, firm, other) for name, frame in plan.tables.items()}
    ledger = plan.ledger
    theirs = (ledger["payer"] != firm) & (ledger["payee"] != firm)
    ledger = ledger.assign(amount=ledger["amount"].where(~theirs, ledger["amount"] * FACTOR))
    changed = replace(
        plan, tables=tables, ledger=ledger, objective=(plan.objective or 0.0) * FACTOR, bound=1.0
    )
    return network.replace(firms=firms, demand=demand, products=goods), changed


def _disturbed(frame: pd.DataFrame, firm: str, other: set[str]) -> pd.DataFrame:
    """Rows of others, and what all share, with other numbers."""
    owner = next((c for c in ("firm", "beneficiary") if c in frame), None)
    theirs = pd.Series(True, index=frame.index)
    if owner:
        theirs = frame[owner] != firm
    elif "product" in frame:
        theirs = frame["product"].isin(other)
    numbers = [c for c in frame.select_dtypes("number") if c not in ("period", "start", "end", "days")]
    return frame.assign(
        **{c: frame[c].where(~theirs, (frame[c] * FACTOR).astype(frame[c].dtype)) for c in numbers}
    )


@pytest.mark.parametrize("firm", FIRMS)
def test_nothing_changes_when_all_others_change(firm: str) -> None:
    assert page(report(*disturbed(firm), "en", firm)) == html("en", firm)


@pytest.mark.parametrize("firm", FIRMS)
def test_no_other_firm_is_named_but_those_it_deals_with(firm: str) -> None:
    network, _ = park()
    known = {row.core for row in network.rows(tab.Member) if row.firm == firm}
    for trade in network.rows(tab.Trade):
        if firm in (trade.supplier, trade.buyer):
            known |= {trade.supplier, trade.buyer}
    text = html("en", firm)
    for row in network.rows(tab.Firm):
        if row.firm not in {*known, firm}:
            assert row.firm not in text
            assert row.name not in text
    for product in network.rows(tab.Product):
        assert (product.product in text) == (product.firm == firm)


def test_totals_of_few_firms_are_not_told() -> None:
    _, plan = park()
    text = html("en", FIRMS[0])
    assert "there are fewer than 5 firms" in text
    assert f"{plan.objective:,.0f}" not in text


def test_totals_of_five_firms_are_told() -> None:
    network, plan = park()
    fifth = network.rows(tab.Firm)[0].model_copy(update={"firm": "fifth"})
    grown = network.replace(firms=[*network.rows(tab.Firm), fifth])
    words = " ".join(Page(page(report(grown, plan, "en", FIRMS[0]))).words)
    assert f"The joint plan of 5 firms costs {plan.objective:,.0f}" in words


def test_costs_of_all_firms_and_trades_are_the_cost_of_the_plan() -> None:
    network, plan = park()
    own = sum(report(network, plan, "en", firm).case.plan.objective or 0.0 for firm in FIRMS)
    assert own == pytest.approx(plan.objective, rel=1e-6), (
        f"trades cancel; the constant is {constant(network)}"
    )


def test_the_account_is_what_the_ledger_says() -> None:
    _, plan = park()
    shown = Page(html("en", FIRMS[0]))
    for column, side in ((1, "payer"), (2, "payee")):
        expected = float(plan.ledger.loc[plan.ledger[side] == FIRMS[0], "amount"].sum())
        assert shown.feet["account"][column] == pytest.approx(expected)


def test_the_saving_is_an_interval_against_being_alone() -> None:
    network, plan = park()
    alone = plan.comparisons["alone"]["firms"][FIRMS[0]]
    made = report(network, plan, "en", FIRMS[0])
    cost = made.case.plan.objective or 0.0
    (fact,) = (fact for fact in made.facts if fact.label == "Saved against being alone")
    numbers = [float(n.replace(",", "")) for n in re.findall(r"-?[\d,]+", fact.value)[:2]]
    assert numbers == pytest.approx([alone["bound"] - cost, alone["objective"] - cost], abs=1)


def test_an_unknown_firm_is_refused() -> None:
    network, plan = park()
    with pytest.raises(InputError, match="there is no such firm"):
        report(network, plan, "en", "nobody")


def test_shares_of_others_stay_away() -> None:
    network, plan = park()
    frame = pd.DataFrame({"player": FIRMS, "share": [111.0, 222.0, 333.0, 444.0]})
    text = page(report(network, plan, "en", FIRMS[1], Division(frame)))
    assert [n for n in ("111", "333", "444") if f'data-value="{n}.0"' in text] == []
    assert 'data-value="222.0"' in text
