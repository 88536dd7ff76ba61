"""The page of working hours: one's own, those of one's people, without JavaScript, and what it refuses."""

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from calendars.actions.hours import add_company_holiday, set_pattern, set_special_day
from calendars.models import CompanyHoliday, SpecialDay, SpecialPeriod, WorkPattern, WorkPeriod

pytestmark = pytest.mark.django_db

Login = Callable[[User], Client]
TODAY = timezone.now().date()
WEEK: dict[str, Any] = {
    "starts_on": TODAY.isoformat(),
    "time_zone": "Europe/Berlin",
    "country": "DE",
    "subdivision": "BY",
    "monday-from": ["09:00", "13:00", ""],
    "monday-to": ["12:00", "00:00", ""],
    "friday-from": "08:00",
    "friday-to": "12:30",
}


def periods() -> list[tuple[int, int, int]]:
    return list(WorkPeriod.objects.order_by("weekday", "starts").values_list("weekday", "starts", "ends"))


def test_a_week_is_saved_as_it_was_typed(cast: SimpleNamespace, login: Login) -> None:
    answer = login(cast.csm).post("/hours/", WEEK, follow=True)
    pattern = WorkPattern.objects.get()
    assert (pattern.person, pattern.starts_on, pattern.created_by) == (cast.csm, TODAY, cast.csm)
    assert (pattern.time_zone, pattern.country, pattern.subdivision) == ("Europe/Berlin", "DE", "BY")
    assert periods() == [(0, 540, 720), (0, 780, 1440), (4, 480, 750)]
    page = answer.content.decode()
    assert "Mon 09:00–12:00, 13:00–24:00" in page
    assert "18 h 30 m a week" in page
    assert "Epiphany" in page


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"monday-from": ["09:00", "11:00"], "monday-to": ["12:00", "14:00"]}, "09:00–12:00 and 11:00–14:00 overlap."),
        ({"monday-from": "12:00", "monday-to": "09:00"}, "12:00–09:00 ends before it begins."),
        ({"monday-from": "12:00", "monday-to": ""}, "Fill in both times of a row"),
        ({"monday-from": "noon", "monday-to": "13:00"}, "“noon” is no time of day"),
        ({"monday-from": "25:00", "monday-to": "26:00"}, "“25:00” is no time of day"),
        ({"monday-from": "09:75", "monday-to": "26:00"}, "“09:75” is no time of day"),
        ({"starts_on": ""}, "This field is required"),
        ({"starts_on": "1926-01-01"}, "more than five years"),
        ({"starts_on": "tomorrow"}, "Enter a valid date"),
        ({"time_zone": "Mars/Olympus"}, "Select a valid choice"),
        ({"subdivision": "CA"}, "Select a valid choice"),
    ],
)
def test_a_wrong_week_is_told_and_loses_nothing(
    cast: SimpleNamespace, login: Login, typed: dict[str, Any], told: str
) -> None:
    answer = login(cast.csm).post("/hours/", WEEK | typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert told in page
    assert 'value="08:00"' in page
    assert not WorkPattern.objects.exists()


def test_rows_come_and_go_without_javascript_and_nothing_is_saved(cast: SimpleNamespace, login: Login) -> None:
    browser = login(cast.csm)
    typed = WEEK | {"sunday-from": "10:00", "sunday-to": "noon"}

    def rows(step: str, day: str) -> int:
        answer = browser.post("/hours/", typed | {"step": step})
        page = answer.content.decode()
        assert answer.status_code == 200
        # What can't be read yet stays as it was typed.
        assert 'value="noon"' in page
        return page.count(f'name="{day}-from"')

    assert [rows("look", day) for day in ("monday", "tuesday")] == [3, 0]
    assert rows("add:tuesday", "tuesday") == 1
    assert rows("remove:monday:0", "monday") == 2
    for none in ("99", "²", "-1", "9" * 5000):
        assert rows(f"remove:monday:{none}", "monday") == 3
    assert rows("copy", "thursday") == 3
    assert rows("add:nothing", "monday") == 3
    assert not WorkPattern.objects.exists()


def test_htmx_gets_the_form_alone(cast: SimpleNamespace, login: Login) -> None:
    answer = login(cast.csm).post("/hours/", WEEK | {"step": "add:tuesday"}, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert page.lstrip().startswith("<form")
    assert "autofocus" in page.split('name="tuesday-from"')[1].split(">")[0]


def test_the_holidays_shown_are_those_of_the_place_chosen(cast: SimpleNamespace, login: Login) -> None:
    add_company_holiday(actor=None, on=TODAY + timedelta(days=1), name="Company day")
    browser = login(cast.csm)
    bavaria = browser.post("/hours/", WEEK | {"step": "look"}).content.decode()
    assert "Epiphany" in bavaria
    assert "Company day" in bavaria
    nowhere = browser.post("/hours/", WEEK | {"country": "", "step": "look"}).content.decode()
    assert "Epiphany" not in nowhere
    assert "Without a country" in nowhere
    # A subdivision of the country before is forgotten, not an error.
    us = browser.post("/hours/", WEEK | {"country": "US", "step": "look"}).content.decode()
    assert "Thanksgiving" in us
    assert "California (CA)" in us
    unknown = browser.post("/hours/", WEEK | {"country": "AQ", "step": "look"})
    assert unknown.status_code == 200


def test_a_manager_sets_the_hours_of_its_people(cast: SimpleNamespace, login: Login) -> None:
    browser = login(cast.manager)
    assert browser.get(f"/hours/?person={cast.csm.pk}").headers["Location"] == f"/hours/people/{cast.csm.pk}/"
    assert browser.post(f"/hours/people/{cast.csm.pk}/", WEEK).status_code == 302
    assert WorkPattern.objects.get().person == cast.csm
    assert browser.post(f"/hours/people/{cast.other_csm.pk}/", WEEK).status_code == 404
    assert login(cast.csm).get(f"/hours/people/{cast.manager.pk}/").status_code == 404
    assert WorkPattern.objects.count() == 1


def test_an_empty_week_says_that_nothing_is_worked(cast: SimpleNamespace, login: Login) -> None:
    typed = {name: WEEK[name] for name in ("starts_on", "time_zone")}
    page = login(cast.csm).post("/hours/", typed, follow=True).content.decode()
    assert "No hours are worked from" in page
    assert periods() == []


def test_a_week_is_taken_away_by_who_may(cast: SimpleNamespace, login: Login) -> None:
    pattern = set_pattern(
        actor=None, person=cast.csm, starts_on=date(2026, 1, 1), periods=[(0, 540, 720)], time_zone="UTC"
    )
    assert login(cast.other_csm).post(f"/hours/weeks/{pattern.pk}/delete/").status_code == 404
    assert login(cast.manager).get(f"/hours/weeks/{pattern.pk}/delete/").status_code == 405
    page = login(cast.csm).post(f"/hours/weeks/{pattern.pk}/delete/", follow=True).content.decode()
    assert not WorkPattern.objects.exists()
    assert "Nobody has set a week here" in page


def test_a_day_that_differs_comes_and_goes(cast: SimpleNamespace, login: Login) -> None:
    browser = login(cast.csm)
    path = f"/hours/people/{cast.csm.pk}/day/"
    day = TODAY + timedelta(days=3)
    typed: dict[str, Any] = {"on": day.isoformat(), "periods-from": "10:00", "periods-to": "12:00", "note": "Fair"}
    assert "A day that differs" in browser.get(path, headers={"HX-Request": "true"}).content.decode()
    more = browser.post(path, typed | {"step": "add:periods"}).content.decode()
    assert more.count('name="periods-from"') == 2
    less = browser.post(path, typed | {"step": "remove:periods:0"}).content.decode()
    assert 'value="Fair"' in less
    assert 'name="periods-from"' not in less
    wrong = browser.post(path, typed | {"periods-to": "09:00"})
    assert wrong.status_code == 422
    assert "ends before it begins" in wrong.content.decode()
    assert not SpecialDay.objects.exists()
    assert "10:00–12:00" in browser.post(path, typed, follow=True).content.decode()
    assert SpecialPeriod.objects.get().day.on == day
    told = browser.post(path, {"on": day.isoformat()}, headers={"HX-Request": "true"})
    assert told.headers["HX-Redirect"] == "/hours/"
    assert not SpecialPeriod.objects.exists()
    kept = SpecialDay.objects.get()
    assert login(cast.other_csm).post(f"/hours/days/{kept.pk}/delete/").status_code == 404
    browser.post(f"/hours/days/{kept.pk}/delete/")
    assert not SpecialDay.objects.exists()


def test_an_administrator_keeps_the_companys_holidays(cast: SimpleNamespace, login: Login) -> None:
    browser = login(cast.administrator)
    typed = {"on": "2026-12-23", "name": "Company day", "country": ""}
    assert "Company day" in browser.post("/settings/holidays/", typed, follow=True).content.decode()
    again = browser.post("/settings/holidays/", typed)
    assert again.status_code == 422
    assert "holiday there already" in again.content.decode()
    for wrong in ({"on": ""}, {"name": " "}, {"on": "1926-01-01"}, {"country": "XX"}):
        assert browser.post("/settings/holidays/", typed | wrong).status_code == 422
    assert login(cast.manager).post("/settings/holidays/", typed).status_code == 403
    holiday = CompanyHoliday.objects.get()
    browser.post(f"/settings/holidays/{holiday.pk}/delete/")
    assert not CompanyHoliday.objects.exists()


def test_the_page_takes_the_same_queries_however_much_is_kept(cast: SimpleNamespace, login: Login) -> None:
    browser = login(cast.csm)
    browser.get("/hours/")
    counted = []
    for numbers in (range(1), range(1, 20)):
        for number in numbers:
            day = TODAY + timedelta(days=number)
            set_pattern(actor=None, person=cast.csm, starts_on=day, periods=[(0, 540, 720)], time_zone="UTC")
            set_special_day(actor=None, person=cast.csm, on=day, periods=[(540, 720)])
        with CaptureQueriesContext(connection) as queries:
            assert browser.get("/hours/").status_code == 200
        counted.append(len(queries))
    assert counted[0] == counted[1]
