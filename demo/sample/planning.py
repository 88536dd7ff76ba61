"""What the sample's manager did about capacity: a rebalance undone, one that waits for a decision, a what-if kept."""

from datetime import timedelta

from accounts.models import Role, User
from calendars.rules.clock import monday_of
from core.errors import ProductError
from demo.sample.clock import as_of, evening
from demo.sample.portfolios import OVERLOADED
from demo.sample.work import Work
from segments.actions.rebalances import (
    apply_rebalance,
    discard_rebalance,
    propose_rebalance,
    run_rebalance,
    undo_rebalance,
)
from segments.actions.scenarios import create_scenario
from segments.models import Rebalance, Scenario
from segments.rebalancing import Rails
from segments.scenarios.changes import Changes, Hire

APPLIED_DAYS_AGO = 4
UNDONE_DAYS_AGO = 3
SCENARIO = "Two more in Europe"
State = Rebalance.State


def undo_a_rebalance(work: Work) -> None:
    """Spread portfolios out, and take it back the day after: the team had planned otherwise."""
    if Rebalance.objects.filter(state=State.UNDONE).exists():
        return
    applied = Rebalance.objects.filter(state=State.APPLIED).first()
    if applied is None:
        with as_of(evening(work.today, APPLIED_DAYS_AGO)):
            proposed = _proposed(work, Rails(let_past_stay=False, even_out=True))
            if proposed is None:
                return
            applied = apply_rebalance(actor=work.manager, rebalance=proposed, note="Before the new quarter")
    with as_of(evening(work.today, UNDONE_DAYS_AGO)):
        undo_rebalance(actor=work.manager, rebalance=applied)


def propose_a_rebalance(work: Work) -> None:
    """Work out how the overloaded CSM comes within its limits; the manager has not decided yet.

    In a company so small that nobody is past a limit, portfolios are evened out instead.
    """
    if Rebalance.objects.filter(state=State.PROPOSED).exists():
        return
    if _proposed(work, Rails(let_past_stay=False)) is None:
        _proposed(work, Rails(let_past_stay=False, even_out=True))


def keep_a_scenario(work: Work) -> None:
    """Keep the question what two more CSMs in Europe would change."""
    if Scenario.objects.filter(owner=work.manager, name=SCENARIO).exists():
        return
    starts = monday_of(work.today) + timedelta(weeks=4)
    hire = Hire(count=2, starts=starts, time_zone="Europe/Berlin", languages=("de", "en"), name="New in Berlin")
    create_scenario(
        actor=work.manager,
        name=SCENARIO,
        changes=Changes(hires=(hire,)),
        note="Asked for in the budget; would it be enough?",
        is_shared=True,
    )


def _proposed(work: Work, rails: Rails) -> Rebalance | None:
    """Return a proposal between the overloaded CSM and its team, worked out here and now; none without a move."""
    team = User.objects.filter(team=work.person(OVERLOADED).team, role_grants__role=Role.CSM, is_active=True)
    people = list(team.values_list("pk", flat=True))
    try:
        rebalance = propose_rebalance(actor=work.manager, people=people, rails=rails)
    except ProductError:
        # A company so small that nobody else could take a customer.
        return None
    run_rebalance(rebalance.pk)
    rebalance.refresh_from_db()
    if rebalance.state != State.PROPOSED:
        return None
    if not rebalance.moves.exists():
        discard_rebalance(actor=work.manager, rebalance=rebalance)
        return None
    return rebalance
