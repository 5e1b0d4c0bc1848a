"""What an operator sees of a running service: structured logs and metrics in the format of Prometheus."""

from __future__ import annotations

import json
import logging
import shutil
import sys
import time
from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .jobs import Jobs, new_id
from .settings import Settings
from .supervisor import Supervisor

log = logging.getLogger("clusterlane.service.requests")
_STANDARD = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "color_message"}


class JsonLines(logging.Formatter):
    """Each record as one line of JSON: time, level, logger, message and what was given as ``extra``."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {key: value for key, value in record.__dict__.items() if key not in _STANDARD}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def log_json() -> None:
    """Send all logs to stderr as lines of JSON: for a process that is the service, not for a host of it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("httpx").setLevel(logging.WARNING)


class Metrics:
    """The metrics of one service, in a registry of their own."""

    def __init__(self, jobs: Jobs, supervisor: Supervisor | None, settings: Settings):
        self.registry = CollectorRegistry()
        self.seconds = Histogram(
            "clusterlane_request_seconds",
            "Time to answer a request, without streams.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.registry.register(_State(jobs, supervisor, settings))

    def text(self) -> bytes:
        """All metrics as Prometheus reads them."""
        return generate_latest(self.registry)


class _State(Collector):
    """Numbers that are looked up when they are asked for."""

    def __init__(self, jobs: Jobs, supervisor: Supervisor | None, settings: Settings):
        self.jobs, self.supervisor, self.settings = jobs, supervisor, settings

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One family per number."""
        by_status = GaugeMetricFamily("clusterlane_jobs", "Jobs by status.", labels=["status"])
        for status, count in self.jobs.counts().items():
            by_status.add_metric([status], count)
        yield by_status
        free = shutil.disk_usage(self.settings.folder).free
        yield GaugeMetricFamily("clusterlane_disk_free_bytes", "Room in the service's folder.", value=free)
        if self.supervisor is not None:
            running = len(self.supervisor.runs)
            yield GaugeMetricFamily("clusterlane_workers_busy", "Jobs that run here.", value=running)
            workers = self.settings.workers
            yield GaugeMetricFamily("clusterlane_workers", "Jobs that can run here at once.", value=workers)


class Watch:
    """Measures and logs each request, and gives it an id that the answer carries."""

    def __init__(self, app: ASGIApp, metrics: Metrics):
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, request_id, status = time.perf_counter(), new_id()[:16], 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *_SAFE, (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self.app(scope, receive, noted)
        finally:
            self._note(scope, status, time.perf_counter() - began, request_id)

    def _note(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        route = getattr(scope.get("route"), "path", "other")
        if not route.endswith("/events"):
            self.metrics.seconds.labels(scope["method"], route, status).observe(seconds)
        facts = {"method": scope["method"], "route": route, "status": status, "request": request_id}
        log.info("request", extra={**facts, "milliseconds": round(seconds * 1000, 1)})


_SAFE = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (
        b"content-security-policy",
        b"default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'",  # noqa: E501
    ),
]
