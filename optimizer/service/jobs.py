"""Jobs in the database: submitted, claimed, followed, settled.  Each step is one transaction."""

from __future__ import annotations

import gzip
import hashlib
import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from .access import Caller
from .database import Database
from .problems import Problem
from .schemas import FINAL
from .tables import audit, blobs, deliveries, events, jobs, scenario_sets, tenants

Job = dict[str, Any]


def new_id() -> str:
    """An id that nobody can guess: 122 random bits."""
    return uuid.uuid4().hex


def digest_of(*parts: Any) -> str:
    """A digest of a request, to tell a repeated one from a different one."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


class Jobs:
    """The jobs of all tenants; what a caller asks for is always limited to its own tenant."""

    def __init__(self, database: Database):
        self.database = database

    # submitted by callers

    def submit(self, caller: Caller, job: Mapping[str, Any], network: bytes, limits: tuple[int, int]) -> Job:
        """A new job, or the one that this idempotency key made before.

        ``limits``: most queued jobs of the tenant and of all.  Raises ``Problem`` 409 where the key was
        used for another request, 429 where the queue is full.
        """
        try:
            with self.database.writing() as connection:
                known = _repeated(connection, caller, job)
                if known is not None:
                    return known
                _refuse_if_full(connection, caller, limits)
                return _insert(connection, caller, job, network)
        except sa.exc.IntegrityError:  # the same key at the same moment, on a database with several writers
            with self.database.reading() as connection:
                known = _repeated(connection, caller, job)
            if known is None:
                raise
            return known

    def find(self, caller: Caller, job_id: str) -> Job:
        """A job of the caller's tenant; to a firm only published ones.  Raises ``Problem`` 404."""
        mine = (jobs.c.id == job_id) & (jobs.c.tenant_id == caller.tenant)
        if caller.role == "firm":
            mine &= jobs.c.published
        found = self.database.row(sa.select(jobs).where(mine)) if job_id.isalnum() else None
        if found is None:
            raise Problem(404, "there is no such job", code="no-such-job")
        return found

    def page(self, caller: Caller, before: str | None, status: str | None, most: int) -> list[Job]:
        """The newest jobs of the caller's tenant, those before a given one where asked."""
        query = sa.select(jobs).where(jobs.c.tenant_id == caller.tenant)
        if caller.role == "firm":
            query = query.where(jobs.c.published)
        if before is not None:
            query = query.where(jobs.c.number < self.find(caller, before)["number"])
        if status is not None:
            query = query.where(jobs.c.status == status)
        return self.database.rows(query.order_by(jobs.c.number.desc()).limit(most))

    def stop(self, caller: Caller, job_id: str) -> Job:
        """Ask a running job to stop with its best plan; a queued one is cancelled."""
        self.find(caller, job_id)
        mine = (jobs.c.id == job_id) & (jobs.c.tenant_id == caller.tenant)
        with self.database.writing() as connection:
            queued = sa.update(jobs).where(mine, jobs.c.status == "queued")
            if connection.execute(queued.values(status="cancelled", finished=time.time())).rowcount:
                _note(connection, job_id, "status", {"status": "cancelled"})
            running = sa.update(jobs).where(mine, jobs.c.status == "running")
            connection.execute(running.values(stop_requested=True))
        return self.find(caller, job_id)

    def erase(self, caller: Caller, job_id: str) -> None:
        """Forget an ended job with all its data.  Raises ``Problem`` 409 where it has not ended."""
        job = self.find(caller, job_id)
        if job["status"] not in FINAL:
            raise Problem(409, "the job has not ended; stop it first", code="not-ended")
        with self.database.writing() as connection:
            for table in (blobs, events, deliveries):
                connection.execute(sa.delete(table).where(table.c.job_id == job_id))
            connection.execute(sa.delete(jobs).where(jobs.c.id == job_id))

    def publish(self, caller: Caller, job_id: str, published: bool) -> Job:
        """Let firms see their statements of a plan, or not."""
        self.find(caller, job_id)
        with self.database.writing() as connection:
            connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(published=published))
        return self.find(caller, job_id)

    def latest_followup(self, parent: str, kind: str) -> Job | None:
        """The newest job of a kind that follows from another one."""
        query = sa.select(jobs).where(jobs.c.parent == parent, jobs.c.kind == kind)
        return self.database.row(query.order_by(jobs.c.number.desc()).limit(1))

    # contents

    def blob(self, job_id: str, kind: str) -> bytes | None:
        """A stored file of a job: ``network`` (JSON, gzip), ``plan`` (zip), or a follow-up's."""
        query = sa.select(blobs.c.content).where(blobs.c.job_id == job_id, blobs.c.kind == kind)
        row = self.database.row(query)
        return None if row is None else bytes(row["content"])

    def network(self, job_id: str) -> bytes:
        """The network of a job as JSON."""
        return gzip.decompress(self.blob(job_id, "network") or b"")

    def scenarios(self, set_id: str) -> str:
        """The text of a scenario set."""
        row = self.database.row(sa.select(scenario_sets.c.content).where(scenario_sets.c.id == set_id))
        return str(row["content"]["toml"]) if row else ""

    def events_after(self, job_id: str, last: int, most: int = 500) -> list[dict[str, Any]]:
        """Events of a job after one of them, oldest first."""
        query = sa.select(events).where(events.c.job_id == job_id, events.c.id > last)
        return self.database.rows(query.order_by(events.c.id).limit(most))

    def audit(self, caller: Caller, most: int) -> list[dict[str, Any]]:
        """The newest lines of the tenant's audit trail."""
        query = sa.select(audit).where(audit.c.tenant_id == caller.tenant)
        return self.database.rows(query.order_by(audit.c.id.desc()).limit(most))

    def record(self, caller: Caller | None, action: str, address: str | None, **what: str | None) -> None:
        """A line of the audit trail."""
        who = {"tenant_id": caller.tenant, "key_id": caller.key} if caller else {}
        with self.database.writing() as connection:
            row = {"at": time.time(), "action": action, "address": address, **who, **what}
            connection.execute(sa.insert(audit).values(**row))

    def counts(self) -> dict[str, int]:
        """Number of jobs by status."""
        query = sa.select(jobs.c.status, sa.func.count().label("count")).group_by(jobs.c.status)
        return {row["status"]: row["count"] for row in self.database.rows(query)}

    # run by a service

    def claim(self, service: str) -> Job | None:
        """Take the next queued job: of the tenant with the fewest running ones, its oldest."""
        with self.database.writing() as connection:
            number = _next(connection)
            if number is None:
                return None
            mine = {"status": "running", "claimed_by": service, "started": time.time()}
            more = {"heartbeat": time.time(), "attempt": jobs.c.attempt + 1, "stop_requested": False}
            queued = (jobs.c.number == number) & (jobs.c.status == "queued")
            if not connection.execute(sa.update(jobs).where(queued).values(**mine, **more)).rowcount:
                return None
            job = dict(connection.execute(sa.select(jobs).where(jobs.c.number == number)).mappings().one())
            _note(connection, job["id"], "status", {"status": "running", "attempt": job["attempt"]})
            return job

    def advance(self, job: Job, lines: list[dict[str, Any]]) -> None:
        """Store progress of a running job, and that it lives."""
        values: dict[str, Any] = {"heartbeat": time.time()}
        if lines:
            values["progress"] = lines[-1]
        with self.database.writing() as connection:
            connection.execute(sa.update(jobs).where(_held(job)).values(**values))
            if lines:
                rows = [{"job_id": job["id"], "kind": "progress", "data": line} for line in lines]
                connection.execute(sa.insert(events), rows)

    def to_stop(self, service: str) -> set[str]:
        """Ids of this service's running jobs that somebody asked to stop."""
        query = sa.select(jobs.c.id).where(
            jobs.c.claimed_by == service, jobs.c.status == "running", jobs.c.stop_requested
        )
        return {row["id"] for row in self.database.rows(query)}

    def settle(self, job: Job, outcome: Mapping[str, Any], contents: Mapping[str, bytes], keep: int) -> bool:
        """Store how a job ended, with its files, all at once; false where the job is no longer ours."""
        status = "failed" if outcome.get("problem") else "done"
        values = {"status": status, "finished": time.time(), "claimed_by": None}
        values |= {key: outcome.get(key) for key in ("envelope", "problem")}
        with self.database.writing() as connection:
            if not connection.execute(sa.update(jobs).where(_held(job)).values(**values)).rowcount:
                return False
            for kind, content in contents.items():
                connection.execute(sa.insert(blobs).values(job_id=job["id"], kind=kind, content=content))
            _trim(connection, job["id"], keep)
            _note(connection, job["id"], "status", {"status": status})
            _announce(connection, job)
        return True

    def requeue(self, job: Job, *, lost: bool) -> None:
        """Put a running job back into the queue; ``lost``: its worker was killed."""
        with self.database.writing() as connection:
            values = {"status": "queued", "claimed_by": None, "losses": jobs.c.losses + int(lost)}
            if connection.execute(sa.update(jobs).where(_held(job)).values(**values)).rowcount:
                _note(connection, job["id"], "status", {"status": "queued", "lost": lost})

    def held_by(self, service: str) -> list[Job]:
        """Running jobs that a service claimed."""
        return self.database.rows(
            sa.select(jobs).where(jobs.c.claimed_by == service, jobs.c.status == "running")
        )

    def abandoned(self, seconds: float) -> list[Job]:
        """Running jobs of services that have given no sign of life for so long."""
        silent = (jobs.c.status == "running") & (jobs.c.heartbeat < time.time() - seconds)
        return self.database.rows(sa.select(jobs).where(silent))


