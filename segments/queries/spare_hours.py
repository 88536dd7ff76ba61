"""What people can still give in a quarter, beside the customers they look after."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q

from accounts.models import Role, RoleGrant, User
from calendars.queries.supply import weekly_minutes
from segments.capacity import demand
from segments.capacity.inputs import WEEKS, mondays, planning_monday
from segments.one_to_many.rules import Team
from segments.queries.capacity.figures import capacity_of


@dataclass(frozen=True)
class PersonHours:
    """A person's quarter in minutes: free of absences and meetings, at the target, promised to customers already."""

    person: User
    free: int
    available: int
    promised: int

    @property
    def spare(self) -> int:
        """Return what the person can still give; never below zero."""
        return max(0, self.available - self.promised)


def people_hours(target: int, today: date) -> tuple[list[PersonHours], Team]:
    """Return the one-to-many specialists by name, and all other CSMs together, over the weeks that capacity plans.

    `target` is the per cent of working time that is for customers. The number of queries is fixed.
    """
    people = list(_people())
    minutes = {
        **_of_csms([person.pk for person in people if person.is_csm], today),  # type: ignore[attr-defined]
        **_of_others([person.pk for person in people if not person.is_csm], today),  # type: ignore[attr-defined]
    }
    specialists: list[PersonHours] = []
    others: list[PersonHours] = []
    for person in people:
        free, promised = minutes[person.pk]
        hours = PersonHours(person, free, free * target // 100, promised)
        (specialists if person.is_specialist else others).append(hours)  # type: ignore[attr-defined]
    return specialists, team_of(others)


def team_of(people: Iterable[PersonHours]) -> Team:
    """Return the people together, with what they can still give."""
    people = list(people)
    return Team(len(people), sum(one.spare for one in people))


def _people() -> Iterable[User]:
    holds = RoleGrant.objects.filter(user=OuterRef("pk"))
    return (
        User.objects.filter(kind=User.Kind.STAFF, is_active=True)
        .annotate(is_specialist=Exists(holds.filter(role=Role.SPECIALIST)), is_csm=Exists(holds.filter(role=Role.CSM)))
        .filter(Q(is_specialist=True) | Q(is_csm=True))
        .order_by("name", "pk")
    )


def _of_csms(ids: list[int], today: date) -> dict[int, tuple[int, int]]:
    """Return each CSM's free and promised minutes, as the capacity page counts them."""
    return {
        one.person.person_id: (sum(one.person.free), round(one.whole.promised)) for one in capacity_of(ids, today=today)
    }


def _of_others(ids: list[int], today: date) -> dict[int, tuple[int, int]]:
    """Return the free and promised minutes of people without a portfolio: what they host is promised."""
    first = planning_monday(today)
    supply = weekly_minutes(ids, first, WEEKS)
    hosted: dict[int, float] = dict.fromkeys(ids, 0.0)
    for source in demand.sources():
        for (person, _), minutes in source.minutes(ids, mondays(first)).items():
            hosted[person] += minutes
    return {person: (sum(week.free for week in supply[person]), round(hosted[person])) for person in ids}
