"""Reads all that the figures of some people are worked out from."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, timedelta

from django.db.models import F, Sum, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from calendars.queries.supply import WeekHours, weekly_minutes
from segments.capacity import demand
from segments.capacity.inputs import NEAR_DAYS, WEEKS, CapacityInput, PersonInput, Terms, mondays, planning_monday
from segments.models import PersonLimit, TimeEntry
from segments.queries.capacity.people import people_of
from segments.queries.capacity.portfolios import Portfolio, portfolios_of
from segments.queries.capacity.terms import terms_now


def inputs_of(
    people_ids: Collection[int], *, today: date, first_monday: date | None = None, weeks: int = WEEKS
) -> CapacityInput:
    """Return the inputs of these people by name, in a fixed number of queries and those of the registered sources."""
    return inputs_for(people_of(people_ids), today=today, first_monday=first_monday, weeks=weeks)


def inputs_for(
    people: Sequence[User],
    *,
    today: date,
    first_monday: date | None = None,
    weeks: int = WEEKS,
    terms: Terms | None = None,
) -> CapacityInput:
    """Return the inputs of these people, read with `team` and `holds_role`, in their order."""
    first = first_monday or planning_monday(today)
    terms = terms or terms_now()
    ids = [person.pk for person in people]
    portfolios = portfolios_of(ids, terms.events, first, weeks)
    supply = weekly_minutes([person.pk for person in people if _is_csm(person)], first, weeks)
    limits = _own_limits(ids)
    others = _other_demand(ids, mondays(first, weeks))
    logged = logged_minutes(ids, today)
    return CapacityInput(
        today=today,
        first_monday=first,
        weeks=weeks,
        terms=terms,
        people=tuple(
            _person(
                person,
                portfolios[person.pk],
                {**terms.limits, **limits.get(person.pk, {})},
                supply.get(person.pk, []),
                others.get(person.pk, {}),
                logged.get(person.pk, {}),
            )
            for person in people
        ),
        sources=tuple((source.name, source.label) for source in demand.sources()),
    )


def logged_minutes(people_ids: Collection[int], today: date) -> dict[int, dict[str, int]]:
    """Return the minutes that each person logged in the four weeks up to today, by the customers' tier ("": none)."""
    rows = (
        TimeEntry.objects.filter(person__in=people_ids, on__gt=today - timedelta(days=NEAR_DAYS), on__lte=today)
        .order_by()
        .values_list("person_id", Coalesce(F("customer__tier"), Value("")))
        .annotate(minutes=Sum("minutes"))
    )
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for person, tier, minutes in rows:
        found[person][tier] = minutes
    return found


def _is_csm(person: User) -> bool:
    return bool(person.is_active and person.holds_role)  # type: ignore[attr-defined]


def _person(
    person: User,
    portfolio: Portfolio,
    limits: dict[str, int | None],
    supply: Sequence[WeekHours],
    others: dict[str, tuple[float, ...]],
    logged: dict[str, int],
) -> PersonInput:
    return PersonInput(
        person_id=person.pk,
        name=str(person),
        team_id=person.team_id,
        team_name=person.team.name if person.team else "",
        is_csm=_is_csm(person),
        takes_customers=person.takes_customers,
        customers=portfolio.customers,
        arr_by_tier=portfolio.arr_by_tier,
        limits=limits,
        event_days=portfolio.event_days,
        other_demand=others,
        working=tuple(week.working for week in supply),
        absent=tuple(week.absent for week in supply),
        free=tuple(week.free for week in supply),
        logged_by_tier=logged,
    )


def _own_limits(people_ids: Collection[int]) -> dict[int, dict[str, int | None]]:
    found: dict[int, dict[str, int | None]] = defaultdict(dict)
    limits = PersonLimit.objects.filter(person__in=people_ids)
    for person, tier, limit in limits.values_list("person_id", "tier", "portfolio_limit"):
        found[person][tier] = limit
    return found


def _other_demand(people_ids: Sequence[int], weeks: Sequence[date]) -> dict[int, dict[str, tuple[float, ...]]]:
    found: dict[int, dict[str, tuple[float, ...]]] = defaultdict(dict)
    for source in demand.sources():
        minutes = source.minutes(people_ids, weeks)
        for person in {person for person, _ in minutes}:
            found[person][source.name] = tuple(float(minutes.get((person, monday), 0)) for monday in weeks)
    return found


def with_terms(inputs: CapacityInput, terms: Terms) -> CapacityInput:
    """Return the same people under other terms; one query where events are spread otherwise, none else."""
    people = inputs.people
    own = {person.person_id: _own_of(person, inputs.terms) for person in people}
    portfolios = None
    if _spread(terms) != _spread(inputs.terms):
        portfolios = portfolios_of(list(own), terms.events, inputs.first_monday, inputs.weeks)
    return replace(
        inputs,
        terms=terms,
        people=tuple(
            replace(
                person,
                limits={**terms.limits, **own[person.person_id]},
                event_days=portfolios[person.person_id].event_days if portfolios else person.event_days,
            )
            for person in people
        ),
    )


def _spread(terms: Terms) -> dict[tuple[str, str], int]:
    return {kind: plan.days for kind, plan in terms.events.items() if plan.minutes}


def _own_of(person: PersonInput, terms: Terms) -> dict[str, int | None]:
    return {tier: limit for tier, limit in person.limits.items() if limit != terms.limits.get(tier)}
