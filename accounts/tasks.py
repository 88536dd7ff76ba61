"""Background work of the accounts app."""

from celery import shared_task

from accounts import figures


@shared_task(name="accounts.tasks.refresh_due_figures")
def refresh_due_figures() -> int:
    """Bring the figures of customers whose day has come to today; return how many changed."""
    return figures.refresh_figures()
