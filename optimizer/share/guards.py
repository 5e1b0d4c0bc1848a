"""What a division must keep besides stability: nobody pays more than alone, small firms save something."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...instances.network import Network
from ...instances.tables import Firm, Size
from .certificate import Judge
from .division import Limits
from .game import Game


def limits_of(game: Game, judge: Judge, small_saving: float) -> Limits:
    """Most that each player may pay: its cost alone as far as it is proven, small firms that less
    ``small_saving`` of it.

    The proven least cost alone is what counts for a guaranteed saving, the cost of the plan found for the
    others.  Players without a known cost alone are not limited.
    """
    small = small_players(game.network, game.players)
    most = np.full(len(game.names), np.inf)
    for i, name in enumerate(game.names):
        alone = frozenset([name])
        value = game.known(alone)
        if name in small and small_saving > 0:
            cost = judge.price(alone)
            most[i] = cost - small_saving * abs(cost)
        elif value is not None and value.upper is not None:
            most[i] = value.upper
    return Limits(most, np.full(len(game.names), -np.inf))


def small_players(network: Network, players: Mapping[str, frozenset[str]]) -> set[str]:
    """Players all of whose firms are small."""
    small = {row.firm for row in network.rows(Firm) if row.size is Size.SMALL}
    return {name for name, firms in players.items() if firms <= small}
