"""Limits of what a caller may send: requests per minute and bytes per request."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .problems import Problem, answer

MOST_KEYS = 10_000


class RateLimit:
    """A bucket of requests per key that refills evenly over a minute."""

    def __init__(self, per_minute: int):
        self._most = float(per_minute)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str) -> None:
        """Count one request.  Raises ``Problem`` 429 where the key has made too many."""
        now = time.monotonic()
        with self._lock:
            left, since = self._buckets.pop(key, (self._most, now))
            left = min(self._most, left + (now - since) * self._most / 60)
            self._buckets[key] = (left - 1 if left >= 1 else left, now)
            if len(self._buckets) > MOST_KEYS:
                self._buckets.popitem(last=False)
        if left < 1:
            detail = f"more than {self._most:.0f} requests a minute; wait a little"
            wait = str(max(1, round(60 / self._most)))
            raise Problem(429, detail, code="too-many-requests", headers={"Retry-After": wait})


class SizeLimit:
    """Refuses requests whose body is larger than ``most`` bytes, without reading the rest of it."""

    def __init__(self, app: ASGIApp, most: int):
        self.app, self.most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        stated = dict(scope["headers"]).get(b"content-length", b"0")
        if not stated.isdigit() or int(stated[:20]) > self.most:
            await answer(self._problem())(scope, receive, send)
            return
        await self.app(scope, self._counted(receive), send)

    def _counted(self, receive: Receive) -> Receive:
        total = 0

        async def counted() -> Message:
            nonlocal total
            message = await receive()
            total += len(message.get("body", b""))
            if total > self.most:
                raise self._problem()
            return message

        return counted

    def _problem(self) -> Problem:
        return Problem(413, f"a request may have {self.most:,} bytes; send less", code="too-large")
