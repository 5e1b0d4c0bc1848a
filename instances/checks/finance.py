"""Checks of payments, loans and public money; only where the network plans money."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ..findings import Finding
from ..network import Network
from ..tables import (
    Channel,
    ChannelShare,
    Demand,
    Firm,
    FirmIndicator,
    Funder,
    Guarantee,
    Loan,
    LoanKind,
    Market,
    Member,
    Product,
    Rating,
    Row,
    Sale,
    Size,
    Stock,
    Subsidy,
    SubsidyKind,
    Trade,
    Zone,
)
from .reach import Routes, wanted
from .sound import at, number


def findings(network: Network) -> Iterator[Finding]:
    """All findings that need no calendar."""
    yield from _ties(network)
    if not network.settings.money:
        return
    yield from _channels(network)
    yield from _loans(network)
    yield from _tickets(network)
    yield from _unrated(network)
    yield from _arbitrage(network)
    yield from _subsidies(network)


def dated_findings(network: Network) -> Iterator[Finding]:
    """All findings that need sound periods."""
    if not network.settings.money:
        return
    yield from _tenors(network)
    yield from _late_receipts(network)
    yield from _late_trades(network)
    yield from _late_refunds(Routes(network))


def _ties(network: Network) -> Iterator[Finding]:
    for member in network.rows(Member):
        if member.firm == member.core:
            remedy = "delete the row; a core firm borrows on its own line"
            yield at("self-tie", "error", member, "core", "the firm is tied to itself", remedy)
    for trade in network.rows(Trade):
        if trade.supplier == trade.buyer:
            remedy = "correct supplier or buyer"
            yield at("self-tie", "error", trade, "buyer", "the firm trades with itself", remedy)


def _channels(network: Network) -> Iterator[Finding]:
    shares: dict[str, float] = defaultdict(float)
    for row in network.rows(ChannelShare):
        shares[row.zone] += row.max_share
    for zone, total in shares.items():
        if total < 1 - 1e-9:
            row = next(row for row in network.rows(ChannelShare) if row.zone == zone)
            cause = (
                f"the channels of zone '{zone}' accept {total:.4g} of its sales together, the rest of the "
            )
            cause += "money has no way"
            yield at(
                "channels-below-one", "error", row, "max_share", cause, "let the shares add up to at least 1"
            )


def _loans(network: Network) -> Iterator[Finding]:
    for row in network.rows(Loan):
        offered = row.advance_guaranteed
        if offered is not None and row.kind is LoanKind.VOUCHER:
            cause, remedy = "vouchers carry no guarantee, so it has no effect", "empty the cell"
            yield at("guaranteed-voucher", "warning", row, "advance_guaranteed", cause, remedy)
        elif offered is not None and offered < row.advance:
            cause = f"the core firm's guarantee lowers the advance from {row.advance:.4g} to {offered:.4g}"
            remedy = "enter at least the advance without guarantee"
            yield at("guarantee-lowers-advance", "warning", row, "advance_guaranteed", cause, remedy)
        if row.lgd_guaranteed > row.lgd:
            cause = f"the loss given default is higher with guarantee than without ({row.lgd:g})"
            yield at("guarantee-raises-loss", "warning", row, "lgd_guaranteed", cause, "exchange the two")


def _tickets(network: Network) -> Iterator[Finding]:
    for row in network.rows(Funder):
        most = row.max_firm_share * row.line
        if row.min_ticket > most:
            largest = f"{number(most)} {network.settings.currency}"
            cause = f"one firm may borrow at most {largest}, so nobody can borrow here"
            remedy = "lower min_ticket, or raise line or max_firm_share"
            yield at("ticket-above-limit", "warning", row, "min_ticket", cause, remedy)


def _unrated(network: Network) -> Iterator[Finding]:
    if not network.rows(Loan):
        return
    lines = {(row.core, row.relation) for row in network.rows(Guarantee)}
    tied = {row.firm: row for row in network.rows(Member)}
    scored = {row.firm for row in network.rows(FirmIndicator)}
    for firm in network.rows(Firm):
        if firm.rating is None and (firm.firm in tied or firm.credit_limit):
            cause = "the firm has no rating, so it gets no loans"
            remedy = "enter a rating, or what is known of the firm in firm_indicators"
            if firm.firm in scored:
                cause = f"the score of the firm is below the lowest rating ({cause})"
                remedy = "add a rating with a lower min_score, or enter a rating"
            yield at("firm-without-rating", "warning", firm, "rating", cause, remedy)
    for row in tied.values():
        if (row.core, row.relation) not in lines:
            cause = f"core firm '{row.core}' has no guarantee line for {row.relation.value} members"
            remedy = "add the row to guarantees, or delete the tie"
            yield at("member-without-guarantee", "warning", row, "relation", cause, remedy)


def _arbitrage(network: Network) -> Iterator[Finding]:
    settings = network.settings
    deposit = settings.deposit_rate
    remedy = "lower deposit_rate, or the subsidy"
    rates = [(rate, what) for rate, what in _net_rates(network) if rate <= deposit]
    if deposit > 0 and rates:
        rate, what = min(rates)
        cause = f"{what} costs {rate:.4%} a year after interest subsidy; borrowing to deposit would pay"
        yield at("deposit-arbitrage", "error", settings, "deposit_rate", cause, remedy)
    if deposit > 0 and settings.emergency_rate is not None and settings.emergency_rate <= deposit:
        cause = f"emergency credit costs {settings.emergency_rate:.4%} a year; borrowing to deposit would pay"
        yield at("deposit-arbitrage", "error", settings, "deposit_rate", cause, "raise emergency_rate")


def _net_rates(network: Network) -> Iterator[tuple[float, str]]:
    """Yearly rates after interest subsidy that rated firms may pay, with a name for each."""
    funders, ratings = network.by_key(Funder), network.by_key(Rating)
    paid = [row.rate for row in network.rows(Subsidy) if row.kind is SubsidyKind.INTEREST and row.budget > 0]
    used = {row.rating for row in network.rows(Firm)}
    guaranteed = bool(network.rows(Member))
    for loan in network.rows(Loan):
        share = 1 - min(1.0, sum(paid)) if loan.subsidised else 1.0
        for rating in (row for name, row in ratings.items() if name in used):
            base = funders[loan.funder].base_rate + loan.spread
            what = f"loan '{loan.loan}' at rating '{rating.rating}'"
            if loan.advance > 0:
                yield max(0.0, base + rating.spread) * share, what
            if loan.advance_guaranteed and guaranteed and loan.kind is not LoanKind.VOUCHER:
                rate = base + rating.spread_guaranteed - loan.guarantee_discount
                yield max(0.0, rate) * share, f"{what} with guarantee"


def _subsidies(network: Network) -> Iterator[Finding]:
    small = any(row.size is Size.SMALL for row in network.rows(Firm))
    for row in network.rows(Subsidy):
        if row.kind is SubsidyKind.INTEREST and row.small_share > 0 and not small:
            cause = "a part is reserved for small firms, but there is none, so nothing can be paid"
            yield at("no-small-firm", "warning", row, "small_share", cause, "enter 0, or the firms' size")


def _tenors(network: Network) -> Iterator[Finding]:
    shortest = min(network.calendar.days)
    for row in network.rows(Loan):
        if row.tenor_days < shortest:
            cause = (
                f"the tenor is shorter than the shortest period ({shortest:g} days), so nothing can be drawn"
            )
            yield at(
                "tenor-below-period", "warning", row, "tenor_days", cause, f"enter at least {shortest:g} days"
            )


def _late(network: Network, row: Row, column: str, what: str, end: float) -> Iterator[Finding]:
    """A finding if something that ends on day ``end`` goes beyond the horizon."""
    beyond = end - network.calendar.end(network.calendar.last)
    if beyond > 1e-6:
        cause = f"{what} {beyond:.4g} days after the last period"
        remedy = f"add periods of {beyond:.4g} days or more without demand at the end"
        yield at("run-off-too-short", "error", row, column, cause, remedy)


def _late_receipts(network: Network) -> Iterator[Finding]:
    markets, channels = network.by_key(Market), network.by_key(Channel)
    last: dict[str, int] = defaultdict(int)
    for demand in network.rows(Demand):
        if demand.quantity > 0:
            zone = markets[demand.market].zone
            last[zone] = max(last[zone], demand.period)
    slowest: dict[str, float] = defaultdict(float)
    for share in network.rows(ChannelShare):
        if share.max_share > 0:
            days = channels[share.channel].settlement_days
            slowest[share.zone] = max(slowest[share.zone], days)
    for row in network.rows(Zone):
        if last[row.zone]:
            delay = row.credit_days + slowest[row.zone]
            what = f"sales of period {last[row.zone]} are paid up to {delay:g} days later,"
            yield from _late(network, row, "credit_days", what, network.calendar.end(last[row.zone]) + delay)


def _late_trades(network: Network) -> Iterator[Finding]:
    for row in network.rows(Trade):
        what = f"the delivery of period {row.period} is paid {row.credit_days:g} days later,"
        yield from _late(
            network, row, "credit_days", what, network.calendar.end(row.period) + row.credit_days
        )


def _late_refunds(routes: Routes) -> Iterator[Finding]:
    """Refunds that follow the last useful departure of a product."""
    network = routes.network
    last = _last_uses(routes)
    for row in network.rows(Product):
        departure = last.get(row.product, 0)
        if departure and row.refund_rate > 0 and row.cost > 0:
            what = f"the refund on exports of period {departure} comes up to {row.refund_days:g} days later,"
            end = network.calendar.end(departure) + row.refund_days
            yield from _late(network, row, "refund_days", what, end)


def _last_uses(routes: Routes) -> dict[str, int]:
    """The last period in which goods of a product may leave and still serve demand or a target."""
    last: dict[str, int] = defaultdict(int)
    sales = routes.network.by_key(Sale)
    ends: dict[tuple[str, str], int] = defaultdict(int)
    for pair, units in wanted(routes.network).items():
        sale = sales.get(pair)
        if sale is None:
            continue
        if routes.by_parcel(sale):
            last[sale.product] = max(last[sale.product], *units)
        for row in routes.in_promise(sale):
            ends[sale.product, row.warehouse] = max(ends[sale.product, row.warehouse], *units)
    for stock in routes.network.rows(Stock):
        if stock.target > 0:
            ends[stock.product, stock.place] = routes.calendar.last
    for (product, warehouse), end in ends.items():
        lanes = routes.useful_lanes(product, warehouse) if warehouse in routes.usable else []
        last[product] = max(last[product], *(routes.departure(routes.lead(lane), end) for lane in lanes), 0)
    return last
