"""Whether a plan's stored certificate proves what the plan says, on arrays built anew from its network."""

from __future__ import annotations

from pathlib import Path

from ..instances.findings import Finding
from ..instances.network import Network
from ..models.cluster import build
from . import certificate
from .arrays import collector_off, compile_model
from .folder import CERTIFICATE
from .plan import Plan

ROUNDING = 1e-9
"""Relative difference that another order of sums may make."""


def check_bound(network: Network, plan: Plan, directory: Path) -> tuple[list[Finding], float | None]:
    """(what is wrong, the bound that the certificate proves, ``None`` where there is none)."""
    path = directory / CERTIFICATE
    if not path.is_file():
        if plan.bound_verified is None:
            return [], None
        return [_finding(path, "missing-certificate", "the plan states a verified bound without proof")], None
    with collector_off():
        arrays = compile_model(build(network))
    try:
        value = certificate.verified_bound(certificate.read(path), arrays)
    except (ValueError, OSError) as error:
        return [_finding(path, "unreadable-certificate", str(error))], None
    stated = plan.bound_verified
    if stated is not None and stated > value + ROUNDING * max(abs(value), 1.0):
        cause = f"the certificate proves {value:.6f}, less than the {stated:.6f} that the plan states"
        return [_finding(path, "unproven-bound", cause)], value
    return [], value


def _finding(path: Path, code: str, cause: str) -> Finding:
    return Finding(
        code=code,
        severity="error",
        cause=cause,
        remedy="restore the file or solve again",
        file=str(path),
        table="plan",
        row=None,
        column="bound_verified",
        value="",
    )
