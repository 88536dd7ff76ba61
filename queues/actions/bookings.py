"""Booking an hour, cancelling it, moving it.

The order of locks is customer, then host. Under them everything is checked again by the rules that offered the hour;
the exclusion constraint of the ledger and the unique places of the allowance stand behind.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import timeline
from accounts.actions.editing import lock_customer
from accounts.models import CompanySettings, Contact, Customer, User
from calendars.ledger import change_kind, lock_hosts, release
from calendars.models import Commitment
from calendars.rules.clock import local_day, zone_of
from core.errors import Conflict, Invalid, NotFound
from core.transactions import repeated_transaction
from queues.actions.placing import Place, Wish, check_claims, place, start_of
from queues.actions.refusals import Taken, refused, slot_taken
from queues.models import AllowancePlace, Booking, Hold, Offer, Queue, QueueTopic
from queues.queries.customers import own_holds, refusal_of
from queues.rules.customers import may_still_change, period_start
from queues.signals import booking_cancelled, booking_made, booking_moved, slot_freed

MAX_TOPIC = 200
MAX_SITUATION = 10_000
OFFERED = "Offered to the waiting list"


def book(
    *,
    actor: User | None,
    queue: Queue,
    customer: Customer,
    topic_text: str,
    source: str,
    starts_at: datetime | None = None,
    hold: Hold | None = None,
    offer: Offer | None = None,
    host: User | None = None,
    contact: Contact | None = None,
    topic: QueueTopic | None = None,
    situation: str = "",
    time_zone: str = "",
    why_beyond: str = "",
) -> Booking:
    """Return the booked hour: the one held or offered, or the one from `starts_at` with `host` or any expert.

    Where the hold has run out the same hour is booked if it is still free. `actor` is None for a link without login.
    With a reason in `why_beyond`, which the timeline keeps, the hour may go beyond the customer's allowance.
    Raises Conflict `slot_taken` with `nearest` (a list of Slot) and Invalid with the code of a rule that is not met:
    queue_closed, tier_not_served, language_not_served, country_not_served, notice, horizon, outside_availability,
    host_unknown, allowance_used, customer_busy, required, too_long.
    """
    words = _words(topic_text, topic, situation)
    if hold is not None:
        if hold.customer_id != customer.pk or hold.queue_id != queue.pk:
            raise NotFound("This hour is not held for you.")
        starts_at, host = hold.commitment.starts_at, host or _named(hold)
    if offer is not None:
        if offer.entry.customer_id != customer.pk or offer.entry.queue_id != queue.pk:
            raise NotFound("There is no such offer.")
        starts_at = offer.starts_at
    starts_at = start_of(starts_at)
    host_id = host.pk if host else None
    about = {
        **words,
        "contact": contact,
        "topic": topic,
        "source": source,
        "booked_by": actor,
        "time_zone": _zone_name(time_zone, contact, customer),
    }
    try:
        return _book(
            actor=actor,
            queue=queue,
            customer=customer,
            starts_at=starts_at,
            host_id=host_id,
            hold=hold,
            offer=offer,
            about=about,
            why_beyond=why_beyond.strip(),
        )
    except Taken as taken:
        raise slot_taken(taken, queue, starts_at, customer=customer, contact=contact, host_id=host_id) from None


@repeated_transaction
def cancel_booking(
    *, actor: User | None, booking: Booking, reason: str = "", as_customer: bool | None = None
) -> Booking:
    """Return the cancelled booking; its time and its place in the allowance are free again.

    `as_customer` tells whether the customer's side cancels, which it may until the queue's `change_until_minutes`
    before the start; by default whoever has no login of the staff. Raises Conflict `already_cancelled` or
    `already_started`, Invalid `too_late_to_change`.
    """
    booking = _lock_booking(booking)
    by_customer = _is_customer(actor, as_customer)
    _check_changeable(booking, by_customer)
    lock_hosts([booking.host_id])
    release(booking.commitment)
    AllowancePlace.objects.filter(booking=booking).update(active=False)
    booking.state, booking.cancelled_at, booking.cancelled_by = Booking.State.CANCELLED, timezone.now(), actor
    booking.cancel_reason = reason.strip()[:300]
    booking.sequence += 1
    booking.save(update_fields=["state", "cancelled_at", "cancelled_by", "cancel_reason", "sequence", "updated_at"])
    side = "by the customer" if by_customer else "by us"
    _tell("booking.cancelled", f"Cancelled {side}: {_when(booking)}", booking, actor, why=booking.cancel_reason)
    booking_cancelled.send(Booking, booking=booking, actor=actor, as_customer=by_customer)
    _free(booking, booking.host_id, booking.starts_at, booking.ends_at)
    return booking


def reschedule_booking(
    *,
    actor: User | None,
    booking: Booking,
    starts_at: datetime,
    host: User | None = None,
    as_customer: bool | None = None,
    reason: str = "",
) -> Booking:
    """Return the booking at its new time, with the same host where it is free then, or with `host`.

    The new time is taken before the old one is given back, except where they overlap. Raises as `book` and
    `cancel_booking` do, and Invalid `same_time`.
    """
    starts_at = start_of(starts_at)
    by_customer = _is_customer(actor, as_customer)
    try:
        return _move(actor, booking, starts_at, host.pk if host else None, by_customer, reason.strip()[:300])
    except Taken as taken:
        raise slot_taken(
            taken,
            booking.queue,
            starts_at,
            customer=booking.customer,
            contact=booking.contact,
            host_id=host.pk if host else None,
            moving=booking,
        ) from None


@repeated_transaction
def _book(
    *,
    actor: User | None,
    queue: Queue,
    customer: Customer,
    starts_at: datetime,
    host_id: int | None,
    hold: Hold | None,
    offer: Offer | None,
    about: dict[str, Any],
    why_beyond: str,
) -> Booking:
    customer = lock_customer(customer)
    queue = Queue.objects.get(pk=queue.pk)
    refusal = refusal_of(queue, customer, contact=about["contact"])
    if refusal is not None:
        raise refused(refusal)
    held = own_holds(queue, customer)
    kept = next((own for own in held if hold is not None and own.pk == hold.pk), None)
    given_back = tuple(own.commitment for own in held)
    wish = Wish(queue, customer, starts_at, host_id, given_back, beyond_allowance=bool(why_beyond))
    title = f"{customer}: {about['topic_text']}"
    placed = _keep(wish, kept, offer, title)
    if placed is None:
        if offer is not None:
            raise Conflict("This offer has ended; the hour has gone on to the next in line.", code="offer_ended")
        placed = place(wish, kind=Commitment.Kind.HOUR, title=title, actor=actor)
    if kept is not None and placed.commitment.pk == kept.commitment_id:
        kept.delete()
    booking = Booking.objects.create(
        queue=queue,
        customer=customer,
        host=placed.host,
        why_host=placed.why[:300],
        commitment=placed.commitment,
        starts_at=wish.span.starts,
        ends_at=wish.span.ends,
        **about,
    )
    is_beyond = _take_allowance(booking, may_go_beyond=bool(why_beyond))
    why = f"{booking.topic_text}. Beyond the allowance: {why_beyond}" if is_beyond else booking.topic_text
    _tell("booking.made", f"Booked {_when(booking)} with {placed.host}", booking, actor, why=why)
    booking_made.send(Booking, booking=booking, actor=actor)
    return booking


def _keep(wish: Wish, hold: Hold | None, offer: Offer | None, title: str) -> Place | None:
    """Return the held or offered time as the customer's own; nothing where it is not held any more."""
    given = hold.commitment if hold else offer.commitment if offer else None
    if given is None or _has_run_out(given, timezone.now()):
        return None
    people = lock_hosts([given.host_id, *(old.host_id for old in wish.giving_back)])
    now = timezone.now()
    commitment = Commitment.objects.filter(pk=given.pk, active=True, kind=Commitment.Kind.HELD).first()
    if commitment is None or _has_run_out(commitment, now):
        return None
    check_claims(wish, now)
    for old in wish.giving_back:
        if old.pk != commitment.pk:
            release(old)
    change_kind(commitment, Commitment.Kind.HOUR, title=title)
    why = hold.why_host if hold else OFFERED
    return Place(commitment, people[commitment.host_id], why)


