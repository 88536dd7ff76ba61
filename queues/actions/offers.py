"""Offers to the waiting list: a freed hour is reserved for the first whom it fits, for a while.

The hour is offered in the transaction that frees it; a sweep every minute offers what that missed (new availability, an
entry that somebody held locked) and ends offers whose time is over, each handed on under the host's lock. An offer ends
before the queue's notice, so never after the start. The commitment outlives its offer by a short grace, so that the
sweep hands the hour on before anybody else can take it.

Locks are taken in one order everywhere: customer, host, entry, offer. Whoever offers skips entries that somebody has
locked instead of waiting for them, so that two who offer at once never wait for one another.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.actions.editing import lock_customer
from accounts.models import User
from calendars.ledger import lock_hosts, release, take
from calendars.models import Commitment
from calendars.rules.clock import local_day
from calendars.rules.spans import Span
from core.errors import Conflict, ProductError
from core.transactions import repeated_transaction
from queues.actions.bookings import book
from queues.actions.waiting import end_entry, lock_entry, tell
from queues.models import Booking, Offer, Queue, WaitingEntry
from queues.queries import waiting
from queues.queries.hosts import loads_of
from queues.queries.slots import Slot, reasons_at, slots
from queues.rules.fairness import in_turn
from queues.signals import offer_made

# Less time to answer is not worth a mail: the hour is then free for everybody.
SHORTEST_OFFER = timedelta(minutes=15)
# Longer than from one sweep to the next.
GRACE = timedelta(minutes=2)
# Who lets so many offers pass unanswered is taken off the list, and told so.
MISSED_OFFERS = 3
# How many of a queue's entries one sweep looks at; the next sweep goes on in a minute.
MOST_A_SWEEP = 200


# --- the customer's answer --------------------------------------------------------------------------
def accept_offer(*, actor: User | None, offer: Offer, time_zone: str = "") -> Booking:
    """Return the booking of the offered hour. Raises Conflict `offer_over`, or what `book` raises.

    Where the hour can't be had after all (its host is away by now), the offer ends and the place in line stays.
    """
    try:
        return _accept(actor=actor, offer=offer, time_zone=time_zone)
    except ProductError as error:
        if error.code in {"offer_ended", "slot_taken"}:
            end_offer(offer_id=offer.pk, is_missed=False)
        raise


@repeated_transaction
def decline_offer(*, actor: User | None, offer: Offer) -> Offer:
    """Return the declined offer; the hour goes to the next in turn, and whoever declines keeps its place.

    Raises Conflict `offer_over` where it was answered or ran out.
    """
    lock_hosts([offer.commitment.host_id])
    entry, offer = lock_entry(offer.entry_id), _lock_offer(offer.pk)
    _check_open(offer)
    _close(offer, Offer.State.DECLINED)
    _wait_again(entry)
    tell(entry, "declined", f"Declined an hour offered by {entry.queue}", actor=actor)
    _hand_on(offer, entry.queue)
    return offer


@repeated_transaction
def _accept(*, actor: User | None, offer: Offer, time_zone: str) -> Booking:
    customer = lock_customer(offer.entry.customer)
    lock_hosts([offer.commitment.host_id])
    entry, offer = lock_entry(offer.entry_id), _lock_offer(offer.pk)
    _check_open(offer)
    # Before it is booked, so that the booking finds no open entry to end.
    offer.state = Offer.State.TAKEN
    offer.save(update_fields=["state"])
    entry.state, entry.ended_at = WaitingEntry.State.BOOKED, timezone.now()
    entry.save(update_fields=["state", "ended_at"])
    return book(
        actor=actor,
        queue=entry.queue,
        customer=customer,
        contact=entry.contact,
        offer=offer,
        topic=entry.topic,
        topic_text=entry.topic_text,
        situation=entry.situation,
        source=Booking.Source.WAITING_LIST,
        time_zone=time_zone or entry.time_zone,
    )


# --- offering ---------------------------------------------------------------------------------------
def offer_freed_hour(*, queue: Queue, host_id: int, starts_at: datetime) -> Offer | None:
    """Return the offer of an hour that has just become free, or nothing where it fits nobody; the host is locked."""
    span, now = _span(queue, starts_at), timezone.now()
    if _expiry(queue, span, now) is None or not queue.is_open:
        return None
    if reasons_at(queue, span.starts, hosts=[host_id], now=now).get(host_id, "no host") is not None:
        return None
    for entry in waiting.whom_it_fits(queue, span, now=now):
        offer = _offer_to(entry, host_id, span, now)
        if offer is not None:
            return offer
    return None


def sweep_waiting_lists() -> dict[str, int]:
    """Return how many offers ended and how many were made; each is a transaction of its own, safe to run twice."""
    ended = sum(end_offer(offer_id=pk) for pk in _overdue())
    passed = sum(_end_passed(pk) for pk in _whose_days_passed())
    queues = Queue.objects.filter(is_open=True, waiting_entries__state=WaitingEntry.State.WAITING).distinct()
    return {"ended": ended, "passed": passed, "offered": sum(offer_free_hours(queue=queue) for queue in queues)}


def offer_free_hours(*, queue: Queue) -> int:
    """Return how many free hours of the queue were offered to those who wait, the earliest that fits to each."""
    now = timezone.now()
    free = slots(queue, now.date(), (now + timedelta(days=queue.horizon_days + 1)).date(), "UTC", now=now)
    free = [slot for slot in free if _expiry(queue, Span(slot.starts, slot.ends), now) is not None]
    made = 0
    for entry in waiting.in_turn(queue)[:MOST_A_SWEEP] if free else ():
        made += _offer_one_of(free, entry, now)
    return made


@repeated_transaction
def end_offer(*, offer_id: int, is_missed: bool = True) -> bool:
    """Tell whether the offer was open and is over now; its hour goes to the next in turn.

    Who has missed three is taken off the list.
    """
    given = Offer.objects.select_related("commitment").get(pk=offer_id)
    lock_hosts([given.commitment.host_id])
    entry, offer = lock_entry(given.entry_id), _lock_offer(offer_id)
    if offer.state != Offer.State.OPEN or (is_missed and offer.expires_at > timezone.now()):
        return False
    _close(offer, Offer.State.EXPIRED)
    if entry.state == WaitingEntry.State.OFFERED:
        _wait_again(entry, missed=int(is_missed))
    _hand_on(offer, entry.queue)
    return True


def _offer_one_of(free: Sequence[Slot], entry: WaitingEntry, now: datetime) -> int:
    refused = set(Offer.objects.filter(entry=entry).values_list("starts_at", flat=True))
    by_span = {Span(slot.starts, slot.ends): slot for slot in free if slot.hosts and slot.starts not in refused}
    for span in waiting.fitting(entry, by_span, now=now):
        slot = by_span[span]
        offered = _offer_slot(entry, slot)
        if offered is not None:
            slot.hosts.remove(offered.commitment.host_id)
            return 1
    return 0


@repeated_transaction
def _offer_slot(entry: WaitingEntry, slot: Slot) -> Offer | None:
    now, span = timezone.now(), Span(slot.starts, slot.ends)
    for choice in in_turn(slot.hosts, loads_of(entry.queue, slot.hosts, now)):
        lock_hosts([choice.host])
        if reasons_at(entry.queue, span.starts, hosts=[choice.host], now=now).get(choice.host, "no host") is None:
            return _offer_to(entry, choice.host, span, now)
    return None


def _offer_to(entry: WaitingEntry, host_id: int, span: Span, now: datetime) -> Offer | None:
    """Return the offer now made; nothing where somebody else has the entry in hand. The host is locked and free."""
    expires_at = _expiry(entry.queue, span, now)
    unlocked = WaitingEntry.objects.select_for_update(skip_locked=True, no_key=True)
    if expires_at is None or unlocked.filter(pk=entry.pk, state=WaitingEntry.State.WAITING).first() is None:
        return None
    queue, host = entry.queue, lock_hosts([host_id])[host_id]
    try:
        commitment = take(
            host=host,
            span=span,
            kind=Commitment.Kind.HELD,
            title=f"Offered: {entry.customer}",
            before=timedelta(minutes=queue.buffer_before_minutes),
            after=timedelta(minutes=queue.buffer_after_minutes),
            expires_at=expires_at + GRACE,
        )
    except Conflict:
        return None
    offer = Offer.objects.create(
        entry=entry, commitment=commitment, starts_at=span.starts, ends_at=span.ends, expires_at=expires_at
    )
    entry.state = WaitingEntry.State.OFFERED
    entry.save(update_fields=["state"])
    tell(entry, "offered", f"Offered an hour of {queue} with {host}", actor=None)
    offer_made.send(Offer, offer=offer)
    return offer


def _hand_on(offer: Offer, queue: Queue) -> None:
    """Give the hour of a closed offer back and offer it to the next; the host is locked."""
    if offer.commitment.active:
        release(offer.commitment)
    offer_freed_hour(queue=queue, host_id=offer.commitment.host_id, starts_at=offer.starts_at)


# --- small steps ------------------------------------------------------------------------------------
def _expiry(queue: Queue, span: Span, now: datetime) -> datetime | None:
    """Return until when an offer of the hour may be answered; nothing where that is too soon."""
    until = min(now + timedelta(minutes=queue.offer_minutes), span.starts - timedelta(minutes=queue.notice_minutes))
    shortest = min(SHORTEST_OFFER, timedelta(minutes=queue.offer_minutes))
    return until if until - now >= shortest else None


def _span(queue: Queue, starts_at: datetime) -> Span:
    return Span(starts_at, starts_at + timedelta(minutes=queue.slot_minutes))


def _lock_offer(pk: int) -> Offer:
    offers = Offer.objects.select_for_update(no_key=True, of=("self",)).select_related("commitment")
    return offers.get(pk=pk)


def _check_open(offer: Offer) -> None:
    if offer.state == Offer.State.TAKEN:
        raise Conflict("You have taken this hour already.", code="offer_taken")
    if offer.state != Offer.State.OPEN or offer.expires_at <= timezone.now():
        raise Conflict("This offer is over; the hour has gone to the next in line.", code="offer_over")


def _close(offer: Offer, state: str) -> None:
    offer.state = state
    offer.save(update_fields=["state"])


def _wait_again(entry: WaitingEntry, *, missed: int = 0) -> None:
    entry.offers_missed += missed
    entry.state = WaitingEntry.State.WAITING
    entry.save(update_fields=["state", "offers_missed"])
    if entry.offers_missed >= MISSED_OFFERS:
        end_entry(entry, WaitingEntry.State.EXPIRED)
        tell(
            entry, "expired", f"Taken off the waiting list of {entry.queue}: {MISSED_OFFERS} offers passed", actor=None
        )


def _overdue() -> list[int]:
    overdue = Offer.objects.filter(state=Offer.State.OPEN, expires_at__lte=timezone.now())
    return list(overdue.order_by("starts_at", "pk").values_list("pk", flat=True)[:MOST_A_SWEEP])


def _whose_days_passed() -> list[int]:
    now = timezone.now()
    passed = WaitingEntry.objects.filter(state=WaitingEntry.State.WAITING, not_after__lte=now.date())
    rows = passed.values_list("pk", "not_after", "time_zone")
    return [pk for pk, last, zone in rows if last is not None and last < local_day(now, zone)]


@repeated_transaction
def _end_passed(pk: int) -> bool:
    entry = lock_entry(pk)
    if entry.state != WaitingEntry.State.WAITING:
        return False
    end_entry(entry, WaitingEntry.State.EXPIRED)
    tell(entry, "expired", f"Taken off the waiting list of {entry.queue}: its last day has passed", actor=None)
    return True
