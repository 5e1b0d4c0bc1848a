"""Money flows of a model: every one is entered once and reaches the objective and the cash rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .columns import Columns, Cost
from .index import Index
from .keys import Floats, Ints
from .rows import CONSTANT

OPERATOR = "operator"
OUTSIDE = ""


class Flows:
    """Payments between firms, the operator and the outside.

    The objective takes what crosses the border of the cluster, discounted; the cash row of a party
    takes what it pays and receives.
    """

    def __init__(self, index: Index):
        self._index = index
        self._outside = index.codes[OUTSIDE]
        self._single: list[tuple[str, str, int, float, int]] = []
        self._many: list[tuple[Any, ...]] = []

    def pay(self, payer: str, payee: str, period: int, amount: float, variable: int | None) -> None:
        """``amount`` per unit of a variable, or for certain (``None``), from payer to payee (``OUTSIDE`` for
        anyone else)."""
        if amount:
            place = CONSTANT if variable is None else variable
            self._single.append((payer, payee, period, amount, place))

    def pay_all(self, payer: Any, payee: Any, period: Ints, amount: Floats, variables: Any) -> None:
        """The same for many variables at once (or many amounts for certain); payer and payee are a name or
        the numbers of names."""
        payer, payee = (self._index.codes[x] if isinstance(x, str) else x for x in (payer, payee))
        places = variables.numbers if isinstance(variables, Columns) else variables
        places = CONSTANT if places is None else places
        paid = amount != 0
        self._many.append(
            tuple(np.broadcast_to(x, amount.shape)[paid] for x in (payer, payee, period, amount, places))
        )

    def _all(self) -> tuple[Any, ...]:
        """Payer, payee, period, amount and place of the variable of every payment."""
        if self._single:
            payers, payees, periods, amounts, places = zip(*self._single, strict=True)
            parties = (self._index.codes.of(payers), self._index.codes.of(payees))
            self._many.append((*parties, np.array(periods), np.array(amounts, dtype=float), np.array(places)))
            self._single = []
        if len(self._many) > 1:
            self._many = [tuple(np.concatenate(column) for column in zip(*self._many, strict=True))]
        return self._many[0]

    def sides(self) -> Iterator[tuple[Ints, Ints, Floats, Ints]]:
        """Party, period, amount that it gets and place of the variable, for both sides of every payment."""
        payer, payee, period, amount, places = self._all()
        yield payer, period, -amount, places
        yield payee, period, amount, places

    def cost(self, constant: float) -> Cost:
        """What leaves the cluster less what comes in, less a constant."""
        payer, payee, period, amount, places = self._all()
        leaving, coming = payee == self._outside, payer == self._outside
        value = np.where(leaving, 1.0, np.where(coming, -1.0, 0.0)) * self._index.discounts[period] * amount
        total = np.asarray(np.bincount(places + 1, value), dtype=float)  # the first is for CONSTANT
        used = np.flatnonzero(total[1:])
        return Cost(total[1:][used], used, total[:1].sum() - constant)
