"""The Celery app that workers and beat load."""

import os
import warnings
from typing import Any

from celery import Celery, signals
from celery.platforms import SecurityWarning

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cs_platform.settings.local")

if os.environ.get("C_FORCE_ROOT"):
    # Who runs a worker as root on purpose need not be told at every start; no task is unpickled here.
    warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("cs_platform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.celeryd_init.connect
@signals.beat_init.connect
def start_embedded_broker(**_: Any) -> None:
    """Start the private broker for a worker or a beat that was given no other."""
    from django.conf import settings

    if getattr(settings, "EMBEDDED_BROKER", False):
        from cs_platform.embedded.folder import DataFolder
        from cs_platform.embedded.sharing import use_valkey

        use_valkey(DataFolder(settings.DATA_DIR))