def _held(job: Job) -> Any:
    """The job as it was claimed: not finished, nor claimed anew, since."""
    return (
        (jobs.c.id == job["id"])
        & (jobs.c.status == "running")
        & (jobs.c.claimed_by == job["claimed_by"])
        & (jobs.c.attempt == job["attempt"])
    )


def _repeated(connection: sa.Connection, caller: Caller, job: Mapping[str, Any]) -> Job | None:
    if job["idempotency_key"] is None:
        return None
    mine = (jobs.c.tenant_id == caller.tenant) & (jobs.c.idempotency_key == job["idempotency_key"])
    found = connection.execute(sa.select(jobs).where(mine)).mappings().first()
    if found is not None and found["request_digest"] != job["request_digest"]:
        detail = "this Idempotency-Key was used for another request; use a new one"
        raise Problem(409, detail, code="idempotency-key-reused")
    return None if found is None else dict(found)


def _refuse_if_full(connection: sa.Connection, caller: Caller, limits: tuple[int, int]) -> None:
    queued = sa.select(sa.func.count()).select_from(jobs).where(jobs.c.status == "queued")
    mine = connection.scalar(queued.where(jobs.c.tenant_id == caller.tenant)) or 0
    if mine >= limits[0] or (connection.scalar(queued) or 0) >= limits[1]:
        detail = f"the queue is full ({mine:,} of your jobs wait); send it again later"
        raise Problem(429, detail, code="queue-full", headers={"Retry-After": "30"})


