"""The empty workbook: drop-downs, notes, limits on what may be entered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from ..files.json_file import row_object
from ..network import Network
from ..tables import KEYS, TABLES
from .facts import LAST, NEEDED, Column, facts, is_date, key_of, purpose

ROWS = 5000
"""Rows that drop-downs and limits cover."""
NEEDED_FILL, OPTIONAL_FILL = PatternFill("solid", "FFD9E2F3"), PatternFill("solid", "FFF2F2F2")
NEEDED_TAB = "2F5597"
_OPERATORS = {"gt": "greaterThan", "ge": "greaterThanOrEqual", "lt": "lessThan", "le": "lessThanOrEqual"}


def write_workbook(network: Network, path: Path) -> None:
    """Write a workbook with a guide and a sheet for every table, filled with the network's rows."""
    book = Workbook()
    _guide(book.worksheets[0])
    for table, kind in TABLES.items():
        page = book.create_sheet(table)
        _head(page, table)
        for number, row in enumerate(network.all_rows(kind), 2):
            _fill(page, number, row_object(table, row))
        _formats(page, table)
    book.save(path)


def _fill(page: Any, number: int, filled: dict[str, Any]) -> None:
    for i, head in enumerate(page[1], 1):
        if (value := filled.get(head.value)) is not None:
            cell = page.cell(number, i, value)
            if isinstance(value, str):  # openpyxl takes a text that begins with = for a formula
                cell.data_type = "s"


def _guide(page: Any) -> None:
    page.title = "#guide"
    page.append(["One sheet per table; sheets whose name starts with # are not read."])
    page.append(["Blue tabs and bold columns are needed; point at a column name for its meaning."])
    page.append([])
    page.append(["table", "needed", "what its rows are", "a row is known by"])
    for table in TABLES:
        page.append([table, "yes" if table in NEEDED else "", purpose(table), key_of(table)])
        page.cell(page.max_row, 1).hyperlink = f"#'{table}'!A1"
    page.append([])
    page.append(["table", "column", "meaning", "unit", "empty", "values"])
    page.cell(page.max_row, 1).font = Font(bold=True)
    for table in TABLES:
        for column in facts(table)[: -len(LAST)]:
            cells = [table, column.name, column.meaning, column.unit, column.presence, column.expected]
            page.append([f" {cell}" if cell.startswith("=") else cell for cell in cells])
    for letter, width in zip("ABCDEF", (18, 22, 80, 20, 18, 50), strict=True):
        page.column_dimensions[letter].width = width


def _head(page: Any, table: str) -> None:
    page.append([column.name for column in facts(table)])
    page.freeze_panes = "A2"
    if table in NEEDED:
        page.sheet_properties.tabColor = NEEDED_TAB
    for cell, column in zip(page[1], facts(table), strict=True):
        cell.font, cell.alignment = Font(bold=column.required), Alignment(wrap_text=True, vertical="top")
        cell.fill = NEEDED_FILL if column.required else OPTIONAL_FILL
        cell.comment = Comment(column.note(), "clusterlane", width=320, height=120)


def _formats(page: Any, table: str) -> None:
    for i, column in enumerate(facts(table), 1):
        letter = get_column_letter(i)
        dimension = page.column_dimensions[letter]
        dimension.width = max(10, len(column.name) + 2)
        if column.kind is str or is_date(column):
            dimension.number_format = "@" if column.kind is str else "yyyy-mm-dd"
        for row in range(2, page.max_row + 1):
            page.cell(row, i).number_format = dimension.number_format
        if rule := _rule(column):
            rule.add(f"{letter}2:{letter}{ROWS}")
            page.add_data_validation(rule)


def _rule(column: Column) -> DataValidation | None:
    """What may be entered: a drop-down, or a limit."""
    rule = _drop_down(column) or _limit(column)
    if rule:
        rule.errorTitle, rule.error = column.name, f"Enter {column.expected}"[:250]
        # a name that is not yet in the other sheet is a reminder, not a mistake
        rule.errorStyle = "warning" if column.refers else "stop"
    return rule


def _drop_down(column: Column) -> DataValidation | None:
    choices = column.choices or (("true", "false") if column.kind is bool else ())
    if choices:
        return DataValidation("list", formula1=f'"{",".join(choices)}"', allow_blank=True)
    if len(column.refers) != 1 or column.kind is not str:
        return None
    (target,) = column.refers
    names = [each.name for each in facts(target)]
    letter = get_column_letter(names.index(KEYS[target][0]) + 1)
    return DataValidation("list", formula1=f"'{target}'!${letter}$2:${letter}${ROWS}", allow_blank=True)


def _limit(column: Column) -> DataValidation | None:
    kind: Any = "whole" if column.kind is int else "decimal"
    limits = column.limits
    if is_date(column):
        return DataValidation("date", operator="greaterThan", formula1="36526", allow_blank=True)
    if column.kind not in (int, float) or not limits:
        return None
    if {"ge", "le"} <= limits.keys():
        low, high = str(limits["ge"]), str(limits["le"])
        return DataValidation(kind, operator="between", formula1=low, formula2=high, allow_blank=True)
    name, limit = next(iter(limits.items()))
    operator: Any = _OPERATORS[name]
    return DataValidation(kind, operator=operator, formula1=str(limit), allow_blank=True)
