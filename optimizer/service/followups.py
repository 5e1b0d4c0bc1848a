"""What is worked out from a plan when somebody asks for it: each kind in a job of its own."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from ...instances import files
from ...instances.network import Network
from ..explain import explain_infeasible, explain_plan
from ..explain.why import reasons_data
from ..explain.words import explanation_data, explanation_text, reasons_text
from ..folder import read_plan
from ..plan import Plan
from ..progress import Progress
from ..report import Division, Language, MissingExtra, page, report
from ..scenarios import Options as SweepOptions
from ..scenarios import read_scenarios, sweep
from ..share import share
from .problems import Problem

PLAN, SHARES, SCENARIOS = "plan", "shares.json", "scenarios.toml"
Tell = Callable[[Progress], None]


class Room:
    """A follow-up's folder: the network, the plan where there is one, and where its files go."""

    def __init__(self, folder: Path, options: dict[str, Any], cancel: threading.Event, tell: Tell):
        self.folder, self.options, self.cancel, self.tell = folder, options, cancel, tell

    @property
    def network(self) -> Network:
        """The network that was planned."""
        kept = self.folder / PLAN / "network.json"
        return files.read(kept if kept.is_file() else self.folder / "network.json")

    @property
    def plan(self) -> Plan | None:
        """The plan, or ``None`` where none was found."""
        return read_plan(self.folder / PLAN) if (self.folder / PLAN / "plan.json").is_file() else None

    def write(self, name: str, content: Any) -> str:
        """Write a file; returns its name."""
        text = content if isinstance(content, str) else json.dumps(content, default=str, ensure_ascii=False)
        (self.folder / name).write_text(text, encoding="utf-8")
        return name


def _explanation(room: Room) -> dict[str, str]:
    network, plan, limit = room.network, room.plan, room.options["time_limit"]
    if plan is None:
        found = explain_infeasible(network, time_limit=limit, on_progress=room.tell, cancel=room.cancel)
        text = explanation_text(found, network.settings.currency)
        return {"explanation": room.write("explanation.json", {"text": text, **explanation_data(found)})}
    reasons = explain_plan(network, plan, time_limit=limit, on_progress=room.tell, cancel=room.cancel)
    text = reasons_text(reasons, network.settings.currency)
    return {"explanation": room.write("explanation.json", {"text": text, **reasons_data(reasons)})}


def _shares(room: Room) -> dict[str, str]:
    found = share(
        room.network,
        _needed(room.plan),
        time_limit=room.options["time_limit"],
        workers=1,
        on_progress=room.tell,
        cancel=room.cancel,
    )
    rows = json.loads(found.table().to_json(orient="records"))
    return {"shares": room.write(SHARES, {**found.as_json(), "table": rows})}


def _report(room: Room) -> dict[str, str]:
    network, plan, division = room.network, _needed(room.plan), _division(room.folder / SHARES)
    try:
        pages = {
            language.value: page(report(network, plan, language, division=division)) for language in Language
        }
    except MissingExtra as error:
        raise Problem(501, str(error), code="missing-extra") from None
    return {f"report-{name}": room.write(f"report-{name}.html", text) for name, text in pages.items()}


def _division(path: Path) -> Division | None:
    """The shares, where they were worked out before."""
    if not path.is_file():
        return None
    found = json.loads(path.read_text(encoding="utf-8"))
    return Division(pd.DataFrame(found["table"]), found)


def _sweep(room: Room) -> dict[str, str]:
    scenarios = read_scenarios(room.folder / SCENARIOS)
    options = SweepOptions(time_limit=room.options["time_limit"] / (len(scenarios) + 1))
    found = sweep(room.network, scenarios, room.folder / "sweep", base=room.plan, options=options, workers=1)
    return {"sweep": room.write("sweep.json", {"results": [asdict(each) for each in found]})}


def _needed(plan: Plan | None) -> Plan:
    if plan is None:
        raise Problem(409, "the job has no plan", code="no-plan")
    return plan


KINDS: dict[str, Callable[[Room], dict[str, str]]] = {
    "explanation": _explanation,
    "shares": _shares,
    "report": _report,
    "sweep": _sweep,
}
"""Kind of follow-up → the work, which gives the files it wrote, by the name they are stored under."""
