"""Background work of the queues app."""

from typing import Any

from celery import shared_task

from core import outbox
from queues.actions import offers
from queues.actions.waiting import SWEEP
from queues.mails import sending
from queues.mails.promises import WAKE


@shared_task(name="queues.tasks.sweep_waiting_lists", expires=60)
def sweep_waiting_lists() -> dict[str, int]:
    """End offers whose time is over and offer free hours to those who wait; return how many of each."""
    return offers.sweep_waiting_lists()


@outbox.handles(SWEEP)
def sweep_soon(payload: dict[str, Any]) -> None:
    """Hand the sweep to a task of its own: other promises need not wait for it."""
    sweep_waiting_lists.delay()


@shared_task(name="queues.tasks.send_mails", expires=60)
def send_mails() -> int:
    """Send the mails about hours that are due, and call interrupted ones unknown; return how many were sent."""
    return sending.send_due()


@outbox.handles(WAKE)
def send_promised_mails(payload: dict[str, Any]) -> None:
    """Hand the sending to a task of its own: a mail server that hangs must not hold up the outbox."""
    send_mails.delay()
