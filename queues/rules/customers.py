"""Which hours a customer may book, and until when it may change them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta

from calendars.rules.clock import local_day
from calendars.rules.spans import Span


@dataclass(frozen=True)
class Refusal:
    """A rule that is not met: its code and a sentence for whoever books."""

    code: str
    words: str


@dataclass(frozen=True)
class Admission:
    """Whom a queue serves; an empty list of languages or countries means any."""

    name: str
    is_open: bool
    tiers: Collection[str]
    languages: Collection[str]
    countries: Collection[str]


@dataclass(frozen=True)
class Applicant:
    """What is known of a customer; a customer without a tier has not been placed yet, empty fields are unknown."""

    tier: str | None
    languages: Collection[str]
    country: str


@dataclass(frozen=True)
class Claims:
    """What a customer has already: hours in each period by its first day, and when it is busy itself."""

    hours_per_period: int
    period: str
    zone: str
    used: Mapping[date, int] = field(default_factory=dict)
    busy: tuple[Span, ...] = ()


ALL_TIERS = frozenset({"high", "low", "tech"})
PERIOD_MONTHS = {"month": 1, "quarter": 3, "year": 12}
PERIOD_WORDS = {"month": "this month", "quarter": "this quarter", "year": "this year"}


def not_admitted(queue: Admission, applicant: Applicant) -> Refusal | None:
    """Return why the queue does not serve the customer at all; nothing where it does."""
    if not queue.is_open:
        return Refusal("queue_closed", f"{queue.name} takes no bookings at the moment.")
    if (applicant.tier or "") not in queue.tiers and not (applicant.tier is None and set(queue.tiers) >= ALL_TIERS):
        return Refusal("tier_not_served", f"{queue.name} is for customers of other tiers.")
    if queue.languages and not _speaks(applicant.languages, queue.languages):
        return Refusal("language_not_served", f"{queue.name} is held in other languages.")
    if queue.countries and applicant.country and applicant.country not in queue.countries:
        return Refusal("country_not_served", f"{queue.name} is for customers in other countries.")
    return None


def not_claimable(claims: Claims, hour: Span) -> Refusal | None:
    """Return why the customer can't have this hour beside those it has; nothing where it can."""
    if any(hour.overlaps(other) for other in claims.busy):
        return Refusal("customer_busy", "This customer has another booked hour at that time.")
    first = period_start(local_day(hour.starts, claims.zone), claims.period)
    if claims.used.get(first, 0) >= claims.hours_per_period:
        hours = "hour" if claims.hours_per_period == 1 else "hours"
        until = period_end(first, claims.period)
        return Refusal(
            "allowance_used",
            f"The {claims.hours_per_period} {hours} of the {claims.period} from {first:%Y-%m-%d} are booked; "
            f"the next can be from {until:%Y-%m-%d} on.",
        )
    return None


def period_start(day: date, period: str) -> date:
    """Return the first day of the month, quarter or year that holds the day."""
    months = PERIOD_MONTHS[period]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def period_end(first: date, period: str) -> date:
    """Return the first day after the period that begins on `first`."""
    return first + relativedelta(months=PERIOD_MONTHS[period])


def may_still_change(starts_at: datetime, change_until_minutes: int, now: datetime) -> bool:
    """Tell whether a customer may still cancel or move an hour that begins then."""
    return now <= starts_at - timedelta(minutes=change_until_minutes)


def _speaks(spoken: Collection[str], wanted: Collection[str]) -> bool:
    """Tell whether a language is among the wanted ones: "pt-BR" serves "pt"; nothing known serves any."""
    known = {language.lower() for language in spoken if language}
    asked = {language.lower() for language in wanted}
    return not known or bool(known & asked) or bool({language.split("-")[0] for language in known} & asked)
