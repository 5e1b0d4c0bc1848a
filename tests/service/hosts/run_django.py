"""Run the Django host once: its own process, because Django is configured once per process."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    sys.path.insert(0, str(Path(__file__).parent))
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY="test",
        ALLOWED_HOSTS=["testserver"],
        ROOT_URLCONF="django_urls",
        INSTALLED_APPS=["django_host"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    )
    django.setup()
    from django.core.management import call_command
    from django.test import Client

    call_command("migrate", run_syncdb=True, verbosity=0)
    answer = Client().post("/plans/tiny")
    from django_host.models import SavedPlan

    print(json.dumps({**answer.json(), "saved": SavedPlan.objects.count()}))


if __name__ == "__main__":
    main()