def _insert(connection: sa.Connection, caller: Caller, job: Mapping[str, Any], network: bytes) -> Job:
    row = {
        "id": new_id(),
        "tenant_id": caller.tenant,
        "key_id": caller.key,
        "status": "queued",
        "created": time.time(),
        **job,
    }
    connection.execute(sa.insert(jobs).values(**row))
    connection.execute(sa.insert(blobs).values(job_id=row["id"], kind="network", content=network))
    _note(connection, row["id"], "status", {"status": "queued"})
    return dict(connection.execute(sa.select(jobs).where(jobs.c.id == row["id"])).mappings().one())


def _next(connection: sa.Connection) -> int | None:
    by_tenant = sa.select(jobs.c.tenant_id, sa.func.min(jobs.c.number), sa.func.count())
    queued = connection.execute(by_tenant.where(jobs.c.status == "queued").group_by(jobs.c.tenant_id)).all()
    running = connection.execute(by_tenant.where(jobs.c.status == "running").group_by(jobs.c.tenant_id)).all()
    busy = {tenant: count for tenant, _, count in running}
    first = min(((busy.get(tenant, 0), number) for tenant, number, _ in queued), default=None)
    return None if first is None else int(first[1])


def _note(connection: sa.Connection, job_id: str, kind: str, data: Mapping[str, Any]) -> None:
    row = {"job_id": job_id, "kind": kind, "data": {**data, "at": time.time()}}
    connection.execute(sa.insert(events).values(**row))


def _trim(connection: sa.Connection, job_id: str, keep: int) -> None:
    mine = (events.c.job_id == job_id) & (events.c.kind == "progress")
    newest = sa.select(events.c.id).where(mine).order_by(events.c.id.desc())
    edge = connection.scalar(newest.offset(keep).limit(1))
    if edge is not None:
        connection.execute(sa.delete(events).where(mine, events.c.id <= edge))


def _announce(connection: sa.Connection, job: Job) -> None:
    """Have the tenant's webhook told, where it has one."""
    url = connection.scalar(sa.select(tenants.c.webhook_url).where(tenants.c.id == job["tenant_id"]))
    if url:
        row = {"id": new_id(), "job_id": job["id"], "tenant_id": job["tenant_id"], "due": time.time()}
        connection.execute(sa.insert(deliveries).values(**row))


def packed(network: bytes) -> bytes:
    """A network as it is stored."""
    return gzip.compress(network, compresslevel=6, mtime=0)
