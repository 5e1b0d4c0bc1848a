"""All firms planned together: containers in parts, then whole ones, then the best around them."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from clusterlane.instances import tables as tab
from clusterlane.instances.generate import generate
from clusterlane.optimizer.arrays import Floats
from clusterlane.optimizer.assembly import Assembly
from clusterlane.optimizer.blocks import Blocks, Lagrangian
from clusterlane.optimizer.clock import Clock
from clusterlane.optimizer.freight import lane_prices
from clusterlane.optimizer.highs import Status
from clusterlane.optimizer.kernel import (
    Kernel,
    at_money,
    kernel_of,
    nearly_used,
    solved_on,
    spared,
    used,
    widened,
    within,
)
from clusterlane.optimizer.landed import Landed
from clusterlane.optimizer.places import Places, busy, open_places, places_of
from clusterlane.optimizer.regional import goods_of_regions
from clusterlane.optimizer.search import FEASIBILITY, Search, Until
from clusterlane.optimizer.settling import boxes_in_parts, whole_boxes
from clusterlane.optimizer.together import Jointly, around, in_parts, whole
from small import bench, random_network
from test_assembly import best_of, workshop

SENT = ("haul", "hold", "ship", "stock", "deliver", "parcel", "unmet")


@pytest.fixture(scope="module")
def park() -> tuple[Search, Assembly, Places]:
    """A park of four firms and all that is paid by use, with the largest hubs."""
    network = generate("park-4", 3)
    search, assembly = workshop(network)
    paid = frozenset(w.warehouse for w in network.rows(tab.Warehouse) if w.contract is tab.Contract.PER_USE)
    levels = {row.hub: row.level for row in network.rows(tab.HubLevel)}
    return search, assembly, Places(frozenset(), paid, frozenset(levels.items()))


def sent(search: Search, x: Floats) -> dict[tuple[str, str], list[float]]:
    """Containers by lane and kind, in the order of periods."""
    out: dict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
    for (lane, kind, t), j in search.arrays.place("boxes").items():
        out[lane, kind].append((t, float(x[j])))
    return {key: [value for _, value in sorted(found)] for key, found in out.items()}


class Joint:
    """What planning all firms together needs, for a search."""

    def __init__(self, search: Search):
        self.search, self.blocks = search, Blocks(search.model, search.arrays)
        self.lagrangian = Lagrangian(self.blocks)
        self.landed = Landed(search.model.index, search.arrays)
        self.regions = goods_of_regions(search.network)

    def plans(self) -> Jointly:
        return Jointly(self.search, self.blocks, self.lagrangian, lambda: self.regions, lambda: self.landed)

    def kernel(self, places: Places, plan: Floats) -> Kernel | None:
        likely = self.landed.likely(2)
        return kernel_of(self.blocks, self.lagrangian, self.regions, places, plan, likely, Clock())


def by_lane_prices(joint: Joint, assembly: Assembly, places: Places) -> tuple[Floats, Kernel]:
    """Goods as firms send them by the prices of lanes, and the kernel around them."""
    goods = assembly.shaped(places, np.zeros(len(joint.search.arrays.cost)), Clock())
    kernel = joint.kernel(places, goods)
    assert kernel is not None
    return goods, kernel


def everything(search: Search) -> Kernel:
    """A kernel of all columns."""
    a = search.arrays
    return Kernel(np.ones(len(a.cost), dtype=bool), np.zeros(len(a.row_lower)), -np.inf)


@pytest.mark.parametrize("seed", range(5))
def test_as_many_whole_containers_leave_by_every_period(
    park: tuple[Search, Assembly, Places], seed: int
) -> None:
    search = park[0]
    x = np.random.default_rng(seed).exponential(0.7, len(search.arrays.cost))
    y = whole_boxes(search.arrays, x)
    rest = np.ones(len(x), dtype=bool)
    rest[search.arrays.columns["boxes"]] = False
    assert (y[rest] == x[rest]).all()
    parts, counts = sent(search, x), sent(search, y)
    for key, row in counts.items():
        assert all(value == round(value) >= 0 for value in row)
        assert np.abs(np.cumsum(row) - np.cumsum(parts[key])).max() <= 0.5 + 1e-9


def test_whole_containers_stay_as_they_are(park: tuple[Search, Assembly, Places]) -> None:
    x = np.random.default_rng(0).integers(0, 4, len(park[0].arrays.cost)).astype(float)
    assert (whole_boxes(park[0].arrays, x) == x).all()


def test_parts_of_containers_hold_the_goods(park: tuple[Search, Assembly, Places]) -> None:
    search, assembly, places = park
    a, ix = search.arrays, search.model.index
    x = assembly.shaped(places, np.zeros(len(a.cost)), Clock())
    again = boxes_in_parts(ix, a, x)
    assert again == pytest.approx(x), "they already are in parts"
    volume = a.rows["volume"]
    used = (a.matrix @ x)[volume]
    room = a.row_upper[volume]
    assert (used <= room + 1e-6).all(), "no lane carries more than its parts of containers hold"
    assert x[a.columns["boxes"]].sum() > 0
    assert x[a.columns["loose"]].sum() == 0


def test_firms_planned_in_shaped_goods_keep_every_row(park: tuple[Search, Assembly, Places]) -> None:
    search, assembly, places = park
    goods = assembly.shaped(places, np.zeros(len(search.arrays.cost)), Clock())
    x = assembly.build(places, goods, Clock())
    assert x is not None
    assert search.violation(x) <= FEASIBILITY
    used = busy(search.model.index, search.arrays, x)
    assert used
    assert used <= set(search.model.index.warehouses)


def test_all_firms_together_are_no_dearer_and_never_below_the_relaxation(
    park: tuple[Search, Assembly, Places],
) -> None:
    search, assembly, places = park
    x = assembly.build(
        places, np.zeros(len(search.arrays.cost)), Clock(), np.zeros(len(search.arrays.row_lower))
    )
    x = x if x is not None else assembly.build(places, np.zeros(len(search.arrays.cost)), Clock())
    assert x is not None
    assert search.offer(x)
    before = search.objective
    jointly = Joint(search).plans()
    assert jointly.due
    duals = jointly.improve()
    assert duals is not None
    assert len(duals) == len(search.arrays.row_lower)
    assert search.objective is not None
    assert before is not None
    assert search.objective <= before
    assert search.best is not None
    assert places_of(search.arrays, search.best) in jointly.known, "a plan's own places, if it uses fewer"
    (kernel,) = {id(kernel): kernel for kernel in jointly.known.values()}.values()
    assert kernel.bound <= search.objective * (1 + 1e-7)
    first = search.objective
    assert jointly.due, "its whole numbers are planned around once more"
    assert jointly.improve() is None, "in places that are known"
    assert search.objective <= first
    for _ in range(9):
        if jointly.due:
            jointly.improve()
    assert not jointly.due, "nothing came from elsewhere since, and little was gained"
    assert not jointly.rival(next(iter(jointly.known))), "these places are known"


def test_flows_that_are_known_make_the_kernel_that_making_them_would(
    park: tuple[Search, Assembly, Places],
) -> None:
    search, assembly, places = park
    joint = Joint(search)
    goods, near = by_lane_prices(joint, assembly, places)
    models = within(joint.blocks, at_money(joint.blocks, joint.regions, near.prices), near.columns)
    flows = [model.flow(places, Clock()) for model in models]
    known = [flow for flow in flows if flow is not None]
    assert len(known) == len(flows)
    shared = (joint.blocks, joint.lagrangian, joint.regions, places, goods, near.columns, Clock(), 1)
    made, given = kernel_of(*shared, near.prices), kernel_of(*shared, near.prices, known)
    assert made is not None
    assert given is not None
    assert given.bound == pytest.approx(made.bound, rel=1e-4)


def test_a_kernel_that_holds_no_plan_is_widened_by_firms_own_ways() -> None:
    """Where no goods are delivered, parcels and unmet demand are left to serve markets with; stock stays."""
    search, _ = workshop(random_network(700, money=True))
    best = best_of(search)
    assert best is not None
    a = search.arrays
    lower, upper = open_places(search.model.index, a, places_of(a, best))
    narrow = ~a.columns_of(SENT) | a.columns_of(("stock",))
    for vertex in (False, True):
        outcome = solved_on(a, narrow, lower, upper, Clock(), vertex)
        assert outcome.status is Status.OPTIMAL
        x = outcome.values()
        assert x[a.columns_of(("parcel", "unmet"))].sum() > 0
        assert x[a.columns_of(("deliver",))].sum() == 0
        assert search.violation(x) <= FEASIBILITY
    nothing = solved_on(a, ~a.columns_of(SENT), lower, upper, Clock())
    assert nothing.status is Status.INFEASIBLE, "stock that is there at the beginning has no place to go"


@pytest.mark.parametrize("seed", range(12))
def test_a_kernel_bounds_its_places_and_holds_the_plan(seed: int) -> None:
    """Its bound is none for the relaxation in these places; on its columns the relaxation is no lower than on
    all, and no dearer than the plan that it holds."""
    search, _ = workshop(random_network(700 + seed, money=True))
    best = best_of(search)
    if best is None:
        return
    joint, places = Joint(search), places_of(search.arrays, best)
    kernel = joint.kernel(places, best)
    if kernel is None:
        return
    a, value = search.arrays, search.arrays.objective(best)
    slack = 1e-6 * (1 + abs(value))
    lower, upper = open_places(search.model.index, a, places)
    whole_ = solved_on(a, everything(search).columns, lower, upper, Clock())
    parts = in_parts(joint.blocks, places, kernel, Clock())
    assert whole_.objective is not None
    assert parts.objective is not None
    assert kernel.bound <= whole_.objective + slack
    assert whole_.objective - slack <= parts.objective <= value + slack
    assert kernel.columns[used(joint.blocks, best)].all()
    near = nearly_used(joint.blocks, best, kernel.prices, 1e-6 * abs(value))
    assert near[used(joint.blocks, best)].all()
    assert nearly_used(joint.blocks, best, kernel.prices, np.inf).all()


def test_columns_that_firms_ask_for_around_whole_numbers_make_the_plan_cheaper(
    park: tuple[Search, Assembly, Places],
) -> None:
    """From a kernel of no goods but what a plan uses, towards what all columns allow."""
    search, assembly, places = park
    a, joint = search.arrays, Joint(search)
    goods = assembly.shaped(places, np.zeros(len(a.cost)), Clock())
    plan = assembly.build(places, goods, Clock())
    assert plan is not None
    boxes = a.columns["boxes"]
    plan[boxes] = np.minimum(plan[boxes] + (plan[boxes] > 0), a.upper[boxes])  # room for the goods of others
    kept = used(joint.blocks, plan) | ~a.columns_of(SENT)
    kernel = Kernel(kept, lane_prices(search.model.index, a), -np.inf)
    first = around(joint.blocks, kernel, plan, Clock())
    assert first.duals is not None
    wider = widened(joint.blocks, joint.lagrangian, kernel, plan, first.duals, Clock())
    again, free = (
        around(joint.blocks, wider, plan, Clock()),
        around(joint.blocks, everything(search), plan, Clock()),
    )
    best, then, before = (a.objective(outcome.values()) for outcome in (free, again, first))
    assert best * (1 - 1e-7) <= then < before * (1 - 1e-6)
    assert wider.columns[used(joint.blocks, plan)].all()
    late = widened(joint.blocks, Lagrangian(joint.blocks), kernel, plan, first.duals, Clock(0))
    assert late is kernel, "no time"


def test_a_kernel_is_spared_what_is_dear_but_not_what_is_used(park: tuple[Search, Assembly, Places]) -> None:
    search, assembly, places = park
    a, joint = search.arrays, Joint(search)
    goods, kernel = by_lane_prices(joint, assembly, places)
    few = spared(joint.blocks, kernel, goods, kernel.prices)
    assert few.columns.sum() < kernel.columns.sum()
    assert not (few.columns & ~kernel.columns).any()
    assert few.columns[used(joint.blocks, goods) & kernel.columns].all()
    money = ~a.columns_of(SENT)
    assert (few.columns[money] == kernel.columns[money]).all()
    parts = [in_parts(joint.blocks, places, each, Clock()).objective for each in (kernel, few)]
    assert parts[1] == pytest.approx(parts[0], rel=1e-3)


def test_whole_numbers_of_a_relaxation_are_within_their_limits() -> None:
    for seed in range(6):
        search, _ = workshop(random_network(700 + seed, money=True))
        best = best_of(search)
        if best is None:
            continue
        a = search.arrays
        places = places_of(a, best)
        parts = in_parts(Blocks(search.model, a), places, everything(search), Clock())
        assert parts.status is Status.OPTIMAL
        assert parts.objective is not None
        assert parts.objective <= a.objective(best) * (1 + 1e-6) + 1e-4
        y = whole(a, parts.values())
        assert (y[a.integer] == np.round(y[a.integer])).all()
        assert (y[a.integer] >= a.lower[a.integer]).all()
        assert (y[a.integer] <= a.upper[a.integer]).all()


def test_no_time_for_all_firms_together() -> None:
    search, _ = workshop(bench())
    best = best_of(search)
    assert best is not None
    assert around(Joint(search).blocks, everything(search), best, Clock(0)).status is Status.LIMIT


def test_a_clock_that_ends_with_the_search() -> None:
    search, _ = workshop(bench())
    clock = Until(search, 100.0)
    assert not clock.stopped
    assert Until(search, 0.0).stopped
    search.infeasible = True
    assert clock.stopped
