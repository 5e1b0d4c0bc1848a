"""Variables of a family and the objective kept as arrays: what Pyomo says, without an object for each.

Half a million Pyomo variables take two seconds to make.  A family of arrays is still a Pyomo variable: its
members are made when someone asks for them, and from then on they say what holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.core.base.objective import ScalarObjective
from pyomo.core.base.var import IndexedVar, VarData
from pyomo.core.expr.numeric_expr import LinearExpression

from .keys import Floats, Ints, Keys, Parts


class Columns(IndexedVar):  # type: ignore[misc]
    """Variables by key with their bounds, each a number or one number by key.

    ``numbers`` are the places of the variables among all variables of the block, in the order of declaration.
    """

    waiting = False
    """Whether no member has been asked for yet."""

    def __init__(self, keys: Keys, *, lower: Any = 0.0, upper: Any = np.inf, domain: Any = None):
        self._made: dict[Any, Any] = {}
        super().__init__(pyo.Any, domain=domain or pyo.NonNegativeReals, dense=False)
        self.family = keys
        self.lower = np.array(np.broadcast_to(lower, len(keys)), dtype=float)
        self.upper = np.array(np.broadcast_to(upper, len(keys)), dtype=float)

    def construct(self, data: Any = None) -> None:
        """Pyomo calls this when the family joins a block."""
        super().construct(data)
        self.numbers: Ints = first_number(self) + np.arange(len(self.family))
        self.waiting = True

    @property
    def labels(self) -> list[Any]:
        """The keys."""
        return self.family.labels

    @property
    def parts(self) -> Parts:
        """Numbers of the keys by position."""
        return self.family.parts

    @property
    def whole(self) -> bool:
        """Whether the variables are whole numbers."""
        return bool(self._kind.get_interval()[2])

    @property
    def _kind(self) -> Any:
        return self._rule_domain(self.parent_block(), None, self)

    def __len__(self) -> int:
        return len(self.family) if self.waiting else super().__len__()

    @property
    def _data(self) -> dict[Any, Any]:
        """Pyomo's members by key, made when they are first asked for."""
        if self.waiting:
            self.waiting = False
            self._made = dict(self._members())
        return self._made

    @_data.setter
    def _data(self, value: dict[Any, Any]) -> None:
        self._made = value

    def _members(self) -> Iterator[tuple[Any, VarData]]:
        model = VarData(component=self)
        model._domain = self._kind
        least = model.lb
        for key, low, high in zip(self.labels, self.lower.tolist(), self.upper.tolist(), strict=True):
            member = VarData.copy(model)
            member._index = key
            if low != least:
                member.setlb(low)
            if high != np.inf:
                member.setub(high)
            yield key, member

    def _getitem_when_not_present(self, index: Any) -> Any:
        raise KeyError(f"no variable {self.name}[{index}]")


def first_number(variable: Any) -> int:
    """Place of a family's first variable among all variables of its block."""
    families = variable.parent_block().component_objects(pyo.Var, descend_into=False)
    first = 0
    for family in families:
        if family is variable:
            break
        first += len(family)
    return first


def numbers(variable: Any) -> dict[Any, int]:
    """Key -> place among all variables of the block."""
    if isinstance(variable, Columns):
        return dict(zip(variable.labels, variable.numbers.tolist(), strict=True))
    first = first_number(variable)
    return {key: first + i for i, key in enumerate(variable.keys())}


def variables(block: Any) -> list[Any]:
    """All variables of a block by their places."""
    return [v for part in block.component_objects(pyo.Var, descend_into=False) for v in part.values()]


class Cost(ScalarObjective):  # type: ignore[misc]
    """The least of ``coefs`` times the variables at ``places`` plus a constant; Pyomo's expression is made
    when someone asks for it."""

    waiting = False
    """Whether the expression has not been asked for yet."""

    def __init__(self, coefs: Floats, places: Ints, constant: float):
        self.coefs, self.places, self.constant = coefs, places, constant
        super().__init__(expr=0.0)

    def construct(self, data: Any = None) -> None:
        """Pyomo calls this when the objective joins a block."""
        super().construct(data)
        self.waiting = True

    @property
    def _args_(self) -> tuple[Any, ...]:
        if self.waiting:
            known = variables(self.parent_block())
            terms = [known[j] for j in self.places.tolist()]
            coefs = self.coefs.tolist()
            self._args_ = (LinearExpression(constant=self.constant, linear_coefs=coefs, linear_vars=terms),)
        return self._found

    @_args_.setter
    def _args_(self, value: tuple[Any, ...]) -> None:
        self._found, self.waiting = value, False
