"""The second writing of the problem, completed: financing, the objective and the optimum."""

from __future__ import annotations

import math
from collections import defaultdict

from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network
from linear import Expr, const, times, total
from oracle_costs import OPERATOR, Costs


class Financing(Costs):
    """Loans, cash, and the objective."""

    def optimum(self) -> float | None:
        """The least objective, or ``None`` when there is no plan."""
        self.decide()
        self.move()
        self.carry()
        self.goods_lines()
        if self.settings.money:
            self.finance()
        inside = {OPERATOR, *self.firms}
        parts = [
            (self.discount(t) * ((payer in inside) - (payee in inside)), e)
            for payer, payee, t, e in self.lines
        ]
        self.cost = total(*parts, (1, const(-self.constant())))
        return self.solve()

    def finance(self) -> None:
        """All of the section *Financing*."""
        self.channel_rows()
        self.borrowers()
        self.collateral()
        self.loan_rows()
        self.funder_rows()
        self.guarantee_rows()
        self.public_rows()
        self.inside_lines()
        self.cash_rows()

    def channel_rows(self) -> None:
        channels, shares = self.net.by_key(tab.Channel), self.net.rows(tab.ChannelShare)
        self.claims: dict[str, list[tuple[int, float, Expr]]] = defaultdict(list)
        for (f, zone, t), parts in self.receipts.items():
            offered = [
                (channels[s.channel], s.max_share) for s in shares if s.zone == zone and s.channel in channels
            ]
            credit = self.net.by_key(tab.Zone)[zone].credit_days
            ways = offered or [(tab.Channel(channel="direct"), 1.0)]
            sums = []
            for channel, most in ways:
                r = self.var()
                sums.append((1.0, r))
                self.at_most(r, times(most, total(*parts)))
                delay = credit + channel.settlement_days
                for u, share in self.split(t, delay).items():
                    self.line("buyers", f, u, times(share, r))
                    self.line(f, "channels", u, times(share * channel.fee_rate, r))
                self.claims[f].append((t, delay, times(1 - channel.fee_rate, r)))
            self.equal(total(*sums), total(*parts))

    def borrowers(self) -> None:
        """Loan balances and draws of every firm that may borrow."""
        ratings, self.funders = self.net.by_key(tab.Rating), self.net.by_key(tab.Funder)
        self.loans = self.net.by_key(tab.Loan)
        self.members = {m.firm: m for m in self.net.rows(tab.Member)}
        lines = self.net.by_key(tab.Guarantee)
        self.L: dict[tuple[str, str, int, int], Expr] = {}
        self.B: dict[tuple[str, str, int, int], Expr] = {}
        self.rate: dict[tuple[str, str, int], float] = {}
        self.pd: dict[tuple[str, str], float] = {}
        for f, firm in self.firms.items():
            if firm.rating is None:
                continue
            member = self.members.get(f)
            backed = member is not None and (member.core, member.relation) in lines
            for g, loan in self.loans.items():
                buyers = [self.firms[t.buyer].rating for t in self.net.rows(tab.Trade) if t.supplier == f]
                chain = max((ratings[b] for b in buyers if b is not None), key=lambda r: r.pd, default=None)
                rating = chain if loan.kind == "voucher" else ratings[firm.rating]
                if rating is None:
                    continue
                self.pd[f, g] = rating.pd
                base = self.funders[loan.funder].base_rate + loan.spread
                kinds = {0: (loan.advance, base + rating.spread)}
                if backed and loan.kind != "voucher":
                    kinds[1] = (
                        loan.advance_guaranteed or 0.0,
                        base + rating.spread_guaranteed - loan.guarantee_discount,
                    )
                for c, (advance, rate) in kinds.items():
                    if advance > 0:
                        self.rate[f, g, c] = max(0.0, rate)
                        for t in self.days:
                            self.L[f, g, c, t] = self.var(0.0 if t == self.T else math.inf)
                            self.B[f, g, c, t] = self.var()

    def collateral(self) -> None:
        """Coll and Enter by (firm, kind, period)."""
        self.coll: dict[tuple[str, str, int], list[tuple[float, Expr]]] = defaultdict(list)
        self.enter: dict[tuple[str, str, int], list[tuple[float, Expr]]] = defaultdict(list)
        for t in self.days:
            for (p, h, s), e in self.q.items():
                row = self.products[p]
                if s > t:
                    value = row.order_share * row.cost * self.fx(row.currency, s)
                    shares = self.split(s, -row.order_days)
                    self.coll[row.firm, "order", t].append(
                        (value * sum(a for v, a in shares.items() if 0 < v <= t), e)
                    )
                    self.enter[row.firm, "order", t].append((value * shares.get(t, 0.0), e))
                if s == t and self.hubs[h].controlled:
                    self.enter[row.firm, "warehouse", t].append((self.value(p, t), e))
            for (p, k, s), e in self.y.items():
                firm = self.products[p].firm
                if self.lanes[k].controlled and s <= t:
                    self.coll[firm, "transit", t].append(
                        (self.value(p, s) * self.pending(s, self.lead[k], t), e)
                    )
                if self.lanes[k].controlled and s == t:
                    self.enter[firm, "transit", t].append(
                        (self.value(p, s) * self.pending(s, self.lead[k], t), e)
                    )
            self.stored(t)
            for f, claims in self.claims.items():
                for s, delay, e in claims:
                    if s <= t:
                        self.coll[f, "receivable", t].append((self.pending(s, delay, t), e))
                    if s == t:
                        self.enter[f, "receivable", t].append((self.pending(s, delay, t), e))
            for row in self.net.rows(tab.Trade):
                if self.firms[row.buyer].rating is not None and row.period <= t:
                    open_ = const(
                        row.amount * self.fx(None, t) * self.pending(row.period, row.credit_days, t)
                    )
                    self.coll[row.supplier, "voucher", t].append((1.0, open_))
                    if row.period == t:
                        self.enter[row.supplier, "voucher", t].append((1.0, open_))

    def value(self, p: str, t: int) -> float:
        return self.products[p].cost * self.fx(self.products[p].currency, t)

    def stored(self, t: int) -> None:
        """Goods in controlled hubs and warehouses."""
        places = [(self.hubs, self.b), (self.sites, self.I)]
        for book, level in places:
            for (p, place, s), e in level.items():
                if s == t and book[place].controlled:
                    firm, value = self.products[p].firm, self.value(p, t)
                    self.coll[firm, "warehouse", t].append((value, e))
                    stock = self.stocks.get((p, place))
                    if t == 1 and stock:
                        self.enter[firm, "warehouse", t].append((value, const(stock.opening)))
                    if book is self.sites:
                        self.enter[firm, "warehouse", t] += [
                            (value, self.arrivals(p, place, t)),
                            (value, self.piped(p, place, t)),
                        ]

    def loan_rows(self) -> None:
        for (f, g, c, t), balance in self.L.items():
            loan, draw, before = self.loans[g], self.B[f, g, c, t], self.L.get((f, g, c, t - 1), {})
            repay = total((1, draw), (-1, balance), (1, before))
            self.row(repay, low=0.0)
            young = [
                s for s in self.days if s <= t and self.ends[t] - self.ends[s - 1] <= loan.tenor_days + 1e-9
            ]
            self.at_most(balance, total(*((1, self.B[f, g, c, s]) for s in young)))
            year = self.days[t] / 365
            self.line(f, loan.funder, t, times(self.rate[f, g, c] * year, balance))
            self.line(f, loan.funder, t, times(loan.draw_fee, draw))
            self.line(loan.funder, f, t, draw)
            self.line(f, loan.funder, t, repay)
        for f, firm in self.firms.items():
            for t in self.days:
                if firm.credit_limit is not None:
                    self.row(self.owed(t, f), high=firm.credit_limit)
                for kind in tab.LoanKind:
                    for book, held in ((self.L, self.coll), (self.B, self.enter)):
                        used = [
                            (1 / self.advance(g, c), e)
                            for (o, g, c, s), e in book.items()
                            if (o, s) == (f, t) and self.loans[g].kind == kind
                        ]
                        self.at_most(total(*used), total(*held[f, str(kind), t]))

    def advance(self, g: str, c: int) -> float:
        loan = self.loans[g]
        return (loan.advance_guaranteed or 0.0) if c else loan.advance

    def owed(self, t: int, firm: str | None = None, funder: str | None = None) -> Expr:
        """Balances of a firm, of a funder, or both."""
        return total(
            *(
                (1, e)
                for (f, g, _, s), e in self.L.items()
                if s == t and firm in (None, f) and funder in (None, self.loans[g].funder)
            )
        )

    def funder_rows(self) -> None:
        for b, row in self.funders.items():
            for t in self.days:
                self.row(self.owed(t, funder=b), high=row.line)
                risk = [
                    (self.pd[f, g] * (self.loans[g].lgd_guaranteed if c else self.loans[g].lgd), e)
                    for (f, g, c, s), e in self.L.items()
                    if s == t and self.loans[g].funder == b
                ]
                if row.loss_cap is not None:
                    self.row(total(*risk), high=row.loss_cap * row.line)
            for f, firm in self.firms.items():
                admit = self.var(1, whole=True)
                self.line(f, b, 1, times(row.admission_cost, admit))
                most = min(
                    row.max_firm_share * row.line,
                    math.inf if firm.credit_limit is None else firm.credit_limit,
                )
                for t in self.days:
                    owed = self.owed(t, f, b)
                    active = self.var(1, whole=row.min_ticket > 0)
                    self.at_most(active, admit)
                    self.at_most(owed, times(most, active))
                    if row.min_ticket > 0:
                        self.at_most(times(row.min_ticket, active), owed)

    def guarantee_rows(self) -> None:
        lines = self.net.by_key(tab.Guarantee)
        self.losses: dict[tuple[str, int], list[tuple[float, Expr]]] = defaultdict(list)
        for (f, g, c, t), e in self.L.items():
            if c:
                member, loan = self.members[f], self.loans[g]
                year = self.days[t] / 365
                fee = lines[member.core, member.relation].fee_rate
                loss = self.pd[f, g] * max(0.0, loan.lgd - loan.lgd_guaranteed) * year
                self.line(f, member.core, t, times(fee * year, e))
                self.line(member.core, loan.funder, t, times(loss, e))
                self.losses[member.core, t].append((loss, e))
        for t in self.days:
            given = [(self.members[f], e) for (f, _, c, s), e in self.L.items() if c and s == t]
            for (core, relation), row in lines.items():
                self.row(
                    total(*((1, e) for m, e in given if (m.core, m.relation) == (core, relation))),
                    high=row.line,
                )
            for core, limit in self.net.by_key(tab.Core).items():
                used = total((1, self.owed(t, core)), *((1, e) for m, e in given if m.core == core))
                self.row(used, high=limit.guarantee_line)

    def public_rows(self) -> None:
        """Interest subsidies and the risk fund."""
        interest: dict[tuple[str, int], list[tuple[float, Expr]]] = defaultdict(list)
        for (f, g, c, t), e in self.L.items():
            if self.loans[g].subsidised:
                interest[f, t].append((self.rate[f, g, c] * self.days[t] / 365, e))
        for kind, bases in (("interest", interest), ("risk", self.losses)):
            paid: dict[tuple[str, int], list[tuple[float, Expr]]] = defaultdict(list)
            for k in (s for s in self.net.rows(tab.Subsidy) if s.kind == kind):
                all_, small = [], []
                for (f, t), parts in bases.items():
                    y = self.var()
                    self.at_most(y, times(k.rate, total(*parts)))
                    self.line("treasury", f, t, y)
                    paid[f, t].append((1.0, y))
                    all_.append((1.0, y))
                    small += [(1.0, y)] if self.firms[f].size == "small" else []
                self.row(total(*all_), high=k.budget)
                if kind == "interest":
                    self.at_most(times(k.small_share, total(*all_)), total(*small))
            for key, parts in paid.items():
                self.at_most(total(*parts), total(*bases[key]))

    def inside_lines(self) -> None:
        tariff = {(r.item, r.place): r.rate for r in self.net.rows(tab.Tariff)}

        def charge(item: str, place: str, p: str, t: int, days: float, e: Expr) -> None:
            row = self.products[p]
            amount = tariff.get((item, place), 0.0) * row.volume_m3 * days  # type: ignore[call-overload]
            self.line(row.firm, OPERATOR, t, times(amount, e))

        for item, book in (("hub", self.q), ("lane", self.y)):
            for (p, place, t), e in book.items():
                charge(item, place, p, t, 1.0, e)
        for (p, place, t), e in [*self.I.items(), *self.b.items()]:
            charge("storage", place, p, t, self.days[t], e)
        for (p, w, _, t), e in self.x.items():
            charge("handling", w, p, t, 1.0, e)
        for row in self.net.rows(tab.Trade):
            for u, share in self.split(row.period, row.credit_days).items():
                self.line(row.buyer, row.supplier, u, const(share * row.amount))
        volume = dict.fromkeys(self.firms, 0.0)
        for (p, _, _), d in self.demand.items():
            volume[self.products[p].firm] += d * self.products[p].volume_m3
        everything = sum(volume.values()) or 1.0
        right = {f: volume[f] / everything if r.right is None else r.right for f, r in self.firms.items()}
        trueup = self.var(low=-math.inf)
        for f in self.firms:
            self.line(f, OPERATOR, self.T, times(right[f] / sum(right.values()), trueup))

    def cash_rows(self) -> None:
        s = self.settings
        accounts = [
            (f, r.opening_cash, r.min_cash, s.emergency_rate, r.emergency_limit, s.deposit_rate)
            for f, r in self.firms.items()
        ]
        for who, opening, least, rate, limit, earns in [
            *accounts,
            (OPERATOR, s.operator_cash, 0.0, s.operator_rate, s.operator_limit, 0.0),
        ]:
            most = 0.0 if rate is None else math.inf if limit is None else limit
            cash = {0: const(opening), **{t: self.var(low=least) for t in self.days}}
            credit = {0: const(0.0), **{t: self.var(most if t < self.T else 0.0) for t in self.days}}
            for t, days in self.days.items():
                self.line(who, "lender", t, times((rate or 0.0) * days / 365, credit[t]))
                self.line("bank", who, t, times(earns * days / 365, cash[t - 1]))
                self.line("lender", who, t, total((1, credit[t]), (-1, credit[t - 1])))
            for t in self.days:
                flows = [
                    ((payee == who) - (payer == who), e)
                    for payer, payee, u, e in self.lines
                    if u == t and who in (payer, payee)
                ]
                self.equal(cash[t], total((1, cash[t - 1]), *flows))
            if who == OPERATOR:
                self.equal(cash[self.T], const(opening))


def optimum(network: Network) -> float | None:
    """The least objective of a tiny network, or ``None`` when there is no plan."""
    return Financing(network).optimum()
