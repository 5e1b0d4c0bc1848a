"""The decision problem a second time, straight from ``models/README.md``: goods.

Shares nothing with ``clusterlane.models``: own calendar, own exchange rates, own rows, own branching.  Slow
and plain on purpose; ``oracle_money`` goes on with money.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from clusterlane.instances import tables as tab
from clusterlane.instances.network import Network
from linear import Expr, Problem, const, times, total


class Goods(Problem):
    """Goods, and the money lines they make."""

    def __init__(self, network: Network):
        super().__init__()
        self.net, self.settings = network, network.settings
        rows = sorted(network.rows(tab.Period), key=lambda p: p.period)
        self.days = {p.period: p.days for p in rows}
        self.T = len(rows)
        self.ends = {t: math.fsum(p.days for p in rows[:t]) for t in range(self.T + 1)}
        self.lines: list[tuple[str, str, int, Expr]] = []
        self.products = network.by_key(tab.Product)
        self.hubs = {k: h for k, h in network.by_key(tab.Hub).items() if h.state != "closed"}
        self.sites = {k: w for k, w in network.by_key(tab.Warehouse).items() if w.state != "closed"}
        self.lanes = {
            k: r
            for k, r in network.by_key(tab.Lane).items()
            if r.hub in self.hubs and r.warehouse in self.sites
        }
        self.markets, self.sales = network.by_key(tab.Market), network.by_key(tab.Sale)
        self.demand = {k: d.quantity for k, d in network.by_key(tab.Demand).items() if d.quantity > 0}
        self.stocks = network.by_key(tab.Stock)
        self.firms = network.by_key(tab.Firm)
        self.receipts: dict[tuple[str, str, int], list[tuple[float, Expr]]] = defaultdict(list)

    def split(self, t: int, delay: float) -> dict[int, float]:
        """Period -> share (0: after the last), of what happens in ``t`` and is delayed."""
        length, start, end = self.days[t], self.ends[t - 1] + delay, self.ends[t] + delay
        shares = {
            u: max(0.0, min(end, self.ends[u]) - max(start, self.ends[u - 1])) / length for u in self.days
        }
        shares[1] += max(0.0, min(end, 0.0) - start) / length
        shares[0] = max(0.0, end - max(start, self.ends[self.T])) / length
        return {u: s for u, s in shares.items() if s > 1e-9}

    def pending(self, t: int, delay: float, u: int) -> float:
        """Share that comes after the end of ``u``."""
        return sum(s for v, s in self.split(t, delay).items() if v == 0 or v > u)

    def fx(self, currency: str | None, t: int) -> float:
        """Network currency per unit."""
        if currency is None or currency == self.settings.currency:
            return 1.0
        rates = sorted((r.date, r.rate) for r in self.net.rows(tab.ExchangeRate) if r.currency == currency)
        day = self.ends[t - 1]
        known = [rate for date, rate in rates if (date - self.settings.start).days <= day]
        return known[-1] if known else rates[0][1]

    def line(self, payer: str, payee: str, t: int, amount: Expr) -> None:
        """A payment in period t; after the last period there is none."""
        if t:
            self.lines.append((payer, payee, t, amount))

    def family(self, family: str | None, quantities: dict[str, Expr], weigh: str = "volume_m3") -> Expr:
        """m3 (or kg) of quantities by product, of one family or all."""
        chosen = [p for p in quantities if family is None or self.products[p].family == family]
        return total(*((getattr(self.products[p], weigh), quantities[p]) for p in chosen))

    def decide(self) -> None:
        """Columns and rows of places."""
        tiers = [t for t in self.net.rows(tab.Tier) if t.warehouse in self.sites]
        tiers = [t for t in tiers if self.sites[t.warehouse].contract == "lease"]
        self.tiers = tiers
        self.u = {(r.warehouse, r.tier, t): self.var(1, whole=True) for r in tiers for t in self.days}
        self.U = {w: self.var(1, whole=True) for w in self.sites}
        self.z = {
            (r.hub, r.level): self.var(1, whole=True)
            for r in self.net.rows(tab.HubLevel)
            if r.hub in self.hubs
        }
        self.A: dict[tuple[str, str, int], Expr] = {}
        for r in tiers:
            for t in self.days:
                starts = [s for s in range(1, t + 1) if r.term_periods is None or s + r.term_periods > t]
                self.A[r.warehouse, r.tier, t] = total(*((1, self.u[r.warehouse, r.tier, s]) for s in starts))
        wanted = {t for _, _, t in self.demand}
        for w, row in self.sites.items():
            for t in self.days:
                self.row(self.leased(w, t), int(row.state == "forced" and t in wanted), 1)
                self.at_most(self.leased(w, t), self.U[w])
        for h, hub in self.hubs.items():
            if levels := [(1, z) for (g, _), z in self.z.items() if g == h]:
                self.row(total(*levels), int(hub.state == "forced"), 1)
        for t, period in self.net.by_key(tab.Period).items():
            leased = [w for w, r in self.sites.items() if r.contract == "lease"]
            if period.max_openings is not None:
                self.row(
                    total(*((1, e) for (_, _, s), e in self.u.items() if s == t)), high=period.max_openings
                )
            if period.max_sites is not None:
                self.row(total(*((1, self.leased(w, t)) for w in leased)), high=period.max_sites)

    def leased(self, w: str, t: int) -> Expr:
        """A[w,t]."""
        if self.sites[w].contract == "per_use":
            return self.U[w]
        return total(*((1, e) for (v, _, s), e in self.A.items() if (v, s) == (w, t)))

    def move(self) -> None:
        """Columns of flows, balances and demand."""
        haul = {(r.cluster, r.hub) for r in self.net.rows(tab.Haulage)}
        cluster = {p: self.firms[r.firm].cluster for p, r in self.products.items()}
        P, days = self.products, self.days
        self.q = {
            (p, h, t): self.var() for p in P for h in self.hubs for t in days if (cluster[p], h) in haul
        }
        self.b = {(p, h, t): self.var(self.holdable(p, h)) for p in P for h in self.hubs for t in days}
        self.lead = {
            k: self.hubs[r.hub].clearance_days + r.days + self.sites[r.warehouse].clearance_days
            for k, r in self.lanes.items()
        }
        self.y = {
            (p, k, t): self.var()
            for p in P
            for k in self.lanes
            for t in days
            if 0 not in self.split(t, self.lead[k])
        }
        self.I = {(p, w, t): self.var() for p in P for w in self.sites for t in days}
        miles, services = self.net.rows(tab.LastMile), self.net.rows(tab.ParcelRate)
        self.x = {
            (p, r.warehouse, m, t): self.var()
            for p, m, t in self.demand
            for r in miles
            if r.warehouse in self.sites and r.market == m and self.prompt(p, m, r.days)
        }
        self.r = {
            (p, r.service, m, t): self.var()
            for p, m, t in self.demand
            for r in services
            if r.market == m and self.prompt(p, m, r.days)
        }
        self.n = {
            (p, m, t): self.var(self.sales[p, m].unmet_share * d) for (p, m, t), d in self.demand.items()
        }
        self.serve()
        for p in P:
            for h in self.hubs:
                self.balance(p, h, self.b, {t: self.hub_flow(p, h, t) for t in days})
            for w in self.sites:
                self.balance(p, w, self.I, {t: self.warehouse_flow(p, w, t) for t in days})

    def prompt(self, p: str, m: str, days: float) -> bool:
        """Whether the promise is kept."""
        sale = self.sales.get((p, m))
        return sale is not None and (sale.promise_days is None or days <= sale.promise_days)

    def holdable(self, p: str, h: str) -> float:
        stock = self.stocks.get((p, h))
        return (
            0.0
            if self.hubs[h].storage_m3 == 0 and not (stock and (stock.opening or stock.target))
            else math.inf
        )

    def arrivals(self, p: str, w: str, t: int) -> Expr:
        """Units arriving in t."""
        parts = [
            (self.split(s, self.lead[k]).get(t, 0.0), e)
            for (o, k, s), e in self.y.items()
            if o == p and self.lanes[k].warehouse == w
        ]
        return total(*parts)

    def piped(self, p: str, w: str, t: int) -> Expr:
        rows = [
            r.quantity for r in self.net.rows(tab.Pipeline) if (r.product, r.warehouse, r.period) == (p, w, t)
        ]
        return const(sum(rows))

    def hub_flow(self, p: str, h: str, t: int) -> list[tuple[float, Expr]]:
        out = [(-1.0, e) for (o, k, s), e in self.y.items() if (o, s) == (p, t) and self.lanes[k].hub == h]
        return [(1.0, self.q.get((p, h, t), {})), *out]

    def warehouse_flow(self, p: str, w: str, t: int) -> list[tuple[float, Expr]]:
        out = [(-1.0, e) for (o, v, _, s), e in self.x.items() if (o, v, s) == (p, w, t)]
        return [(1.0, self.arrivals(p, w, t)), (1.0, self.piped(p, w, t)), *out]

    def balance(
        self, p: str, place: str, level: dict[Any, Expr], flow: dict[int, list[tuple[float, Expr]]]
    ) -> None:
        stock = self.stocks.get((p, place)) or tab.Stock(product=p, place=place)
        for t in self.days:
            before = const(stock.opening) if t == 1 else level[p, place, t - 1]
            self.equal(level[p, place, t], total((1, before), *flow[t]))
        self.row(level[p, place, self.T], low=stock.target)

    def serve(self) -> None:
        """Demand, coverage, single sourcing, safety stock."""
        covered = {(m, t): self.var(1, whole=True) for _, m, t in self.demand}
        single = (
            {(p, w, m): self.var(1, whole=True) for p, w, m, _ in self.x}
            if self.settings.single_source
            else {}
        )
        for (p, m, t), d in self.demand.items():
            ways = [
                (1.0, e) for (o, _, k, s), e in [*self.x.items(), *self.r.items()] if (o, k, s) == (p, m, t)
            ]
            self.row(total((1, self.n[p, m, t]), *ways), d, d)
            self.row(total((1, self.n[p, m, t]), (d, covered[m, t])), high=d)
        for t, period in self.net.by_key(tab.Period).items():
            if period.min_covered:
                self.row(total(*((1, e) for (_, s), e in covered.items() if s == t)), low=period.min_covered)
        for (p, w, m, t), e in self.x.items():
            self.at_most(e, times(self.demand[p, m, t], self.leased(w, t)))
            if single:
                self.at_most(e, times(self.demand[p, m, t], single[p, w, m]))
        for p, m in {(p, m) for p, _, m in single}:
            self.row(total(*((1, e) for (o, _, k), e in single.items() if (o, k) == (p, m))), high=1)
        for p, w, t in {(p, w, t) for p, w, _, t in self.x}:
            out = total(*((1, e) for (o, v, _, s), e in self.x.items() if (o, v, s) == (p, w, t)))
            stock = self.stocks.get((p, w))
            before = self.I[p, w, t - 1] if t > 1 else const(stock.opening if stock else 0.0)
            self.at_most(times(self.products[p].safety_days / self.days[t], out), before)

    def carry(self) -> None:
        """Boxes, loose cargo and every capacity."""
        boxes, types = self.net.rows(tab.LaneContainer), self.net.by_key(tab.Container)
        self.N: dict[tuple[str, str, int], Expr] = {}
        self.o: dict[tuple[str, int], Expr] = {}
        for k, lane in self.lanes.items():
            for t in self.days:
                month = self.days[t] / 30
                load = {p: e for (p, j, s), e in self.y.items() if (j, s) == (k, t)}
                if lane.capacity_m3_month is not None:
                    self.row(self.family(None, load), high=lane.capacity_m3_month * month)
                offered = [r for r in boxes if r.lane == k]
                for r in offered:
                    most = math.inf if r.max_month is None else math.floor(r.max_month * month + 1e-9)
                    self.N[k, r.container, t] = self.var(most, whole=True)
                if lane.loose_rate_kg is not None:
                    self.o[k, t] = self.var()
                if offered or lane.loose_rate_kg is not None:
                    loose = self.o.get((k, t), {})
                    for weigh, per_kg in (("volume_m3", 1 / lane.loose_kg_m3), ("weight_kg", 1.0)):
                        room = [
                            (getattr(types[r.container], weigh), self.N[k, r.container, t]) for r in offered
                        ]
                        self.at_most(self.family(None, load, weigh), total((per_kg, loose), *room))
        self.hub_rows()
        self.site_rows()
        if self.settings.co2_cap is not None:
            self.row(total(*((1, e) for _, e in self.emissions())), high=self.settings.co2_cap)

    def hub_rows(self) -> None:
        most = 10 * sum(d * self.products[p].volume_m3 for (p, _, _), d in self.demand.items()) + 1000
        families = {(r.hub, r.level, r.family): r.capacity_m3_month for r in self.net.rows(tab.HubFamily)}
        levels = self.net.by_key(tab.HubLevel)
        for h, hub in self.hubs.items():
            own = [key for key in self.z if key[0] == h]
            for t, days in self.days.items():
                taken = {p: e for (p, g, s), e in self.q.items() if (g, s) == (h, t)}
                held = {p: e for (p, g, s), e in self.b.items() if (g, s) == (h, t)}
                if hub.storage_m3:
                    self.row(self.family(None, held), high=hub.storage_m3)
                if not own:
                    continue
                for family in (None, *self.net.by_key(tab.Family)):
                    caps = {
                        key: levels[key].capacity_m3_month if family is None else families.get((*key, family))
                        for key in own
                    }
                    room = [(most if c is None else c * days / 30, self.z[key]) for key, c in caps.items()]
                    self.at_most(self.family(family, taken), total(*room))

    def site_rows(self) -> None:
        most = 10 * sum(d * self.products[p].volume_m3 for (p, _, _), d in self.demand.items()) + 1000
        families = self.net.by_key(tab.TierFamily)
        for w, site in self.sites.items():
            for t, days in self.days.items():
                held = {p: e for (p, v, s), e in self.I.items() if (v, s) == (w, t)}
                out: dict[str, Expr] = defaultdict(dict)
                for (p, v, _, s), e in self.x.items():
                    if (v, s) == (w, t):
                        out[p] = total((1, out[p]), (1, e))
                for what, column, scale in (
                    (held, "storage_m3", 1.0),
                    (out, "throughput_m3_month", days / 30),
                ):
                    if (cap := getattr(site, column)) is not None:
                        self.row(self.family(None, what), high=cap * scale)
                    if site.contract == "per_use":
                        self.at_most(self.family(None, what), times(most, self.U[w]))
                        continue
                    for family in (None, *self.net.by_key(tab.Family)):
                        room = []
                        for tier in (r for r in self.tiers if r.warehouse == w):
                            source = tier if family is None else families.get((w, tier.tier, family))
                            cap = getattr(source, column) if source else None
                            room.append((most if cap is None else cap * scale, self.A[w, tier.tier, t]))
                        self.at_most(self.family(family, what), total(*room))

    def emissions(self) -> Iterable[tuple[int, Expr]]:
        """(period, kg) of every movement."""
        for (p, k, t), e in self.y.items():
            yield t, times(self.lanes[k].co2_kg_t * self.products[p].weight_kg / 1000, e)
        for (p, w, m, t), e in self.x.items():
            yield (
                t,
                times(self.net.by_key(tab.LastMile)[w, m].co2_kg_t * self.products[p].weight_kg / 1000, e),
            )
        for (p, s, m, t), e in self.r.items():
            yield (
                t,
                times(self.net.by_key(tab.ParcelRate)[s, m].co2_kg_t * self.products[p].weight_kg / 1000, e),
            )
