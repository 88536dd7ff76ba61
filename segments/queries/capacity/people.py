"""Whose capacity is looked at."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.access import people_within
from accounts.models import Assignment, Role, RoleGrant, Team, User


def with_portfolios(people: QuerySet[User]) -> QuerySet[User]:
    """Return those of the people who are active CSMs, and whoever still has a portfolio without being one.

    `holds_role` tells who is an active CSM.
    """
    holds = Exists(RoleGrant.objects.filter(user=OuterRef("pk"), role=Role.CSM))
    has = Exists(Assignment.objects.filter(person=OuterRef("pk"), role=Role.CSM, ends_at=None))
    active = Q(holds, is_active=True)
    return people.filter(active | Q(has)).annotate(holds_role=holds)


def csms_seen_by(user: User, *, team: int | None = None) -> QuerySet[User]:
    """Return those whose capacity the person may see, with their teams; `team` is the id of one of them."""
    people = with_portfolios(people_within(user, "capacity.view")).select_related("team")
    return people if team is None else people.filter(team=team)


def people_of(people_ids: Collection[int]) -> list[User]:
    """Return these people by name, with their team and whether they are CSMs."""
    holds = Exists(RoleGrant.objects.filter(user=OuterRef("pk"), role=Role.CSM))
    found = User.objects.filter(pk__in=people_ids).annotate(holds_role=holds).select_related("team")
    return list(found.order_by("name", "pk"))


def teams_seen_by(user: User) -> list[Team]:
    """Return the teams of the people whose capacity the person may see, by name."""
    seen = people_within(user, "capacity.view").filter(is_active=True).exclude(team=None)
    return list(Team.objects.filter(pk__in=seen.values("team")).order_by("name"))
