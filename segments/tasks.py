"""Background work of the segments app."""

from typing import Any

from celery import shared_task

from core.outbox import handles
from segments import promises
from segments.actions import rebalances, tiers
from segments.actions.assignments import fill_portfolios as fill
from segments.actions.snapshots import take_snapshots
from segments.models import TierRun
from segments.reassignment import reassign


@shared_task(name="segments.tasks.fill_portfolios")
def fill_portfolios(customer_ids: list[int] | None = None) -> dict[str, Any]:
    """Give every high- and low-touch customer without a CSM one, as far as there is room; return the counts."""
    return fill(customer_ids=customer_ids)


@handles("segments.fill_portfolios")
def fill_portfolios_promised(payload: dict[str, Any]) -> None:
    """Fill portfolios after a run, a release or a new limit; `customer_ids` restricts it."""
    fill(customer_ids=payload.get("customer_ids"))


@shared_task(name="segments.tasks.reassign_tiers")
def reassign_tiers() -> dict[str, Any]:
    """Put every customer in the tier that the active rules and the pins lead to; return the summary."""
    return reassign(trigger=TierRun.Trigger.NIGHTLY)


@shared_task(name="segments.tasks.end_due_pins")
def end_due_pins() -> int:
    """End the pins whose last day is over and return how many."""
    return tiers.end_due_pins()


@shared_task(name="segments.tasks.take_capacity_snapshots")
def take_capacity_snapshots() -> int:
    """Keep how capacity stands, once a day of the company; return how many rows the day has."""
    return take_snapshots()


@handles(promises.RUN)
def reassign_tiers_promised(payload: dict[str, Any]) -> None:
    """Do the run that a person asked for or that new rules brought."""
    run = TierRun.objects.select_related("started_by").filter(pk=payload["run"]).first()
    if run is not None:
        reassign(trigger=run.trigger, actor=run.started_by, run=run)


@handles(promises.PLACE)
def place_customers_promised(payload: dict[str, Any]) -> None:
    """Place the customers whose facts or pins changed; no ids stand for all customers."""
    reassign(trigger=TierRun.Trigger.FACTS, customer_ids=payload["customer_ids"])


@shared_task(name="segments.tasks.work_out_rebalance")
def work_out_rebalance(pk: int) -> bool:
    """Work a rebalance out; return False where another worker is at it or nothing is left to do."""
    return rebalances.run_rebalance(pk)


@shared_task(name="segments.tasks.resume_rebalances")
def resume_rebalances() -> int:
    """Hand on rebalances whose worker died or that none has begun; return how many."""
    waiting = rebalances.resume_rebalances()
    for pk in waiting:
        work_out_rebalance.delay(pk)
    return len(waiting)


@handles(promises.REBALANCE)
def work_out_promised_rebalance(payload: dict[str, Any]) -> None:
    """Hand a rebalance to a worker of its own, so that it holds up no other promise."""
    work_out_rebalance.delay(payload["rebalance"])
