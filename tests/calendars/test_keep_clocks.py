"""Wall clocks and spans: what a local time means on days when clocks change, against a stop-watch."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calendars.rules import spans as arithmetic
from calendars.rules.clock import day_span, local_day, moment, monday_of, period_spans, zone_of
from calendars.rules.public_holidays import holidays_between, holidays_in_year, known_countries
from calendars.rules.spans import MINUTE, Span
from calendars.rules.weeks import USUAL_WEEK, Rhythm, day_of, days_between, week_of, worked_days

ZONES = (
    "America/New_York",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
)
# Clocks that change at midnight, by which the day begins late or ends twice.
MIDNIGHT_ZONES = ("America/Havana", "America/Nuuk", "Asia/Beirut", "America/Santiago")
FIRST_YEAR, LAST_YEAR = 2024, 2029
ONE_DAY = timedelta(days=1)
# For zones whose clocks never change.
QUIET_DAYS = (date(2026, 3, 28), date(2026, 12, 31))


@cache
def transitions(zone: str) -> tuple[date, ...]:
    """Return the local dates around which the zone's clock changes, found hour by hour."""
    tz, at = ZoneInfo(zone), datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    days = []
    while at.year <= LAST_YEAR:
        after = at + timedelta(hours=1)
        if at.astimezone(tz).utcoffset() != after.astimezone(tz).utcoffset():
            days.append(at.astimezone(tz).date())
        at = after
    return tuple(days)


def minutes_on_the_wall(day: date, zone: str) -> list[tuple[datetime, int]]:
    """Return each minute of UTC at which the zone's clock shows this date, and the minute of the day that it shows."""
    tz = ZoneInfo(zone)
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=16)
    shown = []
    for _ in range(56 * 60):
        wall = at.astimezone(tz)
        if wall.date() == day:
            shown.append((at, wall.hour * 60 + wall.minute))
        at += MINUTE
    return shown


def ahead(wall: datetime) -> timedelta:
    """Return how far the clock is ahead of UTC."""
    return wall.utcoffset() or timedelta(0)


def stop_watch(day: date, periods: tuple[tuple[int, int], ...], zone: str) -> set[datetime]:
    return {
        at for at, minute in minutes_on_the_wall(day, zone) if any(starts <= minute < ends for starts, ends in periods)
    }


def minutes_of(spans: list[Span]) -> list[datetime]:
    return [span.starts + MINUTE * number for span in spans for number in range(span.minutes)]


@st.composite
def days_near_changes(draw: st.DrawFn) -> tuple[date, str]:
    zone = draw(st.sampled_from(ZONES + MIDNIGHT_ZONES))
    near = draw(st.booleans())
    if near and transitions(zone):
        return draw(st.sampled_from(transitions(zone))) + ONE_DAY * draw(st.integers(-1, 1)), zone
    return draw(st.dates(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31))), zone


def periods() -> st.SearchStrategy[tuple[tuple[int, int], ...]]:
    pair = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda pair: pair[0] < pair[1])
    return st.lists(pair, max_size=4).map(day_of)


@pytest.mark.parametrize("zone", ZONES + MIDNIGHT_ZONES)
def test_days_around_every_transition_last_as_long_as_a_stop_watch_says(zone: str) -> None:
    night_and_day = ((0, 90), (91, 150), (165, 540), (600, 1380), (1395, 1440))
    for change in transitions(zone) or QUIET_DAYS:
        for day in (change, change + ONE_DAY):
            counted = minutes_of(period_spans(day, night_and_day, zone))
            assert len(counted) == len(set(counted))
            assert set(counted) == stop_watch(day, night_and_day, zone)


@given(days_near_changes(), periods())
@settings(max_examples=60, deadline=None)
def test_a_day_lasts_as_long_as_a_stop_watch_says(where: tuple[date, str], worked: tuple[tuple[int, int], ...]) -> None:
    day, zone = where
    spans = period_spans(day, worked, zone)
    assert set(minutes_of(spans)) == stop_watch(day, worked, zone)
    assert all(one.ends < other.starts for one, other in pairwise(spans))


@given(days_near_changes())
@settings(max_examples=100, deadline=None)
def test_weeks_are_the_sum_of_their_days_and_of_elapsed_time(where: tuple[date, str]) -> None:
    day, zone = where
    monday = monday_of(day)
    assert monday.weekday() == 0
    assert monday.isocalendar().week == day.isocalendar().week
    always = Rhythm((((0, 1440),),) * 7, zone)
    worked = worked_days(always, monday, monday + 6 * ONE_DAY, ())
    whole = Span(day_span(monday, zone).starts, day_span(monday + 6 * ONE_DAY, zone).ends)
    assert sum(span.minutes for spans in worked.values() for span in spans) == whole.minutes
    assert sum(day_span(one, zone).minutes for one in worked) == whole.minutes
    assert arithmetic.joined(span for spans in worked.values() for span in spans) == [whole]


