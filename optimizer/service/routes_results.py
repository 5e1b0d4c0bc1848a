"""Routes about what a job found: the plan in several forms, statements of firms, follow-ups."""

from __future__ import annotations

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from ..report import Language, plan_map
from ..report.words import Words
from . import results
from .access import Caller
from .jobs import digest_of
from .problems import Problem
from .requests import Anyone, Behind, Planner, address, problems, view
from .schemas import FINAL, JobView, Kind, ResultView, Statement
from .service import Service
from .tables import scenario_sets

router = APIRouter(
    prefix="/v1/jobs/{job_id}", tags=["results"], responses=problems(401, 403, 404, 409, 422, 429)
)

SVG = "image/svg+xml"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _archive(service: Service, caller: Caller, job_id: str) -> bytes:
    found = service.jobs.find(caller, job_id)
    if found["status"] not in FINAL:
        raise Problem(409, f"the job is {found['status']}; its plan is not there yet", code="not-ended")
    content = service.jobs.blob(job_id, "plan")
    if content is None:
        reason = (found["problem"] or {}).get("detail") or _without_plan(found["envelope"] or {})
        raise Problem(409, f"the job has no plan: {reason}", code="no-plan")
    return content


def _without_plan(envelope: dict[str, Any]) -> str:
    if envelope.get("status") == "infeasible":
        return "none keeps all limits; ask for its explanation"
    seconds, why = envelope.get("runtime_seconds") or 0.0, envelope.get("termination", "unknown")
    return f"its search ended without one after {seconds:.0f} s ({why}); a longer time_limit may help"


@router.get("/result")
def result(job_id: str, caller: Planner, service: Behind) -> ResultView:
    """The plan: envelope, tables, ledger."""
    return results.result(results.stored_plan(_archive(service, caller, job_id)))


def _download(content: bytes, kind: str, name: str) -> Response:
    return Response(
        content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@router.get("/result.zip", response_class=Response, responses={200: {"content": {"application/zip": {}}}})
def archive(job_id: str, caller: Planner, service: Behind) -> Response:
    """The plan's folder, as `clusterlane solve` writes it, in a zip archive."""
    return _download(_archive(service, caller, job_id), "application/zip", f"plan-{job_id[:8]}.zip")


@router.get("/result.xlsx", response_class=Response, responses={200: {"content": {WORKBOOK: {}}}})
def workbook(job_id: str, caller: Planner, service: Behind) -> Response:
    """The plan as an Excel workbook."""
    content = results.workbook(results.stored_plan(_archive(service, caller, job_id)))
    return _download(content, WORKBOOK, f"plan-{job_id[:8]}.xlsx")


@router.get("/network", response_class=Response, responses={200: {"content": {"application/json": {}}}})
def network(job_id: str, caller: Planner, service: Behind) -> Response:
    """The network of the job, as tables."""
    service.jobs.find(caller, job_id)
    return Response(service.jobs.network(job_id), media_type="application/json")


@router.get("/statement")
def statement(
    request: Request,
    job_id: str,
    caller: Anyone,
    service: Behind,
    firm: Annotated[
        str | None, Query(max_length=200, description="Id of the firm; a firm's own by default.")
    ] = None,
) -> Statement:
    """What the plan means for one firm.  A firm sees its own, of published plans."""
    if caller.role == "firm" and firm not in (None, caller.firm):
        raise Problem(403, "a firm sees its own statement only", code="not-allowed")
    asked = caller.firm if caller.role == "firm" else firm
    if asked is None:
        raise Problem(422, "name the firm: ?firm=ID", code="bad-request")
    plan = results.stored_plan(_archive(service, caller, job_id))
    found = results.statement(job_id, results.stored_network(service.jobs.network(job_id)), plan, asked)
    service.jobs.record(caller, "statement", address(request), job_id=job_id)
    return found


@router.get("/map", response_class=Response, responses={200: {"content": {SVG: {}}}})
def plan_as_map(job_id: str, caller: Planner, service: Behind, language: Language = Language.EN) -> Response:
    """The plan on a map: hubs, lanes, warehouses, markets."""
    plan = results.stored_plan(_archive(service, caller, job_id))
    drawn = plan_map(results.stored_network(service.jobs.network(job_id)), plan, Words(language))
    return Response(drawn, media_type=SVG)


@router.post("/{kind}", status_code=202, responses={200: {"model": JobView, "description": "Already there"}})
def follow_up(
    request: Request,
    response: Response,
    job_id: str,
    kind: Kind,
    caller: Planner,
    service: Behind,
    time_limit: Annotated[float, Query(gt=0, le=86400, description="Seconds for all of it.")] = 300.0,
    scenario_set: Annotated[str | None, Query(max_length=32, description="For a sweep.")] = None,
) -> JobView:
    """Work out the explanation, the shares, the report or a sweep of a plan, in a job of its own."""
    parent = service.jobs.find(caller, job_id)
    if kind != "explanation" or parent["status"] != "done":
        _archive(service, caller, job_id)
    options: dict[str, Any] = {"time_limit": time_limit}
    if kind == "sweep":
        options["scenario_set"] = _scenario_set(service, caller, scenario_set)["id"]
    known = service.jobs.latest_followup(job_id, kind)
    if known is not None and known["options"] == options and known["status"] in ("queued", "running", "done"):
        response.status_code = 200 if known["status"] == "done" else 202
        return view(known)
    limits = (service.settings.queued_per_tenant, service.settings.queued)
    stored = service.jobs.blob(job_id, "network") or b""
    made = service.jobs.submit(caller, _described(parent, kind, options), stored, limits)
    service.jobs.record(caller, kind, address(request), job_id=job_id, sha256=parent["sha256"])
    return view(made)


def _scenario_set(service: Service, caller: Caller, wanted: str | None) -> dict[str, Any]:
    mine = (scenario_sets.c.tenant_id == caller.tenant) & (scenario_sets.c.id == (wanted or ""))
    found = service.database.row(sa.select(scenario_sets).where(mine))
    if found is None:
        raise Problem(404, "there is no such scenario set; name one: ?scenario_set=ID", code="no-such-set")
    return found


def _described(parent: dict[str, Any], kind: str, options: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": kind,
        "parent": parent["id"],
        "name": f"{parent['name']}: {kind}",
        "options": options,
        "sha256": parent["sha256"],
        "idempotency_key": None,
        "request_digest": digest_of(parent["id"], kind, options),
    }


@router.get("/{kind}", response_class=Response)
def followed_up(
    job_id: str, kind: Kind, caller: Planner, service: Behind, language: Language = Language.EN
) -> Response:
    """The explanation, shares or sweep (JSON) or the report (HTML) of a plan, once worked out."""
    service.jobs.find(caller, job_id)
    known = service.jobs.latest_followup(job_id, kind)
    if known is None:
        raise Problem(409, f"not worked out yet: POST /v1/jobs/{job_id}/{kind}", code="not-asked-for")
    if known["status"] == "failed":
        problem = known["problem"]
        return JSONResponse(problem, problem["status"], media_type="application/problem+json")
    content = service.jobs.blob(known["id"], f"report-{language}" if kind == "report" else kind)
    if content is None:
        raise Problem(409, f"not there yet ({kind}: {known['status']}); ask again later", code="not-ended")
    return Response(content, media_type="text/html" if kind == "report" else "application/json")
