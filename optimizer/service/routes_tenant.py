"""Routes about the caller's own tenant: who am I, audit trail, webhook."""

from __future__ import annotations

import secrets
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request

from . import own_version, webhooks
from .problems import Problem
from .requests import Anyone, Behind, Platform, address, problems
from .schemas import AuditLine, Me, Webhook, WebhookView
from .tables import tenants

router = APIRouter(prefix="/v1", tags=["tenant"], responses=problems(401, 403, 422, 429))


@router.get("/me")
def me(caller: Anyone) -> Me:
    """Who holds this key."""
    return Me(tenant=caller.tenant_name, role=caller.role, firm=caller.firm, version=own_version())


@router.get("/audit")
def audit(
    caller: Platform, service: Behind, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> list[AuditLine]:
    """Who did what on which data in this tenant, newest first."""
    return [AuditLine(**row) for row in service.jobs.audit(caller, limit)]


@router.get("/webhook")
def webhook(caller: Platform, service: Behind) -> WebhookView:
    """Where ended jobs of this tenant are announced."""
    row = service.database.row(sa.select(tenants.c.webhook_url).where(tenants.c.id == caller.tenant))
    return WebhookView(url=row["webhook_url"] if row else None)


@router.put("/webhook")
def set_webhook(request: Request, body: Webhook, caller: Platform, service: Behind) -> WebhookView:
    """Announce ended jobs to an address, signed with the secret of the answer, which is shown only here."""
    if body.url is not None:
        try:
            webhooks.check_url(body.url, private=service.settings.webhooks_to_private)
        except webhooks.Refused as error:
            raise Problem(422, str(error), code="address-refused") from None
    secret = secrets.token_urlsafe(32) if body.url else None
    with service.database.writing() as connection:
        mine = sa.update(tenants).where(tenants.c.id == caller.tenant)
        connection.execute(mine.values(webhook_url=body.url, webhook_secret=secret))
    service.jobs.record(caller, "set-webhook", address(request))
    return WebhookView(url=body.url, secret=secret)
