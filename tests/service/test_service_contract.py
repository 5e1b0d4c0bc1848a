"""The interface keeps what its OpenAPI document says, whatever is sent (schemathesis)."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from conftest import Live
from hypothesis import HealthCheck, given, settings

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
openapi = pytest.importorskip("schemathesis.specs.openapi.checks")

EXAMPLES = int(os.environ.get("CLUSTERLANE_EXAMPLES", "8"))


@pytest.mark.slow
def test_every_answer_is_as_described(live: Live) -> None:
    """CLUSTERLANE_EXAMPLES raises the number of requests per operation."""
    checks = [
        schemathesis.checks.not_a_server_error,
        openapi.status_code_conformance,
        openapi.content_type_conformance,
        openapi.response_schema_conformance,
    ]
    headers = live.headers("contract")
    with live.client("contract") as client:
        job = client.wait(client.submit(demo="tiny").id, 300)
    document = schemathesis.openapi.from_dict(live.http.get("/openapi.json").json())
    found = list(document.get_all_operations())
    for operation in found:
        _hold(operation.ok(), live, headers, job.id, checks)
    assert len(found) > 25


def _hold(operation: Any, live: Live, headers: dict[str, str], job: str, checks: list[Any]) -> None:
    @given(case=operation.as_strategy())
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def holds(case: Any) -> None:
        if "job_id" in (case.path_parameters or {}) and operation.method.upper() != "DELETE":
            case.path_parameters["job_id"] = job  # the routes behind a real job, not only its absence
        if case.path.endswith("/events"):
            case.query = {**(case.query or {}), "follow": "false"}
        if case.path.endswith("/jobs") and operation.method.upper() == "POST":
            case.query = {**(case.query or {}), "validate_only": "true"}
        answer = case.call(base_url=live.url, headers=headers)
        case.validate_response(answer, checks=checks)

    holds()


def test_the_document_is_versioned_with_examples(live: Live) -> None:
    document = live.http.get("/openapi.json").json()
    assert document["openapi"].startswith("3.")
    assert all(path.startswith(("/v1/", "/health/", "/metrics")) for path in document["paths"])
    assert json.dumps(document).count('"examples"') >= 2
