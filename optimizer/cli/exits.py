"""What the exit codes of the command mean."""

from __future__ import annotations

from enum import IntEnum

from ..plan import Plan


class Exit(IntEnum):
    """Exit codes, the same for every verb."""

    REACHED = 0
    FAULT = 1
    BAD_INPUT = 2
    INFEASIBLE = 3
    LIMIT = 4
    NO_PLAN = 5
    INTERRUPTED = 6
    CHECK_FAILED = 7


def exit_of(plan: Plan, *, interrupted: bool = False) -> Exit:
    """The exit code of ``solve`` for a plan; ``interrupted``: the user stopped the run."""
    if plan.status == "infeasible":
        return Exit.INFEASIBLE
    if plan.termination == "error":
        return Exit.FAULT
    if plan.objective is None:
        return Exit.NO_PLAN
    if plan.status == "imprecise":
        return Exit.CHECK_FAILED
    if interrupted or plan.termination == "interrupted":
        return Exit.INTERRUPTED
    return Exit.REACHED if plan.termination == "gap" else Exit.LIMIT
