"""Filters that print money, hours, percentages and times in the reader's locale."""

import re
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_location
from babel.numbers import format_compact_currency, format_currency, format_decimal, format_percent
from django import template
from django.utils import timezone

from core.reading import current_locale

register = template.Library()

EMPTY = "–"
NO_BREAK = "\u00a0"
# Beyond two weeks a count of days says less than the date.
RELATIVE_DAYS = 14
# The year in a locale's pattern of a full date, with what leads up to it.
_YEAR = re.compile(r"(?:[\s,]*'(?:de|del)')?[\s,]*y+(?:年|년\s*|\s*'г'\.)?")


@register.filter
def money(amount: Decimal | int | float | None, currency: str) -> str:
    """Return an amount of the currency, without cents where it has none: {{ customer.arr|money:shell.currency }}."""
    if amount is None:
        return EMPTY
    value = Decimal(str(amount))
    if value == value.to_integral_value():
        return format_currency(
            value, currency, format=_whole_money_format(), currency_digits=False, locale=current_locale()
        )
    return format_currency(value, currency, locale=current_locale())


@register.filter
def money_short(amount: Decimal | int | float | None, currency: str) -> str:
    """Return a large amount in short: $1.2M."""
    if amount is None:
        return EMPTY
    return format_compact_currency(Decimal(str(amount)), currency, locale=current_locale(), fraction_digits=1)


def _whole_money_format() -> str:
    pattern = current_locale().currency_formats["standard"].pattern
    return pattern.replace(".00", "")


@register.filter
def number(value: Decimal | int | float | None) -> str:
    """Return a number with the reader's grouping."""
    return EMPTY if value is None else format_decimal(value, locale=current_locale())


@register.filter
def percent(share: Decimal | int | float | None) -> str:
    """Return a share of 1 as a whole percentage: 0.256 gives 26%."""
    return EMPTY if share is None else format_percent(share, locale=current_locale())


@register.filter
def hours(minutes: int | None) -> str:
    """Return minutes as hours and minutes: 195 gives 3 h 15 m."""
    if minutes is None:
        return EMPTY
    sign = "−" if minutes < 0 else ""
    whole, rest = divmod(abs(int(minutes)), 60)
    if whole and rest:
        return f"{sign}{whole} h {rest} m"
    return f"{sign}{whole} h" if whole or not rest else f"{sign}{rest} m"


@register.filter
def whole_hours(minutes: float | None) -> str:
    """Return many minutes as whole hours, rounded: 216934 gives 3,616 h; under an hour as `hours` does."""
    if minutes is None or abs(minutes) < 60:
        return hours(None if minutes is None else round(minutes))
    return f"{number(round(minutes / 60))} h"


@register.filter
def hours_short(minutes: float | None) -> str:
    """Return minutes as rounded hours, for sums that nobody reads to the minute: 40 m, 3.5 h, 1,240 h."""
    if minutes is None:
        return EMPTY
    whole = round(minutes)
    if abs(whole) < 60:
        return f"{whole} m" if whole else "0 h"
    places = 0 if abs(whole) >= 600 else 1
    return f"{format_decimal(round(whole / 60, places), locale=current_locale())} h"


@register.filter
def in_zone(moment: datetime | None, zone: str | None = None) -> str:
    """Return a moment in the named time zone, or the person's own, with the zone named."""
    if moment is None:
        return EMPTY
    tz = ZoneInfo(zone) if zone else timezone.get_current_timezone()
    locale = current_locale()
    local = moment.astimezone(tz)
    printed_day = format_date(local.date(), "medium", locale=locale)
    return f"{printed_day}, {_clock(moment, tz)} ({_zone_name(tz, locale)})"


@register.filter
def clock(moment: datetime, zone: str) -> str:
    """Return the time on the wall of a zone; whoever prints it names the zone beside it."""
    return _clock(moment, ZoneInfo(zone))


def _clock(moment: datetime, tz: tzinfo) -> str:
    return format_time(moment.astimezone(tz), "short", tzinfo=tz, locale=current_locale())


@register.filter
def zone_name(zone: str) -> str:
    """Return a time zone as people say it, by its city: Berlin."""
    return _zone_name(ZoneInfo(zone), current_locale())


@register.filter
def weekday(value: date | datetime, zone: str = "") -> str:
    """Return a day with its weekday in full: Tuesday, November 24; with the year where it is another than this."""
    local = value.astimezone(ZoneInfo(zone)) if zone and isinstance(value, datetime) else value
    locale = current_locale()
    if local.year != timezone.localdate().year:
        return format_date(local, "full", locale=locale)
    words = format_date(local, _YEAR.sub("", str(locale.date_formats["full"].pattern)), locale=locale)
    # The day stays beside its month where a narrow column breaks the line.
    return NO_BREAK.join(words.rsplit(" ", 1))


@register.simple_tag
def hour_span(starts: datetime, ends: datetime, zone: str) -> str:
    """Return when an hour is: Tuesday, November 24, 9:00 AM to 10:00 AM (Berlin)."""
    return f"{weekday(starts, zone)}, {clock(starts, zone)} to {clock(ends, zone)} ({zone_name(zone)})"


def _zone_name(tz: object, locale: Locale) -> str:
    key = getattr(tz, "key", str(tz))
    if key in {"UTC", "Etc/UTC"}:
        return "UTC"
    return get_timezone_location(key, locale=locale, return_city=True)


@register.filter
def day(value: date | datetime | None) -> str:
    """Return a date: Nov 21, 2026."""
    return EMPTY if value is None else format_date(_local_date(value), "medium", locale=current_locale())


@register.filter
def relative_day(value: date | datetime | None) -> str:
    """Return how far away a day is, in words up to two weeks, else the date."""
    if value is None:
        return EMPTY
    days = (_local_date(value) - timezone.localdate()) // timedelta(days=1)
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    if days in near:
        return near[days]
    if abs(days) > RELATIVE_DAYS:
        return day(value)
    return f"in {days} days" if days > 0 else f"{-days} days ago"


def _local_date(value: date | datetime) -> date:
    if isinstance(value, datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value
