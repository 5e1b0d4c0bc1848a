"""Chains, lenders and public money of a generated network."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import numpy as np

from . import generate_rates as rates
from .generate_goods import PERIOD_DAYS, Maker, Spec
from .tables import (
    Channel,
    ChannelShare,
    Core,
    ExchangeRate,
    Firm,
    Funder,
    Guarantee,
    Loan,
    LoanKind,
    Member,
    Rating,
    Relation,
    Subsidy,
    SubsidyKind,
    Trade,
    Zone,
)

RELATIONS = {Relation.TRADE: 0.5, Relation.PRODUCTION: 0.4, Relation.RELATIONSHIP: 0.25}
"""Part of a core's guarantee line open to a relation."""


def ratings(credit: rates.Credit) -> list[Rating]:
    """The rating scale."""
    return [
        Rating(rating=name, pd=pd, spread=alone, spread_guaranteed=guaranteed)
        for name, (pd, alone, guaranteed) in credit.ratings.items()
    ]


def members(firms: list[Maker], rng: np.random.Generator) -> list[Member]:
    """Every firm that is not a core belongs to the core of its cluster."""
    core = {m.place.cluster: m.firm for m in firms if m.core}
    kinds = (Relation.TRADE, Relation.PRODUCTION, Relation.RELATIONSHIP)
    return [
        Member(
            firm=m.firm, core=core[m.place.cluster], relation=kinds[int(rng.choice(3, p=[0.4, 0.35, 0.25]))]
        )
        for m in firms
        if not m.core
    ]


def cores(tied: list[Member], firms: Iterable[Firm]) -> tuple[list[Core], list[Guarantee]]:
    """Core firms; a guarantee line of the core's own credit and 0.6 of its members' limits."""
    limit = {f.firm: f.credit_limit or 0.0 for f in firms}
    lines: dict[str, float] = {}
    for tie in tied:
        lines[tie.core] = lines.get(tie.core, 0.5 * limit[tie.core]) + 0.6 * limit[tie.firm]
    rows = [Core(core=core, guarantee_line=round(line, -3)) for core, line in lines.items()]
    guarantees = [
        Guarantee(core=row.core, relation=relation, line=round(part * row.guarantee_line, -3), fee_rate=0.008)
        for row in rows
        for relation, part in RELATIONS.items()
    ]
    return rows, guarantees


def trades(spec: Spec, tied: list[Member], costs: dict[str, float], rng: np.random.Generator) -> list[Trade]:
    """Members with a trade or production relation supply their core from the first demand on.

    All suppliers of a core together deliver at most ``chain_share`` of its production cost: it can pay.
    """
    rows = []
    for core in dict.fromkeys(tie.core for tie in tied):
        suppliers = [t.firm for t in tied if t.core == core and t.relation is not Relation.RELATIONSHIP]
        weights = rng.uniform(0.5, 1.5, len(suppliers))
        for firm, part in zip(suppliers, weights / max(weights.sum(), 1.0), strict=True):
            amount = round(min(spec.chain_share * costs[core] * float(part), 0.3 * costs[firm]), -1)
            days = float(rng.choice([30, 45, 60]))
            rows += [_trade(firm, core, period, amount, days) for period in spec.selling]
    return rows


def _trade(supplier: str, buyer: str, period: int, amount: float, days: float) -> Trade:
    name = f"{supplier}-{period:02d}"
    return Trade(trade=name, supplier=supplier, buyer=buyer, period=period, amount=amount, credit_days=days)


def funders(spec: Spec, cost: float) -> list[Funder]:
    """Three lenders with lines in half-months of the network's production cost (USD)."""
    share = 0.2 if spec.firms >= 30 else 0.35
    return [
        Funder(
            funder=name,
            name=lender.name,
            base_rate=lender.base_rate,
            line=round(spec.credit.lines * lender.line * cost, -4),
            max_firm_share=share,
            loss_cap=lender.loss_cap,
            admission_cost=lender.admission,
            min_ticket=lender.min_ticket,
        )
        for name, lender in rates.LENDERS.items()
    ]


def loans(credit: rates.Credit) -> list[Loan]:
    """Every kind that a lender offers."""
    return [_loan(name, kind, credit) for name, lender in rates.LENDERS.items() for kind in lender.kinds]


def _loan(funder: str, kind: str, credit: rates.Credit) -> Loan:
    advance, guaranteed, spread, tenor, lgd, lgd_guaranteed = credit.loans[kind]
    return Loan(
        loan=f"{funder}-{kind}",
        funder=funder,
        kind=LoanKind(kind),
        advance=advance,
        advance_guaranteed=guaranteed,
        spread=spread,
        guarantee_discount=0.009 if guaranteed else 0.0,
        draw_fee=0.002 if funder == "factoring" else 0.001,
        tenor_days=tenor,
        lgd=lgd,
        lgd_guaranteed=lgd_guaranteed,
        subsidised=funder != "factoring",
    )


def subsidies(spec: Spec, cost: float) -> list[Subsidy]:
    """Budgets for interest, rent and guarantee losses, from the half-monthly production cost (USD)."""
    scale = cost * spec.demand_periods
    return [
        Subsidy(
            subsidy="interest",
            kind=SubsidyKind.INTEREST,
            rate=0.4,
            budget=round(0.001 * scale, -2),
            small_share=0.3,
        ),
        Subsidy(subsidy="rent", kind=SubsidyKind.RENT, rate=0.25, budget=round(0.002 * scale, -2)),
        Subsidy(subsidy="risk", kind=SubsidyKind.RISK, rate=0.5, budget=round(0.0003 * scale, -2)),
    ]


def channels(places: Iterable[Zone]) -> tuple[list[Channel], list[ChannelShare]]:
    """Three payment channels, accepted alike in every zone."""
    rows = [
        Channel(channel=key, name=name, fee_rate=fee, settlement_days=days)
        for key, (name, fee, days, _) in rates.CHANNELS.items()
    ]
    shares = [
        ChannelShare(channel=key, zone=z.zone, max_share=most)
        for z in places
        for key, (_, _, _, most) in rates.CHANNELS.items()
    ]
    return rows, shares


def exchange_rates(spec: Spec, used: Iterable[str], rng: np.random.Generator) -> list[ExchangeRate]:
    """Each currency's rate at the start and every 90 days, moving by about 1 % each time."""
    rows = []
    for name in used:
        rate = rates.FX[name]
        for step in range(0, len(spec.periods), round(90 / PERIOD_DAYS)):
            since = spec.start + dt.timedelta(days=step * PERIOD_DAYS)
            rows.append(ExchangeRate(currency=name, date=since, rate=round(rate, 5)))
            rate *= 1 + 0.01 * float(rng.normal())
    return rows
