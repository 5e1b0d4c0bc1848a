"""The app: routes, limits and the page, around one service."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..report.texts import TEXTS
from . import own_version, problems, routes_jobs, routes_networks, routes_results, routes_tenant
from .limits import SizeLimit
from .observe import Watch
from .problems import Problem
from .service import Service
from .settings import Settings

ABOUT = """
Plan shared overseas warehouses, joint shipping and 1+N financing for a cluster of firms.

Send a network to `POST /v1/jobs`, follow the run at `/v1/jobs/{id}/events`, fetch the plan from
`/v1/jobs/{id}/result`. Every error is problem details (RFC 9457) with the findings of the command line.
Times are seconds since 1970, money is in the currency of the network.
"""

log = logging.getLogger("clusterlane.service")


def create_app(settings: Settings, *, run_queue: bool = True) -> FastAPI:
    """The app of a service; it starts with the app's lifespan.

    ``run_queue=False`` answers requests only: another service on the same database runs the jobs.
    """
    service = Service(settings, run_queue=run_queue)
    app = FastAPI(
        title="clusterlane",
        version=own_version(),
        description=ABOUT,
        lifespan=_lifespan(service),
        docs_url=None,
        redoc_url=None,
    )
    app.state.service = service
    problems.install(app)
    for routes in (routes_networks, routes_tenant, routes_jobs, routes_results):
        app.include_router(routes.router)
    _operations(app, service)
    _words(app)
    # An editable installation links each file to where it is written.
    page = StaticFiles(directory=Path(__file__).parent / "page", html=True, follow_symlink=True)
    app.mount("/", page, name="page")
    app.add_middleware(_Faults)
    app.add_middleware(SizeLimit, most=settings.upload_bytes)
    app.add_middleware(Watch, metrics=service.metrics)
    return app


def _lifespan(service: Service) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(service.start)
        yield
        await run_in_threadpool(service.stop)

    return lifespan


def _operations(app: FastAPI, service: Service) -> None:
    """For those who run the service; without a key, and without anything of a tenant."""

    @app.get("/health/live", tags=["operations"])
    def live() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @app.get("/health/ready", tags=["operations"], responses={503: {"description": "Not ready"}})
    def ready() -> JSONResponse:
        """Database, disk and queue work; else 503 and what is wrong."""
        wrong = service.health()
        return JSONResponse(
            {"status": "ok"} if not wrong else {"status": "failing", **wrong}, 503 if wrong else 200
        )

    @app.get("/metrics", tags=["operations"], response_class=Response)
    def metrics() -> Response:
        """Metrics in the format of Prometheus."""
        return Response(service.metrics.text(), media_type="text/plain; version=0.0.4")


def _words(app: FastAPI) -> None:
    """What the report calls the kinds of payment, for the page: the same words in both."""
    terms = {key.removeprefix("term."): words for key, words in TEXTS.items() if key.startswith("term.")}
    script = f"export const TERMS = {json.dumps(terms, ensure_ascii=False)};\n"

    @app.get("/words.js", include_in_schema=False)
    def words() -> Response:
        return Response(script, media_type="text/javascript")


class _Faults:
    """Our own faults: in the log with a traceback, to the caller as problem details."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Problem as problem:
            if started:
                raise
            await problems.answer(problem)(scope, receive, send)
        except Exception:
            log.exception("a request failed", extra={"path": scope.get("path")})
            if started or scope["type"] != "http":
                raise
            fault = Problem(500, "clusterlane failed; the operator finds the reason in the log", code="fault")
            await problems.answer(fault)(scope, receive, send)
