"""Background work of the accounts app."""

from typing import Any

from celery import shared_task

from accounts import figures
from accounts.actions import duplicates, imports
from accounts.imports import checking, leases, running
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


@shared_task(name="accounts.tasks.run_import", acks_late=True)
def run_import(job_id: int) -> bool:
    """Do what an import still needs; return whether this worker brought it to an end."""
    return running.run(job_id)


@shared_task(name="accounts.tasks.check_import")
def check_import(job_id: int) -> bool:
    """Try an uploaded file out for its preview; return False where its mapping was changed meanwhile."""
    return checking.check(job_id)


@shared_task(name="accounts.tasks.resume_stale_imports")
def resume_stale_imports() -> int:
    """Hand on imports whose worker died or that none has begun; return how many."""
    jobs = [job_id for job_id in leases.stale_jobs() if not leases.give_up_on(job_id)]
    for job_id in jobs:
        run_import.delay(job_id)
    return len(jobs)


@outbox.handles(imports.RUN)
def run_promised_import(payload: dict[str, Any]) -> None:
    """Hand the import to a worker of its own: it may take longer than the outbox waits."""
    run_import.delay(payload["job"])


@outbox.handles(imports.CHECK)
def check_promised_import(payload: dict[str, Any]) -> None:
    """Hand the check to a worker of its own."""
    check_import.delay(payload["job"])
