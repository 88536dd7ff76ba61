"""Absences: entering, changing and cancelling them; the ledger and whoever stands in follow in the same transaction."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Cover, User
from calendars import ledger, signals
from calendars.models import Absence
from calendars.queries.absences import customers_commitments
from calendars.queries.hours import zone_on
from calendars.rules.absences import Away
from calendars.rules.clock import local_day
from calendars.rules.spans import Span, without
from core.errors import Conflict, Invalid
from core.transactions import repeated_transaction

# Beyond that somebody has left, or the date is a slip of the pen.
LONGEST = timedelta(days=3 * 366)
FARTHEST_BACK = timedelta(days=366)
FARTHEST_AHEAD = timedelta(days=5 * 366)
CHANGEABLE = frozenset({"kind", "first", "last", "starts", "ends", "cover", "note"})


@repeated_transaction
def enter_absence(
    *,
    actor: User | None,
    person: User,
    first: date,
    last: date,
    starts: int | None = None,
    ends: int | None = None,
    kind: str = Absence.Kind.VACATION,
    cover: User | None = None,
    note: str = "",
) -> Absence:
    """Return the absence from the first to the last day in the person's zone, with both.

    `starts` and `ends` are minutes from midnight of the first and the last day; without them whole days are meant.
    What customers have booked meanwhile stays until somebody moves it, what was only held for a booking is given back;
    `signals.absence_entered` tells of both. Raises Conflict `absence_overlaps` where the person is away then already,
    Invalid for what can't be.
    """
    person = _locked(person)
    zone = zone_on(person, first)
    away = Away(first, last, starts, ends)
    absence = Absence(
        person=person,
        kind=kind,
        time_zone=zone,
        is_whole_days=away.is_whole_days,
        cover=cover,
        note=note.strip()[:300],
        created_by=actor,
    )
    absence.starts_at, absence.ends_at = _checked(absence, away)
    _keep_apart(absence)
    _stand_in(absence)
    absence.save(force_insert=True)
    _take(absence, before=None, actor=actor)
    return absence


@repeated_transaction
def change_absence(*, actor: User | None, absence: Absence, changes: dict[str, Any]) -> Absence:
    """Return the absence with these of `CHANGEABLE` changed; raise as `enter_absence` does.

    Higher apps hear of customers' commitments that it did not lie upon before, and of time given back.
    """
    absence = _open(absence)
    foreign = set(changes) - CHANGEABLE
    if foreign:
        raise Invalid("This can't be changed; cancel the absence and enter it again.", field=sorted(foreign)[0])
    before, known = absence.span, absence.away
    away = Away(**{name: changes.get(name, getattr(known, name)) for name in ("first", "last", "starts", "ends")})
    for name in ("kind", "cover", "note"):
        if name in changes:
            setattr(absence, name, changes[name])
    absence.note = absence.note.strip()[:300]
    absence.is_whole_days = away.is_whole_days
    # Days as they were keep their moments, even where the person has moved to another zone since.
    absence.starts_at, absence.ends_at = _checked(absence, away) if away != known else before
    _check_cover(absence)
    _keep_apart(absence)
    _stand_in(absence)
    absence.save()
    if absence.span != before:
        ledger.release_absence(absence)
        _take(absence, before=before, actor=actor)
    return absence


@repeated_transaction
def cancel_absence(*, actor: User | None, absence: Absence) -> Absence:
    """Return the absence, cancelled: its time is free again and nobody stands in. Cancelling twice changes nothing."""
    _locked_row(absence.person_id)
    absence = Absence.objects.select_related("person").get(pk=absence.pk)
    if absence.cancelled_at is not None:
        return absence
    absence.cancelled_at, absence.cancelled_by = timezone.now(), actor
    _stand_in(absence)
    absence.save()
    ledger.release_absence(absence)
    freed = [absence.span]
    signals.absence_given_back.send(sender=Absence, absence=absence, actor=actor, freed=freed)
    return absence


@repeated_transaction
def forget_leaver(*, person: User) -> int:
    """Return how many absences the person was to cover from now on: nobody stands in there any more."""
    now = timezone.now()
    covered = Absence.objects.filter(cover=person, cancelled_at=None, ends_at__gt=now).update(
        cover=None, standing_in=None
    )
    Cover.objects.filter(cover=person, ends_at__gt=now).delete()
    return covered


def _locked(person: User) -> User:
    found = _locked_row(person.pk)
    if found is None or found.is_contact:
        raise Invalid("Only staff have absences.", field="person")
    if not found.is_active:
        raise Invalid(f"{found} has left the company.", code="has_left", field="person")
    return found


def _locked_row(pk: int) -> User | None:
    return ledger.lock_hosts([pk]).get(pk)


def _open(absence: Absence) -> Absence:
    _locked(absence.person)
    found = Absence.objects.select_related("person", "cover", "standing_in").get(pk=absence.pk)
    if found.cancelled_at is not None:
        raise Conflict("This absence was cancelled meanwhile.", code="cancelled")
    return found


def _checked(absence: Absence, away: Away) -> Span:
    """Return the time of the absence; raise Invalid for what can't be."""
    today = local_day(timezone.now(), absence.time_zone)
    if absence.kind not in Absence.Kind.values:
        raise Invalid("There is no such kind of absence.", field="kind")
    if away.last < away.first:
        raise Invalid("The last day is before the first.", field="last", code="ends_before_it_starts")
    if not today - FARTHEST_BACK <= away.first <= today + FARTHEST_AHEAD:
        raise Invalid("An absence begins within the past year or the next five.", field="first", code="too_far")
    if away.last - away.first > LONGEST:
        raise Invalid(
            "That is more than three years. For somebody who has stopped working here, change the working hours.",
            field="last",
            code="too_long",
        )
    _check_cover(absence)
    span = away.span(absence.time_zone)
    if span.ends <= span.starts:
        raise Invalid("It ends before it begins.", field="ends", code="ends_before_it_starts")
    return span


