"""What if: scenarios, comparisons, trade-offs, stress, today's plan and near-best alternatives."""

from .compare import Comparison, Named, compare_plans
from .file import Scenario, read_scenarios
from .sweep import Options, Result, sweep

__all__ = ["Comparison", "Named", "Options", "Result", "Scenario", "compare_plans", "read_scenarios", "sweep"]
