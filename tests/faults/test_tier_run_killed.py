"""A run killed midway leaves nothing, and its repetition ends like one that was not killed."""

import os
import signal
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Assignment, Customer, Role, TimelineEntry
from core.models import OutboxEntry
from segments import moving
from segments.models import TierMove, TierRun
from segments.reassignment import reassign
from tests.cast import assign, make_customer, make_person
from tests.processes import run_until_killed
from tests.segments.making import arr_at_least, make_rule_set

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

STEPS = ("MOVE_CUSTOMERS", "WRITE_MOVES", "TELL_MOVES", "OVERTAKE", "PROPOSE", "the end")


def _company():
    make_rule_set(arr_at_least(60_000, "high"), arr_at_least(12_000, "low"), approval_arr=100_000)
    csm = make_person("csm@company.example", Role.CSM)
    since = timezone.now() - timedelta(days=100)
    for number in range(20):
        tier = ("high", "low", "tech", "low")[number % 4]
        mrr = (0, 6_000, 2_000, 20_000)[number % 4]
        customer = make_customer(f"Customer {number}", tier=tier, tier_since=since, mrr=mrr)
        if tier != "tech" and number < 10:
            assign(customer, csm)


def _state():
    """Return all that a run writes, without ids and times."""
    return {
        "tiers": sorted(Customer.objects.values_list("name", "tier")),
        "moves": sorted(
            (name, old, new, status, why)
            for name, old, new, status, why in TierMove.objects.values_list(
                "customer__name", "from_tier", "to_tier", "status", "why"
            )
        ),
        "timeline": sorted(TimelineEntry.objects.values_list("customer__name", "kind", "summary", "why")),
        "csms": sorted(Assignment.objects.values_list("customer__name", "tier", "ended_why")),
        "runs": TierRun.objects.count(),
        "promises": OutboxEntry.objects.filter(kind="segments.fill_portfolios").count(),
    }


def _killed_after(step):
    """Return a run that kills itself by SIGKILL once this statement is done, or when only the commit is missing."""
    run_statement, save = moving.Mover._run, TierRun.save

    def run_and_die(self, statement, **more):
        run_statement(self, statement, **more)
        if step != "the end" and statement == getattr(moving, step):
            os.kill(os.getpid(), signal.SIGKILL)

    def save_and_die(self, *args, **kwargs):
        save(self, *args, **kwargs)
        if step == "the end" and self.finished_at is not None:
            os.kill(os.getpid(), signal.SIGKILL)

    def run():
        # In the forked process alone.
        moving.Mover._run = run_and_die
        TierRun.save = save_and_die
        reassign(trigger="nightly")

    return run


@pytest.mark.parametrize("step", STEPS)
def test_a_killed_run_leaves_nothing_and_its_repetition_does_it_all(step):
    _company()
    before = _state()
    assert run_until_killed(_killed_after(step)) == -signal.SIGKILL
    assert _state() == before
    reassign(trigger="nightly")
    after_repetition = _state()
    assert after_repetition["moves"] == EXPECTED_MOVES
    assert after_repetition != before
    reassign(trigger="nightly")
    assert _state() == after_repetition | {"runs": 2}


EXPECTED_MOVES = sorted(
    (f"Customer {n}", *((("high", "tech"), ("low", "high"), ("tech", "low"), ("low", "high"))[n % 4]), status, why)
    for n in range(20)
    for status, why in [
        (
            ("applied", "None of the rules holds"),
            ("applied", "ARR at least 60,000 USD"),
            ("applied", "ARR at least 12,000 USD"),
            ("waiting", "ARR at least 60,000 USD"),
        )[n % 4]
    ]
)
