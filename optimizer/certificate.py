"""A proof that no plan costs less than a bound: numbers that anyone can multiply out again.

Integer rows cut the problem into leaves, of which every plan lies in one.  For each leaf, any multipliers on
its rows give a bound by weak duality: ``min c·x ≥ y·b + Σ_j min { (c − Aᵀy)_j·x_j : l_j ≤ x_j ≤ u_j }``.  The
least of the leaves' bounds is proven.  Nothing here knows how multipliers were found; all rounding goes down.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import fsum, inf, isinf, nextafter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .arrays import Arrays, Floats

Ints = NDArray[np.int64]

UNIT = float(np.finfo(np.float64).eps)
"""Twice the greatest relative error of one operation."""

Side = tuple[int, bool]
"""A branch and whether its row is at least ``at + 1`` (else at most ``at``)."""


@dataclass(frozen=True)
class Leaf:
    """A part of the problem: the sides that lead to it, which row multipliers prove it, and multipliers of
    cuts, as summed rows (``sums``) and as counts of columns (``counts``), and of the branches' rows."""

    path: tuple[Side, ...]
    duals: int
    sums: tuple[tuple[int, float], ...] = ()
    counts: tuple[tuple[int, float], ...] = ()
    sides: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class Certificate:
    """Multipliers for all leaves.

    ``branches`` (branches × columns) are rows of whole coefficients on integer columns; ``at`` where each is
    cut.  ``duals`` (vectors × rows) are row multipliers; ``cuts`` (cuts × rows) multipliers that add rows up
    to one row ``a·x ≥ b``, which also says how many columns must be 1 at least.
    """

    branches: sparse.csr_matrix
    at: Ints
    duals: sparse.csr_matrix
    cuts: sparse.csr_matrix
    leaves: tuple[Leaf, ...]


def root(arrays: Arrays, rows: Ints, duals: Floats) -> Certificate:
    """The certificate of a relaxation: multipliers of some rows, nothing branched."""
    y = sparse.csr_matrix((duals, (0 * rows, rows)), shape=(1, len(arrays.row_lower)))
    none = sparse.csr_matrix((0, len(arrays.cost)))
    return Certificate(none, np.zeros(0, np.int64), y, sparse.csr_matrix((0, y.shape[1])), (Leaf((), 0),))


def verified_bound(certificate: Certificate, arrays: Arrays) -> float:
    """What the certificate proves for these arrays; −inf where it proves nothing.

    Raises ``ValueError`` where it does not fit the arrays at all.
    """
    return _Verifier(certificate, arrays).bound()


@dataclass(frozen=True)
class _Combined:
    """``a·x ≥ low`` with the error of each coefficient."""

    a: Floats
    error: Floats
    low: float


@dataclass(frozen=True)
class _Cut:
    """A combined row by its ``columns`` whose coefficient is not 0; ``slack`` is what the errors of all other
    coefficients may add up to."""

    columns: Ints
    a: Floats
    error: Floats
    low: float
    slack: float


@dataclass(frozen=True)
class _Priced:
    """What one vector of multipliers leaves: reduced costs with their errors, and each column's least term
    over the whole problem's bounds; ``total`` is what they and the right-hand sides prove together."""

    reduced: Floats
    error: Floats
    terms: Floats
    total: float


