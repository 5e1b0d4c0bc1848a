"""Warehouses: sites, leases, tiers, storage, throughput, openings, coverage, single source."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ...instances.findings import Finding
from ...instances.tables import Contract, Period, State
from ..ledger_facts import Frame
from . import tolerance
from .case import Case, report, summed

SPOT = ["warehouse", "period"]


def leases(case: Case) -> Iterator[Finding]:
    """A warehouse has one lease at a time, as long as its term."""
    running = case.active.groupby(SPOT).size().rename("count").reset_index()
    cause = "{count} leases run at once, a warehouse can have one"
    yield from report(running[running["count"] > 1], "two-leases", "leases", SPOT, cause, "keep one lease")
    last = case.active.groupby(["warehouse", "tier", "start"], as_index=False)["period"].max()
    rows = case.tables["leases"].merge(last, on=["warehouse", "tier", "start"])
    wrong = rows[rows["end"] != rows["period"]]
    cause = "the lease ends in period {end}, its term ends in {period}"
    keys = ["warehouse", "tier", "start"]
    yield from report(wrong, "lease-end", "leases", keys, cause, "state the end of the term", "end")


def sites(case: Case) -> Iterator[Finding]:
    """Every warehouse that is leased or used is a site; every forced one is open when there is demand."""
    used = [case.tables[name][["warehouse"]] for name in ("leases", "deliveries")]
    rows = pd.concat(used, ignore_index=True).drop_duplicates()
    rows = rows[~rows["warehouse"].isin(case.tables["sites"]["warehouse"])]
    cause = "{warehouse} is used but not a site, so its set-up is not paid"
    yield from report(rows, "site-missing", "sites", ["warehouse"], cause, "add it to the sites")
    places = case.facts.open_warehouses
    forced = places[places["state"] == State.FORCED]
    per_use = forced[(forced["contract"] == Contract.PER_USE)]
    per_use = per_use[~per_use.index.isin(case.tables["sites"]["warehouse"])]
    cause = "the warehouse must be open in every period with demand"
    remedy = "open it"
    yield from report(per_use, "forced-warehouse", "sites", ["warehouse"], cause, remedy)
    busy = pd.DataFrame({"period": sorted(set(case.facts.demand["period"]))}).astype("int64")
    leased = forced[forced["contract"] == Contract.LEASE][["warehouse"]].reset_index(drop=True)
    rows = _without(leased.merge(busy, how="cross"), case.active)
    yield from report(rows, "forced-warehouse", "leases", SPOT, cause, remedy)


def _without(rows: Frame, active: Frame) -> Frame:
    """Rows of (warehouse, period) without a running lease."""
    running = pd.MultiIndex.from_frame(active[SPOT])
    return rows[~pd.MultiIndex.from_frame(rows[SPOT]).isin(running)]


def links(case: Case) -> Iterator[Finding]:
    """Goods lie in and leave a leased warehouse only under a lease."""
    for name, what in (("stock", "in stock"), ("deliveries", "delivered")):
        rows = case.loads(name)
        rows = rows[rows["warehouse"].isin(case.leased.index) & (rows["quantity"] > tolerance.QUANTITY)]
        rows = summed(_without(rows, case.active), SPOT, "m3")
        cause = f"{{used:,.6g}} m3 are {what} without a lease"
        yield from report(rows, "no-lease", name, SPOT, cause, "lease the warehouse in this period")


def sizes(case: Case) -> Iterator[Finding]:
    """Stock and deliveries fit the warehouse, its leased tier, and the tier's sizes per family."""
    for name, column, code, what in (
        ("stock", "storage_m3", "storage-capacity", "in stock"),
        ("deliveries", "throughput_m3_month", "throughput-capacity", "delivered"),
    ):
        loads = case.loads(name)
        used = summed(loads, SPOT, "m3")
        tiers = case.active.assign(size=case.active[column].fillna(np.inf))
        tiers = summed(tiers, SPOT, "size", "size")
        yield from _over(case, used.merge(tiers, on=SPOT), code, name, SPOT, what)
        place = case.facts.open_warehouses[column].rename("size")
        yield from _over(case, used.join(place, on="warehouse"), code, name, SPOT, what)
        keys = ["warehouse", "family", "period"]
        families = case.tier_families.assign(size=case.tier_families[column].fillna(np.inf))
        families = summed(families, keys, "size", "size")
        by_family = summed(loads, keys, "m3").merge(families, on=keys)
        yield from _over(case, by_family, code.replace("-", "-family-"), name, keys, what)


