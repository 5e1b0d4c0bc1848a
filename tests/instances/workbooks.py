"""Workbooks as people make them, in one line each."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook

Rows = Sequence[Sequence[Any]]
HEADS = {
    "settings": [["name", "start"], ["x", "2026-01-01"]],
    "periods": [["period", "days"], [1, 15], [2, 15]],
}


def workbook(pages: Mapping[str, Rows], finish: Callable[[Workbook], object] = lambda book: None) -> bytes:
    """A workbook with these sheets beside settings and periods, changed by ``finish``."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in {**HEADS, **pages}.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
    finish(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def edited(content: bytes, part: str, pattern: str, text: str) -> bytes:
    """A workbook with one text of one part replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            new.writestr(name, re.sub(pattern, text, body.decode()).encode() if name == part else body)
    return buffer.getvalue()


def bomb(part: str = "xl/worksheets/sheet1.xml", megabytes: int = 30) -> bytes:
    """A workbook with a part that unpacks to many times its size."""
    buffer = io.BytesIO(workbook({}))
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet9.xml", b" " * (megabytes * 2**20))
    return buffer.getvalue()
