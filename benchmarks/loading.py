"""From a network, or its arrays, to a HiGHS object that holds the problem: our way and others'."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..instances.network import Network
from ..models.cluster import build
from ..optimizer.arrays import Arrays, collector_off, compile_model
from ..optimizer.highs import Solver
from .trace import cpu_seconds


def _timed(parts: dict[str, float], name: str, work: Callable[[], Any]) -> Any:
    began = cpu_seconds()
    found = work()
    parts[name] = round(cpu_seconds() - began, 3)
    return found


def _arrays(network: Network) -> Arrays:
    with collector_off():
        return compile_model(build(network))


def ours(network: Network) -> dict[str, float]:
    """Pyomo rules, compiled once to arrays, handed over whole."""
    parts: dict[str, float] = {}
    with collector_off():
        model = _timed(parts, "build", lambda: build(network))
        arrays = _timed(parts, "compile", lambda: compile_model(model))
        _timed(parts, "hand_over", lambda: Solver(arrays, integral=True))
    return {**parts, **_size(arrays)}


def bare(network: Network) -> dict[str, float]:
    """The arrays handed over: what no modelling language can beat."""
    parts: dict[str, float] = {}
    arrays = _arrays(network)
    _timed(parts, "hand_over", lambda: Solver(arrays, integral=True))
    return {**parts, **_size(arrays)}


def linopy(network: Network) -> dict[str, float]:
    """linopy given the same arrays, family by family, and its direct way to HiGHS."""
    import linopy  # noqa: F401 - its import is not measured

    parts: dict[str, float] = {}
    arrays = _arrays(network)
    model = _timed(parts, "build", lambda: _linopy_model(arrays))
    _timed(parts, "hand_over", lambda: model.to_highspy())
    return {**parts, **_size(arrays)}


def _linopy_model(arrays: Arrays) -> Any:
    import linopy
    import pandas as pd
    import xarray as xr

    model = linopy.Model()
    labels = np.zeros(len(arrays.cost), dtype=np.int64)
    for name, place in arrays.columns.items():
        for whole in (False, True):
            at = np.arange(place.start, place.stop)[arrays.integer[place] == whole]
            if len(at):
                names = [pd.RangeIndex(len(at), name=f"{name}{int(whole)}")]
                low, high = arrays.lower[at], arrays.upper[at]
                x = model.add_variables(low, high, names, name=f"{name}{int(whole)}", integer=whole)
                labels[at] = x.labels.values
    for name, place in arrays.rows.items():
        for sign in ("<=", ">=", "="):
            _linopy_rows(model, arrays, name, place, sign, labels)
    used = np.flatnonzero(arrays.cost)
    terms = {"coeffs": ("_term", arrays.cost[used]), "vars": ("_term", labels[used])}
    model.add_objective(linopy.LinearExpression(xr.Dataset(terms), model))
    return model


def _linopy_rows(model: Any, arrays: Arrays, name: str, place: slice, sign: str, labels: Any) -> None:
    """The rows of a family with one sign, as linopy holds them: terms filled up to the longest row."""
    import linopy
    import xarray as xr

    low, high = arrays.row_lower[place], arrays.row_upper[place]
    mask = {"=": low == high, "<=": np.isfinite(high) & (low < high), ">=": np.isfinite(low) & (low < high)}
    rows = np.flatnonzero(mask[sign]) + place.start
    if not len(rows):
        return
    part = arrays.matrix[rows]
    count = np.diff(part.indptr)
    at = np.arange(part.nnz) - np.repeat(part.indptr[:-1], count)
    line = np.repeat(np.arange(len(rows)), count)
    coeffs, vars_ = (
        np.full((len(rows), int(count.max(initial=0))), np.nan),
        np.full((len(rows), int(count.max(initial=0))), -1),
    )
    coeffs[line, at], vars_[line, at] = part.data, labels[part.indices]
    row = f"{name}_{'elg'['=<>'.index(sign[0])]}"
    data = xr.Dataset({"coeffs": ((row, "_term"), coeffs), "vars": ((row, "_term"), vars_)})
    data = data.assign_coords({row: np.arange(len(rows))})
    limit = xr.DataArray((low if sign == ">=" else high)[rows - place.start], dims=row)
    model.add_constraints(linopy.LinearExpression(data, model), sign, limit, name=row)


def pyomo_appsi(network: Network) -> dict[str, float]:
    """The same Pyomo model through Pyomo's persistent interface to HiGHS."""
    from pyomo.contrib.appsi.solvers import Highs

    return _pyomo(network, Highs)


def pyomo_highs(network: Network) -> dict[str, float]:
    """The same Pyomo model through Pyomo's newest interface to HiGHS."""
    from pyomo.contrib.solver.solvers.highs import Highs

    return _pyomo(network, Highs)


def _pyomo(network: Network, interface: Callable[[], Any]) -> dict[str, float]:
    parts: dict[str, float] = {}
    with collector_off():
        model = _timed(parts, "build", lambda: build(network))
        _timed(parts, "hand_over", lambda: interface().set_instance(model))
    return parts


def _size(arrays: Arrays) -> dict[str, float]:
    return {"columns": len(arrays.cost), "rows": len(arrays.row_lower), "nonzeros": int(arrays.matrix.nnz)}


LOADERS: dict[str, Callable[[Network], dict[str, float]]] = {
    "load-clusterlane": ours,
    "load-arrays": bare,
    "load-linopy": linopy,
    "load-pyomo-appsi": pyomo_appsi,
    "load-pyomo-highs": pyomo_highs,
}
"""Ways to load by name; each gives CPU seconds by step, and the size."""
