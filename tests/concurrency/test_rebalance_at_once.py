"""Rebalances applied at the same moment, and beside tier runs, fillings and people: one act or none, never a half."""

from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import Count

from accounts.models import Assignment, Customer, Role, TimelineEntry, User
from core.errors import Conflict
from segments.actions.assignments import assign_csm, fill_portfolios
from segments.actions.rebalances import apply_rebalance, applying, undo_rebalance
from segments.models import Rebalance, RebalanceMove, TierTerms
from segments.queries.portfolios import portfolio_load
from segments.reassignment import reassign
from tests.cast import assign, make_person
from tests.processes import Together, run_at_once
from tests.segments.making import arr_at_least, make_rule_set
from tests.segments.rebalancing.companies import give, make_csm, overloaded, propose

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROUNDS = 5
ONE_OWNER = "assignment_one_owner_per_role"


@pytest.fixture
def company() -> SimpleNamespace:
    """Return the overloaded team with one more CSM who has room, and a second manager."""
    TierTerms.current()
    made = overloaded()
    made.cleo = make_csm("Cleo", 4)
    User.objects.filter(pk=made.cleo.pk).update(team=made.dana.team)
    made.other_manager = make_person("other.boss@company.example", Role.MANAGER, name="Otto")
    made.dana.team.managers.add(made.other_manager)
    return made


def begin_again(company: SimpleNamespace) -> None:
    """Bring every portfolio back to the beginning, with nothing proposed."""
    RebalanceMove.objects.all().delete()
    Rebalance.objects.all().delete()
    Assignment.objects.all().delete()
    TimelineEntry.objects.all().delete()
    for person, customers in (
        (company.dana, company.of_dana),
        (company.ana, company.of_ana),
        (company.ben, company.of_ben),
    ):
        limits = person.portfolio_limits.all()
        before = limits[0].portfolio_limit
        limits.update(portfolio_limit=99)
        for customer in customers:
            assign(customer, person, tier="high")
        limits.update(portfolio_limit=before)
    Customer.objects.update(tier="high")


def overlapping(company: SimpleNamespace) -> tuple[Rebalance, Rebalance]:
    """Return two proposals that move the same customers of Dana, one to Ana and one to Cleo."""
    first = propose(company, [company.dana, company.ana])
    second = propose(company, [company.dana, company.cleo])
    assert set(first.moves.values_list("customer", flat=True)) == set(second.moves.values_list("customer", flat=True))
    return first, second


def apply(rebalance: Rebalance, manager: User) -> Any:
    try:
        apply_rebalance(actor=manager, rebalance=rebalance)
    except Conflict as conflict:
        return conflict.code, [f"{one['name']} {one['text']}" for one in conflict.details.get("changes", [])]
    return "applied", []


def assert_sound(company: SimpleNamespace) -> None:
    """Fail where a customer has two CSMs, or somebody but Dana is past a limit."""
    owners = Assignment.objects.filter(role=Role.CSM, ends_at=None).values("customer").annotate(owners=Count("pk"))
    assert not owners.filter(owners__gt=1)
    for person, tiers in portfolio_load([company.ana, company.ben, company.cleo]).items():
        assert not [tier for tier, load in tiers.items() if load.over], person


def assert_whole(rebalance: Rebalance) -> None:
    """Fail where a rebalance was applied in part."""
    rebalance.refresh_from_db()
    moves = list(rebalance.moves.values_list("assignment_after", flat=True))
    told = TimelineEntry.objects.filter(kind="assignment.opened", why__startswith=f"Rebalance {rebalance.pk}").count()
    if rebalance.state == Rebalance.State.APPLIED:
        assert None not in moves
        assert told == len(moves)
    else:
        assert rebalance.state == Rebalance.State.PROPOSED
        assert set(moves) == {None}
        assert told == 0


def test_of_two_managers_one_wins_and_the_other_reads_what_changed(company: SimpleNamespace) -> None:
    winners = set()
    for _ in range(ROUNDS):
        begin_again(company)
        first, second = overlapping(company)
        answers = run_at_once([partial(apply, first, company.manager), partial(apply, second, company.other_manager)])
        assert sorted(code for code, _ in answers) == ["applied", "changed_since"]
        winner = [code for code, _ in answers].index("applied")
        winners.add(winner)
        names = set((first, second)[winner].moves.values_list("customer__name", flat=True))
        taker = ("Ana", "Cleo")[winner]
        assert set(answers[1 - winner][1]) == {f"{name} was with Dana, is with {taker} now" for name in names}
        assert_sound(company)
        assert_whole(first)
        assert_whole(second)
    assert winners


