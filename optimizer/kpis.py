"""Key figures of a plan, recomputed from network, plan tables and ledger."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from ..instances.network import Network
from ..instances.tables import Container, Firm, Guarantee, Subsidy
from .ledger import constant_of, objective_of, outflow
from .ledger_facts import Facts, Frame, Tables, complete
from .ledger_lines import FINANCE, INSIDE, PAID_OUT, PRINCIPAL, PUBLIC, SIGN, TAKEN_IN
from .ledger_money import core_limits, guaranteed_loans
from .plan import OPERATOR
from .plan import TABLES as PLAN_TABLES

UNCONTROLLED = ("duty", "parcel_duty", "last_mile")
"""Terms that hardly depend on what is decided."""


def kpis(network: Network, tables: Tables, ledger: Frame) -> dict[str, Any]:
    """Key figures by name, ready for JSON: money in the network's currency, shares in 0..1.

    ``None`` stands for what is undefined, such as the fill of a plan without containers.
    """
    return kpis_of(Facts(network), complete(tables), ledger)


def kpis_of(facts: Facts, tables: Tables, ledger: Frame) -> dict[str, Any]:
    """The same for facts and complete tables at hand."""
    return {
        **_costs(facts, ledger),
        "cost_by_firm": _cost_by_firm(facts, ledger),
        **_service(facts, tables),
        **_transport(facts, tables),
        **_use(facts, tables),
        **_finance(facts, tables, ledger),
        "operator": _operator(ledger),
        "sites_opened": len(tables["sites"]),
        "leases_started": len(tables["leases"]),
        "hubs_opened": len(tables["hubs"]),
        "totals": _totals(tables),
    }


def _share(part: float, whole: float) -> float | None:
    return float(part / whole) if whole > 0 else None


def _costs(facts: Facts, ledger: Frame) -> dict[str, Any]:
    out = outflow(facts, ledger)
    by_term = out.groupby(ledger["term"]).sum()
    terms = {term: float(by_term[term]) for term in SIGN if term in by_term.index and SIGN[term]}
    total = objective_of(facts, ledger)
    public = -sum(terms.get(term, 0.0) for term in PUBLIC)
    return {
        "objective": total,
        "constant": constant_of(facts),
        "cost_by_term": terms,
        "controllable_cost": total - sum(terms.get(term, 0.0) for term in UNCONTROLLED),
        "cost_before_public_money": total + public,
        "cost_after_public_money": total,
        "public_money": public,
    }


def _cost_by_firm(facts: Facts, ledger: Frame) -> dict[str, float]:
    """Each firm's (and the operator's) payments less receipts, today's money, less its constant."""
    worth = ledger["amount"] * facts.discount(ledger["period"])
    paid = ledger["term"].isin([*PAID_OUT, *INSIDE])
    taken = ledger["term"].isin([*TAKEN_IN, *INSIDE])
    spent = worth[paid].groupby(ledger["payer"][paid]).sum()
    earned = worth[taken].groupby(ledger["payee"][taken]).sum()
    unchanged = facts.constant_by_firm
    parties = [*facts.by_key(Firm).index, OPERATOR]
    return {
        firm: float(spent.get(firm, 0.0) - earned.get(firm, 0.0) - unchanged.get(firm, 0.0))
        for firm in parties
    }


def _service(facts: Facts, tables: Tables) -> dict[str, Any]:
    demand = float(facts.demand["quantity"].sum())
    deliveries, parcels = tables["deliveries"], tables["parcels"]
    served = float(deliveries["quantity"].sum() + parcels["quantity"].sum())
    moved = pd.concat([deliveries, parcels], ignore_index=True)
    volume = moved["quantity"] * moved["product"].map(facts.products["volume_m3"])
    late = float((volume * moved["days"]).sum())
    return {
        "demand_units": demand,
        "unmet_share": _share(float(tables["unmet"]["quantity"].sum()), demand),
        "parcel_share": _share(float(parcels["quantity"].sum()), served),
        "average_delivery_days": _share(late, float(volume.sum())),
    }


def _transport(facts: Facts, tables: Tables) -> dict[str, Any]:
    fill = container_loads(facts, tables)
    by_lane = {str(lane): _fill_shares(rows) for lane, rows in fill.groupby("lane")}
    emitted = facts.emissions(tables)["kg"].sum()
    return {
        "containers": int(tables["containers"]["boxes"].sum()),
        "container_fill": {**_fill_shares(fill), "by_lane": by_lane},
        "co2_t": float(emitted / 1000.0),
    }


def container_loads(facts: Facts, tables: Tables) -> Frame:
    """Room of the containers by lane and period (``m3``, ``kg``) and their ``load_m3``, ``load_kg``."""
    types = facts.by_key(Container)
    boxes = tables["containers"].join(types[["volume_m3", "weight_kg"]], on="container")
    booked = pd.DataFrame(
        {
            "lane": boxes["lane"],
            "period": boxes["period"],
            "m3": boxes["boxes"] * boxes["volume_m3"],
            "kg": boxes["boxes"] * boxes["weight_kg"],
        }
    )
    loose = tables["loose"].assign(kg_m3=tables["loose"]["lane"].map(facts.lanes["loose_kg_m3"]))
    loose = loose.assign(m3=loose["chargeable_kg"] / loose["kg_m3"])
    return _fill(booked, loose, tables["shipments"])