def _over(case: Case, rows: Frame, code: str, table: str, keys: list[str], what: str) -> Iterator[Finding]:
    months = case.facts.days(rows["period"]) / 30.0 if table == "deliveries" else 1.0
    rows = rows.assign(size=rows["size"] * months)
    rows = rows[np.isfinite(rows["size"])]
    over = tolerance.exceeds(rows["used"], rows["size"], tolerance.QUANTITY)
    cause = f"{{used:,.6g}} m3 are {what}, there is room for {{size:,.6g}} m3"
    yield from report(rows[over], code, table, keys, cause, "lease a larger tier or move less goods")


def openings(case: Case) -> Iterator[Finding]:
    """Leases start and warehouses are leased as a period allows and asks for."""
    periods = case.facts.frame(Period).set_index("period", drop=False)
    starts = case.tables["leases"].groupby("start").size()
    rows = periods.assign(count=starts.reindex(periods.index).fillna(0))
    few = rows[rows["count"] < rows["min_openings"]]
    cause = "{count:g} leases start, at least {min_openings:g} must"
    yield from report(few, "openings", "leases", ["period"], cause, "start some earlier")
    cause = "{count:g} leases start, at most {max_openings:g} may"
    over = rows[rows["count"] > rows["max_openings"]]
    yield from report(over, "openings", "leases", ["period"], cause, "start some later")
    running = case.active.drop_duplicates(SPOT).groupby("period").size()
    rows = periods.assign(count=running.reindex(periods.index).fillna(0))
    cause = "{count:g} warehouses are leased, at most {max_sites:g} may be"
    over = rows[rows["count"] > rows["max_sites"]]
    yield from report(over, "sites", "leases", ["period"], cause, "lease fewer warehouses")


def coverage(case: Case) -> Iterator[Finding]:
    """Enough markets have all their demand served."""
    keys = ["product", "market", "period"]
    wanted = case.facts.demand[[*keys, "quantity"]]
    lost = case.tables["unmet"][[*keys, "quantity"]].rename(columns={"quantity": "lost"})
    rows = wanted.merge(lost, on=keys, how="left").fillna({"lost": 0.0})
    short = tolerance.exceeds(rows["lost"], 0.0, tolerance.QUANTITY, rows["quantity"])
    full = ~rows.assign(short=short).groupby(["market", "period"])["short"].any()
    periods = case.facts.frame(Period).set_index("period", drop=False)
    if case.facts.settings.keep_covered:
        asked = full[full.index.isin(periods.index[periods["min_covered"] > 0], level="period")]
        full = asked[::-1].groupby("market").cummin()
    served = full.groupby("period").sum()
    periods = periods.assign(served=served.reindex(periods.index).fillna(0).astype(int))
    short_periods = periods[periods["served"] < periods["min_covered"]]
    cause = "{served} markets are fully served, at least {min_covered:g} must be"
    yield from report(short_periods, "coverage", "unmet", ["period"], cause, "serve more markets fully")


def single_source(case: Case) -> Iterator[Finding]:
    """A product in a market comes from one warehouse."""
    if not case.facts.settings.single_source:
        return
    rows = case.tables["deliveries"]
    rows = rows[rows["quantity"] > tolerance.QUANTITY]
    counts = rows.groupby(["product", "market"])["warehouse"].nunique().rename("count").reset_index()
    cause = "{count} warehouses deliver, only one may"
    keys = ["product", "market"]
    yield from report(
        counts[counts["count"] > 1], "single-source", "deliveries", keys, cause, "keep one warehouse"
    )


RULES = (leases, sites, links, sizes, openings, coverage, single_source)
