"""What an operator of the service decides."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Settings:
    """Limits and places of one service.  Times are in seconds, sizes in bytes.

    ``folder`` holds the running jobs (and the SQLite database unless ``database`` names another one by
    URL).  Limits hold per tenant where it says so.
    """

    folder: Path
    database: str | None = None
    workers: int = max(1, (os.cpu_count() or 2) - 1)
    threads_per_job: int = 1
    job_memory: int = 8192 * MEBIBYTE
    job_time: float = 3600.0
    grace: float = 60.0
    """A job that has not ended this long after its own time limit is killed."""
    attempts: int = 3
    """How often a job is started whose worker is killed."""
    upload_bytes: int = 32 * MEBIBYTE
    unpacked_bytes: int = 256 * MEBIBYTE
    queued_per_tenant: int = 1000
    queued: int = 5000
    requests_per_minute: int = 1200
    """Per key."""
    events_kept: int = 2000
    """Progress events kept per job."""
    webhooks_to_private: bool = False
    webhook_attempts: int = 8

    @property
    def url(self) -> str:
        """The database as a URL of SQLAlchemy."""
        if self.database is None:
            return f"sqlite:///{self.folder.absolute() / 'service.db'}"
        if self.database.startswith(("postgres://", "postgresql://")):
            return f"postgresql+psycopg://{self.database.split('://', 1)[1]}"
        return self.database
