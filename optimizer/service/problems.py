"""What goes wrong, as problem details (RFC 9457) with the findings of the command line."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from ...instances.findings import Finding, InputError

log = logging.getLogger("clusterlane.service")
MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """An answer that is not a success: status, what is wrong and what to do, and all findings."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        code: str | None = None,
        findings: Iterable[Finding] = (),
        headers: Mapping[str, str] | None = None,
    ):
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, dict(headers or {})
        self.code = code or HTTPStatus(status).phrase.lower().replace(" ", "-")
        self.findings = tuple(findings)

    @property
    def body(self) -> dict[str, Any]:
        """The problem details; ``findings`` are those of the command line."""
        return {
            "type": f"urn:clusterlane:problem:{self.code}",
            "title": self.code.replace("-", " "),
            "status": self.status,
            "detail": self.detail,
            "findings": [asdict(finding) for finding in self.findings],
        }


def bad_input(findings: Iterable[Finding]) -> Problem:
    """The problem of a network that cannot be used."""
    listed = tuple(findings)
    errors = sum(finding.severity == "error" for finding in listed)
    detail = f"the input has {errors} error{'s' if errors != 1 else ''}; nothing was done"
    return Problem(422, detail, code="bad-input", findings=listed)


def answer(problem: Problem) -> JSONResponse:
    """The problem as a response."""
    return JSONResponse(problem.body, problem.status, problem.headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make every error of the app a problem details answer."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(InputError, _input_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(OperationalError, _no_database)
    app.add_exception_handler(RequestValidationError, _invalid)


async def _problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return answer(error)


async def _input_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, InputError)
    return answer(bad_input(error.findings))


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return answer(Problem(error.status_code, str(error.detail), headers=error.headers))


async def _no_database(request: Request, error: Exception) -> JSONResponse:
    log.error("the database does not answer", exc_info=error)
    detail = "the database does not answer now; send it again in a moment"
    return answer(Problem(503, detail, code="no-database", headers={"Retry-After": "5"}))


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return answer(
        Problem(422, "the request is not as described", code="bad-request", findings=invalid(error))
    )


def invalid(error: Any) -> list[Finding]:
    """The errors of pydantic as findings: where in the request, what is wrong."""
    return [
        Finding(
            code="bad-request",
            severity="error",
            table="request",
            row=None,
            column=".".join(str(part) for part in each["loc"]),
            value=str(each.get("input", ""))[:60],
            cause=str(each["msg"]),
            remedy="see the description of the request in /openapi.json",
        )
        for each in error.errors()
    ]
