"""A plan as a folder: the envelope ``plan.json``, one CSV per table, ledger, log and the network read."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ..instances.files import write as write_network
from ..instances.findings import Finding, InputError
from ..instances.network import Network
from . import certificate, known_prices
from .ledger_lines import COLUMNS
from .plan import TABLES, Plan

SCHEMA = 1
"""Version of the layout of a plan's folder."""

LEDGER_TYPES = dict.fromkeys(COLUMNS, "str") | {
    "period": "int",
    "quantity": "float",
    "rate": "float",
    "amount": "float",
    "inside": "bool",
}

CERTIFICATE = "certificate.npz"
"""File of the numbers that prove ``bound_verified``."""

PRICES = "prices.npz"
"""File of the prices that the bound was found with, for later searches."""

_ENVELOPE: dict[str, tuple[type, ...]] = {
    "schema": (int,),
    "instance": (dict,),
    "status": (str,),
    "termination": (str,),
    "objective": (int, float, type(None)),
    "bound": (int, float, type(None)),
    "bound_verified": (int, float, type(None)),
    "gap": (int, float, type(None)),
    "runtime_seconds": (int, float),
    "strategy": (str,),
    "seed": (int,),
    "versions": (dict,),
    "kpis": (dict,),
    "check": (dict,),
    "comparisons": (dict,),
}


def envelope(plan: Plan) -> dict[str, Any]:
    """What ``plan.json`` holds: all of a plan but its tables, ledger and log; unknown is ``None``."""
    return {
        "schema": SCHEMA,
        "instance": {"name": plan.instance, "sha256": plan.sha256},
        "status": plan.status,
        "termination": plan.termination,
        "objective": plan.objective,
        "bound": plan.bound,
        "bound_verified": plan.bound_verified,
        "gap": plan.gap,
        "runtime_seconds": plan.runtime_seconds,
        "strategy": plan.strategy,
        "seed": plan.seed,
        "versions": dict(plan.versions),
        "kpis": dict(plan.kpis),
        "check": dict(plan.check),
        "comparisons": dict(plan.comparisons),
    }


def write_plan(plan: Plan, network: Network, directory: str | Path) -> None:
    """Write a plan's folder beside its place, then rename: never half-written.

    An existing plan there is replaced, and kept if anything fails.  Raises ``InputError`` where
    the place holds something other than a plan, ``OSError`` where it cannot be written.
    """
    target = Path(directory)
    _check_target(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as room:
        fresh = Path(room) / "fresh"
        fresh.mkdir()
        _fill(plan, network, fresh)
        _put(fresh, target, Path(room) / "old")


def _check_target(target: Path) -> None:
    if target.is_dir() and (not any(target.iterdir()) or (target / "plan.json").is_file()):
        return
    if target.exists():
        cause = "the target exists and holds something other than a plan"
        raise InputError([_finding("occupied-target", str(target), cause, "choose another folder")])


def _fill(plan: Plan, network: Network, folder: Path) -> None:
    for name in TABLES:
        _write_table(plan.tables.get(name), list(TABLES[name]), folder / f"{name}.csv")
    _write_table(plan.ledger, COLUMNS, folder / "ledger.csv")
    text = "\n".join(plan.log)
    (folder / "solver.log").write_text(f"{text}\n" if text else "", encoding="utf-8")
    write_network(network, folder / "network.json")
    if plan.certificate is not None:
        certificate.write(plan.certificate, folder / CERTIFICATE)
    if plan.prices is not None:
        known_prices.write(plan.prices, folder / PRICES)
    text = json.dumps(envelope(plan), indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "plan.json").write_text(f"{text}\n", encoding="utf-8")


def _write_table(frame: pd.DataFrame | None, columns: list[str], path: Path) -> None:
    rows = pd.DataFrame(columns=columns) if frame is None else frame.reindex(columns=columns)
    rows.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def _put(fresh: Path, target: Path, old: Path) -> None:
    """Rename ``fresh`` to ``target``; a plan in its place moves to ``old``, and back if that fails."""
    if not target.exists():
        fresh.rename(target)
        return
    target.rename(old)
    try:
        fresh.rename(target)
    except OSError:
        old.rename(target)
        raise


def read_plan(directory: str | Path) -> Plan:
    """The plan in a folder.  Raises ``InputError`` with everything that is wrong with its files.

    A certificate that cannot be read is left out: the plan is right without it, and ``check`` names it.
    So are prices: a search that begins with the plan finds new ones.
    """
    folder = Path(directory)
    findings: list[Finding] = []
    head = _read_envelope(folder, findings)
    tables = {name: _read_table(folder / f"{name}.csv", TABLES[name], findings) for name in TABLES}
    ledger = _read_table(folder / "ledger.csv", LEDGER_TYPES, findings)
    if findings:
        raise InputError(findings)
    plan = Plan(
        instance=head["instance"]["name"],
        sha256=head["instance"]["sha256"],
        tables=tables,
        ledger=ledger,
        log=_read_log(folder / "solver.log"),
        certificate=_read_certificate(folder / CERTIFICATE),
        prices=known_prices.read(folder / PRICES),
        **{key: head[key] for key in _ENVELOPE if key not in ("schema", "instance", "gap")},
    )
    _check_gap(plan, head["gap"], str(folder / "plan.json"))
    return plan


def _check_gap(plan: Plan, stated: float | None, file: str) -> None:
    """A stated gap that does not follow from objective and bound is damage: it is not stored twice."""
    real = plan.gap
    if (stated is None) == (real is None) and math.isclose(stated or 0.0, real or 0.0, rel_tol=1e-9):
        return
    cause = f"the gap is {stated}, objective and bound make {real}"
    where = {"column": "gap", "value": str(stated)}
    raise InputError([_finding("wrong-gap", file, cause, "restore the file or solve again", **where)])


def _finding(code: str, file: str, cause: str, remedy: str, **where: Any) -> Finding:
    spot = {"table": Path(file).stem, "row": None, "column": "", "value": ""} | where
    return Finding(code=code, severity="error", cause=cause, remedy=remedy, file=file, **spot)


_AGAIN = "restore the file or solve again"


def _read_envelope(folder: Path, findings: list[Finding]) -> dict[str, Any]:
    path = folder / "plan.json"
    try:
        head = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_constant)
    except (OSError, ValueError, RecursionError) as error:
        findings.append(_finding("unreadable-file", str(path), f"it cannot be read ({error})", _AGAIN))
        return {}
    if not isinstance(head, dict):
        findings.append(_finding("not-an-envelope", str(path), "it holds no JSON object", _AGAIN))
        return {}
    head.setdefault("bound_verified", None)  # plans of earlier versions have none
    findings += [finding for key in _ENVELOPE if (finding := _wrong_key(head, key, str(path)))]
    return head


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _wrong_key(head: Mapping[str, Any], key: str, file: str) -> Finding | None:
    if key not in head:
        return _finding("missing-key", file, f"the key {key} is missing", _AGAIN, column=key)
    value, wanted = head[key], _ENVELOPE[key]
    right = isinstance(value, wanted) and not (isinstance(value, bool) and bool not in wanted)
    if right and isinstance(value, int | float):
        right = math.isfinite(value)
    if key == "instance" and right:
        right = all(isinstance(value.get(part), str) for part in ("name", "sha256"))
    if right and key == "schema" and value != SCHEMA:
        cause = f"schema {value} is not the schema {SCHEMA} that this version reads"
        return _finding("unknown-schema", file, cause, "use a matching version", column=key, value=str(value))
    if right:
        return None
    cause = f"{key} is not a {' or '.join('null' if t is type(None) else t.__name__ for t in wanted)}"
    return _finding("wrong-value", file, cause, _AGAIN, column=key, value=str(value)[:60])


