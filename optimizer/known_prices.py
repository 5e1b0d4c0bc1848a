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
    a row of freight, 0 for other rows.
    """

    rows: tuple[Name, ...]
    values: sparse.csr_matrix
    paths: tuple[tuple[Step, ...], ...]
    freight: Floats

    def fits(self, arrays: Arrays) -> bool:
        """Whether at least half of the rows are there: else prices are better made anew."""
        at = self._at(arrays)
        return len(at) > 0 and float(np.mean(at >= 0)) >= 0.5

    def _at(self, arrays: Arrays) -> Ints:
        """Where each row is, −1 where it is not."""
        places = {
            family: {key: place.start + i for i, key in enumerate(arrays.row_keys[family])}
            for family, place in arrays.rows.items()
            if family in {name for name, _ in self.rows}
        }
        return np.array([places.get(family, {}).get(key, -1) for family, key in self.rows], dtype=np.int64)

    def of_plan(self, levels: Mapping[str, str]) -> int | None:
        """The number of the vector for the part in which hubs are open at ``levels``."""

        def holds(step: Step) -> bool:
            hub, level, high = step
            return high == (hub in levels if level is None else levels.get(hub) == level)

        return next((n for n, path in enumerate(self.paths, 1) if all(map(holds, path))), None)

    def placed(self, index: Index, arrays: Arrays) -> sparse.csr_matrix:
        """The same (vectors × rows of the arrays); rows that these do not have are left out.

        Prices of freight rise and fall with what lanes charge; a new lane has the price that it charges.
        """
        at = self._at(arrays)
        known = self.values[:, np.flatnonzero(at >= 0)].tocoo()
        shape = (self.values.shape[0], len(arrays.row_lower))
        found, before = at[at >= 0], self.freight[at >= 0]
        now = freight(index, arrays)[found]
        scale = np.divide(now, before, out=np.ones(len(found)), where=(before != 0) & (now != 0))
        data, columns = known.data * scale[known.col], found[known.col]
        placed = sparse.csr_matrix((data, (known.row, columns)), shape=shape)
        placed = sparse.csr_matrix(placed + sparse.vstack([_new_lanes(index, arrays, found)] * shape[0]))
        return placed


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
    index: Index, arrays: Arrays, vectors: list[Floats], paths: tuple[tuple[Step, ...], ...]
) -> KnownPrices:
    """``vectors`` (one price per row) with the names of the rows that have any, and of all of freight: a lane
    whose price is 0 is not new."""
    values = sparse.csr_matrix(sparse.vstack([sparse.csr_matrix(y) for y in vectors]))
    of_freight = np.flatnonzero(arrays.rows_of(("volume", "weight")))
    priced = np.union1d(values.indices, of_freight).astype(np.int64)
    families = sorted((place.start, place.stop, family) for family, place in arrays.rows.items())
    starts = np.array([start for start, _, _ in families])
    names = []
    for row in priced:
        start, _, family = families[int(np.searchsorted(starts, row, side="right")) - 1]
        names.append((family, arrays.row_keys[family][row - start]))
    return KnownPrices(tuple(names), values[:, priced], paths, freight(index, arrays)[priced])


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
    v, (rows, paths) = prices.values, map(_bytes, (prices.rows, prices.paths))
    size = np.array(v.shape)
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            data=v.data,
            index=v.indices,
            start=v.indptr,
            shape=size,
            rows=rows,
            paths=paths,
            freight=prices.freight,
        )


def read(path: Path) -> KnownPrices | None:
    """Prices from a file; ``None`` where there are none to be had from it: a search goes on without."""
    try:
        with np.load(path, allow_pickle=False) as parts:
            rows, paths = (json.loads(parts[name].tobytes().decode()) for name in ("rows", "paths"))
            size, by_m3 = parts["shape"], parts["freight"]
            values = sparse.csr_matrix(
                (parts["data"], parts["index"], parts["start"]), shape=(int(size[0]), int(size[1]))
            )
            values.check_format()
            fits = values.shape == (len(paths) + 1, len(rows)) and np.isfinite(values.data).all()
            fits = fits and by_m3.shape == (len(rows),) and np.isfinite(by_m3).all()
            steps = tuple(tuple((str(h), k, bool(high)) for h, k, high in path) for path in paths)
            names = tuple((str(family), _key(key)) for family, key in rows)
            return KnownPrices(names, values, steps, by_m3) if fits else None
    except _DAMAGED:
        return None


def _bytes(value: Any) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(value).encode(), dtype=np.uint8)


def _key(value: Any) -> Any:
    """Tuples for the lists of a JSON text."""
    return tuple(map(_key, value)) if isinstance(value, list) else value
