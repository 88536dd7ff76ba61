"""What capacity is worked out from, read for many people at once."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import RoleGrant
from segments.capacity import demand
from segments.capacity.figures import State
from segments.models import CapacitySettings, EventTerms, PersonLimit, TimeEntry
from segments.queries.capacity.figures import capacity_of, team_capacity
from tests.cast import assign, make_customer, make_person

TODAY = date(2026, 11, 23)


def test_figures_of_a_small_portfolio_by_hand(cast: SimpleNamespace) -> None:
    # Four weeks without a public holiday of a person without a country: 4 x 40 h, three quarters of it for customers.
    cast.acme.renews_on = date(2026, 12, 9)
    cast.acme.mrr = 1000
    cast.acme.save()
    TimeEntry.objects.create(customer=cast.acme, person=cast.csm, on=TODAY, minutes=45)
    TimeEntry.objects.create(customer=cast.globex, person=cast.csm, on=TODAY - timedelta(days=27), minutes=30)
    TimeEntry.objects.create(customer=cast.acme, person=cast.csm, on=TODAY - timedelta(days=28), minutes=600)
    PersonLimit.objects.create(person=cast.csm, tier="low", portfolio_limit=3)
    [csm] = capacity_of([cast.csm.pk], today=TODAY)
    assert csm.person.limits == {"high": 15, "low": 3, "tech": None}
    assert csm.arr == 12_000
    assert csm.near.available == 4 * 2400 * 0.75
    # A high-touch customer takes 480 minutes a month; its renewal 360 over 28 days, of which 16 are ahead.
    assert csm.near.promised == pytest.approx(28 * 480 / 30.4375 + 16 * 360 / 28)
    assert csm.person.logged_by_tier == {"high": 45, "low": 30}
    assert csm.near.state == State.FITS
    assert len(csm.weeks) == 13


def test_who_left_or_lost_the_role_gives_no_hours(cast: SimpleNamespace) -> None:
    RoleGrant.objects.filter(user=cast.csm).delete()
    cast.other_csm.is_active = False
    cast.other_csm.save()
    figures = team_capacity([cast.csm.pk, cast.other_csm.pk], today=TODAY)
    assert figures.whole.available == 0
    assert [one.near.state for one in figures.people] == [State.OVER, State.OVER]


def test_settings_change_the_figures(cast: SimpleNamespace) -> None:
    before = team_capacity([cast.csm.pk], today=TODAY).near
    CapacitySettings.current()
    CapacitySettings.objects.update(utilisation_target=50)
    EventTerms.objects.all().delete()
    after = team_capacity([cast.csm.pk], today=TODAY).near
    assert after.available == before.available * 50 / 75


def test_registered_source_adds_to_the_demand(cast: SimpleNamespace) -> None:
    asked = []

    def minutes(people: object, weeks: object) -> dict[tuple[int, date], float]:
        asked.append((list(people), list(weeks)))  # type: ignore[call-overload]
        return {(cast.csm.pk, TODAY + timedelta(weeks=1)): 90.0}

    before = team_capacity([cast.csm.pk], today=TODAY)
    demand.register(demand.DemandSource("lessons", "Lessons", minutes, lambda person, monday: []))
    try:
        after = team_capacity([cast.csm.pk], today=TODAY)
    finally:
        demand.unregister("lessons")
    assert ("lessons", "Lessons") in after.inputs.sources
    assert after.weeks[1].promised == pytest.approx(before.weeks[1].promised + 90)
    assert after.whole.promised == pytest.approx(before.whole.promised + 90)
    [(people, weeks)] = asked
    assert (people, weeks[0], len(weeks)) == ([cast.csm.pk], TODAY, 13)


def test_weeks_of_clock_changes_are_as_long_as_others(cast: SimpleNamespace) -> None:
    # Berlin's clocks go back on 25 October 2026 and forward on 28 March 2027, both Sundays; office hours stay.
    cast.csm.time_zone = "Europe/Berlin"
    cast.csm.save()
    for monday in (date(2026, 10, 19), date(2027, 3, 22)):
        [csm] = capacity_of([cast.csm.pk], today=monday, weeks=2)
        assert [week.working for week in csm.weeks] == [2400, 2400]
        assert csm.weeks[0].promised == csm.weeks[1].promised


def test_queries_do_not_grow_with_people(cast: SimpleNamespace) -> None:
    def queries_of(people: list[int]) -> int:
        team_capacity(people, today=TODAY)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            team_capacity(people, today=TODAY)
        return len(captured)

    people = [cast.csm.pk, cast.other_csm.pk]
    few = queries_of(people)
    for number in range(20):
        person = make_person(f"csm{number}@company.example", "csm")
        assign(make_customer(f"Customer {number}", tier="high", renews_on=TODAY + timedelta(days=9)), person)
        people.append(person.pk)
    assert queries_of(people) == few