class _Verifier:
    def __init__(self, certificate: Certificate, arrays: Arrays):
        self.proof, self.arrays = certificate, arrays
        _fit(certificate, arrays)
        self._matrix = arrays.matrix.T.tocsr()
        self._size = abs(self._matrix)
        self._terms = int(np.diff(self._matrix.indptr).max(initial=0)) + 8
        lower, upper = implied_bounds(arrays)
        self._lower = np.where(arrays.integer, np.ceil(lower - 1e-9), lower)
        self._upper = np.where(arrays.integer, np.floor(upper + 1e-9), upper)
        self._cuts = [self._cut(row) for row in certificate.cuts]
        ends = certificate.branches.indptr[1:-1]
        self._columns = np.split(certificate.branches.indices.astype(np.int64), ends)
        self._weights = np.split(certificate.branches.data, ends)

    def bound(self) -> float:
        """The least bound of the leaves, if they are all there."""
        leaves, least = self.proof.leaves, inf
        if not _complete([leaf.path for leaf in leaves]) or not self._whole():
            return -inf
        for number, group in groupby(sorted(leaves, key=lambda leaf: leaf.duals), lambda leaf: leaf.duals):
            priced = self._priced(self.proof.duals[number])
            least = min(least, *(self._leaf(leaf, priced) for leaf in group))
        return least

    def _whole(self) -> bool:
        """Whether branches cut between whole numbers."""
        data, columns = self.proof.branches.data, self.proof.branches.indices
        return bool((data == np.round(data)).all() and self.arrays.integer[columns].all())

    def _combine(self, multipliers: sparse.csr_matrix) -> _Combined:
        """Rows added up; a multiplier whose side has no limit is left out."""
        a = self.arrays
        y = multipliers.toarray().ravel()
        side = np.where(y > 0, a.row_lower, a.row_upper)
        y = np.where(np.isfinite(side) & np.isfinite(y), y, 0.0)
        used = np.flatnonzero(y)
        error = self._terms * UNIT * (self._size @ np.abs(y))
        return _Combined(self._matrix @ y, error, _sum_down(y[used] * side[used]))

    def _cut(self, multipliers: sparse.csr_matrix) -> _Cut:
        row = self._combine(multipliers)
        columns, rest = np.flatnonzero(row.a), np.flatnonzero((row.a == 0) & (row.error > 0))
        reach = np.maximum(np.abs(self._lower[rest]), np.abs(self._upper[rest]))
        slack = -_sum_down(-row.error[rest] * reach)
        return _Cut(columns, row.a[columns], row.error[columns], row.low, slack)

    def _priced(self, multipliers: sparse.csr_matrix) -> _Priced:
        row, cost = self._combine(multipliers), self.arrays.cost
        reduced = cost - row.a
        error = row.error + UNIT * (np.abs(cost) + 4 * np.abs(reduced))
        terms = _least(reduced, error, self._lower, self._upper)
        return _Priced(reduced, error, terms, _sum_down(np.append(terms, [row.low, self.arrays.offset])))

    def _leaf(self, leaf: Leaf, priced: _Priced) -> float:
        """A leaf's bound: the whole problem's, with what its branches and cuts change."""
        columns, lower, upper = self._box(leaf)
        if (lower > upper).any():
            return inf
        if isinf(priced.total):
            return -inf
        reduced, error = priced.reduced[columns], priced.error[columns]
        constants = [priced.total, *(-priced.terms[columns])]
        for number, weight in (part for part in leaf.sums if part[1] > 0):
            cut = self._cuts[number]
            at = np.searchsorted(columns, cut.columns)
            reduced[at] -= weight * cut.a
            error[at] += weight * cut.error + UNIT * weight * np.abs(cut.a)
            constants += [_sum_down(np.array([weight * cut.low, -weight * cut.slack]))]
        for number, weight in (part for part in leaf.counts if part[1] > 0):
            counted, least = self._count(self._cuts[number], columns, lower, upper)
            reduced[counted] -= weight
            constants += [_sum_down(np.array([weight * least]))]
        for number, weight in leaf.sides:
            at, row, limit = self._side(leaf.path, number, weight, columns)
            reduced[at] -= weight * row
            error[at] += UNIT * np.abs(weight * row)
            constants += [_sum_down(np.array([weight * limit]))]
        error += 4 * UNIT * np.abs(reduced)
        return nextafter(fsum([*constants, *_least(reduced, error, lower, upper)]), -inf)

    def _box(self, leaf: Leaf) -> tuple[Ints, Floats, Floats]:
        """Columns whose terms change in a leaf, sorted, and their bounds there: at least ``at + 1`` for a
        branch on one column, at most ``at`` for each column of a sum of columns that are not negative."""
        cuts = [self._cuts[number].columns for number, _ in (*leaf.sums, *leaf.counts)]
        rows = [self._columns[number] for number, _ in (*leaf.path, *leaf.sides)]
        columns = np.unique(np.concatenate([np.zeros(0, np.int64), *cuts, *rows]))
        lower, upper = self._lower[columns], self._upper[columns]
        for number, high in leaf.path:
            weights, at = self._weights[number], int(self.proof.at[number])
            places = np.searchsorted(columns, self._columns[number])
            if high and len(weights) == 1 and weights[0] == 1:
                lower[places] = np.maximum(lower[places], at + 1)
            elif not high and (weights == 1).all() and (lower[places] >= 0).all():
                upper[places] = np.minimum(upper[places], at)
        return columns, lower, upper

    def _side(
        self, path: Sequence[Side], number: int, weight: float, columns: Ints
    ) -> tuple[Ints, Floats, float]:
        """A branch's row and its limit; the multiplier's sign must suit the side."""
        high = dict(path).get(number)
        if high is None or high != (weight > 0):
            return np.zeros(0, np.int64), np.zeros(0), 0.0
        at = np.searchsorted(columns, self._columns[number])
        return at, self._weights[number], float(self.proof.at[number] + high)

    def _count(self, cut: _Cut, columns: Ints, lower: Floats, upper: Floats) -> tuple[Ints, int]:
        """(places of the columns counted, how many of them are 1 at least) from ``a·x ≥ low``."""
        at = np.searchsorted(columns, cut.columns)
        low, high = lower[at], upper[at]
        counted = self.arrays.integer[cut.columns] & (low >= 0) & (high <= 1) & (cut.a > 0)
        other = _least(-cut.a, cut.error, low, high)[~counted]
        need = _sum_down(np.array([cut.low, -cut.slack, *other]))
        sizes = np.sort(np.where(high > 0, cut.a + cut.error, 0.0)[counted])[::-1]
        reach = np.cumsum(sizes) * (1 + len(sizes) * UNIT)
        return at[counted], int(np.searchsorted(reach, need)) + 1 if need > 0 else 0


