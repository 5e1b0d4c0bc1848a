"""Backup and restore of the SQLite database."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from .settings import Settings


def _file(settings: Settings) -> Path:
    return settings.folder / "service.db"


def backup(settings: Settings, target: Path) -> None:
    """Copy the database as it is at one moment, also while the service runs.

    Raises ``ValueError`` where there is none, or the target exists.
    """
    source = _file(settings)
    if not source.is_file():
        raise ValueError(f"there is no database {source}")
    if target.exists():
        raise ValueError(f"{target} exists; give another name")
    fresh = target.with_name(f".{target.name}.fresh")
    fresh.unlink(missing_ok=True)
    with closing(sqlite3.connect(source, timeout=30)) as old, closing(sqlite3.connect(fresh)) as new:
        old.backup(new)
    fresh.rename(target)


def restore(settings: Settings, source: Path) -> None:
    """Put a backup in the database's place, all or nothing.

    Raises ``ValueError`` where the file is no sound backup, or a service works in the folder.
    """
    _sound(source)
    settings.folder.mkdir(parents=True, exist_ok=True)
    with (settings.folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(f"a service works in {settings.folder}; stop it first") from None
        target = _file(settings)
        fresh = target.with_name("service.db.fresh")
        fresh.unlink(missing_ok=True)
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(fresh)) as new:
            old.backup(new)
        for rest in ("-wal", "-shm"):  # of the database that is replaced
            target.with_name(f"service.db{rest}").unlink(missing_ok=True)
        os.replace(fresh, target)


def _sound(source: Path) -> None:
    if not source.is_file():
        raise ValueError(f"there is no file {source}")
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as database:
            verdict = database.execute("PRAGMA integrity_check").fetchone()[0]
            database.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise ValueError(f"{source} is no backup of the service ({error})") from None
    if verdict != "ok":
        raise ValueError(f"{source} is damaged: {verdict}")
