"""Routes about jobs: submit, list, follow, stop, publish, erase."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse

from ...instances import checks, files
from ...instances.findings import Finding
from ...instances.network import Network
from ..strategies import STRATEGIES
from .access import Caller
from .jobs import digest_of, packed
from .problems import Problem, bad_input
from .requests import Anyone, Behind, Planner, Sent, WithNetwork, address, body_schema, problems, view
from .routes_networks import verdict
from .schemas import FINAL, JobList, JobView, Publication, Status, Validation
from .service import Service
from .worker import restricted

router = APIRouter(prefix="/v1/jobs", tags=["jobs"], responses=problems(401, 403, 404, 422, 429))

EVENT = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("id", "event", "data")},
    "examples": [
        {"id": "7", "event": "progress", "data": '{"seconds": 1.2, "incumbent": 6336.0, "bound": 6100.0}'}
    ],
}
SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_BETWEEN_SIGNS = 15.0

IdempotencyKey = Annotated[
    str | None,
    Header(
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="The same key again gives the same job, not a second one.",
    ),
]


@router.post(
    "",
    status_code=202,
    response_model=JobView,
    openapi_extra=body_schema(),
    responses={
        200: {"model": Validation, "description": "Only validated"},
        **problems(400, 409, 413, 415),
    },
)
def submit(
    request: Request,
    response: Response,
    caller: Planner,
    service: Behind,
    body: WithNetwork,
    idempotency_key: IdempotencyKey = None,
    validate_only: Annotated[bool, Query(description="Only say whether it can be planned.")] = False,
) -> Any:
    """Plan a network: answers at once with a job; all findings where the network cannot be planned."""
    network = body.network(service.settings.unpacked_bytes)
    findings = _findings(network, body)
    if validate_only:
        return JSONResponse(verdict(network, findings).model_dump())
    if any(finding.severity == "error" for finding in findings):
        raise bad_input(findings)
    job = service.jobs.submit(
        caller, _described(body, network, idempotency_key), _stored(network), _limits(service)
    )
    service.jobs.record(caller, "submit", address(request), job_id=job["id"], sha256=network.sha256)
    response.headers["Location"] = f"/v1/jobs/{job['id']}"
    return view(job)


def _findings(network: Network, body: Sent) -> list[Finding]:
    options = body.submission.options
    if options.strategy != "auto" and options.strategy not in STRATEGIES:
        known = ", ".join(["auto", *STRATEGIES])
        raise Problem(422, f"there is no such strategy; there are {known}", code="no-such-strategy")
    findings = list(checks.check(network))
    if not any(finding.severity == "error" for finding in findings):
        restricted(network, options)
    return findings


def _described(body: Sent, network: Network, key: str | None) -> dict[str, Any]:
    options = body.submission.options.model_dump()
    name = body.submission.name or network.settings.name
    return {
        "kind": "solve",
        "name": name.replace("\0", ""),
        "options": options,
        "sha256": network.sha256,
        "idempotency_key": key,
        "request_digest": digest_of(name, options, network.sha256),
    }


def _stored(network: Network) -> bytes:
    with tempfile.TemporaryDirectory(prefix="clusterlane-store-") as room:
        path = Path(room) / "network.json"
        files.write(network, path)
        return packed(path.read_bytes())


def _limits(service: Service) -> tuple[int, int]:
    return service.settings.queued_per_tenant, service.settings.queued


@router.get("")
def list_jobs(
    caller: Anyone,
    service: Behind,
    before: Annotated[
        str | None, Query(max_length=32, description="Id of the last job of the page before.")
    ] = None,
    status: Status | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> JobList:
    """Jobs of the tenant, newest first; a firm sees the published ones."""
    found = service.jobs.page(caller, before, status, limit + 1)
    more = found[limit - 1]["id"] if len(found) > limit else None
    return JobList(jobs=[_shown(caller, job) for job in found[:limit]], next=more)


@router.get("/{job_id}")
def job(job_id: str, caller: Anyone, service: Behind) -> JobView:
    """A job: its status, its progress, and the envelope of its plan."""
    return _shown(caller, service.jobs.find(caller, job_id))


def _shown(caller: Caller, found: dict[str, Any]) -> JobView:
    """A job as its reader may see it: figures of the whole cluster are not for single firms."""
    shown = view(found)
    if caller.role == "firm":
        return shown.model_copy(update={"plan": None, "progress": None, "problem": None, "options": {}})
    return shown


@router.delete("/{job_id}", responses=problems(409))
def stop(
    request: Request,
    job_id: str,
    caller: Planner,
    service: Behind,
    erase: Annotated[
        bool, Query(description="Forget an ended job with all its data (role platform).")
    ] = False,
) -> JobView:
    """Stop a run early: it ends soon and keeps the best plan so far.  An ended job stays as it is."""
    found = service.jobs.find(caller, job_id)
    if erase and caller.role != "platform":
        raise Problem(403, f"a key of the role {caller.role} may not erase", code="not-allowed")
    service.jobs.record(caller, "erase" if erase else "stop", address(request), job_id=job_id)
    if erase:
        service.jobs.erase(caller, job_id)
        return view(found)
    return view(service.jobs.stop(caller, job_id))


@router.put("/{job_id}/published")
def publish(request: Request, job_id: str, body: Publication, caller: Planner, service: Behind) -> JobView:
    """Let the firms of a plan see their statements, or no longer."""
    service.jobs.record(caller, "publish" if body.published else "withdraw", address(request), job_id=job_id)
    return view(service.jobs.publish(caller, job_id, body.published))


@router.get(
    "/{job_id}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": EVENT}}}},
)
async def events(
    request: Request,
    job_id: str,
    caller: Planner,
    service: Behind,
    last_event_id: Annotated[str | None, Header(max_length=20)] = None,
    follow: Annotated[bool, Query(description="Keep the stream open until the job has ended.")] = True,
) -> StreamingResponse:
    """Progress as server-sent events: ``progress`` (seconds, phase, incumbent, bound, gap, message) and
    ``status``; ends with the job.  ``Last-Event-ID`` goes on where a stream broke off."""
    await run_in_threadpool(service.jobs.find, caller, job_id)
    start = int(last_event_id) if last_event_id and last_event_id.isdecimal() else 0
    stream = _stream(request, service, job_id, min(start, 2**31 - 1), follow)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _stream(
    request: Request, service: Service, job_id: str, last: int, follow: bool
) -> AsyncIterator[bytes]:
    quiet = 0.0
    while True:
        found = await run_in_threadpool(service.jobs.events_after, job_id, last)
        for event in found:
            last = event["id"]
            yield f"id: {last}\nevent: {event['kind']}\ndata: {json.dumps(event['data'])}\n\n".encode()
            if event["kind"] == "status" and event["data"]["status"] in FINAL:
                return
        if await request.is_disconnected() or not (found or follow):
            return
        if found:
            quiet = 0.0
            continue
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        quiet += SECONDS_BETWEEN_LOOKS
        if quiet >= SECONDS_BETWEEN_SIGNS:
            quiet = 0.0
            yield b": still there\n\n"
