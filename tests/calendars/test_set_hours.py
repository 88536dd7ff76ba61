"""Working hours, days that differ and company holidays: what is kept and what is refused."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from calendars.actions import hours as actions
from calendars.models import CompanyHoliday, SpecialDay, WorkPattern, WorkPeriod
from calendars.queries.hours import rhythm_on, zone_on
from calendars.rules.weeks import USUAL_WEEK
from core.errors import Conflict, Invalid
from tests.cast import make_person

pytestmark = pytest.mark.django_db

TODAY = timezone.now().date()
MORNINGS = [(weekday, 540, 720) for weekday in range(5)]


def set_pattern(person: User, **fields: Any) -> WorkPattern:
    given = {"actor": None, "person": person, "starts_on": TODAY, "periods": MORNINGS, "time_zone": "Europe/Berlin"}
    return actions.set_pattern(**{**given, **fields})


def test_a_pattern_set_again_on_its_day_is_replaced(cast: SimpleNamespace) -> None:
    first = set_pattern(cast.csm, country="DE", subdivision="BY")
    second = set_pattern(cast.csm, periods=[(6, 0, 1440)], time_zone="asia/kolkata")
    assert first.pk == second.pk
    assert (second.time_zone, second.country, second.subdivision) == ("Asia/Kolkata", "", "")
    assert list(WorkPeriod.objects.values_list("weekday", "starts", "ends")) == [(6, 0, 1440)]
    assert rhythm_on(cast.csm, TODAY).week[6] == ((0, 1440),)
    assert rhythm_on(cast.csm, TODAY - timedelta(days=1)).week == USUAL_WEEK
    assert zone_on(cast.csm, TODAY) == "Asia/Kolkata"


def test_a_pattern_taken_away_lets_the_one_before_hold_on(cast: SimpleNamespace) -> None:
    set_pattern(cast.csm, starts_on=TODAY - timedelta(days=30))
    later = set_pattern(cast.csm, periods=[])
    assert rhythm_on(cast.csm, TODAY).week == ((),) * 7
    actions.delete_pattern(actor=None, pattern=later)
    assert rhythm_on(cast.csm, TODAY).week[0] == ((540, 720),)


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"periods": [(0, 540, 720), (0, 700, 800)]}, "monday", "09:00–12:00 and 11:40–13:20 overlap."),
        ({"periods": [(0, 540, 720), (0, 540, 720)]}, "monday", "09:00–12:00 and 09:00–12:00 overlap."),
        ({"periods": [(4, 720, 540)]}, "friday", "12:00–09:00 ends before it begins."),
        ({"periods": [(4, 720, 720)]}, "friday", "12:00–12:00 ends before it begins."),
        ({"periods": [(4, 0, 1441)]}, "friday", "A day goes from 00:00 to 24:00."),
        ({"periods": [(4, -5, 60)]}, "friday", "A day goes from 00:00 to 24:00."),
        ({"periods": [(7, 0, 60)]}, None, "A week has seven days"),
        ({"periods": [(1, n * 60, n * 60 + 30) for n in range(9)]}, "tuesday", "At most 8 periods a day."),
        ({"time_zone": "Mars/Olympus"}, "time_zone", "is not a time zone"),
        ({"time_zone": ""}, "time_zone", "is not a time zone"),
        ({"country": "Atlantis"}, "country", "is not a country"),
        ({"country": "DE", "subdivision": "CA"}, "subdivision", "no such state"),
        ({"subdivision": "BY"}, "subdivision", "no such state"),
        ({"starts_on": date(1926, 1, 1)}, "starts_on", "more than five years"),
        ({"starts_on": date(9999, 12, 31)}, "starts_on", "more than five years"),
    ],
)
def test_nonsense_is_refused_in_a_sentence(
    cast: SimpleNamespace, fields: dict[str, Any], field: str | None, message: str
) -> None:
    with pytest.raises(Invalid) as refused:
        set_pattern(cast.csm, **fields)
    problems = refused.value.details["problems"]
    assert [problem["field"] for problem in problems] == [field]
    assert message in problems[0]["message"]
    assert not WorkPattern.objects.exists()


def test_every_problem_is_told_at_once(cast: SimpleNamespace) -> None:
    with pytest.raises(Invalid) as refused:
        set_pattern(cast.csm, periods=[(0, 60, 0), (2, 60, 0)], time_zone="x", starts_on=date(1900, 1, 1))
    assert [problem["field"] for problem in refused.value.details["problems"]] == [
        "starts_on",
        "monday",
        "wednesday",
        "time_zone",
    ]


def test_a_special_day_is_replaced_and_taken_away(cast: SimpleNamespace) -> None:
    actions.set_special_day(actor=None, person=cast.csm, on=TODAY, periods=[(540, 600)], note=" Fair ")
    day = actions.set_special_day(actor=None, person=cast.csm, on=TODAY, periods=[(0, 60), (60, 1440)])
    assert (SpecialDay.objects.get().note, day.periods.count()) == ("", 2)
    actions.delete_special_day(actor=None, day=day)
    assert not SpecialDay.objects.exists()
    wrong: list[dict[str, Any]] = [{"periods": [(5, 4)]}, {"on": date(1900, 1, 1)}]
    for fields in wrong:
        with pytest.raises(Invalid):
            actions.set_special_day(**{"actor": None, "person": cast.csm, "on": TODAY, **fields})
    assert not SpecialDay.objects.exists()


def test_a_company_holiday_is_there_once(cast: SimpleNamespace) -> None:
    holiday = actions.add_company_holiday(actor=None, on=TODAY, name=" Party ")
    actions.add_company_holiday(actor=None, on=TODAY, name="Party in Berlin", country="germany")
    assert list(CompanyHoliday.objects.values_list("name", "country").order_by("pk")) == [
        ("Party", ""),
        ("Party in Berlin", "DE"),
    ]
    with pytest.raises(Conflict) as refused:
        actions.add_company_holiday(actor=None, on=TODAY, name="Again")
    assert refused.value.code == "holiday_known"
    wrong: list[dict[str, Any]] = [{"name": "  "}, {"country": "Atlantis"}, {"on": date(1900, 1, 1)}]
    for fields in wrong:
        with pytest.raises(Invalid):
            actions.add_company_holiday(**{"actor": None, "on": TODAY + timedelta(days=1), "name": "X", **fields})
    actions.delete_company_holiday(actor=None, holiday=holiday)
    assert CompanyHoliday.objects.count() == 1


def test_who_has_left_or_is_no_staff_has_no_hours(cast: SimpleNamespace) -> None:
    gone = make_person("gone@company.example", is_active=False)
    for person in (gone, cast.acme_contact.user):
        with pytest.raises(Invalid) as refused:
            set_pattern(person)
        assert refused.value.field == "person"