def test_the_same_proposal_applied_twice_is_applied_once(company: SimpleNamespace) -> None:
    for _ in range(ROUNDS):
        begin_again(company)
        rebalance = propose(company, [company.dana, company.ana])
        managers = (company.manager, company.other_manager)
        answers = run_at_once([partial(apply, rebalance, manager) for manager in managers])
        assert sorted(code for code, _ in answers) == ["applied", "decided"]
        assert_whole(rebalance)


def test_undone_twice_it_is_undone_once(company: SimpleNamespace) -> None:
    begin_again(company)
    rebalance = propose(company, [company.dana, company.ana])
    apply_rebalance(actor=company.manager, rebalance=rebalance)

    def undo() -> str:
        undo_rebalance(actor=company.manager, rebalance=rebalance)
        return "undone"

    assert sorted(run_at_once([undo, undo, undo])) == ["decided", "decided", "undone"]
    assert Assignment.objects.filter(person=company.dana, ends_at=None).count() == 5
    assert_sound(company)


# --- the control: what the locks and the check prevent --------------------------------------------
@pytest.fixture
def two_owners_allowed() -> Iterator[None]:
    """Take away the database's own promise that a customer has one CSM."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [ONE_OWNER])
        definition = cursor.fetchone()[0]
        cursor.execute(f"DROP INDEX {ONE_OWNER}")
    yield
    RebalanceMove.objects.all().delete()
    Assignment.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(definition)


def without_locks(monkeypatch: pytest.MonkeyPatch, both_have_looked: Together) -> None:
    """Let both look before either writes, as they would without the locks."""
    look = applying._require_unchanged

    def look_and_wait(rebalance: Rebalance) -> None:
        look(rebalance)
        both_have_looked.wait()

    monkeypatch.setattr(applying, "_require_unchanged", look_and_wait)
    monkeypatch.setattr(applying, "lock_customers", lambda ids: {})
    monkeypatch.setattr(applying, "lock_people", lambda ids: list(ids))


def test_control_without_locks_a_customer_gets_two_csms(
    company: SimpleNamespace, two_owners_allowed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_again(company)
    first, second = overlapping(company)
    without_locks(monkeypatch, Together(2))
    answers = run_at_once([partial(apply, first, company.manager), partial(apply, second, company.other_manager)])
    assert answers == [("applied", []), ("applied", [])]
    owners = Assignment.objects.filter(role=Role.CSM, ends_at=None).values("customer").annotate(owners=Count("pk"))
    assert sorted(owners.values_list("owners", flat=True)) == [1, 1, 1, 1, 1, 2, 2]


def test_control_without_locks_the_loser_reads_no_reason(
    company: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_again(company)
    first, second = overlapping(company)
    without_locks(monkeypatch, Together(2))

    def apply_or_break(rebalance: Rebalance) -> Any:
        try:
            return apply(rebalance, company.manager)[0]
        except IntegrityError:
            return "an error of the database"

    answers = run_at_once([partial(apply_or_break, first), partial(apply_or_break, second)])
    assert sorted(answers) == ["an error of the database", "applied"]


# --- beside others --------------------------------------------------------------------------------
def tier_run(company: SimpleNamespace) -> None:
    reassign(trigger="nightly")


def filling(company: SimpleNamespace) -> None:
    fill_portfolios()


def by_hand(company: SimpleNamespace) -> None:
    moving = company.moving
    assign_csm(actor=company.other_manager, customer=moving, person=company.cleo)


@pytest.mark.parametrize("other", [tier_run, filling, by_hand])
def test_beside_others_it_is_one_act_or_none(
    company: SimpleNamespace, other: Callable[[SimpleNamespace], None]
) -> None:
    """A tier run takes Dana's customers to low touch, a filling takes Ana's places, a person moves one of them."""
    make_rule_set(
        arr_at_least(60_000, "high"), fallback_tier="low", approval_arr=None, margin_percent=0, minimum_days=0
    )
    orphans = give(None, "Orphan", "Olive", "Opal", mrr=9_000)
    codes = set()
    for _ in range(ROUNDS):
        begin_again(company)
        Assignment.objects.filter(customer__in=orphans).delete()
        Customer.objects.filter(name__startswith="D").update(mrr=1_000 if other is tier_run else 9_000)
        Customer.objects.exclude(name__startswith="D").update(mrr=9_000)
        rebalance = propose(company, [company.dana, company.ana])
        company.moving = rebalance.moves.first().customer
        answers = run_at_once([partial(apply, rebalance, company.manager), partial(other, company)])
        code, changes = answers[0]
        codes.add(code)
        assert code in ("applied", "changed_since")
        assert bool(changes) == (code == "changed_since")
        assert_sound(company)
        assert_whole(rebalance)
    assert codes <= {"applied", "changed_since"}
