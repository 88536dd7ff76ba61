"""What a person writes on a customer's timeline."""

from uuid import UUID

from django.db import models, transaction

from accounts import timeline
from accounts.models import Customer, TimelineEntry, User
from core.errors import Invalid

MAX_NOTE = 10_000
SUMMARY_LENGTH = 300


class NoteKind(models.TextChoices):
    """What a note tells of; all but the plain note say that somebody spoke with the customer."""

    NOTE = "note.note", "Note"
    CALL = "note.call", "Call"
    EMAIL = "note.email", "E-mail or chat"
    MEETING = "note.meeting", "Meeting"


def add_note(
    *, actor: User, customer: Customer, text: str, kind: str = NoteKind.NOTE, request_key: UUID | None = None
) -> TimelineEntry:
    """Return the note now on the timeline; the same `request_key` again returns the note written the first time.

    Raises Invalid for an empty or too long text and for an unknown kind.
    """
    words = text.replace("\r\n", "\n").strip()
    if not words:
        raise Invalid("Write something first.", field="text")
    if len(words) > MAX_NOTE:
        raise Invalid(f"A note has at most {MAX_NOTE:,} characters; this one has {len(words):,}.", field="text")
    if "\x00" in words:
        raise Invalid("The text holds a character that cannot be kept.", field="text")
    if kind not in NoteKind.values:
        raise Invalid("There is no such kind of note.", field="kind")
    data: dict[str, str] = {"text": words}
    if request_key is not None:
        data["request_key"] = str(request_key)
    with transaction.atomic():
        # The customer's row makes two requests with one key wait for each other.
        Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
        if request_key is not None:
            written = _notes(customer).filter(actor=actor, data__request_key=str(request_key)).first()
            if written is not None:
                return written
        return timeline.record(customer, kind, _summary(words), actor=actor, data=data)


def _notes(customer: Customer) -> models.QuerySet[TimelineEntry]:
    return TimelineEntry.objects.filter(customer=customer, kind__in=NoteKind.values)


def _summary(words: str) -> str:
    first = words.split("\n", 1)[0].strip()
    return first if len(first) <= SUMMARY_LENGTH else first[: SUMMARY_LENGTH - 1].rstrip() + "…"
