"""A client of the service for platforms written in Python.

``with Client("http://127.0.0.1:8321", key) as client: job = client.wait(client.submit(demo="tiny").id)``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from ...instances.network import Network
from .results import tables_of
from .schemas import (
    FINAL,
    AuditLine,
    CheckView,
    Demo,
    JobList,
    JobView,
    Kind,
    Me,
    Options,
    ProblemView,
    ResultView,
    ScenarioSetView,
    Statement,
    Validation,
    WebhookView,
)

SECONDS_BETWEEN_LOOKS = 0.5


class ServiceError(Exception):
    """The service refused; ``problem`` says why, with all findings."""

    def __init__(self, problem: ProblemView):
        super().__init__(f"{problem.status} {problem.title}: {problem.detail}")
        self.problem = problem


@dataclass(frozen=True)
class Event:
    """One server-sent event of a run: ``progress`` or ``status``."""

    id: int
    kind: str
    data: dict[str, Any]


class Client:
    """One connection pool to one service with one key; a context manager.

    Every method raises ``ServiceError`` where the service refuses, ``httpx.HTTPError`` where it cannot be
    reached.
    """

    def __init__(self, url: str, key: str, *, timeout: float = 60.0):
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _ask(self, method: str, path: str, **what: Any) -> httpx.Response:
        return _good(self._http.request(method, path, **what))

    # networks

    def validate(self, source: Network | Path | None = None, *, demo: str | None = None) -> Validation:
        """Everything that is wrong with a network, a file of one, or a demo."""
        found = self._ask("POST", "/v1/validate", **_body(source, demo, None, None))
        return Validation.model_validate_json(found.content)

    def demos(self) -> list[Demo]:
        """The networks that the service ships."""
        return [Demo.model_validate(each) for each in self._ask("GET", "/v1/demos").json()]

    def check(self, network: Network, result: ResultView) -> CheckView:
        """Check a plan of one's own."""
        body = {"network": tables_of(network), **result.model_dump()}
        return CheckView.model_validate_json(self._ask("POST", "/v1/check", json=body).content)

    def add_scenarios(self, name: str, toml: str) -> ScenarioSetView:
        """Keep a set of scenarios: the text of a file of ``clusterlane sweep``."""
        found = self._ask("POST", "/v1/scenario-sets", json={"name": name, "toml": toml})
        return ScenarioSetView.model_validate_json(found.content)

    # jobs

    def submit(
        self,
        source: Network | Path | None = None,
        *,
        demo: str | None = None,
        options: Options | None = None,
        name: str | None = None,
        idempotency_key: str | None = None,
    ) -> JobView:
        """Plan a network, a file (.xlsx, .zip of CSV tables, .json) or a demo."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        found = self._ask("POST", "/v1/jobs", headers=headers, **_body(source, demo, options, name))
        return JobView.model_validate_json(found.content)

    def job(self, job_id: str) -> JobView:
        """A job as it is now."""
        return JobView.model_validate_json(self._ask("GET", f"/v1/jobs/{job_id}").content)

    def jobs(self, *, status: str | None = None, before: str | None = None, limit: int = 50) -> JobList:
        """A page of the tenant's jobs, newest first."""
        asked = {"status": status, "before": before, "limit": limit}
        params = {key: value for key, value in asked.items() if value is not None}
        return JobList.model_validate_json(self._ask("GET", "/v1/jobs", params=params).content)

    def events(self, job_id: str, last: int = 0) -> Iterator[Event]:
        """Events of a job as they come, until it has ended; goes on after a broken connection."""
        while True:
            try:
                for event in self._stream(job_id, last):
                    last = event.id
                    yield event
                    if event.kind == "status" and event.data["status"] in FINAL:
                        return
            except httpx.TransportError:
                pass
            time.sleep(SECONDS_BETWEEN_LOOKS)

    def _stream(self, job_id: str, last: int) -> Iterator[Event]:
        headers = {"Last-Event-ID": str(last)}
        with self._http.stream("GET", f"/v1/jobs/{job_id}/events", headers=headers) as answer:
            if answer.is_error:
                answer.read()
            _good(answer)
            fields: dict[str, str] = {}
            for line in answer.iter_lines():
                if line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif "data" in fields:
                    yield Event(int(fields["id"]), fields["event"], json.loads(fields["data"]))
                    fields = {}

    def wait(self, job_id: str, timeout: float | None = None) -> JobView:
        """The job once it has ended.  Raises ``TimeoutError``."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (found := self.job(job_id)).status not in FINAL:
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"job {job_id} is still {found.status}")
            time.sleep(SECONDS_BETWEEN_LOOKS)
        return found

    def stop(self, job_id: str) -> JobView:
        """Ask a run to end soon with its best plan."""
        return JobView.model_validate_json(self._ask("DELETE", f"/v1/jobs/{job_id}").content)

    def erase(self, job_id: str) -> None:
        """Forget an ended job with all its data."""
        self._ask("DELETE", f"/v1/jobs/{job_id}", params={"erase": True})

    def publish(self, job_id: str, published: bool = True) -> JobView:
        """Let firms see their statements of a plan, or not."""
        found = self._ask("PUT", f"/v1/jobs/{job_id}/published", json={"published": published})
        return JobView.model_validate_json(found.content)

    # results

    def result(self, job_id: str) -> ResultView:
        """The plan of a job."""
        return ResultView.model_validate_json(self._ask("GET", f"/v1/jobs/{job_id}/result").content)

    def archive(self, job_id: str) -> bytes:
        """The plan's folder as a zip archive."""
        return self._ask("GET", f"/v1/jobs/{job_id}/result.zip").content

    def workbook(self, job_id: str) -> bytes:
        """The plan as an Excel workbook."""
        return self._ask("GET", f"/v1/jobs/{job_id}/result.xlsx").content

    def statement(self, job_id: str, firm: str | None = None) -> Statement:
        """What a plan means for one firm (a firm's key: for itself)."""
        params = {"firm": firm} if firm else {}
        found = self._ask("GET", f"/v1/jobs/{job_id}/statement", params=params)
        return Statement.model_validate_json(found.content)

    def request(
        self, job_id: str, kind: Kind, *, time_limit: float = 300.0, scenario_set: str | None = None
    ) -> JobView:
        """Have the explanation, shares, report or a sweep of a plan worked out, in a job of its own."""
        params: dict[str, Any] = {"time_limit": time_limit}
        params |= {"scenario_set": scenario_set} if scenario_set else {}
        found = self._ask("POST", f"/v1/jobs/{job_id}/{kind}", params=params)
        return JobView.model_validate_json(found.content)

    def followed_up(self, job_id: str, kind: Kind, language: str = "en") -> bytes:
        """The explanation, shares or sweep (JSON) or the report (HTML) of a plan, once worked out."""
        return self._ask("GET", f"/v1/jobs/{job_id}/{kind}", params={"language": language}).content

    def map(self, job_id: str, language: str = "en") -> bytes:
        """A map of the plan as SVG."""
        return self._ask("GET", f"/v1/jobs/{job_id}/map", params={"language": language}).content

    # tenant

    def me(self) -> Me:
        """Who holds the key."""
        return Me.model_validate_json(self._ask("GET", "/v1/me").content)

    def audit(self, limit: int = 100) -> list[AuditLine]:
        """The newest lines of the tenant's audit trail."""
        found = self._ask("GET", "/v1/audit", params={"limit": limit}).json()
        return [AuditLine.model_validate(each) for each in found]

    def set_webhook(self, url: str | None) -> WebhookView:
        """Have ended jobs announced to an address; the answer has the secret that signs them."""
        return WebhookView.model_validate_json(self._ask("PUT", "/v1/webhook", json={"url": url}).content)


def _good(answer: httpx.Response) -> httpx.Response:
    if not answer.is_error:
        return answer
    try:
        problem = ProblemView.model_validate_json(answer.content)
    except ValueError:
        problem = ProblemView(
            type="about:blank", title="unreadable answer", status=answer.status_code, detail=answer.text[:200]
        )
    raise ServiceError(problem)


def _body(
    source: Network | Path | None, demo: str | None, options: Options | None, name: str | None
) -> dict[str, Any]:
    chosen = (options or Options()).model_dump()  # type: ignore[call-arg]
    if isinstance(source, Path):
        fields = {"options": json.dumps(chosen), **({"name": name} if name else {})}
        return {"files": {"file": (source.name, source.read_bytes())}, "data": fields}
    asked = {"network": tables_of(source)} if source is not None else {"demo": demo}
    return {"json": {**asked, "options": chosen, **({"name": name} if name else {})}}
