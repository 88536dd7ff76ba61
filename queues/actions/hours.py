"""What the host does with an hour: notes, what came of it, who did not come, what the customer is sent."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils import timezone

from accounts import timeline
from accounts.models import CompanySettings, User
from calendars.rules.clock import local_day
from core import files
from core.errors import Conflict, Invalid, NotFound
from core.transactions import repeated_transaction
from queues.actions.guards import lock_hour, refuse_cancelled, refuse_early, refuse_sent
from queues.models import Booking, FollowUpItem
from queues.signals import hour_closed
from segments.actions.time import log_time, take_back_time
from segments.models import TimeEntry

MAX_TEXT = 20_000
MAX_ITEMS = 20
MAX_FILE_BYTES = 10 * 1024 * 1024
# So long after it was closed an hour can be opened again; then its figures stand.
REOPEN_WITHIN = timedelta(days=14)
TIME_NOTE = "One-to-many hour"


@repeated_transaction
def save_notes(*, actor: User, booking: Booking, **texts: str) -> Booking:
    """Return the booking with these texts of the host: `notes`, `open_questions`, `follow_up`.

    Raises Conflict `cancelled` for an hour that is cancelled and `sent` where the follow-up has gone out.
    """
    locked = lock_hour(booking)
    refuse_cancelled(locked)
    if "follow_up" in texts and texts["follow_up"].strip() != locked.follow_up:
        refuse_sent(locked, field="follow_up")
    for name, text in texts.items():
        setattr(locked, name, _text(name, text))
    locked.save(update_fields=[*texts, "updated_at"])
    return locked


@repeated_transaction
def close_hour(*, actor: User, booking: Booking, outcome: str) -> Booking:
    """Return the hour that took place, with its outcome; the host's time is logged with the customer.

    Closing again changes the outcome and logs no more. Raises Conflict `not_begun` before the start.
    """
    if outcome not in Booking.Outcome.values:
        raise Invalid("Say what came of it.", field="outcome")
    locked = lock_hour(booking)
    refuse_early(locked)
    was = locked.state
    locked.state, locked.outcome = Booking.State.DONE, outcome
    locked.closed_at = locked.closed_at or timezone.now()
    locked.save(update_fields=["state", "outcome", "closed_at", "updated_at"])
    if was != Booking.State.DONE:
        _log(actor, locked)
        _tell(locked, actor, "booking.done", f"Had an hour with {locked.host}: {locked.get_outcome_display().lower()}")
        hour_closed.send(Booking, booking=locked, actor=actor)
    return locked


@repeated_transaction
def mark_no_show(*, actor: User, booking: Booking) -> Booking:
    """Return the hour to which the customer did not come; its place in the allowance stays used.

    Raises Conflict `not_begun` before the start.
    """
    locked = lock_hour(booking)
    refuse_early(locked)
    if locked.state == Booking.State.NO_SHOW:
        return locked
    _take_back(actor, locked)
    locked.state, locked.outcome, locked.closed_at = Booking.State.NO_SHOW, "", timezone.now()
    locked.save(update_fields=["state", "outcome", "closed_at", "updated_at"])
    _tell(locked, actor, "booking.no_show", f"Did not come to the hour with {locked.host}")
    hour_closed.send(Booking, booking=locked, actor=actor)
    return locked


@repeated_transaction
def reopen_hour(*, actor: User, booking: Booking) -> Booking:
    """Return the hour as if nobody had said yet what came of it; raise Conflict `too_late` after 14 days."""
    locked = lock_hour(booking)
    if locked.closed_at is None:
        return locked
    if timezone.now() - locked.closed_at > REOPEN_WITHIN:
        raise Conflict("This hour was closed more than 14 days ago; its figures stand.", code="too_late")
    _take_back(actor, locked)
    locked.state, locked.outcome, locked.closed_at = Booking.State.BOOKED, "", None
    locked.save(update_fields=["state", "outcome", "closed_at", "updated_at"])
    _tell(locked, actor, "booking.reopened", "Opened the hour again")
    return locked


@repeated_transaction
def add_link(*, actor: User, booking: Booking, title: str, url: str) -> FollowUpItem:
    """Return the link that the customer is sent after the hour; raise Invalid for what is no web address."""
    locked = lock_hour(booking)
    _refuse_item(locked)
    url = url.strip()
    try:
        URLValidator(schemes=["http", "https"])(url)
    except ValidationError as error:
        raise Invalid("Write a whole address, beginning with https://", field="url") from error
    if len(url) > (FollowUpItem._meta.get_field("url").max_length or 0):
        raise Invalid("This address is too long.", field="url")
    return FollowUpItem.objects.create(booking=locked, title=_title(title) or url[:200], url=url, added_by=actor)


@repeated_transaction
def add_file(
    *, actor: User, booking: Booking, title: str, name: str, content_type: str, size: int, pieces: Iterable[bytes]
) -> FollowUpItem:
    """Return the file that the customer is sent after the hour; raise Invalid for one of more than 10 MB."""
    locked = lock_hour(booking)
    _refuse_item(locked)
    if size > MAX_FILE_BYTES:
        raise Invalid("A file may have 10 MB; send a link to a larger one.", field="file")
    if not size:
        raise Invalid("This file is empty.", field="file")
    stored = files.store(name, content_type[:120], pieces)
    return FollowUpItem.objects.create(booking=locked, title=_title(title) or name[:200], file=stored, added_by=actor)


@repeated_transaction
def remove_item(*, actor: User, booking: Booking, pk: int) -> None:
    """Take a link or a file out of what the customer will be sent; raise NotFound where it is not there."""
    locked = lock_hour(booking)
    refuse_sent(locked)
    item = FollowUpItem.objects.filter(booking=locked, pk=pk).first()
    if item is None:
        raise NotFound("It is not there any more.")
    stored = item.file
    item.delete()
    if stored is not None:
        stored.delete()


def _refuse_item(booking: Booking) -> None:
    refuse_sent(booking)
    if booking.follow_up_items.count() >= MAX_ITEMS:
        raise Invalid(f"At most {MAX_ITEMS} links and files.", code="too_many")


def _text(name: str, text: str) -> str:
    if name not in ("notes", "open_questions", "follow_up"):
        raise Invalid(f"There is no {name} to write.", code="unknown_field", field=name)
    text = text.strip().replace("\x00", "")
    if len(text) > MAX_TEXT:
        raise Invalid(f"At most {MAX_TEXT:,} characters.", field=name)
    return text


def _title(title: str) -> str:
    return " ".join(title.replace("\x00", "").split())[:200]


def _log(actor: User, booking: Booking) -> None:
    """Log the host's time: it is two-way contact, and given beside what the customer's tier promises."""
    booking.time_entry = log_time(
        actor=actor,
        customer=booking.customer,
        person=booking.host,
        on=local_day(booking.starts_at, CompanySettings.current().time_zone),
        minutes=int((booking.ends_at - booking.starts_at) / timedelta(minutes=1)),
        activity=TimeEntry.Activity.CALL,
        note=f"{TIME_NOTE}: {booking.topic_text}",
        over_allowance_reason=TIME_NOTE,
    )
    booking.save(update_fields=["time_entry"])


def _take_back(actor: User, booking: Booking) -> None:
    entry, booking.time_entry = booking.time_entry, None
    booking.save(update_fields=["time_entry"])
    if entry is not None:
        take_back_time(actor=actor, entry=entry, action="queue.host")


def _tell(booking: Booking, actor: User, kind: str, summary: str) -> None:
    facts: dict[str, Any] = {"booking": str(booking.uid), "queue": booking.queue.slug, "host": booking.host_id}
    timeline.record(booking.customer_id, kind, summary, actor=actor, why=booking.topic_text, data=facts)
