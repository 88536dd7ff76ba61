"""The figures behind "do we need a one-to-many team?": customers without a CSM, and people with hours to spare."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models import Sum as Total

from accounts.models import Assignment, Customer, Role, Stage, Tier, User
from segments.models import CapacitySettings, CapacitySnapshot
from segments.one_to_many import contacts, rules
from segments.one_to_many.formats import FormatState, states
from segments.one_to_many.links import Pairs
from segments.one_to_many.regions import region_of
from segments.placement import language_name, main_language
from segments.queries.allowances import company_today
from segments.queries.spare_hours import PersonHours, people_hours, team_of
from segments.simulation import Sum

# Leads and trials are not customers yet, and who has left is none any more.
SERVED = (Stage.ONBOARDING, Stage.ADOPTION, Stage.RENEWAL)
REGISTERED = "reached_by_"
TREND_DAYS = 180
UNKNOWN = "none"
NOBODY = Sum()


@dataclass
class Line:
    """Customers without a CSM that have something in common; `filters` are what a list of them is narrowed by."""

    label: str
    filters: Pairs
    without_csm: Sum = NOBODY
    left_alone: Sum = NOBODY
    attention: int = 0
    language: str = ""
    speakers: int | None = None


@dataclass
class Standing:
    """Where the company's customers stand; `reached` counts by kind of contact, and some were reached in two ways."""

    served: Sum = NOBODY
    without_csm: Sum = NOBODY
    left_alone: Sum = NOBODY
    reached: dict[str, int] = field(default_factory=dict)
    tiers: list[Line] = field(default_factory=list)
    languages: list[Line] = field(default_factory=list)
    regions: list[Line] = field(default_factory=list)

    @property
    def spoken_with(self) -> Sum:
        """Return the customers without a CSM who were spoken with all the same."""
        return self.without_csm - self.left_alone


@dataclass(frozen=True)
class Need:
    """The whole answer with its working."""

    settings: CapacitySettings
    since: date
    today: date
    standing: Standing
    specialists: list[PersonHours]
    csms: rules.Team
    attention: int
    by_queue: rules.Plan
    with_webinars: rules.Plan
    per_person: int
    answer: rules.Answer
    formats: list[FormatState]

    @property
    def team(self) -> rules.Team:
        """Return the specialists together."""
        return team_of(self.specialists)

    @property
    def plan(self) -> rules.Plan:
        """Return the plan with less work."""
        return rules.lighter(self.with_webinars, self.by_queue)

    @property
    def people(self) -> int:
        """Return how many people the plan takes."""
        return rules.people_for(self.plan.minutes, self.per_person)

    @property
    def people_by_queue(self) -> int:
        """Return how many people it takes without webinars."""
        return rules.people_for(self.by_queue.minutes, self.per_person)

    @property
    def people_with_webinars(self) -> int:
        """Return how many people it takes with webinars."""
        return rules.people_for(self.with_webinars.minutes, self.per_person)

    @property
    def more_people(self) -> int:
        """Return how many people there are too few for the plan."""
        return rules.people_for(max(0, self.plan.minutes - self.team.minutes), self.per_person)

    @property
    def covered(self) -> float:
        """Return the part of the plan's work for which specialists have the hours, up to 1."""
        return min(1.0, self.team.minutes / self.plan.minutes) if self.plan.minutes else 1.0

    @property
    def missing_formats(self) -> list[FormatState]:
        """Return the formats in which customers get nothing."""
        return [one for one in self.formats if one.is_missing]


def need_of(settings: CapacitySettings) -> Need:
    """Return the company's answer under these settings, saved or only tried, in a fixed number of queries."""
    today = company_today()
    since = today - timedelta(days=settings.days_without_contact)
    terms = terms_of(settings)
    specialists, csms = people_hours(settings.utilisation_target, today)
    standing = standing_of(since, terms, [one.person for one in specialists])
    team = team_of(specialists)
    per_person = rules.quarter_of(team, csms, settings.utilisation_target)
    attention = rules.attention_of(standing.left_alone.customers, terms)
    queue, webinars = rules.by_queue(attention), rules.with_webinars(attention, terms)
    return Need(
        settings=settings,
        since=since,
        today=today,
        standing=standing,
        specialists=specialists,
        csms=csms,
        attention=attention,
        by_queue=queue,
        with_webinars=webinars,
        per_person=per_person,
        answer=rules.answer(
            customers=standing.served.customers,
            without_csm=standing.without_csm.customers,
            left_alone=standing.left_alone.customers,
            attention=attention,
            plan=rules.lighter(webinars, queue),
            specialists=team,
            csm_spare=csms.minutes,
            per_person=per_person,
        ),
        formats=states(settings.formats_elsewhere),
    )


def terms_of(settings: CapacitySettings) -> rules.Terms:
    """Return the settings that the rules work with."""
    return rules.Terms(
        attention_minutes=settings.attention_minutes,
        webinar_seats=settings.webinar_seats,
        webinar_minutes=settings.webinar_minutes,
        webinar_share=settings.webinar_share,
    )


