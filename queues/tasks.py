"""Background work of the queues app."""

from typing import Any

from celery import shared_task

from core import outbox
from queues.actions import offers
from queues.actions.waiting import SWEEP


@shared_task(name="queues.tasks.sweep_waiting_lists", expires=60)
def sweep_waiting_lists() -> dict[str, int]:
    """End offers whose time is over and offer free hours to those who wait; return how many of each."""
    return offers.sweep_waiting_lists()


@outbox.handles(SWEEP)
def sweep_soon(payload: dict[str, Any]) -> None:
    """Hand the sweep to a task of its own: other promises need not wait for it."""
    sweep_waiting_lists.delay()
