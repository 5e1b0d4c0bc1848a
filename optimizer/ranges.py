"""Numbers of very different size in one row: solvers then keep their tolerance for the small ones only."""

from __future__ import annotations

import numpy as np

from .arrays import Arrays, Floats

WIDEST = 1e11
"""Ratio of two coefficients of a row above which results may be imprecise."""

RESIDUE = 1e-14
"""What sums leave of numbers that cancel, as a share of the row's largest: no coefficient of anyone's."""


def wide_ranges(arrays: Arrays) -> str:
    """What is so wide that results may be imprecise, and where; empty where nothing is."""
    found = [f"{name}: {ratio:.0e}" for name, ratio in _ratios(arrays) if ratio > WIDEST]
    return f"numbers of very different size ({', '.join(found)}); units may be mixed up" if found else ""


def _ratios(arrays: Arrays) -> list[tuple[str, float]]:
    """The widest row of each family."""
    count = arrays.matrix.shape[0]
    sizes, row = np.abs(arrays.matrix.data), np.repeat(np.arange(count), np.diff(arrays.matrix.indptr))
    low, high = np.full(count, np.inf), np.zeros(count)
    np.maximum.at(high, row, sizes)
    real = sizes > RESIDUE * high[row]
    np.minimum.at(low, row[real], sizes[real])
    ratio: Floats = np.where(high > 0, high / low, 1.0)
    return [(name, float(ratio[place].max(initial=1.0))) for name, place in arrays.rows.items()]