def _has_run_out(held: Commitment, now: datetime) -> bool:
    """Tell whether a held time goes by the rules for everybody: its time is over, or the hour has begun."""
    return (held.expires_at or now) <= now or held.starts_at <= now


@repeated_transaction
def _move(
    actor: User | None, given: Booking, starts_at: datetime, host_id: int | None, by_customer: bool, reason: str
) -> Booking:
    booking = _lock_booking(given)
    _check_changeable(booking, by_customer)
    if not booking.queue.is_open:
        raise Invalid(f"{booking.queue} takes no bookings at the moment.", code="queue_closed")
    if starts_at == booking.starts_at and host_id in (None, booking.host_id):
        raise Invalid("The hour is at that time already.", code="same_time", field="start")
    old_host, old_starts, old_ends = booking.host_id, booking.starts_at, booking.ends_at
    holds = tuple(own.commitment for own in own_holds(booking.queue, booking.customer))
    # What was allowed beyond the allowance stays so wherever it moves.
    is_beyond = not AllowancePlace.objects.filter(booking=booking, active=True).exists()
    given_back = (booking.commitment, *holds)
    wish = Wish(booking.queue, booking.customer, starts_at, host_id, given_back, booking, is_beyond)
    title = f"{booking.customer}: {booking.topic_text}"
    placed = place(wish, kind=Commitment.Kind.HOUR, title=title, actor=actor)
    booking.commitment, booking.host = placed.commitment, placed.host
    if placed.host.pk != old_host:
        booking.why_host = placed.why[:300]
    booking.starts_at, booking.ends_at = wish.span.starts, wish.span.ends
    booking.sequence += 1
    booking.moves += 1
    booking.save(
        update_fields=["commitment", "host", "why_host", "starts_at", "ends_at", "sequence", "moves", "updated_at"]
    )
    _move_allowance(booking, is_beyond=is_beyond)
    _tell("booking.moved", f"Moved to {_when(booking)} with {placed.host}", booking, actor, why=reason)
    booking_moved.send(
        Booking,
        booking=booking,
        actor=actor,
        old_host_id=old_host,
        old_starts_at=old_starts,
        old_ends_at=old_ends,
    )
    _free(booking, old_host, old_starts, old_ends)
    return booking


