"""Tells a tenant that a job has ended: signed, repeated until taken, never to inside addresses."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import logging
import socket
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import httpx
import sqlalchemy as sa

from .database import Database
from .settings import Settings
from .tables import deliveries, jobs, tenants

SIGNATURE = "Clusterlane-Signature"
SECONDS_BETWEEN_LOOKS = 0.5
TIMEOUT = 10.0

log = logging.getLogger("clusterlane.service.webhooks")


class Refused(Exception):
    """An address that the service does not send to."""


def signature(secret: str, body: bytes, at: int) -> str:
    """What the header ``Clusterlane-Signature`` holds: the time and the HMAC-SHA256 of ``time.body``."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def verify(secret: str, body: bytes, header: str, *, most_seconds: float = 300.0) -> bool:
    """Whether an announcement comes from the service and is fresh: for whoever receives it."""
    parts = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    if not parts.get("t", "").isdigit() or abs(time.time() - int(parts["t"])) > most_seconds:
        return False
    return hmac.compare_digest(signature(secret, body, int(parts["t"])), header)


def check_url(url: str, *, private: bool) -> tuple[str, int]:
    """Address and port that an announcement goes to.  Raises ``Refused`` with the reason.

    The name is resolved here, and the connection made to this very address: a name that points elsewhere a
    moment later gains nothing.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise Refused("the address cannot be read") from None
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
        raise Refused("the address must be http(s)://host/path without user and password")
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        raise Refused(f"the name {host} cannot be resolved") from None
    if not private and not all(_public(address) for address in found):
        raise Refused(f"{host} is an address inside the network; the operator has not allowed that")
    return min(found), port


def _public(address: str) -> bool:
    place = ipaddress.ip_address(address.split("%")[0])
    mapped = getattr(place, "ipv4_mapped", None) or place
    return bool(mapped.is_global and not mapped.is_multicast)


class Announcer:
    """Sends what is due, in a thread of its own, again with growing pauses until it is taken."""

    def __init__(self, database: Database, settings: Settings):
        self.database, self.settings = database, settings
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="announcer", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is due stays due."""
        self._stopping.set()
        self._thread.join()

    def _loop(self) -> None:
        while not self._stopping.wait(SECONDS_BETWEEN_LOOKS):
            try:
                for due in self._due():
                    self._deliver(due)
            except Exception:
                log.exception("announcements wait after a fault")

    def _due(self) -> list[dict[str, Any]]:
        ready = (deliveries.c.due <= time.time()) & deliveries.c.delivered.is_(None)
        query = (
            sa.select(
                deliveries.c.id,
                deliveries.c.attempts,
                tenants.c.webhook_url,
                tenants.c.webhook_secret,
                jobs.c.id.label("job"),
                jobs.c.kind,
                jobs.c.status,
                jobs.c.name,
                jobs.c.envelope,
            )
            .join(tenants, tenants.c.id == deliveries.c.tenant_id)
            .join(jobs, jobs.c.id == deliveries.c.job_id)
        )
        return self.database.rows(query.where(ready).limit(20))

    def _deliver(self, due: dict[str, Any]) -> None:
        attempts = due["attempts"] + 1
        try:
            self._post(due)
            values: dict[str, Any] = {"delivered": time.time(), "due": None, "error": None}
        except (Refused, httpx.HTTPError) as error:
            again = attempts < self.settings.webhook_attempts and not isinstance(error, Refused)
            later = time.time() + 2.0 * 2**attempts
            values = {"due": later if again else None, "error": str(error)[:500]}
            log.warning("announcement not taken", extra={"job": due["job"], "reason": str(error)[:200]})
        with self.database.writing() as connection:
            mine = deliveries.c.id == due["id"]
            connection.execute(sa.update(deliveries).where(mine).values(attempts=attempts, **values))

    def _post(self, due: dict[str, Any]) -> None:
        url = due["webhook_url"] or ""
        address, port = check_url(url, private=self.settings.webhooks_to_private)
        body = json.dumps(_announcement(due), ensure_ascii=False).encode()
        host = httpx.URL(url).host
        headers = {
            "Host": httpx.URL(url).netloc.decode(),
            "Content-Type": "application/json",
            SIGNATURE: signature(due["webhook_secret"] or "", body, int(time.time())),
        }
        target = httpx.URL(url).copy_with(host=address, port=port)
        with httpx.Client(timeout=TIMEOUT, trust_env=False, follow_redirects=False) as client:
            client.post(
                target, content=body, headers=headers, extensions={"sni_hostname": host}
            ).raise_for_status()


def _announcement(due: dict[str, Any]) -> dict[str, Any]:
    plan = due["envelope"] or {}
    figures = {key: plan.get(key) for key in ("status", "termination", "objective", "bound", "gap")}
    return {
        "event": "job.ended",
        "delivery": due["id"],
        "job": due["job"],
        "kind": due["kind"],
        "name": due["name"],
        "status": due["status"],
        "plan": figures if plan else None,
    }
