"""The capacity page: who sees whom, what it says, and what its numbers open."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Assignment, TimelineEntry, User
from segments.actions.snapshots import take_snapshots
from segments.models import CapacitySettings, CapacitySnapshot, TierTerms, TimeEntry
from segments.queries.allowances import company_today
from segments.queries.capacity.behind import customers_behind
from segments.queries.capacity.figures import team_capacity
from segments.queries.capacity.page import capacity_page
from tests.cast import assign, make_customer, make_person

Login = Callable[[User], Client]


def page_of(client: Client, address: str = "/capacity/") -> str:
    """Return the page's text."""
    response = client.get(address)
    assert response.status_code == 200
    return unescape(response.content.decode())


def test_manager_sees_its_teams_and_administrator_all(cast: SimpleNamespace, login: Login) -> None:
    page = page_of(login(cast.manager))
    assert cast.csm.name in page
    assert cast.other_csm.name not in page
    everything = page_of(login(cast.administrator))
    assert cast.csm.name in everything
    assert cast.other_csm.name in everything


@pytest.mark.parametrize("address", ["/capacity/", "/capacity/week/", "/capacity/settings/"])
def test_csm_is_told_that_it_may_not(cast: SimpleNamespace, login: Login, address: str) -> None:
    assert login(cast.csm).get(address).status_code == 403


def test_person_of_another_team_is_not_there(cast: SimpleNamespace, login: Login) -> None:
    client = login(cast.manager)
    for part in ("", "given/"):
        assert client.get(f"/capacity/people/{cast.csm.pk}/{part}").status_code == 200
        assert client.get(f"/capacity/people/{cast.other_csm.pk}/{part}").status_code == 404
        # Somebody in the team without a portfolio.
        assert client.get(f"/capacity/people/{cast.am.pk}/{part}").status_code == 404
    assert login(cast.csm).get(f"/capacity/people/{cast.csm.pk}/").status_code == 403


def test_another_teams_filter_shows_nobody_of_it(cast: SimpleNamespace, login: Login) -> None:
    assert cast.other_csm.name not in page_of(login(cast.manager), f"/capacity/?team={cast.other_team.pk}")
    only = page_of(login(cast.administrator), f"/capacity/?team={cast.other_team.pk}")
    assert cast.other_csm.name in only
    assert f">{cast.csm.name}<" not in only


@pytest.mark.parametrize(
    "sort", ["name", "-name", "arr", "-utilisation", "trend", "-trend", "high", "nonsense", "--arr"]
)
def test_every_order_is_shown(cast: SimpleNamespace, login: Login, sort: str) -> None:
    take_snapshots(today=company_today() - timedelta(days=40))
    assert cast.csm.name in page_of(login(cast.administrator), f"/capacity/?sort={sort}")


def test_order_is_by_the_figure(cast: SimpleNamespace) -> None:
    for number in range(3):
        assign(make_customer(f"More {number}", tier="high", mrr=5), cast.other_csm)
    assert [row.name for row in capacity_page(cast.administrator).rows] == [cast.other_csm.name, cast.csm.name]
    rows = capacity_page(cast.administrator, sort="utilisation").rows
    assert [row.name for row in rows] == [cast.csm.name, cast.other_csm.name]


def test_first_sentence_says_who_is_short_and_by_how_much(cast: SimpleNamespace, login: Login) -> None:
    client = login(cast.manager)
    assert "Yes, the team can carry its customers." in page_of(client)
    TierTerms.objects.filter(tier="high").update(planned_minutes=80 * 60 * 4)
    page = page_of(client)
    assert "No, the team can't carry its customers." in page
    figures = team_capacity([cast.csm.pk], today=company_today())
    assert figures.whole.short > 0
    assert capacity_page(cast.manager).verdict.short == pytest.approx(figures.whole.short)


def test_team_with_hours_elsewhere_is_told_so(cast: SimpleNamespace, login: Login) -> None:
    TierTerms.objects.filter(tier="high").update(planned_minutes=150 * 60)
    page = page_of(login(cast.administrator))
    assert "The team has the hours, but not where the customers are." in page


def test_nothing_promised_and_nobody_there_are_said(cast: SimpleNamespace, login: Login) -> None:
    Assignment.objects.all().delete()
    assert "Nothing is promised" in page_of(login(cast.manager))
    lonely = make_person("lonely@company.example", "manager")
    page = page_of(login(lonely))
    assert "There is nobody here who could carry customers yet." in page
    assert "No CSM to show yet" in page


def test_history_begins_tonight(cast: SimpleNamespace, login: Login) -> None:
    client = login(cast.manager)
    assert "The first snapshot is taken tonight" in page_of(client)
    take_snapshots(today=company_today() - timedelta(days=31))
    take_snapshots()
    page = page_of(client)
    assert "capacity-trend" in page
    assert "No history yet" not in page


