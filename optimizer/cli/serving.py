"""Verbs about the service: serve, tenant, key, database."""

from __future__ import annotations

import time
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsJson
from .output import Output, UserError, reporting

if TYPE_CHECKING:
    from ..service.database import Database
    from ..service.settings import Settings

Folder = Annotated[
    Path,
    typer.Option("--folder", envvar="CLUSTERLANE_FOLDER", help="Where the service keeps its data."),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database",
        envvar="CLUSTERLANE_DATABASE",
        help="postgresql://user@host/name; by default a file of SQLite in the folder.",
        show_default="SQLite",
    ),
]
DEFAULT_FOLDER = Path("clusterlane-service")

tenant_verbs = typer.Typer(no_args_is_help=True, help="Tenants of the service: add, list.")
key_verbs = typer.Typer(no_args_is_help=True, help="API keys of the service: add, list, revoke.")
database_verbs = typer.Typer(no_args_is_help=True, help="The service's database: upgrade, backup, restore.")


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    app.command()(serve)
    app.add_typer(tenant_verbs, name="tenant")
    app.add_typer(key_verbs, name="key")
    app.add_typer(database_verbs, name="database")


def serve(
    folder: Folder = DEFAULT_FOLDER,
    database: DatabaseUrl = None,
    host: Annotated[str, typer.Option(envvar="CLUSTERLANE_HOST", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="CLUSTERLANE_PORT", help="Port to listen on.", min=0)] = 8321,
    workers: Annotated[
        int | None,
        typer.Option(
            envvar="CLUSTERLANE_WORKERS", help="Jobs that run at once.", min=1, show_default="cores - 1"
        ),
    ] = None,
    job_memory: Annotated[
        int, typer.Option(envvar="CLUSTERLANE_JOB_MEMORY", help="Memory of a job, in MiB.", min=512)
    ] = 8192,
    job_time: Annotated[
        float, typer.Option(envvar="CLUSTERLANE_JOB_TIME", help="Longest search of a job, in seconds.", min=1)
    ] = 3600,
    queued: Annotated[
        int, typer.Option(envvar="CLUSTERLANE_QUEUED", help="Most waiting jobs of a tenant.", min=1)
    ] = 1000,
    requests: Annotated[
        int, typer.Option(envvar="CLUSTERLANE_REQUESTS", help="Most requests a minute of a key.", min=1)
    ] = 1200,
    upload: Annotated[
        int, typer.Option(envvar="CLUSTERLANE_UPLOAD", help="Largest upload, in MiB.", min=1)
    ] = 32,
    private_webhooks: Annotated[
        bool,
        typer.Option(
            "--private-webhooks",
            envvar="CLUSTERLANE_PRIVATE_WEBHOOKS",
            help="Allow webhooks to addresses inside the network.",
        ),
    ] = False,
    local: Annotated[
        bool,
        typer.Option("--local", help="For one planner on this machine: make a key and show the page's link."),
    ] = False,
) -> None:
    """Run the service: an HTTP interface for platforms, and a page for planners, on one port.

    Jobs survive a restart. Make tenants and keys with `clusterlane tenant add` and `clusterlane key add`.
    """
    with reporting(False) as out:
        settings = _settings(
            folder,
            database,
            job_memory=job_memory * 2**20,
            job_time=job_time,
            queued_per_tenant=queued,
            requests_per_minute=requests,
            upload_bytes=upload * 2**20,
            webhooks_to_private=private_webhooks,
            **({} if workers is None else {"workers": workers}),
        )
        if local:
            _show_link(settings, host, port, out)
        _run(settings, host, port)


def _access() -> ModuleType:
    """The module of tenants and keys, or one clear line where the extra is missing."""
    _settings(DEFAULT_FOLDER, None)
    from ..service import access

    return access


def _settings(folder: Path, database: str | None, **options: Any) -> Settings:
    try:
        import fastapi  # noqa: F401
        import sqlalchemy  # noqa: F401

        from ..service.settings import Settings
    except ImportError as error:
        remedy = "pip install 'clusterlane[service]'"
        raise UserError(f"the service needs packages that are missing ({error.name}): {remedy}") from None
    return Settings(folder=folder, database=database, **options)


def _run(settings: Settings, host: str, port: int) -> None:
    import uvicorn

    from ..service.app import create_app
    from ..service.observe import log_json

    log_json()
    uvicorn.run(create_app(settings), host=host, port=port, log_config=None, timeout_graceful_shutdown=5)


def _database(folder: Path, url: str | None) -> Database:
    """The database with its schema brought up to date."""
    settings = _settings(folder, url)
    from ..service.database import Database

    found = Database(settings.url)
    found.upgrade()
    return found


