"""CP-SAT in a process of its own: OR-Tools and highspy each bring a HiGHS, and do not live together.

``python cp_sat.py MODEL.mps RESULT.json GAP SECONDS THREADS SEED``
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any


def main(source: str, target: str, gap: str, seconds: str, threads: str, seed: str) -> None:
    """Solve an MPS file; write status, objective, bound and the values of its columns."""
    builder: Any = import_module("ortools.linear_solver.python.model_builder")
    model = builder.Model()
    if not model.import_from_mps_file(source):
        raise SystemExit("OR-Tools could not read the model")
    solver = builder.Solver("sat")
    solver.set_time_limit_in_seconds(float(seconds))
    words = f"num_workers:{threads} random_seed:{seed} relative_gap_limit:{gap}"
    solver.set_solver_specific_parameters(words)
    status = solver.solve(model)
    found: dict[str, Any] = {"status": f"{status.name.lower()} {solver.status_string}".strip()}
    if status in (builder.SolveStatus.OPTIMAL, builder.SolveStatus.FEASIBLE):
        columns = model.get_variables()
        values = dict(zip((v.name for v in columns), map(float, solver.values(columns)), strict=True))
        found |= {"objective": solver.objective_value, "bound": solver.best_objective_bound, "values": values}
    Path(target).write_text(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:7])
