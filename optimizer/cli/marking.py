"""Findings marked in the cells of a workbook, for ``validate --marked``."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

from ...instances.findings import Finding
from ...instances.network import Network
from ..workbook import write_marked
from .output import Output, UserError
from .target import file_beside


def mark(path: str, network: Network | None, findings: Sequence[Finding], marked: Path, out: Output) -> None:
    """Write ``marked``: a copy of the workbook at ``path``, else a workbook of the network.

    Raises ``UserError`` where there is neither, or the name is not that of a new workbook.
    """
    if marked.suffix.lower() != ".xlsx":
        raise UserError(f"{marked} is no name for a workbook: it must end in .xlsx")
    source = Path(path)
    is_book = source.suffix.lower() == ".xlsx" and source.is_file() and zipfile.is_zipfile(source)
    if is_book and marked.exists() and marked.samefile(source):
        raise UserError(f"{marked} is the workbook itself; give another name for the marked copy")
    if not is_book and network is None:
        raise UserError(
            f"{path} cannot be read as far as to write it as a workbook; correct the errors that validate "
            "shows without --marked first, or keep the network in a workbook"
        )
    with file_beside(marked) as fresh:
        write_marked(source if is_book or network is None else network, findings, fresh)
    out.remark(f"findings marked in {marked}")
