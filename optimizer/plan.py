"""A plan: its tables, and the envelope around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from .certificate import Certificate
from .known_prices import KnownPrices
from .progress import relative_gap

TABLES: dict[str, dict[str, str]] = {
    "sites": {"warehouse": "str"},
    "leases": {"warehouse": "str", "tier": "str", "start": "int", "end": "int"},
    "hubs": {"hub": "str", "level": "str"},
    "hauls": {"product": "str", "hub": "str", "period": "int", "quantity": "float"},
    "holds": {"product": "str", "hub": "str", "period": "int", "quantity": "float"},
    "shipments": {
        "product": "str",
        "firm": "str",
        "lane": "str",
        "period": "int",
        "quantity": "float",
        "volume_m3": "float",
        "weight_kg": "float",
        "lane_share": "float",
    },
    "containers": {"lane": "str", "container": "str", "period": "int", "boxes": "int"},
    "loose": {"lane": "str", "period": "int", "chargeable_kg": "float"},
    "stock": {"product": "str", "warehouse": "str", "period": "int", "quantity": "float"},
    "deliveries": {
        "product": "str",
        "warehouse": "str",
        "market": "str",
        "period": "int",
        "quantity": "float",
        "days": "float",
    },
    "parcels": {
        "product": "str",
        "service": "str",
        "market": "str",
        "period": "int",
        "quantity": "float",
        "days": "float",
    },
    "unmet": {"product": "str", "market": "str", "period": "int", "quantity": "float", "reason": "str"},
    "receipts": {"firm": "str", "channel": "str", "zone": "str", "period": "int", "amount": "float"},
    "admissions": {"firm": "str", "funder": "str"},
    "loans": {
        "firm": "str",
        "loan": "str",
        "guaranteed": "bool",
        "period": "int",
        "draw": "float",
        "repay": "float",
        "balance": "float",
    },
    "collateral": {
        "firm": "str",
        "kind": "str",
        "period": "int",
        "source": "str",
        "place": "str",
        "value": "float",
    },
    "cash": {"firm": "str", "period": "int", "cash": "float", "emergency": "float"},
    "subsidies": {"subsidy": "str", "beneficiary": "str", "period": "int", "amount": "float"},
    "trueup": {"period": "int", "amount": "float"},
}
"""Columns of each plan table.  Decisions that are 0 have no row.  ``loans`` has a row wherever draw,
repayment or balance is not 0; ``cash`` has every firm (and ``operator``) in every period; ``leases.end`` is
the last period of the term (at most T); ``shipments.lane_share`` is the row's share of the chargeable load
of its lane and period; ``collateral`` lists what secures each firm's loans, by source (product or trade) and
place (hub, lane, warehouse, zone or buyer)."""

OPERATOR = "operator"


@dataclass(frozen=True)
class Plan:
    """What was decided, what it costs, and how far it is from the best possible.

    ``bound`` and ``gap`` are ``None`` when unknown.  ``gap = (objective - bound) / |objective|``.
    ``bound_verified`` is what the ``certificate`` proves to code that shares nothing with the solver; it may
    be below the bound that the solver claims, and is ``None`` where there is no certificate.  ``prices`` are
    what the bound was found with, for a search that begins with this plan.
    """

    instance: str
    sha256: str
    status: str
    termination: str
    tables: Mapping[str, pd.DataFrame]
    ledger: pd.DataFrame
    objective: float | None = None
    bound: float | None = None
    bound_verified: float | None = None
    certificate: Certificate | None = field(default=None, repr=False, compare=False)
    prices: KnownPrices | None = field(default=None, repr=False, compare=False)
    runtime_seconds: float = 0.0
    strategy: str = ""
    seed: int = 0
    versions: Mapping[str, str] = field(default_factory=dict)
    kpis: Mapping[str, Any] = field(default_factory=dict)
    check: Mapping[str, Any] = field(default_factory=dict)
    comparisons: Mapping[str, Any] = field(default_factory=dict)
    log: tuple[str, ...] = ()

    @property
    def gap(self) -> float | None:
        """Relative gap, or ``None`` where it is unknown."""
        return relative_gap(self.objective, self.bound)

    @property
    def fully_certified(self) -> bool:
        """Whether the certificate proves all of the bound, up to a hundred-thousandth of it."""
        if self.bound is None or self.bound_verified is None:
            return False
        return self.bound - self.bound_verified <= _CARRIED * abs(self.bound)


_CARRIED = 1e-5
"""Part of a bound that a certificate may lack to carry it: outward rounding takes some."""


def empty(table: str) -> pd.DataFrame:
    """A plan table without rows, with the right column types."""
    return pd.DataFrame({c: pd.Series(dtype=_DTYPES[kind]) for c, kind in TABLES[table].items()})


_DTYPES = {"str": "object", "int": "int64", "float": "float64", "bool": "bool"}
