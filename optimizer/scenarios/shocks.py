"""What may go wrong: draws of demand, freight, delays and exchange rates, and firms that default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from ...instances.network import Network
from ...instances.tables import (
    TABLES,
    Core,
    ExchangeRate,
    Firm,
    Period,
    Row,
    Sale,
    Settings,
    Status,
    Stock,
    Trade,
)
from .file import Draw, drawn

USUAL = (
    Draw(table="demand", multiply="quantity", each="market", lognormal=(1.0, 0.2)),
    Draw(table="lane_containers", multiply="cost", each="lane", lognormal=(1.0, 0.25)),
    Draw(table="lanes", multiply="rate_m3", each="mode", lognormal=(1.0, 0.25)),
    Draw(table="lanes", multiply="loose_rate_kg", each="mode", lognormal=(1.0, 0.25)),
    Draw(table="lanes", multiply="days", each="lane", uniform=(1.0, 1.3)),
    Draw(table="fx", multiply="rate", each="currency", lognormal=(1.0, 0.05)),
)
"""The usual draws: demand by market, freight of containers by lane, of loose and air cargo by mode, transit
days by lane (only ever longer), exchange rates."""


@dataclass(frozen=True)
class Shocks:
    """What is drawn: figures (``draws``), and the chances per year that a core or another firm defaults."""

    draws: tuple[Draw, ...] = USUAL
    core_default: float = 0.02
    member_default: float = 0.03
    gap_rate: float = 0.24
    """Yearly rate that bridges a gap of liquidity where the network offers no emergency credit."""


@dataclass(frozen=True)
class Replay:
    """One sample: its number, its network, and what happened in it in words."""

    number: int
    network: Network
    events: tuple[str, ...]


def bridged(network: Network, gap_rate: float) -> Network:
    """The network in which a fixed plan can be replayed whatever happens.

    Demand may go unserved (its margin and penalty are lost), a firm or the operator may go short of money at
    the emergency rate, and caps on emissions and least coverage are only reported.
    """
    settings = network.settings
    free = {
        "emergency_rate": settings.emergency_rate if settings.emergency_rate is not None else gap_rate,
        "operator_rate": settings.operator_rate if settings.operator_rate is not None else gap_rate,
        "operator_limit": None,
        "co2_cap": None,
    }
    return network.replace(
        settings=tuple(row.model_copy(update=free) for row in network.all_rows(Settings)),
        sales=tuple(row.model_copy(update={"unmet_share": 1.0}) for row in network.all_rows(Sale)),
        firms=tuple(row.model_copy(update={"emergency_limit": None}) for row in network.all_rows(Firm)),
        periods=tuple(row.model_copy(update=_FREE) for row in network.all_rows(Period)),
        stock=tuple(row.model_copy(update={"target": 0.0}) for row in network.all_rows(Stock)),
    )


def replays(network: Network, shocks: Shocks, count: int, seed: int) -> list[Replay]:
    """``count`` samples; the same seed draws the same ones, whatever is fixed later.

    Raises ``InputError`` for a draw that does not fit the network.
    """
    draws = tuple(draw for draw in shocks.draws if _there(network, draw))
    return [_replay(network, shocks, draws, f"{seed}/{i}", i + 1) for i in range(count)]


def _there(network: Network, draw: Draw) -> bool:
    """Whether the network has the table of a usual draw at all."""
    return draw not in USUAL or bool(network.rows(TABLES[draw.table]))


def _replay(network: Network, shocks: Shocks, draws: Sequence[Draw], seed: str, number: int) -> Replay:
    random = Random(f"{seed}/defaults")
    years = network.calendar.end(network.calendar.last) / 365.0
    cores = {row.core for row in network.rows(Core)}
    broken = []
    for firm in network.rows(Firm):
        chance = shocks.core_default if firm.firm in cores else shocks.member_default
        if random.random() < 1 - (1 - chance) ** years:
            broken.append(firm.firm)
    after = drawn(network, tuple(draws), seed, f"replay {number}")
    for firm_name in broken:
        after = defaulted(after, firm_name, firm_name in cores)
    return Replay(number, after, (*_events(network, after), *(f"{name} defaults" for name in broken)))


def defaulted(network: Network, firm: str, is_core: bool) -> Network:
    """After a default: a core firm's guarantees are void and what it owes suppliers is not paid; another
    firm's goods and sales are gone, what it leased with others stays."""

    def out(kind: type[Row], column: str) -> tuple[Row, ...]:
        return tuple(
            row.model_copy(update={"status": Status.EXCLUDE}) if getattr(row, column) == firm else row
            for row in network.all_rows(kind)
        )

    if is_core:
        return network.replace(cores=out(Core, "core"), trades=out(Trade, "buyer"))
    return network.replace(firms=out(Firm, "firm"))


def _events(before: Network, after: Network) -> list[str]:
    """The largest movements of a sample in words."""
    moves = [
        ("demand", _ratio(before, after, "demand", "quantity")),
        ("containers", _ratio(before, after, "lane_containers", "cost")),
        ("loose cargo", _ratio(before, after, "lanes", "loose_rate_kg")),
        ("freight by m3", _ratio(before, after, "lanes", "rate_m3")),
        ("transit days", _ratio(before, after, "lanes", "days")),
    ]
    moves += [(f"rate of {currency}", ratio) for currency, ratio in _rates(before, after).items()]
    return [f"{name} {ratio - 1:+.0%}" for name, ratio in moves if abs(ratio - 1) >= 0.005]


def _rates(before: Network, after: Network) -> dict[str, float]:
    """Currency -> its rates in a sample against those before."""
    sums = [dict[str, float](), dict[str, float]()]
    for total, network in zip(sums, (before, after), strict=True):
        for row in network.rows(ExchangeRate):
            total[row.currency] = total.get(row.currency, 0.0) + row.rate
    return {currency: sums[1][currency] / rate for currency, rate in sums[0].items()}


def _ratio(before: Network, after: Network, table: str, column: str) -> float:
    old = sum(getattr(row, column) or 0.0 for row in before.rows(TABLES[table]))
    new = sum(getattr(row, column) or 0.0 for row in after.rows(TABLES[table]))
    return new / old if old else 1.0


_FREE = {"min_covered": None, "min_openings": None, "max_openings": None, "max_sites": None}
