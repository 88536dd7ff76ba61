"""A rebalance killed while it is worked out is taken up again; killed while it is applied it has done nothing."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Assignment, TimelineEntry
from core.models import OutboxEntry
from segments.actions.rebalances import (
    apply_rebalance,
    applying,
    propose_rebalance,
    resume_rebalances,
    run_rebalance,
    undo_rebalance,
    undoing,
    working,
)
from segments.models import Rebalance, RebalanceMove
from segments.rebalancing import Rails
from tests.processes import die, run_until_killed
from tests.segments.rebalancing.companies import overloaded, portfolios, propose

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

STEPS = ("close_for_handover", "insert_at_once", "write_timelines", "remember_opened", "tell_csms")


def and_die(work: Any) -> Any:
    """Return the work followed by a kill."""

    def run(*args: Any, **kwargs: Any) -> None:
        work(*args, **kwargs)
        die()

    return run


def state() -> dict[str, Any]:
    """Return all that applying writes."""
    return {
        "portfolios": portfolios(),
        "assignments": Assignment.objects.count(),
        "timeline": TimelineEntry.objects.count(),
        "mails": OutboxEntry.objects.filter(kind="accounts.mail").count(),
        "states": list(Rebalance.objects.values_list("state", flat=True)),
        "moves": set(RebalanceMove.objects.values_list("assignment_after", flat=True)) == {None},
    }


@pytest.fixture
def company() -> SimpleNamespace:
    return overloaded()


@pytest.mark.parametrize("step", STEPS)
def test_killed_while_it_is_applied_it_has_done_nothing(company, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rebalance = propose(company)
    before = state()
    with monkeypatch.context() as patched:
        patched.setattr(applying, step, and_die(getattr(applying, step)))
        assert run_until_killed(lambda: apply_rebalance(actor=company.manager, rebalance=rebalance)) == 9
    assert state() == before
    apply_rebalance(actor=company.manager, rebalance=rebalance)
    assert len(portfolios()["Dana"]) == 3
    assert state()["mails"] == 2


def test_killed_while_it_is_undone_it_has_done_nothing(company, monkeypatch: pytest.MonkeyPatch) -> None:
    before = portfolios()
    rebalance = propose(company)
    apply_rebalance(actor=company.manager, rebalance=rebalance)
    applied = state()
    with monkeypatch.context() as patched:
        patched.setattr(undoing, "insert_at_once", and_die(undoing.insert_at_once))
        assert run_until_killed(lambda: undo_rebalance(actor=company.manager, rebalance=rebalance)) == 9
    assert state() == applied
    undo_rebalance(actor=company.manager, rebalance=rebalance)
    assert portfolios() == before


@pytest.mark.parametrize("step", ["problem_of", "solve", "_row"])
def test_killed_while_it_is_worked_out_it_is_taken_up_again(
    company, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [company.dana.pk, company.ana.pk]
    rebalance = propose_rebalance(actor=company.manager, people=people, rails=Rails())
    with monkeypatch.context() as patched:
        patched.setattr(working, step, and_die(getattr(working, step)))
        assert run_until_killed(lambda: run_rebalance(rebalance.pk)) == 9
    rebalance.refresh_from_db()
    assert (rebalance.state, rebalance.attempt) == ("solving", 1)
    assert not run_rebalance(rebalance.pk)
    Rebalance.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert resume_rebalances() == [rebalance.pk]
    assert run_rebalance(rebalance.pk)
    rebalance.refresh_from_db()
    assert (rebalance.state, rebalance.attempt, rebalance.moves.count()) == ("proposed", 2, 2)
