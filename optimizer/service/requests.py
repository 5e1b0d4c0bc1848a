"""What routes share: who calls, what was sent, how an answer looks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from ...instances.network import Network
from . import uploads
from .access import Caller
from .problems import Problem, invalid
from .schemas import JobView, Options, ProblemView, Submission
from .service import Service

_bearer = HTTPBearer(auto_error=False, description="An API key, made by `clusterlane key add`.")


def service_of(request: Request) -> Service:
    """The service behind the app."""
    found = request.app.state.service
    assert isinstance(found, Service)
    return found


async def _caller(
    request: Request, key: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Caller:
    service = service_of(request)
    return await run_in_threadpool(service.caller, key.credentials if key else None)


def _allowed(*roles: str) -> Callable[[Caller], Caller]:
    def caller(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
        if caller.role not in roles:
            raise Problem(403, f"a key of the role {caller.role} may not do this", code="not-allowed")
        return caller

    return caller


Behind = Annotated[Service, Depends(service_of)]
Anyone = Annotated[Caller, Depends(_caller)]
Planner = Annotated[Caller, Depends(_allowed("platform", "planner"))]
Platform = Annotated[Caller, Depends(_allowed("platform"))]


def address(request: Request) -> str | None:
    """Where a request comes from."""
    return request.client.host if request.client else None


@dataclass(frozen=True)
class Sent:
    """A request with a network: its description, and the file where one was uploaded."""

    submission: Submission
    file: bytes | None

    def network(self, most_bytes: int) -> Network:
        """The network that was sent.  Raises ``Problem`` or ``InputError``."""
        asked = self.submission
        given = [part for part in (asked.network, asked.demo, self.file) if part is not None]
        if len(given) != 1:
            detail = "give one network: a file, the tables as network, or the name of a demo"
            raise Problem(422, detail, code="one-network")
        if self.file is not None:
            return uploads.network_of_file(self.file, most_bytes)
        if asked.network is not None:
            return uploads.network_of_tables(asked.network)
        return uploads.demo(str(asked.demo))


async def sent(request: Request) -> Sent:
    """The body of a request with a network: JSON, or a form with ``file`` and ``options`` (JSON)."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == "application/json":
        return Sent(parsed(Submission, await request.body()), None)
    if kind == "multipart/form-data":
        return await _form(request)
    raise Problem(415, "send application/json or multipart/form-data", code="unknown-media-type")


async def _form(request: Request) -> Sent:
    try:
        form = await request.form(max_files=1, max_fields=10)
    except HTTPException as error:
        raise Problem(400, str(error.detail), code="broken-form") from None
    fields: dict[str, Any] = {}
    content: bytes | None = None
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            content = await value.read()
        else:
            fields[name] = value
    if "options" in fields:
        fields["options"] = parsed(Options, fields["options"].encode(errors="replace")).model_dump()
    try:
        return Sent(Submission.model_validate(fields), content)
    except ValidationError as error:
        raise _bad_request(error) from None


def parsed(kind: type[BaseModel], body: bytes) -> Any:
    """A body of JSON as a model.  Raises ``Problem`` 422 with all findings."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise _bad_request(error) from None


def _bad_request(error: ValidationError) -> Problem:
    return Problem(422, "the request is not as described", code="bad-request", findings=invalid(error))


WithNetwork = Annotated[Sent, Depends(sent)]


def view(job: dict[str, Any]) -> JobView:
    """A job as callers see it."""
    return JobView(**{**job, "plan": job["envelope"]})


def body_schema() -> dict[str, Any]:
    """The description of a request with a network, for the OpenAPI document."""
    schema = Submission.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    form = {
        "type": "object",
        "required": ["file"],
        "properties": {
            "file": {"type": "string", "contentMediaType": "application/octet-stream"},
            "options": {
                "type": "string",
                "description": "Options as JSON.",
                "examples": [json.dumps({"gap": 0.01})],
            },
            "name": {"type": "string", "maxLength": 200},
        },
    }
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": schema}, "multipart/form-data": {"schema": form}},
        }
    }


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Descriptions of the answers that are no success."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemView"}}}
    named = {400: "Broken request", 401: "No valid key", 403: "Not allowed", 404: "No such thing"}
    named |= {
        409: "Not in this state",
        413: "Too large",
        415: "Unknown format",
        422: "Bad input",
        429: "Too many",
    }
    return {
        status: {"description": named[status], "model": ProblemView, "content": content}
        for status in statuses
    }