def _check_cover(absence: Absence) -> None:
    cover = absence.cover
    if cover is None:
        return
    if cover.pk == absence.person_id:
        raise Invalid("Somebody else has to stand in.", field="cover", code="covers_itself")
    if cover.is_contact or not cover.is_active:
        raise Invalid(f"{cover} can't stand in: only active colleagues can.", field="cover", code="cannot_cover")


def _keep_apart(absence: Absence) -> None:
    others = Absence.objects.filter(
        person=absence.person_id, cancelled_at=None, starts_at__lt=absence.ends_at, ends_at__gt=absence.starts_at
    ).exclude(pk=absence.pk)
    other = others.order_by("starts_at").first()
    if other is not None:
        raise Conflict(
            f"{absence.person} is away already {_in_words(other)}. Change that absence, or choose other days.",
            code="absence_overlaps",
            field="first",
            absence=other.pk,
        )


def _in_words(absence: Absence) -> str:
    away = absence.away
    if away.first == away.last:
        return f"on {away.first:%-d %B %Y}"
    return f"from {away.first:%-d %B %Y} to {away.last:%-d %B %Y}"


def _stand_in(absence: Absence) -> None:
    """Keep the row by which the cover sees the portfolio in step with the absence, not saved yet."""
    row = absence.standing_in
    if absence.cover is None or absence.cancelled_at is not None:
        absence.standing_in = None
        if row is not None:
            row.delete()
        return
    facts = {"cover": absence.cover, "starts_at": absence.starts_at, "ends_at": absence.ends_at}
    if row is None:
        # Why somebody is away is its own business.
        absence.standing_in = Cover.objects.create(person=absence.person, why="Away", **facts)
        return
    for field, value in facts.items():
        setattr(row, field, value)
    row.save()


def _take(absence: Absence, *, before: Span | None, actor: User | None) -> None:
    """Put the absence into the ledger, and tell what it hits that it did not before."""
    span = absence.span
    let_go = ledger.release_held(absence.person_id, span)
    ledger.take_absence(absence)
    known = [before] if before else []
    hit = [
        commitment
        for commitment in customers_commitments(absence.person_id, span)
        if not any(one.overlaps(Span(commitment.starts_at, commitment.ends_at)) for one in known)
    ]
    if without([span], known):
        signals.absence_entered.send(sender=Absence, absence=absence, actor=actor, hit=hit, let_go=let_go)
    freed = without(known, [span])
    if freed:
        signals.absence_given_back.send(sender=Absence, absence=absence, actor=actor, freed=freed)
