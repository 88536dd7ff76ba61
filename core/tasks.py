"""What beat has the core do; the drain of the outbox is a task of its own module."""

from celery import shared_task

from core import idempotency, outbox


@shared_task(name="core.tasks.forget_done_outbox")
def forget_done_outbox() -> int:
    """Delete old finished entries and return how many."""
    return outbox.forget_done()


@shared_task(name="core.tasks.forget_old_requests")
def forget_old_requests() -> int:
    """Delete answers of requests that nobody repeats any more and return how many."""
    return idempotency.forget_old()
