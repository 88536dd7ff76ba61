"""What a person's day begins with: a few short lists, each bounded, each leading to the whole of it."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.access import customers_within, people_within
from accounts.models import Assignment, CompanySettings, Customer, ImportJob, Invitation, Role, Team, Tier, User
from accounts.permissions import Reach, may, reach_of
from core.pagination import bounded_count
from segments.models import RuleSet, TierMove
from segments.queries import Allowance, allowances_of
from segments.queries.contacts import last_contacts, without_contact
from workspace.queries.portfolio import PersonLoad, Summary, summary_of, team_loads
from workspace.queries.service import over_allowance

SHOWN = 6
RENEWAL_DAYS = 90
QUIET_DAYS = 60
NEWS_DAYS = 14


@dataclass(frozen=True)
class Worklist:
    """A short list of customers to act on; `count` is at most one more than the bound of counts."""

    rows: list[Any]
    count: int
    url: str


@dataclass(frozen=True)
class CsmDay:
    """What waits in one's own portfolio."""

    home: str  # the list of the person's own customers, to which filters are added
    summary: Summary
    renewals: Worklist
    quiet: Worklist
    past_allowance: Worklist
    moves: list[TierMove]
    arrivals: list[Assignment]
    notes_due: list[Assignment]


@dataclass(frozen=True)
class ManagerDay:
    """What waits for a manager's decision."""

    approvals: Worklist
    approvals_arr: Decimal
    unassigned: Worklist
    crowded: list[PersonLoad]
    people: int


@dataclass(frozen=True)
class Step:
    """One step of setting the product up."""

    title: str
    text: str
    url: str
    done: bool


@dataclass
class Quiet:
    """A customer nobody spoke with for long, with the last day somebody did."""

    customer: Customer
    last: Any = None


@dataclass
class Spent:
    """A customer past the month's allowance."""

    customer: Customer
    allowance: Allowance = field(default_factory=lambda: Allowance(None, 0, None))


def csm_day(person: User) -> CsmDay | None:
    """Return what waits in the person's own portfolio; None for a person who looks after nobody."""
    held = Assignment.objects.filter(person=person, ends_at=None)
    if not held.exists():
        return None
    mine = Customer.objects.filter(merged_into=None, pk__in=held.values("customer_id"))
    today = timezone.localdate()
    soon = mine.filter(renews_on__gte=today, renews_on__lte=today + timedelta(days=RENEWAL_DAYS))
    served = mine.filter(pk__in=held.filter(role=Role.CSM).values("customer_id"))
    home = "/portfolio/?" if may(person, "portfolio.view") else "/customers/?mine=yes&"
    return CsmDay(
        home=home,
        summary=summary_of(person, mine),
        renewals=_worklist(soon.order_by("renews_on", "pk"), f"{home}renews=90&sort=renewal"),
        quiet=_quiet(without_contact(served, today - timedelta(days=QUIET_DAYS)), home),
        past_allowance=_spent(mine.filter(over_allowance()), home),
        moves=_news(mine),
        arrivals=_arrivals(person),
        notes_due=_notes_due(person),
    )


def _worklist(customers: QuerySet[Customer], url: str) -> Worklist:
    count, more = bounded_count(customers)
    return Worklist(list(customers[:SHOWN]), count + more, url)


def _quiet(customers: QuerySet[Customer], home: str) -> Worklist:
    found = _worklist(customers.order_by("-mrr", "pk"), f"{home}quiet={QUIET_DAYS}&sort=-arr")
    days = last_contacts([customer.pk for customer in found.rows])
    return Worklist([Quiet(one, days.get(one.pk)) for one in found.rows], found.count, found.url)


def _spent(customers: QuerySet[Customer], home: str) -> Worklist:
    found = _worklist(customers.order_by("-mrr", "pk"), f"{home}hours=yes&sort=-arr")
    allowances = allowances_of(found.rows)
    return Worklist([Spent(one, allowances[one.pk]) for one in found.rows], found.count, found.url)


def _news(customers: QuerySet[Customer]) -> list[TierMove]:
    since = timezone.now() - timedelta(days=NEWS_DAYS)
    told = Q(status=TierMove.Status.WAITING) | Q(status=TierMove.Status.APPLIED, created_at__gte=since)
    moves = TierMove.objects.filter(told, customer__in=customers.order_by().values("pk"))
    # A first placement is no news: the customer came in with it.
    return list(
        moves.exclude(reason=TierMove.Reason.FIRST).select_related("customer").order_by("-created_at", "-id")[:SHOWN]
    )


