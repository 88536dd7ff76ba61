"""The weeks before today, one after another: customers come in, hours are given, and each day's capacity is kept."""

import random
from collections.abc import Callable
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q

from accounts.actions.timeline import NoteKind, add_note
from accounts.models import Assignment, Customer, Role, Tier, TimelineEntry, User
from core.errors import Invalid
from demo.sample import portfolios
from demo.sample.clock import as_of, evening
from demo.sample.work import Work
from segments.actions.assignments import fill_portfolios
from segments.actions.rule_sets import ensure_default_rule_set
from segments.actions.snapshots import take_snapshots
from segments.actions.time import log_time
from segments.models import TierRun, TimeEntry
from segments.reassignment import reassign

WEEKS = 18
DAYS = 7
# Snapshots of every day for the last weeks; before them one in three days, enough to draw a line.
WEEKS_WITH_EVERY_DAY = 4
UNBALANCED_WEEK = 6
# How likely a customer is spoken with in a week, by tier; a few are forgotten, and a few take far more than their tier.
WORD_A_WEEK = {Tier.HIGH: 0.5, Tier.LOW: 0.08, Tier.TECH: 0.0}
FORGOTTEN = 0.08
GREEDY = 0.05
GREEDY_A_WEEK = 0.6
# Of customers without a CSM one in so many writes again and again, and somebody answers.
PERSISTENT = 60
NOTE_A_WEEK = 0.025
ACTIVITIES = ("call", "call", "email", "email", "preparation", "review", "training")
MINUTES = {Tier.HIGH: (60, 90, 120, 120, 180, 240), Tier.LOW: (30, 45, 60, 60, 90), Tier.TECH: (45, 60, 90, 120)}
OVER_REASON = "Migration week: agreed with the manager"
FAVOUR = "Wrote again and again; helped out this once"
CALL_NOTES = (
    "Walked through the new reporting page; they want the monthly export by role.",
    "Their champion moves to another team in spring; met the successor.",
    "Asked how others set up approvals; sent the short guide.",
    "Usage is down since the reorganisation; agreed on a training for the new team.",
    "Happy with the last release. Would speak as a reference.",
    "Price came up again; told them their account manager will call.",
    "Wants the accounting integration before quarter end; handed the technical part to support.",
    "Agreed on three goals for the next half year and a review each month.",
)


def week_of(number: int) -> Callable[[Work], None]:
    """Return the step that plays the week which ended so many weeks ago."""

    def play(work: Work) -> None:
        # All of a week or nothing; and one transaction is quicker than hundreds.
        with as_of(evening(work.today, number * DAYS)), transaction.atomic():
            _join(work, number)
            if number == UNBALANCED_WEEK:
                portfolios.unbalance(work)
            _give_hours(work, number)
            _write_notes(work, number)
        for days_ago in _days_of_snapshots(number):
            with as_of(evening(work.today, days_ago)):
                take_snapshots()

    return play


def _join(work: Work, number: int) -> None:
    """Place the customers that came until this week in a tier and with a CSM."""
    if number == WEEKS:
        ensure_default_rule_set()
        portfolios.spare_newcomers(work)
    until = work.today - timedelta(days=number * DAYS)
    came = Q(signed_up_on__lte=until) if number else Q()
    ids = list(Customer.objects.filter(came, merged_into=None, tier=None).values_list("pk", flat=True))
    reassign(trigger=TierRun.Trigger.NIGHTLY, customer_ids=ids)
    fill_portfolios(actor=work.administrator)
    if not number:
        portfolios.welcome_newcomers(work)


def _days_of_snapshots(number: int) -> list[int]:
    """Return of which days of the week a snapshot is kept, as days before today, the earliest first."""
    if not number:
        return []
    every = 1 if number <= WEEKS_WITH_EVERY_DAY else 3
    return [days for days in range(number * DAYS, (number - 1) * DAYS, -1) if days % every == 0]


# --- hours ----------------------------------------------------------------------------------------------------------
def _give_hours(work: Work, number: int) -> None:
    """Log what CSMs gave to their customers in this week, and what others gave to customers without one."""
    dice = work.dice(f"hours {number}")
    first = work.today - timedelta(days=(number + 1) * DAYS - 1)
    last = work.today - timedelta(days=number * DAYS)
    done = set(TimeEntry.objects.filter(on__gte=first, on__lte=last).values_list("customer_id", flat=True))
    for assignment in _portfolios():
        often = _words_a_week(work, assignment.customer, assignment.tier or "")
        if dice.random() < often and assignment.customer_id not in done:
            _log(dice, assignment.person, assignment.customer, _workday(dice, first, last), OVER_REASON)
    helpers = [work.person(login) for login in ("specialist", "support", "csm4")]
    for customer in _persistent():
        person = dice.choice(helpers)
        if dice.random() < GREEDY_A_WEEK and customer.pk not in done:
            _log(dice, person, customer, _workday(dice, first, last), FAVOUR)


def _portfolios() -> list[Assignment]:
    held = Assignment.objects.filter(role=Role.CSM, ends_at=None, customer__merged_into=None)
    return list(held.select_related("customer", "person").order_by("customer_id"))


def _persistent() -> list[Customer]:
    without = Customer.objects.filter(tier=Tier.TECH, merged_into=None, stage__in=("adoption", "renewal")).order_by(
        "pk"
    )
    return [customer for customer in without if customer.pk % PERSISTENT == 0]


def _words_a_week(work: Work, customer: Customer, tier: str) -> float:
    """Return how likely it is that somebody speaks with the customer in a week: its own nature, the same each week."""
    nature = work.dice(f"nature of {customer.external_id}").random()
    if nature < FORGOTTEN:
        return 0.0
    return GREEDY_A_WEEK if nature > 1 - GREEDY else WORD_A_WEEK.get(Tier(tier), 0.0)


def _workday(dice: random.Random, first: date, last: date) -> date:
    days = [first + timedelta(days=days) for days in range((last - first).days + 1)]
    return dice.choice([day for day in days if day.weekday() < 5])


def _log(dice: random.Random, person: User, customer: Customer, day: date, reason: str) -> None:
    minutes, activity = dice.choice(MINUTES[Tier(customer.tier or Tier.LOW)]), dice.choice(ACTIVITIES)

    def log(why: str) -> None:
        log_time(
            actor=person,
            customer=customer,
            person=person,
            on=day,
            minutes=minutes,
            activity=activity,
            over_allowance_reason=why,
        )

    try:
        log("")
    except Invalid as refused:
        if refused.code != "over_allowance":
            raise
        log(reason)


def _write_notes(work: Work, number: int) -> None:
    """Write notes on the timelines of customers with a CSM."""
    dice = work.dice(f"notes {number}")
    kinds = (NoteKind.CALL, NoteKind.MEETING, NoteKind.EMAIL, NoteKind.NOTE)
    since = evening(work.today, number * DAYS)
    noted = set(
        TimelineEntry.objects.filter(at=since, kind__in=[kind.value for kind in kinds]).values_list(
            "customer", flat=True
        )
    )
    for assignment in _portfolios():
        if dice.random() < NOTE_A_WEEK and assignment.customer_id not in noted:
            text, kind = dice.choice(CALL_NOTES), dice.choice(kinds)
            add_note(actor=assignment.person, customer=assignment.customer, text=text, kind=kind)
