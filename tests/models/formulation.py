"""A compiled model as readable rows, and the parser of the rows written out by hand.

A row reads ``name[key]: 2 ship[p,l,1] - 12*15/30 boxes[l,box,1] <= 0``; a coefficient is a product
or quotient of numbers and of the names given.  Rows are compared as half-spaces: scale, side and
direction do not matter.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from clusterlane.instances.network import Network
from clusterlane.models.cluster import build
from clusterlane.optimizer.arrays import Arrays, compile_model

EXPECTED = Path(__file__).parent / "expected"
Terms = dict[str, float]
CONSTANT = ""


def compiled(network: Network) -> Arrays:
    """The arrays of a network's model."""
    return compile_model(build(network))


def name(component: str, key: Any) -> str:
    """``component[a,b,1]``."""
    parts = key if isinstance(key, tuple) else () if key is None else (key,)
    return f"{component}[{','.join(str(part) for part in parts)}]"


def column_names(arrays: Arrays) -> list[str]:
    """Names of all columns in order."""
    return [name(component, key) for component in arrays.columns for key in arrays.keys[component]]


def row_names(arrays: Arrays) -> list[str]:
    """Names of all rows in order."""
    return [name(component, key) for component in arrays.rows for key in arrays.row_keys[component]]


def objective(arrays: Arrays) -> Terms:
    """Column -> cost; the offset under ``CONSTANT``."""
    terms = {n: float(c) for n, c in zip(column_names(arrays), arrays.cost, strict=True) if c}
    return {**terms, CONSTANT: arrays.offset}


def row(arrays: Arrays, i: int) -> tuple[Terms, float, float]:
    """Terms and limits of a row."""
    names, line = column_names(arrays), arrays.matrix[[i]].tocoo()
    terms = {names[j]: float(v) for j, v in zip(line.col, line.data, strict=True)}
    return terms, float(arrays.row_lower[i]), float(arrays.row_upper[i])


def rows(arrays: Arrays, component: str) -> dict[str, tuple[Terms, float, float]]:
    """All rows of a component by name."""
    where = range(*arrays.rows[component].indices(len(arrays.row_lower)))
    names = row_names(arrays)
    return {names[i]: row(arrays, i) for i in where}


def number(text: str, names: Mapping[str, float]) -> float:
    """Value of ``2*15/30*e1``."""
    value, operator = 1.0, "*"
    for token in re.split(r"([*/])", text):
        if token in "*/":
            operator = token
            continue
        factor = names[token] if token in names else float(token)
        value = value * factor if operator == "*" else value / factor
    return value


def linear(text: str, names: Mapping[str, float] | None = None) -> Terms:
    """Terms of ``3 haul[p,h,1] - 2*5/30 ship[p,l,1] + 4``; repeated terms add up."""
    terms: Terms = defaultdict(float)
    spaced = re.sub(r"\s([+-])\s", r" @\1", f" {text.strip()}")
    for part in spaced.split("@"):
        sign, coefficient, variable = _term(part.strip())
        if coefficient or variable:
            terms[variable] += sign * number(coefficient or "1", names or {})
    return dict(terms)


def _term(text: str) -> tuple[float, str, str]:
    sign = -1.0 if text.startswith("-") else 1.0
    words = text.lstrip("+-").split()
    variable = words.pop() if words and words[-1].endswith("]") else CONSTANT
    assert len(words) <= 1, f"cannot read {text!r}"
    return sign, words[0] if words else "", variable


def parse_row(text: str) -> tuple[Terms, float, float]:
    """Terms and limits of ``a[1] - 2 b[1] <= 3``."""
    left, relation, right = re.split(r"\s(<=|>=|=)\s", text)
    terms = linear(left)
    limit = number(right.lstrip("-"), {}) * (-1 if right.startswith("-") else 1)
    return terms, -np.inf if relation == "<=" else limit, np.inf if relation == ">=" else limit


def canonical(terms: Terms, low: float, high: float) -> tuple[Terms, float, float]:
    """The same half-space or hyperplane: first coefficient (by name) of size 1, equalities with a plus."""
    kept = {k: v for k, v in terms.items() if abs(v) > 1e-12}
    if not kept:
        return kept, low, high
    factor = abs(kept[min(kept)])
    if low == high:
        factor = kept[min(kept)]
    elif high == np.inf:
        factor = -factor
    low, high = sorted((low / factor, high / factor))
    return {k: v / factor for k, v in kept.items()}, low, high


def assert_terms(actual: Terms, expected: Terms, what: str) -> None:
    """The same non-zero coefficients."""
    wrong = {
        k: (actual.get(k, 0.0), expected.get(k, 0.0))
        for k in actual.keys() | expected.keys()
        if not np.isclose(actual.get(k, 0.0), expected.get(k, 0.0), rtol=1e-9, atol=1e-9)
    }
    assert not wrong, f"{what}: column -> (model, by hand): {wrong}"


def assert_row(actual: tuple[Terms, float, float], expected: tuple[Terms, float, float], what: str) -> None:
    """The same row up to scale and direction."""
    terms, low, high = canonical(*actual)
    hand, hand_low, hand_high = canonical(*expected)
    assert_terms(terms, hand, what)
    np.testing.assert_allclose([low, high], [hand_low, hand_high], rtol=1e-9, atol=1e-9, err_msg=what)


def blocks(file: str) -> list[tuple[str, dict[str, str]]]:
    """(network, row name -> text) of each ``@ network`` block of a file of expected rows."""
    out: list[tuple[str, dict[str, str]]] = []
    for line in (EXPECTED / file).read_text(encoding="utf-8").splitlines():
        text = line.split("#")[0].strip()
        if text.startswith("@"):
            out.append((text[1:].strip(), {}))
        elif text:
            left, right = text.split(":", 1)
            assert left not in out[-1][1], f"{left} stands twice in {file}"
            out[-1][1][left] = right.strip()
    return out


def component(row_name: str) -> str:
    """``stock_balance`` of ``stock_balance[p,w,1]``."""
    return row_name.split("[")[0]
