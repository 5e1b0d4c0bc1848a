"""Why there is no plan and what would allow one; and why a plan is as it is.

``explain_infeasible(network)`` for a network without a plan, ``explain_plan(network, plan)`` for a plan.
"""

from .conflict import Conflict
from .ladder import Explanation, explain_infeasible
from .limits import Cell
from .suggest import Suggestion, apply
from .why import Reasons, explain_plan
from .worth import Worth

__all__ = [
    "Cell",
    "Conflict",
    "Explanation",
    "Reasons",
    "Suggestion",
    "Worth",
    "apply",
    "explain_infeasible",
    "explain_plan",
]
