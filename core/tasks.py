"""The drain of the outbox, poked after commits and swept by beat."""

from celery import shared_task

from core import idempotency, outbox


@shared_task(name="core.tasks.drain_outbox", expires=60)
def drain_outbox() -> int:
    """Drain the outbox and return how many entries were done."""
    return outbox.drain()


@shared_task(name="core.tasks.forget_done_outbox")
def forget_done_outbox() -> int:
    """Delete old finished entries and return how many."""
    return outbox.forget_done()


@shared_task(name="core.tasks.forget_old_requests")
def forget_old_requests() -> int:
    """Delete answers of requests that nobody repeats any more and return how many."""
    return idempotency.forget_old()
