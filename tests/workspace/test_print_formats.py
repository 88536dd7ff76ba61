"""Money, hours and times are printed in the page's language, times with their zone."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from core.reading import locale_named, read_in
from workspace.templatetags import formats


@pytest.mark.parametrize(
    ("language", "amount", "currency", "printed"),
    [
        ("en", Decimal("184000"), "USD", "$184,000"),
        ("en", Decimal("12.5"), "EUR", "€12.50"),
        ("en", Decimal("12000.0000"), "JPY", "¥12,000"),
        ("de", Decimal("184000"), "EUR", "184.000\xa0€"),
        ("en", None, "USD", "–"),
    ],
)
def test_money(language: str, amount: Decimal | None, currency: str, printed: str) -> None:
    with read_in(locale_named(language)):
        assert formats.money(amount, currency) == printed


def test_money_short() -> None:
    assert formats.money_short(Decimal("1520000"), "USD") == "$1.5M"


@pytest.mark.parametrize(
    ("minutes", "printed"),
    [(0, "0 h"), (20, "20 m"), (60, "1 h"), (195, "3 h 15 m"), (-130, "−2 h 10 m"), (None, "–")],
)
def test_hours(minutes: int | None, printed: str) -> None:
    assert formats.hours(minutes) == printed


def test_percent() -> None:
    assert formats.percent(0.256) == "26%"


def test_moment_names_the_zone_asked_for() -> None:
    moment = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    printed = formats.in_zone(moment, "Asia/Kolkata")
    assert "Jul 2, 2026" in printed
    assert printed.endswith("(Kolkata)")
    assert "4:00" in printed


def test_moment_is_in_the_persons_zone_by_itself() -> None:
    with timezone.override("Europe/Berlin"):
        assert formats.in_zone(datetime(2026, 1, 1, 12, tzinfo=UTC)).endswith("(Berlin)")
    assert formats.in_zone(datetime(2026, 1, 1, 12, tzinfo=UTC)).endswith("(UTC)")


@pytest.mark.parametrize(
    ("days", "printed"),
    [(0, "today"), (1, "tomorrow"), (-1, "yesterday"), (5, "in 5 days"), (-14, "14 days ago")],
)
def test_relative_day_in_words(days: int, printed: str) -> None:
    assert formats.relative_day(timezone.localdate() + timedelta(days=days)) == printed


def test_far_day_is_a_date() -> None:
    assert formats.relative_day(date(2020, 2, 29)) == "Feb 29, 2020"


@pytest.mark.parametrize(
    ("language", "country", "printed"),
    [
        ("en", "", "Feb 29, 2020"),
        ("en", "GB", "29 Feb 2020"),
        ("de", "AT", "29.02.2020"),
        ("pt-BR", "", "29 de fev. de 2020"),
        ("de", "ZZ", "29.02.2020"),
        ("xx", "US", "Feb 29, 2020"),
        ("", "", "Feb 29, 2020"),
    ],
)
def test_day_is_printed_as_the_reader_is_used_to(language: str, country: str, printed: str) -> None:
    with read_in(locale_named(language, country)):
        assert formats.day(date(2020, 2, 29)) == printed
    assert formats.day(date(2020, 2, 29)) == "Feb 29, 2020"


def test_says_when_an_hour_is_and_where_that_is_so() -> None:
    year = timezone.localdate().year
    starts = datetime(year, 11, 24, 9, tzinfo=UTC)
    ends = starts + timedelta(hours=1)
    told = formats.hour_span(starts, ends, "Asia/Kathmandu")
    assert told == f"{starts:%A}, November\u00a024, 2:45\u202fPM to 3:45\u202fPM (Kathmandu)"
    with read_in(locale_named("en", "GB")):
        assert formats.hour_span(starts, ends, "UTC").endswith("24\u00a0November, 09:00 to 10:00 (UTC)")
    before = formats.weekday(datetime(2020, 3, 1, 23, 30, tzinfo=UTC), "Europe/Berlin")
    assert before == "Monday, March 2, 2020"
