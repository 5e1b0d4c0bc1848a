"""How far a figure may be off before it counts as wrong: the only place with tolerances."""

from __future__ import annotations

from typing import Any

import numpy as np

RELATIVE = 1e-6
"""Slack of a limit or balance, per unit of the largest figure in its row."""

QUANTITY = 1e-5
"""What a solver leaves over in units of product, m3 or CO2."""

WEIGHT = 1e-3
"""The same in kg."""

MONEY = 1e-2
"""The same in network currency."""

FIGURE = 1e-9
"""Relative error of a recomputed figure: ledger, KPIs, objective and derived columns."""

ROUNDING = 1e-14
"""Rounding error of a sum, per unit of what was added up."""


def exceeds(left: Any, right: Any, noise: float, scale: Any = None) -> Any:
    """Where ``left`` is more than ``right``, solver noise aside."""
    size = np.maximum(np.abs(left), np.abs(right)) if scale is None else scale
    return left - right > RELATIVE * size + noise


def apart(left: Any, right: Any, noise: float = 0.0) -> Any:
    """Where two figures that should be the same number are not."""
    return ~(np.abs(left - right) <= FIGURE * np.maximum(np.abs(left), np.abs(right)) + noise)
