"""The settings that capacity is worked out by, as plain values."""

from segments.capacity.inputs import EventPlan, Terms
from segments.models import CapacitySettings, EventTerms, TierTerms


def terms_now() -> Terms:
    """Return the terms as they are set, in three queries."""
    settings = CapacitySettings.current()
    tiers = TierTerms.current()
    return Terms(
        utilisation_target=settings.utilisation_target,
        days_without_contact=settings.days_without_contact,
        planned_minutes={tier: terms.planned_minutes for tier, terms in tiers.items()},
        limits={tier: terms.portfolio_limit for tier, terms in tiers.items()},
        events={
            (event, tier): EventPlan(minutes, weeks)
            for event, tier, minutes, weeks in EventTerms.objects.values_list("event", "tier", "minutes", "weeks")
        },
    )
