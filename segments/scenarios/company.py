"""What a scenario starts from, as plain values: the company as it is today."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from segments.capacity.inputs import CapacityInput, EventPlan
from segments.placement import Candidate, Need
from segments.scenarios.changes import TIERS
from segments.scenarios.thresholds import Threshold
from segments.simulation import Sum

# The weeks of an event for which the company has set no terms yet; the model's own default.
USUAL_EVENT_WEEKS = 4
DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Account:
    """What a scenario knows of a customer; `held_tier` is the one it counts against with its CSM."""

    pk: int
    mrr: Decimal
    # Empty: none yet.
    tier: str
    person: int | None = None
    held_tier: str = ""
    is_override: bool = False
    language: str = ""
    time_zone: str = ""
    country: str = ""
    stage: str = ""
    renews_on: date | None = None
    signed_up_on: date | None = None

    @property
    def arr(self) -> Decimal:
        """Return the ARR in the company's currency."""
        return 12 * self.mrr

    def need(self, tier: str) -> Need:
        """Return what placing looks at."""
        return Need(self.pk, tier, self.language, self.time_zone, self.country)


@dataclass(frozen=True, slots=True)
class Move:
    """That other thresholds lead a customer to another tier, by which rule."""

    account: Account
    to_tier: str
    rule: str = ""
    # Whether a manager would have to approve it.
    needs_approval: bool = False
    # Whether it waits for approval today already, without any change of the rules.
    waits_today: bool = False


@dataclass(frozen=True)
class Company:
    """The company today: everybody with a portfolio, the customers without a CSM, and the rules' numbers."""

    inputs: CapacityInput
    at: datetime
    # Those to whom customers are given, as placing sees them.
    candidates: tuple[Candidate, ...] = ()
    # Who has a limit of its own in which tier.
    own_limits: frozenset[tuple[int, str]] = frozenset()
    # All customers by tier ("" for none).
    totals: Mapping[str, Sum] = field(default_factory=dict)
    waiting: tuple[Account, ...] = ()
    # The portfolios of whoever leaves in one of the scenarios looked at.
    portfolios: Mapping[int, tuple[Account, ...]] = field(default_factory=dict)
    thresholds: tuple[Threshold, ...] = ()

    @property
    def names(self) -> dict[int, str]:
        """Return everybody's name by id."""
        return {person.person_id: person.name for person in self.inputs.people}


def all_events(events: Mapping[tuple[str, str], EventPlan]) -> dict[tuple[str, str], EventPlan]:
    """Return a plan for every event of high and low touch: those without terms, or without minutes, with one minute.

    So their days are read as well, and a scenario can give them another length.
    """
    found = dict(events)
    for event in ("renewal", "onboarding"):
        for tier in TIERS:
            plan = found.get((event, tier), EventPlan(0, USUAL_EVENT_WEEKS))
            found[event, tier] = EventPlan(max(1, plan.minutes), plan.weeks)
    return found


def event_days(
    account: Account, tier: str, events: Mapping[tuple[str, str], EventPlan], first: date, weeks: int
) -> dict[tuple[str, str], list[int]]:
    """Return by (event, tier) how many days of the customer's events fall into each week."""
    found = {}
    if account.renews_on is not None and (plan := events.get(("renewal", tier))):
        beyond = account.renews_on.toordinal()
        found["renewal", tier] = _days_by_week(beyond - plan.days, beyond, first.toordinal(), weeks)
    is_new = account.stage == "onboarding"
    if is_new and account.signed_up_on is not None and (plan := events.get(("onboarding", tier))):
        begins = account.signed_up_on.toordinal()
        found["onboarding", tier] = _days_by_week(begins, begins + plan.days, first.toordinal(), weeks)
    return {kind: days for kind, days in found.items() if days}


def _days_by_week(begins: int, beyond: int, first: int, weeks: int) -> list[int]:
    """Return the days from `begins` up to `beyond` by week; nothing where none falls into these weeks."""
    if beyond <= first or begins >= first + weeks * DAYS_A_WEEK:
        return []
    starts = range(first, first + weeks * DAYS_A_WEEK, DAYS_A_WEEK)
    return [max(0, min(beyond, start + DAYS_A_WEEK) - max(begins, start)) for start in starts]
