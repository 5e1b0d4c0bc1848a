"""Scenarios from a file: named sets of changes, grids of all combinations, random samples."""

from __future__ import annotations

import itertools
import math
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...instances.findings import Finding, InputError
from ...instances.network import Network
from ...instances.tables import TABLES, Status
from .changes import Change, Origin, apply_changes

BASE = "base"
"""Name of the network as it is."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Named(_Part):
    """A scenario: its own changes after those of the scenarios it builds on."""

    name: str = Field(min_length=1)
    use: list[str] = Field(default_factory=list)
    change: list[Change] = Field(default_factory=list)


class Axis(_Part):
    """One axis of a grid: a figure (or named scenarios) and the values it takes."""

    name: str = Field(min_length=1)
    table: str = ""
    where: dict[str, Any] = Field(default_factory=dict)
    multiply: str = ""
    add: str = ""
    set: str = ""
    values: list[Any] = Field(default_factory=list)
    scenarios: list[str] = Field(default_factory=list)


class Grid(_Part):
    """Every combination of the values of its axes."""

    name: str = Field(min_length=1)
    axis: list[Axis] = Field(min_length=1)


class Draw(_Part):
    """A figure drawn at random: one draw for all rows, for each value of a column, or for each row.

    ``multiply`` or ``add`` names the column; ``normal`` is (mean, deviation), ``lognormal`` (median, sigma),
    ``uniform`` (low, high).  With ``chance``, rows are left out (``exclude``) that often instead.
    """

    table: str
    where: dict[str, Any] = Field(default_factory=dict)
    multiply: str = ""
    add: str = ""
    exclude: bool = False
    chance: float = Field(default=1.0, ge=0, le=1)
    each: str = "all"
    normal: tuple[float, float] | None = None
    lognormal: tuple[float, float] | None = None
    uniform: tuple[float, float] | None = None

    def value(self, random: Random) -> float:
        """A draw; never below 0 for a factor."""
        if self.normal:
            drawn = random.gauss(*self.normal)
        elif self.lognormal:
            drawn = self.lognormal[0] * math.exp(random.gauss(0.0, self.lognormal[1]))
        else:
            drawn = random.uniform(*(self.uniform or (1.0, 1.0)))
        return max(drawn, 0.0) if self.multiply else drawn


class Sample(_Part):
    """``count`` random scenarios; the same seed draws the same ones."""

    name: str = Field(min_length=1)
    count: int = Field(gt=0, le=10_000)
    seed: int = 0
    draw: list[Draw] = Field(min_length=1)


class Document(_Part):
    """What a scenario file holds."""

    scenario: list[Named] = Field(default_factory=list)
    grid: list[Grid] = Field(default_factory=list)
    sample: list[Sample] = Field(default_factory=list)


@dataclass(frozen=True)
class Scenario:
    """A named list of changes, ready to be applied; a sample draws its own when applied."""

    name: str
    changes: tuple[tuple[Change, Origin], ...] = ()
    draws: tuple[Draw, ...] = ()
    seed: str = ""

    def applied(self, network: Network) -> Network:
        """The network of the scenario.  Raises ``InputError`` for a change that does not fit it."""
        network = apply_changes(network, self.changes)
        return drawn(network, self.draws, self.seed, self.name) if self.draws else network


def read_samples(path: str | Path) -> list[Sample]:
    """The samples of a scenario file.  Raises ``InputError`` as ``read_scenarios`` does."""
    return _document(str(path)).sample


def read_scenarios(path: str | Path) -> list[Scenario]:
    """All scenarios of a TOML file, in its order: sets, then grids, then samples.

    Raises ``InputError`` naming file, scenario and entry for everything that is not understood, and for a
    name used twice or not defined.
    """
    return _scenarios(_document(str(path)), str(path))


def _document(file: str) -> Document:
    try:
        return Document.model_validate(tomllib.loads(Path(file).read_text(encoding="utf-8")))
    except OSError as error:
        cause = f"it cannot be read ({error.strerror or error})"
        raise InputError([_error(file, "", cause, "name a file of scenarios (.toml)")]) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError([_error(file, "", f"it cannot be read ({error})", "correct the file")]) from None
    except ValidationError as error:
        raise InputError([_entry(file, each) for each in error.errors()]) from None


def _error(file: str, column: str, cause: str, remedy: str, value: Any = "") -> Finding:
    return Finding("wrong-scenario", "error", "", None, column, str(value), cause, remedy, file)


def _entry(file: str, error: Any) -> Finding:
    place = ".".join(str(part + 1) if isinstance(part, int) else part for part in error["loc"])
    return _error(file, place, str(error["msg"]).lower(), "correct the entry", error.get("input", ""))


def _scenarios(document: Document, file: str) -> list[Scenario]:
    known: dict[str, Scenario] = {}
    for row in document.scenario:
        own = tuple((c, Origin(file, row.name, i)) for i, c in enumerate(row.change, start=1))
        _add(known, Scenario(row.name, (*_used(row.use, known, file, row.name), *own)), file)
    for grid in document.grid:
        for scenario in _grid(grid, known, file):
            _add(known, scenario, file)
    for sample in document.sample:
        for i in range(sample.count):
            name = f"{sample.name} {i + 1:0{len(str(sample.count))}d}"
            _add(known, Scenario(name, (), tuple(sample.draw), f"{sample.seed}/{i}"), file)
    if not known:
        raise InputError([_error(file, "", "it holds no scenario", "add a [[scenario]]")])
    return list(known.values())


def _add(known: dict[str, Scenario], scenario: Scenario, file: str) -> None:
    if scenario.name in known or scenario.name == BASE:
        cause = "the name is used twice" if scenario.name in known else "this is the network as it is"
        raise InputError([_error(file, "name", cause, "choose another name", scenario.name)])
    known[scenario.name] = scenario


def _used(
    names: list[str], known: dict[str, Scenario], file: str, by: str
) -> Iterator[tuple[Change, Origin]]:
    for name in names:
        if name not in known:
            cause = f"scenario '{by}' uses a scenario that is not defined above it"
            raise InputError([_error(file, "use", cause, "define it first", name)])
        yield from known[name].changes


def _grid(grid: Grid, known: dict[str, Scenario], file: str) -> Iterator[Scenario]:
    for choice in itertools.product(*(axis.scenarios or axis.values for axis in grid.axis)):
        parts = [
            f"{axis.name} {value}" if not axis.scenarios else str(value)
            for axis, value in zip(grid.axis, choice, strict=True)
        ]
        name = f"{grid.name}: {', '.join(parts)}"
        changes: list[tuple[Change, Origin]] = []
        for number, (axis, value) in enumerate(zip(grid.axis, choice, strict=True), start=1):
            if axis.scenarios:
                changes += _used([value], known, file, name)
            else:
                changes.append((_on_axis(axis, value), Origin(file, name, number)))
        yield Scenario(name, tuple(changes))


def _on_axis(axis: Axis, value: Any) -> Change:
    action: dict[str, Any] = {}
    for kind in ("multiply", "add", "set"):
        if column := getattr(axis, kind):
            action[kind] = {column: value}
    return Change(table=axis.table, where=axis.where, **action)


def drawn(network: Network, draws: tuple[Draw, ...], seed: str, name: str) -> Network:
    """A network with figures drawn at random; the same seed and draws give the same network."""
    for number, draw in enumerate(draws, start=1):
        random, origin = Random(f"{seed}/{number}"), Origin("", name, number)
        network = apply_changes(network, _drawn(network, draw, random, origin))
    return network


def _drawn(network: Network, draw: Draw, random: Random, origin: Origin) -> Iterator[tuple[Change, Origin]]:
    kind: Literal["multiply", "add"] = "multiply" if draw.multiply else "add"
    for where in _groups(network, draw, origin):
        if draw.exclude:
            if random.random() < draw.chance:
                yield Change(table=draw.table, where=where, exclude=True), origin
        else:
            column = draw.multiply or draw.add
            yield Change(table=draw.table, where=where, **{kind: {column: draw.value(random)}}), origin  # type: ignore[arg-type]


def _groups(network: Network, draw: Draw, origin: Origin) -> Iterator[dict[str, Any]]:
    """Conditions of the groups of rows that get a draw of their own."""
    if draw.each == "all" or draw.table not in TABLES:
        yield draw.where
        return
    kind = TABLES[draw.table]
    if draw.each not in kind.model_fields:
        cause = f"table {draw.table} has no such column"
        raise InputError([origin.finding(cause, "give all or a column of the table", "each", draw.each)])
    rows = [row for row in network.rows(kind) if row.status is Status.INCLUDE]
    for value in dict.fromkeys(getattr(row, draw.each) for row in rows):
        yield {**draw.where, draw.each: value}
