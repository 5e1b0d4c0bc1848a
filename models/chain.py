"""Who may borrow what at which rate: loan offers of a network, prepared once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from ..instances.tables import (
    Channel,
    ChannelShare,
    Core,
    Firm,
    Funder,
    Guarantee,
    Loan,
    LoanKind,
    Member,
    Rating,
    Trade,
    Zone,
)
from .index import Index

DIRECT = "direct"
"""The channel of a zone that lists none: free and immediate."""


@dataclass(frozen=True)
class Offer:
    """A loan product as one firm can have it, with or without its core firm's guarantee."""

    firm: str
    loan: Loan
    guaranteed: bool
    advance: float
    rate: float
    pd: float
    core: str
    relation: str
    fee_rate: float

    @property
    def key(self) -> tuple[str, str, int]:
        """(firm, loan, 0 or 1)."""
        return (self.firm, self.loan.loan, int(self.guaranteed))

    @property
    def loss_rate(self) -> float:
        """Expected loss of the funder per year and balance."""
        return self.pd * (self.loan.lgd_guaranteed if self.guaranteed else self.loan.lgd)

    @property
    def guarantor_loss_rate(self) -> float:
        """Expected loss of the core firm per year and balance."""
        return self.pd * max(self.loan.lgd - self.loan.lgd_guaranteed, 0.0) if self.guaranteed else 0.0


class Chain:
    """The financing side of a network."""

    def __init__(self, index: Index):
        network = index.network
        self.index = index
        self.firms = index.firms
        self.funders = network.by_key(Funder)
        self.cores = network.by_key(Core)
        self.members = network.by_key(Member)
        self.guarantees = network.by_key(Guarantee)
        self.ratings = network.by_key(Rating)
        self.channels = network.by_key(Channel)
        self.zones = network.by_key(Zone)
        self.trades = network.rows(Trade)

    @cached_property
    def chain_rating(self) -> dict[str, Rating]:
        """Firm -> the worst rating among the rated buyers of its chain trades."""
        worst: dict[str, Rating] = {}
        for trade in self.trades:
            rating = self._rating(self.firms[trade.buyer])
            if rating and (trade.supplier not in worst or rating.pd > worst[trade.supplier].pd):
                worst[trade.supplier] = rating
        return worst

    def _rating(self, firm: Firm) -> Rating | None:
        return self.ratings.get(firm.rating) if firm.rating else None

    @cached_property
    def offers(self) -> list[Offer]:
        """Every loan that some firm may take."""
        loans = [row for row in self.index.network.rows(Loan) if row.funder in self.funders]
        return [
            offer
            for firm in self.firms.values()
            if firm.rating
            for row in loans
            for offer in self._offers(firm, row)
        ]

    def _offers(self, firm: Firm, loan: Loan) -> list[Offer]:
        voucher = loan.kind is LoanKind.VOUCHER
        rating = self.chain_rating.get(firm.firm) if voucher else self._rating(firm)
        if rating is None:
            return []
        base = self.funders[loan.funder].base_rate + loan.spread
        out = []
        if loan.advance > 0:
            rate = max(base + rating.spread, 0.0)
            out.append(Offer(firm.firm, loan, False, loan.advance, rate, rating.pd, "", "", 0.0))
        guarantee = self._guarantee(firm.firm)
        if guarantee and loan.advance_guaranteed and not voucher:
            rate = max(base + rating.spread_guaranteed - loan.guarantee_discount, 0.0)
            row = guarantee
            out.append(
                Offer(
                    firm.firm,
                    loan,
                    True,
                    loan.advance_guaranteed,
                    rate,
                    rating.pd,
                    row.core,
                    row.relation,
                    row.fee_rate,
                )
            )
        return out

    def _guarantee(self, firm: str) -> Guarantee | None:
        member = self.members.get(firm)
        return self.guarantees.get((member.core, member.relation)) if member else None

    def most(self, firm: str, funder: str) -> float:
        """Most that a firm may owe a funder."""
        limit = self.firms[firm].credit_limit
        share = self.funders[funder].max_firm_share * self.funders[funder].line
        return share if limit is None else min(share, limit)

    @cached_property
    def payable(self) -> dict[str, list[tuple[str, float]]]:
        """Zone -> (channel, greatest share of sales)."""
        out: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for row in self.index.network.rows(ChannelShare):
            out[row.zone].append((row.channel, row.max_share))
        return {zone: out.get(zone) or [(DIRECT, 1.0)] for zone in self.zones}

    def fee(self, channel: str) -> float:
        """Fee of a payment channel as a share of the amount."""
        return 0.0 if channel == DIRECT else self.channels[channel].fee_rate

    def payment_days(self, channel: str, zone: str) -> float:
        """Days from sale to money at the firm."""
        settled = 0.0 if channel == DIRECT else self.channels[channel].settlement_days
        return self.zones[zone].credit_days + settled
