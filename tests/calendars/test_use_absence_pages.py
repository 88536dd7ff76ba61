"""The pages of absences and the team's calendar: what they show to whom, and what they refuse."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Cover, Role, User
from calendars import ledger
from calendars.actions.absences import cancel_absence, enter_absence
from calendars.models import Absence, Commitment
from calendars.rules.spans import Span
from tests.cast import assign, make_customer, make_person

pytestmark = pytest.mark.django_db

Login = Callable[[User], Client]
TODAY = timezone.now().date()
MONDAY = TODAY + timedelta(days=14 - TODAY.weekday())
TYPED: dict[str, Any] = {"kind": "vacation", "first": MONDAY.isoformat(), "last": MONDAY.isoformat()}


def text_of(answer: Any) -> str:
    """Return what the page says, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def booked(host: User, day: date = MONDAY) -> Commitment:
    starts = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
    span = Span(starts, starts + timedelta(hours=1))
    return ledger.take(host=host, span=span, kind=Commitment.Kind.HOUR, title="Hour with Acme")


def enter(person: User, **fields: Any) -> Absence:
    return enter_absence(**{"actor": None, "person": person, "first": MONDAY, "last": MONDAY, **fields})


def test_an_absence_is_entered_and_shows_what_it_lies_upon(cast: SimpleNamespace, login: Login) -> None:
    booked(cast.csm)
    assign(make_customer("Initech", tier="high", renews_on=MONDAY), cast.csm)
    typed = TYPED | {"cover": cast.other_csm.pk, "note": "Lisbon"}
    answer = login(cast.csm).post("/absences/new/", typed, follow=True)
    absence = Absence.objects.get()
    assert answer.redirect_chain[-1][0] == f"/absences/{absence.pk}/"
    assert (absence.person, absence.created_by, absence.cover, absence.note) == (
        cast.csm,
        cast.csm,
        cast.other_csm,
        "Lisbon",
    )
    page = text_of(answer)
    assert "Hour with Acme" in page
    assert "Initech" in page
    assert Cover.objects.get().cover == cast.other_csm
    assert "1 to arrange" in text_of(login(cast.csm).get("/absences/"))


def test_looking_first_enters_nothing(cast: SimpleNamespace, login: Login) -> None:
    booked(cast.csm)
    browser = login(cast.csm)
    assert "Hour with Acme" in text_of(browser.post("/absences/new/", TYPED | {"look": "1"}))
    backwards = browser.post("/absences/new/", TYPED | {"look": "1", "starts": "12:00", "ends": "09:00"})
    assert backwards.status_code == 200
    assert not Absence.objects.exists()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"first": ""}, "This field is required"),
        ({"last": (MONDAY - timedelta(days=1)).isoformat()}, "The last day is before the first."),
        ({"first": "0001-01-01"}, "An absence begins within the past year"),
        ({"first": "9999-12-31", "last": "9999-12-31"}, "An absence begins within the past year"),
        ({"last": "9999-12-31"}, "more than three years"),
        ({"starts": "25:00"}, "is no time of day"),
        ({"starts": "12:00", "ends": "12:00"}, "It ends before it begins."),
        ({"kind": "lunch"}, "Select a valid choice"),
        ({"cover": "1000000"}, "Select a valid choice"),
        ({"cover": "me"}, "Select a valid choice"),
        ({"note": "x" * 301}, "at most 300 characters"),
    ],
)
def test_a_wrong_absence_is_told_and_loses_nothing(
    cast: SimpleNamespace, login: Login, typed: dict[str, Any], told: str
) -> None:
    answer = login(cast.csm).post("/absences/new/", {"note": "Lisbon", **TYPED, **typed})
    assert answer.status_code == 422
    assert told in text_of(answer)
    assert ("x" * 301 if "note" in typed else "Lisbon") in answer.content.decode()
    assert not Absence.objects.exists()


def test_sent_twice_it_is_entered_once_and_said_clearly(cast: SimpleNamespace, login: Login) -> None:
    browser = login(cast.csm)
    assert browser.post("/absences/new/", TYPED).status_code == 302
    again = browser.post("/absences/new/", TYPED)
    assert again.status_code == 422
    assert "is away already on" in text_of(again)
    assert Absence.objects.count() == 1