def _read_table(path: Path, types: Mapping[str, str], findings: list[Finding]) -> pd.DataFrame:
    try:
        raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    except (OSError, ValueError, pd.errors.ParserError) as error:
        findings.append(_finding("unreadable-file", str(path), f"it cannot be read ({error})", _AGAIN))
        return pd.DataFrame(columns=list(types))
    wrong = [_wrong_column(path, name, "is missing") for name in types if name not in raw]
    wrong += [_wrong_column(path, str(name), "is not of this table") for name in raw if name not in types]
    wrong += _wrong_rows(path, raw)
    findings += wrong
    if wrong:
        return pd.DataFrame(columns=list(types))
    return pd.DataFrame({c: _parse(raw[c], kind, path, findings) for c, kind in types.items()})


def _wrong_rows(path: Path, raw: pd.DataFrame) -> list[Finding]:
    """Rows with more values than columns: pandas takes their first ones for an index."""
    if len(raw) and not isinstance(raw.index, pd.RangeIndex):
        return [_finding("wrong-row", str(path), "rows have more values than columns", _AGAIN)]
    return []


def _wrong_column(path: Path, column: str, what: str) -> Finding:
    return _finding("wrong-column", str(path), f"the column {column} {what}", _AGAIN, column=column)


def _parse(raw: pd.Series[Any], kind: str, path: Path, findings: list[Finding]) -> pd.Series[Any]:
    if kind == "str":
        return raw.astype(object)
    convert, asked = _PARSERS[kind]
    values: list[Any] = []
    for number, text in enumerate(raw, start=2):
        try:
            values.append(convert(text))
        except (ValueError, OverflowError):
            cause = f"'{text[:40]}' is not {asked}"
            where = {"row": number, "column": str(raw.name), "value": text}
            findings.append(_finding("not-a-value", str(path), cause, "correct the value", **where))
            values.append(convert("0") if kind != "bool" else False)
    return pd.Series(values, dtype={"int": "int64", "float": "float64", "bool": "bool"}[kind], name=raw.name)


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _whole(text: str) -> int:
    value = int(text)
    if abs(value) > 2**53:
        raise OverflowError(text)
    return value


def _truth(text: str) -> bool:
    return {"True": True, "False": False}[text] if text in ("True", "False") else bool(_number("nan"))


_PARSERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "int": (_whole, "a whole number"),
    "float": (_number, "a finite number"),
    "bool": (_truth, "True or False"),
}


def _read_log(path: Path) -> tuple[str, ...]:
    try:
        return tuple(path.read_text(encoding="utf-8", errors="replace").splitlines())
    except OSError:
        return ()


def _read_certificate(path: Path) -> certificate.Certificate | None:
    try:
        return certificate.read(path) if path.is_file() else None
    except (OSError, ValueError):
        return None
