"""The project: settings, addresses, the Celery app, embedded services and health."""

from cs_platform.celery import app as celery_app

__all__ = ["celery_app"]
