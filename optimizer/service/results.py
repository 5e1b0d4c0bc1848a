"""Plans as callers get them: rows, a firm's statement, a workbook; and plans that callers bring."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from ...instances import files
from ...instances.findings import Finding
from ...instances.network import Network
from ...instances.tables import Firm, Product
from ..checker.arcs import clean_arcs
from ..checker.structure import clean
from ..collateral import behind_loans
from ..folder import SCHEMA, envelope, read_plan
from ..kpis import kpis_of
from ..ledger import ledger_of, objective_of
from ..ledger_facts import Facts
from ..ledger_lines import COLUMNS
from ..plan import TABLES, Plan
from .problems import Problem
from .schemas import CheckRequest, ResultView, Statement

MOST_ROWS = 2_000_000
_OWN_ENVELOPE: dict[str, Any] = {
    "schema": SCHEMA,
    "status": "feasible",
    "termination": "gap",
    "bound": None,
    "gap": None,
    "runtime_seconds": 0.0,
    "strategy": "own",
    "seed": 0,
    "versions": {},
    "kpis": {},
    "check": {},
    "comparisons": {},
}


def stored_plan(archive: bytes) -> Plan:
    """The plan in a stored zip of its folder."""
    with tempfile.TemporaryDirectory(prefix="clusterlane-plan-") as room:
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            packed.extractall(room)
        return read_plan(room)


def stored_network(content: bytes) -> Network:
    """The network of a job."""
    with tempfile.TemporaryDirectory(prefix="clusterlane-network-") as room:
        path = Path(room) / "network.json"
        path.write_bytes(content)
        return files.read(path)


def tables_of(network: Network) -> dict[str, Any]:
    """A network as the tables of a JSON request."""
    with tempfile.TemporaryDirectory(prefix="clusterlane-network-") as room:
        path = Path(room) / "network.json"
        files.write(network, path)
        found = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A table as rows of plain values."""
    found: list[dict[str, Any]] = json.loads(frame.to_json(orient="records", double_precision=15))
    return found


def result(plan: Plan) -> ResultView:
    """A plan as one answer."""
    tables = {name: rows(frame) for name, frame in plan.tables.items()}
    return ResultView(plan=envelope(plan), tables=tables, ledger=rows(plan.ledger))


def plan_of(network: Network, request: CheckRequest) -> Plan:
    """The plan that a caller brings.  Raises ``InputError`` with everything that is wrong with it."""
    if sum(map(len, request.tables.values())) + len(request.ledger or ()) > MOST_ROWS:
        raise Problem(413, f"a plan may have {MOST_ROWS:,} rows", code="too-large")
    known = {"name": network.settings.name, "sha256": network.sha256}
    head = {**_OWN_ENVELOPE, "instance": known, "objective": None, **request.plan}
    with tempfile.TemporaryDirectory(prefix="clusterlane-plan-") as room:
        folder = Path(room)
        (folder / "plan.json").write_text(json.dumps(head), encoding="utf-8")
        for name, columns in TABLES.items():
            _write(request.tables.get(name, []), list(columns), folder / f"{name}.csv")
        _write(request.ledger or [], COLUMNS, folder / "ledger.csv")
        return read_plan(folder)


def completed(network: Network, plan: Plan, request: CheckRequest) -> Plan:
    """The plan with the figures that its sender left out, where its tables are sound enough to make them."""
    facts, findings = Facts(network), list[Finding]()
    tables = clean_arcs(facts, clean(facts, plan.tables, findings), findings)
    if findings:
        return plan
    if "collateral" not in request.tables:
        tables = {**tables, "collateral": behind_loans(facts, tables)}
    ledger = plan.ledger if request.ledger is not None else ledger_of(facts, tables)
    value = plan.objective if plan.objective is not None else objective_of(facts, ledger)
    kpis = plan.kpis if "kpis" in request.plan else kpis_of(facts, tables, ledger)
    return replace(plan, tables=tables, ledger=ledger, objective=value, kpis=kpis)


def _write(lines: list[dict[str, Any]], columns: list[str], path: Path) -> None:
    """Every column that is there and no other: the reader then says what is wrong."""
    given = list(dict.fromkeys([*(columns if not lines else ()), *(key for line in lines for key in line)]))
    frame = pd.DataFrame([[line.get(key) for key in given] for line in lines], columns=given, dtype=object)
    try:
        frame.to_csv(path, index=False, encoding="utf-8", errors="replace")
    except ValueError as error:
        raise Problem(422, f"the table {path.stem} cannot be read ({error})", code="bad-request") from None


def statement(job_id: str, network: Network, plan: Plan, firm: str) -> Statement:
    """What a plan means for one firm, and nothing about another one.  Raises ``Problem`` 404."""
    if firm not in {row.firm for row in network.rows(Firm)}:
        raise Problem(404, "the plan has no such firm", code="no-such-firm")
    products = {row.product for row in network.rows(Product) if row.firm == firm}
    ledger = plan.ledger[(plan.ledger["payer"] == firm) | (plan.ledger["payee"] == firm)]
    paid = float(ledger.loc[ledger["payer"] == firm, "amount"].sum())
    received = float(ledger.loc[ledger["payee"] == firm, "amount"].sum())
    own = {name: rows(_own(frame, firm, products)) for name, frame in plan.tables.items()}
    return Statement(
        job=job_id,
        firm=firm,
        currency=network.settings.currency,
        paid=paid,
        received=received,
        ledger=rows(ledger),
        tables={name: found for name, found in own.items() if found},
    )


def _own(frame: pd.DataFrame, firm: str, products: set[str]) -> pd.DataFrame:
    if "firm" in frame:
        return frame[frame["firm"] == firm].drop(columns="lane_share", errors="ignore")
    if "product" in frame:
        return frame[frame["product"].isin(products)]
    if "beneficiary" in frame:
        return frame[frame["beneficiary"] == firm]
    return frame.iloc[:0]


def workbook(plan: Plan) -> bytes:
    """A plan as an Excel workbook: key figures, tables, ledger; texts are texts, never formulas."""
    book = Workbook(write_only=True)
    head = {key: value for key, value in envelope(plan).items() if not isinstance(value, dict | list)}
    figures = [["figure", "value"], *map(list, head.items()), *map(list, _flat("", dict(plan.kpis)))]
    _sheet(book, "plan", figures)
    for name, frame in [*plan.tables.items(), ("ledger", plan.ledger)]:
        _sheet(book, name, [list(frame.columns), *frame.to_numpy().tolist()])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _flat(prefix: str, values: dict[str, Any]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in values.items():
        inner = isinstance(value, dict)
        found += _flat(f"{prefix}{key}.", value) if inner else [(f"{prefix}{key}", value)]
    return found


def _sheet(book: Any, name: str, lines: list[list[Any]]) -> None:
    page = book.create_sheet(name)
    for line in lines:
        page.append([_cell(page, value) for value in line])


def _cell(page: Any, value: Any) -> Any:
    plain = isinstance(value, int | float | str | bool) or value is None
    cell = WriteOnlyCell(page, value if plain else json.dumps(value, default=str))
    if isinstance(cell.value, str):
        cell.data_type = "s"
    return cell