# --- customers ------------------------------------------------------------------------------------------------------
def standing_of(since: date, terms: rules.Terms, specialists: Iterable[User]) -> Standing:
    """Return where the customers stand, in two queries: one over all, one over those without a CSM."""
    served = _served()
    everybody = served.aggregate(customers=Count("pk"), mrr=Total("mrr"))
    rows, people = list(_groups(served, since)), list(specialists)
    standing = Standing(served=_sum(everybody["customers"], everybody["mrr"]))
    for source in contacts.sources():
        standing.reached[source.label] = sum(row["customers"] for row in rows if row[f"{REGISTERED}{source.name}"])
    for row in rows:
        standing.without_csm += _sum(row["customers"], row["mrr"])
        if row["is_left_alone"]:
            standing.left_alone += _sum(row["customers"], row["mrr"])
    standing.tiers = _lines(rows, terms, lambda row: row["tier"] or UNKNOWN, _tier_line)
    standing.languages = _lines(rows, terms, lambda row: main_language(row["language"]) or UNKNOWN, _language_line)
    standing.regions = _lines(rows, terms, lambda row: region_of(row["country"]), _region_line)
    for line in standing.languages:
        line.speakers = _speakers(line.language, people)
    return standing


def _served() -> QuerySet[Customer]:
    return Customer.objects.filter(merged_into=None, stage__in=SERVED)


def _groups(served: QuerySet[Customer], since: date) -> Iterable[dict[str, Any]]:
    """Yield counts of customers without a CSM by what they have in common, in one query."""
    owner = Assignment.objects.filter(customer=OuterRef("pk"), role=Role.CSM, ends_at=None).values("person")
    flags = {f"{REGISTERED}{source.name}": source.reached(since) for source in contacts.sources()}
    grouped = (
        # A lookup for each customer, not a join: a join's plan goes wrong while the database has not counted yet.
        served.alias(csm=Subquery(owner[:1]))
        .filter(csm=None)
        .order_by()
        .annotate(**flags)
        .values("tier", "language", "country", *flags)
        .annotate(customers=Count("pk"), mrr=Total("mrr"))
    )
    for row in grouped:
        yield {**row, "is_left_alone": not any(row[flag] for flag in flags)}


def _lines(
    rows: list[dict[str, Any]],
    terms: rules.Terms,
    key: Callable[[dict[str, Any]], str],
    make: Callable[[str, list[dict[str, Any]]], Line],
) -> list[Line]:
    """Return a line for each key with its customers, those with most to do first."""
    together: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        together.setdefault(key(row), []).append(row)
    lines = []
    for value, group in together.items():
        line = make(value, group)
        for row in group:
            line.without_csm += _sum(row["customers"], row["mrr"])
            if row["is_left_alone"]:
                line.left_alone += _sum(row["customers"], row["mrr"])
        line.attention = rules.attention_of(line.left_alone.customers, terms)
        lines.append(line)
    return sorted(lines, key=lambda one: (-one.left_alone.customers, -one.without_csm.customers, one.label))


def _tier_line(tier: str, group: list[dict[str, Any]]) -> Line:
    return Line("No tier yet" if tier == UNKNOWN else Tier(tier).label, (("tier", tier),))


def _language_line(language: str, group: list[dict[str, Any]]) -> Line:
    codes = sorted({row["language"] or UNKNOWN for row in group})
    label = "Not known" if language == UNKNOWN else language_name(language)
    return Line(label, tuple(("language", code) for code in codes), language=language)


def _region_line(region: str, group: list[dict[str, Any]]) -> Line:
    countries = sorted({row["country"] or UNKNOWN for row in group})
    return Line(region or "Not known", tuple(("country", country) for country in countries))


def _speakers(language: str, people: Iterable[User]) -> int | None:
    """Return how many of the people speak the language; None where it is not known."""
    if language == UNKNOWN:
        return None
    return sum(
        language in {main_language(one) for one in person.spoken_languages or [person.language]} for person in people
    )


# --- the days before ------------------------------------------------------------------------------------------------
def without_csm_on(today: date) -> tuple[int, int]:
    """Return how many customers served have no CSM, and with how many of them nobody spoke of late; in one query."""
    since = today - timedelta(days=CapacitySettings.current().days_without_contact)
    rows = list(_groups(_served(), since))
    alone = sum(row["customers"] for row in rows if row["is_left_alone"])
    return sum(row["customers"] for row in rows), alone


def trend(today: date) -> list[tuple[date, int, int]]:
    """Return for each day with a snapshot the customers without a CSM and those left alone, the newest last."""
    kept = CapacitySnapshot.objects.filter(person=None, on__gte=today - timedelta(days=TREND_DAYS))
    counted = kept.filter(without_csm__isnull=False, left_alone__isnull=False).order_by("on")
    days = counted.values_list("on", "without_csm", "left_alone")
    return [(on, without or 0, alone or 0) for on, without, alone in days]


def _sum(customers: int | None, mrr: Decimal | None) -> Sum:
    return Sum(customers or 0, 12 * (mrr or Decimal(0)))