SWEEPS = 200
"""Most times that bounds are passed on along rows; cash needs one a period."""


def implied_bounds(arrays: Arrays) -> tuple[Floats, Floats]:
    """Column bounds; those that are missing as far as rows imply them, rounded outwards.

    After the first sweep only rows in which a bound has changed can say more.
    """
    lower, upper = arrays.lower.copy(), arrays.upper.copy()
    entered = np.flatnonzero(abs(arrays.matrix) @ (np.isinf(lower) | np.isinf(upper)))
    entries, limits = arrays.matrix[entered], (arrays.row_lower[entered], arrays.row_upper[entered])
    entries.eliminate_zeros()
    size, changed = abs(entries), np.ones(len(lower))
    for _ in range(SWEEPS):
        missing = np.isinf(lower) * 1.0 + np.isinf(upper)
        rows = np.flatnonzero((size @ missing > 0) & (size @ changed > 0))
        if not len(rows):
            break
        _pass_on(entries[rows].tocoo(), (limits[0][rows], limits[1][rows]), lower, upper)
        changed = missing - np.isinf(lower) - np.isinf(upper)
    return lower, upper


def _pass_on(part: sparse.coo_matrix, limits: tuple[Floats, Floats], lower: Floats, upper: Floats) -> None:
    """Finite bounds in the place of infinite ones, from what all other columns of a row leave."""
    i, j, a = part.row, part.col, part.data
    least = np.where(a > 0, a * lower[j], a * upper[j])
    most = np.where(a > 0, a * upper[j], a * lower[j])
    for terms, limit, above in ((least, limits[1], True), (most, limits[0], False)):
        open_, known = np.isinf(terms), np.where(np.isinf(terms), 0.0, terms)
        count, total, size = (np.bincount(i, w, part.shape[0]) for w in (open_, known, np.abs(known)))
        left = limit[i] - total[i] + known
        room = 1e-9 * (np.abs(np.where(np.isfinite(limit), limit, 0.0))[i] + size[i]) + 1e-9
        value = (left + (room if above else -room)) / a
        sure = (count[i] - open_ == 0) & np.isfinite(limit[i])
        rises = (a > 0) == above
        high, low = sure & rises & np.isinf(upper[j]), sure & ~rises & np.isinf(lower[j])
        np.minimum.at(upper, j[high], value[high])
        np.maximum.at(lower, j[low], value[low])


def _least(reduced: Floats, error: Floats, lower: Floats, upper: Floats) -> Floats:
    """Least of each column's term over its bounds and the error of its reduced cost."""
    low, high = reduced - error, reduced + error
    return np.minimum(
        np.minimum(_down(low, lower), _down(high, lower)), np.minimum(_down(low, upper), _down(high, upper))
    )


def _down(a: Floats, x: Floats) -> Floats:
    """Products rounded downwards; nothing times infinity is nothing."""
    with np.errstate(invalid="ignore"):
        product = np.where(a == 0, 0.0, a * x)
        return np.where(np.isfinite(product), product - UNIT * np.abs(product), product)


def _sum_down(products: Floats) -> float:
    """A sum of products, each of which carries one rounding."""
    return nextafter(fsum((products - UNIT * np.abs(products)).tolist()), -inf)


