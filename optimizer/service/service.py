"""One running service: its database, queue, announcements, limits and metrics."""

from __future__ import annotations

import shutil
import time

from .access import Caller, authenticate
from .database import Database, newest_revision
from .jobs import Jobs
from .limits import RateLimit
from .observe import Metrics
from .problems import Problem
from .settings import Settings
from .supervisor import Supervisor
from .webhooks import Announcer

SECONDS_ALIVE = 30.0
LEAST_FREE_BYTES = 50 * 2**20


class Service:
    """Everything behind the app.  ``run_queue=False`` answers requests and leaves the jobs to others."""

    def __init__(self, settings: Settings, *, run_queue: bool = True):
        self.settings = settings
        self.database = Database(settings.url)
        self.jobs = Jobs(self.database)
        self.supervisor = Supervisor(self.jobs, settings) if run_queue else None
        self.announcer = Announcer(self.database, settings) if run_queue else None
        self.rate = RateLimit(settings.requests_per_minute)
        self.metrics = Metrics(self.jobs, self.supervisor, settings)

    def start(self) -> None:
        """Bring the schema up to date and begin to work.

        Raises ``BlockingIOError`` where another service works in the same folder.
        """
        self.settings.folder.mkdir(parents=True, exist_ok=True)
        self.database.upgrade()
        if self.supervisor and self.announcer:
            self.supervisor.start()
            self.announcer.start()

    def stop(self) -> None:
        """End: running jobs go back to the queue."""
        if self.supervisor and self.announcer:
            self.supervisor.stop()
            self.announcer.stop()
        self.database.close()

    def caller(self, key: str | None) -> Caller:
        """Whoever holds the key.  Raises ``Problem`` 401 or 429."""
        found = authenticate(self.database, key) if key else None
        if found is None:
            detail = "give a valid API key: Authorization: Bearer cl_…"
            raise Problem(401, detail, headers={"WWW-Authenticate": "Bearer"})
        self.rate.take(found.key)
        return found

    def health(self) -> dict[str, str]:
        """What is wrong, by part; empty where all is well."""
        wrong = {}
        try:
            revision = self.database.revision
            if revision != newest_revision():
                wrong["database"] = f"the schema is {revision}, this version needs {newest_revision()}"
        except Exception as error:
            wrong["database"] = f"no answer ({type(error).__name__})"
        if shutil.disk_usage(self.settings.folder).free < LEAST_FREE_BYTES:
            wrong["disk"] = "less than 50 MiB are free"
        if self.supervisor and time.time() - self.supervisor.alive > SECONDS_ALIVE:
            wrong["queue"] = "the queue makes no progress"
        return wrong