def test_exact_times_are_shown_with_their_zone(cast: SimpleNamespace, login: Login) -> None:
    cast.csm.time_zone = "Asia/Kathmandu"
    cast.csm.save()
    answer = login(cast.csm).post("/absences/new/", TYPED | {"starts": "14:00", "ends": "00:00"}, follow=True)
    absence = Absence.objects.get()
    assert absence.span == Span(
        datetime(MONDAY.year, MONDAY.month, MONDAY.day, 8, 15, tzinfo=UTC),
        datetime(MONDAY.year, MONDAY.month, MONDAY.day, 18, 15, tzinfo=UTC),
    )
    assert 'value="14:00"' in answer.content.decode()
    assert 'value="00:00"' in answer.content.decode()
    assert "(Kathmandu)" in text_of(login(cast.csm).get("/absences/"))


def test_covers_are_those_of_who_is_away(cast: SimpleNamespace, login: Login) -> None:
    browser = login(cast.administrator)
    own = browser.get("/absences/new/").content.decode().split('name="cover"')[1].split("</select>")[0]
    of_csm = browser.get(f"/absences/new/?person={cast.csm.pk}").content.decode()
    assert "Other Csm" not in own
    assert "Other Csm" in of_csm.split('name="cover"')[1].split("</select>")[0]
    browser.post(f"/absences/new/?person={cast.csm.pk}", TYPED | {"cover": cast.other_csm.pk})
    assert Absence.objects.get().cover == cast.other_csm


def test_a_manager_enters_changes_and_cancels_for_its_people(cast: SimpleNamespace, login: Login) -> None:
    browser = login(cast.manager)
    browser.post(f"/absences/new/?person={cast.csm.pk}", TYPED)
    absence = Absence.objects.get()
    assert (absence.person, absence.created_by) == (cast.csm, cast.manager)
    later = (MONDAY + timedelta(days=2)).isoformat()
    browser.post(f"/absences/{absence.pk}/", TYPED | {"last": later, "kind": "training"})
    absence.refresh_from_db()
    assert (absence.kind, absence.away.last.isoformat()) == ("training", later)
    wrong = browser.post(f"/absences/{absence.pk}/", TYPED | {"last": "2020-01-01"})
    assert wrong.status_code == 422
    browser.post(f"/absences/{absence.pk}/cancel/")
    absence.refresh_from_db()
    assert absence.cancelled_by == cast.manager
    assert "Cancelled" in text_of(browser.get(f"/absences/{absence.pk}/"))
    changed = browser.post(f"/absences/{absence.pk}/", TYPED)
    assert changed.status_code == 422
    assert "cancelled meanwhile" in text_of(changed)


def test_nobody_reaches_the_absences_of_others(cast: SimpleNamespace, login: Login) -> None:
    absence = enter(cast.csm)
    for person in (cast.other_csm, cast.am, cast.specialist):
        browser = login(person)
        assert browser.get(f"/absences/{absence.pk}/").status_code == 404
        assert browser.post(f"/absences/{absence.pk}/cancel/").status_code == 404
        assert browser.post(f"/absences/new/?person={cast.csm.pk}", TYPED).status_code == 404
        assert "Csm" not in text_of(browser.get("/absences/")).replace("Other Csm", "")
    absence.refresh_from_db()
    assert absence.cancelled_at is None
    assert login(cast.nobody).get("/absences/").status_code == 403


def test_the_list_shows_what_is_near_and_what_is_past(cast: SimpleNamespace, login: Login) -> None:
    enter(cast.csm, cover=cast.other_csm, note="near one")
    enter(cast.other_csm)
    enter(cast.csm, first=TODAY + timedelta(days=200), last=TODAY + timedelta(days=200), note="far one")
    enter(cast.csm, first=TODAY - timedelta(days=20), last=TODAY - timedelta(days=19), note="past one")
    cancel_absence(actor=None, absence=enter(cast.manager, note="cancelled one"))
    browser = login(cast.manager)
    now, past, mine = (text_of(browser.get(f"/absences/{query}")) for query in ("", "?when=past", "?whose=mine"))
    assert ("near one" in now, "far one" in now, "past one" in now, "cancelled one" in now) == (
        True,
        False,
        False,
        False,
    )
    assert "Away then as well" in now
    assert ("near one" in past, "past one" in past) == (False, True)
    assert "Nobody is away" in mine
    assert browser.get("/absences/?after=nonsense").status_code == 422


