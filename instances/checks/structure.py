"""Checks of the tables as such: settings, periods, keys, references, names, currencies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ..files.names import plain
from ..findings import Finding
from ..network import Network
from ..tables import (
    KEYS,
    REFERENCES,
    TABLES,
    Channel,
    ExchangeRate,
    Firm,
    Funder,
    HubFamily,
    HubLevel,
    Lane,
    Period,
    Row,
    Settings,
    Status,
    Tariff,
    TariffItem,
    Tier,
    TierFamily,
    Warehouse,
)
from ..tables import Hub as HubRow
from .sound import NAMES, at, dangling, key_text, key_values, numbered, overall

_OUTSIDE = "suppliers carriers hubs warehouses customs buyers treasury carbon capital channels lender bank"
PARTIES = frozenset(["operator", *_OUTSIDE.split()])
"""Names of the operator and of those outside the cluster; no firm may have them."""

CLASSES = {"ratings", "buyer_ratings", "families", "zones"}
"""Excluding a row here silently takes firms, products or places with it."""


def findings(network: Network) -> Iterator[Finding]:
    """All findings of this kind."""
    yield from _settings(network)
    yield from _periods(network)
    yield from _duplicates(network)
    yield from _references(network)
    yield from _levels(network)
    yield from _left_out(network)
    yield from _names(network)
    yield from _currencies(network)
    yield from _rates(network)
    yield from _tariffs(network)


def _settings(network: Network) -> Iterator[Finding]:
    count = len(network.rows(Settings))
    if count != 1:
        cause = f"the table has {count} included rows instead of one"
        yield overall("settings-count", "error", "settings", cause, "keep exactly one included row")


def _periods(network: Network) -> Iterator[Finding]:
    if not numbered(network):
        numbers = sorted(row.period for row in network.rows(Period))
        numbers_text = ", ".join(map(str, numbers[:8])) + (", …" if numbers[8:] else "")
        cause = (
            f"the numbers are {numbers_text}" if numbers else "there are none: the table is missing or empty"
        )
        yield overall("period-numbering", "error", "periods", cause, "number them 1, 2, 3, … without gaps")


def _duplicates(network: Network) -> Iterator[Finding]:
    for table, kind in TABLES.items():
        if not KEYS[table]:
            continue
        rows = network.rows(kind)
        counts = Counter(map(key_text, rows))
        for row in {key_text(row): row for row in rows if counts[key_text(row)] > 1}.values():
            cause = f"{counts[key_text(row)]} included rows have this key ({', '.join(KEYS[table])})"
            remedy = "keep one of them, or exclude the others"
            yield at("duplicate-key", "error", row, KEYS[table][0], cause, remedy)


def _references(network: Network) -> Iterator[Finding]:
    names = {
        t: {_bare(name): str(name) for name in key_values(network, t)}
        for _, ts in REFERENCES.items()
        for t in ts
    }
    for row, column, targets in dangling(network):
        cause = f"no such row in {' or '.join(targets)}"
        meant = next((n for t in targets if (n := names[t].get(_bare(getattr(row, column))))), None)
        hint = f" (did you mean '{meant}'?)" if meant else ""
        remedy = f"correct {column}{hint}, or add the row to {' or '.join(targets)}"
        yield at("dangling-reference", "error", row, column, cause, remedy)


def _bare(name: object) -> str:
    """An identifier without case, width and leading zeros, in which people and Excel differ."""
    return plain(str(name)).lstrip("0")


def _levels(network: Network) -> Iterator[Finding]:
    levels = {(row.hub, row.level): row for row in network.all_rows(HubLevel)}
    tiers = {(row.warehouse, row.tier): row for row in network.all_rows(Tier)}
    for hub_family in network.rows(HubFamily):
        yield from _level(hub_family, "level", levels.get((hub_family.hub, hub_family.level)), "hub_levels")
    for family in network.rows(TierFamily):
        yield from _level(family, "tier", tiers.get((family.warehouse, family.tier)), "tiers")


def _level(row: Row, column: str, target: Row | None, table: str) -> Iterator[Finding]:
    if target is None:
        remedy = f"correct {column}, or add the row to {table}"
        yield at("dangling-reference", "error", row, column, f"no such row in {table}", remedy)
    elif target.status is Status.EXCLUDE:
        cause = f"the {column} is excluded in {table}, so this capacity has no effect"
        yield at("left-out", "warning", row, column, cause, f"include the {column}, or exclude this row")


def _left_out(network: Network) -> Iterator[Finding]:
    for (table, column), targets in REFERENCES.items():
        gone = {
            getattr(row, KEYS[t][0]) for t in CLASSES.intersection(targets) for row in _excluded(network, t)
        }
        for row in network.all_rows(TABLES[table]) if gone else ():
            value = getattr(row, column)
            if row.status is Status.INCLUDE and value in gone:
                cause = f"the row takes no part, because it refers to an excluded row of {targets[0]}"
                yield at("left-out", "warning", row, column, cause, f"include it there, or change {column}")


def _excluded(network: Network, table: str) -> list[Row]:
    kept = key_values(network, table)
    return [row for row in network.all_rows(TABLES[table]) if getattr(row, KEYS[table][0]) not in kept]


def _names(network: Network) -> Iterator[Finding]:
    places: dict[str, Row] = {}
    for kind, column in ((HubRow, "hub"), (Warehouse, "warehouse"), (Lane, "lane")):
        for place in network.rows(kind):
            other = places.setdefault(getattr(place, column), place)
            if type(other) is not kind:
                cause = f"the same identifier is used in {NAMES[type(other)]}"
                yield at("shared-id", "error", place, column, cause, "give places and lanes different names")
    funders = {row.funder for row in network.rows(Funder)}
    for firm in network.rows(Firm):
        if firm.firm in PARTIES or firm.firm in funders:
            cause = "the name stands for another party of the ledger"
            yield at("reserved-id", "error", firm, "firm", cause, "choose another identifier")
    for channel in network.rows(Channel):
        if channel.channel == "direct":
            cause = "'direct' stands for payment without a channel"
            yield at("reserved-id", "error", channel, "channel", cause, "choose another identifier")


def _currencies(network: Network) -> Iterator[Finding]:
    known = {row.currency for row in network.rows(ExchangeRate)}
    known |= {row.currency for row in network.rows(Settings)}
    for table, kind in TABLES.items():
        if "currency" in kind.model_fields and table not in ("settings", "fx"):
            for row in network.rows(kind):
                currency = getattr(row, "currency", None)
                if currency is not None and currency not in known:
                    remedy = "add its rate to fx, or correct the currency"
                    cause = "the currency has no exchange rate"
                    yield at("currency-without-rate", "error", row, "currency", cause, remedy)


def _rates(network: Network) -> Iterator[Finding]:
    settings = next(iter(network.rows(Settings)), None)
    first: dict[str, ExchangeRate] = {}
    for row in sorted(network.rows(ExchangeRate), key=lambda r: r.date):
        first.setdefault(row.currency, row)
    for row in first.values() if settings else ():
        if settings and row.currency == settings.currency:
            cause = "it is the network's own currency; its value is 1 and this row has no effect"
            yield at("own-currency-rate", "warning", row, "currency", cause, "delete the row")
        elif settings and row.date > settings.start:
            days = (row.date - settings.start).days
            cause = f"the first rate is dated {days} days after the start; it is used for the days before too"
            yield at("late-rate", "warning", row, "date", cause, "add the rate in force at the start")


def _tariffs(network: Network) -> Iterator[Finding]:
    tables = {
        TariffItem.HUB: ("hubs",),
        TariffItem.LANE: ("lanes",),
        TariffItem.STORAGE: ("hubs", "warehouses"),
        TariffItem.HANDLING: ("warehouses",),
    }
    keys = {table: key_values(network, table) for table in ("hubs", "lanes", "warehouses")}
    for row in network.rows(Tariff):
        wrong = not any(row.place in keys[table] for table in tables[row.item])
        if wrong and any(row.place in names for names in keys.values()):
            cause = f"a {row.item.value} tariff needs a place in {' or '.join(tables[row.item])}"
            yield at("tariff-place", "error", row, "place", cause, "correct item or place")