def _fill(booked: Frame, loose: Frame, shipments: Frame) -> Frame:
    """Room and load in containers by lane and period; what loose cargo cannot take is in containers."""
    keys = ["lane", "period"]
    room = booked.groupby(keys)[["m3", "kg"]].sum()
    goods = shipments.groupby(keys)[["volume_m3", "weight_kg"]].sum()
    free = loose.groupby(keys)[["m3", "chargeable_kg"]].sum().rename(columns={"m3": "m3_loose"})
    rows = room.join(goods).join(free).fillna(0.0).reset_index()
    return rows.assign(
        load_m3=(rows["volume_m3"] - rows["m3_loose"]).clip(lower=0.0),
        load_kg=(rows["weight_kg"] - rows["chargeable_kg"]).clip(lower=0.0),
    )


def _fill_shares(rows: Frame) -> dict[str, float | None]:
    return {
        "volume": _share(float(rows["load_m3"].sum()), float(rows["m3"].sum())),
        "weight": _share(float(rows["load_kg"].sum()), float(rows["kg"].sum())),
    }


def _use(facts: Facts, tables: Tables) -> dict[str, Any]:
    """Greatest use of each line and limit over the periods, as a share of it, and of each budget."""
    loans = tables["loans"].join(facts.loans["funder"], on="loan")
    limits = facts.by_key(Firm)["credit_limit"].dropna()
    guaranteed = guaranteed_loans(facts, tables)
    guaranteed = guaranteed.assign(pair=_pair(guaranteed))
    offers = facts.frame(Guarantee)
    lines = dict(zip(_pair(offers), offers["line"], strict=True))
    own = loans.assign(core=loans["firm"])
    carried = pd.concat([guaranteed[["core", "period", "balance"]], own[["core", "period", "balance"]]])
    budgets = facts.by_key(Subsidy)["budget"]
    spent = tables["subsidies"].groupby("subsidy")["amount"].sum()
    return {
        "peak_use": {
            "funder_lines": _peaks(loans, "funder", facts.funders["line"].to_dict()),
            "firm_limits": _peaks(loans, "firm", limits.to_dict()),
            "guarantee_relations": _peaks(guaranteed, "pair", lines),
            "guarantee_lines": _peaks(carried, "core", core_limits(facts).to_dict()),
            "subsidy_budgets": {str(k): _share(float(spent.get(k, 0.0)), b) for k, b in budgets.items()},
        }
    }


def _pair(frame: Frame) -> list[str]:
    return [f"{core}/{relation!s}" for core, relation in zip(frame["core"], frame["relation"], strict=True)]


def _peaks(rows: Frame, by: str, limits: dict[Any, float]) -> dict[str, float | None]:
    used = rows.groupby([by, "period"])["balance"].sum().groupby(level=0).max()
    return {str(name): _share(float(used.get(name, 0.0)), limit) for name, limit in limits.items()}


def _finance(facts: Facts, tables: Tables, ledger: Frame) -> dict[str, Any]:
    out = outflow(facts, ledger)
    cost = out[ledger["term"].isin(FINANCE)].sum()
    loans = tables["loans"].groupby("period")["balance"].sum()
    firms = tables["cash"][tables["cash"]["firm"] != OPERATOR]
    lacking = firms.groupby("period")["emergency"].sum()
    drawn = ledger[(ledger["term"] == "emergency_draw") & (ledger["payee"] != OPERATOR)]
    return {
        "finance_cost": float(cost),
        "peak_loans": float(loans.max()) if len(loans) else 0.0,
        "liquidity_gap_peak": float(lacking.max()) if len(lacking) else 0.0,
        "liquidity_gap_total": float(drawn["amount"].sum()),
    }


def _operator(ledger: Frame) -> dict[str, float]:
    """The operator's tariffs, what it pays and gets outside, and the true-up, nominal."""
    amount = ledger["amount"]
    real = ~ledger["term"].isin(PRINCIPAL)
    paid = amount[real & (ledger["payer"] == OPERATOR) & ledger["term"].isin(PAID_OUT)].sum()
    helped = amount[real & (ledger["payee"] == OPERATOR) & ledger["term"].isin(TAKEN_IN)].sum()
    trueup = ledger[ledger["term"] == "trueup"]
    toward = trueup["amount"].where(trueup["payee"] == OPERATOR, -trueup["amount"]).sum()
    return {
        "tariffs": float(amount[ledger["term"] == "tariff"].sum()),
        "cost": float(paid - helped),
        "trueup": float(toward),
    }


def _totals(tables: Tables) -> dict[str, float]:
    """Exact sums of every number column of the plan tables: a changed figure shows in them."""
    return {
        f"{table}.{column}": math.fsum(tables[table][column])
        for table, columns in PLAN_TABLES.items()
        for column, kind in columns.items()
        if kind == "float" and len(tables[table])
    }
