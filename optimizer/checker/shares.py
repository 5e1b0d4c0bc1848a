"""The check of a division of the cost: shares.csv, coalitions.csv and sharing.json beside a plan.

Recomputed from the plan's ledger and these files alone; shares no code with ``share``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...instances.findings import Finding
from ...instances.network import Network
from ...instances.tables import Firm
from ..ledger_facts import Facts, Frame
from ..ledger_lines import PAID_OUT, TAKEN_IN
from ..plan import OPERATOR, Plan

_ROUNDING = 1e-6
"""Part of the cost shared that counts as rounding."""

SHARES = ["player", "firms", "alone_low", "alone_high", "direct", "share", "saving_low", "saving_high"]
BILLS = ["tariff", "turnover", "due", "trueup"]
COALITIONS = ["players", "share", "cost_low", "cost_high", "gain_low", "gain_high"]
_AGAIN = "share the plan again"


def has_division(folder: Path) -> bool:
    """Whether a plan's folder holds a division of its cost."""
    return (folder / "shares.csv").is_file()


def check_division(network: Network, plan: Plan, folder: Path) -> list[Finding]:
    """Everything that is wrong with the division in a plan's folder.

    Errors: a cost not shared exactly, a firm left out or twice, figures that do not follow from the ledger,
    a coalition that gains more than is stated as proven.  Warnings: players who pay more than alone (some
    rules allow it).
    """
    findings: list[Finding] = []
    shares = _read(folder / "shares.csv", [*SHARES, *BILLS], findings)
    coalitions = _read(folder / "coalitions.csv", COALITIONS, findings)
    stated = _stated(folder / "sharing.json", findings)
    if findings:
        return findings
    total, direct = _costs(network, plan)
    if stated["instance"].get("sha256") != network.sha256:
        return [_finding("foreign-division", "sharing", "instance", "", "the division is of another network")]
    nothing = _ROUNDING * max(abs(total), 1.0)
    findings += _whole(network, shares, total, nothing)
    findings += _figures(shares, direct, nothing)
    findings += _rational(shares, nothing)
    findings += _stable(shares, coalitions, stated["excess"]["upper"], nothing)
    return findings


def _read(path: Path, columns: list[str], findings: list[Finding]) -> Frame:
    try:
        frame = pd.read_csv(path, dtype={"player": str, "players": str, "firms": str}, keep_default_na=True)
        lost = [column for column in columns if column not in frame]
        if lost:
            raise ValueError(f"the column {lost[0]} is missing")
        for column in set(columns) - {"player", "players", "firms"}:
            frame[column] = frame[column].astype(float)
        return frame
    except (OSError, ValueError) as error:
        findings.append(_finding("unreadable-file", path.stem, "", "", f"it cannot be read ({error})"))
        return pd.DataFrame(columns=columns)


def _stated(path: Path, findings: list[Finding]) -> dict[str, Any]:
    try:
        stated: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        float(stated["excess"]["upper"] or 0.0), stated["instance"]["sha256"]
        return stated
    except (OSError, ValueError, KeyError, TypeError) as error:
        findings.append(_finding("unreadable-file", path.stem, "", "", f"it cannot be read ({error!r})"))
        return {}


def _costs(network: Network, plan: Plan) -> tuple[float, dict[str, float]]:
    """What the plan costs, and what each firm pays itself, from the ledger."""
    facts = Facts(network)
    ledger = plan.ledger[~plan.ledger["inside"].astype(bool)]
    worth = ledger["amount"] * facts.discount(ledger["period"])
    out = worth.where(ledger["term"].isin(PAID_OUT), 0.0).groupby(ledger["payer"]).sum()
    back = worth.where(ledger["term"].isin(TAKEN_IN), 0.0).groupby(ledger["payee"]).sum()
    constant = facts.constant_by_firm
    parties = [row.firm for row in network.rows(Firm)] + [OPERATOR]
    own = {
        name: float(out.get(name, 0.0) - back.get(name, 0.0) - constant.get(name, 0.0)) for name in parties
    }
    return sum(own.values()), own


