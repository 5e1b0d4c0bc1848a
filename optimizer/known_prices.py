"""Prices that a bound was proven with, by name: for a later search of the same or of a similar network."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..models.index import Index
from .arrays import Arrays, Floats
from .freight import lane_prices
from .highs import Ints

Step = tuple[str, str | None, bool]
"""A hub, one of its levels (``None``: any), and whether it is open at that."""

Name = tuple[str, Any]
"""Family and key of a row."""


@dataclass(frozen=True)
class KnownPrices:
    """Prices (duals in sign) of ``rows``: those that firms share and those of single firms.

    ``values`` (vectors × rows) are those for hubs not decided, then those of each part of the problem;
    ``paths`` are the steps that lead to each part.  ``freight`` (one a row) is what a m3 cost on the lane of
    a row of freight, 0 for other rows.  ``points`` (vectors × ``columns``) are what firms do under them.
    """

    rows: tuple[Name, ...]
    values: sparse.csr_matrix
    paths: tuple[tuple[Step, ...], ...]
    freight: Floats
    columns: tuple[Name, ...]
    points: sparse.csr_matrix

    def placed(self, index: Index, arrays: Arrays) -> PlacedPrices | None:
        """The same for the rows and columns of some arrays; those that these do not have are left out, and
        ``None`` where they have less than half of the rows: then prices are better made anew.

        Prices of freight rise and fall with what lanes charge; a new lane has the price that it charges.
        """
        at = _at(self.rows, arrays.rows, arrays.row_keys)
        if not len(at) or np.mean(at >= 0) < 0.5:
            return None
        found, before = at[at >= 0], self.freight[at >= 0]
        now = freight(index, arrays)[found]
        scale = np.divide(now, before, out=np.ones(len(found)), where=(before != 0) & (now != 0))
        known = sparse.csr_matrix(self.values[:, np.flatnonzero(at >= 0)].multiply(scale))
        values = _spread(known, found, len(arrays.row_lower))
        values = sparse.csr_matrix(
            values + sparse.vstack([_new_lanes(index, arrays, found)] * known.shape[0])
        )
        at = _at(self.columns, arrays.columns, arrays.keys)
        points = _spread(self.points[:, np.flatnonzero(at >= 0)], at[at >= 0], len(arrays.cost))
        return PlacedPrices(values, without_gain(arrays, values), points, self.paths)


@dataclass(frozen=True)
class PlacedPrices:
    """Known prices (vectors × rows of some arrays), the same ``lowered`` so that nothing that carries goods
    earns by them (``without_gain``), and what firms do (vectors × columns)."""

    values: sparse.csr_matrix
    lowered: sparse.csr_matrix
    points: sparse.csr_matrix
    paths: tuple[tuple[Step, ...], ...]

    def of_plan(self, levels: Mapping[str, str]) -> int | None:
        """The number of the vector for the part in which hubs are open at ``levels``."""

        def holds(step: Step) -> bool:
            hub, level, high = step
            return high == (hub in levels if level is None else levels.get(hub) == level)

        return next((n for n, path in enumerate(self.paths, 1) if all(map(holds, path))), None)


def _at(names: tuple[Name, ...], places: Mapping[str, slice], keys: Mapping[str, list[Any]]) -> Ints:
    """Where each name is, −1 where it is not."""
    families = {family for family, _ in names} & set(places)
    found = {
        family: {key: places[family].start + i for i, key in enumerate(keys[family])} for family in families
    }
    nowhere: dict[Any, int] = {}
    return np.array([found.get(family, nowhere).get(key, -1) for family, key in names], dtype=np.int64)


def _spread(values: sparse.csr_matrix, at: Ints, size: int) -> sparse.csr_matrix:
    """A matrix with its columns at other places among ``size``."""
    known = values.tocoo()
    return sparse.csr_matrix((known.data, (known.row, at[known.col])), shape=(values.shape[0], size))


def _new_lanes(index: Index, arrays: Arrays, known: Ints) -> sparse.csr_matrix:
    """What lanes charge for a m3 where neither volume nor weight is among the known rows."""
    volume, weight = arrays.rows["volume"], arrays.rows["weight"]
    has = np.zeros(len(arrays.row_lower), dtype=bool)
    has[known] = True
    prices = lane_prices(index, arrays)
    prices[volume] = np.where(has[volume] | has[weight], 0.0, prices[volume])
    return sparse.csr_matrix(prices)


def without_gain(arrays: Arrays, values: sparse.csr_matrix) -> sparse.csr_matrix:
    """Prices of freight lowered where what carries goods would cost less than it is paid: without a limit
    on it a bound would lose all that this leaves."""
    rows = np.flatnonzero(arrays.rows_of(("volume", "weight")))
    columns = np.flatnonzero(arrays.columns_of(("boxes", "loose")))
    carried, cost = arrays.matrix[rows][:, columns].tocoo(), arrays.cost[columns]
    paid = (values[:, rows] @ carried.tocsr()).toarray()
    part = np.divide(np.maximum(cost, 0.0), paid, out=np.ones(paid.shape), where=paid > np.maximum(cost, 0.0))
    factor = np.ones((values.shape[0], len(arrays.row_lower)))
    for own, least in zip(factor, part, strict=True):
        np.minimum.at(own, rows[carried.row], least[carried.col])
    return sparse.csr_matrix(values.multiply(factor))


def vector(values: sparse.csr_matrix, number: int) -> Floats:
    """A row of a matrix."""
    out: Floats = values[number].toarray().ravel()
    return out


def freight(index: Index, arrays: Arrays) -> Floats:
    """What a m3 costs on the lane of each row of freight; 0 for other rows."""
    by_m3 = -lane_prices(index, arrays)
    by_m3[arrays.rows["weight"]] = by_m3[arrays.rows["volume"]]
    return by_m3


def named(
    index: Index,
    arrays: Arrays,
    vectors: list[Floats],
    points: list[Floats],
    paths: tuple[tuple[Step, ...], ...],
) -> KnownPrices:
    """``vectors`` (one price per row) with the names of the rows that have any, and of all of freight: a lane
    whose price is 0 is not new; ``points`` with the names of the columns that they use."""
    values, used = (
        sparse.csr_matrix(sparse.vstack([sparse.csr_matrix(v) for v in each])) for each in (vectors, points)
    )
    of_freight = np.flatnonzero(arrays.rows_of(("volume", "weight")))
    priced = np.union1d(values.indices, of_freight).astype(np.int64)
    kept = np.unique(used.indices).astype(np.int64)
    return KnownPrices(
        _names(priced, arrays.rows, arrays.row_keys),
        values[:, priced],
        paths,
        freight(index, arrays)[priced],
        _names(kept, arrays.columns, arrays.keys),
        used[:, kept],
    )


def _names(numbers: Ints, places: Mapping[str, slice], keys: Mapping[str, list[Any]]) -> tuple[Name, ...]:
    """What rows or columns, in ascending order, are called."""
    out: list[Name] = []
    for family, place in sorted(places.items(), key=lambda each: (each[1].start, each[1].stop)):
        own = numbers[np.searchsorted(numbers, place.start) : np.searchsorted(numbers, place.stop)]
        out += [(family, keys[family][i]) for i in own - place.start]
    return tuple(out)


_DAMAGED = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    EOFError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)


def write(prices: KnownPrices, path: Path) -> None:
    """Write to a file, compressed."""
    parts: dict[str, Any] = {name: _bytes(getattr(prices, name)) for name in _NAMES}
    parts |= _parts("values", prices.values) | _parts("points", prices.points)
    with path.open("wb") as file:
        np.savez_compressed(file, freight=prices.freight, **parts)


_NAMES = ("rows", "columns", "paths")


def read(path: Path) -> KnownPrices | None:
    """Prices from a file; ``None`` where there are none to be had from it: a search goes on without."""
    try:
        with np.load(path, allow_pickle=False) as parts:
            rows, columns, paths = (
                json.loads(parts[name].tobytes().decode()) if name in parts else [] for name in _NAMES
            )
            values, freight = _matrix("values", parts), parts["freight"]
            none = sparse.csr_matrix((values.shape[0], 0))  # as files before points were kept have it
            points = _matrix("points", parts) if "points_data" in parts else none
        steps = tuple(tuple((str(h), _level(k), bool(high)) for h, k, high in path) for path in paths)
        own, used = (tuple((str(family), _key(key)) for family, key in names) for names in (rows, columns))
        found = KnownPrices(own, values, steps, freight, used, points)
        return found if _fits(found) else None
    except _DAMAGED:
        return None


def _fits(known: KnownPrices) -> bool:
    """Whether all sizes are right and all numbers such as prices and quantities can be."""
    vectors, freight = len(known.paths) + 1, known.freight
    sizes = known.values.shape == (vectors, len(known.rows)) and freight.shape == (len(known.rows),)
    numbers = (known.values.data, known.points.data, freight)
    return (
        sizes
        and known.points.shape == (vectors, len(known.columns))
        and all(each.dtype.kind == "f" and bool((np.abs(each) <= _MOST).all()) for each in numbers)
    )


def _parts(name: str, matrix: sparse.csr_matrix) -> dict[str, NDArray[Any]]:
    """A matrix as arrays."""
    parts = (matrix.data, matrix.indices, matrix.indptr, np.array(matrix.shape))
    return dict(zip((f"{name}_{part}" for part in _MATRIX), parts, strict=True))


_MOST = 1e15
"""More than any price or quantity; sums of products of such are finite."""

_MATRIX = ("data", "index", "start", "shape")


def _matrix(name: str, parts: Mapping[str, NDArray[Any]]) -> sparse.csr_matrix:
    """A matrix from its arrays; raises ``ValueError`` where they are none."""
    data, index, start, shape = (parts[f"{name}_{part}"] for part in _MATRIX)
    matrix = sparse.csr_matrix((data, index, start), shape=(int(shape[0]), int(shape[1])))
    matrix.check_format()
    return matrix


def _bytes(value: Any) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(value).encode(), dtype=np.uint8)


def _level(value: Any) -> str | None:
    """The level of a hub, ``None`` for any; raises ``ValueError`` for what is none."""
    if value is None or isinstance(value, str):
        return value
    raise ValueError(f"{value!r} is no level of a hub")


def _key(value: Any) -> Any:
    """Tuples for the lists of a JSON text; raises ``ValueError`` for what no key has."""
    if isinstance(value, dict):
        raise ValueError(f"no key: {value}")
    return tuple(map(_key, value)) if isinstance(value, list) else value
