"""A network as a folder with one CSV file per table."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

from ..findings import Finding
from ..network import Network
from ..tables import TABLES, Row
from .cells import TITLES, Sheet, add_line, columns, header_place, name_columns, text, twice, unknown_table
from .encoding import decode
from .names import table_of

SEPARATORS = ",;\t|"
_DECLARED = re.compile(r"""["']?sep=(.)["']?""")
"""First line by which Excel is told the separator."""


def read_sheets(folder: Path, findings: list[Finding]) -> list[Sheet]:
    """The tables found in a folder; files whose name starts with ``#`` are notes."""
    paths = sorted(p for p in folder.iterdir() if p.suffix.lower() == ".csv" and p.name[0] not in ".#")
    if not paths:
        remedy = "give the folder that holds settings.csv and the other tables"
        findings.append(Sheet("", folder.name, []).error("no-tables", "the folder has no CSV files", remedy))
    tables: dict[str, Path] = {}
    for path in paths:
        table = table_of(path.stem)
        if table is None:
            findings.append(unknown_table(path.name, path.stem, "file"))
        elif table in tables:
            findings.append(twice(path.name, table, tables[table].name))
        else:
            tables[table] = path
    sheets = [_read_sheet(table, tables[table], findings) for table in TABLES if table in tables]
    return [sheet for sheet in sheets if sheet]


def _read_sheet(table: str, path: Path, findings: list[Finding]) -> Sheet | None:
    sheet = Sheet(table, path.name, [])
    content = _decode(sheet, path, findings)
    if content is None:
        return None
    lines = (line for line in _lines(sheet, content, findings) if any(line[1]))
    first = list(islice(lines, TITLES))
    if not first:
        remedy = "write the column names in the first line, or delete the file"
        findings.append(sheet.error("broken-csv", "the file is empty", remedy))
        return None
    place = header_place(table, [cells for _, cells in first])
    sheet.header, header = first[place]
    sheet.columns = name_columns(sheet, header, findings)
    for number, cells in chain(first[place + 1 :], lines):
        add_line(sheet, number, cells, findings)
    sheet.columns = [column for column in sheet.columns if column]
    return sheet


def _decode(sheet: Sheet, path: Path, findings: list[Finding]) -> str | None:
    try:
        content = path.read_bytes()
        return decode(content)
    except OSError as error:
        remedy = "check that it is a file you may read"
        findings.append(
            sheet.error("unreadable-file", f"the file cannot be opened ({error.strerror})", remedy)
        )
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        cause = "the text is encoded neither in UTF-8 nor in GB18030"
        findings.append(sheet.error("not-utf8", cause, "save the file as 'CSV UTF-8'", line))
    return None


def _lines(sheet: Sheet, content: str, findings: list[Finding]) -> Iterator[tuple[int, list[str]]]:
    """Numbered lines that are not blank, as stripped cells."""
    separator, start, content = _separated(content)
    sheet.decimal_comma = separator != ","
    reader = csv.reader(io.StringIO(content, newline=""), strict=True, delimiter=separator)
    before = start - 1
    try:
        for cells in reader:
            if cells:
                yield start, [cell.strip() for cell in cells]
            start = before + reader.line_num + 1
    except csv.Error as error:
        remedy = 'put cells with commas or quotes in double quotes, and write " inside them as ""'
        findings.append(sheet.error("broken-csv", f"the line is not CSV ({error})", remedy, start))


def _separated(content: str) -> tuple[str, int, str]:
    """The separator, the number of the first line to read, and the text from there on."""
    first, _, rest = content.lstrip("\r\n").partition("\n")
    if declared := _DECLARED.fullmatch(first.strip()):
        return declared[1], 2, rest
    header = next((line for line in content.splitlines() if line.strip()), "")
    return max(SEPARATORS, key=header.count), 1, content


def write_folder(network: Network, folder: Path) -> None:
    """Write each table that has rows (and ``settings``) into an existing, empty folder."""
    for table, kind in TABLES.items():
        rows = network.all_rows(kind)
        if rows or table == "settings":
            (folder / f"{table}.csv").write_text(_csv(table, rows), encoding="utf-8", newline="")


def _csv(table: str, rows: Sequence[Row]) -> str:
    names = columns(table, rows)
    lines = [names, *([_quoted(text(getattr(row, name))) for name in names] for row in rows)]
    return "".join(f"{','.join(cells)}\n" for cells in lines)


def _quoted(cell: str) -> str:
    """The csv module leaves a lone carriage return unquoted, which then reads as a line end."""
    return f'"{cell.replace(chr(34), chr(34) * 2)}"' if any(c in cell for c in ',"\r\n') else cell
