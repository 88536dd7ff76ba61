"""Private calendar feeds: whose an address is, and what a calendar program reads there.

The address is the only key, so it is kept as a digest and shown once; a revoked one is like one that never was.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import CompanySettings, User
from calendars.ical import CalendarFile, Happening, feed, uid_of
from calendars.models import Absence
from calendars.rules.clock import local_day
from calendars.rules.spans import Span
from queues.happenings import happening_of, meetings_of
from queues.models import Booking, CalendarFeed

# How far a feed looks back, and how often programs are asked to read it.
KEEP_PAST = timedelta(days=90)
REFRESH = timedelta(hours=1)
# A program that reads every minute writes its last use so seldom.
NOTE_USE_EVERY = timedelta(hours=1)
MOST_EVENTS = 2000
LONGEST_TOKEN = 200


@dataclass(frozen=True)
class FeedContent:
    """What a feed says now, and since when it says just that."""

    file: CalendarFile
    digest: str
    changed_at: datetime


def digest_of(token: str) -> str:
    """Return what is stored of an address's secret part."""
    return hashlib.sha256(token.encode()).hexdigest()


def address_of(token: str) -> str:
    """Return the address at which a calendar program reads the feed."""
    return settings.PUBLIC_URL + reverse("calendar_feed", args=[token])


def live_feeds(*, person: User | None = None, contact_id: int | None = None) -> list[CalendarFeed]:
    """Return the reader's own feeds that are not revoked, the newest first."""
    mine = Q(person=person) if person is not None else Q(contact=contact_id)
    return list(CalendarFeed.objects.filter(mine, revoked_at=None).order_by("-created_at", "-id"))


def feed_at(token: str) -> CalendarFeed | None:
    """Return the feed at this address; nothing once it is revoked or its reader has left."""
    if len(token) > LONGEST_TOKEN:
        return None
    of_person = Q(person__is_active=True)
    of_contact = Q(contact__is_active=True, contact__customer__merged_into=None)
    live = CalendarFeed.objects.filter(of_person | of_contact, token_digest=digest_of(token), revoked_at=None)
    return live.select_related("person", "contact").first()


def note_use(found: CalendarFeed) -> None:
    """Note that the feed was read, at most once an hour."""
    now = timezone.now()
    if found.last_used_at is None or found.last_used_at < now - NOTE_USE_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - NOTE_USE_EVERY)
        CalendarFeed.objects.filter(stale, pk=found.pk).update(last_used_at=now)


def content_of(found: CalendarFeed) -> FeedContent:
    """Return what the feed says; a change since it was read last is noted with its moment, in whole seconds."""
    company = CompanySettings.current().name
    name = f"Hours with {company}" if found.contact_id else f"Hours with customers, {company}"
    file = feed(_happenings(found), name=found.name or name, refresh=REFRESH)
    digest = hashlib.sha256(file.content).hexdigest()
    if digest == found.content_digest and found.content_changed_at is not None:
        return FeedContent(file, digest, found.content_changed_at)
    changed_at = datetime.now(UTC).replace(microsecond=0)
    if found.content_changed_at is not None:
        # Two changes within one second must not share their date: it has no fractions.
        changed_at = max(changed_at, found.content_changed_at + timedelta(seconds=1))
    CalendarFeed.objects.filter(pk=found.pk).update(content_digest=digest, content_changed_at=changed_at)
    return FeedContent(file, digest, changed_at)


def _happenings(found: CalendarFeed) -> list[Happening]:
    since = timezone.now() - KEEP_PAST
    whose = Q(contact=found.contact_id) if found.contact_id else Q(host=found.person_id)
    hours = (
        Booking.objects.filter(whose, ends_at__gte=since)
        .exclude(state=Booking.State.CANCELLED)
        .select_related("queue", "host", "customer", "contact")
        .order_by("starts_at", "id")[:MOST_EVENTS]
    )
    meetings = meetings_of(list(hours))
    happenings = [
        happening_of(hour, meetings[hour.pk], for_host=not found.contact_id, with_people=False) for hour in hours
    ]
    if found.person_id and found.with_absences:
        away = Absence.objects.filter(person=found.person_id, cancelled_at=None, ends_at__gte=since)
        happenings += [_away(absence) for absence in away.order_by("starts_at", "id")[:MOST_EVENTS]]
    return happenings


def _away(absence: Absence) -> Happening:
    """Return the absence without its kind: others may look at the calendar."""
    days = None
    if absence.is_whole_days:
        first = local_day(absence.starts_at, absence.time_zone)
        last = local_day(absence.ends_at - timedelta(seconds=1), absence.time_zone)
        days = (first, last + timedelta(days=1))
    return Happening(
        uid=uid_of(f"absence-{absence.pk}"),
        sequence=0,
        span=Span(absence.starts_at, absence.ends_at),
        summary="Away",
        stamp=absence.created_at,
        created_at=absence.created_at,
        changed_at=absence.created_at,
        days=days,
    )
