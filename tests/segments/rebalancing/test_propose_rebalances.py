"""Asking for a rebalance, the worker that works it out, and the proposal's page."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Customer, Role, User
from calendars.models import Absence
from core.models import OutboxEntry
from segments.actions.rebalances import (
    discard_rebalance,
    propose_rebalance,
    resume_rebalances,
    run_rebalance,
    working,
)
from segments.actions.rebalances.working import LEASE, MOST_ATTEMPTS, PATIENCE
from segments.models import Rebalance, TierPin
from segments.queries.rebalance_problems import problem_of
from segments.rebalancing import Rails
from tests.browser.conftest import do_waiting_work
from tests.cast import make_person
from tests.segments.rebalancing.companies import give, make_csm, overloaded, propose

pytestmark = pytest.mark.django_db

NEW = "/capacity/rebalances/new/"
Login = Callable[[User], Client]


def ask(company, login: Login, **changes):
    """Send the form as the manager, every field as the page shows it but for the changes."""
    people = [company.dana.pk, company.ana.pk, company.ben.pk]
    usual = {"people": people, "tiers": ["high", "low"], "renewal_days": 60, "keep_language": "on", "zone": "now"}
    usual |= {"zone_hours": "1", "pinned_stay": "on", "let_past_stay": "on"}
    return login(company.manager).post(NEW, {name: value for name, value in (usual | changes).items() if value != ""})


def test_a_manager_asks_and_reads_the_proposal(login: Login) -> None:
    company = overloaded()
    page = login(company.manager).get(NEW).content.decode()
    assert "5 of 3" in page
    assert "2 over" in page
    answer = ask(company, login)
    rebalance = Rebalance.objects.get()
    assert answer.headers["Location"] == f"/capacity/rebalances/{rebalance.pk}/"
    waiting = login(company.manager).get(answer.headers["Location"]).content.decode()
    assert "Waiting for a worker" in waiting
    assert f'hx-get="/capacity/rebalances/{rebalance.pk}/progress/"' in waiting
    do_waiting_work()
    page = login(company.manager).get(answer.headers["Location"]).content.decode()
    assert "If 2 customers change the CSM, all 3 CSMs are within the limits." in page
    assert "Dana has 5 high-touch customers, the limit is 3" in page
    assert "Approve and apply 2 moves" in page
    progress = login(company.manager).get(f"/capacity/rebalances/{rebalance.pk}/progress/")
    assert progress.headers["HX-Refresh"] == "true"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"people": ""}, "Choose the CSMs between whom customers may move."),
        ({"people": ["999999999"]}, "is not one of the available choices"),
        ({"people": ["x" * 300]}, "is not a valid value"),
        ({"tiers": ""}, "Choose at least one tier."),
        ({"renewal_days": "99999"}, "less than or equal to 730"),
        ({"renewal_days": "soon"}, "Enter a whole number"),
        ({"zone_hours": "nan"}, "Enter a number"),
        ({"zone": "moon"}, "is not one of the available choices"),
    ],
)
def test_a_wrong_form_says_what_is_wrong_and_loses_nothing(login: Login, changes, words: str) -> None:
    answer = ask(overloaded(), login, **changes)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Rebalance.objects.exists()


def test_somebody_has_to_be_left(login: Login) -> None:
    company = overloaded()
    answer = ask(company, login, people=[company.dana.pk], emptied=[company.dana.pk])
    assert "Somebody has to be left" in answer.content.decode()
    answer = ask(company, login, people=[company.ana.pk], emptied=[company.dana.pk])
    assert "has to be ticked as well" in answer.content.decode()


def test_sent_twice_it_is_one() -> None:
    company = overloaded()
    people = [company.dana.pk, company.ana.pk]
    first, second = (propose_rebalance(actor=company.manager, people=people, rails=Rails()) for _ in range(2))
    assert first == second
    assert OutboxEntry.objects.filter(kind="segments.rebalance").count() == 1


def test_other_teams_people_are_not_there(login: Login) -> None:
    company = overloaded()
    stranger = make_csm("Stranger", 5)
    assert ask(company, login, people=[company.dana.pk, stranger.pk]).status_code == 422
    mixed = Rebalance.objects.create(people=[company.dana.pk, stranger.pk])
    assert login(company.manager).get(f"/capacity/rebalances/{mixed.pk}/").status_code == 404
    assert (
        f"/capacity/rebalances/{mixed.pk}/" not in login(company.manager).get("/capacity/rebalances/").content.decode()
    )
    boss = make_person("admin@company.example", Role.ADMINISTRATOR)
    assert login(boss).get(f"/capacity/rebalances/{mixed.pk}/").status_code == 200


def test_what_the_rails_look_at_is_read() -> None:
    company = overloaded()
    renewing, pinned, let_past, *_ = company.of_dana
    Customer.objects.filter(pk=renewing.pk).update(renews_on=timezone.localdate() + timedelta(days=10))
    TierPin.objects.create(
        customer=pinned,
        tier="high",
        reason="Board",
        pinned_at=timezone.now(),
        until=timezone.localdate() + timedelta(5),
    )
    let_past.assignments.update(over_limit_reason="The founder asked for Dana")
    now = timezone.now()
    Absence.objects.create(
        person=company.ben,
        kind="parental",
        starts_at=now + timedelta(days=3),
        ends_at=now + timedelta(days=90),
        time_zone="UTC",
    )
    problem = problem_of(propose(company))
    found = {one.name: one for one in problem.customers}
    assert (found["Dorado"].renews_on - problem.today).days in (9, 10, 11)
    assert [name for name, one in sorted(found.items()) if one.is_pinned] == ["Delta"]
    assert [name for name, one in sorted(found.items()) if one.is_let_past] == ["Domino"]
    assert (problem.today - found["Dune"].held_since).days in (364, 365, 366)
    assert problem.by_pk[company.ben.pk].takes_none.startswith("is away until")
    moved = set(Rebalance.objects.get().moves.values_list("customer__name", flat=True))
    assert moved == {"Dahlia", "Dune"}


def test_what_cannot_be_met_stands_on_the_page(login: Login) -> None:
    company = overloaded()
    Customer.objects.filter(pk__in=[one.pk for one in company.of_dana]).update(
        renews_on=timezone.localdate() + timedelta(days=10)
    )
    rebalance = propose(company)
    page = login(company.manager).get(f"/capacity/rebalances/{rebalance.pk}/").content.decode()
    assert "No move is left that would help: 2 of 3 CSMs are within the limits and 1 limit is still passed." in page
    assert "Dana is 2 over in high touch: 5 renew within 60 days." in page


def test_customers_without_a_csm_are_placed_where_asked(login: Login) -> None:
    company = overloaded()
    give(None, "Orphan")
    assert not propose(company).moves.filter(from_person=None).exists()
    rebalance = propose(company, place_unassigned=True)
    assert rebalance.moves.get(from_person=None).to_person == company.ana
    page = login(company.manager).get(f"/capacity/rebalances/{rebalance.pk}/").content.decode()
    assert "3 customers change the CSM, 1 of them to a first CSM" in page
    assert "Without a CSM until now" in page


def test_a_leaver_is_emptied() -> None:
    company = overloaded()
    company.ana.portfolio_limits.update(portfolio_limit=20)
    rebalance = propose(company, emptied=(company.dana.pk,))
    assert rebalance.moves.filter(from_person=company.dana).count() == 5


# --- the worker -----------------------------------------------------------------------------------
def test_a_second_worker_does_nothing() -> None:
    rebalance = propose(overloaded())
    assert not run_rebalance(rebalance.pk)
    assert rebalance.moves.count() == 2


def test_a_dead_workers_work_is_taken_up_again() -> None:
    company = overloaded()
    rebalance = propose_rebalance(actor=company.manager, people=[company.dana.pk, company.ana.pk], rails=Rails())
    dead = working.claim(rebalance.pk)
    assert not run_rebalance(rebalance.pk)
    assert resume_rebalances() == []
    Rebalance.objects.update(claimed_until=timezone.now() - LEASE)
    assert resume_rebalances() == [rebalance.pk]
    assert run_rebalance(rebalance.pk)
    # Whom everybody took for dead can't write any more.
    with pytest.raises(working.LostLease):
        dead.say(0.5, "Still here")
    assert Rebalance.objects.get().state == "proposed"


def test_what_nobody_begins_is_asked_for_again_and_what_always_dies_is_given_up() -> None:
    company = overloaded()
    propose_rebalance(actor=company.manager, people=[company.dana.pk], rails=Rails())
    assert resume_rebalances() == []
    Rebalance.objects.update(created_at=timezone.now() - 2 * PATIENCE)
    assert len(resume_rebalances()) == 1
    Rebalance.objects.update(state="solving", attempt=MOST_ATTEMPTS, claimed_until=timezone.now() - LEASE)
    assert resume_rebalances() == []
    assert Rebalance.objects.get().state == "failed"


def test_stopped_while_it_is_worked_out_nothing_is_written(monkeypatch, login: Login) -> None:
    company = overloaded()
    rebalance = propose_rebalance(actor=company.manager, people=[company.dana.pk, company.ana.pk], rails=Rails())
    solve = working.solve

    def solve_and_be_stopped(problem, progress):
        found = solve(problem, progress)
        assert login(company.manager).post(f"/capacity/rebalances/{rebalance.pk}/discard/").status_code == 302
        return found

    monkeypatch.setattr(working, "solve", solve_and_be_stopped)
    assert not run_rebalance(rebalance.pk)
    rebalance.refresh_from_db()
    assert rebalance.state == "discarded"
    assert not rebalance.moves.exists()
    page = login(company.manager).get(f"/capacity/rebalances/{rebalance.pk}/").content.decode()
    assert "It was put aside before it was worked out." in page


def test_an_error_is_told(monkeypatch, login: Login) -> None:
    company = overloaded()
    rebalance = propose_rebalance(actor=company.manager, people=[company.dana.pk], rails=Rails())

    def broken(*_):
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(working, "solve", broken)
    assert run_rebalance(rebalance.pk)
    page = login(company.manager).get(f"/capacity/rebalances/{rebalance.pk}/").content.decode()
    assert "An error of the program stopped it (ZeroDivisionError: by nothing)" in page


def test_a_proposal_put_aside_can_be_worked_out_anew(login: Login) -> None:
    company = overloaded()
    rebalance = propose(company, renewal_days=30)
    discard_rebalance(actor=company.manager, rebalance=rebalance)
    assert login(company.manager).post(f"/capacity/rebalances/{rebalance.pk}/again/").status_code == 302
    new = Rebalance.objects.latest("pk")
    assert (new.people, new.options) == (rebalance.people, rebalance.options)
    assert new.options["renewal_days"] == 30
