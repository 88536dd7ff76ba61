"""What each tier promises and how many customers a CSM may have."""

from accounts.actions.portfolios import lock_people
from accounts.models import Tier, User
from accounts.permissions import Reach, reach_of
from core.errors import Conflict, Invalid, NotAllowed
from core.outbox import enqueue
from core.transactions import repeated_transaction
from segments.models import PersonLimit, TierTerms

# More than anybody can look after, and within the column's range.
MOST_CUSTOMERS = 100_000
MOST_MINUTES = 31 * 24 * 60


@repeated_transaction
def set_tier_terms(
    *, actor: User | None, tier: str, portfolio_limit: int | None, monthly_minutes: int | None
) -> TierTerms:
    """Return the tier's terms for the whole company, now these; None means no limit.

    A lowered limit leaves portfolios as they are and holds for whoever comes next. Raises NotAllowed for a manager of
    some teams only.
    """
    if actor is not None and reach_of(actor, "limits.edit") < Reach.ALL:
        raise NotAllowed("The whole company's terms are an administrator's to set.", action="limits.edit")
    _check_tier(tier)
    _check(portfolio_limit, MOST_CUSTOMERS, "portfolio_limit")
    _check(monthly_minutes, MOST_MINUTES, "monthly_minutes")
    TierTerms.current()
    terms = TierTerms.objects.select_for_update().get(tier=tier)
    terms.portfolio_limit, terms.monthly_minutes = portfolio_limit, monthly_minutes
    terms.save(update_fields=["portfolio_limit", "monthly_minutes"])
    _fill_soon()
    return terms


@repeated_transaction
def set_person_limit(*, actor: User | None, person: User, tier: str, portfolio_limit: int, why: str) -> PersonLimit:
    """Return the CSM's own limit in a tier, which counts instead of the tier's.

    Raises Invalid without a reason; a lowered limit leaves the portfolio as it is.
    """
    _check_tier(tier)
    if portfolio_limit is None:
        raise Invalid("A number of customers, 0 to take none.", field="portfolio_limit")
    _check(portfolio_limit, MOST_CUSTOMERS, "portfolio_limit")
    if not why.strip():
        raise Invalid("Say why this CSM's limit differs.", field="why")
    # An assignment at the same moment waits here and counts against the new limit.
    lock_people([person.pk])
    limit, _ = PersonLimit.objects.update_or_create(
        person=person, tier=tier, defaults={"portfolio_limit": portfolio_limit, "why": why.strip()[:300]}
    )
    _fill_soon()
    return limit


@repeated_transaction
def clear_person_limit(*, actor: User | None, person: User, tier: str) -> None:
    """Let the tier's limit count for the CSM again; raise Conflict where it has none of its own."""
    lock_people([person.pk])
    deleted, _ = PersonLimit.objects.filter(person=person, tier=tier).delete()
    if not deleted:
        raise Conflict(f"{person} has no own limit there.", code="no_own_limit")
    _fill_soon()


def _fill_soon() -> None:
    enqueue("segments.fill_portfolios", {}, key="limits")


def _check_tier(tier: str) -> None:
    if tier not in Tier.values:
        raise Invalid("There is no such tier.", field="tier")


def _check(number: int | None, most: int, field: str) -> None:
    if number is not None and not 0 <= number <= most:
        raise Invalid(f"A whole number from 0 to {most:,}.", field=field)
