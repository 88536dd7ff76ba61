"""The Celery app that workers and beat load."""

import os
import warnings
from typing import Any

from celery import Celery, Task, signals
from celery.platforms import SecurityWarning

from core import audit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cs_platform.settings.local")

if os.environ.get("C_FORCE_ROOT"):
    # Who runs a worker as root on purpose need not be told at every start; no task is unpickled here.
    warnings.filterwarnings("ignore", category=SecurityWarning)


class AuditedTask(Task):
    """A task whose writes say that a worker made them, and on whose behalf."""

    def apply_async(self, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
        """Send the task with the name of whoever asked for it."""
        headers = {"on_behalf_of": audit.on_whose_behalf(), **(options.pop("headers", None) or {})}
        return super().apply_async(args, kwargs, headers=headers, **options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task."""
        asked_by = (self.request.headers or {}).get("on_behalf_of", "")
        with audit.acting("worker", task=self.name, on_behalf_of=asked_by):
            return super().__call__(*args, **kwargs)


app = Celery("cs_platform", task_cls=AuditedTask)
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