def test_earlier_utilisation_stands_beside_todays(cast: SimpleNamespace) -> None:
    day = company_today() - timedelta(days=30)
    take_snapshots(today=day)
    CapacitySnapshot.objects.filter(person=cast.csm).update(promised_minutes=3600, available_minutes=7200)
    [row] = capacity_page(cast.manager).rows
    assert row.before_percent == "50%"
    # One high-touch customer takes 7.36 of the 120 hours of four weeks: 6 per cent.
    assert row.change == "↓ 44 points"
    assert capacity_page(cast.manager).before.on == day


def test_unassigned_customers_are_counted_by_tier(cast: SimpleNamespace, login: Login) -> None:
    make_customer("Waiting", tier="high", mrr=1000)
    make_customer("Waiting less", tier="low", mrr=10)
    make_customer("Merged", tier="high", mrr=5, merged_into=cast.acme)
    make_customer("Served by all", tier="tech", mrr=5)
    page = capacity_page(cast.manager)
    assert [(row.tier, row.customers, int(row.arr)) for row in page.unassigned] == [
        ("high", 1, 12_000),
        ("low", 1, 120),
    ]
    assert "2 customers" in page_of(login(cast.manager))
    listed = page_of(login(cast.manager), "/customers/?csm=none&tier=high")
    assert "Waiting" in listed
    assert "Waiting less" not in listed


def test_numbers_open_the_customers_behind_them(cast: SimpleNamespace, login: Login) -> None:
    client = login(cast.administrator)
    page = page_of(client)
    address = f"/customers/?csm={cast.csm.pk}&tier=high"
    assert address in page
    listed = page_of(client, address)
    assert "Acme" in listed
    assert "Globex" not in listed
    both = page_of(client, "/customers/?csm=any")
    assert "Acme" in both
    assert "Globex" in both
    lonely = make_customer("Lonely", tier="low")
    assert lonely.name not in page_of(client, "/customers/?csm=any")


def test_tech_touch_customer_with_much_time_is_listed(cast: SimpleNamespace, login: Login) -> None:
    today = company_today()
    taker, modest = make_customer("Taker", tier="tech", mrr=10), make_customer("Modest", tier="tech")
    # A low-touch customer is planned 90 minutes a month: 83 in four weeks.
    TimeEntry.objects.create(customer=taker, person=cast.csm, on=today, minutes=50)
    TimeEntry.objects.create(customer=taker, person=cast.csm, on=today - timedelta(days=27), minutes=33)
    TimeEntry.objects.create(customer=modest, person=cast.csm, on=today, minutes=82)
    TimeEntry.objects.create(customer=modest, person=cast.csm, on=today - timedelta(days=28), minutes=500)
    TimeEntry.objects.create(customer=modest, person=cast.other_csm, on=today, minutes=500)
    page = capacity_page(cast.manager)
    assert (page.drawing.count, page.drawing.minutes) == (1, 83)
    listed = page_of(login(cast.manager), "/capacity/astray/tech-touch/")
    assert "Taker" in listed
    assert "Modest" not in listed
    tech = next(one for one in page.balances if one.tier == "tech")
    assert (tech.given, tech.entitled) == (165, 0)


def test_high_touch_customer_with_too_little_is_listed(cast: SimpleNamespace, login: Login) -> None:
    today = company_today()
    page = capacity_page(cast.manager)
    assert (page.neglected.count, page.neglected.rows[0].name) == (1, "Acme")
    # Half of 480 minutes a month is 220.8 in four weeks.
    entry = TimeEntry.objects.create(customer=cast.acme, person=cast.csm, on=today, minutes=221)
    assert capacity_page(cast.manager).neglected.count == 0
    entry.minutes = 220
    entry.save()
    assert capacity_page(cast.manager).neglected.count == 1
    assert "Acme" in page_of(login(cast.manager), "/capacity/astray/high-touch/")


def test_time_without_a_word_is_silence(cast: SimpleNamespace) -> None:
    CapacitySettings.current()
    CapacitySettings.objects.update(days_without_contact=10)
    today = company_today()
    TimeEntry.objects.create(customer=cast.acme, person=cast.csm, on=today, minutes=600, activity="preparation")
    page = capacity_page(cast.manager)
    assert page.neglected.rows[0].is_silent
    entry = TimelineEntry.objects.create(
        customer=cast.acme, at="2000-01-01T00:00Z", kind="note.call", summary="Spoke with Ann"
    )
    assert capacity_page(cast.manager).neglected.count == 1
    TimelineEntry.objects.filter(pk=entry.pk).update(at=cast.acme.created_at)
    assert capacity_page(cast.manager).neglected.count == 0


