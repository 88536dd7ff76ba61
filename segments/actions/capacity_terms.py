"""The terms that capacity is worked out by."""

import hashlib

from accounts.models import Tier, User
from accounts.permissions import Reach, reach_of
from core.errors import Conflict, Invalid, NotAllowed
from core.transactions import repeated_transaction
from segments.capacity.inputs import Terms
from segments.models import CapacitySettings, EventTerms, TierTerms
from segments.queries.capacity.terms import terms_now

# What a working month has at most, whoever works day and night.
MOST_MINUTES = 31 * 24 * 60
MOST_WEEKS = 52
MOST_DAYS = 3650


def fingerprint(terms: Terms) -> str:
    """Return a mark that differs for different terms, for a form to say which ones it was made from."""
    parts = [
        terms.utilisation_target,
        terms.days_without_contact,
        sorted(terms.planned_minutes.items()),
        sorted((kind, plan.minutes, plan.weeks) for kind, plan in terms.events.items()),
    ]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


@repeated_transaction
def set_capacity_terms(*, actor: User | None, terms: Terms, seen: str | None = None) -> Terms:
    """Return the terms now in force: target, days without contact, planned minutes and events of `terms`.

    `seen` is the fingerprint of the terms that the person looked at. Raises Conflict where they have changed since,
    Invalid for values that make no sense, NotAllowed for whoever does not set them for the whole company.
    """
    if actor is not None and reach_of(actor, "capacity.settings") < Reach.ALL:
        raise NotAllowed("Only managers and administrators set these.", action="capacity.settings")
    _check(terms)
    CapacitySettings.current()
    settings = CapacitySettings.objects.select_for_update().get(pk=1)
    if seen is not None and seen != fingerprint(terms_now()):
        raise Conflict("Somebody changed the settings since you opened them. Look at them again.", code="changed_since")
    settings.utilisation_target = terms.utilisation_target
    settings.days_without_contact = terms.days_without_contact
    settings.save(update_fields=["utilisation_target", "days_without_contact"])
    for tier, minutes in terms.planned_minutes.items():
        TierTerms.objects.filter(tier=tier).exclude(planned_minutes=minutes).update(planned_minutes=minutes)
    EventTerms.objects.bulk_create(
        [
            EventTerms(event=event, tier=tier, minutes=plan.minutes, weeks=plan.weeks)
            for (event, tier), plan in sorted(terms.events.items())
        ],
        update_conflicts=True,
        unique_fields=["event", "tier"],
        update_fields=["minutes", "weeks"],
    )
    return terms_now()


def _check(terms: Terms) -> None:
    _within("utilisation_target", terms.utilisation_target, 1, 100)
    _within("days_without_contact", terms.days_without_contact, 1, MOST_DAYS)
    for tier, minutes in terms.planned_minutes.items():
        _tier(tier)
        _within(f"planned_{tier}", minutes, 0, MOST_MINUTES)
    for (event, tier), plan in terms.events.items():
        _tier(tier)
        if event not in EventTerms.Event.values:
            raise Invalid("There is no such event.", field="event")
        _within(f"{event}_{tier}_hours", plan.minutes, 0, MOST_MINUTES)
        _within(f"{event}_{tier}_weeks", plan.weeks, 1, MOST_WEEKS)


def _tier(tier: str) -> None:
    if tier not in Tier.values:
        raise Invalid("There is no such tier.", field="tier")


def _within(field: str, number: int, least: int, most: int) -> None:
    if not least <= number <= most:
        raise Invalid(f"A whole number from {least} to {most:,}.", field=field)
