"""A FastAPI host that plans in a pool of threads."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from clusterlane.optimizer import Plan, load, solve
from fastapi import FastAPI

app = FastAPI()
pool = ThreadPoolExecutor(max_workers=2)


def planned(name: str, time_limit: float) -> Plan:
    """The plan of a network of the library."""
    return solve(load(name), time_limit=time_limit)


@app.post("/plans/{name}")
async def plan(name: str) -> dict[str, Any]:
    """Plan, while the event loop goes on."""
    work = partial(planned, name, time_limit=60)
    found = await asyncio.get_running_loop().run_in_executor(pool, work)
    return {"objective": found.objective, "bound": found.bound, "ok": found.check["ok"]}
