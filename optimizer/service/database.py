"""The database: SQLite in the service's folder, or PostgreSQL by URL; its schema through Alembic."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

BUSY_SECONDS = 30


class Database:
    """Short transactions on one database: ``reading`` sees a snapshot, ``writing`` commits or rolls back."""

    def __init__(self, url: str):
        self.url = url
        self.engine = _engine(url)
        self._writer = self.engine.execution_options(writes=True)
        # SQLite lets waiting writers poll, so among many some starve: within the process they queue here
        self._turn = threading.Lock() if self.is_sqlite else nullcontext()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection for queries."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction, committed at the end unless it raises."""
        with self._turn, self._writer.begin() as connection:
            yield connection

    def rows(self, query: sa.Select[Any]) -> list[dict[str, Any]]:
        """All rows of a query, each as a dict by column."""
        with self.reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def row(self, query: sa.Select[Any]) -> dict[str, Any] | None:
        """The first row of a query, or ``None``."""
        with self.reading() as connection:
            found = connection.execute(query).mappings().first()
        return None if found is None else dict(found)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of SQLite."""
        return self.engine.dialect.name == "sqlite"

    def upgrade(self, revision: str = "head") -> None:
        """Bring the schema to a revision (the newest); what is there stays."""
        if self.is_sqlite:
            Path(str(self.engine.url.database)).parent.mkdir(parents=True, exist_ok=True)
        with self.engine.connect() as connection:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            connection.commit()

    @property
    def revision(self) -> str | None:
        """The revision of the schema, ``None`` for an empty database."""
        with self.reading() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def close(self) -> None:
        """Give up all connections."""
        self.engine.dispose()


def newest_revision() -> str:
    """The revision of the schema that this version of the service works with."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _engine(url: str) -> sa.Engine:
    if not url.startswith("sqlite"):
        return sa.create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=30)
    engine = sa.create_engine(
        url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, pool_size=10, max_overflow=30
    )
    sa.event.listen(engine, "connect", _configure_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: Any, record: Any) -> None:
    """Readers never wait for the writer, a commit is on the disk, and transactions begin as we say."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    """A writer takes its lock at the start: upgrading it later fails at once where another one writes."""
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
