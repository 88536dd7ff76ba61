"""Background work of the segments app."""

from typing import Any

from celery import shared_task

from core.outbox import handles
from segments.actions.assignments import fill_portfolios as fill


@shared_task(name="segments.tasks.fill_portfolios")
def fill_portfolios(customer_ids: list[int] | None = None) -> dict[str, Any]:
    """Give every high- and low-touch customer without a CSM one, as far as there is room; return the counts."""
    return fill(customer_ids=customer_ids)


@handles("segments.fill_portfolios")
def fill_portfolios_promised(payload: dict[str, Any]) -> None:
    """Fill portfolios after a run, a release or a new limit; `customer_ids` restricts it."""
    fill(customer_ids=payload.get("customer_ids"))
