"""Networks that strangers send: workbook, zip of CSV tables or JSON, read without trusting any of it."""

from __future__ import annotations

import io
import json
import lzma
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from ...instances import files
from ...instances.findings import Finding
from ...instances.network import Network
from ...instances.tables import KEYS, TABLES
from .problems import Problem, bad_input

MOST_ENTRIES = 500
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
)
"""What a damaged archive makes of the standard library."""
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def network_of_file(content: bytes, most_bytes: int) -> Network:
    """The network in an uploaded file, whose format is seen from its content, not from its name.

    Raises ``Problem`` (413, 415) and ``InputError`` with all findings.
    """
    with tempfile.TemporaryDirectory(prefix="clusterlane-upload-") as room:
        if content.startswith(b"PK"):
            return _of_archive(content, Path(room), most_bytes)
        if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            return _read(Path(room) / "network.json", content)
    remedy = "send an .xlsx workbook, a .zip of CSV tables or a network as JSON"
    raise Problem(415, f"the file is neither of the known formats; {remedy}", code="unknown-format")


def network_of_tables(tables: dict[str, Any]) -> Network:
    """The network in tables of a JSON request.  Raises ``InputError`` with all findings."""
    with tempfile.TemporaryDirectory(prefix="clusterlane-upload-") as room:
        return _read(Path(room) / "network.json", json.dumps(tables).encode())


def demo(name: str) -> Network:
    """A network of the library by its name alone, never by a path."""
    names = files.library_names()
    if name not in names:
        raise Problem(404, f"there is no demo network of this name; there are {', '.join(names)}")
    return files.load(name)


def _of_archive(content: bytes, room: Path, most_bytes: int) -> Network:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _refuse_bombs(archive, most_bytes)
            if "xl/workbook.xml" in archive.namelist():
                return _read(room / "network.xlsx", content)
            folder = room / "network"
            folder.mkdir()
            _unpack(archive, folder)
    except _BROKEN as error:
        raise Problem(
            422, f"the archive cannot be read ({error}); pack it again", code="broken-archive"
        ) from None
    return _sound(files.read(folder))


def _refuse_bombs(archive: zipfile.ZipFile, most_bytes: int) -> None:
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES or unpacked > most_bytes:
        detail = (
            f"the archive holds {len(entries):,} files of {unpacked:,} bytes unpacked; "
            f"at most {MOST_ENTRIES} files and {most_bytes:,} bytes are read"
        )
        raise Problem(413, detail, code="too-large-unpacked")


def _unpack(archive: zipfile.ZipFile, folder: Path) -> None:
    """Only CSV files, under their own names: a path inside the archive never becomes one of ours."""
    for entry, name in _tables(archive):
        target = folder / name
        if target.exists():
            raise ValueError(f"it holds {name} twice")
        target.write_bytes(archive.read(entry))


def _tables(archive: zipfile.ZipFile) -> Iterator[tuple[zipfile.ZipInfo, str]]:
    for entry in archive.infolist():
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        hidden = path.name.startswith(".") or "__MACOSX" in path.parts
        if entry.is_dir() or hidden or path.suffix.lower() != ".csv":
            continue
        if path.is_absolute() or ".." in path.parts or "\0" in entry.filename or len(path.name) > 100:
            raise ValueError("a file in it has a path that leaves the archive")
        yield entry, path.name


def _read(path: Path, content: bytes) -> Network:
    path.write_bytes(content)
    return _sound(files.read(path))


def _sound(network: Network) -> Network:
    findings = unsafe_texts(network)
    if findings:
        raise bad_input(findings)
    return network


def unsafe_texts(network: Network) -> list[Finding]:
    """Texts that a spreadsheet would run as a formula when it opens a plan, and texts that no file holds."""
    return [
        Finding(
            code=code,
            severity="error",
            table=table,
            row=", ".join(str(getattr(row, key)) for key in KEYS[table]).encode(errors="replace").decode(),
            column=column,
            value=value[:60].encode(errors="replace").decode(),
            cause=cause,
            remedy="begin the text with a letter or a digit, and use no control characters",
        )
        for table, kind in TABLES.items()
        for row in network.all_rows(kind)
        for column, value in row
        if isinstance(value, str)
        for code, cause in _dangers(value)
    ]


def _dangers(text: str) -> list[tuple[str, str]]:
    if any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text):
        return [("unwritable-text", "the text has characters that cannot be stored")]
    if text.startswith(FORMULA_STARTS) and not _is_number(text):
        return [("formula-text", "the text begins like a formula, which a spreadsheet would run")]
    return []


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
