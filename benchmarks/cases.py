"""One network to be measured: where it comes from, what is known of it, how far to go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..instances import files
from ..instances.files.published import read_published
from ..instances.generate import generate, grown
from ..instances.network import Network
from ..instances.tables import LaneContainer, State, Warehouse
from ..instances.transform import only_firms, rights, without_money
from ..optimizer.plan import Plan


@dataclass(frozen=True)
class Case:
    """A network by its source: ``file`` and ``format`` of a published problem, ``size`` and ``seed`` of a
    generated one (with ``grown`` counts), or ``library``; ``goods``: without firms' money.

    ``known`` is the published optimum or best value in the network's currency, ``gap`` (share) and ``limit``
    (seconds) what to stop at, ``series`` and ``count`` its place in a growth series, ``change`` what happens
    before a re-solve, ``before`` the gap of the plan that this starts from (0: ``gap``).
    """

    name: str
    source: Mapping[str, Any]
    known: float | None = None
    gap: float = 1e-6
    limit: float = 300.0
    series: str = ""
    count: int = 0
    change: str = ""
    before: float = 0.0
    goods: bool = field(default=False)

    @property
    def missing(self) -> Path | None:
        """The file it needs, where that is not there."""
        path = Path(self.source["file"]) if "file" in self.source else None
        return path if path is not None and not path.exists() else None

    def network(self) -> Network:
        """The network itself.  Raises ``InputError``, ``ValueError``, ``OSError`` where it cannot be made."""
        found = _source(dict(self.source))
        return without_money(found) if self.goods else found


def _source(source: dict[str, Any]) -> Network:
    if "file" in source:
        return read_published(source["file"], source["format"], source.get("capacity"))
    if "library" in source:
        return files.load(source["library"])
    if "grown" in source:
        return grown(source["size"], source["seed"], **source["grown"])
    return generate(**source)


CHANGES = ("rates", "closed", "leaver", "subset")
"""What may happen before a re-solve."""


def changed(network: Network, change: str, plan: Plan) -> Network:
    """The network after a change: ``rates``: container freight +10 %; ``closed``: the first warehouse that
    the plan leases is closed; ``leaver``: all firms but the last; ``subset``: the first three quarters.  What
    firms share shrinks with them (``only_firms``)."""
    if change == "rates":
        rows = network.all_rows(LaneContainer)
        dearer = tuple(row.model_copy(update={"cost": row.cost * 1.1}) for row in rows)
        return network.replace(lane_containers=dearer)
    if change == "closed":
        return network.replace(warehouses=tuple(_closed(network, plan)))
    if change in ("leaver", "subset"):
        firms = sorted(rights(network))
        stay = len(firms) - 1 if change == "leaver" else 3 * len(firms) // 4
        return only_firms(network, firms[: max(1, stay)])
    raise ValueError(f"no change {change!r}; there are {', '.join(CHANGES)}")


def _closed(network: Network, plan: Plan) -> list[Warehouse]:
    shut = min(plan.tables["leases"]["warehouse"], default="")
    return [
        row.model_copy(update={"state": State.CLOSED}) if row.warehouse == shut else row
        for row in network.all_rows(Warehouse)
    ]