def test_page_heat_map_drill_down_and_snapshot_add_up_alike(cast: SimpleNamespace) -> None:
    today = company_today()
    for number in range(30):
        customer = make_customer(
            f"Customer {number}",
            tier="high" if number % 3 else "low",
            mrr=number,
            renews_on=today + timedelta(days=3 * number),
            stage="onboarding" if number % 5 == 0 else "adoption",
            signed_up_on=today - timedelta(days=number),
        )
        assign(customer, cast.csm if number % 2 else cast.other_csm)
    page = capacity_page(cast.administrator, today=today)
    figures = page.team
    assert page.total.balance.promised == pytest.approx(sum(row.balance.promised for row in page.rows))
    assert page.total.balance.promised == pytest.approx(sum(week.promised for week in figures.weeks[:4]))
    for one in figures.people:
        for week in one.weeks:
            [rows, _] = [customers_behind(one.person.person_id, figures.inputs.terms, week.monday, 1, size=99).rows, 0]
            assert sum(row["minutes"] for row in rows) == pytest.approx(week.promised)
            assert len(rows) == one.customers
        near = customers_behind(one.person.person_id, figures.inputs.terms, figures.inputs.first_monday, 4, size=99)
        assert sum(row["minutes"] for row in near.rows) == pytest.approx(one.near.promised)
    take_snapshots(today=today)
    for one in figures.people:
        row = CapacitySnapshot.objects.get(on=today, person=one.person.person_id)
        assert row.promised_minutes == round(one.near.promised)
        assert row.available_minutes == round(one.near.available)
        assert (row.high, row.low, row.arr) == (one.person.customers["high"], one.person.customers["low"], one.arr)
    company = CapacitySnapshot.objects.get(on=today, person=None)
    assert company.promised_minutes == round(page.total.balance.promised)
    assert company.arr == page.total.arr


def test_drill_down_is_paged(cast: SimpleNamespace, login: Login) -> None:
    for number in range(60):
        assign(make_customer(f"Customer {number:02}", tier="high", mrr=1), cast.csm, over_limit_reason="Test")
    client = login(cast.manager)
    address = f"/capacity/people/{cast.csm.pk}/"
    seen: list[str] = []
    pages = []
    for _ in range(3):
        response = client.get(address)
        page = response.context["page"]
        seen += [row["name"] for row in page.rows]
        pages.append(len(page.rows))
        if not page.next:
            break
        address = f"/capacity/people/{cast.csm.pk}/?after={page.next}"
    assert pages == [50, 11]
    assert len(set(seen)) == 61
    back = client.get(f"/capacity/people/{cast.csm.pk}/?before={page.previous}").context["page"]
    assert [row["name"] for row in back.rows] == seen[:50]


@pytest.mark.parametrize(
    "query", ["week=2026-11-24", "week=nonsense", "week=1970-01-05", "week=9999-12-27", "after=nonsense", "after=WzFd"]
)
def test_address_that_makes_no_sense_is_refused(cast: SimpleNamespace, login: Login, query: str) -> None:
    assert login(cast.manager).get(f"/capacity/people/{cast.csm.pk}/?{query}").status_code == 422


def test_page_takes_as_many_queries_for_many(cast: SimpleNamespace, login: Login) -> None:
    client = login(cast.administrator)

    def queries() -> int:
        page_of(client)
        with CaptureQueriesContext(connection) as captured:
            page_of(client)
        return len(captured)

    few = queries()
    people = [make_person(f"csm{number}@company.example", "csm", team=cast.team) for number in range(30)]
    for number in range(300):
        customer = make_customer(f"Customer {number}", tier="low", renews_on=company_today() + timedelta(days=number))
        assign(customer, people[number % 30])
        TimeEntry.objects.create(customer=customer, person=people[0], on=company_today(), minutes=5)
    assert queries() == few


def test_time_given_opens_who_got_it(cast: SimpleNamespace, login: Login) -> None:
    today = company_today()
    TimeEntry.objects.create(customer=cast.acme, person=cast.csm, on=today, minutes=40)
    TimeEntry.objects.create(customer=cast.globex, person=cast.csm, on=today, minutes=30)
    TimeEntry.objects.create(customer=cast.globex, person=cast.other_csm, on=today, minutes=500)
    client = login(cast.manager)

    def given(query: str) -> list[tuple[str, int]]:
        return [(row["name"], row["minutes"]) for row in client.get(f"/capacity/given/{query}").context["page"].rows]

    assert given("") == [("Acme", 40), ("Globex", 30)]
    assert given("?tier=low") == [("Globex", 30)]
    assert given(f"?team={cast.other_team.pk}") == [("Acme", 40), ("Globex", 30)]
    assert "Acme" in page_of(client, f"/capacity/people/{cast.csm.pk}/given/")
