"""The local hour and the quiet hours of recipients, compared with what zoneinfo says of their clocks."""

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from newsletters.rules.timing import Timing

ZONES = st.sampled_from(
    [
        "America/New_York",
        "Europe/Berlin",
        "Asia/Kolkata",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Pacific/Chatham",
        "America/Santiago",
        "Europe/Dublin",
    ]
)
DAYS = st.dates(date(2025, 1, 1), date(2032, 12, 31))
MINUTES = st.integers(0, 24 * 60 - 1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@settings(max_examples=100, deadline=None)
@given(day=DAYS, minute=MINUTES, zone=ZONES)
def test_the_local_hour_is_the_one_on_the_clock(day: date, minute: int, zone: str) -> None:
    due = Timing(local_date=day, local_minute=minute).due(zone, now=LONG_AGO)
    tz = zoneinfo.ZoneInfo(zone)
    wall = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=tz)
    if wall.astimezone(UTC).astimezone(tz).replace(tzinfo=None) == wall.replace(tzinfo=None):
        assert due == wall.astimezone(UTC)
    else:
        # The clock jumps over it: a minute before the mail it shows less, and with the mail more.
        shown = [moment.astimezone(tz).replace(tzinfo=None) for moment in (due - MINUTE, due)]
        assert shown[0] < wall.replace(tzinfo=None) < shown[1]


def test_an_hour_that_the_clock_shows_twice_is_the_first() -> None:
    due = Timing(local_date=date(2026, 10, 25), local_minute=150).due("Europe/Berlin", now=LONG_AGO)
    assert due == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_an_hour_that_the_clock_jumps_over_is_the_jump() -> None:
    due = Timing(local_date=date(2026, 3, 29), local_minute=150).due("Europe/Berlin", now=LONG_AGO)
    assert due == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


@settings(max_examples=100, deadline=None)
@given(
    minutes=st.integers(0, 8 * 365 * 24 * 60),
    zone=ZONES,
    starts=st.integers(0, 24 * 60 - 1),
    ends=st.integers(0, 24 * 60 - 1),
)
def test_quiet_hours_are_kept_and_no_more(minutes: int, zone: str, starts: int, ends: int) -> None:
    _check_quiet(datetime(2025, 1, 1, tzinfo=UTC) + minutes * MINUTE, zone, starts, ends)


@settings(max_examples=100, deadline=None)
@given(
    hour=st.integers(-30, 30),
    minute=st.integers(0, 59),
    change=st.sampled_from(
        [
            ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
            ("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC)),
            ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
            ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
            ("America/Santiago", datetime(2026, 9, 6, 4, tzinfo=UTC)),
        ]
    ),
    starts=st.integers(0, 24 * 60 - 1),
    ends=st.integers(0, 24 * 60 - 1),
)
def test_quiet_hours_are_kept_when_clocks_change(
    hour: int, minute: int, change: tuple[str, datetime], starts: int, ends: int
) -> None:
    zone, moment = change
    _check_quiet(moment + timedelta(minutes=hour * 60 + minute), zone, starts, ends)


def test_the_only_loud_minute_may_be_one_that_the_clock_jumps_over() -> None:
    at = datetime(2026, 9, 6, 3, 30, tzinfo=UTC)
    due = Timing(send_at=at, quiet=(1, 0)).due("America/Santiago", now=LONG_AGO)
    assert due == datetime(2026, 9, 7, 3, 0, tzinfo=UTC)


def test_equal_ends_mean_no_quiet_hour() -> None:
    at = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
    assert Timing(send_at=at, quiet=(420, 420)).due("UTC", now=LONG_AGO) == at


def test_a_zone_that_is_late_gets_it_when_it_is_not_asleep() -> None:
    now = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)
    due = Timing(local_date=date(2026, 11, 25), local_minute=540, quiet=(21 * 60, 7 * 60)).due("Asia/Tokyo", now=now)
    assert due == datetime(2026, 11, 25, 22, 0, tzinfo=UTC)


def test_the_rest_of_a_trial_gets_it_at_the_next_local_hour() -> None:
    timing = Timing(local_date=date(2026, 11, 25), local_minute=540)
    now = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)
    assert timing.due_later("Europe/Berlin", now=now) == datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
    assert timing.due_later("America/Los_Angeles", now=now) == datetime(2026, 11, 25, 17, 0, tzinfo=UTC)


def _check_quiet(at: datetime, zone: str, starts: int, ends: int) -> None:
    due = Timing(send_at=at, quiet=(starts, ends)).due(zone, now=LONG_AGO)
    assert due >= at
    assert not _is_quiet(due, zone, starts, ends)
    if due > at:
        step = max((due - at) / 40, MINUTE)
        before = at
        while before < due - MINUTE:
            assert _is_quiet(before, zone, starts, ends)
            before += step
        assert _is_quiet(due - timedelta(seconds=1), zone, starts, ends)


def _is_quiet(at: datetime, zone: str, starts: int, ends: int) -> bool:
    wall = at.astimezone(zoneinfo.ZoneInfo(zone))
    minute = wall.hour * 60 + wall.minute
    return starts <= minute < ends if starts < ends else starts != ends and (minute >= starts or minute < ends)
