"""Background work of the accounts app."""

from typing import Any

from celery import shared_task

from accounts import figures
from accounts.actions import duplicates
from core import outbox


@shared_task(name="accounts.tasks.refresh_due_figures")
def refresh_due_figures() -> int:
    """Bring the figures of customers whose day has come to today; return how many changed."""
    return figures.refresh_figures()


@outbox.handles("accounts.refresh_figures")
def refresh_promised_figures(payload: dict[str, Any]) -> None:
    """Refresh whom a change of rates or of the company's currency made due."""
    figures.refresh_figures()


@outbox.handles("accounts.find_duplicates")
def find_promised_duplicates(payload: dict[str, Any]) -> None:
    """Look for duplicates, as an import or a person asked."""
    duplicates.find_duplicates()
