"""The second writing of the problem, continued: the money of goods.

Every line is written once, with payer and payee; the objective and the cash rows are both made of these.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from clusterlane.instances import tables as tab
from linear import Expr, const, times, total
from oracle import Goods

OPERATOR = "operator"


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