def _arrivals(person: User) -> list[Assignment]:
    """Return the assignments of the past weeks, each with the note that the CSM before left as `note_left`."""
    since = timezone.now() - timedelta(days=NEWS_DAYS)
    came = list(
        Assignment.objects.filter(
            person=person, role=Role.CSM, ends_at=None, starts_at__gte=since, customer__merged_into=None
        )
        .filter(Exists(_left_notes().filter(customer=OuterRef("customer"))))
        .select_related("customer")
        .order_by("-starts_at", "-id")[:SHOWN]
    )
    notes: dict[int, Assignment] = {}
    for left in _left_notes().filter(customer_id__in=[one.customer_id for one in came]).order_by("ends_at"):
        notes[left.customer_id] = left
    for assignment in came:
        assignment.note_left = notes.get(assignment.customer_id)  # type: ignore[attr-defined]
    return came


def _notes_due(person: User) -> list[Assignment]:
    """Return the customers that the person gave back lately without a word of its own for the next CSM."""
    since = timezone.now() - timedelta(days=NEWS_DAYS)
    mine_again = Assignment.objects.filter(customer=OuterRef("customer"), person=person, role=Role.CSM, ends_at=None)
    past = Assignment.objects.filter(
        ~Exists(mine_again), person=person, role=Role.CSM, ends_at__gte=since, customer__merged_into=None
    )
    # A person's words stand in a paragraph after the automatic sentence.
    return list(
        past.exclude(handover_note__contains="\n\n").select_related("customer").order_by("-ends_at", "-id")[:SHOWN]
    )


def _left_notes() -> QuerySet[Assignment]:
    past = Assignment.objects.filter(role=Role.CSM, ends_at__isnull=False)
    return past.exclude(handover_note="").select_related("person")


def manager_day(manager: User) -> ManagerDay | None:
    """Return what waits for the manager's decision; None for a person who decides nothing."""
    if not may(manager, "assignment.change"):
        return None
    waiting = TierMove.objects.filter(
        status=TierMove.Status.WAITING, customer__in=customers_within(manager, "tier.approve").values("pk")
    )
    count, more = bounded_count(waiting)
    moves = list(waiting.select_related("customer").order_by("-arr", "id")[:SHOWN])
    arr = waiting.aggregate(total=Coalesce(Sum("arr"), Decimal(0)))["total"] if not more else Decimal(0)
    with_csm = Assignment.objects.filter(customer=OuterRef("pk"), ends_at=None, role=Role.CSM)
    unassigned = customers_within(manager, "assignment.change").filter(
        ~Exists(with_csm), tier__in=[Tier.HIGH, Tier.LOW]
    )
    loads = team_loads(people_within(manager, "portfolio.view"), limit=200)
    return ManagerDay(
        approvals=Worklist(moves, count + more, "/customers/?waiting=yes&sort=-arr"),
        approvals_arr=arr,
        unassigned=_worklist(unassigned.order_by("-mrr", "pk"), "/customers/?csm=none&tier=high&tier=low&sort=-arr"),
        crowded=[load for load in loads if load.is_over][:SHOWN],
        people=len(loads),
    )


def setup_steps(user: User) -> list[Step]:
    """Return the steps of setting the product up for whoever may take them; empty once all are done."""
    if reach_of(user, "settings.manage") != Reach.ALL:
        return []
    company = CompanySettings.current()
    csms = User.objects.filter(role_grants__role=Role.CSM, is_active=True)
    steps = [
        Step(
            "Say who you are",
            "The company's name, currency and time zone; money and days follow them.",
            "/settings/",
            company.name != CompanySettings._meta.get_field("name").default,
        ),
        Step(
            "Invite your people",
            "CSMs, managers and the other roles each get their own view of the work.",
            "/people/",
            csms.exists() or Invitation.objects.filter(revoked_at=None).exists(),
        ),
        Step(
            "Put people in teams",
            "A manager sees and decides for the people of the teams it manages.",
            "/people/",
            Team.objects.filter(members__isnull=False, managers__isnull=False).exists(),
        ),
        Step(
            "Import your customers",
            "From a CSV or Excel file, with contacts and subscriptions; every import can be undone.",
            "/imports/",
            ImportJob.objects.filter(state=ImportJob.State.DONE).exists() or Customer.objects.exists(),
        ),
        Step(
            "Check the tier rules and run them",
            "They put each customer in the tier whose service it is promised, and say why.",
            "/tiers/",
            RuleSet.objects.filter(status=RuleSet.Status.ACTIVE).exists()
            and Customer.objects.filter(tier__isnull=False).exists(),
        ),
        Step(
            "Fill the portfolios",
            "High- and low-touch customers go to CSMs by language, time zone and free places.",
            "/unassigned/",
            Assignment.objects.filter(role=Role.CSM, ends_at=None).exists(),
        ),
    ]
    return [] if all(step.done for step in steps) else steps
