"""Routes about what a job found: the plan in several forms, statements of firms, follow-ups."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from . import followups, results
from .access import Caller
from .jobs import digest_of
from .problems import Problem
from .requests import Anyone, Behind, Planner, address, problems, view
from .schemas import FINAL, JobView, ResultView, Statement
from .service import Service

router = APIRouter(
    prefix="/v1/jobs/{job_id}", tags=["results"], responses=problems(401, 403, 404, 409, 422, 429)
)

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _archive(service: Service, caller: Caller, job_id: str) -> bytes:
    found = service.jobs.find(caller, job_id)
    if found["status"] not in FINAL:
        raise Problem(409, f"the job is {found['status']}; its plan is not there yet", code="not-ended")
    content = service.jobs.blob(job_id, "plan")
    if content is None:
        reason = (found["problem"] or {}).get("detail") or "its search ended without a plan"
        raise Problem(409, f"the job has no plan: {reason}", code="no-plan")
    return content


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


Kind = Annotated[str, Path(pattern="^(explanation|shares|report)$")]


@router.post("/{kind}", status_code=202, responses={200: {"model": JobView, "description": "Already there"}})
def follow_up(
    request: Request, response: Response, job_id: str, kind: Kind, caller: Planner, service: Behind
) -> JobView:
    """Work out the explanation, the shares or the report of a plan, in a job of its own."""
    if kind not in followups.KINDS:
        raise Problem(404, f"this version of the service makes no {kind}", code="no-such-kind")
    parent = service.jobs.find(caller, job_id)
    if kind != "explanation" or parent["status"] not in FINAL:
        _archive(service, caller, job_id)
    known = service.jobs.latest_followup(job_id, kind)
    if known is not None and known["status"] in ("queued", "running", "done"):
        response.status_code = 200 if known["status"] == "done" else 202
        return view(known)
    described = _described(parent, kind)
    limits = (service.settings.queued_per_tenant, service.settings.queued)
    stored = service.jobs.blob(job_id, "network") or b""
    made = service.jobs.submit(caller, described, stored, limits)
    service.jobs.record(caller, kind, address(request), job_id=job_id, sha256=parent["sha256"])
    return view(made)


def _described(parent: dict[str, Any], kind: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "parent": parent["id"],
        "name": f"{parent['name']}: {kind}",
        "options": {},
        "sha256": parent["sha256"],
        "idempotency_key": None,
        "request_digest": digest_of(parent["id"], kind),
    }


@router.get("/{kind}", response_class=Response)
def followed_up(job_id: str, kind: Kind, caller: Planner, service: Behind) -> Response:
    """The explanation, the shares or the report of a plan, once worked out."""
    if kind not in followups.KINDS:
        raise Problem(404, f"this version of the service makes no {kind}", code="no-such-kind")
    service.jobs.find(caller, job_id)
    known = service.jobs.latest_followup(job_id, kind)
    if known is None:
        raise Problem(409, f"not worked out yet: POST /v1/jobs/{job_id}/{kind}", code="not-asked-for")
    if known["status"] == "failed":
        return JSONResponse(
            known["problem"], known["problem"]["status"], media_type="application/problem+json"
        )
    content = service.jobs.blob(known["id"], kind)
    if content is None:
        raise Problem(409, f"the {kind} is {known['status']}; ask again later", code="not-ended")
    return Response(content, media_type=followups.MEDIA_TYPES[kind])
