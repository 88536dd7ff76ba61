"""The only way into the ledger: take a time for a host, change it, give it back.

Whoever writes holds the lock on the host's row (`lock_hosts`), taken after the customer's where there is one, so that
two who want the same hour meet at the lock and not inside the exclusion constraint, where they would deadlock. Taking
leaves the lock to the caller, who has decided under it what to take; giving back takes it here.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from psycopg2.extras import DateTimeTZRange

from accounts.models import User
from calendars.models import Absence, Commitment
from calendars.rules.spans import Span, without
from core.errors import Conflict

NOTHING = timedelta(0)


def lock_hosts(ids: Iterable[int]) -> dict[int, User]:
    """Return the people by id, locked in order of id until the transaction ends."""
    people = User.objects.select_for_update(no_key=True).filter(pk__in=sorted(set(ids))).order_by("pk")
    return {person.pk: person for person in people}


def take(
    *,
    host: User,
    span: Span,
    kind: str,
    title: str = "",
    before: timedelta = NOTHING,
    after: timedelta = NOTHING,
    expires_at: datetime | None = None,
    actor: User | None = None,
) -> Commitment:
    """Return the commitment that now takes the host's time, buffers included; the host is locked already.

    Raises Conflict `time_taken` where the host is committed to something else then. Held times that have expired give
    way.
    """
    busy = span.widened(before, after)
    release_expired(host_ids=[host.pk])
    row = Commitment(
        host=host,
        kind=kind,
        title=title[:200],
        starts_at=span.starts,
        ends_at=span.ends,
        busy=as_range(busy),
        expires_at=expires_at,
        created_by=actor,
    )
    _insert([row])
    return row


def change_kind(commitment: Commitment, kind: str, *, title: str = "") -> Commitment:
    """Return the commitment that was held and now stands for good; it keeps its time. The host is locked already.

    Raises Conflict `time_taken` where it was given back meanwhile, since its time may be somebody else's now.
    """
    changes = {"kind": kind, "title": title[:200], "expires_at": None}
    if not Commitment.objects.filter(pk=commitment.pk, active=True).update(**changes):
        raise Conflict("This time is no longer held.", code="time_taken")
    for field, value in changes.items():
        setattr(commitment, field, value)
    return commitment


def release(commitment: Commitment) -> None:
    """Give the time back; an absence that had to make room for it takes it."""
    lock_hosts([commitment.host_id])
    released = Commitment.objects.filter(pk=commitment.pk, active=True).update(active=False, released_at=timezone.now())
    commitment.active = False
    if released:
        _fill_absences(commitment.host_id, span_of(commitment))


def release_expired(*, host_ids: Iterable[int] | None = None, at: datetime | None = None) -> int:
    """Return how many held times were given back because they have expired."""
    now = at or timezone.now()
    expired = Commitment.objects.filter(kind=Commitment.Kind.HELD, active=True, expires_at__lte=now)
    if host_ids is not None:
        expired = expired.filter(host__in=list(host_ids))
    hosts = set(expired.values_list("host_id", flat=True))
    if not hosts:
        return 0
    lock_hosts(hosts)
    # Read again under the lock: what somebody booked meanwhile is held no longer.
    return len(_give_back(list(expired.filter(host__in=hosts)), now))


def release_held(host_id: int, window: Span) -> list[Commitment]:
    """Return the held times that touch the window and were given back, expired or not; the host is locked already."""
    held = Commitment.objects.filter(
        host=host_id, kind=Commitment.Kind.HELD, active=True, busy__overlap=as_range(window)
    )
    return _give_back(list(held.order_by("starts_at")), timezone.now())


def take_absence(absence: Absence) -> list[Commitment]:
    """Return the commitments that hold the absence, around what the host is committed to already; host locked.

    What was booked before stays booked until somebody moves it, and then the absence takes its place.
    """
    whole = Span(absence.starts_at, absence.ends_at)
    rows = [_absence_row(absence, span) for span in without([whole], busy_spans(absence.person_id, whole))]
    _insert(rows)
    return rows


def release_absence(absence: Absence) -> int:
    """Return how many commitments of the absence were given back."""
    lock_hosts([absence.person_id])
    rows = Commitment.objects.filter(absence=absence, active=True)
    return rows.update(active=False, released_at=timezone.now())


def busy_spans(host_id: int, window: Span) -> list[Span]:
    """Return the host's taken time that touches the window, buffers included."""
    rows = Commitment.objects.filter(host=host_id, active=True, busy__overlap=as_range(window)).only("busy")
    return [span_of(row) for row in rows]


def span_of(commitment: Commitment) -> Span:
    """Return the time it takes, buffers included."""
    busy: Any = commitment.busy
    return Span(busy.lower, busy.upper)


def as_range(span: Span) -> DateTimeTZRange:
    """Return the span as the database's range."""
    return DateTimeTZRange(span.starts, span.ends, "[)")


def _give_back(rows: list[Commitment], at: datetime) -> list[Commitment]:
    Commitment.objects.filter(pk__in=[row.pk for row in rows], active=True).update(active=False, released_at=at)
    for row in rows:
        row.active = False
        _fill_absences(row.host_id, span_of(row))
    return rows


def _fill_absences(host_id: int, freed: Span) -> None:
    absences = Absence.objects.filter(
        person=host_id, cancelled_at=None, starts_at__lt=freed.ends, ends_at__gt=freed.starts
    ).order_by("pk")
    for absence in absences:
        part = Span(max(freed.starts, absence.starts_at), min(freed.ends, absence.ends_at))
        _insert([_absence_row(absence, span) for span in without([part], busy_spans(host_id, part))])


def _absence_row(absence: Absence, span: Span) -> Commitment:
    return Commitment(
        host_id=absence.person_id,
        kind=Commitment.Kind.ABSENCE,
        title=absence.get_kind_display(),
        starts_at=span.starts,
        ends_at=span.ends,
        busy=as_range(span),
        absence=absence,
        created_by=absence.created_by,
    )


def _insert(rows: list[Commitment]) -> None:
    try:
        with transaction.atomic():
            Commitment.objects.bulk_create(rows)
    except IntegrityError as error:
        if "commitment_nobody_is_in_two_places" not in str(error):
            raise
        raise Conflict("Something else is in the calendar at that time.", code="time_taken") from error
