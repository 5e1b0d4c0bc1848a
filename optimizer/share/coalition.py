"""The network of a coalition: its members' business, its part of what is public, its trade partners."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping

from ...instances.calendar import AFTER
from ...instances.network import Network
from ...instances.tables import Cluster, Firm, Trade
from ...instances.transform import only_firms

Coalition = frozenset[str]
"""Names of players."""


def coalition(network: Network, firms: Collection[str]) -> Network:
    """The business of some firms as a network of its own (``transform.only_firms``), trades included.

    Chain trades are business, not financing, so those with firms outside go on: the partner outside stays as
    a firm without goods, loans, guarantees or rights that pays and is paid on the day.  Its cash earns
    interest that is none of the coalition's; ``partners_interest`` says how much.  Raises ``ValueError`` for
    an unknown firm.
    """
    inside = only_firms(network, firms)
    trades = _crossing(network, firms)
    if not trades:
        return inside
    due = _paid_from_outside(trades, firms)
    known = network.by_key(Firm)
    shells = [_shell(known[firm], due.get(firm, 0.0)) for firm in sorted(_partners(trades, firms))]
    return inside.replace(
        firms=(*inside.rows(Firm), *shells), trades=(*inside.rows(Trade), *(row for row in trades))
    )


def _shell(firm: Firm, cash: float) -> Firm:
    """A partner outside: it can pay what it owes, and nothing more."""
    limits = {"opening_cash": cash, "min_cash": 0.0, "credit_limit": 0.0, "emergency_limit": 0.0}
    return firm.model_copy(update={**limits, "right": 0.0})


def _crossing(network: Network, firms: Collection[str]) -> list[Trade]:
    """Trades with exactly one side inside; none where money is not planned."""
    if not network.settings.money:
        return []
    return [row for row in network.rows(Trade) if (row.supplier in firms) != (row.buyer in firms)]


def _partners(trades: Collection[Trade], firms: Collection[str]) -> set[str]:
    return {firm for row in trades for firm in (row.supplier, row.buyer)} - set(firms)


def _paid_from_outside(trades: Collection[Trade], firms: Collection[str]) -> dict[str, float]:
    due: dict[str, float] = defaultdict(float)
    for row in trades:
        if row.buyer not in firms:
            due[row.buyer] += row.amount
    return due


def partners_interest(network: Network, firms: Collection[str]) -> float:
    """Deposit interest (today's money) that partners outside earn on the cash they hold: the same in every
    plan of ``coalition(network, firms)``, and to be added to its objective."""
    trades, settings, calendar = _crossing(network, firms), network.settings, network.calendar
    held: dict[int, float] = defaultdict(float)
    opening = math.fsum(_paid_from_outside(trades, firms).values())
    for row in trades:
        sign = 1.0 if row.buyer in firms else -1.0
        for u, share in calendar.split(row.period, row.credit_days):
            if u != AFTER:
                held[u] += sign * share * row.amount
    total, cash = 0.0, opening
    for t in calendar.periods:
        today = (1 + settings.discount_rate) ** (-calendar.start(t) / 365)
        earned = settings.deposit_rate * calendar.year_share(t) * cash
        total += today * earned
        cash += held[t] + earned
    return total


def firms_as_players(network: Network) -> dict[str, frozenset[str]]:
    """Every firm a player of its own."""
    return {row.firm: frozenset([row.firm]) for row in network.rows(Firm)}


def groups_as_players(network: Network, by: str) -> dict[str, frozenset[str]]:
    """Firms grouped ``by`` cluster or city (a cluster without a city is its own).

    Raises ``ValueError`` for any other grouping.
    """
    if by not in ("cluster", "city"):
        raise ValueError(f"firms cannot be grouped by {by!r}; there are cluster and city")
    clusters = network.by_key(Cluster)
    name: Mapping[str, str] = {
        key: (row.city or key) if by == "city" else key for key, row in clusters.items()
    }
    groups: dict[str, set[str]] = defaultdict(set)
    for row in network.rows(Firm):
        groups[name[row.cluster]].add(row.firm)
    return {key: frozenset(firms) for key, firms in groups.items()}
