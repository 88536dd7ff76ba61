"""Keeps how capacity stood, once a day of the company."""

from datetime import date

from django.utils import timezone

from accounts.models import User
from core.transactions import repeated_transaction
from segments.capacity.figures import PersonCapacity, TeamCapacity, worked_out
from segments.models import CapacitySnapshot
from segments.queries.allowances import company_today
from segments.queries.capacity.inputs import inputs_for
from segments.queries.capacity.people import with_portfolios
from segments.queries.capacity.unassigned import unassigned_by_tier
from segments.queries.one_to_many import without_csm_on


@repeated_transaction
def take_snapshots(*, today: date | None = None) -> int:
    """Return how many rows the day now has: one a CSM and one for the company, written by one statement.

    A day that has its rows keeps them: what was written is history. Whoever comes second writes nothing.
    """
    today = today or company_today()
    taken = CapacitySnapshot.objects.filter(on=today)
    if not taken.filter(person=None).exists():
        people = with_portfolios(User.objects.filter(kind=User.Kind.STAFF)).select_related("team").order_by("pk")
        team = worked_out(inputs_for(list(people), today=today))
        rows = [*(_of_person(one, today) for one in team.people), _of_company(team, today)]
        CapacitySnapshot.objects.bulk_create(rows, ignore_conflicts=True)
    return taken.count()


def _of_person(one: PersonCapacity, today: date) -> CapacitySnapshot:
    person = one.person
    return CapacitySnapshot(
        on=today,
        person_id=person.person_id,
        high=person.customers.get("high", 0),
        low=person.customers.get("low", 0),
        tech=person.customers.get("tech", 0),
        high_limit=person.limits.get("high"),
        low_limit=person.limits.get("low"),
        arr=one.arr,
        promised_minutes=round(one.near.promised),
        available_minutes=round(one.near.available),
        logged_minutes=one.logged,
        made_at=timezone.now(),
    )


def _of_company(team: TeamCapacity, today: date) -> CapacitySnapshot:
    waiting = unassigned_by_tier(team.inputs.terms)
    without_csm, left_alone = without_csm_on(today)
    return CapacitySnapshot(
        on=today,
        high=team.customers["high"],
        low=team.customers["low"],
        tech=team.customers["tech"],
        high_limit=team.limits["high"],
        low_limit=team.limits["low"],
        unassigned=sum(row.customers for row in waiting),
        without_csm=without_csm,
        left_alone=left_alone,
        arr=team.arr,
        promised_minutes=round(team.near.promised),
        available_minutes=round(team.near.available),
        logged_minutes=team.logged,
        made_at=timezone.now(),
    )
