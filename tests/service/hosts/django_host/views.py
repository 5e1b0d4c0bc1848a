"""A view that plans in a process of its own and keeps the result in the host's table."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from django.http import HttpRequest, JsonResponse

from .models import SavedPlan
from .planning import planned


def plan(request: HttpRequest, name: str) -> JsonResponse:
    """Plan a network and save what it costs."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = pool.submit(planned, name).result()
    saved = SavedPlan.objects.create(network=name, objective=found.objective)
    return JsonResponse({"id": saved.pk, "objective": saved.objective, "bound": found.bound})
