"""Routes about networks and plans of the platform's own: validate, check, demos, scenario sets."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from ...instances import checks, files
from ...instances.findings import Finding, InputError
from ...instances.network import Network
from ...instances.tables import TABLES
from ..checker import check as check_plan
from ..scenarios import read_scenarios
from . import results, uploads
from .jobs import new_id
from .problems import Problem, bad_input
from .requests import Behind, Planner, WithNetwork, address, body_schema, problems
from .schemas import CheckRequest, CheckView, Demo, FindingView, ScenarioSet, ScenarioSetView, Validation
from .tables import scenario_sets

router = APIRouter(prefix="/v1", tags=["networks"], responses=problems(401, 403, 422, 429))


def verdict(network: Network | None, findings: Sequence[Finding]) -> Validation:
    """The findings of a network, errors first, as ``clusterlane validate --json`` gives them."""
    listed = [FindingView(**asdict(finding)) for finding in sorted(findings, key=lambda f: f.severity)]
    ok = all(finding.severity != "error" for finding in findings)
    if network is None or not network.all_rows(TABLES["settings"]):
        return Validation(ok=ok, findings=listed)
    return Validation(
        ok=ok, name=network.settings.name, sha256=network.sha256, rows=_counts(network), findings=listed
    )


def _counts(network: Network) -> dict[str, int]:
    return {name: len(network.rows(kind)) for name, kind in TABLES.items()}


@router.post("/validate", openapi_extra=body_schema(), responses=problems(400, 404, 413, 415))
def validate(caller: Planner, service: Behind, body: WithNetwork) -> Validation:
    """Everything that is wrong with a network, and what to do about it; nothing is stored."""
    try:
        network = body.network(service.settings.unpacked_bytes)
    except InputError as error:
        return verdict(None, error.findings)
    except Problem as problem:
        if problem.code != "bad-input":
            raise
        return verdict(None, problem.findings)
    return verdict(network, checks.check(network))


@router.post("/check", responses=problems(404, 413))
def check(request: Request, caller: Planner, service: Behind, body: CheckRequest) -> CheckView:
    """Check a plan of the platform's own; the check shares nothing with the model."""
    if (body.network is None) == (body.demo is None):
        raise Problem(422, "give one network: the tables, or the name of a demo", code="one-network")
    network = uploads.demo(body.demo) if body.demo else uploads.network_of_tables(body.network or {})
    errors = [finding for finding in checks.check(network) if finding.severity == "error"]
    if errors:
        raise bad_input(errors)
    plan = results.completed(network, results.plan_of(network, body), body)
    findings = check_plan(network, plan)
    service.jobs.record(caller, "check", address(request), sha256=network.sha256)
    listed = [FindingView(**asdict(finding)) for finding in findings]
    return CheckView(ok=not findings, objective=plan.objective, bound=plan.bound, findings=listed)


@router.get("/demos")
def demos(caller: Planner) -> list[Demo]:
    """The networks that the service ships."""
    networks = {name: files.load(name) for name in files.library_names()}
    return [Demo(name=name, sha256=n.sha256, rows=_counts(n)) for name, n in networks.items()]


@router.get("/demos/{name}", responses=problems(404))
def demo(name: str, caller: Planner) -> JSONResponse:
    """A network that the service ships, as JSON."""
    return JSONResponse(results.tables_of(uploads.demo(name)))


@router.post("/scenario-sets", status_code=201)
def add_scenarios(request: Request, caller: Planner, service: Behind, body: ScenarioSet) -> ScenarioSetView:
    """Keep a set of scenarios under a name, for sweeps."""
    with tempfile.TemporaryDirectory(prefix="clusterlane-scenarios-") as room:
        path = Path(room) / "scenarios.toml"
        path.write_text(body.toml, encoding="utf-8", errors="replace")
        read_scenarios(path)
    row: dict[str, Any] = {"id": new_id(), "name": body.name.replace("\0", ""), "created": time.time()}
    with service.database.writing() as connection:
        values = {**row, "tenant_id": caller.tenant, "content": {"toml": body.toml}}
        connection.execute(sa.insert(scenario_sets).values(**values))
    service.jobs.record(caller, "add-scenarios", address(request))
    return ScenarioSetView(**row, toml=body.toml)


@router.get("/scenario-sets")
def list_scenarios(caller: Planner, service: Behind) -> list[ScenarioSetView]:
    """The scenario sets of the tenant, newest first."""
    mine = scenario_sets.c.tenant_id == caller.tenant
    rows = service.database.rows(
        sa.select(scenario_sets).where(mine).order_by(scenario_sets.c.created.desc()).limit(200)
    )
    shown = ("id", "name", "created")
    return [ScenarioSetView(**{key: row[key] for key in shown}, toml=row["content"]["toml"]) for row in rows]
