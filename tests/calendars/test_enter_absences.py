"""Absences: what they take in the ledger, what they leave standing, who stands in, and what is refused."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.access import visible_customers
from accounts.actions.people import deactivate_person
from accounts.models import Cover, Role, User
from calendars import ledger
from calendars.actions.absences import cancel_absence, change_absence, enter_absence
from calendars.actions.hours import set_pattern
from calendars.models import Absence, Commitment
from calendars.queries.absences import hits_of, possible_covers, stands_in_for
from calendars.queries.ledger import taken_spans
from calendars.rules.absences import Away, away_as_entered
from calendars.rules.spans import Span, joined, without
from core.errors import Conflict, Invalid
from tests.calendars.conftest import News
from tests.cast import assign, make_customer, make_person

pytestmark = pytest.mark.django_db

TODAY = timezone.now().date()
FIRST = TODAY + timedelta(days=10)
LAST = FIRST + timedelta(days=4)
HOUR = timedelta(hours=1)
Kind = Commitment.Kind


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def hour_at(person: User, day: date, hour: int, kind: str = Kind.HOUR, **fields: Any) -> Commitment:
    return ledger.take(host=person, span=Span(at(day, hour), at(day, hour) + HOUR), kind=kind, **fields)


def enter(person: User, **fields: Any) -> Absence:
    return enter_absence(**{"actor": None, "person": person, "first": FIRST, "last": LAST, **fields})


def in_ledger(person: User, kind: str = Kind.ABSENCE) -> list[Span]:
    rows = Commitment.objects.filter(host=person, active=True, kind=kind).order_by("busy")
    return [ledger.span_of(row) for row in rows]


def test_whole_days_are_those_of_the_persons_zone(cast: SimpleNamespace) -> None:
    cast.csm.time_zone = "Asia/Kolkata"
    cast.csm.save()
    absence = enter(cast.csm)
    whole = Span(at(FIRST, 0) - timedelta(hours=5.5), at(LAST, 18, 30))
    assert Span(absence.starts_at, absence.ends_at) == whole
    assert in_ledger(cast.csm) == [whole]
    assert absence.is_whole_days
    assert absence.time_zone == "Asia/Kolkata"


def test_exact_times_are_those_of_the_patterns_zone(cast: SimpleNamespace) -> None:
    set_pattern(actor=None, person=cast.csm, starts_on=TODAY, periods=[], time_zone="Asia/Kathmandu")
    absence = enter(cast.csm, last=FIRST, starts=600, ends=720)
    assert in_ledger(cast.csm) == [Span(at(FIRST, 4, 15), at(FIRST, 6, 15))]
    assert not absence.is_whole_days


def test_what_is_booked_stays_and_the_absence_takes_its_place_when_it_goes(cast: SimpleNamespace, news: News) -> None:
    booked = hour_at(cast.csm, FIRST, 10, after=timedelta(minutes=15))
    webinar = hour_at(cast.csm, LAST, 9, Kind.WEBINAR)
    hour_at(cast.csm, LAST, 12, Kind.MEETING)
    hour_at(cast.csm, LAST + timedelta(days=1), 9)
    absence = enter(cast.csm)
    whole = Span(absence.starts_at, absence.ends_at)
    assert news.names() == ["entered"]
    assert news.last()["absence"] == absence
    assert news.last()["hit"] == [booked, webinar]
    assert len(in_ledger(cast.csm)) == 4
    ledger.release(booked)
    assert Span(at(FIRST, 0), at(LAST, 9)) in joined(in_ledger(cast.csm))
    for row in Commitment.objects.filter(host=cast.csm, active=True, starts_at__lt=absence.ends_at).exclude(
        kind=Kind.ABSENCE
    ):
        ledger.release(row)
    assert joined(in_ledger(cast.csm)) == [whole]


def test_what_is_only_held_is_given_back(cast: SimpleNamespace, news: News) -> None:
    held = hour_at(cast.csm, FIRST, 10, Kind.HELD, expires_at=timezone.now() + HOUR)
    absence = enter(cast.csm)
    assert joined(in_ledger(cast.csm)) == [Span(absence.starts_at, absence.ends_at)]
    assert news.last()["let_go"] == [held]
    with pytest.raises(Conflict) as refused:
        ledger.change_kind(held, Kind.HOUR)
    assert refused.value.code == "time_taken"


def test_an_hour_is_not_booked_inside_an_absence(cast: SimpleNamespace) -> None:
    enter(cast.csm)
    with pytest.raises(Conflict) as refused:
        hour_at(cast.csm, FIRST, 10)
    assert refused.value.code == "time_taken"
    assert in_ledger(cast.csm, Kind.HOUR) == []


def test_cancelling_frees_the_time_once(cast: SimpleNamespace, news: News) -> None:
    absence = enter(cast.csm, cover=cast.other_csm)
    assert cancel_absence(actor=cast.manager, absence=absence).cancelled_by == cast.manager
    cancel_absence(actor=cast.csm, absence=absence)
    assert news.names() == ["entered", "given back"]
    assert news.last()["freed"] == [Span(absence.starts_at, absence.ends_at)]
    assert in_ledger(cast.csm) == []
    assert not Cover.objects.exists()
    absence.refresh_from_db()
    assert absence.cancelled_by == cast.manager
    enter(cast.csm)


def test_changing_moves_the_ledger_and_tells_what_is_new(cast: SimpleNamespace, news: News) -> None:
    hour_at(cast.csm, FIRST, 10)
    later = hour_at(cast.csm, LAST + timedelta(days=1), 10)
    absence = enter(cast.csm)
    longer = LAST + timedelta(days=2)
    change_absence(actor=None, absence=absence, changes={"first": FIRST + timedelta(days=1), "last": longer})
    assert news.names() == ["entered", "entered", "given back"]
    assert news.told[1][1]["hit"] == [later]
    assert news.last()["freed"] == [Span(at(FIRST, 0), at(FIRST, 0) + 24 * HOUR)]
    busy = joined([*in_ledger(cast.csm), *in_ledger(cast.csm, Kind.HOUR)])
    assert busy == [
        Span(at(FIRST, 10), at(FIRST, 11)),
        Span(at(FIRST, 0) + 24 * HOUR, at(longer, 0) + 24 * HOUR),
    ]


def test_changing_words_alone_tells_nobody(cast: SimpleNamespace, news: News) -> None:
    absence = enter(cast.csm, starts=600)
    rows = list(Commitment.objects.values_list("pk", flat=True))
    changed = change_absence(
        actor=None, absence=absence, changes={"note": "  Lisbon ", "kind": "training", "first": FIRST, "starts": 600}
    )
    assert (changed.note, changed.kind) == ("Lisbon", "training")
    assert news.names() == ["entered"]
    assert list(Commitment.objects.values_list("pk", flat=True)) == rows


def test_days_keep_their_moments_when_the_person_has_moved_since(cast: SimpleNamespace) -> None:
    absence = enter(cast.csm)
    before = (absence.starts_at, absence.ends_at)
    set_pattern(actor=None, person=cast.csm, starts_on=TODAY, periods=[], time_zone="Asia/Kolkata")
    changed = change_absence(actor=None, absence=absence, changes={"first": FIRST, "last": LAST, "note": "x"})
    assert (changed.starts_at, changed.ends_at) == before


def test_a_cancelled_absence_is_not_changed(cast: SimpleNamespace) -> None:
    absence = enter(cast.csm)
    cancel_absence(actor=None, absence=absence)
    with pytest.raises(Conflict) as refused:
        change_absence(actor=None, absence=absence, changes={"note": "x"})
    assert refused.value.code == "cancelled"


def test_overlapping_absences_of_one_person_are_refused(cast: SimpleNamespace) -> None:
    first = enter(cast.csm)
    with pytest.raises(Conflict, match="is away already from") as refused:
        enter(cast.csm, first=LAST, last=LAST + timedelta(days=3))
    assert refused.value.code == "absence_overlaps"
    assert refused.value.details["absence"] == first.pk
    second = enter(cast.csm, first=LAST + timedelta(days=1), last=LAST + timedelta(days=3))
    enter(cast.other_csm)
    with pytest.raises(Conflict):
        change_absence(actor=None, absence=second, changes={"first": LAST})
    with pytest.raises(IntegrityError), transaction.atomic():
        Absence.objects.create(person=cast.csm, starts_at=at(LAST, 1), ends_at=at(LAST, 2), time_zone="UTC")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"last": FIRST - timedelta(days=1)}, "last"),
        ({"last": FIRST, "starts": 600, "ends": 600}, "ends"),
        ({"last": FIRST, "starts": 600, "ends": 540}, "ends"),
        ({"first": TODAY - timedelta(days=400)}, "first"),
        ({"first": TODAY + timedelta(days=2000), "last": TODAY + timedelta(days=2001)}, "first"),
        ({"last": FIRST + timedelta(days=1200)}, "last"),
        ({"kind": "lunch"}, "kind"),
    ],
)
def test_nonsense_is_refused_at_its_field(cast: SimpleNamespace, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        enter(cast.csm, **fields)
    assert refused.value.field == field
    assert not Absence.objects.exists()


def test_who_has_left_or_is_no_staff_has_no_absences(cast: SimpleNamespace) -> None:
    gone = make_person("gone@company.example", Role.CSM, is_active=False)
    for person in (gone, cast.acme_contact.user):
        with pytest.raises(Invalid) as refused:
            enter(person)
        assert refused.value.field == "person"
        with pytest.raises(Invalid) as refused:
            enter(cast.csm, cover=person)
        assert refused.value.field == "cover"
    with pytest.raises(Invalid, match="Somebody else"):
        enter(cast.csm, cover=cast.csm)


def test_the_cover_sees_the_portfolio_while_the_absence_lasts(cast: SimpleNamespace) -> None:
    def sees() -> list[str]:
        # What a person stands in for is read once per user object.
        return sorted(customer.name for customer in visible_customers(User.objects.get(pk=cast.other_csm.pk)))

    absence = enter(cast.csm, first=TODAY - timedelta(days=1), cover=cast.other_csm)
    assert sees() == ["Acme", "Globex"]
    cover = stands_in_for(cast.other_csm)[0]
    assert (cover.person, cover.starts_at, cover.ends_at) == (cast.csm, absence.starts_at, absence.ends_at)
    absence = change_absence(actor=None, absence=absence, changes={"first": FIRST})
    assert sees() == ["Globex"]
    assert Cover.objects.get().starts_at == absence.starts_at
    absence = change_absence(actor=None, absence=absence, changes={"cover": cast.specialist})
    assert Cover.objects.get().cover == cast.specialist
    absence = change_absence(actor=None, absence=absence, changes={"cover": None})
    assert not Cover.objects.exists()
    assert absence.standing_in is None
    assert change_absence(actor=None, absence=absence, changes={"cover": cast.other_csm}).standing_in is not None


def test_nobody_is_covered_by_somebody_who_has_left(cast: SimpleNamespace) -> None:
    absence = enter(cast.csm, cover=cast.other_csm)
    deactivate_person(actor=cast.administrator, person=cast.other_csm, release=True)
    absence.refresh_from_db()
    assert (absence.cover, absence.standing_in) == (None, None)
    assert not Cover.objects.exists()


def test_what_an_absence_hits_is_listed(cast: SimpleNamespace) -> None:
    booked = hour_at(cast.csm, FIRST, 10)
    renewing = make_customer("Renewing", tier="low", renews_on=LAST)
    later = make_customer("Later", tier="low", renews_on=LAST + timedelta(days=1))
    not_mine = make_customer("Not mine", tier="low", renews_on=LAST)
    assign(renewing, cast.csm)
    assign(renewing, cast.csm, Role.AM)
    assign(later, cast.csm)
    assign(not_mine, cast.other_csm)
    absence = enter(cast.csm)
    hits = hits_of(cast.csm.pk, Span(absence.starts_at, absence.ends_at), absence.time_zone)
    assert hits.commitments == [booked]
    assert hits.renewals == [renewing]
    assert not hits.more_renewals
    assert hits


def test_covers_offered_are_colleagues_near(cast: SimpleNamespace) -> None:
    make_person("gone.csm@company.example", Role.CSM, is_active=False)
    groups = dict(possible_covers(cast.csm))
    assert groups == {"Same team": [cast.am, cast.manager], "Same role": [cast.other_csm]}
    assert possible_covers(cast.nobody) == []


def test_the_ledger_holds_an_absence_however_it_was_changed(cast: SimpleNamespace) -> None:
    @given(st.data())
    @settings(max_examples=40, deadline=None)
    def check(data: st.DataObject) -> None:
        hours = st.integers(0, 119)
        with transaction.atomic():
            ledger.lock_hosts([cast.csm.pk])
            absence: Absence | None = None
            booked: list[Commitment] = []
            for _ in range(data.draw(st.integers(1, 12))):
                starts = at(FIRST, 0) + HOUR * data.draw(hours)
                step = data.draw(st.sampled_from(["book", "release", "enter", "change", "cancel"]))
                days = sorted(FIRST + timedelta(days=data.draw(st.integers(0, 5))) for _ in range(2))
                try:
                    if step == "book":
                        booked.append(ledger.take(host=cast.csm, span=Span(starts, starts + HOUR * 2), kind=Kind.HOUR))
                    elif step == "release" and booked:
                        ledger.release(booked.pop(data.draw(st.integers(0, len(booked) - 1))))
                    elif step == "enter" and absence is None:
                        absence = enter(cast.csm, first=days[0], last=days[1])
                    elif step == "change" and absence is not None:
                        absence = change_absence(
                            actor=None, absence=absence, changes={"first": days[0], "last": days[1]}
                        )
                    elif step == "cancel" and absence is not None:
                        cancel_absence(actor=None, absence=absence)
                        absence = None
                except Conflict:
                    # Nothing but an hour that is taken.
                    assert step == "book"
                hours_now = [ledger.span_of(row) for row in booked]
                away = [Span(absence.starts_at, absence.ends_at)] if absence else []
                assert joined(in_ledger(cast.csm)) == without(away, hours_now)
                assert sorted(in_ledger(cast.csm, Kind.HOUR)) == sorted(hours_now)
            transaction.set_rollback(True)

    check()


def test_an_absence_is_shown_as_it_was_entered() -> None:
    for away in (
        Away(FIRST, LAST),
        Away(FIRST, FIRST, 600, 720),
        Away(FIRST, LAST, 600, 1440),
        Away(FIRST, LAST, 0, 1),
    ):
        for zone in ("Asia/Kathmandu", "America/New_York"):
            assert away_as_entered(away.span(zone), zone, is_whole_days=away.is_whole_days) == away


def test_expired_holds_give_way_and_let_an_absence_in(cast: SimpleNamespace) -> None:
    span = Span(at(FIRST, 10), at(FIRST, 11))
    absence = enter(cast.csm)
    ledger.release_absence(absence)
    held = ledger.take(host=cast.csm, span=span, kind=Kind.HELD, expires_at=timezone.now())
    assert taken_spans([cast.csm.pk], span)[cast.csm.pk] == []
    assert ledger.release_expired() == 1
    assert ledger.release_expired() == 0
    held.refresh_from_db()
    assert not held.active
    assert taken_spans([cast.csm.pk], span)[cast.csm.pk] == [("absence", span)]