# --- the booking as it is now ---------------------------------------------------------------------
def _lock_booking(given: Booking) -> Booking:
    """Return the booking as it is now, its customer's row locked: every change of a booking goes by that lock."""
    customer_id = Booking.objects.filter(pk=given.pk).values_list("customer_id", flat=True).first()
    if customer_id is None:
        raise NotFound("There is no such booking.")
    lock_customer(Customer(pk=customer_id))
    found = Booking.objects.select_related("queue", "customer", "contact", "commitment", "host", "topic")
    return found.get(pk=given.pk)


def _check_changeable(booking: Booking, by_customer: bool) -> None:
    now = timezone.now()
    if booking.state == Booking.State.CANCELLED:
        raise Conflict("This hour is cancelled already.", code="already_cancelled")
    if booking.state != Booking.State.BOOKED or booking.starts_at <= now:
        raise Conflict("This hour has begun already.", code="already_started")
    if by_customer and not may_still_change(booking.starts_at, booking.queue.change_until_minutes, now):
        raise Invalid(
            f"It is too late to change this hour: that is possible until {booking.queue.change_until_minutes} minutes "
            "before it begins. Write to your host instead.",
            code="too_late_to_change",
        )


def _is_customer(actor: User | None, as_customer: bool | None) -> bool:
    return as_customer if as_customer is not None else actor is None or actor.is_contact


