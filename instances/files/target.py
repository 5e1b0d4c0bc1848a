"""Writing all or nothing: what is written appears under its name only when it is whole."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..findings import InputError
from ..tables import TABLES
from .cells import Sheet

FILES = (".json", ".xlsx")
"""Endings of names that mean a file; any other name means a folder."""


@contextmanager
def fresh(target: Path, *, replace: bool = True) -> Iterator[Path]:
    """A path to write to, which becomes ``target`` at the end: a file yet to be made, or an empty folder.

    A network in the place of ``target`` is replaced (if ``replace``), the ``.md`` files of its folder are
    kept.  Raises ``InputError`` where the target is something else.
    """
    _check(target, replace)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as room:
        path = Path(room) / "fresh"
        if target.suffix.lower() not in FILES:
            path.mkdir()
        yield path
        _put(path, target, Path(room) / "old")


def _check(target: Path, replace: bool) -> None:
    wants_file = target.suffix.lower() in FILES
    entries = list(target.iterdir()) if target.is_dir() else []
    kept = target.exists() and not replace and (wants_file or entries)
    if kept or (target.exists() and (target.is_dir() == wants_file or not all(map(_is_ours, entries)))):
        what = "something" if kept else "something other than a network"
        cause = f"the target exists and holds {what}"
        finding = Sheet("", str(target), []).error("occupied-target", cause, "choose another name")
        raise InputError([finding])


def _is_ours(path: Path) -> bool:
    return path.is_file() and (path.suffix == ".md" or path.name.removesuffix(".csv") in TABLES)


def _put(path: Path, target: Path, old: Path) -> None:
    """Rename ``path`` to ``target``; a folder in its place moves to ``old``."""
    if not target.is_dir():
        path.replace(target)
        return
    for note in target.glob("*.md"):
        shutil.copy2(note, path / note.name)
    target.rename(old)
    path.rename(target)