def _complete(paths: Sequence[Sequence[Side]]) -> bool:
    """Whether the paths are the leaves of one tree in which every branch has both sides."""
    stack: list[tuple[list[Sequence[Side]], int]] = [(list(paths), 0)]
    while stack:
        group, depth = stack.pop()
        if len(group) == 1 and len(group[0]) == depth:
            continue
        if not group or any(len(path) <= depth for path in group):
            return False
        if len({path[depth][0] for path in group}) != 1:
            return False
        stack += [([p for p in group if p[depth][1] == high], depth + 1) for high in (False, True)]
    return True


def _fit(certificate: Certificate, arrays: Arrays) -> None:
    rows, columns = arrays.matrix.shape
    shapes = (certificate.branches.shape[1], certificate.duals.shape[1], certificate.cuts.shape[1])
    if shapes != (columns, rows, rows):
        raise ValueError(f"the certificate is of another model than this one of {columns:,} columns")


_MATRICES = ("branches", "duals", "cuts")
_LISTS = ("sums", "counts", "sides")


def write(certificate: Certificate, path: Path) -> None:
    """Write a certificate as an ``.npz`` file."""
    leaves = certificate.leaves
    parts: dict[str, Any] = {"at": certificate.at, "leaf": np.array([leaf.duals for leaf in leaves])}
    for name in _MATRICES:
        matrix = getattr(certificate, name)
        parts |= {
            f"{name}_data": matrix.data,
            f"{name}_index": matrix.indices,
            f"{name}_start": matrix.indptr,
        }
        parts[f"{name}_shape"] = np.array(matrix.shape)
    for name in ("path", *_LISTS):
        lists = [getattr(leaf, name) for leaf in leaves]
        parts[f"{name}_start"] = np.cumsum([0, *map(len, lists)])
        parts[f"{name}_number"] = np.array([n for part in lists for n, _ in part], dtype=np.int64)
        parts[f"{name}_value"] = np.array([float(v) for part in lists for _, v in part])
    with path.open("wb") as file:
        np.savez_compressed(file, **parts)


def read(path: Path) -> Certificate:
    """A certificate from its file.

    Raises ``ValueError`` where it is damaged, ``OSError`` where it cannot be read.
    """
    try:
        with np.load(path, allow_pickle=False) as parts:
            matrices = {name: _matrix(parts, name) for name in _MATRICES}
            found = Certificate(**matrices, at=parts["at"], leaves=tuple(_leaves(parts)))
    except (
        KeyError,
        IndexError,
        TypeError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise ValueError(f"{path.name} is damaged ({type(error).__name__})") from None
    _refuse(found, path.name)
    return found


def _matrix(parts: Any, name: str) -> sparse.csr_matrix:
    data, index, start = (parts[f"{name}_{part}"] for part in ("data", "index", "start"))
    size = parts[f"{name}_shape"]
    matrix = sparse.csr_matrix((data, index, start), shape=(int(size[0]), int(size[1])))
    matrix.check_format()
    return matrix


def _leaves(parts: Any) -> Iterator[Leaf]:
    starts = {name: parts[f"{name}_start"].tolist() for name in ("path", *_LISTS)}
    numbers = {name: parts[f"{name}_number"].tolist() for name in starts}
    values = {name: parts[f"{name}_value"].tolist() for name in starts}
    for i, duals in enumerate(parts["leaf"].tolist()):
        lists = {
            name: tuple(zip(numbers[name][a:b], values[name][a:b], strict=True))
            for name, (a, b) in ((name, starts[name][i : i + 2]) for name in starts)
        }
        path = tuple((number, bool(high)) for number, high in lists.pop("path"))
        yield Leaf(path, duals, **lists)


def _refuse(found: Certificate, name: str) -> None:
    """Numbers that point nowhere, and multipliers that are none."""
    sizes = {"sums": found.cuts.shape[0], "counts": found.cuts.shape[0], "sides": found.branches.shape[0]}
    inside = len(found.at) == found.branches.shape[0] and bool(found.leaves)
    for leaf in found.leaves:
        inside &= 0 <= leaf.duals < found.duals.shape[0]
        inside &= all(0 <= number < found.branches.shape[0] for number, _ in leaf.path)
        for part, size in sizes.items():
            inside &= all(0 <= number < size and np.isfinite(v) for number, v in getattr(leaf, part))
    if not inside or not all(np.isfinite(getattr(found, part).data).all() for part in _MATRICES):
        raise ValueError(f"{name} is damaged (numbers out of range)")
