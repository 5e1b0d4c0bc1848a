"""Ways that goods and money may not take: what the network does not offer."""

from __future__ import annotations

import pandas as pd

from ...instances.findings import Finding
from ...instances.tables import (
    Contract,
    Haulage,
    HubLevel,
    LaneContainer,
    LastMile,
    ParcelRate,
    Sale,
    Tier,
)
from ..ledger_facts import Facts, Frame
from .case import report
from .structure import KEYS


def clean_arcs(facts: Facts, tables: dict[str, Frame], findings: list[Finding]) -> dict[str, Frame]:
    """The rows that go a way the network offers; the others are added to ``findings``."""
    clusters = facts.products["cluster"]
    hauls = tables["hauls"]
    if len(hauls):
        hauls = hauls.assign(cluster=hauls["product"].map(clusters))
    kept = dict(tables)
    kept["hauls"] = _offered("hauls", hauls, facts.frame(Haulage), ["cluster", "hub"], findings)
    offers = facts.frame(LaneContainer)
    kept["containers"] = _offered("containers", tables["containers"], offers, ["lane", "container"], findings)
    loose = facts.lanes[facts.lanes["loose_rate_kg"].notna()]
    kept["loose"] = _offered("loose", tables["loose"], loose, ["lane"], findings)
    levels = facts.frame(HubLevel)
    kept["hubs"] = _offered("hubs", tables["hubs"], levels, ["hub", "level"], findings)
    kept["leases"] = _offered("leases", tables["leases"], _tiers(facts), ["warehouse", "tier"], findings)
    kept["receipts"] = _offered(
        "receipts", tables["receipts"], facts.channel_terms, ["zone", "channel"], findings
    )
    for name, way in (("deliveries", LastMile), ("parcels", ParcelRate)):
        ends = ["warehouse", "market"] if name == "deliveries" else ["service", "market"]
        rows = _offered(name, tables[name], facts.frame(way), ends, findings)
        kept[name] = _offered(name, rows, facts.frame(Sale), ["product", "market"], findings)
    kept["unmet"] = _offered("unmet", tables["unmet"], facts.frame(Sale), ["product", "market"], findings)
    return {name: frame.reset_index(drop=True) for name, frame in kept.items()}


def _tiers(facts: Facts) -> Frame:
    leased = facts.open_warehouses
    leased = leased[leased["contract"] == Contract.LEASE]
    tiers = facts.frame(Tier)
    return tiers[tiers["warehouse"].isin(leased.index)]


def _offered(name: str, frame: Frame, offers: Frame, columns: list[str], findings: list[Finding]) -> Frame:
    """Rows whose ``columns`` are together in ``offers``."""
    if not len(frame):
        return frame
    wanted = pd.MultiIndex.from_frame(frame[columns])
    found = wanted.isin(pd.MultiIndex.from_frame(offers[columns].reset_index(drop=True)))
    pair = " with ".join(f"{column} {{{column}}}" for column in columns)
    cause = f"the network offers no {pair}"
    remedy = "use a way that the network lists"
    findings += report(frame[~found], "arc-missing", name, KEYS[name], cause, remedy)
    return frame[found].drop(columns="cluster", errors="ignore")
