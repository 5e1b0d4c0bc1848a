"""Money flows of a model: every one is entered once and reaches the objective and the cash rows."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from .index import Index
from .rows import Line

OPERATOR = "operator"
OUTSIDE = ""


class Flows:
    """Payments between firms, the operator and the outside.

    The objective takes what crosses the border of the cluster, discounted; the cash row of a party
    takes what it pays and receives.  Cash rows exist only where ``settings.money`` is on.
    """

    def __init__(self, index: Index):
        self._index = index
        self._discount = {t: index.discount(t) for t in index.periods}
        self._money = index.settings.money
        self.objective = Line()
        self.cash: dict[tuple[str, int], Line] = defaultdict(Line)

    def pay(self, payer: str, payee: str, period: int, amount: float, variable: Any) -> None:
        """``amount`` per unit of ``variable`` from payer to payee (``OUTSIDE`` for anyone else)."""
        if not amount:
            return
        if payer == OUTSIDE or payee == OUTSIDE:
            sign = self._discount[period] if payee == OUTSIDE else -self._discount[period]
            self.objective.add(sign * amount, variable)
        if self._money:
            self._enter(payer, period, -amount, variable)
            self._enter(payee, period, amount, variable)

    def _enter(self, party: str, period: int, amount: float, variable: Any) -> None:
        if party == OUTSIDE:
            return
        line = self.cash[party, period]
        if variable is None:
            line.constant += amount
        else:
            line.coefs.append(amount)
            line.variables.append(variable)
