"""When people work: their patterns, the days that differ, public holidays and the company's own, as spans in UTC.

Absences and the ledger are not taken off here. Each function takes the same four queries however many people and days.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Exists, OuterRef

from accounts.models import User
from calendars.models import CompanyHoliday, SpecialDay, WorkPattern
from calendars.rules.clock import Minutes, period_spans
from calendars.rules.public_holidays import holidays_between
from calendars.rules.spans import Span, joined, without
from calendars.rules.weeks import ONE_DAY, USUAL_WEEK, Day, Rhythm, day_of, days_between, week_of, worked_days

Days = dict[date, list[Span]]


@dataclass
class Timetable:
    """How a person works over some days: rhythms with the day from which each holds, in order, and special days."""

    rhythms: list[tuple[date, Rhythm]]
    special: dict[date, Day] = field(default_factory=dict)

    def rhythm_on(self, day: date) -> Rhythm:
        """Return the rhythm that holds on the day."""
        return next((rhythm for starts_on, rhythm in reversed(self.rhythms) if starts_on <= day), self.rhythms[0][1])

    def runs(self, first: date, last: date) -> list[tuple[Rhythm, date, date]]:
        """Return which rhythm holds from which day to which, in order."""
        ends = [starts_on - ONE_DAY for starts_on, _ in self.rhythms[1:]] + [last]
        runs = [
            (rhythm, max(first, starts_on), min(last, end))
            for (starts_on, rhythm), end in zip(self.rhythms, ends, strict=True)
        ]
        return [run for run in runs if run[1] <= run[2]]


def working_spans(people_ids: Iterable[int], first: date, last: date) -> dict[int, list[Span]]:
    """Return what each person works from its local day `first` to its local day `last`, both included.

    The spans are in order and neither overlap nor touch. Somebody without a pattern works the usual week
    (`calendars.rules.weeks.USUAL_WEEK`); deactivated people, contacts and unknown ids have no hours.
    """
    return {
        person: joined(span for spans in days.values() for span in spans)
        for person, days in working_days(people_ids, first, last).items()
    }


def working_days(
    people_ids: Iterable[int], first: date, last: date, *, tables: dict[int, Timetable] | None = None
) -> dict[int, Days]:
    """Return the same by local day; a day on which nothing is worked has an empty list.

    Who has the people's timetables of these days already gives them: only company holidays are read then.
    """
    ids = list(dict.fromkeys(people_ids))
    tables = timetables(ids, first, last) if tables is None else tables
    closed = _Closed(first, last)
    runs: dict[tuple[Rhythm, date, date], Days] = {}
    result: dict[int, Days] = {}
    for person in ids:
        table = tables.get(person)
        if table is None:
            result[person] = {day: [] for day in days_between(first, last)}
            continue
        days: Days = {}
        holding = table.runs(first, last)
        for run in holding:
            if run not in runs:
                runs[run] = worked_days(*run, closed.days(run[0]))
            days.update({day: list(spans) for day, spans in runs[run].items()})
        _put_special(days, table)
        # Only where the clock itself is changed for another can two days reach into one another.
        if len({rhythm.zone for rhythm, _, _ in holding}) > 1:
            _take_apart(days)
        result[person] = days
    return result


def timetables(people_ids: Iterable[int], first: date, last: date) -> dict[int, Timetable]:
    """Return how each active member of staff works from one local day to another."""
    ids = list(people_ids)
    staff = User.objects.filter(pk__in=ids, is_active=True, kind=User.Kind.STAFF)
    tables = {
        pk: Timetable([(date.min, Rhythm(USUAL_WEEK, zone, country))])
        for pk, zone, country in staff.values_list("pk", "time_zone", "country")
    }
    for person, starts_on, rhythm in _patterns(ids, first, last):
        if person in tables:
            tables[person].rhythms.append((starts_on, rhythm))
    for person, on, periods in _special_days(ids, first, last):
        if person in tables:
            tables[person].special[on] = periods
    return tables


def free_days(people_ids: Iterable[int], first: date, last: date) -> dict[int, dict[date, str]]:
    """Return the names of each person's public and company holidays by date, weekends too; four queries."""
    closed = _Closed(first, last)
    return {
        person: {
            day: name
            for rhythm, starts, ends in table.runs(first, last)
            for day, name in closed.days(rhythm).items()
            if starts <= day <= ends
        }
        for person, table in timetables(people_ids, first, last).items()
    }


def rhythm_on(person: User, day: date) -> Rhythm:
    """Return how the person works on the day; of somebody who has left, how it would."""
    table = timetables([person.pk], day, day).get(person.pk)
    return table.rhythm_on(day) if table else Rhythm(USUAL_WEEK, person.time_zone, person.country)


def zone_on(person: User, day: date) -> str:
    """Return the zone of the person's clock on the day."""
    return rhythm_on(person, day).zone


def _patterns(ids: list[int], first: date, last: date) -> list[tuple[int, date, Rhythm]]:
    """Return the patterns that hold on any of the days, the earliest first."""
    superseded = WorkPattern.objects.filter(
        person=OuterRef("person"), starts_on__gt=OuterRef("starts_on"), starts_on__lte=first
    )
    rows = (
        WorkPattern.objects.filter(~Exists(superseded), person__in=ids, starts_on__lte=last)
        .order_by("starts_on", "pk")
        .values_list(
            "pk",
            "person_id",
            "starts_on",
            "time_zone",
            "country",
            "subdivision",
            "periods__weekday",
            "periods__starts",
            "periods__ends",
        )
    )
    heads: dict[int, tuple[int, date, str, str, str]] = {}
    periods: defaultdict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for pk, person, starts_on, zone, country, subdivision, weekday, starts, ends in rows:
        heads[pk] = (person, starts_on, zone, country, subdivision)
        if weekday is not None:
            periods[pk].append((weekday, starts, ends))
    return [
        (person, starts_on, Rhythm(week_of(periods[pk]), zone, country, subdivision))
        for pk, (person, starts_on, zone, country, subdivision) in heads.items()
    ]


def _special_days(ids: list[int], first: date, last: date) -> list[tuple[int, date, Day]]:
    rows = SpecialDay.objects.filter(person__in=ids, on__range=(first, last)).values_list(
        "person_id", "on", "periods__starts", "periods__ends"
    )
    days: defaultdict[tuple[int, date], list[Minutes]] = defaultdict(list)
    for person, on, starts, ends in rows:
        periods = days[(person, on)]
        if starts is not None:
            periods.append((starts, ends))
    return [(person, on, day_of(periods)) for (person, on), periods in days.items()]


class _Closed:
    """The days on which nobody of a rhythm works, by name: public holidays and the company's own."""

    def __init__(self, first: date, last: date) -> None:
        self.first, self.last = first, last
        self.companys: defaultdict[str, dict[date, str]] = defaultdict(dict)
        rows = CompanyHoliday.objects.filter(on__range=(first, last))
        for on, country, name in rows.values_list("on", "country", "name"):
            self.companys[country][on] = name

    def days(self, rhythm: Rhythm) -> dict[date, str]:
        public = holidays_between(rhythm.country, rhythm.subdivision, self.first, self.last)
        own = self.companys[rhythm.country] if rhythm.country else {}
        return {**public, **self.companys[""], **own}


def _put_special(days: Days, table: Timetable) -> None:
    for day, periods in table.special.items():
        days[day] = period_spans(day, periods, table.rhythm_on(day).zone)


def _take_apart(days: Days) -> None:
    """Count time once where a person's days overlap, because it moved to another zone."""
    before: list[Span] = []
    for day, spans in days.items():
        days[day] = without(spans, before)
        before = spans
