"""Reads of the people pages: the list, one person, invitations and teams."""

from collections import Counter
from dataclasses import dataclass

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import BooleanField, Count, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.access import people_within
from accounts.models import Assignment, Invitation, Role, RoleGrant, Team, User
from core.ids import read_id
from core.pagination import bounded_count, keyset_page

PAGE_SIZE = 50


@dataclass(frozen=True)
class PeopleFilter:
    """What a list of people is narrowed to; an empty value narrows nothing."""

    text: str = ""
    role: str = ""
    team: str = ""
    state: str = "active"


@dataclass(frozen=True)
class PeoplePage:
    """One page of people; the cursors are empty where there is no neighbour, the count stops at a bound."""

    rows: list[User]
    next: str
    previous: str
    count: int


def people_page(viewer: User, wanted: PeopleFilter, *, cursor: str = "") -> PeoplePage:
    """Return a page of the people that the viewer may see, by name, each with `held_roles` and `portfolio_size`."""
    people = _narrowed(people_within(viewer, "team.view"), wanted)
    shown = with_roles_and_portfolio(people.select_related("team"))
    found = keyset_page(shown, order="name", cursor=cursor, size=PAGE_SIZE)
    count, more = bounded_count(people)
    return PeoplePage(found.rows, found.next_cursor, found.previous_cursor, count + more)


def with_roles_and_portfolio(people: QuerySet[User]) -> QuerySet[User]:
    """Return the people, each with `held_roles` (list) and `portfolio_size` (customers in any role)."""
    roles = RoleGrant.objects.filter(user=OuterRef("pk")).order_by().values("user")
    held = Assignment.objects.filter(person=OuterRef("pk"), ends_at=None).order_by().values("person")
    return people.annotate(
        held_roles=Coalesce(Subquery(roles.values(found=ArrayAgg("role", order_by="role"))), Value([])),
        portfolio_size=Coalesce(Subquery(held.values(found=Count("customer", distinct=True))), 0),
    )


def portfolio_by_role(person: User) -> dict[str, int]:
    """Return how many customers the person looks after now, by the name of the role."""
    found = Counter(Assignment.objects.filter(person=person, ends_at=None).values_list("role", flat=True))
    return {Role(role).label: found[role] for role in Role.values if found[role]}


def successors_of(person: User) -> QuerySet[User]:
    """Return the active staff who hold one of the roles in which the person looks after customers."""
    roles = Assignment.objects.filter(person=person, ends_at=None).values("role")
    able = User.objects.filter(kind=User.Kind.STAFF, is_active=True, role_grants__role__in=roles)
    return able.exclude(pk=person.pk).distinct().order_by("name", "id")


def open_invitations() -> QuerySet[Invitation]:
    """Return the invitations that nobody has accepted or taken back, the newest first, each with `expired`."""
    waiting = Invitation.objects.filter(accepted_at=None, revoked_at=None)
    expired = ExpressionWrapper(Q(expires_at__lte=timezone.now()), output_field=BooleanField())
    return waiting.annotate(expired=expired).select_related("team", "invited_by").order_by("-created_at", "-id")


def teams() -> QuerySet[Team]:
    """Return every team with its managers and `size`, the number of active members."""
    return (
        Team.objects.prefetch_related("managers")
        .annotate(size=Count("members", filter=Q(members__is_active=True)))
        .order_by("name")
    )


def _narrowed(people: QuerySet[User], wanted: PeopleFilter) -> QuerySet[User]:
    if wanted.state in ("active", "inactive"):
        people = people.filter(is_active=wanted.state == "active")
    if wanted.text:
        people = people.filter(Q(name__icontains=wanted.text) | Q(email__icontains=wanted.text))
    if wanted.role in Role.values:
        people = people.filter(role_grants__role=wanted.role)
    team = read_id(wanted.team)
    if team is not None:
        people = people.filter(team=team)
    return people
