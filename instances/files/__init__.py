"""Reading and writing networks: CSV folder, JSON file or Excel workbook, each an exact round trip."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from .. import library
from ..findings import Finding, InputError
from ..network import Network
from . import csv_folder, json_file, xlsx_file
from .cells import Sheet, closest, parse
from .target import fresh

__all__ = ["library_names", "load", "read", "write"]


def load(name_or_path: str | Path) -> Network:
    """The network of the library with this bare name (``anhui``), else the network at this path.

    Raises ``InputError`` with everything that is wrong with the files.
    """
    if str(name_or_path) in library_names():
        return read(_library() / str(name_or_path))
    return read(name_or_path)


def library_names() -> list[str]:
    """The names of the networks we ship."""
    return sorted(path.parent.name for path in _library().glob("*/settings.csv"))


def _library() -> Path:
    return Path(str(resources.files(library)))


def read(path: str | Path) -> Network:
    """The network in a CSV folder, a ``.json`` file or an ``.xlsx`` workbook.

    Raises ``InputError`` with everything that is wrong with the files.
    """
    findings: list[Finding] = []
    sheets = _read_sheets(Path(path), findings)
    tables = {sheet.table: parse(sheet, findings) for sheet in sheets}
    if findings:
        raise InputError(findings)
    return Network(tables)


def _read_sheets(path: Path, findings: list[Finding]) -> list[Sheet]:
    try:
        if path.is_dir():
            return csv_folder.read_sheets(path, findings)
        if path.is_file() and path.suffix.lower() == ".json":
            return json_file.read_sheets(path, findings)
        if path.is_file() and path.suffix.lower() in (".xlsx", ".xlsm"):
            return xlsx_file.read_sheets(path, findings)
        findings.append(_no_network(path, path.exists()))
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        cause = f"it cannot be opened ({error})"
        findings.append(Sheet("", str(path), []).error("unreadable-file", cause, "check name and rights"))
    return []


def _no_network(path: Path, exists: bool) -> Finding:
    sheet = Sheet("", str(path), [])
    if exists:
        remedy = "give a CSV folder, a .json file or an .xlsx workbook"
        return sheet.error("unknown-format", "the format of the file is unknown", remedy)
    names = library_names()
    remedy = (
        f"check the path, or name a network of the library: {', '.join(names)}{closest(str(path), names)}"
    )
    return sheet.error("no-such-path", "there is no such folder, file or library network", remedy)


def write(network: Network, path: str | Path) -> None:
    """Write a network; the format follows from the name (``.json``, ``.xlsx``, else a CSV folder).

    Everything is written beside the target and then renamed, so the target is never half-written.
    An existing network there is replaced; the ``.md`` files of a folder are kept.  Raises
    ``InputError`` where the target is something else, or a workbook cannot hold a text, and
    ``OSError`` where the disk refuses.
    """
    target = Path(path)
    with fresh(target) as empty:
        if target.suffix.lower() == ".json":
            json_file.write_file(network, empty)
        elif target.suffix.lower() == ".xlsx":
            xlsx_file.write_file(network, empty)
        else:
            csv_folder.write_folder(network, empty)
