"""Why there is no plan, what would allow one; and why a plan is as it is.

``explain_infeasible(network)`` for a network without a plan, ``explain_plan(network, plan)`` for a plan.
"""

from .conflict import Conflict
from .ladder import Explanation, explain_infeasible
from .limits import Cell
from .suggest import Suggestion, apply

__all__ = ["Cell", "Conflict", "Explanation", "Suggestion", "apply", "explain_infeasible"]