@given(days_near_changes(), st.integers(0, 1439))
@settings(max_examples=100, deadline=None)
def test_moments_show_what_the_wall_shows(where: tuple[date, str], minute: int) -> None:
    day, zone = where
    shown = [moment(day, minute, zone), moment(day, minute, zone, is_end=True)]
    walls = [at.astimezone(ZoneInfo(zone)) for at in shown]
    exists = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=ZoneInfo(zone))
    if exists.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == exists.replace(tzinfo=None):
        assert {(wall.date(), wall.hour * 60 + wall.minute) for wall in walls} == {(day, minute)}
        assert shown[1] - shown[0] == ahead(exists.replace(fold=0)) - ahead(exists.replace(fold=1))
    else:
        before = (shown[0] - MINUTE).astimezone(ZoneInfo(zone))
        assert shown[0] == shown[1]
        assert ahead(walls[0]) > ahead(before)
        assert before.replace(tzinfo=None) < exists.replace(tzinfo=None) < walls[0].replace(tzinfo=None)
    assert local_day(shown[0], zone) in (day, day + ONE_DAY)


def test_a_repeated_hour_counts_twice_and_a_skipped_one_not() -> None:
    autumn, spring = date(2026, 11, 1), date(2026, 3, 8)
    minutes = {
        (day, period): sum(span.minutes for span in period_spans(day, (period,), "America/New_York"))
        for day in (autumn, spring)
        for period in ((0, 1440), (60, 120), (120, 180), (0, 90), (90, 180))
    }
    assert [minutes[(autumn, p)] for p in ((0, 1440), (60, 120), (120, 180), (0, 90), (90, 180))] == [
        1500, 120, 60, 120, 120,
    ]  # fmt: skip
    assert [minutes[(spring, p)] for p in ((0, 1440), (60, 120), (120, 180), (0, 90), (90, 180))] == [
        1380, 60, 0, 90, 30,
    ]  # fmt: skip
    assert day_span(date(2026, 4, 5), "Australia/Lord_Howe").minutes == 24 * 60 + 30
    # Samoa had no 30th of December 2011 at all.
    assert day_span(date(2011, 12, 30), "Pacific/Apia").minutes == 0
    assert period_spans(date(2011, 12, 30), ((0, 1440),), "Pacific/Apia") == []


def test_an_unknown_zone_is_utc() -> None:
    for name in ("Nowhere/Land", "", "../etc/passwd", "x" * 300):
        assert zone_of(name).key == "UTC"


def test_weeks_are_made_of_periods_in_any_order() -> None:
    assert week_of([(0, 600, 720), (0, 540, 600), (6, 0, 1440), (0, 800, 900)]) == (
        ((540, 720), (800, 900)), (), (), (), (), (), ((0, 1440),),
    )  # fmt: skip
    assert sum(ends - starts for day in USUAL_WEEK for starts, ends in day) == 40 * 60
    assert days_between(date(2026, 2, 27), date(2026, 3, 1)) == [
        date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1),
    ]  # fmt: skip


def test_every_known_country_has_its_holidays_read() -> None:
    assert len(known_countries()) > 150
    for country in known_countries():
        days = holidays_in_year(country, "", 2026)
        assert all(day.year == 2026 and name for day, name in days.items())
    assert holidays_between("US", "", date(2026, 12, 24), date(2027, 1, 1)) == {
        date(2026, 12, 25): "Christmas Day",
        date(2027, 1, 1): "New Year's Day",
    }
    assert holidays_in_year("XX", "", 2026) == holidays_in_year("", "", 2026) == {}


# Against a model that knows nothing but minutes in sets.
START = datetime(2026, 1, 1, tzinfo=UTC)
SPANS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda p: Span(START + MINUTE * p[0], START + MINUTE * p[1])),
    max_size=8,
)


def model(spans: list[Span]) -> set[datetime]:
    return {span.starts + MINUTE * number for span in spans for number in range(max(span.minutes, 0))}


def is_tidy(spans: list[Span]) -> bool:
    return all(s.starts < s.ends for s in spans) and all(a.ends < b.starts for a, b in pairwise(spans))


@given(SPANS, SPANS)
@settings(max_examples=100, deadline=None)
def test_spans_do_what_sets_of_minutes_do(some: list[Span], others: list[Span]) -> None:
    for result, expected in (
        (arithmetic.joined(some), model(some)),
        (arithmetic.without(some, others), model(some) - model(others)),
        (arithmetic.within(some, others), model(some) & model(others)),
    ):
        assert model(result) == expected
        assert is_tidy(result)
    assert arithmetic.total_minutes(some) == len(model(some))


@given(st.tuples(st.integers(0, 20), st.integers(1, 20)), st.tuples(st.integers(0, 20), st.integers(1, 20)))
@settings(max_examples=100, deadline=None)
def test_two_spans_compare_as_their_minutes_do(one: tuple[int, int], other: tuple[int, int]) -> None:
    first, second = (Span(START + MINUTE * begins, START + MINUTE * (begins + lasts)) for begins, lasts in (one, other))
    assert first.overlaps(second) == bool(model([first]) & model([second]))
    assert first.contains(second) == (model([first]) >= model([second]))
    wider = first.widened(MINUTE * 5, MINUTE * 3)
    assert wider.minutes == first.minutes + 8
    assert wider.contains(first)