def _show_link(settings: Settings, host: str, port: int, out: Output) -> None:
    """A key for the one who sits here; only where nobody else can reach the page."""
    if host not in ("127.0.0.1", "localhost", "::1"):
        raise UserError("--local is for this machine alone; leave out --host, or make keys instead")
    access = _access()
    database = _database(settings.folder, settings.database)
    try:
        access.add_tenant(database, "local")
    except ValueError:
        out.remark("the tenant local is there already; it gets one more key")
    _, key = access.add_key(database, "local", "platform")
    database.close()
    typer.echo(f"http://{host}:{port}/#key={key}")


@tenant_verbs.command("add")
def add_tenant(
    name: Annotated[str, typer.Argument(help="Name of the new tenant.", show_default=False)],
    folder: Folder = DEFAULT_FOLDER,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Make a tenant: its jobs are seen by its own keys only."""
    with reporting(as_json) as out:
        access = _access()
        _said(lambda: access.add_tenant(_database(folder, database), name))
        out.result({"ok": True, "tenant": name}, f"tenant {name} made; next: clusterlane key add {name}")


@tenant_verbs.command("list")
def list_tenants(
    folder: Folder = DEFAULT_FOLDER, database: DatabaseUrl = None, as_json: AsJson = False
) -> None:
    """Show the tenants and how many jobs they have."""
    with reporting(as_json) as out:
        access = _access()
        found = access.list_tenants(_database(folder, database))
        lines = [f"{row['name']}: {row['jobs']} jobs" for row in found]
        out.result({"ok": True, "tenants": found}, "\n".join(lines) or "no tenant yet")


@key_verbs.command("add")
def add_key(
    tenant: Annotated[str, typer.Argument(help="Name of the tenant.", show_default=False)],
    role: Annotated[
        str,
        typer.Option(
            help="platform (all of the tenant), planner (runs jobs), firm (sees its own statement)."
        ),
    ] = "planner",
    firm: Annotated[str | None, typer.Option(help="Id of the firm, for the role firm.")] = None,
    folder: Folder = DEFAULT_FOLDER,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Make an API key. It is shown once; the database keeps only a digest of it."""
    with reporting(as_json) as out:
        access = _access()
        key_id, key = _said(lambda: access.add_key(_database(folder, database), tenant, role, firm))
        out.result({"ok": True, "id": key_id, "key": key, "role": role}, key)
        out.remark(f"key {key_id} of {tenant}, role {role}; keep it now, it cannot be shown again")


@key_verbs.command("list")
def list_keys(folder: Folder = DEFAULT_FOLDER, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Show all keys: id, tenant, role, whether revoked."""
    with reporting(as_json) as out:
        access = _access()
        found = access.list_keys(_database(folder, database))
        out.result({"ok": True, "keys": found}, "\n".join(map(_key_line, found)) or "no key yet")


def _key_line(row: dict[str, Any]) -> str:
    day = time.strftime("%Y-%m-%d", time.gmtime(row["created"]))
    firm = f" {row['firm']}" if row["firm"] else ""
    return f"{row['id']}  {row['tenant']}  {row['role']}{firm}  {day}{'  revoked' if row['revoked'] else ''}"


@key_verbs.command("revoke")
def revoke_key(
    key_id: Annotated[str, typer.Argument(help="Id of the key, as `key list` shows it.", show_default=False)],
    folder: Folder = DEFAULT_FOLDER,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """End a key at once; a running service refuses it from the next request on."""
    with reporting(as_json) as out:
        access = _access()
        _said(lambda: access.revoke_key(_database(folder, database), key_id))
        out.result({"ok": True, "id": key_id}, f"key {key_id} revoked")


@database_verbs.command("upgrade")
def upgrade(folder: Folder = DEFAULT_FOLDER, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Bring the database of an earlier version up to date (serve does it too)."""
    with reporting(as_json) as out:
        revision = _database(folder, database).revision
        out.result({"ok": True, "revision": revision}, f"the schema is at revision {revision}")


@database_verbs.command("backup")
def backup(
    target: Annotated[Path, typer.Argument(help="The file to write.", show_default=False)],
    folder: Folder = DEFAULT_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Copy the SQLite database to a file while the service runs (PostgreSQL: use pg_dump)."""
    with reporting(as_json) as out:
        settings = _settings(folder, None)
        from ..service import backups

        _said(lambda: backups.backup(settings, target))
        out.result({"ok": True, "path": str(target)}, f"backup written to {target}")


@database_verbs.command("restore")
def restore(
    source: Annotated[Path, typer.Argument(help="A file that `backup` wrote.", show_default=False)],
    folder: Folder = DEFAULT_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the place of the SQLite database; the service must not run."""
    with reporting(as_json) as out:
        settings = _settings(folder, None)
        from ..service import backups

        _said(lambda: backups.restore(settings, source))
        out.result({"ok": True}, f"restored from {source}; jobs that ran then start again with the service")


def _said(work: Any) -> Any:
    """Run work whose ``ValueError`` is a message for the user."""
    try:
        return work()
    except ValueError as error:
        raise UserError(str(error)) from None
