"""Who is away when, who stands in, and what an absence hits."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Cover, Customer, Role, User
from calendars.models import Absence, Commitment
from calendars.rules.clock import local_day
from calendars.rules.spans import Span

AHEAD = timedelta(weeks=12)
BACK = timedelta(days=365)
SHOWN_RENEWALS = 12
SHOWN_COMMITMENTS = 50
# Of what an absence lies upon: what customers have booked.
BOOKED = (Commitment.Kind.HOUR, Commitment.Kind.WEBINAR)


@dataclass(frozen=True)
class Hits:
    """What an absence lies upon: customers' commitments, and renewals of the person's customers meanwhile."""

    commitments: list[Commitment]
    more_commitments: bool
    renewals: list[Customer]
    more_renewals: bool

    def __bool__(self) -> bool:
        """Tell whether there is anything to arrange."""
        return bool(self.commitments or self.renewals)


def customers_commitments(person_id: int, span: Span) -> QuerySet[Commitment]:
    """Return the hours and webinars of the person that lie in the span, the first first."""
    return Commitment.objects.filter(
        host=person_id, active=True, kind__in=BOOKED, starts_at__lt=span.ends, ends_at__gt=span.starts
    ).order_by("starts_at")


def hits_of(person_id: int, span: Span, zone: str) -> Hits:
    """Return what an absence of the person in this span hits; two queries."""
    first, last = local_day(span.starts, zone), local_day(span.ends - timedelta(microseconds=1), zone)
    booked = list(customers_commitments(person_id, span)[: SHOWN_COMMITMENTS + 1])
    renewals = list(_renewals(person_id, first, last)[: SHOWN_RENEWALS + 1])
    return Hits(
        booked[:SHOWN_COMMITMENTS],
        len(booked) > SHOWN_COMMITMENTS,
        renewals[:SHOWN_RENEWALS],
        len(renewals) > SHOWN_RENEWALS,
    )


def _renewals(person_id: int, first: date, last: date) -> QuerySet[Customer]:
    customers = Customer.objects.filter(
        merged_into=None,
        renews_on__range=(first, last),
        assignments__person=person_id,
        assignments__ends_at=None,
    )
    return customers.distinct().order_by("renews_on", "pk")


def open_absences(absences: QuerySet[Absence], *, now: datetime | None = None) -> QuerySet[Absence]:
    """Return those that have not ended and begin within 12 weeks, as `told` tells them."""
    now = now or timezone.now()
    return told(absences.filter(cancelled_at=None, ends_at__gt=now, starts_at__lt=now + AHEAD))


def past_absences(absences: QuerySet[Absence], *, now: datetime | None = None) -> QuerySet[Absence]:
    """Return those that have ended within a year, as `told` tells them."""
    now = now or timezone.now()
    return told(absences.filter(cancelled_at=None, ends_at__lte=now, ends_at__gt=now - BACK))


def absences_between(people_ids: Iterable[int], window: Span) -> QuerySet[Absence]:
    """Return the absences of these people that touch the window, the first first, as `told` tells them."""
    absences = Absence.objects.filter(
        person__in=list(people_ids), cancelled_at=None, starts_at__lt=window.ends, ends_at__gt=window.starts
    )
    return told(absences).order_by("starts_at", "pk")


def told(absences: QuerySet[Absence]) -> QuerySet[Absence]:
    """Return the absences with person and cover, and what a list tells of each.

    `cover_is_away` is whether the cover is away for a part of it, `booked` how many hours and webinars lie inside.
    """
    inside = Commitment.objects.filter(
        host=OuterRef("person"),
        active=True,
        kind__in=BOOKED,
        starts_at__lt=OuterRef("ends_at"),
        ends_at__gt=OuterRef("starts_at"),
    ).order_by()
    booked = inside.values("host").annotate(count=Count("pk")).values("count")
    covers_own = Absence.objects.filter(
        person=OuterRef("cover"),
        cancelled_at=None,
        starts_at__lt=OuterRef("ends_at"),
        ends_at__gt=OuterRef("starts_at"),
    )
    return absences.select_related("person", "cover").annotate(
        cover_is_away=Exists(covers_own), booked=Coalesce(Subquery(booked), 0)
    )


def stands_in_for(person: User, *, now: datetime | None = None) -> list[Cover]:
    """Return for whom the person stands in at this moment, each with `person`, the one that ends first first."""
    now = now or timezone.now()
    rows = Cover.objects.filter(cover=person, starts_at__lte=now, ends_at__gt=now)
    return list(rows.select_related("person").order_by("ends_at", "pk"))


def possible_covers(person: User) -> list[tuple[str, list[User]]]:
    """Return the colleagues who may stand in, those of the same team first, then others with one of its roles."""
    staff = User.objects.filter(kind=User.Kind.STAFF, is_active=True).exclude(pk=person.pk)
    near = Q(pk__in=[]) if person.team_id is None else Q(team=person.team_id) | Q(managed_teams=person.team_id)
    roles = person.role_grants.exclude(role=Role.ADMINISTRATOR).values("role")
    team = list(staff.filter(near).distinct().order_by("name", "pk"))
    others = staff.filter(role_grants__role__in=roles).exclude(pk__in=[one.pk for one in team])
    groups = [("Same team", team), ("Same role", list(others.distinct().order_by("name", "pk")))]
    return [(label, people) for label, people in groups if people]
