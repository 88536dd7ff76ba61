"""The waiting list: joining it and leaving it, and what ends a place on it.

Locks are taken in one order everywhere: customer, host, entry, offer.
"""

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import timeline
from accounts.actions.editing import lock_customer
from accounts.models import Contact, Customer, User
from calendars.rules.clock import local_day, zone_of
from core.errors import Conflict, Invalid
from core.outbox import enqueue
from core.transactions import repeated_transaction
from queues.actions.refusals import refused
from queues.models import Booking, Offer, Queue, QueueTopic, WaitingEntry
from queues.queries.customers import refusal_of
from queues.queries.waiting import OPEN
from queues.signals import waiting_ended

# Outbox entries of this kind let a worker sweep the waiting lists soon, without waiting for the minute's tick.
SWEEP = "queues.sweep_waiting_lists"
LONGEST_TOPIC = 200
LONGEST_SITUATION = 10_000


@repeated_transaction
def join_waiting_list(
    *,
    actor: User | None,
    queue: Queue,
    customer: Customer,
    contact: Contact,
    topic_text: str,
    topic: QueueTopic | None = None,
    situation: str = "",
    time_zone: str = "UTC",
    not_before: date | None = None,
    not_after: date | None = None,
) -> WaitingEntry:
    """Return the customer's new place at the end of the queue's waiting list; dates are by the zone's calendar.

    Raises Conflict `already_waiting`, and Invalid with the code of a rule that is not met.
    """
    customer = lock_customer(customer)
    refusal = refusal_of(queue, customer, contact=contact)
    if refusal is not None:
        raise refused(refusal)
    words, zone = _words(topic_text, topic, situation), zone_of(time_zone).key
    _check_days(not_before, not_after, today=local_day(timezone.now(), zone))
    try:
        with transaction.atomic():
            entry = WaitingEntry.objects.create(
                queue=queue,
                customer=customer,
                contact=contact,
                topic=topic,
                time_zone=zone,
                not_before=not_before,
                not_after=not_after,
                created_at=timezone.now(),
                **words,
            )
    except IntegrityError as error:
        raise Conflict(f"You are on the waiting list of {queue} already.", code="already_waiting") from error
    tell(entry, "joined", f"Joined the waiting list of {queue}", actor=actor, why=entry.topic_text)
    enqueue(SWEEP, {}, key="soon")
    return entry


@repeated_transaction
def leave_waiting_list(*, actor: User | None, entry: WaitingEntry) -> WaitingEntry:
    """Return the entry that was given up; an hour that was offered to it goes on. Who has left already stays so."""
    entry = lock_entry(entry.pk)
    if entry.state not in OPEN:
        return entry
    end_entry(entry, WaitingEntry.State.LEFT)
    tell(entry, "left", f"Left the waiting list of {entry.queue}", actor=actor)
    return entry


def close_on_booking(*, booking: Booking) -> None:
    """End the customer's place on the queue's waiting list: it has an hour now. Called in the booking's transaction."""
    entry = (
        WaitingEntry.objects.select_for_update(no_key=True, of=("self",))
        .filter(queue=booking.queue_id, customer=booking.customer_id, state__in=OPEN)
        .first()
    )
    if entry is not None:
        end_entry(entry, WaitingEntry.State.BOOKED)


def end_entry(entry: WaitingEntry, state: str) -> None:
    """End a locked entry; what was offered to it is let go, and the sweep hands it on under the host's lock."""
    entry.state, entry.ended_at = state, timezone.now()
    entry.save(update_fields=["state", "ended_at"])
    if _let_go(entry):
        enqueue(SWEEP, {}, key="soon")
    waiting_ended.send(WaitingEntry, entry=entry)


def lock_entry(pk: int) -> WaitingEntry:
    """Return the entry as it is now, locked until the transaction ends."""
    entries = WaitingEntry.objects.select_for_update(no_key=True, of=("self",))
    return entries.select_related("queue", "customer", "contact", "topic").get(pk=pk)


def tell(entry: WaitingEntry, kind: str, summary: str, *, actor: User | None, why: str = "") -> None:
    """Write on the customer's timeline what became of its waiting."""
    if actor is None and kind in {"joined", "left", "declined"} and entry.contact is not None:
        summary = f"{summary}, by {entry.contact}"
    data = {"entry": str(entry.uid), "queue": entry.queue.slug}
    timeline.record(entry.customer_id, f"booking.waiting_{kind}", summary, actor=actor, why=why, data=data)


def _let_go(entry: WaitingEntry) -> int:
    """Let the open offer's time run out now; it is given back where its host is locked."""
    offers = Offer.objects.filter(entry=entry, state=Offer.State.OPEN)
    return offers.update(expires_at=timezone.now())


def _words(topic_text: str, topic: QueueTopic | None, situation: str) -> dict[str, Any]:
    topic_text, situation = topic_text.strip() or (topic.name if topic else ""), situation.strip()
    if not topic_text:
        raise Invalid("Say what the hour is about.", code="required", field="topic_text")
    if len(topic_text) > LONGEST_TOPIC:
        raise Invalid(
            "The topic has at most 200 characters; write the rest below.", code="too_long", field="topic_text"
        )
    if len(situation) > LONGEST_SITUATION:
        raise Invalid(f"At most {LONGEST_SITUATION:,} characters.", code="too_long", field="situation")
    if "\x00" in topic_text + situation:
        raise Invalid("The text holds a character that cannot be kept.", code="invalid", field="situation")
    return {"topic_text": topic_text, "situation": situation}


def _check_days(not_before: date | None, not_after: date | None, *, today: date) -> None:
    if not_after and not_after < today:
        raise Invalid("This day has passed.", code="day_passed", field="not_after")
    if not_before and not_after and not_after < not_before:
        raise Invalid("This is before the first day.", code="days_out_of_order", field="not_after")
