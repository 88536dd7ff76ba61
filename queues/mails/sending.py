"""Sending what is due: claimed in small batches, decided once more, sent one by one, each accounted for.

A mail becomes *in flight* in a commit of its own just before it is handed over, and *sent* just after. Whoever dies in
between leaves one mail in flight; when its lease is over that mail is *unknown*, for a person to decide, and is never
sent again by itself. A claim is fenced by the number of attempts: who wakes up late changes nothing.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import make_msgid

from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from core.smtp import Fate, Outcome, Postbox
from queues.happenings import mail_domain
from queues.mails.rendering import message_of
from queues.mails.wanted import Verdict, verdict_on
from queues.models import BookingMail

log = logging.getLogger(__name__)

State = BookingMail.State

BATCH = 10
# For how long a claimed mail is one worker's; longer than a batch takes unless the mail server hangs.
CLAIM = timedelta(minutes=2)
# Longer than the bounds of all steps of one conversation; then whoever sends it is taken for dead.
FLIGHT = timedelta(minutes=5)
# A mail is not handed over when so little of its lease is left: somebody may be deciding about it already.
MARGIN = timedelta(minutes=4)
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(minutes=30)
# Some three days at the longest wait.
MOST_ATTEMPTS = 150
WORKER_DIED = "The worker stopped while it was sending; the mail may have arrived."


@dataclass(frozen=True)
class Flight:
    """A mail that is to be handed over now, written out."""

    mail: BookingMail
    message: EmailMessage
    until: datetime


def send_due(limit: int = 1000) -> int:
    """Send what is due until nothing is left, `limit` is reached or the mail server is away; return how many went."""
    note_unknown()
    sent = 0
    with Postbox() as postbox:
        while sent < limit:
            claimed = _claim()
            if not claimed:
                break
            for number, mail in enumerate(claimed):
                outcome = _send(mail, postbox)
                sent += outcome.fate == Fate.SENT
                if outcome.fate == Fate.SERVER_AWAY:
                    _put_back(claimed[number + 1 :], outcome.reason)
                    return sent
    return sent


def note_unknown() -> int:
    """Call mails whose sender died in the act unknown; return how many."""
    lost = BookingMail.objects.filter(state=State.IN_FLIGHT, claimed_until__lt=timezone.now())
    count = lost.update(state=State.UNKNOWN, last_error=WORKER_DIED, claimed_until=None)
    if count:
        log.warning("%s mails about hours were interrupted while being sent; a person must say what to do.", count)
    return count


def _claim() -> list[BookingMail]:
    """Return the longest-due mails, for a while this worker's alone."""
    now = timezone.now()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    with transaction.atomic():
        mails = list(
            BookingMail.objects.select_for_update(skip_locked=True)
            .filter(free, state=State.WAITING, send_after__lte=now)
            .order_by("send_after", "id")[:BATCH]
        )
        BookingMail.objects.filter(pk__in=[mail.pk for mail in mails]).update(
            attempts=F("attempts") + 1, claimed_until=now + CLAIM
        )
    for mail in mails:
        mail.attempts += 1
    return mails


def _send(claimed: BookingMail, postbox: Postbox) -> Outcome:
    """Take one claimed mail off the ground; return what became of it, NOT_YET where it did not even start."""
    try:
        flight = _take_off(claimed)
    except Exception as error:
        # Nothing went out. What can't be written now may be when its cause is mended.
        log.exception("The mail %s could not be written", claimed.pk)
        outcome = Outcome(Fate.NOT_YET, f"{type(error).__name__}: {error}")
        _land(_held(claimed, State.WAITING), claimed, outcome)
        return outcome
    if flight is None:
        return Outcome(Fate.NOT_YET)
    if timezone.now() > flight.until - MARGIN:
        outcome = Outcome(Fate.NOT_YET, "The worker was held up.")
        _land(_held(claimed, State.IN_FLIGHT, State.UNKNOWN), claimed, outcome)
        return outcome
    try:
        outcome = postbox.post(flight.message)
    except Exception as error:
        log.exception("The mail %s failed in an unexpected way", claimed.pk)
        outcome = Outcome(Fate.UNKNOWN, f"{type(error).__name__}: {error}")
    # One that was called unknown meanwhile, because this took so long, has its answer now.
    _land(_held(claimed, State.IN_FLIGHT, State.UNKNOWN), claimed, outcome)
    return outcome


@transaction.atomic
def _take_off(claimed: BookingMail) -> Flight | None:
    """Return the mail in flight, or None where it is no longer ours, no longer wanted or not yet."""
    mail = _held(claimed, State.WAITING).select_for_update().first()
    if mail is None:
        return None
    now = timezone.now()
    mail = _with_all(mail)
    verdict = verdict_on(mail, now=now)
    if not verdict.is_wanted:
        _set_aside(mail, verdict)
        return None
    mail.message_id = mail.message_id or make_msgid(f"hour-{mail.pk}", mail_domain())
    message = message_of(mail)
    # Written out once before anything is promised: what can't be encoded fails here.
    message.message()
    mail.state, mail.claimed_until = State.IN_FLIGHT, now + FLIGHT
    mail.save(update_fields=["state", "claimed_until", "message_id"])
    return Flight(mail, message, mail.claimed_until)


def _with_all(mail: BookingMail) -> BookingMail:
    """Return the mail with all that it tells of, read anew."""
    return BookingMail.objects.select_related(
        "booking__queue",
        "booking__host",
        "booking__customer",
        "booking__contact__user",
        "booking__topic",
        "offer__entry__queue",
        "offer__entry__customer",
        "offer__entry__contact__user",
        "offer__commitment__host",
    ).get(pk=mail.pk)


def _set_aside(mail: BookingMail, verdict: Verdict) -> None:
    mail.claimed_until = None
    if verdict.look_again_at:
        mail.send_after = verdict.look_again_at
    else:
        mail.state, mail.last_error = State.DROPPED, verdict.why_not
    mail.save(update_fields=["state", "send_after", "claimed_until", "last_error"])


def _held(mail: BookingMail, *states: str) -> QuerySet[BookingMail]:
    """Return the mail as a queryset that is empty once somebody else has taken it over."""
    return BookingMail.objects.filter(pk=mail.pk, attempts=mail.attempts, state__in=states)


def _land(held: QuerySet[BookingMail], mail: BookingMail, outcome: Outcome) -> None:
    """Store what became of the mail."""
    reason = outcome.reason[:500]
    if outcome.fate == Fate.SENT:
        held.update(state=State.SENT, sent_at=timezone.now(), claimed_until=None, last_error="")
    elif outcome.fate == Fate.REFUSED or (mail.attempts >= MOST_ATTEMPTS and outcome.fate != Fate.UNKNOWN):
        held.update(state=State.FAILED, claimed_until=None, last_error=reason)
    elif outcome.fate == Fate.UNKNOWN:
        held.update(state=State.UNKNOWN, claimed_until=None, last_error=reason)
    else:
        held.update(state=State.WAITING, claimed_until=None, last_error=reason, send_after=_next_try(mail))


def _put_back(mails: list[BookingMail], reason: str) -> None:
    """Let mails that were claimed wait with the one that found the server away."""
    for mail in mails:
        _land(_held(mail, State.WAITING), mail, Outcome(Fate.NOT_YET, reason))


def _next_try(mail: BookingMail) -> datetime:
    wait = FIRST_WAIT * 2 ** min(mail.attempts, 10)
    return timezone.now() + min(wait, LONGEST_WAIT)