def _whole(network: Network, shares: Frame, total: float, nothing: float) -> Iterator[Finding]:
    """Efficiency, and every firm in exactly one player."""
    collected = float(shares["share"].sum())
    if abs(collected - total) > nothing:
        cause = f"the shares add up to {collected:,.2f}, the plan costs {total:,.2f}"
        yield _finding("not-all-shared", "shares", "share", f"{collected:.2f}", cause)
    firms = [firm for text in shares["firms"] for firm in str(text).split(";")]
    known = {row.firm for row in network.rows(Firm)}
    for firm in sorted(known.symmetric_difference(firms) | {f for f in firms if firms.count(f) > 1}):
        yield _finding("firm-not-once", "shares", "firms", firm, "the firm is not in exactly one player")


def _figures(shares: Frame, direct: dict[str, float], nothing: float) -> Iterator[Finding]:
    """Own costs, savings and bills follow from the ledger and from each other."""
    own = np.array([sum(direct.get(f, 0.0) for f in str(text).split(";")) for text in shares["firms"]])
    real = {
        "direct": own,
        "saving_low": shares["alone_low"] - shares["share"],
        "saving_high": shares["alone_high"] - shares["share"],
        "due": shares["share"] - own,
        "trueup": shares["due"] - shares["tariff"] - shares["turnover"],
    }
    for column, values in real.items():
        for row in shares[(shares[column] - values).abs() > nothing].itertuples():
            cause = f"{column} of the player does not follow from ledger, share and bill"
            yield _finding("wrong-figure", "shares", column, str(row.player), cause)


def _rational(shares: Frame, nothing: float) -> Iterator[Finding]:
    """Individual rationality."""
    for row in shares[shares["share"] > shares["alone_high"] + nothing].to_dict("records"):
        cause = f"it pays {row['share']:,.2f}, alone it would pay at most {row['alone_high']:,.2f}"
        remedy = "choose another rule, such as least_core"
        yield _finding(
            "pays-more-than-alone", "shares", "share", str(row["player"]), cause, remedy, "warning"
        )


def _stable(shares: Frame, coalitions: Frame, proven: float | None, nothing: float) -> Iterator[Finding]:
    """Every listed coalition: its share, its gain, and the gain that is stated as the greatest."""
    of = dict(zip(shares["player"].astype(str), shares["share"], strict=True))
    for row in coalitions.to_dict("records"):
        members = str(row["players"]).split(";")
        if not set(members) <= set(of) or len(set(members)) != len(members):
            yield _finding("no-such-player", "coalitions", "players", row["players"], "a member is no player")
            continue
        share, low, high = sum(of[name] for name in members), row["cost_low"], row["cost_high"]
        if abs(share - row["share"]) > nothing:
            cause = f"its members' shares add up to {share:,.2f}, not {row['share']:,.2f}"
            yield _finding("wrong-figure", "coalitions", "share", row["players"], cause)
        if low > high + nothing:
            yield _finding("wrong-figure", "coalitions", "cost_low", row["players"], "its cost is empty")
        for column, cost in (("gain_low", high), ("gain_high", low)):
            if cost > 0 and abs(row[column] - (share / cost - 1)) > _ROUNDING:
                yield _finding(
                    "wrong-figure", "coalitions", column, row["players"], "it is not share/cost − 1"
                )
        if proven is not None and high > 0 and share / high - 1 > proven + _ROUNDING:
            cause = f"it gains {share / high - 1:.3%} by leaving, more than the {proven:.3%} stated as proven"
            yield _finding("gains-more-than-proven", "coalitions", "gain_low", row["players"], cause)


def _finding(
    code: str, table: str, column: str, value: str, cause: str, remedy: str = _AGAIN, severity: str = "error"
) -> Finding:
    return Finding(code, severity, table, None, column, value, cause, remedy)  # type: ignore[arg-type]
