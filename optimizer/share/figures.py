"""What each firm itself pays and moves in a plan: the ground that every rule of sharing starts from."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ...instances.network import Network
from ...instances.tables import Firm
from ..ledger_facts import Facts, Frame
from ..ledger_lines import PAID_OUT, TAKEN_IN
from ..plan import OPERATOR, Plan


@dataclass(frozen=True)
class Figures:
    """By firm, today's money in the network's currency.

    ``direct``: what the firm pays to the outside less what it takes in, less what no plan changes.
    ``shared``: the operator's own balance.  Both together are the plan's cost.  ``bases``: columns ``volume``
    (m3), ``weight`` (kg) and ``value`` (at cost) of the demand, ``sales`` (net of default and dilution).
    """

    direct: pd.Series[float]
    shared: float
    bases: Frame


def figures_of(network: Network, plan: Plan) -> Figures:
    """The figures of a plan of this network."""
    facts = Facts(network)
    firms = [row.firm for row in network.rows(Firm)]
    ledger = plan.ledger[~plan.ledger["inside"]]
    worth = ledger["amount"] * facts.discount(ledger["period"])
    paid, taken = ledger["term"].isin(PAID_OUT), ledger["term"].isin(TAKEN_IN)
    out = worth[paid].groupby(ledger["payer"][paid]).sum()
    back = worth[taken].groupby(ledger["payee"][taken]).sum()
    balance = out.reindex([*firms, OPERATOR]).fillna(0.0) - back.reindex([*firms, OPERATOR]).fillna(0.0)
    constant = facts.constant_by_firm.reindex(firms).fillna(0.0)
    return Figures(balance[firms] - constant, float(balance[OPERATOR]), _bases(facts, firms))


def _bases(facts: Facts, firms: list[str]) -> Frame:
    demand = facts.demand
    product = facts.products.reindex(demand["product"]).set_index(demand.index)
    cost = product["cost"] * facts.fx(product["currency"], demand["period"])
    columns = pd.DataFrame(
        {
            "firm": product["firm"],
            "volume": demand["quantity"] * product["volume_m3"],
            "weight": demand["quantity"] * product["weight_kg"],
            "value": demand["quantity"] * cost,
            "sales": demand["quantity"] * demand["net"],
        }
    )
    return columns.groupby("firm").sum().reindex(firms).fillna(0.0)
