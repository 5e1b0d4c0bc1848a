"""A real service in this process for tests, and a real PostgreSQL where one is installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra [service] is not installed")

import httpx
import uvicorn
from clusterlane.optimizer.service import access
from clusterlane.optimizer.service.app import create_app
from clusterlane.optimizer.service.client import Client
from clusterlane.optimizer.service.service import Service
from clusterlane.optimizer.service.settings import Settings


class Live:
    """A running service, with a client per key."""

    def __init__(self, url: str, service: Service):
        self.url, self.service = url, service
        self.http = httpx.Client(base_url=url, timeout=60)

    def key(self, tenant: str = "acme", role: str = "platform", firm: str | None = None) -> str:
        known = {row["name"] for row in access.list_tenants(self.service.database)}
        if tenant not in known:
            access.add_tenant(self.service.database, tenant)
        return access.add_key(self.service.database, tenant, role, firm)[1]

    def headers(self, *who: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key(*who)}"}

    def client(self, *who: Any) -> Client:
        return Client(self.url, self.key(*who))


@contextmanager
def running(folder: Path, **settings: Any) -> Iterator[Live]:
    options = {"workers": 1, "webhooks_to_private": True, "requests_per_minute": 100_000, **settings}
    app = create_app(Settings(folder=folder, **options))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.02)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Live(f"http://127.0.0.1:{port}", app.state.service)
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with running(tmp_path_factory.mktemp("service")) as found:
        yield found


def _postgres_tool(name: str) -> str:
    found = shutil.which(name) or next(iter(sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))), None)
    if found is None:
        pytest.skip("PostgreSQL is not installed (package postgresql)")
    return str(found)


class Postgres:
    """A server of its own in a folder, with a fresh database for each test that asks."""

    def __init__(self, folder: Path):
        self.folder, self.count = folder, 0
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.user: list[str] = []
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres")
            self.user = ["runuser", "-u", "postgres", "--"]

    def call(self, tool: str, *arguments: str) -> None:
        command = [*self.user, _postgres_tool(tool), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd="/", timeout=60)

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        log = str(self.folder / "log")
        self.call("pg_ctl", "-D", str(self.folder / "data"), "-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        self.call("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", "immediate", "stop")

    def url(self) -> str:
        self.count += 1
        name = f"clusterlane{self.count}"
        place = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres")
        self.call("createdb", *place, name)
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    import tempfile

    pytest.importorskip("psycopg", reason="the extra [postgresql] is not installed")
    _postgres_tool("initdb")
    with tempfile.TemporaryDirectory(prefix="clusterlane-pg-", ignore_cleanup_errors=True) as room:
        Path(room).chmod(0o755)
        server = Postgres(Path(room))
        server.call("initdb", "-D", str(server.folder / "data"), "-A", "trust", "-U", "postgres")
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def each_live(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The service on either database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("live")
        return
    url = request.getfixturevalue("postgres").url()
    with running(tmp_path_factory.mktemp("on-postgres"), database=url) as found:
        yield found
