"""Who may do what: tenants, their API keys, and the roles of keys."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Any, Literal, get_args

import sqlalchemy as sa

from .database import Database
from .tables import jobs, keys, tenants

Role = Literal["platform", "planner", "firm"]
ROLES: tuple[str, ...] = get_args(Role)
PREFIX = "cl"


@dataclass(frozen=True)
class Caller:
    """Whoever holds a valid key: the tenant, the role, and for a firm its id in the networks."""

    key: str
    tenant: int
    tenant_name: str
    role: str
    firm: str | None = None


def add_tenant(database: Database, name: str) -> int:
    """A new tenant's number.  Raises ``ValueError`` for an empty or taken name."""
    if not name.strip() or len(name) > 100:
        raise ValueError("a tenant needs a name of 1 to 100 characters")
    try:
        with database.writing() as connection:
            row = connection.execute(sa.insert(tenants).values(name=name, created=time.time()))
            return int(row.inserted_primary_key[0])  # type: ignore[index]
    except sa.exc.IntegrityError:
        raise ValueError(f"there is a tenant {name!r} already") from None


def tenant_id(database: Database, name: str) -> int:
    """The number of a tenant.  Raises ``ValueError`` where there is none of this name."""
    found = database.row(sa.select(tenants.c.id).where(tenants.c.name == name))
    if found is None:
        names = ", ".join(sorted(row["name"] for row in database.rows(sa.select(tenants.c.name)))) or "none"
        raise ValueError(f"there is no tenant {name!r}; known are: {names}")
    return int(found["id"])


def list_tenants(database: Database) -> list[dict[str, Any]]:
    """All tenants by name, each with its number of jobs."""
    count = sa.func.count(jobs.c.number).label("jobs")
    joined = sa.select(tenants.c.name, count).join(jobs, isouter=True).group_by(tenants.c.name)
    return database.rows(joined.order_by(tenants.c.name))


def add_key(database: Database, tenant: str, role: str, firm: str | None = None) -> tuple[str, str]:
    """A new key of a tenant: its id, and the key itself, which is stored only as a digest.

    Raises ``ValueError`` for an unknown tenant or role, a firm's key without a firm, or another's with one.
    """
    if role not in ROLES:
        raise ValueError(f"there is no role {role!r}; there are {', '.join(ROLES)}")
    if (role == "firm") != bool(firm):
        raise ValueError("a key of the role firm names a firm (--firm ID), other roles name none")
    key_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    row = {"id": key_id, "tenant_id": tenant_id(database, tenant), "role": role, "firm": firm}
    with database.writing() as connection:
        connection.execute(sa.insert(keys).values(**row, digest=_digest(secret), created=time.time()))
    return key_id, f"{PREFIX}_{key_id}_{secret}"


def revoke_key(database: Database, key_id: str) -> None:
    """End a key at once.  Raises ``ValueError`` where there is no such key in force."""
    valid = (keys.c.id == key_id) & keys.c.revoked.is_(None)
    with database.writing() as connection:
        done = connection.execute(sa.update(keys).where(valid).values(revoked=time.time()))
    if not done.rowcount:
        raise ValueError(f"there is no key {key_id!r} in force")


def list_keys(database: Database) -> list[dict[str, Any]]:
    """All keys with their tenants, without the digests."""
    shown = (
        keys.c.id,
        tenants.c.name.label("tenant"),
        keys.c.role,
        keys.c.firm,
        keys.c.created,
        keys.c.revoked,
    )
    return database.rows(sa.select(*shown).join(tenants).order_by(keys.c.created))


def authenticate(database: Database, key: str) -> Caller | None:
    """Whoever holds this key, or ``None`` where it is unknown or revoked."""
    parts = key.split("_", 2)
    if len(parts) != 3 or parts[0] != PREFIX or len(key) > 200:
        return None
    query = (
        sa.select(keys, tenants.c.name).join(tenants).where(keys.c.id == parts[1], keys.c.revoked.is_(None))
    )
    row = database.row(query)
    known = row["digest"] if row else _digest("")
    if not hmac.compare_digest(_digest(parts[2]), known) or row is None:
        return None
    return Caller(row["id"], row["tenant_id"], row["name"], row["role"], row["firm"])


def _digest(secret: str) -> str:
    """A plain digest is enough: the secret has 256 random bits, so it cannot be guessed from it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
