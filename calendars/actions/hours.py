"""Working hours: a person's week from a day on, days that differ, and days on which the company is closed."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.actions.portfolios import lock_people
from accounts.models import User
from accounts.rules.errors import Unreadable
from accounts.rules.places import country_code, time_zone_name
from calendars.models import CompanyHoliday, SpecialDay, SpecialPeriod, WorkPattern, WorkPeriod
from calendars.rules.clock import MINUTES_A_DAY, Minutes
from calendars.rules.public_holidays import subdivisions_of
from calendars.rules.weeks import DAYS_A_WEEK
from calendars.rules.words import period_text
from core.errors import Conflict, Invalid
from core.transactions import repeated_transaction

# A slip of the pen is further away than any plan or any history that matters.
FARTHEST = timedelta(days=5 * 366)
MOST_PERIODS_A_DAY = 8
DAY_FIELDS = tuple(label.lower() for label in WorkPeriod.Weekday.labels)


@repeated_transaction
def set_pattern(
    *,
    actor: User | None,
    person: User,
    starts_on: date,
    periods: Iterable[tuple[int, int, int]],
    time_zone: str,
    country: str = "",
    subdivision: str = "",
    today: date | None = None,
) -> WorkPattern:
    """Return how the person works from the day on; what began on the same day is replaced.

    Each period is a weekday (Monday is 0), a start and an end in minutes from midnight. Without any, the person does
    not work from that day on. Raises Invalid with every problem in `problems`.
    """
    person = _staff(person)
    by_day: defaultdict[int, list[Minutes]] = defaultdict(list)
    for weekday, starts, ends in periods:
        by_day[weekday].append((starts, ends))
    problems = [
        *_problem("starts_on", _far_day(starts_on, today)),
        *(
            {"field": DAY_FIELDS[weekday] if 0 <= weekday < DAYS_A_WEEK else None, "message": message}
            for weekday, of_day in sorted(by_day.items())
            if (message := _wrong_day(of_day, weekday))
        ),
    ]
    zone, wrong_zone = _zone(time_zone)
    country, wrong_country = _country(country)
    problems += _problem("time_zone", wrong_zone) + _problem("country", wrong_country)
    if subdivision and subdivision not in subdivisions_of(country):
        problems += _problem("subdivision", "This country has no such state or province.")
    _refuse(problems)
    pattern, _ = WorkPattern.objects.update_or_create(
        person=person,
        starts_on=starts_on,
        defaults={"time_zone": zone, "country": country, "subdivision": subdivision, "created_by": actor},
    )
    pattern.periods.all().delete()
    WorkPeriod.objects.bulk_create(
        WorkPeriod(pattern=pattern, weekday=weekday, starts=starts, ends=ends)
        for weekday, of_day in by_day.items()
        for starts, ends in of_day
    )
    return pattern


@repeated_transaction
def delete_pattern(*, actor: User | None, pattern: WorkPattern) -> None:
    """Delete the hours that begin on a day: those before it hold on."""
    lock_people([pattern.person_id])
    WorkPattern.objects.filter(pk=pattern.pk).delete()


@repeated_transaction
def set_special_day(
    *,
    actor: User | None,
    person: User,
    on: date,
    periods: Iterable[Minutes] = (),
    note: str = "",
    today: date | None = None,
) -> SpecialDay:
    """Return the day on which the person works these minutes whatever the week or a holiday says; none: it is free."""
    person = _staff(person)
    of_day = list(periods)
    _refuse(_problem("on", _far_day(on, today)) + _problem("periods", _wrong_day(of_day)))
    day, _ = SpecialDay.objects.update_or_create(
        person=person, on=on, defaults={"note": note.strip()[:200], "created_by": actor}
    )
    day.periods.all().delete()
    SpecialPeriod.objects.bulk_create(SpecialPeriod(day=day, starts=starts, ends=ends) for starts, ends in of_day)
    return day


@repeated_transaction
def delete_special_day(*, actor: User | None, day: SpecialDay) -> None:
    """Delete the day: the week and the holidays say again what is worked."""
    lock_people([day.person_id])
    SpecialDay.objects.filter(pk=day.pk).delete()


@repeated_transaction
def add_company_holiday(
    *, actor: User | None, on: date, name: str, country: str = "", today: date | None = None
) -> CompanyHoliday:
    """Return the day on which nobody of the company works, or nobody in the country.

    Raises Conflict `holiday_known` where it is there already, Invalid for what can't be.
    """
    country, wrong_country = _country(country)
    _refuse(
        _problem("on", _far_day(on, today))
        + _problem("name", "" if name.strip() else "Say what the day is called.")
        + _problem("country", wrong_country)
    )
    holiday = CompanyHoliday(on=on, name=name.strip()[:120], country=country)
    try:
        with transaction.atomic():
            holiday.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("This day is a holiday there already.", code="holiday_known", field="on") from error
    return holiday


@repeated_transaction
def delete_company_holiday(*, actor: User | None, holiday: CompanyHoliday) -> None:
    """Delete the holiday: people work on that day again."""
    CompanyHoliday.objects.filter(pk=holiday.pk).delete()


def _staff(person: User) -> User:
    found = lock_people([person.pk]).get(person.pk)
    if found is None or found.is_contact:
        raise Invalid("Only staff have working hours.", field="person")
    if not found.is_active:
        raise Invalid(f"{found} has left the company.", code="has_left", field="person")
    return found


def _far_day(day: date, today: date | None) -> str:
    return "" if abs(day - (today or timezone.localdate())) <= FARTHEST else "That is more than five years away."


def _wrong_day(periods: list[Minutes], weekday: int = 0) -> str:
    """Return what is wrong with the periods of a day, in a sentence; empty where nothing is."""
    if not 0 <= weekday < DAYS_A_WEEK:
        return "A week has seven days, from 0 for Monday to 6 for Sunday."
    if len(periods) > MOST_PERIODS_A_DAY:
        return f"At most {MOST_PERIODS_A_DAY} periods a day."
    for starts, ends in periods:
        if not 0 <= starts < MINUTES_A_DAY or not 0 < ends <= MINUTES_A_DAY:
            return "A day goes from 00:00 to 24:00."
        if ends <= starts:
            return (
                f"{period_text((starts, ends))} ends before it begins. "
                "Work across midnight is two periods, one on each day."
            )
    ordered = sorted(periods)
    for one, other in pairwise(ordered):
        if other[0] < one[1]:
            return f"{period_text(one)} and {period_text(other)} overlap."
    return ""


def _zone(name: str) -> tuple[str, str]:
    try:
        return time_zone_name(name), ""
    except Unreadable as error:
        return "", str(error)


def _country(text: str) -> tuple[str, str]:
    if not text:
        return "", ""
    try:
        return country_code(text), ""
    except Unreadable as error:
        return "", str(error)


def _problem(field: str, message: str) -> list[dict[str, str | None]]:
    return [{"field": field, "message": message}] if message else []


def _refuse(problems: list[dict[str, str | None]]) -> None:
    if problems:
        first = problems[0]
        raise Invalid(str(first["message"]), field=first["field"], problems=problems)
