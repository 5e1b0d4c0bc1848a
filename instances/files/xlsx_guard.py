"""What is refused of a workbook before or while it is opened, since reading on would mislead or hang."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from pathlib import Path

from ..findings import Finding
from .cells import Sheet

MOST_BYTES = 512 * 2**20
"""Most bytes of a workbook unpacked; a hundred thousand rows of demand take 15 million."""
MOST_RATIO, RATIO_FROM = 300, 20 * 2**20
"""Largest plausible compression of a part, for parts from this size on."""
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
"""Start of old .xls files and of protected workbooks."""
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([^"]+)"')


def refusal(path: Path) -> Finding | None:
    """Why the file cannot be read as a workbook, seen without unpacking it.

    Raises whatever ``zipfile`` raises for a file that is no package.
    """
    sheet = Sheet("", path.name, [])
    content = path.read_bytes()
    if content.startswith(_OLE) and "EncryptedPackage".encode("utf-16-le") in content:
        return sheet.error("protected-file", "a password protects the workbook", "save it without password")
    if content.startswith(_OLE):
        remedy = "open it in Excel and save it as .xlsx"
        return sheet.error("broken-xlsx", "the file is an old .xls workbook", remedy)
    with zipfile.ZipFile(path) as package:
        return _package_refusal(sheet, package)


def _package_refusal(sheet: Sheet, package: zipfile.ZipFile) -> Finding | None:
    parts = package.infolist()
    if any(part.flag_bits & 1 for part in parts):
        return sheet.error("protected-file", "a password protects the file", "save it without password")
    total = sum(part.file_size for part in parts)
    packed = any(
        part.file_size > RATIO_FROM and part.file_size > MOST_RATIO * part.compress_size for part in parts
    )
    if total > MOST_BYTES or packed:
        cause = f"the workbook unpacks to {total / 2**20:,.0f} MB"
        return sheet.error("oversized-file", cause, "delete what is no table, or write CSV files")
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            with package.open(part) as stream:
                if b"<!DOCTYPE" in stream.read(2048):
                    cause = f"its part {part.filename} declares entities, which no workbook does"
                    return sheet.error("broken-xlsx", cause, "save it again as .xlsx")
    return None


def merged(sheet: Sheet, content: bytes) -> list[Finding]:
    """A finding for each merged range of a sheet (``content``: its XML) that is not in a title above."""
    cause = "cells are merged, so all but the first of them read as empty"
    found = sheet.error("merged-cells", cause, "unmerge them and fill in each cell")
    refs = [ref.decode("ascii", "replace") for ref in _MERGED.findall(content)]
    rows = {ref: max(map(int, re.findall(r"\d+", ref)), default=0) for ref in refs}
    return [replace(found, cell=f"{sheet.title}!{ref}") for ref in refs if rows[ref] >= sheet.header]


def hidden(sheet: Sheet) -> Finding:
    """The finding about a hidden sheet that holds a table."""
    cause = f"the sheet '{sheet.title}' is hidden, so nobody sees what would be planned"
    return sheet.error("hidden-sheet", cause, "unhide the sheet, or delete it")
