"""How a good plan is found, proven and explained.

``plan = solve(load("anhui"), gap=0.01, time_limit=60, on_progress=print)``; importing starts nothing.
"""

from ..instances.files import load
from ..instances.findings import Finding, InputError
from ..instances.network import Network
from .checker import check
from .comparisons import compare
from .folder import read_plan, write_plan
from .plan import Plan
from .progress import Progress
from .share import Sharing, share
from .solve import solve

__all__ = [
    "Finding",
    "InputError",
    "Network",
    "Plan",
    "Progress",
    "Sharing",
    "check",
    "compare",
    "load",
    "read_plan",
    "share",
    "solve",
    "write_plan",
]