# --- the allowance --------------------------------------------------------------------------------
def _take_allowance(booking: Booking, *, may_go_beyond: bool = False) -> bool:
    """Take the lowest free place of the customer's allowance in the period of the hour; its row is locked.

    Tell whether there was none and the hour goes beyond it: such an hour has no place.
    """
    queue, period = booking.queue, _period_of(booking)
    active = AllowancePlace.objects.filter(
        customer=booking.customer_id, queue=queue, period_starts_on=period, active=True
    )
    taken = set(active.exclude(booking=booking).values_list("number", flat=True))
    number = next((n for n in range(1, queue.hours_per_customer + 1) if n not in taken), None)
    if number is None and may_go_beyond:
        AllowancePlace.objects.filter(booking=booking).update(active=False)
        return True
    if number is None:
        raise _allowance_used(queue)
    try:
        with transaction.atomic():
            AllowancePlace.objects.update_or_create(
                booking=booking,
                defaults={
                    "queue": queue,
                    "customer_id": booking.customer_id,
                    "period_starts_on": period,
                    "number": number,
                    "out_of": queue.hours_per_customer,
                    "active": True,
                },
            )
    except IntegrityError as error:
        raise _allowance_used(queue) from error
    return False


def _move_allowance(booking: Booking, *, is_beyond: bool) -> None:
    """Take a place in the new period, where the hour has left its old one."""
    if not AllowancePlace.objects.filter(booking=booking, active=True, period_starts_on=_period_of(booking)).exists():
        _take_allowance(booking, may_go_beyond=is_beyond)


def _period_of(booking: Booking) -> Any:
    return period_start(local_day(booking.starts_at, CompanySettings.current().time_zone), booking.queue.period)


def _allowance_used(queue: Queue) -> Invalid:
    return Invalid(f"The customer's hours of this {queue.period} are booked.", code="allowance_used")


# --- words ----------------------------------------------------------------------------------------
def _words(topic_text: str, topic: QueueTopic | None, situation: str) -> dict[str, str]:
    topic_text, situation = topic_text.strip() or (topic.name if topic else ""), situation.strip()
    if not topic_text:
        raise Invalid("Say what the hour is about.", code="required", field="topic")
    if len(topic_text) > MAX_TOPIC:
        raise Invalid("The topic has at most 200 characters; write the rest below.", code="too_long", field="topic")
    if len(situation) > MAX_SITUATION:
        raise Invalid(f"The situation has at most {MAX_SITUATION:,} characters.", code="too_long", field="situation")
    if "\x00" in topic_text + situation:
        raise Invalid("The text holds a character that cannot be kept.", code="invalid", field="situation")
    return {"topic_text": topic_text, "situation": situation}


def _named(hold: Hold) -> User | None:
    return None if hold.is_any_host else hold.commitment.host


def _zone_name(time_zone: str, contact: Contact | None, customer: Customer) -> str:
    wanted = time_zone or (contact.time_zone if contact else "") or customer.time_zone or "UTC"
    return zone_of(wanted).key


def _when(booking: Booking) -> str:
    zone = zone_of(booking.time_zone)
    return f"{booking.starts_at.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"


def _tell(kind: str, summary: str, booking: Booking, actor: User | None, *, why: str = "") -> None:
    if actor is None and booking.contact is not None:
        summary = f"{summary}, by {booking.contact}"
    timeline.record(
        booking.customer_id,
        kind,
        summary,
        actor=actor,
        why=why,
        data={
            "booking": str(booking.uid),
            "queue": booking.queue.slug,
            "host": booking.host_id,
            "starts_at": booking.starts_at.isoformat(),
            "minutes": int((booking.ends_at - booking.starts_at) / timedelta(minutes=1)),
        },
    )


def _free(booking: Booking, host_id: int, starts_at: datetime, ends_at: datetime) -> None:
    slot_freed.send(
        Booking, queue=booking.queue, host_id=host_id, starts_at=starts_at, ends_at=ends_at, booking=booking
    )
