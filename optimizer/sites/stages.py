"""Two stages of sites, plants and satellites: the problem as arrays, and the least cost of its flows.

Goods of several layers (products, or periods) pass a plant and a satellite on their way to customers.  Layers
share what sites cost, nothing else: given the sites, each is a transport problem of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from ..arrays import Arrays, Floats
from ..clock import Clock
from ..highs import Outcome, Solver, Status
from .problem import Bools, Ints

FIT = 1e-9
"""Share of a demand by which sites may fall short of it: rounding."""


@dataclass(frozen=True)
class Stages:
    """Sites are plants, then satellites: ``fixed`` what each costs, ``room`` (sites × layers) what it lets
    through.  ``demand`` (layers × customers); ``inward`` (layers × plants × satellites) and ``outward``
    (layers × satellites × customers) costs a unit, infinite where there is no way."""

    fixed: Floats
    room: Floats
    demand: Floats
    inward: Floats
    outward: Floats

    @property
    def plants(self) -> int:
        """How many of the sites are plants."""
        return int(self.inward.shape[1])

    @property
    def stages(self) -> tuple[slice, slice]:
        """Where plants and satellites stand among the sites."""
        return slice(0, self.plants), slice(self.plants, len(self.fixed))

    def holds(self, opened: Bools, stage: slice) -> bool:
        """Whether a stage has room for all demand."""
        need = self.demand.sum(axis=1) * (1 - FIT)
        return bool((self.room[stage][opened[stage]].sum(axis=0) >= need).all())


@dataclass(frozen=True)
class Flows:
    """Least cost of one layer with some sites open, its flows, and prices: ``rooms`` of a unit's room at each
    site (0 where shut), ``customers`` of a unit there."""

    cost: float
    inward: Floats
    outward: Floats
    rooms: Floats
    customers: Floats


def cheapest(problem: Stages, opened: Bools, layer: int, clock: Clock) -> Flows | None:
    """The cheapest flows of a layer; ``None`` where there are none.

    A programme of the open sites alone, from scratch: two to ten times faster than all sites kept warm,
    except where many small ones are open.
    """
    plants, satellites = (np.flatnonzero(opened[part]) for part in problem.stages)
    inward = problem.inward[layer][np.ix_(plants, satellites)]
    outward = problem.outward[layer][satellites]
    room = problem.room[opened, layer]
    outcome = _run(inward, outward, room, problem.demand[layer], clock)
    if outcome.status is not Status.OPTIMAL or outcome.x is None or outcome.duals is None:
        return None
    flows = _spread(outcome.x, inward, outward)
    rooms = np.zeros(len(opened))
    rooms[opened] = np.maximum(-outcome.duals[: len(room)], 0.0)
    cost, customers = float(outcome.objective or 0.0), outcome.duals[len(room) + len(satellites) :]
    whole_in, whole_out = np.zeros(problem.inward.shape[1:]), np.zeros(problem.outward.shape[1:])
    whole_in[np.ix_(plants, satellites)], whole_out[satellites] = flows
    return Flows(cost, whole_in, whole_out, rooms, customers)


def _spread(x: Floats, inward: Floats, outward: Floats) -> tuple[Floats, Floats]:
    ways, flows = (
        (np.isfinite(inward), np.isfinite(outward)),
        (np.zeros(inward.shape), np.zeros(outward.shape)),
    )
    first = int(ways[0].sum())
    flows[0][ways[0]], flows[1][ways[1]] = x[:first], x[first:]
    return flows


def _run(inward: Floats, outward: Floats, room: Floats, demand: Floats, clock: Clock) -> Outcome:
    """Rows: room of plants, then of satellites; balance of satellites; demand of customers."""
    (i, j), (s, k) = np.nonzero(np.isfinite(inward)), np.nonzero(np.isfinite(outward))
    plants, satellites = inward.shape
    balance, wanted = plants + satellites, plants + 2 * satellites
    matrix = _columns([[i, plants + j, balance + j], [balance + s, wanted + k]], [(1, 1, 1), (-1, 1)])
    low = np.concatenate([np.full(balance, -np.inf), np.zeros(satellites), demand])
    high = np.concatenate([room, np.zeros(satellites), demand])
    cost = np.concatenate([inward[i, j], outward[s, k]])
    none, free = np.zeros(len(cost)), np.full(len(cost), np.inf)
    arrays = Arrays(cost, 0.0, none, free, none > 0, matrix(len(low)), low, high, {}, {}, {}, {})
    return Solver(arrays, presolve="off", simplex_dual_edge_weight_strategy=0).run(clock)


def _columns(rows: list[list[Ints]], values: list[tuple[int, ...]]):  # type: ignore[no-untyped-def]
    index = np.concatenate([np.stack(part, axis=1).ravel() for part in rows])
    value = np.concatenate(
        [np.tile(np.array(v, float), len(r[0])) for r, v in zip(rows, values, strict=True)]
    )
    counts = np.concatenate([np.full(len(part[0]), len(part)) for part in rows])
    starts = np.concatenate([[0], np.cumsum(counts)])

    def matrix(height: int) -> sparse.csr_matrix:
        return sparse.csc_matrix((value, index, starts), shape=(height, len(counts))).tocsr()

    return matrix


def least_savings(problem: Stages, opened: Bools, layer: int, flows: Flows) -> Floats:
    """Most that a layer can save by opening each site that is shut; for an open one, least that it costs more
    without it.

    The prices of the flows stay a dual solution whatever opens or shuts: an open site's room is worth its
    price, a new one's at most a continuous knapsack of what these prices leave.
    """
    plants, satellites = problem.stages
    inward, outward = problem.inward[layer], problem.outward[layer]
    room, demand = problem.room[:, layer], problem.demand[layer]
    rooms = np.where(opened, flows.rooms, np.inf)
    price = (inward + rooms[plants, None]).min(axis=0)
    worth = flows.rooms * room
    margin = np.maximum(flows.customers - outward - price[:, None], 0.0)
    gain = np.where(opened[satellites], price, 0.0) - inward
    filled = np.where(opened[satellites], room[satellites], 0.0)
    shut = ~opened
    worth[plants][shut[plants]] = knapsacks(np.maximum(gain, 0.0), filled, room[plants])[shut[plants]]
    worth[satellites][shut[satellites]] = knapsacks(margin, demand, room[satellites])[shut[satellites]]
    return worth


def knapsacks(profit: Floats, size: Floats, room: Floats) -> Floats:
    """Most profit of each row (profit a unit, at most ``size`` units each) within its room."""
    order = np.argsort(-profit, axis=1)
    sizes = size[order]
    taken = np.clip(room[:, None] - (np.cumsum(sizes, axis=1) - sizes), 0.0, sizes)
    total: Floats = (np.take_along_axis(profit, order, axis=1) * taken).sum(axis=1)
    return total
