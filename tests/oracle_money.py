"""The second writing of the problem, continued: money lines, financing, and the optimum."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network
from oracle import CONST, OPERATOR, Expr, Goods, const, times, total


class Costs(Goods):
    """The money of goods."""

    def goods_lines(self) -> None:
        """Every line of the table *Money of goods*."""
        self.product_lines()
        self.hub_lines()
        self.lane_lines()
        self.site_lines()
        self.customer_lines()
        for t, kg in self.emissions():
            self.line(OPERATOR, "carbon", t, times(self.settings.co2_price, kg))

    def paid(
        self, payer: str, payee: str, t: int, delay: float, amount: float, currency: Any, e: Expr
    ) -> None:
        """A payment before or after the event, converted when it is made; without money, at the event.

        What the firm owes is paid by the last period; what it is owed after that is lost.
        """
        for u, share in self.split(t, delay if self.settings.money else 0.0).items():
            due = u or (self.T if payer in self.firms else 0)
            if due:
                self.line(payer, payee, due, times(share * amount * self.fx(currency, due), e))

    def product_lines(self) -> None:
        haulage = self.net.by_key(tab.Haulage)
        for (p, h, t), e in self.q.items():
            row, way = self.products[p], haulage[self.firms[self.products[p].firm].cluster, h]
            self.paid(row.firm, "suppliers", t, -row.pay_days, row.cost, row.currency, e)
            self.line(
                row.firm, "carriers", t, times(way.cost_m3 * self.fx(way.currency, t) * row.volume_m3, e)
            )
        for (p, *_, t), e in [*self.y.items(), *self.r.items()]:
            row = self.products[p]
            self.paid("treasury", row.firm, t, row.refund_days, row.refund_rate * row.cost, row.currency, e)
        for level, last in ((self.I, self.T), (self.b, self.T)):
            for (p, place, t), e in level.items():
                row, stock = self.products[p], self.stocks.get((p, place))
                if t == last:
                    left = total((1, e), (-1, const(stock.target if stock else 0.0)))
                    self.line("buyers", row.firm, t, times(row.salvage * self.fx(row.currency, t), left))

    def hub_lines(self) -> None:
        levels = self.net.by_key(tab.HubLevel)
        for (p, h, t), e in self.q.items():
            hub, v = self.hubs[h], self.products[p].volume_m3
            rate = (hub.handling_m3 + hub.clearance_m3) * self.fx(hub.currency, t)
            self.line(OPERATOR, "hubs", t, times(rate * v, e))
        for (p, h, t), e in self.b.items():
            hub, v = self.hubs[h], self.products[p].volume_m3
            self.line(
                OPERATOR,
                "hubs",
                t,
                times(hub.storage_m3_day * self.fx(hub.currency, t) * self.days[t] * v, e),
            )
        for (h, k), e in self.z.items():
            hub, row = self.hubs[h], levels[h, k]
            opening = 0.0 if hub.state == "existing" else row.opening_cost
            self.line(OPERATOR, "hubs", 1, times(opening * self.fx(hub.currency, 1), e))
            for t, days in self.days.items():
                self.line(
                    OPERATOR, "hubs", t, times(row.operating_month * days / 30 * self.fx(hub.currency, t), e)
                )

    def lane_lines(self) -> None:
        cost = {(r.lane, r.container): r.cost for r in self.net.rows(tab.LaneContainer)}
        for (k, c, t), e in self.N.items():
            self.line(OPERATOR, "carriers", t, times(cost[k, c] * self.fx(self.lanes[k].currency, t), e))
        for (k, t), e in self.o.items():
            lane = self.lanes[k]
            self.line(OPERATOR, "carriers", t, times(lane.loose_rate_kg * self.fx(lane.currency, t), e))
        duties = self.net.by_key(tab.Duty)
        for (p, k, t), e in self.y.items():
            lane, row = self.lanes[k], self.products[p]
            site, v = self.sites[lane.warehouse], row.volume_m3
            self.line(OPERATOR, "carriers", t, times(lane.rate_m3 * self.fx(lane.currency, t) * v, e))
            duty = duties.get((site.zone, row.family))
            value = row.cost if row.declared_value is None else row.declared_value
            due = duty.rate * value * self.fx(row.currency, t) if duty else 0.0
            for u, share in self.split(t, self.lead[k]).items():
                inward = (site.handling_in_m3 + site.clearance_m3) * self.fx(site.currency, u) * v
                self.line(row.firm, "customs", u, times(share * due, e))
                self.line(OPERATOR, "warehouses", u, times(share * inward, e))
            if not self.settings.money:
                charge = self.settings.capital_rate / 365 * row.cost * self.fx(row.currency, t)
                self.line(row.firm, "capital", t, times(charge * self.lead[k], e))
        for level in (self.I, self.b):
            for (p, _, t), e in level.items():
                row = self.products[p]
                charge = self.settings.capital_rate / 365 * row.cost * self.fx(row.currency, t) * self.days[t]
                if not self.settings.money:
                    self.line(row.firm, "capital", t, times(charge, e))

    def site_lines(self) -> None:
        for (p, w, t), e in self.I.items():
            site, v = self.sites[w], self.products[p].volume_m3
            rate = site.storage_m3_day * self.fx(site.currency, t) * self.days[t]
            self.line(OPERATOR, "warehouses", t, times(rate * v, e))
        for (p, w, _, t), e in self.x.items():
            site, v = self.sites[w], self.products[p].volume_m3
            self.line(
                OPERATOR, "warehouses", t, times(site.handling_out_m3 * self.fx(site.currency, t) * v, e)
            )
        for w, e in self.U.items():
            site = self.sites[w]
            if site.state != "existing":
                self.line(OPERATOR, "warehouses", 1, times(site.setup_cost * self.fx(site.currency, 1), e))
        rent: dict[int, list[tuple[float, Expr]]] = defaultdict(list)
        for row in self.tiers:
            currency = self.sites[row.warehouse].currency
            for s in self.days:
                e = self.u[row.warehouse, row.tier, s]
                self.line(OPERATOR, "warehouses", s, times(row.capital_cost * self.fx(currency, s), e))
                end = self.T if row.term_periods is None else s + row.term_periods - 1
                for t in range(s, end + 1):
                    u = min(t, self.T)
                    rent[u].append((row.rent_month * self.days[u] / 30 * self.fx(currency, u), e))
        for t, parts in rent.items():
            self.line(OPERATOR, "warehouses", t, total(*parts))
        self.rent_subsidy({t: total(*parts) for t, parts in rent.items()})

    def rent_subsidy(self, rent: dict[int, Expr]) -> None:
        for k in (s for s in self.net.rows(tab.Subsidy) if s.kind == "rent"):
            paid = {t: self.var() for t in rent}
            for t, y in paid.items():
                self.at_most(y, times(k.rate, rent[t]))
                self.line("treasury", OPERATOR, t, y)
            self.row(total(*((1, y) for y in paid.values())), high=k.budget)

    def net_price(self, p: str, m: str, t: int) -> float:
        """Net sales per unit."""
        market = self.markets[m]
        price = self.sales[p, m].price * self.fx(market.currency, t)
        return price * (1 - market.default_rate) * (1 - market.dilution)

    def customer_lines(self) -> None:
        miles, parcels = self.net.by_key(tab.LastMile), self.net.by_key(tab.ParcelRate)
        duties = self.net.by_key(tab.Duty)
        for (p, w, m, t), e in self.x.items():
            row, mile = self.products[p], miles[w, m]
            cost = (
                row.orders_per_unit * mile.cost_order
                + row.weight_kg * mile.cost_kg
                + row.volume_m3 * mile.cost_m3
            )
            self.line(row.firm, "carriers", t, times(cost * self.fx(mile.currency, t), e))
            self.sold(p, m, t, e)
        for (p, s, m, t), e in self.r.items():
            row, rate, duty = (
                self.products[p],
                parcels[s, m],
                duties.get((self.markets[m].zone, self.products[p].family)),
            )
            kg = max(row.weight_kg, row.volume_m3 * rate.volumetric_kg_m3)
            cost = row.orders_per_unit * rate.cost_order + kg * rate.cost_kg
            self.line(row.firm, "carriers", t, times(cost * self.fx(rate.currency, t), e))
            self.paid(row.firm, "suppliers", t, -row.pay_days, row.cost, row.currency, e)
            if duty:
                value = row.cost if row.declared_value is None else row.declared_value
                due = (
                    duty.parcel_rate * value * self.fx(row.currency, t)
                    + duty.parcel_fee * row.orders_per_unit
                )
                self.line(row.firm, "customs", t, times(due, e))
            self.sold(p, m, t, e)
        for (p, m, t), e in self.n.items():
            goodwill = self.sales[p, m].penalty * self.fx(self.markets[m].currency, t)
            self.line(self.products[p].firm, "buyers", t, times(goodwill, e))

    def sold(self, p: str, m: str, t: int, e: Expr) -> None:
        amount, firm = self.net_price(p, m, t), self.products[p].firm
        if self.settings.money:
            self.receipts[firm, self.markets[m].zone, t].append((amount, e))
        else:
            self.line("buyers", firm, t, times(amount, e))

    def constant(self) -> float:
        """What serving all demand would bring in, and what its goods cost."""
        worth = {p: (r.cost * (1 - r.refund_rate), r.currency) for p, r in self.products.items()}
        value = 0.0
        for (p, m, t), d in self.demand.items():
            unit = worth[p][0] * self.fx(worth[p][1], t) - self.net_price(p, m, t)
            value += self.discount(t) * d * unit
        for (p, _), row in self.stocks.items():
            value += worth[p][0] * self.fx(worth[p][1], 1) * (row.target - row.opening)
        for row in self.net.rows(tab.Pipeline):
            value -= worth[row.product][0] * self.fx(worth[row.product][1], 1) * row.quantity
        return value

    def discount(self, t: int) -> float:
        return (1 + self.settings.discount_rate) ** (-self.ends[t - 1] / 365)


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
        volume = {f: 0.0 for f in self.firms}
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


__all__ = ["CONST", "optimum"]
