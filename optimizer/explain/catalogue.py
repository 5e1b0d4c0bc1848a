"""The limits of a compiled model: each figure of a table with the rows and bounds it sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyomo.environ as pyo

from ...instances.network import Network
from ...instances.tables import Sale, State
from ...models.chain import Chain
from ...models.index import Index
from ..arrays import Arrays
from .limits import RULES, Cell, Limit, Rule, Touch

Key = tuple[Any, ...]


def limits_of(network: Network, model: pyo.ConcreteModel, arrays: Arrays) -> list[Limit]:
    """Every limit of ``network`` that its model knows, in the order of ``RULES``.

    ``model`` and ``arrays`` may be of the same network with more demand allowed to go unserved; the
    limits are those of ``network``.
    """
    book = _Book(network, model, arrays)
    for part in (_goods, _places, _gated, _switches, _public):
        part(book)
    if network.settings.money:
        for part in (_cash, _lines, _shares):
            part(book)
    order = list(RULES)
    return sorted(book.limits.values(), key=lambda limit: order.index(limit.cell.rule))


class _Book:
    """Collects touches by cell."""

    def __init__(self, network: Network, model: pyo.ConcreteModel, arrays: Arrays):
        self.network, self.arrays = network, arrays
        self.ix: Index = model.index
        self.chain: Chain | None = getattr(model, "chain", None)
        self.limits: dict[Cell, Limit] = {}
        self._total = money_of(self.ix)

    def rows(self, family: str) -> Iterator[tuple[int, Any]]:
        """(row, key) of a family, a key always a tuple."""
        if family in self.arrays.rows:
            start = self.arrays.rows[family].start
            for i, key in enumerate(self.arrays.row_keys[family]):
                yield start + i, _tuple(key)

    def columns(self, component: str) -> Iterator[tuple[int, Any]]:
        """(column, key) of a component."""
        if component in self.arrays.columns:
            for key, j in self.arrays.place(component).items():
                yield j, _tuple(key)

    def touch(
        self,
        table: str,
        key: Key,
        column: str,
        touch: Touch,
        value: float | None = None,
        most: float | None = None,
    ) -> None:
        """Note where a cell acts; cells without a figure are no limit."""
        cell = Cell(table, key, column)
        if cell not in self.limits:
            figure = getattr(cell.find(self.network), column) if value is None else value
            if figure is None:
                return
            rule = RULES[cell.rule]
            self.limits[cell] = Limit(
                cell,
                rule.words,
                float(figure),
                rule.way,
                rule.whole,
                self._most(rule, figure) if most is None else most,
                rule.switch,
            )
        self.limits[cell].touches.append(touch)

    def _most(self, rule: Rule, figure: float) -> float:
        if rule.way < 0:
            return float(figure)
        return self._total if rule.most is None else max(rule.most - figure, 0.0)

    def family(
        self,
        family: str,
        table: str,
        column: str,
        pick: Callable[[Any], Key],
        per_unit: Callable[[Any], float] = lambda key: 1.0,
        price: Callable[[Any], float] = lambda key: 0.0,
        **touch: Any,
    ) -> None:
        """Rows of a family that a figure limits from above."""
        for i, key in self.rows(family):
            self.touch(table, pick(key), column, Touch(i, per_unit(key), price=price(key), **touch))

    def month(self, period: int) -> float:
        return self.ix.calendar.month_share(period)

    def year(self, period: int) -> float:
        return self.ix.calendar.year_share(period)


def money_of(ix: Index) -> float:
    """More than any sum or volume of the network can come to: a bound on how far a limit may move."""
    goods = sum(ix.whole([p]) + (ix.most[p] + ix.on_hand[p]) * ix.cost(p, 1) for p in ix.products)
    sales = sum(units * ix.net_price(p, m, t) for (p, m, t), units in ix.demand.items())
    return 2 * (goods + sales) + 1.0


def lost(ix: Index, product: str, market: str, period: int) -> float:
    """Money lost with an unserved unit: its margin and the penalty."""
    kept = ix.cost(product, period) * (1 - ix.products[product].refund_rate)
    penalty = ix.sales[product, market].penalty * ix.fx(ix.markets[market].currency, period)
    return max(ix.net_price(product, market, period) - kept, 0.0) + penalty


def _tuple(key: Any) -> Key:
    return key if isinstance(key, tuple) else () if key is None else (key,)


def _goods(book: _Book) -> None:
    ix, arrays = book.ix, book.arrays
    shares = {(s.product, s.market): s.unmet_share for s in book.network.rows(Sale)}
    for j, (p, m, t) in book.columns("unmet"):
        wanted = ix.demand[p, m, t]
        touch = Touch(j, wanted, is_bound=True, price=lost(ix, p, m, t), base=shares[p, m] * wanted)
        book.touch("sales", (p, m), "unmet_share", touch)
    for i, (p, w, t) in book.rows("safety_stock"):
        most = sum(ix.demand[p, m, t] for m in ix.serving[p][w] if (p, m, t) in ix.demand)
        book.touch("products", (p,), "safety_days", Touch(i, most / ix.calendar.length(t)))
    for component in ("stock", "hold"):
        for j, (p, place, t) in book.columns(component):
            if t == ix.last and ix.target(p, place) > 0:
                touch = Touch(j, side="lower", is_bound=True, base=float(arrays.lower[j]))
                book.touch("stock", (p, place), "target", touch)
    book.family("co2", "settings", "co2_cap", lambda k: (), lambda k: 1e-3)
    for j, (lane, c, t) in book.columns("boxes"):
        fee = next(row.cost for row in ix.lane_containers[lane] if row.container == c)
        price = fee * ix.fx(ix.lanes[lane].currency, t)
        touch = Touch(j, book.month(t), is_bound=True, price=price, base=float(arrays.upper[j]))
        load = sum(ix.whole([p]) for p in ix.ships[lane][t]) / ix.containers[c].volume_m3
        book.touch("lane_containers", (lane, c), "max_month", touch, most=load / book.month(t) + 1)


def _places(book: _Book) -> None:
    book.family("storage_place", "warehouses", "storage_m3", lambda k: k[:1])
    book.family(
        "throughput_place", "warehouses", "throughput_m3_month", lambda k: k[:1], lambda k: book.month(k[1])
    )
    book.family("hub_storage", "hubs", "storage_m3", lambda k: k[:1])
    book.family("lane_capacity", "lanes", "capacity_m3_month", lambda k: k[:1], lambda k: book.month(k[1]))
    book.family("openings", "periods", "max_openings", lambda k: k)
    book.family("least_openings", "periods", "min_openings", lambda k: k, side="lower")
    book.family("sites", "periods", "max_sites", lambda k: k)
    book.family("coverage", "periods", "min_covered", lambda k: k, side="lower")


def _gated(book: _Book) -> None:
    """Sizes of tiers and hub levels: they count only where the tier is leased or the level is open."""
    ix, sized = book.ix, (("storage", "storage_m3"), ("throughput", "throughput_m3_month"))
    for family, column in sized:
        for i, (w, t) in book.rows(family):
            for row in ix.tiers[w]:
                _tier(book, i, column, (w, row.tier), t, "tiers", (w, row.tier))
        for i, (w, k, t) in book.rows(f"family_{column}"):
            for (_, n), rows in ((key, r) for key, r in ix.tier_families.items() if key[0] == w):
                if any(row.family == k and getattr(row, column) is not None for row in rows):
                    _tier(book, i, column, (w, n), t, "tier_families", (w, n, k))
    hubs = book.arrays.place("hub")
    for i, (h, t) in book.rows("hub_capacity"):
        for level in ix.levels[h]:
            size, fx = level.capacity_m3_month, ix.fx(ix.hubs[h].currency, t)
            price = level.operating_month * fx / size if size else 0.0
            touch = Touch(i, book.month(t), gate=(hubs[h, level.level],), price=price)
            book.touch("hub_levels", (h, level.level), "capacity_m3_month", touch)
    for i, (h, k, t) in book.rows("hub_family"):
        for (hub, n), sized_families in ix.hub_families.items():
            if hub == h and any(row.family == k for row in sized_families):
                touch = Touch(i, book.month(t), gate=(hubs[h, n],))
                book.touch("hub_families", (h, n, k), "capacity_m3_month", touch)


def _tier(book: _Book, row: int, column: str, at: tuple[str, str], t: int, table: str, key: Key) -> None:
    """One row of a tier: its size in the period, its rent per unit of size as the price."""
    ix, (w, n) = book.ix, at
    places = book.arrays.place("lease")
    gate = tuple(places[w, n, s] for tier, s in ix.leases_covering[w, t] if tier == n)
    size, month = getattr(ix.tier[at], column), book.month(t)
    rent = ix.tier[at].rent_month * month * ix.fx(ix.warehouses[w].currency, t)
    per_unit = 1.0 if column == "storage_m3" else month
    price = rent / size / per_unit if size else 0.0
    book.touch(table, key, column, Touch(row, per_unit, gate=gate, price=price))


def _switches(book: _Book) -> None:
    """Decisions already made: forced places and single sourcing."""
    ix, arrays = book.ix, book.arrays
    for component in ("leased", "site"):
        for j, key in book.columns(component):
            if ix.warehouses[key[0]].state is State.FORCED and arrays.lower[j] > 0:
                touch = Touch(j, side="lower", is_bound=True, base=1.0)
                book.touch("warehouses", key[:1], "state", touch, value=1.0)
    for i, key in book.rows("one_level"):
        if ix.hubs[key[0]].state is State.FORCED:
            book.touch("hubs", key, "state", Touch(i, side="lower"), value=1.0)
    for i, _ in book.rows("one_source"):
        book.touch("settings", (), "single_source", Touch(i, len(ix.warehouses)), value=1.0)


def _public(book: _Book) -> None:
    for family in ("rent_budget", "subsidy_budget"):
        book.family(family, "subsidies", "budget", lambda k: k)


def _cash(book: _Book) -> None:
    ix, arrays, settings = book.ix, book.arrays, book.ix.settings
    dearest = settings.emergency_rate or max((o.rate for o in book.chain.offers), default=0.0)  # type: ignore[union-attr]
    years = sum(book.year(t) for t in ix.periods)
    for i, (f, t) in book.rows("cash_balance"):
        if t == 1:
            book.touch("firms", (f,), "opening_cash", Touch(i, price=dearest * years))
    for j, (f, _) in book.columns("cash"):
        if ix.firms[f].min_cash > 0:
            touch = Touch(j, side="lower", is_bound=True, base=float(arrays.lower[j]))
            book.touch("firms", (f,), "min_cash", touch)
    for j, (f, t) in book.columns("emergency"):
        if np.isfinite(arrays.upper[j]):
            price = (settings.emergency_rate or 0.0) * book.year(t)
            touch = Touch(j, is_bound=True, price=price, base=float(arrays.upper[j]))
            book.touch("firms", (f,), "emergency_limit", touch)
    for j, (t,) in book.columns("overdraft"):
        if np.isfinite(arrays.upper[j]):
            price = (settings.operator_rate or 0.0) * book.year(t)
            touch = Touch(j, is_bound=True, price=price, base=float(arrays.upper[j]))
            book.touch("settings", (), "operator_limit", touch)
    _operator(book)


def _operator(book: _Book) -> None:
    """The operator ends with the cash it started with."""
    first = next(i for i, key in book.rows("operator_balance") if key == (1,))
    last = book.arrays.place("operator_cash")[book.ix.last]
    book.touch("settings", (), "operator_cash", Touch(first))
    closing = Touch(last, side="both", is_bound=True, base=float(book.arrays.lower[last]))
    book.touch("settings", (), "operator_cash", closing)


def _lines(book: _Book) -> None:
    chain = book.chain
    assert chain is not None
    funders = chain.funders

    def interest(key: Any) -> float:
        return funders[key[0]].base_rate * book.year(key[1])

    book.family("firm_limit", "firms", "credit_limit", lambda k: k[:1])
    book.family("funder_line", "funders", "line", lambda k: k[:1], price=interest)
    book.family("expected_loss", "funders", "line", lambda k: k[:1], lambda k: funders[k[0]].loss_cap or 0.0)
    book.family("expected_loss", "funders", "loss_cap", lambda k: k[:1], lambda k: funders[k[0]].line)
    fee = {key: row.fee_rate for key, row in chain.guarantees.items()}
    book.family(
        "relation_line",
        "guarantees",
        "line",
        lambda k: k[:2],
        price=lambda k: fee[k[:2]] * book.year(k[2]),
    )
    book.family("guarantee_line", "cores", "guarantee_line", lambda k: k[:1])


def _shares(book: _Book) -> None:
    """What one firm may have from one funder; counts only once the funder has admitted it."""
    chain, arrays = book.chain, book.arrays
    assert chain is not None
    for family, component in (("concentration", "admit"), ("ticket_most", "in_use")):
        for i, key in book.rows(family):
            f, b = key[:2]
            gate = (arrays.place(component)[key if component == "in_use" else (f, b)],)
            funder, limit = chain.funders[b], chain.firms[f].credit_limit
            share = funder.max_firm_share * funder.line
            if limit is not None and limit <= share:
                book.touch("firms", (f,), "credit_limit", Touch(i, gate=gate))
            if limit is None or limit >= share:
                book.touch("funders", (b,), "max_firm_share", Touch(i, funder.line, gate=gate))
                book.touch("funders", (b,), "line", Touch(i, funder.max_firm_share, gate=gate))
    for i, key in book.rows("min_ticket"):
        gate = (arrays.place("in_use")[key],)
        book.touch("funders", key[1:2], "min_ticket", Touch(i, side="lower", gate=gate))
