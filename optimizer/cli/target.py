"""Whether a result can be written to a place: asked before the work, not after it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .output import UserError

PLAN_FILE = "plan.json"


def plan_folder(directory: Path) -> None:
    """Make sure that a plan can be written to ``directory``, creating its parents.

    Raises ``UserError`` where it holds anything but a plan or cannot be written.
    """
    if directory.exists():
        if not directory.is_dir():
            raise UserError(f"{directory} is a file; give a folder for the plan")
        if any(directory.iterdir()) and not (directory / PLAN_FILE).is_file():
            raise UserError(
                f"{directory} is not empty and holds no plan; it is left alone: give another folder"
            )
    _writable(directory.absolute().parent)


def holding_plan(directory: Path) -> None:
    """Make sure that a plan can be read from ``directory``.  Raises ``UserError`` where it holds none."""
    if not (directory / PLAN_FILE).is_file():
        raise UserError(f"{directory} holds no plan ({PLAN_FILE} is missing); solve the network first")


def _writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".clusterlane-"):
            pass
    except OSError as error:
        raise UserError(f"cannot write to {folder}: {error.strerror or error}") from None


@contextmanager
def file_beside(target: Path) -> Iterator[Path]:
    """A path to write to, renamed to ``target`` at the end: the file there is never half-written.

    Raises ``UserError`` where it cannot be written.
    """
    if target.is_dir():
        raise UserError(f"{target} is a folder; give the name of a file")
    folder = target.absolute().parent
    _writable(folder)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".clusterlane-") as room:
        fresh = Path(room) / f"fresh{target.suffix}"
        yield fresh
        fresh.replace(target)