@pytest.mark.parametrize("path", ["/calendar/", "/calendar/?view=weeks", "/calendar/?from=nonsense&team=x&view=?"])
def test_the_calendar_tells_colleagues_that_not_why(cast: SimpleNamespace, login: Login, path: str) -> None:
    enter(cast.am, first=TODAY, last=TODAY + timedelta(days=7), kind="sick", note="secret")
    manager, colleague = (text_of(login(person).get(path)) for person in (cast.manager, cast.csm))
    assert "away: sick leave" in manager
    assert "sick" not in colleague.lower()
    assert "secret" not in colleague
    assert "Away in this time Am" in colleague
    assert "Nobody is away" in text_of(login(cast.other_csm).get(path))


def test_the_calendar_marks_days_in_words(cast: SimpleNamespace, login: Login) -> None:
    cast.csm.country = "US"
    cast.csm.save()
    enter(cast.am, first=date(2026, 12, 7), last=date(2026, 12, 8), ends=12 * 60)
    page = text_of(login(cast.manager).get("/calendar/?from=2026-12-05"))
    assert "December 2026" in page
    for words in ("away: vacation", "away for a part of the day: vacation, 5 h", "Christmas Day", "off", "works, 8 h"):
        assert words in page
    weeks = text_of(login(cast.manager).get("/calendar/?from=2026-12-09&view=weeks"))
    assert "Dec 7, 2026 – Dec 20, 2026" in weeks
    assert login(cast.manager).get("/calendar/?from=9999-12-31").status_code == 200
    assert login(cast.nobody).get("/calendar/").status_code == 403


@pytest.mark.parametrize("path", ["/calendar/", "/absences/"])
def test_lists_take_the_same_queries_however_many_people(cast: SimpleNamespace, login: Login, path: str) -> None:
    browser = login(cast.manager)
    browser.get(path)
    enter(cast.csm, cover=cast.other_csm)
    few = _queries(browser, path)
    for number in range(30):
        person = make_person(f"p{number}@company.example", Role.CSM, team=cast.team)
        enter(person, cover=cast.other_csm)
        booked(person, MONDAY + timedelta(days=1))
    assert _queries(browser, path) == few


def _queries(browser: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(path).status_code == 200
    return len(queries)


def test_my_day_says_for_whom_one_stands_in(cast: SimpleNamespace, login: Login) -> None:
    browser = login(cast.other_csm)
    assert "You stand in" not in text_of(browser.get("/"))
    enter(cast.csm, first=TODAY - timedelta(days=1), last=TODAY + timedelta(days=1), cover=cast.other_csm)
    page = browser.get("/")
    assert "You stand in for Csm until" in text_of(page)
    assert f"/customers/?csm={cast.csm.pk}" in page.content.decode()
    assert "Acme" in text_of(browser.get(f"/customers/?csm={cast.csm.pk}"))


def test_the_portfolio_is_the_covers_to_see_until_the_absence_ends(cast: SimpleNamespace, login: Login) -> None:
    address = f"/portfolio/?person={cast.csm.pk}"
    assert login(cast.other_csm).get(address).status_code == 404
    enter(cast.csm, first=TODAY - timedelta(days=1), last=TODAY + timedelta(days=1), cover=cast.other_csm)
    assert "Acme" in text_of(login(cast.other_csm).get(address))
    Cover.objects.update(starts_at=F("starts_at") - timedelta(days=9), ends_at=F("ends_at") - timedelta(days=9))
    assert login(cast.other_csm).get(address).status_code == 404


def test_a_long_list_goes_on_to_the_next_page(cast: SimpleNamespace, login: Login) -> None:
    for number in range(51):
        day = TODAY + timedelta(days=number + 1)
        enter(cast.csm, first=day, last=day, note=f"number {number}.")
    browser = login(cast.csm)
    first = browser.get("/absences/")
    assert "51 absences" in text_of(first)
    assert "number 50." not in text_of(first)
    following = re.search(r'href="(\?[^"]*after=[^"]+)"', first.content.decode())
    assert following
    last = text_of(browser.get("/absences/" + following[1].replace("&amp;", "&")))
    assert "number 50." in last
    assert "number 49." not in last
